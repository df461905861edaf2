//! `export`: the documents of a period for any accounting program.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;

use super::Context;
use crate::app::{Error, Period};

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The first day, by the date on the documents: YYYY-MM-DD.
    #[arg(long)]
    from: NaiveDate,
    /// The last day.
    #[arg(long)]
    to: NaiveDate,
    /// Only documents of this channel.
    #[arg(long)]
    channel: Option<String>,
    /// The folder to write into; it must not exist, or be empty.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

impl Export {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let period = Period::new(self.from, self.to, self.channel)?;
        let done = context.app()?.export_period_into(&period, &self.output)?;
        let view = serde_json::json!({
            "folder": self.output, "documents": done.documents, "e_invoices": done.e_invoices,
        });
        context.out.show(&view, || {
            format!(
                "{} documents and {} e-invoice files in {}",
                done.documents,
                done.e_invoices,
                self.output.display()
            )
        });
        Ok(0)
    }
}
