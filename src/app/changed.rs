//! Documents that change while their mail waits: the mail is held, and a person says what becomes of it.

use super::drafts::files;
use super::edit::{is_open, open};
use super::hand_over::About;
use super::stored::{named, newest_of};
use super::{App, Error, Kind, clock, send};
use crate::domain::address::Mailbox;
use crate::domain::document::Kind as DocumentKind;
use crate::domain::mail::{Event, MailState, Role, State};
use crate::domain::say;
use crate::store::{DocumentRow, MailRow, RecipientRow};
use crate::wire::{DocumentFile, MailFile, MailShape};

impl App {
    /// Holds the mails of a document that was changed, paid or cancelled in the sender's own books and
    /// are not on the wire; returns how many. A person then releases, replaces or cancels them. A new
    /// version and a credit note do this by themselves. One that may have gone does not go again by itself.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such document; [`Kind::Conflict`] when `kind` is `None` and several
    /// kinds have the number.
    pub fn document_changed(&self, kind: Option<DocumentKind>, number: &str) -> Result<usize, Error> {
        let row = self.store.read(|reader| match kind {
            Some(kind) => newest_of(reader, kind, number),
            None => named(reader, number),
        })?;
        self.store.write(move |tx| Ok::<_, Error>(tx.hold_earlier_versions(row.kind, &row.number, 0)?))
    }

    /// Withdraws a mail that carries an old version of its document, and sends the newest version to the
    /// same people; returns the mail that does. Where the newest version was issued with a mail of its own in the
    /// place of this one, or they all have it by another, that is the mail.
    ///
    /// # Errors
    /// [`Kind::Conflict`] when there is no newer version, the mail has left, or nothing is queued as mails go to
    /// the computer's mail program.
    pub fn replace(&self, id: i64) -> Result<MailRow, Error> {
        let (mail, _) = self.mail(id)?;
        let Some((old, newest)) = self.newer_version(&mail)? else {
            return Err(Error::new(
                Kind::Conflict,
                say!(
                    "Mail {id} carries no document of which there is a newer version. Release it to send it as it is, or cancel it.",
                    id
                ),
            ));
        };
        let now = clock::now();
        let others = self.store.read(|reader| reader.mails_of_document(newest.id))?;
        if let Some(instead) = instead(&mail, &old, &newest, &others) {
            let own = instead.clone();
            self.store.write(move |tx| Ok::<_, Error>(tx.person_asks(id, Event::Cancel, now)?))?;
            return Ok(own);
        }
        let settings = self.settings()?;
        self.queues(&settings)?;
        let (before, content) = self
            .store
            .read(|reader| Ok::<_, Error>((reader.content(old.id)?, reader.content(newest.id)?)))?;
        let before: DocumentFile = crate::wire::parse(before.as_bytes())?;
        let file: DocumentFile = crate::wire::parse(content.as_bytes())?;
        let channel = self.channel_of(file.channel.as_deref()).unwrap_or_default();
        let request = self.reopened(&mail, &|r| is_open(r.state))?;
        let words = file.mail.or(before.mail).unwrap_or_default();
        let mail_file = MailFile { mail: worded(request.mail, words, &others), ..MailFile::default() };
        let stored = self.stored(&newest)?;
        let about = About { document: &stored.document, files: stored.files, channel: channel.as_ref() };
        let ready =
            self.build_about(&mail_file, files(&request.attachments)?, Some(about), None, &settings)?;
        let ready = ready.into_iter().next().ok_or_else(|| Error::new(Kind::Defect, "no mail was built"))?;
        let waiting = open(&mail);
        let row = self.store.write(move |tx| {
            // It was built outside the transaction; somebody may have got the old one since.
            if open(&tx.reader().mail(id)?) != waiting {
                return Err(Error::new(
                    Kind::Conflict,
                    say!("Mail {id} moved on while it was taken out; look at it and try again.", id),
                ));
            }
            tx.person_asks(id, Event::Cancel, now)?;
            let ready = ready.carrying(newest.id);
            let new = send::queue(tx, &ready, &settings)?;
            Ok::<_, Error>(tx.reader().mail(new)?)
        })?;
        self.wake();
        Ok(row)
    }

    /// The document that a mail carries and its newest version, where that is another.
    pub(super) fn newer_version(&self, mail: &MailRow) -> Result<Option<(DocumentRow, DocumentRow)>, Error> {
        let Some(document) = mail.document else { return Ok(None) };
        self.store.read(|reader| {
            let old = reader.document(document)?;
            let newest = newest_of(reader, old.kind, &old.number)?;
            Ok((newest.id != old.id).then_some((old, newest)))
        })
    }
}

/// The mail of the newest version that stands in the place of one with an old version: its own, where both were
/// issued with one, else one by which everybody has it who would get the old one.
fn instead<'a>(
    mail: &MailRow,
    old: &DocumentRow,
    newest: &DocumentRow,
    others: &'a [MailRow],
) -> Option<&'a MailRow> {
    let waits = |r: &RecipientRow| is_open(r.state) && r.role != Role::OwnCopy;
    let mut waiting = mail.recipients.iter().filter(|r| waits(r)).map(|r| r.address.as_str());
    let own = || others.iter().filter(|other| is_alive(other) && other.fingerprint == newest.fingerprint);
    let reaches = |other: &&MailRow| mail.recipients.iter().any(|r| waits(r) && reached(other, &r.address));
    if mail.fingerprint == old.fingerprint
        && let Some(own) = own().find(reaches).or_else(|| own().next())
    {
        return Some(own);
    }
    let all = waiting.all(|address| others.iter().any(|other| reached(other, address)));
    others.iter().find(reaches).filter(|_| all)
}

/// The mail with the newest version's words, for those who do not get that by another mail.
fn worded(mail: MailShape, words: MailShape, others: &[MailRow]) -> MailShape {
    let missing = |named: Vec<String>| {
        let has_it = |named: &str| {
            let address = Mailbox::parse(named).map(|mailbox| mailbox.address.as_str().to_owned());
            address.is_ok_and(|address| others.iter().any(|other| reached(other, &address)))
        };
        named.into_iter().filter(|named| !has_it(named)).collect()
    };
    MailShape {
        to: missing(mail.to),
        cc: missing(mail.cc),
        bcc: missing(mail.bcc),
        subject: words.subject,
        text: words.text,
        html: words.html,
        template: words.template,
        language: words.language,
        placeholders: words.placeholders,
        ..mail
    }
}

/// Whether somebody gets a mail, or has it.
fn reached(mail: &MailRow, address: &str) -> bool {
    let lost = |state| matches!(state, State::Refused | State::Cancelled | State::Expired | State::Abandoned);
    mail.recipients.iter().any(|r| r.address == address && !lost(r.state))
}

fn is_alive(mail: &MailRow) -> bool {
    !matches!(mail.state, MailState::Failed | MailState::Cancelled | MailState::Expired)
}
