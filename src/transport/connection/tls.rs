//! TLS: which certificates are trusted, and why one is not.

use std::cell::RefCell;
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

use super::certificate;
use super::{Io, network};
use crate::domain::fault::{Certificate, CertificateFault, CertificateKind};
use crate::domain::reply::Cause;

tokio::task_local! {
    /// The certificate the server of this task's handshake showed: the library does not give it back when
    /// it is refused.
    static SHOWN: RefCell<Option<CertificateDer<'static>>>;
}

/// Which certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::transport) enum Trust {
    /// The system's authorities, and these (PEM).
    Authorities(Option<String>),
    /// Exactly the certificate with this fingerprint, whoever signed it, whatever name and dates it has.
    Exactly(String),
}

/// What was agreed on in a handshake.
pub(in crate::transport) struct Secured {
    pub(in crate::transport) io: Box<dyn Io>,
    /// Like `TLS 1.3`.
    pub(in crate::transport) version: &'static str,
    /// What the server showed, where it can be read.
    pub(in crate::transport) certificate: Option<Certificate>,
}

/// How long one reading of the system's certificates is used.
const FRESH: Duration = Duration::from_secs(3600);

struct Kept {
    trust: Trust,
    since: Instant,
    config: Arc<ClientConfig>,
}

/// The last configuration made: reading the system's certificates takes longer than a handshake, and a
/// kept configuration also resumes sessions.
static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

/// The configuration for this trust.
///
/// # Errors
/// Says why the extra certificates, or the system's, cannot be used.
fn config(trust: &Trust) -> Result<Arc<ClientConfig>, Cause> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = kept.as_ref()
        && kept.trust == *trust
        && kept.since.elapsed() < FRESH
    {
        return Ok(Arc::clone(&kept.config));
    }
    let config = Arc::new(build(trust)?);
    *kept = Some(Kept { trust: trust.clone(), since: Instant::now(), config: Arc::clone(&config) });
    Ok(config)
}

fn unusable(why: impl std::fmt::Display) -> Cause {
    Cause::Certificate(Box::new(CertificateFault::new(CertificateKind::Unusable, why.to_string())))
}

fn build(trust: &Trust) -> Result<ClientConfig, Cause> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Exactly(pin) => Arc::new(Pinned { pin: pin.clone(), provider: Arc::clone(&provider) }),
        Trust::Authorities(extra) => {
            let own = own_certificates(extra.as_deref())?;
            let system = Verifier::new_with_extra_roots(own.clone(), Arc::clone(&provider))
                .map_err(|why| unusable(format!("no certificates to check it with ({why})")))?;
            Arc::new(OwnOrSystem { system, own, provider: Arc::clone(&provider) })
        }
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    if matches!(trust, Trust::Exactly(_)) {
        // A resumed session shows no certificate to compare.
        config.resumption = rustls::client::Resumption::disabled();
    }
    Ok(config)
}

fn own_certificates(pem: Option<&str>) -> Result<Vec<CertificateDer<'static>>, Cause> {
    let Some(pem) = pem else { return Ok(vec![]) };
    let own: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|why| unusable(format!("the extra certificate cannot be read ({why})")))?;
    if own.is_empty() {
        return Err(unusable("the extra certificate file holds no certificate"));
    }
    Ok(own)
}

/// Whoever is trusted, the signatures of a handshake are checked in one way.
macro_rules! signatures_by {
    ($provider:ident) => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            let known = &self.$provider.signature_verification_algorithms;
            rustls::crypto::verify_tls12_signature(message, cert, dss, known)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            let known = &self.$provider.signature_verification_algorithms;
            rustls::crypto::verify_tls13_signature(message, cert, dss, known)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.$provider.signature_verification_algorithms.supported_schemes()
        }
    };
}

/// Trusts one certificate by its fingerprint. The handshake still proves that the server has its key.
#[derive(Debug)]
struct Pinned {
    pin: String,
    provider: Arc<rustls::crypto::CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        remember(end_entity);
        if certificate::fingerprint(end_entity) == self.pin {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    signatures_by!(provider);
}

/// Keeps what the server showed for the one who asked.
fn remember(end_entity: &CertificateDer<'_>) {
    let _ = SHOWN.try_with(|shown| *shown.borrow_mut() = Some(end_entity.clone().into_owned()));
}

/// The system's verifier; also takes a certificate the owner gave us itself, where a device signed its
/// own certificate as an authority (many a shop's NAS does) and the rules of the web would refuse it.
#[derive(Debug)]
struct OwnOrSystem {
    system: Verifier,
    own: Vec<CertificateDer<'static>>,
    provider: Arc<rustls::crypto::CryptoProvider>,
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
        remember(end_entity);
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

    signatures_by!(provider);
}

/// The handshake with `host` over `io`.
pub(in crate::transport) async fn secure(
    io: Box<dyn Io>,
    host: &str,
    trust: Trust,
) -> Result<Secured, Cause> {
    let config = tokio::task::spawn_blocking(move || config(&trust))
        .await
        .map_err(|why| Cause::Protocol(why.to_string()))??;
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| unusable(format!("\"{host}\" is no name a certificate can have")))?;
    let handshake = async {
        let stream = TlsConnector::from(config).connect(name, io).await;
        let shown = SHOWN.with(|shown| shown.borrow_mut().take());
        (stream, shown.as_ref().and_then(certificate::read))
    };
    let (stream, shown) = SHOWN.scope(RefCell::new(None), handshake).await;
    let stream = stream.map_err(|why| refused(&why, shown.clone()))?;
    let version = match stream.get_ref().1.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS 1.3",
    };
    // Resuming a session shows nothing; the library keeps what was shown before.
    let kept = stream.get_ref().1.peer_certificates().and_then(|all| all.first());
    let certificate = shown.or_else(|| kept.and_then(certificate::read));
    Ok(Secured { io: Box::new(stream), version, certificate })
}

/// Why a handshake failed.
pub(in crate::transport) fn refused(why: &io::Error, shown: Option<Certificate>) -> Cause {
    let Some(tls) = why.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return network(why);
    };
    match tls {
        rustls::Error::InvalidCertificate(certificate) => {
            let (kind, text) = words(certificate);
            Cause::Certificate(Box::new(CertificateFault { kind, text, shown }))
        }
        rustls::Error::NoCertificatesPresented => unusable("the server showed none"),
        rustls::Error::InvalidMessage(_) => Cause::NotTls,
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            rustls::AlertDescription::ProtocolVersion
            | rustls::AlertDescription::HandshakeFailure
            | rustls::AlertDescription::InsufficientSecurity,
        ) => Cause::OldTls(tls.to_string()),
        other => Cause::Protocol(other.to_string()),
    }
}

fn words(why: &CertificateError) -> (CertificateKind, String) {
    use CertificateError as E;
    use CertificateKind as K;
    let (kind, text) = match why {
        E::Expired => (K::Expired, "it has expired; check also this computer's clock".to_owned()),
        E::ExpiredContext { not_after, .. } => {
            (K::Expired, format!("it expired on {}; check also this computer's clock", day(*not_after)))
        }
        E::NotValidYet => (K::NotYetValid, "it is not valid yet; check this computer's clock".to_owned()),
        E::NotValidYetContext { not_before, .. } => {
            let from = day(*not_before);
            (K::NotYetValid, format!("it is not valid before {from}; check this computer's clock"))
        }
        E::NotValidForName => (K::OtherName, "it is for another server name".to_owned()),
        E::NotValidForNameContext { expected, presented } => {
            (K::OtherName, format!("it is not for \"{}\" but for {}", expected.to_str(), names(presented)))
        }
        E::UnknownIssuer => {
            (K::UnknownIssuer, "it was signed by an authority this computer does not know".to_owned())
        }
        E::ApplicationVerificationFailure => {
            (K::Changed, "it is not the one certificate this account trusts".to_owned())
        }
        E::Revoked => (K::Unusable, "it has been revoked".to_owned()),
        E::BadSignature => (K::Unusable, "its signature is wrong".to_owned()),
        E::BadEncoding => (K::Unusable, "it cannot be read".to_owned()),
        // A device that signed itself as an authority: nobody vouches for it.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            (K::UnknownIssuer, "the server uses an authority's own certificate as its own".to_owned())
        }
        other => (K::Unusable, other.to_string()),
    };
    (kind, text)
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
