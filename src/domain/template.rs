//! What mail templates are called and what they are for.

use super::document::Kind;
use super::invalid::{at_most, one_line};
use super::{Invalid, say};

/// The longest name of a template, in characters.
pub const LONGEST_NAME: usize = 80;

/// What a template is offered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Mails with a document of this kind.
    Document(Kind),
    /// Mails without a document.
    Mail,
}

impl Use {
    /// The word for mails without a document.
    const MAIL: &'static str = "mail";

    /// All there are.
    pub fn all() -> impl Iterator<Item = Self> {
        Kind::ALL.into_iter().map(Self::Document).chain([Self::Mail])
    }

    /// The word in files and in the data file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Document(kind) => kind.word(),
            Self::Mail => Self::MAIL,
        }
    }

    /// Reads [`Use::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::all().find(|one| one.word() == word)
    }
}

impl From<Kind> for Use {
    fn from(kind: Kind) -> Self {
        Self::Document(kind)
    }
}

/// Which template is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one of a kind of document: the shop's own where it wrote one, else the one shipped.
    Kind(Kind),
    /// One that the shop gave this name.
    Named(String),
}

impl Which {
    /// As it is named in requests.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Kind(kind) => kind.word(),
            Self::Named(name) => name,
        }
    }
}

impl From<&str> for Which {
    fn from(name: &str) -> Self {
        let name = name.trim();
        Kind::from_word(&key(name)).map_or_else(|| Self::Named(name.to_owned()), Self::Kind)
    }
}

impl From<Kind> for Which {
    fn from(kind: Kind) -> Self {
        Self::Kind(kind)
    }
}

/// The form of a name in which two that differ only in case are the same.
#[must_use]
pub fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A name that the shop gives a template, checked.
///
/// # Errors
/// When it is empty, too long, not one line, or the word of a kind of document, whose template has it.
pub fn name(given: &str) -> Result<String, Invalid> {
    let name = given.trim();
    one_line("name", name)?;
    at_most("name", name, LONGEST_NAME)?;
    if name.is_empty() {
        return Err(Invalid::new("name", "it is empty", "Give the template a name"));
    }
    if Use::from_word(&key(name)).is_some() {
        return Err(Invalid::new(
            "name",
            say!(
                "\"{name}\" cannot be the name of a template: the one that Tillpost comes with has it",
                name
            ),
            "Give it another name",
        ));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kinds_word_is_its_own_template_and_never_a_name() {
        assert_eq!(Which::from(" Invoice "), Which::Kind(Kind::Invoice));
        assert_eq!(Which::from("Invoice – friendly"), Which::Named("Invoice – friendly".into()));
        for bad in ["", "  ", "job_card", "INVOICE", "mail", "a\nb", &"x".repeat(81)] {
            assert!(name(bad).is_err(), "{bad}");
        }
        assert_eq!(name("  Rappel n° 2 ").unwrap(), "Rappel n° 2");
        assert!(Use::all().all(|one| Use::from_word(one.word()) == Some(one)));
    }
}
