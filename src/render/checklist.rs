//! Accessories and the condition checklist of a job card.

use super::error::RenderError;
use super::labels::Word;
use super::press::Press;
use super::sheet::MM;
use super::sketch::{Mark, Piece, Sketch};
use super::text::clean;
use crate::domain::document::{Condition, Finding, Job};

/// A box to tick.
const SIDE: f32 = 7.0;
/// Between two texts of a row.
const GAP: f32 = 8.0;
/// Lists up to this height stay on one page.
const SHORT: f32 = 150.0;

/// Accessories on the left and the condition on the right, row by row, each with its box; on a narrow
/// paper one below the other.
pub(super) fn lists(press: &Press<'_>, job: &Job) -> Result<Vec<Piece>, RenderError> {
    let sheet = &press.sheet;
    let both = !job.accessories.is_empty() && !job.condition.is_empty();
    let gutter = 8.0 * MM;
    let half = (sheet.text - gutter) / 2.0;
    let accessories = |width: f32| -> Result<Vec<Sketch>, RenderError> {
        let mut rows = Vec::new();
        for text in &job.accessories {
            rows.push(ticked(press, None, &[(0.0, clean(text.trim()))], (sheet.left, width))?);
        }
        Ok(rows)
    };
    let condition = |x: f32, width: f32| -> Result<Vec<Sketch>, RenderError> {
        let mut parts = 0.0_f32;
        for row in &job.condition {
            parts = parts.max(press.setter.width(sheet.body, &clean(row.part.trim()))?);
        }
        let parts = (parts + GAP + 0.5).min((width - SIDE) / 2.0);
        job.condition.iter().map(|row| checked(press, row, parts, (x, width))).collect()
    };
    let mut pieces = Vec::new();
    if both && sheet.is_wide() && !sheet.is_roll() {
        let right = sheet.left + half + gutter;
        let mut head = title(press, Word::JobAccessories, (sheet.left, half))?;
        let other = title(press, Word::JobCondition, (right, half))?;
        head.height = head.height.max(other.height);
        head.stamp(0.0, 0.0, other);
        add(press, &mut pieces, head, side_by_side(accessories(half)?, condition(right, half)?));
    } else {
        let place = (sheet.left, sheet.text);
        if !job.accessories.is_empty() {
            add(press, &mut pieces, title(press, Word::JobAccessories, place)?, accessories(sheet.text)?);
        }
        if !job.condition.is_empty() {
            let rows = condition(sheet.left, sheet.text)?;
            add(press, &mut pieces, title(press, Word::JobCondition, place)?, rows);
        }
    }
    Ok(pieces)
}

/// Two lists beside each other: short ones each with its own rows, long ones row by row, so that a page may
/// end between two rows.
fn side_by_side(left: Vec<Sketch>, right: Vec<Sketch>) -> Vec<Sketch> {
    let stacked = |rows: &[Sketch]| {
        let mut stack = Sketch::default();
        rows.iter().for_each(|row| stack.append(row.clone()));
        stack
    };
    let (mut one, other) = (stacked(&left), stacked(&right));
    let beside = |one: &mut Sketch, other: Sketch| {
        one.height = one.height.max(other.height);
        one.stamp(0.0, 0.0, other);
    };
    if one.height.max(other.height) <= SHORT {
        beside(&mut one, other);
        return vec![one];
    }
    let count = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    (0..count)
        .map(|_| {
            let mut row = left.next().unwrap_or_default();
            beside(&mut row, right.next().unwrap_or_default());
            row
        })
        .collect()
}

/// A heading and its rows, no row alone at a page end.
fn add(press: &Press<'_>, pieces: &mut Vec<Piece>, head: Sketch, rows: Vec<Sketch>) {
    pieces.push(Piece::new(press.sheet.body.size * 1.5, head).glued());
    let count = rows.len();
    for (i, row) in rows.into_iter().enumerate() {
        let mut piece = Piece::new(0.0, row);
        piece.glued = i + 1 < count && (i == 0 || i + 2 == count);
        pieces.push(piece);
    }
}

fn title(press: &Press<'_>, word: Word, (x, width): (f32, f32)) -> Result<Sketch, RenderError> {
    let mut sketch = Sketch::default();
    sketch.write(&press.setter, press.sheet.heading, press.word(word), x, width)?;
    sketch.skip(2.0);
    Ok(sketch)
}

/// A row of the checklist: the part, its state, and what looking at it showed as a mark in the box and
/// in words. `parts` is how wide the names of all parts are.
fn checked(press: &Press<'_>, row: &Condition, parts: f32, place: (f32, f32)) -> Result<Sketch, RenderError> {
    let mut state = clean(row.state.trim());
    if let Some(finding) = row.finding {
        let word = press.language.finding(finding);
        let said = state.to_lowercase().contains(&word.to_lowercase());
        if !said {
            state = if state.is_empty() { word.to_owned() } else { format!("{word}: {state}") };
        }
    }
    ticked(press, row.finding, &[(0.0, clean(row.part.trim())), (parts, state)], place)
}

/// A box, and texts that start so far behind it.
fn ticked(
    press: &Press<'_>,
    finding: Option<Finding>,
    cells: &[(f32, String)],
    (x, width): (f32, f32),
) -> Result<Sketch, RenderError> {
    let sheet = &press.sheet;
    let mut sketch = Sketch::default();
    let top = (sheet.body.leading() - SIDE) / 2.0 + 1.0;
    tick(press, &mut sketch, finding, (x + 0.4, top));
    let text_at = x + SIDE + 6.0;
    let room = width - SIDE - 6.0;
    for (i, (start, text)) in cells.iter().enumerate() {
        let end = cells.get(i + 1).map_or(room, |next| next.0 - GAP);
        let mut cell = Sketch::default();
        cell.skip(1.0);
        cell.write(&press.setter, sheet.body, text, text_at + start, end - start)?;
        cell.skip(1.0);
        sketch.height = sketch.height.max(cell.height);
        sketch.stamp(0.0, 0.0, cell);
    }
    Ok(sketch)
}

/// The box with its mark: a tick, a cross, or a stroke for what was not tested.
fn tick(press: &Press<'_>, sketch: &mut Sketch, finding: Option<Finding>, (x, y): (f32, f32)) {
    let sheet = &press.sheet;
    sketch.marks.push(Mark::Frame { x, y, width: SIDE, height: SIDE, thick: 0.6, colour: sheet.soft });
    let at = |dx: f32, dy: f32| (x + dx * SIDE, y + dy * SIDE);
    let strokes: &[[(f32, f32); 2]] = match finding {
        None => &[],
        Some(Finding::Good) => &[[(0.2, 0.55), (0.42, 0.78)], [(0.42, 0.78), (0.82, 0.2)]],
        Some(Finding::Defect) => &[[(0.2, 0.2), (0.8, 0.8)], [(0.8, 0.2), (0.2, 0.8)]],
        Some(Finding::NotTested) => &[[(0.22, 0.5), (0.78, 0.5)]],
    };
    for [from, to] in strokes {
        let (from, to) = (at(from.0, from.1), at(to.0, to.1));
        sketch.marks.push(Mark::Line { from, to, thick: 1.1, colour: sheet.body.colour });
    }
}
