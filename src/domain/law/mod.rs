//! What the law of the seller's country asks of invoices, credit notes and receipts.
//!
//! Checked when a document is issued: what cannot be left out is named by its field and by the
//! paragraph that asks for it. Each country's rules are a file of their own; where Tillpost knows no
//! rules, it checks none. What the types already make sure of (number, date, quantities, rates,
//! amounts per rate) is not checked again.
//!
//! # Limits
//! Not checked: tax representatives, self-billing, new means of transport, and the national clearance
//! systems (Italy's SdI, Poland's KSeF, Spain's VERI*FACTU), which take the invoice itself and not a
//! page.

mod kingdom;
mod places;
mod states;
mod swiss;
mod union;

use rust_decimal::Decimal;

use super::Invalid;
use super::document::{Content, Kind, Party, TaxCategory};
use super::totals::Totals;
use crate::domain::{Said, say};

pub use places::{has_sales_tax, national_currency, small_business_law};

/// A document under the eyes of the law.
#[derive(Clone, Copy)]
struct Case<'c> {
    content: &'c Content,
    seller: &'c Party,
    totals: &'c Totals,
    /// The seller's country.
    country: &'c str,
}

/// Checks a document against the law of its seller's country.
///
/// # Errors
/// The field that is missing or wrong, and the paragraph that asks for it; the sender completes it.
///
/// # Source
/// In each country's file, rule by rule.
pub fn check(content: &Content, seller: &Party, totals: &Totals) -> Result<(), Invalid> {
    if !matches!(content.kind, Kind::Invoice | Kind::CreditNote | Kind::Receipt) {
        return Ok(());
    }
    // Without a country there is no telling which law it is.
    let Some(address) = &seller.address else {
        return Ok(());
    };
    let case = Case { content, seller, totals, country: &address.country };
    case.exemption_fits()?;
    case.national_tax_fits()?;
    match case.country {
        "GB" => kingdom::check(case),
        "CH" | "LI" => swiss::check(case),
        "US" => states::check(case),
        country if places::UNION.contains(&country) => union::check(case),
        _ => Ok(()),
    }?;
    // Where no law asks for it, a buyer still wants to know.
    match (content.kind, &content.original) {
        (Kind::CreditNote, None) => Err(Invalid::new(
            "original",
            "a credit note must say which invoice it takes back",
            "Give the invoice's number and date",
        )),
        _ => Ok(()),
    }
}

impl Case<'_> {
    fn has(&self, category: TaxCategory) -> bool {
        self.totals.tax_groups.iter().any(|g| g.tax.category == category)
    }

    fn charges_tax(&self) -> bool {
        self.has(TaxCategory::Standard)
    }

    /// Whether the total with tax is at most `most` of `currency`.
    fn is_small(&self, currency: &str, most: u32) -> bool {
        self.content.currency.code() == currency && self.totals.gross.abs() <= Decimal::from(most)
    }

    /// A reason for an exemption on a document without exempt lines is a slip.
    fn exemption_fits(&self) -> Result<(), Invalid> {
        let notes = &self.content.tax_notes;
        match notes.exemption {
            Some(exemption) if !self.has(TaxCategory::Exempt) => Err(Invalid::new(
                "tax_notes.exemption",
                say!(
                    "{exemption} is about lines of tax category E, and there are none",
                    exemption = exemption.word()
                ),
                "Give such lines the category E, or leave the exemption out",
            )),
            _ => Ok(()),
        }
    }

    /// On a document in the country's own currency the tax in that currency is the tax on it, or a slip.
    fn national_tax_fits(&self) -> Result<(), Invalid> {
        let currency = self.content.currency.code();
        let ours = self.totals.tax.abs();
        match self.content.tax_notes.national_tax {
            Some(stated) if national_currency(self.country) == Some(currency) && stated != ours => {
                Err(Invalid::new(
                    "tax_notes.national_tax",
                    say!(
                        "the document is in {currency} already, and its tax is {ours}, not {stated}",
                        currency,
                        ours,
                        stated
                    ),
                    "Leave it out",
                ))
            }
            _ => Ok(()),
        }
    }

    /// The seller's street and town.
    fn seller_address(&self, law: &str) -> Result<(), Invalid> {
        located(Some(self.seller), "seller", true, law)
    }

    /// The buyer's street and town.
    fn buyer_address(&self, law: &str) -> Result<(), Invalid> {
        located(self.content.buyer.as_ref(), "buyer", true, law)
    }

    /// The seller's tax number.
    fn seller_number(&self, what: &'static str, law: &str) -> Result<(), Invalid> {
        match &self.seller.tax_id {
            Some(_) => Ok(()),
            None => Err(missing("seller.tax_id", what, law)),
        }
    }

    /// The buyer's tax number.
    fn buyer_number(&self, what: &'static str, law: &str) -> Result<(), Invalid> {
        match self.content.buyer.as_ref().and_then(|b| b.tax_id.as_ref()) {
            Some(_) => Ok(()),
            None => Err(missing("buyer.tax_id", what, law)),
        }
    }

    /// A credit note names the invoice it takes back.
    fn original(&self, law: &str) -> Result<(), Invalid> {
        match (self.content.kind, &self.content.original) {
            (Kind::CreditNote, None) => {
                Err(missing("original", "a credit note names the invoice it takes back", law))
            }
            _ => Ok(()),
        }
    }

    /// Why lines of category E are exempt.
    fn exemption_reason(&self, law: &str) -> Result<(), Invalid> {
        let notes = &self.content.tax_notes;
        if self.has(TaxCategory::Exempt) && notes.exemption.is_none() && notes.reason.is_none() {
            return Err(missing(
                "tax_notes",
                "a line without tax (category E) needs the reason: an exemption, or a reason in words",
                law,
            ));
        }
        Ok(())
    }

    /// The tax in the currency of the country, where the document is in another.
    fn national_tax(&self, law: &str) -> Result<(), Invalid> {
        let home = national_currency(self.country);
        let abroad = home.is_some_and(|c| c != self.content.currency.code());
        if abroad && !self.totals.tax.is_zero() && self.content.tax_notes.national_tax.is_none() {
            let what = say!("the tax must also stand in {currency}", currency = home.unwrap_or_default());
            return Err(missing("tax_notes.national_tax", what, law));
        }
        Ok(())
    }
}

/// A party's name and place, and its street where `street` asks for it.
fn located(party: Option<&Party>, path: &str, street: bool, law: &str) -> Result<(), Invalid> {
    let whose = match path {
        "seller" => "the seller's full name and address must stand on it",
        _ => "the buyer's full name and address must stand on it",
    };
    let Some(address) = party.and_then(|p| p.address.as_ref()) else {
        return Err(missing(&format!("{path}.address"), whose, law));
    };
    if street && address.lines.iter().all(|l| l.trim().is_empty()) {
        return Err(missing(&format!("{path}.address.lines"), whose, law));
    }
    match &address.city {
        Some(_) => Ok(()),
        None => Err(missing(&format!("{path}.address.city"), whose, law)),
    }
}

/// A field that a paragraph asks for.
fn missing(path: &str, what: impl Into<Said>, law: &str) -> Invalid {
    Invalid::new(path, what, say!("Complete it ({law}); nothing was stored", law))
}
