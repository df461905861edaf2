//! What lies between this machine and the servers: whether there is a network, and whether something in
//! between answers in their place.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::domain::account::{Account, Encryption};
use crate::domain::fault::{CertificateKind, NetworkKind};
use crate::domain::reply::{Cause, Trouble};

/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is looked at to tell one trouble from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// Names of well-known servers: where none of them is found either, it is the network, not the name.
    pub control: Vec<String>,
    /// An address nobody can have; what answers there is in between.
    ///
    /// # Source
    /// RFC 5737: 192.0.2.0/24 is for documentation and never used.
    pub nowhere: SocketAddr,
    /// The usual pairs of port and encryption of submission servers, and the port of mail servers.
    pub pairs: Vec<(u16, Encryption)>,
    /// How often it is looked whether the connection is back.
    pub look_again: Duration,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            control: vec!["smtp.gmail.com".into(), "smtp.office365.com".into()],
            nowhere: SocketAddr::from(([192, 0, 2, 1], 465)),
            pairs: vec![(465, Encryption::Tls), (587, Encryption::StartTls), (25, Encryption::StartTls)],
            look_again: Duration::from_secs(5),
        }
    }
}

impl Surroundings {
    /// Whether the trouble comes from something in between that wants a sign-in first.
    pub(super) async fn is_captive(&self, account: &Account, trouble: &Trouble) -> bool {
        let suspicious = match &trouble.cause {
            Cause::NotTls => true,
            Cause::Certificate(fault) => {
                matches!(fault.kind, CertificateKind::OtherName | CertificateKind::UnknownIssuer)
            }
            _ => false,
        };
        // Nothing is between this machine and itself.
        let apart = !account.is_loopback() || self.nowhere.ip().is_loopback();
        suspicious && apart && matches!(timeout(PATIENCE, TcpStream::connect(self.nowhere)).await, Ok(Ok(_)))
    }

    /// The trouble with what the surroundings say about it: a sign-in page in between, or a name that is
    /// not known because no name is.
    pub(super) async fn judge(&self, account: &Account, trouble: Trouble) -> Trouble {
        if self.is_captive(account, &trouble).await {
            return Trouble { cause: Cause::Captive, ..trouble };
        }
        match trouble.cause {
            Cause::Network(mut fault) if fault.kind == NetworkKind::UnknownHost => {
                if !self.finds_any().await {
                    fault.kind = NetworkKind::Offline;
                }
                Trouble { cause: Cause::Network(fault), ..trouble }
            }
            cause => Trouble { cause, ..trouble },
        }
    }

    /// Whether any well-known name is found.
    pub(super) async fn finds_any(&self) -> bool {
        for name in &self.control {
            if let Ok(Ok(mut found)) = timeout(PATIENCE, lookup_host((name.as_str(), 465))).await
                && found.next().is_some()
            {
                return true;
            }
        }
        false
    }
}
