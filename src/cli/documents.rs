//! `documents`: what was issued, and how it stands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::out::table;
use super::{Context, document_kind, write_file};
use crate::app::{App, Error, show};
use crate::domain::document::Kind as DocumentKind;
use crate::store::DocumentQuery;
use crate::wire::views::{DocumentEntryView, DocumentView};

/// Documents asked for at once.
const PAGE: u32 = 200;

#[derive(Debug, Subcommand)]
pub(super) enum Documents {
    /// List documents, newest first.
    List {
        /// Only those with this text in number, buyer or `client_ref`.
        text: Option<String>,
        /// Only of this kind, like `invoice`.
        #[arg(long, value_parser = document_kind)]
        kind: Option<DocumentKind>,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        most: u32,
    },
    /// Show a document: its versions, its mails, how it stands in the books.
    Show(Show),
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// Its number, or its kind and number like invoice/2026-0012.
    number: String,
    /// Its kind, where several have this number.
    #[arg(long, value_parser = document_kind)]
    kind: Option<DocumentKind>,
    /// An earlier version of it.
    #[arg(long, value_name = "N")]
    version: Option<i64>,
    /// Write its PDF as it was issued to this file; `-` writes to standard output.
    #[arg(long, value_name = "FILE.pdf")]
    pdf: Option<PathBuf>,
    /// Write the e-invoice beside it to this file; `-` writes to standard output.
    #[arg(long, value_name = "FILE.xml", conflicts_with = "pdf")]
    xml: Option<PathBuf>,
}

impl Documents {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::List { text, kind, most } => {
                let views = entries(&app, text, kind, most)?;
                context.out.show(&views, || {
                    let rows: Vec<Vec<String>> = views.iter().map(row).collect();
                    table(&["DOCUMENT", "KIND", "DATE", "BUYER", "TO PAY", "MAIL", "BOOKS"], &rows)
                });
            }
            Self::Show(which) => which.run(&app, context)?,
        }
        Ok(0)
    }
}

fn entries(
    app: &App,
    text: Option<String>,
    kind: Option<DocumentKind>,
    most: u32,
) -> Result<Vec<DocumentEntryView>, Error> {
    let wanted = usize::try_from(most).unwrap_or(usize::MAX);
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let query = DocumentQuery { kind, text: text.clone(), most: PAGE.min(most), ..Default::default() };
        let page = app.document_page(query, after.as_deref())?;
        found.extend(page.items.iter().map(show::document_entry));
        after = page.next;
        if after.is_none() || found.len() >= wanted {
            found.truncate(wanted);
            return Ok(found);
        }
    }
}

fn row(view: &DocumentEntryView) -> Vec<String> {
    let version = if view.version > 1 { format!(" ({})", view.version) } else { String::new() };
    vec![
        format!("{}{version}", view.number),
        view.kind.to_owned(),
        view.issue_date.clone(),
        view.buyer.clone().unwrap_or_default(),
        format!("{} {}", view.payable, view.currency),
        view.mail.unwrap_or("-").to_owned(),
        view.posting_state.unwrap_or("-").to_owned(),
    ]
}

impl Show {
    fn run(self, app: &App, context: &Context) -> Result<(), Error> {
        let (kind, number) = match self.kind {
            Some(kind) => (kind, self.number),
            None => app.document_named(&self.number)?,
        };
        if let Some(file) = &self.pdf {
            return write_file(context, file, &app.document_pdf(kind, &number, self.version)?);
        }
        if let Some(file) = &self.xml {
            return write_file(context, file, &app.document_xml(kind, &number, self.version)?);
        }
        let found = app.document(kind, &number, self.version)?;
        let view = show::document(&found, &app.conditions()?, "en");
        context.out.show(&view, || text(&view));
        Ok(())
    }
}

fn text(view: &DocumentView) -> String {
    let entry = &view.entry;
    let versions: Vec<String> = view.versions.iter().map(i64::to_string).collect();
    let mut rows = vec![
        ("Kind", entry.kind.to_owned()),
        ("Date", entry.issue_date.clone()),
        ("Buyer", entry.buyer.clone().unwrap_or_default()),
        ("To pay", format!("{} {}", entry.payable, entry.currency)),
        ("Version", format!("{} (there are {})", entry.version, versions.join(", "))),
    ];
    for mail in &view.mails {
        let to: Vec<&str> = mail.recipients.iter().map(|r| r.address.as_str()).collect();
        rows.push(("Mail", format!("{}: {} ({})", mail.id, mail.state, to.join(", "))));
    }
    if let Some(posting) = &view.posting {
        let there = posting.invoice.map(|n| format!(", there number {n}")).unwrap_or_default();
        let why = if posting.reason.is_empty() { String::new() } else { format!(": {}", posting.reason) };
        rows.push(("Books", format!("{} at {}{there}{why}", posting.state, posting.integration)));
    }
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(what, value)| vec![what.into(), value]).collect();
    table(&[&entry.number, ""], &rows)
}
