//! A sealed mail as its reader's program will show it, read back from the bytes themselves.

use mail_parser::{MessageParser, MimeHeaders};

use super::ComposeError;

/// What a reader sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The header as it stands on the wire.
    pub header: String,
    /// Who it is from: name and address, or what there is of them.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: Option<String>,
    /// The same as HTML.
    pub html: Option<String>,
    /// The files.
    pub attachments: Vec<Part>,
}

/// A file in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes, before it was encoded for the mail.
    pub size: usize,
}

/// Reads a mail's bytes as its recipient's program will.
///
/// # Errors
/// [`ComposeError::Unreadable`] when they are no message.
pub fn look(mime: &[u8]) -> Result<Looked, ComposeError> {
    let unreadable = || ComposeError::Unreadable("it has no header".to_owned());
    let parsed = MessageParser::default().parse(mime).ok_or_else(unreadable)?;
    let end = memchr::memmem::find(mime, b"\r\n\r\n").ok_or_else(unreadable)?;
    let header = String::from_utf8_lossy(mime.get(..end).unwrap_or_default()).into_owned();
    // The parser gives a text for HTML alone and the other way round; only what is there counts.
    let is = |id: Option<&u32>, subtype: &str| {
        let part = id.and_then(|id| parsed.part(*id));
        part.is_some_and(|p| p.content_type().and_then(|c| c.subtype()).unwrap_or("plain") == subtype)
    };
    let text = is(parsed.text_body.first(), "plain").then(|| parsed.body_text(0)).flatten();
    let html = is(parsed.html_body.first(), "html").then(|| parsed.body_html(0)).flatten();
    let attachments = parsed.attachments().map(|part| Part {
        name: part.attachment_name().unwrap_or_default().to_owned(),
        media_type: part.content_type().map_or_else(
            || "application/octet-stream".to_owned(),
            |t| format!("{}/{}", t.ctype(), t.subtype().unwrap_or_default()),
        ),
        size: part.contents().len(),
    });
    let writer = parsed.from().and_then(|from| from.first());
    let from = match writer.map(|w| (w.name(), w.address().unwrap_or_default())) {
        Some((Some(name), address)) => format!("{name} <{address}>"),
        Some((None, address)) => address.to_owned(),
        None => String::new(),
    };
    Ok(Looked {
        header,
        from,
        subject: parsed.subject().unwrap_or_default().to_owned(),
        text: text.map(|t| t.into_owned()),
        html: html.map(|t| t.into_owned()),
        attachments: attachments.collect(),
    })
}

/// HTML as plain text, for readers whose programs show none.
#[must_use]
pub fn text_of_html(html: &str) -> String {
    let text = mail_parser::decoders::html::html_to_text(html);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim())
}
