//! The last pass over the file: what printpdf leaves out or leaves to chance.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use lopdf::{Dictionary, Document, Object, Stream, StringFormat};
use sha2::{Digest, Sha256};

use super::archive::archive;
use super::error::RenderError;
use super::pictures::deflate;
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
    map_codes(&mut document, &with.glyph_maps);
    describe(&mut document, with.facts).map_err(defect)?;
    if let Some((xml, structure)) = with.archive {
        archive(&mut document, with.facts, xml, structure).map_err(defect)?;
    }
    for object in document.objects.values_mut() {
        if let Object::Dictionary(page) = object
            && page.has_type(b"Page")
        {
            page.remove(b"Annots");
        }
    }
    document.prune_objects();
    compress(&mut document)?;
    identify(&mut document);
    let mut bytes = Vec::new();
    document
        .save_modern(&mut bytes)
        .map_err(|why| RenderError::Internal(format!("the file cannot be written: {why}")))?;
    Ok(bytes)
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
    for object in document.objects.values_mut() {
        if let Object::Stream(stream) = object
            && !stream.dict.has(b"Filter")
            // Metadata is for programs that know nothing of PDF (ISO 19005-3, 6.6.2.1).
            && !stream.dict.has_type(b"Metadata")
        {
            let smaller = deflate(&stream.content).map_err(|p| p.of("A page"))?;
            stream.set_content(smaller);
            stream.dict.set("Filter", Object::Name(b"FlateDecode".to_vec()));
        }
    }
    Ok(())
}

/// Gives the file an identifier that follows from what is in it.
fn identify(document: &mut Document) {
    let mut hash = Sha256::new();
    for (id, object) in &document.objects {
        hash.update(id.0.to_be_bytes());
        match object {
            Object::Stream(stream) => hash.update(&stream.content),
            other => hash.update(format!("{other:?}")),
        }
    }
    let digest: Vec<u8> = hash.finalize().iter().copied().take(16).collect();
    let id = Object::String(digest, StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![id.clone(), id]);
}
