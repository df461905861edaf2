//! From what the server said to what becomes of each recipient and of the account. Pure.

use crate::app::accounts::Setback;
use crate::app::explain::Facts;
use crate::domain::Millis;
use crate::domain::mail::{Event, deferred_wait_seconds};
use crate::domain::reply::{self, Cause, Effect, Outcome, Reply, Stage, Trouble};
use crate::store::Claimed;
use crate::transport::Report;

/// What one transaction means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    /// What happened to each recipient, as the store wants it.
    pub(super) recipients: Vec<(i64, Event, Option<String>, Millis)>,
    /// What it means for the account, and why, when it means something.
    pub(super) effect: Option<Setback>,
    /// Why the mail waits if it does.
    pub(super) wait: &'static str,
    /// In a few words, for the attempt's record.
    pub(super) result: String,
}

/// What is needed beside the report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    /// The time.
    pub(super) now: Millis,
    /// Whether the mail has been put off for longer online than the shop allows.
    pub(super) expired: bool,
}

/// Judges a report about `mail`.
pub(super) fn judge(mail: &Claimed, report: &Report, at: Circumstances) -> Judgement {
    let mut effect = report.trouble.as_ref().map(Setback::of);
    let whole = report.trouble.as_ref().and_then(about_this_mail);
    let unreadable = matches!(&report.trouble, Some(Trouble { cause: Cause::BodyUnreadable(_), .. }));
    let mut recipients = Vec::with_capacity(mail.recipients.len());
    for (recipient, outcome) in mail.recipients.iter().zip(&report.outcomes) {
        let outcome = match (outcome, whole) {
            (Outcome::NotSent, Some(reply)) if reply.is_permanent() => &Outcome::Refused(reply.clone()),
            (Outcome::NotSent, Some(reply)) => &Outcome::Deferred(reply.clone()),
            (outcome, _) => outcome,
        };
        if let Some(account) = about_the_account(outcome) {
            effect.get_or_insert(account);
            recipients.push((recipient.id, Event::NotSent, None, at.now));
            continue;
        }
        recipients.push(match outcome {
            Outcome::Accepted(reply) => (recipient.id, Event::Accept, Some(reply.to_string()), at.now),
            Outcome::Refused(reply) => (recipient.id, Event::Refuse, Some(reply.to_string()), at.now),
            Outcome::Deferred(reply) if at.expired => {
                (recipient.id, Event::Expire, Some(reply.to_string()), at.now)
            }
            Outcome::Deferred(reply) => {
                let next = at.now.plus_seconds(deferred_wait_seconds(recipient.tries + 1));
                (recipient.id, Event::Defer, Some(reply.to_string()), next)
            }
            Outcome::NotSent if unreadable => {
                // It must not stand in front of the others again at once.
                let next = at.now.plus_seconds(deferred_wait_seconds(recipient.tries + 1));
                (recipient.id, Event::Defer, report.trouble.as_ref().map(ToString::to_string), next)
            }
            Outcome::NotSent => (recipient.id, Event::NotSent, None, at.now),
            Outcome::Uncertain(why) => (recipient.id, Event::Lose, Some(why.clone()), at.now),
        });
    }
    let deferred = recipients.iter().any(|(_, event, ..)| *event == Event::Defer);
    Judgement {
        result: summary(&recipients, report.trouble.as_ref()),
        wait: if deferred { "backoff" } else { "due" },
        recipients,
        effect,
    }
}

/// The reply to a whole transaction that speaks of this mail alone.
fn about_this_mail(trouble: &Trouble) -> Option<&Reply> {
    match &trouble.cause {
        Cause::Replied(reply)
            if trouble.stage >= Stage::Mail && reply::effect(trouble) == Effect::ThisMail =>
        {
            Some(reply)
        }
        _ => None,
    }
}

/// A reply about one recipient or message that really speaks of the account's limit or rights.
fn about_the_account(outcome: &Outcome) -> Option<Setback> {
    let (Outcome::Refused(reply) | Outcome::Deferred(reply)) = outcome else {
        return None;
    };
    let (effect, why) = if let Some(effect) = reply::sending_limit(reply) {
        (effect, "the server's sending limit is reached")
    } else if reply::account_refused(reply) {
        (Effect::HeldSettings, "the server does not let this account send")
    } else {
        return None;
    };
    let reason = format!("{why}: \"{reply}\"");
    Some(Setback { effect, reason, facts: Some(Facts::kept(None, &reply.to_string())) })
}

fn summary(recipients: &[(i64, Event, Option<String>, Millis)], trouble: Option<&Trouble>) -> String {
    let count = |event: Event| recipients.iter().filter(|(_, e, ..)| *e == event).count();
    let mut parts: Vec<String> = [
        (Event::Accept, "accepted"),
        (Event::Refuse, "refused"),
        (Event::Defer, "put off"),
        (Event::Expire, "expired"),
        (Event::Lose, "uncertain"),
        (Event::NotSent, "not sent"),
    ]
    .into_iter()
    .map(|(event, word)| (count(event), word))
    .filter(|(n, _)| *n > 0)
    .map(|(n, word)| format!("{n} {word}"))
    .collect();
    parts.extend(trouble.map(ToString::to_string));
    parts.join(", ")
}
