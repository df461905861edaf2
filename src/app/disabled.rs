//! Addresses that mails must not go to: refused when a mail is made, and again when it would leave.

use super::{App, Error, Kind, clock};
use crate::domain::Who;
use crate::domain::disabled::{Pattern, refusal};
use crate::domain::invalid::{at_most, one_line};
use crate::domain::{EmailAddress, Invalid, say};
use crate::store::{DisabledRow, Reader};

/// Refuses a recipient that is disabled; `path` is where it was named.
pub(super) fn refuse(reader: &Reader<'_>, address: &EmailAddress, path: &str) -> Result<(), Error> {
    let Some(row) = reader.disables(address)? else { return Ok(()) };
    let problem = refusal(address.as_str(), &row.pattern, &row.reason);
    let remedy =
        say!("Leave it out, or allow it with `tillpost contacts enable {pattern}`", pattern = row.pattern);
    Err(Invalid::new(path, problem, remedy).into())
}

impl App {
    /// Disables an address, or `@` and a domain: mails to it are refused, and those that wait for it are
    /// not sent. Returns how many wait for anybody disabled.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when it is neither.
    pub fn disable(&self, pattern: &str, reason: &str) -> Result<i64, Error> {
        self.disable_by(pattern, reason, None)
    }

    /// As [`App::disable`], and notes who wants it so.
    ///
    /// # Errors
    /// As [`App::disable`].
    pub fn disable_by(&self, pattern: &str, reason: &str, by: Option<Who>) -> Result<i64, Error> {
        let pattern = Pattern::parse(pattern)?;
        let reason = reason.trim().to_owned();
        one_line("reason", &reason)?;
        at_most("reason", &reason, 200)?;
        let now = clock::now();
        self.store.write(move |tx| {
            tx.disable(&pattern, &reason, by.as_ref(), now)?;
            Ok(tx.reader().waiting_for_disabled()?)
        })
    }

    /// Allows a disabled address or domain again.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when it is not disabled.
    pub fn enable(&self, pattern: &str) -> Result<(), Error> {
        let pattern = Pattern::parse(pattern)?;
        let name = pattern.to_string();
        match self.store.write(move |tx| Ok::<_, Error>(tx.enable(&pattern)?))? {
            true => Ok(()),
            false => Err(Error::new(Kind::NotFound, say!("{name} is not disabled.", name))),
        }
    }

    /// The disabled address or domain that this pattern names.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when it is not disabled.
    pub fn disabled_as(&self, pattern: &str) -> Result<DisabledRow, Error> {
        let pattern = Pattern::parse(pattern)?;
        let found = self.disabled()?.into_iter().find(|row| row.pattern == pattern.as_str());
        found.ok_or_else(|| Error::new(Kind::NotFound, say!("{name} is not disabled.", name = pattern)))
    }

    /// All disabled addresses and domains.
    ///
    /// # Errors
    /// The store's own.
    pub fn disabled(&self) -> Result<Vec<DisabledRow>, Error> {
        Ok(self.store.read(|reader| reader.disabled())?)
    }
}
