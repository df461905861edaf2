//! The EPC quick response code, known as GiroCode.
//!
//! # Source
//! European Payments Council, EPC069-12 version 2.1: the lines of the text, at most 331 bytes.

use super::{account, one_line, reference};
use crate::domain::document::Document;
use crate::domain::{Invalid, say};

/// The most bytes of the text.
const MOST_BYTES: usize = 331;

/// The text of the code.
pub(super) fn text(document: &Document) -> Result<String, Invalid> {
    let content = &document.content;
    if content.currency.code() != "EUR" {
        return Err(Invalid::new(
            "payment.qr",
            say!(
                "a SEPA code is about euro, and the document is in {currency}",
                currency = content.currency.code()
            ),
            "Leave payment.qr out",
        ));
    }
    let iban = account(document)?;
    let bic = document.seller.bic.as_deref().unwrap_or_default();
    // The payee's name may be cut: banks compare its beginning.
    let name: String = one_line(&document.seller.name).chars().take(70).collect();
    let quoted = one_line(content.payment.reference.as_deref().unwrap_or(&document.number));
    let creditor = reference::creditor(&quoted).map_err(|e| e.within("payment.reference"))?;
    // Either a structured reference or text, never both.
    let (structured, words) = match creditor {
        Some(reference) => (reference, String::new()),
        None => (String::new(), quoted),
    };
    let amount = document.totals.payable;
    let text = format!("BCD\n002\n1\nSCT\n{bic}\n{name}\n{iban}\nEUR{amount}\n\n{structured}\n{words}");
    let text = text.trim_end_matches('\n').to_owned();
    if text.len() > MOST_BYTES || words.chars().count() > 140 {
        return Err(Invalid::new(
            "payment.reference",
            "it is too long for the code to scan",
            "Shorten it, or leave payment.qr out",
        ));
    }
    Ok(text)
}
