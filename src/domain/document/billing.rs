//! What tax law and e-invoices ask of a bill beyond its lines.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::check::optional;
use crate::domain::{Invalid, say};

/// When the goods were handed over or the work was done.
///
/// # Source
/// BT-72 for one day, BG-14 for a period; article 226(7) of Directive 2006/112/EC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply {
    /// The day, or the first day of the period.
    pub from: NaiveDate,
    /// The last day of the period; the same as `from` for one day.
    pub until: NaiveDate,
}

/// The invoice that a credit note takes back (BG-3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Its number.
    pub number: String,
    /// The date on it.
    pub issue_date: Option<NaiveDate>,
}

/// Why lines of category E bear no tax, where the law has words of its own for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exemption {
    /// The seller is a small enterprise that charges no VAT (articles 282 to 292).
    SmallBusiness,
    /// Margin scheme, second-hand goods (article 313).
    SecondHand,
    /// Margin scheme, works of art (article 313).
    Art,
    /// Margin scheme, collectors' items and antiques (article 313).
    Antiques,
    /// Margin scheme, travel agents (article 306).
    Travel,
}

impl Exemption {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::SmallBusiness, Self::SecondHand, Self::Art, Self::Antiques, Self::Travel];

    /// The word in files and in label files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SmallBusiness => "small_business",
            Self::SecondHand => "second_hand",
            Self::Art => "art",
            Self::Antiques => "antiques",
            Self::Travel => "travel",
        }
    }
}

/// What the document says about its tax beyond rates and amounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxNotes {
    /// Why lines of category E bear no tax.
    pub exemption: Option<Exemption>,
    /// The same in the seller's words, best with the law's paragraph.
    pub reason: Option<String>,
    /// Whether the seller owes the tax only once paid (article 226(7a)).
    pub cash_accounting: bool,
    /// The tax in the currency of the seller's country, when the document is in another (article 230).
    pub national_tax: Option<Decimal>,
}

/// A form in which programs can read an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EInvoice {
    /// The page alone.
    None,
    /// A PDF/A-3 that carries its own data: Factur-X and ZUGFeRD, profile EN 16931.
    FacturX,
    /// A UBL file beside the page, as German authorities take it.
    XRechnungUbl,
    /// The same in the syntax of UN/CEFACT.
    XRechnungCii,
    /// A UBL file beside the page, as the Peppol network takes it (BIS Billing 3.0).
    Peppol,
}

impl EInvoice {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::None, Self::FacturX, Self::XRechnungUbl, Self::XRechnungCii, Self::Peppol];

    /// The words, for a setting.
    pub const WORDS: [&'static str; 5] = ["none", "factur_x", "xrechnung", "xrechnung_cii", "peppol"];

    /// The word in files and settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::FacturX => "factur_x",
            Self::XRechnungUbl => "xrechnung",
            Self::XRechnungCii => "xrechnung_cii",
            Self::Peppol => "peppol",
        }
    }

    /// Reads [`EInvoice::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.word() == word)
    }
}

/// Where a party receives e-invoices (BT-34, BT-49).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElectronicAddress {
    /// The scheme of the address: a code of the EAS list, like `0204` for a Leitweg-ID.
    pub scheme: String,
    /// The address.
    pub id: String,
}

impl Supply {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        if self.until < self.from {
            return Err(Invalid::new(
                "supply_until",
                say!("{until} is before the supply date {from}", until = self.until, from = self.from),
                "Set a later date or leave it out",
            ));
        }
        Ok(())
    }
}

impl Original {
    pub(super) fn check(&self, issued: NaiveDate) -> Result<(), Invalid> {
        optional("original.number", Some(&self.number), 50)?;
        if self.number.trim().is_empty() {
            return Err(Invalid::new(
                "original.number",
                "the number is empty",
                "Write the number of the invoice that is taken back",
            ));
        }
        match self.issue_date {
            Some(date) if date > issued => Err(Invalid::new(
                "original.issue_date",
                say!("{date} is after the issue date {issued}", date, issued),
                "Write the date of the invoice that is taken back",
            )),
            _ => Ok(()),
        }
    }
}

impl TaxNotes {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        optional("tax_notes.reason", self.reason.as_deref(), 500)?;
        if self.national_tax.is_some_and(|t| t < Decimal::ZERO) {
            return Err(Invalid::new(
                "tax_notes.national_tax",
                "the amount is negative",
                "Write it without a sign",
            ));
        }
        Ok(())
    }
}

impl ElectronicAddress {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        for (path, value, most) in
            [("electronic_address.scheme", &self.scheme, 4), ("electronic_address.id", &self.id, 200)]
        {
            optional(path, Some(value), most)?;
            if value.trim().is_empty() {
                return Err(Invalid::new(path, "it is empty", "Write it, or leave the address out"));
            }
        }
        Ok(())
    }
}
