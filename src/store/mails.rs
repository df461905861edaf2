//! Mails in the queue: storing them, showing them, and what a person does to them.

use rusqlite::{OptionalExtension, Row, ToSql, named_params, params};
use uuid::Uuid;

use super::error::impossible;
use super::{Reader, StoreError, Tx};
use crate::domain::document::Kind as DocumentKind;
use crate::domain::mail::{Event, MailState, Role, State, UncertainPolicy};
use crate::domain::pace::Urgency;
use crate::domain::{EmailAddress, Millis, say};

/// When a mail is tried next that nobody is left to be sent: the year 287000.
pub(super) const NEVER_MS: i64 = 9_000_000_000_000_000;

/// A sealed mail about to be queued.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// Its id in the world.
    pub uuid: Uuid,
    /// What the sender calls it, for asking twice.
    pub client_ref: Option<String>,
    /// SHA-256 over what the sender asked for.
    pub fingerprint: [u8; 32],
    /// The document it carries.
    pub document: Option<i64>,
    /// The account it leaves through.
    pub account: i64,
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// The envelope's sender.
    pub from: EmailAddress,
    /// Its subject, to show.
    pub subject: String,
    /// The template its words come from, and which version of it.
    pub template: Option<String>,
    /// The program that handed it in, by the name of its password.
    pub program: Option<String>,
    /// How many files it has.
    pub files: usize,
    /// The finished mail that it is once more.
    pub again_of: Option<i64>,
    /// Its bytes.
    pub mime: Vec<u8>,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Whether it has bytes beyond ASCII.
    pub eight_bit: bool,
    /// The envelope's recipients: address, name, role.
    pub recipients: Vec<(EmailAddress, Option<String>, Role)>,
    /// When it was queued.
    pub created: Millis,
    /// How urgent it is.
    pub urgency: Urgency,
    /// When it may leave.
    pub not_before: Millis,
    /// Why it waits until then: `due`, `undo` or `scheduled`.
    pub wait: &'static str,
    /// Whether it waits until a person releases it.
    pub held: bool,
}

/// A mail in the queue, with its recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    /// Its row, the number a person at this till calls it by.
    pub id: i64,
    /// Its id in the world.
    pub uuid: Uuid,
    /// SHA-256 over what the sender asked for.
    pub fingerprint: [u8; 32],
    /// The document it carries.
    pub document: Option<i64>,
    /// The number of that document.
    pub document_number: Option<String>,
    /// Its kind.
    pub document_kind: Option<DocumentKind>,
    /// Its version.
    pub document_version: Option<i64>,
    /// The name of the account it leaves through.
    pub account: String,
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// Its subject.
    pub subject: String,
    /// The template its words come from, and which version of it.
    pub template: Option<String>,
    /// How many files it has, where they were counted.
    pub files: Option<i64>,
    /// The server that took it last, as far as it was noted.
    pub server: Option<String>,
    /// The finished mail that it is once more: its id, and when it was queued.
    pub again_of: Option<(Uuid, Millis)>,
    /// The last one that it was sent again as.
    pub again: Option<(Uuid, Millis)>,
    /// Its size in bytes.
    pub size: i64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// When it was queued.
    pub created: Millis,
    /// Its state.
    pub state: MailState,
    /// When it is tried next.
    pub next: Millis,
    /// Whether it was put before all others.
    pub first: bool,
    /// Why it waits: `due`, `undo`, `scheduled`, `backoff`, `document_changed`.
    pub wait: String,
    /// Whether it is held because the data file was put back from a copy.
    pub restored: bool,
    /// For how long its account's server could be reached since it was queued, a person let it go, or it was
    /// first put off, in milliseconds.
    pub online_age_ms: i64,
    /// Its recipients.
    pub recipients: Vec<RecipientRow>,
}

impl MailRow {
    /// When it reached its state, the shop's own copies aside: a sent one when the last was accepted; `None` while
    /// it waits or is being sent.
    #[must_use]
    pub fn reached(&self) -> Option<Millis> {
        if matches!(self.state, MailState::Held | MailState::Waiting | MailState::Sending) {
            return None;
        }
        let counts = |r: &&RecipientRow| {
            r.role != Role::OwnCopy && (self.state != MailState::Sent || r.state == State::Accepted)
        };
        self.recipients.iter().filter(counts).filter_map(|r| r.settled).max()
    }

    /// Whether a recipient in doubt gets the mail once more by itself, as the shop's policy has it.
    #[must_use]
    pub fn goes_again(&self, recipient: &RecipientRow, policy: UncertainPolicy) -> bool {
        let in_doubt = recipient.state == State::Uncertain && !recipient.resent;
        in_doubt && policy == UncertainPolicy::ResendOnce && self.wait != "document_changed"
    }
}

/// One recipient of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientRow {
    /// Its row.
    pub id: i64,
    /// The address.
    pub address: String,
    /// The name it was given with.
    pub name: Option<String>,
    /// In which list it was named.
    pub role: Role,
    /// Its state.
    pub state: State,
    /// Transactions in which the server answered for it.
    pub tries: u32,
    /// What the server said last, or why it is uncertain.
    pub reply: Option<String>,
    /// When its state was last settled.
    pub settled: Option<Millis>,
    /// Whether the policy has sent it again after an uncertain answer.
    pub resent: bool,
}

/// One conversation about a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// When it began.
    pub started: Millis,
    /// When it ended.
    pub ended: Millis,
    /// What came of it, in a few words.
    pub result: String,
    /// What was said, without passwords and without the message.
    pub transcript: String,
}

const COLUMNS: &str = "mail.id, mail.uuid, mail.fingerprint, document_id, document.number, document.kind, document.version, account.name AS account, \
     message_id, subject, template, files, server, size, sha256, mail.created_ms, held, restored > 0 AS restored, next_ms, urgency = 'now' AS first, wait, lease_owner IS NOT NULL AS in_hand, \
     account.online_ms - mail.online_base_ms AS online_age_ms";
const FROM: &str =
    "mail JOIN account ON account.id = account_id LEFT JOIN document ON document.id = document_id";

/// What finds the mails of a condition.
pub(super) fn select(condition: &str) -> String {
    format!("SELECT {COLUMNS} FROM {FROM} WHERE {condition}")
}

impl Reader<'_> {
    /// The mail in row `id`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn mail(&self, id: i64) -> Result<MailRow, StoreError> {
        let found = self.mails_where("mail.id = ?1", &[&id])?;
        found.into_iter().next().ok_or_else(|| StoreError::NotFound(say!("there is no mail {id}", id)))
    }

    /// The row of the mail with this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn mail_by_uuid(&self, uuid: Uuid) -> Result<i64, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT id FROM mail WHERE uuid = ?1")?;
        find.query_row([uuid.as_bytes()], |r| r.get(0))
            .optional()?
            .ok_or_else(|| StoreError::NotFound(say!("there is no mail {id}", id = uuid)))
    }

    /// The mail its sender called `client_ref`.
    ///
    /// # Errors
    /// The store's own.
    pub fn mail_by_ref(&self, client_ref: &str) -> Result<Option<MailRow>, StoreError> {
        Ok(self.mails_where("mail.client_ref = ?1", &[&client_ref])?.into_iter().next())
    }

    /// The mails of the request that `first` was queued for: they stand behind it and share its fingerprint.
    ///
    /// # Errors
    /// The store's own.
    pub fn mails_of_request(&self, first: &MailRow) -> Result<Vec<MailRow>, StoreError> {
        let own = "mail.id BETWEEN ?1 AND ?1 + 999 AND mail.fingerprint = ?2 ORDER BY mail.id";
        self.mails_where(own, &[&first.id, &first.fingerprint])
    }

    /// The mails that carry the document in row `document`, oldest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn mails_of_document(&self, document: i64) -> Result<Vec<MailRow>, StoreError> {
        self.mails_where("document_id = ?1", &[&document])
    }

    pub(super) fn mails_where(
        &self,
        condition: &str,
        values: &[&dyn ToSql],
    ) -> Result<Vec<MailRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&select(condition))?;
        let rows = find.query_map(values, mail_row)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter()
            .map(|(mut mail, held, in_hand)| {
                mail.recipients = self.recipients(mail.id)?;
                self.link(&mut mail)?;
                let states: Vec<State> = mail.recipients.iter().map(|r| r.state).collect();
                mail.state = MailState::of(&states, held, in_hand);
                Ok(mail)
            })
            .collect()
    }

    /// Finds the mail that one repeats, and the last one that repeats it.
    fn link(&self, mail: &mut MailRow) -> Result<(), StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT id < ?1, uuid, created_ms FROM mail WHERE id = (SELECT again_of FROM mail WHERE id = ?1)
                 OR id = (SELECT max(id) FROM mail WHERE again_of = ?1)",
        )?;
        let mut rows = find.query([mail.id])?;
        while let Some(r) = rows.next()? {
            let other = Some((Uuid::from_bytes(r.get(1)?), Millis(r.get(2)?)));
            *(if r.get(0)? { &mut mail.again_of } else { &mut mail.again }) = other;
        }
        Ok(())
    }

    /// The recipients of a mail, in the order of its envelope.
    ///
    /// # Errors
    /// The store's own.
    pub fn recipients(&self, mail: i64) -> Result<Vec<RecipientRow>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT id, address, name, role, state, tries, reply, settled_ms, resent FROM recipient WHERE mail_id = ?1 ORDER BY id",
        )?;
        let rows = find.query_map([mail], recipient_row)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().collect()
    }

    /// The conversations about a mail, oldest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn attempts(&self, mail: i64) -> Result<Vec<AttemptRow>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT started_ms, ended_ms, result, transcript FROM attempt WHERE mail_id = ?1 ORDER BY id",
        )?;
        let rows = find.query_map([mail], |r| {
            Ok(AttemptRow {
                started: Millis(r.get(0)?),
                ended: Millis(r.get(1)?),
                result: r.get(2)?,
                transcript: r.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Tx<'_> {
    /// Queues a sealed mail; returns its row.
    ///
    /// # Errors
    /// The store's own.
    pub fn insert_mail(&self, new: &NewMail) -> Result<i64, StoreError> {
        let size = i64::try_from(new.mime.len()).unwrap_or(i64::MAX);
        self.sql
            .prepare_cached(
                "INSERT INTO mail (uuid, client_ref, fingerprint, document_id, account_id, message_id, from_address,
                     subject, size, sha256, eight_bit, created_ms, urgency, step_back_ms, online_base_ms, next_ms, wait, held, template, program,
                     files, again_of)
                 VALUES (:uuid, :client_ref, :fingerprint, :document, :account, :message_id, :from, :subject, :size,
                     :sha256, :eight_bit, :created, :urgency, :back, (SELECT online_ms FROM account WHERE id = :account), :next, :wait, :held, :template, :program,
                     :files, :again_of)",
            )?
            .execute(named_params! {
                ":uuid": new.uuid.as_bytes(), ":client_ref": new.client_ref, ":fingerprint": new.fingerprint,
                ":document": new.document, ":account": new.account, ":message_id": new.message_id,
                ":from": new.from.as_str(), ":subject": new.subject, ":size": size, ":sha256": new.sha256,
                ":eight_bit": new.eight_bit, ":created": new.created.0, ":urgency": new.urgency.word(),
                ":back": new.urgency.step_back_ms(new.mime.len() as u64), ":next": new.not_before.0, ":wait": new.wait, ":held": new.held,
                ":template": new.template, ":program": new.program, ":files": new.files as i64, ":again_of": new.again_of,
            })?;
        let id = self.sql.last_insert_rowid();
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO recipient (mail_id, address, address_key, name, role, next_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (address, name, role) in &new.recipients {
            insert.execute(params![
                id,
                address.as_str(),
                address.key(),
                name,
                role.word(),
                new.not_before.0
            ])?;
        }
        self.insert_mime(id, &new.mime, new.document)?;
        Ok(id)
    }

    /// Does to a mail what a person asks, to every recipient it makes sense for; returns how many.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without such a mail; [`StoreError::Conflict`] while it is being sent
    /// or when the wish makes sense for none of its recipients.
    pub fn person_asks(&self, mail: i64, event: Event, now: Millis) -> Result<usize, StoreError> {
        let mut row = self.reader().mail(mail)?;
        if row.state == MailState::Sending {
            row = self.take_from_hand(mail)?;
        }
        let leaves = next_is_now(event) || event == Event::Restore;
        if leaves && self.reader().bytes_deleted(mail)?.is_some() {
            return Err(StoreError::Conflict(say!(
                "the bytes of mail {mail} were deleted for their age; it cannot be sent again",
                mail
            )));
        }
        let mut changed = 0;
        for recipient in &row.recipients {
            let Some(next) = recipient.state.after(event.if_resent(recipient.resent)) else {
                continue;
            };
            // Who takes a withdrawal back finds the mail where it was, with its time.
            let keeps_time = matches!(event, Event::Cancel | Event::Restore);
            self.sql.execute(
                "UPDATE recipient SET state = ?2, next_ms = CASE WHEN ?4 THEN next_ms ELSE ?3 END, settled_ms = ?3
                 WHERE id = ?1",
                params![recipient.id, next.word(), now.0, keeps_time],
            )?;
            changed += 1;
        }
        if changed == 0 {
            return Err(StoreError::Conflict(say!(
                "mail {mail} is {state}; that cannot be done to it",
                mail,
                state = row.state.word()
            )));
        }
        if next_is_now(event) {
            // Who knows that a mail did not arrive has not said yet what is to become of its changed document.
            let asked = event == Event::SendAgain && row.wait == "document_changed";
            self.sql.execute(
                "UPDATE mail SET held = held AND ?2, restored = 0 WHERE id = ?1",
                params![mail, asked],
            )?;
            self.counts_anew(mail)?;
        }
        self.refresh(mail, if event == Event::Restore { &row.wait } else { "due" })?;
        if event == Event::Restore {
            // Withdrawn, it was not held when its document changed.
            self.hold_outdated(mail)?;
        }
        Ok(changed)
    }

    /// Takes a mail back that was about to be sent; as it is then.
    pub(super) fn take_from_hand(&self, mail: i64) -> Result<MailRow, StoreError> {
        if !self.take_before_mark(mail)? {
            return Err(StoreError::Conflict(say!(
                "mail {mail} is being sent at this moment; it may have gone",
                mail
            )));
        }
        self.reader().mail(mail)
    }

    /// Lets a mail that waits go before all others.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without such a mail; [`StoreError::Conflict`] when it does not wait.
    pub fn put_first(&self, mail: i64, now: Millis) -> Result<(), StoreError> {
        self.person_asks(mail, Event::Retry, now)?;
        self.make_urgent(mail)
    }

    /// Makes a mail one that somebody waits for.
    ///
    /// # Errors
    /// The store's own.
    pub fn make_urgent(&self, mail: i64) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE mail SET urgency = ?2, step_back_ms = ?3 WHERE id = ?1",
            params![mail, Urgency::Now.word(), Urgency::Now.step_back_ms(0)],
        )?;
        Ok(())
    }

    /// Holds a waiting mail, or releases a held one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is finished or may have gone.
    pub fn set_held(&self, mail: i64, held: bool) -> Result<(), StoreError> {
        let mut row = self.reader().mail(mail)?;
        if held && row.state == MailState::Sending {
            row = self.take_from_hand(mail)?;
        }
        if !matches!(row.state, MailState::Waiting | MailState::Held) {
            return Err(StoreError::Conflict(say!(
                "mail {mail} is {state}, not waiting",
                mail,
                state = row.state.word()
            )));
        }
        self.sql.execute(
            "UPDATE mail SET held = ?2, restored = 0, wait = CASE wait WHEN 'document_changed' THEN 'due' ELSE wait END
             WHERE id = ?1",
            params![mail, held],
        )?;
        if held { Ok(()) } else { self.counts_anew(mail) }
    }

    /// Holds the mails that carry a document of this kind and number, but for that of row `newest`; returns how
    /// many. One whose answer is awaited goes on, and one that may have gone stays in doubt, but neither is sent
    /// again by itself.
    ///
    /// # Errors
    /// The store's own.
    pub fn hold_earlier_versions(
        &self,
        kind: DocumentKind,
        number: &str,
        newest: i64,
    ) -> Result<usize, StoreError> {
        let mut hold = self.sql.prepare_cached(
            "UPDATE mail SET held = 1, wait = 'document_changed',
                 lease_owner = CASE WHEN committing THEN lease_owner END,
                 lease_until_ms = CASE WHEN committing THEN lease_until_ms END
             WHERE finished = 0 AND document_id IN
                 (SELECT id FROM document WHERE number = ?2 AND kind = ?1 AND id <> ?3)",
        )?;
        Ok(hold.execute(params![kind.word(), number, newest])?)
    }

    /// Holds a mail that is to leave where there is a newer version of its document.
    ///
    /// # Errors
    /// The store's own.
    pub fn hold_outdated(&self, mail: i64) -> Result<(), StoreError> {
        let mut hold = self.sql.prepare_cached(
            "UPDATE mail SET held = 1, wait = 'document_changed' WHERE id = ?1 AND finished = 0 AND EXISTS
                 (SELECT 1 FROM document AS own JOIN document AS newer
                      ON newer.kind = own.kind AND newer.number = own.number AND newer.version > own.version
                  WHERE own.id = document_id)",
        )?;
        hold.execute([mail])?;
        Ok(())
    }

    /// Ends the undo time of every waiting mail: a person asks for sending now.
    ///
    /// # Errors
    /// The store's own.
    pub fn end_undo_times(&self, now: Millis) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE recipient SET next_ms = ?1 WHERE state = 'waiting' AND mail_id IN
                 (SELECT id FROM mail WHERE finished = 0 AND wait = 'undo' AND next_ms > ?1)",
            [now.0],
        )?;
        self.sql.execute(
            "UPDATE mail SET next_ms = ?1, wait = 'due' WHERE finished = 0 AND wait = 'undo' AND next_ms > ?1",
            [now.0],
        )?;
        Ok(())
    }

    /// Gives the mail back if it was in hand, and makes what its row says about its recipients true again. That
    /// its document changed stays the reason of a held one, whatever became of it on the wire meanwhile.
    pub(super) fn refresh(&self, mail: i64, wait: &str) -> Result<(), StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT count(*), min(CASE WHEN state IN ('waiting', 'deferred') THEN next_ms END) FROM recipient
             WHERE mail_id = ?1 AND state IN ('waiting', 'deferred', 'offered', 'uncertain')",
        )?;
        let (open, next): (i64, Option<i64>) = find.query_row([mail], |r| Ok((r.get(0)?, r.get(1)?)))?;
        self.sql
            .prepare_cached(
                "UPDATE mail SET finished = ?2, next_ms = ?3, wait = CASE WHEN ?2 OR (held AND wait = 'document_changed') THEN wait ELSE ?4 END,
                     lease_owner = NULL, lease_until_ms = NULL, committing = 0 WHERE id = ?1",
            )?
            .execute(params![mail, open == 0, next.unwrap_or(NEVER_MS), wait])?;
        Ok(())
    }
}

fn next_is_now(event: Event) -> bool {
    matches!(event, Event::Retry | Event::SendAgain)
}

fn mail_row(r: &Row<'_>) -> rusqlite::Result<(MailRow, bool, bool)> {
    let mail = MailRow {
        id: r.get("id")?,
        uuid: Uuid::from_bytes(r.get("uuid")?),
        fingerprint: r.get("fingerprint")?,
        document: r.get("document_id")?,
        document_number: r.get("number")?,
        document_kind: r.get::<_, Option<String>>("kind")?.and_then(|word| DocumentKind::from_word(&word)),
        document_version: r.get("version")?,
        account: r.get("account")?,
        message_id: r.get("message_id")?,
        subject: r.get("subject")?,
        template: r.get("template")?,
        files: r.get("files")?,
        server: r.get("server")?,
        again_of: None,
        again: None,
        size: r.get("size")?,
        sha256: r.get("sha256")?,
        created: Millis(r.get("created_ms")?),
        state: MailState::Waiting,
        next: Millis(r.get("next_ms")?),
        first: r.get("first")?,
        wait: r.get("wait")?,
        restored: r.get("restored")?,
        online_age_ms: r.get("online_age_ms")?,
        recipients: Vec::new(),
    };
    Ok((mail, r.get("held")?, r.get("in_hand")?))
}

fn recipient_row(r: &Row<'_>) -> rusqlite::Result<Result<RecipientRow, StoreError>> {
    let (role, state): (String, String) = (r.get("role")?, r.get("state")?);
    let (id, address, name, tries) = (r.get("id")?, r.get("address")?, r.get("name")?, r.get("tries")?);
    let (reply, settled, resent) =
        (r.get("reply")?, r.get::<_, Option<i64>>("settled_ms")?, r.get("resent")?);
    Ok((|| {
        Ok(RecipientRow {
            id,
            address,
            name,
            role: Role::from_word(&role).ok_or_else(|| impossible("role", &role))?,
            state: State::from_word(&state).ok_or_else(|| impossible("state", &state))?,
            tries,
            reply,
            settled: settled.map(Millis),
            resent,
        })
    })())
}
