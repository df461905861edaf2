//! The shop's own mail templates.

use rusqlite::{OptionalExtension, Row, params};

use super::error::impossible;
use super::{Reader, StoreError, Tx};
use crate::domain::Millis;
use crate::domain::document::Kind;

/// A version of one of the shop's own templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRow {
    /// For which kind of document.
    pub kind: Kind,
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

const COLUMNS: &str = "kind, language, version, subject, text, html, in_use, created_ms";

fn row(r: &Row<'_>) -> rusqlite::Result<(String, TemplateRow)> {
    let kind: String = r.get("kind")?;
    let row = TemplateRow {
        kind: Kind::Invoice,
        language: r.get("language")?,
        version: r.get("version")?,
        subject: r.get("subject")?,
        text: r.get("text")?,
        html: r.get("html")?,
        in_use: r.get("in_use")?,
        created: Millis(r.get("created_ms")?),
    };
    Ok((kind, row))
}

fn known((kind, row): (String, TemplateRow)) -> Result<TemplateRow, StoreError> {
    let kind = Kind::from_word(&kind).ok_or_else(|| impossible("kind", &kind))?;
    Ok(TemplateRow { kind, ..row })
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

    /// The template in use for exactly this kind and language.
    ///
    /// # Errors
    /// The store's own.
    pub fn template(&self, kind: Kind, language: &str) -> Result<Option<TemplateRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM template WHERE kind = ?1 AND language = ?2 AND in_use = 1"
        ))?;
        find.query_row([kind.word(), language], row).optional()?.map(known).transpose()
    }

    /// All versions for this kind and language, newest first, in use or not.
    ///
    /// # Errors
    /// The store's own.
    pub fn template_versions(&self, kind: Kind, language: &str) -> Result<Vec<TemplateRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM template WHERE kind = ?1 AND language = ?2 ORDER BY version DESC"
        ))?;
        let rows = find.query_map([kind.word(), language], row)?.collect::<Result<Vec<_>, _>>()?;
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
        (kind, language): (Kind, &str),
        (subject, text, html): (&str, &str, Option<&str>),
        now: Millis,
    ) -> Result<i64, StoreError> {
        self.reset_template(kind, language)?;
        let version: i64 = self.sql.query_row(
            "SELECT coalesce(max(version), 0) + 1 FROM template WHERE kind = ?1 AND language = ?2",
            [kind.word(), language],
            |r| r.get(0),
        )?;
        self.sql.execute(
            "INSERT INTO template (kind, language, version, subject, text, html, in_use, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)",
            params![kind.word(), language, version, subject, text, html, now.0],
        )?;
        Ok(version)
    }

    /// Uses the shop's own template no longer; its versions stay on record. Whether one was in use.
    ///
    /// # Errors
    /// The store's own.
    pub fn reset_template(&self, kind: Kind, language: &str) -> Result<bool, StoreError> {
        let changed = self.sql.execute(
            "UPDATE template SET in_use = 0 WHERE kind = ?1 AND language = ?2 AND in_use = 1",
            [kind.word(), language],
        )?;
        Ok(changed > 0)
    }
}
