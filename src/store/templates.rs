//! The shop's own mail templates: one for each kind of document, and those it gave names.

use rusqlite::{OptionalExtension, Row, named_params};

use super::error::impossible;
use super::{Reader, StoreError, Tx};
use crate::domain::Millis;
use crate::domain::document::Kind;

/// Whose words a row of the table `template` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateOf {
    /// A kind of document.
    Kind(Kind),
    /// One of the shop's named templates, by its row.
    Named(i64),
}

impl TemplateOf {
    fn columns(self) -> (Option<&'static str>, Option<i64>) {
        match self {
            Self::Kind(kind) => (Some(kind.word()), None),
            Self::Named(id) => (None, Some(id)),
        }
    }
}

/// A version of one of the shop's own templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRow {
    /// What it is the template of.
    pub of: TemplateOf,
    /// In which language, BCP 47 in lower case.
    pub language: String,
    /// Its version, from 1.
    pub version: i64,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// Whether mails are written with it.
    pub in_use: bool,
    /// When it was written.
    pub created: Millis,
}

const COLUMNS: &str = "kind, named_id, language, version, subject, text, html, in_use, created_ms";
const PLACE: &str = "kind IS :kind AND named_id IS :named AND language = :language";

fn row(r: &Row<'_>) -> rusqlite::Result<(Option<String>, TemplateRow)> {
    let named: Option<i64> = r.get("named_id")?;
    let row = TemplateRow {
        of: TemplateOf::Named(named.unwrap_or_default()),
        language: r.get("language")?,
        version: r.get("version")?,
        subject: r.get("subject")?,
        text: r.get("text")?,
        html: r.get("html")?,
        in_use: r.get("in_use")?,
        created: Millis(r.get("created_ms")?),
    };
    Ok((r.get("kind")?, row))
}

fn known((kind, row): (Option<String>, TemplateRow)) -> Result<TemplateRow, StoreError> {
    let Some(word) = kind else { return Ok(row) };
    let kind = Kind::from_word(&word).ok_or_else(|| impossible("kind", &word))?;
    Ok(TemplateRow { of: TemplateOf::Kind(kind), ..row })
}

impl Reader<'_> {
    /// The templates in use.
    ///
    /// # Errors
    /// The store's own.
    pub fn templates(&self) -> Result<Vec<TemplateRow>, StoreError> {
        let mut find = self
            .sql
            .prepare_cached(&format!("SELECT {COLUMNS} FROM template WHERE in_use = 1 ORDER BY id"))?;
        let rows = find.query_map([], row)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(known).collect()
    }

    /// The template in use in exactly this language.
    ///
    /// # Errors
    /// The store's own.
    pub fn template(&self, of: TemplateOf, language: &str) -> Result<Option<TemplateRow>, StoreError> {
        let mut find = self
            .sql
            .prepare_cached(&format!("SELECT {COLUMNS} FROM template WHERE {PLACE} AND in_use = 1"))?;
        let (kind, named) = of.columns();
        let place = named_params! { ":kind": kind, ":named": named, ":language": language };
        find.query_row(place, row).optional()?.map(known).transpose()
    }

    /// All versions in this language, newest first, in use or not.
    ///
    /// # Errors
    /// The store's own.
    pub fn template_versions(&self, of: TemplateOf, language: &str) -> Result<Vec<TemplateRow>, StoreError> {
        let mut find = self
            .sql
            .prepare_cached(&format!("SELECT {COLUMNS} FROM template WHERE {PLACE} ORDER BY version DESC"))?;
        let (kind, named) = of.columns();
        let place = named_params! { ":kind": kind, ":named": named, ":language": language };
        let rows = find.query_map(place, row)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(known).collect()
    }
}

impl Tx<'_> {
    /// Stores a new version of a template and uses it; returns its version.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_template(
        &self,
        (of, language): (TemplateOf, &str),
        (subject, text, html): (&str, &str, Option<&str>),
        now: Millis,
    ) -> Result<i64, StoreError> {
        self.reset_template(of, language)?;
        let (kind, named) = of.columns();
        let version: i64 = self.sql.query_row(
            &format!("SELECT coalesce(max(version), 0) + 1 FROM template WHERE {PLACE}"),
            named_params! { ":kind": kind, ":named": named, ":language": language },
            |r| r.get(0),
        )?;
        self.sql.execute(
            "INSERT INTO template (kind, named_id, language, version, subject, text, html, in_use, created_ms)
             VALUES (:kind, :named, :language, :version, :subject, :text, :html, 1, :now)",
            named_params! {
                ":kind": kind, ":named": named, ":language": language, ":version": version,
                ":subject": subject, ":text": text, ":html": html, ":now": now.0,
            },
        )?;
        Ok(version)
    }

    /// Uses the shop's own template no longer; its versions stay on record. Whether one was in use.
    ///
    /// # Errors
    /// The store's own.
    pub fn reset_template(&self, of: TemplateOf, language: &str) -> Result<bool, StoreError> {
        let (kind, named) = of.columns();
        let changed = self.sql.execute(
            &format!("UPDATE template SET in_use = 0 WHERE {PLACE} AND in_use = 1"),
            named_params! { ":kind": kind, ":named": named, ":language": language },
        )?;
        Ok(changed > 0)
    }
}
