//! What becomes of files that were refused, once a person has looked at them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::claim::reserve;
use super::drop::is_plain;
use super::{OutboxError, io_error, settle};

/// Puts a refused drop back into the folder to be tried again, with the files it was refused with, named
/// `with`. The sentence that said why goes to `failed/done/`. False where there is no such drop.
///
/// # Errors
/// The files cannot be moved; what was moved before stays where it is.
pub fn try_again(folder: &Path, name: &str, with: &[String]) -> Result<bool, OutboxError> {
    let failed = folder.join("failed");
    let Some((reason, files)) = of(&failed, name) else { return Ok(false) };
    let with = with.iter().filter(|name| beside(folder, name).is_some());
    let mut all: Vec<OsString> = with.map(OsString::from).filter(|name| !files.contains(name)).collect();
    all.extend(files);
    moved(&failed, &all, folder)?;
    moved(&failed, &[reason], &failed.join("done"))?;
    Ok(true)
}

/// Where the file of a refused drop is that has this ending, in small or in capital letters.
#[must_use]
pub fn file_of(folder: &Path, name: &str, ending: &str) -> Option<PathBuf> {
    let endings = [ending.to_owned(), ending.to_uppercase()];
    endings.iter().find_map(|ending| beside(folder, &format!("{name}.{ending}")))
}

/// Where a file lies that a refused drop named, if it came along.
#[must_use]
pub fn beside(folder: &Path, file: &str) -> Option<PathBuf> {
    let path = folder.join("failed").join(file);
    (is_plain(file) && path.is_file()).then_some(path)
}

/// Moves a refused drop and the sentence that said why to `failed/done/`, where nobody is told of it any
/// more. False where there is no such drop.
///
/// # Errors
/// The files cannot be moved.
pub fn set_aside(folder: &Path, name: &str) -> Result<bool, OutboxError> {
    let failed = folder.join("failed");
    let Some((reason, mut files)) = of(&failed, name) else { return Ok(false) };
    files.push(reason);
    moved(&failed, &files, &failed.join("done"))?;
    Ok(true)
}

/// The sentence about a refused drop and its own files, the one that makes it a drop last.
fn of(failed: &Path, name: &str) -> Option<(OsString, Vec<OsString>)> {
    let reason = format!("{name}.error.txt");
    if !is_plain(&reason) || !failed.join(&reason).is_file() {
        return None;
    }
    let entries = fs::read_dir(failed).ok()?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    let own = |file: &OsString| {
        Path::new(file).file_stem() == Some(OsStr::new(name)) && settle::kind(file).is_some()
    };
    let mut files: Vec<OsString> = names.filter(own).collect();
    files.sort_by_key(|file| settle::kind(file) != Some(settle::Kind::Pdf));
    Some((reason.into(), files))
}

fn moved(from: &Path, names: &[OsString], to: &Path) -> Result<(), OutboxError> {
    fs::create_dir_all(to).map_err(io_error("made", to))?;
    let borrowed: Vec<&OsStr> = names.iter().map(OsString::as_os_str).collect();
    for (name, target) in names.iter().zip(reserve(to, &borrowed)?) {
        let path = from.join(name);
        fs::rename(&path, &target).map_err(io_error("moved", &path))?;
    }
    Ok(())
}
