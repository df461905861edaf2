//! What lines, allowances and charges come to without tax, when their prices contain it.
//!
//! # Source
//! EN 16931-1 knows net amounts only; its rules BR-CO-10 to BR-CO-13 ask that they add up to the
//! cent. Rounding each part for itself does not give that, so the cents left over go to the parts
//! that were rounded the most: the largest remainders.

use rust_decimal::Decimal;

use super::document::{Content, Prices, Tax};
use super::totals::Totals;

/// The amounts without tax, in the order of the document, each with the currency's decimal places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetParts {
    /// One a line (BT-131).
    pub lines: Vec<Decimal>,
    /// One an allowance (BT-92).
    pub allowances: Vec<Decimal>,
    /// One a charge (BT-99).
    pub charges: Vec<Decimal>,
}

/// One part of a tax group on its way to its net amount.
struct Part {
    /// Its place among lines, allowances and charges in a row.
    index: usize,
    /// Whether it is taken off.
    off: bool,
    /// What dividing gives.
    exact: Decimal,
    /// What it gets.
    net: Decimal,
}

impl NetParts {
    /// The net amounts of `content`, whose sums are `totals`: within each tax group they add up to
    /// its basis.
    #[must_use]
    pub fn of(content: &Content, totals: &Totals) -> Self {
        let round = |a: Decimal| content.currency.round(a);
        let lines = content.lines.iter().zip(&totals.lines).map(|(l, a)| (l.tax, false, *a));
        let allowances = content.allowances.iter().map(|a| (a.tax, true, round(a.amount)));
        let charges = content.charges.iter().map(|c| (c.tax, false, round(c.amount)));
        let all: Vec<(Tax, bool, Decimal)> = lines.chain(allowances).chain(charges).collect();
        let mut net: Vec<Decimal> = all.iter().map(|(_, _, amount)| *amount).collect();
        if content.prices == Prices::Gross {
            for group in &totals.tax_groups {
                let divisor = Decimal::ONE_HUNDRED + group.tax.rate;
                let mut parts: Vec<Part> = all
                    .iter()
                    .enumerate()
                    .filter(|(_, (tax, _, _))| *tax == group.tax)
                    .map(|(index, (_, off, amount))| {
                        let exact = *amount * Decimal::ONE_HUNDRED / divisor;
                        Part { index, off: *off, exact, net: round(exact) }
                    })
                    .collect();
                settle(&mut parts, group.basis, Decimal::new(1, content.currency.exponent()));
                for part in parts {
                    if let Some(slot) = net.get_mut(part.index) {
                        *slot = round(part.net);
                    }
                }
            }
        }
        let charges = net.split_off(net.len().min(content.lines.len() + content.allowances.len()));
        let allowances = net.split_off(net.len().min(content.lines.len()));
        Self { lines: net, allowances, charges }
    }
}

/// Moves single units of money until the parts add up to `basis`.
fn settle(parts: &mut [Part], basis: Decimal, unit: Decimal) {
    let sum: Decimal = parts.iter().map(|p| if p.off { -p.net } else { p.net }).sum();
    let mut left = basis - sum;
    let step = if left.is_sign_negative() { -unit } else { unit };
    // How far adding `step` to the sum at this part brings the part away from its exact amount.
    parts.sort_by_key(|p| {
        let after = if p.off { p.net - step } else { p.net + step };
        ((after - p.exact).abs(), p.index)
    });
    for part in parts.iter_mut().filter(|p| !p.exact.is_zero()) {
        if left.abs() < unit {
            return;
        }
        part.net += if part.off { -step } else { step };
        left -= step;
    }
}
