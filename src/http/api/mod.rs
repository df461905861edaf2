//! The endpoints, one file a noun.

mod access;
mod account_tests;
mod accounts;
mod channels;
mod contacts;
mod documents;
mod drafts;
mod events;
mod export;
mod forms;
mod integrations;
mod mails;
mod people;
mod queue;
mod senders;
mod settings;
mod shop;
mod status;
mod system;
mod templates;
mod webhooks;

use super::endpoint::Endpoint;

/// The nouns in the order in which they are described.
pub(super) const GROUPS: &[(&str, &str)] = &[
    ("status", "How things stand, and what has changed."),
    ("documents", "Invoices, job cards and the other papers of a shop: issue, find, draw."),
    ("forms", "Papers that are being written on a screen."),
    ("mails", "Mails in the queue and mails that have left."),
    ("drafts", "Mails that are being written."),
    ("queue", "The queue as a whole."),
    ("contacts", "The address book."),
    ("recipients", "Recipients before sending, own copies, and who gets no mail."),
    ("templates", "What mails say."),
    ("accounts", "The shop's mail accounts."),
    ("channels", "The places documents come from, each with its rules for mail and accounts."),
    ("integrations", "The shop's accounts elsewhere, and the sales on their way there."),
    ("settings", "How Tillpost behaves."),
    ("shop", "The shop's own details."),
    ("access", "Who gets in, and how: API passwords, one-time links, PINs, sessions."),
    ("webhooks", "Other programs are told what happens."),
    ("system", "The outbox folder, the checks and the copies."),
];

/// All endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        status::endpoints(),
        events::endpoints(),
        documents::endpoints(),
        export::endpoints(),
        forms::endpoints(),
        mails::endpoints(),
        drafts::endpoints(),
        queue::endpoints(),
        contacts::endpoints(),
        people::endpoints(),
        templates::endpoints(),
        accounts::endpoints(),
        senders::endpoints(),
        account_tests::endpoints(),
        channels::endpoints(),
        integrations::endpoints(),
        settings::endpoints(),
        shop::endpoints(),
        access::endpoints(),
        webhooks::endpoints(),
        system::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
