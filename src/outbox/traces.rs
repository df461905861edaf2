//! Finished drops that name somebody: the one reason for which files of the folder are deleted.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::LARGEST_FILE;
use super::claim::{self, End, children};
use super::place::{self, ERROR_ENDING, Part};
use super::refused;
use super::settle::{self, Kind};
use crate::domain::EmailAddress;

/// What names a person in an outbox folder and the folders of channels in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The files of drops in `queued/` and `failed/`.
    pub finished: Vec<PathBuf>,
    /// Drops that were not taken yet.
    pub waiting: usize,
}

/// Looks for what names `address` in the outbox folder `dir`. What an attachment says is not looked into;
/// the attachments of a drop that names somebody are found with it.
#[must_use]
pub fn naming(dir: &Path, address: &EmailAddress) -> Named {
    let mut named = Named::default();
    let channels = children(dir).unwrap_or_default().into_iter().map(|name| dir.join(name));
    for folder in std::iter::once(dir.to_owned()).chain(channels.filter(|path| path.is_dir())) {
        let ended = [End::Queued, End::Failed].map(End::word);
        let is_ended = folder.file_name().is_some_and(|name| ended.iter().any(|word| name == *word));
        // The folder's own `queued/` and `failed/` are looked at with it, not as channels.
        if is_ended && folder != *dir {
            continue;
        }
        let claimed = claim::all(&folder).into_iter().map(|claim| claim.join("main"));
        let open = std::iter::once(folder.clone()).chain(claimed);
        named.waiting += open.map(|place| drops(&place, address).len()).sum::<usize>();
        let queued = folder.join(End::Queued.word());
        named.finished.extend(drops(&queued, address).iter().flat_map(|main| with_companions(main)));
        let failed = folder.join(End::Failed.word());
        for place in [failed.join("done"), failed] {
            named.finished.extend(drops(&place, address).iter().flat_map(|main| all_of_refused(main)));
        }
    }
    named.finished.sort();
    named.finished.dedup();
    named
}

/// The JSON, mail and error files of a folder that name somebody.
fn drops(folder: &Path, address: &EmailAddress) -> Vec<PathBuf> {
    let is_drop = |name: &std::ffi::OsString| {
        matches!(settle::kind(name), Some(Kind::Json | Kind::Eml))
            || name.to_string_lossy().ends_with(".error.txt")
    };
    let names = children(folder).unwrap_or_default().into_iter().filter(is_drop);
    let files = names.map(|name| folder.join(name));
    files.filter(|path| text(path).is_some_and(|text| address.is_named_in(&text))).collect()
}

fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    settle::open(path).ok()?.take(LARGEST_FILE).read_to_end(&mut bytes).ok()?;
    // Windows editors put a mark in front.
    let text = String::from_utf8_lossy(&bytes).trim_start_matches('\u{FEFF}').to_owned();
    // Many programs write letters beyond ASCII, and some the @, by their numbers.
    if settle::kind(path.file_name()?) == Some(Kind::Json)
        && text.contains("\\u")
        && let Ok(json) = serde_json::from_str::<serde_json::Value>(&text)
    {
        return Some(json.to_string());
    }
    Some(text)
}

/// Files that were claimed and are not ended yet.
#[must_use]
pub fn in_hand(dir: &Path) -> usize {
    let inside = |claim: &PathBuf| [claim.join("main"), claim.join("attached")];
    let places = claim::all(dir);
    places.iter().flat_map(inside).map(|place| children(&place).map_or(0, |names| names.len())).sum()
}

/// A refused drop's own file, and all that came with it; the file alone where nothing is told of it.
fn all_of_refused(main: &Path) -> Vec<PathBuf> {
    let name = main.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(ERROR_ENDING).map(str::to_owned);
    let stem = stem.or_else(|| Some(main.file_stem()?.to_string_lossy().into_owned()));
    let mut all = refused::all_of(main.parent().unwrap_or(main), &stem.unwrap_or_default());
    all.push(main.to_owned());
    all
}

/// The file of a drop that was taken, and what came with it: the PDF of its name, its attachments.
fn with_companions(main: &Path) -> Vec<PathBuf> {
    #[derive(Deserialize)]
    struct Lists {
        #[serde(default)]
        attachments: Vec<String>,
    }
    let mut all = vec![main.to_owned()];
    if main.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        all.extend(["pdf", "PDF"].map(|ending| main.with_extension(ending)));
        let lists: Option<Lists> = text(main).and_then(|text| serde_json::from_str(&text).ok());
        let mut names = lists.map(|lists| lists.attachments).unwrap_or_default();
        // A name that leads elsewhere was never an attachment.
        names.retain(|name| Path::new(name).file_name().is_some_and(|plain| plain == name.as_str()));
        all.extend(attached_of(main, &names));
    }
    all.retain(|path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file()));
    all
}

/// Where the attachments of a drop lie that was taken.
fn attached_of(main: &Path, names: &[String]) -> Vec<PathBuf> {
    let with = |suffix: &str| -> Vec<PathBuf> {
        let parts = names.iter().map(|name| Part::Attached(name.into()));
        parts.map(|part| main.with_file_name(part.with(suffix))).collect()
    };
    let stem = main.file_stem().unwrap_or_default().to_string_lossy();
    let is_there = |path: &PathBuf| place::is_there(path);
    // The drop's own name may end so too.
    let marked = place::unique_suffix_of(&stem).map(|suffix| with(&suffix));
    if let Some(marked) = marked.filter(|paths| paths.iter().any(is_there)) {
        return marked;
    }
    // Earlier versions laid them there as `NAME-2`, beside a drop whose own name may end so too.
    let numbered = stem.rsplit_once('-').filter(|(_, number)| number.bytes().all(|b| b.is_ascii_digit()));
    let (plain, Some((first, number))) = (with(""), numbered) else { return with("") };
    let numbered = with(&format!("-{number}"));
    let before = main.with_file_name(format!("{first}.json"));
    let is_numbered =
        numbered.iter().all(is_there) && (!plain.iter().all(is_there) || place::is_there(&before));
    if is_numbered { numbered } else { plain }
}
