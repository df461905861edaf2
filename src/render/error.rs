//! Why a document cannot be drawn.

use crate::domain::{Said, say};

/// A document, logo or font that cannot be drawn, in words for the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderError {
    /// There are no labels in the document's language; the sender picks another one.
    UnknownLanguage {
        /// The tag as the document gives it.
        tag: String,
        /// The languages there are, separated by commas.
        available: String,
    },
    /// Neither the built-in fonts nor the fallback fonts have a character; the shop adds a font that has it.
    NoGlyph {
        /// The character.
        character: char,
        /// A free font that has its script.
        script: &'static str,
        /// The text it stands in, shortened.
        text: String,
    },
    /// The fallback font cannot be read; the shop picks another file.
    FallbackFont {
        /// What is wrong with it.
        problem: String,
    },
    /// A logo, a photo or a signature cannot be read; it is to be saved again.
    Picture {
        /// Which picture: the logo, or the path of the field it came in.
        picture: String,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The figures of a table leave no room for the words beside them; the sender shortens them.
    TableTooWide {
        /// The column without room.
        column: String,
        /// The widest figure.
        widest: String,
    },
    /// What stands above the title takes up the whole page; the sender shortens it or takes a larger paper.
    HeadTooHigh {
        /// The field that takes up most of it, when it is one.
        field: Option<&'static str>,
    },
    /// A defect in Tillpost.
    Internal(String),
}

impl RenderError {
    /// What is wrong and what to do, as a sentence of ours.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::UnknownLanguage { tag, available } => {
                say!(
                    "There are no labels in the language \"{tag}\". Available are: {available}.",
                    tag,
                    available
                )
            }
            Self::NoGlyph { character, script, text } => say!(
                "No font has the character {character} (U+{code}) in \"{text}\". Add a font file that has it, like {script}, to the fallback_font setting.",
                character,
                code = format!("{:04X}", u32::from(*character)),
                text,
                script
            ),
            Self::FallbackFont { problem } => say!(
                "A font in the fallback_font setting cannot be used: {problem}. Choose a TrueType or OpenType file (.ttf, .otf or .ttc).",
                problem
            ),
            Self::Picture { picture, problem, remedy } => {
                say!("{picture} cannot be used: {problem}. {remedy}.", picture, problem, remedy)
            }
            Self::TableTooWide { column, widest } => say!(
                "The table's figures, such as \"{widest}\", leave no room for the column \"{column}\". Shorten them.",
                widest,
                column
            ),
            Self::HeadTooHigh { .. } => say!(
                "What stands above the title leaves no room on this paper. Shorten it, or choose a larger paper."
            ),
            Self::Internal(why) => format!(
                "The document could not be drawn: {why}. This is a defect in Tillpost; please report it."
            )
            .into(),
        }
    }
}

impl std::fmt::Display for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.said().fmt(f)
    }
}

impl std::error::Error for RenderError {}

impl RenderError {
    /// Whether this can only come from a defect in Tillpost.
    #[must_use]
    pub fn is_defect(&self) -> bool {
        matches!(self, Self::Internal(_))
    }
}
