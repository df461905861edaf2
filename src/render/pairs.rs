//! Texts whose glyphs are known already: Latin letters, figures and signs stand one glyph each, and how far
//! the pen goes after one depends only on the one behind it.
//!
//! That holds for the built-in faces with the features they are asked for; a test compares. So what is
//! learned from shaped texts puts the next ones together without going through the font's rules again.

use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::fonts::{FaceIndex, TypeFace, Weight};
use super::text::{Glyph, Shaped};

/// The first character that is looked after.
const FIRST: u32 = 0x20;
/// The first behind the letters of Latin-1 and Latin Extended-A.
const END: u32 = 0x180;
/// Signs beyond them that stand on many documents.
const SIGNS: [char; 10] = ['–', '—', '‘', '’', '‚', '“', '”', '„', '€', '−'];
/// Places in a row: the end of a text, the letters, the signs.
const PLACES: usize = 1 + (END - FIRST) as usize + SIGNS.len();
/// Nothing is known about this pair.
const UNKNOWN: i16 = i16::MIN;

/// What is known of one face, with figures of one width or not, in texts with letters or without: fonts may
/// have rules of their own for each.
#[derive(Default)]
struct Pairs {
    /// The glyph of each character; 0 while it is not known.
    glyphs: Vec<u16>,
    /// By character, how far the pen goes before each other one, in the font's units.
    rows: Vec<Vec<i16>>,
}

/// Which pairs a text is looked up in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// The face whose glyphs they are.
    pub(super) face: FaceIndex,
    table: usize,
}

impl Kind {
    /// The pairs for a text; nothing when it has other characters than those that are looked after.
    pub(super) fn of(weight: Weight, tabular: bool, text: &str) -> Option<Self> {
        let mut letters = false;
        for c in text.chars() {
            place(c)?;
            letters |= c.is_alphabetic();
        }
        let face = match weight {
            Weight::Regular => 0,
            Weight::SemiBold => 1,
            Weight::Slip => 2,
            Weight::SlipBold => 3,
        };
        Some(Self { face, table: usize::from(face) * 4 + usize::from(tabular) * 2 + usize::from(letters) })
    }

    fn table(self) -> Option<&'static RwLock<Pairs>> {
        static TABLES: OnceLock<Vec<RwLock<Pairs>>> = OnceLock::new();
        TABLES.get_or_init(|| (0..16).map(|_| RwLock::default()).collect()).get(self.table)
    }

    fn read(self) -> Option<RwLockReadGuard<'static, Pairs>> {
        Some(self.table()?.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(self) -> Option<RwLockWriteGuard<'static, Pairs>> {
        Some(self.table()?.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// The width of a text in thousandths of an em, when all of its pairs are known.
    pub(super) fn width(self, face: &TypeFace<'_>, text: &str) -> Option<f32> {
        let pairs = self.read()?;
        let mut width = 0.0;
        pairs.each(text, |_, _, advance| width += face.mille(advance))?;
        Some(width)
    }

    /// A text put together, when all of its pairs are known.
    pub(super) fn shaped(self, face: &TypeFace<'_>, text: &str) -> Option<Shaped> {
        let pairs = self.read()?;
        let mut glyphs = Vec::with_capacity(text.len());
        let mut width = 0.0;
        pairs.each(text, |chars, id, advance| {
            let advance = face.mille(advance);
            width += advance;
            glyphs.push(Glyph::new(self.face, id, advance, (0.0, 0.0), chars));
        })?;
        Some(Shaped { text: text.to_owned(), glyphs, width })
    }

    /// Takes up what a shaped text shows; nothing, when it is not one glyph of the face a character, each on
    /// the pen.
    pub(super) fn learn(self, face: &TypeFace<'_>, shaped: &Shaped) {
        let plain = |(glyph, (at, c)): (&Glyph, (usize, char))| {
            glyph.face == self.face && glyph.offset == (0.0, 0.0) && glyph.chars() == (at, at + c.len_utf8())
        };
        let (text, glyphs) = (&shaped.text, &shaped.glyphs);
        if text.chars().count() != glyphs.len() || !glyphs.iter().zip(text.char_indices()).all(plain) {
            return;
        }
        let Some(mut pairs) = self.write() else { return };
        pairs.glyphs.resize(PLACES, 0);
        pairs.rows.resize(PLACES, Vec::new());
        let ends = text.chars().skip(1).map(place).chain([Some(0)]);
        for ((glyph, c), next) in glyphs.iter().zip(text.chars()).zip(ends) {
            let (Some(at), Some(next)) = (place(c), next) else { return };
            let Ok(advance) = i16::try_from(face.units(glyph.advance)) else { return };
            if let Some(known) = pairs.glyphs.get_mut(at) {
                *known = glyph.id;
            }
            if let Some(row) = pairs.rows.get_mut(at) {
                row.resize(PLACES, UNKNOWN);
                row.get_mut(next).into_iter().for_each(|known| *known = advance);
            }
        }
    }
}

impl Pairs {
    /// Calls `with` for each character: where it stands, its glyph and how far the pen goes; nothing, when a
    /// pair is not known.
    fn each(&self, text: &str, mut with: impl FnMut((usize, usize), u16, i32)) -> Option<()> {
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let from = place(c)?;
            let (end, next) = match chars.peek() {
                Some((end, next)) => (*end, place(*next)?),
                None => (text.len(), 0),
            };
            let advance = *self.rows.get(from)?.get(next).filter(|advance| **advance != UNKNOWN)?;
            with((at, end), *self.glyphs.get(from)?, i32::from(advance));
        }
        Some(())
    }
}

/// The place of a character in a row; 0 is the end of a text.
fn place(c: char) -> Option<usize> {
    let code = u32::from(c);
    if (FIRST..END).contains(&code) {
        // Control characters and the soft hyphen are not drawn; the sign of the micro is no letter of a script.
        let plain = !matches!(code, 0x7F..=0x9F | 0xAA | 0xAD | 0xB5 | 0xBA | 0x149);
        return plain.then_some((code - FIRST + 1) as usize);
    }
    let sign = SIGNS.iter().position(|sign| *sign == c)?;
    Some((END - FIRST) as usize + 1 + sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fonts::Fonts;
    use crate::render::text::{Style, Typesetter};

    /// Texts of few different characters, drawn by lot, so that their pairs come again.
    fn texts() -> impl Iterator<Item = String> {
        let all: Vec<char> =
            (0..u32::from(u16::MAX)).filter_map(char::from_u32).filter(|c| place(*c).is_some()).collect();
        let mut seed = 11_u64;
        let mut draw = move |from: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % from
        };
        let ascii: Vec<char> = (' '..='~').collect();
        let mut alphabet = Vec::new();
        (0..1800).map(move |round| {
            if round % 60 == 0 {
                let source = if round % 120 == 0 { &ascii } else { &all };
                alphabet = (0..9).map(|_| source[draw(source.len())]).collect();
            }
            (0..=draw(9)).map(|_| alphabet[draw(9)]).collect()
        })
    }

    #[test]
    fn texts_put_together_are_as_their_fonts_shape_them() {
        let setter = Typesetter::new(Fonts::new(std::iter::empty()).unwrap(), None);
        let mut known = 0;
        for weight in [Weight::Regular, Weight::SemiBold, Weight::Slip, Weight::SlipBold] {
            for tabular in [false, true] {
                let style = Style { weight, tabular, ..Style::regular(9.0, crate::render::INK) };
                for text in texts() {
                    let shaped = setter.shape_anew(style, &text).unwrap();
                    let kind = Kind::of(weight, tabular, &text).unwrap();
                    let face = setter.fonts.get(kind.face).unwrap();
                    if let Some(together) = kind.shaped(face, &text) {
                        known += 1;
                        assert_eq!(together, shaped, "{text:?} {weight:?} {tabular}");
                        assert_eq!(kind.width(face, &text), Some(shaped.width), "{text:?}");
                    }
                    kind.learn(face, &shaped);
                }
            }
        }
        assert!(known > 5000, "only {known} texts were known");
    }

    #[test]
    fn what_has_rules_of_its_own_is_left_to_the_font() {
        for text in ["Ελλάδα", "Київ", "e\u{301}", "נ", "50\u{AD}", "⅓", "ﬁ", "a\nb"] {
            assert!(Kind::of(Weight::Regular, false, text).is_none(), "{text:?}");
        }
    }
}
