//! The code to scan for paying.
//!
//! # Source
//! European Payments Council, EPC069-12 version 2.1: the payload's lines, error correction M, at
//! most version 13 and 331 bytes.

use fast_qr::{ECL, QRBuilder};
use rust_decimal::Decimal;

use super::error::RenderError;
use super::sketch::{Mark, Sketch};
use super::{Colour, INK};
use crate::domain::document::{Document, Kind, PaymentCode};

/// The most modules along a side: those of version 13.
const MOST_MODULES: usize = 69;
/// White around the code (ISO/IEC 18004), in modules.
const QUIET: f32 = 4.0;

/// The payload, when the document asks for a code and one can be made: a SEPA transfer in euro to
/// a known account.
fn payload(document: &Document) -> Option<String> {
    let content = &document.content;
    let seller = &document.seller;
    let amount = document.totals.payable;
    let asked = content.payment.code == Some(PaymentCode::Epc) && content.kind == Kind::Invoice;
    let payable = amount > Decimal::ZERO && amount <= Decimal::new(99_999_999_999, 2);
    if !asked || content.currency.code() != "EUR" || !payable {
        return None;
    }
    let iban = seller.iban.as_ref()?;
    let cut = |text: &str, most: usize| -> String {
        let text = super::text::clean(text).replace('\n', " ");
        text.trim().chars().take(most).collect()
    };
    let reference = content.payment.reference.as_ref();
    let reference = cut(reference.unwrap_or(&document.number), 140);
    let name = cut(&seller.name, 70);
    let bic = seller.bic.as_deref().unwrap_or_default();
    let text = format!("BCD\n002\n1\nSCT\n{bic}\n{name}\n{iban}\nEUR{amount}\n\n\n{reference}");
    (text.len() <= 331).then_some(text)
}

/// The code as a square of `side` points with its top left corner at the origin, white border
/// included; nothing when none can be made.
pub(super) fn sketch(document: &Document, side: f32) -> Result<Option<Sketch>, RenderError> {
    let Some(text) = payload(document) else {
        return Ok(None);
    };
    let code = QRBuilder::new(text)
        .ecl(ECL::M)
        .build()
        .map_err(|why| RenderError::Internal(format!("no payment code can be made: {why:?}")))?;
    let count = code.size;
    if count == 0 || count > MOST_MODULES {
        return Ok(None);
    }
    let module = side / (count as f32 + 2.0 * QUIET);
    let fill =
        |x: f32, y: f32, width: f32, height: f32, colour: Colour| Mark::Fill { x, y, width, height, colour };
    let mut marks = vec![fill(0.0, 0.0, side, side, Colour::new(255, 255, 255))];
    for (row, modules) in code.data.chunks(count).take(count).enumerate() {
        let y = (row as f32 + QUIET) * module;
        let mut at = 0;
        // Neighbours are drawn as one bar, without hairlines between them.
        for bar in modules.chunk_by(|a, b| a.value() == b.value()) {
            if bar.first().is_some_and(|m| m.value()) {
                let x = (at as f32 + QUIET) * module;
                marks.push(fill(x, y, bar.len() as f32 * module, module, INK));
            }
            at += bar.len();
        }
    }
    Ok(Some(Sketch { height: side, marks }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample::demo;
    use super::*;

    #[test]
    fn the_payload_has_the_lines_banks_read() {
        let mut document = demo("invoice");
        let want = "BCD\n002\n1\nSCT\nAIBKIE2D\nHarbour Street Repairs Ltd\nIE29AIBK93115212345678\nEUR1063.66\n\n\nRepair for Kowalska, November 2026";
        assert_eq!(payload(&document).as_deref(), Some(want));
        let side = 80.0;
        let drawn = sketch(&document, side).unwrap().unwrap();
        assert!(drawn.marks.len() > 300, "{} bars", drawn.marks.len());
        for mark in &drawn.marks[1..] {
            let Mark::Fill { x, y, width, .. } = mark else { panic!("{mark:?}") };
            assert!(*x > 4.0 && x + width < side - 4.0 && *y > 4.0);
        }
        document.totals.payable = Decimal::ZERO;
        assert_eq!(payload(&document), None, "nothing to pay, nothing to scan");
    }
}
