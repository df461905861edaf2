//! Putting a copy in the place of the data file.
//!
//! A copy knows nothing of what happened after it was made: what it has as waiting may have left since. So
//! nothing of it leaves by itself. What the file that is replaced knows better is taken over from it; the
//! rest waits for a person.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, params};

use super::fault::FaultPoint;
use super::mails::NEVER_MS;
use super::maintenance::{CheckReport, check};
use super::{FILE_NAME, StoreError, Tx, open, private};
use crate::domain::Millis;
use crate::domain::document::Kind;

/// What a sale says that is held because the data file was put back.
const SALE_HELD: &str = "The data file was put back from a copy. Try this sale again: it is looked for in the books first, and entered only where it is missing.";

/// What was put in the place of the data file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// Documents and mails that are whole, and what is wrong with the others.
    pub check: CheckReport,
    /// Mails that were not finished, and are held now.
    pub held: usize,
    /// Sales that were not in the books, and wait for a person now.
    pub sales: usize,
    /// Mails and sales that the file that was there knew the end of.
    pub settled: usize,
    /// What could not be read, a sentence each.
    pub lost: Vec<String>,
}

/// Puts the copy `from`, with what stands in its WAL, in the place of the data file in the folder `data`;
/// the file that was there is kept beside it under a name with `now_text`. What is not finished is held.
///
/// # Errors
/// [`StoreError::Conflict`] when there is a data file and `replace` is false;
/// [`StoreError::NoCopy`] when the copy does not pass its check: nothing was changed.
pub fn restore(
    from: &Path,
    data: &Path,
    replace: bool,
    now: Millis,
    now_text: &str,
) -> Result<Restored, StoreError> {
    let target = place_for(from, data, replace)?;
    let work = Work::begin(from, data)?;
    let mut copy = whole(&work, now_text).map_err(|error| work.blamed(error))?;
    let mut restored = Restored::default();
    // Nothing happens anew: no event is told again, no count goes up.
    copy.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    let transaction = copy.transaction()?;
    if target.exists() {
        match close(&target).and_then(|old| take_over(&old, &transaction, now)) {
            Ok(settled) => restored.settled = settled,
            Err(error @ (StoreError::Busy(_) | StoreError::Full(_))) => return Err(error),
            Err(error) => restored.lost.push(format!(
                "the file that was there cannot be read ({error}): what it knew of sent mails and of given numbers is not known"
            )),
        }
    }
    raise_series(&transaction)?;
    (restored.held, restored.sales) = hold(&transaction, now)?;
    transaction.commit()?;
    copy.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get::<_, i64>(0))?;
    copy.close().map_err(|(_, error)| error)?;
    std::fs::rename(work.copy(), work.made()).map_err(|e| StoreError::file(&work.made(), &e))?;
    restored.check = put_in_place(&work.made(), &target, now_text)?;
    match restored.check.problems.first() {
        None => Ok(restored),
        Some(problem) => Err(StoreError::Damaged(format!("{}: {problem}", target.display()))),
    }
}

/// The copy that is worked on, brought to the newest version, if it is whole.
fn whole(work: &Work, now_text: &str) -> Result<Connection, StoreError> {
    let path = work.copy();
    let copy = open::copier(&path)?;
    if open::version(&copy)? == 0 {
        return Err(StoreError::Damaged("it is empty".into()));
    }
    drop(copy);
    let copy = open::writer(&path, now_text)?;
    match check(&copy)?.problems.into_iter().next() {
        None => Ok(copy),
        Some(problem) => Err(StoreError::Damaged(problem)),
    }
}

/// Where the data file stands in the folder `data`, if `from` may be put there.
pub(super) fn place_for(from: &Path, data: &Path, replace: bool) -> Result<PathBuf, StoreError> {
    if !from.is_file() {
        return Err(StoreError::NotFound(format!("{} is not a file", from.display()).into()));
    }
    private::make_data_folder(data).map_err(|e| StoreError::file(data, &e))?;
    // What is there is kept, and stays beside it.
    private::tighten(data);
    let target = data.join(FILE_NAME);
    if target.exists() && !replace {
        return Err(StoreError::Conflict(format!("{} exists already", target.display()).into()));
    }
    Ok(target)
}

/// A folder for the copy that is read and the file that is made; gone when dropped.
pub(super) struct Work {
    folder: PathBuf,
    from: PathBuf,
}

impl Work {
    /// Copies the file with its WAL, which may hold its newest part: it stays as it is, and may lie where
    /// nothing can be written.
    pub(super) fn begin(from: &Path, data: &Path) -> Result<Self, StoreError> {
        let work = Self { folder: data.join("restoring"), from: from.to_owned() };
        let _ = std::fs::remove_dir_all(&work.folder);
        private::make_folder(&work.folder).map_err(|e| StoreError::file(&work.folder, &e))?;
        let still = still(from);
        for end in ["", "-wal"] {
            let (source, copy) = (beside(from, end), beside(&work.copy(), end));
            if end.is_empty() || source.exists() {
                std::fs::copy(&source, &copy).map_err(|e| match StoreError::file(&source, &e) {
                    full @ StoreError::Full(_) => full,
                    _ => StoreError::NoCopy(format!("{}: {e}", source.display())),
                })?;
                writable(&copy)?;
            }
        }
        drop(still);
        Ok(work)
    }

    /// The copy of what is put back.
    pub(super) fn copy(&self) -> PathBuf {
        self.folder.join("copy.db")
    }

    /// What is to be the data file.
    pub(super) fn made(&self) -> PathBuf {
        self.folder.join("made.db")
    }

    /// Says of what is wrong with the copy that it is the copy, not the data file.
    pub(super) fn blamed(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Damaged(why) => StoreError::NoCopy(format!("{}: {why}", self.from.display())),
            other => other,
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Tx<'_> {
    /// Lets the mails go that were held when the data file was put back, and were not held before that nor
    /// carry a document that has changed; returns how many. From now on counts how long they are put off.
    ///
    /// # Errors
    /// The store's own.
    pub fn release_restored(&self) -> Result<usize, StoreError> {
        Ok(self.sql.execute(
            "UPDATE mail SET held = 0, restored = 0,
                 online_base_ms = (SELECT online_ms FROM account WHERE account.id = account_id)
             WHERE finished = 0 AND restored = 1 AND wait <> 'document_changed'",
            [],
        )?)
    }
}

/// Keeps another program that has the file open from moving its WAL into it while both are copied.
fn still(from: &Path) -> Option<Connection> {
    // Without it nobody has the file open, and looking at it would make one.
    if !beside(from, "-shm").exists() {
        return None;
    }
    let connection = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    connection.execute_batch("BEGIN").ok()?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get::<_, i64>(0)).ok()?;
    Some(connection)
}

/// A copy has the rights of its source, which may lie on something that cannot be written.
fn writable(path: &Path) -> Result<(), StoreError> {
    let failed = |e: std::io::Error| StoreError::file(path, &e);
    let mut rights = std::fs::metadata(path).map_err(failed)?.permissions();
    if !rights.readonly() {
        return Ok(());
    }
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o600);
    #[cfg(not(unix))]
    rights.set_readonly(false);
    std::fs::set_permissions(path, rights).map_err(failed)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Puts the file `made` in the place of the data file and checks it there. What was there is kept, and at
/// no moment is there none: the next command would begin an empty one.
pub(super) fn put_in_place(made: &Path, target: &Path, now_text: &str) -> Result<CheckReport, StoreError> {
    // A copy has the rights of its source.
    private::as_the_data_file(made, target);
    std::fs::File::open(made).and_then(|f| f.sync_all()).map_err(|e| StoreError::file(made, &e))?;
    let kept = target.with_file_name(format!("tillpost-before-restore-{now_text}.db"));
    if target.exists() {
        match close(target) {
            // A damaged file is what copies are for: it is kept as it is, with its WAL.
            Ok(_) | Err(StoreError::Damaged(_)) => {}
            Err(error) => return Err(error),
        }
        keep(target, &kept)?;
    }
    // A WAL belongs to one file and no other; also one whose file is gone would be read as this one's.
    let wal = beside(target, "-wal");
    if wal.exists() {
        std::fs::rename(&wal, beside(&kept, "-wal")).map_err(|e| StoreError::file(&wal, &e))?;
    }
    // Made anew from the WAL whenever it is missing.
    let _ = std::fs::remove_file(beside(target, "-shm"));
    FaultPoint::OldFileKept.pass();
    std::fs::rename(made, target).map_err(|e| StoreError::file(target, &e))?;
    check(&open::copier(target)?)
}

/// Gives a file a second name; where the file system knows no such thing, it is copied.
fn keep(file: &Path, kept: &Path) -> Result<(), StoreError> {
    if std::fs::hard_link(file, kept).is_ok() {
        return Ok(());
    }
    let copied = std::fs::copy(file, kept).and_then(|_| std::fs::File::open(kept)?.sync_all());
    copied.map_err(|e| {
        let _ = std::fs::remove_file(kept);
        StoreError::file(kept, &e)
    })
}

/// The data file, used by nobody else, with all that its WAL holds in it.
fn close(target: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(target)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.execute_batch("BEGIN IMMEDIATE; COMMIT; PRAGMA wal_checkpoint(TRUNCATE);")?;
    Ok(connection)
}

/// What the file that is replaced knows better than the copy: the numbers it gave, who is disabled, who sits at
/// a screen, and how mails and sales ended that were not finished in the copy. Returns how many of these.
fn take_over(old: &Connection, copy: &Connection, now: Millis) -> Result<usize, StoreError> {
    let mut find = old.prepare("SELECT kind, year, last FROM number_series")?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        raise(copy, &row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)?;
    }
    disabled_taken_over(old, copy)?;
    sessions_taken_over(old, copy)?;
    revisions_raised(old, copy)?;
    Ok(mails_taken_over(old, copy, now)? + sales_taken_over(old, copy)?)
}

/// Who is to get no mail any more since the copy was made, gets none.
fn disabled_taken_over(old: &Connection, copy: &Connection) -> Result<(), StoreError> {
    // The file that was there may be of a version that did not keep who it was.
    let find = old.prepare("SELECT pattern, reason, since_ms, added_by FROM disabled");
    let mut find = find.or_else(|_| old.prepare("SELECT pattern, reason, since_ms, NULL FROM disabled"))?;
    let mut rows = find.query([])?;
    let mut disable = copy.prepare(
        "INSERT INTO disabled (pattern, reason, since_ms, added_by) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (pattern) DO NOTHING",
    )?;
    while let Some(row) = rows.next()? {
        let (pattern, reason, since): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        disable.execute(params![pattern, reason, since, row.get::<_, Option<String>>(3)?])?;
    }
    Ok(())
}

/// Who is signed in stays so; whoever was signed out since the copy was made does not come back by it.
fn sessions_taken_over(old: &Connection, copy: &Connection) -> Result<(), StoreError> {
    copy.execute("DELETE FROM session", [])?;
    // The file that was there may be of a version without screens.
    let Ok(mut find) = old.prepare("SELECT digest, role, made_by, created_ms, until_ms FROM session") else {
        return Ok(());
    };
    let mut rows = find.query([])?;
    let mut keep = copy.prepare("INSERT INTO session VALUES (?1, ?2, ?3, ?4, ?5)")?;
    while let Some(row) = rows.next()? {
        let (digest, role, by): ([u8; 32], String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        keep.execute(params![digest, role, by, row.get::<_, i64>(3)?, row.get::<_, i64>(4)?])?;
    }
    Ok(())
}

/// Whoever has seen a list at some count never meets that count again with another content.
fn revisions_raised(old: &Connection, copy: &Connection) -> Result<(), StoreError> {
    let Ok(mut find) = old.prepare("SELECT collection, value FROM revision") else { return Ok(()) };
    let mut rows = find.query([])?;
    let mut raise = copy.prepare("UPDATE revision SET value = max(value, ?2) + 1 WHERE collection = ?1")?;
    while let Some(row) = rows.next()? {
        raise.execute(params![row.get::<_, String>(0)?, row.get::<_, i64>(1)?])?;
    }
    Ok(())
}

fn mails_taken_over(old: &Connection, copy: &Connection, now: Millis) -> Result<usize, StoreError> {
    // What was offered when the program was killed may have gone.
    let mut ends = old.prepare(
        "SELECT CASE state WHEN 'offered' THEN 'uncertain' ELSE state END, tries, reply, coalesce(settled_ms, ?2), resent,
             address_key FROM recipient JOIN mail ON mail.id = mail_id
         WHERE uuid = ?1
             AND state IN ('accepted', 'refused', 'offered', 'uncertain', 'abandoned', 'cancelled', 'expired')",
    )?;
    let mut settle = copy.prepare(
        "UPDATE recipient SET state = ?1, tries = ?2, reply = ?3, settled_ms = ?4, resent = ?5
         WHERE address_key = ?6 AND mail_id = ?7",
    )?;
    let mut open = copy.prepare("SELECT id, uuid FROM mail WHERE finished = 0")?;
    let mut mails = open.query([])?;
    while let Some(mail) = mails.next()? {
        let (id, uuid): (i64, [u8; 16]) = (mail.get(0)?, mail.get(1)?);
        let mut known = ends.query(params![uuid, now.0])?;
        while let Some(end) = known.next()? {
            let (state, reply): (String, Option<String>) = (end.get(0)?, end.get(2)?);
            let (tries, settled, resent): (i64, Option<i64>, i64) = (end.get(1)?, end.get(3)?, end.get(4)?);
            settle.execute(params![state, tries, reply, settled, resent, end.get::<_, String>(5)?, id])?;
        }
    }
    Ok(copy.execute(
        "UPDATE mail SET finished = 1, next_ms = ?1, lease_owner = NULL, lease_until_ms = NULL, committing = 0
         WHERE finished = 0 AND NOT EXISTS (SELECT 1 FROM recipient WHERE mail_id = mail.id
             AND state IN ('waiting', 'deferred', 'offered', 'uncertain'))",
        [NEVER_MS],
    )?)
}

fn sales_taken_over(old: &Connection, copy: &Connection) -> Result<usize, StoreError> {
    let mut end = old.prepare(
        "SELECT state, customer, invoice, file, payment, tries, reason, settled_ms FROM posting
         WHERE uuid = ?1 AND state IN ('accepted', 'refused', 'abandoned', 'cancelled', 'expired')",
    )?;
    let mut settle = copy.prepare(
        "UPDATE posting SET state = ?1, step = NULL, customer = ?2, invoice = ?3, file = ?4, payment = ?5, tries = ?6,
             reason = ?7, settled_ms = ?8, lease_owner = NULL, lease_until_ms = NULL WHERE uuid = ?9",
    )?;
    let mut open = copy
        .prepare("SELECT uuid FROM posting WHERE state IN ('waiting', 'deferred', 'offered', 'uncertain')")?;
    let open = open.query_map([], |r| r.get(0))?.collect::<Result<Vec<[u8; 16]>, _>>()?;
    let mut settled = 0;
    for uuid in open {
        let mut known = end.query([uuid])?;
        if let Some(end) = known.next()? {
            let (state, reason): (String, String) = (end.get(0)?, end.get(6)?);
            let done: [Option<i64>; 4] = [end.get(1)?, end.get(2)?, end.get(3)?, end.get(4)?];
            let [customer, invoice, file, payment] = done;
            let (tries, at): (i64, Option<i64>) = (end.get(5)?, end.get(7)?);
            settled +=
                settle.execute(params![state, customer, invoice, file, payment, tries, reason, at, uuid])?;
        }
    }
    Ok(settled)
}

/// Sees to it that no number is given twice, should the count of a series be lost or old.
pub(super) fn raise_series(sql: &Connection) -> Result<(), StoreError> {
    let mut find = sql.prepare("SELECT kind, number FROM document")?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let (word, number): (String, String) = (row.get(0)?, row.get(1)?);
        if let Some((year, last)) = Kind::from_word(&word).and_then(|kind| kind.in_series(&number)) {
            raise(sql, &word, year, last)?;
        }
    }
    Ok(())
}

fn raise(sql: &Connection, kind: &str, year: i32, last: i64) -> Result<(), StoreError> {
    sql.prepare_cached(
        "INSERT INTO number_series (kind, year, last) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
    )?
    .execute(params![kind, year, last])?;
    Ok(())
}

/// Holds every mail that is not finished, and every sale that is not in the books; returns how many.
pub(super) fn hold(sql: &Connection, now: Millis) -> Result<(usize, usize), StoreError> {
    sql.execute(
        "UPDATE recipient SET state = 'uncertain', settled_ms = coalesce(settled_ms, ?1) WHERE state = 'offered'",
        [now.0],
    )?;
    let mails = sql.execute(
        "UPDATE mail SET held = 1, restored = CASE WHEN held = 0 THEN 1 WHEN restored = 0 THEN 2 ELSE restored END,
             lease_owner = NULL, lease_until_ms = NULL, committing = 0 WHERE finished = 0",
        [],
    )?;
    sql.execute(
        "UPDATE posting SET search_first = 1 WHERE state NOT IN ('accepted', 'abandoned', 'cancelled')",
        [],
    )?;
    let sales = sql.execute(
        "UPDATE posting SET state = 'refused', step = NULL, reason = ?1, settled_ms = ?2, lease_owner = NULL,
             lease_until_ms = NULL WHERE state IN ('waiting', 'deferred', 'offered', 'uncertain')",
        params![SALE_HELD, now.0],
    )?;
    Ok((mails, sales))
}
