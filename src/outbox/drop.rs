//! One drop in this program's hands.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::claim::{End, Held, children};
use super::refused;
use super::settle::{self, Kind, State, is_written_now};
use super::{LARGEST_FILE, OutboxError, io_error, is_passed_over};

/// What somebody put into the outbox as one thing: a JSON file, a mail file, or a PDF with its JSON.
///
/// It ends with [`Drop::queued`] or [`Drop::failed`]. One that is let go is offered again by the next scan, and
/// one that has to wait ([`Drop::wait`]) by one a moment later.
#[derive(Debug)]
pub struct Drop {
    held: Held,
    claim: PathBuf,
    since: Instant,
    scanned: Instant,
    original_name: String,
    json: Option<PathBuf>,
    eml: Option<PathBuf>,
    pdf: Option<PathBuf>,
    attached: Vec<PathBuf>,
}

impl Drop {
    /// Reads what a claim holds; `None` if that is nothing, which a crash can leave.
    pub(super) fn load(
        held: Held,
        claim: PathBuf,
        since: Instant,
        scanned: Instant,
    ) -> Result<Option<Self>, OutboxError> {
        let (main, attached_dir) = (claim.join("main"), claim.join("attached"));
        let names = children(&main).unwrap_or_default();
        if names.is_empty() {
            held.shared.end(&claim, &held.id, End::Back)?;
            return Ok(None);
        }
        let find = |kind| {
            let name = names.iter().find(|name| settle::kind(name) == Some(kind));
            name.map(|name| main.join(name))
        };
        let (json, eml, pdf) = (find(Kind::Json), find(Kind::Eml), find(Kind::Pdf));
        let attached = children(&attached_dir).unwrap_or_default();
        let original = [&json, &eml, &pdf].into_iter().flatten().next();
        let name = original.and_then(|path| path.file_name()).unwrap_or_default();
        Ok(Some(Self {
            original_name: name.to_string_lossy().into_owned(),
            attached: attached.iter().map(|n| attached_dir.join(n)).collect(),
            held,
            claim,
            since,
            scanned,
            json,
            eml,
            pdf,
        }))
    }

    /// The name it was dropped under; of a PDF with its JSON, that of the JSON.
    #[must_use]
    pub fn original_name(&self) -> &str {
        &self.original_name
    }

    /// The JSON file, if it has one.
    #[must_use]
    pub fn json(&self) -> Option<&Path> {
        self.json.as_deref()
    }

    /// The mail file, if it is one.
    #[must_use]
    pub fn eml(&self) -> Option<&Path> {
        self.eml.as_deref()
    }

    /// The PDF dropped with the JSON of the same name, if there is one.
    #[must_use]
    pub fn pdf(&self) -> Option<&Path> {
        self.pdf.as_deref()
    }

    /// The files taken with [`Drop::attach`], also before a restart.
    #[must_use]
    pub fn attachments(&self) -> &[PathBuf] {
        &self.attached
    }

    /// How long it has been known. From [`super::PATIENCE`] on, an attachment that is missing will not come.
    #[must_use]
    pub fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }

    /// SHA-256 of the contents, names aside: the same thing dropped twice has the same.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn sha256(&self) -> Result<[u8; 32], OutboxError> {
        let mut hasher = Sha256::new();
        let own = [(b'j', &self.json), (b'e', &self.eml), (b'p', &self.pdf)];
        let own = own.into_iter().filter_map(|(kind, path)| Some((kind, path.as_ref()?)));
        let mut buffer = vec![0; 64 * 1024];
        // By name: after a restart nobody knows in which order they were attached.
        let mut attached: Vec<_> = self.attached.iter().collect();
        attached.sort();
        for (kind, path) in own.chain(attached.into_iter().map(|path| (b'a', path))) {
            let mut file = settle::open(path).map_err(io_error("opened", path))?;
            let len = file.metadata().map_err(io_error("read", path))?.len();
            // Kind and length first, so that no two drops can be cut apart differently into the same bytes.
            hasher.update([kind]);
            hasher.update(len.to_be_bytes());
            loop {
                let read = file.read(&mut buffer).map_err(io_error("read", path))?;
                let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
                    break;
                };
                hasher.update(bytes);
            }
        }
        Ok(hasher.finalize().into())
    }

    /// The text of the JSON file, without a byte order mark; empty if there is no such file.
    ///
    /// # Errors
    /// [`OutboxError::TooLarge`] over `limit` bytes, [`OutboxError::NotText`] if it is not UTF-8.
    pub fn read_json(&self, limit: u64) -> Result<String, OutboxError> {
        let bytes = read(self.json(), limit)?;
        let text = String::from_utf8(bytes).map_err(|_| OutboxError::NotText(self.original_name.clone()))?;
        Ok(match text.strip_prefix('\u{FEFF}') {
            Some(rest) => rest.to_owned(),
            None => text,
        })
    }

    /// The bytes of the mail file; empty if there is no such file.
    ///
    /// # Errors
    /// [`OutboxError::TooLarge`] over `limit` bytes.
    pub fn read_eml(&self, limit: u64) -> Result<Vec<u8>, OutboxError> {
        read(self.eml(), limit)
    }

    /// The bytes of the PDF; empty if there is no such file.
    ///
    /// # Errors
    /// [`OutboxError::TooLarge`] over `limit` bytes.
    pub fn read_pdf(&self, limit: u64) -> Result<Vec<u8>, OutboxError> {
        read(self.pdf(), limit)
    }

    /// Takes a file that lies in the outbox as an attachment of this drop, and says where it is now.
    ///
    /// Only a plain name is taken, never a path, a link or a device: what is attached leaves the house.
    ///
    /// # Errors
    /// [`OutboxError::NotYet`]: let the drop wait until it is [`super::PATIENCE`] old. Every other error is
    /// final.
    pub fn attach(&mut self, name: &str) -> Result<PathBuf, OutboxError> {
        if !is_plain(name) || name.eq_ignore_ascii_case(&self.original_name) {
            return Err(OutboxError::BadName(name.to_owned()));
        }
        let not_yet = || OutboxError::NotYet(name.to_owned());
        let taken = self.attached.iter().chain(&self.pdf);
        let named = |path: &&PathBuf| path.file_name().is_some_and(|n| n == name);
        if let Some(path) = taken.into_iter().find(named) {
            return if is_written_now(path) { Err(not_yet()) } else { Ok(path.clone()) };
        }
        let (from, to) = (self.held.shared.dir.join(name), self.claim.join("attached").join(name));
        let meta = fs::symlink_metadata(&from).map_err(|_| not_yet())?;
        if !meta.is_file() {
            return Err(OutboxError::NotAFile(name.to_owned()));
        }
        let seen = self.held.shared.seen(name.as_ref(), &meta, self.scanned);
        match settle::state(&from, &meta, &seen, self.scanned) {
            State::Complete { .. } => {}
            State::Wrong(_) if meta.len() > LARGEST_FILE => {
                return Err(OutboxError::TooLarge { name: name.to_owned(), limit: LARGEST_FILE });
            }
            State::Waiting | State::Wrong(_) => return Err(not_yet()),
        }
        fs::rename(&from, &to).map_err(|_| not_yet())?;
        self.held.shared.forget(name.as_ref());
        self.attached.push(to.clone());
        // A writer can have come since it was looked at.
        if is_written_now(&to) { Err(not_yet()) } else { Ok(to) }
    }

    /// The bytes of a file taken with [`Drop::attach`], by its path.
    ///
    /// # Errors
    /// [`OutboxError::TooLarge`] over `limit` bytes.
    pub fn read_attachment(&self, path: &Path, limit: u64) -> Result<Vec<u8>, OutboxError> {
        read(Some(path), limit)
    }

    /// Lets the drop wait, with the attachments it has: it is offered again in a moment, and keeps its age.
    pub fn wait(self) {
        self.held.shared.rest(&self.held.id, self.scanned);
    }

    /// Moves the drop to `queued/`: it has become a mail or a document. Says where its file is now.
    ///
    /// # Errors
    /// The files cannot be moved now; the next scan moves them, and does not offer the drop again.
    pub fn queued(self) -> Result<PathBuf, OutboxError> {
        self.end(End::Queued)
    }

    /// Moves the drop to `failed/` with the reason beside it in `NAME.error.txt`. Says where its file is now.
    ///
    /// # Errors
    /// The files cannot be moved now. Once the reason is written, the next scan moves them.
    pub fn failed(self, reason: &str) -> Result<PathBuf, OutboxError> {
        let (draft, path) = (self.claim.join("error.tmp"), self.claim.join("error.txt"));
        let names = self.attached.iter().filter_map(|path| path.file_name()?.to_str());
        let text = refused::sentence(&self.original_name, reason, names);
        File::create(&draft)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&draft, &path))
            .map_err(io_error("written", &path))?;
        self.end(End::Failed)
    }

    fn end(self, end: End) -> Result<PathBuf, OutboxError> {
        let target = self.held.shared.end(&self.claim, &self.held.id, end)?;
        Ok(target.unwrap_or_default())
    }
}

fn read(path: Option<&Path>, limit: u64) -> Result<Vec<u8>, OutboxError> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let mut bytes = Vec::new();
    let file = settle::open(path).map_err(io_error("opened", path))?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(io_error("read", path))?;
    if bytes.len() as u64 > limit {
        let name = path.file_name().unwrap_or_default();
        return Err(OutboxError::TooLarge { name: name.to_string_lossy().into_owned(), limit });
    }
    Ok(bytes)
}

/// Whether a name names a file in the folder itself, on every system.
///
/// On Windows `:` reaches drives and hidden streams, and dots and spaces at the end are dropped.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && !name.contains(['/', '\\', ':'])
        && !name.ends_with(['.', ' '])
        && !name.chars().any(char::is_control)
        && !is_passed_over(name.as_ref())
}
