//! The fonts a shop adds for characters the built-in ones lack.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::Error;
use crate::domain::{Invalid, say};
use crate::render;

/// A font file as it was read, with what tells whether it is still the same.
struct Known {
    path: String,
    changed: Option<SystemTime>,
    bytes: Arc<[u8]>,
}

/// Those read last: a font of Chinese has twenty megabytes, too many to read for every document.
static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());

/// The files that the setting `fallback_font` names, separated by semicolons, in its order.
///
/// # Errors
/// A file that cannot be read or is no font that can be printed, named by the setting.
pub(super) fn read(setting: &str) -> Result<Vec<Arc<[u8]>>, Error> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let paths: Vec<&str> = setting.split(';').map(str::trim).filter(|path| !path.is_empty()).collect();
    known.retain(|known| paths.contains(&known.path.as_str()));
    let mut fonts = Vec::with_capacity(paths.len());
    for path in paths {
        let changed = std::fs::metadata(path).and_then(|data| data.modified()).ok();
        let same = |known: &&Known| known.path == path && known.changed == changed && changed.is_some();
        if let Some(known) = known.iter().find(same) {
            fonts.push(Arc::clone(&known.bytes));
            continue;
        }
        let bytes: Arc<[u8]> = Arc::from(std::fs::read(path).map_err(|why| {
            Invalid::new(
                "fallback_font",
                say!("the font {path} cannot be read: {why}", path, why),
                "Correct the setting, or empty it with `tillpost settings set fallback_font \"\"`",
            )
        })?);
        render::check_font(&bytes)?;
        known.retain(|known| known.path != path);
        known.push(Known { path: path.to_owned(), changed, bytes: Arc::clone(&bytes) });
        fonts.push(bytes);
    }
    Ok(fonts)
}
