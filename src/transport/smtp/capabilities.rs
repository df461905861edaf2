//! What a server says it can do.

/// The keywords of a server's answer to EHLO that matter to us.
///
/// # Source
/// RFC 5321 section 4.1.1.1; RFC 1870 (SIZE), 2920 (PIPELINING), 6152 (8BITMIME), 6531 (SMTPUTF8),
/// 2034 (ENHANCEDSTATUSCODES), 3207 (STARTTLS), 4954 (AUTH).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// SIZE is offered.
    pub size: bool,
    /// The largest message it takes, in bytes, where it names one.
    pub size_limit: Option<u64>,
    /// Commands may be sent in groups.
    pub pipelining: bool,
    /// BODY=8BITMIME may be said.
    pub eight_bit_mime: bool,
    /// Addresses may hold more than ASCII.
    pub smtp_utf8: bool,
    /// Replies carry enhanced codes.
    pub enhanced_codes: bool,
    /// STARTTLS is offered.
    pub start_tls: bool,
    /// AUTH is offered, with whatever mechanisms.
    pub auth: bool,
    /// AUTH PLAIN is offered.
    pub auth_plain: bool,
    /// AUTH LOGIN is offered.
    pub auth_login: bool,
    /// AUTH XOAUTH2 is offered.
    pub auth_xoauth2: bool,
    /// All mechanisms that are offered, as the server writes them; 20 at most.
    pub mechanisms: Vec<String>,
}

impl std::fmt::Display for Capabilities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let size = self.size_limit.map_or_else(|| "SIZE".to_owned(), |limit| format!("SIZE {limit}"));
        let words: Vec<&str> = [
            (self.size, size.as_str()),
            (self.pipelining, "PIPELINING"),
            (self.eight_bit_mime, "8BITMIME"),
            (self.smtp_utf8, "SMTPUTF8"),
            (self.enhanced_codes, "ENHANCEDSTATUSCODES"),
            (self.start_tls, "STARTTLS"),
            (self.auth_plain, "AUTH PLAIN"),
            (self.auth_login, "AUTH LOGIN"),
            (self.auth_xoauth2, "AUTH XOAUTH2"),
        ]
        .into_iter()
        .filter_map(|(offered, word)| offered.then_some(word))
        .collect();
        f.write_str(&words.join(", "))
    }
}

impl Capabilities {
    /// Reads the lines of an EHLO reply, without their codes; the first names the server and is skipped.
    #[must_use]
    pub fn read<S: AsRef<str>>(lines: &[S]) -> Self {
        let mut found = Self::default();
        for line in lines.iter().skip(1) {
            // "AUTH=LOGIN PLAIN" is what old servers say beside or instead of "AUTH LOGIN PLAIN".
            let line = line.as_ref().to_ascii_uppercase().replacen("AUTH=", "AUTH ", 1);
            let mut words = line.split_ascii_whitespace();
            match words.next().unwrap_or_default() {
                "SIZE" => {
                    found.size = true;
                    // RFC 1870 section 4: zero means no fixed limit.
                    found.size_limit = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                }
                "PIPELINING" => found.pipelining = true,
                "8BITMIME" => found.eight_bit_mime = true,
                "SMTPUTF8" => found.smtp_utf8 = true,
                "ENHANCEDSTATUSCODES" => found.enhanced_codes = true,
                "STARTTLS" => found.start_tls = true,
                "AUTH" => {
                    found.auth = true;
                    for mechanism in words {
                        found.auth_plain |= mechanism == "PLAIN";
                        found.auth_login |= mechanism == "LOGIN";
                        found.auth_xoauth2 |= mechanism == "XOAUTH2";
                        if found.mechanisms.len() < 20 && !found.mechanisms.iter().any(|m| m == mechanism) {
                            found.mechanisms.push(mechanism.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_in_any_case() {
        let caps = Capabilities::read(&[
            "PIPELINING.example.com",
            "size 1000",
            "Pipelining",
            "8bitmime",
            "auth=login",
            "AUTH plain",
            "starttls",
            "",
        ]);
        assert_eq!(caps.size_limit, Some(1000));
        assert!(caps.pipelining && caps.eight_bit_mime && caps.auth_login && caps.auth_plain);
        assert!(caps.start_tls && !caps.smtp_utf8);
    }

    #[test]
    fn a_server_named_like_a_keyword_offers_nothing() {
        assert_eq!(Capabilities::read(&["PIPELINING"]), Capabilities::default());
    }

    #[test]
    fn size_zero_is_no_limit() {
        let caps = Capabilities::read(&["x", "SIZE 0"]);
        assert!(caps.size && caps.size_limit.is_none());
        assert_eq!(Capabilities::read(&["x", "SIZE many"]).size_limit, None);
    }
}
