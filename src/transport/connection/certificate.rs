//! What a certificate says, for showing it to a person.

use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use tokio_rustls::rustls;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::domain::Millis;
use crate::domain::fault::Certificate;

/// SHA-256 over the certificate's bytes, in lower-case hexadecimal.
pub(in crate::transport) fn fingerprint(der: &CertificateDer<'_>) -> String {
    Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads what is shown; `None` when it is not a certificate.
pub(in crate::transport) fn read(der: &CertificateDer<'_>) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let mut names: Vec<String> = parsed
        .subject_alternative_name()
        .ok()
        .flatten()
        .map(|names| names.value.general_names.iter().filter_map(name).collect())
        .unwrap_or_default();
    if names.is_empty() {
        names.extend(parsed.subject().iter_common_name().filter_map(|n| n.as_str().ok()).map(clean));
    }
    names.truncate(20);
    let validity = parsed.validity();
    Some(Certificate {
        names,
        issuer: clean(&parsed.issuer().to_string()),
        not_before: Millis(validity.not_before.timestamp().saturating_mul(1000)),
        not_after: Millis(validity.not_after.timestamp().saturating_mul(1000)),
        fingerprint: fingerprint(der),
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(clean(name)),
        GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(|four| std::net::IpAddr::from(four).to_string())
            .or_else(|_| <[u8; 16]>::try_from(*bytes).map(|all| std::net::IpAddr::from(all).to_string()))
            .ok(),
        _ => None,
    }
}

/// It comes from whoever answers: shown on one line, and not endless.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
