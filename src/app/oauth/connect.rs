//! Connecting an account with its provider, and ending that.

use super::tokens::end;
use super::{UnderWay, at_token, lock, refresh_entry, refused_to, send};
use crate::app::explain::{self, Circumstances, Facts, Language};
use crate::app::{App, Error, Kind, clock};
use crate::auth::oauth::{
    App as Client, DeviceCode, Journey, Loopback, OauthError, PERSONS_PATIENCE, Page, Tokens,
};
use crate::domain::account::SignIn;
use crate::domain::oauth::{Connection, OAuth};
use crate::domain::reply::{Cause, Trouble};
use crate::domain::{Millis, Secret, say};
use crate::store::{AccountRow, SecretPlace};
use crate::transport::program;
use crate::wire::views::ExplanationView;

/// What a person is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invitation {
    /// Open this address in a browser on this computer.
    Browser {
        /// The provider's page.
        url: String,
        /// Until when.
        until: Millis,
    },
    /// Open the page anywhere and enter the code.
    Device {
        /// The provider's page.
        page: String,
        /// The code.
        code: String,
        /// Until when.
        until: Millis,
    },
}

/// How far connecting has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The person is at the provider's page.
    Waiting(Invitation),
    /// It ended, and why.
    Failed(Box<ExplanationView>),
    /// It is done.
    Connected,
}

/// What became of a connection that was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disconnected {
    /// Whether the provider was told.
    pub revoked: bool,
    /// Where a person can end it at the provider, where it was not told.
    pub page: Option<&'static str>,
}

/// A connection being made.
pub struct Connecting {
    app: App,
    row: AccountRow,
    oauth: OAuth,
    secret: Option<Secret>,
    language: String,
    way: Way,
    invitation: Invitation,
}

enum Way {
    Browser(Journey, Loopback),
    Device(DeviceCode),
}

impl App {
    /// Begins to connect the account called `name`: in a browser on this computer, or with a code for any
    /// other `device`. `place` is where its token will be kept, when not where it is.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when the account does not sign in at its provider, [`Kind::NotSent`] with the
    /// provider's reason.
    pub async fn begin_connect(
        &self,
        name: &str,
        device: bool,
        place: Option<SecretPlace>,
    ) -> Result<Connecting, Error> {
        let (app, owned) = (self.clone(), name.to_owned());
        let ready = tokio::task::spawn_blocking(move || app.ready_to_connect(&owned, place)).await;
        let (row, oauth, language) = ready.map_err(|e| Error::new(Kind::Defect, e.to_string()))??;
        let secret = match self.client_secret(&row).await {
            Ok(secret) => secret,
            Err(trouble) => return Err(refused(&self.told(&row, trouble, &language).await)),
        };
        let client = Client::new(&oauth, row.account.transport, secret.as_ref(), send);
        let now = clock::now();
        let begun = if device {
            client.device_code().await.map(|code| {
                let until = end(now, code.lives());
                let (page, shown) = (code.page().to_owned(), code.code().to_owned());
                (Way::Device(code), Invitation::Device { page, code: shown, until })
            })
        } else {
            let door = Loopback::open(oauth.issuer).await;
            let door = door.map_err(|e| {
                Error::new(Kind::NotSent, say!("No port for the browser to come back to: {e}.", e))
            })?;
            client.begin(door.redirect(), &row.account.user).map(|journey| {
                let until = end(now, PERSONS_PATIENCE);
                let invitation = Invitation::Browser { url: journey.url.clone(), until };
                (Way::Browser(journey, door), invitation)
            })
        };
        match begun {
            Ok((way, invitation)) => {
                Ok(Connecting { app: self.clone(), row, oauth, secret, language, way, invitation })
            }
            Err(error) => Err(refused(&self.told(&row, refused_to(&oauth, error), &language).await)),
        }
    }

    fn ready_to_connect(
        &self,
        name: &str,
        place: Option<SecretPlace>,
    ) -> Result<(AccountRow, OAuth, String), Error> {
        let mut row = self.account(name)?;
        let oauth = row.account.oauth.clone().filter(|_| row.account.sign_in == SignIn::OAuth);
        let oauth = oauth.ok_or_else(|| {
            crate::domain::Invalid::new(
                "auth",
                say!("the account \"{name}\" does not sign in at its provider", name),
                "Set it up with --auth oauth and the client id of an app",
            )
        })?;
        if let Some(place) = place.filter(|place| *place != row.secret_place) {
            if oauth.client_secret {
                return Err(Error::new(
                    Kind::Conflict,
                    say!(
                        "The client secret of \"{name}\" is in the {secret_place}. Give it anew with the account's settings to keep it elsewhere.",
                        name,
                        secret_place = row.secret_place.word()
                    ),
                ));
            }
            let id = row.id;
            self.store.write(move |tx| Ok::<_, Error>(tx.set_secret_place(id, place)?))?;
            row.secret_place = place;
        }
        // Before a person goes to any trouble.
        self.secrets(row.secret_place)?.probe()?;
        Ok((row, oauth, self.setting("language")?))
    }

    /// A trouble in the shop's words.
    async fn told(&self, row: &AccountRow, trouble: Trouble, language: &str) -> ExplanationView {
        let trouble = self.surroundings.judge(&row.account, trouble).await;
        let facts = Facts { stage: "connecting".into(), ..Facts::of(&trouble) };
        explain::explain(&facts, &Circumstances::of(&row.account), language)
    }

    /// [`App::begin_connect`] for a screen that looks again: the rest happens by itself, and
    /// [`App::connect_progress`] tells how far it is. An earlier one for the same account is given up.
    ///
    /// # Errors
    /// As [`App::begin_connect`].
    pub async fn start_connect(
        &self,
        name: &str,
        device: bool,
        place: Option<SecretPlace>,
    ) -> Result<Invitation, Error> {
        let connecting = self.begin_connect(name, device, place).await?;
        let invitation = connecting.invitation().clone();
        let (app, owned) = (self.clone(), name.to_owned());
        // Held until the task is noted: at its end it looks for itself.
        let mut under_way = lock(&self.sign_ins.under_way);
        let task = tokio::spawn(async move {
            let ended = app.ended(connecting).await;
            let mut under_way = lock(&app.sign_ins.under_way);
            // A later try has its own end.
            let own = under_way.get_mut(&owned).filter(|own| Some(own.task.id()) == tokio::task::try_id());
            if let Some(own) = own {
                own.progress = ended;
            }
        });
        let (progress, task) = (Progress::Waiting(invitation.clone()), task.abort_handle());
        if let Some(earlier) = under_way.insert(name.to_owned(), UnderWay { progress, task }) {
            earlier.task.abort();
        }
        Ok(invitation)
    }

    async fn ended(&self, connecting: Connecting) -> Progress {
        let at = Circumstances::of(&connecting.row.account);
        match connecting.finish().await {
            Ok(Ok(_)) => Progress::Connected,
            Ok(Err(problem)) => Progress::Failed(Box::new(problem)),
            Err(error) => {
                tracing::error!(%error, "an account could not be connected");
                let text = error.to_string();
                let facts =
                    Facts { stage: "connecting".into(), kind: "keyring".into(), text, ..Facts::default() };
                Progress::Failed(Box::new(explain::explain(&facts, &at, "en")))
            }
        }
    }

    /// How far connecting the account called `name` has come in this process; `None`: nobody began.
    #[must_use]
    pub fn connect_progress(&self, name: &str) -> Option<Progress> {
        lock(&self.sign_ins.under_way).get(name).map(|one| one.progress.clone())
    }

    /// Gives up connecting the account called `name`: the person who comes back later finds nobody waiting.
    /// One that is connected stays so.
    pub fn stop_connect(&self, name: &str) {
        if let Some(earlier) = lock(&self.sign_ins.under_way).remove(name) {
            earlier.task.abort();
        }
    }

    /// Ends an account's connection: at the provider where that can be told, and here in any case.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such account, [`Kind::Conflict`] when it is not connected,
    /// [`Kind::NotSent`] when its token cannot be read: nothing was changed then.
    pub async fn disconnect(&self, name: &str) -> Result<Disconnected, Error> {
        // Whoever ends it does not mean to come back to it.
        self.stop_connect(name);
        let _alone = self.alone_with(self.account(name)?.id).await?;
        let row = self.account(name)?;
        let (Some(oauth), Some(_)) = (row.account.oauth.clone(), &row.connection) else {
            return Err(Error::new(Kind::Conflict, say!("The account \"{name}\" is not connected.", name)));
        };
        let unreadable = |t: Trouble| Error::new(Kind::NotSent, say!("The token cannot be read: {t}.", t));
        let refresh = self.entry(&row, refresh_entry(name)).await.map_err(unreadable)?;
        let secret = self.client_secret(&row).await.ok().flatten();
        let revoked = match &refresh {
            Some(refresh) => {
                match Client::new(&oauth, row.account.transport, secret.as_ref(), send).revoke(refresh).await
                {
                    Ok(revoked) => revoked,
                    Err(error) => {
                        let trouble = at_token(error);
                        tracing::warn!(account = name, %trouble, "the provider could not be told");
                        false
                    }
                }
            }
            None => false,
        };
        let (app, gone) = (self.clone(), row.clone());
        tokio::task::spawn_blocking(move || app.forget_tokens(&gone))
            .await
            .map_err(|e| Error::new(Kind::Defect, e.to_string()))??;
        let id = row.id;
        self.store.write_async(move |tx| Ok::<_, Error>(tx.set_connection(id, None)?)).await?;
        tracing::info!(account = name, revoked, "disconnected");
        let page = (!revoked).then(|| oauth.issuer.permissions_page());
        Ok(Disconnected { revoked, page })
    }
}

/// An explained trouble as an error.
fn refused(problem: &ExplanationView) -> Error {
    let steps = problem.steps.join(" ");
    Error::new(Kind::NotSent, format!("{}. {} {steps}", problem.title, problem.detail))
}

impl Connecting {
    /// What the person is to do.
    #[must_use]
    pub fn invitation(&self) -> &Invitation {
        &self.invitation
    }

    /// Opens the provider's page in the browser of this computer, where that is what the person is to do.
    ///
    /// # Errors
    /// Why no browser could be opened, in a few words; the person opens the address then.
    pub fn open_browser(&self) -> Result<(), String> {
        match &self.invitation {
            Invitation::Browser { url, .. } => program::browse(url),
            Invitation::Device { .. } => Ok(()),
        }
    }

    /// Waits until the person has done it, and keeps what came of it. The inner error is why it ended.
    ///
    /// # Errors
    /// When what came cannot be kept.
    pub async fn finish(self) -> Result<Result<AccountRow, ExplanationView>, Error> {
        let Self { app, row, oauth, secret, language, way, .. } = self;
        let client = Client::new(&oauth, row.account.transport, secret.as_ref(), send);
        let (user, words) = (row.account.user.clone(), language.clone());
        let page: Page = Box::new(move |came| words_of_the_page(&user, &words, came));
        let came = match way {
            Way::Browser(journey, door) => client.finish(journey, door, &page).await,
            Way::Device(code) => client.await_device(&code).await,
        };
        let tokens = match came {
            Ok(Tokens { refresh: None, .. }) => {
                let description = "it gave no permission to stay connected".to_owned();
                let error = OauthError::Refused { error: "access_denied".into(), description };
                return Ok(Err(app.told(&row, at_token(error), &language).await));
            }
            Ok(tokens) => tokens,
            Err(error) => return Ok(Err(app.told(&row, refused_to(&oauth, error), &language).await)),
        };
        // To its end, also when nobody waits for it any more: half of it would be somebody's token under
        // somebody else's connection.
        let keeper = app.clone();
        let kept = tokio::spawn(async move { keeper.keep_connection(&row, &tokens).await }).await;
        let (row, connected) = kept.map_err(|e| Error::new(Kind::Defect, e.to_string()))??;
        if connected {
            return Ok(Ok(row));
        }
        Ok(Err(app.told(&row, at_token(Cause::NotConnected), &language).await))
    }
}

impl App {
    /// Keeps what a person allowed; gives the account as it is then, and whether it is connected: another
    /// app, server or user has come to it meanwhile where it is not.
    async fn keep_connection(
        &self,
        begun: &AccountRow,
        tokens: &Tokens,
    ) -> Result<(AccountRow, bool), Error> {
        let _alone = self.alone_with(begun.id).await?;
        let row = self.account(&begun.account.name)?;
        let whose = |row: &AccountRow| (row.id, row.account.user.clone(), row.secret_place);
        if whose(&row) != whose(begun) || !row.account.shares_secret(&begun.account) {
            tracing::warn!(account = %row.account.name, "changed while a person signed in: not connected");
            return Ok((row, false));
        }
        let now = clock::now();
        self.keep_refresh_token(&row, now, tokens).await?;
        let connection = Connection {
            who: tokens.who.clone(),
            since: now,
            renewed: now,
            expires: tokens.ends.map(|ends| end(now, ends)),
        };
        let id = row.id;
        self.store.write_async(move |tx| Ok::<_, Error>(tx.set_connection(id, Some(&connection))?)).await?;
        self.keep_access(id, now, tokens);
        tracing::info!(account = %row.account.name, "connected");
        self.wake();
        Ok((self.account(&row.account.name)?, true))
    }
}

/// What the browser shows at the end: a page without anything from outside.
fn words_of_the_page(user: &str, language: &str, came: Result<(), &str>) -> String {
    let params = [("user".to_owned(), user.to_owned())].into();
    let key = if came.is_ok() { "browser_done" } else { "browser_refused" };
    let text = escaped(&Language::of(language).word(key, &params));
    format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><title>Tillpost</title>\
         <style>body{{font:1.25rem/1.5 system-ui,sans-serif;margin:20vh auto;max-width:32rem;padding:0 1rem;\
         color-scheme:light dark}}</style><p>{text}</p></html>",
        escaped(language)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
