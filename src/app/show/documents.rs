//! Documents.

use std::path::Path;

use super::{mail_in, posting, time};
use crate::app::{Conditions, Issued, ListedDocument, StoredDocument};
use crate::domain::mail::{MailState, State};
use crate::domain::money::Currency;
use crate::domain::totals::Totals;
use crate::store::FormRow;
use crate::wire::views::{DocumentEntryView, DocumentView, FormView, HandedOverView, IssuedView, TotalsView};

/// An issued document, the troubles of its mails explained in this language.
#[must_use]
pub fn issued(issued: &Issued, conditions: &Conditions, language: &str) -> IssuedView {
    let document = &issued.document;
    IssuedView {
        kind: document.kind.word(),
        number: document.number.clone(),
        client_ref: document.client_ref.clone(),
        currency: document.currency.clone(),
        payable: document.payable.clone(),
        repeated: issued.repeated,
        mails: issued.mails.iter().map(|m| mail_in(m, conditions, language)).collect(),
        handed_over: issued.handed_over.as_deref().map(|file| file.display().to_string()),
        posting: issued.posting.as_ref().map(|row| posting(row, language)),
    }
}

/// What a document comes to.
#[must_use]
pub fn totals(currency: Currency, totals: &Totals) -> TotalsView {
    let amount = |amount| currency.round(amount).to_string();
    TotalsView {
        currency: currency.code(),
        net: amount(totals.net),
        tax: amount(totals.tax),
        gross: amount(totals.gross),
        paid: amount(totals.paid),
        payable: amount(totals.payable),
    }
}

/// A draft that the computer's mail program has opened.
#[must_use]
pub fn handed_over(file: &Path) -> HandedOverView {
    HandedOverView { file: file.display().to_string() }
}

/// A paper that is being written on a screen.
#[must_use]
pub fn form(row: &FormRow) -> FormView {
    FormView {
        id: row.uuid.to_string(),
        kind: row.kind.clone(),
        number: row.number.clone(),
        buyer: row.buyer.clone(),
        created_at: time(row.created),
        changed_at: time(row.changed),
        content: row.content.as_deref().and_then(|text| serde_json::from_str(text).ok()),
    }
}

/// A document in a list.
#[must_use]
pub fn document_entry(listed: &ListedDocument) -> DocumentEntryView {
    let entry = &listed.entry;
    DocumentEntryView {
        kind: entry.kind.word(),
        number: entry.number.clone(),
        version: entry.version,
        client_ref: entry.client_ref.clone(),
        issue_date: entry.issue_date.clone(),
        currency: entry.currency.clone(),
        payable: entry.payable.clone(),
        buyer: entry.buyer_name.clone(),
        buyer_email: entry.buyer_email.clone(),
        mail: listed.mail.map(MailState::word),
        mail_at: listed.mail_at.map(time),
        posting_state: listed.posting.map(State::word),
        created_at: time(entry.created),
    }
}

/// A stored document, the troubles of its mails explained in this language.
#[must_use]
pub fn document(found: &StoredDocument, conditions: &Conditions, language: &str) -> DocumentView {
    let posted = found.posting.as_ref().map(|p| p.state);
    let listed = ListedDocument::of(found.entry.clone(), &found.mails, posted);
    DocumentView {
        entry: document_entry(&listed),
        versions: found.versions.iter().map(|v| v.version).collect(),
        content: found.content.clone(),
        mails: found.mails.iter().map(|m| mail_in(m, conditions, language)).collect(),
        posting: found.posting.as_ref().map(|row| posting(row, language)),
    }
}
