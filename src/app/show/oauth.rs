//! How accounts sign in at their provider, as it is shown.

use std::collections::BTreeMap;

use super::time;
use crate::app::explain::{self, Language};
use crate::app::{Disconnected, Invitation, Progress, clock};
use crate::domain::account::{Account, SignIn};
use crate::domain::oauth::{RunsOut, differs, running_out};
use crate::domain::oddity::{Oddity, oddities};
use crate::domain::provider::{self, Provider};
use crate::store::AccountRow;
use crate::wire::views::{ConnectView, DisconnectView, OauthView};

/// How an account signs in at its provider, if it does.
pub(super) fn view(row: &AccountRow) -> Option<OauthView> {
    let oauth = row.account.oauth.as_ref().filter(|_| row.account.sign_in == SignIn::OAuth)?;
    let connection = row.connection.as_ref();
    Some(OauthView {
        issuer: oauth.issuer.word(),
        client_id: oauth.client_id.clone(),
        client_secret: oauth.client_secret,
        client_secret_expires: oauth.secret_expires.map(explain::day),
        tenant: oauth.tenant.clone(),
        authorize_url: oauth.endpoints.authorize.clone(),
        token_url: oauth.endpoints.token.clone(),
        device_url: oauth.endpoints.device.clone(),
        revoke_url: oauth.endpoints.revoke.clone(),
        connected: connection.is_some(),
        connected_as: connection.and_then(|c| c.who.clone()),
        connected_at: connection.map(|c| time(c.since)),
        renewed_at: connection.map(|c| time(c.renewed)),
        ends_at: connection.and_then(|c| c.expires).map(time),
    })
}

/// What is to be known of an account before it becomes a trouble.
#[must_use]
pub fn notices(row: &AccountRow, language: &str) -> Vec<String> {
    let mut notices = connection_notices(row, language);
    if notices.is_empty() {
        notices.extend(oddities(&row.account).into_iter().map(|odd| told(odd, &row.account, language)));
    }
    notices
}

/// What is odd about the settings of an account, in words.
fn told(odd: Oddity, account: &Account, language: &str) -> String {
    let label = |p: Option<&Provider>| p.map_or_else(String::new, |p| p.label.clone());
    let (key, provider, suggestion) = match odd {
        Oddity::Sender => ("notice_sender", label(provider::of(account)), String::new()),
        Oddity::OtherServer(own) => ("notice_other_server", label(Some(own)), own.host.clone()),
        Oddity::IncomingServer(outgoing) => ("notice_incoming_server", String::new(), outgoing),
        Oddity::IncomingPort => ("notice_incoming_port", String::new(), String::new()),
    };
    let named = [
        ("provider", provider),
        ("suggestion", suggestion),
        ("host", account.host.clone()),
        ("port", account.port.to_string()),
        ("user", account.user.clone()),
        ("from", account.from.address.to_string()),
    ];
    let named = named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Language::of(language).word(key, &named)
}

fn connection_notices(row: &AccountRow, language: &str) -> Vec<String> {
    let Some(oauth) = row.account.oauth.as_ref().filter(|_| row.account.sign_in == SignIn::OAuth) else {
        return vec![];
    };
    let words = Language::of(language);
    let Some(connection) = &row.connection else {
        return vec![words.word("notice_not_connected", &BTreeMap::new())];
    };
    let mut notices = Vec::new();
    if let Some(who) = differs(&row.account, connection) {
        let from = row.account.from.address.to_string();
        let named = BTreeMap::from([("who".to_owned(), who.to_owned()), ("from".to_owned(), from)]);
        notices.push(words.word("notice_other", &named));
    }
    if let Some((what, at)) = running_out(oauth, connection, clock::now()) {
        let key = match what {
            RunsOut::Connection => "notice_connection_ends",
            RunsOut::ClientSecret => "notice_secret_ends",
        };
        notices.push(words.word(key, &BTreeMap::from([("date".to_owned(), explain::day(at))])));
    }
    notices
}

/// How far connecting an account has come.
#[must_use]
pub fn connect(progress: Option<&Progress>) -> ConnectView {
    let nothing =
        ConnectView { state: "idle", url: None, page: None, code: None, until: None, problem: None };
    match progress {
        None => nothing,
        Some(Progress::Connected) => ConnectView { state: "connected", ..nothing },
        Some(Progress::Failed(problem)) => {
            ConnectView { state: "failed", problem: Some((**problem).clone()), ..nothing }
        }
        Some(Progress::Waiting(Invitation::Browser { url, until })) => {
            ConnectView { state: "waiting", url: Some(url.clone()), until: Some(time(*until)), ..nothing }
        }
        Some(Progress::Waiting(Invitation::Device { page, code, until })) => ConnectView {
            state: "waiting",
            page: Some(page.clone()),
            code: Some(code.clone()),
            until: Some(time(*until)),
            ..nothing
        },
    }
}

/// What became of a connection that was ended.
#[must_use]
pub fn disconnect(ended: &Disconnected) -> DisconnectView {
    DisconnectView { revoked: ended.revoked, page: ended.page }
}
