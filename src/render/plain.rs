//! A plain page: reports and notifications, which are mostly words and figures.

use super::error::RenderError;
use super::lines::{Show, table};
use super::press::Press;
use super::signatures::signatures;
use super::sketch::{Piece, Sketch};
use super::sums;
use super::text::clean;
use super::wrap::wrap;

/// The words, the figures, and a table where the document has lines.
pub(super) fn pieces(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let content = &press.document.content;
    let mut pieces = Vec::new();
    if !press.sheet.is_roll() {
        pieces.push(press.headline()?);
    }
    let mut words = sums::notes(press, false)?;
    if let Some(first) = words.first_mut() {
        first.gap = 8.0;
    }
    pieces.extend(words);
    pieces.extend(figures(press)?);
    if !content.lines.is_empty() {
        let mut rows = table(press, Show::ALL)?;
        if let (Some(first), true) = (rows.first_mut(), pieces.len() > 1) {
            first.gap = 14.0;
        }
        if let Some(last) = rows.last_mut() {
            last.glued = true;
        }
        pieces.extend(rows);
        pieces.extend(sums::totals(press)?);
    }
    pieces.extend(sums::terms(press)?);
    pieces.extend(signatures(press)?);
    Ok(pieces)
}

/// Figures: what they are at the left, how much at the right, a fine line below each.
fn figures(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let sheet = &press.sheet;
    let mut pieces = Vec::new();
    for (label, value) in &press.document.content.figures {
        let mut sketch = Sketch::default();
        let room = sheet.text * 0.45;
        let values = wrap(&press.setter, sheet.body.tabular(), &clean(value.trim()), room)?;
        let mut names = Sketch::default();
        names.skip(2.5);
        names.write(&press.setter, sheet.body, &clean(label.trim()), sheet.left, sheet.text - room - 10.0)?;
        sketch.skip(2.5);
        for run in values {
            sketch.place_right(sheet.right(), sketch.height, run);
            sketch.skip(sheet.body.leading());
        }
        sketch.height = sketch.height.max(names.height);
        sketch.stamp(0.0, 0.0, names);
        sketch.skip(2.5);
        sketch.rule(sheet.left, sketch.height, sheet.text, 0.4, sheet.hairline);
        pieces.push(Piece::new(if pieces.is_empty() { 10.0 } else { 0.0 }, sketch));
    }
    Ok(pieces)
}
