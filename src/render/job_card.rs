//! The job card: what was taken in, what is wrong with it, what it may cost, who signed.
//!
//! # Source
//! The fields are those repair shops hand out and some laws ask for (California 16 CCR 2721, 2725
//! and 3356: the fault in the customer's words, parts and labour apart with a subtotal each).

use rust_decimal::Decimal;

use super::checklist::lists;
use super::error::RenderError;
use super::information::{Fact, code, moment};
use super::labels::Word;
use super::lines::{Show, table};
use super::photos::photos;
use super::press::Press;
use super::sheet::MM;
use super::signatures::signatures;
use super::sketch::{Mark, Piece, Sketch, paragraph};
use super::sums;
use super::table::{Align, Column, Row, Table, Wide};
use super::text::clean;
use super::wrap::{widest_word, wrap};
use crate::domain::document::{Job, LineKind, Moment};

/// A job card.
pub(super) fn pieces(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let mut pieces = Vec::new();
    if !press.sheet.is_roll() {
        pieces.push(headline(press)?);
    }
    let job = press.document.content.job.as_ref();
    if let Some(job) = job {
        pieces.extend(workshop(press, job)?);
        pieces.extend(item(press, job)?);
        pieces.extend(told(press, Word::JobFault, job.reported_fault.as_deref(), true)?);
        pieces.extend(lists(press, job)?);
        pieces.extend(photos(press, job, Moment::HandIn)?);
        pieces.extend(told(press, Word::JobFindings, job.findings.as_deref(), false)?);
        pieces.extend(told(press, Word::JobWorkDone, job.work_done.as_deref(), false)?);
        pieces.extend(photos(press, job, Moment::PickUp)?);
    }
    if !press.document.content.lines.is_empty() {
        pieces.extend(estimate(press)?);
    }
    if let Some(job) = job {
        pieces.extend(agreed(press, job)?);
        pieces.extend(told(press, Word::JobWarranty, job.warranty.as_deref(), false)?);
    }
    pieces.extend(sums::payment(press)?);
    pieces.extend(sums::notes(press, true)?);
    pieces.extend(sums::terms(press)?);
    pieces.extend(signatures(press)?);
    if press.sheet.is_roll() {
        let side = 26.0 * MM;
        let mut sketch = Sketch { height: side, ..Sketch::default() };
        let x = press.sheet.left + (press.sheet.text - side) / 2.0;
        sketch.stamp(x, 0.0, code(press, side)?);
        pieces.push(Piece::new(6.0, sketch));
    }
    Ok(pieces)
}

/// The title, and at its right the code to find the card by.
fn headline(press: &Press<'_>) -> Result<Piece, RenderError> {
    let sheet = &press.sheet;
    let side = if sheet.is_wide() && sheet.text > 120.0 * MM { 21.0 * MM } else { 17.0 * MM };
    let mut sketch = Sketch::default();
    let room = sheet.text - side - 10.0;
    sketch.write(&press.setter, press.title_style(), &press.title(), sheet.left, room)?;
    let facts = facts(press);
    if !facts.is_empty() {
        sketch.skip(3.0);
        // A day with its time fits into a third of a wide paper, into half of a narrow one.
        let columns = if sheet.text > 120.0 * MM { 3 } else { 2 };
        sketch.append(press.fields(&facts, (sheet.left, room), columns)?);
    }
    // The code's white border hangs over the edge, so that its modules end with the text.
    let border = side / 12.0;
    let code = code(press, side)?;
    sketch.stamp(sheet.right() - side + border, -border, code);
    sketch.height = sketch.height.max(side - 2.0 * border) + 5.0;
    Ok(Piece::new(0.0, sketch).glued())
}

/// What the workshop goes by: when it came in, to whom, how urgent it is.
fn facts(press: &Press<'_>) -> Vec<Fact> {
    let Some(job) = &press.document.content.job else { return Vec::new() };
    let mut facts = Vec::new();
    let mut add = |word: Word, value: Option<String>| facts.extend(value.map(|v| (press.word(word), v)));
    let text = |value: &Option<String>| value.as_deref().map(clean);
    add(Word::JobReceived, job.received_at.map(|at| moment(&press.language, at)));
    add(Word::JobReceivedBy, text(&job.received_by));
    add(Word::JobTechnician, text(&job.technician));
    add(Word::JobPickedUp, job.picked_up_at.map(|at| moment(&press.language, at)));
    add(Word::JobOrderType, text(&job.order_type));
    add(Word::JobStatus, text(&job.status));
    add(Word::JobPriority, text(&job.priority));
    facts
}

/// The passcode, on the workshop's own copy.
fn workshop(press: &Press<'_>, job: &Job) -> Result<Option<Piece>, RenderError> {
    let Some(passcode) = &job.item.passcode else { return Ok(None) };
    let sheet = &press.sheet;
    let mut sketch = Sketch::default();
    sketch.skip(6.0);
    let text = format!("{}: {}", press.word(Word::JobPasscode), clean(passcode));
    let (x, width) = (sheet.left + 8.0, sheet.text - 16.0);
    sketch.write(&press.setter, sheet.heading, &text, x, width)?;
    sketch.write(&press.setter, sheet.small, press.word(Word::JobWorkshop), x, width)?;
    sketch.skip(6.0);
    sketch.marks.push(Mark::Frame {
        x: sheet.left,
        y: 0.0,
        width: sheet.text,
        height: sketch.height,
        thick: 1.0,
        colour: sheet.body.colour,
    });
    Ok(Some(Piece::new(0.0, sketch)))
}

/// What was handed in: its name, and below it all numbers that tell it from others.
fn item(press: &Press<'_>, job: &Job) -> Result<Option<Piece>, RenderError> {
    let item = &job.item;
    let sheet = &press.sheet;
    let name = [&item.kind, &item.make, &item.model];
    let name = name.into_iter().flatten().map(|part| clean(part)).collect::<Vec<_>>().join(" ");
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut add = |word: Word, value: Option<String>| {
        fields.extend(value.map(|v| (press.word(word).to_owned(), v)));
    };
    let text = |value: &Option<String>| value.as_deref().map(clean);
    for (word, value) in [
        (Word::JobSerial, &item.serial),
        (Word::JobImei, &item.imei),
        (Word::JobVin, &item.vin),
        (Word::JobRegistration, &item.registration),
        (Word::JobColour, &item.colour),
        (Word::JobOdometerIn, &item.odometer_in),
        (Word::JobOdometerOut, &item.odometer_out),
    ] {
        add(word, text(value));
    }
    if sheet.is_roll() {
        fields.splice(0..0, facts(press).into_iter().map(|(label, value)| (label.to_owned(), value)));
    }
    fields.extend(item.details.iter().map(|(label, value)| (clean(label), clean(value))));
    if fields.is_empty() && name.is_empty() {
        return Ok(None);
    }
    let inset = if sheet.is_roll() { 0.0 } else { 8.0 };
    let (x, width) = (sheet.left + inset, sheet.text - 2.0 * inset);
    let mut sketch = Sketch::default();
    sketch.skip(6.0);
    if !name.is_empty() {
        sketch.write(&press.setter, sheet.heading, &name, x, width)?;
        sketch.skip(if fields.is_empty() { 0.0 } else { 4.0 });
    }
    if sheet.is_roll() {
        let label = press.roll_label(&fields)?;
        sketch.append(press.pairs(&fields, x, label, width)?);
    } else {
        let columns = if sheet.text > 120.0 * MM { 4 } else { 3 };
        sketch.append(press.fields(&fields, (x, width), columns)?);
    }
    sketch.skip(6.0);
    press.boxed(&mut sketch);
    Ok(Some(Piece::new(4.0, sketch)))
}

/// A part of the story in somebody's words; those of the customer beside a bar that marks them so.
fn told(
    press: &Press<'_>,
    title: Word,
    words: Option<&str>,
    quoted: bool,
) -> Result<Vec<Piece>, RenderError> {
    let Some(words) = words else { return Ok(Vec::new()) };
    let sheet = &press.sheet;
    let inset = if quoted { 9.0 } else { 0.0 };
    let mut pieces = vec![press.heading(press.word(title))?];
    let place = (sheet.left + inset, sheet.measure() - inset);
    for mut piece in paragraph(&press.setter, sheet.body, &clean(words.trim()), place, 0.0)? {
        if quoted {
            piece.sketch.marks.push(Mark::Fill {
                x: sheet.left,
                y: 0.0,
                width: 2.0,
                height: piece.sketch.height,
                colour: press.accent(),
            });
        }
        pieces.push(piece);
    }
    Ok(pieces)
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
        let name = press.word(word);
        pieces.push(press.heading(&format!("{} · {name}", press.word(Word::JobEstimate)))?);
        pieces.extend(table(press, Show { kind: Some(kind), carry: false, ..Show::ALL })?);
        if let Some(last) = pieces.last_mut() {
            last.glued = true;
        }
        pieces.push(subtotal(press, name, amounts.iter().sum())?);
    }
    pieces.extend(sums::totals(press)?);
    Ok(pieces)
}

fn subtotal(press: &Press<'_>, name: &str, sum: Decimal) -> Result<Piece, RenderError> {
    let mut sketch = Sketch::default();
    let style = press.sheet.body.bold();
    let right = press.sheet.right();
    let sum = press.setter.run(style.tabular(), &press.language.amount(sum))?;
    let label = format!("{} · {name}", press.word(Word::Subtotal));
    let end = right - sum.width() - 12.0;
    let below = widest_word(&press.setter, style, &label)? > end - press.sheet.left;
    let end = if below { right } else { end };
    sketch.skip(3.0);
    for run in wrap(&press.setter, style, &label, end - press.sheet.left)? {
        sketch.place_right(end, sketch.height, run);
        sketch.skip(style.leading());
    }
    if below {
        sketch.skip(style.leading());
    }
    // The sum stands beside the last line of what it is the sum of, or below it where that has no room.
    sketch.place_right(right, sketch.height - style.leading(), sum);
    sketch.skip(1.0);
    Ok(Piece::new(0.0, sketch))
}

/// What the work may cost, and who said yes to what, when and how.
fn agreed(press: &Press<'_>, job: &Job) -> Result<Vec<Piece>, RenderError> {
    let sheet = &press.sheet;
    let currency = press.document.content.currency;
    let money = |amount: Decimal| press.language.money(amount, currency);
    let mut pieces = Vec::new();
    if job.estimate_limit.is_none() && job.authorisations.is_empty() {
        return Ok(pieces);
    }
    pieces.push(press.heading(press.word(Word::JobAgreed))?);
    if let Some(limit) = job.estimate_limit {
        let mut sketch = Sketch::default();
        let text = format!("{} {}", press.word(Word::JobLimit), money(limit));
        sketch.write(&press.setter, sheet.body, &text, sheet.left, sheet.text)?;
        sketch.skip(3.0);
        pieces.push(Piece::new(0.0, sketch));
    }
    let text = |value: &Option<String>| value.as_deref().map(clean).unwrap_or_default();
    let rows: Vec<Row> = job
        .authorisations
        .iter()
        .map(|given| {
            let by: Vec<String> =
                [text(&given.by), text(&given.via)].into_iter().filter(|t| !t.is_empty()).collect();
            Row::of(vec![
                text(&given.what),
                by.join(", "),
                given.at.map(|at| moment(&press.language, at)).unwrap_or_default(),
                given.amount.map(money).unwrap_or_default(),
            ])
        })
        .collect();
    if sheet.is_roll() {
        let words = [Word::JobAgreedWhat, Word::JobAgreedBy, Word::JobAgreedAt, Word::JobAgreedAmount];
        for row in rows {
            let pairs: Vec<Fact> = words
                .iter()
                .map(|w| press.word(*w))
                .zip(row.cells)
                .filter(|(_, value)| !value.is_empty())
                .collect();
            let sketch = press.pairs(&pairs, sheet.left, sheet.text * 0.36, sheet.text)?;
            pieces.push(Piece::new(3.0, sketch));
        }
    } else if !rows.is_empty() {
        let columns = [
            Column::text(press.word(Word::JobAgreedWhat), Wide::Rest),
            Column::text(press.word(Word::JobAgreedBy), Wide::AtMost(sheet.text * 0.28)),
            Column::text(press.word(Word::JobAgreedAt), Wide::AtMost(sheet.text * 0.25)),
            Column::figures(press.word(Word::JobAgreedAmount), Align::Right),
        ];
        pieces.extend(Table::plain(press, &columns, &rows).pieces(&press.setter)?);
    }
    Ok(pieces)
}
