//! Papers that are being written on a screen.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// A paper that is being written on a screen.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FormView {
    /// Its id, which the screen chose.
    pub id: String,
    /// The kind of document it is to become.
    pub kind: String,
    /// The number of the document it changes; null for a new one.
    pub number: Option<String>,
    /// Who it is for, as far as it is written.
    pub buyer: String,
    /// When it was begun.
    pub created_at: String,
    /// When it was last changed.
    pub changed_at: String,
    /// All that is filled in; null in lists.
    pub content: Option<Map<String, Value>>,
}
