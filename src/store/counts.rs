//! The figures of the status line.

use super::mails::NEVER_MS;
use super::{Reader, StoreError};
use crate::domain::Millis;

/// How many mails are in which state, for the status line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Mails with somebody left to be sent to.
    pub waiting: i64,
    /// Of these: held.
    pub held: i64,
    /// Of these: with the mail server at this moment.
    pub sending: i64,
    /// Recipients in doubt.
    pub uncertain: i64,
    /// Recipients refused in the last seven days.
    pub refused_lately: i64,
    /// Mails that need a person: see [`super::MailQuery::needs`].
    pub needs: i64,
    /// When the oldest waiting mail was queued.
    pub oldest_waiting: Option<Millis>,
    /// While something is being sent: how many mails of the current round are done, and of how many.
    pub round: Option<(i64, i64)>,
}

/// The mails that need a person: somebody is in doubt, or was not reached since a time and nobody sent it again.
pub(super) const NEEDS: &str = "SELECT mail_id FROM recipient WHERE state = 'uncertain'
    UNION SELECT mail_id FROM recipient WHERE state = 'refused' AND settled_ms > ?
        AND NOT EXISTS (SELECT 1 FROM mail WHERE again_of = mail_id)
    UNION SELECT mail_id FROM recipient WHERE state = 'expired' AND settled_ms > ?
        AND NOT EXISTS (SELECT 1 FROM mail WHERE again_of = mail_id)";

impl Reader<'_> {
    /// How many mails are in which state.
    ///
    /// # Errors
    /// The store's own.
    pub fn counts(&self, now: Millis) -> Result<Counts, StoreError> {
        let week_ago = now.plus_seconds(-7 * 24 * 3600).0;
        // A mail that waits for a person's word on its uncertain recipients alone has no next time.
        let mut counts = Counts::default();
        let mut find = self.sql.prepare_cached(
            "SELECT count(*), sum(held), sum(lease_owner IS NOT NULL), min(mail.created_ms), round_done,
                 sum(lease_owner IS NOT NULL OR held = 0 AND next_ms <= ?2)
             FROM mail JOIN account ON account.id = account_id
             WHERE finished = 0 AND (next_ms < ?1 OR lease_owner IS NOT NULL) GROUP BY account_id",
        )?;
        let mut rows = find.query([NEVER_MS, now.0])?;
        while let Some(r) = rows.next()? {
            let sending: i64 = r.get(2)?;
            counts.waiting += r.get::<_, i64>(0)?;
            counts.held += r.get::<_, i64>(1)?;
            counts.sending += sending;
            let oldest = Millis(r.get(3)?);
            counts.oldest_waiting = Some(counts.oldest_waiting.map_or(oldest, |found| found.min(oldest)));
            if sending > 0 {
                let (done, open): (i64, i64) = (r.get(4)?, r.get(5)?);
                let (before, of) = counts.round.unwrap_or_default();
                counts.round = Some((before + done, of + done + open));
            }
        }
        counts.uncertain =
            self.sql
                .query_row("SELECT count(*) FROM recipient WHERE state = 'uncertain'", [], |r| r.get(0))?;
        counts.refused_lately = self.sql.query_row(
            "SELECT count(*) FROM recipient WHERE state = 'refused' AND settled_ms > ?1",
            [week_ago],
            |r| r.get(0),
        )?;
        let mut find =
            self.sql.prepare_cached(&format!("SELECT count(*) FROM ({NEEDS})").replace('?', "?1"))?;
        counts.needs = find.query_row([week_ago], |r| r.get(0))?;
        Ok(counts)
    }
}
