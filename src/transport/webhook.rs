//! Telling another program over HTTP that something happened.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, rustls};

use crate::domain::webhook::Target;

/// How long the other side may take for everything.
const PATIENCE: Duration = Duration::from_secs(15);

/// What came of telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The other side answered with this status.
    Answered(u16),
    /// It was not reached, or did not answer.
    NotReached(String),
}

/// Sends `body` to `target` with these header fields, once; redirections are not followed.
pub async fn tell(target: &Target, headers: &[(&str, String)], body: String) -> Told {
    match tokio::time::timeout(PATIENCE, send(target, headers, body)).await {
        Ok(Ok(status)) => Told::Answered(status),
        Ok(Err(why)) => Told::NotReached(why),
        Err(_) => Told::NotReached("it took too long to answer".into()),
    }
}

async fn send(target: &Target, headers: &[(&str, String)], body: String) -> Result<u16, String> {
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await.map_err(|e| e.to_string())?;
    if !target.tls {
        return exchange(TokioIo::new(stream), target, headers, body).await;
    }
    let config = tokio::task::spawn_blocking(config).await.map_err(|e| e.to_string())??;
    let name = ServerName::try_from(target.host.clone()).map_err(|e| e.to_string())?;
    let stream = TlsConnector::from(config).connect(name, stream).await.map_err(|e| e.to_string())?;
    exchange(TokioIo::new(stream), target, headers, body).await
}

async fn exchange<S>(
    io: TokioIo<S>,
    target: &Target,
    headers: &[(&str, String)],
    body: String,
) -> Result<u16, String>
where
    TokioIo<S>: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(io).await.map_err(|e| e.to_string())?;
    let connection = tokio::spawn(connection);
    let mut request = Request::post(&target.path)
        .header("host", &target.authority)
        .header("content-type", "application/json")
        .header("user-agent", concat!("Tillpost/", env!("CARGO_PKG_VERSION")));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(body).map_err(|e| e.to_string())?;
    let answer = sender.send_request(request).await.map_err(|e| e.to_string());
    // What the answer says beside its status is nobody's concern.
    connection.abort();
    Ok(answer?.status().as_u16())
}

/// Trusts what the system trusts; made once, as reading the system's certificates takes a while.
fn config() -> Result<Arc<ClientConfig>, String> {
    static MADE: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = MADE.get() {
        return Ok(config.clone());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(provider.clone()).map_err(|e| e.to_string())?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(MADE.get_or_init(|| Arc::new(config)).clone())
}
