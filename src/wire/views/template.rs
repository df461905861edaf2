//! Mail templates.

use schemars::JsonSchema;
use serde::Serialize;

/// A mail template.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TemplateView {
    /// For which kind of document.
    pub kind: &'static str,
    /// In which language.
    pub language: String,
    /// Its name with its version, as mails remember it.
    pub name: String,
    /// Whether the shop wrote it; if not, Tillpost came with it.
    pub own: bool,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// The shop's own versions, newest first; empty in lists.
    pub versions: Vec<i64>,
}

/// A template filled with sample values.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TemplateCheckView {
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// What would keep it from being filled for documents that lack something.
    pub warnings: Vec<String>,
}

/// Something templates may name.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlaceholderView {
    /// Its name, to be written in two pairs of braces.
    pub name: String,
    /// What stands there then.
    pub says: String,
}
