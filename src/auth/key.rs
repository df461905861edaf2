//! The key of the secrets file, which lives outside the data folder.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{KeyInit, OsRng};
use chacha20poly1305::{Key as AeadKey, XChaCha20Poly1305};

use super::AuthError;

/// 32 bytes; it shows itself to nobody.
pub(super) struct Key(pub(super) AeadKey);

/// The key named by the surroundings: systemd's credential first, then `TILLPOST_KEY_FILE`.
pub(super) fn find(credentials_dir: Option<OsString>, key_file: Option<OsString>) -> Result<Key, AuthError> {
    if let Some(dir) = credentials_dir {
        let path = PathBuf::from(dir).join("tillpost.key");
        if path.exists() {
            // systemd guards the folder; for a service with a user of its own the mode shows the mask of an
            // access list (0440), which is not what it seems.
            return read(&path);
        }
    }
    let path = key_file.filter(|path| !path.is_empty()).map(PathBuf::from).ok_or(AuthError::NoKeyFile)?;
    refuse_open_to_others(&path)?;
    read(&path)
}

#[cfg(unix)]
fn refuse_open_to_others(path: &Path) -> Result<(), AuthError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_err(|why| unreadable(path, why))?.permissions().mode() & 0o7777;
    if matches!(mode, 0o600 | 0o400) {
        return Ok(());
    }
    Err(AuthError::KeyFileOpen { path: path.to_owned(), mode })
}

#[cfg(not(unix))]
fn refuse_open_to_others(_: &Path) -> Result<(), AuthError> {
    Ok(())
}

fn unreadable(path: &Path, why: io::Error) -> AuthError {
    AuthError::KeyFileUnreadable { path: path.to_owned(), why }
}

fn read(path: &Path) -> Result<Key, AuthError> {
    let mut text = String::new();
    let file = fs::File::open(path).map_err(|why| unreadable(path, why))?;
    file.take(1024).read_to_string(&mut text).map_err(|why| unreadable(path, why))?;
    from_hex(text.trim())
        .filter(|bytes| bytes.len() == 32)
        .map(|bytes| Key(*AeadKey::from_slice(&bytes)))
        .ok_or_else(|| AuthError::KeyFileMalformed(path.to_owned()))
}

/// Makes a new random key file that only its owner can read; an existing file is never overwritten.
///
/// # Errors
/// [`AuthError::KeyFileExists`] if there is one; [`AuthError::File`] if it cannot be written.
pub fn create_key_file(path: &Path) -> Result<(), AuthError> {
    let file_error = |why: io::Error| match why.kind() {
        io::ErrorKind::AlreadyExists => AuthError::KeyFileExists(path.to_owned()),
        _ => AuthError::File { path: path.to_owned(), why },
    };
    let key = XChaCha20Poly1305::generate_key(&mut OsRng);
    let mut file = owners_file().create_new(true).open(path).map_err(file_error)?;
    let written = writeln!(file, "{}", to_hex(&key)).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a key would only be in the way of the next try.
        let _ = fs::remove_file(path);
    }
    written.map_err(file_error)
}

/// Options for a new file that only its owner can read.
pub(super) fn owners_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<Vec<u8>>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
