//! Mail accounts and how they stand.

use rusqlite::{OptionalExtension, Row, named_params, params};

use super::error::impossible;
use super::{Reader, StoreError, Tx, oauth};
use crate::domain::account::{
    Account, Breaker, Encryption, LONGEST_BACKOFF_SECONDS, SignIn, Standing, Transport,
};
use crate::domain::address::Mailbox;
use crate::domain::mail::LONGEST_DEFERRAL_SECONDS;
use crate::domain::oauth::Connection;
use crate::domain::pace::LONGEST_SPAN_MS;
use crate::domain::posting::SETTLE_SECONDS;
use crate::domain::setting::LONGEST_UNDO_SECONDS;
use crate::domain::{Millis, say};

/// Where an account's password is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretPlace {
    /// The operating system's keyring.
    Keyring,
    /// The encrypted file for machines without a keyring.
    File,
}

impl SecretPlace {
    /// The word used in the data file and in `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}

/// A stored account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Its row.
    pub id: i64,
    /// Its settings.
    pub account: Account,
    /// Where its password is.
    pub secret_place: SecretPlace,
    /// The name of its entry there, given with the server it counts for; `None`: the account's own name.
    pub secret_entry: Option<String>,
    /// How it stands.
    pub breaker: Breaker,
    /// The facts of the trouble it stands in, as JSON for [`crate::app::explain`]; empty when there are none.
    pub trouble: String,
    /// Whether it is used; a disabled one keeps its mails.
    pub enabled: bool,
    /// The most recipients its server takes in one transaction, once learned.
    pub most_recipients: Option<usize>,
    /// The largest mail its server takes, in bytes, as it said when it was last reached.
    pub most_bytes: Option<u64>,
    /// For how long its server could be reached, all in all, in milliseconds.
    pub online_ms: i64,
    /// When its server was last reached.
    pub contact: Option<Millis>,
    /// Whether sending is paused.
    pub paused: bool,
    /// When it was last tested as it is, and whether that worked.
    pub tested: Option<(Millis, bool)>,
    /// How the connection with its provider stands, where a person connected it.
    pub connection: Option<Connection>,
}

const COLUMNS: &str = "id, name, transport, host, port, encryption, allow_plaintext, sign_in, user, sender, reply_to, ca_pem, \
     pin, secret_place, secret_entry, trouble, enabled, standing, reason, failures, next_try_ms, most_recipients, most_bytes, online_ms, \
     contact_ms, tested_ms, test_works, EXISTS (SELECT 1 FROM setting WHERE key = 'internal.paused') AS paused, o.*";

const FROM: &str = "account LEFT JOIN account_oauth AS o ON o.account_id = account.id";

fn row(r: &Row<'_>) -> rusqlite::Result<Result<AccountRow, StoreError>> {
    let words: [String; 5] = [
        r.get("encryption")?,
        r.get("sign_in")?,
        r.get("secret_place")?,
        r.get("standing")?,
        r.get("transport")?,
    ];
    let sender: String = r.get("sender")?;
    let reply_to: String = r.get("reply_to")?;
    let (id, name, host, port) = (r.get("id")?, r.get("name")?, r.get("host")?, r.get("port")?);
    let (allow_plaintext, user, ca_pem) = (r.get("allow_plaintext")?, r.get("user")?, r.get("ca_pem")?);
    let (pin, trouble, enabled) = (r.get("pin")?, r.get("trouble")?, r.get("enabled")?);
    let (reason, failures, next_try) = (r.get("reason")?, r.get("failures")?, Millis(r.get("next_try_ms")?));
    let most: Option<i64> = r.get("most_recipients")?;
    let most_bytes: Option<i64> = r.get("most_bytes")?;
    let (online_ms, contact) = (r.get("online_ms")?, r.get::<_, Option<i64>>("contact_ms")?.map(Millis));
    let tested = r.get::<_, Option<i64>>("tested_ms")?.map(Millis).zip(r.get("test_works")?);
    let (paused, secret_entry) = (r.get("paused")?, r.get("secret_entry")?);
    let (oauth, connection) = oauth::of_row(r)?;
    Ok((|| {
        let [encryption, sign_in, place, standing, transport] = &words;
        let mailbox = |text: &str| Mailbox::parse(text).map_err(|_| impossible("sender", text));
        Ok(AccountRow {
            id,
            account: Account {
                name,
                transport: Transport::from_word(transport)
                    .ok_or_else(|| impossible("transport", transport))?,
                host,
                port,
                encryption: Encryption::from_word(encryption)
                    .ok_or_else(|| impossible("encryption", encryption))?,
                allow_plaintext,
                sign_in: SignIn::from_word(sign_in).ok_or_else(|| impossible("sign-in", sign_in))?,
                user,
                from: mailbox(&sender)?,
                reply_to: reply_to.lines().map(mailbox).collect::<Result<_, _>>()?,
                ca_pem,
                pin,
                oauth: oauth?,
            },
            secret_place: if place == "file" { SecretPlace::File } else { SecretPlace::Keyring },
            secret_entry,
            breaker: Breaker {
                standing: Standing::from_word(standing).ok_or_else(|| impossible("standing", standing))?,
                reason,
                failures,
                next_try,
            },
            trouble,
            enabled,
            most_recipients: most.and_then(|m| usize::try_from(m).ok()),
            most_bytes: most_bytes.and_then(|m| u64::try_from(m).ok()),
            online_ms,
            contact,
            paused,
            tested,
            connection,
        })
    })())
}

impl Reader<'_> {
    /// All accounts, by name.
    ///
    /// # Errors
    /// The store's own.
    pub fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM {FROM} ORDER BY name"))?;
        let rows = find.query_map([], row)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().collect()
    }

    /// The account called `name`.
    ///
    /// # Errors
    /// The store's own; a missing account is `None`.
    pub fn account(&self, name: &str) -> Result<Option<AccountRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM {FROM} WHERE name = ?1"))?;
        find.query_row([name], row).optional()?.transpose()
    }

    /// The account in row `id`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it was removed.
    pub fn account_by_id(&self, id: i64) -> Result<AccountRow, StoreError> {
        let mut find = self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM {FROM} WHERE id = ?1"))?;
        find.query_row([id], row)
            .optional()?
            .unwrap_or_else(|| Err(StoreError::NotFound("this account was removed".into())))
    }
}

impl Tx<'_> {
    /// Stores an account under its name, new or changed; a change lifts a hold and a back-off, another
    /// server has not been reached yet, and what is changed has not been tested. What it signs in with is the
    /// `entry` in `place`.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_account(
        &self,
        account: &Account,
        place: SecretPlace,
        entry: Option<&str>,
    ) -> Result<(), StoreError> {
        let reply_to: Vec<String> = account.reply_to.iter().map(ToString::to_string).collect();
        if self.reader().account(&account.name)?.is_some_and(|before| before.account != *account) {
            self.forget_test(&account.name)?;
        }
        // A connection counts for the way to send that it was made for.
        self.sql.execute(
            "UPDATE account_oauth SET connected_as = NULL, connected_ms = NULL, renewed_ms = NULL,
                 connection_ends_ms = NULL
             WHERE account_id = (SELECT id FROM account WHERE name = ?1 AND transport <> ?2)",
            params![account.name, account.transport.word()],
        )?;
        self.sql.execute(
            "INSERT INTO account (name, transport, host, port, encryption, allow_plaintext, sign_in, user, sender, reply_to,
                 ca_pem, pin, secret_place, secret_entry)
             VALUES (:name, :transport, :host, :port, :encryption, :plain, :sign_in, :user, :sender, :reply_to, :ca, :pin, :place,
                 :entry)
             ON CONFLICT (name) DO UPDATE SET transport = excluded.transport, host = excluded.host, port = excluded.port,
                 encryption = excluded.encryption, allow_plaintext = excluded.allow_plaintext,
                 sign_in = excluded.sign_in, user = excluded.user, sender = excluded.sender,
                 reply_to = excluded.reply_to, ca_pem = excluded.ca_pem, pin = excluded.pin,
                 secret_place = excluded.secret_place, secret_entry = excluded.secret_entry,
                 most_bytes = CASE WHEN account.transport = excluded.transport AND account.host = excluded.host
                     THEN account.most_bytes END,
                 most_recipients = CASE WHEN account.transport = excluded.transport AND account.host = excluded.host
                     THEN account.most_recipients END,
                 contact_ms = CASE WHEN account.transport = excluded.transport AND account.host = excluded.host AND account.port = excluded.port
                     AND account.encryption = excluded.encryption AND account.ca_pem IS excluded.ca_pem
                     AND account.pin IS excluded.pin THEN account.contact_ms END,
                 standing = 'ready', reason = '', trouble = '', failures = 0, next_try_ms = 0",
            named_params! {
                ":name": account.name, ":transport": account.transport.word(), ":host": account.host, ":port": account.port,
                ":encryption": account.encryption.word(), ":plain": account.allow_plaintext,
                ":sign_in": account.sign_in.word(), ":user": account.user, ":sender": account.from.to_string(),
                ":reply_to": reply_to.join("\n"), ":ca": account.ca_pem, ":pin": account.pin,
                ":place": place.word(), ":entry": entry,
            },
        )?;
        self.set_oauth(account)
    }

    /// Removes the account called `name`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none, [`StoreError::Conflict`] when mails were queued with it, or a
    /// channel sends by it.
    pub fn remove_account(&self, name: &str) -> Result<(), StoreError> {
        let mails: i64 = self.sql.query_row(
            "SELECT count(*) FROM mail JOIN account ON account.id = account_id WHERE account.name = ?1",
            [name],
            |r| r.get(0),
        )?;
        if mails > 0 {
            return Err(StoreError::Conflict(say!(
                "{mails} mails belong to the account \"{name}\"; it is kept so that their record stays whole",
                mails,
                name
            )));
        }
        let channel: Option<String> = self
            .sql
            .query_row(
                "SELECT channel.name FROM channel JOIN account ON account.id = account_id WHERE account.name = ?1",
                [name],
                |r| r.get(0),
            )
            .optional()?;
        if let Some(channel) = channel {
            return Err(StoreError::Conflict(say!(
                "the channel \"{channel}\" sends by the account \"{name}\"",
                channel,
                name
            )));
        }
        match self.sql.execute("DELETE FROM account WHERE name = ?1", [name])? {
            0 => Err(StoreError::NotFound(say!("there is no account called \"{name}\"", name))),
            _ => Ok(()),
        }
    }

    /// Records how the account in row `id` stands, and the facts of its trouble.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_breaker(&self, id: i64, breaker: &Breaker, trouble: &str) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE account SET standing = ?2, reason = ?3, failures = ?4, next_try_ms = ?5, trouble = ?6
             WHERE id = ?1",
            params![
                id,
                breaker.standing.word(),
                breaker.reason,
                breaker.failures,
                breaker.next_try.0,
                trouble
            ],
        )?;
        Ok(())
    }

    /// Ends the wait of an account whose server was away.
    ///
    /// # Errors
    /// The store's own.
    pub fn end_backoff(&self, id: i64, now: Millis) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE account SET next_try_ms = min(next_try_ms, ?2) WHERE id = ?1 AND standing = 'offline'",
            params![id, now.0],
        )?;
        Ok(())
    }

    /// Shortens every wait that is longer than it can have been meant, as a clock that was set back
    /// leaves them; where it is known to have `jumped`, accounts that wait by themselves are tried once, and
    /// what may be in the books rests anew before they are searched.
    /// A time that a person chose stands.
    ///
    /// # Errors
    /// The store's own.
    pub fn against_clock(&self, now: Millis, jumped: bool) -> Result<(), StoreError> {
        for (standings, longest_s) in
            [("offline busy", LONGEST_BACKOFF_SECONDS), ("throttled", LONGEST_SPAN_MS / 1000)]
        {
            let latest = if jumped { now } else { now.plus_seconds(longest_s) };
            self.sql.execute(
                "UPDATE account SET next_try_ms = ?2 WHERE instr(?1, standing) > 0 AND next_try_ms > ?2",
                params![standings, latest.0],
            )?;
            self.sql.execute(
                "UPDATE integration SET next_try_ms = ?2 WHERE instr(?1, standing) > 0 AND next_try_ms > ?2",
                params![standings, latest.0],
            )?;
        }
        self.sql.execute(
            "UPDATE posting SET next_ms = ?1 WHERE state IN ('waiting', 'deferred', 'uncertain') AND next_ms > ?1",
            [now.plus_seconds(LONGEST_DEFERRAL_SECONDS).0],
        )?;
        if jumped {
            // How long ago the answer was lost cannot be told any more, and the request may still be worked on.
            self.sql.execute(
                "UPDATE posting SET next_ms = ?1 WHERE state = 'uncertain'",
                [now.plus_seconds(SETTLE_SECONDS).0],
            )?;
        }
        for (wait, longest_s) in [("backoff", LONGEST_DEFERRAL_SECONDS), ("undo", LONGEST_UNDO_SECONDS)] {
            let latest = now.plus_seconds(longest_s).0;
            self.sql.execute(
                "UPDATE recipient SET next_ms = ?2 WHERE state IN ('waiting', 'deferred') AND next_ms > ?2 AND mail_id IN
                     (SELECT id FROM mail WHERE finished = 0 AND wait = ?1 AND lease_owner IS NULL)",
                params![wait, latest],
            )?;
            self.sql.execute(
                "UPDATE mail SET next_ms = ?2 WHERE finished = 0 AND wait = ?1 AND lease_owner IS NULL
                     AND next_ms > ?2 AND next_ms < ?3",
                params![wait, latest, super::mails::NEVER_MS],
            )?;
        }
        Ok(())
    }

    /// Records that the account's server was reached at `now`: it is ready, and the time since the
    /// last contact counts as online when nothing was wrong in between and it is at most `most_ms`.
    ///
    /// # Errors
    /// The store's own.
    pub fn account_reached(&self, id: i64, now: Millis, most_ms: i64) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE account SET
                 online_ms = online_ms + CASE WHEN standing = 'ready' AND contact_ms IS NOT NULL
                     THEN max(0, min(?2 - contact_ms, ?3)) ELSE 0 END,
                 contact_ms = ?2, standing = 'ready', reason = '', trouble = '', failures = 0, next_try_ms = 0
             WHERE id = ?1",
            params![id, now.0, most_ms],
        )?;
        Ok(())
    }

    /// Notes how a test of the account in row `id` ended.
    ///
    /// # Errors
    /// The store's own.
    pub fn account_tested(&self, id: i64, now: Millis, works: bool) -> Result<(), StoreError> {
        let sql = "UPDATE account SET tested_ms = ?2, test_works = ?3 WHERE id = ?1";
        self.sql.execute(sql, params![id, now.0, works])?;
        Ok(())
    }

    /// Forgets the last test of the account called `name`: it was of other settings or of another password.
    ///
    /// # Errors
    /// The store's own.
    pub fn forget_test(&self, name: &str) -> Result<(), StoreError> {
        self.sql.execute("UPDATE account SET tested_ms = NULL, test_works = NULL WHERE name = ?1", [name])?;
        Ok(())
    }

    /// Switches the account called `name` on or off. Off, it keeps its mails.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn set_account_enabled(&self, name: &str, enabled: bool) -> Result<(), StoreError> {
        match self.sql.execute("UPDATE account SET enabled = ?2 WHERE name = ?1", params![name, enabled])? {
            0 => Err(StoreError::NotFound(say!("there is no account called \"{name}\"", name))),
            _ => Ok(()),
        }
    }

    /// Remembers the largest mail the account's server takes; none where it does not say.
    ///
    /// # Errors
    /// The store's own.
    pub fn learn_most_bytes(&self, id: i64, most: Option<u64>) -> Result<(), StoreError> {
        let most = most.and_then(|most| i64::try_from(most).ok());
        self.sql.execute("UPDATE account SET most_bytes = ?2 WHERE id = ?1", params![id, most])?;
        Ok(())
    }

    /// Remembers the most recipients the account's server takes in one transaction.
    ///
    /// # Errors
    /// The store's own.
    pub fn learn_most_recipients(&self, id: i64, most: usize) -> Result<(), StoreError> {
        let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
        self.sql.execute("UPDATE account SET most_recipients = ?2 WHERE id = ?1", params![id, most])?;
        Ok(())
    }
}
