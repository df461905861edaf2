//! From rows to the shapes that are shown.

mod access;
mod accounting;
mod data;
mod folder;
mod oauth;

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};

use super::erase::FileTraces;
use super::explain::{self, Circumstances, Facts, Language};
use super::templates::InUse;
use super::{
    Draft, Error, Estimate, Finding, FlushReport, Issued, ListedDocument, Page, Status, StoredDocument, clock,
};
pub use access::{access, password, webhook};
pub use accounting::{channel, channel_settings, choices, chosen, integration, posting};

use crate::compose;
use crate::domain::account::Standing;
use crate::domain::document::{EInvoice, Kind as DocumentKind};
use crate::domain::fault::Certificate;
use crate::domain::mail::{LATE_AFTER_MS, MailState, State};
use crate::domain::pace::Limits;
use crate::domain::provider::Provider;
use crate::domain::reply::Stage;
use crate::domain::setting::Setting;
use crate::domain::typo;
use crate::domain::{EmailAddress, Millis};
use crate::store::{
    AccountRow, AttemptRow, ContactRow, CopyRule, DisabledRow, MailRow, RecipientRow, SenderRow, Traces,
};
use crate::wire::views::{
    AccountView, AttachmentView, AttemptView, CertificateView, ContactView, CopyRuleView, DisabledView,
    DocumentEntryView, DocumentView, DraftView, ErasureView, EstimateView, ExplanationView, FindingView,
    FlushView, IssuedView, MailView, MessageView, PaceView, PageView, ProblemView, ProviderView,
    RecipientView, SenderView, SettingView, SightView, StandingView, StatusView, TemplateView, TroubleView,
};

pub use data::{backups, check, salvaged};
pub use folder::folder;
pub use oauth::{connect, disconnect, notices};

/// A point in time as RFC 3339 in UTC.
#[must_use]
pub fn time(at: Millis) -> String {
    DateTime::<Utc>::from_timestamp_millis(at.0)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A mail, its troubles explained in English; `accounts` tell whether it is the account it waits for.
#[must_use]
pub fn mail(mail: &MailRow, accounts: &[AccountRow]) -> MailView {
    mail_in(mail, accounts, "en")
}

/// A mail, its troubles explained in this language.
#[must_use]
pub fn mail_in(mail: &MailRow, accounts: &[AccountRow], language: &str) -> MailView {
    let waits = matches!(mail.state, MailState::Waiting | MailState::Held);
    let account = accounts.iter().find(|a| a.account.name == mail.account);
    MailView {
        id: mail.uuid.to_string(),
        message_id: mail.message_id.clone(),
        document: mail.document_number.clone(),
        account: mail.account.clone(),
        subject: mail.subject.clone(),
        template: mail.template.clone(),
        size: mail.size,
        sha256: hex(&mail.sha256),
        state: mail.state.word(),
        reason: match mail.state {
            MailState::Waiting => Some(reason(mail, accounts).to_owned()),
            MailState::Held if matches!(mail.wait.as_str(), "undo" | "document_changed") => {
                Some(mail.wait.clone())
            }
            _ => None,
        },
        late: waits && mail.online_age_ms >= LATE_AFTER_MS,
        created_at: time(mail.created),
        next_at: waits.then(|| time(mail.next)),
        recipients: mail
            .recipients
            .iter()
            .map(|r| RecipientView {
                address: r.address.clone(),
                role: r.role.word(),
                state: r.state.word(),
                tries: r.tries,
                reply: r.reply.clone(),
                settled_at: r.settled.map(time),
                resent: r.resent,
                problem: account.and_then(|row| recipient_problem(row, r, language)),
            })
            .collect(),
    }
}

/// What went wrong for a recipient, from what is kept of it.
#[must_use]
pub fn recipient_problem(
    row: &AccountRow,
    recipient: &RecipientRow,
    language: &str,
) -> Option<ExplanationView> {
    let reply = recipient.reply.as_deref()?;
    let facts = match recipient.state {
        State::Refused | State::Deferred | State::Expired => Facts::kept(None, reply),
        State::Uncertain | State::Abandoned => Facts {
            stage: Stage::Dot.word().to_owned(),
            kind: "closed".to_owned(),
            text: reply.to_owned(),
            ..Facts::default()
        },
        _ => return None,
    };
    let at = Circumstances::of(&row.account).to(&recipient.address);
    Some(explain::explain(&facts, &at, language))
}

/// Why a waiting mail waits: its account comes before its own reasons, as nothing else helps.
#[must_use]
pub fn reason<'a>(mail: &'a MailRow, accounts: &[AccountRow]) -> &'a str {
    let Some(row) = accounts.iter().find(|a| a.account.name == mail.account) else {
        return &mail.wait;
    };
    if !row.enabled {
        return "account_off";
    }
    if row.paused {
        return "paused";
    }
    match row.breaker.standing {
        Standing::HeldSignIn | Standing::HeldSettings => "account_held",
        Standing::Throttled => "throttled",
        // A keyring that is away is no network that is away.
        Standing::Busy if Facts::read(&row.trouble).is_some_and(|facts| facts.kind == "keyring") => "keyring",
        Standing::Offline | Standing::Busy => "offline",
        Standing::Ready => &mail.wait,
    }
}

/// An issued document, the troubles of its mails explained in this language.
#[must_use]
pub fn issued(issued: &Issued, accounts: &[AccountRow], language: &str) -> IssuedView {
    let document = &issued.document;
    IssuedView {
        kind: document.kind.word(),
        number: document.number.clone(),
        client_ref: document.client_ref.clone(),
        currency: document.currency.clone(),
        payable: document.payable.clone(),
        repeated: issued.repeated,
        mails: issued.mails.iter().map(|m| mail_in(m, accounts, language)).collect(),
        posting: issued.posting.as_ref().map(posting),
    }
}

/// A conversation.
#[must_use]
pub fn attempt(attempt: &AttemptRow) -> AttemptView {
    AttemptView {
        started_at: time(attempt.started),
        ended_at: time(attempt.ended),
        result: attempt.result.clone(),
        transcript: attempt.transcript.clone(),
    }
}

/// What keeps an account from sending, in this language.
#[must_use]
pub fn account_problem(row: &AccountRow, language: &str) -> Option<ExplanationView> {
    let facts = Facts::read(&row.trouble)?;
    let mut at = Circumstances::of(&row.account);
    if row.breaker.next_try.0 > 0 && !row.breaker.standing.is_held() {
        at = at.with("time", clock::local(row.breaker.next_try).format("%H:%M").to_string());
    }
    Some(explain::explain(&facts, &at, language))
}

/// A certificate.
#[must_use]
pub fn certificate(shown: &Certificate) -> CertificateView {
    CertificateView {
        names: shown.names.clone(),
        issuer: shown.issuer.clone(),
        not_before: time(shown.not_before),
        not_after: time(shown.not_after),
        fingerprint: shown.fingerprint.clone(),
    }
}

/// A provider, its hint and notice in this language.
#[must_use]
pub fn provider(provider: &Provider, language: &str) -> ProviderView {
    let words = Language::of(language);
    let (port, encryption) = provider.pair();
    let named = BTreeMap::from([("provider".to_owned(), provider.label.clone())]);
    ProviderView {
        id: provider.id.clone(),
        label: provider.label.clone(),
        host: provider.host.clone(),
        port,
        encryption: encryption.word(),
        sign_ins: provider.sign_ins().into_iter().map(str::to_owned).collect(),
        domains: provider.domains().into_iter().map(str::to_owned).collect(),
        hint: words.hint(&provider.hint, &named),
        notice: words.notice(&provider.notice, &provider.notice_date),
    }
}

/// An account, its trouble explained in English.
#[must_use]
pub fn account(row: &AccountRow) -> AccountView {
    account_in(row, "en")
}

/// An account, its trouble explained in this language.
#[must_use]
pub fn account_in(row: &AccountRow, language: &str) -> AccountView {
    let (account, breaker) = (&row.account, &row.breaker);
    let waits = matches!(breaker.standing, Standing::Offline | Standing::Busy | Standing::Throttled);
    AccountView {
        name: account.name.clone(),
        host: account.host.clone(),
        port: account.port,
        encryption: account.encryption.word(),
        auth: account.sign_in.word(),
        user: account.user.clone(),
        from: account.from.to_string(),
        reply_to: account.reply_to.iter().map(ToString::to_string).collect(),
        secret_place: row.secret_place.word(),
        standing: breaker.standing.word(),
        reason: breaker.reason.clone(),
        next_try_at: waits.then(|| time(breaker.next_try)),
        enabled: row.enabled,
        most_bytes: row.most_bytes,
        pin: account.pin.clone(),
        oauth: oauth::view(row),
        notices: oauth::notices(row, language),
        ca_pem: account.ca_pem.clone(),
        allow_plaintext: account.allow_plaintext,
        problem: account_problem(row, language),
    }
}

/// How things stand, troubles explained in English.
#[must_use]
pub fn status(status: &Status) -> StatusView {
    status_in(status, "en")
}

/// How things stand, troubles explained in this language.
#[must_use]
pub fn status_in(status: &Status, language: &str) -> StatusView {
    let counts = &status.counts;
    StatusView {
        revisions: status.revisions.iter().cloned().collect(),
        version: env!("CARGO_PKG_VERSION"),
        paused: status.accounts.iter().any(|a| a.paused),
        waiting: counts.waiting,
        held: counts.held,
        sending: counts.sending,
        uncertain: counts.uncertain,
        refused_lately: counts.refused_lately,
        to_post: status.postings.0,
        not_posted: status.postings.1,
        oldest_waiting_at: counts.oldest_waiting.map(time),
        accounts: status
            .accounts
            .iter()
            .map(|row| StandingView {
                name: row.account.name.clone(),
                standing: row.breaker.standing.word(),
                reason: row.breaker.reason.clone(),
                notices: oauth::notices(row, language),
                problem: account_problem(row, language),
            })
            .collect(),
    }
}

/// When an account's mails will about be sent.
#[must_use]
pub fn estimate(estimate: &Estimate) -> EstimateView {
    EstimateView {
        account: estimate.account.clone(),
        mails: estimate.mails,
        all_sent_by: time(estimate.all_sent_by),
    }
}

/// How fast an account may send.
#[must_use]
pub fn pace(limits: &Limits) -> PaceView {
    PaceView {
        per_minute: limits.per_minute,
        per_hour: limits.per_hour,
        per_day: limits.per_day,
        recipients_per_day: limits.recipients_per_day,
        recipients_per_mail: limits.recipients_per_mail,
        mails_per_connection: limits.mails_per_connection,
        connections: limits.connections,
    }
}

/// What a flush did; `waiting` is how many mails wait after it.
#[must_use]
pub fn flush(report: &FlushReport, waiting: i64) -> FlushView {
    FlushView {
        accepted: report.accepted,
        refused: report.refused,
        deferred: report.deferred,
        uncertain: report.uncertain,
        posted: report.posted,
        not_posted: report.not_posted,
        waiting,
        troubles: report
            .troubles
            .iter()
            .map(|(account, reason)| TroubleView { account: account.clone(), reason: reason.clone() })
            .collect(),
    }
}

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
        e_invoice: row.e_invoice.map(EInvoice::word),
        roles: row.roles.iter().map(|r| r.word()).collect(),
        proven: row.uses > 0,
        disabled: row.disabled,
        refusal: row.refusal.clone(),
        correction: row.refusal.as_ref().and_then(|_| typo::meant(&row.address, &[])).map(|a| a.to_string()),
    }
}

/// Somebody an account may send as.
#[must_use]
pub fn sender(row: &SenderRow) -> SenderView {
    SenderView { from: row.mailbox.to_string(), signature: row.signature.clone() }
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

/// A template.
#[must_use]
pub(super) fn template(kind: DocumentKind, language: &str, used: &InUse, versions: Vec<i64>) -> TemplateView {
    TemplateView {
        kind: kind.word(),
        language: language.to_owned(),
        name: used.name.clone(),
        own: !used.name.contains("/shipped-"),
        subject: used.template.subject.to_string(),
        text: used.template.text.to_string(),
        html: used.template.html.clone(),
        versions,
    }
}

/// What was kept about a person.
#[must_use]
pub(super) fn erasure(
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

/// A message as it will leave.
#[must_use]
pub fn message(size: usize, looked: compose::Looked, sights: &[compose::Sight]) -> MessageView {
    MessageView {
        header: looked.header,
        text: looked.text,
        html: looked.html,
        attachments: looked
            .attachments
            .into_iter()
            .map(|part| AttachmentView { name: part.name, media_type: part.media_type, size: part.size })
            .collect(),
        size,
        recipients: sights.iter().map(sight).collect(),
    }
}

fn sight(sight: &compose::Sight) -> SightView {
    let sees: Vec<String> = sight.sees.iter().map(ToString::to_string).collect();
    let alone = sight.sees.iter().all(|mailbox| mailbox.address == sight.address);
    let address = &sight.address;
    let says = match (sees.is_empty(), alone) {
        (true, _) => format!("{address} sees no recipient's address."),
        (false, true) => format!("{address} sees only their own address."),
        (false, false) => format!("{address} sees {}.", sees.join(", ")),
    };
    SightView { address: address.to_string(), role: sight.role.word(), sees, says }
}

/// A disabled address or domain.
#[must_use]
pub fn disabled(row: &DisabledRow) -> DisabledView {
    DisabledView { pattern: row.pattern.clone(), reason: row.reason.clone(), since: time(row.since) }
}

/// What `doctor` found.
#[must_use]
pub fn finding(finding: &Finding) -> FindingView {
    FindingView { what: finding.what, good: finding.problem.is_none(), says: finding.says.clone() }
}

/// An error.
#[must_use]
pub fn problem(error: &Error) -> ProblemView {
    let kind = error.kind();
    ProblemView {
        r#type: format!("/api/v1/docs#problem-{}", kind.key()),
        title: kind.title(),
        key: kind.key(),
        status: kind.http_status(),
        detail: error.to_string(),
        field: error.field().map(str::to_owned),
    }
}

/// A page of a list, each entry as `view` shows it.
#[must_use]
pub fn page<T, V>(page: Page<T>, view: impl FnMut(T) -> V) -> PageView<V> {
    PageView { items: page.items.into_iter().map(view).collect(), next: page.next, total: page.total }
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
        mail: listed.mail.map(MailState::word),
        posting_state: listed.posting.map(State::word),
        created_at: time(entry.created),
    }
}

/// A stored document, the troubles of its mails explained in this language.
#[must_use]
pub fn document(found: &StoredDocument, accounts: &[AccountRow], language: &str) -> DocumentView {
    let listed = ListedDocument {
        entry: found.entry.clone(),
        mail: found.mails.last().map(|m| m.state),
        posting: found.posting.as_ref().map(|p| p.state),
    };
    DocumentView {
        entry: document_entry(&listed),
        versions: found.versions.iter().map(|v| v.version).collect(),
        content: found.content.clone(),
        mails: found.mails.iter().map(|m| mail_in(m, accounts, language)).collect(),
        posting: found.posting.as_ref().map(posting),
    }
}

/// A mail that is being written.
#[must_use]
pub fn draft(draft: &Draft) -> DraftView {
    DraftView {
        id: draft.row.uuid.to_string(),
        version: draft.row.version,
        created_at: time(draft.row.created),
        changed_at: time(draft.row.changed),
        content: draft.content.clone(),
    }
}

/// A setting.
#[must_use]
pub fn setting(setting: &'static Setting, value: String) -> SettingView {
    SettingView { key: setting.key, value, default: setting.default, help: setting.help }
}
