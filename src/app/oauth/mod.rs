//! Accounts that sign in at their provider: connecting, disconnecting, and the tokens in between.

mod connect;
mod tokens;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;
use tokio::time::Instant;

pub use connect::{Connecting, Disconnected, Invitation, Progress};

use super::accounts::secret_of;
use super::{App, Error, Kind, clock};
use crate::auth::oauth::{Answering, HttpRequest, NotReached, OauthError};
use crate::domain::oauth::OAuth;
use crate::domain::reply::{Cause, Stage, Trouble};
use crate::domain::{Millis, Secret, Target};
use crate::store::AccountRow;
use crate::transport::http;

/// What this process knows of sign-ins; tokens that last an hour are nowhere else.
#[derive(Default)]
pub(super) struct SignIns {
    access: Mutex<HashMap<i64, Access>>,
    /// Refresh tokens that came and could not be stored yet, and since when their connection stands: the one
    /// in the store no longer counts.
    unsaved: Mutex<HashMap<i64, (Millis, Secret)>>,
    under_way: Mutex<HashMap<String, UnderWay>>,
}

/// A connection being made, or how that ended; and the task that waits for the person.
struct UnderWay {
    progress: Progress,
    task: AbortHandle,
}

/// A token to sign in with.
#[derive(Debug, Clone)]
pub(super) struct Access {
    token: Secret,
    /// Until when it is used.
    until: Instant,
    /// Since when the connection stands that it came from: another one has other tokens.
    since: Millis,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name under which an account's refresh token is kept.
fn refresh_entry(account: &str) -> String {
    format!("{account}/refresh-token")
}

/// The name under which the secret of its app is kept.
pub(super) fn client_entry(account: &str) -> String {
    format!("{account}/client-secret")
}

/// One request to a sign-in service.
fn send(request: HttpRequest) -> Answering {
    Box::pin(async move {
        let protocol = |why: String| NotReached(Cause::Protocol(why));
        let target = Target::parse(&request.uri().to_string()).map_err(|e| protocol(e.to_string()))?;
        let answer = http::exchange(&target, request, http::PATIENCE, http::LONGEST_ANSWER).await;
        answer.map_err(|trouble| NotReached(trouble.cause))
    })
}

/// The provider's trouble with an account.
fn at_token(cause: impl Into<Cause>) -> Trouble {
    Trouble { stage: Stage::Token, cause: cause.into() }
}

/// The provider's no to this app, with what the shop told about it: few services say that a secret has
/// run out.
fn refused_to(oauth: &OAuth, error: OauthError) -> Trouble {
    let mut cause = Cause::from(error);
    if let Cause::SignInRefused { error, description } = &mut cause
        && error == "invalid_client"
        && oauth.secret_expires.is_some_and(|at| at <= clock::now())
    {
        description.push_str(" (the client secret has expired)");
    }
    at_token(cause)
}

impl App {
    /// Reads one of an account's secrets, on a thread that may wait.
    async fn entry(&self, row: &AccountRow, entry: String) -> Result<Option<Secret>, Trouble> {
        let (app, place) = (self.clone(), row.secret_place);
        let read = move || app.secrets(place)?.get(&entry).map_err(Error::from);
        let found = tokio::task::spawn_blocking(read).await;
        let found = found.unwrap_or_else(|e| Err(Error::new(Kind::Defect, e.to_string())));
        found.map_err(|e| at_token(Cause::SecretUnreadable(e.to_string())))
    }

    /// The secret of an account's app, where it has one.
    async fn client_secret(&self, row: &AccountRow) -> Result<Option<Secret>, Trouble> {
        let Some((_, entry)) = secret_of(row) else { return Ok(None) };
        match self.entry(row, entry).await? {
            Some(secret) => Ok(Some(secret)),
            None => Err(at_token(Cause::SignInRefused {
                error: "invalid_client".into(),
                description: "no client secret is stored".into(),
            })),
        }
    }

    /// Forgets the tokens of an account, here and in the place for secrets.
    pub(super) fn forget_tokens(&self, row: &AccountRow) -> Result<(), Error> {
        lock(&self.sign_ins.access).remove(&row.id);
        lock(&self.sign_ins.unsaved).remove(&row.id);
        Ok(self.secrets(row.secret_place)?.delete(&refresh_entry(&row.account.name))?)
    }
}
