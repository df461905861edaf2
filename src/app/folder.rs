//! The outbox folder as a person sees it, with those of the channels inside it.

use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::drafts::keeps;
use super::files::{Listed, listed};
use super::{App, Draft, Error, Kind};
use crate::domain::{Millis, say};
use crate::outbox::{self, LARGEST_FILE, OutboxError};
use crate::store::LastTaken;
use crate::wire::{AttachmentShape, InputFile, MailFile, MailRequest};

/// Files that could not be taken, shown at most.
const MOST_SHOWN: usize = 50;
/// The longest reason that is read.
const LONGEST_REASON: usize = 4000;

/// The outbox folder.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// What the file that was taken last became.
    pub last_taken: Option<LastTaken>,
    /// Files in it that were not taken yet.
    pub waiting: usize,
    /// Files that could not be taken, newest first.
    pub failed: Vec<FailedFile>,
}

/// A file that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedFile {
    /// Its name without its ending; `FOLDER/NAME` in the folder of a channel.
    pub name: String,
    /// When it was refused.
    pub at: Option<Millis>,
    /// Why.
    pub reason: String,
    /// Whether a mail can be written of it: it has a PDF, or words for one.
    pub writable: bool,
}

impl App {
    /// What lies in the outbox folder, and what could not be taken.
    ///
    /// # Errors
    /// [`Kind::DataFile`] when the folder cannot be read.
    pub fn folder(&self) -> Result<Folder, Error> {
        let path = self.outbox();
        let (mut waiting, mut failed) = (0, Vec::new());
        for (prefix, folder) in self.folders()? {
            waiting += seen(&folder)?.len() + outbox::in_hand(&folder);
            for Listed { name, at, .. } in seen(&folder.join("failed"))? {
                let Some(name) = name.strip_suffix(".error.txt") else { continue };
                failed.push((at, format!("{prefix}{name}"), folder.join("failed").join(name)));
            }
        }
        failed.sort_by(|a, b| b.cmp(a));
        failed.truncate(MOST_SHOWN);
        let failed = failed.into_iter().map(|(at, name, path)| {
            let folder = path.parent().and_then(Path::parent).unwrap_or(&path);
            let own = name.rsplit_once('/').map_or(name.as_str(), |(_, own)| own);
            let writable = outbox::file_of(folder, own, "pdf").is_some() || words_of(folder, own).is_some();
            // Moved away since it was listed: the person is quicker than we are.
            let text = begin(&with(&path, ".error.txt"), 4 * LONGEST_REASON as u64).unwrap_or_default();
            let reason = String::from_utf8_lossy(&text).trim().chars().take(LONGEST_REASON).collect();
            FailedFile { name, at, reason, writable }
        });
        let failed = failed.collect();
        Ok(Folder { path, last_taken: self.store.read(|reader| reader.last_taken())?, waiting, failed })
    }

    /// Puts a file that could not be taken back into its folder, with the files that came with it.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none of this name; [`Kind::Conflict`] while one of its files' names is
    /// taken in the folder, or where nobody knows which files came with it; [`Kind::DataFile`] when it cannot be moved.
    pub fn try_file_again(&self, name: &str) -> Result<(), Error> {
        let (folder, own) = self.failed_file(name)?;
        knows_its_files(&folder, &own, words_of(&folder, &own).as_ref())?;
        match outbox::try_again(&folder, &own) {
            Err(OutboxError::Taken(file)) => Err(Error::new(
                Kind::Conflict,
                say!(
                    "\"{file}\" lies in the outbox folder, from another sale perhaps. Try again once it has been taken.",
                    file
                ),
            )),
            done => found(done?, name),
        }
    }

    /// Makes a draft of a file that could not be taken, with its PDF and its words as far as there are
    /// any, and sets it aside: a person says whom it is for.
    ///
    /// # Errors
    /// As [`App::try_file_again`], when no mail can be written of it; [`Kind::BadInput`] when it is too
    /// large for a draft.
    pub fn draft_of_file(&self, name: &str) -> Result<Draft, Error> {
        let (folder, own) = self.failed_file(name)?;
        let words = words_of(&folder, &own);
        if words.is_none() && outbox::file_of(&folder, &own, "pdf").is_none() {
            return Err(not_there(name));
        }
        knows_its_files(&folder, &own, words.as_ref())?;
        let MailFile { mail, attachments, .. } = words.unwrap_or_default();
        let mut files = outbox::came_with(&folder, &own);
        // The PDF of its name, then the others in the order in which the words name them.
        files.sort_by_key(|(name, _)| attachments.iter().position(|wanted| wanted == name));
        let files = files.into_iter().map(|(name, path)| attached(name, &path));
        let request = MailRequest {
            client_ref: None,
            mail,
            document: None,
            attachments: files.collect::<Result<_, _>>()?,
        };
        let draft = self.begin_draft(&request)?;
        // Should this fail, there are the draft and the file: a person sees both, nothing is sent twice.
        if !outbox::set_aside(&folder, &own)? {
            // Somebody else was quicker: theirs is the draft.
            self.drop_draft(draft.row.uuid, None)?;
            return Err(not_there(name));
        }
        Ok(draft)
    }

    /// Sets a file that could not be taken aside, into `failed/done/` of its folder.
    ///
    /// # Errors
    /// As [`App::try_file_again`].
    pub fn set_file_aside(&self, name: &str) -> Result<(), Error> {
        let (folder, own) = self.failed_file(name)?;
        found(outbox::set_aside(&folder, &own)?, name)
    }

    /// The folder of a failed file, and its name there.
    fn failed_file(&self, name: &str) -> Result<(PathBuf, String), Error> {
        let (prefix, own) = name.rsplit_once('/').map_or(("", name), |(folder, own)| (folder, own));
        let mut folders = self.folders()?.into_iter();
        let folder = folders.find(|(known, _)| known.trim_end_matches('/') == prefix);
        folder.map_or_else(|| Err(not_there(name)), |(_, folder)| Ok((folder, own.to_owned())))
    }

    /// The outbox and the folders of channels in it, each with what stands before names there.
    fn folders(&self) -> Result<Vec<(String, PathBuf)>, Error> {
        let outbox = self.outbox();
        let channels = self.channels()?.into_iter().filter_map(|channel| channel.folder);
        let inside = channels.map(|folder| (format!("{folder}/"), outbox.join(&folder)));
        Ok(std::iter::once((String::new(), outbox.clone())).chain(inside).collect())
    }
}

/// The words of a refused mail, where they can be read.
fn words_of(folder: &Path, name: &str) -> Option<MailFile> {
    let file = outbox::file_of(folder, name, "json")?;
    if std::fs::metadata(&file).ok()?.len() > LARGEST_FILE {
        return None;
    }
    let json = begin(&file, LARGEST_FILE)?;
    match InputFile::read(&json) {
        Ok(InputFile::Mail(mail)) => Some(*mail),
        _ => None,
    }
}

/// Refuses what would send a mail with another's file, or without its own.
fn knows_its_files(folder: &Path, name: &str, words: Option<&MailFile>) -> Result<(), Error> {
    let wanted = words.map(|words| words.attachments.as_slice()).unwrap_or_default();
    outbox::doubtful(folder, name, wanted).map_or(Ok(()), |file| {
        Err(Error::new(
            Kind::Conflict,
            say!(
                "It was refused by an earlier version of Tillpost, which did not note whether \"{file}\" came with it. Put it into the outbox folder again with its files.",
                file
            ),
        ))
    })
}

/// What a file begins with; nothing of one that is no file.
fn begin(path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A file as a draft carries it.
fn attached(name: String, path: &Path) -> Result<AttachmentShape, Error> {
    let wrong = |e| Error::new(Kind::DataFile, format!("{} cannot be read: {e}.", path.display()));
    keeps(usize::try_from(std::fs::metadata(path).map_err(wrong)?.len()).unwrap_or(usize::MAX))?;
    let bytes = std::fs::read(path).map_err(wrong)?;
    Ok(AttachmentShape { name, content: STANDARD.encode(bytes) })
}

/// The path with this behind its last name.
fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn found(there: bool, name: &str) -> Result<(), Error> {
    if there { Ok(()) } else { Err(not_there(name)) }
}

fn not_there(name: &str) -> Error {
    Error::new(Kind::NotFound, say!("There is no refused file called \"{name}\".", name))
}

/// Files that are neither hidden nor still being written under a hidden name.
fn seen(folder: &Path) -> Result<Vec<Listed>, Error> {
    let mut found = listed(folder)?;
    found.retain(|file| !file.name.starts_with('.'));
    Ok(found)
}
