//! Copies of the data file, and whether it is whole.

use std::path::Path;

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::{FILE_NAME, Store, StoreError, mime, open};

/// What a check of the data file found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Documents whose PDF was compared with its hash.
    pub documents: usize,
    /// Mails whose bytes were compared with their hash.
    pub mails: usize,
    /// What is wrong, a sentence each; empty when nothing is.
    pub problems: Vec<String>,
}

impl Store {
    /// Writes a consistent copy of the data file to `target` while work goes on, and checks the copy.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when `target` exists: a copy never overwrites.
    pub fn backup(&self, target: &Path) -> Result<CheckReport, StoreError> {
        if target.exists() {
            return Err(StoreError::Conflict(format!("{} exists already", target.display()).into()));
        }
        // Written beside the target and renamed, so that a half-written copy never has its name.
        let part = target.with_extension("part");
        if part.exists() {
            std::fs::remove_file(&part).map_err(|e| StoreError::file(&part, &e))?;
        }
        // A handle of its own: `VACUUM INTO` reads the file, but not through one that may only query.
        let source = open::copier(self.file())?;
        source.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
        drop(source);
        let report = check_file(&part)?;
        let file = std::fs::File::open(&part).map_err(|e| StoreError::file(&part, &e))?;
        file.sync_all().map_err(|e| StoreError::file(&part, &e))?;
        std::fs::rename(&part, target).map_err(|e| StoreError::file(target, &e))?;
        Ok(report)
    }

    /// Compares every stored byte with its hash and every relation with its other end.
    ///
    /// # Errors
    /// The store's own; what is wrong with the content is in the report.
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        self.read(|reader| check(reader.sql))
    }
}

/// Puts the copy `from` in the place of the data file in the folder `data`; the file that was there
/// is kept beside it under a name with `now_text`.
///
/// # Errors
/// [`StoreError::Conflict`] when there is a data file and `replace` is false;
/// [`StoreError::Damaged`] when the copy does not pass its check: nothing was changed.
pub fn restore(from: &Path, data: &Path, replace: bool, now_text: &str) -> Result<CheckReport, StoreError> {
    let report = check_file(from)?;
    if let Some(problem) = report.problems.first() {
        return Err(StoreError::Damaged(format!("{}: {problem}", from.display())));
    }
    std::fs::create_dir_all(data).map_err(|e| StoreError::file(data, &e))?;
    let target = data.join(FILE_NAME);
    if target.exists() && !replace {
        return Err(StoreError::Conflict(format!("{} exists already", target.display()).into()));
    }
    let part = data.join("tillpost-restore.part");
    std::fs::copy(from, &part).map_err(|e| StoreError::file(&part, &e))?;
    std::fs::File::open(&part).and_then(|f| f.sync_all()).map_err(|e| StoreError::file(&part, &e))?;
    if target.exists() {
        set_aside(&target, now_text)?;
    }
    std::fs::rename(&part, &target).map_err(|e| StoreError::file(&target, &e))?;
    Ok(report)
}

/// Moves the data file away together with its WAL, which belongs to it and to no other.
pub(super) fn set_aside(target: &Path, now_text: &str) -> Result<(), StoreError> {
    let kept = target.with_file_name(format!("tillpost-before-restore-{now_text}.db"));
    match close(target) {
        // A damaged file is what copies are for: it is kept as it is, with its WAL.
        Ok(()) | Err(StoreError::Damaged(_)) => {}
        Err(error) => return Err(error),
    }
    std::fs::rename(target, &kept).map_err(|e| StoreError::file(&kept, &e))?;
    for end in ["-wal", "-shm"] {
        let beside = target.with_file_name(format!("{FILE_NAME}{end}"));
        if beside.exists() {
            let kept = kept.with_file_name(format!("tillpost-before-restore-{now_text}.db{end}"));
            std::fs::rename(&beside, &kept).map_err(|e| StoreError::file(&beside, &e))?;
        }
    }
    Ok(())
}

/// Sees to it that nobody else uses the data file, and that what its WAL holds is in it.
fn close(target: &Path) -> Result<(), StoreError> {
    let connection = Connection::open(target)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.execute_batch("BEGIN IMMEDIATE; COMMIT; PRAGMA wal_checkpoint(TRUNCATE);")?;
    Ok(())
}

fn check_file(path: &Path) -> Result<CheckReport, StoreError> {
    if !path.is_file() {
        return Err(StoreError::NotFound(format!("{} is not a file", path.display()).into()));
    }
    let connection = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if open::version(&connection)? == 0 {
        return Err(StoreError::Damaged(format!("{} is empty", path.display())));
    }
    check(&connection)
}

pub(super) fn check(sql: &Connection) -> Result<CheckReport, StoreError> {
    let mut report = CheckReport::default();
    let mut integrity = sql.prepare("PRAGMA integrity_check(20)")?;
    for line in integrity.query_map([], |r| r.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            report.problems.push(line);
        }
    }
    let mut foreign = sql.prepare("SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1")?;
    for row in foreign.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?)))? {
        let (table, rows) = row?;
        report.problems.push(format!("{rows} rows of {table} point to something that is not there"));
    }
    check_pdfs(sql, &mut report)?;
    check_mails(sql, &mut report)?;
    Ok(report)
}

fn check_pdfs(sql: &Connection, report: &mut CheckReport) -> Result<(), StoreError> {
    let mut find = sql.prepare(
        "SELECT document.kind, number, document_pdf.sha256, bytes FROM document
         LEFT JOIN document_pdf ON document_id = document.id ORDER BY document.id",
    )?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, number): (String, String) = (row.get(0)?, row.get(1)?);
        let bytes = row.get_ref(3)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
        let wanted: Option<[u8; 32]> = row.get(2)?;
        match (bytes, wanted) {
            (Some(bytes), Some(wanted)) if <[u8; 32]>::from(Sha256::digest(bytes)) == wanted => {
                report.documents += 1
            }
            (Some(_), _) => report.problems.push(format!("the PDF of {kind} {number} has changed")),
            (None, _) => report.problems.push(format!("the PDF of {kind} {number} is missing")),
        }
    }
    Ok(())
}

fn check_mails(sql: &Connection, report: &mut CheckReport) -> Result<(), StoreError> {
    let mut find =
        sql.prepare("SELECT id, sha256, size FROM mail WHERE bytes_deleted_ms IS NULL ORDER BY id")?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let (id, wanted, size): (i64, [u8; 32], i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let mut hash = Sha256::new();
        let mut length = 0_i64;
        let mut part = 0;
        while let Some(bytes) = mime::piece(sql, id, part)? {
            length += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            hash.update(&bytes);
            part += 1;
        }
        if <[u8; 32]>::from(hash.finalize()) == wanted && length == size {
            report.mails += 1;
        } else {
            report.problems.push(format!("the bytes of mail {id} have changed"));
        }
    }
    Ok(())
}
