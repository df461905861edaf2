//! Switzerland and Liechtenstein.
//!
//! # Source
//! Mehrwertsteuergesetz (SR 641.20), articles 25 to 27; Mehrwertsteuerverordnung (SR 641.201),
//! article 57. Liechtenstein applies the same rules (LR 641.20).

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Case, located};
use crate::domain::document::{Kind, TaxCategory};
use crate::domain::{Invalid, Said, say};

/// The rates since 1 January 2024, in tenths of a percent.
const RATES: [i64; 3] = [81, 38, 26];
/// Those of 2018 to 2023, for what was supplied then.
const OLD_RATES: [i64; 3] = [77, 37, 25];

pub(super) fn check(case: Case<'_>) -> Result<(), Invalid> {
    located(Some(case.seller), "seller", false, "Art. 26 Abs. 2 Bst. a MWSTG")?;
    if case.charges_tax() {
        case.seller_number(
            "tax is charged, so the seller must be registered and its number stand on it",
            "Art. 26 Abs. 2 Bst. a and Art. 27 Abs. 1 MWSTG",
        )?;
        number(case)?;
        rates(case)?;
    }
    // Till receipts up to 400 francs need no customer.
    if case.content.kind == Kind::Receipt || case.is_small("CHF", 400) {
        return Ok(());
    }
    located(case.content.buyer.as_ref(), "buyer", false, "Art. 26 Abs. 2 Bst. b MWSTG, Art. 57 MWSTV")
}

/// `CHE-123.456.788 MWST`: the number of the enterprise with its check digit, and that it is
/// registered for the tax.
///
/// # Source
/// Art. 26 Abs. 2 Bst. a MWSTG; UID: modulo 11 with the weights 5, 4, 3, 2, 7, 6, 5, 4.
fn number(case: Case<'_>) -> Result<(), Invalid> {
    let Some(id) = case.seller.tax_id.as_deref().filter(|_| case.country == "CH") else {
        return Ok(());
    };
    let wrong = |problem: Said| {
        let remedy = "Write it like CHE-123.456.788 MWST (or TVA, IVA)";
        Err(Invalid::new("seller.tax_id", problem, remedy))
    };
    let Some(rest) = id.strip_prefix("CHE") else {
        return wrong(say!("\"{id}\" is not the number of an enterprise (Art. 26 Abs. 2 Bst. a MWSTG)", id));
    };
    if !["MWST", "TVA", "IVA"].iter().any(|word| rest.trim_end().ends_with(word)) {
        return wrong(say!(
            "\"{id}\" does not say that the seller is registered for the tax (Art. 26 Abs. 2 Bst. a MWSTG)",
            id
        ));
    }
    let digits: Vec<u32> = rest.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits.iter().zip([5, 4, 3, 2, 7, 6, 5, 4]).map(|(d, w)| d * w).sum();
    let check = (11 - sum % 11) % 11;
    if digits.len() != 9 || digits.last() != Some(&check) {
        return wrong(say!(
            "\"{id}\" is not the number of an enterprise (its check digit does not match) (Art. 26 Abs. 2 Bst. a MWSTG)",
            id
        ));
    }
    Ok(())
}

fn rates(case: Case<'_>) -> Result<(), Invalid> {
    let new = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
    let supplied = case.content.supply.map_or(case.content.issue_date, |s| s.from);
    for group in case.totals.tax_groups.iter().filter(|g| g.tax.category == TaxCategory::Standard) {
        let known = |rates: [i64; 3]| rates.iter().any(|r| Decimal::new(*r, 1) == group.tax.rate);
        if !(known(RATES) || supplied < new && known(OLD_RATES)) {
            return Err(Invalid::new(
                "lines",
                say!(
                    "{rate} % is not a Swiss rate of tax on {supplied} (Art. 25 MWSTG)",
                    rate = group.tax.rate,
                    supplied
                ),
                "Use 8.1, 3.8 or 2.6",
            ));
        }
    }
    Ok(())
}
