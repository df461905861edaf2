//! The last pass over the file: what printpdf leaves out or leaves to chance.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat};

use super::archive::archive;
use super::error::RenderError;
use super::file::File;
use super::pictures::Deflater;
use super::subset::Part;
use super::tags::Structure;

/// What the file says about itself.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// Kind and number.
    pub(super) title: String,
    /// The seller.
    pub(super) author: String,
    /// The document's language.
    pub(super) language: String,
    /// The document's own date: the file must not depend on when it was made.
    pub(super) date: NaiveDate,
}

/// What the pass needs to know.
pub(super) struct Finish<'f> {
    /// What the pages draw.
    pub(super) contents: Vec<Vec<u8>>,
    /// The fonts, by their names in the file.
    pub(super) fonts: BTreeMap<String, FontFile>,
    /// What the file says about itself.
    pub(super) facts: &'f Facts,
    /// The data to attach and the structure, for a PDF/A-3.
    pub(super) archive: Option<(&'f [u8], &'f Structure)>,
}

/// A font as it goes into the file.
pub(super) struct FontFile {
    /// The font.
    pub(super) part: Arc<Part>,
    /// For each code its glyph, two bytes each; none for PostScript outlines, which know it themselves.
    pub(super) map: Option<Vec<u8>>,
}

/// Completes and writes the file.
pub(super) fn finish(
    mut document: Document,
    with: Finish<'_>,
    deflater: Deflater,
) -> Result<Vec<u8>, RenderError> {
    let defect = |why: lopdf::Error| RenderError::Internal(format!("the file cannot be finished: {why}"));
    fill_pages(&mut document, with.contents).map_err(defect)?;
    for (name, font) in with.fonts {
        embed(&mut document, name.as_bytes(), font).map_err(defect)?;
    }
    let info = describe(&mut document, with.facts).map_err(defect)?;
    let root = document.trailer.get(b"Root").and_then(Object::as_reference).map_err(defect)?;
    let tree = match with.archive {
        Some((xml, structure)) => {
            let tree = archive(&mut document, with.facts, xml, structure).map_err(defect)?;
            Some((tree, structure))
        }
        None => None,
    };
    let mut file = File::new(document.max_id, deflater);
    for (id, object) in &document.objects {
        file.add(*id, object)?;
    }
    if let Some((tree, structure)) = tree {
        tree.write(structure, &mut file)?;
    }
    file.close(root, info)
}

/// Gives the pages what they draw; those printpdf made are empty but for the fonts.
fn fill_pages(document: &mut Document, contents: Vec<Vec<u8>>) -> Result<(), lopdf::Error> {
    let pages: Vec<lopdf::ObjectId> = document.get_pages().into_values().collect();
    for (page, content) in pages.into_iter().zip(contents) {
        let page = document.get_object_mut(page)?.as_dict_mut()?;
        page.remove(b"Annots");
        let id = page.get(b"Contents")?.as_reference()?;
        document.set_object(id, Stream::new(Dictionary::new(), content));
    }
    Ok(())
}

/// Adds a font's file, and ties its codes to its glyphs, which printpdf takes for the same.
fn embed(document: &mut Document, name: &[u8], file: FontFile) -> Result<(), lopdf::Error> {
    let word = |word: &str| Object::Name(word.as_bytes().to_vec());
    let mut dict = Dictionary::from_iter([("Filter", word("FlateDecode"))]);
    let key = if file.map.is_some() {
        dict.set("Length1", Object::Integer(i64::try_from(file.part.length).unwrap_or(i64::MAX)));
        "FontFile2"
    } else {
        dict.set("Subtype", word("CIDFontType0C"));
        "FontFile3"
    };
    let program = document.add_object(Stream::new(dict, file.part.deflated.clone()));
    let map = file.map.map(|map| document.add_object(Stream::new(Dictionary::new(), map)));
    let mut dicts = document.objects.values().filter_map(|o| o.as_dict().ok());
    let font = dicts.find_map(|dict| dict.get(name).ok()?.as_reference().ok());
    let font = font.ok_or_else(|| lopdf::Error::DictKey(String::from_utf8_lossy(name).into_owned()))?;
    let font = document.get_object_mut(font)?.as_dict_mut()?.get_mut(b"DescendantFonts")?.as_array_mut()?;
    let Some(font) = font.first_mut() else { return Ok(()) };
    let font = font.as_dict_mut()?;
    match map {
        Some(map) => font.set("CIDToGIDMap", map),
        None => {
            font.set("Subtype", word("CIDFontType0"));
            font.remove(b"CIDToGIDMap");
        }
    }
    let descriptor = font.get(b"FontDescriptor")?.as_reference()?;
    document.get_object_mut(descriptor)?.as_dict_mut()?.set(key, program);
    Ok(())
}

/// Says what the file is; gives the number of the object that says it.
fn describe(document: &mut Document, facts: &Facts) -> Result<ObjectId, lopdf::Error> {
    let date =
        Object::String(facts.date.format("D:%Y%m%d000000Z").to_string().into_bytes(), StringFormat::Literal);
    let info = Dictionary::from_iter([
        ("Title", text(&facts.title)),
        ("Author", text(&facts.author)),
        ("Creator", text("Tillpost")),
        ("Producer", text(concat!("Tillpost ", env!("CARGO_PKG_VERSION")))),
        ("CreationDate", date.clone()),
        ("ModDate", date),
    ]);
    let id = document.trailer.get(b"Info")?.as_reference()?;
    document.set_object(id, info);
    let catalog = document.catalog_mut()?;
    catalog.set("Lang", text(&facts.language));
    catalog.set("ViewerPreferences", Dictionary::from_iter([("DisplayDocTitle", Object::Boolean(true))]));
    catalog.set("PageMode", Object::Name(b"UseNone".to_vec()));
    Ok(id)
}

/// A text string: as it is when plain ASCII, else UTF-16 with a mark (ISO 32000-1, 7.9.2.2).
pub(super) fn text(text: &str) -> Object {
    if text.is_ascii() {
        return Object::String(text.as_bytes().to_vec(), StringFormat::Literal);
    }
    let mut bytes = vec![0xFE, 0xFF];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes, StringFormat::Hexadecimal)
}
