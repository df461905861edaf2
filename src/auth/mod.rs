//! Where passwords and sign-in tokens live: the system's keyring, or a file sealed with a key kept elsewhere.
//!
//! The place is chosen once, when the shop is set up, and written down by the caller. A place that fails later
//! is reported; nothing here ever switches to the other one by itself, because secrets would then be split
//! between two places.

mod error;
mod file;
mod key;
mod keyring;
pub mod oauth;
mod parts;
pub mod token;
mod worker;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::domain::Secret;

pub use error::AuthError;
pub use key::create_key_file;

use file::FileStore;
use keyring::KeyringStore;
use worker::Worker;

/// The longest wait for the keyring: it may be asking the person for its password.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest wait for the probe, which runs while somebody looks at the screen.
const PROBE_PATIENCE: Duration = Duration::from_secs(3);
/// The longest secret, in bytes; some keyrings take less and say so.
const LONGEST: usize = 64 * 1024;

/// Where secrets are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The keyring of the person signed in: Secret Service, macOS Keychain, Windows Credential Manager.
    Keyring,
    /// `secrets.json` in the data folder, sealed with a key from outside it: for machines without a desktop.
    File,
}

impl Place {
    /// The word in the settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }

    /// Reads [`Place::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Keyring, Self::File].into_iter().find(|p| p.word() == word)
    }
}

/// A handle on the secrets of one data folder; clones share one thread.
///
/// Every call runs on a thread of its own, because a keyring can wait for a person and its client library must
/// not be called from inside an async runtime. The plain calls are for programs that may wait; the `_async`
/// ones are for a runtime. Both give up after 20 seconds with [`AuthError::NoAnswer`]; a call that was given
/// up before it began is never made.
#[derive(Clone)]
pub struct Secrets {
    place: Place,
    namespace: String,
    worker: Worker,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({}, {})", self.place.word(), self.namespace)
    }
}

impl Secrets {
    /// Opens the place. `namespace` is the id of the data folder, so that two folders never share an entry.
    ///
    /// For [`Place::File`] the key is `tillpost.key` in `$CREDENTIALS_DIRECTORY` (systemd), or the file named
    /// by `TILLPOST_KEY_FILE`, unless the caller names a `key_file`.
    ///
    /// # Errors
    /// [`AuthError::NoKeyring`] or [`AuthError::NoKeyFile`] and its relatives say what to set up.
    pub fn open(
        place: Place,
        data_dir: &Path,
        namespace: String,
        key_file: Option<&Path>,
    ) -> Result<Self, AuthError> {
        match place {
            Place::Keyring => Self::start(place, namespace, KeyringStore::connect),
            Place::File => {
                let key = match key_file {
                    Some(path) => key::find(None, Some(path.as_os_str().to_owned()))?,
                    None => key::find(
                        std::env::var_os("CREDENTIALS_DIRECTORY"),
                        std::env::var_os("TILLPOST_KEY_FILE"),
                    )?,
                };
                Self::open_file(data_dir, namespace, key)
            }
        }
    }

    fn open_file(data_dir: &Path, namespace: String, key: key::Key) -> Result<Self, AuthError> {
        let data_dir = data_dir.to_owned();
        Self::start(Place::File, namespace, move || FileStore::open(&data_dir, &key))
    }

    fn start<S: Store + 'static>(
        place: Place,
        namespace: String,
        open: impl FnOnce() -> Result<S, AuthError> + Send + 'static,
    ) -> Result<Self, AuthError> {
        Ok(Self { place, namespace, worker: Worker::start(open, PATIENCE)? })
    }

    /// The place these secrets are in.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Writes, reads and removes a trial entry, within three seconds.
    ///
    /// Reading alone proves nothing: a keyring that was never set up answers that there is no such entry.
    ///
    /// # Errors
    /// Why the place cannot be used now.
    pub fn probe(&self) -> Result<(), AuthError> {
        let slot = self.slot("probe")?;
        self.worker.call(PROBE_PATIENCE, move |store| {
            let canary = Secret::new("tillpost was here");
            store.set(&slot, &canary)?;
            let back = store.get(&slot)?;
            store.delete(&slot)?;
            match back {
                Some(back) if back == canary => Ok(()),
                _ => Err(AuthError::Failed("it did not give back what was put in".into())),
            }
        })
    }

    /// Keeps a secret, replacing an earlier one of the account.
    ///
    /// # Errors
    /// Why it is not kept; the earlier one is then still there.
    pub fn set(&self, account: &str, secret: &Secret) -> Result<(), AuthError> {
        let job = self.set_job(account, secret)?;
        self.worker.call(PATIENCE, job)
    }

    /// The secret of an account, or `None` if it has none.
    ///
    /// # Errors
    /// Why it cannot be read; this never means that there is none.
    pub fn get(&self, account: &str) -> Result<Option<Secret>, AuthError> {
        let slot = self.slot(account)?;
        self.worker.call(PATIENCE, move |store| store.get(&slot))
    }

    /// Forgets the secret of an account; it is fine if there is none.
    ///
    /// # Errors
    /// Why it is still there.
    pub fn delete(&self, account: &str) -> Result<(), AuthError> {
        let slot = self.slot(account)?;
        self.worker.call(PATIENCE, move |store| store.delete(&slot))
    }

    /// [`Secrets::set`] for a runtime.
    ///
    /// # Errors
    /// As [`Secrets::set`].
    pub async fn set_async(&self, account: &str, secret: &Secret) -> Result<(), AuthError> {
        let job = self.set_job(account, secret)?;
        self.worker.call_async(PATIENCE, job).await
    }

    /// [`Secrets::get`] for a runtime.
    ///
    /// # Errors
    /// As [`Secrets::get`].
    pub async fn get_async(&self, account: &str) -> Result<Option<Secret>, AuthError> {
        let slot = self.slot(account)?;
        self.worker.call_async(PATIENCE, move |store| store.get(&slot)).await
    }

    /// [`Secrets::delete`] for a runtime.
    ///
    /// # Errors
    /// As [`Secrets::delete`].
    pub async fn delete_async(&self, account: &str) -> Result<(), AuthError> {
        let slot = self.slot(account)?;
        self.worker.call_async(PATIENCE, move |store| store.delete(&slot)).await
    }

    fn set_job(
        &self,
        account: &str,
        secret: &Secret,
    ) -> Result<impl FnOnce(&dyn Store) -> Result<(), AuthError> + Send + 'static, AuthError> {
        if secret.expose().len() > LONGEST {
            return Err(AuthError::TooLong { limit: LONGEST });
        }
        let (slot, secret) = (self.slot(account)?, secret.clone());
        Ok(move |store: &dyn Store| store.set(&slot, &secret))
    }

    fn slot(&self, account: &str) -> Result<String, AuthError> {
        let slot = format!("{}/{account}", self.namespace);
        let fits = !account.is_empty() && slot.len() <= 255 && !slot.chars().any(char::is_control);
        fits.then_some(slot).ok_or_else(|| AuthError::AccountName(account.to_owned()))
    }
}

/// What the two places have in common; called on one thread only.
trait Store {
    fn set(&self, slot: &str, secret: &Secret) -> Result<(), AuthError>;
    fn get(&self, slot: &str) -> Result<Option<Secret>, AuthError>;
    fn delete(&self, slot: &str) -> Result<(), AuthError>;
}
