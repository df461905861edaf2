//! Documents.

use super::{mail, posting, time};
use crate::app::{Issued, StoredDocument};
use crate::domain::mail::MailState;
use crate::store::{AccountRow, DocumentEntry};
use crate::wire::views::{DocumentEntryView, DocumentView, IssuedView};

/// An issued document.
#[must_use]
pub fn issued(issued: &Issued, accounts: &[AccountRow]) -> IssuedView {
    let document = &issued.document;
    IssuedView {
        kind: document.kind.word(),
        number: document.number.clone(),
        client_ref: document.client_ref.clone(),
        currency: document.currency.clone(),
        payable: document.payable.clone(),
        repeated: issued.repeated,
        mails: issued.mails.iter().map(|m| mail(m, accounts)).collect(),
        posting: issued.posting.as_ref().map(posting),
    }
}

/// A document in a list; `mail` is the state of the last mail that carries it.
#[must_use]
pub fn document_entry(entry: &DocumentEntry, mail: Option<MailState>) -> DocumentEntryView {
    DocumentEntryView {
        kind: entry.kind.word(),
        number: entry.number.clone(),
        version: entry.version,
        client_ref: entry.client_ref.clone(),
        issue_date: entry.issue_date.clone(),
        currency: entry.currency.clone(),
        payable: entry.payable.clone(),
        buyer: entry.buyer_name.clone(),
        mail: mail.map(MailState::word),
        created_at: time(entry.created),
    }
}

/// A stored document.
#[must_use]
pub fn document(found: &StoredDocument, accounts: &[AccountRow]) -> DocumentView {
    DocumentView {
        entry: document_entry(&found.entry, found.mails.last().map(|m| m.state)),
        versions: found.versions.iter().map(|v| v.version).collect(),
        content: found.content.clone(),
        mails: found.mails.iter().map(|m| mail(m, accounts)).collect(),
        posting: found.posting.as_ref().map(posting),
    }
}
