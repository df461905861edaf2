//! `contacts`.

use clap::Subcommand;

use super::Context;
use super::out::table;
use crate::app::{App, Error, clock, show};
use crate::domain::document::EInvoice;

/// The most contacts a search shows.
const MOST_FOUND: u32 = 20;
/// The most contacts a list shows.
const MOST_LISTED: u32 = 100_000;

#[derive(Debug, Subcommand)]
pub(super) enum Contacts {
    /// List all contacts, the often used first.
    List,
    /// Find contacts by a part of their name or address.
    Search {
        /// The part.
        text: String,
    },
    /// Write a contact by hand, like "Anna Kowalska <anna@example.com>".
    Add {
        /// The contact.
        contact: String,
    },
    /// Set the form of e-invoice a customer wants.
    EInvoice {
        /// The customer's address.
        address: String,
        /// The form; `shop` is what the shop's setting says.
        #[arg(value_parser = ["shop", "none", "factur_x", "xrechnung", "xrechnung_cii", "peppol"])]
        form: String,
    },
    /// Let no mail go to an address or a domain (@example.com), not even those that wait.
    Disable {
        /// The address, or @ and the domain.
        pattern: String,
        /// Why; shown to who tries to send there.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Allow a disabled address or domain again.
    Enable {
        /// The address, or @ and the domain.
        pattern: String,
    },
    /// List the disabled addresses and domains.
    Disabled,
    /// Remove an address from the book.
    Forget {
        /// The address.
        address: String,
    },
}

impl Contacts {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::List => list(context, &app, "", MOST_LISTED)?,
            Self::Search { text } => list(context, &app, &text, MOST_FOUND)?,
            Self::Add { contact } => {
                app.add_contact(&contact)?;
                context.out.say(&format!("{contact} is in the address book"));
            }
            Self::EInvoice { address, form } => {
                app.set_e_invoice(&address, EInvoice::from_word(&form))?;
                context.out.say(&format!("{address} gets e-invoices of the form: {form}"));
            }
            Self::Disable { pattern, reason } => {
                let waiting = app.disable(&pattern, &reason)?;
                context.out.say(&format!("{pattern} is disabled"));
                if waiting > 0 {
                    context
                        .out
                        .say(&format!("{waiting} waiting mails name somebody disabled; they get none"));
                }
            }
            Self::Enable { pattern } => {
                app.enable(&pattern)?;
                context.out.say(&format!("{pattern} is allowed again"));
            }
            Self::Disabled => {
                let rows = app.disabled()?;
                let views: Vec<_> = rows.iter().map(show::disabled).collect();
                context.out.show(&views, || {
                    let lines = views.iter().map(|v| vec![v.pattern.clone(), v.reason.clone()]);
                    table(&["DISABLED", "REASON"], &lines.collect::<Vec<_>>())
                });
            }
            Self::Forget { address } => {
                app.forget_contact(&address)?;
                context.out.say(&format!("{address} is forgotten"));
            }
        }
        Ok(0)
    }
}

fn list(context: &Context, app: &App, text: &str, most: u32) -> Result<(), Error> {
    let contacts = app.contacts(text, most)?;
    let views: Vec<_> = contacts.iter().map(show::contact).collect();
    context.out.show(&views, || {
        if contacts.is_empty() {
            return "no contacts".to_owned();
        }
        let rows: Vec<Vec<String>> = contacts
            .iter()
            .map(|c| {
                let used =
                    c.last_used.map(|at| clock::local(at).format("%Y-%m-%d").to_string()).unwrap_or_default();
                vec![c.address.clone(), c.name.clone().unwrap_or_default(), c.uses.to_string(), used]
            })
            .collect();
        table(&["ADDRESS", "NAME", "SENT", "LAST"], &rows)
    });
    Ok(())
}
