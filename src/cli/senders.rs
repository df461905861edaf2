//! `account sender`.

use std::path::PathBuf;

use clap::Subcommand;

use super::out::table;
use super::{Context, read_file};
use crate::app::{App, Error, Kind, show};
use crate::domain::address::Mailbox;
use crate::store::SenderRow;
use crate::wire::SenderRequest;
use crate::wire::views::SenderView;

/// The largest file of a signature.
const LARGEST: u64 = 8 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum Senders {
    /// List who the account may send as beside its own sender.
    List {
        /// The account's name.
        #[arg(long, default_value = "default")]
        name: String,
    },
    /// Let the account send as somebody, or change how they (or its own sender) sign and where answers go.
    ///
    /// What is not given stays as it is.
    Set {
        /// Name and address, like "Ben <ben@example.com>".
        from: String,
        /// How they sign, below every mail; an empty text removes it.
        #[arg(long, conflicts_with = "signature_file")]
        signature: Option<String>,
        /// A file with it; `-` reads standard input.
        #[arg(long, value_name = "FILE")]
        signature_file: Option<PathBuf>,
        /// Where answers to their mails go, when elsewhere than the account's; several with commas, or repeated.
        /// An empty text: to the account's again.
        #[arg(long, value_name = "ADDRESS")]
        reply_to: Option<Vec<String>>,
        /// The account's name.
        #[arg(long, default_value = "default")]
        name: String,
    },
    /// Let the account send as somebody no longer, or forget how its own sender signs.
    Remove {
        /// The address.
        address: String,
        /// The account's name.
        #[arg(long, default_value = "default")]
        name: String,
    },
}

impl Senders {
    pub(super) fn run(self, context: &Context, app: &App) -> Result<(), Error> {
        match self {
            Self::List { name } => {
                let views: Vec<_> = app.senders(&name)?.iter().map(show::sender).collect();
                context.out.show(&views, || {
                    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
                    let row =
                        |v: &SenderView| vec![v.from.clone(), first(&v.signature), v.reply_to.join(", ")];
                    table(&["SENDER", "SIGNATURE", "ANSWERS TO"], &views.iter().map(row).collect::<Vec<_>>())
                });
            }
            Self::Set { from, signature, signature_file, reply_to, name } => {
                let signature = match signature_file {
                    None => signature,
                    Some(file) => Some(String::from_utf8(read_file(&file, LARGEST)?).map_err(|_| {
                        Error::new(Kind::BadInput, format!("{} is not text in UTF-8.", file.display()))
                    })?),
                };
                let request = over(app.senders(&name)?, &from, signature, reply_to)?;
                let row = app.set_sender(&name, &request)?;
                context.out.show(&show::sender(&row), || format!("{name} may send as {}", row.mailbox));
            }
            Self::Remove { address, name } => {
                app.remove_sender(&name, &address)?;
                context.out.say(&format!("{address} is removed"));
            }
        }
        Ok(())
    }
}

/// What is given over what is saved of this sender.
fn over(
    saved: Vec<SenderRow>,
    from: &str,
    signature: Option<String>,
    reply_to: Option<Vec<String>>,
) -> Result<SenderRequest, Error> {
    let mut from = Mailbox::parse(from).map_err(|e| e.within("from"))?;
    let saved = saved.into_iter().find(|row| row.mailbox.address == from.address);
    let (name, saved_signature, saved_reply_to) =
        saved.map(|row| (row.mailbox.name, row.signature, row.reply_to)).unwrap_or_default();
    from.name = from.name.or(name);
    let reply_to = match reply_to {
        Some(given) => given.into_iter().filter(|text| !text.trim().is_empty()).collect(),
        None => saved_reply_to.iter().map(ToString::to_string).collect(),
    };
    Ok(SenderRequest { from: from.to_string(), signature: signature.unwrap_or(saved_signature), reply_to })
}
