//! How far opening a session has come, for whoever looks on.

use std::net::SocketAddr;

use crate::domain::fault::Certificate;
use crate::domain::reply::Reply;
use crate::transport::smtp::Capabilities;

/// A step that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The name was found.
    Found(Vec<SocketAddr>),
    /// The connection stands.
    Connected(SocketAddr),
    /// It is encrypted.
    Secured {
        /// Like `TLS 1.3`.
        version: &'static str,
        /// What the server showed.
        certificate: Option<Certificate>,
    },
    /// The server's 220.
    Greeted(Reply),
    /// What it says it can do, after encryption where there is any.
    Offers(Capabilities),
    /// It took the password.
    SignedIn(Reply),
}

/// Who looks on; called in the middle of the conversation, so it must not wait.
pub type Watch<'a> = &'a (dyn Fn(Progress) + Send + Sync);
