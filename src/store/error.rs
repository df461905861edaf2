//! What can go wrong with the data file, sorted by what the caller can do about it.

use rusqlite::ErrorCode;

/// An error of the data file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another program holds the file; trying again later may work.
    #[error("the data file is in use by another program: {0}")]
    Busy(String),
    /// The file was written by a newer Tillpost.
    #[error("the data file has version {found}, this program knows versions up to {known}")]
    TooNew {
        /// The file's version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The file is not what it should be; it is left as it is.
    #[error("the data file is damaged: {0}")]
    Damaged(String),
    /// The file or its folder cannot be written.
    #[error("the data file cannot be written: {0}")]
    ReadOnly(String),
    /// The disk is full.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The disk or file system failed.
    #[error("the disk failed: {0}")]
    Io(String),
    /// What was asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// It cannot be done because of what is there.
    #[error("{0}")]
    Conflict(String),
    /// A defect in Tillpost.
    #[error("defect in the store: {0}")]
    Defect(String),
}

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
    /// An error of the file system while working on `path`.
    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        let text = format!("{}: {error}", path.display());
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound(text),
            std::io::ErrorKind::AlreadyExists => Self::Conflict(text),
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
