//! Addresses the shop has disabled: nobody sends to them, not even by mistake.

use std::fmt;

use super::{EmailAddress, Invalid};
use crate::domain::{Said, say};

/// One disabled address, or all of one domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Reads `name@example.com`, or `@example.com` for everybody at exactly that domain.
    ///
    /// # Errors
    /// An [`Invalid`] with an empty path that says what is wrong.
    pub fn parse(input: &str) -> Result<Self, Invalid> {
        let input = input.trim();
        if let Some(domain) = input.strip_prefix('@') {
            let somebody = EmailAddress::parse(&format!("x@{domain}")).map_err(|_| {
                Invalid::new(
                    "",
                    say!("\"{input}\" is not @ and a domain", input),
                    "Write name@example.com for one address, @example.com for a domain",
                )
            })?;
            return Ok(Self(format!("@{}", somebody.domain())));
        }
        EmailAddress::parse(input).map(|address| Self(address.key()))
    }

    /// The two patterns that disable `address`: its own, and its domain's.
    #[must_use]
    pub fn of(address: &EmailAddress) -> [Self; 2] {
        [Self(address.key()), Self(format!("@{}", address.domain()))]
    }

    /// The pattern as it is stored and shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The sentence for a recipient that is refused because `pattern` is disabled.
#[must_use]
pub fn refusal(address: &str, pattern: &str, reason: &str) -> Said {
    match (pattern.starts_with('@'), reason.is_empty()) {
        (true, true) => {
            say!("{address} is disabled in this shop, with everybody at {pattern}", address, pattern)
        }
        (true, false) => say!(
            "{address} is disabled in this shop, with everybody at {pattern}: {reason}",
            address,
            pattern,
            reason
        ),
        (false, true) => say!("{address} is disabled in this shop", address),
        (false, false) => say!("{address} is disabled in this shop: {reason}", address, reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_met_in_every_spelling_and_by_its_domain() {
        let address = EmailAddress::parse("Info@Müller.de").unwrap();
        for pattern in ["info@xn--mller-kva.de", "INFO@müller.de", "@MÜLLER.de"] {
            assert!(Pattern::of(&address).contains(&Pattern::parse(pattern).unwrap()), "{pattern}");
        }
        for pattern in ["inf@müller.de", "@mail.müller.de", "@de.example"] {
            assert!(!Pattern::of(&address).contains(&Pattern::parse(pattern).unwrap()), "{pattern}");
        }
        for wrong in ["", "@", "example.com", "@localhost", "@a@b.de", "a b@c.de"] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}
