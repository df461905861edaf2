//! What lies in the folders of the data folder.

use std::path::Path;

use super::{Error, Kind, clock};
use crate::domain::{Millis, say};

/// A file in a folder.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) bytes: u64,
    /// When it was last changed.
    pub(super) at: Option<Millis>,
}

/// The files of a folder; none where there is no folder yet.
///
/// # Errors
/// [`Kind::DataFile`] when it cannot be read.
pub(super) fn listed(folder: &Path) -> Result<Vec<Listed>, Error> {
    let failed = |e: std::io::Error| {
        Error::new(Kind::DataFile, say!("{path} cannot be read: {e}.", path = folder.display(), e))
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        // Gone since it was listed.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            found.push(Listed { name, bytes: meta.len(), at: clock::of_file(&meta) });
        }
    }
    Ok(found)
}
