//! Who an account may send as, and how each signs.

use super::send::account_for;
use super::{App, Error, Kind};
use crate::domain::address::Mailbox;
use crate::domain::invalid::{at_most, several_lines};
use crate::domain::setting::Settings;
use crate::domain::{EmailAddress, Invalid, recipients, say};
use crate::store::{AccountRow, Reader, SenderRow};
use crate::wire::{MailDraft, SenderRequest};

/// The most addresses that answers to one sender go to.
const MOST_REPLY_TO: usize = 20;

/// The sender of a mail: the one asked for if the account may send as them, else the account's own. `path`
/// is where the sender was named.
///
/// # Errors
/// Where the shop allows listed senders only, naming those there are.
pub(super) fn sender(
    reader: &Reader<'_>,
    row: &AccountRow,
    asked: Option<&Mailbox>,
    path: &str,
    settings: &Settings,
) -> Result<SenderRow, Error> {
    let listed = reader.senders(row.id)?;
    let own = &row.account.from;
    let wanted = asked.unwrap_or(own);
    let is_own = wanted.address == own.address;
    let names = || -> String {
        let all = listed.iter().map(|sender| &sender.mailbox).filter(|listed| listed.address != own.address);
        let all: Vec<String> = std::iter::once(own).chain(all).map(|one| one.address.to_string()).collect();
        all.join(", ")
    };
    let known = listed.iter().find(|sender| sender.mailbox.address == wanted.address);
    if known.is_none() && !is_own && settings.listed_senders_only {
        let problem = say!(
            "the account \"{name}\" may not send as {address}",
            name = row.account.name,
            address = wanted.address
        );
        let remedy = say!(
            "Use one of {names}, or allow it with `tillpost account sender set \"{wanted}\"`",
            names = names(),
            wanted
        );
        return Err(Invalid::new(path, problem, remedy).into());
    }
    let listed_name = known.and_then(|sender| sender.mailbox.name.clone());
    let own_name = own.name.clone().filter(|_| is_own);
    let name = wanted.name.clone().or(listed_name).or(own_name);
    let mailbox = Mailbox { name, address: wanted.address.clone() };
    let (signature, reply_to) =
        known.map(|sender| (sender.signature.clone(), sender.reply_to.clone())).unwrap_or_default();
    let reply_to = if reply_to.is_empty() { row.account.reply_to.clone() } else { reply_to };
    Ok(SenderRow { mailbox, signature, reply_to })
}

/// The account that another program's message leaves through: the one that carries such mails if it may send
/// as whom the message is from, else one that may, else it all the same.
pub(super) fn account_sending_as(reader: &Reader<'_>, from: &EmailAddress) -> Result<AccountRow, Error> {
    let may = |row: &AccountRow| -> Result<bool, Error> {
        let listed = reader.senders(row.id)?;
        Ok(row.account.from.address == *from || listed.iter().any(|sender| sender.mailbox.address == *from))
    };
    let usual = account_for(reader, &MailDraft::default(), "mail", None);
    if let Ok(row) = &usual
        && may(row)?
    {
        return usual;
    }
    for row in reader.accounts()?.into_iter().filter(|row| row.enabled) {
        if may(&row)? {
            return Ok(row);
        }
    }
    usual
}

/// Somebody an account may send as, checked.
pub(super) fn sender_of(request: &SenderRequest) -> Result<SenderRow, Invalid> {
    let mailbox = Mailbox::parse(&request.from).map_err(|e| e.within("from"))?;
    several_lines("signature", &request.signature)?;
    at_most("signature", &request.signature, 2000)?;
    let mut reply_to = Vec::new();
    for (i, text) in request.reply_to.iter().enumerate() {
        reply_to.extend(recipients::mailboxes(text).map_err(|e| e.within(&format!("reply_to[{i}]")))?);
    }
    let reply_to = recipients::once_each(reply_to);
    if reply_to.len() > MOST_REPLY_TO {
        let problem = format!("there are {} addresses; at most {MOST_REPLY_TO} are kept", reply_to.len());
        return Err(Invalid::new("reply_to", problem, "Name fewer"));
    }
    Ok(SenderRow { mailbox, signature: request.signature.trim_end().to_owned(), reply_to })
}

/// A text with the sender's signature below it (RFC 3676 section 4.3).
pub(super) fn signed(text: &str, signature: &str) -> String {
    match signature.trim_end() {
        "" => text.to_owned(),
        // A text that was looked at, and is sent as it was seen, has it already.
        signature if text.replace("\r\n", "\n").trim_end().ends_with(&format!("\n-- \n{signature}")) => {
            text.to_owned()
        }
        signature => format!("{}\n\n-- \n{signature}\n", text.trim_end()),
    }
}

/// A text without the signature that stands below it.
pub(super) fn unsigned(text: &str, signature: &str) -> String {
    let below = signed("", signature);
    match text.trim_end().strip_suffix(below.trim_end()) {
        Some(bare) if !below.is_empty() => format!("{}\n", bare.trim_end()),
        _ => text.to_owned(),
    }
}

/// HTML with the same signature, at the end of its body.
pub(super) fn signed_html(html: &str, signature: &str) -> String {
    if signature.trim_end().is_empty() {
        return html.to_owned();
    }
    let block = html_block(signature);
    let end = html.to_ascii_lowercase().rfind("</body>").unwrap_or(html.len());
    let (before, after) = html.split_at_checked(end).unwrap_or((html, ""));
    format!("{before}{block}{after}")
}

/// HTML without the signature at its end.
pub(super) fn unsigned_html(html: &str, signature: &str) -> String {
    if signature.trim_end().is_empty() {
        return html.to_owned();
    }
    html.replacen(&html_block(signature), "", 1)
}

/// A signature as a paragraph.
fn html_block(signature: &str) -> String {
    let escape = |line: &str| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines: Vec<String> = signature.trim_end().lines().map(escape).collect();
    format!("<p>-- <br>\n{}</p>\n", lines.join("<br>\n"))
}

impl App {
    /// Who an account may send as beside its own sender; its own is among them where it has a signature.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such account.
    pub fn senders(&self, account: &str) -> Result<Vec<SenderRow>, Error> {
        let row = self.account(account)?;
        Ok(self.store.read(|reader| reader.senders(row.id))?)
    }

    /// Lets an account send as somebody, and keeps how they sign and where answers to them go.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field; [`Kind::NotFound`] when there is no such account.
    pub fn set_sender(&self, account: &str, request: &SenderRequest) -> Result<SenderRow, Error> {
        let sender = sender_of(request)?;
        let (row, kept) = (self.account(account)?, sender.clone());
        self.store.write(move |tx| Ok::<_, Error>(tx.set_sender(row.id, &kept)?))?;
        Ok(sender)
    }

    /// Lets an account send as somebody no longer, or forgets how its own sender signs.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such account or sender.
    pub fn remove_sender(&self, account: &str, address: &str) -> Result<(), Error> {
        let row = self.account(account)?;
        let missing =
            || Error::new(Kind::NotFound, say!("{address} is not a sender of the account.", address));
        let key = EmailAddress::parse(address).map_err(|_| missing())?.key();
        let gone = self.store.write(move |tx| Ok::<_, Error>(tx.remove_sender(row.id, &key)?))?;
        if gone { Ok(()) } else { Err(missing()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_stands_below_the_text_and_inside_the_page() {
        assert_eq!(signed("Hello\n\n", "Ben\n<Shop>\n"), "Hello\n\n-- \nBen\n<Shop>\n");
        assert_eq!(signed("Hello\n", " \n"), "Hello\n");
        // Seen with its signature and sent as seen, and taken apart again.
        let once = signed("Hello\n", "Ben\nShop");
        let seen = once.replace('\n', "\r\n");
        assert_eq!(signed(&seen, "Ben\nShop"), seen);
        assert_eq!(signed(&once, "Ben\nShop"), once);
        assert_eq!(unsigned(&once, "Ben\nShop"), "Hello\n");
        let html = signed_html("<html><body>Hello</BODY></html>", "Ben\n<Shop>");
        assert_eq!(html, "<html><body>Hello<p>-- <br>\nBen<br>\n&lt;Shop&gt;</p>\n</BODY></html>");
        assert!(signed_html("<p>x</p>", "Ben").ends_with("Ben</p>\n"));
    }
}
