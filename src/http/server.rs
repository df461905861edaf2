//! Connections: how many, how slow, how long, and how they end.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep};
use tokio_rustls::TlsAcceptor;

use super::guard::Peer;
use super::tls::Certificate;

/// Connections at the same time.
const MOST_CONNECTIONS: usize = 256;
/// Of these from other machines; the others are kept for this computer's own screens and programs.
const MOST_FROM_OTHERS: usize = 192;
/// Of these from one other machine.
const MOST_FROM_ONE: usize = 32;
/// How long nothing of an answer may be taken while somebody else finds no place.
const CROWDED_TIME: Duration = Duration::from_secs(3);
/// How long encrypting may take to begin.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// The most bytes of a request's head.
const LARGEST_HEAD: usize = 32 * 1024;
/// How long running requests may go on when the program is asked to stop.
const STOP_TIME: Duration = Duration::from_secs(5);
/// How long to rest when the system gives no more connections.
const TROUBLE_TIME: Duration = Duration::from_millis(100);

/// How long a connection may stand still.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// How long the head of a request may take, and how long the next request may be waited for.
    pub(super) head: Duration,
    /// How long nothing of an answer may be taken.
    pub(super) write: Duration,
}

/// How many connections each machine has.
#[derive(Clone, Default)]
struct Guests(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection; it counts until it is dropped.
struct Guest {
    guests: Guests,
    address: IpAddr,
}

impl Guests {
    /// Counts a connection; `None` when the machine has enough, or all other machines together have.
    fn enter(&self, address: IpAddr) -> Option<Guest> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !address.is_loopback() {
            let others: usize = all.iter().filter(|(a, _)| !a.is_loopback()).map(|(_, count)| count).sum();
            if others >= MOST_FROM_OTHERS || all.get(&address).is_some_and(|count| *count >= MOST_FROM_ONE) {
                return None;
            }
        }
        *all.entry(address).or_insert(0) += 1;
        Some(Guest { guests: self.clone(), address })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut all = self.guests.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.address);
            }
        }
    }
}

/// Takes connections until `stop` turns true.
pub(super) async fn run(
    router: Router,
    listener: TcpListener,
    certificate: Option<Certificate>,
    times: Times,
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = certificate.map(|c| TlsAcceptor::from(c.config()));
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let guests = Guests::default();
    let mut running = JoinSet::new();
    loop {
        // A place first: with all taken, new connections wait in the system's own queue.
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => accepted,
        };
        while running.try_join_next().is_some() {}
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(TROUBLE_TIME).await;
                continue;
            }
        };
        let Some(guest) = guests.enter(address.ip().to_canonical()) else {
            tracing::warn!(peer = %address.ip(), "refused a connection: this machine has too many, or all other machines have");
            continue;
        };
        let (router, acceptor, stop) = (router.clone(), acceptor.clone(), stop.clone());
        let places = places.clone();
        running.spawn(async move {
            let _kept = (guest, place);
            let talk = |stream| talk(stream, Peer(address), router, times.head, stop);
            // Answers are small; waiting to fill a packet would only delay them.
            let _ = stream.set_nodelay(true);
            let stream = Patient { stream, patience: times.write, places, waiting: None };
            connection(stream, address, acceptor, talk).await;
        });
    }
    drop(listener);
    let finish = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_TIME, finish).await.is_err() {
        tracing::warn!("a request was still running when the program was asked to stop");
    }
}

/// Encrypts the connection where that is wanted, then talks.
async fn connection<T: Future<Output = ()>>(
    stream: Patient,
    peer: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    talk: impl FnOnce(Box<dyn Stream>) -> T,
) {
    let Some(acceptor) = acceptor else { return talk(Box::new(stream)).await };
    match tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => talk(Box::new(stream)).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a connection did not become encrypted"),
        Err(_) => tracing::debug!(%peer, "encrypting a connection took too long"),
    }
}

/// A connection that ends when the other end takes nothing of an answer for too long: whoever asks and never
/// reads must not keep its place, least of all when there is no other. One that reads slowly goes on.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    places: Arc<Semaphore>,
    /// From the first byte that was not taken to the next that is.
    waiting: Option<Waiting>,
}

struct Waiting {
    since: Instant,
    /// When to look again whether to wait on.
    look: Pin<Box<Sleep>>,
}

impl Patient {
    fn timed(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let pause = self.patience.min(CROWDED_TIME);
        let waiting = self.waiting.get_or_insert_with(|| Waiting {
            since: Instant::now(),
            look: Box::pin(tokio::time::sleep(pause)),
        });
        while waiting.look.as_mut().poll(context).is_ready() {
            if waiting.since.elapsed() >= self.patience || self.places.available_permits() == 0 {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            waiting.look.as_mut().reset(Instant::now() + pause);
        }
        Poll::Pending
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.timed(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A connection, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

async fn talk(
    stream: Box<dyn Stream>,
    peer: Peer,
    router: Router,
    head_time: Duration,
    mut stop: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(router.layer(axum::Extension(peer)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        result = connection.as_mut() => {
            if let Err(error) = result {
                tracing::debug!(peer = %peer.0, %error, "a connection ended early");
            }
        }
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Resolves when the program is to stop.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A dropped sender means the program is ending anyway.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A place among a bounded number; kept as long as it is used.
pub(super) type Place = OwnedSemaphorePermit;

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// The clock goes on by itself whenever nothing else does.
    #[tokio::test(start_paused = true)]
    async fn who_reads_nothing_waits_shorter_where_others_find_no_place() {
        let hour = Duration::from_secs(3600);
        for (free, longest) in [(0, CROWDED_TIME * 2), (1, hour + CROWDED_TIME)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let _silent = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream =
                Patient { stream, patience: hour, places: Arc::new(Semaphore::new(free)), waiting: None };
            let begun = Instant::now();
            let much = vec![b' '; 64 * 1024 * 1024];
            assert_eq!(stream.write_all(&much).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
            let took = begun.elapsed();
            assert!(took >= longest / 3 && took <= longest * 2, "{free} free: {took:?}");
        }
    }

    #[test]
    fn however_many_machines_connect_this_computer_finds_a_place() {
        let guests = Guests::default();
        let enter = |n: u8| guests.enter(IpAddr::from([192, 0, 2, n]));
        let one: Vec<_> = (0..=MOST_FROM_ONE).filter_map(|_| enter(1)).collect();
        assert_eq!(one.len(), MOST_FROM_ONE);
        let others: Vec<_> = (2..=250).filter_map(enter).collect();
        assert_eq!(one.len() + others.len(), MOST_FROM_OTHERS);
        let own = IpAddr::from([127, 0, 0, 1]);
        let kept: Vec<_> =
            (0..MOST_CONNECTIONS - MOST_FROM_OTHERS).filter_map(|_| guests.enter(own)).collect();
        assert_eq!(kept.len(), MOST_CONNECTIONS - MOST_FROM_OTHERS);
        drop(one);
        assert!(enter(251).is_some());
    }
}
