//! Channels, accounting profiles and postings, shown.

use super::time;
use crate::accounting::Package;
use crate::app::{Error, Kind, kept_in};
use crate::domain::account::Standing;
use crate::domain::mail::State;
use crate::domain::posting::{Choice, Lists};
use crate::domain::say;
use crate::store::{ChannelRow, IntegrationRow, PostingRow};
use crate::wire::ChannelRequest;
use crate::wire::views::{ChannelView, ChoiceView, ChoicesView, IntegrationView, PackageView, PostingView};

/// A channel.
#[must_use]
pub fn channel(row: &ChannelRow) -> ChannelView {
    ChannelView { name: row.name.clone(), settings: channel_settings(row) }
}

/// A channel as it would be set up.
#[must_use]
pub fn channel_settings(row: &ChannelRow) -> ChannelRequest {
    ChannelRequest {
        mail: Some(row.mail),
        account: row.account.clone(),
        template: row.template.clone(),
        subject: row.subject.clone(),
        text: row.text.clone(),
        copies: row.copies.clone(),
        folder: row.folder.clone(),
        integration: row.integration.clone(),
        export_orders: row.export_orders,
        customer_source: row.choices.customer_source,
        payment_method: row.choices.payment_method,
        bank_account: row.choices.bank_account,
    }
}

/// An accounting profile, without its password, its trouble in this language.
#[must_use]
pub fn integration(row: &IntegrationRow, language: &str) -> IntegrationView {
    let waits = matches!(row.breaker.standing, Standing::Offline | Standing::Busy | Standing::Throttled);
    IntegrationView {
        name: row.name.clone(),
        kind: "accounts",
        package: row.package.clone(),
        title: Package::named(&row.package).map_or("", Package::title),
        endpoint: row.endpoint.clone(),
        user: row.user.clone(),
        secret_place: row.place.word(),
        enabled: row.enabled,
        company: row.company.clone(),
        standing: row.breaker.standing.word(),
        reason: kept_in(&row.breaker.reason, language),
        next_try_at: waits.then(|| time(row.breaker.next_try)),
        contact_at: row.contact.map(time),
        listed_at: row.listed.map(time),
    }
}

/// The packages profiles can be of.
#[must_use]
pub fn packages() -> Vec<PackageView> {
    let view = |p: Package| PackageView { id: p.word(), title: p.title(), kind: "accounts" };
    Package::ALL.map(view).to_vec()
}

/// What channels can choose from.
#[must_use]
pub fn choices(lists: &Lists) -> ChoicesView {
    let views = |list: &[Choice]| {
        list.iter().map(|c| ChoiceView { id: c.id, name: c.name.clone() }).collect::<Vec<_>>()
    };
    ChoicesView {
        company: lists.company.clone(),
        customer_sources: views(&lists.customer_sources),
        payment_methods: views(&lists.payment_methods),
        bank_accounts: views(&lists.bank_accounts),
    }
}

/// A sale on its way into the books, what became of it in this language.
#[must_use]
pub fn posting(row: &PostingRow, language: &str) -> PostingView {
    let waits = matches!(row.state, State::Waiting | State::Deferred | State::Uncertain);
    PostingView {
        id: row.id,
        kind: row.kind.clone(),
        document: row.number.clone(),
        channel: row.channel.clone(),
        integration: row.profile.clone(),
        state: row.state.word(),
        reason: kept_in(&row.reason, language),
        reference: row.reference.clone(),
        customer: row.done.customer,
        invoice: row.done.invoice,
        file: row.done.file.is_some_and(|file| file > 0),
        payment: row.done.payment,
        tries: row.tries,
        next_try_at: waits.then(|| time(row.next)),
        created_at: time(row.created),
    }
}

/// The id of the entry of a list that a person names by its id or its name.
///
/// # Errors
/// [`Kind::BadInput`] names the list and what is in it.
pub fn chosen(list: &[Choice], what: &str, named: &str) -> Result<i64, Error> {
    let by_id = named.parse::<i64>().ok().filter(|id| list.iter().any(|c| c.id == *id));
    let by_name = || list.iter().find(|c| c.name.eq_ignore_ascii_case(named)).map(|c| c.id);
    by_id.or_else(by_name).ok_or_else(|| {
        let known: Vec<String> = list.iter().map(|c| format!("{} ({})", c.name, c.id)).collect();
        Error::new(
            Kind::BadInput,
            say!(
                "{what}: \"{named}\" is not in the list. There are: {known}.",
                what,
                named,
                known = known.join(", ")
            ),
        )
    })
}
