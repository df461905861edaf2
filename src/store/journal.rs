//! What a process did after its marks, noted beside the data file without waiting for the disk.
//!
//! The notes stand in the process's own file in `run/`. When the process is killed, the operating
//! system still has them, and whoever takes up its mails knows which dots had left and what the server
//! had answered. When the power goes out they may be gone: the boot's id in the first line tells, and
//! then every mark counts as "may have gone", as if there were no notes.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Settlement, StoreError};
use crate::domain::Millis;
use crate::domain::mail::Event;

/// From this size on the notes are thrown away as soon as all of them stand in the data file.
const LONG: u64 = 64 * 1024;

/// One line of the notes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Note {
    /// The first line: the machine's running time this belongs to.
    Boot(String),
    /// A mark is being written; what was noted of this mail before is history.
    Marked(i64),
    /// The mark stands and the final dot may leave from here on.
    Dot(i64),
    /// The server has answered, or the dot provably did not leave.
    Answered(Answer),
}

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    mail: i64,
    /// Row, event, what the server said, when it is tried again.
    recipients: Vec<(i64, String, Option<String>, i64)>,
    backoff: bool,
    started: i64,
    ended: i64,
    result: String,
    transcript: String,
    learn: bool,
}

/// The notes of this process.
#[derive(Debug)]
pub(super) struct Journal {
    file: Mutex<Pages>,
}

#[derive(Debug)]
struct Pages {
    file: File,
    head: u64,
    length: u64,
    /// Mails whose dot is noted and whose outcome does not stand in the data file yet.
    open: HashSet<i64>,
    /// Whether what is missing here did not happen.
    complete: bool,
}

impl Journal {
    /// Begins notes in the empty `file`.
    pub(super) fn begin(mut file: File) -> std::io::Result<Self> {
        let boot = boot_id();
        let mut pages = Pages {
            head: 0,
            length: 0,
            open: HashSet::new(),
            complete: boot.is_some(),
            file: file.try_clone()?,
        };
        if let Some(boot) = boot {
            let line = line(&Note::Boot(boot));
            file.write_all(&line)?;
            pages.head = line.len() as u64;
            pages.length = pages.head;
        }
        Ok(Self { file: Mutex::new(pages) })
    }

    /// Whether a mark without a noted dot is known not to have been used, should this process be killed.
    pub(super) fn can_tell(&self) -> bool {
        self.pages().complete
    }

    pub(super) fn marked(&self, mail: i64) -> Result<(), StoreError> {
        self.pages().add(&Note::Marked(mail))
    }

    pub(super) fn dot(&self, mail: i64) -> Result<(), StoreError> {
        let mut pages = self.pages();
        pages.open.insert(mail);
        pages.add(&Note::Dot(mail))
    }

    pub(super) fn answered(&self, settlement: &Settlement) -> Result<(), StoreError> {
        self.pages().add(&Note::Answered(Answer::from(settlement)))
    }

    /// What came of `mail` stands in the data file now.
    pub(super) fn recorded(&self, mail: i64) {
        let mut pages = self.pages();
        pages.open.remove(&mail);
        if pages.open.is_empty() && pages.length > LONG {
            let head = pages.head;
            // Notes that cannot be thrown away are only longer than they need be.
            if pages.file.set_len(head).is_ok() {
                pages.length = head;
            }
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn add(&mut self, note: &Note) -> Result<(), StoreError> {
        if !self.complete {
            return Ok(());
        }
        let line = line(note);
        let written = self.file.seek(SeekFrom::Start(self.length)).and_then(|_| self.file.write_all(&line));
        match written {
            Ok(()) => {
                self.length += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Notes with a gap would lie. None at all are honest, and cutting a file needs no room.
                self.file.set_len(0).map_err(|_| StoreError::Io(format!("the notes in run/: {error}")))?;
                self.complete = false;
                Ok(())
            }
        }
    }
}

/// What a dead process's notes say.
#[derive(Debug, Default)]
pub(super) struct Testimony {
    complete: bool,
    dots: HashSet<i64>,
    answers: HashMap<i64, Answer>,
}

/// What became of a marked mail.
#[derive(Debug)]
pub(super) enum Fate {
    /// The final dot did not leave.
    NotSent,
    /// The server had answered.
    Answered(Box<Settlement>),
    /// It may have gone.
    Unknown,
}

impl Testimony {
    /// Reads notes; what cannot be read says nothing.
    pub(super) fn read(mut file: File) -> Self {
        let mut text = Vec::new();
        if file.read_to_end(&mut text).is_err() {
            return Self::default();
        }
        let mut testimony = Self::default();
        for (n, line) in text.split(|b| *b == b'\n').filter(|l| !l.is_empty()).enumerate() {
            let Ok(note) = serde_json::from_slice(line) else {
                // A line that was being written: what it was to say had not begun.
                break;
            };
            testimony.take(n, note);
        }
        testimony
    }

    fn take(&mut self, n: usize, note: Note) {
        match note {
            Note::Boot(boot) => self.complete = n == 0 && boot_id().is_some_and(|now| now == boot),
            Note::Marked(mail) => {
                self.dots.remove(&mail);
                self.answers.remove(&mail);
            }
            Note::Dot(mail) => {
                self.dots.insert(mail);
            }
            Note::Answered(answer) => {
                self.answers.insert(answer.mail, answer);
            }
        }
    }

    /// Whether what is missing here did not happen.
    pub(super) fn is_whole(&self) -> bool {
        self.complete
    }

    /// What became of `mail`, marked under the lease of `owner`.
    pub(super) fn of(&mut self, mail: i64, owner: Uuid) -> Fate {
        let answered = self.answers.remove(&mail).and_then(|a| a.settlement(owner));
        match answered {
            Some(settlement) => Fate::Answered(Box::new(settlement)),
            None if self.complete && !self.dots.contains(&mail) => Fate::NotSent,
            None => Fate::Unknown,
        }
    }
}

impl Answer {
    fn from(settlement: &Settlement) -> Self {
        let recipients = settlement.recipients.iter();
        Self {
            mail: settlement.mail,
            recipients: recipients
                .map(|(id, e, said, next)| (*id, word(*e).to_owned(), said.clone(), next.0))
                .collect(),
            backoff: settlement.wait == "backoff",
            started: settlement.started.0,
            ended: settlement.ended.0,
            result: settlement.result.clone(),
            transcript: settlement.transcript.clone(),
            learn: settlement.learn,
        }
    }

    fn settlement(self, owner: Uuid) -> Option<Settlement> {
        let recipients = self.recipients.into_iter();
        Some(Settlement {
            mail: self.mail,
            owner,
            recipients: recipients
                .map(|(id, word, said, next)| Some((id, event(&word)?, said, Millis(next))))
                .collect::<Option<_>>()?,
            wait: if self.backoff { "backoff" } else { "due" },
            started: Millis(self.started),
            ended: Millis(self.ended),
            result: self.result,
            transcript: self.transcript,
            learn: self.learn,
        })
    }
}

/// The events a settlement can have.
const EVENTS: [(Event, &str); 6] = [
    (Event::Accept, "accept"),
    (Event::Refuse, "refuse"),
    (Event::Defer, "defer"),
    (Event::Expire, "expire"),
    (Event::Lose, "lose"),
    (Event::NotSent, "not_sent"),
];

fn word(event: Event) -> &'static str {
    EVENTS.iter().find(|(e, _)| *e == event).map_or("", |(_, word)| word)
}

fn event(word: &str) -> Option<Event> {
    EVENTS.iter().find(|(_, w)| *w == word).map(|(event, _)| *event)
}

fn line(note: &Note) -> Vec<u8> {
    // Plain values: nothing in a note can fail to be written as JSON.
    let mut line = serde_json::to_vec(note).unwrap_or_default();
    line.push(b'\n');
    line
}

/// What tells this running time of the machine from the one before a power cut; `None` where the
/// system does not say.
fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}
