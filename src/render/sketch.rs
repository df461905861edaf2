//! The draw list: what stands where, before anything knows about PDF.
//!
//! # Units
//! Points from the left and from the top, downwards.

use std::rc::Rc;

use super::Colour;
use super::error::RenderError;
use super::tags::Tag;
use super::text::{Run, Style, Typesetter};
use super::wrap::wrap;

/// One thing on a page.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// A text with its left end on the baseline at `x`, `y`.
    Text { x: f32, y: f32, run: Run },
    /// A straight line.
    Line { from: (f32, f32), to: (f32, f32), thick: f32, colour: Colour },
    /// A filled rectangle.
    Fill { x: f32, y: f32, width: f32, height: f32, colour: Colour },
    /// The outline of a rectangle.
    Frame { x: f32, y: f32, width: f32, height: f32, thick: f32, colour: Colour },
    /// A code to scan.
    Code { x: f32, y: f32, side: f32, code: Rc<Modules>, colour: Colour },
    /// One of the document's pictures.
    Picture { index: usize, x: f32, y: f32, width: f32, height: f32 },
    /// From here to its end the marks are this to a reader who does not see them.
    Open(Tag),
    /// The end of what was opened last.
    Close,
}

/// The dark parts of a code to scan.
#[derive(Debug)]
pub(super) struct Modules {
    /// How many modules it is wide and high.
    pub(super) count: usize,
    /// Its bars: first column, row, how many modules.
    pub(super) bars: Vec<(u16, u16, u16)>,
}

impl Mark {
    fn moved(mut self, dx: f32, dy: f32) -> Self {
        match &mut self {
            Self::Text { x, y, .. }
            | Self::Fill { x, y, .. }
            | Self::Frame { x, y, .. }
            | Self::Code { x, y, .. }
            | Self::Picture { x, y, .. } => {
                *x += dx;
                *y += dy;
            }
            Self::Line { from, to, .. } => {
                *from = (from.0 + dx, from.1 + dy);
                *to = (to.0 + dx, to.1 + dy);
            }
            Self::Open(_) | Self::Close => {}
        }
        self
    }
}

/// Marks that belong together, growing downwards from its own top.
#[derive(Debug, Clone, Default)]
pub(super) struct Sketch {
    /// How high it is.
    pub(super) height: f32,
    /// What is on it.
    pub(super) marks: Vec<Mark>,
}

impl Sketch {
    /// Leaves `height` points empty.
    pub(super) fn skip(&mut self, height: f32) {
        self.height += height;
    }

    /// Places a run in a line whose top is at `top`, its left end at `x`.
    pub(super) fn place(&mut self, x: f32, top: f32, run: Run) {
        let y = top + run.style.baseline();
        self.marks.push(Mark::Text { x, y, run });
    }

    /// Places a run in a line whose top is at `top`, its right end at `right`.
    pub(super) fn place_right(&mut self, right: f32, top: f32, run: Run) {
        self.place(right - run.width(), top, run);
    }

    /// Adds `text` below what is there, wrapped to `width`.
    pub(super) fn write(
        &mut self,
        setter: &Typesetter<'_>,
        style: Style,
        text: &str,
        x: f32,
        width: f32,
    ) -> Result<(), RenderError> {
        self.marks.push(Mark::Open(Tag::Paragraph));
        for run in wrap(setter, style, text, width)? {
            self.place(x, self.height, run);
            self.height += style.leading();
        }
        self.marks.push(Mark::Close);
        Ok(())
    }

    /// The same, told apart for a reader who does not see it.
    pub(super) fn tagged(mut self, tag: Tag) -> Self {
        self.marks.insert(0, Mark::Open(tag));
        self.marks.push(Mark::Close);
        self
    }

    /// A horizontal line at `y`.
    pub(super) fn rule(&mut self, x: f32, y: f32, width: f32, thick: f32, colour: Colour) {
        self.marks.push(Mark::Line { from: (x, y), to: (x + width, y), thick, colour });
    }

    /// Puts another sketch on this one; the height stays as it is.
    pub(super) fn stamp(&mut self, dx: f32, dy: f32, other: Self) {
        self.marks.extend(other.marks.into_iter().map(|m| m.moved(dx, dy)));
    }

    /// Puts another sketch below what is there.
    pub(super) fn append(&mut self, other: Self) {
        let height = other.height;
        self.stamp(0.0, self.height, other);
        self.height += height;
    }
}

/// What a table repeats where a page ends inside it.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// The head, on top of each page.
    pub(super) head: Sketch,
}

/// A part of a document that stays whole; pages are filled with these.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    /// What is drawn.
    pub(super) sketch: Sketch,
    /// White space above it, dropped at the top of a page.
    pub(super) gap: f32,
    /// Whether it stays on one page with the next piece.
    pub(super) glued: bool,
    /// The table it is a row of, if it is not the first row.
    pub(super) frame: Option<Rc<Frame>>,
    /// The line that carries the sum of the rows above it over a page end right before it.
    pub(super) carry: Option<Sketch>,
    /// Height to keep free below it for the carry line of the next piece.
    pub(super) reserve: f32,
}

impl Piece {
    /// A piece with white space above it.
    pub(super) fn new(gap: f32, sketch: Sketch) -> Self {
        Self { sketch, gap, ..Self::default() }
    }

    /// The same, kept together with the next.
    pub(super) fn glued(mut self) -> Self {
        self.glued = true;
        self
    }
}

/// A text as pieces of one line each, so that it may run over a page end, but never with a single
/// first or last line alone.
pub(super) fn paragraph(
    setter: &Typesetter<'_>,
    style: Style,
    text: &str,
    (x, width): (f32, f32),
    gap: f32,
) -> Result<Vec<Piece>, RenderError> {
    let runs = wrap(setter, style, text, width)?;
    let count = runs.len();
    let part = setter.number();
    Ok(runs
        .into_iter()
        .enumerate()
        .map(|(i, run)| {
            let mut sketch = Sketch::default();
            sketch.place(x, 0.0, run);
            sketch.height = style.leading();
            let mut piece = Piece::new(if i == 0 { gap } else { 0.0 }, sketch.tagged(Tag::Part(part)));
            piece.glued = i + 1 < count && (i == 0 || i + 2 == count);
            piece
        })
        .collect())
}
