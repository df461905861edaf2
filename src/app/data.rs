//! Copies of the data file, and whether it is whole.

use std::path::Path;

use super::{App, Error, clock};
use crate::store::{self, CheckReport};

impl App {
    /// Writes a verified copy of the data file while work goes on.
    ///
    /// # Errors
    /// [`super::Kind::Conflict`] when `target` exists.
    pub fn backup(&self, target: &Path) -> Result<CheckReport, Error> {
        Ok(self.store.backup(target)?)
    }

    /// Compares every stored byte with its hash and every relation with its other end.
    ///
    /// # Errors
    /// The store's own; what is wrong is in the report.
    pub fn check(&self) -> Result<CheckReport, Error> {
        Ok(self.store.check()?)
    }

    /// Puts the copy `from` in the place of the data file in the folder `data`.
    ///
    /// # Errors
    /// [`super::Kind::Conflict`] when there is a data file and `replace` is false;
    /// [`super::Kind::DataFile`] when the copy is not whole: nothing was changed.
    pub fn restore(from: &Path, data: &Path, replace: bool) -> Result<CheckReport, Error> {
        Ok(store::restore(from, data, replace, &clock::file_stamp())?)
    }
}
