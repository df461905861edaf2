//! Giving a waiting mail another time.

use rusqlite::params;

use super::{StoreError, Tx};
use crate::domain::mail::MailState;
use crate::domain::{Millis, say};

impl Tx<'_> {
    /// Lets a waiting or held mail leave at `at` and not before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without such a mail; [`StoreError::Conflict`] when it is finished or may have
    /// gone, or when its document has changed, which a person decides first.
    pub fn postpone(&self, mail: i64, at: Millis) -> Result<(), StoreError> {
        let mut row = self.reader().mail(mail)?;
        if row.state == MailState::Sending {
            row = self.take_from_hand(mail)?;
        }
        let waits = matches!(row.state, MailState::Waiting | MailState::Held);
        if !waits || row.wait == "document_changed" {
            return Err(StoreError::Conflict(say!(
                "mail {mail} is {state}; that cannot be done to it",
                mail,
                state = row.state.word()
            )));
        }
        self.sql.execute(
            "UPDATE recipient SET next_ms = ?2 WHERE mail_id = ?1 AND state IN ('waiting', 'deferred')",
            params![mail, at.0],
        )?;
        self.sql.execute("UPDATE mail SET held = 0, restored = 0 WHERE id = ?1", [mail])?;
        self.counts_anew(mail)?;
        self.refresh(mail, "scheduled")
    }
}
