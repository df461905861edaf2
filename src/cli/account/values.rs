//! What an account is made of on the command line.

use std::io::Read;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::oauth;
use crate::app::{App, Error, Kind};
use crate::cli::{Context, read_file};
use crate::domain::account::{Account as Settings, Encryption, SignIn, Transport};
use crate::domain::address::Mailbox;
use crate::domain::{Invalid, Secret, fault, provider as providers};

/// What an account is made of. What is not given stays as it is saved.
#[derive(Debug, Args)]
pub(super) struct Values {
    /// The account's name.
    #[arg(long, default_value = "default")]
    pub(super) name: String,
    /// Take server, port and encryption from this provider (`account presets` lists them).
    #[arg(long, value_name = "ID")]
    preset: Option<String>,
    /// By which way mails leave: a mail server, or the interface of Google or Microsoft, which signs in with
    /// oauth. Default: a mail server.
    #[arg(long, value_enum)]
    transport: Option<TransportWord>,
    /// The mail server's name. Default: that of the provider of --from, where it is known.
    #[arg(long)]
    host: Option<String>,
    /// Its port. Default: the one that belongs to the encryption and the server.
    #[arg(long)]
    port: Option<u16>,
    /// How the connection is protected: ssl or tls (from the first byte, port 465), starttls (port 587), none;
    /// in any letters, also as ssl/tls or tls/starttls. On port 587, which many providers call "TLS", ssl and
    /// tls mean starttls.
    #[arg(long, value_parser = encryption, value_name = "tls|starttls|none")]
    encryption: Option<Encryption>,
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

fn encryption(text: &str) -> Result<Encryption, &'static str> {
    Encryption::as_named(text).ok_or("use tls, starttls or none")
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TransportWord {
    /// A mail server.
    Smtp,
    /// The Gmail API.
    Gmail,
    /// Microsoft Graph.
    Graph,
}

impl From<TransportWord> for Transport {
    fn from(word: TransportWord) -> Self {
        match word {
            TransportWord::Smtp => Self::Smtp,
            TransportWord::Gmail => Self::Gmail,
            TransportWord::Graph => Self::Graph,
        }
    }
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

impl Values {
    pub(super) fn password(&self) -> Result<Option<Secret>, Error> {
        self.password_stdin.then(password).transpose()
    }

    /// These values over those that are saved.
    pub(super) fn over(self, app: &App, context: &Context) -> Result<Settings, Error> {
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
            None if self.host.is_none() && saved.is_none() && self.transport.is_none() => {
                providers::by_address(from.address.as_str()).filter(|p| !p.host.is_empty())
            }
            None => None,
        };
        let transport = match (self.transport, &self.host, &saved) {
            (Some(word), ..) => word.into(),
            (None, Some(host), _) => Transport::to_host(host),
            (None, None, Some(saved)) if preset.is_none() => saved.transport,
            (None, None, _) => Transport::Smtp,
        };
        let same_way = saved.as_ref().filter(|saved| saved.transport == transport);
        let usual = match transport.host() {
            Some(interface) => Some(same_way.map_or_else(|| interface.to_owned(), |s| s.host.clone())),
            None => preset.map(|p| p.host.clone()).or_else(|| same_way.map(|s| s.host.clone())),
        };
        let Some(host) = self.host.clone().or(usual) else {
            return Err(missing(
                "host",
                "Give --host with the outgoing server, for example smtp.example.com",
            ));
        };
        let moved = saved.as_ref().is_none_or(|s| s.host != host || s.transport != transport);
        let saved_pair = saved.as_ref().filter(|_| !moved).map(|s| (s.port, s.encryption));
        let usual = match (saved_pair, transport) {
            (Some(pair), _) => pair,
            (None, Transport::Smtp) => providers::default_pair(&host),
            (None, _) => (443, Encryption::Tls),
        };
        let (port, encryption) = self.pair(&host, usual, saved_pair.is_none(), context);
        let sign_in = match self.auth {
            Some(AuthWord::Password) => SignIn::Password,
            Some(AuthWord::Oauth) => SignIn::OAuth,
            Some(AuthWord::None) => SignIn::None,
            None if transport != Transport::Smtp => SignIn::OAuth,
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
            SignIn::OAuth => Some(self.oauth.over(
                saved.as_ref().and_then(|s| s.oauth.clone()),
                transport,
                &host,
                &from,
            )?),
            _ => None,
        };
        let name = self.name;
        Ok(Settings {
            name,
            transport,
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
    fn pair(&self, host: &str, usual: (u16, Encryption), new: bool, context: &Context) -> (u16, Encryption) {
        let encryption = match self.encryption {
            Some(Encryption::Tls) if self.port == Some(587) => {
                context.out.say("port 587 speaks STARTTLS, which some providers call TLS; the encryption is set to starttls");
                Encryption::StartTls
            }
            Some(given) => given,
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
        if (self.port.is_none() || self.encryption.is_none()) && new {
            context.out.say(&format!("port {port} with {} is set for {host}", encryption.word()));
        }
        (port, encryption)
    }
}

fn missing(path: &str, remedy: &'static str) -> Error {
    Invalid::new(path, "it is not given", remedy).into()
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
