//! Lists in pages: each page begins after the last row of the one before (keyset), so that rows added
//! or finished meanwhile neither repeat nor hide others.

use rusqlite::{ToSql, params};

use super::contacts::{BookPart, COLUMNS as CONTACT_COLUMNS, row as contact_row};
use super::counts::NEEDS;
use super::error::impossible;
use super::{ContactRow, MailRow, Reader, StoreError};
use crate::domain::document::Kind;
use crate::domain::{Millis, words};

/// Which mails a page shows.
#[derive(Debug, Clone, Default)]
pub struct MailQuery {
    /// Only finished ones, or only those not finished.
    pub finished: Option<bool>,
    /// Only those that need a person: with a recipient in doubt, or with one who was refused or given up since
    /// this time, where the mail was not sent again.
    pub needs: Option<Millis>,
    /// Only those with this text in subject, document number or a recipient's name or address.
    pub text: Option<String>,
    /// Only those that carry the document in this row.
    pub document: Option<i64>,
    /// Only those queued at this time or later.
    pub from: Option<Millis>,
    /// Only those queued before this time.
    pub until: Option<Millis>,
    /// Only those that stand behind this place.
    pub after: Option<MailPlace>,
    /// At most so many.
    pub most: u32,
}

/// Where a mail stands in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailPlace {
    /// Whether it was put before all others; in a list of the newest nobody asks.
    pub first: bool,
    /// Its row.
    pub id: i64,
}

/// Which documents a page shows.
#[derive(Debug, Clone, Default)]
pub struct DocumentQuery {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only those with this text in number, buyer or `client_ref`.
    pub text: Option<String>,
    /// Only rows before this one.
    pub before: Option<i64>,
    /// At most so many.
    pub most: u32,
}

/// A document in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentEntry {
    /// Its row.
    pub id: i64,
    /// Its kind.
    pub kind: Kind,
    /// Its number.
    pub number: String,
    /// 1, or more for a correction.
    pub version: i64,
    /// What its sender calls it.
    pub client_ref: Option<String>,
    /// The date on it.
    pub issue_date: String,
    /// Its currency.
    pub currency: String,
    /// What is to be paid, as printed.
    pub payable: String,
    /// Who it is for.
    pub buyer_name: Option<String>,
    /// Their email address.
    pub buyer_email: Option<String>,
    /// When it was stored.
    pub created: Millis,
}

const ENTRY: &str = "id, kind, number, version, client_ref, issue_date, currency, payable, buyer_name, buyer_email, created_ms";

fn entry(r: &rusqlite::Row<'_>) -> rusqlite::Result<Result<DocumentEntry, StoreError>> {
    let kind: String = r.get(1)?;
    let entry = DocumentEntry {
        id: r.get(0)?,
        kind: Kind::Invoice,
        number: r.get(2)?,
        version: r.get(3)?,
        client_ref: r.get(4)?,
        issue_date: r.get(5)?,
        currency: r.get(6)?,
        payable: r.get(7)?,
        buyer_name: r.get(8)?,
        buyer_email: r.get(9)?,
        created: Millis(r.get(10)?),
    };
    Ok(Kind::from_word(&kind)
        .map(|kind| DocumentEntry { kind, ..entry })
        .ok_or_else(|| impossible("kind", &kind)))
}

/// How many mails are in the outbox, read from an index that has no others.
const COUNT_OUTBOX: &str = "SELECT count(*) FROM mail WHERE finished = 0";

/// Conditions joined by AND, with their values in order.
#[derive(Default)]
struct Where {
    conditions: Vec<String>,
    values: Vec<Box<dyn ToSql>>,
}

impl Where {
    /// Adds a condition; `?` in it is its value.
    fn and(&mut self, condition: &str, value: impl ToSql + 'static) {
        self.values.push(Box::new(value));
        self.conditions.push(condition.replace('?', &format!("?{}", self.values.len())));
    }

    /// Chooses the mails of a list behind the place it goes on from; returns what they are sorted by.
    fn in_order(&mut self, query: &MailQuery) -> &'static str {
        // Spelled as the index `mail_outbox` spells it.
        const OUTBOX: &str = "mail.urgency <> 'now', mail.id";
        match query.finished {
            Some(false) => self.conditions.push("mail.finished = 0".to_owned()),
            Some(true) => self.conditions.push("mail.finished = 1".to_owned()),
            None => {}
        }
        match (query.finished, query.after) {
            (Some(false), None) => return OUTBOX,
            (Some(false), Some(MailPlace { first: true, id })) => {
                self.and("(mail.urgency <> 'now', mail.id) > (0, ?)", id);
                return OUTBOX;
            }
            (Some(false), Some(MailPlace { id, .. })) => {
                self.and("(mail.urgency <> 'now') = 1 AND mail.id > ?", id);
                return "mail.id";
            }
            (_, Some(MailPlace { id, .. })) => self.and("mail.id < ?", id),
            (_, None) => {}
        }
        "mail.id DESC"
    }

    /// Chooses mails by when they were queued.
    fn queued_between(&mut self, query: &MailQuery) {
        if query.from.is_none() && query.until.is_none() {
            return;
        }
        let (from, until) = (query.from.map_or(i64::MIN, |at| at.0), query.until.map_or(i64::MAX, |at| at.0));
        if query.finished == Some(false) {
            // Few are not finished: they are read in their own order, whatever the index of times offers.
            self.and("+mail.created_ms >= ?", from);
            self.and("+mail.created_ms < ?", until);
        } else {
            self.and("mail.id IN (SELECT id FROM mail WHERE created_ms >= ?", from);
            self.and("created_ms < ?)", until);
        }
    }

    fn sql(&self) -> String {
        if self.conditions.is_empty() { "1".to_owned() } else { self.conditions.join(" AND ") }
    }

    fn values(&self) -> Vec<&dyn ToSql> {
        self.values.iter().map(AsRef::as_ref).collect()
    }
}

/// The condition, the order and the number of the mails that a query asks for, and the values in it.
fn mails_of(query: &MailQuery) -> (String, Where) {
    let mut filter = Where::default();
    let order = filter.in_order(query);
    filter.queued_between(query);
    if let Some(since) = query.needs {
        filter.and(&format!("mail.id IN ({NEEDS})"), since.0);
    }
    if let Some(document) = query.document {
        filter.and("document_id = ?", document);
    }
    if let Some(text) = &query.text {
        filter.and(
            "(has(mail.subject, ?) OR has(document.number, ?) OR EXISTS (SELECT 1 FROM recipient
                  WHERE mail_id = mail.id AND (has(address_key, ?) OR has(name, ?))))",
            words::folded(text),
        );
    }
    (format!("{} ORDER BY {order} LIMIT {}", filter.sql(), query.most), filter)
}

impl Reader<'_> {
    /// The newest versions of the documents of these kinds that are dated from `from` to `to`, both
    /// included, by date and number.
    ///
    /// # Units
    /// Days as ISO 8601 has them.
    ///
    /// # Errors
    /// The store's own.
    pub fn documents_of_period(
        &self,
        (from, to): (&str, &str),
        kinds: &[Kind],
    ) -> Result<Vec<DocumentEntry>, StoreError> {
        let kinds: Vec<String> = kinds.iter().map(|kind| format!("'{}'", kind.word())).collect();
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT {ENTRY} FROM document AS this
             WHERE issue_date BETWEEN ?1 AND ?2 AND kind IN ({}) AND NOT EXISTS (SELECT 1 FROM document AS later
                 WHERE later.kind = this.kind AND later.number = this.number AND later.version > this.version)
             ORDER BY issue_date, number, kind",
            kinds.join(", ")
        ))?;
        let rows = find.query_map([from, to], entry)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().collect()
    }

    /// A page of mails: of those not finished the ones put before all others and then the oldest first, else
    /// the newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn mail_page(&self, query: &MailQuery) -> Result<Vec<MailRow>, StoreError> {
        let (condition, filter) = mails_of(query);
        self.mails_where(&condition, &filter.values())
    }

    /// How many mails are finished, or not.
    ///
    /// # Errors
    /// The store's own.
    pub fn count_mails(&self, finished: Option<bool>) -> Result<i64, StoreError> {
        let sql = match finished {
            None => "SELECT count(*) FROM mail",
            Some(false) => COUNT_OUTBOX,
            Some(true) => {
                "SELECT (SELECT count(*) FROM mail) - (SELECT count(*) FROM mail WHERE finished = 0)"
            }
        };
        Ok(self.sql.prepare_cached(sql)?.query_row([], |r| r.get(0))?)
    }

    /// A page of documents, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn document_page(&self, query: &DocumentQuery) -> Result<Vec<DocumentEntry>, StoreError> {
        let mut filter = Where::default();
        if let Some(kind) = query.kind {
            filter.and("kind = ?", kind.word());
        }
        if let Some(before) = query.before {
            filter.and("id < ?", before);
        }
        if let Some(text) = &query.text {
            filter.and("(has(number, ?) OR has(buyer_name, ?) OR has(client_ref, ?))", words::folded(text));
        }
        let sql = format!(
            "SELECT {ENTRY} FROM document WHERE {} ORDER BY id DESC LIMIT {}",
            filter.sql(),
            query.most
        );
        let mut find = self.sql.prepare_cached(&sql)?;
        let rows = find.query_map(filter.values().as_slice(), entry)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().collect()
    }

    /// The versions of the document of a kind with that number, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn document_versions(&self, kind: Kind, number: &str) -> Result<Vec<DocumentEntry>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT {ENTRY} FROM document WHERE kind = ?1 AND number = ?2 ORDER BY version DESC"
        ))?;
        let rows = find.query_map(params![kind.word(), number], entry)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().collect()
    }

    /// A page of a part of the address book by address, after the address key `after`.
    ///
    /// # Errors
    /// The store's own.
    pub fn contact_page(
        &self,
        part: BookPart,
        after: &str,
        most: u32,
    ) -> Result<Vec<(String, ContactRow)>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT {CONTACT_COLUMNS}, address_key FROM contact WHERE address_key > ?1 AND {}
             ORDER BY address_key LIMIT ?2",
            part.condition()
        ))?;
        let rows = find.query_map(params![after, most], |r| Ok((r.get("address_key")?, contact_row(r)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{mails, open};
    use super::*;

    /// What a list is sorted by is read from an index, however long the list is and wherever a page begins.
    #[test]
    fn no_page_of_mails_is_sorted_by_hand() {
        let folder = tempfile::tempdir().unwrap();
        let sql = open::writer(&folder.path().join("tillpost.db"), "now").unwrap();
        let (now, outbox, sent) = (Some(Millis(1)), Some(false), Some(true));
        let place = |first| Some(MailPlace { first, id: 7 });
        let of =
            |finished, after, from| MailQuery { finished, after, from, most: 51, ..MailQuery::default() };
        for (query, index) in [
            (of(outbox, None, None), "SCAN mail USING INDEX mail_outbox"),
            (of(outbox, place(true), None), "SCAN mail USING INDEX mail_outbox"),
            (of(outbox, place(false), None), "SEARCH mail USING INDEX mail_outbox (<expr>=? AND id>?)"),
            (of(outbox, place(false), now), "SEARCH mail USING INDEX mail_outbox (<expr>=? AND id>?)"),
            (of(sent, None, None), "SCAN mail"),
            (of(sent, place(false), None), "SEARCH mail USING INTEGER PRIMARY KEY (rowid<?)"),
            (of(sent, place(false), now), "COVERING INDEX mail_queued (created_ms>? AND created_ms<?)"),
            (of(None, None, now), "COVERING INDEX mail_queued (created_ms>? AND created_ms<?)"),
        ] {
            let (condition, filter) = mails_of(&query);
            let mut plan = sql.prepare(&format!("EXPLAIN QUERY PLAN {}", mails::select(&condition))).unwrap();
            let lines = plan.query_map(filter.values().as_slice(), |r| r.get::<_, String>("detail")).unwrap();
            let text = lines.map(Result::unwrap).collect::<Vec<_>>().join("; ");
            assert!(text.contains(index), "{query:?}: {text}");
            assert!(!text.contains("TEMP B-TREE"), "{query:?}: {text}");
        }
    }

    /// The status is asked for every second: it reads the few mails in the outbox, however many were sent.
    #[test]
    fn the_outbox_is_counted_without_those_that_are_finished() {
        let folder = tempfile::tempdir().unwrap();
        let sql = open::writer(&folder.path().join("tillpost.db"), "now").unwrap();
        let mut plan = sql.prepare(&format!("EXPLAIN QUERY PLAN {COUNT_OUTBOX}")).unwrap();
        let detail: String = plan.query_row([], |r| r.get("detail")).unwrap();
        assert_eq!(detail, "SCAN mail USING COVERING INDEX mail_outbox");
    }
}
