//! Why a document cannot be drawn.

/// A document, logo or font that cannot be drawn, in words for the shop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// There are no labels in the document's language; the sender picks another one.
    #[error("There are no labels in the language \"{tag}\". Available are: {available}.")]
    UnknownLanguage {
        /// The tag as the document gives it.
        tag: String,
        /// The languages there are, separated by commas.
        available: String,
    },
    /// Neither the built-in fonts nor the fallback fonts have a character; the shop adds a font that has it.
    #[error(
        "No font has the character {character} (U+{:04X}) in \"{text}\". Add a font file that has it, like {script}, to the fallback_font setting.",
        u32::from(*.character)
    )]
    NoGlyph {
        /// The character.
        character: char,
        /// A free font that has its script.
        script: &'static str,
        /// The text it stands in, shortened.
        text: String,
    },
    /// The fallback font cannot be read; the shop picks another file.
    #[error(
        "A font in the fallback_font setting cannot be used: {problem}. Choose a TrueType or OpenType file (.ttf, .otf or .ttc)."
    )]
    FallbackFont {
        /// What is wrong with it.
        problem: String,
    },
    /// A logo, a photo or a signature cannot be read; it is to be saved again.
    #[error("{picture} cannot be used: {problem}. {remedy}.")]
    Picture {
        /// Which picture: the logo, or the path of the field it came in.
        picture: String,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The figures of a table leave no room for the words beside them; the sender shortens them.
    #[error(
        "The table's figures, such as \"{widest}\", leave no room for the column \"{column}\". Shorten them."
    )]
    TableTooWide {
        /// The column without room.
        column: String,
        /// The widest figure.
        widest: String,
    },
    /// A defect in Tillpost.
    #[error("The document could not be drawn: {0}. This is a defect in Tillpost; please report it.")]
    Internal(String),
}

impl RenderError {
    /// Whether this can only come from a defect in Tillpost.
    #[must_use]
    pub fn is_defect(&self) -> bool {
        matches!(self, Self::Internal(_))
    }
}
