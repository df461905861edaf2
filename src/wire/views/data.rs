//! The data file, its copies, and whether it is whole.

use schemars::JsonSchema;
use serde::Serialize;

use super::ProblemView;

/// What a check of the data file found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CheckView {
    /// Documents whose PDF was compared with its hash.
    pub documents: usize,
    /// Mails whose bytes were compared with their hash.
    pub mails: usize,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// What was put in the place of the data file, from a copy or out of a damaged file.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RestoredView {
    /// What is whole, and what is wrong with the rest.
    #[serde(flatten)]
    pub check: CheckView,
    /// Mails that were not finished, and are held now.
    pub held: usize,
    /// Sales that were not in the books, and wait for a person now.
    pub sales: usize,
    /// Mails and sales that the file that was there knew the end of.
    pub settled: usize,
    /// What could not be read.
    pub lost: Vec<String>,
}

/// A copy of the data file.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BackupView {
    /// Its name, in the folder `backups` of the data folder.
    pub name: String,
    /// What was verified.
    pub check: CheckView,
}

/// The data file and its copies.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BackupsView {
    /// How large the data file is, in bytes.
    pub data_bytes: u64,
    /// The copies in the folder `backups` of the data folder, newest first.
    pub backups: Vec<CopyView>,
    /// What came of the last copy that was asked to be put back, since the service was started.
    pub put_back: Option<PutBackView>,
}

/// What came of putting a copy in the place of the data file.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PutBackView {
    /// The copy's name.
    pub name: String,
    /// When that was.
    pub at: String,
    /// What is there now.
    pub restored: Option<RestoredView>,
    /// Why it could not be put back.
    pub problem: Option<ProblemView>,
}

/// A copy of the data file that lies there.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CopyView {
    /// Its name.
    pub name: String,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// When it was made.
    pub at: Option<String>,
    /// Documents that were made since it was, and are not in it.
    pub documents_since: Option<i64>,
    /// Mails that were made since it was, and are not in it.
    pub mails_since: Option<i64>,
    /// The command that puts it back on this computer, once Tillpost is stopped.
    pub restore: String,
}
