//! The part of a font that a document uses, as it goes into the file.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustybuzz::ttf_parser::{RawFace, Tag};
use subsetter::GlyphRemapper;

use super::error::RenderError;
use super::fonts::{BUILT_IN, FaceIndex, TypeFace};
use super::pictures::Deflater;

/// So many parts of the built-in faces are kept: half a megabyte.
const REMEMBERED: usize = 48;

/// A font with some of its glyphs, deflated.
#[derive(Debug)]
pub(super) struct Part {
    /// Its bytes before they were deflated.
    pub(super) length: usize,
    /// Its bytes.
    pub(super) deflated: Vec<u8>,
}

type Known = HashMap<(FaceIndex, Vec<u16>), Arc<Part>>;

/// What earlier documents used: a page that is drawn again while somebody types, and the invoices of a
/// month with the same words and other figures, ask for the same glyphs.
fn known() -> &'static Mutex<Known> {
    static KNOWN: OnceLock<Mutex<Known>> = OnceLock::new();
    KNOWN.get_or_init(Mutex::default)
}

/// The part of a face with these glyphs, in their order; the first gets the number 1.
///
/// # Errors
/// When the font cannot be cut down.
pub(super) fn part(
    index: FaceIndex,
    face: &TypeFace<'_>,
    glyphs: &[u16],
    deflater: &mut Deflater,
) -> Result<Arc<Part>, RenderError> {
    let known = || known().lock().unwrap_or_else(PoisonError::into_inner);
    let key = (index, glyphs.to_vec());
    // The fallback font is the shop's and may be another one tomorrow.
    let lasting = index < BUILT_IN;
    if let Some(part) = lasting.then(|| known().get(&key).map(Arc::clone)).flatten() {
        return Ok(part);
    }
    let mut wanted = GlyphRemapper::new();
    for glyph in glyphs {
        wanted.remap(*glyph);
    }
    let bytes = subsetter::subset(face.bytes, 0, &wanted)
        .map_err(|why| RenderError::Internal(format!("the font {} cannot be cut down: {why}", face.name)))?;
    let bytes = if face.is_cff { bare(&bytes)? } else { bytes };
    let deflated = deflater.deflate(&bytes).map_err(|p| p.of("A font"))?;
    let part = Arc::new(Part { length: bytes.len(), deflated });
    if lasting {
        let mut known = known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, Arc::clone(&part));
    }
    Ok(part)
}

/// The PostScript outlines of a font without what is around them (ISO 32000-1, table 126).
fn bare(font: &[u8]) -> Result<Vec<u8>, RenderError> {
    let table = RawFace::parse(font, 0).ok().and_then(|face| face.table(Tag::from_bytes(b"CFF ")));
    table.map(<[u8]>::to_vec).ok_or_else(|| RenderError::Internal("a font lost its outlines".to_owned()))
}
