//! The people mails go to.

use super::time;
use crate::app::erase::FileTraces;
use crate::domain::{EmailAddress, typo};
use crate::store::{ContactRow, CopyRule, DisabledRow, Traces};
use crate::wire::views::{ContactView, CopyRuleView, DisabledView, ErasureView};

/// A contact.
#[must_use]
pub fn contact(row: &ContactRow) -> ContactView {
    ContactView {
        address: row.address.clone(),
        name: row.name.clone(),
        uses: row.uses,
        last_used_at: row.last_used.map(time),
        last_outcome: row.last_outcome.clone(),
        company: row.details.company.clone(),
        customer_number: row.details.customer_number.clone(),
        language: row.details.language.clone(),
        phone: row.details.phone.clone(),
        note: row.details.note.clone(),
        roles: row.roles.iter().map(|r| r.word()).collect(),
        proven: row.uses > 0,
        disabled: row.disabled,
        refusal: row.refusal.clone(),
        correction: row.refusal.as_ref().and_then(|_| typo::meant(&row.address, &[])).map(|a| a.to_string()),
    }
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
    DisabledView { pattern: row.pattern.clone(), reason: row.reason.clone(), since: time(row.since) }
}

/// What was kept about a person.
#[must_use]
pub(in crate::app) fn erasure(
    address: &EmailAddress,
    traces: &Traces,
    files: &FileTraces,
    done: bool,
) -> ErasureView {
    let count = |many: usize, what: &str| (many > 0).then(|| format!("{what}: {many}"));
    let counted = |many: i64, what: &str| (many > 0).then(|| format!("{what}: {many}"));
    let contact = "the contact with its name, details, roles and history of use";
    let letters = "text, files, subject, address and name of finished mails without a document";
    let documents = "documents issued or sent to them, as tax law wants them kept as they are";
    let carried = "mails that carried those documents, as commercial law wants letters about them kept";
    let waiting = "mails to them that are not finished; withdraw them, or ask again when they are";
    let disabled = "that their address is disabled, so that nobody writes to it again";
    let copies = "what is in copies of the data file that were made earlier, and what others have received";
    let removed = [
        traces.contact.then(|| contact.to_owned()),
        count(traces.letters.len(), letters),
        count(traces.drafts.len(), "drafts that name them"),
        count(files.drafts.len(), "drafts that were handed to the mail program"),
        count(traces.copy_rules, "rules that send them copies"),
    ];
    let kept = [
        counted(traces.documents, documents),
        counted(traces.document_mails, carried),
        counted(traces.waiting, waiting),
        count(
            files.outbox,
            "files of the outbox folder that name them; delete them by hand, nothing there is ever deleted by itself",
        ),
        traces.disabled.then(|| disabled.to_owned()),
        Some(copies.to_owned()),
    ];
    ErasureView {
        address: address.to_string(),
        done,
        removed: removed.into_iter().flatten().collect(),
        kept: kept.into_iter().flatten().collect(),
    }
}
