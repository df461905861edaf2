//! One service for a data folder: two would take the same files and answer on two addresses.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Error, Kind};
use crate::store::private;

/// How often, and how far apart, the lock is tried before somebody else is taken for the service.
const LOOKS: usize = 20;
const LOOK: Duration = Duration::from_millis(10);

/// The right to be the service of a data folder, as long as the value lives. The operating system takes
/// it back when the process ends, however it ends.
#[derive(Debug)]
pub struct Serving {
    _lock: File,
    address: PathBuf,
}

impl Serving {
    /// Becomes the service of the folder `data`.
    ///
    /// # Errors
    /// [`Kind::Busy`] when there is one already, naming its address.
    pub fn begin(data: &Path) -> Result<Self, Error> {
        let folder = data.join("run");
        let failed = |e: std::io::Error| {
            Error::new(Kind::DataFile, format!("{} cannot be written: {e}.", folder.display()))
        };
        private::make_folder(&folder).map_err(failed)?;
        let lock = open(&folder.join("serve.lock")).map_err(failed)?;
        match lock_at_last(&lock) {
            Ok(()) => Ok(Self { _lock: lock, address: folder.join("serve.address") }),
            Err(TryLockError::WouldBlock) => {
                let address = read(&folder.join("serve.address")).unwrap_or_default();
                let at = if address.is_empty() { String::new() } else { format!(" at {address}") };
                Err(Error::new(
                    Kind::Busy,
                    format!("Tillpost already serves this data folder{at}. Use that one, or stop it first."),
                ))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Tells other programs of this machine where the service answers.
    ///
    /// # Errors
    /// [`Kind::DataFile`] when it cannot be written.
    pub fn announce(&self, address: &str) -> Result<(), Error> {
        let written = open(&self.address).and_then(|mut file| {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(address.as_bytes())
        });
        written.map_err(|e| {
            Error::new(Kind::DataFile, format!("{} cannot be written: {e}.", self.address.display()))
        })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // What is left behind is not believed: only the lock tells whether somebody serves.
        let _ = std::fs::remove_file(&self.address);
    }
}

/// Where the service of the folder `data` answers, if there is one.
///
/// # Errors
/// [`Kind::DataFile`] when the lock cannot be looked at.
pub fn serving_at(data: &Path) -> Result<Option<String>, Error> {
    let folder = data.join("run");
    let Ok(lock) = OpenOptions::new().read(true).write(true).open(folder.join("serve.lock")) else {
        return Ok(None);
    };
    match lock.try_lock() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => {
            Ok(read(&folder.join("serve.address")).ok().filter(|a| !a.is_empty()))
        }
        Err(TryLockError::Error(e)) => {
            Err(Error::new(Kind::DataFile, format!("{} cannot be locked: {e}.", folder.display())))
        }
    }
}

/// Locks the file. Who only looks whether somebody serves has it for a moment, so one try is not enough.
fn lock_at_last(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..LOOKS {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
            done => return done,
        }
    }
    lock.try_lock()
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(500).read_to_string(&mut text)?;
    Ok(text.trim().to_owned())
}
