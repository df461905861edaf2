//! What was said on a connection, for the attempt's record in the data file.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Instant;

/// The most a transcript may hold, in bytes: three quarters from its start, a quarter from its end.
pub const MOST_BYTES: usize = 16 * 1024;
const HEAD: usize = MOST_BYTES / 4 * 3;
/// Leaves room for the line that says how much is missing.
const TAIL: usize = MOST_BYTES / 4 - 80;
/// One line is cut here.
const LINE: usize = 600;

/// A bounded record of commands and replies with their time in seconds since it was begun.
///
/// Passwords never reach it: what signs in is written as `<redacted>` by the caller, and a secret that
/// a server repeats is taken out. A message's bytes are replaced by their number.
#[derive(Debug)]
pub(in crate::transport) struct Transcript {
    begun: Instant,
    head: String,
    tail: VecDeque<String>,
    tail_bytes: usize,
    dropped: usize,
    secrets: Vec<String>,
}

impl Transcript {
    pub(in crate::transport) fn new() -> Self {
        Self {
            begun: Instant::now(),
            head: String::new(),
            tail: VecDeque::new(),
            tail_bytes: 0,
            dropped: 0,
            secrets: Vec::new(),
        }
    }

    /// Texts that must never appear, whoever says them.
    pub(in crate::transport) fn hide(&mut self, secrets: Vec<String>) {
        self.secrets = secrets;
        self.secrets.retain(|s| !s.is_empty());
    }

    /// Text without the secrets.
    pub(in crate::transport) fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in &self.secrets {
            if clean.contains(secret.as_str()) {
                clean = clean.replace(secret.as_str(), "<redacted>");
            }
        }
        clean
    }

    /// Notes one line; `who` is `C` for us, `S` for the server, `-` for a remark.
    pub(in crate::transport) fn note(&mut self, who: char, text: &str) {
        let mut line = String::with_capacity(text.len().min(LINE) + 16);
        let millis = self.begun.elapsed().as_millis();
        let _ = write!(line, "{}.{:03} {who}: ", millis / 1000, millis % 1000);
        let hidden = !self.secrets.is_empty();
        let cleaned;
        let text = if hidden {
            cleaned = self.clean(text);
            &cleaned
        } else {
            text
        };
        line.extend(text.chars().take(LINE).map(|c| if c.is_control() { ' ' } else { c }));
        line.push('\n');
        self.push(line);
    }

    fn push(&mut self, line: String) {
        if self.dropped == 0 && self.tail.is_empty() && self.head.len() + line.len() <= HEAD {
            self.head.push_str(&line);
            return;
        }
        self.tail_bytes += line.len();
        self.tail.push_back(line);
        while self.tail_bytes > TAIL {
            let Some(gone) = self.tail.pop_front() else {
                break;
            };
            self.tail_bytes -= gone.len();
            self.dropped += 1;
        }
    }

    /// The record so far; a new one begins, its clock at zero.
    pub(in crate::transport) fn take(&mut self) -> String {
        let mut all = std::mem::take(&mut self.head);
        if self.dropped > 0 {
            let _ = writeln!(all, "... {} lines left out ...", self.dropped);
        }
        for line in self.tail.drain(..) {
            all.push_str(&line);
        }
        self.tail_bytes = 0;
        self.dropped = 0;
        self.begun = Instant::now();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_is_bounded_and_keeps_both_ends() {
        let mut transcript = Transcript::new();
        for n in 0..5000 {
            transcript.note('S', &format!("250 line {n} ąęś"));
        }
        let text = transcript.take();
        assert!(text.len() <= MOST_BYTES, "{}", text.len());
        assert!(text.contains("line 0 ") && text.contains("line 4999"));
        assert!(text.contains("lines left out"));
        assert_eq!(transcript.take(), "");
    }

    #[test]
    fn a_secret_that_the_server_repeats_is_taken_out() {
        let mut transcript = Transcript::new();
        transcript.hide(vec!["hunter2".into(), String::new()]);
        transcript.note('S', "535 wrong password hunter2\r\n");
        let text = transcript.take();
        assert!(!text.contains("hunter2"));
        assert_eq!(text.lines().count(), 1, "control characters stay inside a line");
    }
}
