//! Why secrets cannot be reached, in words for the shop.

use std::io;
use std::path::PathBuf;

/// Why a secret could not be kept, read or forgotten. It never contains the secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// This machine has no keyring, or it is not running.
    #[error(
        "This machine has no keyring that can be used ({0}). Start Tillpost from a desktop session, or \
         keep passwords in an encrypted file (--secret-place file, with its key in TILLPOST_KEY_FILE)."
    )]
    NoKeyring(String),
    /// The keyring is there but locked, or was never set up.
    #[error(
        "The keyring is locked or not set up yet. Unlock it by signing in to the desktop, then try again; \
         mails wait until then."
    )]
    Locked,
    /// The place did not answer in time, perhaps because it is asking somebody for its password.
    #[error(
        "The keyring did not answer in {0} seconds. It may be asking for its password on the screen: unlock \
         it, then try again."
    )]
    NoAnswer(u64),
    /// The place refused or failed.
    #[error("The place for secrets failed: {0}.")]
    Failed(String),
    /// The secret is longer than the place takes.
    #[error("The password is too long for this place: at most {limit} bytes.")]
    TooLong {
        /// The most it takes, in bytes.
        limit: usize,
    },
    /// The account's name cannot name an entry.
    #[error("{0:?} cannot name an account.")]
    AccountName(String),
    /// The file for secrets was chosen and no key is given.
    #[error(
        "Secrets are kept in a file and its key is missing. Set TILLPOST_KEY_FILE to the key file, or let \
         systemd pass it as the credential tillpost.key."
    )]
    NoKeyFile,
    /// The key file that was named cannot be read.
    #[error("The key file {} cannot be read: {why}.", path.display())]
    KeyFileUnreadable {
        /// The key file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Others can read the key file.
    #[error(
        "The key file {} is open to others (mode {mode:o}). Run: chmod 600 {}", path.display(), path.display()
    )]
    KeyFileOpen {
        /// The key file.
        path: PathBuf,
        /// Its mode, as `chmod` writes it.
        mode: u32,
    },
    /// The key file does not hold a key.
    #[error("The key file {} is not a key: it must hold 64 hexadecimal digits.", .0.display())]
    KeyFileMalformed(PathBuf),
    /// A new key was to be written where a file already is; the old key may still be needed.
    #[error("{} exists already and is not overwritten: secrets sealed with the old key would be lost.", .0.display())]
    KeyFileExists(PathBuf),
    /// The key does not open the file.
    #[error(
        "The key does not open {}: it is another key, or the file was changed. Put the right key in place, or \
         move the file away and enter the passwords again.", .0.display()
    )]
    WrongKey(PathBuf),
    /// The secrets file is not one, or is from a newer Tillpost.
    #[error("{} cannot be understood ({why}). It is left as it is.", path.display())]
    FileDamaged {
        /// The secrets file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The secrets file cannot be read or written.
    #[error("{} cannot be used: {why}.", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
}
