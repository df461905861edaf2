//! The people mails go to.

use super::time;
use crate::app::erase::FileTraces;
use crate::app::say_in;
use crate::domain::Who;
use crate::domain::document::EInvoice;
use crate::domain::{EmailAddress, typo};
use crate::store::{ContactRow, CopyRule, DisabledRow, Origin, Traces};
use crate::wire::views::{ContactView, CopyRuleView, DisabledView, ErasureView};

/// A contact; `domains` are those that mails of this shop have reached.
#[must_use]
pub(in crate::app) fn contact(row: &ContactRow, domains: &[String]) -> ContactView {
    let meant = row.refusal.as_ref().and_then(|_| typo::meant(&row.address, domains));
    ContactView {
        address: row.address.clone(),
        name: row.name.clone(),
        source: source(row.origin),
        uses: row.uses,
        last_used_at: row.last_used.map(time),
        last_outcome: row.last_outcome.clone(),
        company: row.details.company.clone(),
        customer_number: row.details.customer_number.clone(),
        language: row.details.language.clone(),
        phone: row.details.phone.clone(),
        note: row.details.note.clone(),
        e_invoice: row.e_invoice.map(EInvoice::word),
        roles: row.roles.iter().map(|r| r.word()).collect(),
        proven: row.uses > 0,
        disabled: row.disabled,
        refusal: row.refusal.clone(),
        correction: meant.map(|address| address.to_string()),
    }
}

fn source(origin: i64) -> &'static str {
    let known = [Origin::Queued, Origin::Sent, Origin::Document, Origin::Import, Origin::Hand];
    known.into_iter().find(|known| *known as i64 == origin).map_or("queued", Origin::word)
}

/// A rule for own copies.
#[must_use]
pub fn copy_rule(rule: &CopyRule) -> CopyRuleView {
    CopyRuleView {
        id: rule.id,
        address: rule.address.clone(),
        customer: rule.customer.clone(),
        kind: rule.kind.clone(),
    }
}

/// A disabled address or domain.
#[must_use]
pub fn disabled(row: &DisabledRow) -> DisabledView {
    let by = row.by.as_ref();
    DisabledView {
        pattern: row.pattern.clone(),
        reason: row.reason.clone(),
        since: time(row.since),
        by: by.map(Who::word),
        name: by.and_then(Who::name).map(str::to_owned),
    }
}

/// What was kept about a person; `done` tells, once it is deleted, whether the data file's journal could
/// not be emptied.
#[must_use]
pub(in crate::app) fn erasure(
    address: &EmailAddress,
    traces: &Traces,
    files: &FileTraces,
    done: Option<bool>,
    language: &str,
) -> ErasureView {
    let say = |what: &'static str| say_in(&what.into(), language);
    ErasureView {
        address: address.to_string(),
        done: done.is_some(),
        removed: removed(traces, files, &say),
        kept: kept(traces, files, done == Some(true), &say),
    }
}

/// Says a sentence in the language of who asks.
type Say<'a> = &'a dyn Fn(&'static str) -> String;

fn removed(traces: &Traces, files: &FileTraces, say: Say<'_>) -> Vec<String> {
    let counted = |many: usize, what| (many > 0).then(|| format!("{}: {many}", say(what)));
    let contact = "the contact with its name, details, roles and history of use";
    let letters = "text, files, subject, address, name and server's answers of finished mails that the law does not keep";
    let folder =
        "files in the folders queued and failed of the outbox that name them, with what came with these";
    let removed = [
        traces.contact.then(|| say(contact)),
        counted(traces.letters.len(), letters),
        counted(
            traces.papers.len(),
            "job cards, reports and notifications issued to them, which no law keeps",
        ),
        counted(traces.drafts.len() + traces.forms.len(), "drafts that name them"),
        counted(files.drafts.len(), "drafts that were handed to the mail program"),
        counted(traces.copy_rules, "rules that send them copies"),
        counted(files.outbox.finished.len(), folder),
    ];
    removed.into_iter().flatten().collect()
}

fn kept(traces: &Traces, files: &FileTraces, journal_is_open: bool, say: Say<'_>) -> Vec<String> {
    let counted = |many: usize, what| (many > 0).then(|| format!("{}: {many}", say(what)));
    let number = |many: i64| usize::try_from(many).unwrap_or_default();
    let tax =
        "invoices, credit notes and receipts issued or sent to them, as tax law wants them kept as they are";
    let trade = "offers, orders and delivery notes issued or sent to them, as commercial law wants letters about trade kept";
    let carried = "mails that carried those documents, as commercial law wants letters about trade kept";
    let waiting = "mails to them that are not finished; withdraw them, or ask again when they are";
    let folder =
        "files that wait in the outbox folder and name them; take them out, or ask again when they are taken";
    let disabled = "that their address is disabled, so that nobody writes to it again";
    let setup = "the shop's own setup names them; change it where they have left";
    let copies =
        "copies of the data file in its folder and its backups; delete them when they are no longer needed";
    let journal = "the data file's journal, as another program reads it; it is emptied when that is closed";
    let notes = "the notes of a running delivery; they go when it ends";
    let elsewhere = "what is in copies of the data file made elsewhere, in the shop's accounts, and what others have received";
    let kept = [
        counted(number(traces.tax), tax),
        counted(number(traces.trade), trade),
        counted(number(traces.document_mails), carried),
        counted(number(traces.waiting), waiting),
        counted(files.outbox.waiting, folder),
        traces.disabled.then(|| say(disabled)),
        (!traces.setup.is_empty()).then(|| format!("{}: {}", say(setup), traces.setup.join(", "))),
        (!files.copies.is_empty()).then(|| format!("{}: {}", say(copies), files.copies.join(", "))),
        journal_is_open.then(|| say(journal)),
        files.notes.then(|| say(notes)),
        Some(say(elsewhere)),
    ];
    kept.into_iter().flatten().collect()
}
