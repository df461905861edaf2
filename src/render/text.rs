//! From characters to glyphs: cleaned, shaped, measured.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use rustybuzz::{BufferClusterLevel, Direction, UnicodeBuffer};
use unicode_bidi::{BidiInfo, Level};
use unicode_normalization::UnicodeNormalization;

use super::Colour;
use super::error::RenderError;
use super::fonts::{FaceIndex, Fonts, Weight};
use super::pairs::Kind;

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    /// Its weight.
    pub(super) weight: Weight,
    /// Its size in points.
    pub(super) size: f32,
    /// Its colour.
    pub(super) colour: Colour,
    /// Whether every figure has the same width, for columns of numbers.
    pub(super) tabular: bool,
}

impl Style {
    /// Regular text of `size` points.
    pub(super) const fn regular(size: f32, colour: Colour) -> Self {
        Self { weight: Weight::Regular, size, colour, tabular: false }
    }

    /// Regular text of a payment slip.
    pub(super) const fn of_slip(size: f32, colour: Colour) -> Self {
        Self { weight: Weight::Slip, ..Self::regular(size, colour) }
    }

    /// The same, heavier.
    pub(super) const fn bold(self) -> Self {
        let weight = match self.weight {
            Weight::Regular | Weight::SemiBold => Weight::SemiBold,
            Weight::Slip | Weight::SlipBold => Weight::SlipBold,
        };
        Self { weight, ..self }
    }

    /// The same, with figures of one width.
    pub(super) const fn tabular(self) -> Self {
        Self { tabular: true, ..self }
    }

    /// The same in another colour.
    pub(super) const fn in_colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// The same in another size.
    pub(super) const fn sized(self, size: f32) -> Self {
        Self { size, ..self }
    }

    /// Height of a line: 1.4 times the size, the usual for a sans of Inter's x-height.
    pub(super) fn leading(&self) -> f32 {
        self.size * 1.4
    }

    /// Where the baseline is below the top of a line, so that capitals stand in its middle.
    pub(super) fn baseline(&self) -> f32 {
        self.leading() / 2.0 + self.size * 0.36
    }
}

/// One glyph of a shaped text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glyph {
    /// The face it is from.
    pub(super) face: FaceIndex,
    /// Its number in that face.
    pub(super) id: u16,
    /// How far the pen goes, with kerning, in thousandths of an em.
    pub(super) advance: f32,
    /// Where it stands off the pen, in thousandths of an em.
    pub(super) offset: (f32, f32),
    /// The characters it stands for: a range of [`Shaped::text`]. Of few bytes, as a long document has
    /// millions of glyphs.
    chars: (u32, u32),
}

impl Glyph {
    /// A glyph that stands for the characters from one place of its text to another.
    pub(super) fn new(
        face: FaceIndex,
        id: u16,
        advance: f32,
        offset: (f32, f32),
        (from, to): (usize, usize),
    ) -> Self {
        let place = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self { face, id, advance, offset, chars: (place(from), place(to)) }
    }

    /// The characters it stands for: a range of [`Shaped::text`].
    pub(super) fn chars(&self) -> (usize, usize) {
        (self.chars.0 as usize, self.chars.1 as usize)
    }
}

/// A text as glyphs, at no size yet.
#[derive(Debug, PartialEq)]
pub(super) struct Shaped {
    /// The characters.
    pub(super) text: String,
    /// The glyphs, left to right.
    pub(super) glyphs: Vec<Glyph>,
    /// Their width in thousandths of an em.
    pub(super) width: f32,
}

/// A text ready to be placed.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// Its glyphs.
    pub(super) shaped: Arc<Shaped>,
    /// How it looks.
    pub(super) style: Style,
}

impl Run {
    /// Its width in points.
    pub(super) fn width(&self) -> f32 {
        self.shaped.width * self.style.size / 1000.0
    }
}

/// Longer texts, in bytes, are not kept: they are paragraphs, of which only the lines come again.
const LONGEST_KEPT: usize = 300;

type Known = HashMap<(Weight, bool), HashMap<String, Arc<Shaped>>>;

/// Turns text into runs, and remembers what it has shaped for one document.
pub(super) struct Typesetter<'a> {
    /// The fonts.
    pub(super) fonts: Fonts<'a>,
    /// The language whose words are divided.
    pub(super) hyphens: Option<hypher::Lang>,
    known: RefCell<Known>,
    numbers: Cell<u32>,
}

impl<'a> Typesetter<'a> {
    /// A typesetter with these fonts that divides words of this language.
    pub(super) fn new(fonts: Fonts<'a>, hyphens: Option<hypher::Lang>) -> Self {
        Self { fonts, hyphens, known: RefCell::default(), numbers: Cell::new(0) }
    }

    /// A number that no other table or paragraph of the document has.
    pub(super) fn number(&self) -> u32 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }

    /// `text` in one line. It must have gone through [`clean`].
    pub(super) fn run(&self, style: Style, text: &str) -> Result<Run, RenderError> {
        let key = (style.weight, style.tabular);
        let found = self.known.borrow().get(&key).and_then(|texts| texts.get(text)).map(Arc::clone);
        let shaped = match found {
            Some(shaped) => shaped,
            None => {
                let shaped = Arc::new(self.shape(style, text)?);
                if text.len() <= LONGEST_KEPT {
                    let mut known = self.known.borrow_mut();
                    known.entry(key).or_default().insert(text.to_owned(), Arc::clone(&shaped));
                }
                shaped
            }
        };
        Ok(Run { shaped, style })
    }

    /// Lets go of what was shaped, so that a text goes when the page it stands on is written.
    pub(super) fn forget(&self) {
        self.known.take();
    }

    /// How wide `text` is in points.
    pub(super) fn width(&self, style: Style, text: &str) -> Result<f32, RenderError> {
        let kind = Kind::of(style.weight, style.tabular, text);
        let known = kind.and_then(|kind| kind.width(self.fonts.get(kind.face)?, text));
        match known {
            Some(width) => Ok(width * style.size / 1000.0),
            None => Ok(self.run(style, text)?.width()),
        }
    }

    /// `text` as glyphs: put together from what is known, or shaped.
    fn shape(&self, style: Style, text: &str) -> Result<Shaped, RenderError> {
        let kind = Kind::of(style.weight, style.tabular, text);
        let face = kind.and_then(|kind| Some((kind, self.fonts.get(kind.face)?)));
        if let Some(shaped) = face.and_then(|(kind, face)| kind.shaped(face, text)) {
            return Ok(shaped);
        }
        let shaped = self.shape_anew(style, text)?;
        if let Some((kind, face)) = face {
            kind.learn(face, &shaped);
        }
        Ok(shaped)
    }

    /// `text` as glyphs, by the rules of its fonts.
    pub(super) fn shape_anew(&self, style: Style, text: &str) -> Result<Shaped, RenderError> {
        let mut shaped = Shaped { text: text.to_owned(), glyphs: Vec::with_capacity(text.len()), width: 0.0 };
        if text.chars().any(reads_leftwards) {
            let bidi = BidiInfo::new(text, None);
            for paragraph in &bidi.paragraphs {
                let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
                for run in runs {
                    let leftwards = levels.get(run.start).is_some_and(Level::is_rtl);
                    self.shape_run(style, run.start, run.end, leftwards, &mut shaped)?;
                }
            }
        } else {
            self.shape_run(style, 0, text.len(), false, &mut shaped)?;
        }
        shaped.width = shaped.glyphs.iter().map(|g| g.advance).sum();
        Ok(shaped)
    }

    /// Shapes text of one direction, from left to right as it stands on the page.
    fn shape_run(
        &self,
        style: Style,
        start: usize,
        end: usize,
        leftwards: bool,
        into: &mut Shaped,
    ) -> Result<(), RenderError> {
        // Neighbouring characters of one face are shaped together.
        let mut stretches: Vec<(FaceIndex, Vec<(usize, char)>)> = Vec::new();
        for (at, c) in into.text.get(start..end).unwrap_or_default().char_indices() {
            let (face, c) = self.fonts.find(style.weight, c).ok_or_else(|| RenderError::NoGlyph {
                character: c,
                script: script(c),
                text: into.text.chars().take(60).collect(),
            })?;
            match stretches.last_mut() {
                Some((current, stretch)) if *current == face => stretch.push((start + at, c)),
                _ => stretches.push((face, vec![(start + at, c)])),
            }
        }
        let ends: Vec<usize> =
            stretches.iter().skip(1).filter_map(|(_, s)| s.first().map(|(at, _)| *at)).chain([end]).collect();
        let mut stretches: Vec<_> = stretches.into_iter().zip(ends).collect();
        if leftwards {
            stretches.reverse();
        }
        for ((face, stretch), end) in stretches {
            self.shape_stretch(style, face, &stretch, (end, leftwards), into)?;
        }
        Ok(())
    }

    fn shape_stretch(
        &self,
        style: Style,
        index: FaceIndex,
        stretch: &[(usize, char)],
        (end, leftwards): (usize, bool),
        into: &mut Shaped,
    ) -> Result<(), RenderError> {
        if stretch.is_empty() {
            return Ok(());
        }
        let face =
            self.fonts.get(index).ok_or_else(|| RenderError::Internal("a font is missing".to_owned()))?;
        let mut buffer = UnicodeBuffer::new();
        buffer.set_cluster_level(BufferClusterLevel::MonotoneCharacters);
        for (at, c) in stretch {
            buffer.add(*c, u32::try_from(*at).unwrap_or(u32::MAX));
        }
        buffer.guess_segment_properties();
        buffer.set_direction(if leftwards { Direction::RightToLeft } else { Direction::LeftToRight });
        let plan = face.plan(buffer.direction(), buffer.script(), style.tabular);
        let glyphs = rustybuzz::shape_with_plan(&face.face, &plan, buffer);
        let mut starts: Vec<usize> = glyphs.glyph_infos().iter().map(|i| i.cluster as usize).collect();
        starts.sort_unstable();
        starts.dedup();
        let mut before = None;
        for (info, position) in glyphs.glyph_infos().iter().zip(glyphs.glyph_positions()) {
            let start = info.cluster as usize;
            let stop = starts.get(starts.partition_point(|s| *s <= start)).copied().unwrap_or(end);
            // Of several glyphs for one character the first stands for it in copied text.
            let chars = if before == Some(start) { (start, start) } else { (start, stop) };
            before = Some(start);
            let id = u16::try_from(info.glyph_id).unwrap_or(0);
            let offset = (face.mille(position.x_offset), face.mille(position.y_offset));
            into.glyphs.push(Glyph::new(index, id, face.mille(position.x_advance), offset, chars));
        }
        Ok(())
    }
}

/// `text` without what must not reach a page: control characters, direction and joining marks,
/// zero-width and variation characters; composed (NFC); line ends as `\n`, tabs as spaces.
///
/// # Source
/// Unicode Standard Annex 15 (NFC); such characters have no glyph, and a PDF that shows them
/// fails PDF/A (ISO 19005-2, 6.2.11.7 and 6.2.11.8).
pub(super) fn clean(text: &str) -> String {
    let plain = |c: &char| c.is_ascii() && !c.is_ascii_control();
    if text.chars().all(|c| plain(&c)) {
        return text.to_owned();
    }
    let mut cleaned = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            '\t' => cleaned.push(' '),
            c if c.is_control() || is_invisible(c) => {}
            // Ligatures and digraphs that came along with pasted text: fonts have their letters.
            '\u{149}' | '\u{1C4}'..='\u{1CC}' | '\u{FB00}'..='\u{FB06}' => {
                cleaned.extend(std::iter::once(c).nfkc());
            }
            c => cleaned.push(c),
        }
    }
    cleaned.nfc().collect()
}

/// Whether a character only steers others.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{FEFF}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E01EF}')
}

/// Whether a character may be of a script that is written from right to left.
///
/// # Source
/// Unicode Standard Annex 9: the blocks whose unassigned code points are of class R or AL.
fn reads_leftwards(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// The font that has a character's script, for the shop to look for.
fn script(c: char) -> &'static str {
    match u32::from(c) {
        0x0590..=0x05FF | 0xFB1D..=0xFB4F => "Noto Sans Hebrew",
        0x0600..=0x077F | 0x08A0..=0x08FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => "Noto Sans Arabic",
        0x0900..=0x097F => "Noto Sans Devanagari",
        0x0980..=0x09FF => "Noto Sans Bengali",
        0x0E00..=0x0E7F => "Noto Sans Thai",
        0x0530..=0x058F => "Noto Sans Armenian",
        0x10A0..=0x10FF => "Noto Sans Georgian",
        0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7AF => "Noto Sans KR",
        0x3040..=0x30FF => "Noto Sans JP",
        0x2E80..=0x2FDF | 0x3000..=0x303F | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3134F => {
            "Noto Sans SC"
        }
        0x1F000..=0x1FAFF => "Noto Emoji",
        _ => "Noto Sans or Noto Sans Symbols",
    }
}
