//! Codes to scan for paying.
//!
//! # Source
//! ISO/IEC 18004: error correction M, as the EPC's and SIX's guidelines both ask.

use std::fmt::Write as _;
use std::rc::Rc;

use fast_qr::{ECL, QRBuilder};

use super::error::RenderError;
use super::sketch::{Mark, Modules, Sketch};
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
    let code = modules(text)?;
    let border = side * QUIET / (code.count as f32 + 2.0 * QUIET);
    let mut sketch = Sketch { height: side, ..Sketch::default() };
    let white = Colour::new(255, 255, 255);
    sketch.marks.push(Mark::Fill { x: 0.0, y: 0.0, width: side, height: side, colour: white });
    sketch.marks.push(Mark::Code { x: border, y: border, side: side - 2.0 * border, code, colour: INK });
    Ok(sketch)
}

/// `text` as a square of `side` points without a border.
pub(super) fn square(text: &str, side: f32, colour: Colour) -> Result<Sketch, RenderError> {
    let code = modules(text)?;
    Ok(Sketch { height: side, marks: vec![Mark::Code { x: 0.0, y: 0.0, side, code, colour }] })
}

/// `text` as a picture for a screen: black on white with its border, one unit a module.
///
/// # Errors
/// [`RenderError::Internal`] when it is too long for a code.
pub fn svg(text: &str) -> Result<String, RenderError> {
    let code = modules(text)?;
    let side = code.count + 2 * QUIET as usize;
    let mut path = String::new();
    for (column, row, length) in &code.bars {
        let _ = write!(path, "M{column} {row}h{length}v1h-{length}z");
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-{QUIET} -{QUIET} {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M-{QUIET} -{QUIET}h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    ))
}

fn modules(text: &str) -> Result<Rc<Modules>, RenderError> {
    let code = QRBuilder::new(text)
        .ecl(ECL::M)
        .build()
        .map_err(|why| RenderError::Internal(format!("no payment code can be made: {why:?}")))?;
    let mut bars = Vec::new();
    for (row, modules) in (0_u16..).zip(code.data.chunks(code.size).take(code.size)) {
        let mut column = 0;
        // Neighbours are drawn as one bar.
        for bar in modules.chunk_by(|a, b| a.value() == b.value()) {
            let length = u16::try_from(bar.len()).unwrap_or(u16::MAX);
            if bar.first().is_some_and(|m| m.value()) {
                bars.push((column, row, length));
            }
            column += length;
        }
    }
    Ok(Rc::new(Modules { count: code.size, bars }))
}
