//! Own copies of some mails.

use rusqlite::params;

use super::{Reader, StoreError, Tx};
use crate::domain::EmailAddress;
use crate::domain::document::Kind;

/// A rule for own copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyRule {
    /// Its row.
    pub id: i64,
    /// Who gets the copy.
    pub address: String,
    /// Of mails to this customer; empty: to anybody.
    pub customer: String,
    /// With this kind of document; empty: any mail.
    pub kind: String,
}

impl Reader<'_> {
    /// The rules for own copies.
    ///
    /// # Errors
    /// The store's own.
    pub fn copy_rules(&self) -> Result<Vec<CopyRule>, StoreError> {
        let mut find =
            self.sql.prepare_cached("SELECT id, address, customer, kind FROM copy_rule ORDER BY id")?;
        let rows = find.query_map([], |r| {
            Ok(CopyRule { id: r.get(0)?, address: r.get(1)?, customer: r.get(2)?, kind: r.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Tx<'_> {
    /// Adds a rule and returns its row; one that stands already stays as it is.
    ///
    /// # Errors
    /// The store's own.
    pub fn add_copy_rule(
        &self,
        address: &EmailAddress,
        customer: &str,
        kind: Option<Kind>,
    ) -> Result<i64, StoreError> {
        let values = params![address.as_str(), customer, kind.map_or("", Kind::word)];
        self.sql.execute(
            "INSERT OR IGNORE INTO copy_rule (address, customer, kind) VALUES (?1, ?2, ?3)",
            values,
        )?;
        let mut find = self
            .sql
            .prepare_cached("SELECT id FROM copy_rule WHERE address = ?1 AND customer = ?2 AND kind = ?3")?;
        Ok(find.query_row(values, |r| r.get(0))?)
    }

    /// Removes a rule; whether it was there.
    ///
    /// # Errors
    /// The store's own.
    pub fn remove_copy_rule(&self, id: i64) -> Result<bool, StoreError> {
        Ok(self.sql.execute("DELETE FROM copy_rule WHERE id = ?1", [id])? > 0)
    }
}
