//! Mails that are being written: kept until they are sent, and again when sending is undone.

use uuid::Uuid;

use super::send::Came;
use super::stored::{named, newest_of};
use super::{App, Error, Kind, Left, OutgoingFile, clock};
use crate::domain::address::Mailbox;
use crate::domain::mail::{Event, MailState};
use crate::domain::{Invalid, Millis, Who, say};
use crate::store::{DraftRow, MailRow, Reader};
use crate::wire::views::PreviewView;
use crate::wire::{AttachmentShape, LARGEST_FILE, MailRequest};

use super::lists::Page;

/// For how long a draft that was sent is kept, so that sending it can be undone.
const UNDO_KEPT_SECONDS: i64 = 24 * 3600;

/// A mail that is being written.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Where it is kept.
    pub row: DraftRow,
    /// What it says.
    pub content: MailRequest,
}

/// The files of a request.
pub(super) fn files(attachments: &[AttachmentShape]) -> Result<Vec<OutgoingFile>, Error> {
    attachments
        .iter()
        .enumerate()
        .map(|(i, file)| {
            let bytes = file.bytes(&format!("attachments[{i}]"))?;
            Ok(OutgoingFile { name: file.name.clone(), bytes })
        })
        .collect()
}

pub(super) fn stored(content: &MailRequest) -> Result<String, Error> {
    content.check()?;
    let text = serde_json::to_string(content).map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
    keeps(text.len())?;
    Ok(text)
}

/// Refuses a draft that is too large to keep.
pub(super) fn keeps(size: usize) -> Result<(), Invalid> {
    if size <= LARGEST_FILE {
        return Ok(());
    }
    Err(Invalid::new(
        "attachments",
        say!("the draft has {size} bytes; at most {most} are kept", size, most = LARGEST_FILE),
        "Attach large files when it is sent",
    ))
}

/// Whether what a draft names as its document is the one in row `id`, in whatever version.
fn names(reader: &Reader<'_>, name: Option<&str>, id: i64) -> bool {
    let (Some(name), Ok(about)) = (name, reader.document(id)) else { return false };
    named(reader, name).is_ok_and(|row| (row.kind, row.number) == (about.kind, about.number))
}

fn read(row: DraftRow) -> Result<Draft, Error> {
    let content = crate::wire::parse(row.content.as_bytes())?;
    Ok(Draft { row, content })
}

/// Refuses a change of something that others have changed since the caller looked.
pub(super) fn unchanged(row: &DraftRow, expected: Option<i64>) -> Result<(), Error> {
    if row.mail.is_some() {
        return Err(Error::new(Kind::Conflict, "This draft was sent already."));
    }
    match expected {
        Some(version) if version != row.version => {
            Err(Error::new(Kind::Stale, "This draft was changed in the meantime. Read it again first."))
        }
        _ => Ok(()),
    }
}

/// Whether a mail can be taken back: its undo time runs, or it waits until a person releases it.
fn can_undo(mail: &MailRow, now: Millis) -> bool {
    let waits = match mail.state {
        MailState::Held => true,
        MailState::Waiting => mail.next > now,
        _ => false,
    };
    waits && mail.wait == "undo"
}

/// A draft for those alone whose mails were taken back: the others have theirs.
fn only_for(draft: &DraftRow, back: &[MailRow]) -> Result<MailRequest, Error> {
    let mut request: MailRequest = crate::wire::parse(draft.content.as_bytes())?;
    let draft = request.mail.to_draft("mail")?;
    let withdrawn = |mailbox: &&Mailbox| {
        back.iter().flat_map(|mail| &mail.recipients).any(|r| r.address == mailbox.address.as_str())
    };
    let people = |named: &[Mailbox]| named.iter().filter(withdrawn).map(ToString::to_string).collect();
    (request.mail.to, request.mail.cc, request.mail.bcc) =
        (people(&draft.to), people(&draft.cc), people(&draft.bcc));
    Ok(request)
}

impl App {
    /// Queues a mail with the files that came with it, or hands it to the computer's mail program where the
    /// setting `send_with` says so.
    ///
    /// # Errors
    /// As [`App::send_by_setting`].
    pub fn send_request(&self, request: &MailRequest) -> Result<Left, Error> {
        self.send_by_setting(&request.file(), files(&request.attachments)?, request.document.as_deref())
    }

    /// The mails that a request would queue, as they would leave.
    ///
    /// # Errors
    /// As [`App::preview`].
    pub fn preview_request(&self, request: &MailRequest) -> Result<PreviewView, Error> {
        request.check()?;
        self.preview(&request.file(), files(&request.attachments)?, request.document.as_deref())
    }

    /// A request as a draft for a mail program.
    ///
    /// # Errors
    /// As [`App::draft_file`].
    pub fn draft_file_of(&self, request: &MailRequest) -> Result<Vec<u8>, Error> {
        request.check()?;
        self.draft_file(&request.file(), files(&request.attachments)?, request.document.as_deref())
    }

    /// Keeps a mail that is being written. It need not be complete.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when it is too large to keep.
    pub fn begin_draft(&self, content: &MailRequest) -> Result<Draft, Error> {
        files(&content.attachments)?;
        let (text, uuid, now) = (stored(content)?, Uuid::now_v7(), clock::now());
        self.store.write(move |tx| {
            tx.forget_sent_drafts(now.plus_seconds(-UNDO_KEPT_SECONDS))?;
            tx.insert_draft(uuid, &text, None, now)?;
            read(tx.reader().draft(uuid)?)
        })
    }

    /// A page of drafts without their files, newest first.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when `after` is no place in the list.
    pub fn drafts(&self, after: Option<&str>, most: u32) -> Result<Page<Draft>, Error> {
        let before = super::lists::cursor(after)?.unwrap_or(i64::MAX);
        let rows = self.store.read(|reader| reader.drafts(before, most + 1))?;
        let rows = super::lists::page(rows, most, |d| d.id.to_string());
        Ok(Page {
            items: rows.items.into_iter().map(read).collect::<Result<_, _>>()?,
            next: rows.next,
            total: None,
        })
    }

    /// One draft.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub fn draft(&self, uuid: Uuid) -> Result<Draft, Error> {
        read(self.store.read(|reader| reader.draft(uuid))?)
    }

    /// Changes a draft for `by`, unless somebody else has since the caller saw version `expected`.
    ///
    /// # Errors
    /// [`Kind::Stale`] when it was changed in the meantime; [`Kind::Conflict`] when it was sent.
    pub fn change_draft(
        &self,
        uuid: Uuid,
        content: &MailRequest,
        expected: Option<i64>,
        by: Option<Who>,
    ) -> Result<Draft, Error> {
        files(&content.attachments)?;
        let (text, now) = (stored(content)?, clock::now());
        let document = content.document.clone();
        self.store.write(move |tx| {
            let row = tx.reader().draft(uuid)?;
            unchanged(&row, expected)?;
            let about = row.about.filter(|id| names(&tx.reader(), document.as_deref(), *id));
            tx.update_draft(row.id, &text, about, by.as_ref(), now)?;
            read(tx.reader().draft(uuid)?)
        })
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// As [`App::change_draft`].
    pub fn drop_draft(&self, uuid: Uuid, expected: Option<i64>) -> Result<(), Error> {
        self.store.write(move |tx| {
            let row = tx.reader().draft(uuid)?;
            unchanged(&row, expected)?;
            Ok::<_, Error>(tx.delete_draft(row.id)?)
        })
    }

    /// Queues a draft, as the mail of `program` where it names no user. Asked again, it answers with the same
    /// mail. Where the setting `send_with` says so, the computer's mail program opens it instead, and it stays
    /// a draft: nobody knows what the person does with it there.
    ///
    /// # Errors
    /// As [`App::send_by_setting`], and [`Kind::Conflict`] when it was a mail before, and its document was
    /// corrected since; the draft is kept then.
    pub fn send_draft(
        &self,
        uuid: Uuid,
        expected: Option<i64>,
        program: Option<&str>,
    ) -> Result<Left, Error> {
        let draft = self.draft(uuid)?;
        if let Some(mail) = draft.row.mail {
            return Ok(Left::Queued(vec![self.store.read(|reader| reader.mail(mail))?]));
        }
        unchanged(&draft.row, expected)?;
        self.is_about_the_newest(&draft.row)?;
        let mut request = draft.content;
        request.mail.program = program.map(str::to_owned);
        // A version that was undone is another mail.
        let version = draft.row.version;
        request.client_ref.get_or_insert_with(|| format!("draft:{uuid}:{version}"));
        let (file, files) = (request.file(), files(&request.attachments)?);
        self.leave(&file, files, request.document.as_deref(), Came::AsDraft { uuid, version })
    }

    /// Refuses to send what was written about another version of its document than it would carry.
    fn is_about_the_newest(&self, draft: &DraftRow) -> Result<(), Error> {
        let Some(about) = draft.about else { return Ok(()) };
        let (old, newest) = self.store.read(|reader| {
            let old = reader.document(about)?;
            let newest = newest_of(reader, old.kind, &old.number)?;
            Ok::<_, Error>((old, newest))
        })?;
        if old.id == newest.id {
            return Ok(());
        }
        Err(Error::new(
            Kind::Conflict,
            say!(
                "This mail was written about version {version} of {number}, and there is version {newest} now. Take the document off the mail, then attach it again to send the newest version, and look whether the words still fit.",
                version = old.version,
                number = old.number,
                newest = newest.version
            ),
        ))
    }

    /// Takes a mail back while its undo time runs: it is withdrawn, and a draft again if it was one.
    ///
    /// # Errors
    /// [`Kind::Conflict`] when the time is over.
    pub fn undo(&self, id: i64) -> Result<(MailRow, Option<Uuid>), Error> {
        let now = clock::now();
        let undone = self.store.write(move |tx| {
            let mail = tx.reader().mail(id)?;
            if !can_undo(&mail, now) {
                return Err(Error::new(
                    Kind::Conflict,
                    say!(
                        "Mail {id} is {state}; the time to undo is over. A waiting mail can be cancelled.",
                        id,
                        state = mail.state.word()
                    ),
                ));
            }
            let draft = tx.draft_again(id)?;
            // Where everybody gets their own, the draft became all of these.
            let all = if draft.is_some() { tx.reader().mails_of_request(&mail)? } else { vec![mail] };
            let (back, gone): (Vec<_>, Vec<_>) = all.into_iter().partition(|mail| can_undo(mail, now));
            for mail in &back {
                tx.person_asks(mail.id, Event::Cancel, now)?;
            }
            if let Some(draft) = draft.as_ref().filter(|_| !gone.is_empty()) {
                tx.update_draft(draft.id, &stored(&only_for(draft, &back)?)?, draft.about, None, now)?;
            }
            Ok((tx.reader().mail(id)?, draft.map(|draft| draft.uuid)))
        })?;
        tracing::info!(mail = id, "sending was undone");
        Ok(undone)
    }
}
