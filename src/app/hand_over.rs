//! Handing a mail to the computer's own mail program instead of sending it.

use std::path::PathBuf;

use uuid::Uuid;

use super::again::Whose;
use super::copies::{channel_copies, own_copies};
use super::send::{self, Came, attachments, default_subject, named, preset};
use super::{App, Error, Issued, Kind, OutgoingFile, clock, disabled, templates, words};
use crate::compose;
use crate::domain::address::Mailbox;
use crate::domain::document::Document;
use crate::domain::mail::Letter;
use crate::domain::setting::Settings;
use crate::domain::{EmailAddress, Invalid, say};
use crate::store::{ChannelRow, DocumentRow, FolderDrop, HandedOver, MailRow, private};
use crate::transport::program;
use crate::wire::views::PreviewView;
use crate::wire::{DocumentFile, MailFile, MailShape};

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

/// A request by the id that its sender gave it, and what it says.
type Request = (String, [u8; 32]);

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
    /// Queues a mail, or hands it to the computer's mail program where the setting `send_with` says so. What
    /// was asked for before under the same `client_ref` stays where it went, whatever the setting says now.
    ///
    /// # Errors
    /// As [`App::send`] and [`App::hand_over`].
    pub fn send_by_setting(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<Left, Error> {
        self.leave(file, files, document, Came::ByRequest)
    }

    /// As [`App::send_by_setting`], noting where it came from.
    pub(super) fn leave(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
        came: Came,
    ) -> Result<Left, Error> {
        let request = request(file, &files, document)?;
        if let Some(left) = request.as_ref().map(|request| self.left_before(request)).transpose()?.flatten() {
            if let (Came::AsDraft { uuid, .. }, Left::Queued(mails)) = (came, &left)
                && let Some(first) = mails.first().map(|mail| mail.id)
            {
                self.store.write(move |tx| Ok::<_, Error>(tx.draft_sent(uuid, first)?))?;
            }
            return Ok(left);
        }
        match self.settings()?.hands_over {
            true => Ok(Left::HandedOver(self.hand_over(file, files, document)?)),
            false => Ok(Left::Queued(self.send_from(file, files, document, came)?)),
        }
    }

    /// Issues a document; its mail, if it has one, is queued, or handed to the computer's mail program where
    /// the setting `send_with` says so.
    ///
    /// # Errors
    /// As [`App::issue`] and [`App::issue_and_hand_over`].
    pub fn issue_by_setting(&self, file: DocumentFile) -> Result<Issued, Error> {
        match self.settings()?.hands_over {
            true => self.issue_and_hand_over(file),
            false => self.issue(file),
        }
    }

    /// Refuses to queue anything new where mails go to the computer's mail program.
    ///
    /// # Errors
    /// [`Kind::Conflict`] says what to do instead.
    pub(super) fn queues(&self, settings: &Settings) -> Result<(), Error> {
        if !settings.hands_over {
            return Ok(());
        }
        Err(Error::new(
            Kind::Conflict,
            "Mails go to the computer's mail program in this shop, so nothing new is queued. Open the mail's .eml file with that program, or set send_with to account.",
        ))
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
        self.unsent_with(file, files, document)?.bytes()
    }

    /// Writes a mail as a draft and opens it with the computer's mail program; returns where it lies.
    ///
    /// # Errors
    /// As [`App::draft_file`]; [`Kind::NotSent`] when no program opens it: the file is there all the same.
    /// [`Kind::Conflict`] when the `client_ref` was used for another mail.
    pub fn hand_over(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<PathBuf, Error> {
        file.check()?;
        let request = request(file, &files, document)?;
        self.open_once(request, || self.draft_file(file, files, document))
    }

    /// Issues a document and hands its mail, if it has one, to the mail program instead of queueing it.
    ///
    /// # Errors
    /// As [`App::issue`] and [`App::hand_over`]; once issued, the document stays so, and the error says it.
    pub fn issue_and_hand_over(&self, file: DocumentFile) -> Result<Issued, Error> {
        self.issue_and_open(file, None)
    }

    /// As [`App::issue_and_hand_over`], recording that it came from the outbox folder.
    fn issue_and_open(&self, file: DocumentFile, drop: Option<FolderDrop>) -> Result<Issued, Error> {
        // Of what was issued before, the channel may be gone.
        let before = self.issued(&file)?.is_some();
        let channel = self.channel_of(file.channel.as_deref());
        let channel = if before { channel.unwrap_or_default() } else { channel? };
        let mail = file.mail.clone().filter(|_| channel.as_ref().is_none_or(|channel| channel.mail));
        if mail.is_some() && !before {
            // What is wrong with the mail is found before there is a document.
            self.preview_issue_by(file.clone(), true)?;
        }
        let mut issued = self.issue_unqueued(file, drop)?;
        let Some(mail) = mail else { return Ok(issued) };
        // Issued while mails were queued, it has its mail.
        if issued.repeated && !issued.mails.is_empty() {
            return Ok(issued);
        }
        issued.handed_over = Some(self.open_mail_of(&issued.document, mail, channel.as_ref())?);
        Ok(issued)
    }

    /// Hands over the mail of a document that was taken from the outbox folder before, where no program has
    /// opened it yet: it was killed in between, or there was none.
    pub(super) fn hand_over_taken(&self, id: i64, file: &DocumentFile) -> Result<(), Error> {
        if !self.settings()?.hands_over {
            return Ok(());
        }
        let (document, mails) = self
            .store
            .read(|reader| Ok::<_, Error>((reader.document(id)?, reader.mails_of_document(id)?)))?;
        let channel = self.channel_of(file.channel.as_deref()).unwrap_or_default();
        let mail = file.mail.clone().filter(|_| channel.as_ref().is_none_or(|channel| channel.mail));
        match mail.filter(|_| mails.is_empty()) {
            Some(mail) => self.open_mail_of(&document, mail, channel.as_ref()).map(std::mem::drop),
            None => Ok(()),
        }
    }

    /// Has the mail program open the mail of an issued document, once.
    fn open_mail_of(
        &self,
        document: &DocumentRow,
        mail: MailShape,
        channel: Option<&ChannelRow>,
    ) -> Result<PathBuf, Error> {
        let own = format!("issued:{}", document.id);
        let name = document.client_ref.as_ref().map_or(own, |client_ref| format!("document:{client_ref}"));
        let mail = MailFile { mail, ..MailFile::default() };
        let opened = self.open_once(Some((name, document.fingerprint)), || {
            let stored = self.stored(document)?;
            let about = About { document: &stored.document, files: stored.files, channel };
            self.unsent(&mail, Vec::new(), Some(about), &self.settings()?)?.bytes()
        });
        let number = &document.number;
        opened.map_err(|error| {
            let said = say!("{number} is issued; its mail was not handed over", number);
            Error::of(error.kind(), [vec![said], error.sentences().to_vec()].concat())
        })
    }

    /// Takes a mail from the outbox folder, the way the setting `send_with` says.
    pub(super) fn take_mail(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        channel: Option<&ChannelRow>,
        drop: FolderDrop,
    ) -> Result<(), Error> {
        let settings = self.settings()?;
        if !settings.hands_over {
            let ready = self.build(file, files, None, channel, &settings)?;
            return self.put_in_queue(ready, settings, Came::ByFolder(drop)).map(std::mem::drop);
        }
        // A draft knows no copies of the shop's own.
        let mut file = file.clone();
        for copy in channel.map_or(Ok(Vec::new()), |channel| self.channel_copies(channel))? {
            file.mail.bcc.push(copy.to_string());
        }
        self.send_by_setting(&file, files, None)?;
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
        let message = compose::Foreign::read(eml)?;
        let house = self.house(&settings, Whose::foreign(&message), channel, clock::now())?;
        let draft = message.draft(house)?;
        self.store.read(|reader| {
            draft.named.iter().try_for_each(|mailbox| disabled::refuse(reader, &mailbox.address, ""))
        })?;
        self.open_draft(&draft.bytes)?;
        self.handed(drop)
    }

    fn handed(&self, drop: FolderDrop) -> Result<(), Error> {
        self.store.write(move |tx| Ok::<_, Error>(tx.insert_folder_drop(&drop)?))
    }

    /// What became of a request that was made before.
    fn left_before(&self, request: &Request) -> Result<Option<Left>, Error> {
        let (client_ref, fingerprint) = request;
        self.store.read(|reader| {
            if let Some(first) = send::sent_before(reader, client_ref, fingerprint)? {
                return Ok(Some(Left::Queued(reader.mails_of_request(&first)?)));
            }
            let opened = reader.handed_over(client_ref)?;
            Ok(opened.map(|opened| draft_of(opened, request)).transpose()?.map(Left::HandedOver))
        })
    }

    /// Has the mail program open a draft, unless it did so for the same request before. Of requests at the
    /// same moment, and of one whose process was killed, it may open two: a person sees them.
    fn open_once(
        &self,
        request: Option<Request>,
        draft: impl FnOnce() -> Result<Vec<u8>, Error>,
    ) -> Result<PathBuf, Error> {
        let Some(request) = request else { return self.open_draft(&draft()?) };
        if let Some(opened) = self.store.read(|reader| reader.handed_over(&request.0))? {
            return draft_of(opened, &request);
        }
        let path = self.open_draft(&draft()?)?;
        let (client_ref, fingerprint) = request;
        let file = path.to_string_lossy().into_owned();
        let opened = HandedOver { client_ref, fingerprint, file, opened: clock::now() };
        self.store.write(move |tx| Ok::<_, Error>(tx.insert_handed_over(&opened)?))?;
        Ok(path)
    }

    fn open_draft(&self, bytes: &[u8]) -> Result<PathBuf, Error> {
        let folder = self.data().join(FOLDER);
        let path = folder.join(format!("{}.eml", Uuid::now_v7()));
        let written = private::make_folder(&folder).and_then(|()| private::write(&path, bytes));
        written
            .map_err(|e| Error::new(Kind::DataFile, format!("{} cannot be written: {e}.", path.display())))?;
        program::open(&path).map_err(|why| {
            let path = path.display();
            let said = say!(
                "No mail program opened the draft ({why}). It lies in {path}; open it by hand.",
                why,
                path
            );
            Error::new(Kind::NotSent, said)
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
        self.previewed_draft(&self.unsent_with(file, files, document)?)
    }

    fn unsent_with(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<Unsent, Error> {
        let stored = document.map(|name| self.stored_named(name)).transpose()?;
        let about = stored.map(|s| (s.document, s.files));
        let about =
            about.as_ref().map(|(document, files)| About { document, files: files.clone(), channel: None });
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
            let mut template = templates::for_mail(reader, &draft, "mail", content, settings)?;
            // Who it is from otherwise, only the program knows.
            let from = draft.from.as_ref().map(|from| &from.address);
            let mut copies = own_copies(reader, settings, &draft, from, kind)?;
            if let Some(channel) = channel {
                channel_copies(reader, channel, &mut copies)?;
                if let (Some(template), Some(content)) = (&mut template, content) {
                    let language = draft.language.as_deref().unwrap_or(&content.language);
                    template.by_channel(reader, channel, (content.kind, language), settings)?;
                }
            }
            Ok::<_, Error>((copies, template))
        })?;
        let (words, attachments) = match (about, template) {
            (Some(about), Some(template)) => {
                let words = words::with_document(&draft, about.document, &template)?;
                (words, attachments(about.files, files)?)
            }
            (_, template) => {
                let attachments = attachments(Vec::new(), files)?;
                let subject = default_subject(file, &attachments)?;
                let words = self.words_alone(&draft, subject, template.as_ref(), draft.from.as_ref())?;
                (words, attachments)
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
            blind_copy_multiple: draft.blind_copy.unwrap_or(settings.blind_copy_multiple),
            read_receipt: draft.read_receipt,
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

/// A request by its sender's own id, if it has one.
fn request(
    file: &MailFile,
    files: &[OutgoingFile],
    document: Option<&str>,
) -> Result<Option<Request>, Error> {
    let Some(client_ref) = file.client_ref.clone() else { return Ok(None) };
    Ok(Some((client_ref, send::fingerprint(file, files, document)?)))
}

/// Where the draft of a request lies that was made before.
fn draft_of(opened: HandedOver, request: &Request) -> Result<PathBuf, Error> {
    match opened.fingerprint == request.1 {
        true => Ok(opened.file.into()),
        false => Err(send::other_request(&request.0)),
    }
}
