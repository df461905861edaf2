//! Pages: filling them with pieces from top to bottom.

use super::sketch::{Piece, Sketch};
use super::tags::Tag;

/// A page, drawn.
#[derive(Debug)]
pub(super) struct Page {
    /// Width of the paper.
    pub(super) width: f32,
    /// Height of the paper.
    pub(super) height: f32,
    /// What is on it.
    pub(super) sketch: Sketch,
}

/// Where pieces may stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    /// Top on the first page, in points from its edge.
    pub(super) first_top: f32,
    /// Top on the pages after it.
    pub(super) next_top: f32,
    /// Bottom on every page.
    pub(super) bottom: f32,
}

impl Area {
    /// Height of a page after the first.
    pub(super) fn height(&self) -> f32 {
        self.bottom - self.next_top
    }
}

/// Fills as many pages as the pieces need, at least one; each is as high as its content reaches.
pub(super) fn fill(pieces: Vec<Piece>, area: Area) -> Vec<Sketch> {
    let mut filler = Filler { area, pages: vec![], page: Sketch::default(), y: area.first_top, empty: true };
    let mut group: Vec<Piece> = Vec::new();
    for piece in pieces {
        let more = piece.glued;
        group.push(piece);
        if !more {
            filler.add(std::mem::take(&mut group));
        }
    }
    filler.add(group);
    filler.page.height = filler.y;
    filler.pages.push(filler.page);
    filler.pages
}

struct Filler {
    area: Area,
    pages: Vec<Sketch>,
    page: Sketch,
    y: f32,
    empty: bool,
}

impl Filler {
    /// Adds pieces that stay together, unless they are higher than a page.
    fn add(&mut self, group: Vec<Piece>) {
        let Some(first) = group.first() else { return };
        let reserve = group.last().map_or(0.0, |p| p.reserve);
        let height =
            |pieces: &[Piece]| -> f32 { pieces.iter().map(|p| p.gap + p.sketch.height).sum::<f32>() };
        let head = first.frame.as_ref().map_or(0.0, |f| f.head.height)
            + first.carry.as_ref().map_or(0.0, |c| c.height);
        let dropped = if self.empty { first.gap } else { 0.0 };
        let needed = height(&group) - dropped + reserve;
        let fits_here = self.y + needed <= self.area.bottom;
        let fits_a_page = head + height(&group) - first.gap + reserve <= self.area.height();
        if !fits_here && fits_a_page {
            self.turn(&first.clone());
        }
        for piece in group {
            self.place(piece);
        }
    }

    fn place(&mut self, piece: Piece) {
        let gap = if self.empty { 0.0 } else { piece.gap };
        if !self.empty && self.y + gap + piece.sketch.height > self.area.bottom {
            self.turn(&piece);
        } else {
            self.y += gap;
        }
        let height = piece.sketch.height;
        self.page.stamp(0.0, self.y, piece.sketch);
        self.y += height;
        self.empty = false;
    }

    /// Ends the page before `next`, carrying over what its table carries.
    fn turn(&mut self, next: &Piece) {
        if let Some(carry) = &next.carry {
            self.page.stamp(0.0, self.y, carry.clone().tagged(Tag::Artifact));
        }
        self.page.height = self.y + next.carry.as_ref().map_or(0.0, |c| c.height);
        self.pages.push(std::mem::take(&mut self.page));
        self.y = self.area.next_top;
        self.empty = true;
        let frame = next.frame.iter().map(|f| &f.head);
        for repeated in frame.chain(&next.carry) {
            self.page.stamp(0.0, self.y, repeated.clone().tagged(Tag::Artifact));
            self.y += repeated.height;
        }
    }
}
