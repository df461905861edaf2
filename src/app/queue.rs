//! The queue as a person sees and steers it.

use std::io::Write;

use super::{App, Error, Kind, clock};
use crate::domain::mail::{Event, MailState};
use crate::domain::say;
use crate::store::{AttemptRow, MailPlace, MailQuery, MailRow};

/// Mails that are read at once.
const PAGE: u32 = 1000;

/// What a person wants done with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Try it now, also where it was refused or has expired.
    Retry,
    /// Withdraw it.
    Cancel,
    /// Take the withdrawal back.
    Restore,
    /// Send it before all others.
    First,
    /// Keep it back.
    Hold,
    /// Let a held one go.
    Release,
    /// An uncertain one is known to have arrived.
    Arrived,
    /// Send an uncertain one again.
    SendAgain,
    /// Leave an uncertain one.
    GiveUp,
}

impl App {
    /// The mails that are not finished, those put before all others and then the oldest first; or all of
    /// them, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn mails(&self, finished_too: bool, state: Option<MailState>) -> Result<Vec<MailRow>, Error> {
        let finished = (!finished_too).then_some(false);
        self.all_mails(&MailQuery { finished, ..MailQuery::default() }, state)
    }

    /// All pages of what [`App::mail_page`] gives, whatever `query` says of their number.
    ///
    /// # Errors
    /// The store's own.
    pub fn all_mails(&self, query: &MailQuery, state: Option<MailState>) -> Result<Vec<MailRow>, Error> {
        let (mut all, mut after) = (Vec::new(), None::<String>);
        loop {
            let query = MailQuery { most: PAGE, ..query.clone() };
            let page = self.mail_page(query, state, after.as_deref())?;
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// The row of the mail a person names by its number at this till or by its id.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none; [`Kind::BadInput`] when `name` is neither.
    pub fn find_mail(&self, name: &str) -> Result<i64, Error> {
        if let Ok(id) = name.parse::<i64>() {
            return self.store.read(|reader| Ok(reader.mail(id)?.id));
        }
        let uuid = uuid::Uuid::parse_str(name).map_err(|_| {
            Error::new(
                Kind::BadInput,
                say!(
                    "\"{name}\" is not a mail. Use the number or id that `tillpost queue list` shows.",
                    name
                ),
            )
        })?;
        self.store.read(|reader| Ok(reader.mail_by_uuid(uuid)?))
    }

    /// One mail and the conversations about it.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub fn mail(&self, id: i64) -> Result<(MailRow, Vec<AttemptRow>), Error> {
        self.store.read(|reader| Ok((reader.mail(id)?, reader.attempts(id)?)))
    }

    /// Does what a person wants with a mail; returns it as it is afterwards.
    ///
    /// # Errors
    /// [`Kind::Conflict`] when it makes no sense in the mail's state, or the mail is just being sent.
    pub fn wish(&self, id: i64, wish: Wish) -> Result<MailRow, Error> {
        let now = clock::now();
        // Who wants it sent now does not wait for the end of the quiet hours.
        let calm = super::pace::calm(&self.settings()?, now).is_some();
        let urgent = calm && matches!(wish, Wish::Retry | Wish::Release | Wish::SendAgain);
        let mail = self.store.write(move |tx| {
            match wish {
                Wish::Hold => tx.set_held(id, true)?,
                Wish::Release => tx.set_held(id, false)?,
                Wish::First => tx.put_first(id, now)?,
                Wish::Retry => drop(tx.person_asks(id, Event::Retry, now)?),
                Wish::Cancel => drop(tx.person_asks(id, Event::Cancel, now)?),
                Wish::Restore => drop(tx.person_asks(id, Event::Restore, now)?),
                Wish::Arrived => drop(tx.person_asks(id, Event::Arrived, now)?),
                Wish::SendAgain => drop(tx.person_asks(id, Event::SendAgain, now)?),
                Wish::GiveUp => drop(tx.person_asks(id, Event::GiveUp, now)?),
            }
            if urgent && tx.reader().mail(id)?.next <= now {
                tx.make_urgent(id)?;
            }
            Ok::<_, Error>(tx.reader().mail(id)?)
        })?;
        tracing::info!(mail = id, wish = ?wish, state = mail.state.word(), "a person decided");
        self.wake();
        Ok(mail)
    }

    /// Wants every waiting mail tried now, but for those whose time somebody chose; returns how many.
    ///
    /// # Errors
    /// The store's own.
    pub fn retry_all(&self) -> Result<usize, Error> {
        let now = clock::now();
        let retried = self.store.write(move |tx| {
            let mut retried = 0;
            let mut open = MailQuery { finished: Some(false), most: PAGE, ..MailQuery::default() };
            loop {
                let mails = tx.reader().mail_page(&open)?;
                let Some(last) = mails.last() else { return Ok::<_, Error>(retried) };
                open.after = Some(MailPlace { first: last.first, id: last.id });
                let chosen = |mail: &MailRow| mail.wait == "scheduled" && mail.next > now;
                for mail in mails.iter().filter(|mail| mail.state == MailState::Waiting && !chosen(mail)) {
                    tx.person_asks(mail.id, Event::Retry, now)?;
                    retried += 1;
                }
            }
        })?;
        self.wake();
        Ok(retried)
    }

    /// Lets all mails go that are held because the data file was put back from a copy, but for those that were
    /// held before; returns how many.
    ///
    /// # Errors
    /// The store's own.
    pub fn release_restored(&self) -> Result<usize, Error> {
        let released = self.store.write(|tx| Ok::<_, Error>(tx.release_restored()?))?;
        tracing::info!(mails = released, "a person let go what was held when the data file was put back");
        self.wake();
        Ok(released)
    }

    /// Writes the exact bytes of a mail.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none; [`Kind::BadInput`] when `target` cannot be written.
    pub fn export(&self, id: i64, target: &mut dyn Write) -> Result<(), Error> {
        self.store.read(|reader| {
            reader.mail(id)?;
            if let Some(deleted) = reader.bytes_deleted(id)? {
                return Err(Error::new(
                    Kind::NotFound,
                    say!("The bytes of mail {id} were deleted on {deleted}, as the setting delete_bytes_after_months asks. \
                         Its record is kept: `tillpost queue show {id}`.", id, deleted = clock::local(deleted).date_naive()),
                ));
            }
            let mut part = 0;
            while let Some(bytes) = reader.mime_part(id, part)? {
                target
                    .write_all(&bytes)
                    .map_err(|e| Error::new(Kind::BadInput, say!("The copy cannot be written: {e}.", e)))?;
                part += 1;
            }
            Ok(())
        })
    }
}
