//! The parts of the document file that tax law and e-invoices ask for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Amount;
use super::document::{date, filled, word};
use crate::domain::Invalid;
use crate::domain::document::{Exemption, Original, Supply, TaxNotes};

/// The invoice that a credit note takes back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OriginalShape {
    /// Its number.
    pub number: String,
    /// The date on it, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date"))]
    pub issue_date: Option<String>,
}

/// What a document says about its tax beyond rates and amounts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxNotesShape {
    /// Why lines of category E bear no tax: small_business, or a margin scheme (second_hand, art,
    /// antiques, travel).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["small_business", "second_hand", "art", "antiques", "travel", null]))]
    pub exemption: Option<String>,
    /// The same in your own words, best with the paragraph of the law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether you owe the tax only once you are paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash_accounting: Option<bool>,
    /// The tax in the currency of your country, when the document is in another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national_tax: Option<Amount>,
}

/// Where a party receives e-invoices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElectronicAddressShape {
    /// The scheme of the address, a code of the EAS list: 0204 is a Leitweg-ID, EM an e-mail address.
    pub scheme: String,
    /// The address.
    pub id: String,
}

impl OriginalShape {
    pub(super) fn to_original(&self) -> Result<Original, Invalid> {
        Ok(Original {
            number: self.number.clone(),
            issue_date: self.issue_date.as_deref().map(|d| date("original.issue_date", d)).transpose()?,
        })
    }
}

impl TaxNotesShape {
    pub(super) fn to_tax_notes(&self) -> Result<TaxNotes, Invalid> {
        let exemption = |e: &str| word("tax_notes.exemption", e, &Exemption::ALL, Exemption::word);
        Ok(TaxNotes {
            exemption: self.exemption.as_deref().map(exemption).transpose()?,
            reason: filled(self.reason.as_ref()),
            cash_accounting: self.cash_accounting.unwrap_or(false),
            national_tax: self
                .national_tax
                .as_ref()
                .map(|a| a.value("tax_notes.national_tax"))
                .transpose()?,
        })
    }
}

/// The day or the days of the supply.
pub(super) fn supply(from: Option<&str>, until: Option<&str>) -> Result<Option<Supply>, Invalid> {
    let from = from.map(|d| date("supply_date", d)).transpose()?;
    let until = until.map(|d| date("supply_until", d)).transpose()?;
    match (from, until) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Invalid::new(
            "supply_date",
            "the supply has a last day but no first",
            "Give supply_date as well, or only supply_date",
        )),
        (Some(from), until) => Ok(Some(Supply { from, until: until.unwrap_or(from) })),
    }
}
