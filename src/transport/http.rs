//! The HTTP client for everything that is not mail: one request, one answer, no redirections.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, USER_AGENT};
use hyper::{Response, Uri};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, rustls};

/// A request before it is addressed: [`exchange`] fills in where it goes.
pub use hyper::Request;

use super::connection::{reach, refused_handshake};
use crate::domain::Target;
use crate::domain::reply::{Cause, Stage, Trouble};

/// How long the other side may take for everything, unless the caller says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// The longest answer that is read, in bytes, unless the caller says otherwise.
pub const LONGEST_ANSWER: usize = 256 * 1024;

/// Sends `request` to `target` and reads the answer of up to `longest` bytes; redirections are not followed.
///
/// # Errors
/// How it broke, and where: at [`Stage::Dot`] the other side may have done what was asked, before it not.
pub async fn exchange(
    target: &Target,
    mut request: Request<Vec<u8>>,
    patience: Duration,
    longest: usize,
) -> Result<Response<Vec<u8>>, Trouble> {
    let own = Uri::try_from(target.path.as_str()).map_err(|e| at(Stage::Connect, protocol(&e)))?;
    *request.uri_mut() = own;
    let host = HeaderValue::try_from(&target.authority).map_err(|e| at(Stage::Connect, protocol(&e)))?;
    let headers = request.headers_mut();
    headers.insert(HOST, host);
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    let request = request.map(|body| Full::new(Bytes::from(body)));
    let deadline = tokio::time::Instant::now() + patience;
    let late = |stage| move |_| at(stage, Cause::TimedOut);
    let stream = tokio::time::timeout_at(deadline, connect(target)).await.map_err(late(Stage::Connect))??;
    if !target.tls {
        let talk = talk(TokioIo::new(stream), request, longest);
        return tokio::time::timeout_at(deadline, talk).await.map_err(late(Stage::Dot))?;
    }
    let config = tokio::task::spawn_blocking(config).await.map_err(|e| at(Stage::Tls, protocol(&e)))?;
    let config = config.map_err(|why| at(Stage::Tls, Cause::Protocol(why)))?;
    let name = ServerName::try_from(target.host.clone()).map_err(|e| at(Stage::Tls, protocol(&e)))?;
    let handshake = TlsConnector::from(config).connect(name, stream);
    let stream = tokio::time::timeout_at(deadline, handshake).await.map_err(late(Stage::Tls))?;
    let stream = stream.map_err(|why| at(Stage::Tls, refused_handshake(&why, None)))?;
    let talk = talk(TokioIo::new(stream), request, longest);
    tokio::time::timeout_at(deadline, talk).await.map_err(late(Stage::Dot))?
}

async fn connect(target: &Target) -> Result<TcpStream, Trouble> {
    let host = idna::domain_to_ascii(&target.host).unwrap_or_else(|_| target.host.clone());
    reach(&host, target.port).await
}

async fn talk<S>(
    io: TokioIo<S>,
    request: Request<Full<Bytes>>,
    longest: usize,
) -> Result<Response<Vec<u8>>, Trouble>
where
    TokioIo<S>: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        http1::handshake(io).await.map_err(|e| at(Stage::Greeting, protocol(&e)))?;
    let connection = AbortOnDrop::new(tokio::spawn(connection));
    let answer = sender.send_request(request).await.map_err(|e| at(Stage::Dot, protocol(&e)))?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, longest).collect().await;
    let body = body.map_err(|e| at(Stage::Dot, Cause::Protocol(e.to_string())))?;
    drop(connection);
    Ok(Response::from_parts(head, body.to_bytes().to_vec()))
}

/// Who asks.
pub(super) const AGENT: &str = concat!("Tillpost/", env!("CARGO_PKG_VERSION"));

/// The connection ends with the call, also where that is given up.
pub(super) struct AbortOnDrop(tokio::task::JoinHandle<hyper::Result<()>>);

impl AbortOnDrop {
    pub(super) fn new(connection: tokio::task::JoinHandle<hyper::Result<()>>) -> Self {
        Self(connection)
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn at(stage: Stage, cause: Cause) -> Trouble {
    Trouble { stage, cause }
}

fn protocol(why: &dyn std::error::Error) -> Cause {
    Cause::Protocol(why.to_string())
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
