//! Mails that are being written.

use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Reader, StoreError, Tx};
use crate::domain::{Millis, Who, say};

/// A mail that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// Its row.
    pub id: i64,
    /// Its id in the world.
    pub uuid: Uuid,
    /// What it says, as the wire's JSON.
    pub content: String,
    /// When it was begun.
    pub created: Millis,
    /// When it was last changed.
    pub changed: Millis,
    /// Who changed it last, where it is known.
    pub changed_by: Option<Who>,
    /// Counts its changes.
    pub version: i64,
    /// The mail it became.
    pub mail: Option<i64>,
    /// The document it was written about, in the version it had then, where it was a mail before.
    pub about: Option<i64>,
}

const COLUMNS: &str = "id, uuid, content, created_ms, changed_ms, version, mail_id, document_id, changed_by";

fn row(r: &Row<'_>) -> rusqlite::Result<DraftRow> {
    Ok(DraftRow {
        id: r.get(0)?,
        uuid: Uuid::from_bytes(r.get(1)?),
        content: r.get(2)?,
        created: Millis(r.get(3)?),
        changed: Millis(r.get(4)?),
        version: r.get(5)?,
        mail: r.get(6)?,
        about: r.get(7)?,
        changed_by: Who::read(&r.get::<_, String>(8)?),
    })
}

impl Reader<'_> {
    /// Drafts that have not become mails, without their files, newest first: those before row
    /// `before`, at most `most`.
    ///
    /// # Errors
    /// The store's own.
    pub fn drafts(&self, before: i64, most: u32) -> Result<Vec<DraftRow>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT id, uuid, json_remove(content, '$.attachments'), created_ms, changed_ms, version, mail_id,
                 document_id, changed_by
             FROM draft WHERE mail_id IS NULL AND id < ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let rows = find.query_map(params![before, most], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many mails are being written.
    ///
    /// # Errors
    /// The store's own.
    pub fn count_drafts(&self) -> Result<i64, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT count(*) FROM draft WHERE mail_id IS NULL")?;
        Ok(find.query_row([], |r| r.get(0))?)
    }

    /// The draft with this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn draft(&self, uuid: Uuid) -> Result<DraftRow, StoreError> {
        let mut find = self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM draft WHERE uuid = ?1"))?;
        find.query_row([uuid.as_bytes()], row)
            .optional()?
            .ok_or_else(|| StoreError::NotFound(say!("there is no draft {uuid}", uuid)))
    }
}

impl Tx<'_> {
    /// Stores a new draft; made of a mail, it is `about` the document that one carried.
    ///
    /// # Errors
    /// The store's own.
    pub fn insert_draft(
        &self,
        uuid: Uuid,
        content: &str,
        about: Option<i64>,
        now: Millis,
    ) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO draft (uuid, content, document_id, created_ms, changed_ms) VALUES (?1, ?2, ?3, ?4, ?4)",
            params![uuid.as_bytes(), content, about, now.0],
        )?;
        Ok(())
    }

    /// Changes a draft, as `by` wants it; it is `about` this document now.
    ///
    /// # Errors
    /// The store's own.
    pub fn update_draft(
        &self,
        id: i64,
        content: &str,
        about: Option<i64>,
        by: Option<&Who>,
        now: Millis,
    ) -> Result<(), StoreError> {
        let by = by.map(Who::text).unwrap_or_default();
        self.sql.execute(
            "UPDATE draft SET content = ?2, document_id = ?3, changed_by = ?4, changed_ms = ?5, version = version + 1
             WHERE id = ?1",
            params![id, content, about, by, now.0],
        )?;
        Ok(())
    }

    /// Notes that a draft became a mail: the first, where everybody gets their own.
    ///
    /// # Errors
    /// The store's own.
    pub fn draft_sent(&self, uuid: Uuid, mail: i64) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE draft SET mail_id = ?2, version = version + 1 WHERE uuid = ?1",
            params![uuid.as_bytes(), mail],
        )?;
        Ok(())
    }

    /// The draft that became the mail in row `mail` is a draft again, if there was one; its sender's own id is
    /// the draft's again too, for the mail it becomes next. It is about the document the mail carried.
    ///
    /// # Errors
    /// The store's own.
    pub fn draft_again(&self, mail: i64) -> Result<Option<DraftRow>, StoreError> {
        let mut again = self.sql.prepare_cached(&format!(
            "UPDATE draft SET mail_id = NULL, version = version + 1,
                 document_id = (SELECT document_id FROM mail WHERE mail.id = ?1)
             WHERE mail_id = ?1 RETURNING {COLUMNS}"
        ))?;
        let draft = again.query_row([mail], row).optional()?;
        if draft.is_some() {
            self.sql.execute("UPDATE mail SET client_ref = NULL WHERE id = ?1", [mail])?;
        }
        Ok(draft)
    }

    /// Removes a draft.
    ///
    /// # Errors
    /// The store's own.
    pub fn delete_draft(&self, id: i64) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM draft WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Removes drafts that became mails before `before`: nothing can be undone any more.
    ///
    /// # Errors
    /// The store's own.
    pub fn forget_sent_drafts(&self, before: Millis) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM draft WHERE mail_id IS NOT NULL AND changed_ms < ?1", [before.0])?;
        Ok(())
    }
}
