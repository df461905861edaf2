//! What becomes of files that were refused, once a person has looked at them.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::claim::children;
use super::drop::is_plain;
use super::place::{self, ERROR_ENDING, Part};
use super::{OutboxError, io_error, settle};

/// How much of a sentence about a drop is read, in bytes.
const LONGEST_SENTENCE: u64 = 256 * 1024;

const NOT_TAKEN: &str = " was not taken.";
const CORRECT: &str = "Correct this and put it into the outbox again.";
/// What stands before the names of the files that came with a drop.
const CAME_WITH: &str = "It came with:";

/// What lies beside a refused drop: its name and why it was refused, and which files came with it under which
/// names. Of other files there nobody knows whose they are.
pub(super) fn sentence<'a>(name: &str, reason: &str, came_with: impl Iterator<Item = &'a str>) -> String {
    let mut text = format!("{name}{NOT_TAKEN}\n\n{reason}\n\n{CORRECT}\n");
    for (i, name) in came_with.enumerate() {
        if i == 0 {
            text.push_str(&format!("\n{CAME_WITH}\n"));
        }
        text.push_str(&format!("{name}\n"));
    }
    text
}

/// The name of a drop and of the files that came with it, from the sentence about it.
fn read(sentence: &str) -> Option<(String, Vec<String>)> {
    let text = sentence.replace("\r\n", "\n");
    let name = text.lines().next()?.strip_suffix(NOT_TAKEN)?.to_owned();
    let list = text.rsplit_once(&format!("{CORRECT}\n\n{CAME_WITH}\n")).map(|(_, list)| list);
    let names: Vec<String> = list.unwrap_or_default().trim_end().lines().map(str::to_owned).collect();
    // Behind the list stands nothing: this was quoted from the file itself.
    let is_list = names.iter().all(|name| is_plain(name));
    Some((name, if is_list { names } else { Vec::new() }))
}

/// A refused drop, each file with the name it was dropped under.
struct Failed {
    own: Vec<(PathBuf, OsString)>,
    attached: Vec<(PathBuf, String)>,
    sentence: PathBuf,
    /// The name that the sentence about it is called by.
    stem: OsString,
}

impl Failed {
    /// The drop of this name in `failed/` or below; `None` where there is none.
    fn find(place: &Path, name: &str) -> Option<Self> {
        let file = format!("{name}{ERROR_ENDING}");
        let sentence = place.join(&file);
        if !is_plain(&file) || !sentence.is_file() {
            return None;
        }
        let mut text = Vec::new();
        let read_to_end = settle::open(&sentence).map(|f| f.take(LONGEST_SENTENCE).read_to_end(&mut text));
        let told = read_to_end.ok().and_then(|_| read(&String::from_utf8_lossy(&text)));
        let known = told.and_then(|(original, names)| {
            let stem = Path::new(&original).file_stem()?.to_owned();
            let suffix = place::suffix_of(&stem, name)?;
            Some((stem, suffix, names))
        });
        let stem = known.as_ref().map_or_else(|| OsString::from(name), |(stem, ..)| stem.clone());
        let is_own = |file: &OsString| {
            Path::new(file).file_stem() == Some(name.as_ref()) && settle::kind(file).is_some()
        };
        let files = children(place).unwrap_or_default().into_iter().filter(is_own);
        let mut own: Vec<_> = files
            .map(|file| {
                let mut original = stem.clone();
                original.push(".");
                original.push(Path::new(&file).extension().unwrap_or_default());
                (place.join(file), original)
            })
            .collect();
        // The one that makes it a drop last.
        own.sort_by_key(|(_, name)| settle::kind(name) != Some(settle::Kind::Pdf));
        let mut attached = Vec::new();
        if let Some((_, suffix, names)) = known {
            for name in names {
                let path = place.join(Part::Attached(OsString::from(&name)).with(&suffix));
                if is_file(&path) && !own.iter().any(|(other, _)| *other == path) {
                    attached.push((path, name));
                }
            }
        }
        Some(Self { own, attached, sentence, stem })
    }

    fn files(&self, part: impl Fn(OsString, bool) -> Part) -> Vec<(PathBuf, Part)> {
        let attached = self.attached.iter().map(|(path, name)| (path.clone(), part(name.into(), false)));
        let own = self.own.iter().map(|(path, name)| (path.clone(), part(name.clone(), true)));
        attached.chain(own).collect()
    }
}

/// Puts a refused drop back into the folder to be tried again, with the files that came with it, all under
/// the names they had. The sentence that said why goes to `failed/done/`. False where there is no such drop.
///
/// # Errors
/// [`OutboxError::Taken`] while one of the names is taken there: nothing was moved. The files cannot be moved;
/// what was moved before stays where it is.
pub fn try_again(folder: &Path, name: &str) -> Result<bool, OutboxError> {
    let failed = folder.join("failed");
    let Some(drop) = Failed::find(&failed, name) else { return Ok(false) };
    let moves = drop.files(|name, _| Part::Back(name));
    let own = drop.own.iter().map(|(_, name)| name.clone());
    // What lies there under the drop's name would be taken for a part of it.
    let wanted = drop.attached.iter().map(|(_, name)| name.into());
    let names: Vec<OsString> =
        place::relatives(&drop.stem).filter(|_| !drop.own.is_empty()).chain(own).chain(wanted).collect();
    let taken = |name: OsString| OutboxError::Taken(name.to_string_lossy().into_owned());
    if let Some(name) = names.into_iter().find(|name| place::is_there(&folder.join(name))) {
        return Err(taken(name));
    }
    match place::move_all(&moves, folder, "") {
        Ok(Some(_)) => aside(&failed, &[(drop.sentence, Part::Error(drop.stem))]),
        Ok(None) => Err(taken(drop.own.last().map(|(_, name)| name.clone()).unwrap_or_default())),
        Err(error) => or_gone(error),
    }
}

/// Where the file of a refused drop is that has this ending, in small or in capital letters.
#[must_use]
pub fn file_of(folder: &Path, name: &str, ending: &str) -> Option<PathBuf> {
    let failed = folder.join("failed");
    let endings = [ending.to_owned(), ending.to_uppercase()];
    let names = endings.iter().map(|ending| format!("{name}.{ending}"));
    names.filter(|file| is_plain(file)).map(|file| failed.join(file)).find(|path| is_file(path))
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file())
}

/// A file among the refused ones of which nobody knows whether it came with the drop that wants it: the
/// sentences of earlier versions of Tillpost do not say. `wanted` is what the drop names as attachments.
#[must_use]
pub fn doubtful(folder: &Path, name: &str, wanted: &[String]) -> Option<String> {
    let failed = folder.join("failed");
    let drop = Failed::find(&failed, name)?;
    let came = |wanted: &str| {
        drop.attached.iter().any(|(_, name)| name == wanted)
            || drop.own.iter().any(|(_, name)| name == wanted)
    };
    let files = children(&failed).unwrap_or_default();
    let lie = |wanted: &str| -> Vec<PathBuf> {
        let named = files.iter().filter(|file| place::is_called(wanted, file));
        named.map(|file| failed.join(file)).filter(|path| is_file(path)).collect()
    };
    let missing = wanted.iter().filter(|wanted| !came(wanted)).map(|wanted| (wanted, lie(wanted)));
    let mut missing = missing.filter(|(_, lie)| !lie.is_empty()).peekable();
    missing.peek()?;
    let told = files.iter().filter_map(|file| file.to_str()?.strip_suffix(ERROR_ENDING));
    let told = told.filter_map(|name| Failed::find(&failed, name));
    let theirs: HashSet<PathBuf> =
        told.flat_map(|drop| drop.files(|name, _| Part::Back(name))).map(|(path, _)| path).collect();
    let (wanted, _) = missing.find(|(_, lie)| lie.iter().any(|path| !theirs.contains(path)))?;
    Some(wanted.clone())
}

/// The files that came with a refused drop, its PDF first: the name each had, and where it lies.
#[must_use]
pub fn came_with(folder: &Path, name: &str) -> Vec<(String, PathBuf)> {
    let Some(drop) = Failed::find(&folder.join("failed"), name) else { return Vec::new() };
    let pdf = drop.own.into_iter().filter(|(path, name)| {
        // Not what a link leads to.
        settle::kind(name) == Some(settle::Kind::Pdf) && is_file(path)
    });
    let pdf = pdf.map(|(path, name)| (name.to_string_lossy().into_owned(), path));
    pdf.chain(drop.attached.into_iter().map(|(path, name)| (name, path))).collect()
}

/// Everything that belongs to the refused drop in `place` whose sentence is called by `name`, the sentence
/// too.
pub(super) fn all_of(place: &Path, name: &str) -> Vec<PathBuf> {
    let Some(drop) = Failed::find(place, name) else { return Vec::new() };
    let files = drop.files(|name, _| Part::Back(name)).into_iter().map(|(path, _)| path);
    files.chain(std::iter::once(drop.sentence)).collect()
}

/// Moves a refused drop with all that came with it and the sentence that said why to `failed/done/`, where
/// nobody is told of it any more. False where there is no such drop.
///
/// # Errors
/// The files cannot be moved.
pub fn set_aside(folder: &Path, name: &str) -> Result<bool, OutboxError> {
    let failed = folder.join("failed");
    let Some(drop) = Failed::find(&failed, name) else { return Ok(false) };
    let mut moves = drop.files(|name, is_own| if is_own { Part::Own(name) } else { Part::Attached(name) });
    moves.push((drop.sentence, Part::Error(drop.stem)));
    aside(&failed, &moves)
}

/// Moves files to `failed/done/`; false where somebody else was quicker.
fn aside(failed: &Path, moves: &[(PathBuf, Part)]) -> Result<bool, OutboxError> {
    let done = failed.join("done");
    fs::create_dir_all(&done).map_err(io_error("made", &done))?;
    place::move_in(moves, &done, true).map_or_else(or_gone, |_| Ok(true))
}

/// False where a file could not be moved because it is gone: somebody else was quicker.
fn or_gone(error: OutboxError) -> Result<bool, OutboxError> {
    match error {
        OutboxError::Io { path, why, .. }
            if why.kind() == io::ErrorKind::NotFound && !place::is_there(&path) =>
        {
            Ok(false)
        }
        error => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_its_files_and_nothing_quoted_does() {
        let files = ["a b.txt", "c.pdf"];
        let (name, names) = read(&sentence("sale.json", "No.", files.into_iter())).unwrap();
        assert_eq!((name.as_str(), names), ("sale.json", files.map(str::to_owned).to_vec()));
        let quoted = format!("No: \"{CORRECT}\n\n{CAME_WITH}\nhers.txt\n\"");
        assert_eq!(read(&sentence("x.json", &quoted, [].into_iter())).unwrap().1, [""; 0]);
        assert_eq!(read(&sentence("x.json", &quoted, files.into_iter())).unwrap().1, files);
        assert_eq!(
            read(&sentence("x.json", "No.", files.into_iter()).replace('\n', "\r\n")).unwrap().1,
            files
        );
    }
}
