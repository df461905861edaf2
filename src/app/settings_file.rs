//! All settings in one file: written without secrets, read as a whole or not at all.

use super::accounts::secret_of;
use super::{AccountInput, App, Error, Kind, senders, shop};
use crate::domain::account::{Account, Encryption, SignIn, Transport};
use crate::domain::oauth::{Issuer, OAuth};
use crate::domain::routing::Carries;
use crate::domain::setting::Setting;
use crate::domain::{Invalid, say};
use crate::store::{AccountRow, ChosenPace, Reader, SecretPlace, SenderRow, StoreError, Tx};
use crate::wire::{
    AccountFile, AccountRequest, AuthWord, CarriesShape, EncryptionWord, Given, IssuerWord, OauthRequest,
    PaceRequest, PartyShape, PlaceWord, SETTINGS_VERSION, SenderRequest, SettingsFile, SettingsImportView,
    TransportWord,
};

/// A settings file, checked as a whole.
struct Wanted {
    settings: Vec<(&'static Setting, String)>,
    shop: Option<PartyShape>,
    accounts: Vec<WantedAccount>,
}

struct WantedAccount {
    account: Account,
    place: Option<SecretPlace>,
    enabled: bool,
    carries: Carries,
    pace: ChosenPace,
    senders: Option<Vec<SenderRow>>,
}

impl App {
    /// All settings, the shop's details and the accounts, without any secret.
    ///
    /// # Errors
    /// The store's own.
    pub fn export_settings(&self) -> Result<SettingsFile, Error> {
        let settings = self.all_settings()?.into_iter().map(|(s, value)| (s.key.to_owned(), value)).collect();
        let (shop, _) = self.shop()?;
        let accounts = self.store.read(|reader| {
            let rows = reader.accounts()?;
            rows.iter().map(|row| account_file(reader, row)).collect::<Result<_, StoreError>>()
        })?;
        Ok(SettingsFile { tillpost_settings: SETTINGS_VERSION, settings, shop, accounts })
    }

    /// Reads a settings file: everything in it is checked first, then all of it is stored at once, or
    /// nothing. With `dry_run` nothing is stored and it is told what would be.
    ///
    /// Accounts that the file does not name stay; passwords and connections that fit stay too. What was given
    /// for another server, user or app is forgotten, and never sent to the new one.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the first place that cannot stand; [`Kind::NotSent`] when a password cannot be
    /// forgotten: no setting was changed then.
    pub fn import_settings(&self, file: &SettingsFile, dry_run: bool) -> Result<SettingsImportView, Error> {
        let wanted = self.checked(file)?;
        let (changes, rows) =
            self.store.read(|reader| Ok::<_, StoreError>((changes(reader, &wanted)?, reader.accounts()?)))?;
        let need_secrets = wanted.accounts.iter().filter(|w| self.needs_secret(w, &rows));
        let need_secrets = need_secrets.map(|w| w.account.name.clone()).collect();
        let view = SettingsImportView { done: !dry_run, changes, need_secrets };
        if dry_run || view.changes.is_empty() {
            return Ok(view);
        }
        // Before the new server is known: from then on the account sends.
        for (wanted, row) in wanted.accounts.iter().filter_map(|w| Some((w, row_of(w, &rows)?))) {
            if !fits(&wanted.account, &row.account) {
                self.forget_secrets(row)?;
                if wanted.account.sign_in == SignIn::Password {
                    // Of a time before the account signed in otherwise.
                    self.secrets(row.secret_place)?.delete(&row.account.name)?;
                }
            }
        }
        self.store.write(move |tx| write(tx, &wanted))?;
        tracing::info!(changes = view.changes.len(), "read a settings file");
        self.wake();
        Ok(view)
    }

    /// Whether somebody has to give what the account signs in with. An account may stand there without: an earlier
    /// file brought it. A place that does not open now says nothing of what is in it.
    fn needs_secret(&self, wanted: &WantedAccount, rows: &[AccountRow]) -> bool {
        let kept = row_of(wanted, rows).filter(|row| fits(&wanted.account, &row.account));
        let is_missing = |row: &AccountRow| {
            secret_of(row).is_some_and(|(place, entry)| {
                matches!(self.secrets(place).and_then(|all| Ok(all.get(&entry)?)), Ok(None))
            })
        };
        match wanted.account.sign_in {
            SignIn::None => false,
            SignIn::Password => kept.is_none_or(is_missing),
            SignIn::OAuth => kept.is_none_or(|row| row.connection.is_none()),
        }
    }

    fn checked(&self, file: &SettingsFile) -> Result<Wanted, Error> {
        if file.tillpost_settings != SETTINGS_VERSION {
            return Err(Invalid::new(
                "tillpost_settings",
                say!(
                    "this is version {tillpost_settings} of the file, known is {known}",
                    tillpost_settings = file.tillpost_settings,
                    known = SETTINGS_VERSION
                ),
                "Export it with the same version of Tillpost",
            )
            .into());
        }
        let settings = file.settings.iter().map(|(key, value)| {
            let setting = Setting::named(key).map_err(|e| e.within("settings"))?;
            let value = setting.accept(value).map_err(|e| e.within("settings"))?;
            shop::check_use(setting, &value)?;
            Ok((setting, value))
        });
        let settings = settings.collect::<Result<Vec<_>, Error>>()?;
        if let Some(shop) = &file.shop {
            let party = shop.to_party().map_err(|e| e.within("shop"))?;
            party.check().map_err(|e| e.within("shop"))?;
        }
        let mut accounts: Vec<WantedAccount> = Vec::new();
        for (i, wanted) in file.accounts.iter().enumerate() {
            let path = format!("accounts[{i}]");
            let wanted = self.checked_account(wanted, &path)?;
            if accounts.iter().any(|other| other.account.name == wanted.account.name) {
                return Err(Invalid::new(
                    format!("{path}.name"),
                    "the name stands twice",
                    "Name each account once",
                )
                .into());
            }
            for pair in wanted.carries.pairs() {
                if let Some(other) = accounts.iter().find(|other| other.carries.pairs().contains(&pair)) {
                    let problem = say!(
                        "the account \"{name}\" carries the same ({what} {which})",
                        name = other.account.name,
                        what = pair.0,
                        which = pair.1
                    );
                    return Err(Invalid::new(
                        format!("{path}.carries"),
                        problem,
                        "Leave it with one of them",
                    )
                    .into());
                }
            }
            accounts.push(wanted);
        }
        Ok(Wanted { settings, shop: file.shop.clone(), accounts })
    }

    fn checked_account(&self, file: &AccountFile, path: &str) -> Result<WantedAccount, Error> {
        let within = |e: Error| match e.field() {
            Some(_) => e.within(&format!("{path}.account")),
            None => e,
        };
        let secret = file.account.password.is_some()
            || file.account.oauth.as_ref().is_some_and(|o| o.client_secret.is_some());
        if secret {
            let problem = "a settings file carries no secrets";
            let remedy = "Leave it out and give it with `tillpost account set`";
            return Err(Invalid::new(format!("{path}.account.password"), problem, remedy).into());
        }
        let before = self.store.read(|reader| reader.account(&file.name))?.map(|row| row.account);
        let AccountInput { mut account, .. } =
            AccountInput::of(&file.name, file.account.clone(), before.as_ref()).map_err(within)?;
        if let Some(before) = &before {
            account.keep_app_secret(before);
        }
        account.check().map_err(|e| e.within(&format!("{path}.account")))?;
        let carries = file.carries.to_carries().map_err(|e| e.within(&format!("{path}.carries")))?;
        let PaceRequest { per_minute, per_hour, per_day } = file.pace;
        Ok(WantedAccount {
            account,
            place: file.account.secret_place.map(SecretPlace::from),
            enabled: file.enabled,
            carries,
            pace: ChosenPace { per_minute, per_hour, per_day },
            senders: file.senders.as_deref().map(|all| senders_of(all, path)).transpose()?,
        })
    }
}

fn senders_of(all: &[SenderRequest], path: &str) -> Result<Vec<SenderRow>, Error> {
    let mut senders: Vec<SenderRow> = Vec::with_capacity(all.len());
    for (i, sender) in all.iter().enumerate() {
        let path = format!("{path}.senders[{i}]");
        let sender = senders::sender_of(sender).map_err(|e| e.within(&path))?;
        if senders.iter().any(|other| other.mailbox.address.key() == sender.mailbox.address.key()) {
            let remedy = "Name each sender once";
            return Err(Invalid::new(format!("{path}.from"), "the address stands twice", remedy).into());
        }
        senders.push(sender);
    }
    Ok(senders)
}

fn write(tx: &Tx<'_>, wanted: &Wanted) -> Result<(), Error> {
    for (setting, value) in &wanted.settings {
        tx.set_setting(setting.key, value)?;
    }
    if let Some(shop) = &wanted.shop {
        let text = serde_json::to_string(shop).map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
        tx.set_shop(&text)?;
    }
    for wanted in &wanted.accounts {
        let before = tx.reader().account(&wanted.account.name)?;
        if let Some(row) = before.as_ref().filter(|row| !fits(&wanted.account, &row.account)) {
            tx.set_connection(row.id, None)?;
        }
        // Where its secrets are is not moved: they are not in the file.
        let kept = before.map(|row| (row.secret_place, row.secret_entry));
        let (place, entry) = kept.unwrap_or((wanted.place.unwrap_or(SecretPlace::Keyring), None));
        tx.set_account(&wanted.account, place, entry.as_deref())?;
        tx.set_account_enabled(&wanted.account.name, wanted.enabled)?;
        if let Some(row) = tx.reader().account(&wanted.account.name)? {
            tx.set_carries(row.id, &wanted.carries)?;
            tx.set_pace(row.id, wanted.pace)?;
            if let Some(senders) = &wanted.senders {
                for gone in tx.reader().senders(row.id)? {
                    tx.remove_sender(row.id, &gone.mailbox.address.key())?;
                }
                senders.iter().try_for_each(|sender| tx.set_sender(row.id, sender))?;
            }
        }
    }
    Ok(())
}

/// What would be different, a line each.
fn changes(reader: &Reader<'_>, wanted: &Wanted) -> Result<Vec<String>, StoreError> {
    let mut lines = Vec::new();
    for (setting, value) in &wanted.settings {
        let now = reader.setting(setting.key)?.unwrap_or_else(|| setting.default.to_owned());
        if now != *value {
            lines.push(format!("setting {}: \"{now}\" becomes \"{value}\"", setting.key));
        }
    }
    if let Some(shop) = &wanted.shop {
        let now: Option<PartyShape> = reader.shop()?.and_then(|text| serde_json::from_str(&text).ok());
        if now.as_ref() != Some(shop) {
            lines.push("the shop's details change".to_owned());
        }
    }
    for wanted in &wanted.accounts {
        let name = &wanted.account.name;
        let Some(row) = reader.account(name)? else {
            lines.push(format!("account \"{name}\" is new"));
            continue;
        };
        let senders = reader.senders(row.id)?;
        let same = row.account == wanted.account
            && row.enabled == wanted.enabled
            && reader.carries(row.id)? == wanted.carries
            && reader.pace(row.id, crate::domain::Millis(0))?.0 == wanted.pace
            && wanted.senders.as_ref().is_none_or(|wanted| senders.as_slice() == wanted.as_slice());
        if !same {
            lines.push(format!("account \"{name}\" changes"));
        }
    }
    Ok(lines)
}

fn row_of<'a>(wanted: &WantedAccount, rows: &'a [AccountRow]) -> Option<&'a AccountRow> {
    rows.iter().find(|row| row.account.name == wanted.account.name)
}

/// Whether what is kept to sign in with was given for what the file says. Nobody looks at each field of a file
/// as at a change by hand: here another port or user is another mailbox.
fn fits(wanted: &Account, before: &Account) -> bool {
    let place = |account: &Account| (account.port, account.encryption, account.user.clone());
    match wanted.sign_in {
        SignIn::None => before.sign_in == SignIn::None,
        SignIn::Password => wanted.shares_secret(before) && place(wanted) == place(before),
        SignIn::OAuth => wanted.shares_secret(before),
    }
}

fn account_file(reader: &Reader<'_>, row: &AccountRow) -> Result<AccountFile, StoreError> {
    let account = &row.account;
    let pace = reader.pace(row.id, crate::domain::Millis(0))?.0;
    let senders = reader.senders(row.id)?.into_iter();
    let senders = senders
        .map(|s| SenderRequest {
            from: s.mailbox.to_string(),
            signature: s.signature,
            reply_to: s.reply_to.iter().map(ToString::to_string).collect(),
        })
        .collect();
    Ok(AccountFile {
        name: account.name.clone(),
        enabled: row.enabled,
        account: AccountRequest {
            transport: Some(match account.transport {
                Transport::Smtp => TransportWord::Smtp,
                Transport::Gmail => TransportWord::Gmail,
                Transport::Graph => TransportWord::Graph,
            }),
            host: account.host.clone(),
            port: account.port,
            encryption: match account.encryption {
                Encryption::Tls => EncryptionWord::Tls,
                Encryption::StartTls => EncryptionWord::Starttls,
                Encryption::None => EncryptionWord::None,
            },
            allow_plaintext: account.allow_plaintext,
            auth: Some(match account.sign_in {
                SignIn::Password => AuthWord::Password,
                SignIn::OAuth => AuthWord::Oauth,
                SignIn::None => AuthWord::None,
            }),
            user: Given::Is(account.user.clone()),
            password: None,
            secret_place: Some(match row.secret_place {
                SecretPlace::File => PlaceWord::File,
                SecretPlace::Keyring => PlaceWord::Keyring,
            }),
            from: account.from.to_string(),
            reply_to: Given::Is(account.reply_to.iter().map(ToString::to_string).collect()),
            ca_pem: account.ca_pem.clone().into(),
            pin: account.pin.clone().into(),
            oauth: account.oauth.as_ref().map(oauth_request),
        },
        carries: CarriesShape::of(&reader.carries(row.id)?),
        pace: PaceRequest { per_minute: pace.per_minute, per_hour: pace.per_hour, per_day: pace.per_day },
        senders: Some(senders),
    })
}

fn oauth_request(oauth: &OAuth) -> OauthRequest {
    let day =
        |at: crate::domain::Millis| chrono::DateTime::from_timestamp_millis(at.0).map(|at| at.date_naive());
    OauthRequest {
        issuer: match oauth.issuer {
            Issuer::Microsoft => IssuerWord::Microsoft,
            Issuer::Google => IssuerWord::Google,
        },
        client_id: oauth.client_id.clone(),
        client_secret: None,
        client_secret_expires: oauth.secret_expires.and_then(day).into(),
        tenant: Given::Is(oauth.tenant.clone()),
        authorize_url: oauth.endpoints.authorize.clone().into(),
        token_url: oauth.endpoints.token.clone().into(),
        device_url: oauth.endpoints.device.clone().into(),
        revoke_url: oauth.endpoints.revoke.clone().into(),
    }
}
