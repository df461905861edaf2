//! How things stand, in a few figures.

use super::{App, Error, clock};
use crate::store::{AccountRow, Counts};

/// How things stand.
#[derive(Debug, Clone)]
pub struct Status {
    /// Mails by state.
    pub counts: Counts,
    /// The accounts and how they stand.
    pub accounts: Vec<AccountRow>,
    /// The collections and their revisions.
    pub revisions: Vec<(String, i64)>,
}

impl App {
    /// Which collections there are, and a count each that moves whenever one changes.
    ///
    /// # Errors
    /// The store's own.
    pub fn revisions(&self) -> Result<Vec<(String, i64)>, Error> {
        Ok(self.store.read(|reader| reader.revisions())?)
    }

    /// How things stand.
    ///
    /// # Errors
    /// The store's own.
    pub fn status(&self) -> Result<Status, Error> {
        let now = clock::now();
        self.store.read(|reader| {
            Ok(Status {
                counts: reader.counts(now)?,
                accounts: reader.accounts()?,
                revisions: reader.revisions()?,
            })
        })
    }
}
