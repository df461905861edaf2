//! Handing a mail to the computer's own mail program instead of sending it.

use std::path::PathBuf;

use uuid::Uuid;

use super::copies::own_copies;
use super::send::{attachments, default_subject, named, preset};
use super::{App, Error, Issued, Kind, OutgoingFile, clock, disabled, templates, words};
use crate::compose;
use crate::domain::address::Mailbox;
use crate::domain::mail::Letter;
use crate::domain::{EmailAddress, Invalid};
use crate::transport::program;
use crate::wire::{DocumentFile, MailFile};

/// The folder, in the data folder, of drafts that were handed over.
pub(super) const FOLDER: &str = "handed-over";

impl App {
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
        let settings = self.settings()?;
        let mut draft = file.mail.to_draft("mail")?;
        if draft.individually {
            let remedy = "Leave \"individually\" out, or hand over a mail for each";
            return Err(Invalid::new("mail.individually", "a draft is one message", remedy).into());
        }
        let stored = document.map(|number| self.stored(number)).transpose()?;
        let content = stored.as_ref().map(|stored| &stored.document.content);
        let kind = content.map(|content| content.kind);
        let buyer = content.and_then(|content| content.buyer.as_ref());
        let (own_copies, template) = self.store.read(|reader| {
            // Nobody at all is fine: the person names somebody in their program.
            if draft.names_nobody() && buyer.is_some_and(|buyer| buyer.email.is_some()) {
                preset(reader, &mut draft, "mail", buyer, kind)?;
            }
            for mailbox in named(&draft) {
                disabled::refuse(reader, mailbox, "mail")?;
            }
            let template = content.map(|c| templates::in_use(reader, c.kind, &c.language)).transpose()?;
            Ok::<_, Error>((own_copies(reader, &settings, &named(&draft), kind)?, template))
        })?;
        let (words, attachments) = match (stored, template) {
            (Some(stored), Some(template)) => {
                let words = words::with_document(&draft, &stored.document, &template)?;
                (words, attachments(stored.files, files)?)
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
        Ok(compose::unsent(&letter, named_sender)?)
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
        let bytes = self.draft_file(file, files, document)?;
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

    /// Issues a document and hands its mail, if it has one, to the mail program instead of queueing it.
    ///
    /// # Errors
    /// As [`App::issue`] and [`App::hand_over`]; once issued, the document stays so.
    pub fn issue_and_hand_over(&self, mut file: DocumentFile) -> Result<(Issued, Option<PathBuf>), Error> {
        let mail = file.mail.take();
        let issued = self.issue(file)?;
        let Some(mail) = mail else { return Ok((issued, None)) };
        let mail = MailFile { mail, ..MailFile::default() };
        let path = self.hand_over(&mail, Vec::new(), Some(&issued.document.number))?;
        Ok((issued, Some(path)))
    }
}
