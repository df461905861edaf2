//! What keeps a server from being reached or trusted, in kinds that can be told apart.

use std::fmt;

use super::Millis;

/// Why the network did not carry us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkKind {
    /// The name is not known: no such host.
    UnknownHost,
    /// Nobody could be asked for the name, or this machine has no network.
    Offline,
    /// There is a network, and no way to the server.
    Unreachable,
    /// The machine is there; nothing answers on this port.
    Refused,
    /// The connection was cut.
    Cut,
    /// The server closed the connection.
    Closed,
    /// Something else, in the system's own words.
    Other,
}

/// Trouble of the network, with the system's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkFault {
    /// Its kind.
    pub kind: NetworkKind,
    /// What the system said.
    pub text: String,
}

impl NetworkFault {
    /// Trouble of this kind.
    pub fn new(kind: NetworkKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

impl fmt::Display for NetworkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a certificate was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateKind {
    /// It ran out.
    Expired,
    /// It begins in the future.
    NotYetValid,
    /// It is for another server.
    OtherName,
    /// Nobody this computer trusts signed it.
    UnknownIssuer,
    /// It is not the one that was pinned.
    Changed,
    /// It is broken, revoked, or the trusted certificates cannot be read.
    Unusable,
}

/// What a server shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The names it is for; addresses as text.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// From when it counts.
    pub not_before: Millis,
    /// Until when it counts.
    pub not_after: Millis,
    /// SHA-256 over its bytes, 64 lower-case hexadecimal digits: what a pin compares.
    pub fingerprint: String,
}

/// A refused certificate: why, in words, and the certificate itself where it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFault {
    /// Why.
    pub kind: CertificateKind,
    /// Why, in a sentence without its subject: "it has expired".
    pub text: String,
    /// What the server showed.
    pub shown: Option<Certificate>,
}

impl CertificateFault {
    /// A refusal of something that was not shown.
    pub fn new(kind: CertificateKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), shown: None }
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads a certificate's fingerprint as people paste it: with colons, spaces, any case.
///
/// # Errors
/// When it is not a SHA-256 fingerprint.
pub fn fingerprint(text: &str) -> Result<String, super::Invalid> {
    let digits: String =
        text.chars().filter(|c| !matches!(c, ':' | ' ' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    if digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(digits);
    }
    Err(super::Invalid::new(
        "pin",
        "this is not a SHA-256 fingerprint",
        "Copy the 64 hexadecimal digits that the test shows",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_as_people_paste_them() {
        let plain = "ab".repeat(32);
        let pasted = vec!["AB"; 32].join(":");
        assert_eq!(fingerprint(&pasted).unwrap(), plain);
        assert_eq!(fingerprint(&plain).unwrap(), plain);
        for wrong in ["", "abcd", &"xy".repeat(32)] {
            assert!(fingerprint(wrong).is_err(), "{wrong}");
        }
    }
}
