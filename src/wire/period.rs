//! The table of a period's documents, for any accounting program.

use std::io;

use super::sheet;

/// The columns: one row a document, tax rate and category.
const COLUMNS: [&str; 16] = [
    "kind",
    "number",
    "version",
    "issue_date",
    "due_date",
    "channel",
    "buyer",
    "buyer_email",
    "buyer_tax_id",
    "currency",
    "tax_category",
    "tax_rate",
    "net",
    "tax",
    "document_total",
    "document_paid",
];

/// A CSV table in the making.
#[derive(Debug)]
pub struct PeriodTable(csv::Writer<Vec<u8>>);

impl PeriodTable {
    /// A table with nothing but its head.
    ///
    /// # Errors
    /// Never in practice: it is written into memory.
    pub fn new() -> io::Result<Self> {
        let mut table = Self(csv::Writer::from_writer(Vec::new()));
        table.0.write_record(COLUMNS)?;
        Ok(table)
    }

    /// Adds a row. What a spreadsheet would take for a formula stays text.
    ///
    /// # Errors
    /// As [`PeriodTable::new`].
    pub fn row(&mut self, cells: [String; 16]) -> io::Result<()> {
        Ok(self.0.write_record(cells.iter().map(|text| sheet::cell(text).into_owned()))?)
    }

    /// The whole table.
    ///
    /// # Errors
    /// As [`PeriodTable::new`].
    pub fn bytes(self) -> io::Result<Vec<u8>> {
        self.0.into_inner().map_err(|e| e.into_error())
    }
}
