//! Documents, their numbers and their PDFs.

use rusqlite::{OptionalExtension, Row, named_params, params};

use super::error::impossible;
use super::{Reader, StoreError, Tx};
use crate::domain::document::{EInvoice, Kind};
use crate::domain::{Millis, say};

/// A stored document, without its content and PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Its row.
    pub id: i64,
    /// What the sender called it, for asking twice.
    pub client_ref: Option<String>,
    /// SHA-256 over what the sender asked for.
    pub fingerprint: [u8; 32],
    /// Its kind.
    pub kind: Kind,
    /// Its number.
    pub number: String,
    /// 1, or more for a correction.
    pub version: i64,
    /// Its currency.
    pub currency: String,
    /// What is to be paid, as printed.
    pub payable: String,
    /// When it was stored.
    pub created: Millis,
}

/// A document about to be stored.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// What the sender calls it.
    pub client_ref: Option<String>,
    /// SHA-256 over what the sender asked for.
    pub fingerprint: [u8; 32],
    /// Its kind.
    pub kind: Kind,
    /// Its number.
    pub number: String,
    /// 1, or one more than the latest version under its number.
    pub version: i64,
    /// The date on it, ISO 8601.
    pub issue_date: String,
    /// Its currency.
    pub currency: String,
    /// What is to be paid, as printed.
    pub payable: String,
    /// Who it is for.
    pub buyer_name: Option<String>,
    /// Their email address.
    pub buyer_email: Option<String>,
    /// All it says, as the wire's JSON.
    pub content: String,
    /// Its PDF.
    pub pdf: Vec<u8>,
    /// SHA-256 of the PDF.
    pub pdf_sha256: [u8; 32],
    /// The e-invoice beside it: its form, its bytes and their SHA-256.
    pub xml: Option<(EInvoice, Vec<u8>, [u8; 32])>,
    /// When it is stored.
    pub created: Millis,
}

const COLUMNS: &str = "id, client_ref, fingerprint, kind, number, version, currency, payable, created_ms";

fn row(r: &Row<'_>) -> rusqlite::Result<Result<DocumentRow, StoreError>> {
    let kind: String = r.get("kind")?;
    let (id, client_ref, fingerprint) = (r.get("id")?, r.get("client_ref")?, r.get("fingerprint")?);
    let (number, version, currency) = (r.get("number")?, r.get("version")?, r.get("currency")?);
    let (payable, created) = (r.get("payable")?, Millis(r.get("created_ms")?));
    Ok(Kind::from_word(&kind).ok_or_else(|| impossible("kind", &kind)).map(|kind| DocumentRow {
        id,
        client_ref,
        fingerprint,
        kind,
        number,
        version,
        currency,
        payable,
        created,
    }))
}

impl Reader<'_> {
    /// The document its sender called `client_ref`.
    ///
    /// # Errors
    /// The store's own; a missing document is `None`.
    pub fn document_by_ref(&self, client_ref: &str) -> Result<Option<DocumentRow>, StoreError> {
        let mut find =
            self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM document WHERE client_ref = ?1"))?;
        find.query_row([client_ref], row).optional()?.transpose()
    }

    /// The document in row `id`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn document(&self, id: i64) -> Result<DocumentRow, StoreError> {
        let mut find = self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM document WHERE id = ?1"))?;
        find.query_row([id], row)
            .optional()?
            .unwrap_or_else(|| Err(StoreError::NotFound("there is no such document".into())))
    }

    /// The newest version of the document of a kind with that number.
    ///
    /// # Errors
    /// The store's own; a missing document is `None`.
    pub fn document_by_number(&self, kind: Kind, number: &str) -> Result<Option<DocumentRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM document WHERE number = ?1 AND kind = ?2 ORDER BY version DESC"
        ))?;
        find.query_row(params![number, kind.word()], row).optional()?.transpose()
    }

    /// The kinds of document that have this number: each kind counts for itself.
    ///
    /// # Errors
    /// The store's own.
    pub fn kinds_of_number(&self, number: &str) -> Result<Vec<Kind>, StoreError> {
        let mut find =
            self.sql.prepare_cached("SELECT DISTINCT kind FROM document WHERE number = ?1 ORDER BY kind")?;
        let words = find.query_map([number], |r| r.get(0))?.collect::<Result<Vec<String>, _>>()?;
        words.iter().map(|word| Kind::from_word(word).ok_or_else(|| impossible("kind", word))).collect()
    }

    /// The number of a kind's series in `year` that was given last; 0 before the first.
    ///
    /// # Errors
    /// The store's own.
    pub fn last_in_series(&self, kind: Kind, year: i32) -> Result<i64, StoreError> {
        let mut find =
            self.sql.prepare_cached("SELECT last FROM number_series WHERE kind = ?1 AND year = ?2")?;
        Ok(find.query_row(params![kind.word(), year], |r| r.get(0)).optional()?.unwrap_or(0))
    }

    /// What the document in row `id` says, as the wire's JSON.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn content(&self, id: i64) -> Result<String, StoreError> {
        self.sql
            .query_row("SELECT content FROM document WHERE id = ?1", [id], |r| r.get(0))
            .optional()?
            .ok_or_else(|| StoreError::NotFound("there is no such document".into()))
    }

    /// The PDF of the document in row `id`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it is missing.
    pub fn pdf(&self, id: i64) -> Result<Vec<u8>, StoreError> {
        self.sql
            .prepare_cached("SELECT bytes FROM document_pdf WHERE document_id = ?1")?
            .query_row([id], |r| r.get(0))
            .optional()?
            .ok_or_else(|| StoreError::Damaged(format!("the PDF of document {id} is missing")))
    }

    /// The e-invoice beside the page of the document in row `id`, when it has one.
    ///
    /// # Errors
    /// The store's own.
    pub fn xml(&self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT bytes FROM document_xml WHERE document_id = ?1")?;
        Ok(find.query_row([id], |r| r.get(0)).optional()?)
    }
}

impl Tx<'_> {
    /// The next number of a kind's series in `year`, counting from 1; it is taken when the
    /// transaction commits, and not taken at all when it does not: no gaps.
    ///
    /// # Errors
    /// The store's own.
    pub fn next_in_series(&self, kind: Kind, year: i32) -> Result<i64, StoreError> {
        let mut take = self.sql.prepare_cached(
            "INSERT INTO number_series (kind, year, last) VALUES (?1, ?2, 1)
             ON CONFLICT (kind, year) DO UPDATE SET last = last + 1 RETURNING last",
        )?;
        Ok(take.query_row(params![kind.word(), year], |r| r.get(0))?)
    }

    /// Stores a document with its PDF; returns its row.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its version is not the next under its kind and number.
    pub fn insert_document(&self, new: &NewDocument) -> Result<i64, StoreError> {
        let latest: i64 = self
            .sql
            .prepare_cached("SELECT coalesce(max(version), 0) FROM document WHERE kind = ?1 AND number = ?2")?
            .query_row(params![new.kind.word(), new.number], |r| r.get(0))?;
        if new.version != latest + 1 {
            let (kind, number) = (new.kind.word(), &new.number);
            return Err(StoreError::Conflict(match latest {
                0 => say!(
                    "there is no {kind} {number} yet that version {version} could correct",
                    kind,
                    number,
                    version = new.version
                ),
                _ => say!(
                    "there is already version {latest} of {kind} {number}; \"version\": {next} would correct it",
                    latest,
                    kind,
                    number,
                    next = latest + 1
                ),
            }));
        }
        self.sql
            .prepare_cached(
                "INSERT INTO document (client_ref, fingerprint, kind, number, version, issue_date, currency, payable,
                     buyer_name, buyer_email, content, created_ms)
                 VALUES (:client_ref, :fingerprint, :kind, :number, :version, :issue_date, :currency, :payable,
                     :buyer_name, :buyer_email, :content, :created)",
            )?
            .execute(named_params! {
                ":client_ref": new.client_ref, ":fingerprint": new.fingerprint, ":kind": new.kind.word(),
                ":number": new.number, ":version": new.version, ":issue_date": new.issue_date, ":currency": new.currency,
                ":payable": new.payable, ":buyer_name": new.buyer_name, ":buyer_email": new.buyer_email,
                ":content": new.content, ":created": new.created.0,
            })?;
        let id = self.sql.last_insert_rowid();
        self.sql
            .prepare_cached("INSERT INTO document_pdf (document_id, sha256, bytes) VALUES (?1, ?2, ?3)")?
            .execute(params![id, new.pdf_sha256, new.pdf])?;
        if let Some((form, bytes, sha256)) = &new.xml {
            self.sql
                .prepare_cached(
                    "INSERT INTO document_xml (document_id, form, sha256, bytes) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![id, form.word(), sha256, bytes])?;
        }
        Ok(id)
    }
}
