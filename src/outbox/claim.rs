//! Claims: folders in `processing/` that belong to one running program, and what becomes of them.
//!
//! ```text
//! processing/scan.lock            held while a program looks through the outbox
//! processing/OWNER.lock           held as long as the program OWNER runs
//! processing/OWNER/CLAIM/         one drop: main/, attached/, and error.txt once it failed
//! processing/OWNER/CLAIM.back     on its way back to the outbox; also every claim while it is being made
//! processing/OWNER/CLAIM.queued   on its way to queued/
//! processing/OWNER/CLAIM.failed   on its way to failed/
//! ```
//! Renaming the claim's folder is the one step that decides; the moves after it can be taken up by anyone.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::drop::Drop;
use super::settle::{self, Seen, writer_is_there};
use super::{Lying, OutboxError, io_error};

/// How long a drop that was put back is left alone.
const PUT_BACK_REST: Duration = Duration::from_millis(500);

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
            let Some(_dead) = try_lock(&lock_path)? else {
                continue;
            };
            // Gone if another program was quicker.
            for claim in children(&theirs).unwrap_or_default() {
                let (from, to) = (theirs.join(&claim), self.mine().join(&claim));
                fs::rename(&from, &to).map_err(io_error("moved", &from))?;
            }
            // Only an empty folder can be removed this way.
            let _ = fs::remove_dir(&theirs);
            let _ = fs::remove_file(&lock_path);
        }
        Ok(())
    }

    /// Ends claims that were ending, and offers those nobody works on.
    pub(super) fn recover(self: &Arc<Self>, now: SystemTime) -> Result<Vec<Drop>, OutboxError> {
        let mut offered = Vec::new();
        for name in children(&self.mine())? {
            let path = self.mine().join(&name);
            let name = name.to_string_lossy().into_owned();
            let (id, word) = name.split_once('.').unwrap_or((&name, ""));
            if !path.is_dir() {
                continue;
            }
            let Some(held) = self.hold(id) else { continue };
            if let Some(end) = End::ALL.into_iter().find(|end| end.word() == word) {
                self.move_out(&path, end)?;
            } else if let Some(drop) = Drop::load(held, path, now, now)? {
                offered.push(drop);
            }
        }
        Ok(offered)
    }

    /// Claims files of the folder as one drop; `None` if they are not all there any more or being written.
    pub(super) fn claim(
        self: &Arc<Self>,
        names: &[OsString],
        now: SystemTime,
    ) -> Result<Option<Drop>, OutboxError> {
        let id = Uuid::now_v7().simple().to_string();
        let Some(held) = self.hold(&id) else {
            return Ok(None);
        };
        let making = self.ending_path(&id, End::Back);
        for dir in [making.join("main"), making.join("attached")] {
            fs::create_dir_all(&dir).map_err(io_error("made", &dir))?;
        }
        let mut first = now;
        for name in names {
            let (from, to) = (self.dir.join(name), making.join("main").join(name));
            // A writer can have come since the file was looked at.
            let taken = fs::rename(&from, &to).is_ok()
                && !settle::open(&to).is_ok_and(|f| writer_is_there(&f, &to) == Some(true));
            if !taken {
                self.move_out(&making, End::Back)?;
                return Ok(None);
            }
            if let Some(seen) = lock(&self.seen).remove(name) {
                first = first.min(seen.first);
            }
        }
        let path = self.mine().join(&id);
        fs::rename(&making, &path).map_err(io_error("moved", &making))?;
        Drop::load(held, path, first, now)
    }

    fn hold(self: &Arc<Self>, id: &str) -> Option<Held> {
        lock(&self.held).insert(id.to_owned()).then(|| Held { shared: Arc::clone(self), id: id.to_owned() })
    }

    fn ending_path(&self, id: &str, end: End) -> PathBuf {
        self.mine().join(format!("{id}.{}", end.word()))
    }

    /// Ends the claim in `path`: from here on it ends this way, also after a crash.
    pub(super) fn end(&self, path: &Path, id: &str, end: End) -> Result<Option<PathBuf>, OutboxError> {
        let ending = self.ending_path(id, end);
        fs::rename(path, &ending).map_err(io_error("moved", path))?;
        self.move_out(&ending, end)
    }

    /// Moves the files of an ending claim to their place; says where the drop's own file went.
    fn move_out(&self, claim: &Path, end: End) -> Result<Option<PathBuf>, OutboxError> {
        let place = match end {
            End::Back => self.dir.clone(),
            End::Queued | End::Failed => self.dir.join(end.word()),
        };
        let (main, attached) = (claim.join("main"), claim.join("attached"));
        let mut own = children(&main).unwrap_or_default();
        // The JSON last: it makes the others a drop.
        own.sort_by_key(|name| settle::kind(name) != Some(settle::Kind::Pdf));
        let names = children(&attached).unwrap_or_default();
        let mut moves: Vec<_> = names.into_iter().map(|n| (attached.join(&n), n)).collect();
        moves.extend(own.iter().map(|n| (main.join(n), n.clone())));
        let error = claim.join("error.txt");
        if end != End::Failed {
            // Written before a crash; this time the drop did not fail.
            let _ = fs::remove_file(&error);
        } else if error.exists() {
            let stem = own.last().map(Path::new).and_then(Path::file_stem);
            let mut name = stem.unwrap_or(OsStr::new("drop")).to_owned();
            name.push(".error.txt");
            moves.insert(0, (error, name));
        }
        let names: Vec<_> = moves.iter().map(|(_, name)| name.as_os_str()).collect();
        let targets = reserve(&place, &names)?;
        for ((from, _), to) in moves.iter().zip(&targets) {
            fs::rename(from, to).map_err(io_error("moved", from))?;
        }
        let _ = fs::remove_file(claim.join("error.tmp"));
        for dir in [&main, &attached, claim] {
            // Only an empty folder can be removed this way.
            let _ = fs::remove_dir(dir);
        }
        Ok(targets.last().cloned())
    }

    /// What is known of a file, with what is seen of it now.
    pub(super) fn seen(&self, lying: &Lying, now: SystemTime) -> Seen {
        let (len, modified) = (lying.meta.len(), lying.meta.modified().unwrap_or(now));
        let fresh = Seen { first: now, still_since: now, len, modified, not_before: None };
        let mut all = lock(&self.seen);
        let seen = all.entry(lying.name.clone()).or_insert(fresh);
        if (seen.len, seen.modified) != (len, modified) {
            (seen.len, seen.modified, seen.still_since) = (len, modified, now);
        }
        *seen
    }

    /// Remembers a drop that is put back, so that it keeps its age and rests a moment.
    pub(super) fn remember(&self, name: OsString, first: SystemTime, now: SystemTime) {
        let seen = Seen {
            first,
            still_since: first,
            len: 0,
            modified: first,
            not_before: Some(now + PUT_BACK_REST),
        };
        lock(&self.seen).insert(name, seen);
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

/// Free names in `dir`, all with the same `-2` where one is taken; empty files hold them until the move.
pub(super) fn reserve(dir: &Path, names: &[&OsStr]) -> Result<Vec<PathBuf>, OutboxError> {
    let numbers = (1..100).map(|n| if n == 1 { String::new() } else { format!("-{n}") });
    // A till that always writes the same name would make the search for the next number long.
    let unique = std::iter::once(format!("-{}", Uuid::now_v7().simple()));
    for suffix in numbers.chain(unique) {
        let mut made = Vec::new();
        for name in names {
            let target = dir.join(with_suffix(name, &suffix));
            match OpenOptions::new().write(true).create_new(true).open(&target) {
                Ok(_) => made.push(target),
                Err(why) => {
                    for target in made.drain(..) {
                        let _ = fs::remove_file(target);
                    }
                    if why.kind() != io::ErrorKind::AlreadyExists {
                        return Err(io_error("made", &target)(why));
                    }
                    break;
                }
            }
        }
        if made.len() == names.len() {
            return Ok(made);
        }
    }
    Err(io_error("made", dir)(io::ErrorKind::AlreadyExists.into()))
}

/// `NAME.json` with `-2` is `NAME-2.json`; `NAME.error.txt` is `NAME-2.error.txt`.
pub(super) fn with_suffix(name: &OsStr, suffix: &str) -> OsString {
    let text = name.to_string_lossy();
    let (stem, ending) = match text.strip_suffix(".error.txt") {
        Some(stem) => (OsString::from(stem), Some(OsString::from("error.txt"))),
        None => {
            let path = Path::new(name);
            let stem = path.file_stem().unwrap_or(name).to_owned();
            (stem, path.extension().map(OsStr::to_owned))
        }
    };
    let mut new = stem;
    new.push(suffix);
    if let Some(ending) = ending {
        new.push(".");
        new.push(ending);
    }
    new
}
