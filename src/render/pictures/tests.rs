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

#[test]
fn transparency_is_kept_and_full_opacity_costs_nothing() {
    let clear = logo(&png_of(1, 2, png::ColorType::Rgba, &[1, 2, 3, 4, 5, 6, 7, 8])).unwrap();
    assert!(matches!(clear.0.data, Data::Flat { alpha: Some(_), grey: false, .. }));
    let solid = logo(&png_of(1, 1, png::ColorType::GrayscaleAlpha, &[9, 255])).unwrap();
    assert!(matches!(solid.0.data, Data::Flat { alpha: None, grey: true, .. }));
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
    let read = logo(&file).unwrap();
    assert_eq!((read.0.width, read.0.height), (30, 20));
    assert!(matches!(read.0.data, Data::Jpeg { file: f, components: 1, .. } if *f == file));
}
