//! One-time links, PINs and the sessions they begin.

use super::super::{App, Error, Kind, clock};
use crate::auth::token;
use crate::domain::access::{BY_COMMAND_LINE, BY_PIN, Role, check_page, check_pin};
use crate::domain::{Millis, Secret, say};
use crate::store::{LinkRow, SessionRow};

/// How long a one-time link made by a program can be used.
const LINK_SECONDS: i64 = 60;
/// How long a session lasts that a program's link began.
const LINK_SESSION_SECONDS: i64 = 8 * 3600;
/// How long a session lasts that this computer's own user began from the command line.
const OWN_SESSION_SECONDS: i64 = 90 * 24 * 3600;
/// How long a session lasts that a PIN began: a working day.
const PIN_SESSION_SECONDS: i64 = 12 * 3600;
/// Wrong PINs that cost nothing: people mistype.
const FREE_GUESSES: u32 = 3;
/// The longest wait after a wrong PIN.
const LONGEST_WAIT_SECONDS: i64 = 15 * 60;

/// A one-time link just made.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// Its token; in the link and nowhere else.
    pub token: Secret,
    /// Until when it can be used.
    pub until: Millis,
}

/// A session just begun.
#[derive(Debug, Clone)]
pub struct Entered {
    /// Its token; in the browser and nowhere else.
    pub token: Secret,
    /// Who sits there.
    pub role: Role,
    /// When it ends.
    pub until: Millis,
    /// The page to open.
    pub path: String,
}

impl App {
    /// Makes a one-time link for a program; `made_by` is its name.
    ///
    /// # Errors
    /// [`Kind::NotAllowed`] when Remote login is off; [`Kind::BadInput`] when `path` is no page;
    /// [`Kind::Unknown`] when the program's password was revoked meanwhile.
    pub fn make_link(&self, role: Role, path: &str, made_by: &str) -> Result<NewLink, Error> {
        if !self.access_settings()?.remote_login {
            return Err(Error::new(
                Kind::NotAllowed,
                "Remote login is off. The owner turns it on with the setting api_remote_login.",
            ));
        }
        self.store_link(role, path, made_by, LINK_SECONDS)
    }

    /// Makes a one-time link for whoever may run commands on this data folder.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when `path` is no page.
    pub fn make_own_link(&self, role: Role, path: &str) -> Result<NewLink, Error> {
        self.store_link(role, path, BY_COMMAND_LINE, 10 * LINK_SECONDS)
    }

    fn store_link(&self, role: Role, path: &str, made_by: &str, seconds: i64) -> Result<NewLink, Error> {
        check_page(path)?;
        let (token, now) = (token::new_token()?, clock::now());
        let digest = token::digest(token.expose());
        let until = now.plus_seconds(seconds);
        let link =
            LinkRow { role, path: path.to_owned(), made_by: made_by.to_owned(), created: now, used: None };
        self.store.write(move |tx| {
            // A request that was under way when its password was revoked leaves no way in behind.
            let known = [BY_PIN, BY_COMMAND_LINE].contains(&link.made_by.as_str())
                || tx.reader().api_passwords()?.iter().any(|password| password.name == link.made_by);
            if !known {
                return Err(Error::new(Kind::Unknown, "This API password is wrong or was revoked."));
            }
            Ok(tx.insert_login_link(&digest, &link, until)?)
        })?;
        tracing::info!(made_by, role = role.word(), "made a one-time link");
        Ok(NewLink { token, until })
    }

    /// Uses a one-time link up and begins a session.
    ///
    /// # Errors
    /// [`Kind::NotAllowed`] when it was used before, is too old, or never was.
    pub fn open_link(&self, link: &str) -> Result<Entered, Error> {
        let (digest, now) = (token::digest(link), clock::now());
        let new = token::new_token()?;
        let session = token::digest(new.expose());
        let opened = self.store.write(move |tx| {
            let Some(link) = tx.use_login_link(&digest, now)? else { return Ok::<_, Error>(None) };
            let own = link.made_by == BY_COMMAND_LINE;
            let until = now.plus_seconds(if own { OWN_SESSION_SECONDS } else { LINK_SESSION_SECONDS });
            let row = SessionRow { role: link.role, made_by: link.made_by.clone(), until };
            tx.insert_session(&session, &row, now)?;
            Ok(Some((link, until)))
        })?;
        let Some((link, until)) = opened else {
            tracing::warn!("a one-time link was tried that is not good any more");
            return Err(Error::new(
                Kind::NotAllowed,
                "This link was already used or is too old. Go back to the program it came from and try again.",
            ));
        };
        tracing::info!(made_by = %link.made_by, role = link.role.word(), "a one-time link was used");
        Ok(Entered { token: new, role: link.role, until, path: link.path })
    }

    /// The one-time links of the last day, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn recent_links(&self) -> Result<Vec<LinkRow>, Error> {
        let since = clock::now().plus_seconds(-24 * 3600);
        Ok(self.store.read(|reader| reader.login_links(since))?)
    }

    /// The session with this token, unless it has ended.
    ///
    /// # Errors
    /// The store's own.
    pub fn session(&self, token: &str) -> Result<Option<SessionRow>, Error> {
        let (digest, now) = (token::digest(token), clock::now());
        Ok(self.store.read(|reader| reader.session(&digest, now))?)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The store's own.
    pub fn end_session(&self, token: &str) -> Result<(), Error> {
        let digest = token::digest(token);
        self.store.write(move |tx| Ok::<_, Error>(tx.delete_session(&digest)?))
    }

    /// Ends all sessions, but the one with the token `but` if there is one, and takes back the links nobody
    /// used yet. Returns how many sessions ended.
    ///
    /// # Errors
    /// The store's own.
    pub fn end_all_sessions(&self, but: Option<&str>) -> Result<usize, Error> {
        let but = but.map(token::digest);
        let ended = self.store.write(move |tx| Ok::<_, Error>(tx.end_all_sessions(but.as_ref())?))?;
        tracing::info!(ended, "ended the sessions at the screens");
        Ok(ended)
    }

    /// Sets a role's PIN, or removes it; whoever came in by the old one has to come in again.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when it is not four to twelve digits.
    pub fn set_pin(&self, role: Role, pin: Option<&Secret>) -> Result<(), Error> {
        let hash = match pin {
            None => None,
            Some(pin) => {
                check_pin(pin.expose())?;
                Some(token::hash(pin)?)
            }
        };
        tracing::info!(role = role.word(), set = hash.is_some(), "changed a PIN");
        self.store.write(move |tx| {
            tx.set_pin(role, hash.as_deref())?;
            Ok::<_, Error>(tx.delete_sessions(role)?)
        })
    }

    /// Which roles have a PIN: staff, owner.
    ///
    /// # Errors
    /// The store's own.
    pub fn pins_set(&self) -> Result<(bool, bool), Error> {
        Ok(self.store.read(|reader| {
            Ok::<_, crate::store::StoreError>((
                reader.pin(Role::Staff)?.is_some(),
                reader.pin(Role::Owner)?.is_some(),
            ))
        })?)
    }

    /// Begins a session by PIN. Wrong ones make everybody wait, longer each time, also after a restart.
    ///
    /// # Errors
    /// [`Kind::Unknown`] when it is wrong; [`Kind::TooOften`] while nobody is let in.
    pub fn enter_pin(&self, role: Role, pin: &Secret) -> Result<Entered, Error> {
        let now = clock::now();
        let Some(row) = self.store.read(|reader| reader.pin(role))? else {
            return Err(Error::new(
                Kind::NotAllowed,
                say!(
                    "No PIN is set for {role}. Come in by a one-time link: `tillpost api link`.",
                    role = role.word()
                ),
            ));
        };
        // A clock set back must not close the till for longer than the longest wait.
        let wait_ms = (row.closed_until.0 - now.0).min(LONGEST_WAIT_SECONDS * 1000);
        if wait_ms > 0 {
            return Err(too_many(wait_ms));
        }
        // Counted before it is looked at: many tries at once get no more guesses than one after the other.
        let failures = row.failures.saturating_add(1);
        let closed = now.plus_seconds(wait_after(failures));
        let counted = row.failures;
        let first = self.store.write(move |tx| {
            let now_there = tx.reader().pin(role)?.map(|p| p.failures);
            if now_there != Some(counted) {
                return Ok::<_, Error>(false);
            }
            tx.pin_guessed(role, failures, closed)?;
            Ok(true)
        })?;
        if !first {
            return Err(too_many(1000));
        }
        if !token::matches(&row.hash, pin) {
            tracing::warn!(role = role.word(), failures, "a wrong PIN was entered");
            return Err(Error::new(Kind::Unknown, "This PIN is wrong."));
        }
        let new = token::new_token()?;
        let digest = token::digest(new.expose());
        let until = now.plus_seconds(PIN_SESSION_SECONDS);
        self.store.write(move |tx| {
            tx.pin_guessed(role, 0, Millis(0))?;
            let row = SessionRow { role, made_by: BY_PIN.into(), until };
            Ok::<_, Error>(tx.insert_session(&digest, &row, now)?)
        })?;
        Ok(Entered { token: new, role, until, path: "/".into() })
    }
}

fn wait_after(failures: u32) -> i64 {
    if failures <= FREE_GUESSES {
        return 0;
    }
    let doublings = (failures - FREE_GUESSES).min(20);
    (5_i64 << doublings).min(LONGEST_WAIT_SECONDS)
}

fn too_many(wait_ms: i64) -> Error {
    let seconds = (wait_ms + 999) / 1000;
    Error::new(Kind::TooOften, say!("Too many wrong tries. Try again in {seconds} seconds.", seconds))
        .after(u64::try_from(seconds).unwrap_or_default())
}
