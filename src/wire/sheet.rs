//! Cells of a table that a spreadsheet may open: names and notes come from strangers, and a program must not
//! calculate with them.

use std::borrow::Cow;

/// What a spreadsheet takes for the beginning of a formula.
///
/// # Source
/// OWASP, "CSV Injection".
const BEGINNINGS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Whether a spreadsheet would calculate with `text` as anything but an amount or a telephone number.
fn is_formula(text: &str) -> bool {
    let number = |c: char| c.is_ascii_digit() || " .+-()/".contains(c);
    text.starts_with(BEGINNINGS) && !text.chars().all(number)
}

/// What stands in the cell for `text`: behind an apostrophe where it would be taken for a formula.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    // One that has apostrophes already gets another, so that taking one off always gives back the text.
    match is_formula(text.trim_start_matches('\'')) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// The text that [`cell`] wrote as `cell`.
pub(super) fn text(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest.trim_start_matches('\''))).unwrap_or(cell)
}
