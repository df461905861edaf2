//! From a server's settings to a connection: the name looked up, the port reached, the line secured. The
//! same for mail servers and for interfaces.

mod certificate;
mod deadlines;
mod dial;
mod progress;
mod tls;
mod transcript;

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};

pub use deadlines::Deadlines;
pub use dial::answers;
pub(super) use dial::{dial, reach};
pub use progress::{Progress, Watch};
pub(super) use tls::{refused as refused_handshake, secure};
pub use transcript::MOST_BYTES as LONGEST_TRANSCRIPT;
pub(super) use transcript::Transcript;

use tls::Trust;

use crate::domain::Secret;
use crate::domain::account::{Account, Encryption};
use crate::domain::fault::{NetworkFault, NetworkKind};
use crate::domain::reply::{Cause, Stage, Trouble};

/// What a connection is made of: TCP, or TLS over it.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

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

    /// Which certificates count.
    pub(super) fn trust(&self) -> Trust {
        match &self.pin {
            Some(pin) => Trust::Exactly(pin.clone()),
            None => Trust::Authorities(self.ca_pem.clone()),
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
    /// With a user name and an access token: by AUTH XOAUTH2, or in each request to an interface.
    Token {
        /// The user name.
        user: &'a str,
        /// The token; it counts for minutes.
        token: &'a Secret,
    },
}

/// Mirrors [`crate::domain::account::Account::check`]; once connected, the peer's address decides too.
pub(super) fn refuse_plaintext(
    server: &Server,
    sign_in: SignIn<'_>,
    peer: Option<SocketAddr>,
) -> Result<(), Trouble> {
    let here = server.is_loopback() && peer.is_none_or(|p| p.ip().is_loopback());
    let clear = server.encryption == Encryption::None;
    match sign_in {
        SignIn::Password { .. } | SignIn::Token { .. } if clear && !(here && server.allow_plaintext) => {
            Err(Trouble { stage: Stage::Auth, cause: Cause::PlaintextPassword })
        }
        _ => Ok(()),
    }
}

/// The network's trouble in words.
pub(super) fn network(why: &io::Error) -> Cause {
    use io::ErrorKind as K;
    let (kind, text) = match why.kind() {
        K::ConnectionRefused => (NetworkKind::Refused, "nothing answers at this address and port"),
        K::ConnectionReset | K::BrokenPipe | K::ConnectionAborted => {
            (NetworkKind::Cut, "the connection was cut")
        }
        K::UnexpectedEof => return closed(),
        K::NetworkUnreachable | K::NetworkDown => (NetworkKind::Offline, "there is no network"),
        K::HostUnreachable => (NetworkKind::Unreachable, "the server cannot be reached"),
        _ => return Cause::Network(NetworkFault::new(NetworkKind::Other, why.to_string())),
    };
    Cause::Network(NetworkFault::new(kind, text))
}

/// The other side hung up.
pub(super) fn closed() -> Cause {
    Cause::Network(NetworkFault::new(NetworkKind::Closed, "the server closed the connection"))
}
