//! Profiles of systems elsewhere, how they stand, and what they list.

use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::error::impossible;
use super::{Reader, SecretPlace, StoreError, Tx};
use crate::domain::account::{Breaker, Standing};
use crate::domain::posting::{Choice, Lists};
use crate::domain::{Millis, say};

/// A stored profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegrationRow {
    /// Its row; 0 before it is stored.
    pub id: i64,
    /// Its id in the world.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// Which package.
    pub package: String,
    /// Where it answers.
    pub endpoint: String,
    /// The user name.
    pub user: String,
    /// Where its password is.
    pub place: SecretPlace,
    /// Whether it is used.
    pub enabled: bool,
    /// The company the books are of.
    pub company: String,
    /// When its lists were fetched.
    pub listed: Option<Millis>,
    /// How it stands.
    pub breaker: Breaker,
    /// When it last answered.
    pub contact: Option<Millis>,
}

const COLUMNS: &str = "id, uuid, name, package, endpoint, user, secret_place, enabled, company, listed_ms, standing, \
     reason, failures, next_try_ms, contact_ms";

fn row(r: &Row<'_>) -> rusqlite::Result<Result<IntegrationRow, StoreError>> {
    let standing: String = r.get("standing")?;
    let place: String = r.get("secret_place")?;
    let (reason, failures, next_try) = (r.get("reason")?, r.get("failures")?, Millis(r.get("next_try_ms")?));
    let Some(known) = Standing::from_word(&standing) else {
        return Ok(Err(impossible("standing", &standing)));
    };
    Ok(Ok(IntegrationRow {
        id: r.get("id")?,
        uuid: Uuid::from_bytes(r.get("uuid")?),
        name: r.get("name")?,
        package: r.get("package")?,
        endpoint: r.get("endpoint")?,
        user: r.get("user")?,
        place: if place == "file" { SecretPlace::File } else { SecretPlace::Keyring },
        enabled: r.get("enabled")?,
        company: r.get("company")?,
        listed: r.get::<_, Option<i64>>("listed_ms")?.map(Millis),
        breaker: Breaker { standing: known, reason, failures, next_try },
        contact: r.get::<_, Option<i64>>("contact_ms")?.map(Millis),
    }))
}

impl Reader<'_> {
    /// All profiles, by name.
    ///
    /// # Errors
    /// The store's own.
    pub fn integrations(&self) -> Result<Vec<IntegrationRow>, StoreError> {
        let mut find =
            self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM integration ORDER BY name"))?;
        let rows = find.query_map([], row)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().collect()
    }

    /// The profile called `name`.
    ///
    /// # Errors
    /// The store's own; a missing one is `None`.
    pub fn integration(&self, name: &str) -> Result<Option<IntegrationRow>, StoreError> {
        let mut find =
            self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM integration WHERE name = ?1"))?;
        find.query_row([name], row).optional()?.transpose()
    }

    /// What the profile's books list, as it was fetched last; without currencies, which are asked for anew.
    ///
    /// # Errors
    /// The store's own.
    pub fn lists(&self, profile: &IntegrationRow) -> Result<Lists, StoreError> {
        let list = |list: &str| -> Result<Vec<Choice>, StoreError> {
            let mut find = self.sql.prepare_cached(
                "SELECT choice, name FROM integration_choice WHERE integration_id = ?1 AND list = ?2 ORDER BY name",
            )?;
            let rows =
                find.query_map(params![profile.id, list], |r| Ok(Choice { id: r.get(0)?, name: r.get(1)? }))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        Ok(Lists {
            company: profile.company.clone(),
            customer_sources: list("customer_source")?,
            payment_methods: list("payment_method")?,
            bank_accounts: list("bank_account")?,
            currencies: Vec::new(),
        })
    }
}

impl Tx<'_> {
    /// Stores a profile under its name, new or changed from the one with the id `seen`; a change lifts a hold
    /// and a back-off.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another stands there by now, or none any more.
    pub fn set_integration(&self, new: &IntegrationRow, seen: Option<Uuid>) -> Result<(), StoreError> {
        if self.reader().integration(&new.name)?.map(|found| found.uuid) != seen {
            return Err(StoreError::Conflict(say!(
                "the profile \"{name}\" was set up or removed by somebody else at this moment; look at it and try again",
                name = new.name
            )));
        }
        self.sql.execute(
            "INSERT INTO integration (uuid, name, kind, package, endpoint, user, secret_place)
             VALUES (?1, ?2, 'accounts', ?3, ?4, ?5, ?6)
             ON CONFLICT (name) DO UPDATE SET uuid = excluded.uuid, package = excluded.package, endpoint = excluded.endpoint,
                 user = excluded.user, secret_place = excluded.secret_place, standing = 'ready', reason = '',
                 failures = 0, next_try_ms = 0",
            params![new.uuid.as_bytes(), new.name, new.package, new.endpoint, new.user, new.place.word()],
        )?;
        Ok(())
    }

    /// Keeps what the profile's books list, in place of what was kept before.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_lists(&self, id: i64, lists: &Lists, now: Millis) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM integration_choice WHERE integration_id = ?1", [id])?;
        let mut add = self.sql.prepare_cached(
            "INSERT OR REPLACE INTO integration_choice (integration_id, list, choice, name) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (list, choices) in [
            ("customer_source", &lists.customer_sources),
            ("payment_method", &lists.payment_methods),
            ("bank_account", &lists.bank_accounts),
        ] {
            for choice in choices {
                add.execute(params![id, list, choice.id, choice.name])?;
            }
        }
        self.sql.execute(
            "UPDATE integration SET company = ?2, listed_ms = ?3 WHERE id = ?1",
            params![id, lists.company, now.0],
        )?;
        self.integration_reached(id, now)
    }

    /// Switches a profile on or off. Off, it keeps its postings.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn set_integration_enabled(&self, name: &str, enabled: bool) -> Result<(), StoreError> {
        let changed = self
            .sql
            .execute("UPDATE integration SET enabled = ?2 WHERE name = ?1", params![name, enabled])?;
        found(changed, name)
    }

    /// Removes a profile; what was posted by it stays on record, and its channels post no more.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] while something of it is to be posted.
    pub fn remove_integration(&self, name: &str) -> Result<(), StoreError> {
        let open: i64 = self.sql.query_row(
            "SELECT count(*) FROM posting JOIN integration ON integration.id = integration_id
             WHERE integration.name = ?1 AND state IN ('waiting', 'deferred', 'offered', 'uncertain')",
            [name],
            |r| r.get(0),
        )?;
        if open > 0 {
            return Err(StoreError::Conflict(say!(
                "{open} sales are still to be posted by \"{name}\"; wait for them or cancel them first",
                open,
                name
            )));
        }
        for statement in [
            "UPDATE channel SET export_orders = 0, customer_source = NULL, payment_method = NULL, bank_account = NULL,
                 integration_id = NULL WHERE integration_id = (SELECT id FROM integration WHERE name = ?1)",
            "UPDATE posting SET integration_id = NULL
                 WHERE integration_id = (SELECT id FROM integration WHERE name = ?1)",
        ] {
            self.sql.execute(statement, [name])?;
        }
        found(self.sql.execute("DELETE FROM integration WHERE name = ?1", [name])?, name)
    }

    /// Records how a profile stands.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_integration_breaker(&self, id: i64, breaker: &Breaker) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE integration SET standing = ?2, reason = ?3, failures = ?4, next_try_ms = ?5 WHERE id = ?1",
            params![id, breaker.standing.word(), breaker.reason, breaker.failures, breaker.next_try.0],
        )?;
        Ok(())
    }

    /// Ends the wait of a profile whose server was away.
    ///
    /// # Errors
    /// The store's own.
    pub fn end_integration_backoff(&self, id: i64, now: Millis) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE integration SET next_try_ms = min(next_try_ms, ?2) WHERE id = ?1 AND standing = 'offline'",
            params![id, now.0],
        )?;
        Ok(())
    }

    /// Records that a profile's books have answered: nothing is known against it.
    ///
    /// # Errors
    /// The store's own.
    pub fn integration_reached(&self, id: i64, now: Millis) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE integration SET standing = 'ready', reason = '', failures = 0, next_try_ms = 0, contact_ms = ?2
             WHERE id = ?1",
            params![id, now.0],
        )?;
        Ok(())
    }
}

fn found(changed: usize, name: &str) -> Result<(), StoreError> {
    match changed {
        0 => Err(StoreError::NotFound(say!("there is no profile called \"{name}\"", name))),
        _ => Ok(()),
    }
}
