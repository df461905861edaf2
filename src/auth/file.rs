//! Secrets in a sealed file, for machines without a keyring.
//!
//! # Source
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): its random 24-byte nonces need no counter to keep.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, AeadCore, KeyInit, OsRng, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

use super::key::{Key, from_hex, owners_file, to_hex};
use super::{AuthError, Store};
use crate::domain::Secret;

const VERSION: u32 = 1;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;
/// What the key must be able to open, so that a wrong one is noticed before it seals anything.
const CHECK_SLOT: &str = "";
const CHECK_TEXT: &[u8] = b"tillpost";

/// `secrets.json`: readable as a list of entries, sealed in their values.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    check: Sealed,
    entries: BTreeMap<String, Sealed>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    nonce: String,
    sealed: String,
}

/// The secrets file of a data folder.
pub(super) struct FileStore {
    path: PathBuf,
    lock: PathBuf,
    cipher: XChaCha20Poly1305,
}

impl FileStore {
    /// Opens the file, or gets ready to make it; a key that does not open it is refused here.
    pub(super) fn open(data_dir: &Path, key: &Key) -> Result<Self, AuthError> {
        let store = Self {
            path: data_dir.join("secrets.json"),
            lock: data_dir.join("secrets.lock"),
            cipher: XChaCha20Poly1305::new(&key.0),
        };
        store.load()?;
        Ok(store)
    }

    /// The file as it is, with the key checked against it; none yet is an empty one.
    fn load(&self) -> Result<Content, AuthError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                return Ok(Content {
                    version: VERSION,
                    check: self.seal(CHECK_SLOT, CHECK_TEXT)?,
                    entries: BTreeMap::new(),
                });
            }
            Err(why) => return Err(self.file_error(why)),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes).map_err(|why| self.file_error(why))?;
        let content: Content = serde_json::from_slice(&bytes).map_err(|why| self.damaged(why.to_string()))?;
        if content.version != VERSION {
            let why = format!("it has version {}, known is {VERSION}", content.version);
            return Err(self.damaged(why));
        }
        if self.unseal(CHECK_SLOT, &content.check)? != CHECK_TEXT {
            return Err(AuthError::WrongKey(self.path.clone()));
        }
        Ok(content)
    }

    /// Changes the file under the lock that other processes take too: a reader sees the old or the new
    /// file, never half of one.
    fn change(&self, change: impl FnOnce(&mut Content) -> Result<bool, AuthError>) -> Result<(), AuthError> {
        let lock = owners_file()
            .create(true)
            .truncate(false)
            .open(&self.lock)
            .map_err(|why| self.file_error(why))?;
        lock.lock().map_err(|why| self.file_error(why))?;
        let mut content = self.load()?;
        if change(&mut content)? {
            let text = serde_json::to_vec_pretty(&content).map_err(|why| self.damaged(why.to_string()))?;
            self.replace(&text).map_err(|why| self.file_error(why))?;
        }
        Ok(())
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let new = self.path.with_extension("json.tmp");
        // One left by a crash may have been made with another mode.
        match fs::remove_file(&new) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        let mut file = owners_file().create_new(true).open(&new)?;
        file.write_all(text)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&new, &self.path)?;
        // The new name is durable only with its folder; Windows has no such call and needs none.
        #[cfg(unix)]
        if let Some(dir) = self.path.parent() {
            File::open(dir)?.sync_all()?;
        }
        Ok(())
    }

    fn seal(&self, slot: &str, secret: &[u8]) -> Result<Sealed, AuthError> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: secret, aad: slot.as_bytes() };
        let sealed = self
            .cipher
            .encrypt(&nonce, payload)
            .map_err(|_| AuthError::Failed("the secret could not be sealed".into()))?;
        Ok(Sealed { nonce: to_hex(&nonce), sealed: to_hex(&sealed) })
    }

    /// The slot's name is part of what is sealed, so an entry copied to another name does not open.
    fn unseal(&self, slot: &str, entry: &Sealed) -> Result<Vec<u8>, AuthError> {
        let wrong = || AuthError::WrongKey(self.path.clone());
        let nonce = from_hex(&entry.nonce).filter(|nonce| nonce.len() == 24).ok_or_else(wrong)?;
        let sealed = from_hex(&entry.sealed).ok_or_else(wrong)?;
        let payload = Payload { msg: &sealed, aad: slot.as_bytes() };
        self.cipher.decrypt(XNonce::from_slice(&nonce), payload).map_err(|_| wrong())
    }

    fn file_error(&self, why: io::Error) -> AuthError {
        AuthError::File { path: self.path.clone(), why }
    }

    fn damaged(&self, why: String) -> AuthError {
        AuthError::FileDamaged { path: self.path.clone(), why }
    }
}

impl Store for FileStore {
    fn set(&self, slot: &str, secret: &Secret) -> Result<(), AuthError> {
        let entry = self.seal(slot, secret.expose().as_bytes())?;
        self.change(|content| {
            content.entries.insert(slot.to_owned(), entry);
            Ok(true)
        })
    }

    fn get(&self, slot: &str) -> Result<Option<Secret>, AuthError> {
        let content = self.load()?;
        let Some(entry) = content.entries.get(slot) else {
            return Ok(None);
        };
        String::from_utf8(self.unseal(slot, entry)?)
            .map(|text| Some(Secret::new(text)))
            .map_err(|_| self.damaged("an entry is not text".into()))
    }

    fn delete(&self, slot: &str) -> Result<(), AuthError> {
        self.change(|content| Ok(content.entries.remove(slot).is_some()))
    }
}
