//! The watched folder: finds complete drops, claims each exactly once, and puts every file where people find it.
//!
//! What a drop means is not decided here. The folder holds what programs drop, `processing/` what a running
//! Tillpost has claimed, `queued/` what became a mail or a document, `failed/` what did not, each with a
//! `NAME.error.txt`. Files are only ever moved, never deleted and never overwritten; only when a person's data is
//! deleted, what names them goes ([`naming`]).
//!
//! Two programs on one folder share the work: one scans at a time, and what a dead one had claimed is offered
//! again by the next.

mod claim;
mod drop;
mod place;
mod refused;
mod settle;
mod traces;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use claim::Shared;
use settle::State;

pub use drop::Drop;
pub use refused::{came_with, doubtful, file_of, set_aside, try_again};
pub use traces::{Named, in_hand, naming};
pub use watch::Watcher;

/// The largest file that is taken, in bytes.
pub const LARGEST_FILE: u64 = 30 * 1024 * 1024;
/// How long a file that nobody writes may stay incomplete, and a drop may lack its attachments.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long JSON that is a mail by itself waits for a PDF of its name.
pub const PAIR_PATIENCE: Duration = Duration::from_secs(3);
/// How long a PDF waits for the JSON that says whom it is for.
pub const PDF_PATIENCE: Duration = Duration::from_secs(600);
/// The most drops one scan claims; the rest waits for the next, which the caller is asked to make soon.
const MOST_A_SCAN: usize = 200;

/// Why the folder could not be worked with, or an attachment not be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// The file system refused; try again later.
    #[error("{} could not be {doing}: {why}.", path.display())]
    Io {
        /// What was tried, as in "could not be moved".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The attachment is not there yet or still being written: let the drop wait and try again.
    #[error("The attachment \"{0}\" is not in the outbox, or not complete yet.")]
    NotYet(String),
    /// The attachment's name leads out of the folder or into its workings.
    #[error("\"{0}\" is not the plain name of a file in the outbox folder.")]
    BadName(String),
    /// The attachment is a link, a folder or a device.
    #[error("\"{0}\" is not a regular file. Put the file itself into the outbox, not a link to it.")]
    NotAFile(String),
    /// The file is too large.
    #[error("\"{name}\" is larger than {limit} bytes.")]
    TooLarge {
        /// Its name.
        name: String,
        /// The limit.
        limit: u64,
    },
    /// Something of this name lies in the outbox; what was to go there did not.
    #[error("\"{0}\" lies in the outbox already.")]
    Taken(String),
    /// The JSON file is not UTF-8 text.
    #[error("\"{0}\" is not text in UTF-8.")]
    NotText(String),
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OutboxError {
    let path = path.to_owned();
    move |why| OutboxError::Io { doing, path, why }
}

/// A file this room has put into `failed/` by itself, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its name.
    pub name: String,
    /// The sentence in its error file.
    pub reason: String,
}

/// What a scan found.
#[derive(Debug, Default)]
pub struct Scan {
    /// Complete drops, oldest first, now this program's own.
    pub claimed: Vec<Drop>,
    /// Files that will never be a drop, now in `failed/`.
    pub refused: Vec<Refused>,
    /// Whether something may be complete soon: scan again in a fraction of a second.
    pub pending: bool,
}

/// The watched folder, opened by one program.
#[derive(Debug)]
pub struct Outbox {
    shared: Arc<Shared>,
}

/// A file lying in the folder.
struct Lying {
    name: OsString,
    meta: Metadata,
}

/// Files of the folder that belong together.
#[derive(Default)]
struct Unit {
    json: Option<Lying>,
    eml: Option<Lying>,
    pdf: Option<Lying>,
}

/// What becomes of a unit in this scan.
enum Verdict {
    Take,
    Wait { soon: bool },
    Refuse(String),
}

impl Outbox {
    /// Opens the folder and makes it and its sub-folders where they are missing.
    ///
    /// # Errors
    /// The folder cannot be made or written in.
    pub fn open(dir: &Path) -> Result<Self, OutboxError> {
        Ok(Self { shared: Arc::new(Shared::open(dir)?) })
    }

    /// Claims what is complete.
    ///
    /// A second scan of the same folder at the same time, by any program, finds nothing and is told to come
    /// again.
    ///
    /// # Errors
    /// The folder cannot be read or moved in. Nothing is lost: what was claimed is offered again.
    pub fn scan(&self, now: Instant) -> Result<Scan, OutboxError> {
        self.shared.ensure()?;
        let Some(_alone) = self.shared.scan_alone()? else {
            return Ok(Scan { pending: true, ..Scan::default() });
        };
        self.shared.adopt()?;
        let mut scan = Scan { claimed: self.shared.recover(now)?, ..Scan::default() };
        for unit in self.units()? {
            if scan.claimed.len() >= MOST_A_SCAN {
                scan.pending = true;
                break;
            }
            match self.judge(&unit, now) {
                Verdict::Take => match self.shared.claim(&unit.files().collect::<Vec<_>>(), now)? {
                    Some(taken) => scan.claimed.push(taken),
                    None => scan.pending = true,
                },
                Verdict::Wait { soon } => scan.pending |= soon,
                Verdict::Refuse(reason) => {
                    if let Some(taken) = self.shared.claim(&unit.files().collect::<Vec<_>>(), now)? {
                        let name = taken.original_name().to_owned();
                        if let Err(error) = taken.failed(&reason) {
                            // The next scan moves it; it holds up no other.
                            tracing::error!(file = %name, %error, "a refused file could not be moved");
                        }
                        scan.refused.push(Refused { name, reason });
                    }
                }
            }
        }
        Ok(scan)
    }

    /// The units lying in the folder, the longest untouched first.
    fn units(&self) -> Result<Vec<Unit>, OutboxError> {
        let dir = &self.shared.dir;
        let mut units: HashMap<(OsString, bool), Unit> = HashMap::new();
        let mut names = Vec::new();
        for entry in fs::read_dir(dir).map_err(io_error("read", dir))? {
            let name = entry.map_err(io_error("read", dir))?.file_name();
            names.push(name.clone());
            let Some(kind) = settle::kind(&name) else {
                continue;
            };
            // Gone since it was listed: another scan comes. The link itself is looked at, not its end.
            let Ok(meta) = fs::symlink_metadata(dir.join(&name)) else {
                continue;
            };
            if meta.is_dir() {
                continue;
            }
            let stem = Path::new(&name).file_stem().unwrap_or(&name).to_owned();
            let lying = Lying { name, meta };
            // A mail file is a unit of its own, whatever else has its name.
            let unit = units.entry((stem, kind == settle::Kind::Eml)).or_default();
            match kind {
                settle::Kind::Json => unit.json = Some(lying),
                settle::Kind::Pdf => unit.pdf = Some(lying),
                settle::Kind::Eml => unit.eml = Some(lying),
            }
        }
        self.shared.forget_all_but(&names);
        let mut units: Vec<_> = units.into_values().collect();
        units.sort_by_key(|unit| (unit.changed(), unit.names()));
        Ok(units)
    }

    fn judge(&self, unit: &Unit, now: Instant) -> Verdict {
        if let Some(verdict) = unit.only().and_then(|pdf| self.judge_lone_pdf(pdf, now)) {
            return verdict;
        }
        let mut patience = Duration::ZERO;
        for lying in unit.files() {
            match self.state(lying, now) {
                State::Complete { waits_for_pdf } if unit.pdf.is_none() => patience = waits_for_pdf,
                State::Complete { .. } => {}
                State::Waiting => return Verdict::Wait { soon: true },
                State::Wrong(reason) if unit.files().count() == 1 => {
                    return Verdict::Refuse(reason);
                }
                State::Wrong(reason) => {
                    let name = lying.name.to_string_lossy();
                    return Verdict::Refuse(format!("About {name}: {reason}"));
                }
            }
        }
        // Words for a PDF that comes later. Without one they are offered alone in the end.
        let first = unit.files().next();
        let age = first.map(|lying| self.shared.seen(&lying.name, &lying.meta, now).age(now));
        if age.is_some_and(|age| age < patience) {
            return Verdict::Wait { soon: patience == PAIR_PATIENCE };
        }
        Verdict::Take
    }

    /// A PDF alone waits for its JSON, or for a drop that names it. `None`: judge it like any file.
    fn judge_lone_pdf(&self, pdf: &Lying, now: Instant) -> Option<Verdict> {
        let seen = self.shared.seen(&pdf.name, &pdf.meta, now);
        match self.state(pdf, now) {
            State::Complete { .. } if seen.age(now) >= PDF_PATIENCE => {
                let stem = Path::new(&pdf.name).file_stem().unwrap_or(&pdf.name);
                Some(Verdict::Refuse(format!(
                    "There is no {}.json beside it that says whom it is for.",
                    stem.to_string_lossy()
                )))
            }
            State::Complete { .. } => Some(Verdict::Wait { soon: false }),
            State::Waiting | State::Wrong(_) => None,
        }
    }

    fn state(&self, lying: &Lying, now: Instant) -> State {
        let seen = self.shared.seen(&lying.name, &lying.meta, now);
        settle::state(&self.shared.dir.join(&lying.name), &lying.meta, &seen, now)
    }
}

impl Unit {
    fn files(&self) -> impl Iterator<Item = &Lying> {
        [&self.json, &self.eml, &self.pdf].into_iter().flatten()
    }

    fn names(&self) -> Vec<OsString> {
        self.files().map(|lying| lying.name.clone()).collect()
    }

    /// The PDF, if there is nothing else.
    fn only(&self) -> Option<&Lying> {
        self.pdf.as_ref().filter(|_| self.json.is_none())
    }

    fn changed(&self) -> Option<SystemTime> {
        self.files().filter_map(|lying| lying.meta.modified().ok()).max()
    }
}

/// Whether programs use such names for files they are not done with, or people to hide them.
fn is_passed_over(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    name.starts_with(['.', '~'])
        || [".tmp", ".part", ".crdownload"].iter().any(|ending| name.ends_with(ending))
}
