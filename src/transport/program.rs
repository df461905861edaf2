//! The computer's own mail program.

use std::path::Path;

/// Opens a draft (`.eml`) with the program that the computer has for it: by `xdg-open`, `open` or the
/// shell of Windows.
///
/// # Errors
/// Why there is none, in a few words.
pub fn open(draft: &Path) -> Result<(), String> {
    opener::open(draft).map_err(|error| error.to_string())
}
