//! `doctor`, `backup`, `restore` and `check`: the data file and the installation around it.

use std::path::PathBuf;

use clap::Args;

use super::{Context, runtime};
use crate::app::{App, Error, Kind, show};
use crate::store::{CheckReport, Restored};

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
        let restored = if self.salvage {
            App::salvage(&self.file, &data, self.replace)?
        } else {
            App::restore(&self.file, &data, self.replace)?
        };
        let did = if self.salvage { "saved into" } else { "restored into" };
        context.out.show(&show::restored(&restored), || {
            let CheckReport { documents, mails, .. } = restored.check;
            let head = format!("{did} {}: {documents} documents and {mails} mails verified", data.display());
            report(head, &restored)
        });
        // Losses are told and are no failure: saving the rest is what was asked for.
        Ok(0)
    }
}

impl Check {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let report = context.app()?.check()?;
        show_check(context, &report, "checked")
    }
}

/// What became of what was put back, and what is to be done about it.
fn report(head: String, restored: &Restored) -> String {
    let mut lines = vec![head];
    lines.extend(restored.lost.iter().map(|lost| format!("lost: {lost}")));
    lines.extend(restored.check.problems.iter().map(|p| format!("damaged: {p}")));
    if restored.settled > 0 {
        lines.push(format!(
            "ended since the copy was made, as the file that was there knew: {}",
            restored.settled
        ));
    }
    if restored.held > 0 {
        lines.push(format!(
            "held, because they were not finished and may have left since: {}; look at them with `tillpost queue list`, \
             then release or cancel each, or release all with `tillpost queue release --restored`",
            restored.held
        ));
    }
    if restored.sales > 0 {
        lines.push(format!(
            "sales that may be in the books by now: {}; retry each of `tillpost accounting postings`: it is looked for there before it is entered",
            restored.sales
        ));
    }
    lines.join("\n")
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
