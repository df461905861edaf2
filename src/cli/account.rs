//! `account`.

use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::out::table;
use super::{Context, read_file, runtime};
use crate::app::{AccountInput, App, Error, Kind, SecretInput, show};
use crate::domain::account::{Account as Settings, Encryption, SignIn};
use crate::domain::address::Mailbox;
use crate::domain::{Invalid, Secret};
use crate::store::{ChosenPace, SecretPlace};
use crate::wire::views::AccountDetailView;

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// List the accounts and how they stand.
    List,
    /// Show one account.
    Show {
        /// Its name.
        #[arg(long, default_value = "default")]
        name: String,
    },
    /// Set an account up, or change it.
    Set(Set),
    /// Connect and sign in, without sending anything.
    Test {
        /// Its name.
        #[arg(long, default_value = "default")]
        name: String,
    },
    /// Remove an account through which nothing was ever queued.
    Remove {
        /// Its name.
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// The account's name.
    #[arg(long, default_value = "default")]
    name: String,
    /// The mail server's name.
    #[arg(long)]
    host: String,
    /// Its port. Default: 465 for tls, 587 for starttls, 25 for none.
    #[arg(long)]
    port: Option<u16>,
    /// How the connection is protected.
    #[arg(long, value_enum, default_value_t = EncryptionWord::Tls)]
    encryption: EncryptionWord,
    /// How to sign in.
    #[arg(long, value_enum, default_value_t = AuthWord::Password)]
    auth: AuthWord,
    /// The user name. Default: the sender's address.
    #[arg(long)]
    user: Option<String>,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
    /// Where to keep the password: the keyring of the operating system, or, on a machine without one,
    /// an encrypted file whose key you provide (TILLPOST_KEY_FILE, or the systemd credential tillpost.key).
    #[arg(long, value_enum, default_value_t = PlaceWord::Keyring)]
    secret_place: PlaceWord,
    /// The sender, like "Shop <shop@example.com>".
    #[arg(long)]
    from: String,
    /// Where answers go, when not to the sender; separated by commas.
    #[arg(long, value_delimiter = ',')]
    reply_to: Vec<String>,
    /// A PEM file of certificate authorities to trust beside the system's own.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Mails to send in any minute at most; 0: as many as there are. Default: what the provider wants.
    #[arg(long, value_name = "N")]
    per_minute: Option<u32>,
    /// The same for any hour.
    #[arg(long, value_name = "N")]
    per_hour: Option<u32>,
    /// The same for any 24 hours.
    #[arg(long, value_name = "N")]
    per_day: Option<u32>,
    /// Take the risk of an unencrypted connection to another machine, or of a password over one to this machine.
    #[arg(long)]
    allow_plaintext: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EncryptionWord {
    /// TLS from the first byte, usually port 465.
    Tls,
    /// STARTTLS, required, usually port 587.
    Starttls,
    /// None at all.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AuthWord {
    /// With a password.
    Password,
    /// Not at all.
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PlaceWord {
    /// The operating system's keyring.
    Keyring,
    /// An encrypted file in the data folder.
    File,
}

impl Account {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::List => list(context, &app)?,
            Self::Show { name } => one(context, &app, &name)?,
            Self::Set(set) => {
                let name = set.name.clone();
                let pace =
                    ChosenPace { per_minute: set.per_minute, per_hour: set.per_hour, per_day: set.per_day };
                app.set_account(set.input()?)?;
                app.set_pace(&name, pace)?;
                one(context, &app, &name)?;
            }
            Self::Test { name } => return test(context, &app, &name),
            Self::Remove { name } => {
                app.remove_account(&name)?;
                context.out.say(&format!("account {name} removed"));
            }
        }
        Ok(0)
    }
}

impl Set {
    fn input(self) -> Result<AccountInput, Error> {
        let from = Mailbox::parse(&self.from).map_err(|e| e.within("from"))?;
        let reply_to = self
            .reply_to
            .iter()
            .map(|r| Mailbox::parse(r).map_err(|e| e.within("reply-to")))
            .collect::<Result<_, Invalid>>()?;
        let (encryption, usual_port) = match self.encryption {
            EncryptionWord::Tls => (Encryption::Tls, 465),
            EncryptionWord::Starttls => (Encryption::StartTls, 587),
            EncryptionWord::None => (Encryption::None, 25),
        };
        let sign_in = match self.auth {
            AuthWord::Password => SignIn::Password,
            AuthWord::None => SignIn::None,
        };
        let ca_pem = self.ca_file.as_deref().map(ca_file).transpose()?;
        let secret = if self.password_stdin {
            let place = match self.secret_place {
                PlaceWord::Keyring => SecretPlace::Keyring,
                PlaceWord::File => SecretPlace::File,
            };
            Some(SecretInput { password: password()?, place })
        } else {
            None
        };
        let user = match sign_in {
            SignIn::Password => self.user.unwrap_or_else(|| from.address.to_string()),
            SignIn::None => self.user.unwrap_or_default(),
        };
        Ok(AccountInput {
            account: Settings {
                name: self.name,
                host: self.host,
                port: self.port.unwrap_or(usual_port),
                encryption,
                allow_plaintext: self.allow_plaintext,
                sign_in,
                user,
                from,
                reply_to,
                ca_pem,
            },
            secret,
        })
    }
}

fn ca_file(path: &std::path::Path) -> Result<String, Error> {
    let bytes = read_file(path, 1024 * 1024)?;
    let text = String::from_utf8(bytes).ok().filter(|t| t.contains("-----BEGIN CERTIFICATE-----"));
    text.ok_or_else(|| {
        Invalid::new(
            "ca-file",
            format!("{} holds no certificate in PEM form", path.display()),
            "Export it as PEM",
        )
        .into()
    })
}

fn password() -> Result<Secret, Error> {
    let mut text = String::new();
    std::io::stdin().take(64 * 1024).read_to_string(&mut text).map_err(|e| {
        Error::new(Kind::BadInput, format!("The password cannot be read from standard input: {e}."))
    })?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(
            Invalid::new("password", "standard input was empty", "Pipe the password in: one line").into()
        );
    }
    Ok(Secret::new(line.to_owned()))
}

fn list(context: &Context, app: &App) -> Result<(), Error> {
    let accounts = app.accounts()?;
    let views: Vec<_> = accounts.iter().map(show::account).collect();
    context.out.show(&views, || {
        if views.is_empty() {
            return "no accounts; set one up with `tillpost account set`".to_owned();
        }
        let rows: Vec<Vec<String>> = views
            .iter()
            .map(|a| {
                let server = format!("{}:{} {}", a.host, a.port, a.encryption);
                vec![a.name.clone(), server, a.from.clone(), a.standing.to_owned(), a.reason.clone()]
            })
            .collect();
        table(&["NAME", "SERVER", "FROM", "STANDING", "REASON"], &rows)
    });
    Ok(())
}

fn one(context: &Context, app: &App, name: &str) -> Result<(), Error> {
    let limits = app.limits(name)?;
    let detail = AccountDetailView { account: show::account(&app.account(name)?), pace: show::pace(&limits) };
    context.out.show(&detail, || {
        let view = &detail.account;
        let mut lines = vec![
            format!("account     {}", view.name),
            format!("server      {}:{} ({})", view.host, view.port, view.encryption),
            format!("sign-in     {} {}", view.auth, view.user),
            format!("from        {}", view.from),
        ];
        if !view.reply_to.is_empty() {
            lines.push(format!("reply to    {}", view.reply_to.join(", ")));
        }
        if view.auth == "password" {
            lines.push(format!("password in {}", view.secret_place));
        }
        lines.push(format!("pace        {limits}"));
        lines.push(format!("standing    {} {}", view.standing, view.reason));
        lines.join("\n")
    });
    Ok(())
}

fn test(context: &Context, app: &App, name: &str) -> Result<u8, Error> {
    let report = runtime()?.block_on(app.test_account(name))?;
    let view = serde_json::json!({
        "works": report.problem.is_none(), "problem": report.problem, "server": report.capabilities,
    });
    context.out.show(&view, || match &report.problem {
        None => format!("account {name} works\nthe server offers: {}", report.capabilities),
        Some(problem) => format!("account {name} does not work: {problem}"),
    });
    Ok(if report.problem.is_none() { 0 } else { Kind::NotSent.exit_code() })
}
