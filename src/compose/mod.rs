//! From a letter to the sealed bytes that wait in the queue, and from a template to a letter's text.
//!
//! The bytes are fixed here, once: the same letter gives the same bytes, and what leaves the till days
//! later is what the cashier saw. Recipients who should not see each other never meet in the bytes.
//!
//! # Source
//! RFC 5322 (messages), RFC 2045 and 2046 (MIME), RFC 2047 (encoded words), RFC 2183 and 2231 (file names).

mod addressed;
mod adopt;
mod check;
mod envelope;
mod fields;
mod file_name;
mod header;
mod listed;
mod look;
mod reopen;
mod shipped;
mod template;
mod unsent;

#[cfg(test)]
mod tests;

use lettre::message::{Body, header::ContentTransferEncoding};
use sha2::{Digest, Sha256};

use crate::domain::mail::{Attachment, Letter, Role};
use crate::domain::{EmailAddress, Invalid, Said, say};

pub use addressed::addressed;
pub use adopt::{Adopted, AdoptedDraft, Again, Foreign, House, again, sender_of};
pub use check::{BadBytes, Rule, check_bytes};
pub use envelope::{Sight, sights};
pub use file_name::{clean as clean_name, media_type};
pub use look::{Looked, Part, look, text_of_html};
pub use reopen::{Reopened, reopen};
pub use shipped::{TEMPLATE_LANGUAGES, shipped};
pub use template::{
    Filled, LARGEST_TEMPLATE, MailValues, PLACEHOLDERS, Template, fill, fill_html, fill_line,
};
pub use unsent::unsent;

/// A mail whose bytes no longer change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The message as it goes over the wire, before dot-stuffing; every line ends with CRLF.
    pub mime: Vec<u8>,
    /// SHA-256 of [`Sealed::mime`].
    pub sha256: [u8; 32],
    /// The envelope: each person once, in the first role of to, cc, bcc, own copy they were named in.
    pub recipients: Vec<(EmailAddress, Role)>,
    /// Its id in the world, without angle brackets, as in the letter.
    pub message_id: String,
    /// Whether the server must offer SMTPUTF8 (RFC 6531): an address has letters beyond ASCII before its `@`.
    pub needs_smtputf8: bool,
}

/// Why a letter could not be sealed or a template not filled.
#[derive(Debug)]
#[non_exhaustive]
pub enum ComposeError {
    /// Nobody is named; the sender adds a recipient.
    NoRecipients,
    /// The message id is not `left@right` in plain characters: a defect of the caller.
    MessageId(String),
    /// The date has no form in a header (RFC 5322 knows years of four digits): a wrong clock.
    Date(i64),
    /// The finished bytes break a rule of the wire: a defect of this room, caught before it is queued.
    Bytes(BadBytes),
    /// The template is wrong; its author corrects it.
    Template {
        /// The line of the template, from 1, when it is known.
        line: Option<usize>,
        /// What is wrong, naming the variable if it is about one.
        message: String,
        /// What has no value in the document, where that is all that is wrong.
        empty: Option<String>,
    },
    /// A message that another program built cannot be taken; who built it mends it.
    Unreadable(String),
    /// A message that another program built names somebody without an address; who built it adds it.
    Recipient(Invalid),
    /// The template, or what it makes, is larger than a mail text may be.
    TooLarge {
        /// `has` for the template itself, `makes` for its result.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

impl ComposeError {
    /// What is wrong, as a sentence of ours.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::NoRecipients => "The mail has no recipient.".into(),
            Self::MessageId(id) => format!("The message id {id:?} cannot stand in a header.").into(),
            Self::Date(at) => {
                format!("The date of the mail ({at} ms since 1970) cannot stand in a header.").into()
            }
            Self::Bytes(why) => format!("The finished mail breaks a rule: {why}.").into(),
            Self::Template { line: Some(line), message, .. } => {
                say!("The template is wrong in line {line}: {message}.", line, message)
            }
            Self::Template { line: None, message, .. } => say!("The template is wrong: {message}.", message),
            Self::Recipient(wrong) => wrong.problem.clone(),
            Self::Unreadable(why) => say!("This is not a message that can be sent: {why}.", why),
            Self::TooLarge { what: "has", limit } => say!("The template has more than {limit} bytes.", limit),
            Self::TooLarge { limit, .. } => say!("The template makes more than {limit} bytes.", limit),
        }
    }
}

impl std::fmt::Display for ComposeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Recipient(wrong) => wrong.fmt(f),
            other => other.said().fmt(f),
        }
    }
}

impl std::error::Error for ComposeError {}

impl From<BadBytes> for ComposeError {
    fn from(bad: BadBytes) -> Self {
        Self::Bytes(bad)
    }
}

impl ComposeError {
    /// Whether this can only come from a defect in Tillpost.
    #[must_use]
    pub fn is_defect(&self) -> bool {
        matches!(self, Self::MessageId(_) | Self::Bytes(_))
    }
}

/// Seals a letter: builds its bytes, works out its envelope and checks both.
///
/// # Errors
/// [`ComposeError::NoRecipients`] is for the person writing; every other error is a defect of the program
/// that built the letter. Text never makes it fail: control characters become spaces.
///
/// # Units
/// At its peak this holds the attachments and the finished bytes (four thirds of them), nothing twice.
pub fn seal(letter: &Letter) -> Result<Sealed, ComposeError> {
    let recipients = envelope::recipients(letter);
    if recipients.is_empty() {
        return Err(ComposeError::NoRecipients);
    }
    header::check_message_id(&letter.message_id)?;
    let shown = envelope::shown(letter);
    let readable = shown.to.iter().chain(&shown.cc).copied();
    let utf8_headers = readable
        .chain(&letter.reply_to)
        .chain([&letter.from])
        .any(|mailbox| mailbox.address.needs_smtputf8());

    let mut out = String::with_capacity(size_hint(letter));
    write_headers(&mut out, letter, &shown)?;
    write_content(&mut out, letter);

    let mime = out.into_bytes();
    check_bytes(&mime, utf8_headers)?;
    Ok(Sealed {
        sha256: Sha256::digest(&mime).into(),
        needs_smtputf8: utf8_headers || recipients.iter().any(|(a, _)| a.needs_smtputf8()),
        recipients,
        message_id: letter.message_id.clone(),
        mime,
    })
}

/// The header fields apart from those about the content.
fn write_headers(out: &mut String, letter: &Letter, shown: &envelope::Shown<'_>) -> Result<(), ComposeError> {
    header::date(out, letter.date)?;
    header::mailboxes(out, "From", &[&letter.from]);
    let reply_to: Vec<_> = letter.reply_to.iter().collect();
    header::mailboxes(out, "Reply-To", &reply_to);
    if shown.to.is_empty() {
        // A message without To looks like spam to some filters; RFC 5322 appendix A.1.3 shows this form.
        out.push_str("To: undisclosed-recipients:;\r\n");
    }
    header::mailboxes(out, "To", &shown.to);
    header::mailboxes(out, "Cc", &shown.cc);
    header::text(out, "Subject", &letter.subject);
    if letter.read_receipt {
        header::mailboxes(out, header::RECEIPT, &[&letter.from]);
    }
    out.push_str(&format!("Message-ID: <{}>\r\n", letter.message_id));
    out.push_str("MIME-Version: 1.0\r\n");
    Ok(())
}

/// Enough room for the finished message, so that a large attachment never moves in memory.
fn size_hint(letter: &Letter) -> usize {
    let attachments: usize = letter
        .attachments
        .iter()
        .map(|a| email_encoding::body::base64::encoded_len(a.bytes.len()) + 2048)
        .sum();
    // Quoted-printable at worst triples a byte and adds a soft line break in 76.
    let text = letter.text.len() + letter.html.as_ref().map_or(0, String::len);
    let addresses = (letter.to.len() + letter.cc.len() + letter.reply_to.len()) * 400;
    attachments + text * 13 / 4 + addresses + letter.subject.len() * 2 + 4096
}

/// The content headers, the empty line and the body.
fn write_content(out: &mut String, letter: &Letter) {
    if letter.attachments.is_empty() {
        write_words(out, letter);
    } else {
        let boundary = boundary(letter, "mixed");
        open_multipart(out, "mixed", &boundary);
        write_words(out, letter);
        for attachment in &letter.attachments {
            next_part(out, &boundary);
            write_attachment(out, attachment);
        }
        close_multipart(out, &boundary);
    }
    if !out.ends_with("\r\n") {
        out.push_str("\r\n");
    }
}

/// The text alone, or the text and the same as HTML for the reader's program to choose from.
fn write_words(out: &mut String, letter: &Letter) {
    let Some(html) = &letter.html else {
        write_text(out, "plain", &letter.text);
        return;
    };
    let boundary = boundary(letter, "alternative");
    open_multipart(out, "alternative", &boundary);
    write_text(out, "plain", &letter.text);
    next_part(out, &boundary);
    write_text(out, "html", html);
    close_multipart(out, &boundary);
}

/// A delimiter that cannot occur in the content, and is the same each time the letter is sealed.
///
/// RFC 2045 section 6.7: `=_` never occurs in quoted-printable, and `_` never in base64; no part is
/// encoded in any other way.
fn boundary(letter: &Letter, level: &str) -> String {
    let digest = Sha256::digest(format!("{level} {}", letter.message_id));
    let hex: String = digest.iter().take(12).map(|b| format!("{b:02x}")).collect();
    format!("=_{level}_{hex}")
}

fn open_multipart(out: &mut String, subtype: &str, boundary: &str) {
    out.push_str(&format!(
        "Content-Type: multipart/{subtype};\r\n boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"
    ));
}

/// The line break before a delimiter belongs to the delimiter (RFC 2046 section 5.1.1), so a part is
/// written without one of its own.
fn next_part(out: &mut String, boundary: &str) {
    out.push_str(&format!("\r\n--{boundary}\r\n"));
}

fn close_multipart(out: &mut String, boundary: &str) {
    out.push_str(&format!("\r\n--{boundary}--\r\n"));
}

fn write_text(out: &mut String, subtype: &str, text: &str) {
    out.push_str(&format!(
        "Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ));
    // Quoted-printable takes any text; were it ever refused, `check_bytes` has the last word on the raw form.
    let encoded = match Body::new_with_encoding(wire_lines(text), ContentTransferEncoding::QuotedPrintable) {
        Ok(body) => body.into_vec(),
        Err(raw) => raw,
    };
    out.push_str(&String::from_utf8_lossy(&encoded));
}

/// The text with every kind of line break as CRLF and without control characters other than tabs.
fn wire_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / 32 + 2);
    for (place, line) in text.replace("\r\n", "\n").split(['\n', '\r']).enumerate() {
        if place > 0 {
            lines.push_str("\r\n");
        }
        lines.extend(line.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }));
    }
    lines
}

/// One file, always as base64.
///
/// An encoder that picks for itself sends short ASCII lines unencoded, with the bare LF a Unix text file
/// has; a lenient server takes `LF . CRLF` in it for the end of the mail and reads the rest as commands.
fn write_attachment(out: &mut String, attachment: &Attachment) {
    let name = file_name::clean(&attachment.file_name);
    let ascii = file_name::ascii(&name);
    let media_type = header::media_type(&attachment.media_type);
    out.push_str(&format!(
        "Content-Type: {media_type};\r\n name=\"{ascii}\"\r\n\
         Content-Disposition: attachment;\r\n filename=\"{ascii}\""
    ));
    if name != ascii {
        let encoded = file_name::extended(&name);
        out.push_str(&format!(";\r\n filename*=utf-8''{encoded}"));
    }
    out.push_str("\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    // Writing to a `String` has no way to fail.
    let _ = email_encoding::body::base64::encode(&attachment.bytes, out);
}
