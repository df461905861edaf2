//! The family of the invoice: what lists lines, and mostly sums them.

use super::error::RenderError;
use super::labels::Word;
use super::lines::{Show, table};
use super::press::Press;
use super::signatures::signatures;
use super::sketch::{Piece, Sketch};
use super::sums;
use super::text::clean;
use crate::domain::document::Kind;

/// An invoice, a credit note, a receipt, an offer, an order or a delivery note.
pub(super) fn pieces(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let content = &press.document.content;
    let mut pieces = Vec::new();
    if !press.sheet.is_roll() {
        pieces.push(press.headline()?);
    }
    pieces.extend(subject(press)?);
    let priced = content.kind != Kind::DeliveryNote || content.show_prices;
    pieces.extend(table(press, Show { prices: priced, ..Show::ALL })?);
    if priced {
        if let Some(last) = pieces.last_mut() {
            // Totals never stand on a page without a line they sum.
            last.glued = true;
        }
        pieces.extend(sums::totals(press)?);
        pieces.extend(sums::payment(press)?);
    }
    pieces.extend(sums::notes(press, true)?);
    pieces.extend(sums::terms(press)?);
    pieces.extend(signatures(press)?);
    Ok(pieces)
}

/// The thing the document is about, when it follows from a job.
fn subject(press: &Press<'_>) -> Result<Option<Piece>, RenderError> {
    let sheet = &press.sheet;
    let mut sketch = Sketch::default();
    if let Some(job) = &press.document.content.job {
        let item = &job.item;
        let name = [&item.kind, &item.make, &item.model];
        let name = name.into_iter().flatten().map(|part| clean(part)).collect::<Vec<_>>().join(" ");
        let mut parts = vec![name];
        for (word, value) in [
            (Word::JobSerial, &item.serial),
            (Word::JobImei, &item.imei),
            (Word::JobVin, &item.vin),
            (Word::JobRegistration, &item.registration),
        ] {
            parts.extend(value.as_deref().map(|v| format!("{} {}", press.word(word), clean(v))));
        }
        parts.retain(|p| !p.is_empty());
        sketch.write(&press.setter, sheet.body, &parts.join(" · "), sheet.left, sheet.text)?;
        sketch.skip(2.0);
    }
    sketch.skip(if sheet.is_roll() { 2.0 } else { 8.0 });
    Ok(Some(Piece::new(0.0, sketch).glued()))
}
