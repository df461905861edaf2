//! `account`.

mod carry;
mod oauth;
mod values;

use clap::{Args, Subcommand, ValueEnum};

use super::out::table;
use super::senders::Senders;
use super::{Context, runtime};
use crate::app::{AccountInput, App, Error, Kind, SecretInput, Trial, show};
use crate::domain::EmailAddress;
use crate::domain::provider as providers;
use crate::store::{ChosenPace, SecretPlace};
use crate::wire::CarriesShape;
use crate::wire::views::{AccountDetailView, ExplanationView, TestStepView};
use values::Values;

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
        /// Open no browser; its address is shown in any case.
        #[arg(long, conflicts_with = "device")]
        no_browser: bool,
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

#[derive(Debug, Args)]
pub(super) struct Set {
    #[command(flatten)]
    values: Values,
    /// Where to keep the password: the keyring of the operating system, or, on a machine without one,
    /// an encrypted file whose key you provide (TILLPOST_KEY_FILE, or the systemd credential tillpost.key).
    /// Default: where it is kept, and for a new account the keyring.
    #[arg(long, value_enum)]
    secret_place: Option<PlaceWord>,
    /// Mails to send in any minute at most; 0: as many as there are; default: what the provider wants.
    #[arg(long, value_name = "N|default")]
    per_minute: Option<MostWord>,
    /// The same for any hour.
    #[arg(long, value_name = "N|default")]
    per_hour: Option<MostWord>,
    /// The same for any 24 hours.
    #[arg(long, value_name = "N|default")]
    per_day: Option<MostWord>,
}

/// How many mails in a time; `None` is the provider's figure.
#[derive(Debug, Clone, Copy)]
struct MostWord(Option<u32>);

impl std::str::FromStr for MostWord {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "default" => Ok(Self(None)),
            number => {
                number.parse().map(|most| Self(Some(most))).map_err(|_| "give a whole number, or default")
            }
        }
    }
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
                set.run(context, &app)?;
                one(context, &app, &name)?;
            }
            Self::Connect { name, device, no_browser, secret_place } => {
                let way = match (device, no_browser) {
                    (true, _) => oauth::Way::Device,
                    (_, true) => oauth::Way::Address,
                    _ => oauth::Way::Browser,
                };
                oauth::connect(context, &app, &name, way, secret_place.map(Into::into))?;
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

impl Set {
    fn run(self, context: &Context, app: &App) -> Result<(), Error> {
        let name = self.values.name.clone();
        let place = self.secret_place.map(Into::into);
        let password = self.values.password()?;
        let account = self.values.over(app, context)?;
        let secret = password.map(|password| SecretInput { password, place });
        app.set_account(AccountInput { account, secret })?;
        if self.per_minute.is_none() && self.per_hour.is_none() && self.per_day.is_none() {
            return Ok(());
        }
        let before = app.chosen_pace(&name)?;
        let over = |word: Option<MostWord>, before| word.map_or(before, |MostWord(most)| most);
        app.set_pace(
            &name,
            ChosenPace {
                per_minute: over(self.per_minute, before.per_minute),
                per_hour: over(self.per_hour, before.per_hour),
                per_day: over(self.per_day, before.per_day),
            },
        )
    }
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
            format!("leaves by   {}", view.transport),
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
