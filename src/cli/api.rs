//! `api`: who may get in, and the API's description.

use std::io::Read;
use std::net::SocketAddr;

use clap::{Subcommand, ValueEnum};

use super::Context;
use super::out::table;
use crate::app::{App, Error, Kind, clock, serving_at, show};
use crate::domain::access::{Role, Scope};
use crate::domain::{Invalid, Secret};
use crate::http;
use crate::wire::views::{NewPasswordView, NewWebhookView, WebhookView};
use crate::wire::{PlaceWord, WebhookRequest};

#[derive(Debug, Subcommand)]
pub(super) enum Api {
    /// Show who may get in, and how.
    Show,
    /// Make, list and revoke the passwords other programs use.
    #[command(subcommand)]
    Password(Password),
    /// Tell other programs what happens.
    #[command(subcommand)]
    Webhook(Webhook),
    /// Make a one-time link that opens the screens of the running service in a browser.
    Link {
        /// Who gets in by it.
        #[arg(long, value_enum, default_value_t = RoleWord::Owner)]
        role: RoleWord,
        /// The page it opens.
        #[arg(long, default_value = "/")]
        path: String,
    },
    /// Sign everybody out at the screens, and take back the one-time links nobody used yet.
    SignOut,
    /// Set or remove the PIN with which people sign in at the screens.
    Pin {
        /// Whose.
        role: RoleWord,
        /// Remove it.
        #[arg(long)]
        remove: bool,
    },
    /// Print the OpenAPI 3.1 description.
    Openapi,
}

#[derive(Debug, Subcommand)]
pub(super) enum Password {
    /// Make a password; it is printed this once and kept nowhere.
    Add {
        /// The program that will use it.
        name: String,
        /// What it allows.
        #[arg(long, value_enum, default_value_t = ScopeWord::Send)]
        scope: ScopeWord,
    },
    /// List the passwords, without the passwords.
    List,
    /// Take a password back: the next request with it is refused, and whoever came in by its links is signed out.
    Revoke {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Webhook {
    /// Set a webhook up; the secret with which it is signed to is printed this once.
    Add {
        /// Where to: https, or http on this machine.
        url: String,
        /// Which events, separated by commas; left out, all.
        #[arg(long, value_delimiter = ',')]
        events: Vec<String>,
        /// Keep the secret in the encrypted file and not in the keyring.
        #[arg(long)]
        secret_in_file: bool,
    },
    /// List the webhooks and what they have not been told yet.
    List,
    /// Queue an event that says nothing, to try a webhook out.
    Test {
        /// Its id.
        id: uuid::Uuid,
    },
    /// Remove a webhook and what it has not been told.
    Remove {
        /// Its id.
        id: uuid::Uuid,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ScopeWord {
    /// See documents, mails and the address book.
    Read,
    /// Also issue documents and send mails.
    Send,
    /// Also change accounts, settings and who may get in.
    Manage,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RoleWord {
    /// Anybody who works in the shop.
    Staff,
    /// Who may change settings.
    Owner,
}

impl RoleWord {
    fn role(self) -> Role {
        match self {
            Self::Staff => Role::Staff,
            Self::Owner => Role::Owner,
        }
    }
}

impl Api {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        match self {
            Self::Openapi => {
                let description = http::description();
                // JSON in either form: there is no other.
                let text = serde_json::to_string_pretty(&description).unwrap_or_default();
                context.out.show(&description, || text);
            }
            Self::Show => overview(context, &context.app()?)?,
            Self::Password(password) => password.run(context)?,
            Self::Webhook(webhook) => webhook.run(context)?,
            Self::Link { role, path } => link(context, role.role(), &path)?,
            Self::SignOut => {
                let ended = context.app()?.end_all_sessions(None)?;
                context.out.show(&serde_json::json!({ "ended": ended }), || match ended {
                    1 => "1 session is ended".to_owned(),
                    n => format!("{n} sessions are ended"),
                });
            }
            Self::Pin { role, remove } => {
                let pin = if remove { None } else { Some(typed_pin()?) };
                context.app()?.set_pin(role.role(), pin.as_ref())?;
                let what = if remove { "removed" } else { "set" };
                context.out.say(&format!("the PIN for {} is {what}", role.role().word()));
            }
        }
        Ok(0)
    }
}

impl Password {
    fn run(self, context: &Context) -> Result<(), Error> {
        let app = context.app()?;
        match self {
            Self::Add { name, scope } => {
                let scope = match scope {
                    ScopeWord::Read => Scope::Read,
                    ScopeWord::Send => Scope::Send,
                    ScopeWord::Manage => Scope::Manage,
                };
                let made = app.make_api_password(&name, scope)?;
                let view = NewPasswordView {
                    password: made.text.expose().to_owned(),
                    kept: show::password(&made.row),
                };
                context.out.show(&view, || made.text.expose().to_owned());
            }
            Self::List => {
                let views: Vec<_> = app.api_passwords()?.iter().map(show::password).collect();
                context.out.show(&views, || {
                    let rows: Vec<Vec<String>> = views
                        .iter()
                        .map(|p| {
                            let used = p.last_used_at.clone().unwrap_or_else(|| "never".into());
                            vec![p.name.clone(), p.scope.into(), format!("...{}", p.ending), used]
                        })
                        .collect();
                    table(&["NAME", "SCOPE", "ENDS IN", "LAST USED"], &rows)
                });
            }
            Self::Revoke { name } => {
                app.revoke_api_password(&name)?;
                context.out.say(&format!("the password of {name} is revoked"));
            }
        }
        Ok(())
    }
}

impl Webhook {
    fn run(self, context: &Context) -> Result<(), Error> {
        let app = context.app()?;
        match self {
            Self::Add { url, events, secret_in_file } => {
                let secret_place = secret_in_file.then_some(PlaceWord::File);
                let (row, secret) = app.add_webhook(&WebhookRequest { url, events, secret_place })?;
                let view = NewWebhookView { secret: secret.expose().to_owned(), kept: show::webhook(&row) };
                context.out.show(&view, || format!("{}\n{}", view.kept.id, view.secret));
            }
            Self::List => {
                let views: Vec<_> = app.webhooks()?.iter().map(show::webhook).collect();
                context.out.show(&views, || {
                    let row = |w: &WebhookView| {
                        let problem = w.problem.clone().unwrap_or_default();
                        vec![w.id.clone(), w.url.clone(), w.waiting.to_string(), problem]
                    };
                    table(&["ID", "URL", "WAITING", "PROBLEM"], &views.iter().map(row).collect::<Vec<_>>())
                });
            }
            Self::Test { id } => {
                app.test_webhook(id)?;
                context.out.say("a test event is queued; the running service sends it");
            }
            Self::Remove { id } => {
                app.remove_webhook(id)?;
                context.out.say(&format!("webhook {id} removed"));
            }
        }
        Ok(())
    }
}

fn overview(context: &Context, app: &App) -> Result<(), Error> {
    let view = show::access(app, serving_at(app.data())?.into_iter().collect(), None)?;
    context.out.show(&view, || {
        let yes = |on: bool| if on { "yes" } else { "no" }.to_owned();
        let list =
            |items: &[String], none: &str| if items.is_empty() { none.to_owned() } else { items.join(", ") };
        let rows = vec![
            vec!["Enabled".into(), yes(view.enabled)],
            vec!["Remote login".into(), yes(view.remote_login)],
            vec!["Restrict access".into(), list(&view.restrict_access, "no")],
            vec!["Web origins".into(), list(&view.web_origins, "none")],
            vec!["Passwords".into(), view.passwords.len().to_string()],
            vec!["Answers at".into(), list(&view.listening, "nothing is running")],
            vec!["PIN for staff".into(), yes(view.staff_pin)],
            vec!["PIN for the owner".into(), yes(view.owner_pin)],
        ];
        table(&["ACCESS", ""], &rows)
    });
    Ok(())
}

fn link(context: &Context, role: Role, path: &str) -> Result<(), Error> {
    let app = context.app()?;
    let base = serving_at(app.data())?.ok_or_else(|| {
        Error::new(Kind::NotFound, "Nothing answers on this data folder. Start `tillpost serve` first.")
    })?;
    let made = app.make_own_link(role, path)?;
    let url = format!("{base}/login/{}", made.token.expose());
    let until = clock::local(made.until).format("%H:%M:%S").to_string();
    context.out.show(&serde_json::json!({ "url": url, "until": show::time(made.until) }), || {
        format!("{url}\nIt works once, until {until}.")
    });
    Ok(())
}

/// The PIN from the first line of standard input: arguments stand in the process list.
fn typed_pin() -> Result<Secret, Error> {
    let mut text = String::new();
    std::io::stdin()
        .take(200)
        .read_to_string(&mut text)
        .map_err(|e| Error::new(Kind::BadInput, format!("The PIN cannot be read: {e}.")))?;
    match text.lines().next().map(str::trim) {
        Some(pin) if !pin.is_empty() => Ok(Secret::new(pin)),
        _ => Err(Invalid::new("pin", "none was given", "Write it on standard input").into()),
    }
}

/// The address of a listener as other programs write it.
pub(super) fn base(scheme: &str, address: SocketAddr) -> String {
    // Listening everywhere, this machine is the place its own programs ask.
    let ip = address.ip();
    let ip = match ip {
        std::net::IpAddr::V4(v4) if v4.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(v6) if v6.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}
