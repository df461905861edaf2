//! The sums of a document.
//!
//! # Source
//! EN 16931-1 section 6.5 and its rules BR-CO-10 to BR-CO-17: each line is rounded once, tax is
//! computed and rounded once per category and rate, sums add rounded figures.

use rust_decimal::Decimal;

use super::Invalid;
use super::document::{Adjustment, Content, Line, Prices, Tax};
use crate::domain::say;

/// Tax of one category and rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxGroup {
    /// Category and rate.
    pub tax: Tax,
    /// The amount the tax is on, without tax (BT-116).
    pub basis: Decimal,
    /// The tax (BT-117).
    pub amount: Decimal,
}

/// The sums of a document, in its currency, each with exactly the currency's decimal places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// One amount a line, after its discount, net or gross as the prices are (BT-131).
    pub lines: Vec<Decimal>,
    /// Sum of the lines (BT-106).
    pub line_total: Decimal,
    /// Sum of the allowances (BT-107).
    pub allowances: Decimal,
    /// Sum of the charges (BT-108).
    pub charges: Decimal,
    /// Tax per category and rate, higher rates first.
    pub tax_groups: Vec<TaxGroup>,
    /// Total without tax (BT-109).
    pub net: Decimal,
    /// All tax (BT-110).
    pub tax: Decimal,
    /// Total with tax (BT-112).
    pub gross: Decimal,
    /// Already paid (BT-113).
    pub paid: Decimal,
    /// Still to pay (BT-115).
    pub payable: Decimal,
}

impl Totals {
    /// Adds up a document.
    #[must_use]
    pub fn of(content: &Content) -> Self {
        let currency = content.currency;
        let lines: Vec<Decimal> = content.lines.iter().map(|l| currency.round(line_amount(l))).collect();
        let taxed = content
            .lines
            .iter()
            .zip(&lines)
            .map(|(line, amount)| (line.tax, *amount))
            .chain(content.allowances.iter().map(|a| (a.tax, -currency.round(a.amount))))
            .chain(content.charges.iter().map(|c| (c.tax, currency.round(c.amount))));
        let tax_groups = group(taxed)
            .into_iter()
            .map(|(tax, sum)| {
                let hundred = Decimal::ONE_HUNDRED;
                match content.prices {
                    Prices::Net => {
                        TaxGroup { tax, basis: sum, amount: currency.round(sum * tax.rate / hundred) }
                    }
                    Prices::Gross => {
                        let amount = currency.round(sum * tax.rate / (hundred + tax.rate));
                        TaxGroup { tax, basis: currency.round(sum - amount), amount }
                    }
                }
            })
            .collect::<Vec<_>>();
        let sum = |amounts: &mut dyn Iterator<Item = Decimal>| currency.round(amounts.sum());
        let adjustments = |list: &[Adjustment]| sum(&mut list.iter().map(|a| currency.round(a.amount)));
        let net = sum(&mut tax_groups.iter().map(|g| g.basis));
        let tax = sum(&mut tax_groups.iter().map(|g| g.amount));
        let gross = currency.round(net + tax);
        let paid = currency.round(content.paid);
        Self {
            line_total: sum(&mut lines.iter().copied()),
            allowances: adjustments(&content.allowances),
            charges: adjustments(&content.charges),
            lines,
            tax_groups,
            net,
            tax,
            gross,
            paid,
            payable: currency.round(gross - paid),
        }
    }

    /// Compares the payable amount with the one the sender computed.
    ///
    /// # Errors
    /// When they differ, naming both; the sender corrects the lines or the total.
    pub fn agree_with(&self, stated_payable: Option<Decimal>) -> Result<(), Invalid> {
        match stated_payable {
            Some(stated) if stated != self.payable => Err(Invalid::new(
                "totals.payable",
                say!(
                    "the file says {stated}, but its lines add up to {payable}",
                    stated,
                    payable = self.payable
                ),
                "Correct the lines or the total; nothing was stored",
            )),
            _ => Ok(()),
        }
    }
}

fn line_amount(line: &Line) -> Decimal {
    let hundred = Decimal::ONE_HUNDRED;
    line.quantity * line.unit_price * (hundred - line.discount_percent) / hundred
}

/// Sums by category and rate, in the order high rate to low, then by category.
fn group(amounts: impl Iterator<Item = (Tax, Decimal)>) -> Vec<(Tax, Decimal)> {
    let mut groups: Vec<(Tax, Decimal)> = Vec::new();
    for (tax, amount) in amounts {
        match groups.iter_mut().find(|(t, _)| *t == tax) {
            Some((_, sum)) => *sum += amount,
            None => groups.push((tax, amount)),
        }
    }
    groups.sort_by(|(a, _), (b, _)| {
        let key = |t: &Tax| (std::cmp::Reverse(t.rate), t.category);
        key(a).cmp(&key(b))
    });
    groups
}
