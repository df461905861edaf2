//! The policed stream: everything between lettre and the socket.
//!
//! lettre 0.11 reads replies with a strict parser, without deadlines, and writes without asking
//! anyone. Here each reply is read to its end by [`Reader`], kept with its exact code for the session,
//! and lettre is told only that one came. Every wait ends at the stage's deadline. The message's last
//! dot does not pass before the durable mark is written.

use std::collections::VecDeque;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::replies::{Reader, Whole};
use super::transfer::Transfer;
use crate::domain::reply::{Cause, Stage, Trouble};
use crate::transport::connection::{Deadlines, Io, Transcript, closed, network};

/// What lettre reads in place of each reply; the reply itself is in [`Wire::replies`].
const CAME: &[u8] = b"250 ok\r\n";

/// One connection with its rules.
pub(super) struct Wire {
    io: Option<Box<dyn Io>>,
    reader: Reader,
    /// Bytes to send; those before `out_at` have been handed to the socket.
    out: Vec<u8>,
    out_at: usize,
    /// Bytes handed to the socket since the connection was opened.
    handed: u64,
    deadlines: Arc<Deadlines>,
    stage: Stage,
    deadline: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    fault: Option<Trouble>,
    /// Replies lettre was told of and the session has not taken yet.
    replies: VecDeque<Whole>,
    /// How much of [`CAME`] lettre still has to read.
    owed: &'static [u8],
    /// The message under way.
    transfer: Option<Transfer>,
    /// Position of the last message's final dot among the bytes handed over.
    dot_at: Option<u64>,
    hush: bool,
    pub(super) transcript: Transcript,
}

impl Wire {
    pub(super) fn new(
        io: Box<dyn Io>,
        deadlines: Arc<Deadlines>,
        transcript: Transcript,
        stage: Stage,
    ) -> Self {
        Self {
            io: Some(io),
            reader: Reader::default(),
            out: Vec::new(),
            out_at: 0,
            handed: 0,
            deadline: Instant::now() + deadlines.of(stage),
            deadlines,
            stage,
            timer: None,
            fault: None,
            replies: VecDeque::new(),
            owed: &[],
            transfer: None,
            dot_at: None,
            hush: false,
            transcript,
        }
    }

    /// Begins a stage; its time counts from now.
    pub(super) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.deadline = Instant::now() + self.deadlines.of(stage);
    }

    pub(super) fn within(&mut self, limit: Duration) {
        self.deadline = Instant::now() + limit;
    }

    /// Ends the connection for good; the first trouble is the one remembered.
    pub(super) fn fail(&mut self, cause: Cause) -> io::Error {
        if self.fault.is_none() {
            let trouble = Trouble { stage: self.stage, cause };
            self.transcript.note('-', &trouble.to_string());
            self.fault = Some(trouble);
        }
        io::Error::other("the connection is closed")
    }

    /// Puts the trouble aside, or back.
    pub(super) fn swap_fault(&mut self, fault: Option<Trouble>) -> Option<Trouble> {
        std::mem::replace(&mut self.fault, fault)
    }

    pub(super) fn fault(&self) -> Option<&Trouble> {
        self.fault.as_ref()
    }

    /// Takes the socket away: to wrap it in TLS, or to close it.
    pub(super) fn take_io(&mut self) -> Option<Box<dyn Io>> {
        self.io.take()
    }

    /// Puts the TLS stream in the socket's place.
    pub(super) fn put_io(&mut self, io: Box<dyn Io>) {
        self.io = Some(io);
    }

    /// Whether the server has said something nobody asked for, as far as it was read.
    pub(super) fn has_leftovers(&self) -> bool {
        !self.reader.is_empty() || !self.replies.is_empty() || !self.owed.is_empty()
    }

    /// Lets lettre read a greeting; the real one was read before.
    pub(super) fn greet_lettre(&mut self) {
        self.owed = b"220 ok\r\n";
    }

    /// While hushed, commands are noted as `<redacted>`.
    pub(super) fn hush(&mut self, hush: bool) {
        self.hush = hush;
    }

    pub(super) fn take_reply(&mut self) -> Option<Whole> {
        self.replies.pop_front()
    }

    /// Begins a message: what lettre writes from now on is its text.
    pub(super) fn begin(&mut self, transfer: Transfer) {
        self.dot_at = None;
        self.transfer = Some(transfer);
        self.enter(Stage::Body);
    }

    /// Ends a message, however it went.
    pub(super) fn end(&mut self) {
        self.transfer = None;
    }

    /// Queues the next bytes of the message's text.
    pub(super) fn text(&mut self, bytes: &[u8], last: bool) {
        if let Some(transfer) = &mut self.transfer {
            transfer.stuff(bytes, &mut self.out);
            if last {
                transfer.last_piece();
            }
        }
    }

    /// The message's text is complete; what lettre writes next is the final dot.
    pub(super) fn text_complete(&mut self) {
        if let Some(transfer) = &mut self.transfer {
            transfer.complete();
        }
    }

    /// Whether the final dot, or a part of what stands for it, may have reached the server.
    pub(super) fn dot_may_have_left(&self) -> bool {
        self.dot_at.is_some_and(|at| self.handed > at)
    }

    /// Queues a command and notes it.
    pub(super) fn say(&mut self, commands: &[u8]) {
        self.note_commands(commands);
        self.out.extend_from_slice(commands);
    }

    fn note_commands(&mut self, commands: &[u8]) {
        for line in commands.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            let text = String::from_utf8_lossy(line);
            let text = text.trim_end();
            if self.hush {
                self.transcript.note('C', "<redacted>");
            } else if text.get(..5).is_some_and(|s| s.eq_ignore_ascii_case("AUTH ")) {
                let method = text.split(' ').nth(1).unwrap_or_default();
                self.transcript.note('C', &format!("AUTH {method} <redacted>"));
            } else {
                self.transcript.note('C', text);
            }
        }
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        if Instant::now() >= deadline {
            return Poll::Ready(());
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(cx)
    }

    /// Ready with an error when the stage's time is over.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        ready!(self.poll_timer(cx));
        Poll::Ready(self.fail(Cause::TimedOut))
    }

    fn check(&mut self) -> io::Result<()> {
        if self.fault.is_some() {
            return Err(io::Error::other("the connection is closed"));
        }
        if Instant::now() >= self.deadline {
            return Err(self.fail(Cause::TimedOut));
        }
        Ok(())
    }

    /// The next whole reply.
    pub(super) fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Whole>> {
        loop {
            match self.reader.next() {
                Ok(Some(whole)) => {
                    self.note_reply(&whole);
                    return Poll::Ready(Ok(self.cleaned(whole)));
                }
                Ok(None) => {}
                Err(why) => return Poll::Ready(Err(self.fail(Cause::Protocol(why)))),
            }
            // On every turn: the time of the stage is one, however many pieces a reply comes in.
            self.check()?;
            if ready!(self.poll_fill(cx))? == 0 {
                return Poll::Ready(Err(self.fail(closed())));
            }
        }
    }

    /// Reads what the socket has; ready with the number of bytes.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut bytes = [0_u8; 4096];
        let mut buffer = ReadBuf::new(&mut bytes);
        let polled = match self.io.as_mut() {
            Some(io) => Pin::new(io).poll_read(cx, &mut buffer),
            None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        };
        match polled {
            Poll::Pending => self.poll_deadline(cx).map(Err),
            Poll::Ready(Err(why)) => Poll::Ready(Err(self.fail(network(&why)))),
            Poll::Ready(Ok(())) => {
                self.reader.push(buffer.filled());
                Poll::Ready(Ok(buffer.filled().len()))
            }
        }
    }

    fn note_reply(&mut self, whole: &Whole) {
        let code = whole.reply.code;
        for (n, line) in whole.lines.iter().enumerate() {
            let between = if n + 1 == whole.lines.len() { ' ' } else { '-' };
            self.transcript.note('S', &format!("{code}{between}{line}"));
        }
    }

    fn cleaned(&self, mut whole: Whole) -> Whole {
        whole.reply.text = self.transcript.clean(&whole.reply.text);
        whole
    }

    /// Sends what is queued.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.out_at < self.out.len() {
            self.check()?;
            let rest = self.out.get(self.out_at..).unwrap_or_default();
            let polled = match self.io.as_mut() {
                Some(io) => Pin::new(io).poll_write(cx, rest),
                None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            };
            match polled {
                Poll::Pending => return self.poll_deadline(cx).map(Err),
                Poll::Ready(Err(why)) => return Poll::Ready(Err(self.fail(network(&why)))),
                Poll::Ready(Ok(0)) => {
                    let why = io::Error::from(io::ErrorKind::WriteZero);
                    return Poll::Ready(Err(self.fail(network(&why))));
                }
                Poll::Ready(Ok(n)) => self.moved(n),
            }
        }
        self.out.clear();
        self.out_at = 0;
        let polled = match self.io.as_mut() {
            Some(io) => Pin::new(io).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        };
        match polled {
            Poll::Pending => self.poll_deadline(cx).map(Err),
            Poll::Ready(Err(why)) => Poll::Ready(Err(self.fail(network(&why)))),
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
        }
    }

    fn moved(&mut self, bytes: usize) {
        self.out_at += bytes;
        self.handed += bytes as u64;
        if self.stage == Stage::Body {
            // As Postfix's smtp_min_data_rate: what moves earns time, up to one window ahead.
            let latest = Instant::now() + self.deadlines.body_window;
            self.deadline = (self.deadline + self.deadlines.earned(bytes)).min(latest);
        }
    }

    /// The mark before the dot: ready when it is written, an error when it cannot be.
    fn poll_mark(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(transfer) = &mut self.transfer else {
            return Poll::Ready(Ok(()));
        };
        match transfer.poll_mark(cx) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Ready(Err(why)) => Poll::Ready(Err(self.fail(Cause::NotMarked(why)))),
            Poll::Pending => Poll::Pending,
        }
    }

    /// lettre writes its terminator: hold it until the mark is written, then queue the dot.
    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(transfer) = &mut self.transfer
            && transfer.await_mark()
        {
            self.within(self.deadlines.mark);
        }
        match self.poll_mark(cx) {
            Poll::Ready(marked) => marked?,
            Poll::Pending => {
                ready!(self.poll_timer(cx));
                let why = "the data file did not answer in time".to_owned();
                return Poll::Ready(Err(self.fail(Cause::NotMarked(why))));
            }
        }
        self.still_silent(cx)?;
        if let Some(transfer) = self.transfer.take() {
            let note = format!("({} bytes of message)", transfer.size());
            self.transcript.note('C', &note);
            self.transcript.note('C', ".");
            self.out.extend_from_slice(transfer.line_end());
            self.dot_at = Some(self.handed + (self.out.len() - self.out_at) as u64);
            self.out.extend_from_slice(b".\r\n");
            self.out.extend_from_slice(transfer.after_dot());
            self.enter(Stage::Dot);
        }
        Poll::Ready(Ok(()))
    }

    /// A reply that came before the dot would be taken for the dot's own.
    fn still_silent(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let cause = match self.poll_fill(cx) {
            Poll::Ready(Ok(0)) => closed(),
            Poll::Ready(Err(why)) => return Err(why),
            Poll::Pending if self.reader.is_empty() => return Ok(()),
            _ => Cause::Protocol("it answered before the message was complete".to_owned()),
        };
        Err(self.fail(cause))
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.fault.is_some() {
            return Poll::Ready(Err(io::Error::other("the connection is closed")));
        }
        match &mut self.transfer {
            Some(transfer) if transfer.is_complete() => ready!(self.poll_finish(cx))?,
            Some(_) => self.text(bytes, false),
            None => self.say(bytes),
        }
        Poll::Ready(Ok(bytes.len()))
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The last piece is sent while the mark is being written; where the mark is written at once, the
        // piece waits here to leave together with the dot.
        if self.transfer.as_ref().is_some_and(Transfer::may_mark)
            && let Poll::Ready(marked) = self.poll_mark(cx)
        {
            return Poll::Ready(marked);
        }
        self.poll_send(cx)
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.owed.is_empty() {
            let whole = ready!(self.poll_reply(cx))?;
            self.replies.push_back(whole);
            self.owed = CAME;
        }
        let n = self.owed.len().min(buffer.remaining());
        if let Some((now, later)) = self.owed.split_at_checked(n) {
            buffer.put_slice(now);
            self.owed = later;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
