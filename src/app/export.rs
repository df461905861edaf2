//! The documents of a period as files, for shops whose accounts are kept by another program or person.

use std::path::Path;

use chrono::NaiveDate;

use super::{App, Error, Kind};
use crate::domain::document::{Content, Kind as DocumentKind};
use crate::domain::totals::Totals;
use crate::domain::{Invalid, posting};
use crate::store::{DocumentEntry, DocumentQuery};
use crate::wire::DocumentFile;

/// Documents read at once.
const AT_ONCE: u32 = 200;
/// The columns of the CSV file: one row a document, tax rate and category.
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

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// Documents.
    pub documents: usize,
    /// E-invoice files beside them.
    pub e_invoices: usize,
}

impl App {
    /// Writes the invoices, credit notes and receipts dated in a period into `folder`: `documents.csv`
    /// with a row for each tax rate of each document, its PDF, and the e-invoice file where it has one.
    /// Of a corrected document the newest version is taken. Amounts of credit notes are negative.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when the period is none or the folder holds something.
    pub fn export_period(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        channel: Option<&str>,
        folder: &Path,
    ) -> Result<Exported, Error> {
        if to < from {
            return Err(Invalid::new("to", format!("{to} is before {from}"), "Give the last day").into());
        }
        let failed = |e: std::io::Error| {
            Error::new(Kind::BadInput, format!("{} cannot be written: {e}.", folder.display()))
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
            return Err(Error::new(
                Kind::BadInput,
                format!("{} is not empty. Name a new folder.", folder.display()),
            ));
        }
        let mut table = csv::Writer::from_path(folder.join("documents.csv")).map_err(|e| csv_error(&e))?;
        table.write_record(COLUMNS).map_err(|e| csv_error(&e))?;
        let mut done = Exported::default();
        for entry in self.of_period(from, to)? {
            let found = self.document(entry.kind, &entry.number, None)?;
            let from_channel = found.content.channel.clone().unwrap_or_default();
            if channel.is_some_and(|wanted| wanted != from_channel) {
                continue;
            }
            for row in rows(&found.content, &entry)? {
                table.write_record(&row).map_err(|e| csv_error(&e))?;
            }
            let name = file_name(&entry);
            let pdf = self.document_pdf(entry.kind, &entry.number, None)?;
            std::fs::write(folder.join(format!("{name}.pdf")), pdf).map_err(failed)?;
            let xml = self.store.read(|reader| reader.xml(found.entry.id))?;
            if let Some(xml) = xml {
                std::fs::write(folder.join(format!("{name}.xml")), xml).map_err(failed)?;
                done.e_invoices += 1;
            }
            done.documents += 1;
        }
        table.flush().map_err(failed)?;
        Ok(done)
    }

    /// The newest versions of what is dated in a period, by date and number.
    fn of_period(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<DocumentEntry>, Error> {
        let (from, to) = (from.to_string(), to.to_string());
        let mut found: Vec<DocumentEntry> = Vec::new();
        let mut after = None;
        loop {
            let query = DocumentQuery { kind: None, text: None, before: None, most: AT_ONCE };
            let page = self.document_page(query, after.as_deref())?;
            for (entry, _) in page.items {
                // Newest first: an earlier version comes behind the one that took its place.
                let known = found.iter().any(|f| f.kind == entry.kind && f.number == entry.number);
                let is_for_the_books =
                    posting::is_posted(entry.kind) || entry.kind == DocumentKind::CreditNote;
                if is_for_the_books && !known {
                    found.push(entry);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        found.retain(|entry| (from.as_str()..=to.as_str()).contains(&entry.issue_date.as_str()));
        found.sort_by(|a, b| (&a.issue_date, &a.number).cmp(&(&b.issue_date, &b.number)));
        Ok(found)
    }
}

/// A row for each tax rate of a document.
fn rows(file: &DocumentFile, entry: &DocumentEntry) -> Result<Vec<Vec<String>>, Error> {
    let content: Content = file.to_draft("en")?.content;
    let totals = Totals::of(&content);
    let sign = if content.kind == DocumentKind::CreditNote {
        -rust_decimal::Decimal::ONE
    } else {
        rust_decimal::Decimal::ONE
    };
    let buyer = content.buyer.as_ref();
    let row = |group: &crate::domain::totals::TaxGroup| {
        vec![
            entry.kind.word().to_owned(),
            plain(&entry.number),
            entry.version.to_string(),
            entry.issue_date.clone(),
            content.due_date.map(|d| d.to_string()).unwrap_or_default(),
            file.channel.as_deref().map(plain).unwrap_or_default(),
            buyer.map(|b| plain(&b.name)).unwrap_or_default(),
            buyer.and_then(|b| b.email.as_ref()).map(|e| plain(e.as_str())).unwrap_or_default(),
            buyer.and_then(|b| b.tax_id.as_deref()).map(plain).unwrap_or_default(),
            content.currency.code().to_owned(),
            group.tax.category.code().to_owned(),
            group.tax.rate.to_string(),
            content.currency.round(group.basis * sign).to_string(),
            content.currency.round(group.amount * sign).to_string(),
            content.currency.round(totals.gross * sign).to_string(),
            content.currency.round(totals.paid * sign).to_string(),
        ]
    };
    Ok(totals.tax_groups.iter().map(row).collect())
}

/// Text that no spreadsheet takes for a formula.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn file_name(entry: &DocumentEntry) -> String {
    // No two numbers have one name: what a file system may not take is written as its code.
    let part = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' { c.to_string() } else { format!("_{:02X}", u32::from(c)) }
    };
    let number: String = entry.number.chars().map(part).collect();
    format!("{}-{number}", entry.kind.word())
}

fn csv_error(error: &csv::Error) -> Error {
    Error::new(Kind::BadInput, format!("documents.csv cannot be written: {error}."))
}
