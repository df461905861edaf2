//! The policed stream in two hands: the session's and lettre's.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::replies::Whole;
use super::stream::Wire;
use crate::domain::reply::{Reply, Stage};

/// The connection, held by the session and by lettre.
#[derive(Clone)]
pub(super) struct Line(Arc<Mutex<Wire>>);

impl Line {
    pub(super) fn new(wire: Wire) -> Self {
        Self(Arc::new(Mutex::new(wire)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Wire> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says something and reads the reply, without lettre: before TLS stands.
    pub(super) async fn ask(&self, stage: Stage, commands: &str) -> io::Result<Whole> {
        {
            let mut wire = self.lock();
            wire.enter(stage);
            wire.say(commands.as_bytes());
        }
        std::future::poll_fn(|cx| self.lock().poll_send(cx)).await?;
        std::future::poll_fn(|cx| self.lock().poll_reply(cx)).await
    }

    /// After a write failed: what the server may have said before it hung up.
    pub(super) async fn last_words(&self) -> Option<Reply> {
        let fault = {
            let mut wire = self.lock();
            wire.within(Duration::from_secs(1));
            wire.swap_fault(None)
        };
        let whole = std::future::poll_fn(|cx| self.lock().poll_reply(cx)).await;
        self.lock().swap_fault(fault);
        whole.ok().map(|w| w.reply)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.lock().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.lock().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lock().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
