//! Signing in: with a password by AUTH PLAIN, or LOGIN where the server knows nothing better; with an
//! access token by AUTH XOAUTH2.

use super::capabilities::Capabilities;
use crate::domain::Secret;
use crate::transport::connection::SignIn;

/// How to sign in, by what the server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// RFC 4616.
    Plain,
    /// Never standardised; what Exchange and many small servers speak.
    Login,
    /// Google's and Microsoft's own; RFC 7628 describes what became of it.
    XOAuth2,
}

/// What proves who we are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof<'a> {
    user: &'a str,
    secret: &'a Secret,
    token: bool,
}

impl<'a> Proof<'a> {
    pub(super) fn of(sign_in: SignIn<'a>) -> Option<Self> {
        match sign_in {
            SignIn::None => None,
            SignIn::Password { user, password } => Some(Self { user, secret: password, token: false }),
            SignIn::Token { user, token } => Some(Self { user, secret: token, token: true }),
        }
    }

    /// PLAIN before LOGIN: one round trip instead of three, and one way to read it.
    pub(super) fn mechanism(&self, caps: &Capabilities) -> Option<Mechanism> {
        if self.token {
            return caps.auth_xoauth2.then_some(Mechanism::XOAuth2);
        }
        if caps.auth_plain { Some(Mechanism::Plain) } else { caps.auth_login.then_some(Mechanism::Login) }
    }

    /// What is sent, in order: the AUTH command, then one answer for each 334.
    pub(super) fn steps(&self, mechanism: Mechanism) -> Vec<String> {
        let secret = self.secret.expose();
        match mechanism {
            Mechanism::Plain => {
                let message = base64(self.plain().as_bytes());
                // Asked again, a server that ignored the initial response gets it on a line of its own.
                vec![format!("AUTH PLAIN {message}"), message]
            }
            // Prompts differ between servers ("Username:", "User Name", nothing at all); the order does not.
            Mechanism::Login => {
                vec!["AUTH LOGIN".to_owned(), base64(self.user.as_bytes()), base64(secret.as_bytes())]
            }
            // A 334 here carries the reason for the refusal; the empty answer brings the server's final 535.
            Mechanism::XOAuth2 => {
                vec![format!("AUTH XOAUTH2 {}", base64(self.bearer().as_bytes())), String::new()]
            }
        }
    }

    /// Every form in which the secret crosses the wire, to be kept out of transcripts and replies.
    pub(super) fn forms(&self) -> Vec<String> {
        let secret = self.secret.expose();
        let whole = if self.token { self.bearer() } else { self.plain() };
        vec![secret.to_owned(), base64(secret.as_bytes()), base64(whole.as_bytes())]
    }

    fn plain(&self) -> String {
        format!("\0{}\0{}", self.user, self.secret.expose())
    }

    fn bearer(&self) -> String {
        format!("user={}\u{1}auth=Bearer {}\u{1}\u{1}", self.user, self.secret.expose())
    }
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
        let password = Secret::new("tanstaaftanstaaf");
        let proof = Proof::of(SignIn::Password { user: "tim", password: &password }).unwrap();
        assert_eq!(proof.steps(Mechanism::Plain)[0], "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
    }

    #[test]
    fn xoauth2_as_google_documents_it() {
        let token = Secret::new("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
        let proof = Proof::of(SignIn::Token { user: "someuser@example.com", token: &token }).unwrap();
        let expected = "AUTH XOAUTH2 dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRj\
                        Mk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==";
        assert_eq!(proof.steps(Mechanism::XOAuth2), [expected, ""]);
    }
}
