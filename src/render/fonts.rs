//! The fonts: two faces of Inter and two of Liberation Sans inside the program, and those the shop may add.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustybuzz::ttf_parser::{Tag, name_id};
use rustybuzz::{Direction, Face, Feature, Script, ShapePlan};

use super::error::RenderError;

/// The files inside the program, in the order of [`Weight`].
const FILES: [&[u8]; BUILT_IN as usize] = [
    include_bytes!("../../assets/fonts/Inter-Regular.ttf"),
    include_bytes!("../../assets/fonts/Inter-SemiBold.ttf"),
    include_bytes!("../../assets/fonts/LiberationSans-Regular.ttf"),
    include_bytes!("../../assets/fonts/LiberationSans-Bold.ttf"),
];

/// How heavy text is, and of which family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Weight {
    /// Running text.
    Regular,
    /// Headings and totals.
    SemiBold,
    /// Running text of a payment slip: the banks want a Helvetica or its like.
    Slip,
    /// Headings of a payment slip.
    SlipBold,
}

/// A place in [`Fonts`].
pub(super) type FaceIndex = u16;

/// The faces before this index are inside the program.
pub(super) const BUILT_IN: FaceIndex = 4;

/// What a shaping plan depends on.
type PlanKey = (Direction, Script, bool);

/// One font file, parsed.
pub(super) struct TypeFace<'a> {
    /// The file.
    pub(super) bytes: &'a [u8],
    /// Its PostScript name, as a PDF writes it.
    pub(super) name: String,
    /// Its tables.
    pub(super) face: Face<'a>,
    /// Whether its outlines are those of PostScript (CFF), else of TrueType.
    pub(super) is_cff: bool,
    /// Shaping plans are dear to make and the same for every text of a script.
    plans: Mutex<HashMap<PlanKey, Arc<ShapePlan>>>,
}

impl<'a> TypeFace<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let face = Face::from_slice(bytes, 0)?;
        let name = face
            .names()
            .into_iter()
            .filter(|n| n.name_id == name_id::POST_SCRIPT_NAME)
            .find_map(|n| n.to_string())
            .map(|n| {
                n.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(60).collect::<String>()
            })
            .filter(|n| !n.is_empty())
            .unwrap_or_else(|| "Fallback".to_owned());
        let is_cff = face.tables().glyf.is_none() && face.tables().cff.is_some();
        Some(Self { bytes, name, face, is_cff, plans: Mutex::default() })
    }

    /// The plan for texts of `script`, with figures of one width when `tabular`.
    pub(super) fn plan(&self, direction: Direction, script: Script, tabular: bool) -> Arc<ShapePlan> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = plans.entry((direction, script, tabular)).or_insert_with(|| {
            // Ligatures and contextual forms would print "->" as an arrow and "1x2" with a
            // multiplication sign: an invoice shows what was typed.
            let mut features = vec![
                Feature::new(Tag::from_bytes(b"liga"), 0, ..),
                Feature::new(Tag::from_bytes(b"calt"), 0, ..),
            ];
            if tabular {
                features.push(Feature::new(Tag::from_bytes(b"tnum"), 1, ..));
            }
            Arc::new(ShapePlan::new(&self.face, direction, Some(script), None, &features))
        });
        Arc::clone(plan)
    }

    /// A length in the font's units as thousandths of an em.
    pub(super) fn mille(&self, units: i32) -> f32 {
        units as f32 * 1000.0 / self.face.units_per_em().max(1) as f32
    }

    /// The same the other way round.
    pub(super) fn units(&self, mille: f32) -> i32 {
        (mille * self.face.units_per_em() as f32 / 1000.0).round() as i32
    }

    fn has(&self, c: char) -> bool {
        self.face.glyph_index(c).is_some_and(|g| g.0 != 0)
    }
}

/// The faces a document can use, in the order they are asked for a character.
pub(super) struct Fonts<'a> {
    fallback: Vec<TypeFace<'a>>,
}

impl<'a> Fonts<'a> {
    /// The built-in faces, and those of `files` behind them.
    pub(super) fn new(files: impl Iterator<Item = &'a [u8]>) -> Result<Self, RenderError> {
        let refuse = |problem: &str| RenderError::FallbackFont { problem: problem.to_owned() };
        let mut fallback = Vec::new();
        for bytes in files {
            let face = TypeFace::parse(bytes).ok_or_else(|| refuse("it is not a font file"))?;
            if face.face.tables().glyf.is_none() && !face.is_cff {
                return Err(refuse("it has neither TrueType nor PostScript outlines"));
            }
            fallback.push(face);
        }
        Ok(Self { fallback })
    }

    /// The face at `index`.
    pub(super) fn get(&self, index: FaceIndex) -> Option<&TypeFace<'_>> {
        // The match arms differ in lifetime; each shortens to that of `self`.
        match index.checked_sub(BUILT_IN) {
            Some(index) => self.fallback.get(usize::from(index)).map(|f| f as &TypeFace<'_>),
            None => built_in(index).map(|f| f as &TypeFace<'_>),
        }
    }

    /// The first face of `weight`'s chain that has `c`, and the character to ask it for: a space or
    /// hyphen that no face has is drawn as the common one.
    pub(super) fn find(&self, weight: Weight, c: char) -> Option<(FaceIndex, char)> {
        // A slip's family lacks letters that Inter has.
        let first: &[FaceIndex] = match weight {
            Weight::Regular => &[0],
            Weight::SemiBold => &[1],
            Weight::Slip => &[2, 0],
            Weight::SlipBold => &[3, 1],
        };
        let plain = match c {
            // Words divided at a line's end: readers that copy them leave the soft hyphen out.
            '\u{AD}' => return self.find(weight, '-'),
            '\u{2010}' | '\u{2011}' => Some('-'),
            '\u{202F}' | '\u{2007}' => Some('\u{A0}'),
            c if c.is_whitespace() => Some(' '),
            _ => None,
        };
        std::iter::once(c).chain(plain).find_map(|c| {
            let behind = (BUILT_IN..).take(self.fallback.len());
            let mut chain = first.iter().copied().chain(behind);
            chain.find(|i| self.get(*i).is_some_and(|f| f.has(c))).map(|i| (i, c))
        })
    }
}

/// A built-in face; parsed once, when it is first used.
fn built_in(index: FaceIndex) -> Option<&'static TypeFace<'static>> {
    static FACES: [OnceLock<Option<TypeFace<'static>>>; FILES.len()] =
        [const { OnceLock::new() }; FILES.len()];
    let index = usize::from(index);
    let file = FILES.get(index)?;
    FACES.get(index)?.get_or_init(|| TypeFace::parse(file)).as_ref()
}
