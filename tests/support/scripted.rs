//! A mail server on 127.0.0.1 that does at every point what a test tells it to, and remembers all.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

pub use super::script::{Act, At, Moment, Script, Tls, say};

/// A message as it was received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    /// Its bytes, without the stuffed dots and without the line that ends it.
    pub text: Vec<u8>,
}

/// All that the server has seen.
#[derive(Debug, Default)]
pub struct Seen {
    pub commands: Vec<String>,
    /// The messages whose final dot came, taken or not.
    pub mails: Vec<Received>,
    pub connections: usize,
    /// Connections that have ended.
    pub ended: usize,
    /// Bytes of the message under way, as they crossed the wire.
    pub text_bytes: usize,
}

impl Seen {
    /// How many commands begin with `verb`.
    pub fn count(&self, verb: &str) -> usize {
        self.commands.iter().filter(|c| c.starts_with(verb)).count()
    }
}

struct Shared {
    script: Script,
    seen: Mutex<Seen>,
    changed: watch::Sender<()>,
}

/// The running server; it ends with the test's runtime.
#[derive(Clone)]
pub struct Scripted {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Scripted {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { script, seen: Mutex::default(), changed: watch::Sender::new(()) });
        let server = Self { address, shared: Arc::clone(&shared) };
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    let number = shared.note(|seen| {
                        seen.connections += 1;
                        seen.connections - 1
                    });
                    let _ = serve(tcp, &shared, number).await;
                    shared.note(|seen| seen.ended += 1);
                });
            }
        });
        server
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.seen.lock().unwrap()
    }

    /// The recipients of all that arrived, in its order.
    pub fn arrived(&self) -> Vec<String> {
        self.seen().mails.iter().flat_map(|m| m.to.clone()).collect()
    }

    /// Forgets what was seen so far.
    pub fn clear(&self) {
        *self.seen() = Seen::default();
    }

    /// Waits until what was seen is as told; for ten seconds at most.
    pub async fn until(&self, met: impl Fn(&Seen) -> bool) {
        let mut changed = self.shared.changed.subscribe();
        let waiting = async {
            while !met(&self.seen()) {
                changed.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("the server never saw it");
    }
}

impl Shared {
    fn note<T>(&self, change: impl FnOnce(&mut Seen) -> T) -> T {
        let result = change(&mut self.seen.lock().unwrap());
        self.changed.send_replace(());
        result
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// Makes closing cut the connection.
    fn cut(&self);
}

impl Stream for TcpStream {
    fn cut(&self) {
        let _ = self.set_zero_linger();
    }
}

impl Stream for tokio_rustls::server::TlsStream<Box<dyn Stream>> {
    fn cut(&self) {
        self.get_ref().0.cut();
    }
}

impl Stream for Box<dyn Stream> {
    fn cut(&self) {
        (**self).cut();
    }
}

struct Peer<'a> {
    stream: Option<Box<dyn Stream>>,
    bytes: Vec<u8>,
    shared: &'a Shared,
    connection: usize,
    secured: bool,
}

/// The conversation is over.
struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Self
    }
}

async fn serve(tcp: TcpStream, shared: &Shared, connection: usize) -> Result<(), Over> {
    tcp.set_nodelay(true)?;
    let mut peer = Peer { stream: Some(Box::new(tcp)), bytes: vec![], shared, connection, secured: false };
    peer.act(At::Connect, "", "").await?;
    if let Tls::Implicit(config) = &shared.script.tls {
        peer.secure(config).await?;
    }
    peer.act(At::Greeting, "", "220 scripted ESMTP").await?;
    let mut mail = Received::default();
    let mut steps = 0;
    loop {
        let line = peer.line().await?;
        let verb = line.split([' ', ':']).next().unwrap().to_ascii_uppercase();
        if steps > 0 {
            steps -= 1;
            let usual = if steps > 0 { "334 UGFzc3dvcmQ6" } else { "235 2.7.0 in" };
            peer.act(At::AuthStep, &line, usual).await?;
            continue;
        }
        match verb.as_str() {
            "EHLO" => {
                let mut lines = vec!["scripted".to_owned()];
                lines.extend(shared.script.keywords.iter().map(ToString::to_string));
                if matches!(shared.script.tls, Tls::StartTls(_)) && !peer.secured {
                    lines.push("STARTTLS".into());
                }
                let last = lines.pop().unwrap();
                let first: String = lines.iter().map(|l| format!("250-{l}\r\n")).collect();
                peer.act(At::Ehlo, &line, &format!("{first}250 {last}")).await?;
            }
            "STARTTLS" => {
                peer.act(At::StartTls, &line, "220 go").await?;
                if let Tls::StartTls(config) = &shared.script.tls {
                    peer.secure(config).await?;
                }
            }
            "AUTH" => {
                let login = line.eq_ignore_ascii_case("AUTH LOGIN");
                steps = if login { 2 } else { 0 };
                let usual = if login { "334 VXNlcm5hbWU6" } else { "235 2.7.0 in" };
                if !peer.act(At::Auth, &line, usual).await?.starts_with("334") {
                    steps = 0;
                }
            }
            "MAIL" => {
                mail = Received::default();
                mail.from = address(&line);
                peer.act(At::Mail, &line, "250 2.1.0 sender ok").await?;
            }
            "RCPT" => {
                let said = peer.act(At::Rcpt, &line, "250 2.1.5 recipient ok").await?;
                if said.starts_with("25") {
                    mail.to.push(address(&line));
                }
            }
            "DATA" => {
                let usual = if mail.to.is_empty() { "503 5.5.1 nobody to send to" } else { "354 go on" };
                if peer.act(At::Data, &line, usual).await?.starts_with("354") {
                    mail.text = peer.text().await?;
                    shared.note(|seen| seen.mails.push(std::mem::take(&mut mail)));
                    peer.act(At::Dot, "", "250 2.0.0 queued as 1").await?;
                }
            }
            "RSET" => drop(peer.act(At::Rset, &line, "250 2.0.0 reset").await?),
            "QUIT" => {
                peer.act(At::Quit, &line, "221 2.0.0 bye").await?;
                return Ok(());
            }
            _ => drop(peer.act(At::Other, &line, "500 5.5.1 what").await?),
        }
    }
}

fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

impl Peer<'_> {
    fn stream(&mut self) -> &mut Box<dyn Stream> {
        self.stream.as_mut().unwrap()
    }

    async fn secure(&mut self, config: &Arc<ServerConfig>) -> Result<(), Over> {
        let stream = self.stream.take().unwrap();
        let secured = TlsAcceptor::from(Arc::clone(config)).accept(stream).await?;
        self.stream = Some(Box::new(secured));
        self.secured = true;
        Ok(())
    }

    /// Does what the script says; gives what was said.
    async fn act(&mut self, at: At, line: &str, usual: &str) -> Result<String, Over> {
        let moment = Moment {
            at,
            line,
            connection: self.connection,
            secured: self.secured,
            mails: self.shared.seen.lock().unwrap().mails.len(),
        };
        let act = (self.shared.script.decide)(&moment);
        self.perform(act, usual).await
    }

    fn perform<'b>(
        &'b mut self,
        act: Act,
        usual: &'b str,
    ) -> Pin<Box<dyn Future<Output = Result<String, Over>> + Send + 'b>> {
        Box::pin(async move {
            match act {
                Act::Usual if usual.is_empty() => {}
                Act::Usual => {
                    self.stream().write_all(format!("{usual}\r\n").as_bytes()).await?;
                    self.stream().flush().await?;
                    return Ok(usual.to_owned());
                }
                Act::Say(bytes) => {
                    self.stream().write_all(&bytes).await?;
                    self.stream().flush().await?;
                    return Ok(String::from_utf8_lossy(&bytes).into_owned());
                }
                Act::Last(bytes) => {
                    self.stream().write_all(&bytes).await?;
                    self.stream().shutdown().await?;
                    // Taken in, so that closing does not cut off what was said.
                    let _ = tokio::io::copy(self.stream(), &mut tokio::io::sink()).await;
                    return Err(Over);
                }
                Act::Close => return Err(Over),
                Act::Reset => {
                    self.stream().cut();
                    return Err(Over);
                }
                Act::Drip(bytes, every) => {
                    for byte in &bytes {
                        self.stream().write_all(&[*byte]).await?;
                        self.stream().flush().await?;
                        tokio::time::sleep(every).await;
                    }
                    return Ok(String::from_utf8_lossy(&bytes).into_owned());
                }
                Act::Flood(bytes) => loop {
                    self.stream().write_all(&bytes).await?;
                },
                Act::Hang => std::future::pending().await,
                Act::After(signal, then) => {
                    signal.notified().await;
                    return self.perform(*then, usual).await;
                }
            }
            Ok(String::new())
        })
    }

    async fn more(&mut self) -> Result<usize, Over> {
        let mut chunk = vec![0; 16 * 1024];
        let n = self.stream().read(&mut chunk).await?;
        if n == 0 {
            return Err(Over);
        }
        self.bytes.extend_from_slice(&chunk[..n]);
        Ok(n)
    }

    async fn line(&mut self) -> Result<String, Over> {
        loop {
            if let Some(end) = self.bytes.windows(2).position(|w| w == b"\r\n") {
                let line = String::from_utf8_lossy(&self.bytes[..end]).into_owned();
                self.bytes.drain(..end + 2);
                self.shared.note(|seen| seen.commands.push(line.clone()));
                return Ok(line);
            }
            self.more().await?;
        }
    }

    /// A message, by the letter of RFC 5321 section 4.5.2: lines end with CRLF alone.
    async fn text(&mut self) -> Result<Vec<u8>, Over> {
        let (mut text, mut at, mut fresh) = (vec![], 0, true);
        self.shared.note(|seen| seen.text_bytes = self.bytes.len());
        loop {
            while let Some(end) = self.bytes[at..].windows(2).position(|w| w == b"\r\n") {
                let line = &self.bytes[at..at + end + 2];
                at += end + 2;
                match line {
                    b".\r\n" => {
                        if fresh {
                            self.act(At::Text, "", "").await?;
                        }
                        self.bytes.drain(..at);
                        return Ok(text);
                    }
                    [b'.', rest @ ..] => text.extend_from_slice(rest),
                    line => text.extend_from_slice(line),
                }
            }
            self.bytes.drain(..at);
            at = 0;
            if fresh && !(self.bytes.is_empty() && text.is_empty()) {
                fresh = false;
                self.act(At::Text, "", "").await?;
            }
            let n = self.more().await?;
            self.shared.note(|seen| seen.text_bytes += n);
        }
    }
}
