//! How fast accounts may send, and what they sent lately.

use rusqlite::{OptionalExtension, params};

use super::{Reader, StoreError, Tx};
use crate::domain::Millis;
use crate::domain::pace::{self, LONGEST_SPAN_MS, Limits, Sent, Slot};

/// How long what a server taught holds: its limits grow with the account's age.
const LEARNED_MS: i64 = 7 * 24 * 3600 * 1000;

/// Mails the owner allows an account: `None` is the provider's figure, 0 no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChosenPace {
    /// In any minute.
    pub per_minute: Option<u32>,
    /// In any hour.
    pub per_hour: Option<u32>,
    /// In any 24 hours.
    pub per_day: Option<u32>,
}

impl Reader<'_> {
    /// What the owner chose for an account, and what its server taught.
    ///
    /// # Errors
    /// The store's own.
    pub fn pace(&self, account: i64, now: Millis) -> Result<(ChosenPace, Limits), StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT per_minute, per_hour, per_day, learned_per_minute, learned_per_hour, learned_per_day,
                 learned_ms FROM account_pace WHERE account_id = ?1",
        )?;
        let found = find.query_row([account], |r| {
            let chosen = ChosenPace { per_minute: r.get(0)?, per_hour: r.get(1)?, per_day: r.get(2)? };
            let learned = Limits {
                per_minute: r.get(3)?,
                per_hour: r.get(4)?,
                per_day: r.get(5)?,
                ..Limits::default()
            };
            let at: Option<i64> = r.get(6)?;
            let holds = at.is_some_and(|at| now.since(Millis(at)).abs() <= LEARNED_MS);
            Ok((chosen, if holds { learned } else { Limits::default() }))
        });
        Ok(found.optional()?.unwrap_or_default())
    }

    /// What an account sent lately.
    ///
    /// # Errors
    /// The store's own.
    pub fn sent_lately(&self, account: i64, now: Millis) -> Result<Sent, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT start_ms, mails, recipients FROM sent_slot WHERE account_id = ?1 AND start_ms > ?2",
        )?;
        let oldest = now.plus_millis(-LONGEST_SPAN_MS - pace::SLOT_MS);
        let slots = find.query_map(params![account, oldest.0], |r| {
            Ok(Slot { start: Millis(r.get(0)?), mails: r.get(1)?, recipients: r.get(2)? })
        })?;
        Ok(Sent::new(slots.collect::<Result<_, _>>()?))
    }

    /// Mails of an account that are in somebody's hands.
    ///
    /// # Errors
    /// The store's own.
    pub fn in_hand(&self, account: i64) -> Result<u32, StoreError> {
        let mut count = self
            .sql
            .prepare_cached("SELECT count(*) FROM mail WHERE lease_owner IS NOT NULL AND account_id = ?1")?;
        Ok(count.query_row([account], |r| r.get(0))?)
    }

    /// Mails of an account that wait to be sent, and their recipients.
    ///
    /// # Errors
    /// The store's own.
    pub fn backlog(&self, account: i64) -> Result<(u32, u32), StoreError> {
        let mut count = self.sql.prepare_cached(
            "SELECT count(DISTINCT mail.id), count(*) FROM mail JOIN recipient ON mail_id = mail.id
             WHERE finished = 0 AND held = 0 AND account_id = ?1 AND state IN ('waiting', 'deferred', 'offered')",
        )?;
        Ok(count.query_row([account], |r| Ok((r.get(0)?, r.get(1)?)))?)
    }

    /// How long the last conversations about mails took on average, in milliseconds.
    ///
    /// # Errors
    /// The store's own.
    pub fn usual_time_ms(&self) -> Result<i64, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT coalesce(avg(took), 1000) FROM
                 (SELECT max(ended_ms - started_ms, 0) AS took FROM attempt ORDER BY id DESC LIMIT 20)",
        )?;
        let average: f64 = find.query_row([], |r| r.get(0))?;
        Ok(average as i64)
    }
}

impl Tx<'_> {
    /// Counts a mail whose text went out to so many.
    pub(super) fn note_sent(&self, account: i64, recipients: usize, at: Millis) -> Result<(), StoreError> {
        let recipients = i64::try_from(recipients).unwrap_or(i64::MAX);
        self.sql
            .prepare_cached(
                "INSERT INTO sent_slot (account_id, start_ms, mails, recipients) VALUES (?1, ?2, 1, ?3)
                 ON CONFLICT DO UPDATE SET mails = mails + 1, recipients = recipients + excluded.recipients",
            )?
            .execute(params![account, pace::slot(at).0, recipients])?;
        Ok(())
    }

    /// Forgets what an account sent so long ago that no limit looks back to it.
    ///
    /// # Errors
    /// The store's own.
    pub fn forget_sent(&self, account: i64, now: Millis) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM sent_slot WHERE account_id = ?1 AND start_ms < ?2")?
            .execute(params![account, now.plus_millis(-LONGEST_SPAN_MS - 2 * pace::SLOT_MS).0])?;
        Ok(())
    }

    /// Remembers what the owner allows an account, and ends its wait for the pace it had.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_pace(&self, account: i64, chosen: ChosenPace) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO account_pace (account_id, per_minute, per_hour, per_day) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET per_minute = excluded.per_minute, per_hour = excluded.per_hour,
                 per_day = excluded.per_day, learned_per_minute = NULL, learned_per_hour = NULL,
                 learned_per_day = NULL, learned_ms = NULL",
            params![account, chosen.per_minute, chosen.per_hour, chosen.per_day],
        )?;
        // What it waits for may be no limit any more; where it still is, it waits again.
        self.sql.execute(
            "UPDATE account SET standing = 'ready', reason = '', trouble = '', failures = 0, next_try_ms = 0
             WHERE id = ?1 AND standing = 'throttled'",
            [account],
        )?;
        Ok(())
    }

    /// Remembers what the server of an account taught by refusing.
    ///
    /// # Errors
    /// The store's own.
    pub fn learn_pace(&self, account: i64, learned: Limits, now: Millis) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO account_pace (account_id, learned_per_minute, learned_per_hour, learned_per_day, learned_ms)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET learned_per_minute = excluded.learned_per_minute,
                 learned_per_hour = excluded.learned_per_hour, learned_per_day = excluded.learned_per_day,
                 learned_ms = excluded.learned_ms",
            params![account, learned.per_minute, learned.per_hour, learned.per_day, now.0],
        )?;
        Ok(())
    }
}
