//! Address books of other programs: taken in as a whole or not at all, and given out.

use super::people::store_contact;
use super::{App, Error, clock};
use crate::store::{ContactRow, Origin, StoreError, Tx};
use crate::wire::views::{ColumnView, ImportRowView, ImportView};
use crate::wire::{Book, BookRow, ContactShape, Reading, read_book, write_csv, write_vcards};

/// The form of an address book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookForm {
    /// A table.
    Csv,
    /// Cards of version 3, which most programs read.
    VCard3,
    /// Cards of version 4.
    VCard4,
}

/// What becomes of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Import {
    /// Only the report; nothing is stored.
    DryRun,
    /// All rows, or none where one is refused.
    All,
    /// The good rows; the refused ones are in the report.
    GoodRows,
}

/// Why the transaction of an import is undone.
enum Undone {
    Reported(ImportView),
    Failed(Error),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl App {
    /// Takes contacts from a CSV or vCard file, row by row in one transaction.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when the file as a whole cannot be read; what is wrong with a row is in
    /// the report.
    pub fn import_contacts(&self, bytes: &[u8], reading: &Reading, how: Import) -> Result<ImportView, Error> {
        let Book { rows, columns } = read_book(bytes, reading)?;
        let columns: Vec<ColumnView> = columns
            .into_iter()
            .map(|(column, field)| ColumnView { column, field: field.map(str::to_owned) })
            .collect();
        let now = clock::now();
        let done = self.store.write(move |tx| {
            let mut view = ImportView {
                stored: true,
                new: 0,
                changed: 0,
                same: 0,
                skipped: 0,
                refused: 0,
                columns,
                rows: vec![],
            };
            for row in &rows {
                let (outcome, problem) = take(tx, row, now).map_err(Undone::Failed)?;
                match outcome {
                    "new" => view.new += 1,
                    "changed" => view.changed += 1,
                    "same" => view.same += 1,
                    "skipped" => view.skipped += 1,
                    _ => view.refused += 1,
                }
                let address = row.contact.address.clone();
                view.rows.push(ImportRowView { row: row.row, address, outcome, problem });
            }
            if how == Import::DryRun || (how == Import::All && view.refused > 0) {
                view.stored = false;
                return Err(Undone::Reported(view));
            }
            Ok(view)
        });
        match done {
            Ok(view) | Err(Undone::Reported(view)) => Ok(view),
            Err(Undone::Failed(error)) => Err(error),
        }
    }

    /// The whole address book as a file.
    ///
    /// # Errors
    /// The store's own.
    pub fn export_contacts(&self, form: BookForm) -> Result<Vec<u8>, Error> {
        let all = self.contacts("", u32::MAX)?;
        let shapes: Vec<ContactShape> = all.into_iter().map(shape).collect();
        Ok(match form {
            BookForm::Csv => write_csv(&shapes)?,
            BookForm::VCard3 => write_vcards(&shapes, false),
            BookForm::VCard4 => write_vcards(&shapes, true),
        })
    }
}

fn take(
    tx: &Tx<'_>,
    row: &BookRow,
    now: crate::domain::Millis,
) -> Result<(&'static str, Option<String>), Error> {
    if row.contact.address.trim().is_empty() {
        return Ok(("skipped", Some("it has no e-mail address".to_owned())));
    }
    let written = match row.contact.to_contact() {
        Ok(written) => written,
        Err(invalid) => return Ok(("refused", Some(invalid.to_string()))),
    };
    let before = tx.reader().contact(&written.mailbox.address.key())?;
    let after = store_contact(tx, &written, Origin::Import, now)?;
    let outcome = match before {
        None => "new",
        Some(before) if (ContactRow { origin: after.origin, ..before.clone() }) == after => "same",
        Some(_) => "changed",
    };
    Ok((outcome, None))
}

fn shape(row: ContactRow) -> ContactShape {
    let roles: Vec<String> = row.roles.iter().map(|r| r.word().to_owned()).collect();
    ContactShape {
        address: row.address,
        name: row.name,
        company: row.details.company,
        customer_number: row.details.customer_number,
        language: row.details.language,
        phone: row.details.phone,
        note: row.details.note,
        roles: (!roles.is_empty()).then_some(roles),
    }
}
