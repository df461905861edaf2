//! Systems elsewhere: profiles set up, tried out, switched off and removed.

use std::time::Duration;

use uuid::Uuid;

use super::{App, Error, Kind, clock};
use crate::accounting::{Access, Books, Failure, Package, Request, Wire};
use crate::domain::account::Breaker;
use crate::domain::invalid::{at_most, one_line};
use crate::domain::posting::Lists;
use crate::domain::reply::Stage;
use crate::domain::{Invalid, Secret, Target, say};
use crate::store::{IntegrationRow, SecretPlace, Tx};
use crate::transport::http::{self, exchange};
use crate::wire::{IntegrationRequest, PlaceWord};

/// How long an accounting system may take to answer.
pub(super) const ANSWER: Duration = Duration::from_secs(60);
/// The largest answer that is read, in bytes.
const LARGEST: usize = 20 * 1024 * 1024;

/// Requests to an accounting system, over HTTPS.
pub(super) struct Line {
    pub(super) patience: Duration,
}

impl Wire for Line {
    async fn send(&self, target: &Target, request: Request) -> Result<(u16, Vec<u8>), Failure> {
        let mut post = http::Request::post("/");
        for (name, value) in &request.headers {
            post = post.header(*name, value);
        }
        let post = post.body(request.body.expose().as_bytes().to_vec());
        let post = post.map_err(|e| Failure::NotReached(e.to_string()))?;
        match exchange(target, post, self.patience, LARGEST).await {
            Ok(answer) => Ok((answer.status().as_u16(), answer.into_body())),
            // From here on the request may have been worked on.
            Err(trouble) if trouble.stage >= Stage::Dot => Err(Failure::Lost(trouble.to_string())),
            Err(trouble) => Err(Failure::NotReached(trouble.to_string())),
        }
    }
}

impl App {
    /// Sets a profile up, or changes it; its password goes to the place chosen for it, and stays in no other.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field; [`Kind::NotSent`] when the password cannot be kept,
    /// [`Kind::Conflict`] when somebody else set it up or removed it meanwhile: nothing was stored then.
    pub fn set_integration(&self, name: &str, request: IntegrationRequest) -> Result<(), Error> {
        self.store_integration(name, request, false)
    }

    /// Sets a profile up whose name none has.
    ///
    /// # Errors
    /// As [`App::set_integration`]; [`Kind::Stale`] when one has it.
    pub fn add_integration(&self, name: &str, request: IntegrationRequest) -> Result<(), Error> {
        self.store_integration(name, request, true)
    }

    fn store_integration(&self, name: &str, request: IntegrationRequest, is_new: bool) -> Result<(), Error> {
        one_line("name", name)?;
        at_most("name", name, 60)?;
        one_line("user", &request.user)?;
        at_most("user", &request.user, 200)?;
        if name.trim().is_empty() || request.user.trim().is_empty() {
            let path = if name.trim().is_empty() { "name" } else { "user" };
            return Err(Invalid::new(path, "it is empty", "Give one").into());
        }
        let package = Package::named(&request.package)?;
        let before = self.store.read(|reader| reader.integration(name))?;
        let endpoint = request.endpoint.unwrap_or_else(|| package.endpoint().to_owned());
        Target::parse(&endpoint).map_err(|e| Invalid { path: "endpoint".into(), ..e })?;
        if is_new && before.is_some() {
            return Err(Error::taken(name));
        }
        let place = match (request.secret_place, &before) {
            (Some(PlaceWord::File), _) => SecretPlace::File,
            (Some(PlaceWord::Keyring), _) => SecretPlace::Keyring,
            (None, before) => before.as_ref().map_or(SecretPlace::Keyring, |b| b.place),
        };
        // It names the entry of the password, which was given for one address, and is never sent to another.
        let same = before.as_ref().filter(|before| before.endpoint == endpoint);
        let uuid = same.map_or_else(Uuid::now_v7, |before| before.uuid);
        match (request.password, &before) {
            (Some(password), _) => {
                let secrets = self.secrets(place)?;
                secrets.probe()?;
                secrets.set(&entry(uuid), &Secret::new(password))?;
            }
            (None, Some(before)) if before.place == place && same.is_some() => {}
            (None, Some(before)) if before.place == place => {
                let problem = "the password that is kept was given for another server";
                return Err(Invalid::new("password", problem, "Give it with --password-stdin").into());
            }
            (None, _) => {
                return Err(
                    Invalid::new("password", "none was given", "Give it with --password-stdin").into()
                );
            }
        }
        let row = IntegrationRow {
            id: 0,
            uuid,
            name: name.to_owned(),
            package: package.word().to_owned(),
            endpoint,
            user: request.user,
            place,
            enabled: true,
            company: String::new(),
            listed: None,
            breaker: Breaker::default(),
            contact: None,
        };
        let seen = before.as_ref().map(|before| before.uuid);
        let stored = self.store.write(move |tx| Ok::<_, Error>(tx.set_integration(&row, seen)?));
        let left = match &stored {
            Ok(()) => before.map(|b| (b.place, b.uuid)).filter(|left| *left != (place, uuid)),
            // Nobody's profile has this one.
            Err(error) => (error.kind() == Kind::Conflict).then_some((place, uuid)),
        };
        if let Some((left, uuid)) = left
            && let Err(error) = self.forget_password(left, uuid)
        {
            // The profile works; what is left of it goes with it when it is removed.
            tracing::warn!(place = left.word(), %error, "an earlier password could not be removed");
        }
        stored?;
        self.wake();
        Ok(())
    }

    fn forget_password(&self, place: SecretPlace, uuid: Uuid) -> Result<(), Error> {
        Ok(self.secrets(place)?.delete(&entry(uuid))?)
    }

    /// All profiles.
    ///
    /// # Errors
    /// The store's own.
    pub fn integrations(&self) -> Result<Vec<IntegrationRow>, Error> {
        Ok(self.store.read(|reader| reader.integrations())?)
    }

    /// The profile called `name`.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub fn integration(&self, name: &str) -> Result<IntegrationRow, Error> {
        let found = self.store.read(|reader| reader.integration(name))?;
        found.ok_or_else(|| Error::new(Kind::NotFound, say!("There is no profile called \"{name}\".", name)))
    }

    /// What the profile's books list, as it was fetched last: also offline.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such profile.
    pub fn lists(&self, name: &str) -> Result<Lists, Error> {
        let profile = self.integration(name)?;
        Ok(self.store.read(|reader| reader.lists(&profile))?)
    }

    /// Switches a profile on or off. Off, its postings wait.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub fn enable_integration(&self, name: &str, enabled: bool) -> Result<(), Error> {
        let name = name.to_owned();
        self.store.write(move |tx| Ok::<_, Error>(tx.set_integration_enabled(&name, enabled)?))?;
        self.wake();
        Ok(())
    }

    /// Removes a profile and its password; what was posted by it stays on record.
    ///
    /// # Errors
    /// [`Kind::Conflict`] while something of it is to be posted.
    pub fn remove_integration(&self, name: &str) -> Result<(), Error> {
        let profile = self.integration(name)?;
        let owned = name.to_owned();
        self.store.write(move |tx| Ok::<_, Error>(tx.remove_integration(&owned)?))?;
        // A place that cannot be used now may keep an earlier password from before it was moved.
        for place in [SecretPlace::Keyring, SecretPlace::File].into_iter().filter(|p| *p != profile.place) {
            if let Err(error) = self.forget_password(place, profile.uuid) {
                tracing::debug!(place = place.word(), %error, "not looked for an earlier password");
            }
        }
        self.forget_password(profile.place, profile.uuid)
    }

    /// Signs in and fetches what channels can choose from. A held profile that works again is released.
    ///
    /// # Errors
    /// [`Kind::NotSent`] says why it does not work.
    pub async fn test_integration(&self, name: &str) -> Result<Lists, Error> {
        let profile = self.integration(name)?;
        let (line, access) = (Line { patience: ANSWER }, self.access_to(&profile).await?.map_err(not_done)?);
        let lists = match books(&profile, &access, &line)?.lists().await {
            Ok(lists) => lists,
            Err(failure) => {
                self.hold_integration(&profile, &failure).await?;
                return Err(not_done(failure));
            }
        };
        let (id, kept, now) = (profile.id, lists.clone(), clock::now());
        self.store.write_async(move |tx| Ok::<_, Error>(tx.set_lists(id, &kept, now)?)).await?;
        self.wake();
        Ok(lists)
    }

    /// An address that opens the books in a browser without signing in. Whoever has it is in.
    ///
    /// # Errors
    /// [`Kind::NotSent`] says why there is none.
    pub async fn remote_login(&self, name: &str) -> Result<String, Error> {
        let profile = self.integration(name)?;
        let (line, access) = (Line { patience: ANSWER }, self.access_to(&profile).await?.map_err(not_done)?);
        books(&profile, &access, &line)?.remote_login().await.map_err(not_done)
    }

    /// Adds the address this machine has on the internet now to those that may use the books, by the key
    /// that their API settings show. The key is not kept.
    ///
    /// # Errors
    /// [`Kind::NotSent`] says why it was not added.
    pub async fn allow_this_address(&self, name: &str, key: &Secret) -> Result<(), Error> {
        let profile = self.integration(name)?;
        let (line, access) = (Line { patience: ANSWER }, self.access_to(&profile).await?.map_err(not_done)?);
        books(&profile, &access, &line)?.allow_this_address(key).await.map_err(not_done)?;
        let (id, now) = (profile.id, clock::now());
        self.store.write_async(move |tx| Ok::<_, Error>(tx.integration_reached(id, now)?)).await?;
        self.wake();
        Ok(())
    }

    /// How to get in; the inner failure is the profile's: no password, or its place cannot be read.
    pub(super) async fn access_to(&self, profile: &IntegrationRow) -> Result<Result<Access, Failure>, Error> {
        let (app, place, uuid) = (self.clone(), profile.place, profile.uuid);
        let found =
            tokio::task::spawn_blocking(move || Ok::<_, Error>(app.secrets(place)?.get(&entry(uuid))?)).await;
        let password = match found.map_err(|e| Error::new(Kind::Defect, e.to_string()))? {
            Ok(Some(password)) => password,
            Ok(None) => return Ok(Err(Failure::SignIn("no password is kept for this profile".into()))),
            Err(error) => return Ok(Err(Failure::Again(format!("its password cannot be read: {error}")))),
        };
        let endpoint = Target::parse(&profile.endpoint)?;
        Ok(Ok(Access { endpoint, user: profile.user.clone(), password }))
    }

    /// Records what a failure means for the profile.
    pub(super) async fn hold_integration(
        &self,
        profile: &IntegrationRow,
        failure: &Failure,
    ) -> Result<(), Error> {
        let now = self.integration(&profile.name)?;
        let breaker = now.breaker.after(failure.effect(), failure.to_string(), clock::now(), clock::jitter());
        tracing::warn!(profile = %profile.name, standing = breaker.standing.word(), reason = %breaker.reason, "the profile waits");
        let id = profile.id;
        let record = move |tx: &Tx<'_>| Ok::<_, Error>(tx.set_integration_breaker(id, &breaker)?);
        self.store.write_async(record).await
    }
}

/// The profile's books.
pub(super) fn books<'a>(
    profile: &IntegrationRow,
    access: &'a Access,
    wire: &'a Line,
) -> Result<Books<'a, Line>, Error> {
    Ok(Books { package: Package::named(&profile.package)?, access, wire })
}

/// The name under which a profile's password is kept.
fn entry(uuid: Uuid) -> String {
    format!("integration {uuid}")
}

fn not_done(failure: Failure) -> Error {
    Error::new(Kind::NotSent, failure.to_string())
}
