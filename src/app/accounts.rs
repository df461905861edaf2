//! Mail accounts: setting them up, keeping their password, trying them.

use super::explain::Facts;
use super::oauth::client_entry;
use super::{App, Error, Kind, clock};
use crate::auth::{Place, Secrets};
use crate::domain::account::{Account, Encryption, SignIn, Transport};
use crate::domain::address::Mailbox;
use crate::domain::fault::fingerprint;
use crate::domain::oauth::{Endpoints, Issuer, OAuth};
use crate::domain::provider;
use crate::domain::reply::{self, Cause, Effect, Stage, Trouble};
use crate::domain::routing::Carries;
use crate::domain::{Invalid, Millis, Secret, say};
use crate::store::{AccountRow, SecretPlace, Tx};
use crate::transport::{self, Deadlines, Session};
use crate::wire::{
    AccountRequest, AuthWord, EncryptionWord, Given, IssuerWord, OauthRequest, PlaceWord, TransportWord,
};

/// An account as a person sets it up.
#[derive(Debug, Clone)]
pub struct AccountInput {
    /// Its settings.
    pub account: Account,
    /// Its password, when a new one is given, and where to keep it.
    pub secret: Option<SecretInput>,
}

impl AccountInput {
    /// The account called `name` as a program asks for it; `before` is what there is, of which what the
    /// program leaves out stays.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field.
    pub fn of(name: &str, request: AccountRequest, before: Option<&Account>) -> Result<Self, Error> {
        let from = Mailbox::parse(&request.from).map_err(|e| e.within("from"))?;
        let reply_to = match request.reply_to {
            Given::Kept => before.map(|before| before.reply_to.clone()).unwrap_or_default(),
            given => mailboxes(&given.over(None).unwrap_or_default())?,
        };
        let sign_in = match request.auth {
            Some(AuthWord::None) => SignIn::None,
            Some(AuthWord::Oauth) => SignIn::OAuth,
            Some(AuthWord::Password) | None => SignIn::Password,
        };
        let place = request.secret_place.map(SecretPlace::from);
        let encryption = match request.encryption {
            // What many a vendor calls TLS on this port is STARTTLS; nothing else is spoken there.
            EncryptionWord::Tls if request.port == 587 => Encryption::StartTls,
            EncryptionWord::Tls => Encryption::Tls,
            EncryptionWord::Starttls => Encryption::StartTls,
            EncryptionWord::None => Encryption::None,
        };
        let client_secret = request.oauth.as_ref().and_then(|o| o.client_secret.clone());
        let secret = if sign_in == SignIn::OAuth { client_secret } else { request.password };
        let transport = match request.transport {
            Some(TransportWord::Smtp) => Transport::Smtp,
            Some(TransportWord::Gmail) => Transport::Gmail,
            Some(TransportWord::Graph) => Transport::Graph,
            None => Transport::to_host(&request.host),
        };
        let same_server =
            before.filter(|before| before.host == request.host && before.transport == transport);
        let same_sign_in = before.filter(|before| before.sign_in == sign_in);
        let app = before.and_then(|before| before.oauth.as_ref());
        let pin = request.pin.over(same_server.and_then(|before| before.pin.clone()));
        Ok(Self {
            account: Account {
                name: name.to_owned(),
                transport,
                host: request.host,
                port: request.port,
                encryption,
                allow_plaintext: request.allow_plaintext,
                sign_in,
                user: request.user.over(same_sign_in.map(|before| before.user.clone())).unwrap_or_default(),
                from,
                reply_to,
                ca_pem: request.ca_pem.over(same_server.and_then(|before| before.ca_pem.clone())),
                pin: pin.as_deref().map(fingerprint).transpose()?,
                oauth: match request.oauth {
                    Some(request) => Some(oauth_of(request, app)),
                    None => same_sign_in.and_then(|before| before.oauth.clone()),
                },
            },
            secret: secret.map(|p| SecretInput { password: Secret::new(p), place }),
        })
    }
}

fn mailboxes(texts: &[String]) -> Result<Vec<Mailbox>, Invalid> {
    let parsed =
        |(i, text): (usize, &String)| Mailbox::parse(text).map_err(|e| e.within(&format!("reply_to[{i}]")));
    texts.iter().enumerate().map(parsed).collect()
}

impl From<PlaceWord> for SecretPlace {
    fn from(word: PlaceWord) -> Self {
        match word {
            PlaceWord::File => Self::File,
            PlaceWord::Keyring => Self::Keyring,
        }
    }
}

/// The app as a program names it; `before` is the one there was.
fn oauth_of(request: OauthRequest, before: Option<&OAuth>) -> OAuth {
    let day =
        |day: chrono::NaiveDate| Millis(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis());
    let issuer = match request.issuer {
        IssuerWord::Microsoft => Issuer::Microsoft,
        IssuerWord::Google => Issuer::Google,
    };
    let before = before.filter(|before| before.issuer == issuer);
    let same_secret =
        before.filter(|before| before.client_id == request.client_id && request.client_secret.is_none());
    let own = before.map(|before| before.endpoints.clone()).unwrap_or_default();
    OAuth {
        issuer,
        client_id: request.client_id,
        client_secret: request.client_secret.is_some(),
        secret_expires: match request.client_secret_expires {
            Given::Kept => same_secret.and_then(|before| before.secret_expires),
            given => given.over(None).map(day),
        },
        tenant: request.tenant.over(before.map(|before| before.tenant.clone())).unwrap_or_default(),
        endpoints: Endpoints {
            authorize: request.authorize_url.over(own.authorize),
            token: request.token_url.over(own.token),
            device: request.device_url.over(own.device),
            revoke: request.revoke_url.over(own.revoke),
        },
    }
}

/// A new password, or secret of the account's app, and where to keep it.
#[derive(Debug, Clone)]
pub struct SecretInput {
    /// The password.
    pub password: Secret,
    /// Where to keep it; `None`: where the one before is, and the first one in the keyring.
    pub place: Option<SecretPlace>,
}

impl App {
    /// Stores an account, and its password in the place chosen for it; the password it follows stays nowhere.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the setting; [`Kind::NotSent`] when the keyring does not take the
    /// password: nothing was stored then.
    pub fn set_account(&self, input: AccountInput) -> Result<(), Error> {
        self.store_account(input, false)
    }

    fn store_account(&self, input: AccountInput, is_new: bool) -> Result<(), Error> {
        let AccountInput { mut account, secret } = input;
        let unlike = move |before: Option<AccountRow>| match before {
            Some(row) if is_new => Err(Error::taken(&row.account.name)),
            before => Ok(before),
        };
        let before = self.store.read(|reader| reader.account(&account.name))?;
        if let Some(oauth) = &mut account.oauth {
            oauth.client_secret = secret.is_some();
        }
        // Left out, the secret that is kept stays, as a password does.
        if let Some(before) = &before {
            account.keep_app_secret(&before.account);
        }
        account.check()?;
        let before = unlike(before)?;
        if account.sign_in == SignIn::Password && secret.is_none() {
            password_stays(&account, before.as_ref())?;
        }
        let place = secret.as_ref().and_then(|s| s.place).or(before.as_ref().map(|row| row.secret_place));
        let place = place.unwrap_or(SecretPlace::Keyring);
        // Who signs in while this changes has read one row: its server, and the entry that was given for it.
        let same = before.as_ref().filter(|row| {
            row.account.sign_in == account.sign_in
                && (secret.is_none() || account.shares_secret(&row.account))
        });
        let (stays, mut fresh) = (same.is_some(), None);
        let entry = match same {
            Some(row) => row.secret_entry.clone(),
            None => Some(format!("{}/{}", account.name, uuid::Uuid::now_v7())),
        };
        if let Some(SecretInput { password, .. }) = &secret
            && let Some(entry) = secret_entry(&account, entry.as_deref())
        {
            let secrets = self.secrets(place)?;
            secrets.probe()?;
            let meant = match account.sign_in {
                SignIn::Password => provider::as_meant(&account, password.clone()),
                SignIn::OAuth | SignIn::None => password.clone(),
            };
            secrets.set(&entry, &meant)?;
            fresh = Some(entry).filter(|_| !stays);
        }
        if let Some(before) = before.filter(|row| row.connection.is_some())
            && (place != before.secret_place || !account.shares_secret(&before.account))
        {
            // Its token counts for the other app alone, or would be looked for elsewhere.
            self.forget_tokens(&before)?;
            self.store.write(move |tx| Ok::<_, Error>(tx.set_connection(before.id, None)?))?;
        }
        let given = secret.is_some();
        let change = move |tx: &Tx<'_>| {
            let before = unlike(tx.reader().account(&account.name)?)?;
            tx.set_account(&account, place, entry.as_deref())?;
            if given {
                tx.forget_test(&account.name)?;
            }
            Ok::<_, Error>((before, tx.reader().account(&account.name)?))
        };
        let stored = self.store.write(change);
        let unused = match &stored {
            Ok((before, after)) => before
                .as_ref()
                .and_then(secret_of)
                .filter(|kept| after.as_ref().and_then(secret_of).as_ref() != Some(kept)),
            // No account has what was kept for this change.
            Err(_) => fresh.map(|entry| (place, entry)),
        };
        if let Some((place, entry)) = unused
            && let Err(error) = self.secrets(place).and_then(|secrets| Ok(secrets.delete(&entry)?))
        {
            // A keyring that does not open is a reason to sign in another way, never one against it.
            tracing::warn!(place = place.word(), %error, "a password that no account uses could not be removed");
        }
        stored?;
        self.wake();
        Ok(())
    }

    /// Stores an account whose name none has, as a program asks for it.
    ///
    /// # Errors
    /// As [`App::set_account`]; [`Kind::Stale`] when one has the name.
    pub fn add_account(&self, name: &str, request: AccountRequest) -> Result<(), Error> {
        self.store_account(AccountInput::of(name, request, None)?, true)
    }

    /// Stores the account called `name` as a program asks for it; what it leaves out stays.
    ///
    /// # Errors
    /// As [`App::set_account`].
    pub fn change_account(&self, name: &str, request: AccountRequest) -> Result<(), Error> {
        let before = self.store.read(|reader| reader.account(name))?;
        self.set_account(AccountInput::of(name, request, before.as_ref().map(|row| &row.account))?)
    }

    /// All accounts.
    ///
    /// # Errors
    /// The store's own.
    pub fn accounts(&self) -> Result<Vec<AccountRow>, Error> {
        Ok(self.store.read(|reader| reader.accounts())?)
    }

    /// The account called `name`.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub fn account(&self, name: &str) -> Result<AccountRow, Error> {
        self.store
            .read(|reader| reader.account(name))?
            .ok_or_else(|| Error::new(Kind::NotFound, say!("There is no account called \"{name}\".", name)))
    }

    /// Removes an account and its password.
    ///
    /// # Errors
    /// [`Kind::Conflict`] when mails were queued with it.
    pub fn remove_account(&self, name: &str) -> Result<(), Error> {
        let row = self.account(name)?;
        let owned = name.to_owned();
        self.store.write(move |tx| Ok::<_, Error>(tx.remove_account(&owned)?))?;
        self.stop_connect(name);
        self.forget_secrets(&row)
    }

    /// Forgets what an account signs in with.
    pub(super) fn forget_secrets(&self, row: &AccountRow) -> Result<(), Error> {
        if row.account.sign_in == SignIn::OAuth {
            self.forget_tokens(row)?;
        }
        if let Some((place, entry)) = secret_of(row) {
            self.secrets(place)?.delete(&entry)?;
        }
        Ok(())
    }

    /// Which mails an account carries where they name no account themselves.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such account.
    pub fn carries(&self, name: &str) -> Result<Carries, Error> {
        let id = self.account(name)?.id;
        Ok(self.store.read(|reader| reader.carries(id))?)
    }

    /// Lays down which mails an account carries; another account that carried them does so no more.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such account, [`Kind::BadInput`] names what cannot stand.
    pub fn set_carries(&self, name: &str, carries: Carries) -> Result<(), Error> {
        carries.check()?;
        let id = self.account(name)?.id;
        self.store.write(move |tx| Ok::<_, Error>(tx.set_carries(id, &carries)?))
    }

    /// Switches an account on or off. Off, it keeps its mails; on again, they leave.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such account.
    pub fn enable_account(&self, name: &str, enabled: bool) -> Result<(), Error> {
        let name = name.to_owned();
        self.store.write(move |tx| Ok::<_, Error>(tx.set_account_enabled(&name, enabled)?))?;
        self.wake();
        Ok(())
    }

    /// Notes that an account was found to work: a hold ends.
    pub(super) async fn account_works(&self, id: i64) -> Result<(), Error> {
        let now = clock::now();
        self.store.write_async(move |tx| Ok::<_, Error>(tx.account_reached(id, now, 0)?)).await?;
        self.wake();
        Ok(())
    }

    /// Opens the place where passwords are kept.
    pub(super) fn secrets(&self, place: SecretPlace) -> Result<Secrets, Error> {
        let place = match place {
            SecretPlace::Keyring => Place::Keyring,
            SecretPlace::File => Place::File,
        };
        Ok(Secrets::open(place, self.data(), self.namespace()?, self.key_file.as_deref())?)
    }

    /// Sets this data folder's passwords apart from another's in the same keyring.
    fn namespace(&self) -> Result<String, Error> {
        const KEY: &str = "internal.installation";
        let found = self.store.read(|reader| reader.setting(KEY))?;
        match found {
            Some(id) => Ok(id),
            None => {
                let id = uuid::Uuid::now_v7().to_string();
                self.store.write(move |tx| {
                    if let Some(id) = tx.reader().setting(KEY)? {
                        return Ok(id);
                    }
                    tx.set_setting(KEY, &id)?;
                    Ok::<_, Error>(id)
                })
            }
        }
    }
}

/// The place and the entry of what a person gave an account to sign in with: its password, or the secret of
/// its app.
pub(super) fn secret_of(row: &AccountRow) -> Option<(SecretPlace, String)> {
    Some((row.secret_place, secret_entry(&row.account, row.secret_entry.as_deref())?))
}

/// The entry that `account` has, if it signs in with something that is kept; without a `chosen` one, that of
/// its name.
fn secret_entry(account: &Account, chosen: Option<&str>) -> Option<String> {
    let by_name = match account.sign_in {
        SignIn::Password => account.name.clone(),
        SignIn::OAuth if account.oauth.as_ref().is_some_and(|oauth| oauth.client_secret) => {
            client_entry(&account.name)
        }
        SignIn::OAuth | SignIn::None => return None,
    };
    Some(chosen.map_or(by_name, str::to_owned))
}

/// Whether the password that is kept serves an account for which none is given.
fn password_stays(account: &Account, before: Option<&AccountRow>) -> Result<(), Invalid> {
    let remedy = "Give it with --password-stdin";
    match before {
        Some(row) if account.shares_secret(&row.account) => Ok(()),
        Some(row) if row.account.sign_in == SignIn::Password => {
            Err(Invalid::new("password", "the password that is kept was given for another server", remedy))
        }
        _ => {
            let problem = "the account signs in with a password and none was given";
            Err(Invalid::new("password", problem, remedy))
        }
    }
}

/// What keeps an account from sending: what it means, why in words, and the facts to explain it from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setback {
    pub(super) effect: Effect,
    pub(super) reason: String,
    /// None where Tillpost keeps the pace by itself: nothing is wrong then.
    pub(super) facts: Option<Facts>,
}

impl Setback {
    pub(super) fn of(trouble: &Trouble) -> Self {
        Self { effect: reply::effect(trouble), reason: trouble.to_string(), facts: Some(Facts::of(trouble)) }
    }

    /// What trouble with a server means that was reached before with these settings.
    fn where_known(trouble: &Trouble) -> Self {
        let mut setback = Self { effect: reply::effect_where_known(trouble), ..Self::of(trouble) };
        if trouble.is_another_server() {
            setback.reason.push_str(
                "; it was right before, so the network may want a login page answered, or this computer's \
                 clock is wrong",
            );
        }
        setback
    }
}

/// Connects and signs in as `row`, with another token than `refused`, and gives the token it signed in
/// with; the inner error says what it means for the account and why.
pub(super) async fn open_session(
    app: &App,
    row: &AccountRow,
    deadlines: &Deadlines,
    refused: Option<&Secret>,
) -> Result<Result<(Session, Option<Secret>), Setback>, Error> {
    let mut renewed = refused.is_some();
    let mut credential = match app.credential(row, refused).await? {
        Ok(credential) => credential,
        Err(trouble) => return Ok(Err(Setback::of(&trouble))),
    };
    loop {
        let sign_in = credential.sign_in(&row.account);
        let opened = Session::open(&row.account, sign_in, deadlines, &|_| ()).await;
        let (trouble, transcript) = match opened {
            Ok(session) => return Ok(Ok((session, credential.token()))),
            Err(trouble) => trouble,
        };
        tracing::debug!(account = %row.account.name, %transcript, "the server was not reached");
        let no = trouble.stage == Stage::Auth && reply::effect(&trouble) == Effect::HeldSignIn;
        match &credential {
            // It may have ended before its time; another one is tried once.
            Credential::Token(refused) if no && !renewed => {
                renewed = true;
                credential = match app.credential(row, Some(refused)).await? {
                    Ok(credential) => credential,
                    Err(trouble) => return Ok(Err(Setback::of(&trouble))),
                };
            }
            _ => {
                let trouble = app.surroundings.judge(&row.account, trouble).await;
                let setback = if row.contact.is_some() { Setback::where_known } else { Setback::of };
                return Ok(Err(setback(&trouble)));
            }
        }
    }
}

/// What an account signs in with.
pub(super) enum Credential {
    Nothing,
    Password(Secret),
    Token(Secret),
}

impl Credential {
    fn token(self) -> Option<Secret> {
        match self {
            Self::Token(token) => Some(token),
            Self::Nothing | Self::Password(_) => None,
        }
    }

    /// How a session signs in with it.
    pub(super) fn sign_in<'a>(&'a self, account: &'a Account) -> transport::SignIn<'a> {
        let user = &account.user;
        match self {
            Self::Nothing => transport::SignIn::None,
            Self::Password(password) => transport::SignIn::Password { user, password },
            Self::Token(token) => transport::SignIn::Token { user, token },
        }
    }
}

impl App {
    /// What an account signs in with; another token than `refused`. The inner error is the account's
    /// trouble: nothing is stored, the place cannot be read now, the provider ended the connection.
    pub(super) async fn credential(
        &self,
        row: &AccountRow,
        refused: Option<&Secret>,
    ) -> Result<Result<Credential, Trouble>, Error> {
        match row.account.sign_in {
            SignIn::None => Ok(Ok(Credential::Nothing)),
            SignIn::Password => Ok(self.password_of(row).await?.map(Credential::Password)),
            SignIn::OAuth => Ok(self.access_token(row, refused).await?.map(Credential::Token)),
        }
    }

    async fn password_of(&self, row: &AccountRow) -> Result<Result<Secret, Trouble>, Error> {
        let Some((place, entry)) = secret_of(row) else {
            return Ok(Err(Trouble { stage: Stage::Auth, cause: Cause::NoSecret }));
        };
        let app = self.clone();
        let found =
            tokio::task::spawn_blocking(move || app.secrets(place)?.get(&entry).map_err(Error::from)).await;
        let cause = match found.map_err(|e| Error::new(Kind::Defect, e.to_string()))? {
            Ok(Some(secret)) => return Ok(Ok(secret)),
            Ok(None) => Cause::NoSecret,
            Err(error) => Cause::SecretUnreadable(error.to_string()),
        };
        Ok(Err(Trouble { stage: Stage::Auth, cause }))
    }
}
