//! Signing in with a password: AUTH PLAIN, or LOGIN where the server knows nothing better.

use super::capabilities::Capabilities;
use crate::domain::Secret;

/// How to sign in, by what the server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// RFC 4616.
    Plain,
    /// Never standardised; what Exchange and many small servers speak.
    Login,
}

/// PLAIN before LOGIN: one round trip instead of three, and one way to read it.
pub(super) fn choose(caps: &Capabilities) -> Option<Mechanism> {
    if caps.auth_plain { Some(Mechanism::Plain) } else { caps.auth_login.then_some(Mechanism::Login) }
}

/// What is sent, in order: the AUTH command, then one answer for each 334.
pub(super) fn steps(mechanism: Mechanism, user: &str, password: &Secret) -> Vec<String> {
    let password = password.expose();
    match mechanism {
        Mechanism::Plain => {
            let message = base64(format!("\0{user}\0{password}").as_bytes());
            // Asked again, a server that ignored the initial response gets it on a line of its own.
            vec![format!("AUTH PLAIN {message}"), message]
        }
        // Prompts differ between servers ("Username:", "User Name", nothing at all); the order does not.
        Mechanism::Login => {
            vec!["AUTH LOGIN".to_owned(), base64(user.as_bytes()), base64(password.as_bytes())]
        }
    }
}

/// Every form in which the password crosses the wire, to be kept out of transcripts and replies.
pub(super) fn forms(user: &str, password: &Secret) -> Vec<String> {
    vec![
        password.expose().to_owned(),
        base64(password.expose().as_bytes()),
        base64(format!("\0{user}\0{}", password.expose()).as_bytes()),
    ]
}

/// RFC 4648 section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0_u32;
        for n in 0..3 {
            bits = bits << 8 | u32::from(group.get(n).copied().unwrap_or(0));
        }
        for n in 0..4_usize {
            let index = (bits >> (18 - 6 * n)) & 63;
            match ALPHABET.get(index as usize) {
                Some(letter) if n <= group.len() => text.push(char::from(*letter)),
                _ => text.push('='),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_the_standard() {
        // RFC 4648 section 10.
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn plain_as_in_the_standard() {
        // RFC 4616 section 4, the message of its first example.
        let steps = steps(Mechanism::Plain, "tim", &Secret::new("tanstaaftanstaaf"));
        assert_eq!(steps[0], "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
    }
}
