//! A message on its way in a request's body.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tokio::time::{Instant, timeout};

use crate::domain::reply::{Cause, Stage};
use crate::transport::connection::Deadlines;
use crate::transport::sending::{Body, Gate, Marking, PIECE};

/// How the message stands in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// As it is.
    Plain,
    /// In base64, in one line.
    Base64,
}

/// How far a message has come, for the one who waits for the answer.
#[derive(Clone)]
pub(super) struct Way {
    state: Arc<Mutex<State>>,
    mark: Duration,
}

struct State {
    moved: Instant,
    /// The last bytes were handed over.
    whole: bool,
    /// Nobody waits any more: the last bytes must not leave.
    given_up: bool,
    failed: Option<Cause>,
}

impl Way {
    /// At its beginning; waiting for the mark may take as long as `mark`.
    pub(super) fn new(mark: Duration) -> Self {
        let state = State { moved: Instant::now(), whole: false, given_up: false, failed: None };
        Self { state: Arc::new(Mutex::new(state)), mark }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when it may stand still, and where it would then have broken.
    pub(super) fn deadline(&self, deadlines: &Deadlines) -> (Instant, Stage) {
        let state = self.state();
        if state.whole {
            (state.moved + deadlines.dot, Stage::Dot)
        } else {
            (state.moved + deadlines.body_window, Stage::Body)
        }
    }

    /// Lets nothing leave any more; says whether all of it may have left already.
    pub(super) fn give_up(&self) -> bool {
        let mut state = self.state();
        state.given_up = true;
        state.whole
    }

    /// What on our own side kept the message from leaving.
    pub(super) fn failed(&self) -> Option<Cause> {
        self.state().failed.clone()
    }
}

enum Mark {
    Open(Box<dyn Gate>),
    Under(Marking),
    Written,
}

/// The body: read piece by piece, and its last piece kept back until the mark stands.
pub(super) struct Upload {
    body: Box<dyn Body>,
    coding: Coding,
    /// Bytes of the message that were not read yet.
    left: u64,
    length: u64,
    /// What was read and does not fill a group of base64 yet.
    carried: Vec<u8>,
    /// The piece that leaves next.
    ready: Option<Bytes>,
    mark: Mark,
    done: bool,
    way: Way,
}

impl Upload {
    pub(super) fn new(
        body: Box<dyn Body>,
        size: u64,
        coding: Coding,
        gate: Box<dyn Gate>,
        way: &Way,
    ) -> Self {
        let length = match coding {
            Coding::Plain => size,
            Coding::Base64 => size.div_ceil(3) * 4,
        };
        let (carried, ready, mark, way) = (Vec::new(), None, Mark::Open(gate), way.clone());
        Self { body, coding, left: size, length, carried, ready, mark, done: false, way }
    }

    fn read(&mut self) -> Result<Bytes, String> {
        let mut piece = std::mem::take(&mut self.carried);
        let carried = piece.len() as u64;
        while piece.len() < PIECE {
            match self.body.next_chunk(&mut piece) {
                Ok(0) => break,
                Ok(_) => {}
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(why.to_string()),
            }
        }
        let read = piece.len() as u64 - carried;
        self.left = self.left.checked_sub(read).ok_or("it is longer than was announced")?;
        if read == 0 && self.left > 0 {
            return Err(format!("{} bytes are missing at its end", self.left));
        }
        Ok(match self.coding {
            Coding::Plain => piece.into(),
            Coding::Base64 => {
                let whole = if self.left == 0 { piece.len() } else { piece.len() / 3 * 3 };
                self.carried = piece.split_off(whole);
                STANDARD.encode(&piece).into()
            }
        })
    }

    fn poll_mark(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), String>> {
        loop {
            match &mut self.mark {
                Mark::Open(gate) => {
                    let (marking, patience) = (gate.mark(), self.way.mark);
                    let late = "the data file did not answer in time".to_owned();
                    self.mark = Mark::Under(Box::pin(async move {
                        timeout(patience, marking).await.unwrap_or(Err(late))
                    }));
                }
                Mark::Under(marking) => {
                    ready!(marking.as_mut().poll(cx))?;
                    self.mark = Mark::Written;
                }
                Mark::Written => return Poll::Ready(Ok(())),
            }
        }
    }

    fn fail(&mut self, cause: Cause) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.done = true;
        let why = io::Error::other(cause.word());
        self.way.state().failed = Some(cause);
        Poll::Ready(Some(Err(why)))
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        if this.done {
            return Poll::Ready(None);
        }
        if this.ready.is_none() {
            match this.read() {
                Ok(piece) => this.ready = Some(piece),
                Err(why) => return this.fail(Cause::BodyUnreadable(why)),
            }
        }
        let last = this.left == 0;
        if last && let Err(why) = ready!(this.poll_mark(cx)) {
            return this.fail(Cause::NotMarked(why));
        }
        let piece = this.ready.take().unwrap_or_default();
        {
            let mut state = this.way.state();
            if state.given_up {
                return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
            }
            state.moved = Instant::now();
            state.whole = last;
        }
        this.done = last;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.done
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
