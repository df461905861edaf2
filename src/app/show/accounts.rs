//! Accounts and providers.

use std::collections::BTreeMap;

use super::{oauth, time};
use crate::app::explain::{self, Circumstances, Facts, Language};
use crate::app::{Estimate, clock};
use crate::domain::account::{Breaker, Standing, Transport};
use crate::domain::fault::Certificate;
use crate::domain::pace::Limits;
use crate::domain::provider::Provider;
use crate::store::{AccountRow, SenderRow};
use crate::wire::views::{
    AccountView, CertificateView, EstimateView, ExplanationView, LastTestView, PaceView, ProviderView,
    SenderView,
};

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
        interface: provider.interface().map(Transport::word),
        domains: provider.domains().into_iter().map(str::to_owned).collect(),
        hint: words.hint(&provider.hint, &named),
        notice: words.notice(&provider.notice, &provider.notice_date),
    }
}

/// When an account is tried again, if it waits.
pub(super) fn next_try(breaker: &Breaker) -> Option<String> {
    let waits = matches!(breaker.standing, Standing::Offline | Standing::Busy | Standing::Throttled);
    waits.then(|| time(breaker.next_try))
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
    AccountView {
        name: account.name.clone(),
        transport: account.transport.word(),
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
        next_try_at: next_try(breaker),
        enabled: row.enabled,
        most_bytes: account.transport.most_bytes().or(row.most_bytes),
        pin: account.pin.clone(),
        oauth: oauth::view(row),
        notices: oauth::notices(row, language),
        ca_pem: account.ca_pem.clone(),
        allow_plaintext: account.allow_plaintext,
        last_test: row.tested.map(|(at, works)| LastTestView { at: time(at), works }),
        problem: account_problem(row, language),
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

/// Somebody an account may send as.
#[must_use]
pub fn sender(row: &SenderRow) -> SenderView {
    SenderView {
        from: row.mailbox.to_string(),
        signature: row.signature.clone(),
        reply_to: row.reply_to.iter().map(ToString::to_string).collect(),
    }
}
