//! Documents that were issued, found again by what people and programs call them.

use super::{App, Error, Kind, OutgoingFile};
use crate::domain::document::{Document, Kind as DocumentKind};
use crate::domain::say;
use crate::domain::totals::Totals;
use crate::store::{DocumentRow, Reader};
use crate::wire::DocumentFile;

/// A document that was issued, and its files.
pub(super) struct Stored {
    pub(super) id: i64,
    pub(super) document: Document,
    pub(super) files: Vec<OutgoingFile>,
}

/// The newest version of the document that is called `name`: its number, or where several kinds have that
/// number its kind and number, like `invoice/2026-0012`.
pub(super) fn named(reader: &Reader<'_>, name: &str) -> Result<DocumentRow, Error> {
    if let Some((kind, number)) = name.split_once('/')
        && let Some(kind) = DocumentKind::from_word(kind)
        && let Some(row) = reader.document_by_number(kind, number)?
    {
        return Ok(row);
    }
    let kinds = reader.kinds_of_number(name)?;
    let found = match kinds.as_slice() {
        [kind] => reader.document_by_number(*kind, name)?,
        [] => None,
        [first, ..] => {
            let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
            return Err(Error::new(
                Kind::Conflict,
                say!(
                    "Several documents have the number {number}: {kinds}. Name the kind too, like {example}.",
                    number = name,
                    kinds = words.join(", "),
                    example = called(*first, name)
                ),
            ));
        }
    };
    found.ok_or_else(|| none_called(name))
}

/// The newest version of the document of a kind with this number.
pub(super) fn newest_of(reader: &Reader<'_>, kind: DocumentKind, number: &str) -> Result<DocumentRow, Error> {
    reader.document_by_number(kind, number)?.ok_or_else(|| none_called(number))
}

fn none_called(name: &str) -> Error {
    Error::new(Kind::NotFound, say!("There is no document with the number {number}.", number = name))
}

/// What a document is called so that no other can be meant.
pub(super) fn called(kind: DocumentKind, number: &str) -> String {
    format!("{}/{number}", kind.word())
}

impl App {
    /// The kind and number of the document that is called `name`: its number, or its kind and number, like
    /// `invoice/2026-0012`.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none, [`Kind::Conflict`] when several kinds have the number.
    pub fn document_named(&self, name: &str) -> Result<(DocumentKind, String), Error> {
        let row = self.store.read(|reader| named(reader, name))?;
        Ok((row.kind, row.number))
    }

    /// The stored PDF of the document that is called `name`.
    ///
    /// # Errors
    /// As [`App::document_named`].
    pub fn pdf(&self, name: &str) -> Result<Vec<u8>, Error> {
        self.store.read(|reader| Ok(reader.pdf(named(reader, name)?.id)?))
    }

    /// The stored e-invoice beside the page of the document that is called `name`, when it has one.
    ///
    /// # Errors
    /// As [`App::document_named`].
    pub fn xml(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.store.read(|reader| Ok(reader.xml(named(reader, name)?.id)?))
    }

    /// The document that is called `name`, with its page and the e-invoice beside it.
    pub(super) fn stored_named(&self, name: &str) -> Result<Stored, Error> {
        let row = self.store.read(|reader| named(reader, name))?;
        self.stored(&row)
    }

    /// A stored document with its page and the e-invoice beside it, as it was issued: whatever has become of its
    /// channel or of the shop's settings since.
    pub(super) fn stored(&self, row: &DocumentRow) -> Result<Stored, Error> {
        let number = &row.number;
        let (content, files) = self.store.read(|reader| {
            let page = OutgoingFile { name: format!("{number}.pdf"), bytes: reader.pdf(row.id)? };
            let data = reader.xml(row.id)?;
            let data = data.map(|bytes| OutgoingFile { name: format!("{number}.xml"), bytes });
            Ok::<_, Error>((reader.content(row.id)?, std::iter::once(page).chain(data).collect()))
        })?;
        let file: DocumentFile = crate::wire::parse(content.as_bytes())?;
        let draft = file.to_draft(&self.settings()?.language)?;
        let document = Document {
            number: number.clone(),
            seller: draft.seller.unwrap_or_default(),
            totals: Totals::of(&draft.content),
            content: draft.content,
        };
        Ok(Stored { id: row.id, document, files })
    }
}
