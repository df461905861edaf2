//! Taking a message that another program built (`*.eml`): its body stays as it is, its recipients are
//! treated like everybody's.

use mail_parser::{Address, HeaderName, Message, MessageParser};
use sha2::{Digest, Sha256};

use super::{ComposeError, Sealed, check, envelope, header, unsent, write_headers};
use crate::domain::EmailAddress;
use crate::domain::address::Mailbox;
use crate::domain::mail::Letter;
use crate::domain::{Millis, invalid};

/// A message that was taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Its bytes and envelope.
    pub sealed: Sealed,
    /// The envelope's sender.
    pub from: EmailAddress,
    /// Its subject, to show.
    pub subject: String,
    /// Everybody named in it.
    pub named: Vec<Mailbox>,
    /// Everybody it says it is from: all in From, and Sender, with the field that says so.
    pub says_from: Vec<(&'static str, Mailbox)>,
}

/// What the shop decides about a message that is taken over.
#[derive(Debug, Clone)]
pub struct House {
    /// Whether several recipients become blind copies.
    pub blind_copy_multiple: bool,
    /// The shop's own fixed copies.
    pub own_copies: Vec<EmailAddress>,
    /// The Message-ID, without angle brackets, of a message that has none; its domain is the sender's.
    pub message_id: String,
    /// The date of a message that has none.
    pub now: Millis,
}

/// The header fields that are written anew; Return-Path is the receiving server's to write. Those that
/// name recipients beside To, Cc and Bcc are left out: they would show people to each other.
const REWRITTEN: &[&str] = &[
    "to",
    "cc",
    "bcc",
    "from",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "return-path",
    "resent-to",
    "resent-cc",
    "resent-bcc",
    "apparently-to",
    "delivered-to",
    "envelope-to",
    "x-original-to",
    "x-unsent",
];

/// Takes a whole message over.
///
/// # Errors
/// [`ComposeError::Unreadable`] when it has no sender or no recipients, an address that is none, or
/// bytes no server would take.
pub fn adopt(message: &[u8], house: House) -> Result<Adopted, ComposeError> {
    let message = with_crlf(message);
    let Read { letter, says_from, head, body } = read(&message, house)?;
    Ok(Adopted { says_from, ..rebuilt(letter, head, body)? })
}

/// A message that was taken over as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedDraft {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Everybody named in it.
    pub named: Vec<Mailbox>,
}

/// Takes a whole message over as a draft for a mail program, as [`super::unsent`] writes them.
///
/// # Errors
/// As [`adopt`].
pub fn adopt_unsent(message: &[u8], house: House) -> Result<AdoptedDraft, ComposeError> {
    let message = with_crlf(message);
    let Read { letter, head, body, .. } = read(&message, house)?;
    let unsent = unsent::head(&letter, true)?;
    let mime = with_content(unsent.fields, head, body);
    check::check_adopted(&mime).map_err(|e| ComposeError::Unreadable(e.to_string()))?;
    Ok(AdoptedDraft {
        bytes: [unsent.for_the_program.as_bytes(), &mime].concat(),
        named: [letter.to, letter.cc, letter.bcc].concat(),
    })
}

/// What a message says, and its two halves.
struct Read<'a> {
    letter: Letter,
    says_from: Vec<(&'static str, Mailbox)>,
    head: &'a [u8],
    body: &'a [u8],
}

fn read(message: &[u8], house: House) -> Result<Read<'_>, ComposeError> {
    let unreadable = |why: &str| ComposeError::Unreadable(why.to_owned());
    let parsed = MessageParser::default().parse(message).ok_or_else(|| unreadable("it has no header"))?;
    let (head, body) =
        split(message).ok_or_else(|| unreadable("it has no empty line between header and body"))?;
    let senders = mailboxes(&parsed, "From", &HeaderName::From)?;
    let from = senders.first().cloned().ok_or_else(|| unreadable("it has no From"))?;
    let also = mailboxes(&parsed, "Sender", &HeaderName::Sender)?.into_iter().map(|one| ("Sender", one));
    let says_from = senders.into_iter().map(|one| ("From", one)).chain(also).collect();
    let own_id = parsed.message_id().filter(|id| header::check_message_id(id).is_ok()).map(str::to_owned);
    let letter = Letter {
        reply_to: mailboxes(&parsed, "Reply-To", &HeaderName::ReplyTo)?,
        to: mailboxes(&parsed, "To", &HeaderName::To)?,
        cc: mailboxes(&parsed, "Cc", &HeaderName::Cc)?,
        bcc: mailboxes(&parsed, "Bcc", &HeaderName::Bcc)?,
        own_copies: house.own_copies,
        blind_copy_multiple: house.blind_copy_multiple,
        read_receipt: asks_receipt(&parsed),
        subject: parsed.subject().unwrap_or_default().to_owned(),
        text: String::new(),
        html: None,
        attachments: Vec::new(),
        message_id: own_id.unwrap_or_else(|| format!("{}@{}", house.message_id, from.address.domain())),
        date: parsed.date().map_or(house.now, |date| Millis(date.to_timestamp().saturating_mul(1000))),
        from,
    };
    Ok(Read { letter, says_from, head, body })
}

/// Who a whole message is from; nobody where its header cannot be read.
#[must_use]
pub fn sender_of(message: &[u8]) -> Option<EmailAddress> {
    let parsed = MessageParser::default().parse_headers(message)?;
    let from = mailboxes(&parsed, "From", &HeaderName::From).ok()?;
    from.into_iter().next().map(|mailbox| mailbox.address)
}

/// Seals a message of ours again for `to`, `cc` and `bcc`: the same content under a new id and date.
///
/// # Errors
/// As [`adopt`].
pub fn again(
    message: &[u8],
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    bcc: Vec<Mailbox>,
    house: House,
) -> Result<Adopted, ComposeError> {
    let unreadable = || ComposeError::Unreadable("its header cannot be read".to_owned());
    let parsed = MessageParser::default().parse(message).ok_or_else(unreadable)?;
    let (head, body) = split(message).ok_or_else(unreadable)?;
    let from = mailboxes(&parsed, "From", &HeaderName::From)?.into_iter().next().ok_or_else(unreadable)?;
    let letter = Letter {
        reply_to: mailboxes(&parsed, "Reply-To", &HeaderName::ReplyTo)?,
        to,
        cc,
        bcc,
        own_copies: house.own_copies,
        blind_copy_multiple: house.blind_copy_multiple,
        read_receipt: asks_receipt(&parsed),
        subject: parsed.subject().unwrap_or_default().to_owned(),
        text: String::new(),
        html: None,
        attachments: Vec::new(),
        message_id: format!("{}@{}", house.message_id, from.address.domain()),
        date: house.now,
        from,
    };
    rebuilt(letter, head, body)
}

/// The message with the letter's header fields in the place of its own.
fn rebuilt(letter: Letter, head: &[u8], body: &[u8]) -> Result<Adopted, ComposeError> {
    let recipients = envelope::recipients(&letter);
    if recipients.is_empty() {
        return Err(ComposeError::NoRecipients);
    }
    header::check_message_id(&letter.message_id)?;
    let mut head_new = String::new();
    write_headers(&mut head_new, &letter, &envelope::shown(&letter))?;
    let mime = with_content(head_new, head, body);
    check::check_adopted(&mime).map_err(|e| ComposeError::Unreadable(e.to_string()))?;
    Ok(Adopted {
        from: letter.from.address.clone(),
        subject: letter.subject.clone(),
        named: [letter.to, letter.cc, letter.bcc].concat(),
        says_from: Vec::new(),
        sealed: Sealed {
            sha256: Sha256::digest(&mime).into(),
            needs_smtputf8: recipients.iter().any(|(a, _)| a.needs_smtputf8()),
            mime,
            recipients,
            message_id: letter.message_id,
        },
    })
}

/// The new header with the fields of the old one that are not written anew, and the body.
fn with_content(head_new: String, head: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mime = head_new.into_bytes();
    for field in fields(head) {
        let name = field.split(|b| *b == b':').next().unwrap_or_default().to_ascii_lowercase();
        if !REWRITTEN.iter().any(|known| name.trim_ascii() == known.as_bytes()) {
            mime.extend_from_slice(field);
        }
    }
    mime.extend_from_slice(b"\r\n");
    mime.extend_from_slice(body);
    if !mime.ends_with(b"\r\n") {
        mime.extend_from_slice(b"\r\n");
    }
    mime
}

/// The message with every line ended by CRLF, as files on disk often are not.
fn with_crlf(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 40);
    let mut previous = 0;
    for &byte in message {
        if byte == b'\n' && previous != b'\r' {
            out.push(b'\r');
        }
        out.push(byte);
        previous = byte;
    }
    out
}

/// Header with its last line end, and body.
pub(super) fn split(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = message.windows(4).position(|w| w == b"\r\n\r\n")?;
    Some((message.get(..at + 2)?, message.get(at + 4..)?))
}

/// The header's fields, each with its folded lines and line end.
pub(super) fn fields(head: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < head.len() {
        let folded = matches!(head.get(at), Some(b' ' | b'\t'));
        if !folded {
            starts.push(at);
        }
        let rest = head.get(at..).unwrap_or_default();
        at += rest.windows(2).position(|w| w == b"\r\n").map_or(rest.len(), |n| n + 2);
    }
    let ends = starts.iter().skip(1).copied().chain([head.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| head.get(*start..end)).collect()
}

/// Everybody named in the fields of a name; a message may have several of one name, and all count.
/// Whether a message asks its readers to say that they have seen it.
pub(super) fn asks_receipt(parsed: &Message<'_>) -> bool {
    parsed.header(header::RECEIPT).is_some()
}

pub(super) fn mailboxes(
    message: &Message<'_>,
    field: &str,
    name: &HeaderName<'_>,
) -> Result<Vec<Mailbox>, ComposeError> {
    message
        .headers()
        .iter()
        .filter(|header| header.name == *name)
        .filter_map(|header| header.value.as_address())
        .flat_map(Address::iter)
        .filter_map(|entry| entry.address.as_deref().map(|address| (entry.name.as_deref(), address)))
        .map(|(name, address)| {
            let address = EmailAddress::parse(address)
                .map_err(|e| ComposeError::Unreadable(format!("{field}: {}", e.problem)))?;
            let name = name.map(str::trim).filter(|n| !n.is_empty() && invalid::one_line("", n).is_ok());
            Ok(Mailbox { name: name.map(str::to_owned), address })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house() -> House {
        House {
            blind_copy_multiple: true,
            own_copies: vec![],
            message_id: "0192".into(),
            now: Millis(1_700_000_000_000),
        }
    }

    #[test]
    fn the_body_stays_and_the_recipients_hide() {
        let raw = b"From: Shop <shop@example.com>\nTo: a@example.org,\n b@example.org\nBcc: c@example.org\nSubject: x\nContent-Type: text/plain\nX-Till: 4\n\nHello\n.\n";
        let adopted = adopt(raw, house()).unwrap();
        let text = String::from_utf8(adopted.sealed.mime).unwrap();
        assert!(text.ends_with("\r\n\r\nHello\r\n.\r\n"), "{text}");
        assert!(text.contains("X-Till: 4\r\n") && text.contains("undisclosed-recipients:;"));
        assert!(!text.contains("example.org"), "{text}");
        assert!(text.contains("Message-ID: <0192@example.com>"));
        assert_eq!(adopted.sealed.recipients.len(), 3);
    }

    #[test]
    fn every_field_of_a_name_counts() {
        let raw = b"From: s@example.com\nTo: a@example.org\nTo: b@example.org\nBcc: c@example.org\nBcc: d@example.org\n\nx\n";
        assert_eq!(adopt(raw, house()).unwrap().sealed.recipients.len(), 4);
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for raw in [
            b"".as_slice(),
            b"no header at all",
            b"From: shop@example.com\n\nnobody\n",
            b"To: a@example.org\n\nno sender\n",
            b"From: shop@example.com\nTo: not an address\n\nx\n",
            b"From: shop@example.com\nTo: a@example.org\n\nx\0y\n",
        ] {
            assert!(adopt(raw, house()).is_err(), "{:?} was taken", String::from_utf8_lossy(raw));
        }
    }
}
