//! The tax of each category and rate: basis, rate, tax (EN 16931 BG-23).

use super::error::RenderError;
use super::labels::Word;
use super::press::Press;
use super::sketch::Sketch;
use super::sums::{row, totals_left};
use super::tags::Tag;
use super::text::Style;

/// Between two columns, at least.
const GUTTER: f32 = 6.0;
/// Between the summary and the totals at its right, at least.
const ASIDE: f32 = 12.0;
/// By how many points the type may get smaller for wide figures.
const SMALLER: [f32; 2] = [0.0, 1.0];
/// Words and figures of one line: the rate, what it is on, the tax.
type Cells = [String; 3];

/// Where the columns end and how large their type is.
struct Grid {
    ends: [f32; 2],
    body: Style,
    small: Style,
}

/// The summary, one sketch a line, left of the totals; nothing when its figures have no room there.
pub(super) fn beside(press: &Press<'_>) -> Result<Option<Vec<Sketch>>, RenderError> {
    let grid = grid(press, totals_left(&press.sheet) - ASIDE)?;
    grid.map(|grid| table(press, &grid)).transpose()
}

/// The summary, one sketch a line, with all the width of the text; on a narrow roll wide figures stand below
/// each other.
pub(super) fn alone(press: &Press<'_>) -> Result<Vec<Sketch>, RenderError> {
    match grid(press, press.sheet.right())? {
        Some(grid) => table(press, &grid),
        None => stacked(press),
    }
}

fn heads(press: &Press<'_>) -> Cells {
    [Word::SummaryRate, Word::SummaryBasis, Word::SummaryTax].map(|word| press.word(word).to_owned())
}

fn rows(press: &Press<'_>) -> impl Iterator<Item = Cells> {
    let language = &press.language;
    let groups = press.document.totals.tax_groups.iter();
    groups.map(|g| [language.tax(g.tax), language.amount(g.basis), language.amount(g.amount)])
}

/// The columns at their places, moved and in smaller type as far as the figures need it to end at `right`.
fn grid(press: &Press<'_>, right: f32) -> Result<Option<Grid>, RenderError> {
    let sheet = &press.sheet;
    let shares = if sheet.is_roll() { [0.68, 1.0] } else { [0.279, 0.4485] };
    let [basis_end, tax_end] = shares.map(|share| sheet.left + share * sheet.text);
    for less in SMALLER {
        let (body, small) =
            (sheet.body.sized(sheet.body.size - less), sheet.small.sized(sheet.small.size - less));
        let mut widths = [0.0_f32; 3];
        for (style, cells) in
            std::iter::once((small.bold(), heads(press))).chain(rows(press).map(|r| (body, r)))
        {
            for (i, (width, cell)) in widths.iter_mut().zip(&cells).enumerate() {
                let style = if i > 0 { style.tabular() } else { style };
                *width = width.max(press.setter.width(style, cell)?);
            }
        }
        let [rate, basis, tax] = widths;
        let least = sheet.left + rate + GUTTER + basis;
        let most = right - tax - GUTTER;
        if least <= most {
            let basis_end = basis_end.clamp(least, most);
            let ends = [basis_end, tax_end.max(basis_end + GUTTER + tax)];
            return Ok(Some(Grid { ends, body, small }));
        }
    }
    Ok(None)
}

fn table(press: &Press<'_>, grid: &Grid) -> Result<Vec<Sketch>, RenderError> {
    let left = press.sheet.left;
    let number = press.setter.number();
    let line = |cells: Cells, style: Style, gap: f32, tag: Tag| -> Result<Sketch, RenderError> {
        let mut sketch = Sketch::default();
        let [rate, figures @ ..] = cells;
        let mut cell = Sketch::default();
        cell.place(left, gap, press.setter.run(style, &rate)?);
        sketch.stamp(0.0, 0.0, cell.tagged(tag.clone()));
        for (figure, end) in figures.iter().zip(grid.ends) {
            let mut cell = Sketch::default();
            cell.place_right(end, gap, press.setter.run(style.tabular(), figure)?);
            sketch.stamp(0.0, 0.0, cell.tagged(tag.clone()));
        }
        sketch.height = style.leading() + 2.0 * gap;
        Ok(sketch.tagged(Tag::Row(number)))
    };
    let mut head = line(heads(press), grid.small.bold(), 2.55, Tag::Head)?;
    head.rule(left, head.height, grid.ends[1] - left, 0.4, press.sheet.hairline);
    let mut lines = vec![head];
    for cells in rows(press) {
        lines.push(line(cells, grid.body, 1.5, Tag::Cell)?);
    }
    Ok(lines)
}

/// Each figure in a line of its own, beside its name.
fn stacked(press: &Press<'_>) -> Result<Vec<Sketch>, RenderError> {
    let mut lines = Vec::new();
    for cells in rows(press) {
        let mut sketch = Sketch::default();
        sketch.rule(press.sheet.left, 0.0, press.sheet.text, 0.4, press.sheet.hairline);
        for (name, cell) in heads(press).iter().zip(cells) {
            sketch.append(row(press, name, &cell, press.sheet.body)?.sketch);
        }
        lines.push(sketch);
    }
    Ok(lines)
}
