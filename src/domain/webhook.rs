//! Telling other programs what happened: which events, where to, how often.

use super::Invalid;

/// The events a webhook can be told.
pub const EVENTS: [&str; 5] =
    ["document.issued", "mail.accepted", "mail.refused", "mail.uncertain", "account.held"];

/// The event with which a webhook is tried out.
pub const TEST: &str = "test";

/// After so many refusals an event is given up: about two days.
const MOST_TRIES: i64 = 20;
/// The wait after the first refusal; each further one doubles it.
const FIRST_WAIT_SECONDS: i64 = 2;
/// The longest wait.
const LONGEST_WAIT_SECONDS: i64 = 8 * 3600;
/// The wait while the other side cannot be reached: that is nobody's refusal.
pub const UNREACHED_WAIT_SECONDS: i64 = 60;
/// How long an event waits for a side that cannot be reached.
pub const MOST_DAYS: i64 = 30;

/// How long an event waits after its `tries`th refusal; `None` when it is given up.
#[must_use]
pub fn wait_seconds(tries: i64) -> Option<i64> {
    if tries >= MOST_TRIES {
        return None;
    }
    let doublings = u32::try_from(tries.clamp(1, 30) - 1).unwrap_or_default();
    Some((FIRST_WAIT_SECONDS << doublings).min(LONGEST_WAIT_SECONDS))
}

/// Where a webhook goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// Host name or IP address, an IPv6 address without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Path and query.
    pub path: String,
    /// Host and port as the Host header has them.
    pub authority: String,
}

impl Target {
    /// Reads the address of a webhook.
    ///
    /// # Errors
    /// When it is no `https` address, or an `http` one of another machine: events name customers.
    pub fn parse(url: &str) -> Result<Self, Invalid> {
        let refuse = |problem: &str| {
            Err(Invalid::new(
                "url",
                format!("\"{url}\" {problem}"),
                "Use an address like https://pos.example/tillpost",
            ))
        };
        super::invalid::at_most("url", url, 1000)?;
        if url.bytes().any(|b| !b.is_ascii_graphic()) {
            return refuse("has a character that cannot stand in an address");
        }
        let (tls, rest) = match url.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return refuse("is neither https nor http"),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(cut);
        if authority.contains('@') {
            return refuse("names a user; what is sent is signed instead");
        }
        let usual = if tls { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().ok()),
            _ => (authority, Some(usual)),
        };
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        let Some(port) = port.filter(|p| *p > 0 && !host.is_empty()) else {
            return refuse("has no valid host and port");
        };
        let own = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !tls && !own {
            return refuse("would send customers' addresses unencrypted");
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { tls, host: host.to_owned(), port, path, authority: authority.to_owned() })
    }
}

/// Checks which events a webhook is told; none named is all of them.
///
/// # Errors
/// The first that is none.
pub fn events(asked: &[String]) -> Result<Vec<&'static str>, Invalid> {
    if asked.is_empty() {
        return Ok(EVENTS.to_vec());
    }
    asked
        .iter()
        .map(|name| {
            EVENTS.into_iter().find(|event| event == name).ok_or_else(|| {
                Invalid::new(
                    "events",
                    format!("there is no event \"{name}\""),
                    format!("There are: {}", EVENTS.join(", ")),
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_and_this_machine_are_told() {
        let target = Target::parse("https://pos.example:8443/hook?shop=1#x").unwrap();
        assert_eq!(
            (target.host.as_str(), target.port, target.path.as_str()),
            ("pos.example", 8443, "/hook?shop=1")
        );
        assert_eq!(Target::parse("http://[::1]:9").unwrap().host, "::1");
        for wrong in [
            "http://pos.example/",
            "ftp://a",
            "https://",
            "https://u:p@a/",
            "https://a b/",
            "https://a:0/",
            "//a",
        ] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn refusals_are_repeated_for_about_two_days() {
        let waits: Vec<i64> = (1..).map_while(wait_seconds).collect();
        assert!((1..=3).contains(&(waits.iter().sum::<i64>() / 86_400)), "{waits:?}");
        assert!(waits.windows(2).all(|w| w[0] <= w[1]));
    }
}
