//! Handing a mail to the computer's own mail program instead of sending it.

use std::path::PathBuf;

use uuid::Uuid;

use super::copies::{channel_copies, own_copies};
use super::send::{attachments, default_subject, named, preset};
use super::{App, Error, Issued, Kind, OutgoingFile, clock, disabled, templates, words};
use crate::compose;
use crate::domain::address::Mailbox;
use crate::domain::document::Document;
use crate::domain::mail::Letter;
use crate::domain::setting::Settings;
use crate::domain::{EmailAddress, Invalid};
use crate::store::{ChannelRow, FolderDrop, MailRow};
use crate::transport::program;
use crate::wire::views::PreviewView;
use crate::wire::{DocumentFile, MailFile};

/// The folder, in the data folder, of drafts that were handed over.
pub(super) const FOLDER: &str = "handed-over";

/// What became of a mail that was asked for.
#[derive(Debug, Clone)]
pub enum Left {
    /// It is in the queue: several mails where everybody gets their own.
    Queued(Vec<MailRow>),
    /// It lies in this file, a draft that the computer's mail program has opened.
    HandedOver(PathBuf),
}

/// What a draft is about.
pub(super) struct About<'a> {
    pub(super) document: &'a Document,
    /// Its page, and what goes with that.
    pub(super) files: Vec<OutgoingFile>,
    /// The channel it came by.
    pub(super) channel: Option<&'a ChannelRow>,
}

/// A draft: the letter, and whether its sender was named.
pub(super) struct Unsent {
    pub(super) letter: Letter,
    named_sender: bool,
}

impl Unsent {
    /// The draft as a file.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(compose::unsent(&self.letter, self.named_sender)?)
    }
}

impl App {
    /// Queues a mail, or hands it to the computer's mail program where the setting `send_with` says so.
    ///
    /// # Errors
    /// As [`App::send`] and [`App::hand_over`].
    pub fn send_by_setting(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<Left, Error> {
        match self.settings()?.hands_over {
            true => Ok(Left::HandedOver(self.hand_over(file, files, document)?)),
            false => Ok(Left::Queued(self.send_each(file, files, document)?)),
        }
    }

    /// Issues a document; its mail, if it has one, is queued, or handed to the computer's mail program where
    /// the setting `send_with` says so.
    ///
    /// # Errors
    /// As [`App::issue`] and [`App::issue_and_hand_over`].
    pub fn issue_by_setting(&self, file: DocumentFile) -> Result<(Issued, Option<PathBuf>), Error> {
        match self.settings()?.hands_over {
            true => self.issue_and_hand_over(file),
            false => Ok((self.issue(file)?, None)),
        }
    }

    /// A mail as a draft for a mail program: an `.eml` file with `X-Unsent: 1`, files attached, without a
    /// signature, which the program adds by itself. No account is needed, and none is looked at.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field; [`Kind::NotFound`] when there is no such document.
    pub fn draft_file(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<Vec<u8>, Error> {
        self.unsent_with(file, files, document, None)?.bytes()
    }

    /// Writes a mail as a draft and opens it with the computer's mail program; returns where it lies.
    ///
    /// # Errors
    /// As [`App::draft_file`]; [`Kind::NotSent`] when no program opens it: the file is there all the same.
    pub fn hand_over(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<PathBuf, Error> {
        self.open_draft(&self.draft_file(file, files, document)?)
    }

    /// Issues a document and hands its mail, if it has one, to the mail program instead of queueing it.
    ///
    /// # Errors
    /// As [`App::issue`] and [`App::hand_over`]; once issued, the document stays so, and the error says it.
    pub fn issue_and_hand_over(&self, file: DocumentFile) -> Result<(Issued, Option<PathBuf>), Error> {
        self.issue_and_open(file, None)
    }

    /// As [`App::issue_and_hand_over`], recording that it came from the outbox folder.
    fn issue_and_open(
        &self,
        mut file: DocumentFile,
        drop: Option<FolderDrop>,
    ) -> Result<(Issued, Option<PathBuf>), Error> {
        let channel = self.channel_of(file.channel.as_deref())?;
        let mail = file.mail.take().filter(|_| channel.as_ref().is_none_or(|channel| channel.mail));
        let issued = self.issue_from(file, drop)?;
        let Some(mail) = mail else { return Ok((issued, None)) };
        let mail = MailFile { mail, ..MailFile::default() };
        let number = &issued.document.number;
        let opened = self
            .unsent_with(&mail, Vec::new(), Some(number), channel.as_ref())
            .and_then(|unsent| self.open_draft(&unsent.bytes()?));
        let path = opened.map_err(|e| {
            Error::new(e.kind(), format!("{number} is issued; its mail was not handed over. {e}"))
        })?;
        Ok((issued, Some(path)))
    }

    /// Takes a mail from the outbox folder, the way the setting `send_with` says.
    pub(super) fn take_mail(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        drop: FolderDrop,
    ) -> Result<(), Error> {
        if !self.settings()?.hands_over {
            return self.send_from(file, files, None, Some(drop)).map(std::mem::drop);
        }
        self.hand_over(file, files, None)?;
        self.handed(drop)
    }

    /// Takes a document from the outbox folder, the way the setting `send_with` says.
    pub(super) fn take_document(&self, file: DocumentFile, drop: FolderDrop) -> Result<(), Error> {
        match self.settings()?.hands_over {
            true => self.issue_and_open(file, Some(drop)).map(std::mem::drop),
            false => self.issue_from(file, Some(drop)).map(std::mem::drop),
        }
    }

    /// Takes a message that another program built from the outbox folder, the way the setting `send_with`
    /// says.
    pub(super) fn take_message(
        &self,
        eml: &[u8],
        channel: Option<&ChannelRow>,
        drop: FolderDrop,
    ) -> Result<(), Error> {
        let settings = self.settings()?;
        if !settings.hands_over {
            return self.adopt_from(eml, channel, Some(drop)).map(std::mem::drop);
        }
        let draft = compose::adopt_unsent(eml, self.house(&settings, clock::now())?)?;
        self.store.read(|reader| {
            draft.named.iter().try_for_each(|mailbox| disabled::refuse(reader, &mailbox.address, ""))
        })?;
        self.open_draft(&draft.bytes)?;
        self.handed(drop)
    }

    fn handed(&self, drop: FolderDrop) -> Result<(), Error> {
        self.store.write(move |tx| Ok::<_, Error>(tx.insert_folder_drop(&drop)?))
    }

    fn open_draft(&self, bytes: &[u8]) -> Result<PathBuf, Error> {
        let folder = self.data().join(FOLDER);
        let path = folder.join(format!("{}.eml", Uuid::now_v7()));
        let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, bytes));
        written
            .map_err(|e| Error::new(Kind::DataFile, format!("{} cannot be written: {e}.", path.display())))?;
        program::open(&path).map_err(|why| {
            let path = path.display();
            Error::new(
                Kind::NotSent,
                format!("No mail program opened the draft ({why}). It lies in {path}; open it by hand."),
            )
        })?;
        Ok(path)
    }

    /// A mail as it would be handed over: nothing is written.
    pub(super) fn preview_draft(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<PreviewView, Error> {
        self.previewed_draft(&self.unsent_with(file, files, document, None)?)
    }

    fn unsent_with(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
        channel: Option<&ChannelRow>,
    ) -> Result<Unsent, Error> {
        let stored = document.map(|number| self.stored(number)).transpose()?;
        let about = stored.as_ref().map(|s| About { document: &s.document, files: s.files.clone(), channel });
        self.unsent(file, files, about, &self.settings()?)
    }

    /// The draft that a request asks for.
    pub(super) fn unsent(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        about: Option<About<'_>>,
        settings: &Settings,
    ) -> Result<Unsent, Error> {
        let mut draft = file.mail.to_draft("mail")?;
        if draft.individually {
            let remedy = "Leave \"individually\" out, or hand over a mail for each";
            return Err(Invalid::new("mail.individually", "a draft is one message", remedy).into());
        }
        let content = about.as_ref().map(|about| &about.document.content);
        let kind = content.map(|content| content.kind);
        let buyer = content.and_then(|content| content.buyer.as_ref());
        let channel = about.as_ref().and_then(|about| about.channel);
        let (own_copies, template) = self.store.read(|reader| {
            // Nobody at all is fine: the person names somebody in their program.
            if draft.names_nobody() && buyer.is_some_and(|buyer| buyer.email.is_some()) {
                preset(reader, &mut draft, "mail", buyer, kind)?;
            }
            for mailbox in named(&draft) {
                disabled::refuse(reader, mailbox, "mail")?;
            }
            let mut template = content.map(|c| templates::in_use(reader, c.kind, &c.language)).transpose()?;
            let mut copies = own_copies(reader, settings, &named(&draft), kind)?;
            if let Some(channel) = channel {
                channel_copies(reader, channel, &mut copies)?;
                if let Some(template) = &mut template {
                    template.override_by(channel);
                }
            }
            Ok::<_, Error>((copies, template))
        })?;
        let (words, attachments) = match (about, template) {
            (Some(about), Some(template)) => {
                let words = words::with_document(&draft, about.document, &template)?;
                (words, attachments(about.files, files)?)
            }
            _ => {
                let attachments = attachments(Vec::new(), files)?;
                (words::alone(&draft, default_subject(file, &attachments)?)?, attachments)
            }
        };
        let nobody = Mailbox { name: None, address: EmailAddress::parse("nobody@unsent.invalid")? };
        let (named_sender, from) = (draft.from.is_some(), draft.from.unwrap_or(nobody));
        let letter = Letter {
            from,
            reply_to: draft.reply_to,
            to: draft.to,
            cc: draft.cc,
            bcc: draft.bcc,
            own_copies,
            blind_copy_multiple: settings.blind_copy_multiple,
            subject: words.subject,
            text: words.text,
            html: words.html,
            attachments,
            message_id: format!("{}@unsent.invalid", Uuid::now_v7()),
            date: clock::now(),
        };
        Ok(Unsent { letter, named_sender })
    }
}
