//! Which processes are alive, so that the mails of a dead one are taken up at once.
//!
//! Each process that delivers holds a lock on a file of its own in `run/`. The operating system lets
//! go of it when the process ends, however it ends; whoever can take the lock knows the owner is dead,
//! and reads in the same file what it did last ([`super::journal`]).

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::error::StoreError;
use super::journal::{Journal, Testimony};
use super::{Settlement, private};

/// Something a process can have in hand, by its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Job {
    /// A mail.
    Mail(i64),
    /// A sale to be posted.
    Posting(i64),
}

/// This process's name in leases, alive as long as the value.
#[derive(Debug)]
pub struct Owner {
    id: Uuid,
    path: PathBuf,
    /// Holds the lock.
    _lock: File,
    journal: Journal,
    in_hand: Mutex<HashMap<Job, Holding>>,
    /// Whether a job fell out of its hands that may still carry its lease.
    fallen: AtomicBool,
}

/// How often a job is in this process's hands: a mail may be claimed for its next recipients while what
/// became of its first ones is still on its way to the data file.
#[derive(Debug, Default)]
struct Holding {
    claims: u32,
    /// Those of the claims that are answered.
    answered: u32,
}

/// A claimed job in this process's hands. Dropped before its lease has ended, however that came about, it
/// falls out of them as it is: the next recovery takes it up as if this process had died.
#[derive(Debug)]
pub struct Hand {
    owner: Arc<Owner>,
    job: Job,
    answered: bool,
    lease_ended: bool,
}

impl Hand {
    /// Takes a claimed job in hand; called inside the transaction that claims it, so that no recovery sees
    /// it claimed and in nobody's hands.
    pub(super) fn take(owner: &Arc<Owner>, job: Job) -> Self {
        owner.hands().entry(job).or_default().claims += 1;
        Self { owner: Arc::clone(owner), job, answered: false, lease_ended: false }
    }

    /// Notes what came of the mail, on its way to the data file.
    pub fn answered(&mut self, settlement: &Settlement) {
        if let Err(error) = self.owner.journal.answered(settlement) {
            tracing::warn!(mail = settlement.mail, %error, "an answer could not be noted");
        }
        if !std::mem::replace(&mut self.answered, true) {
            self.owner.hands().entry(self.job).or_default().answered += 1;
        }
    }

    /// The outcome of the mail stands in the data file.
    pub fn lays_down(self) {
        if let Job::Mail(mail) = self.job {
            self.owner.journal.recorded(mail);
        }
        self.lets_go();
    }

    /// The lease has ended in the data file.
    pub fn lets_go(mut self) {
        self.lease_ended = true;
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.owner.opens_hand(self.job, self.answered);
        if !self.lease_ended {
            self.owner.fallen.store(true, Ordering::Relaxed);
        }
    }
}

/// What can be told of another process.
#[derive(Debug)]
pub(super) enum Life {
    /// It runs.
    Alive,
    /// It has ended; its notes.
    Dead(Testimony),
    /// This file system has no locks to ask: its leases end by time.
    Unknown,
}

impl Owner {
    /// Takes a new name under `data`'s `run/` folder.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn register(data: &Path, id: Uuid) -> Result<Self, StoreError> {
        let folder = data.join("run");
        private::make_folder(&folder).map_err(|e| StoreError::file(&folder, &e))?;
        let path = lock_path(data, id);
        // Locked before it gets its name: whoever sees it in between would take us for dead.
        let unnamed = path.with_extension("new");
        let lock =
            private::options().create_new(true).open(&unnamed).map_err(|e| StoreError::file(&unnamed, &e))?;
        lock.try_lock().map_err(|e| StoreError::Io(format!("{}: {e}", unnamed.display())))?;
        let journal =
            lock.try_clone().and_then(Journal::begin).map_err(|e| StoreError::file(&unnamed, &e))?;
        std::fs::rename(&unnamed, &path).map_err(|e| StoreError::file(&path, &e))?;
        Ok(Self { id, path, _lock: lock, journal, in_hand: Mutex::default(), fallen: AtomicBool::new(false) })
    }

    /// The name.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Whether a mark may be written some mails ahead: were this process killed, it would be known
    /// which of the marked mails had not left.
    #[must_use]
    pub fn may_mark_ahead(&self) -> bool {
        self.journal.can_tell()
    }

    /// Notes that the mark of `mail` is being written.
    ///
    /// # Errors
    /// When it cannot be noted: the mark must not be used then.
    pub fn marks(&self, mail: i64) -> Result<(), StoreError> {
        self.journal.marked(mail)
    }

    /// Notes that the final dot of `mail` may leave from here on.
    ///
    /// # Errors
    /// When it cannot be noted: the dot must not leave then.
    pub fn lets_go(&self, mail: i64) -> Result<(), StoreError> {
        self.journal.dot(mail)
    }

    /// Whether jobs fell out of this process's hands since this was last asked.
    #[must_use]
    pub fn has_dropped(&self) -> bool {
        self.fallen.swap(false, Ordering::Relaxed)
    }

    /// What fell out of them could not be taken up yet.
    pub fn still_dropped(&self) {
        self.fallen.store(true, Ordering::Relaxed);
    }

    fn opens_hand(&self, job: Job, answered: bool) {
        let mut hands = self.hands();
        if let Some(holding) = hands.get_mut(&job) {
            holding.claims = holding.claims.saturating_sub(1);
            holding.answered = holding.answered.saturating_sub(u32::from(answered));
            if holding.claims == 0 {
                hands.remove(&job);
            }
        }
    }

    pub(super) fn holds(&self, job: Job) -> bool {
        self.hands().contains_key(&job)
    }

    /// Whether this process has a mail on its way to the server.
    pub(super) fn is_sending(&self, mail: i64) -> bool {
        self.hands().get(&Job::Mail(mail)).is_some_and(|held| held.claims > held.answered)
    }

    /// What this process itself noted, for a mail that fell out of its hands.
    pub(super) fn own_testimony(&self) -> Testimony {
        File::open(&self.path).map(Testimony::read).unwrap_or_default()
    }

    fn hands(&self) -> MutexGuard<'_, HashMap<Job, Holding>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // With leases left behind the notes are still needed: the next recovery reads and removes them.
        if self.hands().is_empty() && !self.has_dropped() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// What can be told of the process called `id`.
pub(super) fn life(data: &Path, id: Uuid) -> Life {
    match OpenOptions::new().read(true).write(true).open(lock_path(data, id)) {
        Ok(file) => match file.try_lock() {
            Ok(()) => Life::Dead(Testimony::read(file)),
            Err(TryLockError::WouldBlock) => Life::Alive,
            Err(TryLockError::Error(_)) => Life::Unknown,
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Life::Dead(Testimony::default()),
        Err(_) => Life::Unknown,
    }
}

/// The files of dead processes other than `me`. Once their leases are taken up, they can go.
pub(super) fn remains(data: &Path, me: Uuid) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(data.join("run")) else {
        return vec![];
    };
    let dead = |name: &str| {
        let id = name.strip_suffix(".lock").and_then(|n| Uuid::parse_str(n).ok());
        id.is_some_and(|id| id != me && matches!(life(data, id), Life::Dead(_)))
    };
    entries.flatten().filter(|e| e.file_name().to_str().is_some_and(dead)).map(|e| e.path()).collect()
}

fn lock_path(data: &Path, id: Uuid) -> PathBuf {
    data.join("run").join(format!("{id}.lock"))
}
