//! Who wants to be told what happens, and what they have not been told yet.

use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Reader, SecretPlace, StoreError, Tx};
use crate::domain::Millis;

/// Somebody who wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRow {
    /// Its row.
    pub id: i64,
    /// Its id in the world.
    pub uuid: Uuid,
    /// Where to.
    pub url: String,
    /// Which events.
    pub events: Vec<String>,
    /// Where its signing secret is.
    pub place: SecretPlace,
    /// When it was set up.
    pub created: Millis,
    /// Events it has not been told yet.
    pub waiting: i64,
    /// What went wrong last, if something waits for that reason.
    pub problem: Option<String>,
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its row.
    pub id: i64,
    /// Who is told.
    pub webhook: i64,
    /// Its id in the world.
    pub uuid: Uuid,
    /// Its name.
    pub event: String,
    /// The row of what it is about.
    pub subject: Option<i64>,
    /// What the server said, or why.
    pub detail: String,
    /// When it happened.
    pub created: Millis,
    /// Times it was refused.
    pub tries: i64,
}

/// A recipient an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecipient {
    /// The row of the mail.
    pub mail: i64,
    /// The address.
    pub address: String,
}

fn webhook(r: &Row<'_>) -> rusqlite::Result<WebhookRow> {
    let events: String = r.get(3)?;
    let place: String = r.get(4)?;
    Ok(WebhookRow {
        id: r.get(0)?,
        uuid: Uuid::from_bytes(r.get(1)?),
        url: r.get(2)?,
        events: events.split_whitespace().map(str::to_owned).collect(),
        place: if place == "file" { SecretPlace::File } else { SecretPlace::Keyring },
        created: Millis(r.get(5)?),
        waiting: r.get(6)?,
        problem: r.get(7)?,
    })
}

impl Reader<'_> {
    /// All webhooks, oldest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn webhooks(&self) -> Result<Vec<WebhookRow>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT id, uuid, url, events, secret_place, created_ms,
                 (SELECT count(*) FROM webhook_event WHERE webhook_id = webhook.id AND state = 'waiting'),
                 (SELECT problem FROM webhook_event WHERE webhook_id = webhook.id AND problem IS NOT NULL
                      AND state <> 'told' ORDER BY id DESC LIMIT 1)
             FROM webhook ORDER BY id",
        )?;
        let rows = find.query_map([], webhook)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The events that are to be told now, oldest first; at most `most`.
    ///
    /// # Errors
    /// The store's own.
    pub fn due_events(&self, now: Millis, most: u32) -> Result<Vec<EventRow>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT id, webhook_id, uuid, event, subject, detail, created_ms, tries FROM webhook_event
             WHERE state = 'waiting' AND next_ms <= ?1 ORDER BY next_ms, id LIMIT ?2",
        )?;
        let rows = find.query_map(params![now.0, most], |r| {
            Ok(EventRow {
                id: r.get(0)?,
                webhook: r.get(1)?,
                uuid: Uuid::from_bytes(r.get(2)?),
                event: r.get(3)?,
                subject: r.get(4)?,
                detail: r.get(5)?,
                created: Millis(r.get(6)?),
                tries: r.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The recipient an event is about.
    ///
    /// # Errors
    /// The store's own; a missing one is `None`.
    pub fn event_recipient(&self, row: i64) -> Result<Option<EventRecipient>, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT mail_id, address FROM recipient WHERE id = ?1")?;
        let found = find.query_row([row], |r| Ok(EventRecipient { mail: r.get(0)?, address: r.get(1)? }));
        Ok(found.optional()?)
    }
}

impl Tx<'_> {
    /// Stores a webhook.
    ///
    /// # Errors
    /// The store's own.
    pub fn insert_webhook(&self, new: &WebhookRow) -> Result<(), StoreError> {
        // A space on each side of every name lets the triggers look for whole names.
        let events = format!(" {} ", new.events.join(" "));
        self.sql.execute(
            "INSERT INTO webhook (uuid, url, events, secret_place, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![new.uuid.as_bytes(), new.url, events, new.place.word(), new.created.0],
        )?;
        Ok(())
    }

    /// Removes a webhook and what it has not been told.
    ///
    /// # Errors
    /// The store's own.
    pub fn delete_webhook(&self, id: i64) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM webhook WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Queues an event by which a webhook is tried out.
    ///
    /// # Errors
    /// The store's own.
    pub fn insert_event(&self, webhook: i64, uuid: Uuid, event: &str, now: Millis) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO webhook_event (webhook_id, uuid, event, detail, created_ms) VALUES (?1, ?2, ?3, '', ?4)",
            params![webhook, uuid.as_bytes(), event, now.0],
        )?;
        Ok(())
    }

    /// The event was taken; told ones of more than 30 days ago go.
    ///
    /// # Errors
    /// The store's own.
    pub fn event_told(&self, id: i64, forget_before: Millis) -> Result<(), StoreError> {
        self.sql.execute("UPDATE webhook_event SET state = 'told', problem = NULL WHERE id = ?1", [id])?;
        self.sql.execute(
            "DELETE FROM webhook_event WHERE state <> 'waiting' AND created_ms < ?1",
            [forget_before.0],
        )?;
        Ok(())
    }

    /// The event was not taken: it is told again at `next`, or given up when there is none.
    ///
    /// # Errors
    /// The store's own.
    pub fn event_not_told(
        &self,
        id: i64,
        tries: i64,
        next: Option<Millis>,
        problem: &str,
    ) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE webhook_event SET tries = ?2, problem = ?3, next_ms = coalesce(?4, next_ms),
                 state = CASE WHEN ?4 IS NULL THEN 'given_up' ELSE 'waiting' END WHERE id = ?1",
            params![id, tries, problem, next.map(|n| n.0)],
        )?;
        Ok(())
    }
}
