//! The queue as delivery sees it: claim, mark, settle.
//!
//! A mail belongs to the process whose lease it carries. Before a message's final dot, the mark says
//! durably "it may be gone from here on"; what a crash leaves behind is then either provably not
//! sent (no mark) or uncertain (mark), never something in between.

use std::sync::Arc;

use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::disabled::DISABLES;
use super::error::impossible;
use super::owner::{Hand, Job, Owner};
use super::settings::PAUSED;
use super::{Reader, StoreError, Tx};
use crate::domain::document::Kind;
use crate::domain::mail::{Event, Role, State};
use crate::domain::{EmailAddress, Millis, say};

/// A mail this process may send.
#[derive(Debug)]
pub struct Claimed {
    /// Its row.
    pub id: i64,
    /// Its Message-ID, for logs.
    pub message_id: String,
    /// The envelope's sender.
    pub from: EmailAddress,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it has bytes beyond ASCII.
    pub eight_bit: bool,
    /// Its account's online time from which on it counts how long it has been put off, in milliseconds;
    /// nothing where it was not put off yet.
    pub put_off_from_ms: Option<i64>,
    /// The recipients whose turn it is.
    pub recipients: Vec<ClaimedRecipient>,
    /// That it is in this process's hands.
    pub hand: Hand,
}

/// A recipient of a claimed mail.
#[derive(Debug, Clone)]
pub struct ClaimedRecipient {
    /// Its row.
    pub id: i64,
    /// The address.
    pub address: EmailAddress,
    /// Transactions so far in which the server answered for it.
    pub tries: u32,
}

/// A mail of more bytes is sent by itself.
pub const LARGE: u64 = 1024 * 1024;

/// Which of the due mails are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Which {
    /// Only urgent ones.
    pub urgent: bool,
    /// None of more bytes.
    pub largest: i64,
}

impl Which {
    /// All of them.
    pub const ALL: Self = Self { urgent: false, largest: i64::MAX };

    /// Of these, the ones that are not sent by themselves.
    #[must_use]
    pub fn small(self) -> Self {
        Self { largest: LARGE as i64, ..self }
    }
}

/// What one transaction did to one mail.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The mail.
    pub mail: i64,
    /// The lease it was sent under.
    pub owner: Uuid,
    /// What happened to each recipient: its row, the event, what the server said, when it is tried
    /// again if it is.
    pub recipients: Vec<(i64, Event, Option<String>, Millis)>,
    /// Why it waits if it does: `due` or `backoff`.
    pub wait: &'static str,
    /// When the conversation about it began.
    pub started: Millis,
    /// When it ended.
    pub ended: Millis,
    /// What came of it, in a few words; empty to keep no attempt.
    pub result: String,
    /// What was said.
    pub transcript: String,
    /// Whether accepted addresses are counted in the address book.
    pub learn: bool,
}

/// Whether a claimed mail may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It may.
    Free,
    /// A person has taken it back, or somebody was disabled, since it was claimed.
    Changed,
    /// Sending is paused.
    Paused,
}

impl Reader<'_> {
    /// Whether a mail that was claimed by `owner` may still leave.
    ///
    /// # Errors
    /// The store's own.
    pub fn may_leave(&self, mail: i64, owner: Uuid) -> Result<Leave, StoreError> {
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT lease_owner IS ?2, EXISTS (SELECT 1 FROM setting WHERE key = ?3),
                 EXISTS (SELECT 1 FROM recipient, disabled
                         WHERE mail_id = ?1 AND state IN ('waiting', 'deferred') AND {DISABLES})
             FROM mail WHERE id = ?1"
        ))?;
        let (ours, paused, disabled): (bool, bool, bool) = find
            .query_row(params![mail, owner.as_bytes(), PAUSED], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
        Ok(match (ours && !disabled, paused) {
            (false, _) => Leave::Changed,
            (true, true) => Leave::Paused,
            (true, false) => Leave::Free,
        })
    }

    /// Whether a mail of `account` is due at `now`.
    ///
    /// # Errors
    /// The store's own.
    pub fn is_due(&self, account: i64, which: Which, now: Millis) -> Result<bool, StoreError> {
        // No mail steps back by more than two days: the index need not be read to its end.
        let mut find = self.sql.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM mail WHERE finished = 0 AND account_id = ?1 AND held = 0
                 AND lease_owner IS NULL AND turn_ms <= ?2 + 172800000 AND next_ms <= ?2 AND size <= ?3
                 AND (urgency = 'now' OR NOT ?4))",
        )?;
        Ok(find.query_row(params![account, now.0, which.largest, which.urgent], |r| r.get(0))?)
    }

    /// Whether mails or postings are in the hands of another process than `me`, or of anybody for too long.
    ///
    /// # Errors
    /// The store's own.
    pub fn leases_to_look_at(&self, me: Uuid, now: Millis) -> Result<bool, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM mail
                            WHERE lease_owner IS NOT NULL AND (lease_owner <> ?1 OR lease_until_ms <= ?2))
                 OR EXISTS (SELECT 1 FROM posting
                            WHERE lease_owner IS NOT NULL AND (lease_owner <> ?1 OR lease_until_ms <= ?2))",
        )?;
        Ok(find.query_row(params![me.as_bytes(), now.0], |r| r.get(0))?)
    }

    /// Recipients that became uncertain before `before`, were not sent again yet and are in nobody's
    /// hands: their row, their mail, and the kind of document it carries.
    ///
    /// # Errors
    /// The store's own.
    pub fn uncertain_since(&self, before: Millis) -> Result<Vec<(i64, i64, Option<Kind>)>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT recipient.id, mail_id, kind FROM recipient JOIN mail ON mail.id = mail_id
                 LEFT JOIN document ON document.id = document_id
             WHERE state = 'uncertain' AND resent = 0 AND settled_ms <= ?1 AND lease_owner IS NULL LIMIT 1000",
        )?;
        let rows = find.query_map([before.0], |r| {
            let kind: Option<String> = r.get(2)?;
            Ok((r.get(0)?, r.get(1)?, kind.and_then(|word| Kind::from_word(&word))))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Tx<'_> {
    /// Takes up to `most` due mails of `account` for `owner` until `until`, in the order of their turn.
    /// A large one is taken alone, so that no other is in the hands of whoever is busy with it.
    ///
    /// # Errors
    /// The store's own.
    pub fn claim(
        &self,
        account: i64,
        owner: &Arc<Owner>,
        (now, until): (Millis, Millis),
        which: Which,
        most: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT id, message_id, from_address, size, eight_bit,
                 CASE WHEN EXISTS (SELECT 1 FROM recipient WHERE mail_id = mail.id AND tries > 0
                     AND state IN ('waiting', 'deferred')) THEN online_base_ms END AS put_off_from_ms FROM mail
             WHERE finished = 0 AND held = 0 AND lease_owner IS NULL AND account_id = ?1 AND next_ms <= ?2
                 AND size <= ?4 AND (urgency = 'now' OR NOT ?5)
             ORDER BY turn_ms, id LIMIT ?3",
        )?;
        let mut rows = find
            .query_map(params![account, now.0, most, which.largest, which.urgent], due_row)?
            .collect::<Result<Vec<_>, _>>()?;
        let is_large = |row: &Result<Due, _>| row.as_ref().is_ok_and(|mail| mail.size > LARGE);
        if let Some(first) = rows.iter().position(is_large) {
            rows.truncate(first.max(1));
        }
        let mut lease = self.sql.prepare_cached(
            "UPDATE mail SET lease_owner = ?2, lease_until_ms = ?3, committing = 0 WHERE id = ?1",
        )?;
        let mut claimed = Vec::with_capacity(rows.len());
        let mut refused = false;
        for row in rows {
            let mail = row?;
            // Taken back by a person and due again, while this process is not yet aware of it.
            if owner.is_sending(mail.id) {
                continue;
            }
            // Asked inside the transaction: what was disabled before is not claimed, by no process.
            if self.refuse_disabled(mail.id, now)? {
                refused = true;
                self.refresh(mail.id, "due")?;
            }
            let recipients = self.claimed_recipients(mail.id, now)?;
            if !recipients.is_empty() {
                lease.execute(params![mail.id, owner.id().as_bytes(), until.0])?;
                claimed.push(mail.claimed(owner, recipients));
            }
        }
        if claimed.is_empty() && refused {
            // Those behind them have their turn; each refused one is finished, so this ends.
            return self.claim(account, owner, (now, until), which, most);
        }
        Ok(claimed)
    }

    fn claimed_recipients(&self, mail: i64, now: Millis) -> Result<Vec<ClaimedRecipient>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT id, address, tries FROM recipient
             WHERE mail_id = ?1 AND state IN ('waiting', 'deferred') AND next_ms <= ?2 ORDER BY id",
        )?;
        let rows = find
            .query_map(params![mail, now.0], |r| Ok((r.get(0)?, r.get::<_, String>(1)?, r.get(2)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        rows.into_iter()
            .map(|(id, address, tries)| {
                let address = EmailAddress::parse(&address).map_err(|_| impossible("address", &address))?;
                Ok(ClaimedRecipient { id, address, tries })
            })
            .collect()
    }

    /// Marks that the final dot of `mail` is about to leave for these recipients. A mark that stands
    /// already may be written again.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the lease is no longer `owner`'s: the dot must not leave.
    pub fn mark(&self, mail: i64, owner: Uuid, recipients: &[i64], until: Millis) -> Result<(), StoreError> {
        let mut fence = self.sql.prepare_cached(
            "UPDATE mail SET committing = 1, lease_until_ms = ?3 WHERE id = ?1 AND lease_owner = ?2",
        )?;
        if fence.execute(params![mail, owner.as_bytes(), until.0])? != 1 {
            return Err(lost_lease(mail));
        }
        let mut mark = self.sql.prepare_cached(
            "UPDATE recipient SET state = 'offered' WHERE id = ?1 AND state IN ('waiting', 'deferred', 'offered')",
        )?;
        for id in recipients {
            if mark.execute([id])? != 1 {
                return Err(StoreError::Conflict(say!(
                    "a recipient of mail {mail} is not waiting any more",
                    mail
                )));
            }
        }
        Ok(())
    }

    /// Records what a transaction did and gives the mail back.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the lease is no longer the settlement's owner's: what happened to
    /// the mail was then judged without us, as after a crash.
    pub fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        let mail = settlement.mail;
        let mut holder = self.sql.prepare_cached("SELECT lease_owner, account_id FROM mail WHERE id = ?1")?;
        let (holder, account): (Option<[u8; 16]>, i64) =
            holder.query_row([mail], |r| Ok((r.get(0)?, r.get(1)?)))?;
        if holder != Some(*settlement.owner.as_bytes()) {
            return Err(lost_lease(mail));
        }
        if settlement.recipients.iter().any(|(_, event, ..)| *event == Event::Defer) {
            self.begins_to_be_put_off(mail)?;
        }
        for (id, event, reply, next) in &settlement.recipients {
            self.settle_recipient(settlement, *id, *event, reply.as_deref(), *next)?;
        }
        if settlement.recipients.iter().any(|(_, event, ..)| *event == Event::Accept) {
            let host = "UPDATE mail SET server = (SELECT host FROM account WHERE account.id = account_id) WHERE id = ?1";
            self.sql.prepare_cached(host)?.execute([mail])?;
        }
        let went = |event: &Event| matches!(event, Event::Accept | Event::Lose);
        let went = settlement.recipients.iter().filter(|(_, event, ..)| went(event)).count();
        if went > 0 {
            self.note_sent(account, went, settlement.ended)?;
        }
        if !settlement.result.is_empty() {
            self.sql
                .prepare_cached(
                    "INSERT INTO attempt (mail_id, started_ms, ended_ms, result, transcript) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    mail,
                    settlement.started.0,
                    settlement.ended.0,
                    settlement.result,
                    settlement.transcript
                ])?;
        }
        self.refresh(mail, settlement.wait)?;
        // What is still due is not done: its turn comes again in this round.
        self.sql
            .prepare_cached(
                "UPDATE account SET round_done = round_done + 1 WHERE id = ?1 AND NOT EXISTS
                     (SELECT 1 FROM mail WHERE id = ?2 AND finished = 0 AND held = 0 AND next_ms <= ?3)",
            )?
            .execute(params![account, mail, settlement.ended.0])?;
        Ok(())
    }

    /// Counts the mails of an account that are done from nothing again, unless it is sending already.
    ///
    /// # Errors
    /// The store's own.
    pub fn begin_round(&self, account: i64) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE account SET round_done = 0 WHERE id = ?1 AND round_done > 0
                 AND NOT EXISTS (SELECT 1 FROM mail WHERE lease_owner IS NOT NULL AND account_id = ?1)",
            [account],
        )?;
        Ok(())
    }

    /// Counts from now on how long a mail is put off, if no server has answered before for anybody who is
    /// still to get it: how long it waited for its time or its turn is no matter of the server's patience.
    fn begins_to_be_put_off(&self, mail: i64) -> Result<(), StoreError> {
        let before = "SELECT EXISTS (SELECT 1 FROM recipient WHERE mail_id = ?1 AND tries > 0
                          AND state IN ('waiting', 'deferred', 'offered'))";
        let before: bool = self.sql.prepare_cached(before)?.query_row([mail], |r| r.get(0))?;
        if before { Ok(()) } else { self.counts_anew(mail) }
    }

    /// Counts from now on how long a mail is put off.
    pub(super) fn counts_anew(&self, mail: i64) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE mail SET online_base_ms = (SELECT online_ms FROM account WHERE account.id = account_id)
                 WHERE id = ?1",
            )?
            .execute([mail])?;
        Ok(())
    }

    fn settle_recipient(
        &self,
        settlement: &Settlement,
        id: i64,
        event: Event,
        reply: Option<&str>,
        next: Millis,
    ) -> Result<(), StoreError> {
        let (word, address, name, role): (String, String, Option<String>, String) = self
            .sql
            .prepare_cached("SELECT state, address, name, role FROM recipient WHERE id = ?1")?
            .query_row([id], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
        let state = State::from_word(&word).ok_or_else(|| impossible("state", &word))?;
        let Some(after) = state.after(event) else {
            return Err(StoreError::Defect(format!("{event:?} happened to a recipient that is {word}")));
        };
        let answered =
            matches!(event, Event::Accept | Event::Refuse | Event::Defer | Event::Expire | Event::Lose);
        self.sql
            .prepare_cached(
                "UPDATE recipient SET state = ?2, next_ms = ?3, reply = coalesce(?4, reply), tries = tries + ?5,
                     settled_ms = CASE WHEN ?5 THEN ?6 ELSE settled_ms END WHERE id = ?1",
            )?
            .execute(params![id, after.word(), next.0, reply, answered, settlement.ended.0])?;
        // The shop's own copies are nobody it writes to.
        let learn = settlement.learn && Role::from_word(&role) != Some(Role::OwnCopy);
        if learn && matches!(after, State::Accepted | State::Refused) {
            self.contact_outcome(
                &address,
                name.as_deref(),
                (after == State::Accepted, reply),
                settlement.ended,
            )?;
        }
        Ok(())
    }

    /// Gives back mails that were claimed, and marked at most: their final dot has not left.
    ///
    /// # Errors
    /// The store's own.
    pub fn give_back(&self, mails: &[i64], owner: Uuid) -> Result<(), StoreError> {
        let mut find =
            self.sql.prepare_cached("SELECT committing FROM mail WHERE id = ?1 AND lease_owner = ?2")?;
        for id in mails {
            let marked: Option<bool> =
                find.query_row(params![id, owner.as_bytes()], |r| r.get(0)).optional()?;
            if let Some(marked) = marked {
                self.take_back(*id, marked)?;
            }
        }
        Ok(())
    }

    /// Takes a mail out of the hands of whoever has claimed it, if its mark does not stand yet: it cannot
    /// be written any more then. Whether it was in nobody's hands or could be taken.
    pub(super) fn take_before_mark(&self, mail: i64) -> Result<bool, StoreError> {
        let mut take = self.sql.prepare_cached(
            "UPDATE mail SET lease_owner = NULL, lease_until_ms = NULL WHERE id = ?1 AND committing = 0",
        )?;
        Ok(take.execute([mail])? == 1)
    }

    /// Ends a lease under which nothing left.
    pub(super) fn take_back(&self, mail: i64, marked: bool) -> Result<(), StoreError> {
        if marked {
            self.sql
                .prepare_cached(
                    "UPDATE recipient SET state = 'waiting' WHERE mail_id = ?1 AND state = 'offered'",
                )?
                .execute([mail])?;
        }
        self.sql
            .prepare_cached(
                "UPDATE mail SET lease_owner = NULL, lease_until_ms = NULL, committing = 0 WHERE id = ?1",
            )?
            .execute([mail])?;
        Ok(())
    }

    /// Does to an uncertain recipient what the policy says, if it still is one: sends it again, once, or
    /// leaves it.
    ///
    /// # Errors
    /// The store's own.
    pub fn decide_uncertain(
        &self,
        recipient: i64,
        mail: i64,
        again: bool,
        now: Millis,
    ) -> Result<(), StoreError> {
        let state = if again { State::Waiting } else { State::Abandoned };
        let changed = self.sql.execute(
            "UPDATE recipient SET state = ?2, next_ms = ?3, resent = ?4
             WHERE id = ?1 AND state = 'uncertain' AND resent = 0",
            params![recipient, state.word(), now.0, again],
        )?;
        if changed > 0 {
            self.counts_anew(mail)?;
            self.refresh(mail, "due")?;
        }
        Ok(())
    }
}

fn lost_lease(mail: i64) -> StoreError {
    StoreError::Conflict(say!("mail {mail} is in another process's hands now", mail))
}

/// A mail whose turn it is, before it is claimed.
struct Due {
    id: i64,
    message_id: String,
    from: EmailAddress,
    size: u64,
    eight_bit: bool,
    put_off_from_ms: Option<i64>,
}

impl Due {
    fn claimed(self, owner: &Arc<Owner>, recipients: Vec<ClaimedRecipient>) -> Claimed {
        let Self { id, message_id, from, size, eight_bit, put_off_from_ms } = self;
        let hand = Hand::take(owner, Job::Mail(id));
        Claimed { id, message_id, from, size, eight_bit, put_off_from_ms, recipients, hand }
    }
}

fn due_row(r: &Row<'_>) -> rusqlite::Result<Result<Due, StoreError>> {
    let from: String = r.get("from_address")?;
    let (id, message_id, eight_bit) = (r.get("id")?, r.get("message_id")?, r.get("eight_bit")?);
    let (size, put_off_from_ms): (i64, _) = (r.get("size")?, r.get("put_off_from_ms")?);
    Ok(EmailAddress::parse(&from).map_err(|_| impossible("sender", &from)).map(|from| Due {
        id,
        message_id,
        from,
        size: u64::try_from(size).unwrap_or_default(),
        eight_bit,
        put_off_from_ms,
    }))
}
