//! Photos: turned upright and scaled down until they fit into a size budget.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

use super::super::error::RenderError;
use super::{Data, Problem, photo_budget, raster, refuse};

/// The widest and highest photo that is read: 200 megapixels square.
const MOST_PHOTO_PIXELS: u32 = 16_384;
/// Memory a decoder may take.
const MOST_MEMORY: u64 = 512 * 1024 * 1024;

/// The longer side in pixels and the quality, from the best downwards: on a page a photo is about 52
/// mm wide, where 1280 pixels are more than a printer shows but let a reader look closer.
const STEPS: [(u32, u8); 8] =
    [(1280, 80), (1120, 75), (960, 72), (800, 70), (640, 66), (480, 60), (320, 50), (200, 40)];

/// A photo as a JPEG file that is fit for the page: upright, without metadata about place and camera,
/// and small enough for one of `count` on a document. One that already is comes back as it is.
///
/// # Errors
/// When the file is no JPEG, PNG or WebP, broken or too large; `field` says which photo it is.
pub fn reduced_photo(bytes: &[u8], count: usize, field: &str) -> Result<Vec<u8>, RenderError> {
    reduced(bytes, photo_budget(count)).map_err(|p| p.of(&format!("The photo {field}")))
}

pub(super) fn reduced(bytes: &[u8], budget: usize) -> Result<Vec<u8>, Problem> {
    if bytes.len() <= budget && is_plain_jpeg(bytes) {
        return Ok(bytes.to_vec());
    }
    let photo = decode(bytes)?;
    let mut smallest = Vec::new();
    for (side, quality) in STEPS {
        let longest = photo.width().max(photo.height());
        let scaled =
            if longest > side { photo.resize(side, side, FilterType::Triangle) } else { photo.clone() };
        smallest.clear();
        JpegEncoder::new_with_quality(&mut smallest, quality)
            .encode_image(&scaled)
            .map_err(|why| refuse(format!("it cannot be scaled ({why})"), "Save it as a JPEG file"))?;
        if smallest.len() <= budget {
            break;
        }
    }
    Ok(smallest)
}

/// Whether a file goes into the PDF as it is: a JPEG without metadata, which tells where a photo was
/// taken, and may say that it lies on its side.
fn is_plain_jpeg(bytes: &[u8]) -> bool {
    let exif = bytes.windows(6).take(64 * 1024).any(|w| w == b"Exif\0\0");
    !exif
        && bytes.starts_with(&[0xFF, 0xD8, 0xFF])
        && raster::jpeg(bytes).is_ok_and(|p| matches!(p.data, Data::Jpeg { components: 1 | 3, .. }))
        && decode(bytes).is_ok()
}

/// The photo upright, on white where it was transparent.
fn decode(bytes: &[u8]) -> Result<DynamicImage, Problem> {
    let broken = |why: image::ImageError| match why {
        image::ImageError::Unsupported(_) => {
            refuse("the file is neither JPEG nor PNG nor WebP", "Save the photo as a JPEG file")
        }
        image::ImageError::Limits(_) => refuse("the photo is too large", "Take it with fewer pixels"),
        why => refuse(format!("the file is damaged ({why})"), "Take or copy the photo again"),
    };
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) && !raster::is_whole_jpeg(bytes) {
        return Err(refuse("the file is damaged (its end is missing)", "Take or copy the photo again"));
    }
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| broken(e.into()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PHOTO_PIXELS);
    limits.max_image_height = Some(MOST_PHOTO_PIXELS);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut photo = DynamicImage::from_decoder(decoder).map_err(broken)?;
    photo.apply_orientation(orientation);
    Ok(DynamicImage::ImageRgb8(if photo.color().has_alpha() { on_white(&photo) } else { photo.into_rgb8() }))
}

fn on_white(photo: &DynamicImage) -> RgbImage {
    let photo = photo.to_rgba8();
    let mut flat = RgbImage::new(photo.width(), photo.height());
    for (to, from) in flat.pixels_mut().zip(photo.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let blend = |c: u32| u8::try_from((c * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        to.0 = [blend(red), blend(green), blend(blue)];
    }
    flat
}
