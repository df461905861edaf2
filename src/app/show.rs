//! From rows to the shapes that are shown.

mod access;
mod accounting;
mod accounts;
mod data;
mod documents;
mod folder;
mod mails;
mod oauth;
mod people;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Error, Finding, Page, Pause, Status, Who, detail_in, key_of, say_in};
use crate::domain::account::Standing;
use crate::domain::setting::Setting;
use crate::domain::{Millis, Said};
use crate::store::AccountRow;
use crate::wire::views::{
    FindingView, PageView, PauseView, ProblemView, RoundView, SettingView, StandingView, StatusView,
};

pub use access::{access, password, webhook};
pub use accounting::{channel, channel_settings, choices, chosen, integration, packages, posting};
pub use accounts::{account, account_in, account_problem, certificate, estimate, pace, provider, sender};
pub use data::{backups, check, restored};
pub use documents::{document, document_entry, form, handed_over, issued, totals};
pub use folder::folder;
pub use mails::{attempt, draft, flush, mail, mail_in, message, reason, recipient_problem};
pub use oauth::{connect, disconnect, notices};
pub(super) use people::{contact, erasure};
pub use people::{copy_rule, disabled};

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
        paused: status.pause.is_some(),
        pause: status.pause.as_ref().map(pause),
        calm: status.calm,
        outbox: status.outbox,
        waiting: counts.waiting,
        held: counts.held,
        sending: counts.sending,
        round: counts.round.map(|(done, of)| RoundView { done, of }),
        uncertain: counts.uncertain,
        refused_lately: counts.refused_lately,
        needs: counts.needs,
        drafts: status.drafts,
        connecting: status.connecting.clone(),
        to_post: status.postings.0,
        not_posted: status.postings.1,
        oldest_waiting_at: counts.oldest_waiting.map(time),
        accounts: status
            .accounts
            .iter()
            .map(|row| StandingView {
                name: row.account.name.clone(),
                standing: row.breaker.standing.word(),
                reason: line(why(row, language)),
                next_try_at: accounts::next_try(&row.breaker),
                notices: oauth::notices(row, language),
            })
            .collect(),
    }
}

/// Since when and by whom sending is paused.
#[must_use]
pub fn pause(pause: &Pause) -> PauseView {
    let by = pause.by.as_ref();
    PauseView {
        by: by.map(Who::word),
        name: by.and_then(Who::name).map(str::to_owned),
        at: pause.at.map(time),
    }
}

/// What keeps an account from sending. The provider's pace is kept without a word: that is no trouble.
fn why(row: &AccountRow, language: &str) -> String {
    match account_problem(row, language) {
        Some(problem) => problem.title,
        None if row.breaker.standing == Standing::Throttled => String::new(),
        None => row.breaker.reason.clone(),
    }
}

/// A line of a status that stays small: a server's own words can be long.
fn line(text: String) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// What `doctor` found, in this language.
#[must_use]
pub fn finding(finding: &Finding, language: &str) -> FindingView {
    FindingView {
        key: finding.what.replace(' ', "_"),
        what: say_in(&finding.what.into(), language),
        good: finding.problem.is_none(),
        says: say_in(&finding.says, language),
        problem: finding.explained.clone(),
    }
}

/// An error as a program reads it: in English, with the field in front.
#[must_use]
pub fn problem(error: &Error) -> ProblemView {
    let title = error.kind().title().to_owned();
    ProblemView { title, detail: error.to_string(), ..problem_in(error, "en") }
}

/// An error as a person reads it, in this language.
#[must_use]
pub fn problem_in(error: &Error, language: &str) -> ProblemView {
    let (kind, said) = (error.kind(), error.sentences().first());
    let values = said.map(Said::values).unwrap_or_default();
    ProblemView {
        r#type: format!("/api/v1/docs#problem-{}", kind.key()),
        title: say_in(&kind.title().into(), language),
        key: kind.key(),
        status: kind.http_status(),
        detail: detail_in(error, language),
        field: error.field().map(str::to_owned),
        reason: said.and_then(key_of).map(str::to_owned),
        values: values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    }
}

/// A page of a list, each entry as `view` shows it.
#[must_use]
pub fn page<T, V>(page: Page<T>, view: impl FnMut(T) -> V) -> PageView<V> {
    PageView { items: page.items.into_iter().map(view).collect(), next: page.next, total: page.total }
}

/// A setting.
#[must_use]
pub fn setting(setting: &'static Setting, value: String) -> SettingView {
    SettingView { key: setting.key, value, default: setting.default, help: setting.help }
}
