//! A sealed message for a way that reads the recipients from its header.

use mail_parser::{HeaderName, MessageParser};

use super::adopt::mailboxes;
use super::fields::{fields, name_of, split};
use super::{ComposeError, header};
use crate::domain::EmailAddress;
use crate::domain::address::Mailbox;

/// The header for exactly these recipients, and how many bytes of the message it stands for; what follows
/// them stays as it was sealed.
///
/// Who is shown in the sealed To and Cc and is among the recipients stays there; all others stand in Bcc,
/// which the interface takes out before anybody sees the mail. Who is not among them now stands nowhere:
/// they would get the mail. A To that names nobody is left out, as the interfaces take none; they write one
/// of their own.
///
/// # Errors
/// [`ComposeError::Unreadable`] when `start` does not hold the message's whole header.
pub fn addressed(start: &[u8], recipients: &[EmailAddress]) -> Result<(Vec<u8>, usize), ComposeError> {
    let unreadable = || ComposeError::Unreadable("its header cannot be read".to_owned());
    let (head, _) = split(start).ok_or_else(unreadable)?;
    let parsed = MessageParser::default().parse_headers(head).ok_or_else(unreadable)?;
    let mut shown: Vec<String> = Vec::new();
    let mut visible = String::new();
    for (name, parsed_name) in [("To", HeaderName::To), ("Cc", HeaderName::Cc)] {
        let kept: Vec<Mailbox> = mailboxes(&parsed, name, &parsed_name)?
            .into_iter()
            .filter(|mailbox| recipients.iter().any(|r| r.key() == mailbox.address.key()))
            .collect();
        shown.extend(kept.iter().map(|mailbox| mailbox.address.key()));
        header::mailboxes(&mut visible, name, &kept.iter().collect::<Vec<_>>());
    }
    let hidden: Vec<Mailbox> = recipients
        .iter()
        .filter(|address| !shown.contains(&address.key()))
        .map(|address| Mailbox { name: None, address: address.clone() })
        .collect();
    header::mailboxes(&mut visible, "Bcc", &hidden.iter().collect::<Vec<_>>());
    let mut out = visible.into_bytes();
    for field in fields(head) {
        if !["to", "cc", "bcc"].contains(&&*name_of(field)) {
            out.extend_from_slice(field);
        }
    }
    Ok((out, head.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn for_these(head: &str, recipients: &[&str]) -> String {
        let recipients: Vec<_> = recipients.iter().map(|r| EmailAddress::parse(r).unwrap()).collect();
        let message = format!("{head}Subject: x\r\n\r\nTo: nobody@example.com\r\n");
        let (new, stands_for) = addressed(message.as_bytes(), &recipients).unwrap();
        assert_eq!(&message[stands_for..], "\r\nTo: nobody@example.com\r\n");
        String::from_utf8(new).unwrap()
    }

    #[test]
    fn the_header_names_those_who_get_this_mail_and_no_other() {
        let shown = "To: Ann <ann@example.com>,\r\n ben@example.com\r\nCc: cas@example.com\r\n";
        assert_eq!(
            for_these(shown, &["ann@example.com", "ben@example.com", "cas@example.com", "own@till.example"]),
            "To: Ann <ann@example.com>,\r\n ben@example.com\r\nCc: cas@example.com\r\nBcc: own@till.example\r\nSubject: x\r\n"
        );
        assert_eq!(
            for_these(shown, &["ben@example.com"]),
            "To: ben@example.com\r\nSubject: x\r\n",
            "one who has it already, or must not get it, is not named"
        );
        let blind = "To: undisclosed-recipients:;\r\n";
        assert_eq!(
            for_these(blind, &["ann@example.com", "ben@example.com"]),
            "Bcc: ann@example.com,\r\n ben@example.com\r\nSubject: x\r\n"
        );
    }

    #[test]
    fn half_a_header_is_not_taken_for_one() {
        assert!(addressed(b"To: a@example.com\r\nSubj", &[]).is_err());
    }
}
