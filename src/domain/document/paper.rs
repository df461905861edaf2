//! The papers a document can be drawn for.

use super::Kind;

/// A paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paper {
    /// ISO 216: 210 by 297 mm.
    A4,
    /// ISO 216: 148 by 210 mm.
    A5,
    /// ANSI A: 8.5 by 11 inches.
    Letter,
    /// A receipt roll 80 mm wide, as long as the receipt.
    Roll80,
    /// A receipt roll 58 mm wide, as long as the receipt.
    Roll58,
}

impl Paper {
    /// All papers.
    pub const ALL: [Self; 5] = [Self::A4, Self::A5, Self::Letter, Self::Roll80, Self::Roll58];

    /// The word in files and settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::A5 => "a5",
            Self::Letter => "letter",
            Self::Roll80 => "roll80",
            Self::Roll58 => "roll58",
        }
    }

    /// Reads [`Paper::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.word() == word)
    }

    /// Whether it is a receipt roll.
    #[must_use]
    pub fn is_roll(self) -> bool {
        matches!(self, Self::Roll80 | Self::Roll58)
    }

    /// The paper that a shop in `country` uses for letters when nothing else is set.
    ///
    /// # Source
    /// Unicode CLDR, `territoryInfo` paper size: US-Letter.
    #[must_use]
    pub fn of_country(country: &str) -> Self {
        const LETTER: [&str; 16] =
            ["BZ", "CA", "CL", "CO", "CR", "DO", "GT", "HN", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"];
        if LETTER.contains(&country) { Self::Letter } else { Self::A4 }
    }

    /// The paper of a document of `kind` that names none, as the settings for letters and receipts
    /// have it, which may leave it to the country.
    #[must_use]
    pub fn of_kind(kind: Kind, letters: Option<Self>, receipts: Option<Self>, country: &str) -> Self {
        let letters = letters.unwrap_or_else(|| Self::of_country(country));
        if kind == Kind::Receipt { receipts.unwrap_or(letters) } else { letters }
    }
}
