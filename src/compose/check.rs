//! The last look at the finished bytes.

/// A rule of the wire that finished bytes must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// CR and LF only as a pair (RFC 5322 section 2.2): a bare one can end the mail early on a lenient server.
    BareLineBreak,
    /// No line over 998 bytes without its CRLF (RFC 5322 section 2.1.1).
    LongLine,
    /// No NUL.
    Nul,
    /// Headers are ASCII unless an address in them is not (RFC 6532).
    HeaderNotAscii,
    /// The body is ASCII, so that no server needs 8BITMIME.
    BodyNotAscii,
    /// An empty line stands between headers and body.
    NoBody,
    /// No Bcc field.
    BlindCopyShown,
    /// The message ends with a line break.
    Unended,
}

impl Rule {
    fn sentence(self) -> &'static str {
        match self {
            Self::BareLineBreak => "a line break is not CRLF",
            Self::LongLine => "a line is longer than 998 bytes",
            Self::Nul => "there is a NUL",
            Self::HeaderNotAscii => "a header is not ASCII",
            Self::BodyNotAscii => "the body is not ASCII",
            Self::NoBody => "no empty line ends the headers",
            Self::BlindCopyShown => "there is a Bcc header",
            Self::Unended => "the last line has no end",
        }
    }
}

/// Which rule finished bytes break, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} at byte {offset}", rule.sentence())]
pub struct BadBytes {
    /// The rule.
    pub rule: Rule,
    /// Where: bytes from the start of the message; for a line, its first byte.
    pub offset: usize,
}

/// Checks a finished message against the rules of the wire.
///
/// `utf8_headers` says that an address in the headers is not ASCII and the server will be asked for SMTPUTF8.
///
/// # Errors
/// The first rule broken. The message must not be queued.
pub fn check_bytes(mime: &[u8], utf8_headers: bool) -> Result<(), BadBytes> {
    check(mime, utf8_headers, false)
}

/// Checks a message another program built: it may have bytes beyond ASCII anywhere, which servers take
/// with 8BITMIME (RFC 6152) and SMTPUTF8.
///
/// # Errors
/// As [`check_bytes`].
pub(super) fn check_adopted(mime: &[u8]) -> Result<(), BadBytes> {
    check(mime, true, true)
}

fn check(mime: &[u8], utf8_headers: bool, utf8_body: bool) -> Result<(), BadBytes> {
    let bad = |rule, offset| Err(BadBytes { rule, offset });
    let (mut start, mut in_headers) = (0, true);
    for full in mime.split_inclusive(|b| *b == b'\n') {
        let Some(line) = full.strip_suffix(b"\r\n") else {
            let ended = full.ends_with(b"\n");
            let rule = if ended { Rule::BareLineBreak } else { Rule::Unended };
            return bad(rule, start + full.len().saturating_sub(1));
        };
        if let Some(place) = line.iter().position(|b| matches!(b, b'\r' | 0)) {
            let nul = line.get(place) == Some(&0);
            let rule = if nul { Rule::Nul } else { Rule::BareLineBreak };
            return bad(rule, start + place);
        }
        if line.len() > 998 {
            return bad(Rule::LongLine, start);
        }
        let ascii = line.is_ascii();
        if in_headers {
            in_headers = !line.is_empty();
            if !ascii && !utf8_headers {
                return bad(Rule::HeaderNotAscii, start);
            }
            if line.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"bcc:")) {
                return bad(Rule::BlindCopyShown, start);
            }
        } else if !ascii && !utf8_body {
            return bad(Rule::BodyNotAscii, start);
        }
        start += full.len();
    }
    if in_headers {
        return bad(Rule::NoBody, mime.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_kept_and_named_with_its_place() {
        let long = [b"a: b\r\n\r\n", [b'x'; 999].as_slice(), b"\r\n"].concat();
        for (bytes, rule, offset) in [
            (&b"a: b\r\n\r\nx\ny\r\n"[..], Rule::BareLineBreak, 9),
            (b"a: b\r\n\r\nx\ry\r\n", Rule::BareLineBreak, 9),
            (b"a: b\r\n\r\nx\r\r\n", Rule::BareLineBreak, 9),
            (b"a: b\n\r\nx\r\n", Rule::BareLineBreak, 4),
            (&long, Rule::LongLine, 8),
            (b"a: b\r\n\r\nx\0y\r\n", Rule::Nul, 9),
            (b"a: \xc3\xa4\r\n\r\nx\r\n", Rule::HeaderNotAscii, 0),
            (b"a: b\r\n\r\n\xc3\xa4\r\n", Rule::BodyNotAscii, 8),
            (b"a: b\r\n", Rule::NoBody, 6),
            (b"", Rule::NoBody, 0),
            (b"a: b\r\nBCC: c@d.ee\r\n\r\n", Rule::BlindCopyShown, 6),
            (b"a: b\r\n\r\nx", Rule::Unended, 8),
            (b"a: b\r\n\r\nx\r", Rule::Unended, 9),
        ] {
            assert_eq!(check_bytes(bytes, false), Err(BadBytes { rule, offset }));
        }
        let fine = [b"a: b\r\n\r\n", [b'x'; 998].as_slice(), b"\r\nbcc: in the body\r\n"].concat();
        assert_eq!(check_bytes(&fine, false), Ok(()));
        assert_eq!(check_bytes("a: ż@b.cc\r\n\r\n".as_bytes(), true), Ok(()));
    }
}
