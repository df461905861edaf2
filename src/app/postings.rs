//! Sales on their way into the books: queued with their document, shown, steered, and made ready to post.

use uuid::Uuid;

use super::lists::{cursor, page};
use super::{App, Error, Page, clock};
use crate::accounting;
use crate::domain::document::{Document, Kind as DocumentKind};
use crate::domain::mail::Event;
use crate::domain::posting::{Sale, is_posted};
use crate::domain::totals::Totals;
use crate::store::{ChannelRow, NewPosting, PostingRow, StoreError, Tx};
use crate::wire::DocumentFile;

impl App {
    /// A page of postings, newest first: those that are not in the books, or all.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when `after` is no place in the list.
    pub fn postings(&self, all: bool, after: Option<&str>, most: u32) -> Result<Page<PostingRow>, Error> {
        let before = cursor(after)?;
        let rows = self.store.read(|reader| reader.postings(all, before, most + 1))?;
        Ok(page(rows, most, |p| p.id.to_string()))
    }

    /// The posting with this number.
    ///
    /// # Errors
    /// [`super::Kind::NotFound`] when there is none.
    pub fn posting(&self, id: i64) -> Result<PostingRow, Error> {
        Ok(self.store.read(|reader| reader.posting(id))?)
    }

    /// The posting of the document in row `document`, if it has one.
    ///
    /// # Errors
    /// The store's own.
    pub fn posting_of(&self, document: i64) -> Result<Option<PostingRow>, Error> {
        Ok(self.store.read(|reader| reader.posting_of(document))?)
    }

    /// Tries a refused or waiting posting again now. One in doubt is searched for by itself.
    ///
    /// # Errors
    /// [`super::Kind::Conflict`] when that makes no sense in its state.
    pub fn retry_posting(&self, id: i64) -> Result<PostingRow, Error> {
        self.steer(id, Event::Retry)
    }

    /// Does not post a sale that waits or was refused; one in doubt is left as it is, and not searched for
    /// any more.
    ///
    /// # Errors
    /// [`super::Kind::Conflict`] when that makes no sense in its state.
    pub fn cancel_posting(&self, id: i64) -> Result<PostingRow, Error> {
        let uncertain = self.posting(id)?.state == crate::domain::mail::State::Uncertain;
        self.steer(id, if uncertain { Event::GiveUp } else { Event::Cancel })
    }

    fn steer(&self, id: i64, event: Event) -> Result<PostingRow, Error> {
        let now = clock::now();
        let row = self.store.write(move |tx| {
            tx.steer_posting(id, event, now)?;
            Ok::<_, Error>(tx.reader().posting(id)?)
        })?;
        self.wake();
        Ok(row)
    }

    /// The sale of a posting and the page that goes with it; the inner error says why it cannot be posted.
    pub(super) fn sale_of(&self, posting: &PostingRow) -> Result<Result<(Sale, Vec<u8>), String>, Error> {
        let read = self.store.read(|reader| {
            let content = reader.content(posting.document)?;
            Ok::<_, StoreError>((content, reader.pdf(posting.document)?, reader.channel(&posting.channel)?))
        });
        let (content, pdf, channel) = match read {
            Ok(found) => found,
            Err(why @ (StoreError::Damaged(_) | StoreError::NotFound(_))) => {
                return Ok(Err(unreadable(&why)));
            }
            Err(trouble) => return Err(trouble.into()),
        };
        let Some(channel) = channel.filter(|c| c.integration.as_deref() == Some(posting.profile.as_str()))
        else {
            return Ok(Err(format!(
                "The channel \"{}\" does not post by \"{}\" any more.",
                posting.channel, posting.profile
            )));
        };
        let read = crate::wire::parse::<DocumentFile>(content.as_bytes());
        let (says_paid, draft) = match read.and_then(|file| Ok((file.says_paid(), file.to_draft("en")?))) {
            Ok(read) => read,
            Err(invalid) => return Ok(Err(unreadable(&Error::from(invalid)))),
        };
        if !is_posted(draft.content.kind) {
            return Ok(Err(accounting::NO_CREDIT_NOTES.to_owned()));
        }
        let totals = Totals::of(&draft.content);
        if let Err(differs) = totals.agree_with(draft.stated_payable) {
            return Ok(Err(differs.to_string()));
        }
        let document = Document {
            number: posting.number.clone(),
            seller: draft.seller.unwrap_or_default(),
            content: draft.content,
            totals,
        };
        let reference = posting.reference.clone();
        let sale = Sale::of(&document, reference, &channel.name, channel.choices, says_paid);
        Ok(sale.map(|sale| (sale, pdf)))
    }
}

/// What is said of a sale whose document this program cannot make sense of: one that another version of it
/// stored, or one whose bytes the disk lost.
fn unreadable(why: &dyn std::error::Error) -> String {
    format!("It cannot be read, so enter it in the books by hand: {why}")
}

/// Queues the posting of a document just stored, where its channel posts.
pub(super) fn queue(
    tx: &Tx<'_>,
    channel: Option<&ChannelRow>,
    (kind, number, id): (DocumentKind, &str, i64),
) -> Result<(), Error> {
    let Some(channel) = channel.filter(|c| c.export_orders) else { return Ok(()) };
    let Some(profile) = channel.integration.clone() else { return Ok(()) };
    let refused = match kind {
        kind if is_posted(kind) => None,
        DocumentKind::CreditNote => Some(accounting::NO_CREDIT_NOTES.to_owned()),
        _ => return Ok(()),
    };
    let uuid = Uuid::now_v7();
    // The last digits of a UUIDv7 are random: another till with the same numbers has other ones.
    let unique = uuid.simple().to_string();
    let unique = unique.get(20..).unwrap_or_default();
    Ok(tx.insert_posting(&NewPosting {
        uuid,
        document: id,
        profile,
        channel: channel.name.clone(),
        reference: format!("{number} #{unique}"),
        refused,
        created: clock::now(),
    })?)
}
