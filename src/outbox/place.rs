//! Where finished drops lie: each file under its own name, or all files of a drop with the same `-2` behind it.
//! A name that would grow too long is cut.
//!
//! Nothing is overwritten, and no file is laid where it would be taken for part of another drop: beside
//! `NAME.json` lies no `NAME.pdf` that came with something else.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::settle;
use super::{OutboxError, io_error};

/// The longest name of a file, in bytes.
const LONGEST_NAME: usize = 255;
/// An ending longer than this is part of the name.
const LONGEST_ENDING: usize = 20;
/// What the sentence about a refused drop ends with.
pub(super) const ERROR_ENDING: &str = ".error.txt";
/// The endings by which files of one name are parts of one drop.
const FAMILY: [&str; 4] = ["json", "pdf", "eml", "error.txt"];
/// How often a place is looked for anew when somebody else was quicker.
pub(super) const MOST_TRIES: usize = 5;

/// A file of a drop, by what it is called when it is not renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// The sentence about the drop of this name.
    Error(OsString),
    /// What makes the drop: its JSON, its mail file, the PDF of the same name.
    Own(OsString),
    /// A file that it names.
    Attached(OsString),
    /// Any file that goes back to where it lay: it has this name there or none.
    Back(OsString),
}

impl Part {
    /// Its name with this number behind it.
    pub(super) fn with(&self, suffix: &str) -> OsString {
        match self {
            Self::Back(name) => name.clone(),
            Self::Error(stem) => fitted(stem, suffix, ERROR_ENDING),
            Self::Own(name) => {
                let (stem, ending) = split(name);
                // It keeps the name of the sentence about it, which is longer.
                let mut own = cut(stem, suffix, ERROR_ENDING.len().max(ending.len()));
                own.push(ending);
                own
            }
            Self::Attached(name) => {
                let text = name.to_string_lossy().to_lowercase();
                let (stem, ending) = split(name);
                if !text.ends_with(ERROR_ENDING) {
                    return fitted(stem, suffix, &ending);
                }
                // It must not be taken for the sentence about a drop.
                fitted(&OsString::from(format!("{}-{}", stem.to_string_lossy(), mark(stem))), suffix, &ending)
            }
        }
    }

    /// Whether a name that begins so may make it part of a drop.
    fn is_family(&self, target: &OsStr) -> bool {
        !matches!(self, Self::Attached(_) | Self::Back(_)) || settle::kind(target).is_some()
    }
}

/// A name without its ending, and the ending with its dot.
fn split(name: &OsStr) -> (&OsStr, String) {
    let path = Path::new(name);
    match (path.file_stem(), path.extension().and_then(OsStr::to_str)) {
        (Some(stem), Some(ending)) if ending.len() <= LONGEST_ENDING => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    }
}

fn fitted(stem: &OsStr, suffix: &str, ending: &str) -> OsString {
    let mut name = cut(stem, suffix, ending.len());
    name.push(ending);
    name
}

/// A name with a number behind it that leaves room for an ending; of one that is cut a mark of the whole
/// keeps it apart from others that begin alike.
fn cut(stem: &OsStr, suffix: &str, ending: usize) -> OsString {
    let mut name = stem.to_owned();
    if stem.len() + suffix.len() + ending > LONGEST_NAME {
        let mark = mark(stem);
        let text = stem.to_string_lossy();
        let room = LONGEST_NAME.saturating_sub(suffix.len() + ending + mark.len() + 1);
        let end = text.floor_char_boundary(room);
        name = format!("{}-{mark}", text.get(..end).unwrap_or_default()).into();
    }
    name.push(suffix);
    name
}

fn mark(stem: &OsStr) -> String {
    let hash = Sha256::digest(stem.as_encoded_bytes());
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The number behind the name of a drop that was called `original`, without their endings; `None` where it
/// has another name altogether.
pub(super) fn suffix_of(original: &OsStr, name: &str) -> Option<String> {
    let is = |suffix: &str| cut(original, suffix, ERROR_ENDING.len()) == name;
    if is("") {
        return Some(String::new());
    }
    let (_, number) = name.rsplit_once('-')?;
    Some(format!("-{number}")).filter(|suffix| is(suffix))
}

/// Whether a file that was attached as `name` may be called `file` where it lies now: so, or with a number.
pub(super) fn is_called(name: &str, file: &OsStr) -> bool {
    let part = Part::Attached(name.into());
    let number = Path::new(file).file_stem().and_then(OsStr::to_str).and_then(|stem| stem.rsplit_once('-'));
    part.with("") == file || number.is_some_and(|(_, number)| part.with(&format!("-{number}")) == file)
}

/// The mark behind the names of a drop in `queued/` that came with other files, when its own were taken.
pub(super) fn unique_suffix_of(name: &str) -> Option<String> {
    let (_, mark) = name.rsplit_once('-')?;
    let is_unique = mark.len() == 32 && mark.bytes().all(|b| b.is_ascii_hexdigit());
    is_unique.then(|| format!("-{mark}"))
}

/// A number with which all names are free in `dir`; none where they are free as they are.
///
/// In a folder whose drops have no sentence beside them (`told` is false) one that came with other files
/// gets a mark that cannot be part of its name, so that its files are told from those of others.
pub(super) fn free_suffix(dir: &Path, parts: &[Part], told: bool) -> Result<String, OutboxError> {
    let alone = told || !parts.iter().any(|part| matches!(part, Part::Attached(_)));
    let numbers = (2..if alone { 100 } else { 2 }).map(|n| format!("-{n}"));
    // A till that always writes the same name would make the search for the next number long.
    let unique = std::iter::once(format!("-{}", Uuid::now_v7().simple()));
    let mut all = std::iter::once(String::new()).chain(numbers).chain(unique);
    all.find(|suffix| parts.iter().all(|part| is_free(dir, part, suffix)))
        .ok_or_else(|| io_error("written", dir)(io::ErrorKind::AlreadyExists.into()))
}

fn is_free(dir: &Path, part: &Part, suffix: &str) -> bool {
    let target = part.with(suffix);
    if is_there(&dir.join(&target)) {
        return false;
    }
    if !part.is_family(&target) {
        return true;
    }
    let text = target.to_string_lossy();
    let stem = match text.strip_suffix(ERROR_ENDING) {
        Some(stem) => OsString::from(stem),
        None => split(&target).0.to_owned(),
    };
    !relatives(&stem).any(|name| is_there(&dir.join(name)))
}

/// What the files of a drop of this name may be called.
pub(super) fn relatives(stem: &OsStr) -> impl Iterator<Item = OsString> {
    FAMILY.iter().flat_map(|ending| [(*ending).to_owned(), ending.to_uppercase()]).map(move |ending| {
        let mut name = stem.to_owned();
        name.push(".");
        name.push(ending);
        name
    })
}

pub(super) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Moves all files into `dir` with this number, or none: false if a name was taken meanwhile.
pub(super) fn move_all(
    moves: &[(PathBuf, Part)],
    dir: &Path,
    suffix: &str,
) -> Result<Option<Vec<PathBuf>>, OutboxError> {
    let mut done: Vec<(&Path, PathBuf)> = Vec::new();
    for (from, part) in moves {
        let to = dir.join(part.with(suffix));
        match move_new(from, &to) {
            Ok(()) => done.push((from, to)),
            Err(why) => {
                for (from, to) in done.iter().rev() {
                    move_new(to, from).map_err(io_error("moved", to))?;
                }
                if why.kind() == io::ErrorKind::AlreadyExists {
                    return Ok(None);
                }
                return Err(io_error("moved", from)(why));
            }
        }
    }
    Ok(Some(done.into_iter().map(|(_, to)| to).collect()))
}

/// Moves all files into `dir` under free names that share a number; says where they are.
pub(super) fn move_in(
    moves: &[(PathBuf, Part)],
    dir: &Path,
    told: bool,
) -> Result<Vec<PathBuf>, OutboxError> {
    let parts: Vec<Part> = moves.iter().map(|(_, part)| part.clone()).collect();
    for _ in 0..MOST_TRIES {
        if let Some(targets) = move_all(moves, dir, &free_suffix(dir, &parts, told)?)? {
            return Ok(targets);
        }
    }
    Err(io_error("written", dir)(io::ErrorKind::AlreadyExists.into()))
}

/// Renames a file unless something has the new name: [`io::ErrorKind::AlreadyExists`] then.
pub(super) fn move_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Some network shares cannot; there are other ways.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
            done => return Ok(done?),
        }
    }
    link_new(from, to)
}

/// The same by a second name for the file; where it can have but one, by a look and a rename.
fn link_new(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from).inspect_err(|_| {
            let _ = fs::remove_file(to);
        }),
        // A crash between the two steps left it both names.
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists && is_same(from, to) => fs::remove_file(from),
        Err(why) if matches!(why.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => Err(why),
        Err(_) if is_there(to) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

#[cfg(unix)]
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path| fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    identity(one).is_some_and(|this| identity(other) == Some(this))
}

#[cfg(not(unix))]
fn is_same(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_moved_and_nothing_replaced_also_where_files_can_only_be_linked() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = |name: &str| dir.path().join(name);
        for way in [move_new, link_new] {
            for name in ["a", "b"] {
                fs::write(path(name), name).unwrap();
            }
            assert_eq!(way(&path("a"), &path("b")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(way(&path("none"), &path("c")).unwrap_err().kind(), io::ErrorKind::NotFound);
            way(&path("a"), &path("c")).unwrap();
            assert_eq!(
                (fs::read(path("b")).unwrap(), fs::read(path("c")).unwrap()),
                (b"b".into(), b"a".into())
            );
            assert!(!path("a").exists());
            fs::remove_file(path("c")).unwrap();
        }
        #[cfg(unix)]
        {
            fs::hard_link(path("b"), path("c")).unwrap();
            link_new(&path("b"), &path("c")).unwrap();
            assert!(!path("b").exists() && path("c").exists());
        }
    }

    #[test]
    fn names_fit_stay_apart_and_are_told_from_one_another() {
        let long = |last: &str| OsString::from(format!("{}{last}", "ż".repeat(122)));
        for (suffix, name) in [("", "sale"), ("-2", "sale"), ("-2", "sale-2"), ("-33", "a.b")] {
            let Part::Error(original) = Part::Error(name.into()) else { return };
            let stem = cut(&original, suffix, ERROR_ENDING.len()).into_string().unwrap();
            assert_eq!(stem, format!("{name}{suffix}"));
            assert_eq!(suffix_of(&original, &stem).as_deref(), Some(suffix));
        }
        assert_eq!(suffix_of("sale".as_ref(), "sales-2"), None);
        for suffix in ["", "-2", "-0123456789abcdef0123456789abcdef"] {
            let mut names = std::collections::HashSet::new();
            for last in ["abcdef", "abcdeg"] {
                let stem = long(last);
                let json = Part::Own(format!("{}.json", stem.to_string_lossy()).into()).with(suffix);
                let error = Part::Error(stem.clone()).with(suffix);
                let text = error.to_string_lossy().into_owned();
                let stem_there = text.strip_suffix(ERROR_ENDING).unwrap();
                assert_eq!(json.to_string_lossy(), format!("{stem_there}.json"));
                assert_eq!(suffix_of(&stem, stem_there).as_deref(), Some(suffix));
                assert!(error.len() <= LONGEST_NAME, "{error:?}");
                assert!(names.insert(json) && names.insert(error));
                let photo = Part::Attached(format!("{}abc.jpg", stem.to_string_lossy()).into()).with(suffix);
                assert!(photo.len() <= LONGEST_NAME && names.insert(photo));
            }
        }
        assert_ne!(Part::Attached("a.error.txt".into()).with(""), Part::Error("a".into()).with(""));
        assert_eq!(unique_suffix_of("sale-2"), None);
    }
}
