//! Files with customers' data: other users of this machine do not read them.
//!
//! Permissions of Unix. On Windows the data folder lies in the user's profile, which other users cannot read.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

#[cfg(unix)]
use super::FILE_NAME;

/// Folders below the data folder whose files name customers.
#[cfg(unix)]
const FOLDERS: [&str; 3] = ["backups", "handed-over", "run"];

/// Makes a folder that this user alone looks into, and what lacks above it. One that is there stays as its
/// owner made it.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(path: &Path) -> io::Result<()> {
    make(path, 0o700)
}

/// Makes a data folder: others may pass through it, because an `outbox/` in it can be opened to another user's
/// program, and see nothing else.
pub(super) fn make_data_folder(path: &Path) -> io::Result<()> {
    make(path, 0o711)
}

fn make(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above)?;
    }
    let mut builder = DirBuilder::new();
    builder.recursive(false);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    #[cfg(not(unix))]
    let _ = mode;
    match builder.create(path) {
        // Somebody else was quicker.
        Err(error) if path.is_dir() => drop(error),
        made => made?,
    }
    Ok(())
}

/// Options for a file that, where it is new, this user alone can read.
#[must_use]
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file that, where it is new, this user alone can read.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    options().create(true).truncate(true).open(path)?.write_all(bytes)
}

/// Lets nobody else read `path`, a copy of `data_file`, but the group that was let into that.
pub(super) fn as_the_data_file(path: &Path, data_file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = 0o600 | group(data_file).unwrap_or_default();
        // A memory stick's file system knows no rights, and a copy on it is a copy.
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = (path, data_file);
}

/// What the group may do with a file that others may do nothing with.
#[cfg(unix)]
fn group(path: &Path) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode();
    Ok(if mode & 0o007 == 0 { mode & 0o060 } else { 0 })
}

/// Takes from others what an earlier Tillpost or a copy by hand let them read in the data folder `data`. A file
/// that its group alone may read stays so: that somebody chose.
#[cfg(unix)]
pub(super) fn tighten(data: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode =
        |path: &Path| std::fs::symlink_metadata(path).map(|meta| (meta.is_file(), meta.permissions().mode()));
    let close = |path: &Path| {
        if matches!(mode(path), Ok((true, mode)) if mode & 0o007 != 0) {
            // Another user's file is theirs to close, at their own next start.
            let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
        }
    };
    let files = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let stem = FILE_NAME.trim_end_matches(".db");
    let ours = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(stem));
    files(data).filter(|path| ours(path)).for_each(|path| close(&path));
    for folder in FOLDERS.map(|name| data.join(name)) {
        // Nobody comes to what lies in a closed one.
        if matches!(mode(&folder), Ok((_, mode)) if mode & 0o007 != 0) {
            files(&folder).for_each(|path| close(&path));
        }
    }
}

#[cfg(not(unix))]
pub(super) fn tighten(_: &Path) {}
