//! The door on this machine through which the browser comes back.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use oauth2::url::form_urlencoded;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::OauthError;
use crate::domain::Secret;
use crate::domain::oauth::Issuer;

/// The longest request that is read, in bytes.
const LONGEST_REQUEST: usize = 16 * 1024;
/// How long a browser may take for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many are served at the same time; others wait until one has gone.
const MOST_VISITORS: usize = 32;

/// What the browser shows at the end: `Ok` when it may go on, or the error's kind.
pub type Page = Box<dyn Fn(Result<(), &str>) -> String + Send + Sync>;

/// A listener for one sign-in, on a port that the system chose.
#[derive(Debug)]
pub struct Loopback {
    v4: TcpListener,
    v6: Option<TcpListener>,
    redirect: String,
}

impl Loopback {
    /// Opens the door.
    ///
    /// # Errors
    /// When this machine has no loopback.
    pub async fn open(issuer: Issuer) -> io::Result<Self> {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = v4.local_addr()?.port();
        let host = issuer.redirect_host();
        // "localhost" may mean either family: nobody else shall sit behind the other one.
        let v6 = match host {
            "localhost" => TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok(),
            _ => None,
        };
        Ok(Self { v4, v6, redirect: format!("http://{host}:{port}") })
    }

    /// The address the browser is to come back to.
    #[must_use]
    pub fn redirect(&self) -> &str {
        &self.redirect
    }

    /// Waits for the browser that carries `state`, and gives the code it brings; who carries anything
    /// else is sent away.
    pub(super) async fn code(self, state: &str, page: &Page) -> Result<Secret, OauthError> {
        // Side by side: browsers open connections ahead and leave them idle.
        let mut visitors = FuturesUnordered::new();
        loop {
            tokio::select! {
                stream = self.visitor(), if visitors.len() < MOST_VISITORS => {
                    if let Ok(stream) = stream {
                        visitors.push(tokio::time::timeout(PATIENCE, serve(stream, state, page)));
                    }
                }
                Some(served) = visitors.next() => {
                    if let Ok(Ok(Some(outcome))) = served {
                        return outcome;
                    }
                }
            }
        }
    }

    async fn visitor(&self) -> io::Result<TcpStream> {
        let visitor = match &self.v6 {
            Some(v6) => tokio::select! { v4 = self.v4.accept() => v4, v6 = v6.accept() => v6 },
            None => self.v4.accept().await,
        };
        visitor.map(|(stream, _)| stream)
    }
}

/// One visitor; `None` for one who has nothing to do here.
async fn serve(
    mut stream: TcpStream,
    state: &str,
    page: &Page,
) -> io::Result<Option<Result<Secret, OauthError>>> {
    let target = request(&mut stream).await?;
    let outcome = target.as_deref().and_then(|target| brought(target, state));
    let answer = match &outcome {
        None => head("404 Not Found", ""),
        Some(Ok(_)) => head("200 OK", &page(Ok(()))),
        Some(Err(OauthError::Refused { error, .. })) => head("200 OK", &page(Err(error))),
        Some(Err(_)) => head("200 OK", &page(Err("invalid_request"))),
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(outcome)
}

/// The path and query of a GET request; `None` for anything else.
async fn request(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|w| w == b"\r\n\r\n") {
        if bytes.len() > LONGEST_REQUEST || stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().next().unwrap_or_default();
    Ok(line.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()).map(str::to_owned))
}

/// What the browser brings in its address.
fn brought(target: &str, state: &str) -> Option<Result<Secret, OauthError>> {
    let (path, query) = target.split_once('?')?;
    if path != "/" {
        return None;
    }
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    if value("state")? != state {
        return None;
    }
    if let Some(error) = value("error") {
        let clean = |text: String| text.chars().filter(|c| !c.is_control()).take(500).collect::<String>();
        let description = clean(value("error_description").unwrap_or_default());
        return Some(Err(OauthError::Refused { error: clean(error), description }));
    }
    Some(Ok(Secret::new(value("code")?)))
}

fn head(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nReferrer-Policy: no-referrer\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_browser_that_left_is_let_in() {
        assert_eq!(brought("/?code=c&state=s", "s"), Some(Ok(Secret::new("c"))));
        for stranger in ["/favicon.ico", "/?code=c&state=other", "/?code=c", "/x?code=c&state=s", "/?state=s"]
        {
            assert_eq!(brought(stranger, "s"), None, "{stranger}");
        }
        let denied = brought("/?error=access_denied&error_description=no%0Athanks&state=s", "s").unwrap();
        let expected = OauthError::Refused { error: "access_denied".into(), description: "nothanks".into() };
        assert_eq!(denied, Err(expected));
    }
}
