//! Copies of the data file, and whether it is whole.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::{Reader, Store, StoreError, mime, open, private};
use crate::domain::Millis;

/// A copy that was not written to for so long is written by nobody.
const LIVES: Duration = Duration::from_secs(3600);

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
    /// [`StoreError::Conflict`] when `target` exists: a copy never overwrites; [`StoreError::Copy`] when it
    /// cannot be written there.
    pub fn backup(&self, target: &Path) -> Result<CheckReport, StoreError> {
        if target.exists() {
            return Err(StoreError::Conflict(format!("{} exists already", target.display()).into()));
        }
        // Written beside the target and renamed, so that a half-written copy never has its name.
        let part = Part::beside(target)?;
        private::as_the_data_file(&part.0, self.file());
        // A handle of its own: `VACUUM INTO` reads the file, but not through one that may only query.
        let source = open::copier(self.file())?;
        source.execute("VACUUM INTO ?1", [part.0.to_string_lossy()])?;
        drop(source);
        let report = check_file(&part.0)?;
        part.becomes(target)?;
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

/// A copy that is being written, under a name that nothing else has; gone when dropped, unless it was renamed.
pub(super) struct Part(PathBuf);

impl Part {
    pub(super) fn beside(target: &Path) -> Result<Self, StoreError> {
        for n in 1_u32.. {
            let mut name = target.file_name().unwrap_or_default().to_owned();
            name.push(format!(".{n}.part"));
            let path = target.with_file_name(name);
            // Made by us and not by SQLite, which does not say why it could not.
            match private::options().create_new(true).open(&path) {
                Ok(_) => return Ok(Self(path)),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(StoreError::copy(target, &e)),
            }
        }
        Err(StoreError::Copy(format!("{}: its folder is full of parts", target.display())))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Removes parts beside the data file that killed programs left: they hold customers' data, and nobody
    /// finishes them.
    pub(super) fn forget_old(data_file: &Path) {
        let folder = data_file.parent().unwrap_or(Path::new("."));
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let age = entry.metadata().and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
            if name.starts_with("tillpost-")
                && name.contains(".db.")
                && name.contains(".part")
                && age.is_some_and(|age| age > LIVES)
            {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// Writes the data file that `source` has open into it, and gives it the name `target`, which only a whole
    /// copy has.
    pub(super) fn copy_of(self, source: &Connection, target: &Path) -> Result<(), StoreError> {
        source.execute("VACUUM INTO ?1", [self.0.to_string_lossy()])?;
        self.becomes(target)
    }

    fn becomes(&self, target: &Path) -> Result<(), StoreError> {
        let written = std::fs::File::open(&self.0).and_then(|file| file.sync_all());
        written.and_then(|()| std::fs::rename(&self.0, target)).map_err(|e| StoreError::copy(target, &e))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        // SQLite's own for it, which it leaves where the disk failed.
        let mut journal = self.0.as_os_str().to_owned();
        journal.push("-journal");
        let _ = std::fs::remove_file(journal);
    }
}

impl Reader<'_> {
    /// How many documents and mails were made after `at`.
    ///
    /// # Errors
    /// The store's own.
    pub fn made_since(&self, at: Millis) -> Result<(i64, i64), StoreError> {
        // From the newest back: what is older is not read.
        let documents = "SELECT count(*) FROM document WHERE id > coalesce(
             (SELECT id FROM document WHERE created_ms <= ?1 ORDER BY id DESC LIMIT 1), 0)";
        let count = |sql| self.sql.prepare_cached(sql)?.query_row([at.0], |r| r.get(0));
        Ok((count(documents)?, count("SELECT count(*) FROM mail WHERE created_ms > ?1")?))
    }
}

fn check_file(path: &Path) -> Result<CheckReport, StoreError> {
    let connection = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
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
