//! The data file's checks, as they are shown.

use crate::store::{CheckReport, Salvaged};
use crate::wire::views::{CheckView, SalvagedView};

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
