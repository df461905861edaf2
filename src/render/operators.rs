//! What a page draws, as a PDF writes it.
//!
//! printpdf would take an operation a glyph; a page has thousands, so pages are written here and
//! printpdf builds the file around them.
//!
//! # Source
//! ISO 32000-1, annex A: the operators; 7.3.4.2: strings.

use super::Colour;
use super::fonts::FaceIndex;
use super::sketch::Modules;

/// The operators of one page as they are drawn.
#[derive(Debug, Default)]
pub(super) struct Operators {
    bytes: Vec<u8>,
    /// Height of the page: its origin is at the bottom.
    height: f32,
    fill: Option<Colour>,
    pen: Option<(Colour, f32)>,
    font: Option<(FaceIndex, f32)>,
    /// Where the string of the text drawn last ends.
    string_end: Option<usize>,
}

/// A glyph of a text: its code, and how far the pen goes back after it, in thousandths of an em.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code {
    pub(super) code: u16,
    pub(super) back: i32,
}

impl Operators {
    /// An empty page of this height.
    pub(super) fn new(height: f32) -> Self {
        Self { height, ..Self::default() }
    }

    /// The page, written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What follows is decoration.
    pub(super) fn begin_artifact(&mut self) {
        self.bytes.extend_from_slice(b"/Artifact BMC\n");
    }

    /// What follows belongs to an element of this type, under this number on the page.
    pub(super) fn begin_element(&mut self, role: &str, number: usize) {
        self.bytes.push(b'/');
        self.bytes.extend_from_slice(role.as_bytes());
        self.bytes.extend_from_slice(b" <</MCID ");
        integer(&mut self.bytes, i64::try_from(number).unwrap_or(i64::MAX));
        self.bytes.extend_from_slice(b">> BDC\n");
    }

    /// The end of what was begun last.
    pub(super) fn end(&mut self) {
        self.bytes.extend_from_slice(b"EMC\n");
    }

    /// A straight line.
    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), thick: f32, colour: Colour) {
        self.stroke(thick, colour);
        self.point(from);
        self.bytes.extend_from_slice(b"m ");
        self.point(to);
        self.bytes.extend_from_slice(b"l S\n");
    }

    /// A filled rectangle, its upper left corner at `at`.
    pub(super) fn fill(&mut self, at: (f32, f32), size: (f32, f32), colour: Colour) {
        self.ink(colour);
        self.rectangle(at, size);
        self.bytes.extend_from_slice(b"f\n");
    }

    /// The outline of a rectangle.
    pub(super) fn frame(&mut self, at: (f32, f32), size: (f32, f32), thick: f32, colour: Colour) {
        self.stroke(thick, colour);
        self.rectangle(at, size);
        self.bytes.extend_from_slice(b"S\n");
    }

    /// A picture of this name, its upper left corner at `at`.
    pub(super) fn picture(&mut self, name: &str, (x, y): (f32, f32), (width, height): (f32, f32)) {
        self.bytes.extend_from_slice(b"q ");
        self.number(width);
        self.bytes.extend_from_slice(b"0 0 ");
        self.number(height);
        self.point((x, y + height));
        self.bytes.extend_from_slice(b"cm /");
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b" Do Q\n");
    }

    /// A code to scan, `side` high and wide, its upper left corner at `at`. Its bars are one area, so that
    /// no hairlines stand between them.
    pub(super) fn code_to_scan(&mut self, (x, y): (f32, f32), side: f32, code: &Modules, colour: Colour) {
        self.ink(colour);
        let module = (f64::from(side) * 1e5 / code.count.max(1) as f64).round() as i64;
        self.bytes.extend_from_slice(b"q ");
        self.decimal(module, 100_000);
        self.bytes.extend_from_slice(b"0 0 ");
        self.decimal(-module, 100_000);
        self.point((x, y));
        self.bytes.extend_from_slice(b"cm\n");
        for (column, row, length) in &code.bars {
            for number in [column, row, length] {
                integer(&mut self.bytes, i64::from(*number));
                self.bytes.push(b' ');
            }
            self.bytes.extend_from_slice(b"1 re\n");
        }
        self.bytes.extend_from_slice(b"f Q\n");
    }

    /// Glyphs of one face from `at` on, the left end of their baseline.
    pub(super) fn text(
        &mut self,
        at: (f32, f32),
        face: FaceIndex,
        size: f32,
        colour: Colour,
        codes: &[Code],
    ) {
        self.ink(colour);
        self.bytes.extend_from_slice(b"BT ");
        if self.font != Some((face, size)) {
            self.font = Some((face, size));
            self.bytes.extend_from_slice(b"/F");
            integer(&mut self.bytes, font_number(face));
            self.bytes.push(b' ');
            self.number(size);
            self.bytes.extend_from_slice(b"Tf ");
        }
        self.point(at);
        self.bytes.extend_from_slice(b"Td [(");
        let mut open = true;
        for Code { code, back } in codes {
            if !open {
                self.bytes.push(b'(');
                open = true;
            }
            self.code(*code);
            if *back != 0 {
                self.string_end = Some(self.bytes.len());
                self.bytes.push(b')');
                integer(&mut self.bytes, i64::from(*back));
                open = false;
            }
        }
        if open {
            self.string_end = Some(self.bytes.len());
            self.bytes.push(b')');
        }
        self.bytes.extend_from_slice(b"] TJ ET\n");
    }

    /// Adds a glyph to the end of the text drawn last.
    pub(super) fn lengthen(&mut self, code: u16) {
        let Some(at) = self.string_end else { return };
        let rest = self.bytes.split_off(at.min(self.bytes.len()));
        self.code(code);
        self.string_end = Some(self.bytes.len());
        self.bytes.extend_from_slice(&rest);
    }

    /// The two bytes of a code inside a string.
    fn code(&mut self, code: u16) {
        for byte in code.to_be_bytes() {
            match byte {
                b'(' | b')' | b'\\' => self.bytes.extend_from_slice(&[b'\\', byte]),
                // A reader takes line ends of any form for one.
                b'\r' => self.bytes.extend_from_slice(b"\\r"),
                b'\n' => self.bytes.extend_from_slice(b"\\n"),
                byte => self.bytes.push(byte),
            }
        }
    }

    fn ink(&mut self, colour: Colour) {
        if self.fill != Some(colour) {
            self.fill = Some(colour);
            self.colour(colour);
            self.bytes.extend_from_slice(b"rg\n");
        }
    }

    fn stroke(&mut self, thick: f32, colour: Colour) {
        if self.pen != Some((colour, thick)) {
            self.pen = Some((colour, thick));
            self.colour(colour);
            self.bytes.extend_from_slice(b"RG ");
            self.number(thick);
            self.bytes.extend_from_slice(b"w\n");
        }
    }

    fn colour(&mut self, colour: Colour) {
        for part in [colour.red, colour.green, colour.blue] {
            self.decimal((i64::from(part) * 1000 + 127) / 255, 1000);
        }
    }

    fn rectangle(&mut self, (x, y): (f32, f32), (width, height): (f32, f32)) {
        self.point((x, y + height));
        self.number(width);
        self.number(height);
        self.bytes.extend_from_slice(b"re ");
    }

    fn point(&mut self, (x, y): (f32, f32)) {
        self.number(x);
        self.number(self.height - y);
    }

    /// A length in points, to the hundredth, and a space.
    fn number(&mut self, points: f32) {
        self.decimal((points * 100.0).round() as i64, 100);
    }

    /// `parts` of `whole` as a decimal number, and a space.
    fn decimal(&mut self, parts: i64, whole: i64) {
        if parts < 0 {
            self.bytes.push(b'-');
        }
        let parts = parts.abs();
        integer(&mut self.bytes, parts / whole);
        let (mut rest, mut place) = (parts % whole, whole / 10);
        if rest > 0 {
            self.bytes.push(b'.');
        }
        while rest > 0 && place > 0 {
            integer(&mut self.bytes, rest / place);
            rest %= place;
            place /= 10;
        }
        self.bytes.push(b' ');
    }
}

/// The number of a face in the file; 1 to 14 are those of the standard fonts.
pub(super) fn font_number(face: FaceIndex) -> i64 {
    i64::from(face) + 20
}

/// Writes a whole number.
pub(super) fn integer(bytes: &mut Vec<u8>, value: i64) {
    if value < 0 {
        bytes.push(b'-');
    }
    let mut digits = [0_u8; 20];
    let mut rest = value.unsigned_abs();
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        length += 1;
        if rest == 0 {
            break;
        }
    }
    bytes.extend_from_slice(digits.get(digits.len() - length..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_short_and_exactly() {
        for (points, written) in [
            (0.0, "0 "),
            (0.05, "0.05 "),
            (0.5, "0.5 "),
            (-0.25, "-0.25 "),
            (12.0, "12 "),
            (595.28, "595.28 "),
            (-1.999, "-2 "),
        ] {
            let mut page = Operators::new(0.0);
            page.number(points);
            assert_eq!(page.into_bytes(), written.as_bytes(), "{points}");
        }
    }

    #[test]
    fn every_code_comes_back_from_a_string() {
        let codes: Vec<Code> =
            (1..=u16::MAX).map(|code| Code { code, back: i32::from(code.is_multiple_of(40)) * -7 }).collect();
        let mut page = Operators::new(0.0);
        page.text((0.0, 0.0), 0, 9.0, Colour::new(0, 0, 0), &codes);
        page.lengthen(0x0D28);
        let read = lopdf::content::Content::decode(&page.into_bytes()).unwrap();
        let shown = read.operations.iter().find(|o| o.operator == "TJ").unwrap();
        let mut bytes = Vec::new();
        for item in shown.operands[0].as_array().unwrap() {
            if let Ok(string) = item.as_str() {
                bytes.extend_from_slice(string);
            } else {
                assert_eq!(item.as_i64().unwrap(), -7);
            }
        }
        let found: Vec<u16> = bytes.chunks(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
        assert_eq!(found, (1..=u16::MAX).chain([0x0D28]).collect::<Vec<_>>());
    }
}
