//! Which processes are alive, so that the mails of a dead one are taken up at once.
//!
//! Each process that delivers holds a lock on a file of its own in `run/`. The operating system lets
//! go of it when the process ends, however it ends; whoever can take the lock knows the owner is dead.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::error::StoreError;

/// This process's name in leases, alive as long as the value.
#[derive(Debug)]
pub struct Owner {
    id: Uuid,
    path: PathBuf,
    _lock: File,
}

impl Owner {
    /// Takes a new name under `data`'s `run/` folder and clears away what dead processes left there.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn register(data: &Path, id: Uuid) -> Result<Self, StoreError> {
        let folder = data.join("run");
        std::fs::create_dir_all(&folder).map_err(|e| StoreError::file(&folder, &e))?;
        let path = lock_path(data, id);
        // Locked before it gets its name: whoever sees it in between would take us for dead.
        let unnamed = path.with_extension("new");
        let lock = OpenOptions::new()
            .create_new(true)
            .write(true)
            .open(&unnamed)
            .map_err(|e| StoreError::file(&unnamed, &e))?;
        lock.try_lock().map_err(|e| StoreError::Io(format!("{}: {e}", unnamed.display())))?;
        std::fs::rename(&unnamed, &path).map_err(|e| StoreError::file(&path, &e))?;
        sweep(data);
        Ok(Self { id, path, _lock: lock })
    }

    /// The name.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Left behind it would only be taken for a dead owner's, which it is.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether the process called `id` still runs. A file that cannot be judged counts as alive: its
/// leases end by time.
pub(super) fn is_alive(data: &Path, id: Uuid) -> bool {
    match OpenOptions::new().write(true).open(lock_path(data, id)) {
        Ok(file) => match file.try_lock() {
            Ok(()) => false,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
        },
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

/// Removes the lock files of dead processes.
fn sweep(data: &Path) {
    let Ok(entries) = std::fs::read_dir(data.join("run")) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let id = name.to_str().and_then(|n| n.strip_suffix(".lock")).and_then(|n| Uuid::parse_str(n).ok());
        if let Some(id) = id
            && !is_alive(data, id)
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn lock_path(data: &Path, id: Uuid) -> PathBuf {
    data.join("run").join(format!("{id}.lock"))
}
