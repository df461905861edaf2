//! The data file's checks, as they are shown.

use super::time;
use crate::app::Backup;
use crate::store::{CheckReport, Restored};
use crate::wire::views::{BackupsView, CheckView, CopyView, RestoredView};

/// What a check found.
#[must_use]
pub fn check(report: &CheckReport) -> CheckView {
    CheckView { documents: report.documents, mails: report.mails, problems: report.problems.clone() }
}

/// What was put in the place of the data file.
#[must_use]
pub fn restored(found: &Restored) -> RestoredView {
    let Restored { held, sales, settled, .. } = *found;
    RestoredView { check: check(&found.check), held, sales, settled, lost: found.lost.clone() }
}

/// The data file and its copies.
#[must_use]
pub fn backups(data_bytes: u64, found: &[Backup]) -> BackupsView {
    let view = |b: &Backup| CopyView {
        name: b.name.clone(),
        bytes: b.bytes,
        at: b.at.map(time),
        restore: b.restore.clone(),
    };
    BackupsView { data_bytes, backups: found.iter().map(view).collect() }
}
