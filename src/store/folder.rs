//! What was taken from the outbox folder, so that the same content is never taken twice.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::{Reader, StoreError, Tx};
use crate::domain::Millis;

/// A drop that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderDrop {
    /// SHA-256 over its files.
    pub sha256: [u8; 32],
    /// The name it had.
    pub name: String,
    /// When it was taken.
    pub taken: Millis,
    /// The document it became.
    pub document: Option<i64>,
    /// The mail it became.
    pub mail: Option<i64>,
}

impl Reader<'_> {
    /// The drop with this content, if it was taken before.
    ///
    /// # Errors
    /// The store's own.
    pub fn folder_drop(&self, sha256: &[u8; 32]) -> Result<Option<FolderDrop>, StoreError> {
        let found = self.sql.query_row(
            "SELECT sha256, name, taken_ms, document_id, mail_id FROM folder_drop WHERE sha256 = ?1",
            [sha256],
            |r| {
                Ok(FolderDrop {
                    sha256: r.get(0)?,
                    name: r.get(1)?,
                    taken: Millis(r.get(2)?),
                    document: r.get(3)?,
                    mail: r.get(4)?,
                })
            },
        );
        Ok(found.optional()?)
    }
}

/// What the file that was taken last became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastTaken {
    /// The name it had.
    pub name: String,
    /// When it was taken.
    pub at: Millis,
    /// The number of the document it became.
    pub document: Option<String>,
    /// The mail it became.
    pub mail: Option<Uuid>,
}

impl Reader<'_> {
    /// What the file that was taken last became.
    ///
    /// # Errors
    /// The store's own.
    pub fn last_taken(&self) -> Result<Option<LastTaken>, StoreError> {
        let found = self.sql.query_row(
            "SELECT name, taken_ms, document.number, mail.uuid FROM folder_drop
             LEFT JOIN document ON document.id = folder_drop.document_id
             LEFT JOIN mail ON mail.id = folder_drop.mail_id ORDER BY taken_ms DESC LIMIT 1",
            [],
            |r| {
                let mail: Option<[u8; 16]> = r.get(3)?;
                Ok(LastTaken {
                    name: r.get(0)?,
                    at: Millis(r.get(1)?),
                    document: r.get(2)?,
                    mail: mail.map(Uuid::from_bytes),
                })
            },
        );
        Ok(found.optional()?)
    }
}

impl Tx<'_> {
    /// Records a drop as taken, in the transaction that takes it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the same content was taken before.
    pub fn insert_folder_drop(&self, drop: &FolderDrop) -> Result<(), StoreError> {
        let added = self.sql.execute(
            "INSERT OR IGNORE INTO folder_drop (sha256, name, taken_ms, document_id, mail_id) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![drop.sha256, drop.name, drop.taken.0, drop.document, drop.mail],
        )?;
        if added == 0 {
            return Err(StoreError::Conflict("a file with the same content was taken before".into()));
        }
        Ok(())
    }
}
