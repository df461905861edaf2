//! Signing in at the provider instead of keeping its password: whose, with which app, and for how long.

use super::account::{Account, Transport};
use super::target::Target;
use super::{EmailAddress, Invalid, Millis};

/// Whose sign-in it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuer {
    /// Microsoft 365 and Outlook.com.
    Microsoft,
    /// Gmail and Google Workspace.
    Google,
}

impl Issuer {
    /// The word used on the command line and in the data file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Google => "google",
        }
    }

    /// Reads [`Issuer::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Microsoft, Self::Google].into_iter().find(|i| i.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Microsoft => "Microsoft",
            Self::Google => "Google",
        }
    }

    /// The host in the address the browser comes back to.
    ///
    /// # Source
    /// Microsoft takes any port on `http://localhost` alone; Google on `http://127.0.0.1` (RFC 8252
    /// section 7.3).
    #[must_use]
    pub fn redirect_host(self) -> &'static str {
        match self {
            Self::Microsoft => "localhost",
            Self::Google => "127.0.0.1",
        }
    }

    /// Where a person ends the connection at the provider's own page.
    #[must_use]
    pub fn permissions_page(self) -> &'static str {
        match self {
            Self::Microsoft => "https://account.live.com/consent/Manage or https://myapps.microsoft.com",
            Self::Google => "https://myaccount.google.com/connections",
        }
    }

    /// For how long a connection may lie unused before the provider ends it.
    ///
    /// # Source
    /// Microsoft: refresh tokens live 90 days; Google: one not used for six months is ended.
    const fn idle_days(self) -> i64 {
        match self {
            Self::Microsoft => 90,
            Self::Google => 180,
        }
    }
}

/// The addresses of a sign-in service; those left out are the issuer's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Where the browser goes.
    pub authorize: Option<String>,
    /// Where codes and refresh tokens are exchanged.
    pub token: Option<String>,
    /// Where a device code is asked for.
    pub device: Option<String>,
    /// Where a connection is ended.
    pub revoke: Option<String>,
}

impl Endpoints {
    /// With their names.
    fn named(&self) -> [(&'static str, Option<&String>); 4] {
        [
            ("authorize_url", self.authorize.as_ref()),
            ("token_url", self.token.as_ref()),
            ("device_url", self.device.as_ref()),
            ("revoke_url", self.revoke.as_ref()),
        ]
    }
}

/// With which app an account signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth {
    /// Whose sign-in.
    pub issuer: Issuer,
    /// The app's id at the issuer.
    pub client_id: String,
    /// Whether the app has a secret; it is kept where passwords are.
    pub client_secret: bool,
    /// When the app's secret runs out, as far as somebody told.
    pub secret_expires: Option<Millis>,
    /// Microsoft's directory: an id, a domain, `common`, `organizations` or `consumers`; else empty.
    pub tenant: String,
    /// Other addresses than the issuer's own.
    pub endpoints: Endpoints,
}

/// A day.
const DAY_MS: i64 = 24 * 3600 * 1000;
/// How long before an end it is told.
const NOTICE_DAYS: i64 = 14;

impl OAuth {
    /// Checks what a person entered.
    ///
    /// # Errors
    /// Names the first setting that cannot stand.
    pub fn check(&self) -> Result<(), Invalid> {
        let wrong = |path: &str, problem: &'static str, remedy: &'static str| {
            Err(Invalid::new(path, problem, remedy))
        };
        if self.client_id.is_empty() || self.client_id.len() > 255 || !is_visible(&self.client_id) {
            return wrong(
                "client_id",
                "signing in at the provider needs the client id of an app registered there",
                "Copy it from the app registration",
            );
        }
        let tenant = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if self.tenant.len() > 253 || !self.tenant.chars().all(tenant) {
            return wrong(
                "tenant",
                "this is no directory",
                "Use the tenant id from the app registration, or consumers for personal accounts",
            );
        }
        for (name, url) in self.endpoints.named() {
            if let Some(url) = url {
                Target::parse(url).map_err(|e| Invalid { path: name.to_owned(), ..e })?;
            }
        }
        Ok(())
    }

    /// The addresses to use.
    ///
    /// # Source
    /// Microsoft identity platform, "OAuth 2.0 authorization code flow" and "device authorization grant";
    /// Google, "OAuth 2.0 for Mobile & Desktop Apps". Microsoft has no address for ending a connection;
    /// Google gives device codes for few scopes, and sending mail is none of them.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        let own = match self.issuer {
            Issuer::Microsoft => {
                let tenant = if self.tenant.is_empty() { "common" } else { &self.tenant };
                let at = |what: &str| {
                    Some(format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/{what}"))
                };
                Endpoints {
                    authorize: at("authorize"),
                    token: at("token"),
                    device: at("devicecode"),
                    revoke: None,
                }
            }
            Issuer::Google => Endpoints {
                authorize: Some("https://accounts.google.com/o/oauth2/v2/auth".into()),
                token: Some("https://oauth2.googleapis.com/token".into()),
                device: None,
                revoke: Some("https://oauth2.googleapis.com/revoke".into()),
            },
        };
        let chosen = self.endpoints.clone();
        // A service of one's own has an address for ending connections only if it is named.
        let own_revoke = if chosen.token.is_some() { None } else { own.revoke };
        Endpoints {
            authorize: chosen.authorize.or(own.authorize),
            token: chosen.token.or(own.token),
            device: chosen.device.or(own.device),
            revoke: chosen.revoke.or(own_revoke),
        }
    }

    /// What is asked for: to send by this way and nothing more, to stay connected, and to be told who it is.
    ///
    /// # Source
    /// Google has no narrower right for its mail server than the whole mailbox; the Gmail API has one for
    /// sending alone.
    #[must_use]
    pub fn scopes(&self, by: Transport) -> Vec<&'static str> {
        let to_send = match (self.issuer, by) {
            (Issuer::Microsoft, Transport::Graph) => "https://graph.microsoft.com/Mail.Send",
            (Issuer::Microsoft, _) => "https://outlook.office.com/SMTP.Send",
            (Issuer::Google, Transport::Gmail) => "https://www.googleapis.com/auth/gmail.send",
            (Issuer::Google, _) => "https://mail.google.com/",
        };
        match self.issuer {
            Issuer::Microsoft => vec![to_send, "offline_access", "openid", "email", "profile"],
            Issuer::Google => vec![to_send, "openid", "email"],
        }
    }

    /// Host and port of the service that renews the sign-in, for words about it.
    #[must_use]
    pub fn token_host(&self) -> Option<(String, u16)> {
        let target = Target::parse(&self.endpoints().token?).ok()?;
        Some((target.host, target.port))
    }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

/// A connection that stands: a person allowed Tillpost to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Who is connected, as the provider named them.
    pub who: Option<String>,
    /// Since when.
    pub since: Millis,
    /// When it was last renewed.
    pub renewed: Millis,
    /// When it ends whatever is done, where the provider said so.
    pub expires: Option<Millis>,
}

/// What runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunsOut {
    /// The connection: connecting again makes a new one.
    Connection,
    /// The app's secret: a new one must be made in the app registration.
    ClientSecret,
}

/// What runs out within a fortnight, or has, and when.
#[must_use]
pub fn running_out(oauth: &OAuth, connection: &Connection, now: Millis) -> Option<(RunsOut, Millis)> {
    let idle = connection.renewed.plus_millis(oauth.issuer.idle_days() * DAY_MS);
    let ends = connection.expires.map_or(idle, |expires| expires.min(idle));
    let secret = oauth.secret_expires.filter(|_| oauth.client_secret).map(|at| (RunsOut::ClientSecret, at));
    [secret, Some((RunsOut::Connection, ends))]
        .into_iter()
        .flatten()
        .filter(|(_, at)| *at <= now.plus_millis(NOTICE_DAYS * DAY_MS))
        .min_by_key(|(_, at)| *at)
}

/// Whether a connection that nobody used should be renewed, so that it does not end.
#[must_use]
pub fn lies_idle(connection: &Connection, now: Millis) -> bool {
    now.since(connection.renewed) > 7 * DAY_MS
}

/// Who is connected, where that is an address and not the sender's.
///
/// The provider takes no mail in another's name, or puts its own name in.
#[must_use]
pub fn differs<'a>(account: &Account, connection: &'a Connection) -> Option<&'a str> {
    let who = connection.who.as_deref()?;
    EmailAddress::parse(who).ok()?;
    (!who.eq_ignore_ascii_case(account.from.address.as_str())).then_some(who)
}

/// What a refusal of the sign-in service means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The connection has ended: a person must connect again.
    Ended,
    /// The app or its settings are wrong.
    Settings,
    /// Later.
    Later,
}

/// Reads the `error` of a sign-in service.
///
/// # Source
/// RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5; Microsoft's `interaction_required`.
#[must_use]
pub fn refusal(error: &str) -> Refusal {
    match error {
        "invalid_grant"
        | "interaction_required"
        | "login_required"
        | "consent_required"
        | "access_denied"
        | "expired_token" => Refusal::Ended,
        "temporarily_unavailable" | "server_error" | "slow_down" => Refusal::Later,
        _ => Refusal::Settings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oauth(issuer: Issuer) -> OAuth {
        OAuth {
            issuer,
            client_id: "app".into(),
            client_secret: false,
            secret_expires: None,
            tenant: String::new(),
            endpoints: Endpoints::default(),
        }
    }

    #[test]
    fn personal_accounts_sign_in_at_the_directory_of_consumers() {
        let oauth = OAuth { tenant: "consumers".into(), ..oauth(Issuer::Microsoft) };
        let found = oauth.endpoints();
        assert_eq!(
            found.token.as_deref(),
            Some("https://login.microsoftonline.com/consumers/oauth2/v2.0/token")
        );
        assert_eq!(found.revoke, None);
    }

    #[test]
    fn a_token_never_goes_to_an_unencrypted_address_elsewhere() {
        let mut oauth = oauth(Issuer::Google);
        oauth.endpoints.token = Some("http://login.example/token".into());
        assert_eq!(oauth.check().unwrap_err().path, "token_url");
        oauth.endpoints.token = Some("http://127.0.0.1:3000/token".into());
        oauth.check().unwrap();
        assert_eq!(oauth.endpoints().revoke, None, "Google is not told of tokens that are not its own");
        oauth.tenant = "a/../b".into();
        assert_eq!(oauth.check().unwrap_err().path, "tenant");
    }

    #[test]
    fn an_end_is_told_a_fortnight_before() {
        let day = |n: i64| Millis(n * DAY_MS);
        let connection = Connection { who: None, since: day(0), renewed: day(100), expires: Some(day(150)) };
        let mut oauth = OAuth { client_secret: true, ..oauth(Issuer::Microsoft) };
        assert_eq!(running_out(&oauth, &connection, day(135)), None);
        assert_eq!(running_out(&oauth, &connection, day(136)), Some((RunsOut::Connection, day(150))));
        oauth.secret_expires = Some(day(110));
        assert_eq!(running_out(&oauth, &connection, day(95)), None);
        assert_eq!(running_out(&oauth, &connection, day(120)), Some((RunsOut::ClientSecret, day(110))));
        let idle = Connection { expires: None, ..connection };
        oauth.secret_expires = None;
        assert_eq!(running_out(&oauth, &idle, day(176)), Some((RunsOut::Connection, day(190))));
    }
}
