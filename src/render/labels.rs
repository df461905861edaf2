//! Languages: the words on a document, and how dates, numbers and money are written.
//!
//! They are data, one file a language in `assets/labels`, so that a language is added without code.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::error::RenderError;
use crate::domain::document::{Exemption, Finding, Kind, PartState, Tax, TaxCategory};
use crate::domain::money::Currency;

/// The label files, by the primary language of a BCP 47 tag.
const FILES: [(&str, &str); 7] = [
    ("de", include_str!("../../assets/labels/de.json")),
    ("en", include_str!("../../assets/labels/en.json")),
    ("es", include_str!("../../assets/labels/es.json")),
    ("fr", include_str!("../../assets/labels/fr.json")),
    ("it", include_str!("../../assets/labels/it.json")),
    ("nl", include_str!("../../assets/labels/nl.json")),
    ("pl", include_str!("../../assets/labels/pl.json")),
];

/// Declares the labels the code asks for by name, each with its key in the label files.
macro_rules! words {
    ($($name:ident = $key:literal,)*) => {
        /// A label.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Word { $($name,)* }

        impl Word {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name,)*];

            fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }
        }
    };
}

words! {
    Date = "date",
    Number = "number",
    DuePayment = "due.payment",
    DueValid = "due.valid",
    DueDelivery = "due.delivery",
    DueReady = "due.ready",
    BuyerTaxId = "buyer_tax_id",
    Supply = "supply",
    Original = "original",
    BuyerReference = "buyer_reference",
    OrderReference = "order_reference",
    CompanyNumber = "company_number",
    TaxId = "tax_id",
    Phone = "phone",
    Email = "email",
    ColumnPosition = "column.position",
    ColumnDescription = "column.description",
    ColumnQuantity = "column.quantity",
    ColumnUnit = "column.unit",
    ColumnUnitPrice = "column.unit_price",
    ColumnDiscount = "column.discount",
    ColumnTax = "column.tax",
    ColumnAmount = "column.amount",
    ItemNumber = "item_number",
    PricesNet = "prices.net",
    PricesGross = "prices.gross",
    Carried = "carried",
    TotalsLines = "totals.lines",
    TotalsAllowance = "totals.allowance",
    TotalsCharge = "totals.charge",
    TotalsNet = "totals.net",
    TotalsTax = "totals.tax",
    TotalsSalesTax = "totals.sales_tax",
    TotalsNationalTax = "totals.national_tax",
    TotalsGross = "totals.gross",
    TotalsPaid = "totals.paid",
    TotalsPaidBack = "totals.paid_back",
    TotalsPayable = "totals.payable",
    TotalsCredited = "totals.credited",
    TotalsTotal = "totals.total",
    TotalsBack = "totals.back",
    SummaryRate = "summary.rate",
    SummaryBasis = "summary.basis",
    SummaryTax = "summary.tax",
    CashAccounting = "cash_accounting",
    PaymentChange = "payment.change",
    PaymentTitle = "payment.title",
    PaymentTerms = "payment.terms",
    PaymentReference = "payment.reference",
    PaymentHolder = "payment.holder",
    PaymentCode = "payment.code",
    PaymentLink = "payment.link",
    Notes = "notes",
    Terms = "terms",
    Page = "page",
    JobSerial = "job.serial",
    JobColour = "job.colour",
    JobImei = "job.imei",
    JobVin = "job.vin",
    JobRegistration = "job.registration",
    JobOdometerIn = "job.odometer_in",
    JobOdometerOut = "job.odometer_out",
    JobPasscode = "job.passcode",
    JobWorkshop = "job.workshop",
    JobOrderType = "job.order_type",
    JobStatus = "job.status",
    JobPriority = "job.priority",
    JobReceived = "job.received",
    JobReceivedBy = "job.received_by",
    JobPickedUp = "job.picked_up",
    JobFindings = "job.findings",
    JobWorkDone = "job.work_done",
    JobPhotosBefore = "job.photos_before",
    JobPhotosAfter = "job.photos_after",
    JobLimit = "job.limit",
    JobAgreed = "job.agreed",
    JobAgreedWhat = "job.agreed_what",
    JobAgreedBy = "job.agreed_by",
    JobAgreedAt = "job.agreed_at",
    JobAgreedAmount = "job.agreed_amount",
    JobWarranty = "job.warranty",
    JobFault = "job.fault",
    JobAccessories = "job.accessories",
    JobCondition = "job.condition",
    JobTechnician = "job.technician",
    JobEstimate = "job.estimate",
    JobPart = "job.part",
    JobLabour = "job.labour",
    JobFee = "job.fee",
    JobShipping = "job.shipping",
    JobTotal = "job.total",
    Subtotal = "subtotal",
    SignHandIn = "sign.hand_in",
    SignPickUp = "sign.pick_up",
    SignReceived = "sign.received",
    SignSigned = "sign.signed",
    SignCustomer = "sign.customer",
    SignShop = "sign.shop",
}

/// A label file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    date: String,
    months: Vec<String>,
    decimal: char,
    group: String,
    symbol: String,
    code: String,
    percent: String,
    regions: BTreeMap<String, Region>,
    words: BTreeMap<String, String>,
}

/// What a country writes differently in the same language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Region {
    date: Option<String>,
    decimal: Option<char>,
    group: Option<String>,
    code: Option<String>,
    /// What the law of the country calls by another name.
    #[serde(default)]
    words: BTreeMap<String, String>,
}

/// The language of one document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Language {
    code: &'static str,
    file: &'static File,
    region: Option<&'static Region>,
    /// The seller's country, whose tax it is.
    home: Option<&'static Region>,
}

/// The languages documents can be written in, as primary BCP 47 subtags.
#[must_use]
pub fn languages() -> Vec<&'static str> {
    FILES.iter().map(|(code, _)| *code).collect()
}

/// The file of a language, with its code; read when it is first asked for.
fn file(language: &str) -> Result<Option<(&'static str, &'static File)>, RenderError> {
    static READ: [OnceLock<Result<File, String>>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];
    let found = FILES.iter().zip(&READ).find(|((code, _), _)| *code == language);
    let Some(((code, text), read)) = found else { return Ok(None) };
    let read = read.get_or_init(|| {
        serde_json::from_str(text).map_err(|why| format!("the labels of \"{code}\" cannot be read: {why}"))
    });
    read.as_ref().map(|file| Some((*code, file))).map_err(|why| RenderError::Internal(why.clone()))
}

impl Language {
    /// The language of a BCP 47 tag: the file of its primary subtag, with what its region does
    /// differently.
    ///
    /// # Errors
    /// When there is no file for it, naming those there are.
    pub(super) fn of(tag: &str) -> Result<Self, RenderError> {
        let mut parts = tag.split(['-', '_']);
        let primary = parts.next().unwrap_or_default().to_ascii_lowercase();
        let (code, file) = file(&primary)?.ok_or_else(|| RenderError::UnknownLanguage {
            tag: tag.chars().take(40).collect(),
            available: languages().join(", "),
        })?;
        let region = parts.find_map(|p| file.regions.get(&p.to_ascii_uppercase()));
        Ok(Self { code, file, region, home: None })
    }

    /// The same with the names that tax has in the seller's country: an Irish shop charges VAT, a Swiss
    /// one MWST.
    pub(super) fn of_seller(self, country: &str) -> Self {
        Self { home: self.file.regions.get(country), ..self }
    }

    /// A label.
    pub(super) fn word(&self, word: Word) -> &'static str {
        self.by_key(word.key())
    }

    /// The name of a kind of document.
    pub(super) fn kind(&self, kind: Kind) -> &'static str {
        self.by_key(&format!("kind.{}", kind.word()))
    }

    /// Where a part comes from.
    pub(super) fn part_state(&self, state: PartState) -> &'static str {
        self.by_key(&format!("part.{}", state.word()))
    }

    /// What looking at a part showed.
    pub(super) fn finding(&self, finding: Finding) -> &'static str {
        self.by_key(&format!("finding.{}", finding.word()))
    }

    /// The rules by which words are divided.
    pub(super) fn hyphens(&self) -> Option<hypher::Lang> {
        let code: [u8; 2] = self.code.as_bytes().try_into().ok()?;
        hypher::Lang::from_iso(code)
    }

    /// Why no tax is charged, in the words the law asks for (EN 16931 BT-120); nothing for a rate.
    pub(super) fn tax_note(&self, category: TaxCategory) -> Option<&'static str> {
        (category != TaxCategory::Standard).then(|| self.by_key(&format!("tax_note.{}", category.code())))
    }

    /// Why lines of category E bear no tax, where the law has words of its own.
    pub(super) fn exemption(&self, exemption: Exemption) -> &'static str {
        self.by_key(&format!("exemption.{}", exemption.word()))
    }

    fn by_key(&self, key: &str) -> &'static str {
        let word = self.home.and_then(|home| home.words.get(key));
        word.or_else(|| self.file.words.get(key)).map_or("", String::as_str)
    }

    /// `Page 2 of 3`.
    pub(super) fn page(&self, page: usize, pages: usize) -> String {
        self.word(Word::Page).replace("{page}", &page.to_string()).replace("{pages}", &pages.to_string())
    }

    /// A date with the month in words, which no reader takes for another day.
    pub(super) fn date(&self, date: NaiveDate) -> String {
        let month = self.file.months.get(date.month0() as usize).map_or("", String::as_str);
        self.region
            .and_then(|r| r.date.as_ref())
            .unwrap_or(&self.file.date)
            .replace("{d}", &date.day().to_string())
            .replace("{month}", month)
            .replace("{yyyy}", &date.year().to_string())
    }

    /// The sign between units and tenths.
    pub(super) fn decimal(&self) -> char {
        self.region.and_then(|r| r.decimal).unwrap_or(self.file.decimal)
    }

    /// A number with at least `places` decimal places, and more only if it has them.
    pub(super) fn number(&self, number: Decimal, places: u32) -> String {
        let mut number = number.normalize();
        if number.scale() < places {
            number.rescale(places);
        }
        self.written(number)
    }

    /// An amount exactly as it was computed, without its currency.
    pub(super) fn amount(&self, amount: Decimal) -> String {
        self.written(amount)
    }

    fn written(&self, number: Decimal) -> String {
        let digits = number.abs().to_string();
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let group = self.region.and_then(|r| r.group.as_ref()).unwrap_or(&self.file.group);
        let mut text = String::new();
        if number.is_sign_negative() && !number.is_zero() {
            text.push('\u{2212}');
        }
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                text.push_str(group);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(self.decimal());
            text.push_str(fraction);
        }
        text
    }

    /// An amount with its currency: by its sign where that is plain, else by its three letters.
    pub(super) fn money(&self, amount: Decimal, currency: Currency) -> String {
        let symbol = match currency.code() {
            "EUR" => Some("€"),
            "GBP" => Some("£"),
            "USD" => Some("$"),
            "PLN" => Some("zł"),
            "CZK" => Some("Kč"),
            _ => None,
        };
        let written = self.written(amount.abs());
        let text = match symbol {
            Some(symbol) => self.file.symbol.replace("{symbol}", symbol).replace("{amount}", &written),
            None => self
                .region
                .and_then(|r| r.code.as_ref())
                .unwrap_or(&self.file.code)
                .replace("{code}", currency.code())
                .replace("{amount}", &written),
        };
        if amount.is_sign_negative() && !amount.is_zero() { format!("\u{2212}{text}") } else { text }
    }

    /// A percentage.
    pub(super) fn percent(&self, number: Decimal) -> String {
        self.file.percent.replace("{number}", &self.number(number, 0))
    }

    /// A tax: its rate, and the code of its category where the rate does not say it all.
    pub(super) fn tax(&self, tax: Tax) -> String {
        let rate = self.percent(tax.rate);
        match tax.category {
            TaxCategory::Standard => rate,
            category => format!("{rate}\u{A0}{}", category.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_label_and_no_other() {
        let mut keys: Vec<String> = Word::ALL.iter().map(|w| w.key().to_owned()).collect();
        keys.extend(Kind::ALL.iter().map(|k| format!("kind.{}", k.word())));
        keys.extend(
            TaxCategory::ALL
                .iter()
                .filter(|c| **c != TaxCategory::Standard)
                .map(|c| format!("tax_note.{}", c.code())),
        );
        keys.extend(Exemption::ALL.iter().map(|e| format!("exemption.{}", e.word())));
        keys.extend(PartState::ALL.iter().map(|s| format!("part.{}", s.word())));
        keys.extend(Finding::ALL.iter().map(|f| format!("finding.{}", f.word())));
        keys.sort();
        for (code, file) in languages().into_iter().map(|code| file(code).unwrap().unwrap()) {
            let there: Vec<String> = file.words.keys().cloned().collect();
            assert_eq!(there, keys, "labels of {code}");
            assert!(file.words.values().all(|w| !w.trim().is_empty()), "{code} has an empty label");
            for (country, region) in &file.regions {
                let unknown = region.words.iter().find(|(key, word)| {
                    word.trim().is_empty() || file.words.get(*key).is_none_or(|common| common == *word)
                });
                assert_eq!(unknown, None, "words of {code}-{country}");
            }
            assert_eq!(file.months.len(), 12, "months of {code}");
            for (pattern, parts) in [
                (&file.date, &["{d}", "{month}", "{yyyy}"][..]),
                (&file.symbol, &["{symbol}", "{amount}"]),
                (&file.code, &["{code}", "{amount}"]),
                (&file.percent, &["{number}"]),
                (&file.words["page"], &["{page}", "{pages}"]),
            ] {
                for part in parts {
                    assert!(pattern.contains(part), "{code}: {pattern} lacks {part}");
                }
            }
        }
    }

    #[test]
    fn figures_and_dates_follow_language_and_region() {
        let number = Decimal::new(-123_456_789, 2);
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        let eur = Currency::from_code("EUR").unwrap();
        for (tag, amount, date, money) in [
            ("en-GB", "−1,234,567.89", "1 November 2026", "−€1,234,567.89"),
            ("en-US", "−1,234,567.89", "November 1, 2026", "−€1,234,567.89"),
            ("de", "−1.234.567,89", "1. November 2026", "−1.234.567,89\u{A0}€"),
            ("de-Latn-CH", "−1’234’567.89", "1. November 2026", "−1’234’567.89\u{A0}€"),
            ("PL", "−1\u{A0}234\u{A0}567,89", "1 listopada 2026", "−1\u{A0}234\u{A0}567,89\u{A0}€"),
            ("es", "−1.234.567,89", "1 de noviembre de\u{A0}2026", "−1.234.567,89\u{A0}€"),
        ] {
            let language = Language::of(tag).unwrap();
            assert_eq!(language.amount(number), amount, "{tag}");
            assert_eq!(language.date(day), date, "{tag}");
            assert_eq!(language.money(number, eur), money, "{tag}");
        }
    }

    #[test]
    fn an_unknown_language_names_the_known() {
        let error = Language::of("tlh").unwrap_err().to_string();
        assert!(error.contains("tlh") && error.contains("de, en, es"), "{error}");
    }
}
