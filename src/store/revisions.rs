//! Which collections have changed: a count each, kept by triggers, so that it holds for every process
//! on the data file.

use super::{Reader, StoreError};

impl Reader<'_> {
    /// The collections and their revisions, by name.
    ///
    /// # Errors
    /// The store's own.
    pub fn revisions(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let mut find =
            self.sql.prepare_cached("SELECT collection, value FROM revision ORDER BY collection")?;
        let rows = find.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
