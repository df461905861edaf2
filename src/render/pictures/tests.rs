//! Pictures as they come out of phones and drawing programs.

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

/// The pixels a picture is printed with.
fn printed(picture: &Picture) -> Vec<[u8; 3]> {
    let Data::Flat { samples, colours } = &picture.data else { panic!("not of pixels") };
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(&samples[..]), &mut bytes).unwrap();
    let (width, height) = (picture.width as usize, picture.height as usize);
    let row = bytes.len() / height;
    (0..width * height)
        .map(|i| match colours {
            Colours::Grey => [bytes[i]; 3],
            Colours::Full => bytes[3 * i..3 * i + 3].try_into().unwrap(),
            Colours::Palette { bits, colours } => {
                let bit = i % width * usize::from(*bits);
                let byte = bytes[i / width * row + bit / 8] << (bit % 8) >> (8 - bits);
                colours[3 * usize::from(byte)..3 * usize::from(byte) + 3].try_into().unwrap()
            }
        })
        .collect()
}

#[test]
fn every_pixel_is_printed_as_it_looks_on_paper() {
    for (count, space) in [(1, "1"), (2, "1"), (3, "2"), (5, "4"), (17, "8"), (256, "8"), (257, "Full")] {
        // Odd widths end in the middle of a byte.
        let pixels: Vec<[u8; 3]> = (0..7 * 41_u32)
            .map(|i| [u8::try_from(i % count % 256).unwrap(), u8::from(i % count > 255), 7])
            .collect();
        let read = logo(&png_of(7, 41, png::ColorType::Rgb, &pixels.concat())).unwrap().0;
        assert_eq!(printed(&read), pixels, "{count} colours");
        let Data::Flat { colours, .. } = &read.data else { panic!("not of pixels") };
        let found = match colours {
            Colours::Palette { bits, .. } => bits.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(found, space, "{count} colours");
    }
    let clear =
        logo(&png_of(1, 3, png::ColorType::Rgba, &[1, 2, 3, 0, 0, 100, 200, 51, 5, 6, 7, 255])).unwrap();
    assert_eq!(printed(&clear.0), [[255, 255, 255], [204, 224, 244], [5, 6, 7]]);
    let grey = logo(&png_of(1, 2, png::ColorType::GrayscaleAlpha, &[9, 255, 9, 0])).unwrap();
    assert_eq!(printed(&grey.0), [[9, 9, 9], [255, 255, 255]]);
}

#[test]
fn broken_foreign_and_huge_files_are_refused_with_what_to_do() {
    let mut cut = png_of(8, 8, png::ColorType::Grayscale, &[7; 64]);
    cut.truncate(cut.len() / 2);
    let huge = png_of(4001, 1, png::ColorType::Grayscale, &[0; 4001]);
    let jpeg_without_end = [0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10, 0x4A];
    let too_long = vec![0x89; MOST_PICTURE_BYTES + 1];
    for (bytes, word) in [
        (&b"GIF89a"[..], "neither SVG nor PNG"),
        (&b""[..], "neither SVG nor PNG"),
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
    // The picture itself, and its end.
    let file = [&file[..], &[0xFF, 0xDA, 0, 2, 1, 2, 3, 0xFF, 0xD9]].concat();
    let broken = logo(&file[..file.len() - 2]).unwrap_err().to_string();
    assert!(broken.contains("its end is missing"), "{broken}");
    let read = logo(&file).unwrap();
    assert_eq!((read.0.width, read.0.height), (30, 20));
    assert!(matches!(read.0.data, Data::Jpeg { file: f, components: 1, .. } if *f == file));
}

/// A picture no encoder makes small: every point another colour.
fn noise(width: u32, height: u32) -> image::RgbImage {
    let mut state = 1_u32;
    image::RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, red, green, blue] = state.to_be_bytes();
        image::Rgb([red, green, blue])
    })
}

fn jpeg_of(picture: &image::RgbImage) -> Vec<u8> {
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 90).encode_image(picture).unwrap();
    out
}

/// The same file with an Exif block that says how it lies, as phones write it.
fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"somewhere in Galway");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length[..], &exif, &jpeg[2..]].concat()
}

#[test]
fn photos_get_small_enough_however_many_there_are() {
    let photo = jpeg_of(&noise(900, 700));
    for count in [1, 20] {
        let reduced = reduced_photo(&photo, count, "job.photos[0].image").unwrap();
        assert!(reduced.len() <= photo_budget(count), "{} bytes, one of {count}", reduced.len());
        assert_eq!(reduced_photo(&reduced, count, "x").unwrap(), reduced, "what fits stays as it is");
    }
    assert!(photo_budget(20) * 20 <= 1536 * 1024);
}

#[test]
fn photos_stand_upright_and_do_not_tell_where_they_were_taken() {
    let mut picture = image::RgbImage::from_pixel(60, 20, image::Rgb([255, 255, 255]));
    for y in 0..20 {
        (0..20).for_each(|x| picture.put_pixel(x, y, image::Rgb([0, 0, 0])));
    }
    // 6: the top of what was seen is at the right of the file.
    let file = turned(&jpeg_of(&picture), 6);
    let reduced = reduced_photo(&file, 1, "x").unwrap();
    assert!(!reduced.windows(6).any(|w| w == b"Galway"));
    let upright = image::load_from_memory(&reduced).unwrap().into_luma8();
    assert_eq!(upright.dimensions(), (20, 60));
    assert!(upright.get_pixel(10, 5).0[0] < 60 && upright.get_pixel(10, 50).0[0] > 200);
}

#[test]
fn a_photo_that_is_none_is_refused_by_its_field() {
    let whole = jpeg_of(&noise(64, 64));
    let cut = &whole[..whole.len() / 3];
    for (bytes, word) in [(cut, "damaged"), (b"%PDF-1.7 not a photo", "neither"), (b"", "neither")] {
        let error = reduced_photo(bytes, 1, "job.photos[2].image").unwrap_err().to_string();
        assert!(error.contains("job.photos[2].image") && error.contains(word), "{error}");
    }
}

fn drawing(inside: &str) -> Vec<u8> {
    format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">{inside}</svg>"#).into_bytes()
}

#[test]
fn a_drawing_stays_one_and_what_cannot_be_drawn_becomes_pixels_or_is_refused() {
    let plain =
        drawing(r##"<path d="M0 0h40v20H0z" fill="#0b5a6b"/><circle cx="9" cy="9" r="5" stroke="red"/>"##);
    let read = logo(&plain).unwrap();
    assert!(matches!(read.0.data, Data::Drawing { .. }));
    assert_eq!(read.0.fit((100.0, 100.0)), (100.0, 50.0));
    let fading = drawing(
        r##"<defs><linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient></defs><path d="M0 0h20v20H0z" fill="url(#g)"/>"##,
    );
    let read = logo(&fading).unwrap();
    assert_eq!(printed(&read.0).last(), Some(&[255, 255, 255]), "the empty half shows the paper");
    for (inside, word) in [
        ("<text>Shop</text>", "paths"),
        (r#"<image href="file:///etc/passwd"/>"#, "PNG"),
        ("<path d=", "damaged"),
    ] {
        let error = logo(&drawing(inside)).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}
