//! What stands below the lines: totals, tax by rate, payment, notes.

use rust_decimal::Decimal;

use super::address::iban;
use super::error::RenderError;
use super::labels::Word;
use super::payment_code;
use super::press::Press;
use super::sheet::{MM, Sheet};
use super::sketch::{Piece, Sketch, paragraph};
use super::summary;
use super::tags::Tag;
use super::text::{Style, clean};
use super::wrap::{widest_word, wrap};
use crate::domain::document::{Kind, PaymentCode, Prices, TaxCategory};
use crate::domain::law;
use crate::domain::money::Currency;
use crate::domain::payment::Request;

/// Left edge of the totals; the tax summary stands to their left, on a roll below them.
pub(super) fn totals_left(sheet: &Sheet) -> f32 {
    if sheet.is_roll() { sheet.left } else { sheet.left + 0.5576 * sheet.text }
}

/// Between a label and the figure beside it.
const GUTTER: f32 = 12.0;
/// Less room than this is no place for a name of several words.
const NARROW: f32 = 50.0;
/// Lines of small print that are kept together.
const TERMS: usize = 24;
/// More adjustments than this are not held together with the totals.
const FEW: usize = 8;

/// Allowances, charges, tax by rate and totals, the figures kept together, and what there is to say about
/// the tax.
pub(super) fn totals(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let content = &press.document.content;
    let totals = &press.document.totals;
    let mut pieces = Vec::new();
    let adjusted = content.allowances.len() + content.charges.len();
    if adjusted > 0 {
        let label = press.language.word(Word::TotalsLines);
        pieces.push(amount_row(press, label, totals.line_total, press.sheet.body)?);
    }
    let lists =
        [(&content.allowances, Word::TotalsAllowance, true), (&content.charges, Word::TotalsCharge, false)];
    for (list, word, off) in lists {
        for adjustment in list {
            let reason = clean(adjustment.reason.trim());
            let name = press.language.word(word);
            let tax = press.language.tax(adjustment.tax);
            let label = if reason.is_empty() {
                format!("{name} ({tax})")
            } else {
                format!("{name}: {reason} ({tax})")
            };
            let amount = if off { -adjustment.amount } else { adjustment.amount };
            let amount = content.currency.round(amount);
            pieces.push(amount_row(press, &label, amount, press.sheet.body)?);
        }
    }
    for piece in &mut pieces {
        piece.glued = adjusted <= FEW;
    }
    if let Some(last) = pieces.last_mut() {
        last.glued = true;
    }
    let mut sums = sums(press)?;
    let mut below: Vec<Piece> = Vec::new();
    let few = totals.tax_groups.len() <= FEW && !press.sheet.is_roll();
    if let Some(summary) = few.then(|| summary::beside(press)).transpose()?.flatten() {
        let mut left = Sketch::default();
        for line in summary {
            left.append(line);
        }
        sums.height = sums.height.max(left.height);
        sums.stamp(0.0, 0.0, left);
    } else {
        // A long summary may run over a page end; the totals follow below it, on a roll above it.
        let many = summary::alone(press)?.into_iter().map(|s| Piece::new(0.0, s));
        if press.sheet.is_roll() {
            below = many.collect();
        } else {
            pieces.splice(0..0, many);
        }
    }
    pieces.push(Piece::new(if adjusted > 0 { 2.0 } else { 0.0 }, sums));
    if let Some(first) = below.first_mut() {
        first.gap = 6.0;
    }
    pieces.extend(below);
    if let Some(first) = pieces.first_mut() {
        first.gap = 8.0;
    }
    if let Some(last) = pieces.last_mut() {
        last.glued = true;
    }
    pieces.push(price_notes(press)?);
    Ok(pieces)
}

/// One labelled amount in the column of the totals.
fn amount_row(press: &Press<'_>, label: &str, amount: Decimal, style: Style) -> Result<Piece, RenderError> {
    row(press, label, &press.language.amount(amount), style)
}

/// One labelled figure in the column of the totals, below its label where a word of that has no room beside
/// it.
pub(super) fn row(press: &Press<'_>, label: &str, figure: &str, style: Style) -> Result<Piece, RenderError> {
    let mut sketch = Sketch::default();
    let (left, right) = (totals_left(&press.sheet), press.sheet.right());
    let figure = press.setter.run(style.tabular(), figure)?;
    let room = right - left - figure.width() - GUTTER;
    let below = widest_word(&press.setter, style, label)? > room;
    sketch.skip(1.5);
    sketch.write(&press.setter, style, label, left, if below { right - left } else { room })?;
    let top = if below { sketch.height } else { 1.5 };
    sketch.skip(if below { style.leading() + 1.5 } else { 1.5 });
    sketch.place_right(right, top, figure);
    Ok(Piece::new(0.0, sketch.tagged(Tag::Paragraph)))
}

/// Net, tax, gross, paid and payable, as far as the kind of document has them.
fn sums(press: &Press<'_>) -> Result<Sketch, RenderError> {
    let content = &press.document.content;
    let totals = &press.document.totals;
    let body = press.sheet.body;
    let mut sketch = Sketch::default();
    add(press, &mut sketch, press.word(Word::TotalsNet), totals.net, body)?;
    let country = press.document.seller.address.as_ref().map_or("", |a| a.country.as_str());
    let tax = if law::has_sales_tax(country) { Word::TotalsSalesTax } else { Word::TotalsTax };
    add(press, &mut sketch, press.word(tax), totals.tax, body)?;
    let abroad = law::national_currency(country).filter(|home| *home != content.currency.code());
    let national = content.tax_notes.national_tax.zip(abroad);
    if let Some((amount, currency)) = national {
        let label = press.word(Word::TotalsNationalTax).replace("{currency}", currency);
        let amount = Currency::from_code(currency).map_or(amount, |c| c.round(amount));
        add(press, &mut sketch, &label, amount, press.sheet.small)?;
    }
    if content.kind == Kind::Receipt {
        received(press, &mut sketch)?;
        return Ok(sketch);
    }
    add(press, &mut sketch, press.word(Word::TotalsGross), totals.gross, body)?;
    let word = match content.kind {
        Kind::Invoice => {
            // What counts on an invoice is what is left to pay.
            paid(press, &mut sketch)?;
            let (word, amount) = rest(press);
            grand(press, &mut sketch, word, amount)?;
            return Ok(sketch);
        }
        Kind::CreditNote => Word::TotalsCredited,
        Kind::JobCard => Word::JobTotal,
        _ => Word::TotalsTotal,
    };
    grand(press, &mut sketch, word, totals.gross)?;
    if !totals.paid.is_zero() || !content.payment.tenders.is_empty() {
        sketch.skip(3.0);
        paid(press, &mut sketch)?;
        let (word, amount) = rest(press);
        add(press, &mut sketch, press.word(word), amount, body.bold())?;
    }
    Ok(sketch)
}

/// Puts a labelled amount below what is there.
fn add(
    press: &Press<'_>,
    sketch: &mut Sketch,
    label: &str,
    amount: Decimal,
    style: Style,
) -> Result<(), RenderError> {
    amount_row(press, label, amount, style).map(|piece| sketch.append(piece.sketch))
}

/// A receipt's sum is what was sold; how it was paid follows.
fn received(press: &Press<'_>, sketch: &mut Sketch) -> Result<(), RenderError> {
    let payment = &press.document.content.payment;
    let totals = &press.document.totals;
    let body = press.sheet.body;
    grand(press, sketch, Word::TotalsTotal, totals.gross)?;
    sketch.skip(3.0);
    for (name, amount) in &payment.tenders {
        add(press, sketch, &clean(name), *amount, body)?;
    }
    if payment.tenders.is_empty() && !totals.paid.is_zero() {
        add(press, sketch, press.word(Word::TotalsPaid), totals.paid, body)?;
    }
    if !payment.change.is_zero() {
        add(press, sketch, press.word(Word::PaymentChange), payment.change, body)?;
    }
    if !totals.payable.is_zero() {
        let (word, amount) = rest(press);
        add(press, sketch, press.word(word), amount, body.bold())?;
    }
    Ok(())
}

/// What is paid already, taken off.
fn paid(press: &Press<'_>, sketch: &mut Sketch) -> Result<(), RenderError> {
    let content = &press.document.content;
    let paid = press.document.totals.paid;
    let body = press.sheet.body;
    for (name, amount) in &content.payment.tenders {
        add(press, sketch, &clean(name), -*amount, body)?;
    }
    if !content.payment.change.is_zero() {
        add(press, sketch, press.word(Word::PaymentChange), content.payment.change, body)?;
    }
    if !paid.is_zero() && content.payment.tenders.is_empty() {
        let back = content.kind == Kind::CreditNote;
        let word = if back { Word::TotalsPaidBack } else { Word::TotalsPaid };
        add(press, sketch, press.word(word), -paid, body)?;
    }
    Ok(())
}

/// What is left, without a sign, and its name: to be paid, or to be paid back.
fn rest(press: &Press<'_>) -> (Word, Decimal) {
    let payable = press.document.totals.payable;
    // A credit note is paid by who wrote it.
    let credit = press.document.content.kind == Kind::CreditNote;
    let word = if payable.is_sign_negative() == credit { Word::TotalsPayable } else { Word::TotalsBack };
    (word, payable.abs())
}

/// The sum that counts, large, below a line.
fn grand(press: &Press<'_>, sketch: &mut Sketch, word: Word, amount: Decimal) -> Result<(), RenderError> {
    let sheet = &press.sheet;
    let (left, right) = (totals_left(sheet), sheet.right());
    sketch.skip(3.0);
    sketch.rule(left, sketch.height, right - left, 0.8, press.accent());
    sketch.skip(3.0);
    let style = sheet.body.bold().sized(sheet.body.size * 4.0 / 3.0).in_colour(press.accent());
    let figure = press.language.money(amount, press.document.content.currency);
    let wide = press.setter.width(style.tabular(), &figure)?;
    let fitted = style.tabular().sized(style.size * ((right - left) / wide.max(1.0)).min(1.0));
    let figure = press.setter.run(fitted, &figure)?;
    let room = right - left - figure.width() - GUTTER;
    // Its name stays in one line as long as it is hardly smaller than running text, on the baseline of the
    // figure; above it where it has no room beside it.
    let label = press.word(word);
    let least = sheet.body.size - 1.0;
    let torn = widest_word(&press.setter, style.sized(least), label)? > room;
    let narrow = room < NARROW && press.setter.width(style.sized(least), label)? > room;
    let above = torn || narrow;
    let room = if above { right - left } else { room };
    let fitting = style.size * room / press.setter.width(style, label)?.max(1.0);
    let name = style.sized(fitting.clamp(least, style.size));
    let mut sum = Sketch { height: style.baseline() - name.baseline(), ..Sketch::default() };
    sum.write(&press.setter, name, label, left, room + 0.1)?;
    let top = if above { sum.height } else { 0.0 };
    sum.height = sum.height.max(top + style.leading());
    sum.place_right(right, top, figure);
    sketch.append(sum.tagged(Tag::Paragraph));
    Ok(())
}

/// Whether the prices contain tax, and why a line bears none.
fn price_notes(press: &Press<'_>) -> Result<Piece, RenderError> {
    let word = match press.document.content.prices {
        Prices::Net => Word::PricesNet,
        Prices::Gross => Word::PricesGross,
    };
    let mut text = vec![press.language.word(word).to_owned()];
    let groups = &press.document.totals.tax_groups;
    for category in TaxCategory::ALL {
        if let Some(note) = super::tax_reason(press.document, category)
            && groups.iter().any(|g| g.tax.category == category)
        {
            text.push(format!("{}: {note}", category.code()));
        }
    }
    if press.document.content.tax_notes.cash_accounting {
        text.push(format!("{}.", press.word(Word::CashAccounting)));
    }
    let mut sketch = Sketch::default();
    for line in text {
        sketch.write(&press.setter, press.sheet.small, &line, press.sheet.left, press.sheet.text)?;
    }
    Ok(Piece::new(8.0, sketch))
}

/// How to pay: terms, account, reference.
pub(super) fn payment(press: &Press<'_>) -> Result<Option<Piece>, RenderError> {
    let content = &press.document.content;
    let seller = &press.document.seller;
    let language = &press.language;
    let mut rows = Vec::new();
    if let Some(terms) = &content.payment.terms {
        rows.push((language.word(Word::PaymentTerms), clean(terms)));
    }
    let owed = press.document.totals.payable > Decimal::ZERO && content.kind == Kind::Invoice;
    let swiss = owed && content.payment.code == Some(PaymentCode::Swiss);
    if swiss {
        // Account and reference stand on the payment part at the foot of the page.
    } else if let (Some(account), true) = (&seller.iban, owed) {
        rows.push((language.word(Word::PaymentHolder), clean(&seller.name)));
        rows.push(("IBAN", iban(account)));
        rows.extend(seller.bic.iter().map(|bic| ("BIC", clean(bic))));
        let reference = content.payment.reference.as_ref();
        let reference = reference.unwrap_or(&press.document.number);
        rows.push((language.word(Word::PaymentReference), clean(reference)));
    } else if let Some(reference) = &content.payment.reference {
        rows.push((language.word(Word::PaymentReference), clean(reference)));
    }
    if let Some(link) = content.payment.link.as_ref().filter(|_| owed) {
        rows.push((language.word(Word::PaymentLink), clean(link)));
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let sheet = &press.sheet;
    let label = if sheet.is_roll() { 0.36 } else { 0.194 } * sheet.text;
    if swiss {
        // A box would push the payment part to a page of its own.
        return Ok(Some(Piece::new(8.0, press.pairs(&rows, sheet.left, label, sheet.text)?)));
    }
    let inset = if sheet.is_roll() { 0.0 } else { 8.0 };
    let mut sketch = Sketch::default();
    sketch.skip(8.0);
    sketch.write(
        &press.setter,
        sheet.heading,
        language.word(Word::PaymentTitle),
        sheet.left + inset,
        sheet.text,
    )?;
    sketch.skip(2.0);
    let side = 30.0 * MM;
    let code = match payment_code::request(press.document)? {
        Some(Request::Epc(text) | Request::Link(text)) => Some(payment_code::bordered(&text, side)?),
        // The payment part stands at the foot of the page.
        Some(Request::Swiss(_)) | None => None,
    };
    let beside = code.is_some() && !sheet.is_roll();
    let room = sheet.text - 2.0 * inset - if beside { side + inset } else { 0.0 };
    sketch.append(press.pairs(&rows, sheet.left + inset, label, room)?);
    sketch.skip(8.0);
    if let Some(code) = code {
        let (x, y) = if beside {
            (sheet.right() - inset - side, 8.0)
        } else {
            (sheet.left + (sheet.text - side) / 2.0, sketch.height)
        };
        let style = sheet.fine;
        let label = press.setter.run(style, language.word(Word::PaymentCode))?;
        let middle = x + (side - label.width()) / 2.0;
        sketch.place(middle, y + side + 1.0, label);
        let alt = language.word(Word::PaymentCode);
        sketch.stamp(x, y, code.tagged(Tag::Figure(alt.into())));
        sketch.height = sketch.height.max(y + side + 1.0 + style.leading() + 4.0);
    }
    press.boxed(&mut sketch);
    Ok(Some(Piece::new(sheet.body.size * 1.8, sketch)))
}

/// The remarks, under a heading when there is anything above them.
pub(super) fn notes(press: &Press<'_>, headed: bool) -> Result<Vec<Piece>, RenderError> {
    let mut pieces = Vec::new();
    let mut gap = 0.0;
    for note in &press.document.content.notes {
        let text = clean(note.trim());
        if text.is_empty() {
            continue;
        }
        if pieces.is_empty() && headed {
            pieces.push(press.heading(press.language.word(Word::Notes))?);
        }
        pieces.extend(paragraph(
            &press.setter,
            press.sheet.body,
            &text,
            (press.sheet.left, press.sheet.measure()),
            gap,
        )?);
        gap = 4.0;
    }
    Ok(pieces)
}

/// General terms in small print, on a wide paper in two columns.
pub(super) fn terms(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let sheet = &press.sheet;
    let columns = if sheet.is_roll() { 1 } else { 2 };
    let gutter = 8.0 * MM;
    let width = (sheet.text - gutter * (columns as f32 - 1.0)) / columns as f32;
    let mut runs = Vec::new();
    for term in &press.document.content.terms {
        runs.extend(wrap(&press.setter, sheet.fine, &clean(term.trim()), width)?);
    }
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let mut pieces = vec![press.heading(press.word(Word::Terms))?];
    // Columns of a block are of one height and stand on one page.
    for block in runs.chunks(TERMS * columns) {
        let rows = block.len().div_ceil(columns);
        let mut sketch = Sketch::default();
        for (column, runs) in block.chunks(rows.max(1)).enumerate() {
            let x = sheet.left + column as f32 * (width + gutter);
            for (i, run) in runs.iter().enumerate() {
                sketch.place(x, i as f32 * sheet.fine.leading(), run.clone());
            }
        }
        sketch.height = rows as f32 * sheet.fine.leading();
        pieces.push(Piece::new(0.0, sketch.tagged(Tag::Paragraph)));
    }
    Ok(pieces)
}
