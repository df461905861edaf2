//! Papers that are being written on a screen.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::queries::KindWord;

/// A paper that is being written, to be kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormRequest {
    /// The kind of document it is to become.
    pub kind: KindWord,
    /// The number of the document it changes; none for a new one.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub number: Option<String>,
    /// Who it is for, as far as it is written.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub buyer: String,
    /// All that is filled in, as the screen needs it to go on; at most 30 MiB.
    pub content: Map<String, Value>,
}
