//! Which account carries which mails.

use rusqlite::{OptionalExtension, params};

use super::error::impossible;
use super::{AccountRow, Reader, StoreError, Tx};
use crate::domain::document::Kind;
use crate::domain::routing::Carries;

impl Reader<'_> {
    /// What the account in row `id` carries.
    ///
    /// # Errors
    /// The store's own.
    pub fn carries(&self, id: i64) -> Result<Carries, StoreError> {
        let mut find = self
            .sql
            .prepare_cached("SELECT of, name FROM account_route WHERE account_id = ?1 ORDER BY of, name")?;
        let rows = find.query_map([id], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?)))?;
        let mut carries = Carries::default();
        for row in rows {
            let (of, name) = row?;
            match of.as_str() {
                "user" => carries.users.push(name),
                "channel" => carries.channels.push(name),
                "kind" => {
                    carries.kinds.push(Kind::from_word(&name).ok_or_else(|| impossible("kind", &name))?)
                }
                _ => carries.default = true,
            }
        }
        Ok(carries)
    }

    /// The account that carries a mail: of its user, else its channel, else its document's kind, else the
    /// default one; where none is chosen, the one called `default`, or the only one there is.
    ///
    /// # Errors
    /// The store's own; `None` when there is none for it.
    pub fn account_for(
        &self,
        user: Option<&str>,
        channel: Option<&str>,
        kind: Option<Kind>,
    ) -> Result<Option<AccountRow>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT account.name FROM account_route JOIN account ON account.id = account_id
             WHERE (of, account_route.name) IN (('user', ?1), ('channel', ?2), ('kind', ?3), ('default', ''))
             ORDER BY CASE of WHEN 'user' THEN 1 WHEN 'channel' THEN 2 WHEN 'kind' THEN 3 ELSE 4 END LIMIT 1",
        )?;
        let found: Option<String> = find
            .query_row(params![user.map(str::trim), channel.map(str::trim), kind.map(Kind::word)], |r| {
                r.get(0)
            })
            .optional()?;
        if let Some(name) = found {
            return self.account(&name);
        }
        let mut all = self.accounts()?;
        Ok(match all.iter().position(|row| row.account.name == "default") {
            Some(at) => Some(all.swap_remove(at)),
            None if all.len() == 1 => all.pop(),
            None => None,
        })
    }
}

impl Tx<'_> {
    /// Lays down what the account in row `id` carries; another account that carried it does so no more.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_carries(&self, id: i64, carries: &Carries) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM account_route WHERE account_id = ?1", [id])?;
        let mut add = self.sql.prepare_cached(
            "INSERT INTO account_route (of, name, account_id) VALUES (?1, ?2, ?3)
             ON CONFLICT (of, name) DO UPDATE SET account_id = excluded.account_id",
        )?;
        for (of, name) in carries.pairs() {
            add.execute(params![of, name, id])?;
        }
        Ok(())
    }
}
