//! Whether a file is complete: nobody writes to it, and its content has an end.

use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{LARGEST_FILE, PAIR_PATIENCE, PATIENCE, is_passed_over};

/// Where writers cannot be seen, a file must lie still this long.
const SETTLE: Duration = Duration::from_secs(2);

/// The kinds of file a drop is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Eml,
    Pdf,
}

/// The kind by the name's ending; `None` for all other files, which only an attachment list can name.
pub(super) fn kind(name: &OsStr) -> Option<Kind> {
    if is_passed_over(name) {
        return None;
    }
    let ending = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    match ending.as_str() {
        "json" => Some(Kind::Json),
        "eml" => Some(Kind::Eml),
        "pdf" => Some(Kind::Pdf),
        _ => None,
    }
}

/// What is known of a file from earlier scans. How long that took is told by the monotonic clock: the time of
/// a file is that of another clock, and a clock may be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// When it was first seen.
    pub(super) first: Instant,
    /// Since when its size and time have not changed.
    pub(super) still_since: Instant,
    pub(super) len: u64,
    pub(super) modified: Option<SystemTime>,
}

impl Seen {
    /// How long it has been lying here.
    pub(super) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.first)
    }

    /// How long it has been lying here without a change.
    fn quiet(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.still_since)
    }

    /// Whether to leave it alone: somebody writes to it, or nobody can tell and it has not lain still.
    fn is_written(&self, writer: Option<bool>, now: Instant) -> bool {
        writer.unwrap_or(self.quiet(now) < SETTLE)
    }
}

/// How a file stands.
pub(super) enum State {
    /// It can be taken; JSON that may be words for a PDF waits for it so long.
    Complete { waits_for_pdf: Duration },
    /// Somebody writes to it, or it has no end yet.
    Waiting,
    /// It will never be taken, because of this.
    Wrong(String),
}

/// How the file at `path` stands.
pub(super) fn state(path: &Path, meta: &Metadata, seen: &Seen, now: Instant) -> State {
    if !meta.is_file() {
        return State::Wrong(
            "It is not a regular file. Put the file itself into the outbox, not a link to it.".into(),
        );
    }
    let mut file = match open(path) {
        Ok(file) => file,
        Err(why) if seen.quiet(now) >= PATIENCE && why.kind() != io::ErrorKind::NotFound => {
            return State::Wrong(format!("It cannot be opened: {why}."));
        }
        Err(_) => return State::Waiting,
    };
    if seen.is_written(writer_is_there(&file, path), now) {
        return State::Waiting;
    }
    if meta.len() > LARGEST_FILE {
        return State::Wrong(format!("It is larger than {} MB.", LARGEST_FILE / 1024 / 1024));
    }
    match end(&mut file, kind(path.file_name().unwrap_or_default())) {
        Ok(Ok(waits_for_pdf)) => State::Complete { waits_for_pdf },
        Ok(Err(missing)) if seen.quiet(now) >= PATIENCE => {
            State::Wrong(format!("It is not complete: {missing}."))
        }
        Err(why) if seen.quiet(now) >= PATIENCE => State::Wrong(format!("It cannot be read: {why}.")),
        _ => State::Waiting,
    }
}

/// Opens for reading, never through a link and never waiting for a pipe.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    Ok(file)
}

/// Whether somebody is known to have the file open for writing.
pub(super) fn is_written_now(path: &Path) -> bool {
    open(path).is_ok_and(|file| writer_is_there(&file, path) == Some(true))
}

/// Whether anybody has the file open for writing; `None` where that cannot be seen.
///
/// A read lease is granted only on a file no one has open for writing (fcntl(2), "Leases"). It needs the
/// file's owner or `CAP_LEASE`, and a local file system.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
pub(super) fn writer_is_there(file: &File, _: &Path) -> Option<bool> {
    use std::os::fd::AsRawFd;
    static ALARM_OFF: std::sync::Once = std::sync::Once::new();
    let fd = file.as_raw_fd();
    // SAFETY: `fd` is open while `file` is borrowed, and both calls take plain numbers and keep no memory of
    // ours. Ignoring SIGIO touches no handler of this program: a writer that comes while the lease is held
    // makes the kernel send it, and its default action would end the process.
    let refused = unsafe {
        ALARM_OFF.call_once(|| {
            libc::signal(libc::SIGIO, libc::SIG_IGN);
        });
        libc::fcntl(fd, libc::F_SETLEASE, libc::F_RDLCK) != 0
    };
    if refused {
        let why = io::Error::last_os_error().raw_os_error();
        return (why == Some(libc::EAGAIN)).then_some(true);
    }
    // SAFETY: as above; this gives the lease back.
    unsafe {
        libc::fcntl(fd, libc::F_SETLEASE, libc::F_UNLCK);
    }
    Some(false)
}

/// Whether anybody has the file open for writing: Windows then refuses to share it for reading only.
#[cfg(windows)]
pub(super) fn writer_is_there(_: &File, path: &Path) -> Option<bool> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_SHARE_READ: u32 = 1;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    match OpenOptions::new().read(true).share_mode(FILE_SHARE_READ).open(path) {
        Ok(_) => Some(false),
        Err(why) => (why.raw_os_error() == Some(ERROR_SHARING_VIOLATION)).then_some(true),
    }
}

/// Nothing tells; the caller waits until the file lies still.
#[cfg(not(any(target_os = "linux", windows)))]
pub(super) fn writer_is_there(_: &File, _: &Path) -> Option<bool> {
    None
}

/// Whether the content has its end: `Ok` with how long it waits for a PDF, or what is missing.
fn end(file: &mut File, kind: Option<Kind>) -> io::Result<Result<Duration, String>> {
    match kind {
        Some(Kind::Json) => json_end(file),
        Some(Kind::Eml) => eml_end(file),
        Some(Kind::Pdf) => pdf_end(file),
        None => Ok(Ok(Duration::ZERO)),
    }
}

/// The fields that tell words for a PDF from a document or a mail with named attachments.
#[derive(Deserialize)]
struct Shape {
    kind: Option<IgnoredAny>,
    attachments: Option<IgnoredAny>,
    mail: Option<Words>,
}

/// A mail with a text is one without a PDF too.
#[derive(Deserialize)]
struct Words {
    text: Option<IgnoredAny>,
}

impl Shape {
    fn waits_for_pdf(&self) -> Duration {
        match (&self.kind, &self.attachments, &self.mail) {
            (None, None, Some(Words { text: Some(_) })) => PAIR_PATIENCE,
            (None, None, _) => PATIENCE,
            _ => Duration::ZERO,
        }
    }
}

/// JSON that breaks off is incomplete; JSON that is wrong is complete, and its reader says what is wrong.
fn json_end(file: &mut File) -> io::Result<Result<Duration, String>> {
    let mut mark = [0; 3];
    let read = file.read(&mut mark)?;
    if read < 3 || mark != *b"\xEF\xBB\xBF" {
        file.seek(SeekFrom::Start(0))?;
    }
    let shape = serde_json::from_reader::<_, Shape>(BufReader::new(&mut *file));
    let broken_off = match shape {
        Ok(shape) => return Ok(Ok(shape.waits_for_pdf())),
        Err(why) if why.is_io() => return Err(why.into()),
        Err(why) if why.is_eof() => why.to_string(),
        // Some programs reserve the room first and fill it with zeros until the text comes.
        Err(_) if tail(file, 1)? == [0] => "it ends with zeros".to_owned(),
        Err(_) => return Ok(Ok(Duration::ZERO)),
    };
    Ok(Err(broken_off))
}

fn eml_end(file: &mut File) -> io::Result<Result<Duration, String>> {
    let mut head = Vec::new();
    file.take(1024 * 1024).read_to_end(&mut head)?;
    let ended = head.windows(2).any(|w| w == b"\n\n") || head.windows(4).any(|w| w == b"\r\n\r\n");
    Ok(if ended { Ok(Duration::ZERO) } else { Err("no empty line ends the headers of the mail".into()) })
}

fn pdf_end(file: &mut File) -> io::Result<Result<Duration, String>> {
    let ended = tail(file, 1024)?.windows(5).any(|w| w == b"%%EOF");
    Ok(if ended { Ok(Duration::ZERO) } else { Err("the PDF has no end (%%EOF)".into()) })
}

fn tail(file: &mut File, most: u64) -> io::Result<Vec<u8>> {
    let start = file.metadata()?.len().saturating_sub(most);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(most).read_to_end(&mut tail)?;
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_writers_cannot_be_seen_a_file_must_lie_still() {
        let now = Instant::now();
        let seen = Seen { first: now, still_since: now, len: 1, modified: None };
        assert!(seen.is_written(None, now) && seen.is_written(None, now + SETTLE / 2));
        assert!(!seen.is_written(None, now + SETTLE));
        assert!(!seen.is_written(Some(false), now) && seen.is_written(Some(true), now + SETTLE));
    }
}
