//! Own copies: to oneself, to an archive, and by rules for a customer or a kind of document.

use super::send::named;
use super::{App, Error, Kind};
use crate::domain::document::Kind as DocumentKind;
use crate::domain::invalid::{at_most, one_line};
use crate::domain::setting::Settings;
use crate::domain::{EmailAddress, Invalid, say};
use crate::store::{ChannelRow, CopyRule, Reader};
use crate::wire::MailDraft;

/// Who gets an own copy of a mail `from` somebody with this kind of document: nobody of the settings
/// `auto_bcc` and `auto_bcc_self` where its writer does without. Disabled ones are left out: a copy nobody
/// wants any more holds up no mail.
pub(super) fn own_copies(
    reader: &Reader<'_>,
    settings: &Settings,
    draft: &MailDraft,
    from: Option<&EmailAddress>,
    kind: Option<DocumentKind>,
) -> Result<Vec<EmailAddress>, Error> {
    let mut wanted = if draft.no_own_copy { Vec::new() } else { usual_copies(settings, from) };
    wanted.extend(settings.archive_address.iter().cloned());
    let rules = reader.copy_rules()?;
    let mut customers = Vec::new();
    if rules.iter().any(|rule| !rule.customer.is_empty()) {
        for address in named(draft) {
            let contact = reader.contact(&address.key())?;
            customers.extend(contact.and_then(|c| c.details.customer_number));
        }
    }
    for rule in rules {
        let customer = rule.customer.is_empty() || customers.contains(&rule.customer);
        if customer && (rule.kind.is_empty() || kind.is_some_and(|k| k.word() == rule.kind)) {
            wanted.push(EmailAddress::parse(&rule.address)?);
        }
    }
    let mut kept: Vec<EmailAddress> = Vec::new();
    for address in wanted {
        if !kept.contains(&address) && reader.disables(&address)?.is_none() {
            kept.push(address);
        }
    }
    Ok(kept)
}

/// The copies of every mail, which its writer can do without.
pub(super) fn usual_copies(settings: &Settings, from: Option<&EmailAddress>) -> Vec<EmailAddress> {
    let own = from.filter(|_| settings.auto_bcc_self);
    settings.auto_bcc.iter().chain(own).cloned().collect()
}

/// Adds the fixed copies that a channel wants of its mails, apart from disabled addresses.
pub(super) fn channel_copies(
    reader: &Reader<'_>,
    channel: &ChannelRow,
    copies: &mut Vec<EmailAddress>,
) -> Result<(), Error> {
    for copy in &channel.copies {
        let address = EmailAddress::parse(copy)?;
        if reader.disables(&address)?.is_none() && !copies.contains(&address) {
            copies.push(address);
        }
    }
    Ok(())
}

impl App {
    /// The rules for own copies, beside the settings `auto_bcc` and `archive_address`.
    ///
    /// # Errors
    /// The store's own.
    pub fn copy_rules(&self) -> Result<Vec<CopyRule>, Error> {
        Ok(self.store.read(|reader| reader.copy_rules())?)
    }

    /// Lets an address get a blind copy of mails to one customer, of one kind of document, or of both
    /// together; empty stands for any.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field.
    pub fn add_copy_rule(&self, address: &str, customer: &str, kind: &str) -> Result<CopyRule, Error> {
        let address = EmailAddress::parse(address).map_err(|e| e.within("address"))?;
        let customer = customer.trim().to_owned();
        one_line("customer", &customer)?;
        at_most("customer", &customer, 200)?;
        let kind = (!kind.is_empty())
            .then(|| {
                DocumentKind::from_word(kind).ok_or_else(|| {
                    let all: Vec<&str> = DocumentKind::ALL.iter().map(|k| k.word()).collect();
                    let remedy = say!("Use one of: {all}", all = all.join(", "));
                    Invalid::new("kind", say!("\"{word}\" is not a kind of document", word = kind), remedy)
                })
            })
            .transpose()?;
        self.store.write(move |tx| {
            let id = tx.add_copy_rule(&address, &customer, kind)?;
            let rules = tx.reader().copy_rules()?;
            let rule = rules.into_iter().find(|rule| rule.id == id);
            rule.ok_or_else(|| Error::new(Kind::Defect, "the rule just stored is not there"))
        })
    }

    /// Removes a rule for own copies.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none of this number.
    pub fn remove_copy_rule(&self, id: i64) -> Result<(), Error> {
        match self.store.write(move |tx| Ok::<_, Error>(tx.remove_copy_rule(id)?))? {
            true => Ok(()),
            false => Err(Error::new(Kind::NotFound, say!("There is no rule {id} for own copies.", id))),
        }
    }
}
