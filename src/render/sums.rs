//! What stands below the lines: totals, tax by rate, payment, notes.

use rust_decimal::Decimal;

use super::error::RenderError;
use super::labels::Word;
use super::paper::{BODY, LEFT, MM, Press, SMALL, WIDTH, iban};
use super::payment_code;
use super::sketch::{Mark, Piece, Sketch, paragraph};
use super::tags::Tag;
use super::text::{Style, clean};
use super::{HAIRLINE, PALE, SOFT};
use crate::domain::document::{Kind, PaymentCode, Prices, TaxCategory};
use crate::domain::law;
use crate::domain::money::Currency;
use crate::domain::payment::Request;

/// Left edge of the totals; the tax summary stands to their left.
const TOTALS: f32 = LEFT + 92.0 * MM;
/// More adjustments than this are not held together with the totals.
const FEW: usize = 8;

/// Allowances, charges, tax by rate and totals, the figures kept together.
pub(super) fn totals(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let content = &press.document.content;
    let totals = &press.document.totals;
    let mut pieces = Vec::new();
    let adjusted = content.allowances.len() + content.charges.len();
    if adjusted > 0 {
        let label = press.language.word(Word::TotalsLines);
        pieces.push(row(press, label, totals.line_total, BODY)?);
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
            pieces.push(row(press, &label, amount, BODY)?);
        }
    }
    for piece in &mut pieces {
        piece.glued = adjusted <= FEW;
    }
    if let Some(last) = pieces.last_mut() {
        last.glued = true;
    }
    let summary = summary(press)?;
    let mut sums = sums(press)?;
    if totals.tax_groups.len() > FEW {
        // A long summary may run over a page end; the totals follow below it.
        let many = summary.into_iter().map(|s| Piece::new(0.0, s));
        pieces.splice(0..0, many);
    } else {
        let mut left = Sketch::default();
        for line in summary {
            left.append(line);
        }
        sums.height = sums.height.max(left.height);
        sums.stamp(0.0, 0.0, left);
    }
    pieces.push(Piece::new(if adjusted > 0 { 2.0 } else { 0.0 }, sums));
    if let Some(first) = pieces.first_mut() {
        first.gap = 8.0;
    }
    Ok(pieces)
}

/// One labelled amount in the column of the totals.
fn row(press: &Press<'_>, label: &str, amount: Decimal, style: Style) -> Result<Piece, RenderError> {
    let mut sketch = Sketch::default();
    let right = LEFT + WIDTH;
    let figure = press.setter.run(style.tabular(), &press.language.amount(amount))?;
    let room = right - TOTALS - figure.width() - 12.0;
    sketch.skip(1.5);
    sketch.write(&press.setter, style, label, TOTALS, room)?;
    sketch.skip(1.5);
    sketch.place_right(right, 1.5, figure);
    Ok(Piece::new(0.0, sketch.tagged(Tag::Paragraph)))
}

/// Net, tax, gross, paid and payable, as far as the kind of document has them.
fn sums(press: &Press<'_>) -> Result<Sketch, RenderError> {
    let content = &press.document.content;
    let totals = &press.document.totals;
    let word = |w| press.language.word(w);
    let mut sketch = Sketch::default();
    let country = press.document.seller.address.as_ref().map_or("", |a| a.country.as_str());
    let tax = if law::has_sales_tax(country) { Word::TotalsSalesTax } else { Word::TotalsTax };
    for (label, amount) in
        [(Word::TotalsNet, totals.net), (tax, totals.tax), (Word::TotalsGross, totals.gross)]
    {
        sketch.append(row(press, word(label), amount, BODY)?.sketch);
    }
    if let (Some(amount), Some(currency)) = (content.tax_notes.national_tax, law::national_currency(country))
    {
        let label = word(Word::TotalsNationalTax).replace("{currency}", currency);
        let amount = Currency::from_code(currency).map_or(amount, |c| c.round(amount));
        sketch.append(row(press, &label, amount, SMALL)?.sketch);
    }
    let bills = matches!(content.kind, Kind::Invoice | Kind::CreditNote | Kind::Receipt);
    if !totals.paid.is_zero() {
        sketch.append(row(press, word(Word::TotalsPaid), -totals.paid, BODY)?.sketch);
    }
    let (label, amount) = match content.kind {
        Kind::CreditNote => (Word::TotalsCredited, totals.payable),
        Kind::JobCard => (Word::JobTotal, totals.payable),
        _ if !bills => (Word::TotalsTotal, totals.payable),
        _ if totals.payable.is_sign_negative() => (Word::TotalsBack, -totals.payable),
        _ => (Word::TotalsPayable, totals.payable),
    };
    sketch.skip(3.0);
    sketch.rule(TOTALS, sketch.height, LEFT + WIDTH - TOTALS, 0.8, press.look.accent);
    sketch.skip(3.0);
    let style = BODY.bold().sized(12.0).in_colour(press.look.accent);
    let figure = press.language.money(amount, content.currency);
    let figure = press.setter.run(style.tabular(), &figure)?;
    let room = LEFT + WIDTH - TOTALS - figure.width() - 12.0;
    let mut last = Sketch::default();
    last.write(&press.setter, style, word(label), TOTALS, room.max(60.0))?;
    last.place_right(LEFT + WIDTH, 0.0, figure);
    sketch.append(last.tagged(Tag::Paragraph));
    Ok(sketch)
}

/// The tax of each category and rate: basis, rate, tax (EN 16931 BG-23), one sketch a line.
fn summary(press: &Press<'_>) -> Result<Vec<Sketch>, RenderError> {
    let groups = &press.document.totals.tax_groups;
    let language = &press.language;
    let ends = [LEFT + 46.0 * MM, LEFT + 74.0 * MM];
    let number = press.setter.number();
    let line = |cells: [String; 3], style: Style, gap: f32, tag: Tag| -> Result<Sketch, RenderError> {
        let mut sketch = Sketch::default();
        let [rate, figures @ ..] = cells;
        let mut cell = Sketch::default();
        cell.place(LEFT, gap, press.setter.run(style, &rate)?);
        sketch.stamp(0.0, 0.0, cell.tagged(tag.clone()));
        for (figure, end) in figures.iter().zip(ends) {
            let mut cell = Sketch::default();
            cell.place_right(end, gap, press.setter.run(style.tabular(), figure)?);
            sketch.stamp(0.0, 0.0, cell.tagged(tag.clone()));
        }
        sketch.height = style.leading() + 2.0 * gap;
        Ok(sketch.tagged(Tag::Row(number)))
    };
    let heads = [Word::SummaryRate, Word::SummaryBasis, Word::SummaryTax];
    let mut head = line(heads.map(|w| language.word(w).to_owned()), SMALL.bold(), 2.55, Tag::Head)?;
    head.rule(LEFT, head.height, 74.0 * MM, 0.4, HAIRLINE);
    let mut lines = vec![head];
    for group in groups {
        let cells = [language.tax(group.tax), language.amount(group.basis), language.amount(group.amount)];
        lines.push(line(cells, BODY, 1.5, Tag::Cell)?);
    }
    Ok(lines)
}

/// Whether the prices contain tax, and why a line bears none.
pub(super) fn price_notes(press: &Press<'_>) -> Result<Piece, RenderError> {
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
        text.push(format!("{}.", press.language.word(Word::CashAccounting)));
    }
    let mut sketch = Sketch::default();
    for line in text {
        sketch.write(&press.setter, SMALL, &line, LEFT, WIDTH)?;
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
    if owed && content.payment.code == Some(PaymentCode::Swiss) {
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
    if owed && content.payment.code == Some(PaymentCode::Swiss) {
        // A box would push the payment part to a page of its own.
        return Ok(Some(Piece::new(8.0, press.pairs(&rows, LEFT, 32.0 * MM, WIDTH)?)));
    }
    let inset = 8.0;
    let mut sketch = Sketch::default();
    sketch.skip(inset);
    let style = BODY.bold().sized(10.0);
    let title = language.word(Word::PaymentTitle);
    sketch.write(&press.setter, style, title, LEFT + inset, WIDTH)?;
    sketch.skip(2.0);
    let side = 30.0 * MM;
    let code = match payment_code::request(press.document)? {
        Some(Request::Epc(text) | Request::Link(text)) => Some(payment_code::bordered(&text, side)?),
        // The payment part stands at the foot of the page.
        Some(Request::Swiss(_)) | None => None,
    };
    let taken = if code.is_some() { side + inset } else { 0.0 };
    let room = WIDTH - 2.0 * inset - taken;
    sketch.append(press.pairs(&rows, LEFT + inset, 32.0 * MM, room)?);
    sketch.skip(inset);
    if let Some(code) = code {
        let x = LEFT + WIDTH - inset - side;
        let style = SMALL.sized(7.0);
        let label = press.setter.run(style, language.word(Word::PaymentCode))?;
        let middle = x + (side - label.width()) / 2.0;
        sketch.place(middle, inset + side + 1.0, label);
        let alt = language.word(Word::PaymentCode);
        sketch.stamp(x, inset, code.tagged(Tag::Figure(alt.into())));
        let least = inset + side + 1.0 + style.leading() + 4.0;
        sketch.height = sketch.height.max(least);
    }
    let fill = Mark::Fill { x: LEFT, y: 0.0, width: WIDTH, height: sketch.height, colour: PALE };
    sketch.marks.insert(0, fill);
    Ok(Some(Piece::new(16.0, sketch)))
}

/// The remarks, under a heading when there is anything above them.
pub(super) fn notes(press: &Press<'_>, headed: bool) -> Result<Vec<Piece>, RenderError> {
    let mut pieces = Vec::new();
    for note in &press.document.content.notes {
        let text = clean(note.trim());
        if text.is_empty() {
            continue;
        }
        if pieces.is_empty() && headed {
            pieces.push(press.heading(press.language.word(Word::Notes))?);
        }
        let gap = if pieces.is_empty() { 0.0 } else { 4.0 };
        pieces.extend(paragraph(&press.setter, BODY, &text, (LEFT, WIDTH), gap)?);
    }
    Ok(pieces)
}

/// Lines to sign on: for each column its title and who signs.
pub(super) fn signatures(press: &Press<'_>, columns: &[(Word, &[Word])]) -> Result<Piece, RenderError> {
    let mut sketch = Sketch::default();
    let gutter = 12.0 * MM;
    let count = columns.len().max(2) as f32;
    let width = (WIDTH - gutter * (count - 1.0)) / count;
    let mut x = LEFT;
    for (title, signers) in columns {
        let mut column = Sketch::default();
        let style = BODY.bold();
        column.write(&press.setter, style, press.language.word(*title), x, width)?;
        for signer in *signers {
            column.skip(11.0 * MM);
            column.rule(x, column.height, width, 0.5, SOFT);
            column.skip(1.5);
            let text = press.language.word(*signer);
            column.write(&press.setter, SMALL.sized(7.0), text, x, width)?;
        }
        sketch.height = sketch.height.max(column.height);
        sketch.stamp(0.0, 0.0, column);
        x += width + gutter;
    }
    Ok(Piece::new(18.0, sketch))
}
