//! The documents of a period as files, for shops whose accounts are kept by another program or person.

use std::io;
use std::path::Path;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{App, Error, Kind};
use crate::domain::document::{Content, Kind as DocumentKind};
use crate::domain::totals::{TaxGroup, Totals};
use crate::domain::{Invalid, say};
use crate::einvoice;
use crate::render;
use crate::store::{DocumentEntry, private};
use crate::wire::{DocumentFile, PeriodTable};

/// The kinds of document that books are kept from.
const FOR_THE_BOOKS: [DocumentKind; 3] =
    [DocumentKind::Invoice, DocumentKind::CreditNote, DocumentKind::Receipt];

/// Which files of a period are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeriodPart {
    /// The table, the PDFs and the e-invoices.
    #[default]
    All,
    /// The table alone.
    Table,
    /// The e-invoices alone, which other accounting programs import.
    EInvoices,
}

/// Which documents, by the date on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    from: NaiveDate,
    to: NaiveDate,
    channel: Option<String>,
}

impl Period {
    /// From one day to another, both included; only of a channel where one is named.
    ///
    /// # Errors
    /// When the last day is before the first.
    pub fn new(from: NaiveDate, to: NaiveDate, channel: Option<String>) -> Result<Self, Error> {
        if to < from {
            return Err(
                Invalid::new("to", say!("{to} is before {from}", to, from), "Give the last day").into()
            );
        }
        Ok(Self { from, to, channel })
    }
}

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// Documents.
    pub documents: usize,
    /// E-invoice files.
    pub e_invoices: usize,
}

impl App {
    /// Gives the files of a period's invoices, credit notes and receipts to `put`, one after the other:
    /// `documents.csv` with a row for each tax rate of each document, each document's PDF, and its
    /// e-invoice. A PDF that carries its data inside, as Factur-X and ZUGFeRD do, comes with the same
    /// data beside it, because many programs import only that. Of a corrected document the newest
    /// version is taken. Amounts of credit notes are negative.
    ///
    /// # Errors
    /// The store's own, and what `put` meets.
    pub fn export_period(
        &self,
        period: &Period,
        part: PeriodPart,
        mut put: impl FnMut(&str, &[u8]) -> io::Result<()>,
    ) -> Result<Exported, Error> {
        let mut table = PeriodTable::new().map_err(|e| broken(&e))?;
        let mut done = Exported::default();
        for entry in self.of_period(period)? {
            let found = self.document(entry.kind, &entry.number, Some(entry.version))?;
            if period.channel.as_ref().is_some_and(|wanted| found.content.channel.as_ref() != Some(wanted)) {
                continue;
            }
            done.documents += 1;
            for row in rows(&found.content, &entry)? {
                table.row(row).map_err(|e| broken(&e))?;
            }
            if part == PeriodPart::Table {
                continue;
            }
            let name = file_name(&entry);
            let (pdf, beside) =
                self.store.read(|reader| Ok::<_, Error>((reader.pdf(entry.id)?, reader.xml(entry.id)?)))?;
            let xml = match beside {
                None if einvoice::applies(entry.kind) => render::attached_xml(&pdf)?,
                beside => beside,
            };
            if let Some(xml) = xml {
                put(&format!("{name}.xml"), &xml).map_err(|e| broken(&e))?;
                done.e_invoices += 1;
            }
            if part == PeriodPart::All {
                put(&format!("{name}.pdf"), &pdf).map_err(|e| broken(&e))?;
            }
        }
        if part != PeriodPart::EInvoices {
            let table = table.bytes().map_err(|e| broken(&e))?;
            put("documents.csv", &table).map_err(|e| broken(&e))?;
        }
        Ok(done)
    }

    /// Writes the files of a period into `folder`. One that it makes is this user's alone; of one that is
    /// there its owner has said who looks into it.
    ///
    /// # Errors
    /// [`Kind::BadInput`] when the folder holds something or cannot be written.
    pub fn export_period_into(&self, period: &Period, folder: &Path) -> Result<Exported, Error> {
        let failed = |e: io::Error| {
            Error::new(Kind::BadInput, say!("{path} cannot be written: {e}.", path = folder.display(), e))
        };
        private::make_folder(folder).map_err(failed)?;
        if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
            return Err(Error::new(
                Kind::BadInput,
                say!("{folder} is not empty. Name a new folder.", folder = folder.display()),
            ));
        }
        self.export_period(period, PeriodPart::All, |name, bytes| std::fs::write(folder.join(name), bytes))
    }

    /// The newest versions of what is dated in a period, by date and number.
    fn of_period(&self, period: &Period) -> Result<Vec<DocumentEntry>, Error> {
        let (from, to) = (period.from.to_string(), period.to.to_string());
        Ok(self.store.read(|reader| reader.documents_of_period((&from, &to), &FOR_THE_BOOKS))?)
    }
}

/// A row for each tax rate of a document.
fn rows(file: &DocumentFile, entry: &DocumentEntry) -> Result<Vec<[String; 16]>, Error> {
    let content: Content = file.to_draft("en")?.content;
    let totals = Totals::of(&content);
    let sign = if content.kind == DocumentKind::CreditNote { -Decimal::ONE } else { Decimal::ONE };
    let amount = |amount: Decimal| content.currency.round(amount * sign).to_string();
    let buyer = content.buyer.as_ref();
    let row = |group: &TaxGroup| {
        [
            entry.kind.word().to_owned(),
            entry.number.clone(),
            entry.version.to_string(),
            entry.issue_date.clone(),
            content.due_date.map(|d| d.to_string()).unwrap_or_default(),
            file.channel.clone().unwrap_or_default(),
            buyer.map(|b| b.name.clone()).unwrap_or_default(),
            buyer.and_then(|b| b.email.as_ref()).map(ToString::to_string).unwrap_or_default(),
            buyer.and_then(|b| b.tax_id.clone()).unwrap_or_default(),
            content.currency.code().to_owned(),
            group.tax.category.code().to_owned(),
            group.tax.rate.to_string(),
            amount(group.basis),
            amount(group.amount),
            amount(totals.gross),
            amount(totals.paid),
        ]
    };
    Ok(totals.tax_groups.iter().map(row).collect())
}

fn file_name(entry: &DocumentEntry) -> String {
    // No two numbers have one name: what a file system may not take is written as its code.
    let part = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' { c.to_string() } else { format!("_{:02X}", u32::from(c)) }
    };
    let number: String = entry.number.chars().map(part).collect();
    format!("{}-{number}", entry.kind.word())
}

fn broken(error: &io::Error) -> Error {
    Error::new(Kind::BadInput, say!("The files of the period cannot be written: {error}.", error))
}
