//! The papers: how wide they are, where text stands on them, how large and in which inks.
//!
//! # Source
//! Letters: DIN 5008 form B: address field 45 mm from the top and 20 mm from the left, 85 by 45 mm,
//! the lower 27.3 mm of it for the address; fold marks at 105 and 210 mm. Windows of C5/6 and DL
//! envelopes on the left show it, in the United Kingdom (BS 4264) as well. On US Letter the same
//! place shows in the window of a no. 10 envelope: 7/8 inch from its left and 1/2 inch from its lower
//! edge, 4 1/2 by 1 1/8 inches. A5, folded once, goes into C6 (DIN 680: window 20 mm from the left, 15
//! mm from the lower edge). Receipt printers print 72 of 80 mm and 48 of 58 mm.

use super::text::Style;
use super::{Colour, HAIRLINE, INK, PALE, SOFT};
use crate::domain::document::Paper;

/// A millimetre in points.
pub(super) const MM: f32 = 72.0 / 25.4;
/// The longest page a PDF reader must take (ISO 32000-1, annex C), less a margin.
const LONGEST: f32 = 14_000.0;

/// A paper with the measures of what stands on it.
///
/// # Units
/// Points from the left and from the top.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    /// Width of the paper.
    pub(super) width: f32,
    /// Height of the paper; of a roll, the longest piece of it.
    pub(super) height: f32,
    /// Left edge of all text.
    pub(super) left: f32,
    /// Width of all text.
    pub(super) text: f32,
    /// Running text.
    pub(super) body: Style,
    /// Labels and asides.
    pub(super) small: Style,
    /// Terms and the footer.
    pub(super) fine: Style,
    /// Over a part of the document.
    pub(super) heading: Style,
    /// Size of the title.
    pub(super) title: f32,
    /// Labels and fine lines.
    pub(super) soft: Colour,
    /// Lines between rows.
    pub(super) hairline: Colour,
    /// Behind boxes; a receipt printer has no greys.
    pub(super) pale: Option<Colour>,
    /// The places of a letter; none on a roll.
    pub(super) letter: Option<Letter>,
}

/// Where the parts of a letter stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letter {
    /// Top of the logo and of the seller's particulars.
    pub(super) top: f32,
    /// The largest logo.
    pub(super) brand: (f32, f32),
    /// Left edge of the column beside the address.
    pub(super) aside: f32,
    /// Line between the sender and the address in the window.
    pub(super) window: f32,
    /// Width and height of the address.
    pub(super) address: (f32, f32),
    /// Where the marks to fold at stand.
    pub(super) folds: [Option<f32>; 2],
    /// Between the footer and the paper's edge.
    pub(super) foot: f32,
}

impl Letter {
    const A4: Self = Self {
        top: 14.0 * MM,
        brand: (60.0 * MM, 20.0 * MM),
        aside: 125.0 * MM,
        window: 61.8 * MM,
        address: (80.0 * MM, 27.3 * MM),
        folds: [Some(105.0 * MM), Some(210.0 * MM)],
        foot: 11.0 * MM,
    };
    const A5: Self = Self {
        top: 11.0 * MM,
        brand: (48.0 * MM, 16.0 * MM),
        aside: 88.0 * MM,
        window: 54.5 * MM,
        address: (62.0 * MM, 24.0 * MM),
        folds: [Some(105.0 * MM), None],
        foot: 9.0 * MM,
    };
}

impl Sheet {
    /// The measures of `paper`.
    pub(super) fn of(paper: Paper) -> Self {
        match paper {
            Paper::A4 => Self::letter((210.0, 297.0), (25.0, 165.0), 9.0, Letter::A4),
            Paper::Letter => Self::letter(
                (215.9, 279.4),
                (25.0, 169.0),
                9.0,
                Letter {
                    aside: 128.0 * MM,
                    address: (85.0 * MM, 20.0 * MM),
                    folds: [Some(93.1 * MM), Some(186.3 * MM)],
                    ..Letter::A4
                },
            ),
            Paper::A5 => Self::letter((148.0, 210.0), (20.0, 117.0), 8.0, Letter::A5),
            Paper::Roll80 => Self::roll(80.0, 72.0, 8.5),
            Paper::Roll58 => Self::roll(58.0, 48.0, 7.5),
        }
    }

    fn letter((width, height): (f32, f32), (left, text): (f32, f32), size: f32, letter: Letter) -> Self {
        let body = Style::regular(size, INK);
        Self {
            width: hundredth(width * MM),
            height: hundredth(height * MM),
            left: left * MM,
            text: text * MM,
            body,
            small: Style::regular(size - 1.5, SOFT),
            fine: Style::regular((size - 2.0).max(6.5), SOFT),
            heading: body.bold().sized(size + 1.0),
            title: size * 1.9,
            soft: SOFT,
            hairline: HAIRLINE,
            pale: Some(PALE),
            letter: Some(letter),
        }
    }

    fn roll(width: f32, text: f32, size: f32) -> Self {
        let black = Colour::new(0, 0, 0);
        let body = Style::regular(size, black);
        Self {
            width: hundredth(width * MM),
            height: LONGEST,
            left: (width - text) / 2.0 * MM,
            text: text * MM,
            body,
            small: Style::regular(size - 1.0, black),
            fine: Style::regular(size - 1.0, black),
            heading: body.bold(),
            title: size * 1.4,
            soft: black,
            hairline: black,
            pale: None,
            letter: None,
        }
    }

    /// Right edge of all text.
    pub(super) fn right(&self) -> f32 {
        self.left + self.text
    }

    /// Width of running text: lines of at most about ninety letters.
    pub(super) fn measure(&self) -> f32 {
        self.text.min(self.body.size * 46.0)
    }

    /// Whether it is a receipt roll.
    pub(super) fn is_roll(&self) -> bool {
        self.letter.is_none()
    }

    /// Whether two columns of words stand side by side.
    pub(super) fn is_wide(&self) -> bool {
        self.text > 100.0 * MM
    }

    /// Height of the tallest page after the first, for splitting rows; the footer and the running head
    /// take at most this much.
    pub(super) fn room(&self) -> f32 {
        self.height - 75.0 * MM
    }
}

fn hundredth(points: f32) -> f32 {
    (points * 100.0).round() / 100.0
}
