//! The press: a document, its look, its language and its paper, and what all families draw with.

use std::cell::RefCell;

use super::error::RenderError;
use super::finish::Facts;
use super::fonts::Fonts;
use super::labels::{Language, Word};
use super::pictures::Picture;
use super::sheet::Sheet;
use super::sketch::{Mark, Piece, Sketch};
use super::tags::Tag;
use super::text::{Style, Typesetter, clean};
use super::{Colour, Look};
use crate::domain::document::{Document, Paper};

/// Between a label and the value beside it.
const LABEL_GAP: f32 = 8.0;

/// All that drawing one document needs.
pub(super) struct Press<'a> {
    pub(super) document: &'a Document,
    pub(super) look: &'a Look,
    pub(super) setter: Typesetter<'a>,
    pub(super) language: Language,
    pub(super) sheet: Sheet,
    pictures: RefCell<Vec<Placed>>,
}

/// A picture on a page.
pub(super) struct Placed {
    /// The picture.
    pub(super) picture: Picture,
    /// What it shows, for a reader who does not see it.
    pub(super) alt: String,
}

impl<'a> Press<'a> {
    pub(super) fn new(document: &'a Document, look: &'a Look) -> Result<Self, RenderError> {
        let country = document.seller.address.as_ref().map_or("", |a| a.country.as_str());
        let language = Language::of(&document.content.language)?.of_seller(country);
        Ok(Self {
            document,
            look,
            setter: Typesetter::new(
                Fonts::new(look.fallback_fonts.iter().map(AsRef::as_ref))?,
                language.hyphens(),
            ),
            language,
            sheet: Sheet::of(document.content.paper.unwrap_or(Paper::A4)),
            pictures: RefCell::default(),
        })
    }

    /// A label.
    pub(super) fn word(&self, word: Word) -> &'static str {
        self.language.word(word)
    }

    /// Kind and number, as the title and the file say them.
    pub(super) fn title(&self) -> String {
        let kind = self.language.kind(self.document.content.kind);
        format!("{kind} {}", clean(&self.document.number))
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            title: self.title(),
            author: clean(&self.document.seller.name),
            language: clean(&self.document.content.language),
            date: self.document.content.issue_date,
        }
    }

    /// The shop's colour, as far as the paper takes colours.
    pub(super) fn accent(&self) -> Colour {
        if self.sheet.is_roll() { self.sheet.body.colour } else { self.look.accent }
    }

    /// A picture of this size at this place; `alt` says what it shows.
    pub(super) fn picture(
        &self,
        picture: Picture,
        alt: String,
        (x, y): (f32, f32),
        (width, height): (f32, f32),
    ) -> Mark {
        let mut pictures = self.pictures.borrow_mut();
        pictures.push(Placed { picture, alt });
        Mark::Picture { index: pictures.len() - 1, x, y, width, height }
    }

    /// The pictures that have been placed, by their index.
    pub(super) fn pictures(&self) -> Vec<Placed> {
        self.pictures.take()
    }

    /// How wide a column of these labels is, the space behind them included, but at most `most`.
    pub(super) fn label_width<L: AsRef<str>>(
        &self,
        rows: &[(L, String)],
        most: f32,
    ) -> Result<f32, RenderError> {
        let mut widest = 0.0_f32;
        for (name, _) in rows {
            widest = widest.max(self.setter.width(self.sheet.small, &clean(name.as_ref()))?);
        }
        // A little more than the widest, so that rounding does not break its line.
        Ok((widest + LABEL_GAP + 0.5).min(most))
    }

    /// How wide a column of labels on a roll is: a third, and less where a number beside it would be torn.
    pub(super) fn roll_label<L>(&self, rows: &[(L, String)]) -> Result<f32, RenderError> {
        let text = self.sheet.text;
        let mut widest = 0.0_f32;
        for word in rows.iter().flat_map(|(_, value)| value.split_whitespace()) {
            widest = widest.max(self.setter.width(self.sheet.body, word)?);
        }
        Ok((text * 0.36).min(text - widest - 0.5).max(text * 0.28))
    }

    /// Labels with values beside them.
    pub(super) fn pairs<L: AsRef<str>>(
        &self,
        rows: &[(L, String)],
        x: f32,
        label: f32,
        width: f32,
    ) -> Result<Sketch, RenderError> {
        let (body, small) = (self.sheet.body, self.sheet.small);
        let mut sketch = Sketch::default();
        for (name, value) in rows {
            let top = sketch.height;
            let mut names = Sketch::default();
            // The label's smaller type stands on the value's baseline.
            names.skip(body.baseline() - small.baseline());
            names.write(&self.setter, small, &clean(name.as_ref()), x, label - LABEL_GAP)?;
            sketch.stamp(0.0, top, names.clone());
            sketch.write(&self.setter, body, value, x + label, width - label)?;
            sketch.height = sketch.height.max(top + names.height);
        }
        Ok(sketch)
    }

    /// Labels with values below them, side by side in `columns` columns, row by row.
    pub(super) fn fields<L: AsRef<str>>(
        &self,
        fields: &[(L, String)],
        (x, width): (f32, f32),
        columns: usize,
    ) -> Result<Sketch, RenderError> {
        let gutter = 10.0;
        let column = (width + gutter) / columns.max(1) as f32;
        let mut sketch = Sketch::default();
        for (i, row) in fields.chunks(columns.max(1)).enumerate() {
            if i > 0 {
                sketch.skip(4.0);
            }
            let mut cells = Sketch::default();
            let mut at = x;
            for (name, value) in row {
                let mut cell = Sketch::default();
                cell.write(&self.setter, self.sheet.small, &clean(name.as_ref()), at, column - gutter)?;
                cell.write(&self.setter, self.sheet.body, value, at, column - gutter)?;
                cells.height = cells.height.max(cell.height);
                cells.stamp(0.0, 0.0, cell);
                at += column;
            }
            sketch.append(cells);
        }
        Ok(sketch)
    }

    /// A heading, kept with what follows.
    pub(super) fn heading(&self, text: &str) -> Result<Piece, RenderError> {
        let mut sketch = Sketch::default();
        sketch.write(&self.setter, self.sheet.heading, text, self.sheet.left, self.sheet.text)?;
        sketch.skip(2.0);
        Ok(Piece::new(self.sheet.body.size * 1.5, sketch.tagged(Tag::Heading)).glued())
    }

    /// The title over the content.
    pub(super) fn headline(&self) -> Result<Piece, RenderError> {
        let mut sketch = Sketch::default();
        let style = self.title_style();
        sketch.write(&self.setter, style, &self.title(), self.sheet.left, self.sheet.text)?;
        sketch.skip(4.0);
        Ok(Piece::new(0.0, sketch.tagged(Tag::Title)).glued())
    }

    pub(super) fn title_style(&self) -> Style {
        self.sheet.body.bold().sized(self.sheet.title).in_colour(self.accent())
    }

    /// A pale box behind all of `sketch`, the width of the text.
    pub(super) fn boxed(&self, sketch: &mut Sketch) {
        let (x, width, height) = (self.sheet.left, self.sheet.text, sketch.height);
        match self.sheet.pale {
            Some(colour) => sketch.marks.insert(0, Mark::Fill { x, y: 0.0, width, height, colour }),
            None => {
                for y in [0.0, height] {
                    sketch.rule(x, y, width, 0.5, self.sheet.soft);
                }
            }
        }
    }
}
