//! The address book.

use super::{App, Error, Kind, clock, show};
use crate::domain::EmailAddress;
use crate::domain::Millis;
use crate::domain::address::Mailbox;
use crate::domain::disabled::refusal;
use crate::domain::document::EInvoice;
use crate::domain::{Invalid, recipients, say, typo, words};
use crate::store::{BookPart, ContactCounts, ContactRow, Origin, Tx};
use crate::wire::views::{CheckedView, ContactCountsView, ContactView};
use crate::wire::{ContactShape, WrittenContact};

impl App {
    /// Contacts of whose name, address, company, customer number or telephone number words begin like
    /// those of `text`, the often and lately used first; all of them for an empty text.
    ///
    /// # Errors
    /// The store's own.
    pub fn contacts(&self, text: &str, most: u32) -> Result<Vec<ContactRow>, Error> {
        self.contacts_in(BookPart::All, text, most)
    }

    /// As [`App::contacts`], of a part of the book.
    ///
    /// # Errors
    /// The store's own.
    pub fn contacts_in(&self, part: BookPart, text: &str, most: u32) -> Result<Vec<ContactRow>, Error> {
        self.store.read(|reader| Ok(reader.contacts(&words::typed(text), part, most)?))
    }

    /// How many contacts there are.
    ///
    /// # Errors
    /// The store's own.
    pub fn contact_counts(&self) -> Result<ContactCountsView, Error> {
        let ContactCounts { all, automatic, disabled } =
            self.store.read(|reader| Ok::<_, Error>(reader.contact_counts()?))?;
        Ok(ContactCountsView { all, automatic, disabled })
    }

    /// As [`App::contacts`], for the recipients of a mail: nobody who is disabled, and who was refused last.
    ///
    /// # Errors
    /// The store's own.
    pub fn suggest(&self, text: &str, most: u32) -> Result<Vec<ContactRow>, Error> {
        self.contacts_in(BookPart::Usable, text, most)
    }

    /// The contact with this address.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when it is not in the book.
    pub fn contact(&self, address: &str) -> Result<ContactRow, Error> {
        let address = EmailAddress::parse(address)?;
        self.store.read(|reader| reader.contact(&address.key()))?.ok_or_else(|| not_there(&address))
    }

    /// Contacts as they are shown: with what was most likely meant, where one was refused.
    ///
    /// # Errors
    /// The store's own.
    pub fn contact_views(&self, rows: &[ContactRow]) -> Result<Vec<ContactView>, Error> {
        let domains = match rows.iter().any(|row| row.refusal.is_some()) {
            true => self.store.read(|reader| reader.known_domains())?,
            false => Vec::new(),
        };
        Ok(rows.iter().map(|row| show::contact(row, &domains)).collect())
    }

    /// A contact as it is shown.
    ///
    /// # Errors
    /// The store's own.
    pub fn contact_view(&self, row: ContactRow) -> Result<ContactView, Error> {
        let views = self.contact_views(&[row])?;
        views.into_iter().next().ok_or_else(|| Error::new(Kind::Defect, "no contact is shown"))
    }

    /// What was most likely meant where an address looks like a slip of the finger.
    ///
    /// # Errors
    /// The store's own.
    pub fn meant(&self, address: &str) -> Result<Option<String>, Error> {
        let known = self.store.read(|reader| reader.known_domains())?;
        Ok(typo::meant(address, &known).map(|a| a.to_string()))
    }

    /// Writes a contact by hand, new or changed, and returns it: what is left out stays as it is, an empty
    /// text removes what was there.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field.
    pub fn write_contact(&self, shape: &ContactShape) -> Result<ContactRow, Error> {
        let written = shape.to_contact()?;
        let now = clock::now();
        self.store.write(move |tx| store_contact(tx, &written, Origin::Hand, now))
    }

    /// Makes one contact of two: `other` is removed, and what it knew goes over to `keep`.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when one is not in the book; [`Kind::BadInput`] when they are the same.
    pub fn merge_contacts(&self, keep: &str, other: &str) -> Result<ContactRow, Error> {
        let (keep, other) = (EmailAddress::parse(keep)?, EmailAddress::parse(other)?);
        if keep == other {
            return Err(Invalid::new(
                "",
                say!("{keep} cannot be merged with itself", keep),
                "Name two contacts",
            )
            .into());
        }
        self.store.write(move |tx| {
            let find = |address: &EmailAddress| {
                tx.reader().contact(&address.key())?.ok_or_else(|| not_there(address))
            };
            tx.merge_contacts(&find(&keep)?, &find(&other)?)?;
            find(&keep)
        })
    }

    /// Recipients as they were typed or pasted, with what the shop knows of each before anything is sent.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the first entry that is no address.
    pub fn check_recipients(&self, text: &str) -> Result<Vec<CheckedView>, Error> {
        let list = recipients::mailboxes(text).map_err(|e| e.within("text"))?;
        self.store.read(|reader| {
            let domains = reader.known_domains()?;
            let look = |mailbox: Mailbox| {
                let contact = reader.contact(&mailbox.address.key())?;
                let disabled = reader.disables(&mailbox.address)?;
                let address = mailbox.address.to_string();
                // Where mail has arrived, the address is right.
                let proven = contact.as_ref().is_some_and(|c| c.uses > 0 && c.refusal.is_none());
                let meant = if proven { None } else { typo::meant(&address, &domains) };
                Ok::<_, Error>(CheckedView {
                    name: mailbox.name.or_else(|| contact.as_ref().and_then(|c| c.name.clone())),
                    known: contact.is_some(),
                    refusal: contact.and_then(|c| c.refusal),
                    disabled_as: disabled.as_ref().map(show::disabled),
                    disabled: disabled.map(|row| self.say(refusal(&address, &row.pattern, &row.reason))),
                    meant: meant.map(|a| a.to_string()),
                    address,
                })
            };
            list.into_iter().map(look).collect()
        })
    }

    /// Writes a contact by hand, new or changed; its name wins over what mails and documents say.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when the address is none.
    pub fn add_contact(&self, contact: &str) -> Result<(), Error> {
        let mailbox = Mailbox::parse(contact)?;
        let now = clock::now();
        self.store.write(move |tx| {
            tx.contact_seen(mailbox.address.as_str(), mailbox.name.as_deref(), Origin::Hand, now)?;
            Ok(())
        })
    }

    /// Keeps which form of e-invoice a customer wants; none again: as the shop's setting has it.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when the address is not in the book.
    pub fn set_e_invoice(&self, address: &str, form: Option<EInvoice>) -> Result<(), Error> {
        let address = EmailAddress::parse(address)?;
        let name = address.to_string();
        match self.store.write(move |tx| Ok::<_, Error>(tx.set_e_invoice(&address, form)?))? {
            true => Ok(()),
            false => Err(Error::new(Kind::NotFound, say!("{name} is not in the address book.", name))),
        }
    }

    /// Removes an address from the book. Documents and mails keep their record.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when it is not there.
    pub fn forget_contact(&self, address: &str) -> Result<(), Error> {
        let address = EmailAddress::parse(address)?;
        let name = address.to_string();
        match self.store.write(move |tx| Ok::<_, Error>(tx.forget_contact(&address)?))? {
            true => Ok(()),
            false => Err(Error::new(Kind::NotFound, say!("{name} is not in the address book.", name))),
        }
    }
}

fn not_there(address: &EmailAddress) -> Error {
    Error::new(Kind::NotFound, say!("{name} is not in the address book.", name = address))
}

/// Writes a contact and what is given of its details.
pub(super) fn store_contact(
    tx: &Tx<'_>,
    written: &WrittenContact,
    origin: Origin,
    now: Millis,
) -> Result<ContactRow, Error> {
    let address = &written.mailbox.address;
    tx.contact_seen(address.as_str(), written.mailbox.name.as_deref(), origin, now)?;
    let find = || tx.reader().contact(&address.key())?.ok_or_else(|| not_there(address));
    let known = find()?;
    // A file fills what a person left empty, and changes nothing they wrote.
    let fills_only = known.origin > origin as i64;
    let mut details = known.details;
    let fields = [
        (&mut details.company, &written.company),
        (&mut details.customer_number, &written.customer_number),
        (&mut details.language, &written.language),
        (&mut details.phone, &written.phone),
        (&mut details.note, &written.note),
    ];
    for (field, given) in fields {
        if let Some(given) = given.as_ref().filter(|_| !fills_only || field.is_none()) {
            *field = (!given.is_empty()).then(|| given.clone());
        }
    }
    tx.set_details(address, &details, written.roles.as_deref())?;
    find()
}
