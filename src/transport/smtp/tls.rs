//! TLS: which certificates are trusted, and why one is not.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tokio_rustls::{TlsConnector, rustls};

use super::stream::{Io, network};
use crate::domain::reply::Cause;

/// How long one reading of the system's certificates is used.
const FRESH: Duration = Duration::from_secs(3600);

struct Kept {
    extra: Option<String>,
    since: Instant,
    config: Arc<ClientConfig>,
}

/// The last configuration made: reading the system's certificates takes longer than a handshake, and a
/// kept configuration also resumes sessions.
static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

/// The configuration that trusts the system's roots and those in `extra` (PEM).
///
/// # Errors
/// Says why the extra certificates, or the system's, cannot be used.
pub(super) fn config(extra: Option<&str>) -> Result<Arc<ClientConfig>, Cause> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = kept.as_ref()
        && kept.extra.as_deref() == extra
        && kept.since.elapsed() < FRESH
    {
        return Ok(Arc::clone(&kept.config));
    }
    let config = Arc::new(build(extra)?);
    *kept =
        Some(Kept { extra: extra.map(str::to_owned), since: Instant::now(), config: Arc::clone(&config) });
    Ok(config)
}

fn build(extra: Option<&str>) -> Result<ClientConfig, Cause> {
    let unusable = |why: &dyn std::fmt::Display| Cause::Certificate(why.to_string());
    let own: Vec<CertificateDer<'static>> = match extra {
        Some(pem) => CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|why| unusable(&format!("the extra certificate cannot be read ({why})")))?,
        None => vec![],
    };
    if extra.is_some() && own.is_empty() {
        return Err(unusable(&"the extra certificate file holds no certificate"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let system = Verifier::new_with_extra_roots(own.clone(), Arc::clone(&provider))
        .map_err(|why| unusable(&format!("no certificates to check it with ({why})")))?;
    let verifier = Arc::new(OwnOrSystem { system, own });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| unusable(&why))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// The system's verifier; also takes a certificate the owner gave us itself, where a device signed its
/// own certificate as an authority (many a shop's NAS does) and the rules of the web would refuse it.
#[derive(Debug)]
struct OwnOrSystem {
    system: Verifier,
    own: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for OwnOrSystem {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let checked =
            self.system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match checked {
            // webpki has checked the dates before it says this; the name is checked here.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(why)))
                if format!("{why:?}").contains("CaUsedAsEndEntity")
                    && self.own.iter().any(|own| own == end_entity) =>
            {
                let parsed = ParsedCertificate::try_from(end_entity)?;
                rustls::client::verify_server_name(&parsed, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.system.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.system.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.system.supported_verify_schemes()
    }
}

/// The handshake with `host` over `io`.
pub(super) async fn secure(io: Box<dyn Io>, host: &str, extra: Option<&str>) -> Result<Box<dyn Io>, Cause> {
    let extra = extra.map(str::to_owned);
    let config = tokio::task::spawn_blocking(move || config(extra.as_deref()))
        .await
        .map_err(|why| Cause::Network(why.to_string()))??;
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Cause::Certificate(format!("\"{host}\" is no name a certificate can have")))?;
    match TlsConnector::from(config).connect(name, io).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(why) => Err(refused(&why)),
    }
}

fn refused(why: &io::Error) -> Cause {
    let Some(tls) = why.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return network(why);
    };
    match tls {
        rustls::Error::InvalidCertificate(certificate) => Cause::Certificate(words(certificate)),
        rustls::Error::NoCertificatesPresented => Cause::Certificate("the server showed none".to_owned()),
        rustls::Error::InvalidMessage(_) => {
            Cause::Protocol("the server does not speak TLS on this port".to_owned())
        }
        rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(_) => {
            Cause::Protocol(format!("no common ground on TLS 1.2 or newer ({tls})"))
        }
        other => Cause::Protocol(other.to_string()),
    }
}

fn words(why: &CertificateError) -> String {
    use CertificateError as E;
    match why {
        E::Expired => "it has expired; check also this computer's clock".to_owned(),
        E::ExpiredContext { not_after, .. } => {
            format!("it expired on {}; check also this computer's clock", day(*not_after))
        }
        E::NotValidYet => "it is not valid yet; check this computer's clock".to_owned(),
        E::NotValidYetContext { not_before, .. } => {
            format!("it is not valid before {}; check this computer's clock", day(*not_before))
        }
        E::NotValidForName => "it is for another server name".to_owned(),
        E::NotValidForNameContext { expected, presented } => {
            format!("it is not for \"{}\" but for {}", expected.to_str(), names(presented))
        }
        E::UnknownIssuer => "it was signed by an authority this computer does not know".to_owned(),
        E::Revoked => "it has been revoked".to_owned(),
        E::BadSignature => "its signature is wrong".to_owned(),
        E::BadEncoding => "it cannot be read".to_owned(),
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "the server uses an authority's own certificate as its own".to_owned()
        }
        other => other.to_string(),
    }
}

fn names(presented: &[String]) -> String {
    if presented.is_empty() {
        return "no name at all".to_owned();
    }
    let shown: Vec<String> = presented
        .iter()
        .take(3)
        .map(|name| {
            // webpki shows names as `DnsName("mail.example.com")`.
            let inner = name.split('"').nth(1).unwrap_or(name);
            format!("\"{inner}\"")
        })
        .collect();
    shown.join(", ")
}

fn day(time: UnixTime) -> String {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|secs| chrono::DateTime::from_timestamp(secs, 0))
        .map_or_else(|| "an unknown day".to_owned(), |at| at.format("%Y-%m-%d").to_string())
}
