//! Who may do what over the API and at the screens.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Invalid;
use super::invalid::{at_most, one_line};
use crate::domain::{Said, say};

/// What a caller may do; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// See documents, mails and the address book.
    Read,
    /// Issue documents and send mails.
    Send,
    /// Change accounts, settings and who may get in.
    Manage,
}

impl Scope {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Send, Self::Manage];

    /// The word used in the data file and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Send => "send",
            Self::Manage => "manage",
        }
    }

    /// Reads [`Scope::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

/// Who sits at a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Anybody who works in the shop.
    Staff,
    /// Who may change settings.
    Owner,
}

impl Role {
    /// The word used in the data file and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Owner => "owner",
        }
    }

    /// Reads [`Role::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Staff, Self::Owner].into_iter().find(|r| r.word() == word)
    }

    /// What they may do.
    #[must_use]
    pub fn scope(self) -> Scope {
        match self {
            Self::Staff => Scope::Send,
            Self::Owner => Scope::Manage,
        }
    }
}

/// How a session began that a PIN began.
pub const BY_PIN: &str = "PIN";
/// Who makes links on the command line.
pub const BY_COMMAND_LINE: &str = "command line";

/// Checks the name of an API password.
///
/// # Errors
/// When it is empty, longer than 60 characters, could not stand in a log line, or is how a session is named
/// that no password began: the sessions a password began are known by its name.
pub fn check_password_name(name: &str) -> Result<(), Invalid> {
    let remedy = "Name the program that will use the password";
    if name.trim().is_empty() {
        return Err(Invalid::new("name", "it is empty", remedy));
    }
    if [BY_PIN, BY_COMMAND_LINE].iter().any(|way| way.eq_ignore_ascii_case(name.trim())) {
        return Err(Invalid::new("name", say!("\"{name}\" is the name of another way in", name), remedy));
    }
    at_most("name", name, 60)?;
    one_line("name", name)
}

/// Checks a PIN: four to twelve digits.
///
/// # Errors
/// When it is something else.
pub fn check_pin(pin: &str) -> Result<(), Invalid> {
    if (4..=12).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    Err(Invalid::new("pin", "it is not four to twelve digits", "Choose digits only"))
}

/// Checks the page a one-time link opens: a path of this program's screens, nothing that a browser
/// would take for another site.
///
/// # Errors
/// When it is something else.
pub fn check_page(path: &str) -> Result<(), Invalid> {
    let refuse = |problem: &'static str| {
        Err(Invalid::new("path", problem, "Use the path of a screen, like /mail/new?doc=INV-2026-0012"))
    };
    at_most("path", path, 500)?;
    if !path.starts_with('/') || path.starts_with("//") {
        return refuse("it does not begin with a single /");
    }
    if path.bytes().any(|b| !b.is_ascii_graphic() || matches!(b, b'\\' | b'"' | b'<' | b'>')) {
        return refuse("it has a character that cannot stand in an address");
    }
    if path.starts_with("/api/") || path.starts_with("/login/") || path.split('/').any(|part| part == "..") {
        return refuse("it is no page of the screens");
    }
    Ok(())
}

/// Reads addresses and networks separated by commas or white space: `192.168.1.20, 10.0.0.0/8`.
///
/// # Errors
/// The first that is none.
pub fn networks(text: &str) -> Result<Vec<IpNet>, Invalid> {
    words(text)
        .map(|word| {
            let one = word.parse::<IpAddr>().map(IpNet::from);
            one.or_else(|_| word.parse::<IpNet>().map(|net| net.trunc())).map_err(|_| {
                Invalid::new(
                    "",
                    say!("\"{word}\" is neither an IP address nor a network", word),
                    "Write addresses like 192.168.1.20 and networks like 192.168.1.0/24",
                )
            })
        })
        .collect()
}

/// Reads web origins separated by commas or white space: `https://pos.example`.
///
/// # Errors
/// The first that is none.
pub fn origins(text: &str) -> Result<Vec<String>, Invalid> {
    words(text).map(|word| origin(word).map(|()| word.to_owned())).collect()
}

fn origin(word: &str) -> Result<(), Invalid> {
    let refuse = |problem: Said| {
        let remedy = "Write origins as browsers do, like https://pos.example or http://localhost:8080";
        Err(Invalid::new("", problem, remedy))
    };
    let Some((scheme, host)) = word.split_once("://") else {
        return refuse(say!("\"{word}\" has no https:// in front", word));
    };
    if scheme != "https" && scheme != "http" {
        return refuse(say!("\"{word}\" is neither https nor http", word));
    }
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    let v6 = name.starts_with('[') && name.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>().is_ok();
    if name.is_empty() || !(v6 || name.bytes().all(plain)) {
        return refuse(say!(
            "\"{word}\" is no origin: only a host in small letters and a port may follow",
            word
        ));
    }
    match port.map(str::parse::<u16>) {
        Some(Err(_) | Ok(0)) => refuse(say!("\"{word}\" has no valid port", word)),
        _ => Ok(()),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', '\n', '\t']).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_screens_are_opened_by_a_link() {
        for path in ["/", "/sent/118", "/mail/new?doc=INV-2026-0012&embed=1"] {
            assert!(check_page(path).is_ok(), "{path}");
        }
        for path in [
            "",
            "sent",
            "//evil.example/",
            "/\\evil.example",
            "/api/v1/status",
            "/a/../api",
            "/a\r\nX: y",
            "https://evil.example/",
            "/ä",
        ] {
            assert!(check_page(path).is_err(), "{path}");
        }
    }

    #[test]
    fn networks_and_origins_are_read_as_people_write_them() {
        let nets = networks("192.168.1.20, 10.1.2.3/8 fe80::/10").unwrap();
        assert_eq!(
            nets.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["192.168.1.20/32", "10.0.0.0/8", "fe80::/10"]
        );
        assert!(networks("192.168.1").is_err());
        assert_eq!(origins("https://pos.example,http://localhost:8080").unwrap().len(), 2);
        for wrong in [
            "pos.example",
            "https://pos.example/",
            "https://POS.example",
            "*",
            "null",
            "https://a:x",
            "https://a b:0",
        ] {
            assert!(origins(wrong).is_err(), "{wrong}");
        }
    }
}
