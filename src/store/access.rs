//! API passwords, PINs, one-time links and sessions: only their hashes are here.

use rusqlite::{OptionalExtension, Row, params};

use super::error::impossible;
use super::{Reader, StoreError, Tx};
use crate::domain::access::{BY_PIN, Role, Scope};
use crate::domain::{Millis, say};

/// An API password, without the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordRow {
    /// Its row.
    pub id: i64,
    /// The program it was made for.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// The part of it that finds this row.
    pub lookup: String,
    /// Its argon2 hash.
    pub hash: String,
    /// Its last four characters.
    pub ending: String,
    /// When it was made.
    pub created: Millis,
    /// When it was last used, to the minute.
    pub last_used: Option<Millis>,
    /// Mails that the program handed in.
    pub mails: i64,
}

/// A one-time link, without its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// Who gets in by it.
    pub role: Role,
    /// The page it opens.
    pub path: String,
    /// The program that made it.
    pub made_by: String,
    /// When it was made.
    pub created: Millis,
    /// When it was used.
    pub used: Option<Millis>,
}

/// A session at a screen, without its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Who sits there.
    pub role: Role,
    /// How they got in.
    pub made_by: String,
    /// When it ends.
    pub until: Millis,
}

/// A PIN's hash and how often it was guessed wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinRow {
    /// Its argon2 hash.
    pub hash: String,
    /// Wrong guesses since the last right one.
    pub failures: u32,
    /// No guess is looked at before this.
    pub closed_until: Millis,
}

const COLUMNS: &str = "id, name, scope, lookup, hash, ending, created_ms, last_used_ms,
     (SELECT count(*) FROM mail WHERE program = api_password.name) AS mails";

fn password(r: &Row<'_>) -> rusqlite::Result<Result<PasswordRow, StoreError>> {
    let scope: String = r.get("scope")?;
    let (id, name, lookup, hash) = (r.get("id")?, r.get("name")?, r.get("lookup")?, r.get("hash")?);
    let (ending, created) = (r.get("ending")?, Millis(r.get("created_ms")?));
    let (last_used, mails) = (r.get::<_, Option<i64>>("last_used_ms")?.map(Millis), r.get("mails")?);
    Ok(Scope::from_word(&scope).ok_or_else(|| impossible("scope", &scope)).map(|scope| PasswordRow {
        id,
        name,
        scope,
        lookup,
        hash,
        ending,
        created,
        last_used,
        mails,
    }))
}

fn role(word: &str) -> Result<Role, StoreError> {
    Role::from_word(word).ok_or_else(|| impossible("role", word))
}

impl Reader<'_> {
    /// All API passwords, by name.
    ///
    /// # Errors
    /// The store's own.
    pub fn api_passwords(&self) -> Result<Vec<PasswordRow>, StoreError> {
        let mut find =
            self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM api_password ORDER BY name"))?;
        let rows = find.query_map([], password)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().collect()
    }

    /// The API password with this lookup part.
    ///
    /// # Errors
    /// The store's own; a missing one is `None`.
    pub fn api_password(&self, lookup: &str) -> Result<Option<PasswordRow>, StoreError> {
        let mut find =
            self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM api_password WHERE lookup = ?1"))?;
        find.query_row([lookup], password).optional()?.transpose()
    }

    /// The session whose token has this digest, unless it has ended.
    ///
    /// # Errors
    /// The store's own.
    pub fn session(&self, digest: &[u8; 32], now: Millis) -> Result<Option<SessionRow>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT role, made_by, until_ms FROM session WHERE digest = ?1 AND until_ms > ?2",
        )?;
        let found: Option<(String, String, i64)> =
            find.query_row(params![digest, now.0], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional()?;
        found
            .map(|(word, made_by, until)| {
                Ok(SessionRow { role: role(&word)?, made_by, until: Millis(until) })
            })
            .transpose()
    }

    /// The one-time links made since `since`, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn login_links(&self, since: Millis) -> Result<Vec<LinkRow>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT role, path, made_by, created_ms, used_ms FROM login_link WHERE created_ms >= ?1
             ORDER BY created_ms DESC LIMIT 100",
        )?;
        let rows = find.query_map([since.0], |r| {
            Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get::<_, Option<i64>>(4)?))
        })?;
        rows.map(|row| {
            let (word, path, made_by, created, used) = row?;
            let created = Millis(created);
            Ok(LinkRow { role: role(&word)?, path, made_by, created, used: used.map(Millis) })
        })
        .collect()
    }

    /// The PIN of `role`, if one is set.
    ///
    /// # Errors
    /// The store's own.
    pub fn pin(&self, role: Role) -> Result<Option<PinRow>, StoreError> {
        let mut find =
            self.sql.prepare_cached("SELECT hash, failures, closed_ms FROM pin WHERE role = ?1")?;
        Ok(find
            .query_row([role.word()], |r| {
                Ok(PinRow { hash: r.get(0)?, failures: r.get(1)?, closed_until: Millis(r.get(2)?) })
            })
            .optional()?)
    }
}

impl Tx<'_> {
    /// Stores a new API password.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one of that name.
    pub fn insert_api_password(&self, new: &PasswordRow) -> Result<(), StoreError> {
        let added = self.sql.execute(
            "INSERT INTO api_password (name, scope, lookup, hash, ending, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (name) DO NOTHING",
            params![new.name, new.scope.word(), new.lookup, new.hash, new.ending, new.created.0],
        )?;
        if added == 0 {
            return Err(StoreError::Conflict(say!(
                "there is already an API password called \"{name}\"; revoke it first or choose another name",
                name = new.name
            )));
        }
        Ok(())
    }

    /// Removes an API password: the next request with it is refused.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none of that name.
    pub fn delete_api_password(&self, name: &str) -> Result<(), StoreError> {
        match self.sql.execute("DELETE FROM api_password WHERE name = ?1", [name])? {
            0 => Err(StoreError::NotFound(say!("there is no API password called \"{name}\"", name))),
            _ => Ok(()),
        }
    }

    /// Notes that an API password was used.
    ///
    /// # Errors
    /// The store's own.
    pub fn api_password_used(&self, id: i64, now: Millis) -> Result<(), StoreError> {
        self.sql.execute("UPDATE api_password SET last_used_ms = ?2 WHERE id = ?1", params![id, now.0])?;
        Ok(())
    }

    /// Stores a one-time link by its token's digest; old ones go.
    ///
    /// # Errors
    /// The store's own.
    pub fn insert_login_link(
        &self,
        digest: &[u8; 32],
        link: &LinkRow,
        until: Millis,
    ) -> Result<(), StoreError> {
        let month_ago = link.created.plus_seconds(-30 * 24 * 3600).0;
        self.sql.execute("DELETE FROM login_link WHERE created_ms < ?1", [month_ago])?;
        self.sql.execute(
            "INSERT INTO login_link (digest, role, path, made_by, created_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![digest, link.role.word(), link.path, link.made_by, link.created.0, until.0],
        )?;
        Ok(())
    }

    /// Uses a one-time link up; `None` when it was used, is too old, or never was.
    ///
    /// # Errors
    /// The store's own.
    pub fn use_login_link(&self, digest: &[u8; 32], now: Millis) -> Result<Option<LinkRow>, StoreError> {
        let found: Option<(String, String, String, i64)> = self
            .sql
            .query_row(
                "UPDATE login_link SET used_ms = ?2 WHERE digest = ?1 AND used_ms IS NULL AND until_ms > ?2
                 RETURNING role, path, made_by, created_ms",
                params![digest, now.0],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
            )
            .optional()?;
        found
            .map(|(word, path, made_by, created)| {
                Ok(LinkRow { role: role(&word)?, path, made_by, created: Millis(created), used: Some(now) })
            })
            .transpose()
    }

    /// Begins a session; ended ones go.
    ///
    /// # Errors
    /// The store's own.
    pub fn insert_session(
        &self,
        digest: &[u8; 32],
        session: &SessionRow,
        now: Millis,
    ) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM session WHERE until_ms <= ?1", [now.0])?;
        self.sql.execute(
            "INSERT INTO session (digest, role, made_by, created_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![digest, session.role.word(), session.made_by, now.0, session.until.0],
        )?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The store's own.
    pub fn delete_session(&self, digest: &[u8; 32]) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM session WHERE digest = ?1", [digest])?;
        Ok(())
    }

    /// Ends the sessions that a role's PIN began.
    ///
    /// # Errors
    /// The store's own.
    pub fn delete_sessions(&self, role: Role) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM session WHERE role = ?1 AND made_by = ?2", [role.word(), BY_PIN])?;
        Ok(())
    }

    /// Ends the sessions of whoever came in by a program's links, and takes back those nobody used yet.
    ///
    /// # Errors
    /// The store's own.
    pub fn end_ways_of(&self, made_by: &str) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM session WHERE made_by = ?1", [made_by])?;
        self.sql.execute("DELETE FROM login_link WHERE made_by = ?1 AND used_ms IS NULL", [made_by])?;
        Ok(())
    }

    /// Ends all sessions but the one whose token has this digest, and takes back the links nobody used yet.
    /// Returns how many sessions ended.
    ///
    /// # Errors
    /// The store's own.
    pub fn end_all_sessions(&self, but: Option<&[u8; 32]>) -> Result<usize, StoreError> {
        self.sql.execute("DELETE FROM login_link WHERE used_ms IS NULL", [])?;
        Ok(self.sql.execute("DELETE FROM session WHERE ?1 IS NULL OR digest <> ?1", [but])?)
    }

    /// Sets a role's PIN, or removes it.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_pin(&self, role: Role, hash: Option<&str>) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM pin WHERE role = ?1", [role.word()])?;
        if let Some(hash) = hash {
            self.sql.execute("INSERT INTO pin (role, hash) VALUES (?1, ?2)", [role.word(), hash])?;
        }
        Ok(())
    }

    /// Notes wrong guesses of a PIN, or none after a right one.
    ///
    /// # Errors
    /// The store's own.
    pub fn pin_guessed(&self, role: Role, failures: u32, closed_until: Millis) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE pin SET failures = ?2, closed_ms = ?3 WHERE role = ?1",
            params![role.word(), failures, closed_until.0],
        )?;
        Ok(())
    }
}
