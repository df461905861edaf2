//! What is kept about a person, and its deletion.

use rusqlite::params;

use super::{Reader, StoreError, Tx};
use crate::domain::words::names;
use crate::domain::{EmailAddress, Millis};

/// What stands where a person was; `invalid` is nobody's domain (RFC 2606 section 2).
const NOBODY: &str = "erased.invalid";

/// Finished mails to a person that carry no document.
const LETTERS: &str = "SELECT mail_id FROM recipient JOIN mail ON mail.id = mail_id
    WHERE address_key = ?1 AND finished = 1 AND document_id IS NULL";

/// What is kept about a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// Whether they are in the address book.
    pub contact: bool,
    /// Rules that send them copies.
    pub copy_rules: usize,
    /// Drafts that name them.
    pub drafts: Vec<i64>,
    /// Finished mails to them that carry no document.
    pub letters: Vec<i64>,
    /// Mails to them that are not finished.
    pub waiting: i64,
    /// Documents that were issued or sent to them.
    pub documents: i64,
    /// Finished mails to them that carry a document.
    pub document_mails: i64,
    /// Whether mails to them are disabled by their own address.
    pub disabled: bool,
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
        let mut drafts = Vec::new();
        let mut find =
            self.sql.prepare_cached("SELECT id, json_remove(content, '$.attachments') FROM draft")?;
        for row in find.query_map([], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?)))? {
            let (id, content) = row?;
            if names(&content, &key) {
                drafts.push(id);
            }
        }
        let mut find = self.sql.prepare_cached(LETTERS)?;
        let letters = find.query_map([&key], |r| r.get(0))?.collect::<Result<_, _>>()?;
        let rules = self.copy_rules()?;
        let theirs = |rule: &&super::CopyRule| {
            EmailAddress::parse(&rule.address).is_ok_and(|copied| copied == *address)
        };
        Ok(Traces {
            contact: self.contact(&key)?.is_some(),
            copy_rules: rules.iter().filter(theirs).count(),
            drafts,
            letters,
            waiting: count(
                "SELECT count(*) FROM recipient JOIN mail ON mail.id = mail_id
                 WHERE address_key = ?1 AND finished = 0",
            )?,
            documents: count(
                "SELECT count(*) FROM document WHERE lower(json_extract(content, '$.buyer.email')) = ?1 OR id IN
                     (SELECT document_id FROM mail JOIN recipient ON mail_id = mail.id WHERE address_key = ?1)",
            )?,
            document_mails: count(
                "SELECT count(*) FROM recipient JOIN mail ON mail.id = mail_id
                 WHERE address_key = ?1 AND finished = 1 AND document_id IS NOT NULL",
            )?,
            disabled: count("SELECT count(*) FROM disabled WHERE pattern = ?1")? > 0,
        })
    }
}

impl Tx<'_> {
    /// Deletes what is kept about a person but for documents, the mails that carry them, and mails that
    /// are not finished; returns what there was. That a mail was sent stays on record, not to whom.
    ///
    /// # Errors
    /// The store's own.
    pub fn erase_person(&self, address: &EmailAddress, now: Millis) -> Result<Traces, StoreError> {
        let (key, traces) = (address.key(), self.reader().traces_of(address)?);
        // What is deleted is overwritten in the file as well.
        self.sql.pragma_update(None, "secure_delete", true)?;
        let erased = self.erase(address, &key, &traces, now);
        self.sql.pragma_update(None, "secure_delete", false)?;
        erased.map(|()| traces)
    }

    fn erase(
        &self,
        address: &EmailAddress,
        key: &str,
        traces: &Traces,
        now: Millis,
    ) -> Result<(), StoreError> {
        self.forget_contact(address)?;
        for rule in self.reader().copy_rules()? {
            if EmailAddress::parse(&rule.address).is_ok_and(|copied| copied == *address) {
                self.remove_copy_rule(rule.id)?;
            }
        }
        for draft in &traces.drafts {
            self.delete_draft(*draft)?;
        }
        self.delete_bytes(&traces.letters, now)?;
        for mail in &traces.letters {
            self.sql.prepare_cached("UPDATE mail SET subject = '(erased)' WHERE id = ?1")?.execute([mail])?;
            self.sql
                .prepare_cached("UPDATE attempt SET transcript = '(erased)' WHERE mail_id = ?1")?
                .execute([mail])?;
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
        }
        Ok(())
    }
}
