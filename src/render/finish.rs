//! The last pass over the file: what printpdf leaves out or leaves to chance.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use lopdf::{Dictionary, Document, Object, Stream, StringFormat};
use sha2::{Digest, Sha256};

use super::archive::archive;
use super::error::RenderError;
use super::pictures::Deflater;
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
    /// For each font its glyphs in the order of the codes.
    pub(super) glyph_maps: BTreeMap<String, Vec<u8>>,
    /// What the file says about itself.
    pub(super) facts: &'f Facts,
    /// The data to attach and the structure, for a PDF/A-3.
    pub(super) archive: Option<(&'f [u8], &'f Structure)>,
}

/// Completes and writes the file.
pub(super) fn finish(mut document: Document, with: Finish<'_>) -> Result<Vec<u8>, RenderError> {
    let defect = |why: lopdf::Error| RenderError::Internal(format!("the file cannot be finished: {why}"));
    // Version 1.7 (ISO 32000-1) is what object streams and soft masks need.
    document.version = "1.7".to_owned();
    fill_pages(&mut document, with.contents).map_err(defect)?;
    map_codes(&mut document, &with.glyph_maps);
    describe(&mut document, with.facts).map_err(defect)?;
    if let Some((xml, structure)) = with.archive {
        archive(&mut document, with.facts, xml, structure).map_err(defect)?;
    }
    compress(&mut document)?;
    let unnamed = Object::String(vec![0; 16], StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![unnamed.clone(), unnamed]);
    let mut bytes = Vec::new();
    document
        .save_modern(&mut bytes)
        .map_err(|why| RenderError::Internal(format!("the file cannot be written: {why}")))?;
    identify(&mut bytes);
    Ok(bytes)
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

/// Ties each font's codes to its glyphs; printpdf takes them for the same.
fn map_codes(document: &mut Document, maps: &BTreeMap<String, Vec<u8>>) {
    let fonts: Vec<(String, lopdf::ObjectId)> = document
        .objects
        .values()
        .filter_map(|o| o.as_dict().ok())
        .flat_map(|d| {
            d.iter().filter_map(|(key, value)| {
                let name = String::from_utf8_lossy(key).into_owned();
                let id = value.as_reference().ok()?;
                maps.contains_key(&name).then_some((name, id))
            })
        })
        .collect();
    for (name, id) in fonts {
        let Some(map) = maps.get(&name) else { continue };
        let stream = document.add_object(Stream::new(Dictionary::new(), map.clone()));
        let descendant = document
            .get_object_mut(id)
            .and_then(Object::as_dict_mut)
            .and_then(|font| font.get_mut(b"DescendantFonts"))
            .and_then(Object::as_array_mut)
            .ok()
            .and_then(|fonts| fonts.first_mut())
            .and_then(|font| font.as_dict_mut().ok());
        if let Some(descendant) = descendant {
            descendant.set("CIDToGIDMap", Object::Reference(stream));
        }
    }
}

fn describe(document: &mut Document, facts: &Facts) -> Result<(), lopdf::Error> {
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
    if let Ok(old) = document.trailer.get(b"Info").and_then(Object::as_reference) {
        document.objects.remove(&old);
    }
    let info = document.add_object(info);
    document.trailer.set("Info", Object::Reference(info));
    let catalog = document.catalog_mut()?;
    catalog.set("Lang", text(&facts.language));
    catalog.set("ViewerPreferences", Dictionary::from_iter([("DisplayDocTitle", Object::Boolean(true))]));
    catalog.set("PageMode", Object::Name(b"UseNone".to_vec()));
    Ok(())
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

fn compress(document: &mut Document) -> Result<(), RenderError> {
    let mut deflater = Deflater::new();
    for object in document.objects.values_mut() {
        if let Object::Stream(stream) = object
            && !stream.dict.has(b"Filter")
            // Metadata is for programs that know nothing of PDF (ISO 19005-3, 6.6.2.1).
            && !stream.dict.has_type(b"Metadata")
        {
            let smaller = deflater.deflate(&stream.content).map_err(|p| p.of("A page"))?;
            stream.set_content(smaller);
            stream.dict.set("Filter", Object::Name(b"FlateDecode".to_vec()));
        }
    }
    Ok(())
}

/// Gives the file an identifier that follows from what is in it, in the place of the zeros that stand
/// for it twice.
fn identify(bytes: &mut [u8]) {
    let zeros = [b'0'; 32];
    let digest = Sha256::digest(&*bytes);
    let name: Vec<u8> = digest.iter().take(16).flat_map(|b| format!("{b:02X}").into_bytes()).collect();
    // The trailer is the last thing in the file.
    let mut end = bytes.len();
    for _ in 0..2 {
        let Some(at) = bytes.get(..end).and_then(|b| b.windows(32).rposition(|w| w == zeros)) else {
            return;
        };
        if let Some(place) = bytes.get_mut(at..at + 32) {
            place.copy_from_slice(&name);
        }
        end = at;
    }
}
