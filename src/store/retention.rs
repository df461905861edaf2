//! What is kept of finished mails, and the room that is given back.

use rusqlite::{OptionalExtension, params};

use super::{Reader, StoreError, Tx};
use crate::domain::Millis;

/// Free pages that stay in the file for what comes next: 8 MB.
const SPARE_PAGES: i64 = 1024;
/// Pages given back in one write, so that no other write waits for long.
const PAGES_A_WRITE: u32 = 256;

impl Reader<'_> {
    /// Up to `most` mails that were finished before `before` and still have their bytes, oldest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn finished_before(&self, before: Millis, most: u32) -> Result<Vec<i64>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT id FROM mail WHERE finished = 1 AND bytes_deleted_ms IS NULL AND created_ms < ?1
                 AND NOT EXISTS (SELECT 1 FROM recipient WHERE mail_id = mail.id AND settled_ms >= ?1)
             ORDER BY id LIMIT ?2",
        )?;
        let ids = find.query_map(params![before.0, most], |r| r.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// When the bytes of `mail` were deleted, if they were.
    ///
    /// # Errors
    /// The store's own.
    pub fn bytes_deleted(&self, mail: i64) -> Result<Option<Millis>, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT bytes_deleted_ms FROM mail WHERE id = ?1")?;
        let deleted: Option<Option<i64>> = find.query_row([mail], |r| r.get(0)).optional()?;
        Ok(deleted.flatten().map(Millis))
    }
}

impl Tx<'_> {
    /// Deletes the bytes of those of `mails` that are still finished; their record, with hash, replies and
    /// transcripts, stays. Returns how many.
    ///
    /// # Errors
    /// The store's own.
    pub fn delete_bytes(&self, mails: &[i64], now: Millis) -> Result<usize, StoreError> {
        let mut note = self.sql.prepare_cached(
            "UPDATE mail SET bytes_deleted_ms = ?2 WHERE id = ?1 AND finished = 1 AND bytes_deleted_ms IS NULL",
        )?;
        let mut deleted = 0;
        for mail in mails {
            // A person may have wanted it tried again meanwhile.
            if note.execute(params![mail, now.0])? == 1 {
                self.delete_mime(*mail)?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    /// Gives some free pages of the file back to the disk; whether there are more to give.
    ///
    /// # Errors
    /// The store's own.
    pub fn give_room_back(&self) -> Result<bool, StoreError> {
        let free = || self.sql.pragma_query_value(None, "freelist_count", |r| r.get::<_, i64>(0));
        let before = free()?;
        if before <= SPARE_PAGES {
            return Ok(false);
        }
        self.sql.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES_A_WRITE})"))?;
        let after = free()?;
        // A file that was made without the means to shrink in steps stays as it is.
        Ok(after < before && after > SPARE_PAGES)
    }
}
