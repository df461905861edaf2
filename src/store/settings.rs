//! Settings and the shop's own details.

use rusqlite::OptionalExtension;

use super::{Reader, StoreError, Tx};

/// The setting that stands there while sending is paused.
pub const PAUSED: &str = "internal.paused";

impl Reader<'_> {
    /// The stored value of a setting, if it was ever set.
    ///
    /// # Errors
    /// The store's own.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
        Ok(find.query_row([key], |r| r.get(0)).optional()?)
    }

    /// The shop's details as the wire's JSON, if they were set.
    ///
    /// # Errors
    /// The store's own.
    pub fn shop(&self) -> Result<Option<String>, StoreError> {
        Ok(self.sql.query_row("SELECT details FROM shop", [], |r| r.get(0)).optional()?)
    }

    /// The bytes of the shop's logo, if there is one.
    ///
    /// # Errors
    /// The store's own.
    pub fn logo(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.sql.query_row("SELECT logo FROM shop", [], |r| r.get(0)).optional()?.flatten())
    }
}

impl Tx<'_> {
    /// Stores a setting.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [key, value],
        )?;
        Ok(())
    }

    /// Removes a setting, so that it has its default.
    ///
    /// # Errors
    /// The store's own.
    pub fn remove_setting(&self, key: &str) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM setting WHERE key = ?1", [key])?;
        Ok(())
    }

    /// Stores the shop's details, leaving its logo as it is.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_shop(&self, details: &str) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO shop (id, details) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET details = excluded.details",
            [details],
        )?;
        Ok(())
    }

    /// Stores or removes the shop's logo; the details must be there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the shop has no details yet.
    pub fn set_logo(&self, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        match self.sql.execute("UPDATE shop SET logo = ?1", [bytes])? {
            0 => Err(StoreError::Conflict("the shop's details come before its logo".into())),
            _ => Ok(()),
        }
    }
}
