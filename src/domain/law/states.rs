//! The United States: there is no federal rule; the states tax sales and ask for the tax apart.
//!
//! # Source
//! New York Tax Law § 1132(a)(1) as the strictest common form: the tax is stated separately on any
//! sales slip, invoice, receipt or other statement given to the customer.

use super::Case;
use crate::domain::Invalid;
use crate::domain::document::Prices;

pub(super) fn check(case: Case<'_>) -> Result<(), Invalid> {
    if case.charges_tax() && case.content.prices == Prices::Gross {
        return Err(Invalid::new(
            "prices",
            "sales tax must stand on a line of its own, and these prices contain it (such as New York Tax Law § 1132(a)(1))",
            "Give prices without tax and set prices to net",
        ));
    }
    Ok(())
}
