//! A waiting mail changed by a person: another time, or out of the queue and back to its writer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::copies::usual_copies;
use super::drafts::{Draft, stored};
use super::stored::called;
use super::{App, Error, Kind, clock, senders};
use crate::compose;
use crate::domain::EmailAddress;
use crate::domain::address::Mailbox;
use crate::domain::mail::{Event, MailState, Role, State};
use crate::domain::say;
use crate::store::{MailRow, RecipientRow};
use crate::wire::{AttachmentShape, DraftFor, LaterRequest, MailRequest, MailShape};

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
    /// [`Kind::Conflict`] when it is finished or is being sent at this moment, or its document has a newer
    /// version: its words are about the old one; [`Kind::BadInput`] when it is too large to keep as a draft.
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
        if let Some((old, newest)) = self.newer_version(&mail)? {
            return Err(Error::new(
                Kind::Conflict,
                say!(
                    "Mail {id} carries version {version} of {number}, and there is version {newest}. Replace it to send the newest, release it to send it as it is, or cancel it.",
                    id,
                    version = old.version,
                    number = old.number,
                    newest = newest.version
                ),
            ));
        }
        // Who has it already does not get it twice.
        let open = open(&mail);
        let alone = self.store.read(|reader| reader.mails_of_request(&mail))?.len() == 1;
        let whole = alone && open.len() == mail.recipients.len();
        let (text, uuid, now) =
            (stored(&self.reopened(&mail, &|r| is_open(r.state))?)?, Uuid::now_v7(), clock::now());
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
                Some(draft) => draft.uuid,
                None => {
                    tx.insert_draft(uuid, &text, mail.document, now)?;
                    uuid
                }
            };
            Ok::<_, Error>((tx.reader().mail(id)?, draft))
        })?;
        tracing::info!(mail = id, "a person took it out of the queue to change it");
        Ok(edited)
    }

    /// Begins a mail with the words and the files of another, for some of its people.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when its bytes were deleted; [`Kind::BadInput`] when it is too large to keep as a draft.
    pub fn draft_of(&self, id: i64, whom: DraftFor) -> Result<Draft, Error> {
        let (mail, _) = self.mail(id)?;
        self.begin_draft(&self.reopened(&mail, &|r| match whom {
            DraftFor::Everybody => true,
            DraftFor::Missed => r.state != State::Accepted,
            DraftFor::Nobody => false,
        })?)
    }

    /// A mail as its writer asked for it, as far as its bytes tell, for those of its people who are `meant`.
    pub(super) fn reopened(
        &self,
        mail: &MailRow,
        meant: &dyn Fn(&RecipientRow) -> bool,
    ) -> Result<MailRequest, Error> {
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
            let open = mail.recipients.iter().filter(move |r| r.role == role && meant(r));
            open.map(as_written).collect::<Vec<_>>()
        };
        let document = match mail.document {
            Some(id) => Some(self.store.read(|reader| reader.document(id))?),
            None => None,
        };
        let own = match &document {
            Some(row) => self.stored(row)?.files,
            None => Vec::new(),
        };
        let files = parts.files.iter();
        let files =
            files.filter(|(name, _)| !own.iter().any(|file| compose::clean_name(&file.name) == *name));
        let copies = usual_copies(&settings, Some(&parts.from.address));
        let without = !copies.iter().any(|own| mail.recipients.iter().any(|r| r.address == own.as_str()));
        // Whether they saw each other stays as it was, whatever is usual.
        let several = mail.recipients.iter().filter(|r| matches!(r.role, Role::To | Role::Cc)).count() > 1;
        let scheduled = matches!(mail.wait.as_str(), "scheduled" | "document_changed");
        let shape = MailShape {
            to: named(Role::To),
            cc: named(Role::Cc),
            bcc: named(Role::Bcc),
            blind_copy: (several && (parts.shown > 1) == settings.blind_copy_multiple)
                .then_some(parts.shown < 2),
            no_own_copy: without && !copies.is_empty(),
            from: (parts.from != row.account.from).then(|| parts.from.to_string()),
            reply_to: if usual { vec![] } else { parts.reply_to.iter().map(ToString::to_string).collect() },
            read_receipt: parts.read_receipt,
            subject: Some(mail.subject.clone()),
            text: Some(senders::unsigned(&parts.text, signature)),
            html: parts.html.as_deref().map(|html| senders::unsigned_html(html, signature)),
            account: Some(mail.account.clone()),
            send_after: (scheduled && mail.next > clock::now())
                .then(|| clock::local(mail.next).format("%Y-%m-%dT%H:%M").to_string()),
            ..MailShape::default()
        };
        Ok(MailRequest {
            client_ref: None,
            mail: shape,
            document: document.map(|row| called(row.kind, &row.number)),
            attachments: files
                .map(|(name, bytes)| AttachmentShape { name: name.clone(), content: STANDARD.encode(bytes) })
                .collect(),
        })
    }
}

/// The recipients who have yet to get a mail.
pub(super) fn open(mail: &MailRow) -> Vec<i64> {
    mail.recipients.iter().filter(|r| is_open(r.state)).map(|r| r.id).collect()
}

/// Whether somebody has yet to get it.
pub(super) fn is_open(state: State) -> bool {
    matches!(state, State::Waiting | State::Deferred)
}

/// A recipient as one writes them.
fn as_written(recipient: &RecipientRow) -> String {
    EmailAddress::parse(&recipient.address).map_or_else(
        |_| recipient.address.clone(),
        |address| Mailbox { name: recipient.name.clone(), address }.to_string(),
    )
}
