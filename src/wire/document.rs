//! The document file.

use chrono::{NaiveDate, NaiveTime};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::billing::{self, OriginalShape, TaxNotesShape};
use super::job::{DetailShape, JobShape, SignatureShape, encoded};
use super::party::PartyShape;
use super::{Amount, MailShape};
use crate::domain::document::{
    Adjustment, Content, Document, Draft, Kind, Line, LineKind, Paper, PartState, Payment, PaymentCode,
    Prices, Tax, TaxCategory, TaxNotes,
};
use crate::domain::money::Currency;
use crate::domain::{Invalid, say};

/// A document as a file: what to put on paper, and who to mail it to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentFile {
    /// What the document is: invoice, credit_note, receipt, job_card, offer, sales_order,
    /// purchase_order, delivery_note, report or notification.
    #[schemars(extend("enum" = ["invoice", "credit_note", "receipt", "job_card", "offer", "sales_order",
        "purchase_order", "delivery_note", "report", "notification"]))]
    pub kind: String,
    /// Your own id for this document, best a UUID: the same one again answers with the same document
    /// and sends nothing twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub client_ref: Option<String>,
    /// The channel it comes by, whose rules for mail and accounts it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 60))]
    pub channel: Option<String>,
    /// The number; left out, the next of the kind's series is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// 2 or more for a corrected document under the same number: one more than its latest version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub version: Option<u32>,
    /// The date on the document, YYYY-MM-DD.
    #[schemars(extend("format" = "date"))]
    pub issue_date: String,
    /// The time on the document, in the shop's own time: HH:MM or HH:MM:SS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_time: Option<String>,
    /// When payment is due, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date"))]
    pub due_date: Option<String>,
    /// When the goods or the work were supplied, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date"))]
    pub supply_date: Option<String>,
    /// The last day of the supply, when it took longer than a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date"))]
    pub supply_until: Option<String>,
    /// The invoice that a credit note takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<OriginalShape>,
    /// What the buyer wants quoted, like a Leitweg-ID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_reference: Option<String>,
    /// The number of the buyer's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_reference: Option<String>,
    /// What the document says about its tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_notes: Option<TaxNotesShape>,
    /// The language of the document as a BCP 47 tag, like en-GB; left out, the shop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The currency, three letters of ISO 4217.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
    /// Whether prices are without tax (net, the default) or with it (gross).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["net", "gross", null]))]
    pub prices: Option<String>,
    /// Who issues the document; left out, the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<PartyShape>,
    /// Who the document is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<PartyShape>,
    /// What is sold, one entry a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineShape>,
    /// Taken off the whole document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<AdjustmentShape>,
    /// Put on the whole document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<AdjustmentShape>,
    /// What has been paid already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Amount>,
    /// How to pay the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentShape>,
    /// Remarks, a paragraph each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// General terms, printed small at the end, a paragraph each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<String>,
    /// Figures of a report, one entry a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<DetailShape>,
    /// The paper: a4, a5, letter, or a receipt roll 80 or 58 mm wide; left out, the shop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["a4", "a5", "letter", "roll80", "roll58", null]))]
    pub paper: Option<String>,
    /// Whether a delivery note shows prices; left out, it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_prices: Option<bool>,
    /// Who signed, and how.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<SignatureShape>,
    /// The sums as you computed them; checked against ours, a difference is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<TotalsShape>,
    /// The job, on a job card and on what follows from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobShape>,
    /// The mail that carries the document; left out, nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailShape>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineShape {
    /// What it is.
    pub description: String,
    /// What it is for: part (the default), labour, fee or shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["part", "labour", "fee", "shipping", null]))]
    pub kind: Option<String>,
    /// Your number of the article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_number: Option<String>,
    /// On a part: original, compatible (of another maker), used, rebuilt, or replaced under warranty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["original", "compatible", "used", "rebuilt", "warranty", null]))]
    pub part_state: Option<String>,
    /// How many.
    pub quantity: Amount,
    /// Of what, like pcs or h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The price of one.
    pub unit_price: Amount,
    /// Discount on this line in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_percent: Option<Amount>,
    /// Its tax.
    pub tax: TaxShape,
}

/// The tax on a line, an allowance or a charge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxShape {
    /// The category of EN 16931: S standard, Z zero, E exempt, AE reverse charge, K within the
    /// Community, G export, O outside the scope.
    #[schemars(extend("enum" = ["S", "Z", "E", "AE", "K", "G", "O"]))]
    pub category: String,
    /// The rate in percent; 0 or left out in every category but S.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Amount>,
}

/// An allowance or charge on the whole document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentShape {
    /// Why.
    pub reason: String,
    /// How much, without a sign.
    pub amount: Amount,
    /// Its tax.
    pub tax: TaxShape,
}

/// How the document is to be paid.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentShape {
    /// Terms in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// What the payer is to quote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The payment code to print: epc for a SEPA transfer, swiss for the payment part of a Swiss
    /// QR-bill, link for a page to pay on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["epc", "swiss", "link", null]))]
    pub qr: Option<String>,
    /// The page to pay on, starting with https://.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// How it was paid at the till; less the change they add up to what is paid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenders: Vec<TenderShape>,
    /// What was given back in cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Amount>,
}

/// The sums as the sender computed them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotalsShape {
    /// What is still to pay.
    pub payable: Amount,
}

/// A means of payment at the till.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenderShape {
    /// What it is, as it is to be printed: cash, card with its last four digits, voucher.
    pub name: String,
    /// How much was given.
    pub amount: Amount,
}

impl DocumentFile {
    /// The draft this file describes, checked.
    ///
    /// # Errors
    /// The first field that cannot stand, by its path.
    pub fn to_draft(&self, default_language: &str) -> Result<Draft, Invalid> {
        let currency = Currency::from_code(&self.currency)?;
        if let Some(client_ref) = &self.client_ref {
            check_client_ref(client_ref)?;
        }
        let payment = self
            .payment
            .as_ref()
            .map_or_else(|| Ok(Payment::default()), |payment| payment.to_payment(currency))?;
        let content = Content {
            kind: word("kind", &self.kind, &Kind::ALL, Kind::word)?,
            issue_date: date("issue_date", &self.issue_date)?,
            issue_time: self.issue_time.as_deref().map(|t| time("issue_time", t)).transpose()?,
            due_date: self.due_date.as_deref().map(|d| date("due_date", d)).transpose()?,
            supply: billing::supply(self.supply_date.as_deref(), self.supply_until.as_deref())?,
            original: self.original.as_ref().map(OriginalShape::to_original).transpose()?,
            buyer_reference: filled(self.buyer_reference.as_ref()),
            order_reference: filled(self.order_reference.as_ref()),
            tax_notes: self
                .tax_notes
                .as_ref()
                .map_or_else(|| Ok(TaxNotes::default()), TaxNotesShape::to_tax_notes)?,
            language: self.language.clone().unwrap_or_else(|| default_language.to_owned()),
            currency,
            prices: match self.prices.as_deref() {
                None | Some("net") => Prices::Net,
                Some("gross") => Prices::Gross,
                Some(other) => return Err(not_one_of("prices", other, "net, gross")),
            },
            buyer: self.buyer.as_ref().map(|b| b.to_party().map_err(|e| e.within("buyer"))).transpose()?,
            lines: each("lines", &self.lines, LineShape::to_line)?,
            allowances: each("allowances", &self.allowances, |a| a.to_adjustment(currency))?,
            charges: each("charges", &self.charges, |a| a.to_adjustment(currency))?,
            paid: match &self.paid {
                Some(paid) => currency.check_places("paid", paid.value("paid")?)?,
                // What was tendered says it.
                None => payment.tenders.iter().map(|(_, a)| *a).sum::<Decimal>() - payment.change,
            },
            payment,
            notes: self.notes.clone(),
            terms: self.terms.clone(),
            figures: self.figures.iter().map(DetailShape::to_pair).collect(),
            paper: self.paper.as_deref().map(|p| word("paper", p, &Paper::ALL, Paper::word)).transpose()?,
            show_prices: self.show_prices.unwrap_or(false),
            signatures: each("signatures", &self.signatures, SignatureShape::to_signature)?,
            job: self.job.as_ref().map(|j| j.to_job(currency).map_err(|e| e.within("job"))).transpose()?,
        };
        let stated =
            |t: &TotalsShape| currency.check_places("totals.payable", t.payable.value("totals.payable")?);
        let draft = Draft {
            number: self.number.clone(),
            version: self.corrected()?,
            seller: self.seller.as_ref().map(|s| s.to_party().map_err(|e| e.within("seller"))).transpose()?,
            stated_payable: self.totals.as_ref().map(stated).transpose()?,
            content,
        };
        draft.check()?;
        Ok(draft)
    }

    /// Whether it says how much was paid, or by what.
    #[must_use]
    pub fn says_paid(&self) -> bool {
        self.paid.is_some() || self.payment.as_ref().is_some_and(|payment| !payment.tenders.is_empty())
    }

    fn corrected(&self) -> Result<i64, Invalid> {
        let version = self.version.unwrap_or(1);
        match version {
            0 | 1001.. => Err(Invalid::new(
                "version",
                say!("{version} is not a version", version),
                "Use a number from 1 to 1000",
            )),
            2.. if self.number.is_none() => Err(Invalid::new(
                "version",
                "a corrected document keeps its number, and none is given",
                "Give the number of the document that is corrected",
            )),
            version => Ok(i64::from(version)),
        }
    }

    /// This file as it was issued: with its number, seller, language, paper and sums, and its photos
    /// in the size they are printed.
    #[must_use]
    pub fn as_issued(&self, document: &Document) -> Self {
        let mut job = self.job.clone();
        let printed = document.content.job.iter().flat_map(|j| &j.photos);
        for (shape, photo) in job.iter_mut().flat_map(|j| &mut j.photos).zip(printed) {
            shape.image = encoded(&photo.image);
        }
        Self {
            job,
            paper: document.content.paper.map(|p| p.word().to_owned()),
            number: Some(document.number.clone()),
            seller: Some(PartyShape::from(&document.seller)),
            language: Some(document.content.language.clone()),
            totals: Some(TotalsShape { payable: document.totals.payable.into() }),
            ..self.clone()
        }
    }
}

/// Checks a sender's own id.
pub(super) fn check_client_ref(client_ref: &str) -> Result<(), Invalid> {
    if client_ref.trim().is_empty() {
        return Err(Invalid::new(
            "client_ref",
            "it is empty",
            "Leave it out or give an id that is yours alone",
        ));
    }
    crate::domain::invalid::at_most("client_ref", client_ref, 200)?;
    crate::domain::invalid::one_line("client_ref", client_ref)
}

impl LineShape {
    fn to_line(&self) -> Result<Line, Invalid> {
        Ok(Line {
            description: self.description.clone(),
            kind: self
                .kind
                .as_deref()
                .map_or(Ok(LineKind::Part), |k| word("kind", k, &LineKind::ALL, LineKind::word))?,
            item_number: filled(self.item_number.as_ref()),
            part_state: self
                .part_state
                .as_deref()
                .map(|s| word("part_state", s, &PartState::ALL, PartState::word))
                .transpose()?,
            quantity: self.quantity.value("quantity")?,
            unit: self.unit.clone().unwrap_or_default(),
            unit_price: self.unit_price.value("unit_price")?,
            discount_percent: self
                .discount_percent
                .as_ref()
                .map_or(Ok(Decimal::ZERO), |d| d.value("discount_percent"))?,
            tax: self.tax.to_tax()?,
        })
    }
}

impl AdjustmentShape {
    fn to_adjustment(&self, currency: Currency) -> Result<Adjustment, Invalid> {
        Ok(Adjustment {
            reason: self.reason.clone(),
            amount: currency.check_places("amount", self.amount.value("amount")?)?,
            tax: self.tax.to_tax()?,
        })
    }
}

impl TaxShape {
    fn to_tax(&self) -> Result<Tax, Invalid> {
        Ok(Tax {
            category: word("tax.category", &self.category, &TaxCategory::ALL, TaxCategory::code)?,
            rate: self.rate.as_ref().map_or(Ok(Decimal::ZERO), |r| r.value("tax.rate"))?.normalize(),
        })
    }
}

impl PaymentShape {
    fn to_payment(&self, currency: Currency) -> Result<Payment, Invalid> {
        let tender = |t: &TenderShape| {
            Ok((t.name.clone(), currency.check_places("amount", t.amount.value("amount")?)?))
        };
        let change = "payment.change";
        Ok(Payment {
            tenders: each("payment.tenders", &self.tenders, tender)?,
            change: self
                .change
                .as_ref()
                .map_or(Ok(Decimal::ZERO), |c| currency.check_places(change, c.value(change)?))?,
            terms: filled(self.terms.as_ref()),
            reference: filled(self.reference.as_ref()),
            code: self
                .qr
                .as_deref()
                .map(|q| word("payment.qr", q, &PaymentCode::ALL, PaymentCode::word))
                .transpose()?,
            link: filled(self.link.as_ref()),
        })
    }
}

/// Text that is there and not blank.
pub(super) fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|t| !t.trim().is_empty()).cloned()
}

pub(super) fn each<S, T>(
    path: &str,
    shapes: &[S],
    convert: impl Fn(&S) -> Result<T, Invalid>,
) -> Result<Vec<T>, Invalid> {
    shapes
        .iter()
        .enumerate()
        .map(|(i, shape)| convert(shape).map_err(|e| e.within(&format!("{path}[{i}]"))))
        .collect()
}

fn time(path: &str, text: &str) -> Result<NaiveTime, Invalid> {
    ["%H:%M", "%H:%M:%S"].iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok()).ok_or_else(
        || Invalid::new(path, say!("\"{text}\" is not a time of the day", text), "Write it like 14:05"),
    )
}

pub(super) fn date(path: &str, text: &str) -> Result<NaiveDate, Invalid> {
    let well_formed = text.len() == 10;
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| well_formed).ok_or_else(|| {
        Invalid::new(path, say!("\"{text}\" is not a date of the calendar", text), "Write it like 2026-11-21")
    })
}

pub(super) fn word<T: Copy>(
    path: &str,
    text: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Invalid> {
    all.iter().copied().find(|t| name(*t) == text).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|t| name(*t)).collect();
        not_one_of(path, text, &known.join(", "))
    })
}

fn not_one_of(path: &str, text: &str, known: &str) -> Invalid {
    Invalid::new(path, say!("\"{text}\" is not one of: {known}", text, known), "Use one of these words")
}
