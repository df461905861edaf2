//! One message on its way through the stream: its bytes, the mark, and what follows the dot.

use std::io;
use std::task::{Context, Poll, ready};

use super::line::Line;
use crate::domain::reply::Cause;
use crate::transport::sending::{Body, Gate, Marking, PIECE};

/// The longest message that is sent in one piece.
const SHORT: usize = 64 * 1024;

enum Mark {
    /// Nobody asked for it yet.
    Open(Box<dyn Gate>),
    /// It is being written.
    Under(Marking),
    /// It stands.
    Written,
}

/// The state of the message under way.
pub(super) struct Transfer {
    mark: Mark,
    last_piece: bool,
    complete: bool,
    awaited: bool,
    size: u64,
    /// The last two bytes that passed; a message begins at the start of a line.
    last: [u8; 2],
    after_dot: Vec<u8>,
}

impl Transfer {
    /// A message of `size` bytes; `after_dot` leaves together with its dot.
    pub(super) fn new(gate: Box<dyn Gate>, size: u64, after_dot: Vec<u8>) -> Self {
        Self {
            mark: Mark::Open(gate),
            last_piece: false,
            complete: false,
            awaited: false,
            size,
            last: *b"\r\n",
            after_dot,
        }
    }

    /// The piece queued last is the text's last.
    pub(super) fn last_piece(&mut self) {
        self.last_piece = true;
    }

    /// Whether the mark may be written while what is queued is sent.
    pub(super) fn may_mark(&self) -> bool {
        self.last_piece && !self.complete
    }

    pub(super) fn complete(&mut self) {
        self.complete = true;
    }

    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether waiting for the mark begins now.
    pub(super) fn await_mark(&mut self) -> bool {
        !std::mem::replace(&mut self.awaited, true)
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn after_dot(&self) -> &[u8] {
        &self.after_dot
    }

    /// Appends the next bytes of the text to `out`, a dot before each line that begins with one (RFC 5321
    /// section 4.5.2).
    pub(super) fn stuff(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let [_, mut before] = self.last;
        let mut dotted = before == b'\n' && bytes.first() == Some(&b'.');
        // Hardly any piece has such a line; whether this one does is found many bytes at a time.
        for (before, byte) in bytes.iter().zip(bytes.iter().skip(1)) {
            dotted |= *before == b'\n' && *byte == b'.';
        }
        if dotted {
            for byte in bytes {
                if before == b'\n' && *byte == b'.' {
                    out.push(b'.');
                }
                out.push(*byte);
                before = *byte;
            }
        } else {
            out.extend_from_slice(bytes);
        }
        match bytes {
            [.., a, b] => self.last = [*a, *b],
            [b] => self.last = [self.last[1], *b],
            [] => {}
        }
    }

    /// What must stand before the dot: nothing where the text ends its last line itself.
    ///
    /// RFC 5321 section 4.1.1.4: the CRLF that ends the text is also the first of CRLF.CRLF. lettre
    /// always adds one, which would put an empty line at the end of every message.
    pub(super) fn line_end(&self) -> &'static [u8] {
        if self.last == *b"\r\n" { b"" } else { b"\r\n" }
    }

    /// Begins writing the mark if nobody has, and looks whether it stands.
    pub(super) fn poll_mark(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), String>> {
        loop {
            match &mut self.mark {
                Mark::Open(gate) => self.mark = Mark::Under(gate.mark()),
                Mark::Under(marking) => {
                    ready!(marking.as_mut().poll(cx))?;
                    self.mark = Mark::Written;
                }
                Mark::Written => return Poll::Ready(Ok(())),
            }
        }
    }
}

/// The message's text, read and queued as lettre asks for it; ends the connection where it cannot be
/// sent whole.
///
/// lettre sets the pace and sees only empty pieces: its own way for the text copies it byte by byte, which
/// takes three times as long as all the rest of a large message.
pub(super) struct Chunks {
    body: Box<dyn Body>,
    chunk: Vec<u8>,
    line: Line,
    left: u64,
    piece: usize,
    last: u8,
    done: bool,
}

impl Chunks {
    pub(super) fn new(body: Box<dyn Body>, line: Line, size: u64) -> Self {
        Self {
            body,
            chunk: Vec::new(),
            line,
            left: size,
            piece: if size <= SHORT as u64 { SHORT } else { PIECE },
            last: 0,
            done: false,
        }
    }

    fn read(&mut self) -> Result<(), String> {
        let left = usize::try_from(self.left).unwrap_or(self.piece);
        self.chunk.clear();
        self.chunk.reserve(self.piece.min(left));
        while self.chunk.len() < self.piece {
            match self.body.next_chunk(&mut self.chunk) {
                Ok(0) => {
                    self.done = true;
                    break;
                }
                Ok(_) => {}
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(why.to_string()),
            }
        }
        let read = self.chunk.len() as u64;
        self.left = self.left.checked_sub(read).ok_or("it is longer than was announced")?;
        if self.done && self.left > 0 {
            return Err(format!("{} bytes are missing at its end", self.left));
        }
        self.check_line_ends()
    }

    /// RFC 5321 section 2.3.8: CR and LF only together. A lone one lets a text pretend to end early,
    /// and what follows be taken for commands ("SMTP smuggling").
    fn check_line_ends(&mut self) -> Result<(), String> {
        let chunk = &self.chunk;
        let lone = |before: u8, byte: u8| (before == b'\r') != (byte == b'\n');
        let mut found = chunk.first().is_some_and(|b| lone(self.last, *b));
        // Without a way out of the loop, it runs over many bytes at a time.
        for (before, byte) in chunk.iter().zip(chunk.iter().skip(1)) {
            found |= lone(*before, *byte);
        }
        if found {
            return Err("it has a line end that is not CRLF".to_owned());
        }
        self.last = chunk.last().copied().unwrap_or(self.last);
        if self.done && self.last == b'\r' {
            return Err("it ends in the middle of a line end".to_owned());
        }
        Ok(())
    }
}

impl Iterator for Chunks {
    type Item = [u8; 0];

    fn next(&mut self) -> Option<[u8; 0]> {
        if !self.done {
            match self.read() {
                Ok(()) if self.chunk.is_empty() => {}
                Ok(()) => {
                    let last = self.done || self.left == 0;
                    self.line.lock().text(&self.chunk, last);
                    return Some([]);
                }
                Err(why) => {
                    self.line.lock().fail(Cause::BodyUnreadable(why));
                    return None;
                }
            }
        }
        self.line.lock().text_complete();
        None
    }
}
