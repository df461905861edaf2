//! What is kept about a person, and its deletion.

use std::path::{Path, PathBuf};

use super::hand_over::FOLDER as DRAFTS;
use super::{App, Error, clock, show};
use crate::domain::EmailAddress;
use crate::domain::words::names;
use crate::wire::views::ErasureView;

/// The largest file that is looked into for an address; mails with large files have it near their begin.
const LOOKED_AT: u64 = 8 * 1024 * 1024;

/// Files that name a person.
pub(super) struct FileTraces {
    /// Drafts that were handed to the mail program.
    pub(super) drafts: Vec<PathBuf>,
    /// What was taken from the outbox folder, or could not be.
    pub(super) outbox: usize,
}

impl App {
    /// What is kept about a person: what [`App::erase_person`] would delete, and what stays and why.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when it is no address.
    pub fn kept_about(&self, address: &str) -> Result<ErasureView, Error> {
        let address = EmailAddress::parse(address)?;
        let traces = self.store.read(|reader| reader.traces_of(&address))?;
        Ok(show::erasure(&address, &traces, &self.files_naming(&address), false))
    }

    /// Deletes all that is kept about a person but what the law keeps, and says what stays and why.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when it is no address; [`super::Kind::DataFile`] when a file cannot be
    /// deleted: the rest is gone then.
    pub fn erase_person(&self, address: &str) -> Result<ErasureView, Error> {
        let address = EmailAddress::parse(address)?;
        let files = self.files_naming(&address);
        let (person, now) = (address.clone(), clock::now());
        let traces = self.store.write(move |tx| Ok::<_, Error>(tx.erase_person(&person, now)?))?;
        for draft in &files.drafts {
            std::fs::remove_file(draft).map_err(|e| {
                let sentence = format!("{} cannot be deleted: {e}. Delete it by hand.", draft.display());
                Error::new(super::Kind::DataFile, sentence)
            })?;
        }
        tracing::info!("all data about a person was deleted");
        Ok(show::erasure(&address, &traces, &files, true))
    }

    fn files_naming(&self, address: &EmailAddress) -> FileTraces {
        let outbox = ["queued", "failed"].map(|folder| naming(&self.outbox().join(folder), address).len());
        FileTraces { drafts: naming(&self.data().join(DRAFTS), address), outbox: outbox.iter().sum() }
    }
}

/// The files of a folder that name an address; there may be no folder.
fn naming(folder: &Path, address: &EmailAddress) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| begin(path).is_some_and(|text| names(&text, &address.key()))).collect()
}

fn begin(path: &Path) -> Option<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(LOOKED_AT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
