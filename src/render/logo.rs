//! The shop's logo: a PNG or a JPEG, made ready for a PDF once.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::error::RenderError;

/// The largest logo file, in bytes.
pub const MOST_LOGO_BYTES: usize = 2 * 1024 * 1024;
/// The widest and highest logo, in pixels.
pub const MOST_LOGO_PIXELS: u32 = 4000;

/// A logo that can be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
    /// Its pixels.
    pub(super) pixels: Pixels,
}

/// Pixels as a PDF carries them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pixels {
    /// A JPEG file as it is; the number of its components, and whether they are inverted (Adobe CMYK).
    Jpeg { file: Vec<u8>, components: u8, inverted: bool },
    /// Deflated samples of eight bits, grey or RGB, and their opacity.
    Flat { samples: Vec<u8>, grey: bool, alpha: Option<Vec<u8>> },
}

impl Logo {
    /// Whether its colours are those of a printing press.
    pub(super) fn is_cmyk(&self) -> bool {
        matches!(self.pixels, Pixels::Jpeg { components: 4, .. })
    }
}

fn refuse(problem: impl Into<String>, remedy: &'static str) -> RenderError {
    RenderError::Logo { problem: problem.into(), remedy }
}

/// Reads a logo from the bytes of a PNG (transparency is kept) or a JPEG file.
///
/// # Errors
/// When the file is neither, is broken, larger than [`MOST_LOGO_BYTES`], or wider or higher than
/// [`MOST_LOGO_PIXELS`]; the shop saves it again as the message says.
pub fn logo(bytes: &[u8]) -> Result<Logo, RenderError> {
    if bytes.len() > MOST_LOGO_BYTES {
        return Err(refuse(
            format!("the file has {} bytes; at most {MOST_LOGO_BYTES} are allowed", bytes.len()),
            "Save it smaller; 600 pixels wide is enough",
        ));
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        png_logo(bytes)
    } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        jpeg_logo(bytes)
    } else {
        Err(refuse("the file is neither PNG nor JPEG", "Save the picture as a PNG file"))
    }
}

fn check_size(width: u32, height: u32) -> Result<(), RenderError> {
    if width == 0 || height == 0 {
        return Err(refuse("the picture is empty", "Save it again as a PNG file"));
    }
    if width > MOST_LOGO_PIXELS || height > MOST_LOGO_PIXELS {
        return Err(refuse(
            format!("it is {width} by {height} pixels; at most {MOST_LOGO_PIXELS} are allowed either way"),
            "Save it smaller; 600 pixels wide is enough",
        ));
    }
    Ok(())
}

fn png_logo(bytes: &[u8]) -> Result<Logo, RenderError> {
    let broken = |why: png::DecodingError| {
        refuse(format!("the PNG file is damaged ({why})"), "Save it again as a PNG file")
    };
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(broken)?;
    let (width, height) = reader.info().size();
    check_size(width, height)?;
    let size =
        reader.output_buffer_size().ok_or_else(|| refuse("the picture is too large", "Save it smaller"))?;
    let mut samples = vec![0; size];
    let frame = reader.next_frame(&mut samples).map_err(broken)?;
    samples.truncate(frame.buffer_size());
    let (channels, grey, has_alpha) = match frame.color_type {
        png::ColorType::Grayscale => (1, true, false),
        png::ColorType::GrayscaleAlpha => (2, true, true),
        png::ColorType::Rgb => (3, false, false),
        png::ColorType::Rgba => (4, false, true),
        png::ColorType::Indexed => {
            return Err(refuse(
                "its palette cannot be read",
                "Save it again as a PNG file with full colours",
            ));
        }
    };
    let mut colours = Vec::with_capacity(samples.len());
    let mut alpha = Vec::new();
    for pixel in samples.chunks_exact(channels) {
        match pixel.split_last() {
            Some((opacity, colour)) if has_alpha => {
                colours.extend_from_slice(colour);
                alpha.push(*opacity);
            }
            _ => colours.extend_from_slice(pixel),
        }
    }
    let opaque = alpha.iter().all(|a| *a == u8::MAX);
    Ok(Logo {
        width,
        height,
        pixels: Pixels::Flat {
            samples: deflate(&colours)?,
            grey,
            alpha: if opaque { None } else { Some(deflate(&alpha)?) },
        },
    })
}

/// Reads a JPEG's size and components from its frame header; the file itself goes into the PDF.
///
/// # Source
/// ITU-T T.81, annex B.
fn jpeg_logo(bytes: &[u8]) -> Result<Logo, RenderError> {
    let broken = || refuse("the JPEG file is damaged", "Save it again as a PNG file");
    let mut at = 2;
    let mut adobe = false;
    loop {
        let &[0xFF, marker, high, low] = bytes.get(at..at + 4).ok_or_else(broken)? else {
            return Err(broken());
        };
        if marker == 0xFF {
            at += 1;
            continue;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let body = bytes.get(at + 4..at + 2 + length).ok_or_else(broken)?;
        match marker {
            0xEE => adobe = body.starts_with(b"Adobe"),
            // Baseline, extended and progressive: those PDF readers take (ISO 32000-1, 7.4.8).
            0xC0..=0xC2 => {
                let &[bits, h1, h2, w1, w2, components, ..] = body else {
                    return Err(broken());
                };
                let width = u32::from(u16::from_be_bytes([w1, w2]));
                let height = u32::from(u16::from_be_bytes([h1, h2]));
                check_size(width, height)?;
                if bits != 8 || !matches!(components, 1 | 3 | 4) {
                    return Err(refuse("this form of JPEG cannot be printed", "Save it as a PNG file"));
                }
                return Ok(Logo {
                    width,
                    height,
                    pixels: Pixels::Jpeg {
                        file: bytes.to_vec(),
                        components,
                        inverted: adobe && components == 4,
                    },
                });
            }
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(refuse("this form of JPEG cannot be printed", "Save it as a PNG file"));
            }
            0xDA | 0xD9 => return Err(broken()),
            _ => {}
        }
        at += 2 + length;
    }
}

/// Deflates at level 6: nearly as small as the best level, in a third of the time.
pub(super) fn deflate(bytes: &[u8]) -> Result<Vec<u8>, RenderError> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::new(6));
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|why| RenderError::Internal(format!("compression failed: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32, colour: png::ColorType, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(data).unwrap();
        writer.finish().unwrap();
        out
    }

    #[test]
    fn transparency_is_kept_and_full_opacity_costs_nothing() {
        let clear = logo(&png_of(1, 2, png::ColorType::Rgba, &[1, 2, 3, 4, 5, 6, 7, 8])).unwrap();
        assert!(matches!(clear.pixels, Pixels::Flat { alpha: Some(_), grey: false, .. }));
        let solid = logo(&png_of(1, 1, png::ColorType::GrayscaleAlpha, &[9, 255])).unwrap();
        assert!(matches!(solid.pixels, Pixels::Flat { alpha: None, grey: true, .. }));
    }

    #[test]
    fn broken_foreign_and_huge_files_are_refused_with_what_to_do() {
        let mut cut = png_of(8, 8, png::ColorType::Grayscale, &[7; 64]);
        cut.truncate(cut.len() / 2);
        let huge = png_of(4001, 1, png::ColorType::Grayscale, &[0; 4001]);
        let jpeg_without_end = [0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10, 0x4A];
        let too_long = vec![0x89; MOST_LOGO_BYTES + 1];
        for (bytes, word) in [
            (&b"GIF89a"[..], "neither PNG nor JPEG"),
            (&b""[..], "neither PNG nor JPEG"),
            (&cut, "damaged"),
            (&jpeg_without_end, "damaged"),
            (&huge, "4001"),
            (&too_long, "bytes"),
        ] {
            let error = logo(bytes).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("Save"), "{error}");
        }
    }

    #[test]
    fn a_jpeg_goes_through_as_it_is() {
        let file = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC0, 0, 11, 8, 0, 20, 0, 30, 1, 1, 0x11, 0];
        let read = logo(&file).unwrap();
        assert_eq!((read.width, read.height), (30, 20));
        assert!(matches!(read.pixels, Pixels::Jpeg { file: f, components: 1, .. } if f == file));
    }
}
