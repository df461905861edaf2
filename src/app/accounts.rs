//! Mail accounts: setting them up, keeping their password, trying them.

use super::explain::Facts;
use super::{App, Error, Kind, clock};
use crate::auth::{Place, Secrets};
use crate::domain::Secret;
use crate::domain::account::{Account, Encryption, SignIn};
use crate::domain::address::Mailbox;
use crate::domain::fault::fingerprint;
use crate::domain::provider;
use crate::domain::reply::{self, Cause, Effect, Stage, Trouble};
use crate::store::{AccountRow, SecretPlace};
use crate::transport::smtp::{self, Deadlines, Server, Session};
use crate::wire::{AccountRequest, AuthWord, EncryptionWord, PlaceWord};

/// An account as a person sets it up.
#[derive(Debug, Clone)]
pub struct AccountInput {
    /// Its settings.
    pub account: Account,
    /// Its password, when a new one is given, and where to keep it.
    pub secret: Option<SecretInput>,
}

impl AccountInput {
    /// The account called `name` as a program asks for it.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field.
    pub fn of(name: &str, request: AccountRequest) -> Result<Self, Error> {
        let from = Mailbox::parse(&request.from).map_err(|e| e.within("from"))?;
        let reply_to = request.reply_to.iter().enumerate();
        let reply_to = reply_to
            .map(|(i, r)| Mailbox::parse(r).map_err(|e| e.within(&format!("reply_to[{i}]"))))
            .collect::<Result<_, _>>()?;
        let sign_in = match request.auth {
            Some(AuthWord::None) => SignIn::None,
            Some(AuthWord::Password) | None => SignIn::Password,
        };
        let place = match request.secret_place {
            Some(PlaceWord::File) => SecretPlace::File,
            Some(PlaceWord::Keyring) | None => SecretPlace::Keyring,
        };
        let encryption = match request.encryption {
            EncryptionWord::Tls => Encryption::Tls,
            EncryptionWord::Starttls => Encryption::StartTls,
            EncryptionWord::None => Encryption::None,
        };
        Ok(Self {
            account: Account {
                name: name.to_owned(),
                host: request.host,
                port: request.port,
                encryption,
                allow_plaintext: request.allow_plaintext,
                sign_in,
                user: request.user,
                from,
                reply_to,
                ca_pem: request.ca_pem,
                pin: request.pin.as_deref().map(fingerprint).transpose()?,
            },
            secret: request.password.map(|p| SecretInput { password: Secret::new(p), place }),
        })
    }
}

/// A new password and where to keep it.
#[derive(Debug, Clone)]
pub struct SecretInput {
    /// The password.
    pub password: Secret,
    /// Where to keep it.
    pub place: SecretPlace,
}

impl App {
    /// Stores an account, and its password in the place chosen for it.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the setting; [`Kind::NotSent`] when the keyring does not take the
    /// password: nothing was stored then.
    pub fn set_account(&self, input: AccountInput) -> Result<(), Error> {
        let AccountInput { account, secret } = input;
        account.check()?;
        let before = self.store.read(|reader| reader.account(&account.name))?;
        let kept = before.map(|row| row.secret_place);
        if account.sign_in == SignIn::Password && secret.is_none() && kept.is_none() {
            return Err(crate::domain::Invalid::new(
                "password",
                "the account signs in with a password and none was given",
                "Give it with --password-stdin",
            )
            .into());
        }
        let place = secret.as_ref().map(|s| s.place).or(kept).unwrap_or(SecretPlace::Keyring);
        let secret = secret.map(|given| SecretInput {
            password: provider::as_meant(&account, given.password),
            place: given.place,
        });
        if let Some(secret) = &secret {
            let secrets = self.secrets(place)?;
            secrets.probe()?;
            secrets.set(&account.name, &secret.password)?;
        }
        self.store.write(move |tx| Ok::<_, Error>(tx.set_account(&account, place)?))?;
        self.wake();
        Ok(())
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
            .ok_or_else(|| Error::new(Kind::NotFound, format!("There is no account called \"{name}\".")))
    }

    /// Removes an account and its password.
    ///
    /// # Errors
    /// [`Kind::Conflict`] when mails were queued with it.
    pub fn remove_account(&self, name: &str) -> Result<(), Error> {
        let row = self.account(name)?;
        let owned = name.to_owned();
        self.store.write(move |tx| Ok::<_, Error>(tx.remove_account(&owned)?))?;
        if row.account.sign_in == SignIn::Password {
            self.secrets(row.secret_place)?.delete(name)?;
        }
        Ok(())
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

/// Connects and signs in as `row`; the inner error says what it means for the account and why.
pub(super) async fn open_session(
    app: &App,
    row: &AccountRow,
    deadlines: &Deadlines,
) -> Result<Result<Session, Setback>, Error> {
    let secret = match app.secret_of(row).await? {
        Ok(secret) => secret,
        Err(trouble) => return Ok(Err(Setback::of(&trouble))),
    };
    let sign_in = sign_in(&row.account, secret.as_ref());
    let opened = Session::open(&Server::of(&row.account), sign_in, deadlines).await;
    Ok(match opened {
        Ok(session) => Ok(session),
        Err((trouble, transcript)) => {
            tracing::debug!(account = %row.account.name, %transcript, "the server was not reached");
            let trouble = app.surroundings.judge(&row.account, trouble).await;
            Err(if row.contact.is_some() { Setback::where_known(&trouble) } else { Setback::of(&trouble) })
        }
    })
}

/// How a session signs in with this secret.
pub(super) fn sign_in<'a>(account: &'a Account, secret: Option<&'a Secret>) -> smtp::SignIn<'a> {
    match secret {
        None => smtp::SignIn::None,
        Some(password) => smtp::SignIn::Password { user: &account.user, password },
    }
}

impl App {
    /// The secret an account signs in with, `None` where it needs none. The inner error is the account's
    /// trouble: nothing is stored, or the place cannot be read now.
    pub(super) async fn secret_of(&self, row: &AccountRow) -> Result<Result<Option<Secret>, Trouble>, Error> {
        if row.account.sign_in == SignIn::None {
            return Ok(Ok(None));
        }
        let (app, place, name) = (self.clone(), row.secret_place, row.account.name.clone());
        let found =
            tokio::task::spawn_blocking(move || app.secrets(place)?.get(&name).map_err(Error::from)).await;
        let cause = match found.map_err(|e| Error::new(Kind::Defect, e.to_string()))? {
            Ok(Some(secret)) => return Ok(Ok(Some(secret))),
            Ok(None) => Cause::NoSecret,
            Err(error) => Cause::SecretUnreadable(error.to_string()),
        };
        Ok(Err(Trouble { stage: Stage::Auth, cause }))
    }
}
