//! Who an account may send as, and how each signs.

use super::{App, Error, Kind};
use crate::domain::Invalid;
use crate::domain::address::Mailbox;
use crate::domain::invalid::{at_most, several_lines};
use crate::domain::setting::Settings;
use crate::store::{AccountRow, Reader, SenderRow};

/// The sender of a mail: the one asked for if the account may send as them, else the account's own.
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
    let known = listed.into_iter().find(|sender| sender.mailbox.address == wanted.address);
    let is_own = wanted.address == own.address;
    if known.is_none() && !is_own && settings.listed_senders_only {
        let all = reader.senders(row.id)?;
        let names: Vec<String> = std::iter::once(own.address.to_string())
            .chain(all.iter().map(|sender| sender.mailbox.address.to_string()))
            .collect();
        return Err(Invalid::new(
            format!("{path}.from"),
            format!("the account \"{}\" may not send as {}", row.account.name, wanted.address),
            format!(
                "Use one of {}, or allow it with `tillpost account sender set \"{wanted}\"`",
                names.join(", ")
            ),
        )
        .into());
    }
    let listed_name = known.as_ref().and_then(|sender| sender.mailbox.name.clone());
    let own_name = own.name.clone().filter(|_| is_own);
    let name = wanted.name.clone().or(listed_name).or(own_name);
    let mailbox = Mailbox { name, address: wanted.address.clone() };
    Ok(SenderRow { mailbox, signature: known.map(|sender| sender.signature).unwrap_or_default() })
}

/// Somebody an account may send as, checked.
pub(super) fn sender_of(from: &str, signature: &str) -> Result<SenderRow, Invalid> {
    let mailbox = Mailbox::parse(from).map_err(|e| e.within("from"))?;
    several_lines("signature", signature)?;
    at_most("signature", signature, 2000)?;
    Ok(SenderRow { mailbox, signature: signature.trim_end().to_owned() })
}

/// A text with the sender's signature below it (RFC 3676 section 4.3).
pub(super) fn signed(text: &str, signature: &str) -> String {
    match signature.trim_end() {
        "" => text.to_owned(),
        signature => format!("{}\n\n-- \n{signature}\n", text.trim_end()),
    }
}

/// HTML with the same signature, at the end of its body.
pub(super) fn signed_html(html: &str, signature: &str) -> String {
    if signature.trim_end().is_empty() {
        return html.to_owned();
    }
    let escape = |line: &str| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines: Vec<String> = signature.trim_end().lines().map(escape).collect();
    let block = format!("<p>-- <br>\n{}</p>\n", lines.join("<br>\n"));
    let end = html.to_ascii_lowercase().rfind("</body>").unwrap_or(html.len());
    let (before, after) = html.split_at_checked(end).unwrap_or((html, ""));
    format!("{before}{block}{after}")
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

    /// Lets an account send as somebody, and keeps how they sign.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field; [`Kind::NotFound`] when there is no such account.
    pub fn set_sender(&self, account: &str, from: &str, signature: &str) -> Result<SenderRow, Error> {
        let sender = sender_of(from, signature)?;
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
        let missing = || Error::new(Kind::NotFound, format!("{address} is not a sender of the account."));
        let key = crate::domain::EmailAddress::parse(address).map_err(|_| missing())?.key();
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
        let html = signed_html("<html><body>Hello</BODY></html>", "Ben\n<Shop>");
        assert_eq!(html, "<html><body>Hello<p>-- <br>\nBen<br>\n&lt;Shop&gt;</p>\n</BODY></html>");
        assert!(signed_html("<p>x</p>", "Ben").ends_with("Ben</p>\n"));
    }
}
