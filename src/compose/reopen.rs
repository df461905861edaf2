//! A sealed mail taken apart again for its writer.

use mail_parser::{HeaderName, MessageParser, MimeHeaders};

use super::adopt::mailboxes;
use super::{ComposeError, header, look};
use crate::domain::address::Mailbox;

/// What a mail was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reopened {
    /// The sender.
    pub from: Mailbox,
    /// Where answers go.
    pub reply_to: Vec<Mailbox>,
    /// Whether it asks readers to say that they have seen it.
    pub read_receipt: bool,
    /// How many addresses it shows to those who get it.
    pub shown: usize,
    /// The text, lines ended by `\n`.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// The files, each with its name.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Takes a mail apart. Its recipients and its subject stand with the mail in the queue.
///
/// # Errors
/// [`ComposeError::Unreadable`] when it is no message.
pub fn reopen(mime: &[u8]) -> Result<Reopened, ComposeError> {
    let unreadable = || ComposeError::Unreadable("its header cannot be read".to_owned());
    let parsed = MessageParser::default().parse(mime).ok_or_else(unreadable)?;
    let looked = look(mime)?;
    let named = |field, name| Ok::<_, ComposeError>(mailboxes(&parsed, field, &name)?.len());
    Ok(Reopened {
        from: mailboxes(&parsed, "From", &HeaderName::From)?.into_iter().next().ok_or_else(unreadable)?,
        reply_to: mailboxes(&parsed, "Reply-To", &HeaderName::ReplyTo)?,
        read_receipt: parsed.header(header::RECEIPT).is_some(),
        shown: named("To", HeaderName::To)? + named("Cc", HeaderName::Cc)?,
        text: looked.text.unwrap_or_default().replace("\r\n", "\n"),
        html: looked.html.map(|html| html.replace("\r\n", "\n")),
        files: parsed
            .attachments()
            .map(|part| (part.attachment_name().unwrap_or("file").to_owned(), part.contents().to_vec()))
            .collect(),
    })
}
