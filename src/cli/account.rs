//! `account`.

mod carry;
mod oauth;

use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::out::table;
use super::senders::Senders;
use super::{Context, read_file, runtime};
use crate::app::{AccountInput, App, Error, Kind, SecretInput, Trial, show};
use crate::domain::account::{Account as Settings, Encryption, SignIn};
use crate::domain::address::Mailbox;
use crate::domain::provider as providers;
use crate::domain::{EmailAddress, Invalid, Secret, fault};
use crate::store::{ChosenPace, SecretPlace};
use crate::wire::CarriesShape;
use crate::wire::views::{AccountDetailView, ExplanationView, TestStepView};

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
    /// Test an account step by step; values given here are not saved.
    Test(Test),
    /// Say which mails an account carries.
    ///
    /// Those that name no account themselves. What is given replaces what was; nothing given: none. A user
    /// counts before a channel, that before a kind, that before the default.
    Carry {
        /// Its name.
        #[arg(default_value = "default")]
        name: String,
        /// Mails of these users or tills; separated by commas.
        #[arg(long, value_delimiter = ',')]
        users: Vec<String>,
        /// Mails that came through these sales channels.
        #[arg(long, value_delimiter = ',')]
        channels: Vec<String>,
        /// Mails that carry these kinds of document, like invoice,receipt.
        #[arg(long, value_delimiter = ',')]
        kinds: Vec<String>,
        /// Mails for which nothing else is said.
        #[arg(long)]
        default: bool,
    },
    /// List the mail providers Tillpost knows, for --preset.
    Presets,
    /// See and change who an account may send as, and how each signs.
    #[command(subcommand)]
    Sender(Senders),
    /// Connect an account with its provider.
    ///
    /// In a browser on this computer, or with a code for any other device.
    Connect {
        /// Its name.
        #[arg(default_value = "default")]
        name: String,
        /// Show a code to enter on any other device, for a till without a browser.
        #[arg(long)]
        device: bool,
        /// Where to keep its token. Default: where the account's secrets are.
        #[arg(long, value_enum)]
        secret_place: Option<PlaceWord>,
    },
    /// End an account's connection.
    ///
    /// At the provider too, where it can be told.
    Disconnect {
        /// Its name.
        #[arg(default_value = "default")]
        name: String,
    },
    /// Use an account again that was switched off; its mails leave.
    Enable {
        /// Its name.
        #[arg(long, default_value = "default")]
        name: String,
    },
    /// Switch an account off; its mails wait.
    Disable {
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

/// What an account is made of. What is not given stays as it is saved.
#[derive(Debug, Args)]
struct Values {
    /// The account's name.
    #[arg(long, default_value = "default")]
    name: String,
    /// Take server, port and encryption from this provider (`account presets` lists them).
    #[arg(long, value_name = "ID")]
    preset: Option<String>,
    /// The mail server's name. Default: that of the provider of --from, where it is known.
    #[arg(long)]
    host: Option<String>,
    /// Its port. Default: the one that belongs to the encryption and the server.
    #[arg(long)]
    port: Option<u16>,
    /// How the connection is protected: ssl or tls (from the first byte, port 465), starttls (port 587), none.
    /// On port 587, which many providers call "TLS", ssl and tls mean starttls.
    #[arg(long, value_enum)]
    encryption: Option<EncryptionWord>,
    /// How to sign in. Default: with a password.
    #[arg(long, value_enum)]
    auth: Option<AuthWord>,
    /// The user name. Default: what the provider wants, mostly the sender's address.
    #[arg(long)]
    user: Option<String>,
    /// Read the password from the first line of standard input; with --auth oauth the app's client secret.
    #[arg(long, visible_alias = "client-secret-stdin")]
    password_stdin: bool,
    #[command(flatten)]
    oauth: oauth::AppValues,
    /// The sender, like "Shop <shop@example.com>".
    #[arg(long)]
    from: Option<String>,
    /// Where answers go, when not to the sender; separated by commas.
    #[arg(long, value_delimiter = ',')]
    reply_to: Option<Vec<String>>,
    /// A PEM file of certificate authorities to trust beside the system's own.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Trust exactly the certificate with this SHA-256 fingerprint, as `account test` shows it; "none" ends that.
    #[arg(long, value_name = "FINGERPRINT")]
    pin: Option<String>,
    /// Take the risk of an unencrypted connection to another machine, or of a password over one to this machine.
    #[arg(long)]
    allow_plaintext: bool,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    #[command(flatten)]
    values: Values,
    /// Where to keep the password: the keyring of the operating system, or, on a machine without one,
    /// an encrypted file whose key you provide (TILLPOST_KEY_FILE, or the systemd credential tillpost.key).
    #[arg(long, value_enum, default_value_t = PlaceWord::Keyring)]
    secret_place: PlaceWord,
    /// Mails to send in any minute at most; 0: as many as there are. Default: what the provider wants.
    #[arg(long, value_name = "N")]
    per_minute: Option<u32>,
    /// The same for any hour.
    #[arg(long, value_name = "N")]
    per_hour: Option<u32>,
    /// The same for any 24 hours.
    #[arg(long, value_name = "N")]
    per_day: Option<u32>,
}

#[derive(Debug, Args)]
pub(super) struct Test {
    #[command(flatten)]
    values: Values,
    /// Send a test mail to this address.
    #[arg(long)]
    to: Option<String>,
    /// The test mail's subject.
    #[arg(long)]
    subject: Option<String>,
    /// When offline, wait until the connection is back and test then.
    #[arg(long)]
    wait: bool,
    /// The language of the explanations, like de. Default: the setting `language`.
    #[arg(long)]
    language: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EncryptionWord {
    /// TLS from the first byte, usually port 465.
    #[value(alias = "ssl", alias = "ssl/tls", alias = "ssl-tls")]
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
    /// At the provider (Microsoft or Google), with an app registered there; then `account connect`.
    Oauth,
    /// Not at all.
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum PlaceWord {
    /// The operating system's keyring.
    Keyring,
    /// An encrypted file in the data folder.
    File,
}

impl From<PlaceWord> for SecretPlace {
    fn from(word: PlaceWord) -> Self {
        match word {
            PlaceWord::Keyring => Self::Keyring,
            PlaceWord::File => Self::File,
        }
    }
}

impl Account {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::List => list(context, &app)?,
            Self::Show { name } => one(context, &app, &name)?,
            Self::Set(set) => {
                let name = set.values.name.clone();
                let pace =
                    ChosenPace { per_minute: set.per_minute, per_hour: set.per_hour, per_day: set.per_day };
                let place = set.secret_place.into();
                let password = set.values.password()?;
                let account = set.values.over(&app, context)?;
                app.set_account(AccountInput {
                    account,
                    secret: password.map(|password| SecretInput { password, place }),
                })?;
                app.set_pace(&name, pace)?;
                one(context, &app, &name)?;
            }
            Self::Connect { name, device, secret_place } => {
                oauth::connect(context, &app, &name, device, secret_place.map(Into::into))?;
                one(context, &app, &name)?;
            }
            Self::Disconnect { name } => oauth::disconnect(context, &app, &name)?,
            Self::Test(test) => return test.run(context, &app),
            Self::Carry { name, users, channels, kinds, default } => {
                let shape = CarriesShape { default, users, channels, kinds };
                app.set_carries(&name, shape.to_carries()?)?;
                one(context, &app, &name)?;
            }
            Self::Presets => presets(context, &app)?,
            Self::Sender(senders) => senders.run(context, &app)?,
            Self::Enable { name } => {
                app.enable_account(&name, true)?;
                one(context, &app, &name)?;
            }
            Self::Disable { name } => {
                app.enable_account(&name, false)?;
                one(context, &app, &name)?;
            }
            Self::Remove { name } => {
                app.remove_account(&name)?;
                context.out.say(&format!("account {name} removed"));
            }
        }
        Ok(0)
    }
}

impl Values {
    fn password(&self) -> Result<Option<Secret>, Error> {
        self.password_stdin.then(password).transpose()
    }

    /// These values over those that are saved.
    fn over(self, app: &App, context: &Context) -> Result<Settings, Error> {
        let saved = app.accounts()?.into_iter().find(|row| row.account.name == self.name).map(|r| r.account);
        let from = match (&self.from, &saved) {
            (Some(from), _) => Mailbox::parse(from).map_err(|e| e.within("from"))?,
            (None, Some(saved)) => saved.from.clone(),
            (None, None) => return Err(missing("from", "Give --from \"Shop <shop@example.com>\"")),
        };
        let preset = match &self.preset {
            Some(id) => Some(providers::named(id).filter(|p| !p.host.is_empty()).ok_or_else(|| {
                Invalid::new(
                    "preset",
                    format!("there is no provider \"{id}\""),
                    "See `tillpost account presets`",
                )
            })?),
            None if self.host.is_none() && saved.is_none() => {
                providers::by_address(from.address.as_str()).filter(|p| !p.host.is_empty())
            }
            None => None,
        };
        let host = self.host.clone().or_else(|| preset.map(|p| p.host.clone()));
        let Some(host) = host.or_else(|| saved.as_ref().map(|s| s.host.clone())) else {
            return Err(missing(
                "host",
                "Give --host with the outgoing server, for example smtp.example.com",
            ));
        };
        let moved = saved.as_ref().is_none_or(|s| s.host != host);
        let (port, encryption) = self.pair(&host, saved.as_ref().filter(|_| !moved), context);
        let sign_in = match self.auth {
            Some(AuthWord::Password) => SignIn::Password,
            Some(AuthWord::Oauth) => SignIn::OAuth,
            Some(AuthWord::None) => SignIn::None,
            None => saved.as_ref().map_or(SignIn::Password, |s| s.sign_in),
        };
        let user = match (self.user, &saved) {
            (Some(user), _) => user,
            (None, Some(saved)) if saved.sign_in == sign_in => saved.user.clone(),
            _ if sign_in == SignIn::None => String::new(),
            _ => providers::by_host(&host)
                .map_or_else(|| from.address.to_string(), |p| p.user_for(from.address.as_str())),
        };
        let reply_to = match (&self.reply_to, &saved) {
            (Some(given), _) => given
                .iter()
                .filter(|text| !text.trim().is_empty())
                .map(|r| Mailbox::parse(r).map_err(|e| e.within("reply-to")))
                .collect::<Result<_, Invalid>>()?,
            (None, Some(saved)) => saved.reply_to.clone(),
            (None, None) => vec![],
        };
        let pin = match self.pin.as_deref() {
            Some("none") => None,
            Some(text) => Some(fault::fingerprint(text)?),
            None => saved.as_ref().filter(|_| !moved).and_then(|s| s.pin.clone()),
        };
        let ca_pem = match &self.ca_file {
            Some(path) => Some(ca_file(path)?),
            None => saved.as_ref().filter(|_| !moved).and_then(|s| s.ca_pem.clone()),
        };
        let allow_plaintext =
            self.allow_plaintext || saved.as_ref().is_some_and(|s| !moved && s.allow_plaintext);
        let oauth = match sign_in {
            SignIn::OAuth => {
                Some(self.oauth.over(saved.as_ref().and_then(|s| s.oauth.clone()), &host, &from)?)
            }
            _ => None,
        };
        let name = self.name;
        Ok(Settings {
            name,
            host,
            port,
            encryption,
            allow_plaintext,
            sign_in,
            user,
            from,
            reply_to,
            ca_pem,
            pin,
            oauth,
        })
    }

    /// Port and encryption as a pair; says what it set where a person gave only a part of it.
    fn pair(&self, host: &str, saved: Option<&Settings>, context: &Context) -> (u16, Encryption) {
        let usual = saved.map_or_else(|| providers::default_pair(host), |s| (s.port, s.encryption));
        let encryption = match self.encryption {
            Some(EncryptionWord::Tls) if self.port == Some(587) => {
                context.out.say("port 587 speaks STARTTLS, which some providers call TLS; the encryption is set to starttls");
                Encryption::StartTls
            }
            Some(EncryptionWord::Tls) => Encryption::Tls,
            Some(EncryptionWord::Starttls) => Encryption::StartTls,
            Some(EncryptionWord::None) => Encryption::None,
            None => match self.port {
                Some(465) => Encryption::Tls,
                Some(587) => Encryption::StartTls,
                _ => usual.1,
            },
        };
        let port = self.port.unwrap_or(match encryption {
            _ if encryption == usual.1 => usual.0,
            Encryption::Tls => 465,
            Encryption::StartTls => 587,
            Encryption::None => 25,
        });
        if (self.port.is_none() || self.encryption.is_none()) && saved.is_none() {
            context.out.say(&format!("port {port} with {} is set for {host}", encryption.word()));
        }
        (port, encryption)
    }
}

fn missing(path: &str, remedy: &str) -> Error {
    Invalid::new(path, "it is not given", remedy).into()
}

impl Test {
    fn run(self, context: &Context, app: &App) -> Result<u8, Error> {
        let to = self.to.as_deref().map(EmailAddress::parse).transpose().map_err(|e| e.within("to"))?;
        let language = self.language.map_or_else(|| app.setting("language"), Ok)?;
        let password = self.values.password()?;
        let trial = Trial {
            account: self.values.over(app, context)?,
            password,
            to,
            subject: self.subject,
            language,
            wait: self.wait,
        };
        let live = |step: &TestStepView| context.out.say(&step_line(step));
        let view = runtime()?.block_on(app.test_account(trial, live))?;
        context.out.show(&view, || {
            let mut lines: Vec<String> = Vec::new();
            if !view.message.is_empty() {
                lines.push(view.message.clone());
            }
            if let Some(problem) = &view.problem {
                lines.extend(explained(problem));
            }
            if lines.is_empty() {
                lines.push("it works".to_owned());
            }
            lines.join("\n")
        });
        Ok(if view.works { 0 } else { Kind::NotSent.exit_code() })
    }
}

fn step_line(step: &TestStepView) -> String {
    let sign = match step.state {
        "ok" => "ok ",
        "failed" => "BAD",
        "waiting" => "...",
        _ => " - ",
    };
    let mut line = format!("{sign}  {}", step.name);
    if !step.says.is_empty() {
        line.push_str(": ");
        line.push_str(&step.says);
    }
    if matches!(step.state, "ok" | "failed") {
        line.push_str(&format!("  ({} ms)", step.millis));
    }
    if let (Some(shown), "failed") = (&step.certificate, step.state) {
        line.push_str(&format!(
            "\n     its certificate: {}, signed by {}, from {} to {}\n     fingerprint {}",
            shown.names.join(", "),
            shown.issuer,
            shown.not_before,
            shown.not_after,
            shown.fingerprint
        ));
    }
    line
}

/// An explanation as lines for a person.
pub(super) fn explained(problem: &ExplanationView) -> Vec<String> {
    let mut lines = vec![problem.title.clone(), problem.detail.clone()];
    lines.extend(problem.steps.iter().enumerate().map(|(n, step)| format!("{}. {step}", n + 1)));
    lines
}

fn presets(context: &Context, app: &App) -> Result<(), Error> {
    let language = app.setting("language")?;
    let views: Vec<_> = providers::all()
        .iter()
        .filter(|p| !p.host.is_empty())
        .map(|p| show::provider(p, &language))
        .collect();
    context.out.show(&views, || {
        let rows: Vec<Vec<String>> = views
            .iter()
            .map(|p| {
                let server = format!("{}:{} {}", p.host, p.port, p.encryption);
                vec![p.id.clone(), p.label.clone(), server, p.hint.clone()]
            })
            .collect();
        table(&["ID", "NAME", "SERVER", "HINT"], &rows)
    });
    Ok(())
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
    let account = show::account_in(&app.account(name)?, &app.setting("language")?);
    let carries = CarriesShape::of(&app.carries(name)?);
    let detail = AccountDetailView { account, carries, pace: show::pace(&limits) };
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
        if let Some(oauth) = &view.oauth {
            lines.extend(oauth::lines(oauth, view.secret_place));
        }
        lines.extend(view.notices.iter().map(|notice| format!("note        {notice}")));
        if let Some(pin) = &view.pin {
            lines.push(format!("trusts only {pin}"));
        }
        lines.extend(carry::line(&detail.carries));
        lines.push(format!("pace        {limits}"));
        let off = if view.enabled { "" } else { "switched off, " };
        lines.push(format!("standing    {off}{} {}", view.standing, view.reason));
        if let Some(problem) = &view.problem {
            lines.extend(explained(problem));
        }
        lines.join("\n")
    });
    Ok(())
}
