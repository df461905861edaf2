//! Mail providers: their servers, what their users must know, and their limits.

use std::sync::OnceLock;

use super::Secret;
use super::account::{Account, Encryption, Transport};
use super::oauth::Issuer;
use super::pace::Limits;

/// The table of providers: its columns are named in its first line; `conf` tells where a figure is
/// from (A the provider's own page, B Thunderbird's configuration, C a third party, U unverified).
const TABLE: &str = include_str!("../../assets/providers.csv");

/// The provider whose limits hold for servers nobody knows.
const GENERIC: &str = "generic";

/// One provider: its submission server and what its users must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its stable name.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// Its submission server; empty for the entry that stands for all others.
    pub host: String,
    /// The recommended port.
    pub port: u16,
    tls: String,
    alt_port: Option<u16>,
    alt_tls: String,
    auth: String,
    /// What the user name is: `email`, `localpart`, `apikey` (that word), `access_key`.
    pub user: String,
    domains: String,
    hosts: String,
    /// Which hint its users need, by its key in `assets/explanations`.
    pub hint: String,
    /// Whose OAuth it speaks: `google`, `microsoft`, or nothing.
    pub oauth: String,
    /// Which dated notice its users need, by its key in `assets/explanations`; may be empty.
    pub notice: String,
    /// The notice's day, ISO 8601; may be empty.
    pub notice_date: String,
    /// The largest mail it takes, in bytes, as its pages have it.
    pub most_bytes: Option<u64>,
    /// How fast it wants mail.
    pub limits: Limits,
}

impl Provider {
    /// The recommended port and encryption, which belong together.
    #[must_use]
    pub fn pair(&self) -> (u16, Encryption) {
        (self.port, Encryption::from_word(&self.tls).unwrap_or(Encryption::Tls))
    }

    /// The other pair it offers.
    #[must_use]
    pub fn other_pair(&self) -> Option<(u16, Encryption)> {
        Some((self.alt_port?, Encryption::from_word(&self.alt_tls)?))
    }

    /// The ways to sign in, best first: `oauth`, `app_password`, `password`.
    #[must_use]
    pub fn sign_ins(&self) -> Vec<&str> {
        words(&self.auth).collect()
    }

    /// The interface its mails can leave by instead of its server.
    #[must_use]
    pub fn interface(&self) -> Option<Transport> {
        let issuer = Issuer::from_word(&self.oauth)?;
        [Transport::Gmail, Transport::Graph].into_iter().find(|way| way.issuer() == Some(issuer))
    }

    /// The address domains it serves.
    #[must_use]
    pub fn domains(&self) -> Vec<&str> {
        words(&self.domains).collect()
    }

    /// The user name for an address.
    #[must_use]
    pub fn user_for(&self, address: &str) -> String {
        match self.user.as_str() {
            "apikey" => "apikey".to_owned(),
            "access_key" => String::new(),
            "localpart" => address.split('@').next().unwrap_or_default().to_owned(),
            _ => address.to_owned(),
        }
    }

    /// Whether this is one of its servers.
    pub(super) fn serves(&self, host: &str) -> bool {
        matches(&self.host, host)
            || words(&self.hosts).any(|known| match known.strip_prefix('*') {
                Some(end) => host.ends_with(end),
                None => known == host,
            })
    }
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(';').map(str::trim).filter(|word| !word.is_empty())
}

/// All providers; the last one stands for all others.
#[must_use]
pub fn all() -> &'static [Provider] {
    static ALL: OnceLock<Vec<Provider>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut table = csv::Reader::from_reader(TABLE.as_bytes());
        let Ok(columns) = table.headers().cloned() else {
            return vec![];
        };
        table.records().filter_map(Result::ok).map(|record| provider(&columns, &record)).collect()
    })
}

fn provider(columns: &csv::StringRecord, record: &csv::StringRecord) -> Provider {
    let text = |name: &str| {
        let at = columns.iter().position(|column| column == name);
        at.and_then(|at| record.get(at)).unwrap_or_default().to_owned()
    };
    let number = |name: &str| text(name).parse().ok();
    Provider {
        id: text("id"),
        label: text("label"),
        host: text("host"),
        port: text("port").parse().unwrap_or(465),
        tls: text("tls"),
        alt_port: text("alt_port").parse().ok(),
        alt_tls: text("alt_tls"),
        auth: text("auth"),
        user: text("user"),
        domains: text("domains"),
        hosts: text("hosts"),
        hint: text("hint"),
        oauth: text("oauth"),
        notice: text("notice"),
        notice_date: text("notice_date"),
        most_bytes: text("max_msg_mb").parse::<u64>().ok().map(|mb| mb * 1_000_000),
        limits: Limits {
            per_minute: number("msgs_per_min"),
            per_hour: number("msgs_per_hour"),
            per_day: number("msgs_per_day"),
            recipients_per_day: number("rcpts_per_day"),
            recipients_per_mail: number("max_rcpt_per_msg"),
            mails_per_connection: number("msgs_per_conn"),
            connections: number("max_conns"),
        },
    }
}

/// How fast an account's server wants mail: what its provider says, careful guesses for a server
/// nobody knows, nothing for one on this machine.
#[must_use]
pub fn limits_of(account: &Account) -> Limits {
    if account.is_loopback() {
        return Limits::default();
    }
    of(account).or_else(|| named(GENERIC)).map(|p| p.limits).unwrap_or_default()
}

/// The provider an account sends through.
///
/// An interface is one for all of a company's services: whose mailbox it is tells the user's address, and
/// where that is a domain of its own it is the service for companies.
#[must_use]
pub fn of(account: &Account) -> Option<&'static Provider> {
    let companies = match account.transport {
        Transport::Smtp => return by_host(&account.host),
        Transport::Gmail => "gworkspace",
        Transport::Graph => "m365",
    };
    let own = by_address(&account.user).filter(|p| p.interface() == Some(account.transport));
    own.or_else(|| named(companies))
}

/// Whether a table's host, which may have a `{region}` in it, is this one.
fn matches(table: &str, host: &str) -> bool {
    match (table.split_once('{'), table.split_once('}')) {
        (Some((before, _)), Some((_, after))) => {
            host.len() > before.len() + after.len() && host.starts_with(before) && host.ends_with(after)
        }
        _ => !table.is_empty() && table == host,
    }
}

/// The provider called `id`.
#[must_use]
pub fn named(id: &str) -> Option<&'static Provider> {
    all().iter().find(|p| p.id == id)
}

/// The provider whose server this is, an older name of it included.
#[must_use]
pub fn by_host(host: &str) -> Option<&'static Provider> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    all().iter().find(|p| p.serves(&host))
}

/// The provider that serves addresses like this one.
#[must_use]
pub fn by_address(address: &str) -> Option<&'static Provider> {
    let domain = address.rsplit('@').next()?.trim().to_ascii_lowercase();
    let of = |domain: &str| all().iter().find(|p| words(&p.domains).any(|known| known == domain));
    of(&domain).or_else(|| {
        // name@shop.onmicrosoft.com
        let (_, parent) = domain.split_once('.')?;
        of(parent).filter(|p| p.id == "m365")
    })
}

/// The port and encryption to set for a server, as a pair: its provider's, or TLS on 465.
#[must_use]
pub fn default_pair(host: &str) -> (u16, Encryption) {
    by_host(host).map_or((465, Encryption::Tls), Provider::pair)
}

/// The password as it was meant: an app password pasted as it is shown, in groups of four letters, loses
/// its spaces. Every other password keeps every character.
#[must_use]
pub fn as_meant(account: &Account, password: Secret) -> Secret {
    let text = password.expose();
    let groups: Vec<&str> = text.trim().split([' ', '\u{a0}']).collect();
    let grouped = groups.len() == 4
        && groups.iter().all(|group| group.len() == 4 && group.bytes().all(|b| b.is_ascii_lowercase()));
    let shown_in_groups = of(account)
        .or_else(|| by_address(account.from.address.as_str()))
        .is_none_or(|provider| provider.sign_ins().contains(&"app_password"));
    if grouped && shown_in_groups { Secret::new(groups.concat()) } else { password }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_makes_sense() {
        assert_eq!(all().len(), TABLE.lines().count() - 1, "a line is not read");
        for provider in all() {
            assert!(Encryption::from_word(&provider.tls).is_some(), "{}", provider.id);
            assert_eq!(provider.alt_port.is_some(), !provider.alt_tls.is_empty(), "{}", provider.id);
            assert!(!provider.sign_ins().is_empty(), "{}", provider.id);
            for (port, encryption) in provider.other_pair().into_iter().chain([provider.pair()]) {
                // A pair that does not fit together is the support call this table exists to prevent.
                let usual = if port == 465 { Encryption::Tls } else { Encryption::StartTls };
                assert_eq!(encryption, usual, "{}", provider.id);
            }
            if !provider.notice_date.is_empty() {
                chrono::NaiveDate::parse_from_str(&provider.notice_date, "%Y-%m-%d").unwrap();
            }
        }
    }

    #[test]
    fn found_by_address_and_by_every_name_of_the_server() {
        let id = |found: Option<&Provider>| found.map(|p| p.id.clone()).unwrap_or_default();
        assert_eq!(id(by_address("anna@googlemail.com")), "gmail");
        assert_eq!(id(by_address("Anna <anna@Hotmail.co.uk")), "outlookcom");
        assert_eq!(id(by_address("info@shop.onmicrosoft.com")), "m365");
        assert_eq!(id(by_address("info@own-domain.example")), "");
        assert_eq!(id(by_host("auth.smtp.1and1.co.uk")), "ionos_com");
        assert_eq!(id(by_host("SMTP.Office365.com.")), "m365");
        assert_eq!(id(by_host("email-smtp.eu-west-1.amazonaws.com")), "ses");
        assert_eq!(id(by_host("")), "");
        assert_eq!(default_pair("smtp.office365.com"), (587, Encryption::StartTls));
        assert_eq!(default_pair("mail.own-domain.example"), (465, Encryption::Tls));
        assert_eq!(named("sendgrid").unwrap().user_for("a@b.example"), "apikey");
        assert_eq!(named("webde").unwrap().user_for("anna@web.de"), "anna");
    }

    #[test]
    fn the_table_is_whole() {
        let all = all();
        let mut ids: Vec<_> = all.iter().map(|p| p.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all.len(), "an id stands twice");
        assert!(all.iter().all(|p| !p.label.is_empty() && (p.host.contains('.') || p.id == GENERIC)));
    }

    fn account(transport: Transport, host: &str, user: &str) -> Account {
        Account {
            name: "default".into(),
            transport,
            host: host.into(),
            port: 465,
            encryption: Encryption::Tls,
            allow_plaintext: false,
            sign_in: crate::domain::account::SignIn::None,
            user: user.into(),
            from: crate::domain::address::Mailbox::parse("shop@till.example").unwrap(),
            reply_to: vec![],
            ca_pem: None,
            pin: None,
            oauth: None,
        }
    }

    #[test]
    fn a_server_has_the_limits_of_its_provider() {
        let limits = |host| limits_of(&account(Transport::Smtp, host, ""));
        assert_eq!(limits("smtp.office365.com").per_minute, Some(30));
        assert_eq!(limits("SMTP.mail.yahoo.com.").mails_per_connection, Some(20));
        assert_eq!(limits("email-smtp.eu-west-1.amazonaws.com").per_day, Some(200));
        assert_eq!(limits("mail.cornershop.example").per_minute, Some(20));
        assert_eq!(limits("localhost"), Limits::default());
    }

    #[test]
    fn an_interface_has_the_limits_of_its_users_mailbox() {
        let limits = |transport, user| limits_of(&account(transport, "api.example", user));
        assert_eq!(limits(Transport::Gmail, "anna@gmail.com").per_day, Some(500));
        assert_eq!(limits(Transport::Gmail, "shop@cornershop.example").per_day, Some(2000));
        assert_eq!(limits(Transport::Graph, "shop@cornershop.example").per_minute, Some(30));
        let personal = of(&account(Transport::Graph, "graph.microsoft.com", "anna@hotmail.com"));
        assert_eq!(personal.unwrap().id, "outlookcom");
        let google = of(&account(Transport::Graph, "graph.microsoft.com", "anna@gmail.com"));
        assert_eq!(google.unwrap().id, "m365", "whoever signs in, the mails leave at Microsoft");
    }
}
