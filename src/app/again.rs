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
use crate::domain::mail::{MailState, Role};
use crate::domain::pace::Urgency;
use crate::domain::setting::Settings;
use crate::domain::{EmailAddress, Millis, say};
use crate::store::{ChannelRow, FolderDrop, MailRow, NewMail, RecipientRow};
use crate::wire::{MailDraft, MailFile, MailShape, ResendRequest};

impl App {
    /// What the shop decides about messages that were built before, and are from this sender.
    pub(super) fn house(
        &self,
        settings: &Settings,
        from: Option<&EmailAddress>,
        now: Millis,
    ) -> Result<compose::House, Error> {
        Ok(compose::House {
            blind_copy_multiple: settings.blind_copy_multiple,
            own_copies: self
                .store
                .read(|reader| own_copies(reader, settings, &MailDraft::default(), from, None))?,
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
        let mut house = self.house(&settings, compose::sender_of(eml).as_ref(), now)?;
        if let Some(channel) = channel {
            self.store.read(|reader| channel_copies(reader, channel, &mut house.own_copies))?;
        }
        let adopted = compose::adopt(eml, house)?;
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
        let (mail, account) = self.store.read(|reader| {
            let mail = reader.mail(id)?;
            let account = reader.account(&mail.account)?;
            Ok::<_, Error>((mail, account))
        })?;
        self.queues(&settings)?;
        if matches!(mail.state, MailState::Waiting | MailState::Held | MailState::Sending) {
            return Err(Error::new(
                Kind::Conflict,
                say!(
                    "Mail {id} is {state}; it is not finished, so it need not be sent again.",
                    id,
                    state = mail.state.word()
                ),
            ));
        }
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
        let [to, cc, bcc] = people_of(&mail, others);
        let house = self.house(&settings, compose::sender_of(&bytes).as_ref(), now)?;
        let built = compose::again(&bytes, to, cc, bcc, house)?;
        // Whom the account may send as may have changed since.
        let from = Mailbox { name: None, address: built.from.clone() };
        self.store.read(|reader| sender(reader, &account, Some(&from), "", &settings))?;
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
        let ready = Ready { new, sights: Vec::new(), largest: Largest::of(&account) };
        let mails = self.put_in_queue(vec![ready], settings, Came::ByRequest)?;
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
