//! From bytes to replies: tolerant of what servers do, firm about what would desynchronise or flood us.

use crate::domain::reply::Reply;

/// The longest line a server may send, in bytes. RFC 5321 section 4.5.3.1.5 allows 512.
pub(super) const LONGEST_LINE: usize = 8 * 1024;
/// The most lines one reply may have.
pub(super) const MOST_LINES: usize = 128;

/// One reply, read to its end.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) reply: Reply,
    /// Its lines without codes: the keywords of EHLO.
    pub(super) lines: Vec<String>,
}

/// Takes bytes as they come and gives whole replies.
///
/// Tolerated: lines ended by LF alone, codes without text, codes RFC 5321 does not define (`571`),
/// text that is not UTF-8 (read as Latin-1), lines of one reply with different codes (the last decides,
/// as it does for Postfix). Refused: an endless line, an endless reply, a line that is no reply.
#[derive(Debug, Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
    at: usize,
    lines: Vec<String>,
}

impl Reader {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.at == self.bytes.len() {
            self.bytes.clear();
            self.at = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether nothing is left over: no byte, no half reply.
    pub(super) fn is_empty(&self) -> bool {
        self.at == self.bytes.len() && self.lines.is_empty()
    }

    /// The next whole reply, or `None` when more bytes are needed.
    ///
    /// # Errors
    /// Says how the server broke the protocol; nothing more can be read then.
    pub(super) fn next(&mut self) -> Result<Option<Whole>, String> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(end) = rest.iter().take(LONGEST_LINE).position(|b| *b == b'\n') else {
                return if rest.len() >= LONGEST_LINE {
                    Err(format!("a line longer than {LONGEST_LINE} bytes"))
                } else {
                    Ok(None)
                };
            };
            let line = rest.get(..end).unwrap_or_default();
            let (code, last, text) = split(line.strip_suffix(b"\r").unwrap_or(line))?;
            self.at += end + 1;
            self.lines.push(text);
            if last {
                let lines = std::mem::take(&mut self.lines);
                return Ok(Some(Whole { reply: Reply::new(code, &joined(&lines)), lines }));
            }
            if self.lines.len() >= MOST_LINES {
                return Err(format!("a reply of more than {MOST_LINES} lines"));
            }
        }
    }
}

/// The replies in what a server said, given in the pieces it came in; a half reply at the end is none yet.
///
/// # Errors
/// Says how the server broke the protocol.
pub fn read_replies<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Reply>, String> {
    let mut reader = Reader::default();
    let mut found = vec![];
    for piece in pieces {
        reader.push(piece);
        while let Some(whole) = reader.next()? {
            found.push(whole.reply);
        }
    }
    Ok(found)
}

fn split(line: &[u8]) -> Result<(u16, bool, String), String> {
    let no_reply = || {
        let shown: String = decoded(line).chars().take(60).collect();
        format!("\"{}\" is no reply", shown.replace(char::is_control, " "))
    };
    let (digits, rest) = line.split_at_checked(3).ok_or_else(no_reply)?;
    let code = match digits {
        [a @ b'2'..=b'5', b, c] if b.is_ascii_digit() && c.is_ascii_digit() => {
            u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')
        }
        _ => return Err(no_reply()),
    };
    match rest.split_first() {
        None => Ok((code, true, String::new())),
        Some((b' ', text)) => Ok((code, true, decoded(text))),
        Some((b'-', text)) => Ok((code, false, decoded(text))),
        Some(_) => Err(no_reply()),
    }
}

fn decoded(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect(), str::to_owned)
}

/// The lines as one text; an enhanced code repeated on every line is kept once.
fn joined(lines: &[String]) -> String {
    let mut all = String::new();
    let mut repeated = None;
    for line in lines {
        let line = line.trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if all.is_empty() {
            repeated = word.contains('.').then_some(word);
            all.push_str(line);
            continue;
        }
        let line = if repeated == Some(word) { rest } else { line };
        if !line.is_empty() {
            all.push(' ');
            all.push_str(line);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(bytes: &[u8]) -> Result<Vec<Reply>, String> {
        let mut reader = Reader::default();
        reader.push(bytes);
        let mut found = vec![];
        while let Some(whole) = reader.next()? {
            found.push(whole.reply);
        }
        Ok(found)
    }

    #[test]
    fn what_servers_really_send() {
        let cases: [(&[u8], u16, Option<&str>, &str); 9] = [
            (b"250 2.0.0 ok\r\n", 250, Some("2.0.0"), "ok"),
            (b"250\r\n", 250, None, ""),
            (b"250 \r\n", 250, None, ""),
            (b"250 ok\n", 250, None, "ok"),
            (b"571 5.7.1 spam\r\n", 571, Some("5.7.1"), "spam"),
            (b"550 Empf\xe4nger unbekannt\r\n", 550, None, "Empfänger unbekannt"),
            (
                b"550-5.7.25 no PTR\r\n550-5.7.25 record\r\n550 5.7.25 set\r\n",
                550,
                Some("5.7.25"),
                "no PTR record set",
            ),
            (b"250-fine\r\n550 no\r\n", 550, None, "fine no"),
            (b"250-\r\n250-\n250\r\n", 250, None, ""),
        ];
        for (bytes, code, enhanced, text) in cases {
            let replies = all(bytes).unwrap();
            assert_eq!(replies.len(), 1, "{bytes:?}");
            assert_eq!(replies[0].code, code);
            assert_eq!(replies[0].enhanced.as_deref(), enhanced);
            assert_eq!(replies[0].text, text);
        }
    }

    #[test]
    fn what_is_no_reply() {
        for bytes in [
            &b"hello\r\n"[..],
            b"\r\n",
            b"25\r\n",
            b"150 x\r\n",
            b"650 x\r\n",
            b"250ok\r\n",
            b"2x0 ok\r\n",
            b"HTTP/1.1 400 Bad Request\r\n",
        ] {
            assert!(all(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn endless_lines_and_replies_end() {
        assert!(all(&vec![b'2'; LONGEST_LINE]).is_err());
        let mut text = b"250 ".to_vec();
        text.resize(LONGEST_LINE - 1, b'x');
        text.push(b'\n');
        assert_eq!(all(&text).unwrap().len(), 1);
        assert!(all(&b"250-more\r\n".repeat(MOST_LINES)).is_err());
    }

    proptest! {
        #[test]
        fn cutting_the_bytes_differently_changes_nothing(
            bytes in proptest::collection::vec(prop_oneof![Just(b'2'), Just(b'5'), Just(b'0'), Just(b' '), Just(b'-'), Just(b'\r'), Just(b'\n'), any::<u8>()], 0..200),
            cut in 0usize..200,
        ) {
            let cut = cut.min(bytes.len());
            let whole = all(&bytes);
            let mut reader = Reader::default();
            let mut found = vec![];
            let mut failed = None;
            for part in [&bytes[..cut], &bytes[cut..]] {
                reader.push(part);
                while failed.is_none() {
                    match reader.next() {
                        Ok(Some(one)) => found.push(one.reply),
                        Ok(None) => break,
                        Err(why) => failed = Some(why),
                    }
                }
            }
            match whole {
                Ok(whole) => { prop_assert_eq!(whole, found); prop_assert!(failed.is_none()); }
                Err(why) => prop_assert_eq!(Some(why), failed),
            }
        }
    }
}
