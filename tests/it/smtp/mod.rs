//! The SMTP room against scripted servers.

use std::future::Future;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tillpost::domain::account::Encryption;
use tillpost::domain::reply::{Outcome, Trouble};
use tillpost::domain::{EmailAddress, Secret};
use tillpost::transport::smtp::Session;
use tillpost::transport::{Body, Deadlines, Envelope, Gate, Report, Server, SignIn};

use crate::support::scripted::{Script, Scripted};

mod body;
mod breaks;
mod mark;
mod opening;
mod pace;
mod recipients;
mod reuse;
mod words;

pub fn server(scripted: &Scripted, encryption: Encryption) -> Server {
    Server {
        host: "127.0.0.1".into(),
        port: scripted.address.port(),
        encryption,
        allow_plaintext: true,
        ca_pem: None,
        pin: None,
        hello: None,
    }
}

/// Deadlines that no healthy test meets and no hanging test waits long for.
pub fn patient() -> Deadlines {
    short(Duration::from_secs(10))
}

/// All the same.
pub fn short(all: Duration) -> Deadlines {
    Deadlines {
        resolve: all,
        connect: all,
        tls: all,
        greeting: all,
        ehlo: all,
        auth: all,
        mail: all,
        rcpt: all,
        data: all,
        body_window: all,
        body_rate: 500,
        mark: all,
        dot: all,
        reset: all,
        quit: all,
    }
}

pub fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub fn envelope(id: u64, to: &[&str], text: &[u8]) -> Envelope {
    Envelope {
        id,
        from: address("shop@example.com"),
        to: to.iter().map(|a| address(a)).collect(),
        size: text.len() as u64,
        eight_bit: !text.is_ascii(),
    }
}

pub fn body(text: &[u8]) -> Box<dyn Body> {
    Box::new(Cursor::new(text.to_vec()))
}

/// A mark that stands at once.
pub fn open_gate() -> Box<dyn Gate> {
    Box::new(|| async { Ok(()) })
}

/// A mark that stands at once, and how often it was asked for.
pub fn counted_gate() -> (Box<dyn Gate>, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let inner = Arc::clone(&count);
    let gate = move || {
        inner.fetch_add(1, Ordering::SeqCst);
        async { Ok(()) }
    };
    (Box::new(gate), count)
}

pub const TEXT: &[u8] = b"Subject: job card\r\n\r\nReady.\r\n";

pub async fn open(scripted: &Scripted) -> Session {
    Session::open(&server(scripted, Encryption::None), SignIn::None, &patient()).await.unwrap()
}

/// Opens a session without encryption, signed in.
pub async fn open_signed_in(
    scripted: &Scripted,
    deadlines: &Deadlines,
) -> Result<Session, (Trouble, String)> {
    let password = Secret::new("hunter2");
    let sign_in = SignIn::Password { user: "shop", password: &password };
    Session::open(&server(scripted, Encryption::None), sign_in, deadlines).await
}

/// One message over one session to a server with this script.
pub async fn one(script: Script, to: &[&str], text: &[u8]) -> (Report, Session, Scripted) {
    let scripted = Scripted::start(script).await;
    let mut session = open(&scripted).await;
    let report = session.send(&envelope(1, to, text), body(text), open_gate(), None).await;
    (report, session, scripted)
}

/// Fails the test where it would hang.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), what).await.expect("it took longer than ten seconds")
}

/// An outcome in short: `250`, `550`, `450`, `not sent`, `uncertain`.
pub fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted(r) | Outcome::Refused(r) | Outcome::Deferred(r) => r.code.to_string(),
        Outcome::NotSent => "not sent".into(),
        Outcome::Uncertain(_) => "uncertain".into(),
    }
}

pub fn short_words(report: &Report) -> Vec<String> {
    report.outcomes.iter().map(word).collect()
}
