//! A draft for a mail program, which sends it by itself.

use super::{ComposeError, check_bytes, envelope, header, size_hint, write_content};
use crate::domain::address::Mailbox;
use crate::domain::mail::Letter;

/// A letter as a draft that a mail program opens for writing (`X-Unsent: 1`). Who should not be seen by
/// the others stands in Bcc, which the program takes out when it sends; From is left to it unless
/// `named_sender`.
///
/// # Errors
/// As [`super::seal`], but a draft may be for nobody yet.
pub fn unsent(letter: &Letter, named_sender: bool) -> Result<Vec<u8>, ComposeError> {
    let Head { for_the_program, fields, utf8 } = head(letter, named_sender)?;
    let mut out = String::with_capacity(size_hint(letter));
    out.push_str(&fields);
    write_content(&mut out, letter);
    // The rules of the wire, of which only the one against Bcc is not for drafts.
    check_bytes(out.as_bytes(), utf8)?;
    Ok((for_the_program + &out).into_bytes())
}

/// The header of a draft, apart from what is about its content.
pub(super) struct Head {
    /// What the program takes out when it sends.
    pub(super) for_the_program: String,
    /// What it sends.
    pub(super) fields: String,
    /// Whether an address in it is not ASCII.
    pub(super) utf8: bool,
}

pub(super) fn head(letter: &Letter, named_sender: bool) -> Result<Head, ComposeError> {
    let shown = envelope::shown(letter);
    let seen: Vec<&Mailbox> = shown.to.iter().chain(&shown.cc).copied().collect();
    let given = [&letter.to, &letter.cc, &letter.bcc];
    let hidden: Vec<Mailbox> = envelope::recipients(letter)
        .into_iter()
        .filter(|(address, _)| !seen.iter().any(|mailbox| mailbox.address == *address))
        .map(|(address, _)| {
            let named = given.into_iter().flatten().find(|mailbox| mailbox.address == address);
            named.cloned().unwrap_or(Mailbox { name: None, address })
        })
        .collect();
    let all = seen.iter().copied().chain(&hidden).chain(&letter.reply_to);
    let utf8 = all.chain([&letter.from]).any(|mailbox| mailbox.address.needs_smtputf8());

    let mut out = String::new();
    header::date(&mut out, letter.date)?;
    if named_sender {
        header::mailboxes(&mut out, "From", &[&letter.from]);
    }
    header::mailboxes(&mut out, "Reply-To", &letter.reply_to.iter().collect::<Vec<_>>());
    header::mailboxes(&mut out, "To", &shown.to);
    header::mailboxes(&mut out, "Cc", &shown.cc);
    header::text(&mut out, "Subject", &letter.subject);
    out.push_str("MIME-Version: 1.0\r\n");
    let mut for_the_program = String::from("X-Unsent: 1\r\n");
    header::mailboxes(&mut for_the_program, "Bcc", &hidden.iter().collect::<Vec<_>>());
    Ok(Head { for_the_program, fields: out, utf8 })
}
