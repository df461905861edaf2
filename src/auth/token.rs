//! What lets a program or a person in: API passwords, PINs, and the tokens of links and sessions.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use sha2::{Digest, Sha256};

use super::AuthError;
use crate::domain::Secret;

/// In front of every API password, so that people and scanners know it when they see one.
const MARK: &str = "tillpost_";
/// Random bytes that find the password's row.
const LOOKUP_BYTES: usize = 6;
/// Random bytes nobody can guess.
const TOKEN_BYTES: usize = 32;

/// An API password just made: `text` is shown once and kept nowhere.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// The password.
    pub text: Secret,
    /// The part that finds its row; no secret.
    pub lookup: String,
    /// Its last four characters, to tell it from others.
    pub ending: String,
    /// Its argon2 hash.
    pub hash: String,
}

/// Makes an API password.
///
/// # Errors
/// When the system gives no random numbers.
pub fn new_password() -> Result<NewPassword, AuthError> {
    // Letters and digits alone make the parts easy to tell from each other, and to select by a double click.
    let lookup = hex(&random::<LOOKUP_BYTES>()?);
    let body = hex(&random::<TOKEN_BYTES>()?);
    let text = Secret::new(format!("{MARK}{lookup}_{body}"));
    let ending = body.chars().skip(body.len().saturating_sub(4)).collect();
    Ok(NewPassword { hash: hash(&text)?, text, lookup, ending })
}

/// The part of a presented password that finds its row, if it looks like one of ours.
#[must_use]
pub fn lookup(presented: &str) -> Option<&str> {
    let (lookup, body) = presented.strip_prefix(MARK)?.split_once('_')?;
    (lookup.len() == LOOKUP_BYTES * 2 && !body.is_empty()).then_some(lookup)
}

/// The argon2id hash of a password or PIN, with a salt of its own.
///
/// # Errors
/// When the system gives no random numbers.
pub fn hash(secret: &Secret) -> Result<String, AuthError> {
    Argon2::default()
        .hash_password(secret.expose().as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| AuthError::Failed(format!("a password could not be hashed: {e}")))
}

/// Whether `hash` was made from this password; takes some milliseconds on purpose.
#[must_use]
pub fn matches(hash: &str, presented: &Secret) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(presented.expose().as_bytes(), &hash).is_ok())
}

/// A token for a link or a session: 256 random bits.
///
/// # Errors
/// When the system gives no random numbers.
pub fn new_token() -> Result<Secret, AuthError> {
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(random::<TOKEN_BYTES>()?)))
}

/// What is stored of a token. It is as long as its hash, so nothing slower is needed.
#[must_use]
pub fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// In front of every signing secret, as the receiving libraries expect it.
const SIGNING_MARK: &str = "whsec_";

/// Makes the secret with which webhooks are signed.
///
/// # Errors
/// When the system gives no random numbers.
///
/// # Source
/// Standard Webhooks 1.0: `whsec_` and base64.
pub fn new_signing_secret() -> Result<Secret, AuthError> {
    Ok(Secret::new(format!("{SIGNING_MARK}{}", STANDARD.encode(random::<TOKEN_BYTES>()?))))
}

/// The signature of `content`: HMAC-SHA256 in base64.
///
/// # Errors
/// When the secret is none that [`new_signing_secret`] made.
///
/// # Source
/// Standard Webhooks 1.0.
pub fn signature(secret: &Secret, content: &str) -> Result<String, AuthError> {
    let unreadable = || AuthError::Failed("the signing secret cannot be read".into());
    let key = secret.expose().strip_prefix(SIGNING_MARK).and_then(|key| STANDARD.decode(key).ok());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.ok_or_else(unreadable)?).map_err(|_| unreadable())?;
    mac.update(content.as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

fn random<const N: usize>() -> Result<[u8; N], AuthError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|e| AuthError::Failed(format!("the system gives no random numbers: {e}")))?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_the_standard_shows() {
        // The example of the Standard Webhooks libraries.
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let content = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
        assert_eq!(signature(&secret, content).unwrap(), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_password_is_known_by_its_hash_and_found_by_its_lookup() {
        let (one, other) = (new_password().unwrap(), new_password().unwrap());
        assert!(matches(&one.hash, &one.text) && !matches(&one.hash, &other.text));
        assert_eq!(lookup(one.text.expose()), Some(one.lookup.as_str()));
        assert!(one.hash.starts_with("$argon2id$") && one.text.expose().ends_with(&one.ending));
        assert_eq!(lookup("tillpost_x_y"), None);
    }
}
