//! How things stand, in a few figures.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{App, Error, clock, pace};
use crate::domain::pause::Pause;
use crate::store::{AccountRow, Counts, PAUSED};

/// How things stand.
#[derive(Debug, Clone)]
pub struct Status {
    /// Mails by state.
    pub counts: Counts,
    /// Mails in the outbox: all that are not finished.
    pub outbox: i64,
    /// Mails that are being written.
    pub drafts: i64,
    /// The server that is being asked in for sending, if one is.
    pub connecting: Option<String>,
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

/// The servers that rounds of this process are connecting to.
#[derive(Clone, Default)]
pub(super) struct Dialling(Arc<Mutex<Vec<String>>>);

/// While it lives, its server is being connected to.
pub(super) struct Dialled(Dialling, String);

impl Dialling {
    fn hosts(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that `host` is being connected to.
    pub(super) fn to(&self, host: &str) -> Dialled {
        self.hosts().push(host.to_owned());
        Dialled(self.clone(), host.to_owned())
    }
}

impl Drop for Dialled {
    fn drop(&mut self) {
        let mut hosts = self.0.hosts();
        if let Some(at) = hosts.iter().position(|host| *host == self.1) {
            hosts.swap_remove(at);
        }
    }
}

impl App {
    /// The mail server that this process is connecting to for sending, if it is.
    #[must_use]
    pub fn connecting(&self) -> Option<String> {
        self.connecting.hosts().first().cloned()
    }

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
                outbox: reader.count_mails(Some(false))?,
                drafts: reader.count_drafts()?,
                connecting: self.connecting(),
                pause: reader.setting(PAUSED)?.map(|text| Pause::read(&text)),
                calm,
                postings: reader.open_postings()?,
                accounts: reader.accounts()?,
                revisions: reader.revisions()?,
            })
        })
    }
}
