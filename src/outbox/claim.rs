//! Claims: folders in `processing/` that belong to one running program, and what becomes of them.
//!
//! ```text
//! processing/scan.lock            held while a program looks through the outbox
//! processing/OWNER.lock           held as long as the program OWNER runs
//! processing/OWNER/CLAIM/         one drop: main/, attached/, and error.txt once it failed
//! processing/OWNER/CLAIM.back     not complete, and on its way back to the outbox
//! processing/OWNER/CLAIM.queued   on its way to queued/
//! processing/OWNER/CLAIM.failed   on its way to failed/
//! processing/OWNER/CLAIM.queued-2 the same, with this behind the names of its files
//! ```
//! Renaming the claim's folder is the one step that decides; the moves after it can be taken up by anyone.
//!
//! A drop that cannot be worked on yet stays in its claim. Its writer sees that it was taken and may use its
//! names again: put back, it would meet the files of another.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::drop::Drop;
use super::place::{self, Part};
use super::settle::{self, Seen, is_written_now};
use super::{Lying, OutboxError, io_error};

/// How long a drop that waits for something is left alone.
const REST: Duration = Duration::from_millis(500);

/// How a claim ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Back,
    Queued,
    Failed,
}

impl End {
    const ALL: [Self; 3] = [Self::Back, Self::Queued, Self::Failed];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::Queued => "queued",
            Self::Failed => "failed",
        }
    }

    /// How a claim ends whose folder has this behind its name, and the number behind the names of its files.
    fn read(behind: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|end| {
            let suffix = behind.strip_prefix(end.word())?;
            (suffix.is_empty() || suffix.starts_with('-')).then_some((end, suffix))
        })
    }
}

/// What is known of a claim while this program runs.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Since when its drop has been known.
    since: Instant,
    /// It is left alone until then.
    rests_until: Option<Instant>,
}

/// What an open outbox and its drops have in common.
#[derive(Debug)]
pub(super) struct Shared {
    /// The outbox folder.
    pub(super) dir: PathBuf,
    processing: PathBuf,
    owner: String,
    lock: Mutex<File>,
    held: Mutex<HashSet<String>>,
    known: Mutex<HashMap<String, Known>>,
    seen: Mutex<HashMap<OsString, Seen>>,
}

/// A claim that is being worked on; afterwards it is offered again, unless it has ended.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) shared: Arc<Shared>,
    pub(super) id: String,
}

impl std::ops::Drop for Held {
    fn drop(&mut self) {
        lock(&self.shared.held).remove(&self.id);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The maps hold no promise that a panic could have broken.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock_file(path: &Path) -> Result<File, OutboxError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options.open(path).map_err(io_error("opened", path))
}

/// Takes the lock at `path`, or `None` if another program has it.
fn try_lock(path: &Path) -> Result<Option<File>, OutboxError> {
    let file = lock_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(why)) => Err(io_error("locked", path)(why)),
    }
}

impl Shared {
    pub(super) fn open(dir: &Path) -> Result<Self, OutboxError> {
        let processing = dir.join("processing");
        fs::create_dir_all(&processing).map_err(io_error("made", &processing))?;
        let owner = Uuid::now_v7().to_string();
        // The lock comes before the folder, so that the folder is never seen without it.
        let path = processing.join(format!("{owner}.lock"));
        let lock = try_lock(&path)?.ok_or_else(|| OutboxError::Io {
            doing: "locked",
            path,
            why: io::ErrorKind::WouldBlock.into(),
        })?;
        let shared = Self {
            dir: dir.to_owned(),
            processing,
            owner,
            lock: Mutex::new(lock),
            held: Mutex::default(),
            known: Mutex::default(),
            seen: Mutex::default(),
        };
        shared.ensure()?;
        Ok(shared)
    }

    fn mine(&self) -> PathBuf {
        self.processing.join(&self.owner)
    }

    /// Makes what somebody removed while the program runs.
    pub(super) fn ensure(&self) -> Result<(), OutboxError> {
        fs::create_dir_all(&self.processing).map_err(io_error("made", &self.processing))?;
        let path = self.processing.join(format!("{}.lock", self.owner));
        if !path.exists()
            && let Some(file) = try_lock(&path)?
        {
            *lock(&self.lock) = file;
        }
        for dir in [self.mine(), self.dir.join("queued"), self.dir.join("failed")] {
            fs::create_dir_all(&dir).map_err(io_error("made", &dir))?;
        }
        Ok(())
    }

    /// The right to look through the folder, until it is dropped.
    pub(super) fn scan_alone(&self) -> Result<Option<File>, OutboxError> {
        try_lock(&self.processing.join("scan.lock"))
    }

    /// Takes over what programs had claimed that no longer run.
    pub(super) fn adopt(&self) -> Result<(), OutboxError> {
        for name in children(&self.processing)? {
            let theirs = self.processing.join(&name);
            if name == OsStr::new(&self.owner) || !theirs.is_dir() {
                continue;
            }
            let mut lock_name = name.clone();
            lock_name.push(".lock");
            let lock_path = self.processing.join(lock_name);
            let _dead = match try_lock(&lock_path) {
                Ok(Some(dead)) => dead,
                Ok(None) => continue,
                Err(error) => {
                    // Another user's, perhaps: nothing of ours waits for it.
                    tracing::warn!(%error, "cannot tell whether a program that claimed files still runs");
                    continue;
                }
            };
            // Gone if another program was quicker.
            for claim in children(&theirs).unwrap_or_default() {
                let (from, to) = (theirs.join(&claim), self.mine().join(&claim));
                if let Err(why) = fs::rename(&from, &to) {
                    tracing::error!(path = %from.display(), %why, "what a program left could not be taken over");
                }
            }
            // Only an empty folder can be removed this way.
            if fs::remove_dir(&theirs).is_ok() {
                let _ = fs::remove_file(&lock_path);
            }
        }
        Ok(())
    }

    /// Ends claims that were ending, and offers those nobody works on. One that cannot be ended now holds up
    /// no other.
    pub(super) fn recover(self: &Arc<Self>, now: Instant) -> Result<Vec<Drop>, OutboxError> {
        let mut offered = Vec::new();
        for name in children(&self.mine())? {
            let path = self.mine().join(&name);
            let name = name.to_string_lossy().into_owned();
            let (id, behind) = name.split_once('.').unwrap_or((&name, ""));
            if !path.is_dir() {
                continue;
            }
            let Some(held) = self.hold(id) else { continue };
            let done = match End::read(behind) {
                Some((end, suffix)) => self.move_out(path.clone(), id, end, suffix).map(|_| None),
                None => match self.since(id, now) {
                    Some(since) => Drop::load(held, path.clone(), since, now),
                    None => Ok(None),
                },
            };
            match done {
                Ok(drop) => offered.extend(drop),
                Err(error) => {
                    tracing::error!(claim = %path.display(), %error, "claimed files could not be moved");
                }
            }
        }
        Ok(offered)
    }

    /// Since when a claim has been known; `None` while it rests.
    fn since(&self, id: &str, now: Instant) -> Option<Instant> {
        let mut known = lock(&self.known);
        let known = known.entry(id.to_owned()).or_insert(Known { since: now, rests_until: None });
        let rests = known.rests_until.is_some_and(|until| now < until);
        (!rests).then_some(known.since)
    }

    /// Leaves a claim alone for a moment.
    pub(super) fn rest(&self, id: &str, now: Instant) {
        if let Some(known) = lock(&self.known).get_mut(id) {
            known.rests_until = Some(now + REST);
        }
    }

    /// Claims files of the folder as one drop; `None` if they are not all there any more, are being written,
    /// or are others than were looked at: a till may put the next sale over the last.
    pub(super) fn claim(
        self: &Arc<Self>,
        files: &[&Lying],
        now: Instant,
    ) -> Result<Option<Drop>, OutboxError> {
        let id = Uuid::now_v7().simple().to_string();
        let Some(held) = self.hold(&id) else {
            return Ok(None);
        };
        let making = self.ending_path(&id, End::Back, "");
        for dir in [making.join("main"), making.join("attached")] {
            fs::create_dir_all(&dir).map_err(io_error("made", &dir))?;
        }
        let mut first = now;
        for Lying { name, meta } in files {
            let (from, to) = (self.dir.join(name), making.join("main").join(name));
            // A writer can have come since the file was looked at.
            if fs::rename(&from, &to).is_err() || is_written_now(&to) || !is_as_seen(&to, meta) {
                self.move_out(making, &id, End::Back, "")?;
                return Ok(None);
            }
            if let Some(seen) = lock(&self.seen).remove(name) {
                first = first.min(seen.first);
            }
        }
        let path = self.mine().join(&id);
        fs::rename(&making, &path).map_err(io_error("moved", &making))?;
        lock(&self.known).insert(id, Known { since: first, rests_until: None });
        Drop::load(held, path, first, now)
    }

    fn hold(self: &Arc<Self>, id: &str) -> Option<Held> {
        lock(&self.held).insert(id.to_owned()).then(|| Held { shared: Arc::clone(self), id: id.to_owned() })
    }

    fn ending_path(&self, id: &str, end: End, suffix: &str) -> PathBuf {
        self.mine().join(format!("{id}.{}{suffix}", end.word()))
    }

    fn place(&self, end: End) -> PathBuf {
        match end {
            End::Back => self.dir.clone(),
            End::Queued | End::Failed => self.dir.join(end.word()),
        }
    }

    /// Ends the claim in `path`: from here on it ends this way, also after a crash.
    pub(super) fn end(&self, path: &Path, id: &str, end: End) -> Result<Option<PathBuf>, OutboxError> {
        let suffix = self.free_suffix(path, end)?;
        let ending = self.ending_path(id, end, &suffix);
        fs::rename(path, &ending).map_err(io_error("moved", path))?;
        lock(&self.known).remove(id);
        self.move_out(ending, id, end, &suffix)
    }

    fn free_suffix(&self, claim: &Path, end: End) -> Result<String, OutboxError> {
        if end == End::Back {
            return Ok(String::new());
        }
        let parts: Vec<Part> = files(claim, end).into_iter().map(|(_, part)| part).collect();
        place::free_suffix(&self.place(end), &parts, end == End::Failed)
    }

    /// Moves the files of an ending claim to their place; says where the drop's own file went. What goes
    /// back to the outbox has its own names there, or waits until they are free.
    fn move_out(
        &self,
        mut claim: PathBuf,
        id: &str,
        end: End,
        suffix: &str,
    ) -> Result<Option<PathBuf>, OutboxError> {
        let place = self.place(end);
        let mut suffix = suffix.to_owned();
        if end != End::Failed {
            // Written before a crash; this time the drop did not fail.
            let _ = fs::remove_file(claim.join("error.txt"));
        }
        for _ in 0..place::MOST_TRIES {
            if let Some(targets) = place::move_all(&files(&claim, end), &place, &suffix)? {
                let _ = fs::remove_file(claim.join("error.tmp"));
                for dir in [claim.join("main"), claim.join("attached"), claim] {
                    // Only an empty folder can be removed this way.
                    let _ = fs::remove_dir(dir);
                }
                return Ok(targets.last().cloned());
            }
            if end == End::Back {
                return Ok(None);
            }
            suffix = self.free_suffix(&claim, end)?;
            let renamed = self.ending_path(id, end, &suffix);
            fs::rename(&claim, &renamed).map_err(io_error("moved", &claim))?;
            claim = renamed;
        }
        Err(io_error("written", &place)(io::ErrorKind::AlreadyExists.into()))
    }

    /// What is known of a file, with what is seen of it now.
    pub(super) fn seen(&self, name: &OsStr, meta: &Metadata, now: Instant) -> Seen {
        let (len, modified) = (meta.len(), meta.modified().ok());
        let mut all = lock(&self.seen);
        let fresh = Seen { first: now, still_since: now, len, modified };
        let seen = all.entry(name.to_owned()).or_insert(fresh);
        if (seen.len, seen.modified) != (len, modified) {
            (seen.len, seen.modified, seen.still_since) = (len, modified, now);
        }
        *seen
    }

    /// A file of this name that comes now is another.
    pub(super) fn forget(&self, name: &OsStr) {
        lock(&self.seen).remove(name);
    }

    pub(super) fn forget_all_but(&self, names: &[OsString]) {
        let names: HashSet<_> = names.iter().collect();
        lock(&self.seen).retain(|name, _| names.contains(name));
    }
}

/// The names in a folder, in order.
pub(super) fn children(dir: &Path) -> Result<Vec<OsString>, OutboxError> {
    let mut names = fs::read_dir(dir)
        .and_then(|entries| entries.map(|e| e.map(|e| e.file_name())).collect::<Result<Vec<_>, _>>())
        .map_err(io_error("read", dir))?;
    names.sort();
    Ok(names)
}

/// Whether a file is as this was seen of it. Its number says nothing: some network shares give it a new one.
fn is_as_seen(path: &Path, seen: &Metadata) -> bool {
    let what = |meta: &Metadata| (meta.len(), meta.modified().ok());
    fs::symlink_metadata(path).is_ok_and(|now| what(&now) == what(seen))
}

/// The files of a claim, in the order in which they are moved, and what they are called.
fn files(claim: &Path, end: End) -> Vec<(PathBuf, Part)> {
    let (main, attached) = (claim.join("main"), claim.join("attached"));
    let mut own = children(&main).unwrap_or_default();
    // The JSON last: it makes the others a drop.
    own.sort_by_key(|name| settle::kind(name) != Some(settle::Kind::Pdf));
    let mut files = Vec::new();
    let error = claim.join("error.txt");
    if end == End::Failed && error.exists() {
        let stem = own.last().map(Path::new).and_then(Path::file_stem);
        files.push((error, Part::Error(stem.unwrap_or(OsStr::new("drop")).to_owned())));
    }
    let back = end == End::Back;
    for name in children(&attached).unwrap_or_default() {
        let part = if back { Part::Back(name.clone()) } else { Part::Attached(name.clone()) };
        files.push((attached.join(&name), part));
    }
    for name in own {
        let part = if back { Part::Back(name.clone()) } else { Part::Own(name.clone()) };
        files.push((main.join(&name), part));
    }
    files
}

/// The claims in an outbox folder, whoever made them.
pub(super) fn all(dir: &Path) -> Vec<PathBuf> {
    let processing = dir.join("processing");
    let inside = |path: &PathBuf| {
        let path = path.clone();
        children(&path).unwrap_or_default().into_iter().map(move |name| path.join(name))
    };
    let owners: Vec<PathBuf> = inside(&processing).filter(|path| path.is_dir()).collect();
    owners.iter().flat_map(inside).filter(|path| path.is_dir()).collect()
}
