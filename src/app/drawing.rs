//! Drawing a document, with its e-invoice where one is wanted.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::{Error, Kind};
use crate::domain::document::{Document, EInvoice};
use crate::domain::mail::Attachment;
use crate::domain::payment;
use crate::domain::say;
use crate::einvoice;
use crate::render::{self, Logo, Look, Preview};

/// A document drawn.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The page.
    pub pdf: Vec<u8>,
    /// The e-invoice that stands beside it, when the buyer wants one as a file.
    pub xml: Option<XmlFile>,
}

/// An e-invoice as a file of its own.
#[derive(Debug, Clone)]
pub struct XmlFile {
    /// Its form.
    pub form: EInvoice,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A text as a picture (SVG) that a phone reads.
///
/// # Errors
/// [`Kind::Defect`] when it is too long for one.
pub fn code_picture(text: &str) -> Result<String, Error> {
    Ok(render::code_picture(text)?)
}

/// The shop's logo made ready for documents: to read a picture and to deflate it anew takes longer than
/// all the rest of a page.
#[derive(Default)]
pub(super) struct LastLogo(Mutex<Option<(Vec<u8>, Logo)>>);

impl LastLogo {
    /// The logo of this file.
    pub(super) fn ready(&self, file: Vec<u8>) -> Result<Logo, Error> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, logo)) = &*last
            && *known == file
        {
            return Ok(logo.clone());
        }
        let logo = render::logo(&file)?;
        *last = Some((file, logo.clone()));
        Ok(logo)
    }
}

/// Draws `document`. A page with its data inside is one file; a page with a file beside it stays a
/// plain page, so that one invoice is never readable twice by programs.
pub(super) fn draw(document: &Document, look: &Look, form: EInvoice) -> Result<Drawn, Error> {
    payment::request(document)?;
    let reason = |category| render::tax_reason(document, category);
    let Some(xml) = einvoice::write(document, form, &reason)? else {
        return Ok(Drawn { pdf: render::pdf(document, look)?, xml: None });
    };
    if form == EInvoice::FacturX {
        return Ok(Drawn { pdf: render::hybrid(document, look, &xml)?, xml: None });
    }
    Ok(Drawn { pdf: render::pdf(document, look)?, xml: Some(XmlFile { form, bytes: xml }) })
}

/// A page as a picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The PNG file.
    pub png: Vec<u8>,
    /// How many pages there are.
    pub pages: usize,
}

/// A page of a PDF that Tillpost drew, as a picture; `page` counts from 1.
///
/// # Errors
/// [`Kind::NotFound`] when there is no such page.
pub fn picture(pdf: Vec<u8>, page: usize, dpi: u32) -> Result<Picture, Error> {
    let preview = Preview::open(pdf)?;
    let pages = preview.pages();
    let png = preview.png(page, dpi)?.ok_or_else(|| {
        Error::new(Kind::NotFound, say!("There is no page {page}; the document has {pages}.", page, pages))
    })?;
    Ok(Picture { png, pages })
}

/// The files of a document for its mail.
pub(super) fn attachments(number: &str, drawn: &Drawn) -> Vec<Attachment> {
    let page = Attachment {
        file_name: format!("{number}.pdf"),
        media_type: "application/pdf".to_owned(),
        bytes: drawn.pdf.clone(),
    };
    let data = drawn.xml.as_ref().map(|xml| Attachment {
        file_name: format!("{number}.xml"),
        media_type: "application/xml".to_owned(),
        bytes: xml.bytes.clone(),
    });
    std::iter::once(page).chain(data).collect()
}

/// The pages of a PDF file as PNG files, all of them or the one with this number, with their numbers.
///
/// # Errors
/// [`Kind::NotFound`] when there is no such page.
pub fn pictures(pdf: &[u8], page: Option<usize>, dpi: u32) -> Result<Vec<(usize, Vec<u8>)>, Error> {
    let preview = render::Preview::open(pdf.to_vec())?;
    let count = preview.pages();
    let wanted = page.map_or_else(|| (1..=count).collect(), |page| vec![page]);
    let mut pictures = Vec::new();
    for page in wanted {
        let png = preview.png(page, dpi)?.ok_or_else(|| {
            Error::new(
                Kind::NotFound,
                say!("There is no page {page}; the document has {pages}.", page, pages = count),
            )
        })?;
        pictures.push((page, png));
    }
    Ok(pictures)
}

/// The path of the first text of a file that has this character.
pub(super) fn field_with(value: &Value, character: char) -> Option<String> {
    let path = |name: String, rest: String| {
        let dot = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
        format!("{name}{dot}{rest}")
    };
    match value {
        Value::String(text) => text.nfc().any(|c| c == character).then(String::new),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(i, item)| Some(path(format!("[{i}]"), field_with(item, character)?)))
        }
        Value::Object(fields) => {
            fields.iter().find_map(|(name, item)| Some(path(name.clone(), field_with(item, character)?)))
        }
        _ => None,
    }
}
