//! Mail templates as programs send them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Invalid;

/// A mail template: text with gaps like `{{ number }}` and conditions like `{% if due_date %}...{% endif %}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateShape {
    /// The subject, one line.
    #[schemars(length(min = 1, max = 500))]
    pub subject: String,
    /// The text.
    #[schemars(length(min = 1, max = 60_000))]
    pub text: String,
    /// The same as HTML; what fills a gap is escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 60_000))]
    pub html: Option<String>,
}

impl TemplateShape {
    /// Reads a template from one text: the subject in the first line, an empty line, and the text.
    ///
    /// # Errors
    /// When it is not in that form.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        let halves = text.split_once('\n').and_then(|(subject, rest)| {
            let (empty, text) = rest.split_once('\n')?;
            empty.trim().is_empty().then_some((subject.trim(), text))
        });
        let (subject, text) = halves.ok_or_else(|| {
            let remedy = "Write the subject in the first line, then an empty line, then the text";
            Invalid::new("", "this is not the form of a template", remedy)
        })?;
        Ok(Self { subject: subject.to_owned(), text: text.to_owned(), html: None })
    }
}
