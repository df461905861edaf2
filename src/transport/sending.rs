//! What leaves the till, and what comes back, whichever way it goes.

use std::future::Future;
use std::io;
use std::pin::Pin;

use crate::domain::EmailAddress;
use crate::domain::reply::{Outcome, Trouble};

/// The bytes sent at a time: while the server works on one piece the next is made ready.
pub(super) const PIECE: usize = 16 * 1024;

/// Who sends one message to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Names this transaction to the caller; two envelopes with one id are the same only if all else is.
    pub id: u64,
    /// The sender, for MAIL.
    pub from: EmailAddress,
    /// The recipients, for RCPT.
    pub to: Vec<EmailAddress>,
    /// The message's length in bytes.
    pub size: u64,
    /// Whether the message has bytes above 127.
    pub eight_bit: bool,
}

/// What became of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// One for each recipient, in the envelope's order.
    pub outcomes: Vec<Outcome>,
    /// What broke the connection, if it broke; it is closed then.
    pub trouble: Option<Trouble>,
    /// The server takes fewer recipients at a time: those left [`Outcome::NotSent`] can go in the next
    /// transaction at once (RFC 5321 section 4.5.3.1.10).
    pub too_many: bool,
    /// The mail was refused to all for what may be about one of them: each of those left
    /// [`Outcome::NotSent`] can go in a mail of its own at once. Only interfaces do so.
    pub each_alone: bool,
    /// What was said, at most [`super::LONGEST_TRANSCRIPT`] bytes, without passwords and without the message.
    pub transcript: String,
}

/// The bytes of a message, read as they are sent.
pub trait Body: Send {
    /// The number of bytes in all.
    fn len(&self) -> u64;

    /// Whether there is nothing.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the next bytes, some 16 KiB at a time, and gives their number; 0 at the end. The call
    /// blocks, and what it reads is all that is held in memory.
    ///
    /// # Errors
    /// When the bytes cannot be read; the message is not completed then.
    fn next_chunk(&mut self, into: &mut Vec<u8>) -> io::Result<usize>;
}

impl Body for io::Cursor<Vec<u8>> {
    fn len(&self) -> u64 {
        self.get_ref().len() as u64
    }

    fn next_chunk(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        use io::Read as _;
        self.take(PIECE as u64).read_to_end(into)
    }
}

/// A mark being written.
pub type Marking = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Writes the durable mark that a message is about to be completed.
pub trait Gate: Send {
    /// Begins writing the mark. The final dot leaves after it is done, and not at all if it fails.
    ///
    /// Called once, while the last bytes are being sent. When the call that sends is dropped or the
    /// connection breaks, the mark may stand although nothing was completed; the report, where there is
    /// one, says so.
    fn mark(&mut self) -> Marking;
}

impl<F, M> Gate for F
where
    F: FnMut() -> M + Send,
    M: Future<Output = Result<(), String>> + Send + 'static,
{
    fn mark(&mut self) -> Marking {
        Box::pin(self())
    }
}
