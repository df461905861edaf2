//! A way out that stands: a mail server's connection, or an interface.

use super::connection::{Deadlines, Server, SignIn, Watch};
use super::sending::{Body, Envelope, Gate, Report};
use super::{api, smtp};
use crate::domain::account::{Account, Transport};
use crate::domain::reply::Trouble;

/// What mails leave by.
#[derive(Debug)]
pub enum Session {
    /// A mail server.
    Server(Box<smtp::Session>),
    /// The interface of Google or Microsoft.
    Interface(Box<api::Session>),
}

impl Session {
    /// Reaches the server or interface of `account`, and signs in where that comes before the first mail.
    ///
    /// # Errors
    /// What went wrong and where, with the conversation so far. It belongs to the account, never to a mail.
    pub async fn open(
        account: &Account,
        sign_in: SignIn<'_>,
        deadlines: &Deadlines,
        watch: Watch<'_>,
    ) -> Result<Self, (Trouble, String)> {
        let server = Server::of(account);
        Ok(match account.transport {
            Transport::Smtp => {
                Self::Server(Box::new(smtp::Session::open_watched(&server, sign_in, deadlines, watch).await?))
            }
            interface => Self::Interface(Box::new(
                api::Session::open(interface, server, sign_in, deadlines, watch).await?,
            )),
        })
    }

    /// Sends one message and reports what became of each recipient. `next` is the message that will surely
    /// follow, as for [`smtp::Session::send`]; an interface has no use for it.
    pub async fn send(
        &mut self,
        envelope: &Envelope,
        body: Box<dyn Body>,
        gate: Box<dyn Gate>,
        next: Option<&Envelope>,
    ) -> Report {
        match self {
            Self::Server(session) => session.send(envelope, body, gate, next).await,
            Self::Interface(session) => session.send(envelope, body, gate).await,
        }
    }

    /// Whether another message may be sent on it.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        match self {
            Self::Server(session) => session.is_usable(),
            Self::Interface(_) => true,
        }
    }

    /// Whether whoever opened it was let in; an interface says so with each mail.
    #[must_use]
    pub fn has_signed_in(&self) -> bool {
        matches!(self, Self::Server(_))
    }

    /// The largest message it takes, in bytes, where that is known.
    #[must_use]
    pub fn most_bytes(&self) -> Option<u64> {
        match self {
            Self::Server(session) => session.capabilities().size_limit,
            Self::Interface(session) => session.most_bytes(),
        }
    }

    /// Says goodbye where that is usual.
    pub async fn quit(self) {
        if let Self::Server(session) = self {
            session.quit().await;
        }
    }
}
