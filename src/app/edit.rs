//! A waiting mail changed by a person: another time, or out of the queue and back to its writer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::copies::usual_copies;
use super::drafts::stored;
use super::send::Stored;
use super::{App, Error, Kind, clock, senders};
use crate::compose;
use crate::domain::EmailAddress;
use crate::domain::address::Mailbox;
use crate::domain::mail::{Event, MailState, Role, State};
use crate::domain::say;
use crate::store::{MailRow, RecipientRow};
use crate::wire::{AttachmentShape, LaterRequest, MailRequest, MailShape};

impl App {
    /// Lets a waiting or held mail leave later than it would.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when the time is none; [`Kind::Conflict`] when the mail is finished, is being sent,
    /// or its document has changed.
    pub fn postpone(&self, id: i64, request: &LaterRequest) -> Result<MailRow, Error> {
        let at = clock::resolve(request.at()?);
        let mail = self.store.write(move |tx| {
            tx.postpone(id, at)?;
            Ok::<_, Error>(tx.reader().mail(id)?)
        })?;
        tracing::info!(mail = id, "a person gave it another time");
        self.wake();
        Ok(mail)
    }

    /// Takes a waiting or held mail out of the queue to be changed: it is withdrawn, and a draft for those
    /// who have not got it. Where it was written as a draft it is that draft again, else one is made of it.
    ///
    /// # Errors
    /// [`Kind::Conflict`] when it is finished or is being sent at this moment; [`Kind::BadInput`] when it is
    /// too large to keep as a draft.
    pub fn edit(&self, id: i64) -> Result<(MailRow, Uuid), Error> {
        let (mail, _) = self.mail(id)?;
        if !matches!(mail.state, MailState::Waiting | MailState::Held | MailState::Sending) {
            return Err(Error::new(
                Kind::Conflict,
                say!(
                    "Mail {id} is {state}; only a mail that waits can be changed.",
                    id,
                    state = mail.state.word()
                ),
            ));
        }
        // Who has it already does not get it twice.
        let open = open(&mail);
        let whole = open.len() == mail.recipients.len();
        let (text, uuid, now) = (stored(&self.reopened(&mail)?)?, Uuid::now_v7(), clock::now());
        let edited = self.store.write(move |tx| {
            // The draft was made outside the transaction; somebody may have got the mail since.
            if self::open(&tx.reader().mail(id)?) != open {
                return Err(Error::new(
                    Kind::Conflict,
                    say!("Mail {id} moved on while it was taken out; look at it and try again.", id),
                ));
            }
            tx.person_asks(id, Event::Cancel, now)?;
            let again = if whole { tx.draft_again(id)? } else { None };
            let draft = match again {
                Some(draft) => draft,
                None => {
                    tx.insert_draft(uuid, &text, now)?;
                    uuid
                }
            };
            Ok::<_, Error>((tx.reader().mail(id)?, draft))
        })?;
        tracing::info!(mail = id, "a person took it out of the queue to change it");
        Ok(edited)
    }

    /// A mail as its writer asked for it, as far as its bytes tell.
    fn reopened(&self, mail: &MailRow) -> Result<MailRequest, Error> {
        let mut bytes = Vec::new();
        self.export(mail.id, &mut bytes)?;
        let parts = compose::reopen(&bytes)?;
        let settings = self.settings()?;
        let row = self.account(&mail.account)?;
        let sender = self
            .store
            .read(|reader| senders::sender(reader, &row, Some(&parts.from), "mail.from", &settings))
            .ok();
        let signature = sender.as_ref().map(|s| s.signature.as_str()).unwrap_or_default();
        let usual = sender.as_ref().is_some_and(|s| s.reply_to == parts.reply_to);
        let named = |role| {
            let open = mail.recipients.iter().filter(move |r| r.role == role && is_open(r.state));
            open.map(as_written).collect::<Vec<_>>()
        };
        let own = match &mail.document_number {
            Some(number) => self.stored(number).map(|Stored { files, .. }| files).unwrap_or_default(),
            None => Vec::new(),
        };
        let files = parts.files.iter().filter(|(name, _)| !own.iter().any(|file| file.name == *name));
        let copies = usual_copies(&settings, Some(&parts.from.address));
        let without = !copies.iter().any(|own| mail.recipients.iter().any(|r| r.address == own.as_str()));
        let scheduled = mail.wait == "scheduled" && mail.next > clock::now();
        let shape = MailShape {
            to: named(Role::To),
            cc: named(Role::Cc),
            bcc: named(Role::Bcc),
            blind_copy: (parts.shown > 1 && settings.blind_copy_multiple).then_some(false),
            no_own_copy: without && !copies.is_empty(),
            from: (parts.from != row.account.from).then(|| parts.from.to_string()),
            reply_to: if usual { vec![] } else { parts.reply_to.iter().map(ToString::to_string).collect() },
            read_receipt: parts.read_receipt,
            subject: Some(mail.subject.clone()),
            text: Some(senders::unsigned(&parts.text, signature)),
            html: parts.html.as_deref().map(|html| senders::unsigned_html(html, signature)),
            account: Some(mail.account.clone()),
            send_after: scheduled.then(|| clock::local(mail.next).format("%Y-%m-%dT%H:%M").to_string()),
            ..MailShape::default()
        };
        Ok(MailRequest {
            client_ref: None,
            mail: shape,
            document: mail.document_number.clone(),
            attachments: files
                .map(|(name, bytes)| AttachmentShape { name: name.clone(), content: STANDARD.encode(bytes) })
                .collect(),
        })
    }
}

/// The recipients who have yet to get a mail.
fn open(mail: &MailRow) -> Vec<i64> {
    mail.recipients.iter().filter(|r| is_open(r.state)).map(|r| r.id).collect()
}

/// Whether somebody has yet to get it.
fn is_open(state: State) -> bool {
    matches!(state, State::Waiting | State::Deferred)
}

/// A recipient as one writes them.
fn as_written(recipient: &RecipientRow) -> String {
    EmailAddress::parse(&recipient.address).map_or_else(
        |_| recipient.address.clone(),
        |address| Mailbox { name: recipient.name.clone(), address }.to_string(),
    )
}
