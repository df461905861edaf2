//! Mails, what became of them, and what they will look like.

use uuid::Uuid;

use super::{hex, time};
use crate::app::explain::{self, Circumstances, Facts};
use crate::app::{Conditions, Draft, FlushReport, Who, clock, kept_in, result_in, say_in};
use crate::compose;
use crate::domain::account::Standing;
use crate::domain::document::Kind as DocumentKind;
use crate::domain::mail::{LATE_AFTER_MS, MailState, State, UncertainPolicy};
use crate::domain::reply::Stage;
use crate::domain::{Millis, say};
use crate::store::{AccountRow, AttemptRow, MailRow, RecipientRow};
use crate::wire::views::{
    AttachmentView, AttemptView, DraftView, ExplanationView, FlushView, LinkedMailView, MailView,
    MessageView, RecipientView, SightView, TroubleView,
};

/// A mail, its troubles explained in English; the conditions tell what it waits for.
#[must_use]
pub fn mail(mail: &MailRow, conditions: &Conditions) -> MailView {
    mail_in(mail, conditions, "en")
}

/// A mail, its troubles explained in this language.
#[must_use]
pub fn mail_in(mail: &MailRow, conditions: &Conditions, language: &str) -> MailView {
    let waits = matches!(mail.state, MailState::Waiting | MailState::Held);
    let account = conditions.accounts.iter().find(|a| a.account.name == mail.account);
    MailView {
        id: mail.uuid.to_string(),
        message_id: mail.message_id.clone(),
        document: mail.document_number.clone(),
        document_kind: mail.document_kind.map(DocumentKind::word),
        document_version: mail.document_version,
        account: mail.account.clone(),
        subject: mail.subject.clone(),
        template: mail.template.clone(),
        files: mail.files,
        size: mail.size,
        sha256: hex(&mail.sha256),
        server: mail.server.clone(),
        again_of: mail.again_of.map(linked),
        again: mail.again.map(linked),
        state: mail.state.word(),
        reason: match mail.state {
            MailState::Waiting => Some(reason(mail, conditions).to_owned()),
            MailState::Held if mail.wait == "document_changed" => Some(mail.wait.clone()),
            MailState::Held if mail.restored => Some("restored".to_owned()),
            MailState::Held if mail.wait == "undo" => Some(mail.wait.clone()),
            _ => None,
        },
        late: is_late(mail),
        created_at: time(mail.created),
        next_at: waits.then(|| time(mail.next)),
        recipients: mail
            .recipients
            .iter()
            .map(|r| RecipientView {
                address: r.address.clone(),
                name: r.name.clone(),
                role: r.role.word(),
                state: r.state.word(),
                tries: r.tries,
                reply: r.reply.as_deref().map(|reply| kept_in(reply, language)),
                settled_at: r.settled.map(time),
                resent: r.resent,
                problem: account.and_then(|row| recipient_problem(row, mail, r, conditions, language)),
            })
            .collect(),
    }
}

fn linked((id, created): (Uuid, Millis)) -> LinkedMailView {
    LinkedMailView { id: id.to_string(), created_at: time(created) }
}

/// Whether a mail waits for longer than its server explains; not before its own time.
fn is_late(mail: &MailRow) -> bool {
    let early = mail.wait == "scheduled" && mail.next.plus_millis(LATE_AFTER_MS) > clock::now();
    mail.state == MailState::Waiting && mail.online_age_ms >= LATE_AFTER_MS && !early
}

/// What went wrong for a recipient of a mail, from what is kept of it, and what becomes of it now.
#[must_use]
pub fn recipient_problem(
    row: &AccountRow,
    mail: &MailRow,
    recipient: &RecipientRow,
    conditions: &Conditions,
    language: &str,
) -> Option<ExplanationView> {
    let reply = recipient.reply.as_deref()?;
    let policy = conditions.settings.policy(mail.document_kind);
    let kind = match (recipient.state, policy) {
        (State::Refused | State::Deferred, _) => None,
        (State::Uncertain, _) if mail.goes_again(recipient, policy) => Some("uncertain_again"),
        (State::Uncertain, UncertainPolicy::Never) if !recipient.resent => Some("abandoned"),
        (State::Uncertain, _) => Some("uncertain_ask"),
        (State::Abandoned, _) => Some("abandoned"),
        (State::Expired, _) => Some("expired"),
        _ => return None,
    };
    let in_doubt = matches!(recipient.state, State::Uncertain | State::Abandoned);
    let mut facts = Facts::kept(in_doubt.then_some(Stage::Dot), reply);
    if let Some(kind) = kind {
        facts.kind = kind.to_owned();
    }
    let at = Circumstances::of(&row.account).to(&recipient.address);
    Some(explain::explain(&facts, &at, language))
}

/// Why a waiting mail waits: what only a person can mend about its account comes first, then its own time,
/// then the account's other troubles.
#[must_use]
pub fn reason<'a>(mail: &'a MailRow, conditions: &Conditions) -> &'a str {
    let Some(row) = conditions.accounts.iter().find(|a| a.account.name == mail.account) else {
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
        // By the time it is to leave, the network may be back.
        _ if mail.wait == "scheduled" && mail.next > clock::now() => "scheduled",
        Standing::Throttled => "throttled",
        // A keyring that is away is no network that is away.
        Standing::Busy if Facts::read(&row.trouble).is_some_and(|facts| facts.kind == "keyring") => "keyring",
        Standing::Offline | Standing::Busy => "offline",
        Standing::Ready => match conditions.calm {
            Some(calm) if !mail.first && mail.next <= clock::now() => calm,
            _ => &mail.wait,
        },
    }
}

/// A conversation, what came of it in this language.
#[must_use]
pub fn attempt(attempt: &AttemptRow, language: &str) -> AttemptView {
    AttemptView {
        started_at: time(attempt.started),
        ended_at: time(attempt.ended),
        result: result_in(&attempt.result, language),
        transcript: attempt.transcript.clone(),
    }
}

/// A message as it will leave.
#[must_use]
pub fn message(
    size: usize,
    looked: compose::Looked,
    sights: &[compose::Sight],
    language: &str,
) -> MessageView {
    MessageView {
        header: looked.header,
        from: looked.from,
        subject: looked.subject,
        text: looked.text,
        html: looked.html,
        attachments: looked
            .attachments
            .into_iter()
            .map(|part| AttachmentView { name: part.name, media_type: part.media_type, size: part.size })
            .collect(),
        size,
        recipients: sights.iter().map(|s| sight(s, language)).collect(),
    }
}

fn sight(sight: &compose::Sight, language: &str) -> SightView {
    let sees: Vec<String> = sight.sees.iter().map(ToString::to_string).collect();
    let alone = sight.sees.iter().all(|mailbox| mailbox.address == sight.address);
    let address = &sight.address;
    let says = match (sees.is_empty(), alone) {
        (true, _) => say!("{address} sees no recipient's address.", address),
        (false, true) => say!("{address} sees only their own address.", address),
        (false, false) => say!("{address} sees {sees}.", address, sees = sees.join(", ")),
    };
    let says = say_in(&says, language);
    SightView { address: address.to_string(), role: sight.role.word(), sees, says }
}

/// A mail that is being written.
#[must_use]
pub fn draft(draft: &Draft) -> DraftView {
    DraftView {
        id: draft.row.uuid.to_string(),
        version: draft.row.version,
        created_at: time(draft.row.created),
        changed_at: time(draft.row.changed),
        changed_by: draft.row.changed_by.as_ref().map(Who::word),
        changed_by_name: draft.row.changed_by.as_ref().and_then(Who::name).map(str::to_owned),
        content: draft.content.clone(),
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
