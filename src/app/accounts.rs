//! Mail accounts: setting them up, keeping their password, trying them.

use super::{App, Error, Kind, clock};
use crate::auth::{Place, Secrets};
use crate::domain::Secret;
use crate::domain::account::{Account, Encryption, SignIn};
use crate::domain::address::Mailbox;
use crate::domain::reply::{self, Effect, Trouble};
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

/// What a test of an account found.
#[derive(Debug, Clone)]
pub struct TestReport {
    /// Why it does not work, in a sentence; `None` when signing in went well.
    pub problem: Option<String>,
    /// What the server can do, in its own keywords.
    pub capabilities: String,
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

    /// Connects and signs in, without sending anything. A held account that works again is released.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such account; what does not work is in the report.
    pub async fn test_account(&self, name: &str) -> Result<TestReport, Error> {
        let row = self.account(name)?;
        match open_session(self, &row, &Deadlines::default()).await? {
            Ok(session) => {
                let capabilities = session.capabilities().to_string();
                session.quit().await;
                let now = clock::now();
                self.store.write_async(move |tx| Ok::<_, Error>(tx.account_reached(row.id, now, 0)?)).await?;
                self.wake();
                Ok(TestReport { problem: None, capabilities })
            }
            Err((_, reason)) => Ok(TestReport { problem: Some(reason), capabilities: String::new() }),
        }
    }

    /// Opens the place where passwords are kept.
    pub(super) fn secrets(&self, place: SecretPlace) -> Result<Secrets, Error> {
        let place = match place {
            SecretPlace::Keyring => Place::Keyring,
            SecretPlace::File => Place::File,
        };
        Ok(Secrets::open(place, self.data(), self.namespace()?)?)
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

/// Connects and signs in as `row`; the inner error says what it means for the account and why.
pub(super) async fn open_session(
    app: &App,
    row: &AccountRow,
    deadlines: &Deadlines,
) -> Result<Result<Session, (Effect, String)>, Error> {
    let secret = match row.account.sign_in {
        SignIn::None => None,
        SignIn::Password => {
            let (app, place, name) = (app.clone(), row.secret_place, row.account.name.clone());
            let found =
                tokio::task::spawn_blocking(move || app.secrets(place)?.get(&name).map_err(Error::from))
                    .await;
            match found.map_err(|e| Error::new(Kind::Defect, e.to_string()))? {
                Ok(Some(secret)) => Some(secret),
                Ok(None) => {
                    return Ok(Err((Effect::HeldSignIn, "no password is stored for this account".into())));
                }
                // A locked keyring opens again without anybody changing the account.
                Err(error) => return Ok(Err((Effect::Offline, error.to_string()))),
            }
        }
    };
    let sign_in = match &secret {
        None => smtp::SignIn::None,
        Some(password) => smtp::SignIn::Password { user: &row.account.user, password },
    };
    let opened = Session::open(&Server::of(&row.account), sign_in, deadlines).await;
    Ok(opened.map_err(|(trouble, transcript)| {
        tracing::debug!(account = %row.account.name, %transcript, "the server was not reached");
        why(&trouble)
    }))
}

fn why(trouble: &Trouble) -> (Effect, String) {
    (reply::effect(trouble), trouble.to_string())
}
