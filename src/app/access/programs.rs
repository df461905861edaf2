//! API passwords.

use super::super::{App, Error, clock};
use crate::auth::token;
use crate::domain::Secret;
use crate::domain::access::{Scope, check_password_name};
use crate::store::PasswordRow;

/// How exactly it is noted when a password was last used.
const NOTED_EVERY_SECONDS: i64 = 60;

/// An API password just made.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// The password: shown once, kept nowhere.
    pub text: Secret,
    /// What is kept.
    pub row: PasswordRow,
}

impl App {
    /// Makes an API password for the program called `name`.
    ///
    /// # Errors
    /// [`super::super::Kind::BadInput`] when the name cannot stand; [`super::super::Kind::Conflict`]
    /// when there is one of that name.
    pub fn make_api_password(&self, name: &str, scope: Scope) -> Result<NewPassword, Error> {
        check_password_name(name)?;
        let made = token::new_password()?;
        let row = PasswordRow {
            id: 0,
            name: name.to_owned(),
            scope,
            lookup: made.lookup,
            hash: made.hash,
            ending: made.ending,
            created: clock::now(),
            last_used: None,
            mails: 0,
        };
        let stored = row.clone();
        self.store.write(move |tx| Ok::<_, Error>(tx.insert_api_password(&stored)?))?;
        tracing::info!(name, scope = scope.word(), "made an API password");
        Ok(NewPassword { text: made.text, row })
    }

    /// All API passwords, without the passwords.
    ///
    /// # Errors
    /// The store's own.
    pub fn api_passwords(&self) -> Result<Vec<PasswordRow>, Error> {
        Ok(self.store.read(|reader| reader.api_passwords())?)
    }

    /// Takes an API password back: the next request with it is refused, and so is whoever came in by a link
    /// made with it.
    ///
    /// # Errors
    /// [`super::super::Kind::NotFound`] when there is none of that name.
    pub fn revoke_api_password(&self, name: &str) -> Result<(), Error> {
        let owned = name.to_owned();
        self.store.write(move |tx| {
            tx.delete_api_password(&owned)?;
            Ok::<_, Error>(tx.end_ways_of(&owned)?)
        })?;
        tracing::info!(name, "revoked an API password");
        Ok(())
    }

    /// The stored password that a presented one claims to be; whether it is, [`App::is_api_password`] tells.
    ///
    /// # Errors
    /// The store's own.
    pub fn claimed_api_password(&self, presented: &Secret) -> Result<Option<PasswordRow>, Error> {
        let Some(lookup) = token::lookup(presented.expose()) else { return Ok(None) };
        Ok(self.store.read(|reader| reader.api_password(lookup))?)
    }

    /// Whether a presented password is the stored one; takes some milliseconds on purpose.
    #[must_use]
    pub fn is_api_password(row: &PasswordRow, presented: &Secret) -> bool {
        token::matches(&row.hash, presented)
    }

    /// Whether it is a minute since its use was noted.
    #[must_use]
    pub fn api_password_is_to_be_noted(row: &PasswordRow) -> bool {
        let now = clock::now();
        row.last_used.is_none_or(|last| last.plus_seconds(NOTED_EVERY_SECONDS) <= now)
    }

    /// Notes that a password is in use.
    ///
    /// # Errors
    /// The store's own.
    pub fn note_api_password(&self, row: &PasswordRow) -> Result<(), Error> {
        let (id, now) = (row.id, clock::now());
        self.store.write(move |tx| Ok::<_, Error>(tx.api_password_used(id, now)?))
    }
}
