//! E-mail addresses: one way to read them, one way to compare them.

use std::fmt;

use email_address::{EmailAddress as Parsed, Options};

use super::Invalid;
use super::words::names;
use crate::domain::{Said, say};

/// An e-mail address that can stand in an envelope.
///
/// The part before the `@` is kept as written; the domain is lower case and in its ASCII form
/// (`müller.de` becomes `xn--mller-kva.de`), so that only the local part can need SMTPUTF8.
///
/// # Source
/// RFC 5321 section 4.1.2, RFC 5890 (A-labels). Domain literals, quoted local parts and domains
/// without a dot are refused: in a shop they are typing mistakes.
#[derive(Debug, Clone)]
pub struct EmailAddress {
    text: String,
    at: usize,
}

impl EmailAddress {
    /// Reads one address, without a name around it.
    ///
    /// # Errors
    /// An [`Invalid`] with an empty path that says what is wrong.
    pub fn parse(input: &str) -> Result<Self, Invalid> {
        let input = input.trim();
        let wrong = |problem: Said| Invalid::new("", problem, "An address looks like name@example.com");
        if input.is_empty() {
            return Err(wrong("the address is empty".into()));
        }
        if input.len() > 254 {
            return Err(wrong("the address is longer than 254 bytes".into()));
        }
        let Some((local, domain)) = input.rsplit_once('@') else {
            return Err(wrong(say!("\"{input}\" has no @", input)));
        };
        if local.starts_with('"') {
            return Err(wrong(say!("\"{input}\" has a quoted name before the @", input)));
        }
        let ascii = idna::domain_to_ascii_strict(domain)
            .map_err(|_| wrong(say!("\"{domain}\" is not a domain name", domain)))?;
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        let text = format!("{local}@{ascii}");
        if text.len() > 254 {
            return Err(wrong(say!("\"{input}\" is longer than 254 bytes as it stands on the wire", input)));
        }
        let parsed = Parsed::parse_with_options(&text, options)
            .map_err(|why| wrong(say!("\"{input}\" is not an e-mail address ({why})", input, why)))?;
        if parsed.local_part().chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(wrong(say!("\"{input}\" has a space or control character", input)));
        }
        Ok(Self { at: local.len(), text })
    }

    /// The whole address, as it stands in the envelope.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The domain after the `@`, in ASCII and lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// Whether the envelope needs SMTPUTF8 (RFC 6531): the local part is not ASCII.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.text.is_ascii()
    }

    /// What two addresses of one person have in common: everything in lower case.
    ///
    /// RFC 5321 lets a server tell `Anna@` from `anna@`; none a shop writes to does, and a doubled
    /// mail is the worse mistake.
    #[must_use]
    pub fn key(&self) -> String {
        self.text.to_lowercase()
    }

    /// Whether a text names exactly this address, in any case, its domain in ASCII or in its own letters.
    #[must_use]
    pub fn is_named_in(&self, text: &str) -> bool {
        self.spellings().iter().any(|spelled| names(text, spelled))
    }

    /// The ways in which one writes it, in small letters: its domain in ASCII and in its own letters.
    #[must_use]
    pub fn spellings(&self) -> [String; 2] {
        let key = self.key();
        let (unicode, known) = idna::domain_to_unicode(self.domain());
        let spelled = known.map(|()| format!("{}@{unicode}", self.local()).to_lowercase());
        [spelled.unwrap_or_else(|_| key.clone()), key]
    }

    /// The address with most of its local part hidden, for logs.
    #[must_use]
    pub fn masked(&self) -> String {
        let first: String = self.local().chars().take(1).collect();
        format!("{first}***@{}", self.domain())
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for EmailAddress {}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A person or company and their address, as `Anna Kowalska <anna@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name in front of the address, if any; one line without control characters.
    pub name: Option<String>,
    /// The address itself.
    pub address: EmailAddress,
}

impl Mailbox {
    /// Reads `address` or `name <address>`; quotes around the name are taken off.
    ///
    /// # Errors
    /// An [`Invalid`] with an empty path that says what is wrong.
    pub fn parse(input: &str) -> Result<Self, Invalid> {
        let input = input.trim();
        super::invalid::one_line("", input)?;
        let Some(open) = input.rfind('<') else {
            return Ok(Self { name: None, address: EmailAddress::parse(input)? });
        };
        let (name, rest) = input.split_at(open);
        let inner = rest.strip_prefix('<').and_then(|r| r.strip_suffix('>')).ok_or_else(|| {
            Invalid::new(
                "",
                say!("\"{input}\" has a < without its >", input),
                "Write Name <name@example.com>",
            )
        })?;
        let name = unquoted(name.trim());
        super::invalid::at_most("", &name, 200)?;
        Ok(Self { name: (!name.is_empty()).then_some(name), address: EmailAddress::parse(inner)? })
    }
}

/// What a name in a list of mailboxes cannot hold unless it stands in quotes.
const SPECIAL: [char; 10] = [',', ';', ':', '<', '>', '"', '(', ')', '@', '\\'];

/// The name without the quotes around it, and what was escaped in them as it was meant.
fn unquoted(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else {
        return name.trim_matches('"').trim().to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain.trim().to_owned()
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            // So that a list of mailboxes reads back as it was.
            Some(name) if name.contains(SPECIAL) => {
                let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{escaped}\" <{}>", self.address)
            }
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => self.address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_a_shop_meets() {
        for (input, want) in [
            ("anna@example.com", "anna@example.com"),
            (" Anna.K+till@Example.COM ", "Anna.K+till@example.com"),
            ("info@müller.de", "info@xn--mller-kva.de"),
            ("żółw@przykład.pl", "żółw@xn--przykad-rjb.pl"),
        ] {
            assert_eq!(EmailAddress::parse(input).unwrap().as_str(), want);
        }
    }

    #[test]
    fn not_addresses() {
        for bad in [
            "",
            "anna",
            "anna@",
            "@example.com",
            "anna@localhost",
            "a..b@example.com",
            "a@b,c.de",
            "a b@example.com",
            "a@[127.0.0.1]",
            "a@example.com\r\nBcc: x@y.zz",
            "a@exa mple.com",
            "\"a b\"@example.com",
            "a@-example.com",
            "a@example..com",
            "a\u{0}@example.com",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn one_person_written_twice_is_one_person() {
        assert_eq!(
            EmailAddress::parse("Anna@Example.com").unwrap(),
            EmailAddress::parse("anna@example.com").unwrap()
        );
    }

    #[test]
    fn an_address_is_found_in_a_text_in_both_spellings_of_its_domain() {
        let address = EmailAddress::parse("Anna@müller.de").unwrap();
        for text in ["to: ANNA@Müller.de;", "<anna@xn--mller-kva.de>"] {
            assert!(address.is_named_in(text), "{text}");
        }
        for text in ["joanna@müller.de", "anna@müller.dev", "anna@muller.de"] {
            assert!(!address.is_named_in(text), "{text}");
        }
    }

    #[test]
    fn a_name_may_stand_before_the_address() {
        let mailbox = Mailbox::parse("\"Kowalska, Anna\" <anna@example.com>").unwrap();
        assert_eq!(mailbox.name.as_deref(), Some("Kowalska, Anna"));
        assert!(Mailbox::parse("Anna\nBcc: b@c.de <anna@example.com>").is_err());
    }
}
