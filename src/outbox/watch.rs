//! The system's word that something changed in the folder: a hint, nothing more.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

type Wake = Arc<Mutex<dyn Fn() + Send>>;

/// Calls a function when something changes in a folder.
///
/// It can miss changes (full buffers, network shares, a folder that was replaced), so that nothing may depend
/// on it: whoever uses it scans from time to time anyway, and calls [`Watcher::check`] then.
pub struct Watcher {
    dir: PathBuf,
    wake: Wake,
    watching: Option<(RecommendedWatcher, Identity)>,
}

/// What tells a folder from another one put in its place.
type Identity = (u64, u64);

impl Watcher {
    /// Starts to watch. `wake` is called on a thread of the system's library and must return at once.
    ///
    /// A folder that cannot be watched is no error: [`Watcher::is_watching`] tells, and each check tries again.
    pub fn watch(dir: &Path, wake: impl Fn() + Send + 'static) -> Self {
        let mut watcher = Self { dir: dir.to_owned(), wake: Arc::new(Mutex::new(wake)), watching: None };
        watcher.check();
        watcher
    }

    /// Whether changes are reported at present.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.watching.is_some()
    }

    /// Starts anew if the folder is another one than before, or could not be watched.
    pub fn check(&mut self) {
        let now = identity(&self.dir);
        let known = self.watching.as_ref().map(|(_, identity)| *identity);
        if known.is_some() && known == now {
            return;
        }
        self.watching = now.and_then(|identity| Some((self.start()?, identity)));
    }

    fn start(&self) -> Option<RecommendedWatcher> {
        let wake = Arc::clone(&self.wake);
        let report = move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| is_own_reading(event.kind)) {
                return;
            }
            if let Ok(wake) = wake.lock() {
                wake();
            }
        };
        let mut watcher = notify::recommended_watcher(report)
            .inspect_err(|why| tracing::debug!(%why, "the outbox cannot be watched"))
            .ok()?;
        watcher
            .watch(&self.dir, RecursiveMode::NonRecursive)
            .inspect_err(|why| tracing::debug!(%why, "the outbox cannot be watched"))
            .ok()?;
        Some(watcher)
    }
}

/// Opening and reading are what a scan does itself; woken by them, it would never rest.
pub(super) fn is_own_reading(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

#[cfg(unix)]
fn identity(dir: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let meta = std::fs::metadata(dir).ok()?;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity(dir: &Path) -> Option<Identity> {
    let made = std::fs::metadata(dir).ok()?.created().ok()?;
    let since = made.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((since.as_secs(), u64::from(since.subsec_nanos())))
}
