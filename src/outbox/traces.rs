//! Finished drops that name somebody: the one reason for which files of the folder are deleted.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::LARGEST_FILE;
use super::claim::{End, children, with_suffix};
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
        named.waiting += drops(&folder, address).len();
        let aside = folder.join("failed/done");
        for place in ended.map(|word| folder.join(word)).into_iter().chain([aside]) {
            named.finished.extend(drops(&place, address).iter().flat_map(|main| with_companions(main)));
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
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A drop's own file, and what came with it: the PDF and the error file of its name, its attachments.
fn with_companions(main: &Path) -> Vec<PathBuf> {
    #[derive(Deserialize)]
    struct Lists {
        #[serde(default)]
        attachments: Vec<String>,
    }
    let mut all = vec![main.to_owned(), main.with_extension("error.txt")];
    if main.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        all.push(main.with_extension("pdf"));
        let lists: Option<Lists> = text(main).and_then(|text| serde_json::from_str(&text).ok());
        let suffix = taken_suffix(main);
        for name in lists.map(|lists| lists.attachments).unwrap_or_default() {
            // A name that leads elsewhere was never an attachment.
            if Path::new(&name).file_name().is_some_and(|plain| plain == name.as_str()) {
                all.push(main.with_file_name(with_suffix(name.as_ref(), &suffix)));
            }
        }
    }
    all.retain(|path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file()));
    all
}

/// The `-2` that a drop's files got because its name was taken; nothing where it has its own name.
fn taken_suffix(main: &Path) -> String {
    let stem = main.file_stem().unwrap_or_default().to_string_lossy();
    let numbered = stem.rsplit_once('-').filter(|(first, number)| {
        let ending = main.extension().unwrap_or_default().to_string_lossy();
        let taken = main.with_file_name(format!("{first}.{ending}")).exists();
        taken && !number.is_empty() && number.bytes().all(|b| b.is_ascii_hexdigit())
    });
    numbered.map(|(_, number)| format!("-{number}")).unwrap_or_default()
}
