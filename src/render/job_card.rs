//! The job card: what was taken in, what is wrong with it, what it may cost, who signed.
//!
//! # Source
//! The fields are those repair shops hand out and some laws ask for (California 16 CCR 2721, 2725
//! and 3356: the fault in the customer's words, parts and labour apart with a subtotal each).

use rust_decimal::Decimal;

use super::error::RenderError;
use super::labels::Word;
use super::lines::{Show, table};
use super::paper::{BODY, LEFT, MM, Press, SMALL, WIDTH};
use super::sketch::{Mark, Piece, Sketch, paragraph};
use super::sums;
use super::text::clean;
use super::{PALE, SOFT};
use crate::domain::document::{Job, LineKind};

/// A job card.
pub(super) fn pieces(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let mut pieces = vec![press.headline()?];
    if let Some(job) = &press.document.content.job {
        pieces.extend(item(press, job)?);
        pieces.extend(fault(press, job)?);
        pieces.extend(lists(press, job)?);
    }
    if !press.document.content.lines.is_empty() {
        pieces.extend(estimate(press)?);
    }
    pieces.extend(sums::payment(press)?);
    pieces.extend(sums::notes(press, true)?);
    let signers: &[Word] = &[Word::SignCustomer, Word::SignShop];
    pieces.push(sums::signatures(press, &[(Word::SignHandIn, signers), (Word::SignPickUp, signers)])?);
    Ok(pieces)
}

/// What was handed in: type, make, model, serial number side by side.
fn item(press: &Press<'_>, job: &Job) -> Result<Option<Piece>, RenderError> {
    let fields = [
        (Word::JobType, &job.item.kind),
        (Word::JobMake, &job.item.make),
        (Word::JobModel, &job.item.model),
        (Word::JobSerial, &job.item.serial),
    ];
    let given: Vec<(Word, String)> =
        fields.into_iter().filter_map(|(word, value)| Some((word, clean(value.as_deref()?)))).collect();
    if given.is_empty() {
        return Ok(None);
    }
    let inset = 8.0;
    let width = (WIDTH - inset) / given.len() as f32;
    let mut sketch = Sketch::default();
    let mut x = LEFT + inset;
    for (word, value) in given {
        let mut column = Sketch::default();
        column.skip(inset);
        column.write(&press.setter, SMALL, press.language.word(word), x, width - inset)?;
        column.write(&press.setter, BODY.bold().sized(10.0), &value, x, width - inset)?;
        column.skip(inset);
        sketch.height = sketch.height.max(column.height);
        sketch.stamp(0.0, 0.0, column);
        x += width;
    }
    let fill = Mark::Fill { x: LEFT, y: 0.0, width: WIDTH, height: sketch.height, colour: PALE };
    sketch.marks.insert(0, fill);
    Ok(Some(Piece::new(4.0, sketch)))
}

/// The fault, as it was told, beside a bar that marks it as told.
fn fault(press: &Press<'_>, job: &Job) -> Result<Vec<Piece>, RenderError> {
    let Some(fault) = &job.reported_fault else {
        return Ok(Vec::new());
    };
    let mut pieces = vec![press.heading(press.language.word(Word::JobFault))?];
    let place = (LEFT + 9.0, WIDTH - 9.0);
    for mut piece in paragraph(&press.setter, BODY, &clean(fault.trim()), place, 0.0)? {
        piece.sketch.marks.push(Mark::Fill {
            x: LEFT,
            y: 0.0,
            width: 2.0,
            height: piece.sketch.height,
            colour: press.look.accent,
        });
        pieces.push(piece);
    }
    Ok(pieces)
}

/// Accessories on the left and the condition on the right, row by row, each with a box to tick.
fn lists(press: &Press<'_>, job: &Job) -> Result<Vec<Piece>, RenderError> {
    let gutter = 8.0 * MM;
    let width = (WIDTH - gutter) / 2.0;
    let right = LEFT + width + gutter;
    let both = !job.accessories.is_empty() && !job.condition.is_empty();
    let condition_at = if both { right } else { LEFT };
    let mut head = Sketch::default();
    let style = BODY.bold().sized(10.0);
    for (there, word, x) in [
        (!job.accessories.is_empty(), Word::JobAccessories, LEFT),
        (!job.condition.is_empty(), Word::JobCondition, condition_at),
    ] {
        if there {
            let mut column = Sketch::default();
            column.write(&press.setter, style, press.language.word(word), x, width)?;
            head.height = head.height.max(column.height);
            head.stamp(0.0, 0.0, column);
        }
    }
    let rows = job.accessories.len().max(job.condition.len());
    if rows == 0 {
        return Ok(Vec::new());
    }
    head.skip(2.0);
    let mut pieces = vec![Piece::new(14.0, head).glued()];
    for i in 0..rows {
        let mut row = Sketch::default();
        if let Some(accessory) = job.accessories.get(i) {
            let text = clean(accessory.trim());
            let cell = ticked(press, &[(0.0, text)], LEFT, width)?;
            row.height = cell.height;
            row.stamp(0.0, 0.0, cell);
        }
        if let Some(condition) = job.condition.get(i) {
            let cells = [(0.0, clean(condition.part.trim())), (0.42, clean(condition.state.trim()))];
            let cell = ticked(press, &cells, condition_at, width)?;
            row.height = row.height.max(cell.height);
            row.stamp(0.0, 0.0, cell);
        }
        let mut piece = Piece::new(0.0, row);
        piece.glued = i == 0 && rows > 1;
        pieces.push(piece);
    }
    Ok(pieces)
}

/// A box, and texts that start at shares of the remaining width.
fn ticked(press: &Press<'_>, cells: &[(f32, String)], x: f32, width: f32) -> Result<Sketch, RenderError> {
    let mut sketch = Sketch::default();
    let side = 7.0;
    sketch.marks.push(Mark::Frame {
        x: x + 0.4,
        y: (BODY.leading() - side) / 2.0 + 1.0,
        width: side,
        height: side,
        thick: 0.6,
        colour: SOFT,
    });
    let text_at = x + side + 6.0;
    let room = width - side - 6.0;
    for (i, (share, text)) in cells.iter().enumerate() {
        let end = cells.get(i + 1).map_or(1.0, |next| next.0);
        let mut cell = Sketch::default();
        cell.skip(1.0);
        let wide = (end - share) * room - if end < 1.0 { 6.0 } else { 0.0 };
        cell.write(&press.setter, BODY, text, text_at + share * room, wide)?;
        cell.skip(1.0);
        sketch.height = sketch.height.max(cell.height);
        sketch.stamp(0.0, 0.0, cell);
    }
    Ok(sketch)
}

/// The estimate: one table a kind of line with its subtotal, then the sums.
fn estimate(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let mut pieces = Vec::new();
    let document = press.document;
    for kind in LineKind::ALL {
        let amounts: Vec<Decimal> = document
            .content
            .lines
            .iter()
            .zip(&document.totals.lines)
            .filter(|(line, _)| line.kind == kind)
            .map(|(_, amount)| *amount)
            .collect();
        if amounts.is_empty() {
            continue;
        }
        let word = match kind {
            LineKind::Part => Word::JobPart,
            LineKind::Labour => Word::JobLabour,
            LineKind::Fee => Word::JobFee,
            LineKind::Shipping => Word::JobShipping,
        };
        let name = press.language.word(word);
        let title = format!("{} · {name}", press.language.word(Word::JobEstimate));
        pieces.push(press.heading(&title)?);
        let show = Show { kind: Some(kind), carry: false, ..Show::ALL };
        pieces.extend(table(press, show)?);
        if let Some(last) = pieces.last_mut() {
            last.glued = true;
        }
        pieces.push(subtotal(press, name, amounts.iter().sum())?);
    }
    pieces.extend(sums::totals(press)?);
    pieces.push(sums::price_notes(press)?);
    Ok(pieces)
}

fn subtotal(press: &Press<'_>, name: &str, sum: Decimal) -> Result<Piece, RenderError> {
    let mut sketch = Sketch::default();
    let style = BODY.bold();
    let right = LEFT + WIDTH;
    let sum = press.setter.run(style.tabular(), &press.language.amount(sum))?;
    let label = press.setter.run(style, name)?;
    sketch.place_right(right - sum.width() - 12.0, 3.0, label);
    sketch.place_right(right, 3.0, sum);
    sketch.height = style.leading() + 4.0;
    Ok(Piece::new(0.0, sketch))
}
