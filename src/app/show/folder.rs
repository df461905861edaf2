//! The outbox folder, shown.

use super::time;
use crate::app::{Folder, kept_in};
use crate::wire::views::{FailedFileView, FolderView, TakenFileView};

/// The outbox folder, why a file was not taken in this language.
#[must_use]
pub fn folder(folder: &Folder, language: &str) -> FolderView {
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
                reason: kept_in(&file.reason, language),
                writable: file.writable,
            })
            .collect(),
    }
}
