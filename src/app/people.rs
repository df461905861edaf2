//! The address book.

use super::{App, Error, Kind, clock};
use crate::domain::EmailAddress;
use crate::domain::address::Mailbox;
use crate::domain::document::EInvoice;
use crate::domain::invalid::{at_most, one_line};
use crate::store::{ContactRow, Origin};

impl App {
    /// Contacts whose name or address contains `text`, the often used first.
    ///
    /// # Errors
    /// The store's own.
    pub fn contacts(&self, text: &str, most: u32) -> Result<Vec<ContactRow>, Error> {
        self.store.read(|reader| Ok(reader.contacts(text, most)?))
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
            false => Err(Error::new(Kind::NotFound, format!("{name} is not in the address book."))),
        }
    }

    /// Writes a contact by hand from its parts, and returns it.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the part that cannot stand.
    pub fn write_contact(&self, address: &str, name: Option<&str>) -> Result<ContactRow, Error> {
        let address = EmailAddress::parse(address).map_err(|e| e.within("address"))?;
        let name = name.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        if let Some(name) = &name {
            one_line("name", name)?;
            at_most("name", name, 200)?;
        }
        let now = clock::now();
        self.store.write(move |tx| {
            tx.contact_seen(address.as_str(), name.as_deref(), Origin::Hand, now)?;
            let found = tx.reader().contact(&address.key())?;
            found.ok_or_else(|| Error::new(Kind::Defect, "the contact just stored is not there"))
        })
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
            false => Err(Error::new(Kind::NotFound, format!("{name} is not in the address book."))),
        }
    }
}
