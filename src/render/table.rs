//! Tables: columns of a fixed, a natural or the remaining width, rows that stay whole.

use std::rc::Rc;

use super::error::RenderError;
use super::labels::Word;
use super::press::Press;
use super::sketch::{Frame, Mark, Piece, Sketch};
use super::tags::Tag;
use super::text::{Run, Style, Typesetter};
use super::wrap::{dotted, wrap};
use super::{HAIRLINE, PALE, SOFT};

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wide {
    /// As its widest cell, which is never broken.
    Natural,
    /// As its widest cell, but wrapped from this many points on.
    AtMost(f32),
    /// What the others leave; one column of a table.
    Rest,
}

/// Where text stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// At the left edge.
    Left,
    /// At the right edge.
    Right,
    /// Numbers with their decimal separators below each other.
    Decimal(char),
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// What stands above it.
    pub(super) head: String,
    /// How wide it is.
    pub(super) wide: Wide,
    /// Where its cells stand.
    pub(super) align: Align,
}

impl Column {
    /// A column of text.
    pub(super) fn text(head: &str, wide: Wide) -> Self {
        Self { head: head.to_owned(), wide, align: Align::Left }
    }

    /// A column of numbers.
    pub(super) fn figures(head: &str, align: Align) -> Self {
        Self { head: head.to_owned(), wide: Wide::Natural, align }
    }

    fn is_figures(&self) -> bool {
        self.align != Align::Left
    }
}

/// A row: one text a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// The texts, cleaned.
    pub(super) cells: Vec<String>,
    /// What stands in small type below the text of the widest column.
    pub(super) notes: Vec<String>,
    /// The sum of the amounts of all rows above, as it is carried over a page end.
    pub(super) carried: Option<String>,
}

impl Row {
    /// A row of these texts.
    pub(super) fn of(cells: Vec<String>) -> Self {
        Self { cells, ..Self::default() }
    }
}

/// A table to be set.
pub(super) struct Table<'t> {
    /// Its columns.
    pub(super) columns: &'t [Column],
    /// Its rows.
    pub(super) rows: &'t [Row],
    /// The rows that decide the widths: of all tables that are to have the same columns.
    pub(super) measured: &'t [Row],
    /// Left edge and width.
    pub(super) place: (f32, f32),
    /// How its text looks.
    pub(super) style: Style,
    /// What the line says that carries a sum over.
    pub(super) carry_label: &'t str,
    /// Height of a page, from which on a row is split.
    pub(super) page: f32,
}

/// Between two columns.
const GUTTER: f32 = 10.0;
/// Above and below a row's text.
const PADDING: f32 = 3.6;
/// The narrowest column of the remaining width that still reads.
const LEAST_REST: f32 = 110.0;

/// The geometry of a table whose columns have got their widths.
struct Grid {
    /// Left edge and width of each column.
    columns: Vec<(f32, f32)>,
    /// For decimal columns, the widest part after the integer.
    tails: Vec<f32>,
    style: Style,
}

impl<'t> Table<'t> {
    /// A table the width of the text, as wide as its own rows ask for.
    pub(super) fn plain(press: &Press<'_>, columns: &'t [Column], rows: &'t [Row]) -> Self {
        Self {
            columns,
            rows,
            measured: rows,
            place: (press.sheet.left, press.sheet.text),
            style: press.sheet.body,
            carry_label: press.word(Word::Carried),
            page: press.sheet.room(),
        }
    }

    /// The rows as pieces, the head glued to the first of them.
    ///
    /// # Errors
    /// When the figures are too wide even in small type, or a character has no glyph.
    pub(super) fn pieces(&self, setter: &Typesetter<'_>) -> Result<Vec<Piece>, RenderError> {
        let grid = self.grid(setter)?;
        let number = setter.number();
        let head = self.head(setter, &grid)?.tagged(Tag::Row(number));
        let frame = Rc::new(Frame { head: head.clone() });
        let mut pieces = vec![Piece::new(0.0, head).glued()];
        for (i, row) in self.rows.iter().enumerate() {
            let carry = match &row.carried {
                Some(sum) if i > 0 => Some(self.carry(setter, &grid, sum)?),
                _ => None,
            };
            let carries_on = self.rows.get(i + 1).is_some_and(|r| r.carried.is_some());
            let reserve = if carries_on { carry_height(grid.style) } else { 0.0 };
            let cells = self.cells(setter, &grid, row)?;
            for (part, sketch) in self.slices(&grid, &cells, frame.head.height).into_iter().enumerate() {
                let mut piece = Piece::new(0.0, sketch.tagged(Tag::Row(number)));
                piece.reserve = reserve;
                if i > 0 || part > 0 {
                    piece.frame = Some(Rc::clone(&frame));
                }
                if part == 0 {
                    piece.carry.clone_from(&carry);
                }
                pieces.push(piece);
            }
        }
        Ok(pieces)
    }

    /// Gives the columns their widths, in smaller type when the figures need it.
    fn grid(&self, setter: &Typesetter<'_>) -> Result<Grid, RenderError> {
        let least = LEAST_REST.min(self.place.1 / 4.0);
        let mut widest = (0.0, String::new());
        // Words in a very narrow column are better than none.
        let sizes = [(self.style.size, least), (8.0, least), (7.0, least), (6.0, least / 2.0)];
        for (size, least) in sizes {
            let style = self.style.sized(size.min(self.style.size));
            let mut widths = Vec::with_capacity(self.columns.len());
            let mut tails = Vec::with_capacity(self.columns.len());
            for (i, column) in self.columns.iter().enumerate() {
                let (width, tail, text) = self.natural(setter, style, column, i)?;
                if column.is_figures() && width > widest.0 {
                    widest = (width, text);
                }
                widths.push(width);
                tails.push(tail);
            }
            let gutters = GUTTER * self.columns.len().saturating_sub(1) as f32;
            let used: f32 = widths.iter().sum::<f32>() + gutters;
            let rest = self.place.1 - used;
            let has_rest = self.columns.iter().any(|c| c.wide == Wide::Rest);
            if rest >= if has_rest { least } else { 0.0 } {
                let mut x = self.place.0;
                let mut columns = Vec::with_capacity(widths.len());
                for (column, width) in self.columns.iter().zip(&widths) {
                    let width = if column.wide == Wide::Rest { rest } else { *width };
                    columns.push((x, width));
                    x += width + GUTTER;
                }
                return Ok(Grid { columns, tails, style });
            }
        }
        Err(RenderError::TableTooWide {
            column: self
                .columns
                .iter()
                .find(|c| c.wide == Wide::Rest)
                .map(|c| c.head.clone())
                .unwrap_or_default(),
            widest: widest.1,
        })
    }

    /// The width a column asks for, the widest part behind the integer, and its widest text.
    fn natural(
        &self,
        setter: &Typesetter<'_>,
        style: Style,
        column: &Column,
        index: usize,
    ) -> Result<(f32, f32, String), RenderError> {
        if column.wide == Wide::Rest {
            return Ok((0.0, 0.0, String::new()));
        }
        let head = setter.width(head_style(style), &column.head)?;
        let (mut front, mut tail, mut most) = (0.0_f32, 0.0_f32, (0.0_f32, ""));
        for row in self.measured {
            let Some(text) = row.cells.get(index) else {
                continue;
            };
            let width = setter.width(cell_style(style, column), text)?;
            let behind = self.behind(setter, style, column, text)?;
            front = front.max(width - behind);
            tail = tail.max(behind);
            if width > most.0 {
                most = (width, text);
            }
        }
        // A sum that is carried over stands in the last column and may be wider than its cells.
        if index + 1 == self.columns.len()
            && let Some(sum) = self.measured.iter().rev().find_map(|r| r.carried.as_deref())
        {
            front = front.max(setter.width(cell_style(style, column), sum)? - tail);
        }
        let width = head.max(front + tail);
        let width = match column.wide {
            Wide::AtMost(limit) => width.min(limit.max(head)),
            _ => width,
        };
        Ok((width, tail, most.1.to_owned()))
    }

    /// How wide the part of a number from its decimal separator on is.
    fn behind(
        &self,
        setter: &Typesetter<'_>,
        style: Style,
        column: &Column,
        text: &str,
    ) -> Result<f32, RenderError> {
        let Align::Decimal(separator) = column.align else {
            return Ok(0.0);
        };
        match text.rfind(separator).and_then(|at| text.get(..at)) {
            Some(whole) => {
                let style = cell_style(style, column);
                Ok(setter.width(style, text)? - setter.width(style, whole)?)
            }
            None => Ok(0.0),
        }
    }

    fn head(&self, setter: &Typesetter<'_>, grid: &Grid) -> Result<Sketch, RenderError> {
        let style = head_style(grid.style);
        let mut cells = Vec::new();
        for (column, (_, width)) in self.columns.iter().zip(&grid.columns) {
            cells.push(wrap(setter, style, &column.head, *width)?);
        }
        let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
        let mut sketch = Sketch::default();
        let bottom = lines as f32 * style.leading();
        for ((column, (x, width)), runs) in self.columns.iter().zip(&grid.columns).zip(cells) {
            // Heads of several lines end on one line, next to the figures.
            let mut top = bottom - runs.len() as f32 * style.leading();
            sketch.marks.push(Mark::Open(Tag::Head));
            for run in runs {
                if column.is_figures() {
                    sketch.place_right(x + width, top, run);
                } else {
                    sketch.place(*x, top, run);
                }
                top += style.leading();
            }
            sketch.marks.push(Mark::Close);
        }
        sketch.height = bottom + PADDING;
        sketch.rule(self.place.0, sketch.height, self.place.1, 0.8, SOFT);
        Ok(sketch)
    }

    /// The cells of a row: for each its lines, and where they stand.
    fn cells(
        &self,
        setter: &Typesetter<'_>,
        grid: &Grid,
        row: &Row,
    ) -> Result<Vec<Vec<(f32, Run)>>, RenderError> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for (((column, (x, width)), tail), text) in
            self.columns.iter().zip(&grid.columns).zip(&grid.tails).zip(&row.cells)
        {
            let style = cell_style(grid.style, column);
            let mut runs = if column.is_figures() {
                vec![setter.run(style, text)?]
            } else {
                wrap(setter, style, text, *width)?
            };
            if column.wide == Wide::Rest && !row.notes.is_empty() {
                let style = note_style(style);
                let notes = dotted(setter, style, row.notes.iter().cloned(), *width)?;
                runs.extend(wrap(setter, style, &notes, *width)?);
            }
            let behind = self.behind(setter, grid.style, column, text)?;
            let placed = runs.into_iter().map(|run| {
                let left = match column.align {
                    Align::Left => *x,
                    Align::Right => x + width - run.width(),
                    Align::Decimal(_) => x + width - tail + behind - run.width(),
                };
                (left, run)
            });
            cells.push(placed.collect());
        }
        Ok(cells)
    }

    /// A row as one sketch, or as several when it is higher than a page.
    fn slices(&self, grid: &Grid, cells: &[Vec<(f32, Run)>], head: f32) -> Vec<Sketch> {
        let leading = grid.style.leading();
        // Room for the head and two carry lines above and below.
        let room = (self.page - head - 4.0 * (leading + 2.0 * PADDING)).max(leading);
        let most = ((room / leading) as usize).max(1);
        let lines = cells.iter().map(Vec::len).max().unwrap_or(0);
        let mut slices = Vec::new();
        loop {
            let first = slices.len() * most;
            let count = most.min(lines - first);
            let mut sketch = Sketch::default();
            for cell in cells {
                sketch.marks.push(Mark::Open(Tag::Cell));
                for (i, (x, run)) in cell.iter().skip(first).take(count).enumerate() {
                    sketch.place(*x, PADDING + i as f32 * leading, run.clone());
                }
                sketch.marks.push(Mark::Close);
            }
            sketch.height = count as f32 * leading + 2.0 * PADDING;
            let last = first + count >= lines;
            if last {
                sketch.rule(self.place.0, sketch.height, self.place.1, 0.4, HAIRLINE);
            }
            slices.push(sketch);
            if last {
                return slices;
            }
        }
    }

    fn carry(&self, setter: &Typesetter<'_>, grid: &Grid, sum: &str) -> Result<Sketch, RenderError> {
        let style = grid.style.bold();
        let mut sketch = Sketch::default();
        let (left, width) = self.place;
        let height = carry_height(style);
        sketch.marks.push(Mark::Fill { x: left, y: 0.4, width, height: height - 0.4, colour: PALE });
        let label_at = grid.columns.get(1).map_or(left, |c| c.0);
        sketch.place(label_at, PADDING, setter.run(style, self.carry_label)?);
        sketch.place_right(left + width, PADDING, setter.run(style.tabular(), sum)?);
        sketch.height = height;
        Ok(sketch)
    }
}

fn carry_height(style: Style) -> f32 {
    style.leading() + 2.0 * PADDING
}

fn head_style(style: Style) -> Style {
    style.bold().sized((style.size - 1.5).max(5.5)).in_colour(SOFT)
}

/// How what stands below a text looks.
fn note_style(style: Style) -> Style {
    style.sized((style.size - 1.5).max(5.5)).in_colour(SOFT)
}

fn cell_style(style: Style, column: &Column) -> Style {
    if column.is_figures() { style.tabular() } else { style }
}
