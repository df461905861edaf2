//! From the draw list to the file: the only place that knows printpdf.

use std::collections::{BTreeMap, HashMap};

use printpdf::{
    Codepoint, DictItem, ExternalStream, ExternalXObject, FontId, FontMetrics, FontType, Op, ParsedFont,
    PdfDocument, PdfFont, PdfFontHandle, PdfFontMetricsStub, PdfPage, PdfSaveOptions, Pt, Rect, TextItem,
    XObject, XObjectId,
};

use super::error::RenderError;
use super::finish::{Facts, Finish, FontFile, finish};
use super::fonts::{FaceIndex, Fonts, TypeFace};
use super::operators::{Code, Operators, font_number};
use super::pages::Page;
use super::pictures::{Colours, Data, Deflater, Picture};
use super::press::Placed;
use super::sketch::Mark;
use super::subset::part;
use super::tags::{Structure, Target};
use super::text::{Glyph, Run};

/// A kern smaller than this (in thousandths of an em) is not worth its bytes: it waits until it
/// adds up. At 9 points it is a hundredth of a millimetre.
const LEAST_KERN: f32 = 4.0;

/// What a document uses of one face.
///
/// A code is given to each pair of glyph and characters, not to each glyph: the Latin and the Greek
/// capital A share a glyph, and copied text must still tell them apart. Only fonts with PostScript outlines
/// say themselves which code is which glyph, so that theirs stand for the characters seen first.
#[derive(Default)]
struct Used {
    /// For each glyph its codes, with the characters they stand for.
    codes: HashMap<u16, Vec<(Box<str>, u16)>>,
    /// Glyph, width and characters, by code minus one.
    order: Vec<(u16, u16, Box<str>)>,
}

impl Used {
    fn code(&mut self, face: &TypeFace<'_>, id: u16, chars: &str) -> u16 {
        let codes = self.codes.entry(id).or_default();
        if let Some((_, code)) = codes.iter().find(|(known, _)| face.is_cff || &**known == chars) {
            let at = usize::from(*code).saturating_sub(1);
            // What was the second glyph of a character may stand for one of its own later.
            if let Some((_, _, known)) = self.order.get_mut(at).filter(|(_, _, known)| known.is_empty()) {
                *known = chars.into();
            }
            return *code;
        }
        let advance = face.face.glyph_hor_advance(rustybuzz::ttf_parser::GlyphId(id)).unwrap_or(0);
        let width = face.mille(i32::from(advance)).round() as u16;
        self.order.push((id, width, chars.into()));
        let code = u16::try_from(self.order.len()).unwrap_or(u16::MAX);
        codes.push((chars.into(), code));
        code
    }

    fn width(&self, code: u16) -> f32 {
        self.order.get(usize::from(code).saturating_sub(1)).map_or(0.0, |(_, w, _)| f32::from(*w))
    }

    /// The glyphs: of PostScript outlines in the order of their codes, else of their numbers, so that equal
    /// ones are known again.
    fn glyphs(&self, face: &TypeFace<'_>) -> Vec<u16> {
        if face.is_cff {
            return self.order.iter().map(|(glyph, _, _)| *glyph).collect();
        }
        let mut glyphs: Vec<u16> = self.codes.keys().copied().collect();
        glyphs.sort_unstable();
        glyphs
    }

    /// For each code, from 0, the place of its glyph among `glyphs`, counted from 1: 0 is what stands for
    /// a glyph that is missing.
    fn map(&self, glyphs: &[u16]) -> Vec<u8> {
        let place = |glyph| glyphs.binary_search(glyph).map_or(0, |at| at + 1);
        let places = self.order.iter().map(|(glyph, _, _)| u16::try_from(place(glyph)).unwrap_or(0));
        std::iter::once(0).chain(places).flat_map(u16::to_be_bytes).collect()
    }

    /// Each code once, as printpdf wants to see it: it writes into a font what is shown with it.
    fn shown(&self, id: FontId) -> [Op; 2] {
        let codes = self.order.iter().zip(1_u16..);
        let codes = codes.map(|((_, _, chars), code)| Codepoint {
            gid: code,
            offset: 0.0,
            cid: Some(chars.to_string()),
        });
        [
            Op::SetFont { font: PdfFontHandle::External(id), size: Pt(1.0) },
            Op::ShowText { items: vec![TextItem::GlyphIds(codes.collect())] },
        ]
    }
}

/// Writes pages as a PDF file.
///
/// # Errors
/// When a font cannot be cut down to what is used, or the file cannot be put together.
pub(super) fn emit(
    pages: Vec<Page>,
    fonts: &Fonts<'_>,
    pictures: &[Placed],
    facts: &Facts,
    xml: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    let tags = xml.map(|_| Tagging { structure: Structure::new(), open: None });
    let mut emitter = Emitter {
        fonts,
        used: BTreeMap::new(),
        page: Operators::default(),
        tags,
        pictures,
        face: 0,
        codes: Vec::new(),
    };
    let mut pdf = PdfDocument::new(&facts.title);
    let mut contents = Vec::with_capacity(pages.len());
    for page in pages {
        emitter.turn(page.height);
        for mark in page.sketch.marks {
            emitter.mark(mark)?;
        }
        emitter.end_content();
        contents.push(std::mem::take(&mut emitter.page).into_bytes());
        let edges = page_box(page.width, page.height);
        pdf.pages.push(PdfPage {
            media_box: edges.clone(),
            trim_box: edges.clone(),
            crop_box: edges,
            ops: Vec::new(),
        });
    }
    for (index, picture) in pictures.iter().enumerate() {
        pdf.resources.xobjects.map.insert(XObjectId(picture_id(index)), image(&picture.picture));
    }
    let mut deflater = Deflater::new();
    let mut files = BTreeMap::new();
    for (index, used) in std::mem::take(&mut emitter.used) {
        let face = fonts.get(index).ok_or_else(|| RenderError::Internal("a font is missing".to_owned()))?;
        let glyphs = used.glyphs(face);
        let map = if face.is_cff { None } else { Some(used.map(&glyphs)) };
        let file = FontFile { part: part(index, face, &glyphs, &mut deflater)?, map };
        let id = FontId(font_id(index));
        if let Some(first) = pdf.pages.first_mut() {
            first.ops.extend(used.shown(id.clone()));
        }
        files.insert(id.0.clone(), file);
        pdf.resources.fonts.map.insert(id, PdfFont::new(described(face, &used, &glyphs)));
    }
    let options =
        PdfSaveOptions { optimize: false, subset_fonts: false, secure: true, image_optimization: None };
    let document = pdf.to_lopdf_document(&options, &mut Vec::new());
    let archive = xml.zip(emitter.tags.as_ref().map(|t| &t.structure));
    finish(document, Finish { contents, fonts: files, facts, archive }, deflater)
}

fn picture_id(index: usize) -> String {
    format!("P{index}")
}

fn font_id(index: FaceIndex) -> String {
    format!("F{}", font_number(index))
}

fn page_box(width: f32, height: f32) -> Rect {
    Rect { x: Pt(0.0), y: Pt(0.0), width: Pt(width), height: Pt(height), mode: None, winding_order: None }
}

struct Emitter<'f> {
    fonts: &'f Fonts<'f>,
    used: BTreeMap<FaceIndex, Used>,
    /// The page in hand.
    page: Operators,
    /// The structure, when the file is to have one.
    tags: Option<Tagging>,
    /// The pictures, with what they say to a reader who does not see them.
    pictures: &'f [Placed],
    /// The face of the text written last.
    face: FaceIndex,
    /// The text in hand.
    codes: Vec<Code>,
}

/// The structure, and the element whose content is being written.
struct Tagging {
    structure: Structure,
    open: Option<Target>,
}

impl Emitter<'_> {
    fn turn(&mut self, height: f32) {
        self.page = Operators::new(height);
        if let Some(tags) = &mut self.tags {
            tags.structure.turn();
        }
    }

    /// Writes to which element the next mark belongs, when that is another than before.
    fn begin_content(&mut self, mark: &Mark) {
        let Some(tags) = &mut self.tags else { return };
        let target = match mark {
            Mark::Picture { index, .. } => {
                tags.structure.picture(self.pictures.get(*index).map_or("", |p| &p.alt))
            }
            mark => tags.structure.target(matches!(mark, Mark::Text { .. })),
        };
        if tags.open == Some(target) {
            if matches!((target, mark), (Target::Element(_), Mark::Text { .. })) {
                self.space();
            }
            return;
        }
        if tags.open.replace(target).is_some() {
            self.page.end();
        }
        match target {
            Target::Artifact => self.page.begin_artifact(),
            Target::Element(element) => {
                let number = tags.structure.mark(element);
                self.page.begin_element(tags.structure.role(element), number);
            }
        }
    }

    /// Ends the text written last with a space: lines that are read one after the other would
    /// otherwise run together.
    fn space(&mut self) {
        let Some(face) = self.fonts.get(self.face) else { return };
        let Some(id) = face.face.glyph_index(' ') else { return };
        let code = self.used.entry(self.face).or_default().code(face, id.0, " ");
        self.page.lengthen(code);
    }

    fn end_content(&mut self) {
        if self.tags.as_mut().is_some_and(|t| t.open.take().is_some()) {
            self.page.end();
        }
    }

    fn mark(&mut self, mark: Mark) -> Result<(), RenderError> {
        match (&mark, &mut self.tags) {
            (Mark::Open(_) | Mark::Close, None) => return Ok(()),
            (Mark::Open(tag), Some(tags)) => {
                tags.structure.open(tag.clone());
                return Ok(());
            }
            (Mark::Close, Some(tags)) => {
                tags.structure.close();
                return Ok(());
            }
            _ => self.begin_content(&mark),
        }
        match mark {
            Mark::Open(_) | Mark::Close => {}
            Mark::Text { x, y, run } => return self.text(x, y, &run),
            Mark::Line { from, to, thick, colour } => self.page.line(from, to, thick, colour),
            Mark::Fill { x, y, width, height, colour } => self.page.fill((x, y), (width, height), colour),
            Mark::Code { x, y, side, code, colour } => self.page.code_to_scan((x, y), side, &code, colour),
            Mark::Frame { x, y, width, height, thick, colour } => {
                self.page.frame((x, y), (width, height), thick, colour);
            }
            Mark::Picture { index, x, y, width, height } => {
                self.page.picture(&picture_id(index), (x, y), (width, height));
            }
        }
        Ok(())
    }

    /// A run, in one text operation for each stretch of glyphs of one face that stand on the pen.
    fn text(&mut self, x: f32, y: f32, run: &Run) -> Result<(), RenderError> {
        let size = run.style.size;
        let mut pen = 0.0;
        let mut rest = run.shaped.glyphs.as_slice();
        while let Some(first) = rest.first() {
            let alone = |g: &Glyph| g.offset != (0.0, 0.0);
            let count = if alone(first) {
                1
            } else {
                rest.iter().take_while(|g| g.face == first.face && !alone(g)).count()
            };
            let (stretch, after) = rest.split_at(count.max(1));
            rest = after;
            let start = (x + (pen + first.offset.0) * size / 1000.0, y - first.offset.1 * size / 1000.0);
            self.stretch(start, run, first.face, stretch)?;
            pen += stretch.iter().map(|g| g.advance).sum::<f32>();
        }
        Ok(())
    }

    fn stretch(
        &mut self,
        at: (f32, f32),
        run: &Run,
        index: FaceIndex,
        glyphs: &[Glyph],
    ) -> Result<(), RenderError> {
        let face =
            self.fonts.get(index).ok_or_else(|| RenderError::Internal("a font is missing".to_owned()))?;
        self.face = index;
        let used = self.used.entry(index).or_default();
        self.codes.clear();
        // How far the reader's pen is ahead of where the glyphs should stand.
        let mut ahead = 0.0;
        for glyph in glyphs {
            if glyph.id == 0 {
                return Err(RenderError::Internal("a glyph is missing".to_owned()));
            }
            let (from, to) = glyph.chars();
            let chars = run.shaped.text.get(from..to).unwrap_or_default();
            let code = used.code(face, glyph.id, chars);
            ahead += used.width(code) - glyph.advance;
            let back = if ahead.abs() >= LEAST_KERN { ahead.round() } else { 0.0 };
            ahead -= back;
            self.codes.push(Code { code, back: back as i32 });
        }
        self.page.text(at, index, run.style.size, run.style.colour, &self.codes);
        Ok(())
    }
}

/// A face as printpdf describes it in the file. The font itself is added at the end: printpdf would copy
/// it several times.
fn described(face: &TypeFace<'_>, used: &Used, glyphs: &[u16]) -> ParsedFont {
    let mille = |units: i16| face.mille(i32::from(units)).round() as i16;
    let bounds = face.face.global_bounding_box();
    ParsedFont {
        original_bytes: Vec::new(),
        font_index: 0,
        font_name: Some(format!("{}+{}", tag(glyphs), face.name)),
        codepoint_to_glyph: BTreeMap::new(),
        glyph_widths: used.order.iter().zip(1_u16..).map(|((_, width, _), code)| (code, *width)).collect(),
        // Widths and metrics are given in thousandths of an em, so that printpdf rounds nothing.
        units_per_em: 1000,
        font_metrics: FontMetrics {
            ascent: mille(face.face.ascender()),
            descent: mille(face.face.descender()),
        },
        font_type: FontType::TrueType,
        pdf_font_metrics: PdfFontMetricsStub {
            units_per_em: 1000,
            x_min: mille(bounds.x_min),
            y_min: mille(bounds.y_min),
            x_max: mille(bounds.x_max),
            y_max: mille(bounds.y_max),
            caret_slope_rise: 1,
            caret_slope_run: 0,
            us_weight_class: face.face.weight().to_number(),
        },
    }
}

/// Six letters that tell one subset from another (ISO 32000-1, 9.6.4).
fn tag(glyphs: &[u16]) -> String {
    let mut hash = glyphs.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, glyph| {
        (hash ^ u64::from(*glyph)).wrapping_mul(0x0100_0000_01B3)
    });
    let mut tag = String::new();
    for _ in 0..6 {
        tag.push(char::from(b'A' + u8::try_from(hash % 26).unwrap_or(0)));
        hash /= 26;
    }
    tag
}

fn image(picture: &Picture) -> XObject {
    let name = |n: &str| DictItem::Name(n.as_bytes().to_vec());
    let entry = |key: &str, item: DictItem| (key.to_owned(), item);
    let real = |n: f32| DictItem::Real(n);
    let common = |space: &str, filter: &str| {
        BTreeMap::from([
            entry("Type", name("XObject")),
            entry("Subtype", name("Image")),
            entry("Width", DictItem::Int(i64::from(picture.width))),
            entry("Height", DictItem::Int(i64::from(picture.height))),
            entry("BitsPerComponent", DictItem::Int(8)),
            entry("ColorSpace", name(space)),
            entry("Filter", name(filter)),
        ])
    };
    let (dict, content) = match &picture.data {
        Data::Jpeg { file, components, inverted } => {
            let space = match components {
                1 => "DeviceGray",
                4 => "DeviceCMYK",
                _ => "DeviceRGB",
            };
            let mut dict = common(space, "DCTDecode");
            if *inverted {
                let decode = [1, 0, 1, 0, 1, 0, 1, 0].map(DictItem::Int).to_vec();
                dict.insert("Decode".to_owned(), DictItem::Array(decode));
            }
            (dict, file.to_vec())
        }
        Data::Flat { samples, colours } => {
            let mut dict = common("DeviceRGB", "FlateDecode");
            match colours {
                Colours::Full => {}
                Colours::Grey => {
                    dict.insert("ColorSpace".to_owned(), name("DeviceGray"));
                }
                Colours::Palette { bits, colours } => {
                    let last = i64::try_from(colours.len() / 3).unwrap_or(1) - 1;
                    let table = DictItem::String { data: colours.to_vec(), literal: false };
                    let space = vec![name("Indexed"), name("DeviceRGB"), DictItem::Int(last), table];
                    dict.insert("ColorSpace".to_owned(), DictItem::Array(space));
                    dict.insert("BitsPerComponent".to_owned(), DictItem::Int(i64::from(*bits)));
                }
            }
            (dict, samples.to_vec())
        }
        Data::Drawing { operators } => {
            let dict = BTreeMap::from([
                entry("Type", name("XObject")),
                entry("Subtype", name("Form")),
                entry("BBox", DictItem::Array([0.0, 0.0, 1.0, 1.0].map(real).to_vec())),
                entry("Filter", name("FlateDecode")),
            ]);
            (dict, operators.to_vec())
        }
    };
    XObject::External(ExternalXObject {
        stream: ExternalStream { dict, content, compress: false },
        width: None,
        height: None,
        dpi: None,
    })
}
