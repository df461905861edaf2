//! How things stand, in a few figures.

use super::{App, Error, clock, pace};
use crate::domain::pause::Pause;
use crate::store::{AccountRow, Counts, PAUSED};

/// How things stand.
#[derive(Debug, Clone)]
pub struct Status {
    /// Mails by state.
    pub counts: Counts,
    /// Since when and by whom sending is paused, while it is.
    pub pause: Option<Pause>,
    /// What keeps all but urgent mails from leaving by themselves just now.
    pub calm: Option<&'static str>,
    /// Sales on their way into the books, and sales that were refused there.
    pub postings: (i64, i64),
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
        let calm = pace::calm(&self.settings()?, now);
        self.store.read(|reader| {
            Ok(Status {
                counts: reader.counts(now)?,
                pause: reader.setting(PAUSED)?.map(|text| Pause::read(&text)),
                calm,
                postings: reader.open_postings()?,
                accounts: reader.accounts()?,
                revisions: reader.revisions()?,
            })
        })
    }
}
