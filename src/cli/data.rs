//! `doctor`, `backup`, `restore` and `check`: the data file and the installation around it.

use std::path::PathBuf;

use clap::Args;

use super::{Context, runtime};
use crate::app::{App, Error, Kind, show};
use crate::store::CheckReport;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Look at this machine alone; contact no server.
    #[arg(long)]
    offline: bool,
}

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Where to; a file that exists is never overwritten.
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The copy.
    file: PathBuf,
    /// Take the place of an existing data file, which is kept beside it under another name.
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Args)]
pub(super) struct Check {}

impl Doctor {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        let findings = if self.offline {
            app.doctor()?
        } else {
            runtime()?.block_on(app.examine(&app.setting("language")?))?
        };
        let views: Vec<_> = findings.iter().map(show::finding).collect();
        context.out.show(&views, || {
            let lines: Vec<String> = findings
                .iter()
                .map(|f| {
                    format!("{}  {}: {}", if f.problem.is_none() { "ok " } else { "BAD" }, f.what, f.says)
                })
                .collect();
            lines.join("\n")
        });
        Ok(findings.iter().find_map(|f| f.problem).map_or(0, Kind::exit_code))
    }
}

impl Backup {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let report = context.app()?.backup(&self.file)?;
        show_check(context, &report, &format!("copied to {}", self.file.display()))
    }
}

impl Restore {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let data = context.data()?;
        let report = App::restore(&self.file, &data, self.replace)?;
        show_check(context, &report, &format!("restored into {}", data.display()))
    }
}

impl Check {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let report = context.app()?.check()?;
        show_check(context, &report, "checked")
    }
}

fn show_check(context: &Context, report: &CheckReport, done: &str) -> Result<u8, Error> {
    context.out.show(&show::check(report), || {
        let mut lines =
            vec![format!("{done}: {} documents and {} mails verified", report.documents, report.mails)];
        lines.extend(report.problems.iter().map(|p| format!("damaged: {p}")));
        lines.join("\n")
    });
    Ok(if report.problems.is_empty() { 0 } else { Kind::DataFile.exit_code() })
}
