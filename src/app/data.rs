//! Copies of the data file, and whether it is whole.

use std::path::{Path, PathBuf};

use super::files::{Listed, listed};
use super::{App, Error, clock};
use crate::domain::{Millis, say};
use crate::store::{self, CheckReport, Restored, private};

/// The folder for copies of the data file, below the data folder.
pub(super) const FOLDER: &str = "backups";

/// A copy of the data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its name, in the folder `backups` of the data folder.
    pub name: String,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// When it was written.
    pub at: Option<Millis>,
    /// Documents and mails that were made since, and are not in it.
    pub since: Option<(i64, i64)>,
    /// The command that puts it back on this computer.
    pub restore: String,
}

/// What came of putting a copy in the place of the data file while its service paused.
#[derive(Debug)]
pub struct PutBack {
    /// The copy's name.
    pub name: String,
    /// When that was.
    pub at: Millis,
    /// What is there now, or why it could not be put back.
    pub outcome: Result<Restored, Error>,
}

impl App {
    /// Writes a verified copy of the data file while work goes on.
    ///
    /// # Errors
    /// [`super::Kind::Conflict`] when `target` exists.
    pub fn backup(&self, target: &Path) -> Result<CheckReport, Error> {
        Ok(self.store.backup(target)?)
    }

    /// Writes a verified copy of the data file into the folder `backups` of the data folder; returns its name.
    ///
    /// # Errors
    /// [`super::Kind::DataFile`] when it cannot be written.
    pub fn backup_here(&self) -> Result<(String, CheckReport), Error> {
        let folder = self.data().join(FOLDER);
        private::make_folder(&folder).map_err(|e| {
            Error::new(super::Kind::DataFile, say!("{path} cannot be made: {e}.", path = folder.display(), e))
        })?;
        let name = format!("tillpost-{}.db", clock::file_stamp());
        let report = self.backup(&folder.join(&name))?;
        Ok((name, report))
    }

    /// How large the data file is, and the copies of it in the folder `backups`, newest first.
    ///
    /// # Errors
    /// [`super::Kind::DataFile`] when the folder cannot be read.
    pub fn backups(&self) -> Result<(u64, Vec<Backup>), Error> {
        // What was written last stands in the journal beside it until the next checkpoint.
        let bytes = |name: &str| std::fs::metadata(self.data().join(name)).map_or(0, |meta| meta.len());
        let size = bytes("tillpost.db") + bytes("tillpost.db-wal");
        let mut found = Vec::new();
        for Listed { name, bytes, at } in self.copies()? {
            let since = at.map(|at| self.store.read(|reader| reader.made_since(at))).transpose()?;
            found.push(Backup { restore: self.restoring(&name), name, bytes, at, since });
        }
        found.sort_by(|a, b| (b.at, &b.name).cmp(&(a.at, &a.name)));
        Ok((size, found))
    }

    fn copies(&self) -> Result<impl Iterator<Item = Listed>, Error> {
        let is_copy = |file: &Listed| Path::new(&file.name).extension().is_some_and(|e| e == "db");
        Ok(listed(&self.data().join(FOLDER))?.into_iter().filter(is_copy))
    }

    /// Where the copy called `name` lies, of those in the folder `backups`.
    ///
    /// # Errors
    /// [`super::Kind::NotFound`] when there is none.
    pub fn copy_called(&self, name: &str) -> Result<PathBuf, Error> {
        if self.copies()?.any(|file| file.name == name) {
            return Ok(self.data().join(FOLDER).join(name));
        }
        Err(Error::new(super::Kind::NotFound, say!("There is no copy called \"{name}\".", name)))
    }

    /// The command that puts the copy called `name` back, whole: to be run on this computer in any folder.
    fn restoring(&self, name: &str) -> String {
        let program = std::env::current_exe().map_or_else(|_| "tillpost".to_owned(), |exe| quoted(&exe));
        // A service is told its folder in a way that a person at a terminal is not.
        let data = std::path::absolute(self.data()).unwrap_or_else(|_| self.data().to_path_buf());
        let copy = data.join(FOLDER).join(name);
        format!("{program} --data {} restore --replace {}", quoted(&data), quoted(&copy))
    }

    /// Compares every stored byte with its hash and every relation with its other end.
    ///
    /// # Errors
    /// The store's own; what is wrong is in the report.
    pub fn check(&self) -> Result<CheckReport, Error> {
        Ok(self.store.check()?)
    }

    /// Puts the copy `from` in the place of the data file in the folder `data`. What was not finished when it
    /// was made is held: it may have left since.
    ///
    /// # Errors
    /// [`super::Kind::Conflict`] when there is a data file and `replace` is false;
    /// [`super::Kind::DataFile`] when the copy is not whole: nothing was changed.
    pub fn restore(from: &Path, data: &Path, replace: bool) -> Result<Restored, Error> {
        Ok(store::restore(from, data, replace, clock::now(), &clock::file_stamp())?)
    }

    /// Does it for a service that has let go of its data file.
    #[must_use]
    pub fn put_back(copy: &Path, data: &Path) -> PutBack {
        let name = copy.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let outcome = Self::restore(copy, data, true);
        PutBack { name, at: clock::now(), outcome }
    }

    /// Saves what can still be read of the damaged data file `from` and puts it in the place of the data
    /// file in the folder `data`. Mails that were not finished are held.
    ///
    /// # Errors
    /// [`super::Kind::Conflict`] when there is a data file and `replace` is false;
    /// [`super::Kind::DataFile`] when nothing can be read: nothing was changed.
    pub fn salvage(from: &Path, data: &Path, replace: bool) -> Result<Restored, Error> {
        Ok(store::salvage(from, data, replace, clock::now(), &clock::file_stamp())?)
    }
}

/// A path as a terminal of this platform takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.chars().all(|c| c.is_alphanumeric() || "/\\:._-+".contains(c)) {
        return text;
    }
    if cfg!(windows) { format!("\"{text}\"") } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
