//! The fields of a header that was built before: taken apart, and left out where they are written anew or
//! would show people to each other.

use std::collections::HashSet;

use super::ComposeError;
use crate::domain::EmailAddress;

/// The fields that are written anew.
const ANEW: [&str; 9] =
    ["to", "cc", "bcc", "from", "reply-to", "subject", "date", "message-id", "mime-version"];

/// Fields about a message's way: what programs write for the server that takes it from them, and servers
/// for the mailbox they put it into. They name recipients whom the others must not see, or speak of a
/// header that is no longer the same.
const OF_ITS_WAY: [&str; 39] = [
    // Of earlier servers; `Received` says for whom they took it.
    "return-path",
    "received",
    "x-received",
    "received-spf",
    "authentication-results",
    // Signatures over fields that are written anew.
    "dkim-signature",
    "domainkey-signature",
    "x-google-dkim-signature",
    // The envelope, as programs hand it over beside the header (.NET and the pickup folder of IIS, drafts).
    "x-sender",
    "x-receiver",
    "x-recipient",
    "x-recipients",
    "x-bcc",
    "x-unsent",
    // The envelope, as servers and programs that fetch mail note it.
    "apparently-to",
    "x-apparently-to",
    "delivered-to",
    "x-delivered-to",
    "x-original-delivered-to",
    "envelope-to",
    "x-envelope-to",
    "envelope-recipient",
    "x-envelope-recipient",
    "x-envelope-recipients",
    "rcpt-to",
    "x-rcpt-to",
    "x-mdrcpt-to",
    "x-mdaemon-deliver-to",
    "x-original-to",
    "x-original-cc",
    "x-gm-original-to",
    "x-real-to",
    "x-resolved-to",
    "original-recipient",
    "x-original-recipient",
    "x-forwarded-to",
    "x-forwarded-for",
    "x-to",
    "x-cc",
];

/// How the names of more such fields begin: of a message that was sent on, of servers that vouched for it,
/// of Exchange.
const OF_ITS_WAY_TOO: [&str; 4] = ["resent-", "x-resent-", "arc-", "x-ms-exchange-organization-"];

/// Fields of which a message has one (RFC 5322 section 3.6, RFC 8098 section 2.1).
const ONCE: [&str; 4] = ["sender", "in-reply-to", "references", "disposition-notification-to"];

/// Fields that may name somebody who is hidden from the others: the sender's own.
const OWN: [&str; 2] = ["sender", "disposition-notification-to"];

/// The new header with the fields of the old one that stay, and the body. No field stays, whatever it is
/// called, that names one of the `hidden`.
///
/// # Errors
/// [`ComposeError::Unreadable`] names a line of the header that is no field: servers take it for the
/// header's end.
pub(super) fn with_content(
    head_new: String,
    head: &[u8],
    body: &[u8],
    hidden: &[EmailAddress],
) -> Result<Vec<u8>, ComposeError> {
    let mut mime = head_new.into_bytes();
    let mut once = HashSet::new();
    for field in fields(head) {
        let name = name_of(field);
        if ANEW.contains(&&*name)
            || OF_ITS_WAY.contains(&&*name)
            || OF_ITS_WAY_TOO.iter().any(|beginning| name.starts_with(beginning))
            || ONCE.contains(&&*name) && !once.insert(name.clone())
            || !name.starts_with("content-") && !OWN.contains(&&*name) && names_one_of(field, hidden)
        {
            continue;
        }
        if !is_field(field) {
            let line: String = String::from_utf8_lossy(field).trim().chars().take(80).collect();
            return Err(ComposeError::Unreadable(format!(
                "its header has the line \"{line}\", which is no field"
            )));
        }
        mime.extend_from_slice(field);
    }
    mime.extend_from_slice(b"\r\n");
    mime.extend_from_slice(body);
    if !mime.ends_with(b"\r\n") {
        mime.extend_from_slice(b"\r\n");
    }
    Ok(mime)
}

/// Whether a name and a colon stand first (RFC 5322 section 2.2); before the colon there may be spaces
/// (section 4.5).
fn is_field(field: &[u8]) -> bool {
    let name = field.iter().position(|b| *b == b':').and_then(|colon| field.get(..colon));
    name.map(<[u8]>::trim_ascii_end)
        .is_some_and(|name| !name.is_empty() && name.iter().all(u8::is_ascii_graphic))
}

fn names_one_of(field: &[u8], hidden: &[EmailAddress]) -> bool {
    let text = String::from_utf8_lossy(field).replace("\r\n", "");
    text.contains('@') && hidden.iter().any(|address| address.is_named_in(&text))
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
        if !folded || at == 0 {
            starts.push(at);
        }
        let rest = head.get(at..).unwrap_or_default();
        at += rest.windows(2).position(|w| w == b"\r\n").map_or(rest.len(), |n| n + 2);
    }
    let ends = starts.iter().skip(1).copied().chain([head.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| head.get(*start..end)).collect()
}

/// A field's name in lower case, without the spaces that some readers skip in it.
pub(super) fn name_of(field: &[u8]) -> String {
    let name = field.split(|b| *b == b':').next().unwrap_or_default();
    let seen: Vec<u8> = name.iter().filter(|b| !b.is_ascii_whitespace()).copied().collect();
    String::from_utf8_lossy(&seen).to_ascii_lowercase()
}

/// What stands behind a field's colon, with its line end.
pub(super) fn value_of(field: &[u8]) -> &[u8] {
    let colon = field.iter().position(|b| *b == b':');
    colon.and_then(|at| field.get(at + 1..)).unwrap_or_default()
}
