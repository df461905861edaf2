//! Receipt rolls: everything in one narrow column, one below the other, as long as it gets.

use super::address::address_lines;
use super::error::RenderError;
use super::information::information;
use super::labels::Word;
use super::letterhead::{company, reach};
use super::lines::Show;
use super::pages::{Area, Page, fill};
use super::payment_code;
use super::press::Press;
use super::sheet::MM;
use super::sketch::{Piece, Sketch};
use super::swiss_slip;
use super::text::{Style, clean};
use super::wrap::{dotted, widest_word, wrap};
use crate::domain::document::{Line, LineKind};
use crate::domain::payment::Request;
use rust_decimal::Decimal;

/// White above and below a receipt; the printer's cutter is about 5 mm behind its head.
const MARGIN: f32 = 5.0 * MM;

/// Puts the pieces below the shop's head on one long page; what is longer than a PDF page may be
/// goes on on the next.
pub(super) fn bind(press: &Press<'_>, pieces: Vec<Piece>) -> Result<Vec<Page>, RenderError> {
    let sheet = &press.sheet;
    let mut all = head(press)?;
    all.extend(pieces);
    all.push(foot(press)?);
    let area = Area { first_top: MARGIN, next_top: MARGIN, bottom: sheet.height - MARGIN };
    let mut pages: Vec<Page> = fill(all, area)
        .into_iter()
        .map(|sketch| Page { width: sheet.width, height: (sketch.height + MARGIN).ceil(), sketch })
        .collect();
    if let Some(Request::Swiss(bill)) = payment_code::request(press.document)? {
        pages.push(swiss_slip::page(press, &bill)?);
    }
    Ok(pages)
}

/// Logo, seller, buyer, and what tells the document from others.
fn head(press: &Press<'_>) -> Result<Vec<Piece>, RenderError> {
    let sheet = &press.sheet;
    let seller = &press.document.seller;
    let mut pieces = Vec::new();
    if let Some(logo) = &press.look.logo {
        let (width, height) = logo.0.fit((sheet.text * 0.7, 18.0 * MM));
        let mut sketch = Sketch { height, ..Sketch::default() };
        let x = sheet.left + (sheet.text - width) / 2.0;
        sketch.marks.push(press.picture(logo.0.clone(), clean(&seller.name), (x, 0.0), (width, height)));
        sketch.skip(4.0);
        pieces.push(Piece::new(0.0, sketch));
    }
    let mut shop = Sketch::default();
    centred(press, &mut shop, sheet.heading, &clean(&seller.name))?;
    for line in reach(seller) {
        centred(press, &mut shop, sheet.small, &line)?;
    }
    if let Some(id) = seller.tax_id.as_deref() {
        centred(press, &mut shop, sheet.small, &format!("{} {}", press.word(Word::TaxId), clean(id)))?;
    }
    pieces.push(Piece::new(0.0, shop));
    let mut title = press.headline()?;
    title.gap = 8.0;
    pieces.push(title);
    let (left, text) = (sheet.left, sheet.text);
    pieces.push(Piece::new(0.0, press.pairs(&information(press), left, text * 0.36, text)?));
    if let Some(buyer) = &press.document.content.buyer {
        let home = seller.address.as_ref().map(|a| a.country.as_str());
        let mut sketch = Sketch::default();
        sketch.write(&press.setter, sheet.body.bold(), &clean(&buyer.name), left, text)?;
        for line in address_lines(buyer.address.as_ref(), home) {
            sketch.write(&press.setter, sheet.body, &line, left, text)?;
        }
        pieces.push(Piece::new(6.0, sketch));
    }
    Ok(pieces)
}

/// What business letters say in their footer, but for what the head and the payment have said.
fn foot(press: &Press<'_>) -> Result<Piece, RenderError> {
    let mut sketch = Sketch::default();
    let note = press.document.seller.legal_note.as_deref().map(clean);
    for part in company(press).iter().chain(&note) {
        centred(press, &mut sketch, press.sheet.fine, part)?;
    }
    Ok(Piece::new(10.0, sketch))
}

/// Adds lines in the middle of the roll.
fn centred(press: &Press<'_>, sketch: &mut Sketch, style: Style, text: &str) -> Result<(), RenderError> {
    let sheet = &press.sheet;
    for run in wrap(&press.setter, style, text, sheet.text)? {
        let x = sheet.left + (sheet.text - run.width()) / 2.0;
        sketch.place(x, sketch.height, run);
        sketch.height += style.leading();
    }
    Ok(())
}

/// The lines: what it is, and below it how many at which price, the amount at the right.
pub(super) fn lines(press: &Press<'_>, show: Show) -> Result<Vec<Piece>, RenderError> {
    let content = &press.document.content;
    let sheet = &press.sheet;
    let mut rule = Sketch::default();
    rule.rule(sheet.left, 0.0, sheet.text, 0.5, sheet.soft);
    rule.skip(2.0);
    let mut pieces = vec![Piece::new(6.0, rule).glued()];
    for (line, amount) in content.lines.iter().zip(&press.document.totals.lines) {
        if show.kind.is_some_and(|kind: LineKind| kind != line.kind) {
            continue;
        }
        let mut sketch = Sketch::default();
        let (text, notes) = super::lines::description(press, line);
        sketch.write(&press.setter, sheet.body, &text, sheet.left, sheet.text)?;
        if !notes.is_empty() {
            let notes = dotted(&press.setter, sheet.small, notes, sheet.text)?;
            sketch.write(&press.setter, sheet.small, &notes, sheet.left, sheet.text)?;
        }
        if show.prices {
            let figure = press.setter.run(sheet.body.tabular(), &press.language.amount(*amount))?;
            let price = price(press, line);
            let small = sheet.small.tabular();
            let beside = sheet.text - figure.width() - 8.0;
            let below = widest_word(&press.setter, small, &price)? > beside;
            let price = wrap(&press.setter, small, &price, if below { sheet.text } else { beside })?;
            // The amount stands on the last line of what it is the amount of, or below it where a figure has
            // no room beside it.
            let last = if below { price.len() } else { price.len().saturating_sub(1) };
            let top = sketch.height + last as f32 * sheet.body.leading();
            for run in price {
                let drop = sheet.body.baseline() - run.style.baseline();
                sketch.place(sheet.left, sketch.height + drop, run);
                sketch.skip(sheet.body.leading());
            }
            if below {
                sketch.skip(sheet.body.leading());
            }
            sketch.place_right(sheet.right(), top, figure);
        } else {
            let text = quantity(press, line);
            sketch.write(&press.setter, sheet.small.tabular(), &text, sheet.left, sheet.text)?;
        }
        sketch.skip(2.0);
        pieces.push(Piece::new(0.0, sketch));
    }
    Ok(pieces)
}

/// `3 pcs`.
fn quantity(press: &Press<'_>, line: &Line) -> String {
    let quantity = press.language.number(line.quantity, 0);
    let unit = clean(line.unit.trim());
    if unit.is_empty() { quantity } else { format!("{quantity}\u{A0}{unit}") }
}

/// `3 pcs × 12.00 · −10% · 23%`.
fn price(press: &Press<'_>, line: &Line) -> String {
    let language = &press.language;
    let unit = language.number(line.unit_price, press.document.content.currency.exponent());
    let mut text = format!("{} × {unit}", quantity(press, line));
    if line.discount_percent > Decimal::ZERO {
        text.push_str(&format!(" · \u{2212}{}", language.percent(line.discount_percent)));
    }
    text.push_str(&format!(" · {}", language.tax(line.tax)));
    text
}
