//! Mails that the computer's mail program opened, so that the same request again opens none twice.

use rusqlite::{OptionalExtension, params};

use super::{Reader, StoreError, Tx};
use crate::domain::Millis;

/// A mail that the computer's mail program opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The sender's own id for the request.
    pub client_ref: String,
    /// SHA-256 over the request.
    pub fingerprint: [u8; 32],
    /// Where the draft lies.
    pub file: String,
    /// When it was opened.
    pub opened: Millis,
}

impl Reader<'_> {
    /// The mail that was opened under this `client_ref`, if one was.
    ///
    /// # Errors
    /// The store's own.
    pub fn handed_over(&self, client_ref: &str) -> Result<Option<HandedOver>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT client_ref, fingerprint, file, opened_ms FROM handed_over WHERE client_ref = ?1",
        )?;
        let found = find.query_row([client_ref], |r| {
            Ok(HandedOver {
                client_ref: r.get(0)?,
                fingerprint: r.get(1)?,
                file: r.get(2)?,
                opened: Millis(r.get(3)?),
            })
        });
        Ok(found.optional()?)
    }
}

impl Tx<'_> {
    /// Notes that a mail was opened; of two at the same moment the first is kept.
    ///
    /// # Errors
    /// The store's own.
    pub fn insert_handed_over(&self, opened: &HandedOver) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT OR IGNORE INTO handed_over (client_ref, fingerprint, file, opened_ms)
             VALUES (?1, ?2, ?3, ?4)",
            params![opened.client_ref, opened.fingerprint, opened.file, opened.opened.0],
        )?;
        Ok(())
    }
}
