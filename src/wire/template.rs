//! Mail templates as programs send them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::template::Use;
use crate::domain::{Invalid, say};

/// What a template is offered for: a kind of document, or `mail` for mails without a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UseWord(pub Use);

impl UseWord {
    /// Reads a word.
    ///
    /// # Errors
    /// Names the words there are.
    pub fn read(word: &str) -> Result<Self, Invalid> {
        let all: Vec<&str> = Use::all().map(Use::word).collect();
        Use::from_word(word).map(Self).ok_or_else(|| {
            Invalid::new(
                "",
                say!("\"{word}\" is not a kind of document", word),
                say!("Use one of: {all}", all = all.join(", ")),
            )
        })
    }
}

impl Serialize for UseWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<'de> Deserialize<'de> for UseWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::read(&word).map_err(|why| D::Error::custom(format!("{}. {}", why.problem, why.remedy)))
    }
}

impl JsonSchema for UseWord {
    fn schema_name() -> Cow<'static, str> {
        "UseWord".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Use::all().map(Use::word).collect();
        json_schema!({
            "description": "What a template is offered for: a kind of document, or `mail` for mails without a document.",
            "type": "string",
            "enum": words,
        })
    }
}

/// A mail template: text with gaps like `{{ number }}` and conditions like `{% if due_date %}...{% endif %}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// For a template with a name: what it is offered for; left out, as it was. A template can be named in a
    /// request whatever it is offered for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 11))]
    pub use_for: Option<Vec<UseWord>>,
    /// The kinds of documents whose mails are written with it by themselves in this language, in the place of
    /// whichever was; it must be offered for them. Left out, as it was. A kind's own template takes its kind
    /// back when it is named here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10))]
    pub default_for: Option<Vec<UseWord>>,
}

/// A template that the shop gives a name. What is left out comes from the one it is a copy of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplateRequest {
    /// Its name. The same name may have words in several languages; it is unique ignoring case.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// The language of its words, like de or de-at.
    #[schemars(length(min = 2, max = 35))]
    pub language: String,
    /// The template it starts as a copy of: a name, or a kind of document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 80))]
    pub copy_of: Option<String>,
    /// The language in which that is copied; left out, the new one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 35))]
    pub copy_language: Option<String>,
    /// The subject, one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub subject: Option<String>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 60_000))]
    pub text: Option<String>,
    /// The same as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 60_000))]
    pub html: Option<String>,
    /// What it is offered for; left out, as the name is already, or as the template it is a copy of, else for
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 11))]
    pub use_for: Option<Vec<UseWord>>,
    /// The kinds of documents whose mails are written with it by themselves in this language; left out, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10))]
    pub default_for: Option<Vec<UseWord>>,
}

/// Another name for a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameTemplateRequest {
    /// The new name.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
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
        Ok(Self { subject: subject.to_owned(), text: text.to_owned(), ..Self::default() })
    }
}
