//! What a scripted server is told to do.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_rustls::rustls::ServerConfig;

/// A place in the conversation, as the server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// A connection was made; nothing was said, TLS has not begun.
    Connect,
    Greeting,
    Ehlo,
    StartTls,
    /// AUTH.
    Auth,
    /// A line that answers a 334.
    AuthStep,
    Mail,
    Rcpt,
    Data,
    /// The first bytes of a message are there.
    Text,
    /// A whole message is there.
    Dot,
    Rset,
    Quit,
    Other,
}

impl At {
    /// Every place before the dot, in order, that a plain session with AUTH passes.
    pub const BEFORE_DOT: [Self; 8] = [
        Self::Connect,
        Self::Greeting,
        Self::Ehlo,
        Self::Auth,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::Text,
    ];
}

/// Where the server is and what it was told.
#[derive(Debug)]
pub struct Moment<'a> {
    pub at: At,
    /// The command line.
    pub line: &'a str,
    /// Connections before this one.
    pub connection: usize,
    /// Whether TLS stands.
    pub secured: bool,
    /// Messages completed before, on all connections.
    pub mails: usize,
}

/// What the server does at a moment.
pub enum Act {
    /// What a server does that takes everything.
    Usual,
    /// Says this instead; the bytes as they are.
    Say(Vec<u8>),
    /// Says this and closes.
    Last(Vec<u8>),
    /// Closes without a word.
    Close,
    /// Cuts the connection (RST).
    Reset,
    /// Says this, one byte each interval.
    Drip(Vec<u8>, Duration),
    /// Repeats this until the client hangs up.
    Flood(Vec<u8>),
    /// Says and reads nothing more, and keeps the connection.
    Hang,
    /// Waits for the signal, then does the other.
    After(Arc<Notify>, Box<Act>),
}

/// Says a line.
pub fn say(line: &str) -> Act {
    Act::Say(format!("{line}\r\n").into_bytes())
}

type Decide = Box<dyn Fn(&Moment<'_>) -> Act + Send + Sync>;

/// How the connection is protected.
#[derive(Clone)]
#[allow(clippy::enum_variant_names)]
pub enum Tls {
    None,
    Implicit(Arc<ServerConfig>),
    StartTls(Arc<ServerConfig>),
}

/// What the server is and does.
pub struct Script {
    pub tls: Tls,
    /// EHLO keywords.
    pub keywords: Vec<&'static str>,
    pub decide: Decide,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            tls: Tls::None,
            keywords: vec!["PIPELINING", "SIZE 100000000", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN"],
            decide: Box::new(|_| Act::Usual),
        }
    }
}

impl Script {
    /// A server that does what `decide` says.
    pub fn new(decide: impl Fn(&Moment<'_>) -> Act + Send + Sync + 'static) -> Self {
        Self { decide: Box::new(decide), ..Self::default() }
    }

    /// A server that does `act` at `at`, and the usual everywhere else.
    pub fn at(at: At, act: impl Fn() -> Act + Send + Sync + 'static) -> Self {
        Self::new(move |moment| if moment.at == at { act() } else { Act::Usual })
    }

    pub fn keywords(mut self, keywords: &[&'static str]) -> Self {
        self.keywords = keywords.to_vec();
        self
    }

    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }
}
