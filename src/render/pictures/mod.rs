//! Pictures: the shop's logo, photos, signatures; made ready for a PDF once.

mod photo;
mod raster;
mod svg;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use flate2::{Compress, Compression, FlushCompress, Status};

use super::error::RenderError;
pub use photo::reduced_photo;

/// The largest logo or signature file, in bytes.
pub const MOST_PICTURE_BYTES: usize = 2 * 1024 * 1024;
/// The widest and highest logo or signature, in pixels.
pub const MOST_PICTURE_PIXELS: u32 = 4000;

/// A logo that can be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo(pub(super) Picture);

/// A picture as a PDF carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// Width in pixels or, for a drawing, in its own units.
    pub(super) width: u32,
    /// Height in the same.
    pub(super) height: u32,
    /// What is on it.
    pub(super) data: Data,
}

/// What is on a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    /// A JPEG file as it is; the number of its components, and whether they are inverted (Adobe CMYK).
    Jpeg { file: Arc<[u8]>, components: u8, inverted: bool },
    /// Deflated samples, and what they stand for.
    Flat { samples: Arc<[u8]>, colours: Colours },
    /// Deflated PDF operators that draw on a square of 1 by 1.
    Drawing { operators: Arc<[u8]> },
}

/// What the samples of a picture stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Colours {
    /// A grey in eight bits.
    Grey,
    /// Red, green and blue in eight bits each.
    Full,
    /// The number, in so many bits, of one of these colours.
    Palette { bits: u8, colours: Arc<[u8]> },
}

impl Picture {
    /// Whether its colours are those of a printing press.
    pub(super) fn is_cmyk(&self) -> bool {
        matches!(self.data, Data::Jpeg { components: 4, .. })
    }

    /// Its size when it is made to fit into `room`.
    pub(super) fn fit(&self, room: (f32, f32)) -> (f32, f32) {
        let (width, height) = (self.width.max(1) as f32, self.height.max(1) as f32);
        let scale = (room.0 / width).min(room.1 / height);
        (width * scale, height * scale)
    }
}

/// Why a picture cannot be printed.
#[derive(Debug)]
pub(super) struct Problem {
    what: String,
    remedy: &'static str,
}

fn refuse(what: impl Into<String>, remedy: &'static str) -> Problem {
    Problem { what: what.into(), remedy }
}

impl Problem {
    /// The same, saying which picture it is.
    pub(super) fn of(self, picture: &str) -> RenderError {
        RenderError::Picture { picture: picture.to_owned(), problem: self.what, remedy: self.remedy }
    }
}

/// Reads a logo from the bytes of an SVG, a PNG or a JPEG file; what is transparent shows the paper.
///
/// An SVG stays a drawing; one with gradients, masks, filters or transparency becomes pixels.
///
/// # Errors
/// When the file is none of these, is broken, larger than [`MOST_PICTURE_BYTES`], or wider or higher
/// than [`MOST_PICTURE_PIXELS`]; the shop saves it again as the message says.
pub fn logo(bytes: &[u8]) -> Result<Logo, RenderError> {
    picture(bytes).map(Logo).map_err(|p| p.of("The logo"))
}

/// Reads a logo or a signature.
pub(super) fn picture(bytes: &[u8]) -> Result<Picture, Problem> {
    if bytes.len() > MOST_PICTURE_BYTES {
        return Err(refuse(
            format!("the file has {} bytes; at most {MOST_PICTURE_BYTES} are allowed", bytes.len()),
            "Save it smaller; 600 pixels wide is enough",
        ));
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        raster::png(bytes)
    } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        let picture = raster::jpeg(bytes)?;
        // The file goes into the PDF as it is: readers would show the half of it that is there.
        if raster::is_whole_jpeg(bytes) {
            return Ok(picture);
        }
        Err(refuse("the JPEG file is damaged (its end is missing)", "Save it again as a PNG file"))
    } else if svg::is_svg(bytes) {
        svg::svg(bytes)
    } else {
        Err(refuse("the file is neither SVG nor PNG nor JPEG", "Save the picture as a PNG file"))
    }
}

/// Reads a photo, scaled down to at most `budget` bytes.
pub(super) fn photo(bytes: &[u8], budget: usize) -> Result<Picture, Problem> {
    raster::jpeg(&photo::reduced(bytes, budget)?)
}

/// How many bytes one of `count` photos may take, so that a document stays fit for mail.
pub(super) fn photo_budget(count: usize) -> usize {
    (PHOTOS_BUDGET / count.max(1)).min(MOST_PHOTO_BYTES)
}

/// What all photos of a document take at most.
const PHOTOS_BUDGET: usize = 1536 * 1024;
/// What one photo takes at most: enough for 1280 by 960 pixels.
const MOST_PHOTO_BYTES: usize = 192 * 1024;

/// Deflates what is made for one document at level 3: a page is two in a hundred larger than at level 6 and
/// drawn in nine tenths of the time.
///
/// Its tables are larger than most of what it is given, so one serves a whole file.
pub(super) struct Deflater(Compress);

impl Deflater {
    pub(super) fn new() -> Self {
        Self(Compress::new(Compression::new(3), true))
    }

    pub(super) fn deflate(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        self.0.reset();
        let mut smaller = Vec::with_capacity(bytes.len() / 2 + 64);
        loop {
            let read = usize::try_from(self.0.total_in()).unwrap_or(usize::MAX);
            let rest = bytes.get(read..).unwrap_or_default();
            match self.0.compress_vec(rest, &mut smaller, FlushCompress::Finish) {
                Ok(Status::StreamEnd) => return Ok(smaller),
                Ok(_) => smaller.reserve(smaller.len() / 2 + 64),
                Err(why) => return Err(refuse(format!("compression failed: {why}"), "Please report it")),
            }
        }
    }
}

/// Deflates a picture.
fn deflate(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    Deflater::new().deflate(bytes)
}
