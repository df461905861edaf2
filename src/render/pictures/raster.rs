//! PNG and JPEG files, made ready for a PDF.

use std::collections::HashSet;
use std::io::Cursor;

use super::{Colours, Data, MOST_PICTURE_PIXELS, Picture, Problem, deflate, refuse};

fn check_size(width: u32, height: u32) -> Result<(), Problem> {
    if width == 0 || height == 0 {
        return Err(refuse("the picture is empty", "Save it again as a PNG file"));
    }
    if width > MOST_PICTURE_PIXELS || height > MOST_PICTURE_PIXELS {
        return Err(refuse(
            format!("it is {width} by {height} pixels; at most {MOST_PICTURE_PIXELS} are allowed either way"),
            "Save it smaller; 600 pixels wide is enough",
        ));
    }
    Ok(())
}

/// Reads a PNG file.
pub(super) fn png(bytes: &[u8]) -> Result<Picture, Problem> {
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
    let channels = match frame.color_type {
        png::ColorType::Grayscale => 1,
        png::ColorType::GrayscaleAlpha => 2,
        png::ColorType::Rgb => 3,
        png::ColorType::Rgba => 4,
        png::ColorType::Indexed => {
            return Err(refuse(
                "its palette cannot be read",
                "Save it again as a PNG file with full colours",
            ));
        }
    };
    let pixels = samples.chunks_exact(channels).map(|pixel| match *pixel {
        [grey] => [grey; 3],
        [grey, opacity] => on_white([grey; 3], opacity),
        [red, green, blue] => [red, green, blue],
        [red, green, blue, opacity] => on_white([red, green, blue], opacity),
        _ => [u8::MAX; 3],
    });
    flat((width, height), &pixels.collect::<Vec<_>>())
}

/// A colour as it looks on paper: pages are white, so that what is clear need not stay so in the file.
pub(super) fn on_white(colour: [u8; 3], opacity: u8) -> [u8; 3] {
    if opacity == u8::MAX {
        return colour;
    }
    let opacity = u32::from(opacity);
    colour.map(|part| {
        let part = u32::from(part) * opacity + 255 * (255 - opacity);
        u8::try_from((part + 127) / 255).unwrap_or(u8::MAX)
    })
}

/// A picture of these pixels, in the fewest bits that hold all of its colours.
pub(super) fn flat((width, height): (u32, u32), pixels: &[[u8; 3]]) -> Result<Picture, Problem> {
    let (colours, bytes) = match palette(pixels) {
        Some(palette) => {
            let bits = match palette.len() {
                0..=2 => 1,
                3..=4 => 2,
                5..=16 => 4,
                _ => 8,
            };
            let bytes = packed(pixels, width as usize, bits, &palette);
            (Colours::Palette { bits, colours: palette.concat().into() }, bytes)
        }
        None if pixels.iter().all(|[red, green, blue]| red == green && green == blue) => {
            (Colours::Grey, pixels.iter().map(|[grey, ..]| *grey).collect())
        }
        None => (Colours::Full, pixels.concat()),
    };
    Ok(Picture { width, height, data: Data::Flat { samples: deflate(&bytes)?.into(), colours } })
}

/// The colours in their order, unless there are more than a palette holds.
fn palette(pixels: &[[u8; 3]]) -> Option<Vec<[u8; 3]>> {
    let mut found = HashSet::new();
    let mut last = None;
    for pixel in pixels {
        // Neighbours are mostly of one colour.
        if last != Some(pixel) {
            last = Some(pixel);
            found.insert(*pixel);
            if found.len() > 256 {
                return None;
            }
        }
    }
    let mut palette: Vec<[u8; 3]> = found.into_iter().collect();
    palette.sort_unstable();
    Some(palette)
}

/// The places of the pixels' colours in the palette, each row beginning with a byte of its own.
fn packed(pixels: &[[u8; 3]], width: usize, bits: u8, palette: &[[u8; 3]]) -> Vec<u8> {
    let mut last = None;
    let mut number = |pixel: &[u8; 3]| match last {
        Some((colour, number)) if colour == *pixel => number,
        _ => {
            let number = palette.binary_search(pixel).ok().and_then(|at| u8::try_from(at).ok()).unwrap_or(0);
            last = Some((*pixel, number));
            number
        }
    };
    if bits == 8 {
        return pixels.iter().map(number).collect();
    }
    let mut bytes = Vec::with_capacity(pixels.len());
    for row in pixels.chunks(width.max(1)) {
        for group in row.chunks(usize::from(8 / bits)) {
            let mut byte = 0_u8;
            for place in 0..usize::from(8 / bits) {
                let number = group.get(place).map_or(0, &mut number);
                byte = byte.checked_shl(u32::from(bits)).unwrap_or(0) | number;
            }
            bytes.push(byte);
        }
    }
    bytes
}

/// Reads a JPEG's size and components from its frame header; the file itself goes into the PDF.
///
/// # Source
/// ITU-T T.81, annex B.
pub(super) fn jpeg(bytes: &[u8]) -> Result<Picture, Problem> {
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
                let inverted = adobe && components == 4;
                return Ok(Picture {
                    width,
                    height,
                    data: Data::Jpeg { file: bytes.into(), components, inverted },
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

/// Whether a JPEG file has its end. Decoders fill up what is missing with grey; a copy that broke off
/// must not become a photo of half a phone.
pub(super) fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        match bytes.get(at..at + 4) {
            Some(&[0xFF, 0xFF, ..]) => at += 1,
            // The picture itself begins: whatever programs add after its end may follow.
            Some(&[0xFF, 0xDA, ..]) => {
                return bytes.get(at..).is_some_and(|rest| rest.windows(2).any(|w| w == [0xFF, 0xD9]));
            }
            Some(&[0xFF, _, high, low]) => at += 2 + usize::from(u16::from_be_bytes([high, low])),
            _ => return false,
        }
    }
}
