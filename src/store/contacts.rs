//! The address book.

use rusqlite::{OptionalExtension, Row, params};

use super::error::impossible;
use super::{Reader, StoreError, Tx};
use crate::domain::document::EInvoice;
use crate::domain::{EmailAddress, Millis};

/// Where a contact's name comes from; a better origin overwrites the name a worse one gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Named in a mail that was queued.
    Queued = 1,
    /// A mail to it was accepted or refused by the server.
    Sent = 2,
    /// The buyer of a document.
    Document = 4,
    /// Written by hand.
    Hand = 9,
}

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Its row.
    pub id: i64,
    /// The address.
    pub address: String,
    /// The name.
    pub name: Option<String>,
    /// How many mails to it the server has accepted.
    pub uses: i64,
    /// When the last one was accepted.
    pub last_used: Option<Millis>,
    /// What became of the last mail: `accepted`, `refused`, or nothing yet.
    pub last_outcome: Option<String>,
}

const COLUMNS: &str = "id, address, name, uses, last_used_ms, last_outcome";

fn row(r: &Row<'_>) -> rusqlite::Result<ContactRow> {
    Ok(ContactRow {
        id: r.get(0)?,
        address: r.get(1)?,
        name: r.get(2)?,
        uses: r.get(3)?,
        last_used: r.get::<_, Option<i64>>(4)?.map(Millis),
        last_outcome: r.get(5)?,
    })
}

impl Reader<'_> {
    /// The form of e-invoice that a customer wants; nothing when the shop's own is good enough.
    ///
    /// # Errors
    /// The store's own.
    pub fn e_invoice_of(&self, address: &EmailAddress) -> Result<Option<EInvoice>, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT e_invoice FROM contact WHERE address_key = ?1")?;
        let word: Option<Option<String>> = find.query_row([address.key()], |r| r.get(0)).optional()?;
        Ok(word.flatten().and_then(|w| EInvoice::from_word(&w)))
    }

    /// Contacts whose name or address contains `text` (all of them for an empty text), the often and
    /// lately used first; at most `most`.
    ///
    /// # Errors
    /// The store's own.
    pub fn contacts(&self, text: &str, most: u32) -> Result<Vec<ContactRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM contact
             WHERE instr(address_key, ?1) > 0 OR instr(lower(coalesce(name, '')), ?1) > 0
             ORDER BY uses DESC, last_used_ms DESC, address_key LIMIT ?2"
        ))?;
        let rows = find.query_map(params![text.to_lowercase(), most], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Tx<'_> {
    /// Notes that an address was met; a name from a better origin than the stored one replaces it.
    ///
    /// # Errors
    /// The store's own.
    pub fn contact_seen(
        &self,
        address: &str,
        name: Option<&str>,
        origin: Origin,
        now: Millis,
    ) -> Result<(), StoreError> {
        let address = EmailAddress::parse(address).map_err(|_| impossible("address", address))?;
        self.sql
            .prepare_cached(
                "INSERT INTO contact (address_key, address, name, origin, seen_ms) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (address_key) DO UPDATE SET
                     name = CASE WHEN excluded.name IS NOT NULL AND (name IS NULL OR excluded.origin >= origin)
                                 THEN excluded.name ELSE name END,
                     origin = CASE WHEN excluded.name IS NOT NULL THEN max(origin, excluded.origin) ELSE origin END,
                     seen_ms = max(seen_ms, excluded.seen_ms)",
            )?
            .execute(params![address.key(), address.as_str(), name, origin as i64, now.0])?;
        Ok(())
    }

    /// Counts a mail that the server took or refused for this address.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn contact_outcome(
        &self,
        address: &str,
        name: Option<&str>,
        accepted: bool,
        now: Millis,
    ) -> Result<(), StoreError> {
        let key = EmailAddress::parse(address).map_err(|_| impossible("address", address))?.key();
        let outcome = if accepted { "accepted" } else { "refused" };
        self.sql
            .prepare_cached(
                "INSERT INTO contact (address_key, address, name, origin, seen_ms, uses, last_used_ms, last_outcome)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, CASE WHEN ?6 THEN ?5 END, ?7)
                 ON CONFLICT (address_key) DO UPDATE SET
                     name = coalesce(name, excluded.name), seen_ms = max(seen_ms, excluded.seen_ms),
                     uses = uses + excluded.uses,
                     last_used_ms = coalesce(excluded.last_used_ms, last_used_ms),
                     last_outcome = excluded.last_outcome",
            )?
            .execute(params![key, address, name, Origin::Sent as i64, now.0, accepted, outcome])?;
        Ok(())
    }

    /// Keeps the form of e-invoice that a customer wants, or forgets it; whether the address is in the
    /// book.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_e_invoice(&self, address: &EmailAddress, form: Option<EInvoice>) -> Result<bool, StoreError> {
        let changed = self.sql.execute(
            "UPDATE contact SET e_invoice = ?2 WHERE address_key = ?1",
            params![address.key(), form.map(EInvoice::word)],
        )?;
        Ok(changed > 0)
    }

    /// Removes an address from the book; whether it was there.
    ///
    /// # Errors
    /// The store's own.
    pub fn forget_contact(&self, address: &EmailAddress) -> Result<bool, StoreError> {
        Ok(self.sql.execute("DELETE FROM contact WHERE address_key = ?1", [address.key()])? > 0)
    }
}
