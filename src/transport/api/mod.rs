//! Sending through the interfaces of Google (Gmail API) and Microsoft (Graph).
//!
//! A mail is one request: the whole message, whose header names the recipients, Bcc among them; the
//! interface takes that field out. What holds for a mail server holds here:
//!
//! - The [`Gate`] writes its durable mark before the last bytes leave. An interface cannot act on a request
//!   that is not whole, so what fails before is provably not sent ([`Outcome::NotSent`]); only what fails
//!   after it, or an answer that says that another one was lost, is [`Outcome::Uncertain`].
//! - An interface refuses a mail to all where it dislikes one recipient; the report says that each can go
//!   alone then, so that one person's address costs nobody else their mail.
//! - Each mail has a connection of its own: one that was closed while it lay idle could not be told from
//!   one that broke at the last moment. Resumed TLS sessions make that cheap.
//! - Nobody is asked whether an uncertain mail went out: looking for it would need the right to read the
//!   shop's mailbox, which the shop is not asked for.
//!
//! Neither interface promises to keep the Message-ID of the mail; Google is seen to replace it.
//!
//! # Source
//! Gmail API, `users.messages.send` with `uploadType=media`; Microsoft Graph, `user: sendMail` in MIME format.

mod answer;
mod upload;

use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, sleep_until, timeout};

use super::connection::{
    Deadlines, Io, Progress, Server, SignIn, Transcript, Watch, closed, dial, network, refuse_plaintext,
    secure,
};
use super::http::{AGENT, AbortOnDrop};
use super::sending::{Body, Envelope, Gate, Report};
use crate::domain::Secret;
use crate::domain::account::{Encryption, Transport};
use crate::domain::reply::{self, Cause, Effect, Outcome, Reply, Stage, Trouble};
use upload::{Coding, Upload, Way};

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// An interface that was reached, and the token to send with.
#[derive(Debug)]
pub struct Session {
    interface: Interface,
    server: Server,
    host: String,
    token: Option<Secret>,
    deadlines: Deadlines,
    transcript: Transcript,
    /// The connection that showed that the interface is there, for the first mail.
    fresh: Option<Connection>,
}

struct Connection(Box<dyn Io>);

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

/// What is particular to each interface.
#[derive(Debug, Clone, Copy)]
struct Interface {
    path: &'static str,
    content_type: &'static str,
    coding: Coding,
    /// The one status that means that the mail was taken.
    accepted: u16,
    most_bytes: u64,
}

impl Interface {
    fn of(transport: Transport) -> Self {
        let most_bytes = transport.most_bytes().unwrap_or(u64::MAX);
        match transport {
            Transport::Graph => Self {
                path: "/v1.0/me/sendMail",
                content_type: "text/plain",
                coding: Coding::Base64,
                accepted: 202,
                most_bytes,
            },
            Transport::Gmail | Transport::Smtp => Self {
                path: "/upload/gmail/v1/users/me/messages/send?uploadType=media",
                content_type: "message/rfc822",
                coding: Coding::Plain,
                accepted: 200,
                most_bytes,
            },
        }
    }
}

/// How one request ended.
enum Ended {
    /// It was answered; whether all of the mail had left by then.
    Answered(Reply, bool),
    /// It broke; whether all of the mail may have left before.
    Broke(Trouble, bool),
}

impl Session {
    pub(super) async fn open(
        transport: Transport,
        server: Server,
        sign_in: SignIn<'_>,
        deadlines: &Deadlines,
        watch: Watch<'_>,
    ) -> Result<Self, (Trouble, String)> {
        let token = match sign_in {
            SignIn::Token { token, .. } => Some(token.clone()),
            SignIn::Password { .. } | SignIn::None => None,
        };
        let mut session = Self {
            interface: Interface::of(transport),
            host: idna::domain_to_ascii(&server.host).unwrap_or_else(|_| server.host.clone()),
            server,
            token,
            deadlines: deadlines.clone(),
            transcript: Transcript::new(),
            fresh: None,
        };
        let secrets = session.token.iter().map(|token| token.expose().to_owned()).collect();
        session.transcript.hide(secrets);
        match session.connect(watch).await {
            Ok(io) => session.fresh = Some(Connection(io)),
            Err(trouble) => {
                session.transcript.note('-', &trouble.to_string());
                return Err((trouble, session.transcript.take()));
            }
        }
        Ok(session)
    }

    /// The largest message it takes, in bytes.
    pub(super) fn most_bytes(&self) -> Option<u64> {
        Some(self.interface.most_bytes)
    }

    async fn connect(&mut self, watch: Watch<'_>) -> Result<Box<dyn Io>, Trouble> {
        let sign_in = match &self.token {
            Some(token) => SignIn::Token { user: "", token },
            None => SignIn::None,
        };
        refuse_plaintext(&self.server, sign_in, None)?;
        let tcp = dial(&self.host, self.server.port, &self.deadlines, &mut self.transcript, watch).await?;
        refuse_plaintext(&self.server, sign_in, tcp.peer_addr().ok())?;
        if self.server.encryption == Encryption::None {
            return Ok(Box::new(tcp));
        }
        let handshake = secure(Box::new(tcp), &self.host, self.server.trust());
        let secured = timeout(self.deadlines.tls, handshake).await.unwrap_or(Err(Cause::TimedOut));
        let secured = secured.map_err(|cause| at(Stage::Tls, cause))?;
        self.transcript.note('-', &format!("encrypted with {}", secured.version));
        watch(Progress::Secured { version: secured.version, certificate: secured.certificate });
        Ok(secured.io)
    }

    /// Sends one message to all in the envelope; its header must name just these.
    pub(super) async fn send(
        &mut self,
        envelope: &Envelope,
        body: Box<dyn Body>,
        gate: Box<dyn Gate>,
    ) -> Report {
        let most = self.interface.most_bytes;
        if envelope.size > most {
            let size = envelope.size;
            let text = format!(
                "5.3.4 The message has {size} bytes, the interface takes {most} at most; it was not asked"
            );
            return self.report(envelope, &Outcome::Refused(Reply::foretold(552, &text)), None, false);
        }
        let connected = match self.fresh.take() {
            Some(Connection(io)) => Ok(io),
            None => self.connect(&|_| ()).await,
        };
        let ended = match connected {
            Ok(io) => self.ask(envelope, io, body, gate).await,
            Err(trouble) => Ended::Broke(trouble, false),
        };
        self.judge(envelope, ended)
    }

    fn judge(&mut self, envelope: &Envelope, ended: Ended) -> Report {
        let (reply, whole) = match ended {
            Ended::Answered(reply, whole) => (reply, whole),
            Ended::Broke(trouble, doubt) => {
                self.transcript.note('-', &trouble.to_string());
                let outcome = if doubt { Outcome::Uncertain(trouble.to_string()) } else { Outcome::NotSent };
                return self.report(envelope, &outcome, Some(trouble), false);
            }
        };
        if reply.code == self.interface.accepted && whole {
            return self.report(envelope, &Outcome::Accepted(reply), None, false);
        }
        let trouble = at(reply::stage_of_answer(&reply), Cause::Replied(reply.clone()));
        if reply.code < 400 {
            // No answer of the interface: something else spoke, and may have done anything with the mail.
            let trouble = at(Stage::Dot, Cause::Protocol(format!("it answered \"{reply}\"")));
            let doubt = whole && reply.is_positive();
            let outcome = if doubt { Outcome::Uncertain(trouble.to_string()) } else { Outcome::NotSent };
            return self.report(envelope, &outcome, Some(trouble), false);
        }
        if whole && reply.leaves_doubt() {
            return self.report(envelope, &Outcome::Uncertain(reply.to_string()), Some(trouble), false);
        }
        if reply::effect(&trouble) != Effect::ThisMail {
            return self.report(envelope, &Outcome::NotSent, Some(trouble), false);
        }
        if envelope.to.len() > 1 && reply.names_a_recipient() {
            return self.report(envelope, &Outcome::NotSent, None, true);
        }
        self.report(envelope, &Outcome::Refused(reply), None, false)
    }

    fn report(
        &mut self,
        envelope: &Envelope,
        outcome: &Outcome,
        trouble: Option<Trouble>,
        each_alone: bool,
    ) -> Report {
        let outcomes = vec![outcome.clone(); envelope.to.len()];
        Report { outcomes, trouble, too_many: false, each_alone, transcript: self.transcript.take() }
    }

    /// One request and its answer.
    async fn ask(
        &mut self,
        envelope: &Envelope,
        io: Box<dyn Io>,
        body: Box<dyn Body>,
        gate: Box<dyn Gate>,
    ) -> Ended {
        let way = Way::new(self.deadlines.mark);
        let upload = Upload::new(body, envelope.size, self.interface.coding, gate, &way);
        let request = match self.request(upload) {
            Ok(request) => request,
            Err(trouble) => return Ended::Broke(trouble, false),
        };
        self.transcript.note(
            'C',
            &format!("POST {} ({} bytes, for {})", self.interface.path, envelope.size, envelope.to.len()),
        );
        let (mut sender, connection) = match http1::handshake(TokioIo::new(io)).await {
            Ok(ready) => ready,
            Err(why) => return Ended::Broke(at(Stage::Mail, cause_of(&why)), false),
        };
        let _connection = AbortOnDrop::new(tokio::spawn(connection));
        let answering = sender.send_request(request);
        tokio::pin!(answering);
        let answer = loop {
            let (until, stage) = way.deadline(&self.deadlines);
            tokio::select! {
                answer = &mut answering => break answer.map_err(|why| cause_of(&why)),
                () = sleep_until(until) => {}
            }
            // What moved meanwhile has its own time.
            if Instant::now() >= way.deadline(&self.deadlines).0 {
                let left = way.give_up();
                let stage = if left { Stage::Dot } else { stage };
                return Ended::Broke(at(stage, Cause::TimedOut), left);
            }
        };
        let left = way.give_up();
        match answer {
            Ok(answer) => match self.read(answer).await {
                Ok(reply) => Ended::Answered(reply, left),
                Err(cause) => Ended::Broke(at(Stage::Dot, cause), left),
            },
            Err(_) if way.failed().is_some() => {
                Ended::Broke(at(Stage::Body, way.failed().unwrap_or(Cause::TimedOut)), false)
            }
            Err(cause) => Ended::Broke(at(if left { Stage::Dot } else { Stage::Body }, cause), left),
        }
    }

    fn request(&self, upload: Upload) -> Result<Request<Upload>, Trouble> {
        let token = self.token.as_ref().ok_or_else(|| at(Stage::Token, Cause::NotConnected))?;
        let unfit = |_| at(Stage::Auth, Cause::Protocol("the token cannot stand in a request".into()));
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(unfit)?;
        bearer.set_sensitive(true);
        let usual = if self.server.encryption == Encryption::None { 80 } else { 443 };
        let host = match self.server.port {
            port if port == usual => self.host.clone(),
            port if self.host.contains(':') => format!("[{}]:{port}", self.host),
            port => format!("{}:{port}", self.host),
        };
        let request = Request::post(self.interface.path)
            .header(HOST, host)
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, bearer)
            .header(CONTENT_TYPE, self.interface.content_type)
            .body(upload);
        request.map_err(|why| at(Stage::Mail, Cause::Protocol(why.to_string())))
    }

    /// What was answered. The head alone decides whether the mail was taken; a body that does not come is
    /// only fewer words.
    async fn read(&mut self, answer: Response<Incoming>) -> Result<Reply, Cause> {
        let (head, body) = answer.into_parts();
        let patience = self.deadlines.ehlo.min(Duration::from_secs(60));
        let body = timeout(patience, Limited::new(body, LONGEST_ANSWER).collect()).await;
        let body = body.ok().and_then(Result::ok).map_or_else(Bytes::new, |body| body.to_bytes());
        let reply = answer::read(head.status.as_u16(), &head.headers, &body);
        self.transcript.note('S', &reply.to_string());
        for name in ["request-id", "x-request-id"] {
            if let Some(id) = head.headers.get(name).and_then(|id| id.to_str().ok()) {
                self.transcript.note('S', &format!("{name}: {id}"));
            }
        }
        Ok(reply)
    }
}

fn at(stage: Stage, cause: Cause) -> Trouble {
    Trouble { stage, cause }
}

/// Why a request broke.
fn cause_of(why: &hyper::Error) -> Cause {
    let mut source = std::error::Error::source(why);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return network(io);
        }
        source = inner.source();
    }
    if why.is_parse() { Cause::Protocol(why.to_string()) } else { closed() }
}
