//! Documents, mails and contacts in pages.

use chrono::{Days, NaiveDate, NaiveTime};

use super::{App, Error, Kind, clock};
use crate::domain::document::Kind as DocumentKind;
use crate::domain::mail::{MailState, State};
use crate::domain::{Invalid, Millis, say};
use crate::store::{
    BookPart, ContactRow, DocumentEntry, DocumentQuery, MailPlace, MailQuery, MailRow, PostingRow,
};
use crate::wire::{DocumentFile, SendAfter};

/// How many further pages are looked through for mails in a state that pages are not sorted by.
const MOST_LOOKS: usize = 20;

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Its entries.
    pub items: Vec<T>,
    /// What the next page begins after; `None` on the last.
    pub next: Option<String>,
    /// How many there are in all, where that is known without counting.
    pub total: Option<i64>,
}

/// A document in a list.
#[derive(Debug, Clone)]
pub struct ListedDocument {
    /// What it is.
    pub entry: DocumentEntry,
    /// The state of the last mail that carries it.
    pub mail: Option<MailState>,
    /// When that mail reached it: see [`MailRow::reached`].
    pub mail_at: Option<Millis>,
    /// The state of its way into the books, where its channel posts.
    pub posting: Option<State>,
}

impl ListedDocument {
    /// With the mails that carry it, oldest first.
    #[must_use]
    pub fn of(entry: DocumentEntry, mails: &[MailRow], posting: Option<State>) -> Self {
        let last = mails.last();
        Self { entry, mail: last.map(|m| m.state), mail_at: last.and_then(MailRow::reached), posting }
    }
}

/// A stored document with all it says.
#[derive(Debug, Clone)]
pub struct StoredDocument {
    /// Its place in lists.
    pub entry: DocumentEntry,
    /// All its versions, newest first.
    pub versions: Vec<DocumentEntry>,
    /// What it says.
    pub content: DocumentFile,
    /// The mails that carry it, oldest first.
    pub mails: Vec<MailRow>,
    /// Its way into the books, where its channel posts.
    pub posting: Option<PostingRow>,
}

/// Reads where a page begins.
pub(super) fn cursor(text: Option<&str>) -> Result<Option<i64>, Error> {
    text.map(|text| text.parse::<i64>().map_err(|_| no_place(text))).transpose()
}

fn no_place(text: &str) -> Error {
    let sentence = say!("\"{text}\" is no place in this list", text);
    Invalid::new("after", sentence, "Give what the page before named as next").into()
}

/// What goes before the row of a mail's place in the outbox where it was put before all others.
const FIRST: &str = "first-";

/// Reads [`mail_cursor`].
fn mail_place(text: Option<&str>) -> Result<Option<MailPlace>, Error> {
    let Some(text) = text else { return Ok(None) };
    let (first, row) = text.strip_prefix(FIRST).map_or((false, text), |row| (true, row));
    let id = row.parse().map_err(|_| no_place(text))?;
    Ok(Some(MailPlace { first, id }))
}

fn mail_cursor(place: MailPlace) -> String {
    format!("{}{}", if place.first { FIRST } else { "" }, place.id)
}

/// Since when a mail that did not reach everybody needs a person: seven days.
#[must_use]
pub fn lately() -> Millis {
    clock::now().plus_seconds(-7 * 24 * 3600)
}

/// The time from the beginning of the first day to the end of the last, both on the shop's clock; a day
/// left out is no limit.
///
/// # Errors
/// [`Kind::BadInput`] when the last day is before the first.
pub fn days(
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<(Option<Millis>, Option<Millis>), Error> {
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        return Err(Invalid::new("to", say!("{to} is before {from}", to, from), "Give the last day").into());
    }
    let begin = |day: NaiveDate| clock::resolve(SendAfter::Local(day.and_time(NaiveTime::MIN)));
    Ok((from.map(begin), to.and_then(|day| day.checked_add_days(Days::new(1))).map(begin)))
}

/// Takes `most` of the rows and says where the next page begins.
pub(super) fn page<T>(mut rows: Vec<T>, most: u32, key: impl Fn(&T) -> String) -> Page<T> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let next = if more { rows.last().map(key) } else { None };
    Page { items: rows, next, total: None }
}

impl App {
    /// A page of mails; `state` only shows those in that state. Those not finished come as they leave, the ones
    /// put before all others and then the oldest first; in every other list the newest come first.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when `after` is no place in the list.
    pub fn mail_page(
        &self,
        mut query: MailQuery,
        state: Option<MailState>,
        after: Option<&str>,
    ) -> Result<Page<MailRow>, Error> {
        let most = query.most;
        query.most += 1;
        query.after = mail_place(after)?;
        let outbox = query.finished == Some(false);
        let place = |m: &MailRow| MailPlace { first: outbox && m.first, id: m.id };
        let cursor = |m: &MailRow| mail_cursor(place(m));
        self.store.read(|reader| {
            let Some(state) = state else {
                let mut found = page(reader.mail_page(&query)?, most, cursor);
                let days = query.from.is_some() || query.until.is_some();
                if query.text.is_none() && query.document.is_none() && query.needs.is_none() && !days {
                    found.total = Some(reader.count_mails(query.finished)?);
                }
                return Ok(found);
            };
            let mut fitting = Vec::new();
            let wanted = usize::try_from(most).unwrap_or(usize::MAX);
            for _ in 0..MOST_LOOKS {
                let rows = reader.mail_page(&query)?;
                let last = rows.last().map(place);
                let full = rows.len() == usize::try_from(query.most).unwrap_or(usize::MAX);
                fitting.extend(rows.into_iter().filter(|m| m.state == state));
                if !full {
                    return Ok(page(fitting, most, cursor));
                }
                query.after = last;
                if fitting.len() > wanted {
                    return Ok(page(fitting, most, cursor));
                }
            }
            // A long stretch without a fitting one: the page is short, and the next looks on from here.
            Ok(Page { items: fitting, next: query.after.map(mail_cursor), total: None })
        })
    }

    /// A page of documents, newest first, each with the state of the last mail that carries it and of
    /// its way into the books.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when `after` is no place in the list.
    pub fn document_page(
        &self,
        mut query: DocumentQuery,
        after: Option<&str>,
    ) -> Result<Page<ListedDocument>, Error> {
        let most = query.most;
        query.most += 1;
        query.before = cursor(after)?;
        self.store.read(|reader| {
            let found = page(reader.document_page(&query)?, most, |d| d.id.to_string());
            let mut items = Vec::with_capacity(found.items.len());
            for entry in found.items {
                let mails = reader.mails_of_document(entry.id)?;
                let posting = reader.posting_state_of(entry.id)?;
                items.push(ListedDocument::of(entry, &mails, posting));
            }
            Ok(Page { items, next: found.next, total: found.total })
        })
    }

    /// A stored document; the newest version when none is named.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub fn document(
        &self,
        kind: DocumentKind,
        number: &str,
        version: Option<i64>,
    ) -> Result<StoredDocument, Error> {
        self.store.read(|reader| {
            let versions = reader.document_versions(kind, number)?;
            let entry = pick(&versions, kind, number, version)?;
            let content = crate::wire::parse(reader.content(entry.id)?.as_bytes())?;
            let mails = reader.mails_of_document(entry.id)?;
            let posting = reader.posting_of(entry.id)?;
            Ok(StoredDocument { entry, versions, content, mails, posting })
        })
    }

    /// The stored PDF of a document; the newest version when none is named.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub fn document_pdf(
        &self,
        kind: DocumentKind,
        number: &str,
        version: Option<i64>,
    ) -> Result<Vec<u8>, Error> {
        self.store.read(|reader| {
            let entry = pick(&reader.document_versions(kind, number)?, kind, number, version)?;
            Ok(reader.pdf(entry.id)?)
        })
    }

    /// The e-invoice that stands beside a document; the newest version when none is named.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such document, or no file beside it.
    pub fn document_xml(
        &self,
        kind: DocumentKind,
        number: &str,
        version: Option<i64>,
    ) -> Result<Vec<u8>, Error> {
        let found = self.store.read(|reader| {
            let entry = pick(&reader.document_versions(kind, number)?, kind, number, version)?;
            Ok::<_, Error>(reader.xml(entry.id)?)
        })?;
        found.ok_or_else(|| {
            Error::new(Kind::NotFound, say!("{number} has no e-invoice beside its PDF.", number))
        })
    }

    /// A page of a part of the address book, by address.
    ///
    /// # Errors
    /// The store's own.
    pub fn contact_page(
        &self,
        part: BookPart,
        after: Option<&str>,
        most: u32,
    ) -> Result<Page<ContactRow>, Error> {
        let rows =
            self.store.read(|reader| reader.contact_page(part, after.unwrap_or_default(), most + 1))?;
        let keyed = page(rows, most, |(key, _)| key.clone());
        Ok(Page {
            items: keyed.items.into_iter().map(|(_, row)| row).collect(),
            next: keyed.next,
            total: None,
        })
    }
}

fn pick(
    versions: &[DocumentEntry],
    kind: DocumentKind,
    number: &str,
    version: Option<i64>,
) -> Result<DocumentEntry, Error> {
    let mut fitting = versions.iter().filter(|v| version.is_none_or(|wanted| v.version == wanted));
    fitting.next().cloned().ok_or_else(|| {
        let which = version.map(|v| format!(", version {v}")).unwrap_or_default();
        Error::new(
            Kind::NotFound,
            say!(
                "There is no document of kind {kind} with the number {number}{which}.",
                kind = kind.word(),
                number,
                which
            ),
        )
    })
}
