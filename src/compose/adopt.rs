//! Taking a message that another program built (`*.eml`): its body stays as it is, its recipients are
//! treated like everybody's.

use std::borrow::Cow;

use mail_parser::{Address, HeaderName, Message, MessageParser};
use sha2::{Digest, Sha256};

use super::fields::{split, with_content};
use super::{ComposeError, Sealed, check, envelope, header, listed, unsent, write_headers};
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

/// A message that was taken over as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedDraft {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Everybody named in it.
    pub named: Vec<Mailbox>,
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

/// To whom a mail goes once more.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// Named in To.
    pub to: Vec<Mailbox>,
    /// Named in Cc.
    pub cc: Vec<Mailbox>,
    /// Blind copies.
    pub bcc: Vec<Mailbox>,
    /// How many it went to, the shop's own copies aside.
    pub went_to: usize,
}

/// A message that was built before, and what it says.
#[derive(Debug)]
pub struct Foreign<'a> {
    message: Cow<'a, [u8]>,
    from: Mailbox,
    says_from: Vec<(&'static str, Mailbox)>,
    reply_to: Vec<Mailbox>,
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    bcc: Vec<Mailbox>,
    subject: String,
    message_id: Option<String>,
    date: Option<Millis>,
}

impl<'a> Foreign<'a> {
    /// Reads a whole message. Programs that hand the envelope over beside the header, one `X-Receiver` for
    /// each recipient, leave out Bcc: who stands there alone gets a blind copy.
    ///
    /// # Errors
    /// [`ComposeError::Unreadable`] when it has no sender, or an address that is none;
    /// [`ComposeError::Recipient`] when a recipient has no address.
    pub fn read(message: &'a [u8]) -> Result<Self, ComposeError> {
        let unreadable = |why: &str| ComposeError::Unreadable(why.to_owned());
        let message = with_crlf(message);
        let (head, _) =
            split(&message).ok_or_else(|| unreadable("it has no empty line between header and body"))?;
        let parsed =
            MessageParser::default().parse_headers(head).ok_or_else(|| unreadable("it has no header"))?;
        let senders = mailboxes(&parsed, "From", &HeaderName::From)?;
        let from = senders.first().cloned().ok_or_else(|| unreadable("it has no From"))?;
        let also = mailboxes(&parsed, "Sender", &HeaderName::Sender)?.into_iter().map(|one| ("Sender", one));
        let says_from = senders.into_iter().map(|one| ("From", one)).chain(also).collect();
        let [to, cc, mut bcc] = [
            listed::recipients(head, "To")?,
            listed::recipients(head, "Cc")?,
            listed::recipients(head, "Bcc")?,
        ];
        for receiver in listed::recipients(head, "X-Receiver")? {
            let named = [&to, &cc, &bcc];
            if !named.into_iter().flatten().any(|mailbox| mailbox.address == receiver.address) {
                bcc.push(receiver);
            }
        }
        let message_id = parsed.message_id().filter(|id| header::check_message_id(id).is_ok());
        let (message_id, subject) = (message_id.map(str::to_owned), parsed.subject().map(str::to_owned));
        let reply_to = mailboxes(&parsed, "Reply-To", &HeaderName::ReplyTo)?;
        let date = parsed.date().map(|date| Millis(date.to_timestamp().saturating_mul(1000)));
        let subject = subject.unwrap_or_default();
        Ok(Self { from, says_from, reply_to, to, cc, bcc, subject, message_id, date, message })
    }

    /// Who it is from.
    #[must_use]
    pub fn sender(&self) -> &EmailAddress {
        &self.from.address
    }

    /// Everybody it is for.
    #[must_use]
    pub fn named(&self) -> Vec<Mailbox> {
        [self.to.as_slice(), &self.cc, &self.bcc].concat()
    }

    /// Seals it as a mail of this shop.
    ///
    /// # Errors
    /// [`ComposeError::NoRecipients`]; [`ComposeError::Unreadable`] when it has bytes no server would take.
    pub fn adopt(self, house: House) -> Result<Adopted, ComposeError> {
        let letter = self.letter(house);
        let recipients = envelope::recipients(&letter);
        if recipients.is_empty() {
            return Err(ComposeError::NoRecipients);
        }
        header::check_message_id(&letter.message_id)?;
        let mut head_new = String::new();
        write_headers(&mut head_new, &letter, &envelope::shown(&letter))?;
        let mime = with_content_of(&self.message, head_new, &letter)?;
        Ok(Adopted {
            from: letter.from.address.clone(),
            subject: letter.subject.clone(),
            named: [letter.to, letter.cc, letter.bcc].concat(),
            says_from: self.says_from,
            sealed: Sealed {
                sha256: Sha256::digest(&mime).into(),
                needs_smtputf8: recipients.iter().any(|(a, _)| a.needs_smtputf8()),
                mime,
                recipients,
                message_id: letter.message_id,
            },
        })
    }

    /// Makes a draft for a mail program of it, as [`super::unsent`] writes them.
    ///
    /// # Errors
    /// As [`Foreign::adopt`], but a draft may be for nobody yet.
    pub fn draft(self, house: House) -> Result<AdoptedDraft, ComposeError> {
        let letter = self.letter(house);
        let unsent = unsent::head(&letter, true)?;
        let mime = with_content_of(&self.message, unsent.fields, &letter)?;
        Ok(AdoptedDraft {
            bytes: [unsent.for_the_program.as_bytes(), &mime].concat(),
            named: [letter.to, letter.cc, letter.bcc].concat(),
        })
    }

    /// Its header as a letter of this shop.
    fn letter(&self, house: House) -> Letter {
        let own_id = || format!("{}@{}", house.message_id, self.from.address.domain());
        Letter {
            message_id: self.message_id.clone().unwrap_or_else(own_id),
            date: self.date.unwrap_or(house.now),
            from: self.from.clone(),
            reply_to: self.reply_to.clone(),
            to: self.to.clone(),
            cc: self.cc.clone(),
            bcc: self.bcc.clone(),
            own_copies: house.own_copies,
            blind_copy_multiple: house.blind_copy_multiple,
            // What it says itself about that stays, with the place it names.
            read_receipt: false,
            subject: self.subject.clone(),
            text: String::new(),
            html: None,
            attachments: Vec::new(),
        }
    }
}

/// Who a whole message is from; nobody where its header cannot be read.
#[must_use]
pub fn sender_of(message: &[u8]) -> Option<EmailAddress> {
    let parsed = MessageParser::default().parse_headers(message)?;
    let from = mailboxes(&parsed, "From", &HeaderName::From).ok()?;
    from.into_iter().next().map(|mailbox| mailbox.address)
}

/// Seals a message of ours again: the same content under a new id and date. Whoever was hidden from the
/// others when it was sent is so again, whatever the shop has settled since.
///
/// # Errors
/// As [`Foreign::read`] and [`Foreign::adopt`].
pub fn again(message: &[u8], again: Again, mut house: House) -> Result<Adopted, ComposeError> {
    let sent = Foreign::read(message)?;
    house.blind_copy_multiple |= again.went_to > 1 && sent.to.len() + sent.cc.len() < 2;
    let Again { to, cc, bcc, .. } = again;
    Foreign { to, cc, bcc, message_id: None, date: None, ..sent }.adopt(house)
}

/// The message under a new header; what it says of people whom that does not show is left out.
fn with_content_of(message: &[u8], head_new: String, letter: &Letter) -> Result<Vec<u8>, ComposeError> {
    let shown = envelope::shown(letter);
    let seen = shown.to.into_iter().chain(shown.cc).chain(&letter.reply_to).chain([&letter.from]);
    let seen: Vec<&EmailAddress> = seen.map(|mailbox| &mailbox.address).collect();
    let named = [&letter.to, &letter.cc, &letter.bcc].into_iter().flatten();
    let hidden = named.map(|mailbox| &mailbox.address).filter(|address| !seen.contains(address));
    let hidden: Vec<EmailAddress> = hidden.cloned().collect();
    let (head, body) = split(message).unwrap_or_default();
    let mime = with_content(head_new, head, body, &hidden)?;
    check::check_adopted(&mime).map_err(|e| ComposeError::Unreadable(e.to_string()))?;
    Ok(mime)
}

/// The message with every line ended by CRLF, as files on disk often are not, and from its first field on:
/// without a byte order mark, empty lines and the line that mail folders (mbox) put before each message.
fn with_crlf(message: &[u8]) -> Cow<'_, [u8]> {
    let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message).trim_ascii_start();
    let line = message.iter().position(|b| *b == b'\n').filter(|_| message.starts_with(b"From "));
    let message = line.and_then(|end| message.get(end + 1..)).unwrap_or(message);
    let bare = |(at, _): (usize, &u8)| at.checked_sub(1).and_then(|at| message.get(at)) != Some(&b'\r');
    if !message.iter().enumerate().filter(|(_, byte)| **byte == b'\n').any(bare) {
        return Cow::Borrowed(message);
    }
    let mut out = Vec::with_capacity(message.len() + message.len() / 40);
    let mut previous = 0;
    for &byte in message {
        if byte == b'\n' && previous != b'\r' {
            out.push(b'\r');
        }
        out.push(byte);
        previous = byte;
    }
    Cow::Owned(out)
}

/// Everybody named in the fields of a name; a message may have several of one name, and all count. An entry
/// without an address is none.
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

    fn adopted(raw: &[u8]) -> Result<Adopted, ComposeError> {
        Foreign::read(raw)?.adopt(house())
    }

    #[test]
    fn the_body_stays_and_the_recipients_hide() {
        let raw = b"From: Shop <shop@example.com>\nTo: a@example.org,\n b@example.org\nBcc: c@example.org\nSubject: x\nContent-Type: text/plain\nX-Till: 4\n\nHello\n.\n";
        let adopted = adopted(raw).unwrap();
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
        assert_eq!(adopted(raw).unwrap().sealed.recipients.len(), 4);
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
            assert!(adopted(raw).is_err(), "{:?} was taken", String::from_utf8_lossy(raw));
        }
    }
}
