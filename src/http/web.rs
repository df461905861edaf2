//! What all requests share.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::Service;
use super::answer::Problem;
use super::throttle::Throttle;
use crate::app::{App, Deliverer, Error, Kind, PutBack};

/// Streams of events that run at the same time.
const MOST_STREAMS: usize = 32;
/// Passwords that are compared at the same time: each comparison takes 19 MiB on purpose.
const MOST_COMPARISONS: usize = 2;
/// Passwords remembered as good; a shop has a handful of programs.
const MOST_REMEMBERED: usize = 256;

/// What all requests share.
#[derive(Clone)]
pub(super) struct Web(Arc<Shared>);

struct Shared {
    service: Service,
    address: SocketAddr,
    throttle: Throttle,
    streams: Arc<Semaphore>,
    comparisons: Semaphore,
    good: Mutex<HashMap<[u8; 32], String>>,
    status: Mutex<HashMap<String, CachedStatus>>,
    packed: Mutex<HashMap<[u8; 32], Bytes>>,
    stop: watch::Receiver<bool>,
}

/// A status that still holds.
#[derive(Clone)]
pub(super) struct CachedStatus {
    /// The revisions it was made from.
    pub(super) revisions: Vec<(String, i64)>,
    /// The server that was being connected to.
    pub(super) connecting: Option<String>,
    /// When it was made.
    pub(super) made: Instant,
    /// It, as JSON.
    pub(super) body: Bytes,
    /// Its ETag.
    pub(super) tag: String,
}

impl Web {
    pub(super) fn new(service: Service, address: SocketAddr, stop: watch::Receiver<bool>) -> Self {
        Self(Arc::new(Shared {
            service,
            address,
            throttle: Throttle::default(),
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
            comparisons: Semaphore::new(MOST_COMPARISONS),
            good: Mutex::default(),
            status: Mutex::default(),
            packed: Mutex::default(),
            stop,
        }))
    }

    pub(super) fn app(&self) -> &App {
        &self.0.service.app
    }

    pub(super) fn deliverer(&self) -> Option<&Deliverer> {
        self.0.service.deliverer.as_ref()
    }

    /// What came of the last copy that was put back.
    pub(super) fn put_back(&self) -> Option<&PutBack> {
        self.0.service.put_back.as_deref()
    }

    /// Has the copy put in the place of the data file, once this request is answered.
    ///
    /// # Errors
    /// [`Kind::Conflict`] where nobody does that, or another copy is about to be put back.
    pub(super) fn put_copy_back(&self, copy: PathBuf) -> Result<(), Error> {
        let Some(whoever) = &self.0.service.puts_back else {
            return Err(Error::new(
                Kind::Conflict,
                "This program cannot put a copy back while it runs. Stop it, then run the command that is shown with the copy.",
            ));
        };
        whoever.try_send(copy).map_err(|_| {
            Error::new(Kind::Conflict, "A copy is being put back already. Wait until that is done.")
        })
    }

    pub(super) fn log(&self) -> String {
        self.0.service.log.text()
    }

    pub(super) fn names(&self) -> &[String] {
        &self.0.service.names
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// The addresses that are answered on: the listener's own, and one for each name.
    pub(super) fn listening(&self) -> Vec<String> {
        let (scheme, address) = (self.scheme(), self.address());
        let named = self.names().iter().map(|name| format!("{scheme}://{name}:{}", address.port()));
        std::iter::once(format!("{scheme}://{address}")).chain(named).collect()
    }

    /// `https` or `http`.
    pub(super) fn scheme(&self) -> &'static str {
        if self.0.service.certificate.is_some() { "https" } else { "http" }
    }

    pub(super) fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    pub(super) fn streams(&self) -> &Arc<Semaphore> {
        &self.0.streams
    }

    pub(super) fn comparisons(&self) -> &Semaphore {
        &self.0.comparisons
    }

    pub(super) fn stop(&self) -> watch::Receiver<bool> {
        self.0.stop.clone()
    }

    /// Runs a use case on a thread that may wait for the disk.
    pub(super) async fn run<T, F>(&self, job: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&App) -> Result<T, Error> + Send + 'static,
    {
        let app = self.app().clone();
        match tokio::task::spawn_blocking(move || job(&app)).await {
            Ok(result) => Ok(result?),
            Err(error) => Err(Error::new(Kind::Defect, format!("A request ended early: {error}.")).into()),
        }
    }

    /// The same, speaking in the language of who asks.
    pub(super) async fn run_in<T, F>(&self, tongue: &str, job: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&App) -> Result<T, Error> + Send + 'static,
    {
        let app = self.app().speaking(tongue);
        self.run(move |_| job(&app)).await
    }

    /// The stored hash that a presented password, named by its digest, was found to fit.
    pub(super) fn known_good(&self, digest: &[u8; 32]) -> Option<String> {
        lock(&self.0.good).get(digest).cloned()
    }

    pub(super) fn remember_good(&self, digest: [u8; 32], hash: String) {
        let mut good = lock(&self.0.good);
        if good.len() >= MOST_REMEMBERED {
            good.clear();
        }
        good.insert(digest, hash);
    }

    /// The status last made in a language; there are no more than the languages Tillpost speaks.
    pub(super) fn cached_status(&self, language: &str) -> Option<CachedStatus> {
        lock(&self.0.status).get(language).cloned()
    }

    pub(super) fn cache_status(&self, language: &str, status: CachedStatus) {
        lock(&self.0.status).insert(language.to_owned(), status);
    }

    /// A file of the screens as `pack` makes it, made once for each content; there are no more than the program has.
    pub(super) fn packed(&self, hash: [u8; 32], pack: impl FnOnce() -> Option<Bytes>) -> Option<Bytes> {
        let mut packed = lock(&self.0.packed);
        if let Some(bytes) = packed.get(&hash) {
            return Some(bytes.clone());
        }
        let bytes = pack()?;
        packed.insert(hash, bytes.clone());
        Some(bytes)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever panicked while holding it left a map or an option, never half of one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
