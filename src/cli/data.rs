//! `doctor`, `backup`, `restore` and `check`: the data file and the installation around it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, runtime};
use crate::app::{App, Error, Kind, show};
use crate::store::{CheckReport, Salvaged};

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
    /// The file is damaged: save what can still be read of it. Mails that were not finished are held.
    #[arg(long)]
    salvage: bool,
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
        let views: Vec<_> = findings.iter().map(|f| show::finding(f, "en")).collect();
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
        if self.salvage {
            let saved = App::salvage(&self.file, &data, self.replace)?;
            return Ok(show_salvaged(context, &saved, &data));
        }
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

/// Losses are told and are no failure: saving the rest is what was asked for.
fn show_salvaged(context: &Context, saved: &Salvaged, data: &Path) -> u8 {
    context.out.show(&show::salvaged(saved), || {
        let mut lines = vec![format!(
            "saved into {}: {} documents and {} mails are whole",
            data.display(),
            saved.check.documents,
            saved.check.mails
        )];
        lines.extend(saved.lost.iter().map(|lost| format!("lost: {lost}")));
        lines.extend(saved.check.problems.iter().map(|p| format!("damaged: {p}")));
        if saved.held > 0 {
            lines.push(format!(
                "held, because they were not finished: {}; look at them with `tillpost queue list`, and release or cancel each",
                saved.held
            ));
        }
        lines.join("\n")
    });
    0
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
