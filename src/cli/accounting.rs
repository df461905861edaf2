//! `accounting`: the shop's accounts elsewhere, and what is posted there.

use std::io::Read;

use clap::{Args, Subcommand};

use super::out::table;
use super::{Context, runtime};
use crate::app::{App, Error, Kind, show};
use crate::domain::{Invalid, Secret};
use crate::wire::views::{ChoiceView, ChoicesView, IntegrationView, PostingView, RemoteLoginView};
use crate::wire::{IntegrationRequest, PlaceWord};

/// Postings that are read at once.
const PAGE: u32 = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum Accounting {
    /// List the profiles and how they stand.
    List,
    /// Add a profile, or change it; then test it.
    Add(Add),
    /// Sign in and fetch what channels can choose from.
    Test {
        /// The profile.
        name: String,
    },
    /// List what channels can choose from, as it was fetched last.
    Choices {
        /// The profile.
        name: String,
    },
    /// Let the accounting system add this machine's internet address to those it lets in.
    ///
    /// The key stands in its API settings; it is read from the first line of standard input and not kept.
    AllowAddress {
        /// The profile.
        name: String,
    },
    /// Print an address that opens the accounts in a browser without signing in.
    ///
    /// Whoever has it is in.
    RemoteLogin {
        /// The profile.
        name: String,
    },
    /// Use a profile again that was switched off; its postings go on.
    Enable {
        /// The profile.
        name: String,
    },
    /// Switch a profile off; its postings wait.
    Disable {
        /// The profile.
        name: String,
    },
    /// Remove a profile and its password; what was posted stays on record.
    Remove {
        /// The profile.
        name: String,
    },
    /// List the sales that are not in the books.
    Postings {
        /// Also those that are, and those that were given up.
        #[arg(long)]
        all: bool,
    },
    /// Try a sale again that was refused or waits.
    Retry {
        /// Its number in `postings`.
        id: i64,
    },
    /// Do not post a sale that waits or was refused; one in doubt is left as it is.
    Cancel {
        /// Its number in `postings`.
        id: i64,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// The name of the profile.
    name: String,
    /// The package.
    #[arg(long, default_value = "kashflow")]
    package: String,
    /// The user name there.
    #[arg(long)]
    user: String,
    /// Read the password from the first line of standard input: the API password, where there is one.
    #[arg(long)]
    password_stdin: bool,
    /// Keep the password in the encrypted file and not in the keyring.
    #[arg(long)]
    secret_in_file: bool,
    /// Where it answers, when not at the package's own address; an empty text: there again.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

impl Accounting {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::List => {
                let views: Vec<IntegrationView> =
                    app.integrations()?.iter().map(|row| show::integration(row, "en")).collect();
                context.out.show(&views, || profiles(&views));
            }
            Self::Add(add) => {
                let name = add.name.clone();
                app.set_integration(&name, add.request(&app)?)?;
                context.out.show(&show::integration(&app.integration(&name)?, "en"), || {
                    format!("profile {name} is set up; try it with: tillpost accounting test {name}")
                });
            }
            Self::Test { name } => {
                let lists = runtime()?.block_on(app.test_integration(&name))?;
                let view = show::choices(&lists);
                context.out.show(&view, || {
                    format!("signed in to the books of {}\n{}", view.company, choices(&view))
                });
            }
            Self::Choices { name } => {
                let view = show::choices(&app.lists(&name)?);
                context.out.show(&view, || choices(&view));
            }
            Self::AllowAddress { name } => {
                let key = typed("key")?;
                runtime()?.block_on(app.allow_this_address(&name, &key))?;
                context.out.say("the accounting system lets this address in now");
            }
            Self::RemoteLogin { name } => {
                let view = RemoteLoginView { url: runtime()?.block_on(app.remote_login(&name))? };
                context.out.show(&view, || view.url.clone());
            }
            Self::Enable { name } => app.enable_integration(&name, true)?,
            Self::Disable { name } => app.enable_integration(&name, false)?,
            Self::Remove { name } => {
                app.remove_integration(&name)?;
                context.out.say(&format!("profile {name} removed"));
            }
            Self::Postings { all } => list(context, &app, all)?,
            Self::Retry { id } => {
                let view = show::posting(&app.retry_posting(id)?, "en");
                context.out.show(&view, || format!("posting {id} is tried again"));
            }
            Self::Cancel { id } => {
                let view = show::posting(&app.cancel_posting(id)?, "en");
                context.out.show(&view, || format!("posting {id} is {}", view.state));
            }
        }
        Ok(0)
    }
}

fn list(context: &Context, app: &App, all: bool) -> Result<(), Error> {
    let (mut views, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = app.postings(all, after.as_deref(), PAGE)?;
        views.extend(page.items.iter().map(|row| show::posting(row, "en")));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    context.out.show(&views, || {
        let row = |p: &PostingView| {
            let invoice = p.invoice.map(|n| n.to_string()).unwrap_or_default();
            vec![
                p.id.to_string(),
                p.document.clone(),
                p.channel.clone(),
                p.integration.clone(),
                p.state.to_owned(),
                invoice,
                p.reason.clone(),
            ]
        };
        let rows: Vec<Vec<String>> = views.iter().map(row).collect();
        table(&["ID", "DOCUMENT", "CHANNEL", "PROFILE", "STATE", "INVOICE THERE", "WHY"], &rows)
    });
    Ok(())
}

fn profiles(views: &[IntegrationView]) -> String {
    let row = |v: &IntegrationView| {
        let standing = if v.enabled { v.standing } else { "off" };
        vec![v.name.clone(), v.package.clone(), v.company.clone(), standing.to_owned(), v.reason.clone()]
    };
    table(&["PROFILE", "PACKAGE", "COMPANY", "STANDING", "WHY"], &views.iter().map(row).collect::<Vec<_>>())
}

fn choices(view: &ChoicesView) -> String {
    let rows = |what: &'static str, list: &[ChoiceView]| {
        list.iter().map(|c| vec![what.to_owned(), c.id.to_string(), c.name.clone()]).collect::<Vec<_>>()
    };
    let mut all = rows("customer source", &view.customer_sources);
    all.extend(rows("payment method", &view.payment_methods));
    all.extend(rows("bank account", &view.bank_accounts));
    table(&["LIST", "ID", "NAME"], &all)
}

impl Add {
    /// What is given; an address that is not given stays as it is saved.
    fn request(self, app: &App) -> Result<IntegrationRequest, Error> {
        let saved = app.integrations()?.into_iter().find(|row| row.name == self.name);
        let saved = saved.filter(|row| row.package == self.package).map(|row| row.endpoint);
        let password = self.password_stdin.then(|| typed("password")).transpose()?;
        Ok(IntegrationRequest {
            package: self.package,
            user: self.user,
            password: password.map(|p| p.expose().to_owned()),
            endpoint: self.endpoint.or(saved).filter(|url| !url.is_empty()),
            secret_place: self.secret_in_file.then_some(PlaceWord::File),
        })
    }
}

/// A secret from the first line of standard input: arguments stand in the process list.
fn typed(what: &str) -> Result<Secret, Error> {
    let mut text = String::new();
    std::io::stdin()
        .take(2000)
        .read_to_string(&mut text)
        .map_err(|e| Error::new(Kind::BadInput, format!("The {what} cannot be read: {e}.")))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err(Invalid::new(what, "none was given", "Write it on standard input").into()),
    }
}
