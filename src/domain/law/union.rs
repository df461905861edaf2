//! The European Union.
//!
//! # Source
//! Directive 2006/112/EC, articles 219 to 240, and the national laws named at each rule.

use super::{Case, missing};
use crate::domain::document::{Exemption, Kind, TaxCategory};
use crate::domain::{Invalid, say};

use super::places::{UNION, simplified};

pub(super) fn check(case: Case<'_>) -> Result<(), Invalid> {
    case.seller_address("Article 226(5) of Directive 2006/112/EC")?;
    seller_number(case)?;
    case.original("Article 219 of Directive 2006/112/EC")?;
    case.exemption_reason("Article 226(11) of Directive 2006/112/EC")?;
    if is_simplified(case) {
        return Ok(());
    }
    case.buyer_address("Article 226(5) of Directive 2006/112/EC")?;
    other_country(case)?;
    case.national_tax("Articles 226(10) and 230 of Directive 2006/112/EC")?;
    national(case)
}

/// Whether the simplified form is enough: a receipt, or a small amount at home.
///
/// # Source
/// Articles 220a, 226b and 238; not where the customer owes the tax or the goods cross a border.
fn is_simplified(case: Case<'_>) -> bool {
    let special = case.has(TaxCategory::ReverseCharge) || case.has(TaxCategory::IntraCommunity);
    let small = simplified(case.country).is_some_and(|(currency, most)| case.is_small(currency, most));
    !special && (case.content.kind == Kind::Receipt || small)
}

fn seller_number(case: Case<'_>) -> Result<(), Invalid> {
    let small = case.content.tax_notes.exemption == Some(Exemption::SmallBusiness);
    let needed = case.totals.tax_groups.iter().any(|g| match g.tax.category {
        TaxCategory::OutsideScope => false,
        TaxCategory::Exempt => !small,
        _ => true,
    });
    if needed {
        case.seller_number(
            "the seller's VAT number must stand on it",
            "Article 226(3) of Directive 2006/112/EC",
        )?;
    }
    if case.country == "DE" && case.content.kind != Kind::Receipt {
        // Small enterprises as well: the number of the tax office will do.
        case.seller_number(
            "the seller's tax number or VAT number must stand on it",
            "§ 14 Abs. 4 Satz 1 Nr. 2 UStG, § 34a UStDV",
        )?;
    }
    Ok(())
}

/// Reverse charge and supplies to other member states name the buyer's number.
fn other_country(case: Case<'_>) -> Result<(), Invalid> {
    let law = "Article 226(4) of Directive 2006/112/EC";
    if case.has(TaxCategory::ReverseCharge) {
        case.buyer_number(
            "the buyer owes the tax (reverse charge), so their VAT number must stand on it",
            law,
        )?;
    }
    if !case.has(TaxCategory::IntraCommunity) {
        return Ok(());
    }
    case.buyer_number("goods go to another member state, so the buyer's VAT number must stand on it", law)?;
    let buyer = case.content.buyer.as_ref();
    let country = buyer.and_then(|b| b.address.as_ref()).map_or("", |a| a.country.as_str());
    let northern = buyer.and_then(|b| b.tax_id.as_deref()).is_some_and(|id| id.starts_with("XI"));
    if country == case.country || !(UNION.contains(&country) || northern) {
        return Err(Invalid::new(
            "buyer.address.country",
            say!(
                "category K is for another member state, and {country} is none (Article 138 of Directive 2006/112/EC)",
                country
            ),
            "Use category G for an export, or S at home",
        ));
    }
    Ok(())
}

/// What single member states ask for beyond the directive.
fn national(case: Case<'_>) -> Result<(), Invalid> {
    let content = case.content;
    let supplied = content.supply.is_some() || content.kind == Kind::CreditNote;
    match case.country {
        "DE" if !supplied => Err(missing(
            "supply_date",
            "the date of the supply must stand on it, also when it is the date of the invoice",
            "§ 14 Abs. 4 Satz 1 Nr. 6 UStG",
        )),
        "AT" if !supplied => Err(missing(
            "supply_date",
            "the date of the supply must stand on it",
            "§ 11 Abs. 1 Z 3 lit. d UStG 1994",
        )),
        "FR" if content.kind == Kind::Invoice
            && content.due_date.is_none()
            && content.payment.terms.is_none()
            && content.buyer.as_ref().is_some_and(|b| b.tax_id.is_some()) =>
        {
            Err(missing(
                "due_date",
                "an invoice to a business says when it is to be paid",
                "Article L441-9 Code de commerce",
            ))
        }
        _ => Ok(()),
    }
}
