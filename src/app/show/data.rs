//! The data file's checks, as they are shown.

use super::{problem_in, time};
use crate::app::{Backup, PutBack};
use crate::store::{CheckReport, Restored};
use crate::wire::views::{BackupsView, CheckView, CopyView, PutBackView, RestoredView};

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

/// What came of putting a copy back, said in `language`.
fn put_back(done: &PutBack, language: &str) -> PutBackView {
    PutBackView {
        name: done.name.clone(),
        at: time(done.at),
        restored: done.outcome.as_ref().ok().map(restored),
        problem: done.outcome.as_ref().err().map(|error| problem_in(error, language)),
    }
}

/// The data file and its copies, and what came of the last that was put back.
#[must_use]
pub fn backups(data_bytes: u64, found: &[Backup], done: Option<&PutBack>, language: &str) -> BackupsView {
    let view = |b: &Backup| CopyView {
        name: b.name.clone(),
        bytes: b.bytes,
        at: b.at.map(time),
        documents_since: b.since.map(|(documents, _)| documents),
        mails_since: b.since.map(|(_, mails)| mails),
        restore: b.restore.clone(),
    };
    let put_back = done.map(|done| put_back(done, language));
    BackupsView { data_bytes, backups: found.iter().map(view).collect(), put_back }
}
