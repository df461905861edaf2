//! Mails that were built before: by another program, or sent once already.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::copies::{channel_copies, own_copies};
use super::send::{Came, Ready, earliest, with_names};
use super::senders::{account_sending_as, sender};
use super::size::Largest;
use super::{App, Error, Kind, clock};
use crate::compose;
use crate::domain::address::Mailbox;
use crate::domain::document::Kind as DocumentKind;
use crate::domain::mail::{MailState, Role};
use crate::domain::pace::Urgency;
use crate::domain::setting::Settings;
use crate::domain::{EmailAddress, Millis, say};
use crate::store::{ChannelRow, FolderDrop, MailRow, NewMail, Reader, RecipientRow};
use crate::wire::{DocumentFile, MailDraft, MailFile, MailShape, ResendRequest};

impl App {
    /// What the shop decides about a message that was built before.
    pub(super) fn house(
        &self,
        settings: &Settings,
        about: Whose<'_>,
        channel: Option<&ChannelRow>,
        now: Millis,
    ) -> Result<compose::House, Error> {
        let Whose { from, named, kind } = about;
        // The rules for own copies look at whom it is for, in whichever list.
        let draft = MailDraft { to: named, ..MailDraft::default() };
        let own_copies = self.store.read(|reader| {
            let mut copies = own_copies(reader, settings, &draft, from, kind)?;
            if let Some(channel) = channel {
                channel_copies(reader, channel, &mut copies)?;
            }
            Ok::<_, Error>(copies)
        })?;
        Ok(compose::House {
            blind_copy_multiple: settings.blind_copy_multiple,
            own_copies,
            message_id: Uuid::now_v7().to_string(),
            now,
        })
    }

    /// Queues a message that another program built, taken from the outbox folder, or from that of a
    /// channel: it leaves by the channel's account then, with the channel's copies.
    pub(super) fn adopt_from(
        &self,
        eml: &[u8],
        channel: Option<&ChannelRow>,
        drop: Option<FolderDrop>,
    ) -> Result<MailRow, Error> {
        let settings = self.settings()?;
        let now = clock::now();
        let message = compose::Foreign::read(eml)?;
        let house = self.house(&settings, Whose::foreign(&message), channel, now)?;
        let adopted = message.adopt(house)?;
        let account = self.store.read(|reader| {
            let named = channel.and_then(|channel| channel.account.as_deref());
            let row = match named.map(|name| reader.account(name)).transpose()?.flatten() {
                Some(row) => row,
                None => account_sending_as(reader, &adopted.from)?,
            };
            for (field, mailbox) in &adopted.says_from {
                sender(reader, &row, Some(mailbox), field, &settings)?;
            }
            Ok::<_, Error>(row)
        })?;
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
            template: None,
            program: None,
            sha256: adopted.sealed.sha256,
            eight_bit: !adopted.sealed.mime.is_ascii(),
            files: compose::look(&adopted.sealed.mime)?.attachments.len(),
            again_of: None,
            mime: adopted.sealed.mime,
            recipients: with_names(adopted.sealed.recipients, &adopted.named),
            created: now,
            urgency: Urgency::default(),
            not_before,
            wait,
            held: settings.undo_seconds.is_none(),
        };
        let ready = Ready { new, sights: Vec::new(), largest: Largest::of(&account) };
        let mails = self.put_in_queue(vec![ready], settings, drop.map_or(Came::ByRequest, Came::ByFolder))?;
        mails.into_iter().next().ok_or_else(|| Error::new(Kind::Defect, "no mail was queued"))
    }

    /// Sends a mail once more as a new one: the same content to the same people, or to others.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field, or says that its account may no longer send as whom it is from;
    /// [`Kind::Conflict`] while the mail itself may still leave, when the `client_ref` was used for another
    /// mail, or where mails go to the computer's mail program.
    pub fn resend(&self, id: i64, request: &ResendRequest) -> Result<MailRow, Error> {
        let file = MailFile { client_ref: request.client_ref.clone(), ..MailFile::default() };
        file.check()?;
        let others = MailShape { to: request.to.clone(), ..MailShape::default() }.to_draft("")?.to;
        let (settings, now) = (self.settings()?, clock::now());
        let (mail, account, kind, channel) = self.store.read(|reader| {
            let mail = reader.mail(id)?;
            let account = reader.account(&mail.account)?;
            let (kind, channel) = came_by(reader, &mail)?;
            Ok::<_, Error>((mail, account, kind, channel))
        })?;
        self.queues(&settings)?;
        leaves_no_more(&mail)?;
        if goes_again(&mail, &others, &settings) {
            return Err(Error::new(
                Kind::Conflict,
                say!(
                    "Mail {id} may have arrived, and is sent again by itself. Decide about it first: \
                     `tillpost queue resolve {id}`.",
                    id
                ),
            ));
        }
        let account = account.ok_or_else(|| Error::new(Kind::NotFound, "The mail's account was removed."))?;
        let mut bytes = Vec::new();
        self.export(id, &mut bytes)?;
        let (again, own) = people_of(&mail, others);
        let named = [again.to.as_slice(), &again.cc, &again.bcc].concat();
        let from = compose::sender_of(&bytes);
        let about = Whose { from: from.as_ref(), named, kind };
        let mut house = self.house(&settings, about, channel.as_ref(), now)?;
        house.own_copies.extend(own);
        let built = compose::again(&bytes, again, house)?;
        // Whom the account may send as may have changed since.
        self.store.read(|reader| {
            let mut all = built.says_from.iter();
            all.try_for_each(|(_, from)| sender(reader, &account, Some(from), "", &settings).map(drop))
        })?;
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
            template: mail.template.clone(),
            program: None,
            sha256: built.sealed.sha256,
            eight_bit: !built.sealed.mime.is_ascii(),
            files: compose::look(&built.sealed.mime)?.attachments.len(),
            again_of: Some(mail.id),
            mime: built.sealed.mime,
            recipients: with_names(built.sealed.recipients, &built.named),
            created: now,
            urgency: Urgency::default(),
            not_before,
            wait,
            held: settings.undo_seconds.is_none(),
        };
        let ready = Ready { new, sights: Vec::new(), largest: Largest::of(&account) };
        let mails = self.put_in_queue(vec![ready], settings, Came::OnceMore)?;
        mails.into_iter().next().ok_or_else(|| Error::new(Kind::Defect, "no mail was queued"))
    }
}

/// Whether somebody it would go to is in doubt, and gets it again by itself: together that may be three.
fn goes_again(mail: &MailRow, others: &[Mailbox], settings: &Settings) -> bool {
    let meant = |r: &RecipientRow| {
        let is_it = |other: &Mailbox| EmailAddress::parse(&r.address).is_ok_and(|one| one == other.address);
        others.is_empty() || others.iter().any(is_it)
    };
    let policy = settings.policy(mail.document_kind);
    mail.recipients.iter().any(|r| mail.goes_again(r, policy) && meant(r))
}

/// Whose a message is that was built before: what the rules for own copies look at.
pub(super) struct Whose<'a> {
    from: Option<&'a EmailAddress>,
    named: Vec<Mailbox>,
    kind: Option<DocumentKind>,
}

impl<'a> Whose<'a> {
    /// Of a message that another program built.
    pub(super) fn foreign(message: &'a compose::Foreign<'_>) -> Self {
        Self { from: Some(message.sender()), named: message.named(), kind: None }
    }
}

/// The kind of the document that a mail carries, and the channel it came by as far as that is known: of a
/// mail without a document, the one that wants a copy which the mail had.
fn came_by(reader: &Reader<'_>, mail: &MailRow) -> Result<(Option<DocumentKind>, Option<ChannelRow>), Error> {
    let Some(document) = mail.document else {
        let own: Vec<&str> = of_role(mail, Role::OwnCopy).map(|r| r.address.as_str()).collect();
        let wants = |channel: &ChannelRow| channel.copies.iter().any(|copy| own.contains(&copy.as_str()));
        return Ok((None, reader.channels()?.into_iter().find(wants)));
    };
    let file: DocumentFile = crate::wire::parse(reader.content(document)?.as_bytes())?;
    let channel = file.channel.map(|name| reader.channel(&name)).transpose()?.flatten();
    Ok((mail.document_kind, channel))
}

/// Refuses to send a mail once more that may leave by itself: somebody would have it twice.
fn leaves_no_more(mail: &MailRow) -> Result<(), Error> {
    let id = mail.id;
    if matches!(mail.state, MailState::Waiting | MailState::Held | MailState::Sending) {
        let said = say!(
            "Mail {id} is {state}; it is not finished, so it need not be sent again.",
            id,
            state = mail.state.word()
        );
        return Err(Error::new(Kind::Conflict, said));
    }
    Ok(())
}

fn of_role(mail: &MailRow, role: Role) -> impl Iterator<Item = &RecipientRow> {
    mail.recipients.iter().filter(move |r| r.role == role)
}

/// Who a mail goes to once more: others where some are named, else whom it went to, but not the shop's
/// own copies, which are added anew. Whoever had it before has it in the same list again, so that a blind
/// copy stays blind; apart from them the own copies that were asked for by name.
fn people_of(mail: &MailRow, others: Vec<Mailbox>) -> (compose::Again, Vec<EmailAddress>) {
    let went_to = mail.recipients.iter().filter(|r| r.role != Role::OwnCopy).count();
    let (mut again, mut own) = (compose::Again { went_to, ..compose::Again::default() }, Vec::new());
    let mut add = |mailbox: Mailbox, role: Role| match role {
        Role::To => again.to.push(mailbox),
        Role::Cc => again.cc.push(mailbox),
        Role::Bcc => again.bcc.push(mailbox),
        Role::OwnCopy => own.push(mailbox.address),
    };
    let before = mail.recipients.iter().filter_map(|r| {
        let address = EmailAddress::parse(&r.address).ok()?;
        Some((Mailbox { name: r.name.clone(), address }, r.role))
    });
    if others.is_empty() {
        before.filter(|(_, role)| *role != Role::OwnCopy).for_each(|(mailbox, role)| add(mailbox, role));
        return (again, own);
    }
    let before: Vec<(Mailbox, Role)> = before.collect();
    for mut mailbox in others {
        let had = before.iter().find(|(known, _)| known.address == mailbox.address);
        mailbox.name = mailbox.name.or_else(|| had.and_then(|(known, _)| known.name.clone()));
        add(mailbox, had.map_or(Role::To, |(_, role)| *role));
    }
    (again, own)
}
