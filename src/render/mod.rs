//! Documents as PDF.
//!
//! The way of a document: `labels` gives the words and `sheet` the measures of the paper, one file a
//! family lays out pieces (`invoice`, `job_card`, `plain`), `pages` fills pages with them, `letterhead`
//! or, on a receipt roll, `slip` adds what stands around them, and `emit`, `finish` and `file` write the
//! file. Nothing printed is computed here: sums come with the document, and only a carried-forward line
//! or a subtotal adds given amounts.
//!
//! Equal input gives equal bytes: there is no clock, no randomness and no I/O.

mod address;
mod archive;
mod attached;
mod checklist;
mod emit;
mod error;
mod file;
mod finish;
mod fonts;
mod information;
mod invoice;
mod job_card;
mod labels;
mod letterhead;
mod lines;
mod operators;
mod pages;
mod pairs;
mod payment_code;
mod photos;
mod pictures;
mod plain;
mod press;
mod preview;
mod sheet;
mod signatures;
mod sketch;
mod slip;
mod subset;
mod summary;
mod sums;
mod swiss_slip;
mod table;
mod tags;
#[cfg(test)]
mod tests;
mod text;
mod wrap;

use std::sync::Arc;

pub use attached::attached_xml;
pub use error::RenderError;
pub use labels::languages;
pub use payment_code::svg as code_picture;
pub use pictures::{Logo, MOST_PICTURE_BYTES, MOST_PICTURE_PIXELS, logo, reduced_photo};
pub use preview::{MOST_DPI, Preview};

use crate::domain::document::{Document, Exemption, Kind, TaxCategory};
use crate::domain::law;
use press::Press;

/// Running text.
const INK: Colour = Colour::new(0x1A, 0x1D, 0x21);
/// Labels and asides.
const SOFT: Colour = Colour::new(0x5B, 0x63, 0x6D);
/// Lines between rows.
const HAIRLINE: Colour = Colour::new(0xD5, 0xD9, 0xDE);
/// Behind boxes.
const PALE: Colour = Colour::new(0xF3, 0xF5, 0xF7);

/// A colour, red, green and blue from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl Colour {
    /// A colour of its parts.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }
}

/// How a shop's documents look.
#[derive(Debug, Clone)]
pub struct Look {
    /// Printed on top of the first page; without it the seller's name stands there.
    pub logo: Option<Logo>,
    /// Font files, TrueType or OpenType, for characters the built-in fonts lack; the first that has one
    /// prints it.
    pub fallback_fonts: Vec<Arc<[u8]>>,
    /// Colour of the title and the amount to pay.
    pub accent: Colour,
}

impl Default for Look {
    fn default() -> Self {
        Self { logo: None, fallback_fonts: Vec::new(), accent: Colour::new(0x0B, 0x5A, 0x6B) }
    }
}

/// What a document is called and asks for, as it says so itself: for the mail that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// The kind of document in its language.
    pub kind: String,
    /// The amount to pay, without the currency.
    pub payable: String,
    /// The day it is due.
    pub due_date: Option<String>,
    /// The day on it.
    pub issue_date: String,
    /// When the job is promised to be done.
    pub promised: Option<String>,
}

/// The caption of a document.
///
/// # Errors
/// [`RenderError::UnknownLanguage`].
pub fn caption(document: &Document) -> Result<Caption, RenderError> {
    let labels = labels::Language::of(&document.content.language)?;
    Ok(Caption {
        kind: labels.kind(document.content.kind).to_owned(),
        payable: labels.amount(document.totals.payable),
        due_date: document.content.due_date.map(|date| labels.date(date)),
        issue_date: labels.date(document.content.issue_date),
        promised: document
            .content
            .job
            .as_ref()
            .and_then(|job| job.promised_at)
            .map(|at| format!("{}, {}", labels.date(at.date()), at.format("%H:%M"))),
    })
}

/// The name of a kind of document in a language.
///
/// # Errors
/// [`RenderError::UnknownLanguage`].
pub fn kind_name(kind: Kind, language: &str) -> Result<&'static str, RenderError> {
    Ok(labels::Language::of(language)?.kind(kind))
}

/// Checks that a font file can be used as a fallback font.
///
/// # Errors
/// [`RenderError::FallbackFont`] says what is wrong with it.
pub fn check_font(bytes: &[u8]) -> Result<(), RenderError> {
    fonts::Fonts::new(std::iter::once(bytes)).map(|_| ())
}

/// Draws a document on its paper, on A4 when it names none.
///
/// Pure: the same document and look give the same bytes, whenever and wherever.
///
/// # Errors
/// See [`RenderError`]; each says what to do. Nothing is ever drawn with a character missing.
pub fn pdf(document: &Document, look: &Look) -> Result<Vec<u8>, RenderError> {
    draw(document, look, None)
}

/// Draws a document as a tagged PDF/A-3 that carries `xml`, its data, as Factur-X and ZUGFeRD want it.
///
/// The structure reaches as far as the layout knows: title, headings, paragraphs, tables with their
/// rows, heads and cells, pictures with words for them, the rest marked as decoration. The file
/// claims level B, which needs no structure, so that a reader's check never hangs on it.
///
/// # Errors
/// As [`pdf`]; and a CMYK logo is refused, whose colours PDF/A cannot take.
pub fn hybrid(document: &Document, look: &Look, xml: &[u8]) -> Result<Vec<u8>, RenderError> {
    if look.logo.as_ref().is_some_and(|logo| logo.0.is_cmyk()) {
        return Err(RenderError::Picture {
            picture: "The logo".to_owned(),
            problem: "it is in the colours of a printing press (CMYK), which a PDF/A e-invoice cannot hold"
                .to_owned(),
            remedy: "Save it as a PNG file",
        });
    }
    draw(document, look, Some(xml))
}

/// Why a document charges no tax in `category`, in its language, as the page says it (EN 16931 BT-120).
#[must_use]
pub fn tax_reason(document: &Document, category: TaxCategory) -> Option<String> {
    let labels = labels::Language::of(&document.content.language).ok()?;
    let notes = &document.content.tax_notes;
    if category != TaxCategory::Exempt {
        return labels.tax_note(category).map(str::to_owned);
    }
    let words = notes.exemption.map(|e| labels.exemption(e));
    let country = document.seller.address.as_ref().map_or("", |a| a.country.as_str());
    let small = notes.exemption == Some(Exemption::SmallBusiness);
    let law = small.then(|| law::small_business_law(country)).flatten();
    // The seller's own reason takes the place of the paragraph, and of the general words.
    match (words, notes.reason.as_deref(), law) {
        (Some(words), Some(reason), _) => Some(format!("{words} {}", text::clean(reason))),
        (Some(words), None, Some(law)) => Some(format!("{} ({law}).", words.trim_end_matches('.'))),
        (Some(words), None, None) => Some(words.to_owned()),
        (None, Some(reason), _) => Some(text::clean(reason)),
        (None, None, _) => labels.tax_note(category).map(str::to_owned),
    }
}

fn draw(document: &Document, look: &Look, xml: Option<&[u8]>) -> Result<Vec<u8>, RenderError> {
    if document.totals.lines.len() != document.content.lines.len() {
        // Going on would lose lines without a word.
        return Err(RenderError::Internal("the totals belong to other lines".to_owned()));
    }
    let press = Press::new(document, look)?;
    let pieces = match document.content.kind {
        Kind::Report | Kind::Notification => plain::pieces(&press)?,
        Kind::JobCard => job_card::pieces(&press)?,
        _ => invoice::pieces(&press)?,
    };
    let pages = match press.sheet.letter {
        Some(form) => letterhead::bind(&press, form, pieces)?,
        None => slip::bind(&press, pieces)?,
    };
    press.setter.forget();
    emit::emit(pages, &press.setter.fonts, &press.pictures(), &press.facts(), xml)
}
