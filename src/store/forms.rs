//! Papers that are being written on a screen.

use rusqlite::{OptionalExtension, Row, named_params, params};
use uuid::Uuid;

use super::{Reader, StoreError, Tx};
use crate::domain::{Millis, say};

/// A paper that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRow {
    /// Its id, which the screen chose.
    pub uuid: Uuid,
    /// The kind of document it is to become.
    pub kind: String,
    /// The number of the document it changes.
    pub number: Option<String>,
    /// Who it is for, as far as it is written.
    pub buyer: String,
    /// All that is filled in, as JSON; not in lists.
    pub content: Option<String>,
    /// When it was begun.
    pub created: Millis,
    /// When it was last changed.
    pub changed: Millis,
}

/// What is to be kept of a paper that is being written.
#[derive(Debug, Clone)]
pub struct NewForm {
    /// The kind of document it is to become.
    pub kind: &'static str,
    /// The number of the document it changes.
    pub number: Option<String>,
    /// Who it is for, as far as it is written.
    pub buyer: String,
    /// All that is filled in, as JSON.
    pub content: String,
}

fn row(r: &Row<'_>) -> rusqlite::Result<FormRow> {
    Ok(FormRow {
        uuid: Uuid::from_bytes(r.get("uuid")?),
        kind: r.get("kind")?,
        number: r.get("number")?,
        buyer: r.get("buyer")?,
        content: r.get("content")?,
        created: Millis(r.get("created_ms")?),
        changed: Millis(r.get("changed_ms")?),
    })
}

impl Reader<'_> {
    /// The papers changed since `since`, without their contents, the last begun first, at most `most`.
    ///
    /// # Errors
    /// The store's own.
    pub fn forms(&self, since: Millis, most: u32) -> Result<Vec<FormRow>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT uuid, kind, number, buyer, NULL AS content, created_ms, changed_ms FROM form
             WHERE changed_ms >= ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        Ok(find.query_map(params![since.0, most], row)?.collect::<Result<_, _>>()?)
    }

    /// The paper with this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn form(&self, uuid: Uuid) -> Result<FormRow, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT * FROM form WHERE uuid = ?1")?;
        find.query_row([uuid.as_bytes()], row)
            .optional()?
            .ok_or_else(|| StoreError::NotFound(say!("there is no draft {uuid}", uuid)))
    }
}

impl Tx<'_> {
    /// Keeps a paper as it is now.
    ///
    /// # Errors
    /// The store's own.
    pub fn keep_form(&self, uuid: Uuid, form: &NewForm, now: Millis) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO form (uuid, kind, number, buyer, content, created_ms, changed_ms)
                 VALUES (:uuid, :kind, :number, :buyer, :content, :now, :now)
                 ON CONFLICT (uuid) DO UPDATE SET kind = :kind, number = :number, buyer = :buyer,
                     content = :content, changed_ms = :now",
            )?
            .execute(named_params! {
                ":uuid": uuid.as_bytes(), ":kind": form.kind, ":number": form.number, ":buyer": form.buyer,
                ":content": form.content, ":now": now.0,
            })?;
        Ok(())
    }

    /// Removes a paper, if it is there.
    ///
    /// # Errors
    /// The store's own.
    pub fn delete_form(&self, uuid: Uuid) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM form WHERE uuid = ?1", [uuid.as_bytes()])?;
        Ok(())
    }

    /// Removes the paper in a row.
    pub(super) fn delete_form_in(&self, id: i64) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM form WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Removes papers nobody has changed since `before`.
    ///
    /// # Errors
    /// The store's own.
    pub fn forget_forms(&self, before: Millis) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM form WHERE changed_ms < ?1", [before.0])?;
        Ok(())
    }
}
