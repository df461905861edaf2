//! Mail templates.

use schemars::JsonSchema;
use serde::Serialize;

/// A mail template.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TemplateView {
    /// What requests call it: the kind of document it is the template of, or the name the shop gave it.
    pub template: String,
    /// The kind of document it is the template of; null where the shop gave it a name.
    pub kind: Option<&'static str>,
    /// In which language.
    pub language: String,
    /// Its name with its version, as mails remember it.
    pub name: String,
    /// Whether the shop wrote it; if not, Tillpost comes with it.
    pub own: bool,
    /// What it is offered for: kinds of documents, and `mail` for mails without a document.
    pub use_for: Vec<&'static str>,
    /// The kinds of documents whose mails are written with it by themselves in this language.
    pub default_for: Vec<&'static str>,
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
