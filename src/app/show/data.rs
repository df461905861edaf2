//! The data file's checks, as they are shown.

use super::time;
use crate::app::Backup;
use crate::store::{CheckReport, Salvaged};
use crate::wire::views::{BackupsView, CheckView, CopyView, SalvagedView};

/// What a check found.
#[must_use]
pub fn check(report: &CheckReport) -> CheckView {
    CheckView { documents: report.documents, mails: report.mails, problems: report.problems.clone() }
}

/// What was saved out of a damaged data file.
#[must_use]
pub fn salvaged(saved: &Salvaged) -> SalvagedView {
    SalvagedView { check: check(&saved.check), held: saved.held, lost: saved.lost.clone() }
}

/// The data file and its copies.
#[must_use]
pub fn backups(data_bytes: u64, found: &[Backup]) -> BackupsView {
    let view = |b: &Backup| CopyView { name: b.name.clone(), bytes: b.bytes, at: b.at.map(time) };
    BackupsView { data_bytes, backups: found.iter().map(view).collect() }
}
