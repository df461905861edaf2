//! What is kept about a person, and its deletion.

use rusqlite::params;

use super::{Reader, Store, StoreError, Tx, open};
use crate::domain::document::Kind;
use crate::domain::duty::Duty;
use crate::domain::words::folded;
use crate::domain::{EmailAddress, Millis};

/// What stands where a person was; `invalid` is nobody's domain (RFC 2606 section 2).
const NOBODY: &str = "erased.invalid";
/// The setting of a file in which things were deleted without being overwritten.
const UNWIPED: &str = "internal.unwiped";

/// Where the shop's own setup can name somebody, and what that is called.
const SETUP: [(&str, &str); 4] = [
    ("SELECT value FROM setting WHERE key NOT LIKE 'internal.%'", "the settings"),
    ("SELECT sender || ' ' || reply_to || ' ' || user FROM account", "a mail account"),
    ("SELECT mailbox FROM sender", "the senders of an account"),
    ("SELECT copies FROM channel", "the copies of a channel"),
];

/// What is kept about a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// Whether they are in the address book.
    pub contact: bool,
    /// Rules that send them copies.
    pub copy_rules: usize,
    /// Drafts that name them.
    pub drafts: Vec<i64>,
    /// Papers begun on a screen that name them.
    pub forms: Vec<i64>,
    /// Finished mails to them that no law wants kept, and those that carry [`Traces::papers`].
    pub letters: Vec<i64>,
    /// Documents issued to them that no law wants kept.
    pub papers: Vec<i64>,
    /// Mails to them that are not finished.
    pub waiting: i64,
    /// Documents issued or sent to them that tax law wants kept.
    pub tax: i64,
    /// Documents issued or sent to them that commercial law wants kept.
    pub trade: i64,
    /// Finished mails to them that carry a document the law wants kept.
    pub document_mails: i64,
    /// Whether mails to them are disabled by their own address.
    pub disabled: bool,
    /// What of the shop's own setup names them.
    pub setup: Vec<&'static str>,
}

/// The kinds of document without a duty to keep them, as a list in SQL.
fn free_kinds() -> String {
    let free = Kind::ALL.iter().filter(|kind| Duty::of(**kind).is_none());
    free.map(|kind| format!("'{}'", kind.word())).collect::<Vec<_>>().join(", ")
}

impl Reader<'_> {
    /// What is kept about the person with this address.
    ///
    /// # Errors
    /// The store's own.
    pub fn traces_of(&self, address: &EmailAddress) -> Result<Traces, StoreError> {
        let key = address.key();
        let count = |sql: &str| -> Result<i64, StoreError> {
            Ok(self.sql.prepare_cached(sql)?.query_row([&key], |r| r.get(0))?)
        };
        let rules = self.copy_rules()?;
        let theirs = |rule: &&super::CopyRule| {
            EmailAddress::parse(&rule.address).is_ok_and(|copied| copied == *address)
        };
        let (papers, tax, trade) = self.documents_about(address)?;
        Ok(Traces {
            contact: self.contact(&key)?.is_some(),
            copy_rules: rules.iter().filter(theirs).count(),
            drafts: self.naming(address, "SELECT id, json_remove(content, '$.attachments') FROM draft")?,
            forms: self.naming(address, "SELECT id, content FROM form")?,
            letters: self.letters_to(&key, &papers)?,
            papers,
            waiting: count(
                "SELECT count(*) FROM recipient JOIN mail ON mail.id = mail_id
                 WHERE address_key = ?1 AND finished = 0",
            )?,
            tax,
            trade,
            document_mails: count(&format!(
                "SELECT count(*) FROM recipient JOIN mail ON mail.id = mail_id JOIN document ON document.id = document_id
                 WHERE address_key = ?1 AND finished = 1 AND kind NOT IN ({})",
                free_kinds()
            ))?,
            disabled: count("SELECT count(*) FROM disabled WHERE pattern = ?1")? > 0,
            setup: self.setup_naming(address)?,
        })
    }

    /// The rows of `sql`, an id and a text, whose text names a person.
    fn naming(&self, address: &EmailAddress, sql: &str) -> Result<Vec<i64>, StoreError> {
        let mut find = self.sql.prepare(sql)?;
        let (mut named, mut rows) = (Vec::new(), find.query([])?);
        while let Some(row) = rows.next()? {
            if address.is_named_in(row.get_ref(1)?.as_str().unwrap_or_default()) {
                named.push(row.get(0)?);
            }
        }
        Ok(named)
    }

    /// The documents issued to a person that may go, and how many issued or sent to them tax law and
    /// commercial law want kept.
    fn documents_about(&self, address: &EmailAddress) -> Result<(Vec<i64>, i64, i64), StoreError> {
        let mut find = self.sql.prepare(
            "SELECT id, kind, json_extract(content, '$.buyer.email') AS email,
                 EXISTS (SELECT 1 FROM mail JOIN recipient ON mail_id = mail.id
                         WHERE document_id = document.id AND address_key = ?1),
                 EXISTS (SELECT 1 FROM mail WHERE document_id = document.id AND finished = 0)
                 OR EXISTS (SELECT 1 FROM posting WHERE document_id = document.id)
             FROM document",
        )?;
        let (mut papers, mut tax, mut trade) = (Vec::new(), 0, 0);
        let mut rows = find.query([address.key()])?;
        while let Some(row) = rows.next()? {
            let (id, kind, email): (i64, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (sent, in_use): (bool, bool) = (row.get(3)?, row.get(4)?);
            let issued =
                email.is_some_and(|email| EmailAddress::parse(&email).is_ok_and(|email| email == *address));
            match Kind::from_word(&kind).and_then(Duty::of) {
                Some(Duty::Tax) if issued || sent => tax += 1,
                Some(Duty::Trade) if issued || sent => trade += 1,
                None if issued && !in_use => papers.push(id),
                _ => {}
            }
        }
        Ok((papers, tax, trade))
    }

    /// Finished mails to a person that no law wants kept, and all that carry one of `papers`.
    fn letters_to(&self, key: &str, papers: &[i64]) -> Result<Vec<i64>, StoreError> {
        let mut find = self.sql.prepare(&format!(
            "SELECT mail.id FROM mail JOIN recipient ON mail_id = mail.id LEFT JOIN document ON document.id = document_id
             WHERE address_key = ?1 AND finished = 1 AND (document_id IS NULL OR kind IN ({}))",
            free_kinds()
        ))?;
        let mut letters: Vec<i64> = find.query_map([key], |r| r.get(0))?.collect::<Result<_, _>>()?;
        let mut find = self.sql.prepare("SELECT id FROM mail WHERE document_id = ?1")?;
        for paper in papers {
            letters.extend(find.query_map([paper], |r| r.get(0))?.collect::<Result<Vec<i64>, _>>()?);
        }
        letters.sort_unstable();
        letters.dedup();
        Ok(letters)
    }

    fn setup_naming(&self, address: &EmailAddress) -> Result<Vec<&'static str>, StoreError> {
        let mut found = Vec::new();
        for (sql, name) in SETUP {
            let mut find = self.sql.prepare(sql)?;
            let texts = find.query_map([], |r| r.get(0))?.collect::<Result<Vec<String>, _>>()?;
            if texts.iter().any(|text| address.is_named_in(text)) {
                found.push(name);
            }
        }
        Ok(found)
    }
}

impl Tx<'_> {
    /// Deletes what is kept about a person but for documents the law wants kept, the mails that carry them,
    /// and mails that are not finished; returns what there was. That a mail was sent stays on record, not to
    /// whom. [`Store::wipe`] then takes care of the journal beside the file.
    ///
    /// # Errors
    /// The store's own.
    pub fn erase_person(&self, address: &EmailAddress, now: Millis) -> Result<Traces, StoreError> {
        let traces = self.reader().traces_of(address)?;
        self.forget_contact(address)?;
        for rule in self.reader().copy_rules()? {
            if EmailAddress::parse(&rule.address).is_ok_and(|copied| copied == *address) {
                self.remove_copy_rule(rule.id)?;
            }
        }
        for draft in &traces.drafts {
            self.delete_draft(*draft)?;
        }
        for form in &traces.forms {
            self.delete_form_in(*form)?;
        }
        self.delete_bytes(&traces.letters, now)?;
        for mail in &traces.letters {
            self.erase_from(*mail, address)?;
        }
        for paper in &traces.papers {
            self.delete_paper(*paper)?;
        }
        // The words of what was deleted or renamed stay in an index until its parts are put together.
        self.sql.execute("INSERT INTO contact_words (contact_words) VALUES ('optimize')", [])?;
        Ok(traces)
    }

    /// Takes a person out of the record of a mail.
    fn erase_from(&self, mail: i64, address: &EmailAddress) -> Result<(), StoreError> {
        let key = address.key();
        let [own, ascii] = address.spellings().map(|spelled| folded(&spelled));
        for sql in [
            "UPDATE mail SET subject = '(erased)',
                 client_ref = CASE WHEN has(client_ref, ?2) OR has(client_ref, ?3) THEN NULL ELSE client_ref END
             WHERE id = ?1",
            "UPDATE attempt SET transcript = '(erased)',
                 result = CASE WHEN has(result, ?2) OR has(result, ?3) THEN '(erased)' ELSE result END
             WHERE mail_id = ?1",
        ] {
            self.sql.prepare_cached(sql)?.execute(params![mail, own, ascii])?;
        }
        self.sql
            .prepare_cached(
                "UPDATE webhook_event SET detail = '', problem = NULL WHERE event LIKE 'mail.%' AND subject IN
                     (SELECT id FROM recipient WHERE mail_id = ?1 AND address_key = ?2)",
            )?
            .execute(params![mail, key])?;
        self.sql
            .prepare_cached("UPDATE folder_drop SET name = '(erased)' WHERE mail_id = ?1")?
            .execute([mail])?;
        self.sql
            .prepare_cached(
                "UPDATE recipient SET address = 'person-' || id || '@' || ?3,
                     address_key = 'person-' || id || '@' || ?3, name = NULL, reply = NULL
                 WHERE mail_id = ?1 AND address_key = ?2",
            )?
            .execute(params![mail, key, NOBODY])?;
        Ok(())
    }

    /// Deletes a document with its files; the mails that carried it have lost their bytes before.
    fn delete_paper(&self, document: i64) -> Result<(), StoreError> {
        for sql in [
            "UPDATE mail SET document_id = NULL WHERE document_id = ?1",
            "UPDATE folder_drop SET document_id = NULL, name = '(erased)' WHERE document_id = ?1",
            "DELETE FROM webhook_event WHERE event = 'document.issued' AND subject = ?1",
            "DELETE FROM document_xml WHERE document_id = ?1",
            "DELETE FROM document_pdf WHERE document_id = ?1",
            "DELETE FROM document WHERE id = ?1",
        ] {
            self.sql.prepare_cached(sql)?.execute([document])?;
        }
        Ok(())
    }
}

impl Store {
    /// Leaves nothing of what was deleted in the data file and in the journal beside it; whether others
    /// who have the file open kept the journal from being emptied.
    ///
    /// # Errors
    /// The store's own; [`StoreError::Busy`] when somebody else writes for long.
    pub fn wipe(&self) -> Result<bool, StoreError> {
        let own = open::copier(self.file())?;
        own.pragma_update(None, "secure_delete", true)?;
        let unwiped: bool =
            own.query_row("SELECT EXISTS (SELECT 1 FROM setting WHERE key = ?1)", [UNWIPED], |r| r.get(0))?;
        if unwiped {
            own.execute_batch("VACUUM")?;
            own.execute("DELETE FROM setting WHERE key = ?1", [UNWIPED])?;
        }
        Ok(own.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?)
    }
}
