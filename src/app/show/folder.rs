//! The outbox folder, shown.

use super::time;
use crate::app::Folder;
use crate::wire::views::{FailedFileView, FolderView, TakenFileView};

/// The outbox folder.
#[must_use]
pub fn folder(folder: &Folder) -> FolderView {
    FolderView {
        path: folder.path.display().to_string(),
        last_taken: folder.last_taken.as_ref().map(|taken| TakenFileView {
            name: taken.name.clone(),
            at: time(taken.at),
            document: taken.document.clone(),
            mail: taken.mail.map(|id| id.to_string()),
        }),
        waiting: folder.waiting,
        failed: folder
            .failed
            .iter()
            .map(|file| FailedFileView {
                name: file.name.clone(),
                at: file.at.map(time),
                reason: file.reason.clone(),
            })
            .collect(),
    }
}
