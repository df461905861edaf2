//! What is kept about a person, and its deletion.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::data::FOLDER as BACKUPS;
use super::hand_over::FOLDER as DRAFTS;
use super::{App, Error, clock, show};
use crate::domain::{EmailAddress, say};
use crate::outbox::{Named, naming};
use crate::store::FILE_NAME;
use crate::wire::views::ErasureView;

/// The largest file that is looked into for an address; mails with large files have it near their begin.
const LOOKED_AT: u64 = 8 * 1024 * 1024;

/// Files that name a person, or may.
pub(super) struct FileTraces {
    /// Drafts that were handed to the mail program.
    pub(super) drafts: Vec<PathBuf>,
    /// What was taken from the outbox folder, or could not be, or waits there.
    pub(super) outbox: Named,
    /// Copies of the data file in the data folder and its backups, by their path from there.
    pub(super) copies: Vec<String>,
    /// Whether notes of a running delivery name them.
    pub(super) notes: bool,
}

impl App {
    /// What is kept about a person: what [`App::erase_person`] would delete, and what stays and why.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when it is no address.
    pub fn kept_about(&self, address: &str) -> Result<ErasureView, Error> {
        let address = EmailAddress::parse(address)?;
        let traces = self.store.read(|reader| reader.traces_of(&address))?;
        Ok(show::erasure(&address, &traces, &self.files_naming(&address), None, self.tongue))
    }

    /// Deletes all that is kept about a person but what the law keeps, and says what stays and why. What is
    /// deleted is overwritten in the data file, and its journal emptied.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when it is no address; [`super::Kind::DataFile`] when a file cannot be
    /// deleted: the rest is gone then.
    pub fn erase_person(&self, address: &str) -> Result<ErasureView, Error> {
        let address = EmailAddress::parse(address)?;
        let (person, now) = (address.clone(), clock::now());
        let traces = self.store.write(move |tx| Ok::<_, Error>(tx.erase_person(&person, now)?))?;
        let journal_is_open = self.store.wipe()?;
        let files = self.files_naming(&address);
        for file in files.drafts.iter().chain(&files.outbox.finished) {
            std::fs::remove_file(file).map_err(|e| {
                let path = file.display();
                let sentence = say!("{path} cannot be deleted: {e}. Delete it by hand.", path, e);
                Error::new(super::Kind::DataFile, sentence)
            })?;
        }
        tracing::info!("all data about a person was deleted");
        Ok(show::erasure(&address, &traces, &files, Some(journal_is_open), self.tongue))
    }

    fn files_naming(&self, address: &EmailAddress) -> FileTraces {
        let files = |folder: &Path| {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect::<Vec<_>>()
        };
        let named = |path: &PathBuf| begin(path).is_some_and(|text| address.is_named_in(&text));
        let name = |path: PathBuf| {
            let name = path.strip_prefix(self.data()).ok()?.to_string_lossy().into_owned();
            let is_copy = name != FILE_NAME && [".db", ".part"].iter().any(|end| name.ends_with(end));
            is_copy.then_some(name)
        };
        let beside = files(self.data()).into_iter().chain(files(&self.data().join(BACKUPS)));
        let mut copies: Vec<String> = beside.filter_map(name).collect();
        copies.sort();
        FileTraces {
            drafts: files(&self.data().join(DRAFTS)).into_iter().filter(named).collect(),
            outbox: naming(&self.outbox(), address),
            copies,
            notes: files(&self.data().join("run")).iter().any(named),
        }
    }
}

fn begin(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(LOOKED_AT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
