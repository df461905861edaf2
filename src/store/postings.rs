//! The posting queue: sales on their way into the books, claimed, marked and settled as mails are.
//!
//! A posting belongs to the process whose lease it carries, and one profile has one of them in hand at a
//! time. Before a request that enters something, the mark says durably which step may be done from here
//! on; whoever takes it up after a crash searches the books for that step first.

use std::sync::Arc;

use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::error::impossible;
use super::owner::{Hand, Job, Owner};
use super::{Reader, StoreError, Tx};
use crate::domain::mail::{Event, State};
use crate::domain::posting::{Done, Step, Turn, after};
use crate::domain::{Millis, say};

/// A sale on its way into the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingRow {
    /// Its row.
    pub id: i64,
    /// The row of its document.
    pub document: i64,
    /// The kind of document.
    pub kind: String,
    /// The document's number.
    pub number: String,
    /// The profile's name.
    pub profile: String,
    /// The channel's name.
    pub channel: String,
    /// What it is found again by.
    pub reference: String,
    /// Its state.
    pub state: State,
    /// The step that is offered or uncertain.
    pub step: Option<Step>,
    /// Whether each step is looked for in the books before it is done: it may stand there.
    pub search_first: bool,
    /// What is done.
    pub done: Done,
    /// Times it met trouble.
    pub tries: u32,
    /// No try before this time.
    pub next: Millis,
    /// The last trouble.
    pub reason: String,
    /// When it was queued.
    pub created: Millis,
    /// When it last changed.
    pub settled: Option<Millis>,
}

/// A sale to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPosting {
    /// Its id in the world.
    pub uuid: Uuid,
    /// The row of its document.
    pub document: i64,
    /// The profile's name.
    pub profile: String,
    /// The channel's name.
    pub channel: String,
    /// What it is found again by.
    pub reference: String,
    /// Why it is not posted; `None` when it is.
    pub refused: Option<String>,
    /// When.
    pub created: Millis,
}

/// What one step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepOutcome {
    /// The posting.
    pub posting: i64,
    /// The lease it was made under.
    pub owner: Uuid,
    /// What happened.
    pub turn: Turn,
    /// What the books call what is done now.
    pub done: Done,
    /// The trouble, in words; empty when there is none.
    pub reason: String,
    /// When it is tried again if it is.
    pub next: Millis,
    /// When it happened.
    pub at: Millis,
}

const SELECT: &str = "SELECT posting.id, document_id, kind, number, profile, channel, reference, state, step, search_first, \
     customer, invoice, file, payment, tries, next_ms, reason, posting.created_ms, settled_ms \
     FROM posting JOIN document ON document.id = document_id";

fn row(r: &Row<'_>) -> rusqlite::Result<Result<PostingRow, StoreError>> {
    let (state, step): (String, Option<String>) = (r.get("state")?, r.get("step")?);
    let Some(known) = State::from_word(&state) else { return Ok(Err(impossible("state", &state))) };
    Ok(Ok(PostingRow {
        id: r.get("id")?,
        document: r.get("document_id")?,
        kind: r.get("kind")?,
        number: r.get("number")?,
        profile: r.get("profile")?,
        channel: r.get("channel")?,
        reference: r.get("reference")?,
        state: known,
        step: step.as_deref().and_then(Step::from_word),
        search_first: r.get("search_first")?,
        done: Done {
            customer: r.get("customer")?,
            invoice: r.get("invoice")?,
            file: r.get("file")?,
            payment: r.get("payment")?,
        },
        tries: r.get("tries")?,
        next: Millis(r.get("next_ms")?),
        reason: r.get("reason")?,
        created: Millis(r.get("created_ms")?),
        settled: r.get::<_, Option<i64>>("settled_ms")?.map(Millis),
    }))
}

impl Reader<'_> {
    /// Postings, newest first, at most `most` and before row `before`; only those that are not in the
    /// books, or also those.
    ///
    /// # Errors
    /// The store's own.
    pub fn postings(&self, all: bool, before: Option<i64>, most: u32) -> Result<Vec<PostingRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!(
            "{SELECT} WHERE (?1 OR state NOT IN ('accepted', 'cancelled', 'abandoned'))
                 AND posting.id < coalesce(?2, 9223372036854775807) ORDER BY posting.id DESC LIMIT ?3"
        ))?;
        let rows = find.query_map(params![all, before, most], row)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().collect()
    }

    /// The posting in row `id`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn posting(&self, id: i64) -> Result<PostingRow, StoreError> {
        let mut find = self.sql.prepare_cached(&format!("{SELECT} WHERE posting.id = ?1"))?;
        find.query_row([id], row)
            .optional()?
            .unwrap_or_else(|| Err(StoreError::NotFound(say!("there is no posting {id}", id))))
    }

    /// The posting of the document in row `id`, if it has one.
    ///
    /// # Errors
    /// The store's own.
    pub fn posting_of(&self, document: i64) -> Result<Option<PostingRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!("{SELECT} WHERE document_id = ?1"))?;
        find.query_row([document], row).optional()?.transpose()
    }

    /// How many sales are on their way into the books, and how many were refused.
    ///
    /// # Errors
    /// The store's own.
    pub fn open_postings(&self) -> Result<(i64, i64), StoreError> {
        let mut count = self.sql.prepare_cached(
            "SELECT coalesce(sum(state <> 'refused'), 0), coalesce(sum(state = 'refused'), 0) FROM posting
             WHERE state NOT IN ('accepted', 'cancelled', 'abandoned')",
        )?;
        Ok(count.query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?)
    }

    /// The state of the posting of the document in row `id`, if it has one.
    ///
    /// # Errors
    /// The store's own.
    pub fn posting_state_of(&self, document: i64) -> Result<Option<State>, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT state FROM posting WHERE document_id = ?1")?;
        let word: Option<String> = find.query_row([document], |r| r.get(0)).optional()?;
        word.map(|word| State::from_word(&word).ok_or_else(|| impossible("state", &word))).transpose()
    }

    /// Whether a sale is to be posted by the profile in row `integration` at `now`.
    ///
    /// # Errors
    /// The store's own.
    pub fn is_posting_due(&self, integration: i64, now: Millis) -> Result<bool, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM posting WHERE integration_id = ?1 AND next_ms <= ?2
                 AND state IN ('waiting', 'deferred', 'uncertain') AND lease_owner IS NULL)",
        )?;
        Ok(find.query_row(params![integration, now.0], |r| r.get(0))?)
    }
}

impl Tx<'_> {
    /// Queues a sale; earlier versions of its document of which nothing was entered are not posted any more.
    ///
    /// # Errors
    /// The store's own.
    pub fn insert_posting(&self, new: &NewPosting) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE posting SET state = 'cancelled', reason = 'a corrected version took its place', settled_ms = ?2
             WHERE state IN ('waiting', 'deferred', 'refused') AND lease_owner IS NULL AND invoice IS NULL
                 AND document_id IN (SELECT other.id FROM document AS this JOIN document AS other
                     ON other.kind = this.kind AND other.number = this.number AND other.id <> this.id
                     WHERE this.id = ?1)",
            params![new.document, new.created.0],
        )?;
        let beside = self.entered_beside(new.document)?.map(|version| {
            format!(
                "Version {version} of this document is in the books, or may be. Correct it there by hand."
            )
        });
        // Removed while the document was prepared: nobody would ever post it, nor say so.
        let removed = self.reader().integration(&new.profile)?.is_none().then(|| {
            format!(
                "The profile \"{}\" was removed before this sale was stored. Enter it in the books by hand.",
                new.profile
            )
        });
        let refused = new.refused.clone().or(beside).or(removed);
        self.sql.execute(
            "INSERT INTO posting (uuid, document_id, integration_id, profile, channel, reference, state, reason,
                 created_ms, next_ms)
             VALUES (?1, ?2, (SELECT id FROM integration WHERE name = ?3), ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
            params![
                new.uuid.as_bytes(),
                new.document,
                new.profile,
                new.channel,
                new.reference,
                if refused.is_some() { "refused" } else { "waiting" },
                refused.unwrap_or_default(),
                new.created.0
            ],
        )?;
        Ok(())
    }

    /// The other version of the document in row `document` that is in the books, or may be, or is on its
    /// way there. One that was refused or given up halfway stands there too.
    fn entered_beside(&self, document: i64) -> Result<Option<i64>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT other.version FROM document AS this JOIN document AS other
                 ON other.kind = this.kind AND other.number = this.number AND other.id <> this.id
                 JOIN posting ON document_id = other.id
             WHERE this.id = ?1 AND (state NOT IN ('cancelled', 'refused') OR invoice IS NOT NULL) LIMIT 1",
        )?;
        Ok(find.query_row([document], |r| r.get(0)).optional()?)
    }

    /// Takes the next due sale of a profile for `owner` until `until`, unless one is in somebody's hands.
    ///
    /// # Errors
    /// The store's own.
    pub fn claim_posting(
        &self,
        integration: i64,
        owner: &Arc<Owner>,
        (now, until): (Millis, Millis),
    ) -> Result<Option<(PostingRow, Hand)>, StoreError> {
        let id: Option<i64> = self
            .sql
            .prepare_cached(
                "SELECT id FROM posting WHERE integration_id = ?1 AND next_ms <= ?2 AND lease_owner IS NULL
                     AND state IN ('waiting', 'deferred', 'uncertain')
                     AND NOT EXISTS (SELECT 1 FROM posting WHERE integration_id = ?1 AND lease_owner IS NOT NULL)
                 ORDER BY next_ms, id LIMIT 1",
            )?
            .query_row(params![integration, now.0], |r| r.get(0))
            .optional()?;
        let Some(id) = id else { return Ok(None) };
        self.sql
            .prepare_cached("UPDATE posting SET lease_owner = ?2, lease_until_ms = ?3 WHERE id = ?1")?
            .execute(params![id, owner.id().as_bytes(), until.0])?;
        let hand = Hand::take(owner, Job::Posting(id));
        Ok(Some((self.reader().posting(id)?, hand)))
    }

    /// Marks that a request for `step` is about to leave.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the lease is no longer `owner`'s: nothing must leave.
    pub fn mark_posting(&self, id: i64, owner: Uuid, step: Step, until: Millis) -> Result<(), StoreError> {
        let state = self.leased(id, owner)?;
        let offered = moved(state, Turn::As(Event::Mark))?;
        self.sql
            .prepare_cached("UPDATE posting SET state = ?2, step = ?3, lease_until_ms = ?4 WHERE id = ?1")?
            .execute(params![id, offered.word(), step.word(), until.0])?;
        Ok(())
    }

    /// Records what a step came to. The posting is given back unless other steps follow at once.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the lease is no longer the outcome's owner's.
    pub fn settle_posting(&self, outcome: &StepOutcome) -> Result<(), StoreError> {
        let state = self.leased(outcome.posting, outcome.owner)?;
        let state = moved(state, outcome.turn)?;
        let goes_on = outcome.turn == Turn::StepDone;
        let trouble = !matches!(outcome.turn, Turn::StepDone | Turn::Finished);
        self.sql
            .prepare_cached(
                "UPDATE posting SET state = ?2,
                     step = CASE WHEN ?2 = 'uncertain' THEN step END, customer = ?3, invoice = ?4, file = ?5, payment = ?6, reason = ?7, next_ms = ?8, settled_ms = ?9,
                     tries = tries + ?10, lease_owner = CASE WHEN ?11 THEN lease_owner END,
                     lease_until_ms = CASE WHEN ?11 THEN lease_until_ms END WHERE id = ?1",
            )?
            .execute(params![
                outcome.posting,
                state.word(),
                outcome.done.customer,
                outcome.done.invoice,
                outcome.done.file,
                outcome.done.payment,
                outcome.reason,
                outcome.next.0,
                outcome.at.0,
                trouble,
                goes_on
            ])?;
        Ok(())
    }

    fn leased(&self, id: i64, owner: Uuid) -> Result<State, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT state, lease_owner FROM posting WHERE id = ?1")?;
        let (word, holder): (String, Option<[u8; 16]>) =
            find.query_row([id], |r| Ok((r.get(0)?, r.get(1)?)))?;
        if holder != Some(*owner.as_bytes()) {
            return Err(StoreError::Conflict(say!("posting {id} is in another process's hands now", id)));
        }
        State::from_word(&word).ok_or_else(|| impossible("state", &word))
    }

    /// Takes a posting out of a dead process's hands: what was offered may be done, and is searched from
    /// `rested` on. Returns whether it was offered.
    pub(super) fn take_posting_back(&self, id: i64, now: Millis, rested: Millis) -> Result<bool, StoreError> {
        let offered = self.sql.execute(
            "UPDATE posting SET state = 'uncertain', settled_ms = ?2, next_ms = ?3, tries = tries + 1,
                 reason = 'Tillpost stopped before the accounting system had answered',
                 lease_owner = NULL, lease_until_ms = NULL WHERE id = ?1 AND state = 'offered'",
            params![id, now.0, rested.0],
        )?;
        self.sql
            .execute("UPDATE posting SET lease_owner = NULL, lease_until_ms = NULL WHERE id = ?1", [id])?;
        Ok(offered > 0)
    }

    /// Does with a posting what a person wants.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when that makes no sense in its state, it is in a process's hands, or it is to
    /// be tried again beside another version of its document or without the profile it was for.
    pub fn steer_posting(&self, id: i64, event: Event, now: Millis) -> Result<(), StoreError> {
        let posting = self.reader().posting(id)?;
        let (leased, removed): (bool, bool) = self.sql.query_row(
            "SELECT lease_owner IS NOT NULL, integration_id IS NULL FROM posting WHERE id = ?1",
            [id],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        let state = after(posting.state, Turn::As(event)).filter(|_| !leased).ok_or_else(|| {
            let word = if leased { "being posted" } else { posting.state.word() };
            StoreError::Conflict(say!("posting {id} is {word}; that cannot be done with it now", id, word))
        })?;
        if event == Event::Retry && removed {
            // Another profile of this name may lead to other books, where its numbers are another sale's.
            return Err(StoreError::Conflict(say!(
                "the profile \"{profile}\" it was to be posted by is removed; enter it in the books by hand",
                profile = posting.profile
            )));
        }
        if event == Event::Retry
            && let Some(version) = self.entered_beside(posting.document)?
        {
            return Err(StoreError::Conflict(say!(
                "version {version} of this document is in the books, or on its way there; correct it there by hand",
                version
            )));
        }
        // What the books say no to may stand there all the same.
        let refused = posting.state == State::Refused;
        self.sql.execute(
            "UPDATE posting SET state = ?2, next_ms = ?3, settled_ms = ?3, step = CASE WHEN ?4 THEN step END,
                 search_first = search_first OR ?5 WHERE id = ?1",
            params![id, state.word(), now.0, event == Event::Retry && !refused, refused],
        )?;
        Ok(())
    }
}

fn moved(state: State, turn: Turn) -> Result<State, StoreError> {
    after(state, turn).ok_or_else(|| {
        StoreError::Conflict(say!(
            "{turn} cannot happen to a posting that is {state}",
            turn = format!("{turn:?}"),
            state = state.word()
        ))
    })
}
