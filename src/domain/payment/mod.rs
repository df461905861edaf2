//! What a payer's phone or bank reads from a document: the codes for paying and their check digits.

mod epc;
pub mod reference;
mod swiss;

#[cfg(test)]
mod tests;

use rust_decimal::Decimal;

use super::Invalid;
use super::document::{Document, Kind, PaymentCode};
use crate::domain::say;

pub use swiss::{Payer, Reference, SwissBill};

/// A request to pay that a code carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// The text of an EPC code.
    Epc(String),
    /// A Swiss QR-bill.
    Swiss(Box<SwissBill>),
    /// A page to pay on.
    Link(String),
}

/// The most that one code can ask for, in euro or francs.
const MOST: Decimal = Decimal::from_parts(1_215_752_191, 23, 0, false, 2);

/// The request of the code that `document` asks for. Only an invoice with something to pay has one.
///
/// # Errors
/// The field that the code needs and how it must look; the sender corrects it or leaves
/// `payment.qr` out. Nothing is ever left off a page without a word.
pub fn request(document: &Document) -> Result<Option<Request>, Invalid> {
    let content = &document.content;
    let Some(code) = content.payment.code else {
        return Ok(None);
    };
    let amount = document.totals.payable;
    if content.kind != Kind::Invoice || amount <= Decimal::ZERO {
        return Ok(None);
    }
    if code != PaymentCode::Link && amount > MOST {
        return Err(Invalid::new(
            "payment.qr",
            say!("the code cannot carry more than {most}, and {amount} is to be paid", most = MOST, amount),
            "Leave payment.qr out",
        ));
    }
    match code {
        PaymentCode::Epc => epc::text(document).map(Request::Epc).map(Some),
        PaymentCode::Swiss => swiss::bill(document).map(|b| Some(Request::Swiss(Box::new(b)))),
        PaymentCode::Link => match &content.payment.link {
            Some(link) => Ok(Some(Request::Link(link.clone()))),
            None => Err(Invalid::new(
                "payment.link",
                "a code that leads to a page to pay on needs the page",
                "Give the link, or leave payment.qr out",
            )),
        },
    }
}

/// The account that the money goes to.
fn account(document: &Document) -> Result<&str, Invalid> {
    document.seller.iban.as_deref().ok_or_else(|| {
        Invalid::new(
            "seller.iban",
            "a code for paying needs the account that the money goes to",
            "Give the IBAN, or leave payment.qr out",
        )
    })
}

/// Text for one line of a code.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
