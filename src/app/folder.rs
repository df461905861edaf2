//! The outbox folder as a person sees it.

use std::path::Path;

use super::{App, Error, Kind};

/// Files that could not be taken, shown at most.
const MOST_SHOWN: usize = 50;
/// The longest reason that is read.
const LONGEST_REASON: usize = 4000;

/// The outbox folder.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Where it is.
    pub path: std::path::PathBuf,
    /// Files in it that were not taken yet.
    pub waiting: usize,
    /// Files that could not be taken and why, newest first.
    pub failed: Vec<(String, String)>,
}

impl App {
    /// What lies in the outbox folder, and what could not be taken.
    ///
    /// # Errors
    /// [`Kind::DataFile`] when the folder cannot be read.
    pub fn folder(&self) -> Result<Folder, Error> {
        let path = self.outbox();
        let waiting = names(&path)?.len();
        let refused = path.join("failed");
        let mut reasons: Vec<_> = names(&refused)?
            .into_iter()
            .filter_map(|(name, changed)| Some((changed, name.strip_suffix(".error.txt")?.to_owned())))
            .collect();
        reasons.sort_by(|a, b| b.cmp(a));
        reasons.truncate(MOST_SHOWN);
        let failed = reasons
            .into_iter()
            .map(|(_, name)| {
                // Moved away since it was listed: the person is quicker than we are.
                let text =
                    std::fs::read_to_string(refused.join(format!("{name}.error.txt"))).unwrap_or_default();
                (name, text.trim().chars().take(LONGEST_REASON).collect())
            })
            .collect();
        Ok(Folder { path, waiting, failed })
    }
}

/// The files of a folder and when they were changed; none where there is no folder yet.
fn names(folder: &Path) -> Result<Vec<(String, Option<std::time::SystemTime>)>, Error> {
    let failed =
        |e: std::io::Error| Error::new(Kind::DataFile, format!("{} cannot be read: {e}.", folder.display()));
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let Ok(meta) = entry.metadata() else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        if meta.is_file() && !name.starts_with('.') {
            found.push((name, meta.modified().ok()));
        }
    }
    Ok(found)
}
