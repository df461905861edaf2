//! What a data file needs now and then, in small steps beside the shop's work.

use chrono::{DateTime, Months, Utc};

use super::{App, Error, clock};
use crate::domain::Millis;
use crate::store::Tx;

/// Mails whose bytes are deleted in one write.
const MAILS_A_WRITE: u32 = 50;

impl App {
    /// Deletes the bytes of mails that were finished longer ago than the setting
    /// `delete_bytes_after_months` says, and gives the file's free room back to the disk. No other write
    /// waits for more than one small step. Returns for how many mails.
    ///
    /// # Errors
    /// The store's own.
    pub async fn keep_house(&self) -> Result<usize, Error> {
        let now = clock::now();
        let mut deleted = 0;
        if let Some(before) = months_before(now, self.settings()?.delete_bytes_after_months) {
            loop {
                let mails = self.store.read(|reader| reader.finished_before(before, MAILS_A_WRITE))?;
                if mails.is_empty() {
                    break;
                }
                let delete = move |tx: &Tx<'_>| Ok::<_, Error>(tx.delete_bytes(&mails, now)?);
                deleted += self.store.write_async(delete).await?;
            }
        }
        while self.store.write_async(|tx| Ok::<_, Error>(tx.give_room_back()?)).await? {}
        if deleted > 0 {
            tracing::info!(mails = deleted, "deleted the bytes of old mails");
        }
        Ok(deleted)
    }
}

/// The time so many months earlier; `None` for none.
fn months_before(now: Millis, months: u32) -> Option<Millis> {
    let now = DateTime::<Utc>::from_timestamp_millis(now.0)?;
    let before = now.checked_sub_months(Months::new(months))?;
    (months > 0).then(|| Millis(before.timestamp_millis()))
}
