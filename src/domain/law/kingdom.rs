//! The United Kingdom.
//!
//! # Source
//! Value Added Tax Regulations 1995 (SI 1995/2518), regulations 14, 15C and 16A.

use super::{Case, missing};
use crate::domain::Invalid;
use crate::domain::document::{Kind, TaxCategory};

pub(super) fn check(case: Case<'_>) -> Result<(), Invalid> {
    if case.charges_tax() {
        case.seller_number(
            "tax is charged, so the seller's VAT registration number must stand on it",
            "VAT Regulations 1995, reg. 14(1)(d)",
        )?;
    }
    case.seller_address("VAT Regulations 1995, reg. 14(1)(d)")?;
    case.original("VAT Regulations 1995, reg. 15C")?;
    let northern = case.seller.tax_id.as_deref().is_some_and(|id| id.starts_with("XI"));
    if case.has(TaxCategory::IntraCommunity) && !northern {
        return Err(Invalid::new(
            "lines",
            "category K is for sellers in the Union and in Northern Ireland (VAT number XI...)",
            "Use category G for an export (VAT Act 1994, section 30)",
        ));
    }
    // Retailers' invoices up to 250 pounds need no customer.
    if case.content.kind == Kind::Receipt || case.is_small("GBP", 250) {
        return Ok(());
    }
    case.buyer_address("VAT Regulations 1995, reg. 14(1)(e)")?;
    if case.has(TaxCategory::ReverseCharge) && case.content.buyer.as_ref().is_some_and(|b| b.tax_id.is_none())
    {
        return Err(missing(
            "buyer.tax_id",
            "the buyer accounts for the tax (reverse charge), so their VAT registration number must stand on it",
            "VAT Notice 735",
        ));
    }
    case.national_tax("VAT Regulations 1995, reg. 14(1)(l)")
}
