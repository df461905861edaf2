//! A plain page: reports and notifications, which are mostly words.

use super::error::RenderError;
use super::lines::{Show, table};
use super::paper::Press;
use super::sketch::Piece;
use super::sums;

/// The words, and a table where the document has lines.
pub(super) fn pieces(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let mut pieces = vec![press.headline()?];
    let words = sums::notes(press, false)?;
    let has_words = !words.is_empty();
    pieces.extend(words.into_iter().enumerate().map(|(i, mut piece)| {
        if i == 0 {
            piece.gap = 8.0;
        }
        piece
    }));
    if !press.document.content.lines.is_empty() {
        let mut rows = table(press, Show::ALL)?;
        if let (Some(first), true) = (rows.first_mut(), has_words) {
            first.gap = 14.0;
        }
        if let Some(last) = rows.last_mut() {
            last.glued = true;
        }
        pieces.extend(rows);
        pieces.extend(sums::totals(press)?);
        pieces.push(sums::price_notes(press)?);
    }
    Ok(pieces)
}
