//! What the law of the seller's country asks of a document.

mod places;

pub use places::national_currency;
