//! One connection to a mail server, from its first byte to QUIT.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::auth::Proof;
use super::capabilities::Capabilities;
use super::line::Line;
use super::replies::Whole;
use super::stream::Wire;
use crate::domain::account::Encryption;
use crate::domain::reply::{Cause, Reply, Stage, Trouble};
use crate::transport::connection::{
    Deadlines, Progress, Server, SignIn, Transcript, Watch, dial, refuse_plaintext, secure,
};
use crate::transport::sending::Envelope;

/// A connection that is ready for mail.
///
/// Dropping it closes the connection, at any point, also in the middle of a call: what was not completed
/// before is not delivered. When a call to [`Session::send`] is dropped after its gate was called, nobody
/// knows: treat its recipients as uncertain.
#[derive(Debug)]
pub struct Session {
    pub(super) conn: AsyncSmtpConnectionOf,
    pub(super) line: Line,
    pub(super) caps: Capabilities,
    /// Set while a transaction runs and left set when it did not end cleanly.
    pub(super) in_hand: bool,
    /// The envelope whose MAIL, RCPT and DATA left together with the last message's dot.
    pub(super) announced: Option<Envelope>,
    quit: Duration,
}

/// lettre's connection, which has no `Debug`.
pub(super) struct AsyncSmtpConnectionOf(pub(super) AsyncSmtpConnection);

impl std::fmt::Debug for AsyncSmtpConnectionOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AsyncSmtpConnection")
    }
}

impl Session {
    /// Connects, secures the connection, introduces us and signs in.
    ///
    /// # Errors
    /// What went wrong and where, with the conversation so far. It belongs to the account, never to a
    /// mail; [`crate::domain::reply::effect`] says what it means.
    pub async fn open(
        server: &Server,
        sign_in: SignIn<'_>,
        deadlines: &Deadlines,
    ) -> Result<Self, (Trouble, String)> {
        Self::open_watched(server, sign_in, deadlines, &|_| ()).await
    }

    /// [`Session::open`] with somebody looking on.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn open_watched(
        server: &Server,
        sign_in: SignIn<'_>,
        deadlines: &Deadlines,
        watch: Watch<'_>,
    ) -> Result<Self, (Trouble, String)> {
        let mut transcript = Transcript::new();
        let host = idna::domain_to_ascii(&server.host).unwrap_or_else(|_| server.host.clone());
        let dialled = match refuse_plaintext(server, sign_in, None) {
            Ok(()) => dial(&host, server.port, deadlines, &mut transcript, watch).await,
            Err(trouble) => Err(trouble),
        };
        let tcp = match dialled {
            Ok(tcp) => tcp,
            Err(trouble) => {
                transcript.note('-', &trouble.to_string());
                return Err((trouble, transcript.take()));
            }
        };
        let peer = tcp.peer_addr().ok();
        let hello = hello(server, &tcp);
        let deadlines = Arc::new(deadlines.clone());
        let wire = Wire::new(Box::new(tcp), Arc::clone(&deadlines), transcript, Stage::Greeting);
        let opening = Opening {
            line: Line::new(wire),
            server,
            host: &host,
            hello: &hello,
            peer,
            deadlines: &deadlines,
            watch,
        };
        match opening.run(sign_in).await {
            Ok(session) => Ok(session),
            Err(trouble) => {
                let mut wire = opening.line.lock();
                if wire.fault().is_none() {
                    wire.transcript.note('-', &trouble.to_string());
                }
                drop(wire.take_io());
                Err((trouble, wire.transcript.take()))
            }
        }
    }

    /// What the server said it can do.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.caps
    }

    /// Whether another message may be sent on this connection.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.in_hand && self.line.lock().fault().is_none()
    }

    /// Whether this message may be sent on it: where the next message was announced together with the
    /// last one, only that one may follow.
    #[must_use]
    pub fn is_usable_for(&self, envelope: &Envelope) -> bool {
        self.is_usable() && self.announced.as_ref().is_none_or(|a| a == envelope)
    }

    /// Says goodbye without waiting for an answer, and closes the connection.
    pub async fn quit(self) {
        // Where a message was announced the server waits for its text: QUIT would be taken for it.
        if self.is_usable() && self.announced.is_none() {
            self.line.lock().say(b"QUIT\r\n");
            let sending = std::future::poll_fn(|cx| self.line.lock().poll_send(cx));
            let _ = timeout(self.quit, sending).await;
        }
        drop(self.line.lock().take_io());
    }
}

/// A connection being opened.
struct Opening<'a> {
    line: Line,
    server: &'a Server,
    host: &'a str,
    hello: &'a str,
    peer: Option<SocketAddr>,
    deadlines: &'a Deadlines,
    watch: Watch<'a>,
}

impl Opening<'_> {
    async fn run(&self, sign_in: SignIn<'_>) -> Result<Session, Trouble> {
        if self.server.encryption == Encryption::Tls {
            self.secure().await?;
        }
        self.greeting().await?;
        if self.server.encryption == Encryption::StartTls {
            self.start_tls().await?;
        }
        let (mut conn, caps) = self.ehlo(sign_in).await?;
        (self.watch)(Progress::Offers(caps.clone()));
        if let Some(proof) = Proof::of(sign_in) {
            refuse_plaintext(self.server, sign_in, self.peer)?;
            let mechanism = proof
                .mechanism(&caps)
                .ok_or_else(|| at(Stage::Auth, Cause::NoMechanism(caps.mechanisms.clone())))?;
            self.line.lock().transcript.hide(proof.forms());
            let steps = proof.steps(mechanism);
            self.sign_in(&mut conn, &steps).await?;
        }
        Ok(Session {
            conn: AsyncSmtpConnectionOf(conn),
            line: self.line.clone(),
            caps,
            in_hand: false,
            announced: None,
            quit: self.deadlines.quit,
        })
    }

    async fn secure(&self) -> Result<(), Trouble> {
        let io = {
            let mut wire = self.line.lock();
            wire.enter(Stage::Tls);
            wire.take_io()
        };
        let io = io.ok_or_else(|| lost(&self.line, Stage::Tls))?;
        let handshake = secure(io, self.host, self.server.trust());
        let secured = timeout(self.deadlines.tls, handshake)
            .await
            .unwrap_or(Err(Cause::TimedOut))
            .map_err(|cause| at(Stage::Tls, cause))?;
        let mut wire = self.line.lock();
        wire.put_io(secured.io);
        wire.transcript.note('-', &format!("encrypted with {}", secured.version));
        drop(wire);
        (self.watch)(Progress::Secured { version: secured.version, certificate: secured.certificate });
        Ok(())
    }

    /// RFC 5321 section 3.1: 220, and nothing before it is said.
    async fn greeting(&self) -> Result<(), Trouble> {
        self.line.lock().enter(Stage::Greeting);
        let whole = std::future::poll_fn(|cx| self.line.lock().poll_reply(cx)).await;
        let whole = whole.map_err(|_| lost(&self.line, Stage::Greeting))?;
        let greeting = whole.reply.clone();
        exactly(220, Stage::Greeting, whole.reply)?;
        (self.watch)(Progress::Greeted(greeting));
        Ok(())
    }

    /// RFC 3207. What the server said before the handshake counts for nothing after it; anything beyond
    /// its 220 was put there by someone else.
    async fn start_tls(&self) -> Result<(), Trouble> {
        let ehlo = format!("EHLO {}\r\n", self.hello);
        let whole = self.ask(Stage::Ehlo, &ehlo).await?;
        let caps = Capabilities::read(&whole.lines);
        exactly(250, Stage::Ehlo, whole.reply)?;
        if !caps.start_tls {
            return Err(at(Stage::StartTls, Cause::NoEncryption));
        }
        let whole = self.ask(Stage::StartTls, "STARTTLS\r\n").await?;
        exactly(220, Stage::StartTls, whole.reply)?;
        if self.line.lock().has_leftovers() {
            let why = "it said more before the connection was encrypted".to_owned();
            return Err(at(Stage::StartTls, Cause::Protocol(why)));
        }
        self.secure().await
    }

    async fn ask(&self, stage: Stage, command: &str) -> Result<Whole, Trouble> {
        let asked = self.line.ask(stage, command).await;
        asked.map_err(|_| lost(&self.line, stage))
    }

    /// Hands the connection to lettre, which says EHLO.
    ///
    /// A server that does not know EHLO is greeted with HELO (RFC 5321 section 3.2): it can do nothing
    /// beyond plain text then, so never where a password or encryption by STARTTLS is wanted.
    async fn ehlo(&self, sign_in: SignIn<'_>) -> Result<(AsyncSmtpConnection, Capabilities), Trouble> {
        {
            let mut wire = self.line.lock();
            wire.greet_lettre();
            wire.enter(Stage::Ehlo);
        }
        let name = ClientId::Domain(self.hello.to_owned());
        let conn = AsyncSmtpConnection::connect_with_transport(Box::new(self.line.clone()), &name).await;
        let whole = self.line.lock().take_reply();
        let (Ok(conn), Some(whole)) = (conn, whole) else {
            return Err(lost(&self.line, Stage::Ehlo));
        };
        let unknown = matches!(whole.reply.code, 500 | 502 | 504);
        if unknown && matches!(sign_in, SignIn::None) && self.server.encryption != Encryption::StartTls {
            let helo = self.ask(Stage::Ehlo, &format!("HELO {}\r\n", self.hello)).await?;
            if helo.reply.code == 250 {
                return Ok((conn, Capabilities::default()));
            }
        }
        let caps = Capabilities::read(&whole.lines);
        exactly(250, Stage::Ehlo, whole.reply)?;
        Ok((conn, caps))
    }

    /// RFC 4954: 334 asks for the next step, 235 is success, everything else is the server's no.
    async fn sign_in(&self, conn: &mut AsyncSmtpConnection, steps: &[String]) -> Result<(), Trouble> {
        let mut reply = None;
        for (n, step) in steps.iter().enumerate() {
            {
                let mut wire = self.line.lock();
                wire.enter(Stage::Auth);
                wire.hush(n > 0);
            }
            let came = conn.command(format!("{step}\r\n")).await;
            let whole = self.line.lock().take_reply();
            let (Ok(_), Some(whole)) = (came, whole) else {
                return Err(lost(&self.line, Stage::Auth));
            };
            let more = whole.reply.code == 334;
            reply = Some(whole.reply);
            if !more {
                break;
            }
        }
        self.line.lock().hush(false);
        let Some(reply) = reply else { return Ok(()) };
        exactly(235, Stage::Auth, reply.clone())?;
        (self.watch)(Progress::SignedIn(reply));
        Ok(())
    }
}

fn at(stage: Stage, cause: Cause) -> Trouble {
    Trouble { stage, cause }
}

/// The trouble the stream met; it knows better than lettre.
pub(super) fn lost(line: &Line, stage: Stage) -> Trouble {
    line.lock()
        .fault()
        .cloned()
        .unwrap_or_else(|| at(stage, Cause::Protocol("the conversation lost its order".to_owned())))
}

/// The code that was hoped for; 4xx and 5xx are the server's answer, anything else is out of order.
pub(super) fn exactly(code: u16, stage: Stage, reply: Reply) -> Result<(), Trouble> {
    if reply.code == code {
        return Ok(());
    }
    Err(unexpected(stage, reply))
}

/// The trouble that a reply other than the hoped for one is.
pub(super) fn unexpected(stage: Stage, reply: Reply) -> Trouble {
    let cause = if reply.is_transient() || reply.is_permanent() {
        Cause::Replied(reply)
    } else {
        Cause::Protocol(format!("it answered \"{reply}\""))
    };
    at(stage, cause)
}

/// RFC 5321 section 4.1.3: an address literal where there is no name to give.
fn hello(server: &Server, tcp: &TcpStream) -> String {
    let given = server.hello.as_deref().unwrap_or_default();
    if !given.is_empty() && given.bytes().all(|b| b.is_ascii_graphic()) {
        return given.to_owned();
    }
    match tcp.local_addr() {
        Ok(SocketAddr::V4(own)) => format!("[{}]", own.ip()),
        Ok(SocketAddr::V6(own)) => format!("[IPv6:{}]", own.ip()),
        Err(_) => "[127.0.0.1]".to_owned(),
    }
}
