//! What can still be read of a damaged data file, row by row, into a new one.
//!
//! A row is found through its table's tree: where the page at its top is lost, all of the table is.
//! Nothing that was saved is sent by itself: nobody knows what the lost pages said of it. Mails that were
//! not finished are held for a person; those whose mark stood are uncertain.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::restore::{Restored, Work, hold, place_for, put_in_place, raise_series};
use super::{StoreError, open};
use crate::domain::Millis;

/// Rows tried one by one behind a place that cannot be read, before the steps grow.
const TRIED_ONE_BY_ONE: i64 = 200_000;

/// Saves what can be read of the damaged file `from` and puts it in the place of the data file in the
/// folder `data`; the file that was there is kept beside it under a name with `now_text`.
///
/// # Errors
/// [`StoreError::Conflict`] when there is a data file and `replace` is false; [`StoreError::NoCopy`] when
/// not even the list of tables can be read: nothing was changed.
pub fn salvage(
    from: &Path,
    data: &Path,
    replace: bool,
    now: Millis,
    now_text: &str,
) -> Result<Restored, StoreError> {
    let target = place_for(from, data, replace)?;
    let work = Work::begin(from, data)?;
    let mut saved = save(&work, now).map_err(|error| work.blamed(error))?;
    saved.check = put_in_place(&work.made(), &target, now_text)?;
    Ok(saved)
}

/// Writes what can be read of the copy that is worked on into a new file.
fn save(work: &Work, now: Millis) -> Result<Restored, StoreError> {
    let damaged = open::copier(&work.copy())?;
    let version = open::version(&damaged)?;
    let mut fresh = Connection::open(work.made())?;
    open::create(&mut fresh, version)?;
    fresh.pragma_update(None, "foreign_keys", false)?;
    // Nothing happens anew: no event is told again, no count goes up.
    fresh.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    let mut saved = Restored::default();
    let transaction = fresh.transaction()?;
    for table in tables(&transaction)? {
        Copying { from: &damaged, to: &transaction, table: &table, lost: &mut saved.lost }.copy();
    }
    drop_orphans(&transaction)?;
    transaction.execute("INSERT INTO contact_words (contact_words) VALUES ('rebuild')", []).ok();
    transaction.commit()?;
    open::raise(&mut fresh)?;
    let transaction = fresh.transaction()?;
    raise_series(&transaction)?;
    (saved.held, saved.sales) = hold(&transaction, now)?;
    transaction.commit()?;
    fresh.close().map_err(|(_, error)| error)?;
    Ok(saved)
}

struct Table {
    name: String,
    has_rowid: bool,
    columns: Vec<String>,
}

/// The tables of a new file that hold what others do not follow from.
fn tables(sql: &Connection) -> Result<Vec<Table>, StoreError> {
    let mut find = sql.prepare(
        "SELECT name, wr FROM pragma_table_list
         WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )?;
    let tables = find.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, bool>(1)?)))?;
    tables
        .map(|table| {
            let (name, without_rowid) = table?;
            let mut find = sql.prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0")?;
            let columns = find.query_map([&name], |r| r.get(0))?.collect::<Result<_, _>>()?;
            Ok(Table { name, has_rowid: !without_rowid, columns })
        })
        .collect()
}

/// One table on its way from the damaged file to the new one.
struct Copying<'a> {
    from: &'a Connection,
    to: &'a Connection,
    table: &'a Table,
    lost: &'a mut Vec<String>,
}

impl Copying<'_> {
    fn copy(mut self) {
        if self.table.has_rowid {
            self.by_number();
        } else {
            // From both ends, as far as each reads.
            for order in ["", "DESC"] {
                let key = self.table.columns.first().map_or("", String::as_str);
                let sql = format!(
                    "SELECT {} FROM \"{}\" ORDER BY \"{key}\" {order}",
                    self.columns(),
                    self.table.name
                );
                if let (_, true) = self.rows(&sql, None) {
                    return;
                }
            }
            self.lost.push(format!("{}: some rows cannot be read", self.table.name));
        }
    }

    /// All rows by their number; behind a damaged place the next one that can be read is looked for.
    fn by_number(&mut self) {
        let name = &self.table.name;
        let sql =
            format!("SELECT {}, rowid FROM \"{name}\" WHERE rowid >= ?1 ORDER BY rowid", self.columns());
        let mut at = i64::MIN;
        loop {
            let (last, whole) = self.rows(&sql, Some(at));
            if whole {
                return;
            }
            let bad = last.map_or(at, |last| last.saturating_add(1));
            let bad = if bad == i64::MIN { 0 } else { bad };
            let next = self.readable_after(bad);
            self.lost.push(match next {
                Some(next) => format!("{name}: rows {bad} to {} cannot be read", next - 1),
                None => format!("{name}: rows from {bad} on cannot be read"),
            });
            match next {
                Some(next) => at = next,
                None => return,
            }
        }
    }

    /// The first row behind a bad place that can be read.
    fn readable_after(&self, bad: i64) -> Option<i64> {
        let sql = format!(
            "SELECT {}, rowid FROM \"{}\" WHERE rowid >= ?1 ORDER BY rowid LIMIT 1",
            self.columns(),
            self.table.name
        );
        let mut find = self.from.prepare(&sql).ok()?;
        let (mut at, mut step) = (bad, 1_i64);
        loop {
            if at.saturating_sub(bad) > TRIED_ONE_BY_ONE {
                step = step.saturating_mul(2);
            }
            at = at.checked_add(step)?;
            let read = find.query_row([at], |r| values(r, self.table.columns.len() + 1)).optional();
            match read {
                Ok(Some(row)) => {
                    return match row.last() {
                        Some(Value::Integer(number)) => Some(*number),
                        _ => None,
                    };
                }
                // The end was read, and nothing is there.
                Ok(None) => return None,
                Err(_) => {}
            }
        }
    }

    /// Copies what a query gives until it ends or fails: the last number, and whether it ended.
    fn rows(&mut self, sql: &str, at: Option<i64>) -> (Option<i64>, bool) {
        let columns = self.table.columns.len();
        let Ok(mut find) = self.from.prepare(sql) else {
            return (None, false);
        };
        let Ok(mut rows) = find.query(params_from_iter(at)) else {
            return (None, false);
        };
        let mut last = None;
        loop {
            match rows.next() {
                Ok(None) => return (last, true),
                Ok(Some(row)) => {
                    let Ok(mut row) = values(row, columns + usize::from(at.is_some())) else {
                        return (last, false);
                    };
                    if at.is_some()
                        && let Some(Value::Integer(number)) = row.pop()
                    {
                        last = Some(number);
                    }
                    if let Err(error) = self.put(&row) {
                        let name = &self.table.name;
                        self.lost.push(match last {
                            Some(number) => format!("{name}: row {number} is not as it should be ({error})"),
                            None => format!("{name}: a row is not as it should be ({error})"),
                        });
                    }
                }
                Err(_) => return (last, false),
            }
        }
    }

    fn put(&self, row: &[Value]) -> rusqlite::Result<()> {
        let marks = vec!["?"; row.len()].join(", ");
        // What was read from the other end before, or stands in every new file, is there already.
        let sql = format!(
            "INSERT INTO \"{}\" ({}) VALUES ({marks}) ON CONFLICT DO NOTHING",
            self.table.name,
            self.columns()
        );
        self.to.prepare_cached(&sql)?.execute(params_from_iter(row))?;
        Ok(())
    }

    fn columns(&self) -> String {
        let quoted: Vec<String> = self.table.columns.iter().map(|c| format!("\"{c}\"")).collect();
        quoted.join(", ")
    }
}

fn values(row: &rusqlite::Row<'_>, count: usize) -> rusqlite::Result<Vec<Value>> {
    (0..count).map(|n| row.get(n)).collect()
}

/// Deletes what belongs to a row that is lost. A mail is kept without its document.
fn drop_orphans(sql: &Connection) -> Result<(), StoreError> {
    sql.execute("UPDATE mail SET document_id = NULL WHERE document_id NOT IN (SELECT id FROM document)", [])?;
    let mut find =
        sql.prepare("SELECT \"table\", rowid FROM pragma_foreign_key_check WHERE \"table\" <> 'mail' AND rowid IS NOT NULL")?;
    let orphans = find
        .query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    for (table, row) in orphans {
        sql.execute(&format!("DELETE FROM \"{table}\" WHERE rowid = ?1"), [row])?;
    }
    Ok(())
}
