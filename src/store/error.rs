//! What can go wrong with the data file, sorted by what the caller can do about it.

use crate::domain::{Said, say};
use rusqlite::ErrorCode;

/// An error of the data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// Another program holds the file; trying again later may work.
    Busy(String),
    /// The file was written by a newer Tillpost.
    TooNew {
        /// The file's version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The file is not what it should be; it is left as it is.
    Damaged(String),
    /// The file or its folder cannot be written.
    ReadOnly(String),
    /// The disk is full.
    Full(String),
    /// A file that should be a copy of the data file is none, or is damaged.
    NoCopy(String),
    /// A copy of the data file cannot be written.
    Copy(String),
    /// The disk or file system failed.
    Io(String),
    /// What was asked for is not there.
    NotFound(Said),
    /// It cannot be done because of what is there.
    Conflict(Said),
    /// A defect in Tillpost.
    Defect(String),
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.said().fmt(f)
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(text),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(text),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly(text)
            }
            Some(ErrorCode::DiskFull) => Self::Full(text),
            Some(ErrorCode::SystemIoFailure) => Self::Io(text),
            _ => Self::Defect(text),
        }
    }
}

impl StoreError {
    /// What is wrong, as a sentence of ours.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Busy(why) => say!("the data file is in use by another program: {why}", why),
            Self::TooNew { found, known } => {
                say!(
                    "the data file has version {found}, this program knows versions up to {known}",
                    found,
                    known
                )
            }
            Self::Damaged(why) => say!("the data file is damaged: {why}", why),
            Self::ReadOnly(why) => say!("the data file cannot be written: {why}", why),
            Self::Full(why) => say!("the disk is full: {why}", why),
            // Copies are put back and named on the command line alone.
            Self::NoCopy(why) => format!("this copy of the data file cannot be used: {why}").into(),
            Self::Copy(why) => say!("The copy cannot be written: {e}.", e = why),
            Self::Io(why) => say!("the disk failed: {why}", why),
            Self::NotFound(said) | Self::Conflict(said) => said.clone(),
            Self::Defect(why) => say!("defect in the store: {why}", why),
        }
    }

    /// An error of the file system while writing a copy to `path`.
    pub(super) fn copy(path: &std::path::Path, error: &std::io::Error) -> Self {
        match Self::file(path, error) {
            full @ Self::Full(_) => full,
            _ => Self::Copy(format!("{}: {error}", path.display())),
        }
    }

    /// An error of the file system while working on `path`.
    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        let text = format!("{}: {error}", path.display());
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound(text.into()),
            std::io::ErrorKind::AlreadyExists => Self::Conflict(text.into()),
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly(text)
            }
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full(text),
            _ => Self::Io(text),
        }
    }
}

/// A value read from the data file that this program's own checks exclude: the file is damaged.
pub(crate) fn impossible(what: &str, value: &str) -> StoreError {
    StoreError::Damaged(format!("it holds the {what} \"{value}\""))
}
