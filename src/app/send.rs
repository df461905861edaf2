//! Mails: from what was asked for to sealed bytes in the queue.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::copies::{channel_copies, own_copies};
use super::hand_over::About;
use super::senders;
use super::size::Largest;
use super::stored::Stored;
use super::templates::{self, InUse};
use super::words::{self, Words};
use super::{App, Error, Kind, clock, disabled, drafts};
use crate::compose;
use crate::domain::address::Mailbox;
use crate::domain::contact::ContactRole;
use crate::domain::document::{Content, Document, Kind as DocumentKind, Party};
use crate::domain::mail::{Attachment, Letter, Role};
use crate::domain::recipients;
use crate::domain::setting::Settings;
use crate::domain::{EmailAddress, Invalid, Millis, say};
use crate::store::{AccountRow, ChannelRow, FolderDrop, MailRow, NewMail, Origin, Reader, Tx};
use crate::wire::{MailDraft, MailFile, MailShape};

/// The most that may be attached to one mail, all files together.
///
/// # Units
/// Bytes, before they are encoded for the mail (which adds a third).
const LARGEST_ATTACHMENTS: usize = 36 * 1024 * 1024;

/// A file to attach.
#[derive(Debug, Clone)]
pub struct OutgoingFile {
    /// Its name, without folders.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Where a mail came from: what is noted of that, and the mail, come into the data file together.
pub(super) enum Came {
    /// Whoever asked, asks again if the answer is lost.
    ByRequest,
    /// From the outbox folder.
    ByFolder(FolderDrop),
    /// It was a draft, in this version: somebody else may have changed it since.
    AsDraft { uuid: Uuid, version: i64 },
    /// It was sent before, and goes once more as it is, whatever became of its document.
    OnceMore,
}

/// A mail whose account and recipients are known.
pub(super) struct Addressed {
    draft: MailDraft,
    account: i64,
    from: Mailbox,
    signature: String,
    largest: Largest,
    reply_to: Vec<Mailbox>,
    own_copies: Vec<EmailAddress>,
    not_before: Option<Millis>,
    template: Option<InUse>,
}

/// Finds the account, and fills in the buyer where nobody is named.
pub(super) fn address(
    reader: &Reader<'_>,
    shape: &MailShape,
    path: &str,
    about: Option<&Content>,
    settings: &Settings,
    now: Millis,
) -> Result<Addressed, Error> {
    let mut draft = shape.to_draft(path)?;
    let (buyer, kind) = (about.and_then(|c| c.buyer.as_ref()), about.map(|c| c.kind));
    if draft.names_nobody() {
        preset(reader, &mut draft, path, buyer, kind)?;
    }
    for (list, name) in [(&draft.to, "to"), (&draft.cc, "cc"), (&draft.bcc, "bcc")] {
        for mailbox in list {
            disabled::refuse(reader, &mailbox.address, &format!("{path}.{name}"))?;
        }
    }
    let row = account_for(reader, &draft, path, kind)?;
    let sender = senders::sender(reader, &row, draft.from.as_ref(), &format!("{path}.from"), settings)?;
    Ok(Addressed {
        account: row.id,
        signature: sender.signature,
        largest: Largest::of(&row),
        reply_to: if draft.reply_to.is_empty() { sender.reply_to } else { draft.reply_to.clone() },
        own_copies: own_copies(reader, settings, &draft, Some(&sender.mailbox.address), kind)?,
        from: sender.mailbox,
        template: templates::for_mail(reader, &draft, path, about, settings)?,
        not_before: draft.send_after.map(clock::resolve).filter(|at| *at > now),
        draft,
    })
}

/// The account a mail names, else the one that carries such mails.
pub(super) fn account_for(
    reader: &Reader<'_>,
    draft: &MailDraft,
    path: &str,
    kind: Option<DocumentKind>,
) -> Result<AccountRow, Error> {
    let path = format!("{path}.account");
    if let Some(name) = &draft.account {
        return Ok(reader.account(name)?.ok_or_else(|| {
            let problem = say!("there is no account called \"{name}\"", name);
            Invalid::new(path, problem, "Set one with `tillpost account set`")
        })?);
    }
    let found = reader.account_for(draft.user.as_deref(), draft.channel.as_deref(), kind)?;
    Ok(found.ok_or_else(|| {
        let (problem, remedy) = if reader.accounts().is_ok_and(|all| all.is_empty()) {
            ("there is no mail account yet", "Set one with `tillpost account set`")
        } else {
            (
                "no account is named and none is the default",
                "Name one, or choose the default with `tillpost account carry`",
            )
        };
        Invalid::new(path, problem, remedy)
    })?)
}

/// Names the recipients of a document whose mail names nobody: those of the customer's contacts whose role
/// it is, else the buyer; the accountant has a copy of what is about money.
pub(super) fn preset(
    reader: &Reader<'_>,
    draft: &mut MailDraft,
    path: &str,
    buyer: Option<&Party>,
    kind: Option<DocumentKind>,
) -> Result<(), Error> {
    let address = buyer.and_then(|b| b.email.clone()).ok_or_else(|| {
        let remedy = "Name a recipient, or give the buyer an e-mail address";
        Invalid::new(format!("{path}.to"), "nobody is named", remedy)
    })?;
    let role = kind.and_then(ContactRole::of);
    let known = reader.contact(&address.key())?;
    let customer = known.as_ref().and_then(|c| c.details.customer_number.as_deref());
    for contact in customer.map_or(Ok(Vec::new()), |number| reader.contacts_of(number))? {
        if contact.disabled {
            continue;
        }
        let mailbox = Mailbox { name: contact.name, address: EmailAddress::parse(&contact.address)? };
        if role.is_some_and(|role| contact.roles.contains(&role)) {
            draft.to.push(mailbox);
        } else if role == Some(ContactRole::Billing) && contact.roles.contains(&ContactRole::Accountant) {
            draft.cc.push(mailbox);
        }
    }
    if draft.to.is_empty() {
        draft.to.push(Mailbox { name: buyer.map(|b| b.name.clone()), address });
    }
    Ok(())
}

pub(super) fn named(draft: &MailDraft) -> Vec<&EmailAddress> {
    [&draft.to, &draft.cc, &draft.bcc].into_iter().flatten().map(|mailbox| &mailbox.address).collect()
}

/// A sealed mail with what the queue needs to know.
pub(super) struct Ready {
    pub(super) new: NewMail,
    /// What each recipient will see of the others.
    pub(super) sights: Vec<compose::Sight>,
    /// How large it may be; it is refused when it is queued, not when it is looked at.
    pub(super) largest: Largest,
}

impl Ready {
    pub(super) fn carrying(mut self, document: i64) -> Self {
        self.new.document = Some(document);
        self
    }

    pub(super) fn for_document(mut self, document: i64, fingerprint: [u8; 32]) -> Self {
        self.new.document = Some(document);
        self.new.fingerprint = fingerprint;
        self
    }
}

impl Addressed {
    /// Takes on what a channel wants of its mails: fixed copies, apart from disabled addresses, and words.
    pub(super) fn by_channel(
        &mut self,
        reader: &Reader<'_>,
        channel: &ChannelRow,
        about: &Content,
        settings: &Settings,
    ) -> Result<(), Error> {
        channel_copies(reader, channel, &mut self.own_copies)?;
        match &mut self.template {
            Some(template) => {
                let language = self.draft.language.as_deref().unwrap_or(&about.language);
                template.by_channel(reader, channel, (about.kind, language), settings)
            }
            None => Ok(()),
        }
    }

    /// What the mail says, with the template's words where none were given.
    pub(super) fn words(&self, document: &Document) -> Result<Words, Error> {
        let template = self.template.as_ref().ok_or_else(|| Error::new(Kind::Defect, "no template"))?;
        words::with_document(&self.draft, document, template)
    }

    /// The letter with these words.
    pub(super) fn letter(
        &self,
        settings: &Settings,
        words: &Words,
        attachments: Vec<Attachment>,
        now: Millis,
    ) -> Letter {
        Letter {
            from: self.from.clone(),
            reply_to: self.reply_to.clone(),
            to: self.draft.to.clone(),
            cc: self.draft.cc.clone(),
            bcc: self.draft.bcc.clone(),
            own_copies: self.own_copies.clone(),
            blind_copy_multiple: self.draft.blind_copy.unwrap_or(settings.blind_copy_multiple),
            read_receipt: self.draft.read_receipt,
            subject: words.subject.clone(),
            text: senders::signed(&words.text, &self.signature),
            html: words.html.as_deref().map(|html| senders::signed_html(html, &self.signature)),
            attachments,
            message_id: message_id(&self.from),
            date: now,
        }
    }

    /// Seals the letter, or one for everybody named in it where each gets their own.
    pub(super) fn seal_all(
        &self,
        mut letter: Letter,
        template: Option<String>,
        settings: &Settings,
        now: Millis,
    ) -> Result<Vec<Ready>, Error> {
        if !self.draft.individually {
            return Ok(vec![self.seal(&letter, template, settings, now)?]);
        }
        let named = [&mut letter.to, &mut letter.cc, &mut letter.bcc].map(std::mem::take).concat();
        // Who is named has a message already.
        letter.own_copies.retain(|own| !named.iter().any(|mailbox| mailbox.address == *own));
        let mut all = Vec::new();
        for mailbox in recipients::once_each(named) {
            letter.message_id = message_id(&self.from);
            letter.to = vec![mailbox];
            all.push(self.seal(&letter, template.clone(), settings, now)?);
            // The shop wants one copy of what it sent, not as many as there are customers.
            letter.own_copies.clear();
        }
        Ok(all)
    }

    /// Fixes the letter's bytes.
    fn seal(
        &self,
        letter: &Letter,
        template: Option<String>,
        settings: &Settings,
        now: Millis,
    ) -> Result<Ready, Error> {
        let sealed = compose::seal(letter)?;
        let named = [letter.to.as_slice(), &letter.cc, &letter.bcc].concat();
        let recipients = with_names(sealed.recipients, &named);
        let (not_before, wait) = match earliest(self.not_before, settings, now) {
            (at, "due") if self.draft.hold => (at, "undo"),
            other => other,
        };
        Ok(Ready {
            sights: compose::sights(letter),
            largest: self.largest,
            new: NewMail {
                uuid: Uuid::now_v7(),
                client_ref: None,
                fingerprint: sealed.sha256,
                document: None,
                account: self.account,
                message_id: sealed.message_id,
                from: self.from.address.clone(),
                subject: letter.subject.clone(),
                template,
                program: self.draft.program.clone(),
                eight_bit: !sealed.mime.is_ascii(),
                files: letter.attachments.len(),
                again_of: None,
                mime: sealed.mime,
                sha256: sealed.sha256,

                recipients,
                created: now,
                urgency: self.draft.urgency,
                not_before,
                wait,
                held: self.draft.hold || settings.undo_seconds.is_none(),
            },
        })
    }
}

/// Puts a sealed mail into the queue and its recipients into the address book.
pub(super) fn queue(tx: &Tx<'_>, ready: &Ready, settings: &Settings) -> Result<i64, Error> {
    ready.largest.allow(ready.new.mime.len())?;
    let reader = tx.reader();
    for (address, ..) in &ready.new.recipients {
        disabled::refuse(&reader, address, "")?;
    }
    let id = tx.insert_mail(&ready.new)?;
    if settings.auto_store_addresses {
        for (address, name, role) in &ready.new.recipients {
            if *role != Role::OwnCopy {
                tx.contact_seen(address.as_str(), name.as_deref(), Origin::Queued, ready.new.created)?;
            }
        }
    }
    Ok(id)
}

impl App {
    /// Queues a mail with files, and with a stored document where one is named.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field; [`Kind::NotFound`] when there is no such document;
    /// [`Kind::Conflict`] when the `client_ref` was used for another mail. Nothing was queued then.
    pub fn send(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<MailRow, Error> {
        let mails = self.send_each(file, files, document)?;
        mails.into_iter().next().ok_or_else(|| Error::new(Kind::Defect, "no mail was queued"))
    }

    /// As [`App::send`], returning every mail: there are several when everybody gets their own.
    ///
    /// # Errors
    /// As [`App::send`]; all are queued or none.
    pub fn send_each(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<Vec<MailRow>, Error> {
        self.send_from(file, files, document, Came::ByRequest)
    }

    /// As [`App::send_each`], noting where it came from.
    pub(super) fn send_from(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
        came: Came,
    ) -> Result<Vec<MailRow>, Error> {
        let settings = self.settings()?;
        let ready = self.build(file, files, document, None, &settings)?;
        self.put_in_queue(ready, settings, came)
    }

    /// The sealed mails that a request asks for, ready to be queued or looked at; with the copies of the
    /// channel it came by.
    pub(super) fn build(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
        channel: Option<&ChannelRow>,
        settings: &Settings,
    ) -> Result<Vec<Ready>, Error> {
        file.check()?;
        let fingerprint = fingerprint(file, &files, document)?;
        let stored = document.map(|name| self.stored_named(name)).transpose()?;
        let (id, about) = match &stored {
            Some(Stored { id, document, files }) => {
                (Some(*id), Some(About { document, files: files.clone(), channel: None }))
            }
            None => (None, None),
        };
        let mut all = self.build_about(file, files, about, channel, settings)?;
        for ready in &mut all {
            ready.new.document = id;
            ready.new.fingerprint = fingerprint;
        }
        // The others are found by the fingerprint they share with the first.
        if let Some(first) = all.first_mut() {
            first.new.client_ref.clone_from(&file.client_ref);
        }
        Ok(all)
    }

    /// The sealed mails about a document, or about nothing but themselves.
    pub(super) fn build_about(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        about: Option<About<'_>>,
        channel: Option<&ChannelRow>,
        settings: &Settings,
    ) -> Result<Vec<Ready>, Error> {
        let now = clock::now();
        let content = about.as_ref().map(|about| &about.document.content);
        let addressed = self.store.read(|reader| {
            let mut addressed = address(reader, &file.mail, "mail", content, settings, now)?;
            if let (Some(channel), Some(content)) = (about.as_ref().and_then(|a| a.channel), content) {
                addressed.by_channel(reader, channel, content, settings)?;
            }
            if let Some(channel) = channel {
                channel_copies(reader, channel, &mut addressed.own_copies)?;
            }
            Ok::<_, Error>(addressed)
        })?;
        let (words, attachments) = match about {
            Some(about) => (addressed.words(about.document)?, attachments(about.files, files)?),
            None => {
                let attachments = attachments(Vec::new(), files)?;
                let subject = default_subject(file, &attachments)?;
                let template = addressed.template.as_ref();
                let words = self.words_alone(&addressed.draft, subject, template, Some(&addressed.from))?;
                (words, attachments)
            }
        };
        let letter = addressed.letter(settings, &words, attachments, now);
        addressed.seal_all(letter, words.template, settings, now)
    }
}

impl App {
    pub(super) fn put_in_queue(
        &self,
        ready: Vec<Ready>,
        settings: Settings,
        came: Came,
    ) -> Result<Vec<MailRow>, Error> {
        let mails = self.store.write(move |tx| {
            let reader = tx.reader();
            let before = match ready.first().and_then(|first| Some((first.new.client_ref.as_ref()?, first))) {
                Some((client_ref, first)) => sent_before(&reader, client_ref, &first.new.fingerprint)?,
                None => None,
            };
            let mails = match before {
                Some(first) => reader.mails_of_request(&first)?,
                None => {
                    if let Came::AsDraft { uuid, version } = came {
                        drafts::unchanged(&reader.draft(uuid)?, Some(version))?;
                    }
                    let queued = ready.iter().map(|one| queue(tx, one, &settings));
                    let ids = queued.collect::<Result<Vec<_>, _>>()?;
                    if !matches!(came, Came::OnceMore) {
                        // A correction may have come in while it was built.
                        ids.iter().try_for_each(|id| tx.hold_outdated(*id))?;
                    }
                    ids.into_iter().map(|id| Ok(reader.mail(id)?)).collect::<Result<Vec<_>, Error>>()?
                }
            };
            match (came, mails.first()) {
                (Came::ByFolder(drop), first) => {
                    tx.insert_folder_drop(&FolderDrop { mail: first.map(|mail| mail.id), ..drop })?;
                }
                (Came::AsDraft { uuid, .. }, Some(first)) => tx.draft_sent(uuid, first.id)?,
                _ => {}
            }
            Ok::<_, Error>(mails)
        })?;
        for mail in &mails {
            tracing::info!(mail = mail.id, recipients = mail.recipients.len(), "queued a mail");
        }
        self.wake();
        Ok(mails)
    }
}

/// A new id in the world for a mail of this sender.
fn message_id(from: &Mailbox) -> String {
    format!("{}@{}", Uuid::now_v7(), from.address.domain())
}

/// When a mail may leave at the earliest, and why it waits until then.
pub(super) fn earliest(
    send_after: Option<Millis>,
    settings: &Settings,
    now: Millis,
) -> (Millis, &'static str) {
    let undo = settings.undo_seconds.unwrap_or_default();
    match send_after {
        Some(at) if at > now.plus_seconds(undo) => (at, "scheduled"),
        _ if undo > 0 || settings.undo_seconds.is_none() => (now.plus_seconds(undo), "undo"),
        _ => (now, "due"),
    }
}

/// The envelope's recipients with the names they were given with.
pub(super) fn with_names(
    recipients: Vec<(EmailAddress, Role)>,
    named: &[Mailbox],
) -> Vec<(EmailAddress, Option<String>, Role)> {
    recipients
        .into_iter()
        .map(|(address, role)| {
            let name = named.iter().find(|m| m.address == address).and_then(|m| m.name.clone());
            (address, name, role)
        })
        .collect()
}

/// The first mail that the same `client_ref` was given for.
pub(super) fn sent_before(
    reader: &Reader<'_>,
    client_ref: &str,
    fingerprint: &[u8; 32],
) -> Result<Option<MailRow>, Error> {
    match reader.mail_by_ref(client_ref)? {
        Some(mail) if mail.fingerprint != *fingerprint => Err(other_request(client_ref)),
        found => Ok(found),
    }
}

/// The refusal of a `client_ref` that stands for something else already.
pub(super) fn other_request(client_ref: &str) -> Error {
    Error::new(
        Kind::Conflict,
        say!(
            "client_ref: \"{client_ref}\" was used for another mail. Use a new client_ref for a new mail.",
            client_ref
        ),
    )
}

pub(super) fn fingerprint(
    file: &MailFile,
    files: &[OutgoingFile],
    document: Option<&str>,
) -> Result<[u8; 32], Error> {
    let mut hash = Sha256::new();
    hash.update(serde_json::to_vec(file).map_err(|e| Error::new(Kind::Defect, e.to_string()))?);
    hash.update(document.unwrap_or_default());
    for file in files {
        hash.update(file.name.as_bytes());
        hash.update(Sha256::digest(&file.bytes));
    }
    Ok(hash.finalize().into())
}

pub(super) fn attachments(
    stored: Vec<OutgoingFile>,
    files: Vec<OutgoingFile>,
) -> Result<Vec<Attachment>, Error> {
    let all: Vec<OutgoingFile> = stored.into_iter().chain(files).collect();
    let size: usize = all.iter().map(|f| f.bytes.len()).sum();
    if size > LARGEST_ATTACHMENTS {
        return Err(Invalid::new(
            "attachments",
            say!(
                "the files have {size} bytes together; at most {most} can go with one mail",
                size,
                most = LARGEST_ATTACHMENTS
            ),
            "Send fewer or smaller files",
        )
        .into());
    }
    Ok(all
        .into_iter()
        .map(|file| Attachment {
            media_type: compose::media_type(&file.name).to_owned(),
            file_name: file.name,
            bytes: file.bytes,
        })
        .collect())
}

/// A mail without a subject is about its first file.
pub(super) fn default_subject(file: &MailFile, attachments: &[Attachment]) -> Result<String, Error> {
    if file.mail.subject.is_some() || file.mail.template.is_some() {
        return Ok(String::new());
    }
    if file.mail.text.is_none() && attachments.is_empty() {
        return Err(
            Invalid::new("mail.text", "the mail is empty", "Give a text, a file or a document").into()
        );
    }
    Ok(attachments.first().map(|a| a.file_name.clone()).unwrap_or_default())
}
