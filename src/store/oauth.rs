//! How accounts sign in at their provider. Tokens and secrets are not here.

use rusqlite::{Row, named_params, params};

use super::error::impossible;
use super::{StoreError, Tx};
use crate::domain::Millis;
use crate::domain::account::Account;
use crate::domain::oauth::{Connection, Endpoints, Issuer, OAuth};

/// What an account's row says of it: the inner error is a word this program does not know.
pub(super) type OfRow = (Result<Option<OAuth>, StoreError>, Option<Connection>);

pub(super) fn of_row(r: &Row<'_>) -> rusqlite::Result<OfRow> {
    let Some(word) = r.get::<_, Option<String>>("issuer")? else {
        return Ok((Ok(None), None));
    };
    let millis = |name: &str| Ok::<_, rusqlite::Error>(r.get::<_, Option<i64>>(name)?.map(Millis));
    let connection = match (millis("connected_ms")?, millis("renewed_ms")?) {
        (Some(since), Some(renewed)) => Some(Connection {
            who: r.get("connected_as")?,
            since,
            renewed,
            expires: millis("connection_ends_ms")?,
        }),
        _ => None,
    };
    let Some(issuer) = Issuer::from_word(&word) else {
        return Ok((Err(impossible("issuer", &word)), None));
    };
    let oauth = OAuth {
        issuer,
        client_id: r.get("client_id")?,
        client_secret: r.get("has_client_secret")?,
        secret_expires: millis("secret_expires_ms")?,
        tenant: r.get("tenant")?,
        endpoints: Endpoints {
            authorize: r.get("authorize_url")?,
            token: r.get("token_url")?,
            device: r.get("device_url")?,
            revoke: r.get("revoke_url")?,
        },
    };
    Ok((Ok(Some(oauth)), connection))
}

impl Tx<'_> {
    /// Stores with which app an account signs in. Another app, or none, ends the connection.
    pub(super) fn set_oauth(&self, account: &Account) -> Result<(), StoreError> {
        let Some(oauth) = &account.oauth else {
            self.sql.execute(
                "DELETE FROM account_oauth WHERE account_id = (SELECT id FROM account WHERE name = ?1)",
                [&account.name],
            )?;
            return Ok(());
        };
        self.sql.execute(
            "DELETE FROM account_oauth WHERE account_id = (SELECT id FROM account WHERE name = ?1)
                 AND (issuer, client_id, tenant, token_url) IS NOT (?2, ?3, ?4, ?5)",
            params![account.name, oauth.issuer.word(), oauth.client_id, oauth.tenant, oauth.endpoints.token],
        )?;
        self.sql.execute(
            "INSERT INTO account_oauth (account_id, issuer, client_id, has_client_secret, secret_expires_ms, tenant,
                 authorize_url, token_url, device_url, revoke_url)
             SELECT id, :issuer, :client, :secret, :expires, :tenant, :authorize, :token, :device, :revoke
             FROM account WHERE name = :name
             ON CONFLICT (account_id) DO UPDATE SET has_client_secret = excluded.has_client_secret,
                 secret_expires_ms = excluded.secret_expires_ms, authorize_url = excluded.authorize_url,
                 device_url = excluded.device_url, revoke_url = excluded.revoke_url",
            named_params! {
                ":name": account.name, ":issuer": oauth.issuer.word(), ":client": oauth.client_id,
                ":secret": oauth.client_secret, ":expires": oauth.secret_expires.map(|at| at.0),
                ":tenant": oauth.tenant, ":authorize": oauth.endpoints.authorize,
                ":token": oauth.endpoints.token, ":device": oauth.endpoints.device,
                ":revoke": oauth.endpoints.revoke,
            },
        )?;
        Ok(())
    }

    /// Records that a person connected the account in row `id`, or ended that, and lifts a hold.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_connection(&self, id: i64, connection: Option<&Connection>) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE account_oauth SET connected_as = ?2, connected_ms = ?3, renewed_ms = ?4, connection_ends_ms = ?5
             WHERE account_id = ?1",
            params![
                id,
                connection.and_then(|c| c.who.as_deref()),
                connection.map(|c| c.since.0),
                connection.map(|c| c.renewed.0),
                connection.and_then(|c| c.expires).map(|at| at.0),
            ],
        )?;
        self.sql.execute(
            "UPDATE account SET standing = 'ready', reason = '', trouble = '', failures = 0, next_try_ms = 0
             WHERE id = ?1 AND standing IN ('held_sign_in', 'held_settings')",
            [id],
        )?;
        Ok(())
    }

    /// Records that the connection of the account in row `id` was renewed.
    ///
    /// # Errors
    /// The store's own.
    pub fn connection_renewed(&self, id: i64, now: Millis, ends: Option<Millis>) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE account_oauth SET renewed_ms = ?2, connection_ends_ms = coalesce(?3, connection_ends_ms)
             WHERE account_id = ?1 AND connected_ms IS NOT NULL",
            params![id, now.0, ends.map(|at| at.0)],
        )?;
        Ok(())
    }

    /// Records where the secrets of the account in row `id` are.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_secret_place(&self, id: i64, place: super::SecretPlace) -> Result<(), StoreError> {
        self.sql.execute("UPDATE account SET secret_place = ?2 WHERE id = ?1", params![id, place.word()])?;
        Ok(())
    }
}
