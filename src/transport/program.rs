//! The computer's own programs.

use std::path::Path;

/// Opens a draft (`.eml`) with the program that the computer has for it: by `xdg-open`, `open` or the
/// shell of Windows.
///
/// # Errors
/// Why there is none, in a few words.
pub fn open(draft: &Path) -> Result<(), String> {
    opener::open(draft).map_err(|error| error.to_string())
}

/// Opens a page in the computer's browser; does not wait for it.
///
/// # Errors
/// Why there is none, in a few words: without a screen a browser would open where nobody sees it.
pub fn browse(url: &str) -> Result<(), String> {
    const SCREENS: [&str; 4] = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER"];
    let here = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(all(unix, not(target_os = "macos"))) && !SCREENS.iter().any(here) {
        return Err("this session has no screen".to_owned());
    }
    opener::open_browser(url).map_err(|error| error.to_string())
}
