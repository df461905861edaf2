//! Why secrets cannot be reached, in words for the shop.

use crate::domain::{Said, say};
use std::io;
use std::path::PathBuf;

/// Why a secret could not be kept, read or forgotten. It never contains the secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthError {
    /// This machine has no keyring, or it is not running.
    NoKeyring(String),
    /// The keyring is there but locked, or was never set up.
    Locked,
    /// The place did not answer in time, perhaps because it is asking somebody for its password.
    NoAnswer(u64),
    /// The place refused or failed.
    Failed(String),
    /// The secret is longer than the place takes.
    TooLong {
        /// The most it takes, in bytes.
        limit: usize,
    },
    /// The account's name cannot name an entry.
    AccountName(String),
    /// The file for secrets was chosen and no key is given.
    NoKeyFile,
    /// The key file that was named cannot be read.
    KeyFileUnreadable {
        /// The key file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Others can read the key file.
    KeyFileOpen {
        /// The key file.
        path: PathBuf,
        /// Its mode, as `chmod` writes it.
        mode: u32,
    },
    /// The key file does not hold a key.
    KeyFileMalformed(PathBuf),
    /// A new key was to be written where a file already is; the old key may still be needed.
    KeyFileExists(PathBuf),
    /// The key does not open the file.
    WrongKey(PathBuf),
    /// The secrets file is not one, or is from a newer Tillpost.
    FileDamaged {
        /// The secrets file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The secrets file cannot be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
}

impl AuthError {
    /// What is wrong and what to do, as a sentence of ours.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::NoKeyring(why) => say!(
                "This machine has no keyring that can be used ({why}). Start Tillpost from a desktop session, or keep passwords in an encrypted file (--secret-place file, with its key in TILLPOST_KEY_FILE).",
                why
            ),
            Self::Locked => "The keyring is locked or not set up yet. Unlock it by signing in to the desktop, then try again; mails wait until then.".into(),
            Self::NoAnswer(seconds) => say!(
                "The keyring did not answer in {seconds} seconds. It may be asking for its password on the screen: unlock it, then try again.",
                seconds
            ),
            Self::Failed(why) => say!("The place for secrets failed: {why}.", why),
            Self::TooLong { limit } => {
                say!("The password is too long for this place: at most {limit} bytes.", limit)
            }
            Self::AccountName(name) => say!("\"{name}\" cannot name an account.", name),
            Self::NoKeyFile => "Secrets are kept in a file and its key is missing. Set TILLPOST_KEY_FILE to the key file, or let systemd pass it as the credential tillpost.key.".into(),
            Self::KeyFileUnreadable { path, why } => {
                say!("The key file {path} cannot be read: {why}.", path = path.display(), why)
            }
            Self::KeyFileOpen { path, mode } => say!(
                "The key file {path} is open to others (mode {mode}). Run: chmod 600 {path}",
                path = path.display(),
                mode = format!("{mode:o}")
            ),
            Self::KeyFileMalformed(path) => say!(
                "The key file {path} is not a key: it must hold 64 hexadecimal digits.",
                path = path.display()
            ),
            Self::KeyFileExists(path) => say!(
                "{path} exists already and is not overwritten: secrets sealed with the old key would be lost.",
                path = path.display()
            ),
            Self::WrongKey(path) => say!(
                "The key does not open {path}: it is another key, or the file was changed. Put the right key in place, or move the file away and enter the passwords again.",
                path = path.display()
            ),
            Self::FileDamaged { path, why } => {
                say!("{path} cannot be understood ({why}). It is left as it is.", path = path.display(), why)
            }
            Self::File { path, why } => say!("{path} cannot be used: {why}.", path = path.display(), why),
        }
    }
}

impl std::fmt::Display for AuthError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.said().fmt(f)
    }
}

impl std::error::Error for AuthError {}
