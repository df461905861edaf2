//! A mail account: how to reach its server, who it sends as, and how it stands.

use super::address::Mailbox;

use super::oauth::{Endpoints, Issuer, OAuth};
use super::reply::Effect;
use super::{EmailAddress, Invalid, Millis, provider, say};

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first byte (RFC 8314), usually port 465.
    Tls,
    /// STARTTLS, required (RFC 3207), usually port 587; never a fallback to clear text.
    StartTls,
    /// None at all: for a server on this machine, or where the owner allowed it knowingly.
    None,
}

impl Encryption {
    /// The word used on the command line and in the data file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::None => "none",
        }
    }

    /// Reads [`Encryption::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Tls, Self::StartTls, Self::None].into_iter().find(|e| e.word() == word)
    }

    /// Reads it as providers and other programs name it: SSL, SSL/TLS, STARTTLS, TLS/STARTTLS, NONE and the
    /// like. A bare TLS is meant by some for port 587; there it is STARTTLS.
    #[must_use]
    pub fn as_named(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        match plain.to_ascii_lowercase().as_str() {
            "tls" | "ssl" | "ssltls" | "tlsssl" | "smtps" | "implicit" | "implicittls" => Some(Self::Tls),
            "starttls" | "tlsstarttls" | "starttlstls" | "sslstarttls" | "explicit" | "explicittls" => {
                Some(Self::StartTls)
            }
            "none" | "unencrypted" | "plain" | "no" | "off" => Some(Self::None),
            _ => None,
        }
    }
}

/// By which way an account's mails leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// Through a mail server (RFC 6409).
    #[default]
    Smtp,
    /// Through the Gmail API.
    Gmail,
    /// Through Microsoft Graph.
    Graph,
}

impl Transport {
    const ALL: [Self; 3] = [Self::Smtp, Self::Gmail, Self::Graph];

    /// The word used on the command line and in the data file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Gmail => "gmail",
            Self::Graph => "graph",
        }
    }

    /// Reads [`Transport::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.word() == word)
    }

    /// The host where the interface is; a mail server may be anywhere.
    #[must_use]
    pub fn host(self) -> Option<&'static str> {
        match self {
            Self::Smtp => None,
            Self::Gmail => Some("gmail.googleapis.com"),
            Self::Graph => Some("graph.microsoft.com"),
        }
    }

    /// The way to a host where nobody says which.
    #[must_use]
    pub fn to_host(host: &str) -> Self {
        Self::ALL.into_iter().find(|t| t.host() == Some(host)).unwrap_or_default()
    }

    /// Whose sign-in the interface takes.
    #[must_use]
    pub fn issuer(self) -> Option<Issuer> {
        match self {
            Self::Smtp => None,
            Self::Gmail => Some(Issuer::Google),
            Self::Graph => Some(Issuer::Microsoft),
        }
    }

    /// The largest mail the interface takes, in bytes of the message; a mail server says so itself.
    ///
    /// # Source
    /// Gmail API, discovery document: `messages.send` takes uploads of 36,700,160 bytes. Microsoft Graph
    /// takes requests of 4 MB, and the message goes in base64, which makes four bytes of three.
    #[must_use]
    pub fn most_bytes(self) -> Option<u64> {
        match self {
            Self::Smtp => None,
            Self::Gmail => Some(36_700_160),
            Self::Graph => Some(3_000_000),
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Smtp => "SMTP",
            Self::Gmail => "Gmail API",
            Self::Graph => "Microsoft Graph",
        }
    }
}

/// How the account signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// A password from the keyring, by AUTH PLAIN or LOGIN.
    Password,
    /// At the provider, with a token that lasts an hour, by AUTH XOAUTH2.
    OAuth,
    /// Not at all.
    None,
}

impl SignIn {
    /// The word used on the command line and in the data file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::OAuth => "oauth",
            Self::None => "none",
        }
    }

    /// Reads [`SignIn::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Password, Self::OAuth, Self::None].into_iter().find(|s| s.word() == word)
    }
}

/// The settings of one account, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name the shop calls it by; `default` is used when a mail names none.
    pub name: String,
    /// By which way its mails leave.
    pub transport: Transport,
    /// Host name or IP address of the submission server, or of the interface.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// The owner knowingly allows an unencrypted connection to a host that is not this machine.
    pub allow_plaintext: bool,
    /// How it signs in.
    pub sign_in: SignIn,
    /// The user name for signing in; empty when it does not.
    pub user: String,
    /// What stands in From.
    pub from: Mailbox,
    /// Where answers go, when not to From.
    pub reply_to: Vec<Mailbox>,
    /// Extra certificate authorities, PEM; trusted beside the system's own.
    pub ca_pem: Option<String>,
    /// Trust exactly the certificate with this fingerprint instead: SHA-256, 64 hexadecimal digits.
    pub pin: Option<String>,
    /// With which app it signs in at its provider.
    pub oauth: Option<OAuth>,
}

impl Account {
    /// Checks that the settings can work together and keep the password safe.
    ///
    /// # Errors
    /// Names the first setting that cannot stand and what to set instead.
    pub fn check(&self) -> Result<(), Invalid> {
        let refuse = |path: &str, problem: &'static str, remedy: &'static str| {
            Err(Invalid::new(path, problem, remedy))
        };
        // A slash sets the parts of a secret's name apart.
        if self.name.is_empty()
            || self.name.len() > 60
            || self.name.contains(|c: char| c.is_control() || c == '/')
        {
            return refuse("name", "the account needs a name of 1 to 60 characters, without a slash", "");
        }
        if self.host.is_empty()
            || self.host.len() > 253
            || !self.host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | ':'))
        {
            return refuse(
                "host",
                "this is not a host name",
                "Write the mail server's name, like smtp.example.com",
            );
        }
        if self.port == 0 {
            return refuse("port", "0 is not a port", "Use 465 for tls or 587 for starttls");
        }
        if self.encryption == Encryption::None {
            let password = self.sign_in != SignIn::None;
            if !self.is_loopback() && !self.allow_plaintext {
                return refuse(
                    "encryption",
                    "an unencrypted connection to another machine shows every mail to the network",
                    "Use tls or starttls; --allow-plaintext takes the risk knowingly",
                );
            }
            if password && !(self.is_loopback() && self.allow_plaintext) {
                return refuse(
                    "encryption",
                    "a password or token is never sent over an unencrypted connection",
                    "Use tls or starttls, or --auth none",
                );
            }
        }
        if self.sign_in != SignIn::None && self.user.is_empty() {
            return refuse("user", "signing in needs a user name", "Set --user");
        }
        match &self.oauth {
            Some(oauth) => oauth.check()?,
            None if self.sign_in == SignIn::OAuth => {
                return refuse(
                    "client_id",
                    "signing in at the provider needs the client id of an app registered there",
                    "Copy it from the app registration",
                );
            }
            None => {}
        }
        self.check_interface()?;
        if self.user.chars().any(char::is_control) {
            return refuse("user", "the user name has a control character", "Remove it");
        }
        Ok(())
    }

    /// What the interfaces of Google and Microsoft need, beside what a mail server needs.
    fn check_interface(&self) -> Result<(), Invalid> {
        let Some(issuer) = self.transport.issuer() else {
            return Ok(());
        };
        let label = self.transport.label();
        if self.sign_in != SignIn::OAuth || self.oauth.as_ref().is_none_or(|o| o.issuer != issuer) {
            let remedy = say!("Use oauth with an app registered at {issuer}", issuer = issuer.label());
            return Err(Invalid::new("auth", say!("the {label} takes no other sign-in", label), remedy));
        }
        if self.encryption == Encryption::StartTls {
            let problem = say!("the {label} speaks TLS from the first byte", label);
            return Err(Invalid::new("encryption", problem, "Use tls, on port 443"));
        }
        Ok(())
    }

    /// Takes over from `before` that its app has a secret, where it is the same app at the same addresses.
    pub fn keep_app_secret(&mut self, before: &Self) {
        let same = |oauth: &OAuth, old: &OAuth| {
            (old.issuer, &old.client_id, &old.endpoints) == (oauth.issuer, &oauth.client_id, &oauth.endpoints)
        };
        if let (Some(oauth), Some(old)) = (&mut self.oauth, &before.oauth)
            && same(oauth, old)
        {
            oauth.client_secret |= old.client_secret;
        }
    }

    /// Whether it sends through the server that `before` sent through.
    #[must_use]
    pub fn same_server(&self, before: &Self) -> bool {
        // On this machine each port is another program, and not all need be the shop's.
        let port = self.port == before.port || !self.is_loopback();
        self.transport == before.transport && self.host.eq_ignore_ascii_case(&before.host) && port
    }

    /// Whether it may sign in with the password or token that is kept for `before`: what was given for one
    /// server or app is never shown to another.
    #[must_use]
    pub fn shares_secret(&self, before: &Self) -> bool {
        match (self.sign_in, before.sign_in) {
            (SignIn::Password, SignIn::Password) => self.same_server(before),
            // A token for another way to send has other rights.
            (SignIn::OAuth, SignIn::OAuth) => self.same_server(before) && self.app() == before.app(),
            _ => false,
        }
    }

    fn app(&self) -> Option<(Issuer, &str, &str, &Endpoints)> {
        self.oauth.as_ref().map(|o| (o.issuer, o.client_id.as_str(), o.tenant.as_str(), &o.endpoints))
    }

    /// Whether the provider will surely not take the sender: it wants that of the mailbox signed in to.
    #[must_use]
    pub fn sender_differs(&self) -> bool {
        let strict = provider::of(self).is_some_and(|p| p.id != "generic" && p.user == "email");
        strict
            && self.sign_in != SignIn::None
            && EmailAddress::parse(&self.user).is_ok_and(|user| user.key() != self.from.address.key())
    }

    /// Whether the server is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is known against it.
    Ready,
    /// The last try met no server; the next comes by itself.
    Offline,
    /// The server asked for patience; the next try comes by itself.
    Busy,
    /// A sending limit was met; sending goes on by itself when it is over.
    Throttled,
    /// Signing in failed; nothing is tried until the user name or password changes.
    HeldSignIn,
    /// A setting must change (certificate, encryption, sender); nothing is tried until it does.
    HeldSettings,
}

impl Standing {
    const ALL: [Self; 6] =
        [Self::Ready, Self::Offline, Self::Busy, Self::Throttled, Self::HeldSignIn, Self::HeldSettings];

    /// The word used in the data file and in `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Offline => "offline",
            Self::Busy => "busy",
            Self::Throttled => "throttled",
            Self::HeldSignIn => "held_sign_in",
            Self::HeldSettings => "held_settings",
        }
    }

    /// Reads [`Standing::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// Whether nothing is tried until a person changes something.
    #[must_use]
    pub fn is_held(self) -> bool {
        matches!(self, Self::HeldSignIn | Self::HeldSettings)
    }
}

/// An account's breaker: how it stands, since when, and when it is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    /// How the account stands.
    pub standing: Standing,
    /// Why, in the words of the last trouble.
    pub reason: String,
    /// Tries in a row that met trouble.
    pub failures: u32,
    /// No try before this time.
    pub next_try: Millis,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { standing: Standing::Ready, reason: String::new(), failures: 0, next_try: Millis(0) }
    }
}

/// The longest an account waits between two tries while the server is away.
pub const LONGEST_BACKOFF_SECONDS: i64 = 900;

impl Breaker {
    /// Whether the account may be tried at `now`; `asked` when a person asks, which passes a back-off
    /// but neither a hold nor a limit.
    #[must_use]
    pub fn allows(&self, now: Millis, asked: bool) -> bool {
        match self.standing {
            Standing::HeldSignIn | Standing::HeldSettings => false,
            Standing::Throttled => now >= self.next_try,
            Standing::Ready => true,
            Standing::Offline | Standing::Busy => asked || now >= self.next_try,
        }
    }

    /// The breaker after trouble with this effect at `now`.
    ///
    /// `jitter` in 0..=1000 spreads the waits of several tills over the second half of each wait.
    #[must_use]
    pub fn after(&self, effect: Effect, reason: String, now: Millis, jitter: u32) -> Self {
        let failures = self.failures.saturating_add(1);
        let doubled = 5_i64.saturating_mul(1 << failures.saturating_sub(1).min(10));
        let wait_millis = doubled.min(LONGEST_BACKOFF_SECONDS) * (500 + i64::from(jitter.min(1000)) / 2);
        let (standing, next_try) = match effect {
            Effect::Offline => (Standing::Offline, now.plus_millis(wait_millis)),
            Effect::Busy | Effect::OwnFault => (Standing::Busy, now.plus_millis(wait_millis)),
            Effect::Throttled(seconds) | Effect::Crowded(seconds) => {
                (Standing::Throttled, now.plus_seconds(seconds))
            }
            Effect::HeldSignIn => (Standing::HeldSignIn, now),
            Effect::HeldSettings => (Standing::HeldSettings, now),
            Effect::ThisMail => return self.clone(),
        };
        Self { standing, reason, failures, next_try }
    }

    /// The breaker with a wait no longer than the longest back-off, for a clock that was set back.
    #[must_use]
    pub fn against_clock(mut self, now: Millis) -> Self {
        if matches!(self.standing, Standing::Offline | Standing::Busy) {
            self.next_try = self.next_try.min(now.plus_seconds(LONGEST_BACKOFF_SECONDS));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account {
            name: "default".into(),
            transport: Transport::Smtp,
            host: "smtp.example.com".into(),
            port: 465,
            encryption: Encryption::Tls,
            allow_plaintext: false,
            sign_in: SignIn::Password,
            user: "shop".into(),
            from: Mailbox::parse("Shop <shop@example.com>").unwrap(),
            reply_to: vec![],
            ca_pem: None,
            pin: None,
            oauth: None,
        }
    }

    #[test]
    fn a_password_never_goes_in_clear() {
        let mut account = account();
        account.check().unwrap();
        account.encryption = Encryption::None;
        assert_eq!(account.check().unwrap_err().path, "encryption");
        account.allow_plaintext = true;
        assert_eq!(account.check().unwrap_err().path, "encryption");
        account.host = "127.0.0.1".into();
        account.check().unwrap();
        account.allow_plaintext = false;
        assert!(account.check().is_err(), "loopback alone does not allow a password in clear");
        account.sign_in = SignIn::None;
        account.check().unwrap();
        account.host = "127.0.0.1.example.com".into();
        assert!(account.check().is_err(), "a name that looks like loopback is not");
    }

    #[test]
    fn an_interface_takes_its_own_providers_sign_in_alone() {
        let mut account = Account {
            transport: Transport::Graph,
            host: "graph.microsoft.com".into(),
            port: 443,
            ..account()
        };
        assert_eq!(account.check().unwrap_err().path, "auth");
        account.sign_in = SignIn::OAuth;
        let app = |issuer| OAuth {
            issuer,
            client_id: "till".into(),
            client_secret: false,
            secret_expires: None,
            tenant: String::new(),
            endpoints: Endpoints::default(),
        };
        account.oauth = Some(app(Issuer::Google));
        assert_eq!(account.check().unwrap_err().path, "auth");
        account.oauth = Some(app(Issuer::Microsoft));
        account.check().unwrap();
        account.encryption = Encryption::StartTls;
        assert_eq!(account.check().unwrap_err().path, "encryption");
        account.encryption = Encryption::None;
        assert_eq!(account.check().unwrap_err().path, "encryption", "a token never goes in clear");
        assert_eq!(Transport::to_host("gmail.googleapis.com"), Transport::Gmail);
        assert_eq!(Transport::to_host("smtp.gmail.com"), Transport::Smtp);
    }

    #[test]
    fn waits_grow_and_stop_growing() {
        let mut breaker = Breaker::default();
        let mut last = 0;
        for _ in 0..40 {
            breaker = breaker.after(Effect::Offline, "away".into(), Millis(0), 1000);
            assert!(breaker.next_try.0 >= last && breaker.next_try.0 <= LONGEST_BACKOFF_SECONDS * 1000);
            last = breaker.next_try.0;
        }
        assert_eq!(last, LONGEST_BACKOFF_SECONDS * 1000);
        assert!(!breaker.allows(Millis(1), false));
        assert!(breaker.allows(Millis(1), true));
    }

    #[test]
    fn a_hold_waits_for_a_person_and_a_limit_for_its_end() {
        let held = Breaker::default().after(Effect::HeldSignIn, String::new(), Millis(0), 0);
        assert!(!held.allows(Millis(i64::MAX), true));
        let full = Breaker::default().after(Effect::Throttled(60), String::new(), Millis(0), 0);
        assert!(!full.allows(Millis(59_999), true));
        assert!(full.allows(Millis(60_000), false));
    }
}
