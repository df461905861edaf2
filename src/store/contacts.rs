//! The address book.

use rusqlite::{OptionalExtension, Row, params};

use super::disabled::DISABLES;
use super::error::impossible;
use super::{Reader, StoreError, Tx};
use crate::domain::contact::{ContactRole, RANK_REFUSED, rank_after_use};
use crate::domain::document::EInvoice;
use crate::domain::{EmailAddress, Millis, words};

/// Where a contact's name comes from; a better origin overwrites the name a worse one gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Named in a mail that was queued.
    Queued = 1,
    /// A mail to it was accepted or refused by the server.
    Sent = 2,
    /// The buyer of a document.
    Document = 4,
    /// Read from a file.
    Import = 6,
    /// Written by hand.
    Hand = 9,
}

impl Origin {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Document => "document",
            Self::Import => "import",
            Self::Hand => "hand",
        }
    }
}

/// A part of the address book.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BookPart {
    /// Everybody.
    #[default]
    All,
    /// Those that mails may go to.
    Usable,
    /// Those that mails and documents brought; nobody wrote them by hand or read them from a file.
    Automatic,
    /// Those that mails must not go to.
    Disabled,
}

impl BookPart {
    /// The condition on a contact, over [`COLUMNS`].
    pub(super) fn condition(self) -> String {
        match self {
            Self::All => "1".to_owned(),
            Self::Usable => "NOT disabled".to_owned(),
            Self::Automatic => format!("origin < {}", Origin::Import as i64),
            Self::Disabled => "disabled".to_owned(),
        }
    }
}

/// How many contacts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactCounts {
    /// In all.
    pub all: i64,
    /// Of [`BookPart::Automatic`].
    pub automatic: i64,
    /// Of [`BookPart::Disabled`].
    pub disabled: i64,
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
    /// What else the shop knows.
    pub details: Details,
    /// What the server said when it last refused the address for good; such a contact comes last.
    pub refusal: Option<String>,
    /// Where the name comes from.
    pub origin: i64,
    /// Whether mails may not go there.
    pub disabled: bool,
    /// The form of e-invoice the customer wants; nothing for the shop's own.
    pub e_invoice: Option<EInvoice>,
    /// What it is for.
    pub roles: Vec<ContactRole>,
}

/// What the shop knows of a contact beside name and address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// The company.
    pub company: Option<String>,
    /// The customer's number; contacts that share one are one customer.
    pub customer_number: Option<String>,
    /// The language for documents and mails, BCP 47.
    pub language: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// A note of the shop's own.
    pub note: Option<String>,
}

pub(super) const COLUMNS: &str = "contact.id, address, name, uses, last_used_ms, last_outcome, company, customer_number, language, \
     phone, note, refusal, origin, e_invoice, EXISTS (SELECT 1 FROM disabled WHERE disabled.pattern IN \
     (address_key, substr(address_key, instr(address_key, '@')))) AS disabled, \
     (SELECT group_concat(role) FROM contact_role WHERE contact_id = contact.id) AS roles";

/// So many letters of a word's beginning have an index of their own: `prefix` of `contact_words`.
const INDEXED: usize = 3;
/// Contacts that are looked through by the indexed letters alone before the whole words are asked for.
const LOOKED_THROUGH: u32 = 500;

/// What a look through the index gave.
struct Sifted {
    found: Vec<ContactRow>,
    /// Whether there are no more, or no more were wanted.
    whole: bool,
    /// How many of those looked at had each of the long words.
    had: Vec<usize>,
}

pub(super) fn row(r: &Row<'_>) -> rusqlite::Result<ContactRow> {
    let roles: Option<String> = r.get("roles")?;
    Ok(ContactRow {
        id: r.get("id")?,
        address: r.get("address")?,
        name: r.get("name")?,
        uses: r.get("uses")?,
        last_used: r.get::<_, Option<i64>>("last_used_ms")?.map(Millis),
        last_outcome: r.get("last_outcome")?,
        details: Details {
            company: r.get("company")?,
            customer_number: r.get("customer_number")?,
            language: r.get("language")?,
            phone: r.get("phone")?,
            note: r.get("note")?,
        },
        refusal: r.get("refusal")?,
        origin: r.get("origin")?,
        disabled: r.get("disabled")?,
        e_invoice: r.get::<_, Option<String>>("e_invoice")?.as_deref().and_then(EInvoice::from_word),
        roles: roles.unwrap_or_default().split(',').filter_map(ContactRole::from_word).collect(),
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

    /// Contacts of whose name, address, company, customer number or telephone number words begin as
    /// `typed` says, of this part of the book, the often and lately used first; all of them for no words;
    /// at most `most`.
    ///
    /// The index has its rows in the order of the answer, so reading stops with the last row that is
    /// wanted. It does so at once for the first letters of words, of which it keeps lists; longer
    /// beginnings it would first put together from all words that begin so. What many share is therefore
    /// found by its first letters and a look at each contact, and only what few of those have is asked for
    /// with all its letters.
    ///
    /// # Errors
    /// The store's own.
    pub fn contacts(
        &self,
        typed: &[String],
        part: BookPart,
        most: u32,
    ) -> Result<Vec<ContactRow>, StoreError> {
        let allowed = &part.condition();
        if typed.is_empty() {
            let sql = format!("SELECT {COLUMNS} FROM contact WHERE {allowed} ORDER BY place LIMIT ?1");
            let mut find = self.sql.prepare_cached(&sql)?;
            return Ok(find.query_map([most], row)?.collect::<Result<_, _>>()?);
        }
        let begin = |word: &String| word.chars().take(INDEXED).collect::<String>();
        let mut long: Vec<&String> = typed.iter().filter(|word| begin(word) != **word).collect();
        let mut begins: Vec<String> = typed.iter().map(begin).collect();
        let bound = (!long.is_empty()).then(|| LOOKED_THROUGH.max(most.saturating_mul(4)));
        let first = self.sifted(&begins, &long, allowed, (bound, most))?;
        if first.whole {
            return Ok(first.found);
        }
        let rarest = long.iter().zip(&first.had).min_by_key(|(_, had)| **had).map(|(word, _)| *word);
        if let Some(rarest) = rarest {
            begins.push(rarest.clone());
            long.retain(|word| *word != rarest);
        }
        Ok(self.sifted(&begins, &long, allowed, (None, most))?.found)
    }

    /// Contacts that have words with all these `begins` and all the `long` ones, in the order of their
    /// places; with a `bound`, so many are looked at at most.
    fn sifted(
        &self,
        begins: &[String],
        long: &[&String],
        allowed: &str,
        (bound, most): (Option<u32>, u32),
    ) -> Result<Sifted, StoreError> {
        // Folded words have letters and digits only: nothing in them has a meaning for the index.
        let query: String = begins.iter().map(|word| format!("\"{word}\"* ")).collect();
        let long: Vec<String> = long.iter().map(|word| format!(" {word}")).collect();
        let mut places = self.sql.prepare_cached(
            "SELECT rowid FROM contact_words WHERE contact_words MATCH ?1 ORDER BY rowid LIMIT ?2",
        )?;
        let mut look = self.sql.prepare_cached("SELECT words FROM contact WHERE place = ?1")?;
        let mut find = self
            .sql
            .prepare_cached(&format!("SELECT {COLUMNS} FROM contact WHERE place = ?1 AND {allowed}"))?;
        let mut sifted = Sifted { found: Vec::new(), whole: true, had: vec![0; long.len()] };
        let mut looked_at = 0;
        let mut rows = places.query(params![query, bound.map_or(-1, i64::from)])?;
        while sifted.found.len() < most as usize {
            let Some(next) = rows.next()? else {
                sifted.whole = bound.is_none_or(|bound| looked_at < bound);
                break;
            };
            let place: i64 = next.get(0)?;
            looked_at += 1;
            let mut fits = true;
            if !long.is_empty() {
                let words: String = look.query_row([place], |r| r.get(0))?;
                for (word, had) in long.iter().zip(&mut sifted.had) {
                    let has = words.contains(word.as_str());
                    *had += usize::from(has);
                    fits &= has;
                }
            }
            if fits {
                sifted.found.extend(find.query_row([place], row).optional()?);
            }
        }
        Ok(sifted)
    }

    /// The contact with this address key.
    ///
    /// # Errors
    /// The store's own.
    pub fn contact(&self, key: &str) -> Result<Option<ContactRow>, StoreError> {
        let mut find =
            self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM contact WHERE address_key = ?1"))?;
        Ok(find.query_row([key], row).optional()?)
    }

    /// How many contacts there are.
    ///
    /// # Errors
    /// The store's own.
    pub fn contact_counts(&self) -> Result<ContactCounts, StoreError> {
        let sql = format!(
            "SELECT count(*), coalesce(sum({automatic}), 0),
                 (SELECT count(*) FROM contact WHERE EXISTS (SELECT 1 FROM disabled WHERE {DISABLES}))
             FROM contact",
            automatic = BookPart::Automatic.condition()
        );
        let mut count = self.sql.prepare_cached(&sql)?;
        Ok(count.query_row([], |r| {
            Ok(ContactCounts { all: r.get(0)?, automatic: r.get(1)?, disabled: r.get(2)? })
        })?)
    }

    /// The contacts of a customer, in the order they were met.
    ///
    /// # Errors
    /// The store's own.
    pub fn contacts_of(&self, customer: &str) -> Result<Vec<ContactRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM contact WHERE customer_number = ?1 ORDER BY id"
        ))?;
        Ok(find.query_map([customer], row)?.collect::<Result<_, _>>()?)
    }

    fn contact_rank(&self, key: &str) -> Result<Option<i64>, StoreError> {
        let mut find = self
            .sql
            .prepare_cached("SELECT coalesce(earned_ms, rank_ms) FROM contact WHERE address_key = ?1")?;
        Ok(find.query_row([key], |r| r.get(0)).optional()?)
    }

    /// The domains that mails have reached, the most used first.
    ///
    /// # Errors
    /// The store's own.
    pub fn known_domains(&self) -> Result<Vec<String>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT domain FROM contact WHERE uses > 0 GROUP BY domain ORDER BY sum(uses) DESC LIMIT 2000",
        )?;
        Ok(find.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?)
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
        self.rewrite_words(&address.key())
    }

    /// Counts a mail that the server took or refused for this address. Who is refused goes to the end of
    /// the suggestions at once; who is reached moves up with [`Tx::move_up`].
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn contact_outcome(
        &self,
        address: &str,
        name: Option<&str>,
        (accepted, reply): (bool, Option<&str>),
        now: Millis,
    ) -> Result<(), StoreError> {
        let key = EmailAddress::parse(address).map_err(|_| impossible("address", address))?.key();
        let outcome = if accepted { "accepted" } else { "refused" };
        let before = self.reader().contact_rank(&key)?;
        let rank = if accepted { rank_after_use(before.unwrap_or_default(), now.0) } else { RANK_REFUSED };
        self.sql
            .prepare_cached(
                "INSERT INTO contact (address_key, address, name, origin, seen_ms, uses, last_used_ms, last_outcome,
                     rank_ms, refusal)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, CASE WHEN ?6 THEN ?5 END, ?7, ?8, CASE WHEN NOT ?6 THEN ?9 END)
                 ON CONFLICT (address_key) DO UPDATE SET
                     name = coalesce(name, excluded.name), seen_ms = max(seen_ms, excluded.seen_ms),
                     uses = uses + excluded.uses,
                     last_used_ms = coalesce(excluded.last_used_ms, last_used_ms),
                     last_outcome = excluded.last_outcome, refusal = excluded.refusal,
                     rank_ms = CASE WHEN ?6 THEN rank_ms ELSE excluded.rank_ms END,
                     earned_ms = CASE WHEN ?6 THEN excluded.rank_ms END",
            )?
            .execute(params![key, address, name, Origin::Sent as i64, now.0, accepted, outcome, rank, reply])?;
        // A name it had before is among its words already.
        if before.is_none() || name.is_some() {
            self.rewrite_words(&key)?;
        }
        Ok(())
    }

    /// Moves contacts to the places in the suggestions they have earned, at most `most` of them; whether
    /// there may be more.
    ///
    /// # Errors
    /// The store's own.
    pub fn move_up(&self, most: u32) -> Result<bool, StoreError> {
        let mut update = self.sql.prepare_cached(
            "UPDATE contact SET rank_ms = earned_ms, earned_ms = NULL
             WHERE id IN (SELECT id FROM contact WHERE earned_ms IS NOT NULL LIMIT ?1)",
        )?;
        let moved = update.execute([most])?;
        Ok(u32::try_from(moved).is_ok_and(|moved| moved >= most))
    }

    /// Writes anew by what a contact can be found.
    fn rewrite_words(&self, key: &str) -> Result<(), StoreError> {
        let Some(contact) = self.reader().contact(key)? else { return Ok(()) };
        let details = &contact.details;
        let texts = [
            Some(&contact.address),
            contact.name.as_ref(),
            details.company.as_ref(),
            details.customer_number.as_ref(),
        ];
        let mut all: Vec<String> = texts.into_iter().flatten().flat_map(|t| words::words(t)).collect();
        all.extend(details.phone.iter().flat_map(|p| words::of_phone(p)));
        let words: String = all.iter().map(|w| format!(" {w}")).collect();
        self.sql
            .prepare_cached("UPDATE contact SET words = ?2 WHERE id = ?1 AND words <> ?2")?
            .execute(params![contact.id, words])?;
        Ok(())
    }

    /// Writes what the shop knows of a contact that is in the book; `None` leaves its roles as they are.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_details(
        &self,
        address: &EmailAddress,
        details: &Details,
        roles: Option<&[ContactRole]>,
    ) -> Result<(), StoreError> {
        let key = address.key();
        self.sql
            .prepare_cached(
                "UPDATE contact SET company = ?2, customer_number = ?3, language = ?4, phone = ?5, note = ?6
                 WHERE address_key = ?1",
            )?
            .execute(params![
                key,
                details.company,
                details.customer_number,
                details.language,
                details.phone,
                details.note
            ])?;
        if let Some(roles) = roles {
            self.sql.execute(
                "DELETE FROM contact_role WHERE contact_id = (SELECT id FROM contact WHERE address_key = ?1)",
                [&key],
            )?;
            for role in roles {
                self.sql.execute(
                    "INSERT OR IGNORE INTO contact_role (contact_id, role) SELECT id, ?2 FROM contact WHERE address_key = ?1",
                    [key.as_str(), role.word()],
                )?;
            }
        }
        self.rewrite_words(&key)
    }

    /// Takes what is known of the contact in row `other` over into `keep` where that knows nothing, adds
    /// up how often they were used, and removes `other`.
    ///
    /// # Errors
    /// The store's own.
    pub fn merge_contacts(&self, keep: &ContactRow, other: &ContactRow) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE contact SET name = coalesce(contact.name, o.name), company = coalesce(contact.company, o.company),
                 customer_number = coalesce(contact.customer_number, o.customer_number),
                 language = coalesce(contact.language, o.language), phone = coalesce(contact.phone, o.phone),
                 note = coalesce(contact.note, o.note), uses = contact.uses + o.uses,
                 last_used_ms = max(coalesce(contact.last_used_ms, o.last_used_ms), coalesce(o.last_used_ms, contact.last_used_ms)),
                 rank_ms = max(coalesce(contact.earned_ms, contact.rank_ms), coalesce(o.earned_ms, o.rank_ms)),
                 earned_ms = NULL
             FROM contact AS o WHERE contact.id = ?1 AND o.id = ?2",
            [keep.id, other.id],
        )?;
        self.sql.execute(
            "INSERT OR IGNORE INTO contact_role (contact_id, role) SELECT ?1, role FROM contact_role WHERE contact_id = ?2",
            [keep.id, other.id],
        )?;
        self.sql.execute("DELETE FROM contact WHERE id = ?1", [other.id])?;
        let key: String =
            self.sql.query_row("SELECT address_key FROM contact WHERE id = ?1", [keep.id], |r| r.get(0))?;
        self.rewrite_words(&key)
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
