//! Documents: what an invoice, a job card and their relatives say.
//!
//! # Source
//! Terms follow EN 16931-1; the job card follows what repair shops hand out.

mod billing;
mod check;
mod job;
mod paper;

use chrono::{NaiveDate, NaiveTime};
use rust_decimal::Decimal;

use super::EmailAddress;
use super::money::Currency;
use super::totals::Totals;

pub use billing::{EInvoice, ElectronicAddress, Exemption, Original, Supply, TaxNotes};
pub use check::{MOST_LINES, MOST_NOTES};
pub use job::{
    Authorisation, Condition, Finding, Item, Job, MOST_PICTURES, Moment, Photo, Signature, Signer, is_signed,
};
pub use paper::Paper;

/// The kinds of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A bill for goods or work.
    Invoice,
    /// Takes back all or part of an invoice.
    CreditNote,
    /// A till receipt.
    Receipt,
    /// What the workshop took in, what is wrong with it, what was done.
    JobCard,
    /// A quotation.
    Offer,
    /// A customer's order, confirmed.
    SalesOrder,
    /// The shop's own order to a supplier.
    PurchaseOrder,
    /// What was handed over.
    DeliveryNote,
    /// Figures or findings.
    Report,
    /// A message on the shop's paper.
    Notification,
}

impl Kind {
    /// All kinds, in the order of the contract.
    pub const ALL: [Self; 10] = [
        Self::Invoice,
        Self::CreditNote,
        Self::Receipt,
        Self::JobCard,
        Self::Offer,
        Self::SalesOrder,
        Self::PurchaseOrder,
        Self::DeliveryNote,
        Self::Report,
        Self::Notification,
    ];

    /// The word in files, in the data file and in label files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
            Self::Receipt => "receipt",
            Self::JobCard => "job_card",
            Self::Offer => "offer",
            Self::SalesOrder => "sales_order",
            Self::PurchaseOrder => "purchase_order",
            Self::DeliveryNote => "delivery_note",
            Self::Report => "report",
            Self::Notification => "notification",
        }
    }

    /// Reads [`Kind::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }

    /// What a number of this kind's series starts with when the shop set nothing else: `INV` gives `INV-2026-0001`.
    #[must_use]
    pub fn number_prefix(self) -> &'static str {
        match self {
            Self::Invoice => "INV",
            Self::CreditNote => "CN",
            Self::Receipt => "RC",
            Self::JobCard => "JC",
            Self::Offer => "OF",
            Self::SalesOrder => "SO",
            Self::PurchaseOrder => "PO",
            Self::DeliveryNote => "DN",
            Self::Report => "RP",
            Self::Notification => "NT",
        }
    }

    /// The number at place `place` of the series of a year.
    #[must_use]
    pub fn series_number(self, year: i32, place: i64) -> String {
        format!("{}-{year}-{place:04}", self.number_prefix())
    }

    /// The year and place of a number of this kind's series; `None` for one that another program gave.
    #[must_use]
    pub fn in_series(self, number: &str) -> Option<(i32, i64)> {
        let (year, place) = number.strip_prefix(self.number_prefix())?.strip_prefix('-')?.split_once('-')?;
        let (year, place) = (year.parse().ok()?, place.parse().ok()?);
        (self.series_number(year, place) == number).then_some((year, place))
    }

    /// Whether the document names somebody it is for.
    #[must_use]
    pub fn needs_buyer(self) -> bool {
        !matches!(self, Self::Receipt | Self::Report | Self::Notification)
    }

    /// Whether a document of this kind is about sums, so that it needs at least one line.
    #[must_use]
    pub fn needs_lines(self) -> bool {
        !matches!(self, Self::JobCard | Self::Report | Self::Notification)
    }

    /// Whether a line may have a negative quantity: goods taken back at the counter.
    #[must_use]
    pub fn allows_returns(self) -> bool {
        matches!(self, Self::Invoice | Self::Receipt)
    }
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// Street and house number, and what else stands above the town.
    pub lines: Vec<String>,
    /// Postal code.
    pub postcode: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2, capital letters.
    pub country: String,
}

/// A seller or a buyer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// Name of the person or company.
    pub name: String,
    /// Postal address.
    pub address: Option<Address>,
    /// VAT or other tax number.
    pub tax_id: Option<String>,
    /// E-mail address.
    pub email: Option<EmailAddress>,
    /// Telephone number as the party writes it.
    pub phone: Option<String>,
    /// Account for payments, ISO 13616, without spaces.
    pub iban: Option<String>,
    /// Bank, ISO 9362.
    pub bic: Option<String>,
    /// Number in the register of companies (BT-30).
    pub company_number: Option<String>,
    /// Register, registered office, directors: what business letters must say (BT-33).
    pub legal_note: Option<String>,
    /// The person to ask (BT-41).
    pub contact: Option<String>,
    /// Where it receives e-invoices, when not at its e-mail address.
    pub electronic_address: Option<ElectronicAddress>,
    /// The form in which this buyer wants invoices, when not as the shop has it.
    pub e_invoice: Option<EInvoice>,
}

/// What a line is for; some places tax or print them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Goods or spare parts.
    Part,
    /// Work.
    Labour,
    /// A fee.
    Fee,
    /// Carriage.
    Shipping,
}

impl LineKind {
    /// All kinds of line.
    pub const ALL: [Self; 4] = [Self::Part, Self::Labour, Self::Fee, Self::Shipping];

    /// The word in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Labour => "labour",
            Self::Fee => "fee",
            Self::Shipping => "shipping",
        }
    }
}

/// Where a part comes from, as some laws want it said of each (California 16 CCR 3356(c)(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartState {
    /// New, of the thing's own maker.
    Original,
    /// New, of another maker.
    Compatible,
    /// Used.
    Used,
    /// Rebuilt or reconditioned.
    Rebuilt,
    /// Replaced under the maker's warranty.
    Warranty,
}

impl PartState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Original, Self::Compatible, Self::Used, Self::Rebuilt, Self::Warranty];

    /// The word in files and in label files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Compatible => "compatible",
            Self::Used => "used",
            Self::Rebuilt => "rebuilt",
            Self::Warranty => "warranty",
        }
    }
}

/// The VAT category of EN 16931 (UNTDID 5305).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaxCategory {
    /// `S`: a rate above zero.
    Standard,
    /// `Z`: zero rated.
    Zero,
    /// `E`: exempt.
    Exempt,
    /// `AE`: reverse charge.
    ReverseCharge,
    /// `K`: supply within the Community.
    IntraCommunity,
    /// `G`: export.
    Export,
    /// `O`: outside the scope of tax.
    OutsideScope,
}

impl TaxCategory {
    /// All categories.
    pub const ALL: [Self; 7] = [
        Self::Standard,
        Self::Zero,
        Self::Exempt,
        Self::ReverseCharge,
        Self::IntraCommunity,
        Self::Export,
        Self::OutsideScope,
    ];

    /// The code of UNTDID 5305.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Standard => "S",
            Self::Zero => "Z",
            Self::Exempt => "E",
            Self::ReverseCharge => "AE",
            Self::IntraCommunity => "K",
            Self::Export => "G",
            Self::OutsideScope => "O",
        }
    }
}

/// The tax on a line, an allowance or a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tax {
    /// Its category.
    pub category: TaxCategory,
    /// Its rate in percent; zero in every category but [`TaxCategory::Standard`].
    pub rate: Decimal,
}

/// One line of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is, one or more lines of text.
    pub description: String,
    /// What it is for.
    pub kind: LineKind,
    /// How many; negative for goods taken back.
    pub quantity: Decimal,
    /// The seller's number of the article (BT-155).
    pub item_number: Option<String>,
    /// Whether a part is new, used or rebuilt.
    pub part_state: Option<PartState>,
    /// Of what: `pcs`, `h`, `m`; may be empty.
    pub unit: String,
    /// Price of one, in the document's currency, net or gross as [`Content::prices`] says.
    pub unit_price: Decimal,
    /// Discount on the line, 0 to 100.
    pub discount_percent: Decimal,
    /// Its tax.
    pub tax: Tax,
}

/// An allowance or a charge on the whole document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// Why.
    pub reason: String,
    /// How much, never negative; net or gross as [`Content::prices`] says.
    pub amount: Decimal,
    /// Its tax.
    pub tax: Tax,
}

/// Whether prices are without or with tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prices {
    /// Tax is added to the prices.
    Net,
    /// The prices contain the tax.
    Gross,
}

/// A code for paying, printed on the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentCode {
    /// The EPC quick response code for a SEPA credit transfer.
    Epc,
    /// The payment part of a Swiss QR-bill.
    Swiss,
    /// A page to pay on.
    Link,
}

impl PaymentCode {
    /// All codes.
    pub const ALL: [Self; 3] = [Self::Epc, Self::Swiss, Self::Link];

    /// The word in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Epc => "epc",
            Self::Swiss => "swiss",
            Self::Link => "link",
        }
    }
}

/// How the document is to be paid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payment {
    /// Terms in words.
    pub terms: Option<String>,
    /// What the payer is to quote.
    pub reference: Option<String>,
    /// The code to print.
    pub code: Option<PaymentCode>,
    /// The page to pay on.
    pub link: Option<String>,
    /// How it was paid at the till: name and amount of each means, in the order they were given.
    pub tenders: Vec<(String, Decimal)>,
    /// What was given back in cash.
    pub change: Decimal,
}

/// All that a document says, apart from its number, its seller and its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its kind.
    pub kind: Kind,
    /// The date on it.
    pub issue_date: NaiveDate,
    /// The time on it, in the shop's own time.
    pub issue_time: Option<NaiveTime>,
    /// When payment is due.
    pub due_date: Option<NaiveDate>,
    /// When the goods or the work were supplied.
    pub supply: Option<Supply>,
    /// The invoice that a credit note takes back.
    pub original: Option<Original>,
    /// What the buyer wants quoted (BT-10), like a Leitweg-ID.
    pub buyer_reference: Option<String>,
    /// The buyer's order (BT-13).
    pub order_reference: Option<String>,
    /// What it says about its tax.
    pub tax_notes: TaxNotes,
    /// BCP 47 tag of the language it is written in, like `en-GB`.
    pub language: String,
    /// Its currency.
    pub currency: Currency,
    /// Whether prices contain tax.
    pub prices: Prices,
    /// Who it is for.
    pub buyer: Option<Party>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Taken off the whole.
    pub allowances: Vec<Adjustment>,
    /// Put on the whole.
    pub charges: Vec<Adjustment>,
    /// Already paid.
    pub paid: Decimal,
    /// How to pay the rest.
    pub payment: Payment,
    /// Remarks, one paragraph each.
    pub notes: Vec<String>,
    /// General terms, in small print.
    pub terms: Vec<String>,
    /// Figures of a report: label and value.
    pub figures: Vec<(String, String)>,
    /// The paper it is drawn for; the shop's when it names none.
    pub paper: Option<Paper>,
    /// Whether a delivery note shows prices.
    pub show_prices: bool,
    /// Who signed it.
    pub signatures: Vec<Signature>,
    /// The job, on a job card and wherever a document follows from one.
    pub job: Option<Job>,
}

/// A document as it came in: not yet numbered, not yet summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its number, when the sender keeps the numbers.
    pub number: Option<String>,
    /// 1, or which version of a corrected document it is.
    pub version: i64,
    /// The seller, when it is not the shop.
    pub seller: Option<Party>,
    /// The payable amount the sender computed, to be checked against ours.
    pub stated_payable: Option<Decimal>,
    /// What it says.
    pub content: Content,
}

/// A document ready to be drawn: everything on it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its number.
    pub number: String,
    /// Who issues it.
    pub seller: Party,
    /// What it says.
    pub content: Content,
    /// Its sums.
    pub totals: Totals,
}
