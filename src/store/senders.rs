//! Who an account may send as.

use rusqlite::params;

use super::error::impossible;
use super::{Reader, StoreError, Tx};
use crate::domain::address::Mailbox;

/// Somebody an account may send as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderRow {
    /// Name and address, as they stand in From.
    pub mailbox: Mailbox,
    /// How they sign; empty: not at all.
    pub signature: String,
    /// Where answers to their mails go; empty: where the account's do.
    pub reply_to: Vec<Mailbox>,
}

impl Reader<'_> {
    /// Who the account in this row may send as beside its own sender, whose signature may be among them.
    ///
    /// # Errors
    /// The store's own.
    pub fn senders(&self, account: i64) -> Result<Vec<SenderRow>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT mailbox, signature, reply_to FROM sender WHERE account_id = ?1 ORDER BY id",
        )?;
        let rows = find.query_map([account], |r| {
            Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?))
        })?;
        let read = |text: &str| Mailbox::parse(text).map_err(|_| impossible("mailbox", text));
        rows.map(|row| {
            let (mailbox, signature, reply_to) = row?;
            let reply_to = reply_to.lines().map(read).collect::<Result<_, _>>()?;
            Ok(SenderRow { mailbox: read(&mailbox)?, signature, reply_to })
        })
        .collect()
    }
}

impl Tx<'_> {
    /// Lets an account send as somebody, or changes how they sign.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_sender(&self, account: i64, sender: &SenderRow) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO sender (account_id, address_key, mailbox, signature, reply_to) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (account_id, address_key) DO UPDATE SET mailbox = excluded.mailbox,
                 signature = excluded.signature, reply_to = excluded.reply_to",
            params![
                account,
                sender.mailbox.address.key(),
                sender.mailbox.to_string(),
                sender.signature,
                sender.reply_to.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            ],
        )?;
        Ok(())
    }

    /// Lets an account send as somebody no longer; whether it could.
    ///
    /// # Errors
    /// The store's own.
    pub fn remove_sender(&self, account: i64, key: &str) -> Result<bool, StoreError> {
        let gone = self.sql.execute(
            "DELETE FROM sender WHERE account_id = ?1 AND address_key = ?2",
            params![account, key],
        )?;
        Ok(gone > 0)
    }
}
