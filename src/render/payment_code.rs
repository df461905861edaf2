//! Codes to scan for paying.
//!
//! # Source
//! ISO/IEC 18004: error correction M, as the EPC's and SIX's guidelines both ask.

use fast_qr::{ECL, QRBuilder};

use super::error::RenderError;
use super::sketch::{Mark, Sketch};
use super::{Colour, INK};
use crate::domain::document::Document;
use crate::domain::payment::{self, Request};

/// White around the code, in modules.
const QUIET: f32 = 4.0;

/// What the document asks its reader to pay, and how.
///
/// # Errors
/// As [`payment::request`]; whoever draws has asked before, so that a refusal names its field.
pub(super) fn request(document: &Document) -> Result<Option<Request>, RenderError> {
    payment::request(document).map_err(|why| RenderError::Internal(why.to_string()))
}

/// `text` as a square of `side` points with its top left corner at the origin, white border included.
pub(super) fn bordered(text: &str, side: f32) -> Result<Sketch, RenderError> {
    let count = modules(text)?.size as f32;
    let border = side * QUIET / (count + 2.0 * QUIET);
    let mut sketch = Sketch { height: side, ..Sketch::default() };
    let white = Colour::new(255, 255, 255);
    sketch.marks.push(Mark::Fill { x: 0.0, y: 0.0, width: side, height: side, colour: white });
    sketch.stamp(border, border, square(text, side - 2.0 * border, INK)?);
    Ok(sketch)
}

/// `text` as a square of `side` points without a border.
pub(super) fn square(text: &str, side: f32, colour: Colour) -> Result<Sketch, RenderError> {
    let code = modules(text)?;
    let count = code.size;
    let module = side / count as f32;
    let mut sketch = Sketch { height: side, ..Sketch::default() };
    for (row, modules) in code.data.chunks(count).take(count).enumerate() {
        let y = row as f32 * module;
        let mut at = 0;
        // Neighbours are drawn as one bar, without hairlines between them.
        for bar in modules.chunk_by(|a, b| a.value() == b.value()) {
            if bar.first().is_some_and(|m| m.value()) {
                let x = at as f32 * module;
                let width = bar.len() as f32 * module;
                sketch.marks.push(Mark::Fill { x, y, width, height: module, colour });
            }
            at += bar.len();
        }
    }
    Ok(sketch)
}

fn modules(text: &str) -> Result<fast_qr::QRCode, RenderError> {
    QRBuilder::new(text)
        .ecl(ECL::M)
        .build()
        .map_err(|why| RenderError::Internal(format!("no payment code can be made: {why:?}")))
}
