//! Opening the data file: pragmas, migrations, and the guards around them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::StoreError;
use super::maintenance::Part;
use super::private;
use crate::domain::words;

/// Marks the file as ours (`PRAGMA application_id`): "TiPo".
const APPLICATION_ID: i64 = 0x5469_506f;
/// How long a connection waits for another program's lock before it says so.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The migrations, oldest first; a released one is never edited.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_init", include_str!("../../schema/0001_init.sql")),
    ("0002_e_invoice", include_str!("../../schema/0002_e_invoice.sql")),
    ("0003_api", include_str!("../../schema/0003_api.sql")),
    ("0004_disabled", include_str!("../../schema/0004_disabled.sql")),
    ("0005_webhooks", include_str!("../../schema/0005_webhooks.sql")),
    ("0006_retention", include_str!("../../schema/0006_retention.sql")),
    ("0007_accounts", include_str!("../../schema/0007_accounts.sql")),
    ("0008_people", include_str!("../../schema/0008_people.sql")),
    ("0009_templates", include_str!("../../schema/0009_templates.sql")),
    ("0010_senders", include_str!("../../schema/0010_senders.sql")),
    ("0011_oauth", include_str!("../../schema/0011_oauth.sql")),
    ("0012_routes", include_str!("../../schema/0012_routes.sql")),
    ("0013_channels", include_str!("../../schema/0013_channels.sql")),
    ("0014_revisions", include_str!("../../schema/0014_revisions.sql")),
    ("0015_places", include_str!("../../schema/0015_places.sql")),
    ("0016_unwiped", include_str!("../../schema/0016_unwiped.sql")),
    ("0017_interfaces", include_str!("../../schema/0017_interfaces.sql")),
    ("0018_reply_to", include_str!("../../schema/0018_reply_to.sql")),
    ("0019_ranks", include_str!("../../schema/0019_ranks.sql")),
    ("0020_handed_over", include_str!("../../schema/0020_handed_over.sql")),
    ("0021_named_templates", include_str!("../../schema/0021_named_templates.sql")),
    ("0022_outbox", include_str!("../../schema/0022_outbox.sql")),
    ("0023_restored", include_str!("../../schema/0023_restored.sql")),
    ("0024_expired", include_str!("../../schema/0024_expired.sql")),
    ("0025_search_first", include_str!("../../schema/0025_search_first.sql")),
    ("0026_entries", include_str!("../../schema/0026_entries.sql")),
    ("0027_draft_versions", include_str!("../../schema/0027_draft_versions.sql")),
    ("0028_last_test", include_str!("../../schema/0028_last_test.sql")),
    ("0029_draft_writer", include_str!("../../schema/0029_draft_writer.sql")),
    ("0030_again", include_str!("../../schema/0030_again.sql")),
    ("0031_begun", include_str!("../../schema/0031_begun.sql")),
];

/// The newest version of the data file this program knows.
pub const NEWEST: i64 = MIGRATIONS.len() as i64;

/// Opens the file for writing, creating or upgrading it.
///
/// `now_text` names the copy that is made before an upgrade.
pub(super) fn writer(path: &Path, now_text: &str) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if !path.exists() {
        // What SQLite puts beside it is as readable as the file itself.
        private::options().create(true).truncate(false).open(path).map_err(|e| StoreError::file(path, &e))?;
    }
    let mut connection = Connection::open_with_flags(path, flags).map_err(|e| at(path, e))?;
    // First of all, so that the pragmas below wait too.
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let version = version(&connection).map_err(|e| at_store(path, e))?;
    if version == 0 {
        // Before anything is written: free pages can then be given back in small steps.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    connection.pragma_update(None, "journal_mode", "WAL").map_err(|e| at(path, e))?;
    // "Queued" is a promise: it must survive the power going out.
    connection.pragma_update(None, "synchronous", "FULL")?;
    common(&connection)?;
    // What is deleted is overwritten: a person's data must not outlive their asking.
    connection.pragma_update(None, "secure_delete", true)?;
    if cfg!(target_os = "macos") {
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    }
    migrate(&mut connection, path, version, now_text)?;
    Ok(connection)
}

/// Opens the file for copying it as a whole.
pub(super) fn copier(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| at(path, e))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// Opens the file for reading only.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| at(path, e))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    common(&connection)?;
    // A read-only handle cannot recover a WAL left by a crash; this one can, and still writes nothing.
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn common(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // 2 MiB is plenty for the queue's indexes and keeps a till's memory small.
    connection.pragma_update(None, "cache_size", -2048)?;
    // One plan for a statement, whatever is bound to it. Without this, handing a statement back to the
    // cache makes SQLite compile it anew at its next use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    // `has(text, part)`: whether `part`, which is folded, stands in `text`. SQLite's own `lower` knows the
    // letters of English alone.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("has", 2, flags, |call| {
        let text = call.get_raw(0).as_str_or_null().map_err(rusqlite::Error::from)?;
        let part = call.get_raw(1).as_str().map_err(rusqlite::Error::from)?;
        Ok(text.is_some_and(|text| words::folded(text).contains(part)))
    })?;
    Ok(())
}

/// The version of the file; 0 for a new one.
pub(super) fn version(connection: &Connection) -> Result<i64, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |r| r.get(0))?;
    let id: i64 = connection.pragma_query_value(None, "application_id", |r| r.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
    match (id, version, tables) {
        (0, 0, 0) => Ok(0),
        (APPLICATION_ID, version, _) if version > NEWEST => {
            Err(StoreError::TooNew { found: version, known: NEWEST })
        }
        (APPLICATION_ID, version, _) if version > 0 => Ok(version),
        _ => Err(StoreError::Damaged("it is a database of another program".into())),
    }
}

/// Makes the tables of `version` in a new file.
pub(super) fn create(connection: &mut Connection, version: i64) -> Result<(), StoreError> {
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    common(connection)?;
    let transaction = connection.transaction()?;
    upgrade(&transaction, 0, version)?;
    Ok(transaction.commit()?)
}

/// Brings the tables of a file that is being made to the newest version.
pub(super) fn raise(connection: &mut Connection) -> Result<(), StoreError> {
    common(connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    upgrade(&transaction, version(&transaction)?, NEWEST)?;
    Ok(transaction.commit()?)
}

fn migrate(connection: &mut Connection, path: &Path, version: i64, now_text: &str) -> Result<(), StoreError> {
    if version == NEWEST {
        return Ok(());
    }
    if version > 0 {
        let copy = copy_name(path, version, now_text);
        // Without a whole copy the file stays as it is; half of one is gone again, and never has this name.
        keep_copy(connection, path, &copy).map_err(|error| at_store(&copy, error))?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been first.
    let have = self::version(&transaction)?;
    upgrade(&transaction, have, NEWEST)?;
    Ok(transaction.commit()?)
}

/// Runs the migrations between two versions.
fn upgrade(sql: &Connection, from: i64, to: i64) -> Result<(), StoreError> {
    let steps = |version: i64| usize::try_from(version).unwrap_or_default();
    for (_, migration) in MIGRATIONS.iter().take(steps(to)).skip(steps(from)) {
        sql.execute_batch(migration)?;
    }
    sql.pragma_update(None, "application_id", APPLICATION_ID)?;
    sql.pragma_update(None, "user_version", to)?;
    Ok(())
}

/// Keeps the data file `path` as it is in `copy`.
fn keep_copy(connection: &Connection, path: &Path, copy: &Path) -> Result<(), StoreError> {
    Part::forget_old(path);
    let part = Part::beside(copy).map_err(of_the_disk)?;
    private::as_the_data_file(part.path(), path);
    part.copy_of(connection, copy).map_err(of_the_disk)
}

/// Where nobody asked for a copy, it is the disk that has no place for it.
fn of_the_disk(error: StoreError) -> StoreError {
    match error {
        StoreError::Copy(why) => StoreError::Io(why),
        other => other,
    }
}

fn copy_name(path: &Path, version: i64, now_text: &str) -> PathBuf {
    path.with_file_name(format!("tillpost-before-upgrade-v{version}-{now_text}.db"))
}

fn at(path: &Path, error: rusqlite::Error) -> StoreError {
    at_store(path, error.into())
}

/// The same error, naming the file.
fn at_store(path: &Path, error: StoreError) -> StoreError {
    let named = |text: String| format!("{} ({text})", path.display());
    match error {
        StoreError::Busy(t) => StoreError::Busy(named(t)),
        StoreError::Damaged(t) => StoreError::Damaged(named(t)),
        StoreError::ReadOnly(t) => StoreError::ReadOnly(named(t)),
        StoreError::Full(t) => StoreError::Full(named(t)),
        StoreError::Io(t) => StoreError::Io(named(t)),
        other => other,
    }
}
