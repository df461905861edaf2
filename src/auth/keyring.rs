//! The keyring of the person signed in.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};

use super::AuthError;
use super::parts::Entries;

/// The most bytes that Windows takes in an entry (`CRED_MAX_CREDENTIAL_BLOB_SIZE`); the others take more
/// than Tillpost ever keeps.
const MOST: usize = if cfg!(windows) { 2560 } else { super::LONGEST };

const SERVICE: &str = "tillpost";

/// The platform's own keyring.
pub(super) struct KeyringStore {
    store: Arc<CredentialStore>,
}

impl KeyringStore {
    /// Connects to the Secret Service, anew each time: a session's keyring comes and goes with the desktop,
    /// and the library's own door would remember for the life of the process that it was missing once.
    #[cfg(all(unix, not(target_os = "macos")))]
    pub(super) fn connect() -> Result<Self, AuthError> {
        let store = zbus_secret_service_keyring_store::Store::new();
        store.map(|store| Self { store }).map_err(|why| AuthError::NoKeyring(why.to_string()))
    }

    /// Connects to the platform's own, which is always there.
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    pub(super) fn connect() -> Result<Self, AuthError> {
        if let Err(why) = keyring::Entry::store_status() {
            return Err(AuthError::NoKeyring(why.to_string()));
        }
        let store = keyring_core::get_default_store()
            .ok_or_else(|| AuthError::NoKeyring("it has no default store".into()))?;
        Ok(Self { store })
    }

    fn entry(&self, slot: &str) -> Result<Entry, AuthError> {
        // Windows would otherwise carry the entry to every machine of the domain.
        let local = HashMap::from([("persistence", "Local")]);
        let modifiers = cfg!(windows).then_some(&local);
        self.store.build(SERVICE, slot, modifiers).map_err(|why| in_words(&why))
    }
}

impl Entries for KeyringStore {
    fn most(&self) -> usize {
        MOST
    }

    // Bytes, not text: Windows counts text in UTF-16 and takes half as much of it.
    fn put(&self, name: &str, text: &str) -> Result<(), AuthError> {
        self.entry(name)?.set_secret(text.as_bytes()).map_err(|why| in_words(&why))
    }

    fn take(&self, name: &str) -> Result<Option<String>, AuthError> {
        match self.entry(name)?.get_secret() {
            Ok(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|_| AuthError::Failed("the entry is not one of Tillpost's".into())),
            Err(Error::NoEntry) => Ok(None),
            Err(why) => Err(in_words(&why)),
        }
    }

    fn remove(&self, name: &str) -> Result<(), AuthError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(why) => Err(in_words(&why)),
        }
    }
}

/// Some of the library's errors carry the secret (`BadEncoding`, `BadDataFormat`): only the kinds that
/// cannot are quoted.
fn in_words(why: &Error) -> AuthError {
    match why {
        Error::NoStorageAccess(_) => AuthError::Locked,
        Error::NoDefaultStore => AuthError::NoKeyring(why.to_string()),
        Error::TooLong(_, limit) => {
            AuthError::TooLong { limit: usize::try_from(*limit).unwrap_or(usize::MAX) }
        }
        Error::PlatformFailure(why) => AuthError::Failed(why.to_string()),
        Error::Ambiguous(_) => AuthError::Failed("it has several entries for this account".into()),
        Error::Invalid(what, _) => AuthError::Failed(format!("it does not take this {what}")),
        _ => AuthError::Failed("the entry cannot be read".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Store as _;
    use crate::domain::Secret;

    fn mock() -> KeyringStore {
        KeyringStore { store: keyring_core::mock::Store::new().unwrap() }
    }

    #[test]
    fn what_is_put_in_comes_out_until_it_is_deleted() {
        let keyring = mock();
        assert_eq!(keyring.get("a/b").unwrap(), None);
        keyring.set("a/b", &Secret::new("pässword")).unwrap();
        assert_eq!(keyring.get("a/b").unwrap(), Some(Secret::new("pässword")));
        keyring.delete("a/b").unwrap();
        keyring.delete("a/b").unwrap();
        assert_eq!(keyring.get("a/b").unwrap(), None);
    }

    #[test]
    fn an_error_never_shows_the_secret() {
        for why in [
            Error::BadEncoding(b"hunter2".to_vec()),
            Error::BadDataFormat(b"hunter2".to_vec(), "x".into()),
            Error::Invalid("password".into(), "hunter2 is short".into()),
        ] {
            let words = in_words(&why);
            assert!(!format!("{words} {words:?}").contains("hunter2"));
        }
        assert!(matches!(in_words(&Error::NoStorageAccess("x".into())), AuthError::Locked));
        let long = in_words(&Error::TooLong("secret".into(), 2560));
        assert!(long.to_string().contains("2560"));
    }
}
