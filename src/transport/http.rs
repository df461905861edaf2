//! One request over HTTP/1.1, encrypted or to this machine; redirections are not followed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper::Request;
use hyper::body::Body as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, rustls};

use crate::domain::Target;

/// How long a connection may take to stand, encryption included.
const CONNECT_PATIENCE: Duration = Duration::from_secs(15);

/// What a request is and what its answer may be.
#[derive(Debug, Clone)]
pub struct Post<'a> {
    /// Header fields beside Host and User-Agent.
    pub headers: &'a [(&'a str, String)],
    /// What is sent.
    pub body: String,
    /// How long the answer may take once the request has begun to leave.
    pub patience: Duration,
    /// The most bytes of the answer that are read; 0 to be told its status alone.
    pub largest: usize,
}

/// What the other side said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// What it says.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// Nothing of the request left.
    NotReached(String),
    /// The request may have been worked on.
    Lost(String),
}

/// Sends a request to `target`, once.
///
/// # Errors
/// [`Unanswered`] says whether the other side may have it.
pub async fn post(target: &Target, request: Post<'_>) -> Result<Answer, Unanswered> {
    let connect = TcpStream::connect((target.host.as_str(), target.port));
    let stream = in_time(CONNECT_PATIENCE, connect).await.map_err(Unanswered::NotReached)?;
    if !target.tls {
        return exchange(TokioIo::new(stream), target, request).await;
    }
    let config = tokio::task::spawn_blocking(config)
        .await
        .map_err(|e| e.to_string())
        .and_then(|made| made)
        .map_err(Unanswered::NotReached)?;
    let name =
        ServerName::try_from(target.host.clone()).map_err(|e| Unanswered::NotReached(e.to_string()))?;
    let connector = TlsConnector::from(config);
    let encrypt = connector.connect(name, stream);
    let stream = in_time(CONNECT_PATIENCE, encrypt).await.map_err(Unanswered::NotReached)?;
    exchange(TokioIo::new(stream), target, request).await
}

async fn in_time<T, E: std::fmt::Display>(
    patience: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, String> {
    match tokio::time::timeout(patience, work).await {
        Ok(done) => done.map_err(|e| e.to_string()),
        Err(_) => Err("it took too long to answer".into()),
    }
}

async fn exchange<S>(io: TokioIo<S>, target: &Target, post: Post<'_>) -> Result<Answer, Unanswered>
where
    TokioIo<S>: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let not_reached = |e: String| Unanswered::NotReached(e);
    let (mut sender, connection) = http1::handshake(io).await.map_err(|e| not_reached(e.to_string()))?;
    let connection = tokio::spawn(connection);
    let mut request = Request::post(&target.path)
        .header("host", &target.authority)
        .header("user-agent", concat!("Tillpost/", env!("CARGO_PKG_VERSION")));
    for (name, value) in post.headers {
        request = request.header(*name, value);
    }
    let request = request.body(post.body).map_err(|e| not_reached(e.to_string()))?;
    let answer = async {
        let answer = sender.send_request(request).await.map_err(|e| e.to_string())?;
        let status = answer.status().as_u16();
        let body =
            if post.largest == 0 { Vec::new() } else { read(answer.into_body(), post.largest).await? };
        Ok::<_, String>(Answer { status, body })
    };
    let answered = in_time(post.patience, answer).await;
    connection.abort();
    answered.map_err(Unanswered::Lost)
}

/// All bytes of a body, or why they are not all there.
async fn read(mut body: hyper::body::Incoming, largest: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(frame) =
        std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context)).await
    {
        let frame = frame.map_err(|e| e.to_string())?;
        if let Some(data) = frame.data_ref() {
            bytes.extend_from_slice(data);
        }
        if bytes.len() > largest {
            return Err(format!("its answer is larger than {largest} bytes"));
        }
    }
    Ok(bytes)
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
