//! Mails: from what was asked for to sealed bytes in the queue.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::copies::own_copies;
use super::{App, Error, Kind, clock, disabled};
use crate::compose;
use crate::domain::address::Mailbox;
use crate::domain::contact::ContactRole;
use crate::domain::document::{Kind as DocumentKind, Party};
use crate::domain::mail::{Attachment, Letter, MailState, Role};
use crate::domain::pace::Urgency;
use crate::domain::recipients;
use crate::domain::setting::Settings;
use crate::domain::{EmailAddress, Invalid, Millis};
use crate::store::{FolderDrop, MailRow, NewMail, Origin, Reader, Tx};
use crate::wire::{MailDraft, MailFile, MailShape, ResendRequest};

/// The most that may be attached to one mail, all files together.
///
/// # Units
/// Bytes, before they are encoded for the mail (which adds a third).
const LARGEST_ATTACHMENTS: usize = 36 * 1024 * 1024;

/// The name of the account a mail leaves through when it names none.
const DEFAULT_ACCOUNT: &str = "default";

/// A file to attach.
#[derive(Debug, Clone)]
pub struct OutgoingFile {
    /// Its name, without folders.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A mail whose account and recipients are known.
pub(super) struct Addressed {
    draft: MailDraft,
    account: i64,
    from: Mailbox,
    reply_to: Vec<Mailbox>,
    own_copies: Vec<EmailAddress>,
    not_before: Option<Millis>,
}

/// Finds the account, and fills in the buyer where nobody is named.
pub(super) fn address(
    reader: &Reader<'_>,
    shape: &MailShape,
    path: &str,
    (buyer, kind): (Option<&Party>, Option<DocumentKind>),
    settings: &Settings,
    now: Millis,
) -> Result<Addressed, Error> {
    let mut draft = shape.to_draft(path)?;
    if draft.names_nobody() {
        preset(reader, &mut draft, path, buyer, kind)?;
    }
    for (list, name) in [(&draft.to, "to"), (&draft.cc, "cc"), (&draft.bcc, "bcc")] {
        for mailbox in list {
            disabled::refuse(reader, &mailbox.address, &format!("{path}.{name}"))?;
        }
    }
    let name = draft.account.as_deref().unwrap_or(DEFAULT_ACCOUNT);
    let row = reader.account(name)?.ok_or_else(|| {
        Invalid::new(
            format!("{path}.account"),
            format!("there is no mail account called \"{name}\""),
            "Set one with `tillpost account set`",
        )
    })?;
    Ok(Addressed {
        account: row.id,
        from: draft.from.clone().unwrap_or(row.account.from),
        reply_to: if draft.reply_to.is_empty() { row.account.reply_to } else { draft.reply_to.clone() },
        own_copies: own_copies(reader, settings, &named(&draft), kind)?,
        not_before: draft.send_after.map(clock::resolve).filter(|at| *at > now),
        draft,
    })
}

/// Names the recipients of a document whose mail names nobody: those of the customer's contacts whose role
/// it is, else the buyer; the accountant has a copy of what is about money.
fn preset(
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

fn named(draft: &MailDraft) -> Vec<&EmailAddress> {
    [&draft.to, &draft.cc, &draft.bcc].into_iter().flatten().map(|mailbox| &mailbox.address).collect()
}

/// A sealed mail with what the queue needs to know.
pub(super) struct Ready {
    pub(super) new: NewMail,
    /// What each recipient will see of the others.
    pub(super) sights: Vec<compose::Sight>,
}

impl Ready {
    /// Whether it goes to somebody whom `mail` went to, the shop's own copies aside.
    pub(super) fn is_for_anybody_of(&self, mail: &MailRow) -> bool {
        let theirs = |address: &EmailAddress| mail.recipients.iter().any(|r| r.address == address.as_str());
        self.new.recipients.iter().any(|(address, _, role)| *role != Role::OwnCopy && theirs(address))
    }

    pub(super) fn for_document(mut self, document: i64, fingerprint: [u8; 32]) -> Self {
        self.new.document = Some(document);
        self.new.fingerprint = fingerprint;
        self
    }
}

impl Addressed {
    /// Adds the fixed copies of a channel, apart from disabled addresses.
    pub(super) fn copy_to(&mut self, reader: &Reader<'_>, copies: &[String]) -> Result<(), Error> {
        for copy in copies {
            let address = EmailAddress::parse(copy)?;
            if reader.disables(&address)?.is_none() && !self.own_copies.contains(&address) {
                self.own_copies.push(address);
            }
        }
        Ok(())
    }

    /// The letter, with the template's words where none were given.
    pub(super) fn letter(
        &self,
        settings: &Settings,
        template: (String, String),
        attachments: Vec<Attachment>,
        now: Millis,
    ) -> Letter {
        let (subject, text) = template;
        Letter {
            from: self.from.clone(),
            reply_to: self.reply_to.clone(),
            to: self.draft.to.clone(),
            cc: self.draft.cc.clone(),
            bcc: self.draft.bcc.clone(),
            own_copies: self.own_copies.clone(),
            blind_copy_multiple: settings.blind_copy_multiple,
            subject: self.draft.subject.clone().unwrap_or(subject),
            text: match (&self.draft.text, &self.draft.html) {
                (Some(text), _) => text.clone(),
                (None, Some(html)) => compose::text_of_html(html),
                (None, None) => text,
            },
            html: self.draft.html.clone(),
            attachments,
            message_id: message_id(&self.from),
            date: now,
        }
    }

    /// Seals the letter, or one for everybody named in it where each gets their own.
    pub(super) fn seal_all(
        &self,
        mut letter: Letter,
        settings: &Settings,
        now: Millis,
    ) -> Result<Vec<Ready>, Error> {
        if !self.draft.individually {
            return Ok(vec![self.seal(&letter, settings, now)?]);
        }
        let named = [&mut letter.to, &mut letter.cc, &mut letter.bcc].map(std::mem::take).concat();
        // Who is named has a message already.
        letter.own_copies.retain(|own| !named.iter().any(|mailbox| mailbox.address == *own));
        let mut all = Vec::new();
        for mailbox in recipients::once_each(named) {
            letter.message_id = message_id(&self.from);
            letter.to = vec![mailbox];
            all.push(self.seal(&letter, settings, now)?);
            // The shop wants one copy of what it sent, not as many as there are customers.
            letter.own_copies.clear();
        }
        Ok(all)
    }

    /// Fixes the letter's bytes.
    fn seal(&self, letter: &Letter, settings: &Settings, now: Millis) -> Result<Ready, Error> {
        let sealed = compose::seal(letter)?;
        let named = [letter.to.as_slice(), &letter.cc, &letter.bcc].concat();
        let recipients = with_names(sealed.recipients, &named);
        let (not_before, wait) = earliest(self.not_before, settings, now);
        Ok(Ready {
            sights: compose::sights(letter),
            new: NewMail {
                uuid: Uuid::now_v7(),
                client_ref: None,
                fingerprint: sealed.sha256,
                document: None,
                account: self.account,
                message_id: sealed.message_id,
                from: self.from.address.clone(),
                subject: letter.subject.clone(),
                eight_bit: !sealed.mime.is_ascii(),
                mime: sealed.mime,
                sha256: sealed.sha256,

                recipients,
                created: now,
                urgency: self.draft.urgency,
                not_before,
                wait,
                held: settings.undo_seconds.is_none(),
            },
        })
    }
}

/// Puts a sealed mail into the queue and its recipients into the address book.
pub(super) fn queue(tx: &Tx<'_>, ready: &Ready, settings: &Settings) -> Result<i64, Error> {
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
        let mails = self.send_from(file, files, document, None)?;
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
        self.send_from(file, files, document, None)
    }

    /// As [`App::send`], recording that it came from the outbox folder.
    pub(super) fn send_from(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
        drop: Option<FolderDrop>,
    ) -> Result<Vec<MailRow>, Error> {
        let settings = self.settings()?;
        let ready = self.build(file, files, document, &settings)?;
        self.put_in_queue(ready, settings, drop)
    }

    /// The sealed mails that a request asks for, ready to be queued or looked at.
    pub(super) fn build(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
        settings: &Settings,
    ) -> Result<Vec<Ready>, Error> {
        file.check()?;
        let fingerprint = fingerprint(file, &files, document)?;
        let now = clock::now();
        let (addressed, attached) = self.store.read(|reader| {
            let addressed = address(reader, &file.mail, "mail", (None, None), settings, now)?;
            let attached = document.map(|number| stored_files(reader, number)).transpose()?;
            Ok::<_, Error>((addressed, attached))
        })?;
        let (document, stored) = attached.unzip();
        let attachments = attachments(stored.unwrap_or_default(), files)?;
        let template = (default_subject(file, &attachments)?, String::new());
        let letter = addressed.letter(settings, template, attachments, now);
        let mut all = addressed.seal_all(letter, settings, now)?;
        for ready in &mut all {
            ready.new.document = document;
            ready.new.fingerprint = fingerprint;
        }
        // The others are found by the fingerprint they share with the first.
        if let Some(first) = all.first_mut() {
            first.new.client_ref.clone_from(&file.client_ref);
        }
        Ok(all)
    }
}

impl App {
    /// Queues a message that another program built, taken from the outbox folder.
    pub(super) fn adopt_from(&self, eml: &[u8], drop: Option<FolderDrop>) -> Result<MailRow, Error> {
        let settings = self.settings()?;
        let now = clock::now();
        let account = self.account(DEFAULT_ACCOUNT)?;
        let house = compose::House {
            blind_copy_multiple: settings.blind_copy_multiple,
            own_copies: self.store.read(|reader| own_copies(reader, &settings, &[], None))?,
            message_id: Uuid::now_v7().to_string(),
            now,
        };
        let adopted = compose::adopt(eml, house)?;
        let (not_before, wait) = earliest(None, &settings, now);
        let new = NewMail {
            uuid: Uuid::now_v7(),
            client_ref: None,
            fingerprint: Sha256::digest(eml).into(),
            document: None,
            account: account.id,
            message_id: adopted.sealed.message_id,
            from: adopted.from,
            subject: adopted.subject,
            sha256: adopted.sealed.sha256,
            eight_bit: !adopted.sealed.mime.is_ascii(),
            mime: adopted.sealed.mime,

            recipients: with_names(adopted.sealed.recipients, &adopted.named),
            created: now,
            urgency: Urgency::default(),
            not_before,
            wait,
            held: settings.undo_seconds.is_none(),
        };
        let mails = self.put_in_queue(vec![Ready { new, sights: Vec::new() }], settings, drop)?;
        mails.into_iter().next().ok_or_else(|| Error::new(Kind::Defect, "no mail was queued"))
    }

    /// Sends a mail once more as a new one: the same content to the same people, or to others.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field; [`Kind::Conflict`] while the mail itself may still leave, or
    /// when the `client_ref` was used for another mail.
    pub fn resend(&self, id: i64, request: &ResendRequest) -> Result<MailRow, Error> {
        let file = MailFile { client_ref: request.client_ref.clone(), ..MailFile::default() };
        file.check()?;
        let others = MailShape { to: request.to.clone(), ..MailShape::default() }.to_draft("")?.to;
        let (settings, now) = (self.settings()?, clock::now());
        let (mail, account) = self.store.read(|reader| {
            let mail = reader.mail(id)?;
            let account = reader.account(&mail.account)?;
            Ok::<_, Error>((mail, account))
        })?;
        if matches!(mail.state, MailState::Waiting | MailState::Held | MailState::Sending) {
            return Err(Error::new(
                Kind::Conflict,
                format!(
                    "Mail {id} is {}; it is not finished, so it need not be sent again.",
                    mail.state.word()
                ),
            ));
        }
        let account = account.ok_or_else(|| Error::new(Kind::NotFound, "The mail's account was removed."))?;
        let mut bytes = Vec::new();
        self.export(id, &mut bytes)?;
        let [to, cc, bcc] = people_of(&mail, others);
        let house = compose::House {
            blind_copy_multiple: settings.blind_copy_multiple,
            own_copies: self.store.read(|reader| own_copies(reader, &settings, &[], None))?,
            message_id: Uuid::now_v7().to_string(),
            now,
        };
        let built = compose::again(&bytes, to, cc, bcc, house)?;
        let (not_before, wait) = earliest(None, &settings, now);
        let mut hash = Sha256::new();
        hash.update(mail.uuid.as_bytes());
        hash.update(serde_json::to_vec(request).map_err(|e| Error::new(Kind::Defect, e.to_string()))?);
        let new = NewMail {
            uuid: Uuid::now_v7(),
            client_ref: request.client_ref.clone(),
            fingerprint: hash.finalize().into(),
            document: mail.document,
            account: account.id,
            message_id: built.sealed.message_id,
            from: built.from,
            subject: built.subject,
            sha256: built.sealed.sha256,
            eight_bit: !built.sealed.mime.is_ascii(),
            mime: built.sealed.mime,

            recipients: with_names(built.sealed.recipients, &built.named),
            created: now,
            urgency: Urgency::default(),
            not_before,
            wait,
            held: settings.undo_seconds.is_none(),
        };
        let mails = self.put_in_queue(vec![Ready { new, sights: Vec::new() }], settings, None)?;
        mails.into_iter().next().ok_or_else(|| Error::new(Kind::Defect, "no mail was queued"))
    }

    fn put_in_queue(
        &self,
        ready: Vec<Ready>,
        settings: Settings,
        drop: Option<FolderDrop>,
    ) -> Result<Vec<MailRow>, Error> {
        let mails = self.store.write(move |tx| {
            let reader = tx.reader();
            let before = ready.first().map(|first| sent_before(&reader, first)).transpose()?.flatten();
            let mails = match before {
                Some(first) => reader.mails_of_request(&first)?,
                None => {
                    let queued = ready.iter().map(|one| queue(tx, one, &settings));
                    let ids = queued.collect::<Result<Vec<_>, _>>()?;
                    ids.into_iter().map(|id| Ok(reader.mail(id)?)).collect::<Result<Vec<_>, Error>>()?
                }
            };
            if let Some(mut drop) = drop {
                drop.mail = mails.first().map(|mail| mail.id);
                tx.insert_folder_drop(&drop)?;
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

/// Who a mail goes to once more: others where some are named, else whom it went to, but not the shop's
/// own copies, which are added anew.
fn people_of(mail: &MailRow, others: Vec<Mailbox>) -> [Vec<Mailbox>; 3] {
    if !others.is_empty() {
        return [others, vec![], vec![]];
    }
    [Role::To, Role::Cc, Role::Bcc].map(|role| {
        let named = mail.recipients.iter().filter(|r| r.role == role);
        named.filter_map(|r| Mailbox::parse(&r.address).ok()).collect()
    })
}

/// A new id in the world for a mail of this sender.
fn message_id(from: &Mailbox) -> String {
    format!("{}@{}", Uuid::now_v7(), from.address.domain())
}

/// When a mail may leave at the earliest, and why it waits until then.
fn earliest(send_after: Option<Millis>, settings: &Settings, now: Millis) -> (Millis, &'static str) {
    let undo = settings.undo_seconds.unwrap_or_default();
    match send_after {
        Some(at) if at > now.plus_seconds(undo) => (at, "scheduled"),
        _ if undo > 0 || settings.undo_seconds.is_none() => (now.plus_seconds(undo), "undo"),
        _ => (now, "due"),
    }
}

/// The envelope's recipients with the names they were given with.
fn with_names(
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

/// The mail that the same `client_ref` was given for.
fn sent_before(reader: &Reader<'_>, ready: &Ready) -> Result<Option<MailRow>, Error> {
    let Some(client_ref) = &ready.new.client_ref else {
        return Ok(None);
    };
    match reader.mail_by_ref(client_ref)? {
        Some(mail) if mail.fingerprint != ready.new.fingerprint => Err(Error::new(
            Kind::Conflict,
            format!(
                "client_ref: \"{client_ref}\" was used for another mail. Use a new client_ref for a new mail."
            ),
        )),
        found => Ok(found),
    }
}

fn fingerprint(file: &MailFile, files: &[OutgoingFile], document: Option<&str>) -> Result<[u8; 32], Error> {
    let mut hash = Sha256::new();
    hash.update(serde_json::to_vec(file).map_err(|e| Error::new(Kind::Defect, e.to_string()))?);
    hash.update(document.unwrap_or_default());
    for file in files {
        hash.update(file.name.as_bytes());
        hash.update(Sha256::digest(&file.bytes));
    }
    Ok(hash.finalize().into())
}

/// The page of a stored document and the e-invoice beside it.
fn stored_files(reader: &Reader<'_>, number: &str) -> Result<(i64, Vec<OutgoingFile>), Error> {
    let row = reader.document_by_number(None, number)?.ok_or_else(|| {
        Error::new(Kind::NotFound, format!("There is no document with the number {number}."))
    })?;
    let page = OutgoingFile { name: format!("{number}.pdf"), bytes: reader.pdf(row.id)? };
    let data = reader.xml(row.id)?.map(|bytes| OutgoingFile { name: format!("{number}.xml"), bytes });
    Ok((row.id, std::iter::once(page).chain(data).collect()))
}

fn attachments(stored: Vec<OutgoingFile>, files: Vec<OutgoingFile>) -> Result<Vec<Attachment>, Error> {
    let all: Vec<OutgoingFile> = stored.into_iter().chain(files).collect();
    let size: usize = all.iter().map(|f| f.bytes.len()).sum();
    if size > LARGEST_ATTACHMENTS {
        return Err(Invalid::new(
            "attachments",
            format!(
                "the files have {size} bytes together; at most {LARGEST_ATTACHMENTS} can go with one mail"
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
fn default_subject(file: &MailFile, attachments: &[Attachment]) -> Result<String, Error> {
    if file.mail.subject.is_some() {
        return Ok(String::new());
    }
    if file.mail.text.is_none() && attachments.is_empty() {
        return Err(
            Invalid::new("mail.text", "the mail is empty", "Give a text, a file or a document").into()
        );
    }
    Ok(attachments.first().map(|a| a.file_name.clone()).unwrap_or_default())
}
