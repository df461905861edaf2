//! From the outbox folder into the queue.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{App, Error, Kind, OutgoingFile, clock};
use crate::domain::{Invalid, say};
use crate::outbox::{Drop, LARGEST_FILE as LARGEST_DROP, Outbox, OutboxError, PATIENCE, Watcher};
use crate::store::{ChannelRow, FaultPoint, FolderDrop};
use crate::wire::{InputFile, LARGEST_FILE, MailFile};

/// How often the folder is looked at when no event comes.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How soon it is looked at again while a file in it is not complete.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// Files that a refused mail takes along, at most.
const MOST_GATHERED: usize = 100;

/// Takes files from the outbox folder.
#[derive(Clone)]
pub struct Intake {
    app: App,
    outbox: Arc<Outbox>,
    /// The folders of channels, as they were opened.
    channels: Arc<Mutex<HashMap<String, Arc<Outbox>>>>,
}

/// What became of one drop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The name it had.
    pub name: String,
    /// Why it was refused; `None` when it was queued.
    pub problem: Option<String>,
}

/// What a drop came to.
enum Outcome {
    Queued,
    NotYet,
    /// It cannot be worked on now, and perhaps later.
    Trouble(Error),
    Refused(Error),
}

/// What a look at the folders came to.
#[derive(Default)]
struct Look {
    taken: Vec<Taken>,
    /// Whether something may be complete soon.
    pending: bool,
    /// What went wrong first.
    trouble: Option<Error>,
}

impl Look {
    /// Notes what went wrong where the work goes on.
    fn note(&mut self, done: Result<(), Error>) {
        if let Err(error) = done {
            self.trouble.get_or_insert(error);
        }
    }
}

impl Intake {
    /// Opens the outbox folder of `app`, creating it where needed.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(app: &App) -> Result<Self, Error> {
        let outbox = Arc::new(Outbox::open(&app.made_outbox())?);
        Ok(Self { app: app.clone(), outbox, channels: Arc::default() })
    }

    /// Takes every complete file there is now.
    ///
    /// # Errors
    /// When a folder cannot be read, or the data file cannot be used: the files wait.
    pub fn scan(&self) -> Result<Vec<Taken>, Error> {
        self.look().map(|(taken, _)| taken)
    }

    fn look(&self) -> Result<(Vec<Taken>, bool), Error> {
        let mut look = Look::default();
        let done = self.look_in(&self.outbox, None, &mut look);
        look.note(done);
        for channel in self.app.channels()? {
            let Some(folder) = channel.folder.clone() else { continue };
            // A folder in trouble holds up no other.
            let done = self.outbox_of(folder).and_then(|it| self.look_in(&it, Some(&channel), &mut look));
            look.note(done);
        }
        match look.trouble {
            Some(error) => Err(error),
            None => Ok((look.taken, look.pending)),
        }
    }

    /// The folder of a channel, made where it is missing.
    fn outbox_of(&self, folder: String) -> Result<Arc<Outbox>, Error> {
        let mut open = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outbox) = open.get(&folder) {
            return Ok(Arc::clone(outbox));
        }
        let outbox = Arc::new(Outbox::open(&self.app.outbox().join(&folder))?);
        open.insert(folder, Arc::clone(&outbox));
        Ok(outbox)
    }

    fn look_in(&self, outbox: &Outbox, channel: Option<&ChannelRow>, look: &mut Look) -> Result<(), Error> {
        let scan = outbox.scan(clock::monotonic())?;
        if !scan.claimed.is_empty() {
            FaultPoint::FilesClaimed.pass();
        }
        look.pending |= scan.pending;
        for refused in scan.refused {
            tracing::warn!(file = %refused.name, "refused a file; the reason lies beside it in failed/");
            look.taken.push(Taken { name: refused.name, problem: Some(refused.reason) });
        }
        for mut drop in scan.claimed {
            let name = drop.original_name().to_owned();
            let done = match self.take(&mut drop, channel) {
                Outcome::Queued => {
                    FaultPoint::FileQueued.pass();
                    look.taken.push(Taken { name, problem: None });
                    drop.queued().map(|_| ())
                }
                Outcome::NotYet => {
                    look.pending = true;
                    drop.wait();
                    Ok(())
                }
                // The file is not to blame: it and those behind it wait until we can work again.
                Outcome::Trouble(error) if is_ours(&error) => return Err(error),
                Outcome::Trouble(error) => {
                    tracing::debug!(file = %name, %error, "cannot take a file now");
                    look.pending = true;
                    drop.wait();
                    Ok(())
                }
                Outcome::Refused(error) => {
                    tracing::warn!(file = %name, "refused a file; the reason lies beside it in failed/");
                    look.taken.push(Taken { name, problem: Some(error.to_string()) });
                    gather(&mut drop);
                    drop.failed(&error.to_string()).map(|_| ())
                }
            };
            // The next scan moves what could not be moved now; it holds up no other.
            look.note(done.map_err(Error::from));
        }
        Ok(())
    }

    fn take(&self, drop: &mut Drop, channel: Option<&ChannelRow>) -> Outcome {
        match self.try_take(drop, channel) {
            Ok(true) => Outcome::Queued,
            Ok(false) => Outcome::NotYet,
            Err(error) if is_ours(&error) => Outcome::Trouble(error),
            Err(error) if may_pass(&error) && is_young(drop) => Outcome::Trouble(error),
            Err(error) => Outcome::Refused(error),
        }
    }

    /// Queues a drop; `false` when a file it names is not there yet.
    fn try_take(&self, drop: &mut Drop, channel: Option<&ChannelRow>) -> Result<bool, Error> {
        if drop.eml().is_some() {
            mails(channel)?;
            let eml = drop.read_eml(LARGEST_DROP)?;
            self.take_once(drop, |record| self.app.take_message(&eml, channel, record))?;
            return Ok(true);
        }
        let json = drop.read_json(u64::try_from(LARGEST_FILE).unwrap_or(u64::MAX))?;
        match InputFile::read(json.as_bytes())? {
            InputFile::Document(mut file) => {
                come_by(channel, &mut file.channel)?;
                if drop.pdf().is_some() {
                    return Err(Error::new(
                        Kind::BadInput,
                        "The PDF beside this document file would not be sent: Tillpost draws the document itself. \
                         Leave the PDF out, or write a mail file ({\"mail\": {...}}) for it.",
                    ));
                }
                let again = file.clone();
                let before = self.take_once(drop, |record| self.app.take_document(*file, record))?;
                if let Some(FolderDrop { document: Some(id), .. }) = before {
                    self.app.hand_over_taken(id, &again)?;
                }
            }
            InputFile::Mail(mut file) => {
                mails(channel)?;
                if let Some(channel) = channel {
                    file.mail.account = file.mail.account.or_else(|| channel.account.clone());
                    file.mail.channel = file.mail.channel.or_else(|| Some(channel.name.clone()));
                }
                let Some(files) = attachments(drop, &file)? else {
                    return Ok(false);
                };
                self.take_once(drop, |record| self.app.take_mail(&file, files, channel, record))?;
            }
        }
        Ok(true)
    }

    /// Queues a drop unless the same content was queued before: a crash between the commit and the
    /// move to `queued/` must not send it twice. What it became before, if it was.
    fn take_once(
        &self,
        drop: &Drop,
        queue: impl FnOnce(FolderDrop) -> Result<(), Error>,
    ) -> Result<Option<FolderDrop>, Error> {
        let sha256 = drop.sha256()?;
        let before = self.app.store.read(|reader| reader.folder_drop(&sha256))?;
        if let Some(before) = before {
            tracing::warn!(file = %drop.original_name(), first = %before.name, "the same content was taken before; nothing is sent");
            return Ok(Some(before));
        }
        queue(FolderDrop {
            sha256,
            name: drop.original_name().to_owned(),
            taken: clock::now(),
            document: None,
            mail: None,
        })?;
        Ok(None)
    }

    /// Watches the folder until `stop` resolves.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let wake = Arc::new(tokio::sync::Notify::new());
        let hint = Arc::clone(&wake);
        let mut watcher = Watcher::watch(&self.app.outbox(), move || hint.notify_one());
        loop {
            let intake = self.clone();
            let looked = tokio::task::spawn_blocking(move || intake.look()).await;
            let wait = match looked {
                Ok(Ok((_, true))) => LOOK_AGAIN,
                Ok(Ok((_, false))) => LOOK_EVERY,
                Ok(Err(error)) => {
                    tracing::error!(%error, "the outbox folder could not be worked on");
                    LOOK_EVERY
                }
                Err(error) => {
                    tracing::error!(%error, "a look at the outbox folder broke off");
                    LOOK_EVERY
                }
            };
            watcher.check();
            let woken: Pin<Box<dyn Future<Output = ()> + Send + '_>> = Box::pin(wake.notified());
            tokio::select! {
                () = &mut stop => return,
                () = woken => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// That the channel a file came by sends mails at all.
fn mails(channel: Option<&ChannelRow>) -> Result<(), Error> {
    match channel {
        Some(ChannelRow { mail: false, name, .. }) => {
            Err(Error::new(Kind::BadInput, say!("The channel \"{name}\" sends no mails.", name)))
        }
        _ => Ok(()),
    }
}

/// Has a document come by the channel in whose folder it lay.
fn come_by(channel: Option<&ChannelRow>, named: &mut Option<String>) -> Result<(), Error> {
    let Some(channel) = channel else { return Ok(()) };
    match named {
        Some(other) if *other != channel.name => Err(Invalid::new(
            "channel",
            say!(
                "the file names \"{other}\" and lies in the folder of \"{name}\"",
                other,
                name = channel.name
            ),
            "Leave it out, or put the file into the other folder",
        )
        .into()),
        _ => {
            *named = Some(channel.name.clone());
            Ok(())
        }
    }
}

/// Whether the error is about our data file and not about the drop.
fn is_ours(error: &Error) -> bool {
    matches!(error.kind(), Kind::Busy | Kind::DataFile) && !error.is_about_a_drop()
}

/// Whether the next try may do better: a disk that failed to read the file, a defect of ours. Other files need
/// not wait for it.
fn may_pass(error: &Error) -> bool {
    matches!(error.kind(), Kind::DataFile | Kind::Defect)
}

fn is_young(drop: &Drop) -> bool {
    drop.age(clock::monotonic()) < PATIENCE
}

/// Takes along what a refused mail names, as far as it can be read and is there: left in the folder, it would
/// go out with the next mail that names a file so.
fn gather(drop: &mut Drop) {
    #[derive(serde::Deserialize)]
    struct Names {
        attachments: Vec<String>,
    }
    let json = drop.read_json(u64::try_from(LARGEST_FILE).unwrap_or(u64::MAX)).unwrap_or_default();
    let names = serde_json::from_str::<Names>(&json).map(|names| names.attachments);
    for name in names.unwrap_or_default().iter().take(MOST_GATHERED) {
        // What is not there or no file stays where it is.
        let _ = drop.attach(name);
    }
}

/// The files a mail names, and the PDF that came with it; `None` when one is not there yet.
fn attachments(drop: &mut Drop, file: &MailFile) -> Result<Option<Vec<OutgoingFile>>, Error> {
    let mut files = Vec::new();
    if let Some(pdf) = drop.pdf() {
        let name = pdf.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        files.push(OutgoingFile { name, bytes: drop.read_pdf(LARGEST_DROP)? });
    }
    for (i, name) in file.attachments.iter().enumerate() {
        if files.iter().any(|f: &OutgoingFile| f.name == *name) {
            continue;
        }
        let path = match drop.attach(name) {
            Ok(path) => path,
            Err(OutboxError::NotYet(_)) if is_young(drop) => return Ok(None),
            Err(error) => {
                return Err(Error::new(Kind::BadInput, format!("attachments[{i}]: {error}")));
            }
        };
        files.push(OutgoingFile { name: name.clone(), bytes: drop.read_attachment(&path, LARGEST_DROP)? });
    }
    Ok(Some(files))
}
