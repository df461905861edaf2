//! The family of the invoice: what lists lines, and mostly sums them.

use super::error::RenderError;
use super::labels::Word;
use super::lines::{Show, table};
use super::paper::{BODY, LEFT, Press, WIDTH};
use super::sketch::{Piece, Sketch};
use super::sums;
use super::text::clean;
use crate::domain::document::Kind;

/// An invoice, a credit note, a receipt, an offer, an order or a delivery note.
pub(super) fn pieces(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let mut pieces = vec![press.headline()?];
    pieces.extend(subject(press)?);
    if press.document.content.kind == Kind::DeliveryNote {
        let show = Show { prices: false, ..Show::ALL };
        pieces.extend(table(press, show)?);
        pieces.extend(sums::notes(press, true)?);
        let signers: &[Word] = &[Word::SignCustomer];
        pieces.push(sums::signatures(press, &[(Word::SignReceived, signers)])?);
        return Ok(pieces);
    }
    pieces.extend(table(press, Show::ALL)?);
    if let Some(last) = pieces.last_mut() {
        // Totals never stand on a page without a line they sum.
        last.glued = true;
    }
    pieces.extend(sums::totals(press)?);
    pieces.push(sums::price_notes(press)?);
    pieces.extend(sums::payment(press)?);
    pieces.extend(sums::notes(press, true)?);
    Ok(pieces)
}

/// The thing the document is about, when it follows from a job.
fn subject(press: &Press<'_>) -> Result<Option<Piece>, RenderError> {
    let mut sketch = Sketch::default();
    if let Some(job) = &press.document.content.job {
        let item = &job.item;
        let name = [&item.kind, &item.make, &item.model];
        let mut text = name.into_iter().flatten().map(|part| clean(part)).collect::<Vec<_>>().join(" ");
        if let Some(serial) = &item.serial {
            let label = press.language.word(Word::JobSerial);
            text = format!("{text} · {label} {}", clean(serial));
        }
        sketch.write(&press.setter, BODY, text.trim_matches([' ', '·']), LEFT, WIDTH)?;
        sketch.skip(2.0);
    }
    sketch.skip(8.0);
    Ok(Some(Piece::new(0.0, sketch).glued()))
}
