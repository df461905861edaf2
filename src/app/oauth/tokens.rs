//! Tokens: renewed by one process at a time, and never lost on the way.

use std::fs::{File, OpenOptions};
use std::time::Duration;

use tokio::time::Instant;

use super::{Access, at_token, lock, refresh_entry, refused_to, send};
use crate::app::{App, Error, Kind, clock};
use crate::auth::oauth::{App as Client, Tokens};
use crate::domain::oauth::lies_idle;
use crate::domain::reply::{Cause, Trouble};
use crate::domain::{Millis, Secret, say};
use crate::store::{AccountRow, private};

/// With less time left a token is renewed before it is used.
const RESERVE: Duration = Duration::from_secs(300);
/// How long a token is used where the service does not say.
const USUAL: Duration = Duration::from_secs(3600);

impl App {
    /// A token to sign in with; another one than `refused`, where the server has just refused that.
    ///
    /// The inner error is the account's trouble: nobody connected it, the provider ended the connection,
    /// the service is not reached.
    pub(in crate::app) async fn access_token(
        &self,
        row: &AccountRow,
        refused: Option<&Secret>,
    ) -> Result<Result<Secret, Trouble>, Error> {
        // Read anew each time: another process may have connected or ended it meanwhile.
        let now = || self.store.read(|reader| reader.account_by_id(row.id));
        if let Some(token) = self.kept_token(&now()?, refused) {
            return Ok(Ok(token));
        }
        let _alone = self.alone_with(row.id).await?;
        let row = now()?;
        if let Some(token) = self.kept_token(&row, refused) {
            return Ok(Ok(token));
        }
        match self.renew(&row).await {
            Ok(token) => Ok(Ok(token)),
            Err(trouble) => Ok(Err(self.surroundings.judge(&row.account, trouble).await)),
        }
    }

    /// The token of the connection that stands; one of a connection that was ended, or of whoever was
    /// connected before, is dropped.
    fn kept_token(&self, row: &AccountRow, refused: Option<&Secret>) -> Option<Secret> {
        let mut all = lock(&self.sign_ins.access);
        let access = all.get(&row.id)?;
        if row.connection.as_ref().map(|c| c.since) != Some(access.since) {
            all.remove(&row.id);
            return None;
        }
        let usable = access.until > Instant::now() && refused != Some(&access.token);
        usable.then(|| access.token.clone())
    }

    fn unsaved_token(&self, id: i64, since: Millis) -> Option<Secret> {
        let unsaved = lock(&self.sign_ins.unsaved).get(&id).cloned();
        unsaved.filter(|(of, _)| *of == since).map(|(_, token)| token)
    }

    /// Waits until no other task or process renews, makes or ends this account's connection: a refresh token
    /// that is used twice ends the connection at many a provider, and one that comes late would take the
    /// place of its follower's.
    pub(super) async fn alone_with(&self, id: i64) -> Result<File, Error> {
        let folder = self.data().join("run");
        let path = folder.join(format!("sign-in-{id}.lock"));
        let locked = tokio::task::spawn_blocking(move || {
            private::make_folder(&folder)?;
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            // The other one's requests have deadlines, so this wait has an end.
            file.lock()?;
            Ok::<_, std::io::Error>(file)
        });
        let locked = locked.await.map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
        locked.map_err(|e| Error::new(Kind::DataFile, say!("The folder run/ cannot be used: {e}.", e)))
    }

    /// Asks the provider for new tokens and keeps them. Alone with the account.
    async fn renew(&self, row: &AccountRow) -> Result<Secret, Trouble> {
        let (Some(oauth), Some(connection)) = (&row.account.oauth, &row.connection) else {
            return Err(at_token(Cause::NotConnected));
        };
        let since = connection.since;
        let refresh = match self.unsaved_token(row.id, since) {
            Some(refresh) => Some(refresh),
            None => self.entry(row, refresh_entry(&row.account.name)).await?,
        };
        let refresh = refresh.ok_or_else(|| at_token(Cause::NotConnected))?;
        let client_secret = self.client_secret(row).await?;
        // The place must take the new token, or the old one would be used up for nothing.
        self.place_takes(row).await?;
        let client = Client::new(oauth, row.account.transport, client_secret.as_ref(), send);
        let tokens = client.renew(&refresh).await;
        let tokens = tokens.map_err(|error| refused_to(oauth, error))?;
        tracing::info!(account = %row.account.name, "renewed the sign-in");
        if let Err(error) = self.keep_refresh_token(row, since, &tokens).await {
            tracing::error!(account = %row.account.name, %error, "the new token waits to be stored");
        }
        let (id, now) = (row.id, clock::now());
        let ends = tokens.ends.map(|ends| end(now, ends));
        let noted =
            self.store.write_async(move |tx| Ok::<_, Error>(tx.connection_renewed(id, now, ends)?)).await;
        if let Err(error) = noted {
            tracing::error!(account = %row.account.name, %error, "the renewal could not be noted");
        }
        Ok(self.keep_access(row.id, since, &tokens))
    }

    async fn place_takes(&self, row: &AccountRow) -> Result<(), Trouble> {
        let (app, place) = (self.clone(), row.secret_place);
        let probe = move || Ok::<_, Error>(app.secrets(place)?.probe()?);
        let probed = tokio::task::spawn_blocking(probe).await;
        let probed = probed.unwrap_or_else(|e| Err(Error::new(Kind::Defect, e.to_string())));
        probed.map_err(|e| at_token(Cause::SecretUnreadable(e.to_string())))
    }

    /// Stores the refresh token before the one it follows is forgotten; what cannot be stored stays in
    /// memory and is offered again.
    pub(super) async fn keep_refresh_token(
        &self,
        row: &AccountRow,
        since: Millis,
        tokens: &Tokens,
    ) -> Result<(), Error> {
        let held = tokens.refresh.clone().or_else(|| self.unsaved_token(row.id, since));
        let Some(refresh) = held else { return Ok(()) };
        lock(&self.sign_ins.unsaved).insert(row.id, (since, refresh.clone()));
        let (app, place, entry) = (self.clone(), row.secret_place, refresh_entry(&row.account.name));
        let keep = move || Ok::<_, Error>(app.secrets(place)?.set(&entry, &refresh)?);
        tokio::task::spawn_blocking(keep).await.map_err(|e| Error::new(Kind::Defect, e.to_string()))??;
        lock(&self.sign_ins.unsaved).remove(&row.id);
        Ok(())
    }

    pub(super) fn keep_access(&self, id: i64, since: Millis, tokens: &Tokens) -> Secret {
        let lives = tokens.lives.unwrap_or(USUAL);
        // A token that lives no longer than the reserve is used once, by whoever asked.
        let until = Instant::now() + lives.saturating_sub(RESERVE);
        let access = Access { token: tokens.access.clone(), until, since };
        lock(&self.sign_ins.access).insert(id, access);
        tokens.access.clone()
    }

    /// Renews connections that nobody used for a while, so that the provider does not end them.
    pub(in crate::app) async fn renew_idle(&self) -> Result<(), Error> {
        let now = clock::now();
        for row in self.accounts()? {
            let idle = row.connection.as_ref().is_some_and(|c| lies_idle(c, now));
            if !idle || row.breaker.standing.is_held() {
                continue;
            }
            let _alone = self.alone_with(row.id).await?;
            let row = self.store.read(|reader| reader.account_by_id(row.id))?;
            if row.connection.as_ref().is_some_and(|c| lies_idle(c, now))
                && let Err(trouble) = self.renew(&row).await
            {
                tracing::warn!(account = %row.account.name, %trouble, "an idle connection could not be renewed");
            }
        }
        Ok(())
    }
}

pub(super) fn end(now: Millis, ends: Duration) -> Millis {
    now.plus_millis(i64::try_from(ends.as_millis()).unwrap_or(i64::MAX))
}
