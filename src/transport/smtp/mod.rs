//! Sending through the shop's own mail server (RFC 6409 submission over RFC 5321 SMTP).
//!
//! A [`Session`] is one connection. [`Session::send`] runs one transaction on it and reports what became
//! of each recipient:
//!
//! - A refused recipient costs the others nothing; the rest of the message goes out.
//! - The [`Gate`] writes a durable mark. The final dot does not leave before the mark stands, so
//!   whatever fails before it is provably not delivered ([`Outcome::NotSent`]), and only what fails after
//!   it is [`Outcome::Uncertain`].
//! - After any error, timeout or cancelled call the connection is closed and never used again: a reply
//!   that comes late can not be taken for the answer to another question.
//! - Every stage has a deadline as a whole ([`Deadlines`]).
//! - A password crosses an unencrypted connection only to this machine and only where that was allowed;
//!   there is no fallback to clear text.

mod auth;
mod capabilities;
mod certificate;
mod deadlines;
mod dial;
mod envelope;
mod line;
mod progress;
mod replies;
mod session;
mod stream;
mod tls;
mod transaction;
mod transcript;
mod transfer;

use std::future::Future;
use std::io;
use std::pin::Pin;

pub use capabilities::Capabilities;
pub use deadlines::Deadlines;
pub use dial::answers;
pub(super) use dial::reach;
pub use progress::{Progress, Watch};
pub use replies::read_replies;
pub use session::Session;
pub(super) use tls::refused as refused_handshake;
pub use transcript::MOST_BYTES as LONGEST_TRANSCRIPT;

use crate::domain::account::{Account, Encryption};
use crate::domain::reply::{Outcome, Trouble};
use crate::domain::{EmailAddress, Secret};

/// The server a session talks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Host name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// The owner allowed an unencrypted connection; with a password still only to this machine.
    pub allow_plaintext: bool,
    /// Extra certificate authorities, PEM; trusted beside the system's own.
    pub ca_pem: Option<String>,
    /// Trust exactly the certificate with this fingerprint instead: 64 lower-case hexadecimal digits.
    pub pin: Option<String>,
    /// The name for EHLO. `None`: the connection's own address, as in `[192.168.1.5]`; the machine's name
    /// is nobody's business (RFC 5321 section 4.1.4 allows the address for clients without a name).
    pub hello: Option<String>,
}

impl Server {
    /// The server of an account.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        Self {
            host: account.host.clone(),
            port: account.port,
            encryption: account.encryption,
            allow_plaintext: account.allow_plaintext,
            ca_pem: account.ca_pem.clone(),
            pin: account.pin.clone(),
            hello: None,
        }
    }

    /// Whether the server is on this machine, by its name as in [`Account::is_loopback`].
    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// How a session signs in.
#[derive(Debug, Clone, Copy)]
pub enum SignIn<'a> {
    /// Not at all.
    None,
    /// With a user name and a password, by AUTH PLAIN or LOGIN.
    Password {
        /// The user name.
        user: &'a str,
        /// The password.
        password: &'a Secret,
    },
    /// With a user name and an access token, by AUTH XOAUTH2.
    Token {
        /// The user name.
        user: &'a str,
        /// The token; it counts for minutes.
        token: &'a Secret,
    },
}

/// Who sends one message to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Names this transaction to the caller; two envelopes with one id are the same only if all else is.
    pub id: u64,
    /// The sender, for MAIL.
    pub from: EmailAddress,
    /// The recipients, for RCPT.
    pub to: Vec<EmailAddress>,
    /// The message's length in bytes.
    pub size: u64,
    /// Whether the message has bytes above 127.
    pub eight_bit: bool,
}

/// What became of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// One for each recipient, in the envelope's order.
    pub outcomes: Vec<Outcome>,
    /// What broke the connection, if it broke; it is closed then.
    pub trouble: Option<Trouble>,
    /// The server takes fewer recipients at a time: those left [`Outcome::NotSent`] can go in the next
    /// transaction at once (RFC 5321 section 4.5.3.1.10).
    pub too_many: bool,
    /// What was said, at most [`LONGEST_TRANSCRIPT`] bytes, without passwords and without the message.
    pub transcript: String,
}

/// The bytes of a message, read as they are sent.
pub trait Body: Send {
    /// The number of bytes in all.
    fn len(&self) -> u64;

    /// Whether there is nothing.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the next bytes, some 16 KiB at a time, and gives their number; 0 at the end. The call
    /// blocks, and what it reads is all that is held in memory.
    ///
    /// # Errors
    /// When the bytes cannot be read; the message is not completed then.
    fn next_chunk(&mut self, into: &mut Vec<u8>) -> io::Result<usize>;
}

impl Body for io::Cursor<Vec<u8>> {
    fn len(&self) -> u64 {
        self.get_ref().len() as u64
    }

    fn next_chunk(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        use io::Read as _;
        self.take(transfer::PIECE as u64).read_to_end(into)
    }
}

/// A mark being written.
pub type Marking = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Writes the durable mark that a message is about to be completed.
pub trait Gate: Send {
    /// Begins writing the mark. The final dot leaves after it is done, and not at all if it fails.
    ///
    /// Called once, while the last bytes are being sent. When the call that sends is dropped or the
    /// connection breaks, the mark may stand although nothing was completed; the report, where there is
    /// one, says so.
    fn mark(&mut self) -> Marking;
}

impl<F, M> Gate for F
where
    F: FnMut() -> M + Send,
    M: Future<Output = Result<(), String>> + Send + 'static,
{
    fn mark(&mut self) -> Marking {
        Box::pin(self())
    }
}
