//! Documents that change while their mail waits: the mail is held, and a person says what becomes of it.

use super::{App, Error, Kind, clock, send};
use crate::domain::document::Kind as DocumentKind;
use crate::domain::mail::Event;
use crate::domain::say;
use crate::store::{DocumentRow, MailRow};
use crate::wire::DocumentFile;

impl App {
    /// Holds the mails of a document that was changed, paid or cancelled in the sender's own books and
    /// are not on the wire; returns how many. A person then releases, replaces or cancels them. A new
    /// version and a credit note do this by themselves.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no such document.
    pub fn document_changed(&self, kind: Option<DocumentKind>, number: &str) -> Result<usize, Error> {
        let row = self.store.read(|reader| reader.document_by_number(kind, number))?.ok_or_else(|| {
            Error::new(Kind::NotFound, say!("There is no document with the number {number}.", number))
        })?;
        self.store.write(move |tx| Ok::<_, Error>(tx.hold_earlier_versions(row.kind, &row.number, 0)?))
    }

    /// Withdraws a mail that carries an old version of its document, and sends the newest version to the
    /// same people; returns the mail that does.
    ///
    /// # Errors
    /// [`Kind::Conflict`] when there is no newer version, the mail has left, or nothing is queued as mails go to
    /// the computer's mail program.
    pub fn replace(&self, id: i64) -> Result<MailRow, Error> {
        let (mail, old, newest) = self.versions(id)?;
        let now = clock::now();
        let sent = self.store.read(|reader| reader.mails_of_document(newest.id))?;
        if let Some(own) = sent.into_iter().next() {
            // The new version was issued with a mail of its own.
            self.store.write(move |tx| Ok::<_, Error>(tx.person_asks(mail.id, Event::Cancel, now)?))?;
            return Ok(own);
        }
        self.queues(&self.settings()?)?;
        let (before, content, pdf, xml) = self.store.read(|reader| {
            let contents = (reader.content(old)?, reader.content(newest.id)?);
            Ok::<_, Error>((contents.0, contents.1, reader.pdf(newest.id)?, reader.xml(newest.id)?))
        })?;
        let before: DocumentFile = crate::wire::parse(before.as_bytes())?;
        let mut file: DocumentFile = crate::wire::parse(content.as_bytes())?;
        file.mail = file.mail.or(before.mail);
        let prepared = self.prepare(file)?;
        let Some(addressed) = self.address(&prepared)? else {
            return Err(no_recipients(&newest));
        };
        let document = prepared.document(newest.number.clone());
        let all = prepared.seal_stored(&addressed, &document, pdf, xml)?;
        // Where everybody has a message of their own, it is this one's that is replaced.
        let alone = all.len() == 1;
        let theirs = |ready: &send::Ready| alone || ready.is_for_anybody_of(&mail);
        let ready = all.into_iter().find(theirs).ok_or_else(|| no_recipients(&newest))?;
        let row = self.store.write(move |tx| {
            tx.person_asks(mail.id, Event::Cancel, now)?;
            let ready = ready.for_document(newest.id, prepared.fingerprint);
            let id = send::queue(tx, &ready, &prepared.settings)?;
            Ok::<_, Error>(tx.reader().mail(id)?)
        })?;
        self.wake();
        Ok(row)
    }

    /// A mail, the document it carries, and the newest version of that.
    fn versions(&self, id: i64) -> Result<(MailRow, i64, DocumentRow), Error> {
        self.store.read(|reader| {
            let mail = reader.mail(id)?;
            let newest = match mail.document {
                Some(old) => {
                    let old = reader.document(old)?;
                    reader.document_by_number(Some(old.kind), &old.number)?
                }
                None => None,
            };
            match (mail.document, newest) {
                (Some(old), Some(newest)) if newest.id != old => Ok((mail, old, newest)),
                _ => Err(Error::new(
                    Kind::Conflict,
                    say!("Mail {id} carries no document of which there is a newer version. Release it to send it as it is, or cancel it.", id),
                )),
            }
        })
    }
}

fn no_recipients(document: &DocumentRow) -> Error {
    Error::new(
        Kind::Conflict,
        say!(
            "{number} names nobody to send it to. Use `tillpost send --document {number}`.",
            number = document.number
        ),
    )
}
