//! Header fields: cleaned, encoded and folded.
//!
//! The encoder is the one inside lettre, called directly: lettre's own header types leave long words and
//! long lists of bare addresses on one line, and panic on a line break in a name.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike};
use email_encoding::headers::{quoted_string, rfc2047, writer::EmailWriter};

use super::ComposeError;
use crate::domain::Millis;
use crate::domain::address::Mailbox;

/// The longest run without a space that is left unencoded; an encoded word can be folded anywhere.
const LONGEST_PLAIN_WORD: usize = 60;

/// The field that asks readers to say that they have seen a mail, and names where.
///
/// # Source
/// RFC 8098, section 2.1.
pub(super) const RECEIPT: &str = "Disposition-Notification-To";

/// Text on one line: control characters, line separators and writing-direction marks become spaces, runs of
/// spaces one.
///
/// Direction marks (U+202A..U+202E, U+2066..U+2069) can make an address or a file ending read as another.
pub(super) fn one_line(text: &str) -> String {
    let spaced = text.replace(
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'),
        " ",
    );
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the text may stand as it is: anything else becomes encoded words (RFC 2047).
///
/// `=?` is encoded because the reader's program would decode what looks like an encoded word.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.contains("=?") && text.split(' ').all(|word| word.len() <= LONGEST_PLAIN_WORD)
}

/// A field of free text; an empty one is left out.
pub(super) fn text(out: &mut String, name: &str, value: &str) {
    let value = one_line(value);
    if value.is_empty() {
        return;
    }
    let _ = write!(out, "{name}: ");
    let mut writer = EmailWriter::new(out, name.len() + 2, 0, false);
    // Writing to a `String` has no way to fail.
    let _ = if is_plain(&value) {
        writer.folding().write_str(&value)
    } else {
        rfc2047::encode(&value, &mut writer)
    };
    drop(writer);
    out.push_str("\r\n");
}

/// A field of mailboxes, one a line; an empty list is left out.
pub(super) fn mailboxes(out: &mut String, name: &str, list: &[&Mailbox]) {
    if list.is_empty() {
        return;
    }
    let _ = write!(out, "{name}: ");
    let mut line_len = name.len() + 2;
    for (place, mailbox) in list.iter().enumerate() {
        if place > 0 {
            out.push_str(",\r\n ");
            line_len = 1;
        }
        one_mailbox(out, line_len, mailbox);
    }
    out.push_str("\r\n");
}

fn one_mailbox(out: &mut String, line_len: usize, mailbox: &Mailbox) {
    let name = mailbox.name.as_deref().map(one_line).unwrap_or_default();
    if name.is_empty() {
        out.push_str(mailbox.address.as_str());
        return;
    }
    let mut writer = EmailWriter::new(out, line_len, 0, false);
    let _ = if is_plain(&name) {
        quoted_string::encode(&name, &mut writer)
    } else {
        rfc2047::encode(&name, &mut writer)
    };
    drop(writer);
    let _ = write!(out, " <{}>", mailbox.address);
}

/// The date, in UTC.
///
/// # Errors
/// [`ComposeError::Date`] outside the years 1970 to 9999.
pub(super) fn date(out: &mut String, date: Millis) -> Result<(), ComposeError> {
    let date = DateTime::from_timestamp_millis(date.0)
        .filter(|d| (1970..=9999).contains(&d.year()))
        .ok_or(ComposeError::Date(date.0))?;
    let _ = write!(out, "Date: {}\r\n", date.format("%a, %d %b %Y %H:%M:%S +0000"));
    Ok(())
}

/// Refuses a message id that is not `left@right` in visible ASCII (RFC 5322 section 3.6.4).
pub(super) fn check_message_id(id: &str) -> Result<(), ComposeError> {
    let fits = id.len() <= 400
        && id.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[]\\\",;:".contains(&b))
        && matches!(id.split_once('@'), Some((left, right))
            if !left.is_empty() && !right.is_empty() && !right.contains('@'));
    fits.then_some(()).ok_or_else(|| ComposeError::MessageId(id.to_owned()))
}

/// The media type for an attachment; what cannot be one, or must not be base64, is a plain file.
///
/// Only the `charset` of a parameter list is kept: the name stands beside it, and nothing else matters.
///
/// # Source
/// RFC 2045 section 5.1 (tokens) and 6.4 (`multipart` and `message` are never encoded).
pub(super) fn media_type(given: &str) -> String {
    let token = |t: &str| {
        !t.is_empty()
            && t.len() <= 127
            && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let mut fields = given.split(';').map(str::trim);
    let essence = fields.next().unwrap_or_default().to_ascii_lowercase();
    let fits = matches!(essence.split_once('/'), Some((kind, subtype))
        if token(kind) && token(subtype) && !matches!(kind, "multipart" | "message"));
    if !fits {
        return "application/octet-stream".to_owned();
    }
    let charset = fields
        .filter_map(|field| field.split_once('='))
        .find(|(name, value)| name.eq_ignore_ascii_case("charset") && token(value.trim_matches('"')))
        .map(|(_, value)| format!("; charset={}", value.trim_matches('"')));
    essence + &charset.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        for (given, want) in [
            ("application/pdf", "application/pdf"),
            ("Text/CSV; charset=\"utf-8\"; x=y", "text/csv; charset=utf-8"),
            ("image/svg+xml", "image/svg+xml"),
            ("", "application/octet-stream"),
            ("pdf", "application/octet-stream"),
            ("message/rfc822", "application/octet-stream"),
            ("multipart/mixed; boundary=x", "application/octet-stream"),
            ("a/b\r\nBcc: x@y.zz", "application/octet-stream"),
            ("text/plain; charset=\"a\r\nBcc: x\"", "text/plain"),
        ] {
            assert_eq!(media_type(given), want, "{given:?}");
        }
    }

    #[test]
    fn message_ids() {
        assert!(check_message_id("0192f3c4-7c1e-7a80-9d3e-5f1f0e6f2a11@shop.example").is_ok());
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nBcc: d@e", "ä@b", "<a@b>"] {
            assert!(check_message_id(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn a_date_outside_the_calendar_is_refused() {
        let mut out = String::new();
        assert!(date(&mut out, Millis(-1)).is_err());
        assert!(date(&mut out, Millis(i64::MAX)).is_err());
        assert!(date(&mut out, Millis(1_000_000_000_000_000)).is_err());
        date(&mut out, Millis(1_795_240_800_000)).unwrap();
        assert_eq!(out, "Date: Sat, 21 Nov 2026 06:00:00 +0000\r\n");
    }
}
