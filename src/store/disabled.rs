//! Addresses that mails must not go to.

use rusqlite::{OptionalExtension, Row, params};

use super::{Reader, StoreError, Tx};
use crate::domain::Who;
use crate::domain::disabled::{Pattern, refusal};
use crate::domain::mail::{Event, State};
use crate::domain::{EmailAddress, Millis};

/// A disabled address or domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisabledRow {
    /// The address, or `@` and the domain.
    pub pattern: String,
    /// Why; may be empty.
    pub reason: String,
    /// Since when.
    pub since: Millis,
    /// Who disabled it, where it is known.
    pub by: Option<Who>,
}

const COLUMNS: &str = "pattern, reason, since_ms, added_by";

fn row(r: &Row<'_>) -> rusqlite::Result<DisabledRow> {
    let by: Option<String> = r.get(3)?;
    Ok(DisabledRow {
        pattern: r.get(0)?,
        reason: r.get(1)?,
        since: Millis(r.get(2)?),
        by: by.as_deref().and_then(Who::read),
    })
}

/// Joins a recipient or contact with what disables it; an address has one `@`.
pub(super) const DISABLES: &str =
    "disabled.pattern IN (address_key, substr(address_key, instr(address_key, '@')))";

impl Reader<'_> {
    /// All disabled addresses and domains, by name.
    ///
    /// # Errors
    /// The store's own.
    pub fn disabled(&self) -> Result<Vec<DisabledRow>, StoreError> {
        let mut find =
            self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM disabled ORDER BY pattern"))?;
        Ok(find.query_map([], row)?.collect::<Result<_, _>>()?)
    }

    /// What disables an address, if anything does; its own entry before its domain's.
    ///
    /// # Errors
    /// The store's own.
    pub fn disables(&self, address: &EmailAddress) -> Result<Option<DisabledRow>, StoreError> {
        let [own, domain] = Pattern::of(address);
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM disabled WHERE pattern IN (?1, ?2) ORDER BY pattern = ?1 DESC LIMIT 1"
        ))?;
        Ok(find.query_row([own.as_str(), domain.as_str()], row).optional()?)
    }

    /// How many mails wait for recipients that are disabled.
    ///
    /// # Errors
    /// The store's own.
    pub fn waiting_for_disabled(&self) -> Result<i64, StoreError> {
        let sql = format!(
            "SELECT count(DISTINCT mail_id) FROM recipient, disabled
             WHERE mail_id IN (SELECT id FROM mail WHERE finished = 0)
                 AND state IN ('waiting', 'deferred') AND {DISABLES}"
        );
        Ok(self.sql.query_row(&sql, [], |r| r.get(0))?)
    }
}

impl Tx<'_> {
    /// Disables an address or a domain, or gives it another reason.
    ///
    /// # Errors
    /// The store's own.
    pub fn disable(
        &self,
        pattern: &Pattern,
        reason: &str,
        by: Option<&Who>,
        now: Millis,
    ) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO disabled (pattern, reason, since_ms, added_by) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (pattern) DO UPDATE SET reason = excluded.reason",
            params![pattern.as_str(), reason, now.0, by.map(Who::text)],
        )?;
        Ok(())
    }

    /// Takes an address or a domain back among those that mails may go to; whether it was disabled.
    ///
    /// # Errors
    /// The store's own.
    pub fn enable(&self, pattern: &Pattern) -> Result<bool, StoreError> {
        Ok(self.sql.execute("DELETE FROM disabled WHERE pattern = ?1", [pattern.as_str()])? > 0)
    }

    /// Refuses the recipients of a mail that were disabled after it was queued; whether there were any.
    pub(super) fn refuse_disabled(&self, mail: i64, now: Millis) -> Result<bool, StoreError> {
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT id, address, pattern, reason, state FROM recipient JOIN disabled ON {DISABLES}
             WHERE mail_id = ?1 AND state IN ('waiting', 'deferred') GROUP BY id"
        ))?;
        let rows = find
            .query_map([mail], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))?
            .collect::<Result<Vec<(i64, String, String, String, String)>, _>>()?;
        let mut refuse = self
            .sql
            .prepare_cached("UPDATE recipient SET state = ?2, reply = ?3, settled_ms = ?4 WHERE id = ?1")?;
        let mut any = false;
        for (id, address, pattern, reason, state) in rows {
            let after = State::from_word(&state).and_then(|s| s.after(Event::Refuse));
            if let Some(after) = after {
                let why = format!("not sent: {}", refusal(&address, &pattern, &reason));
                refuse.execute(params![id, after.word(), why, now.0])?;
                any = true;
            }
        }
        Ok(any)
    }
}
