//! Addresses of programs on the web.

use super::Invalid;
use crate::domain::{Said, say};

/// The address of a program on the web.
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
    /// Reads an address.
    ///
    /// # Errors
    /// When it is no `https` address, or an `http` one of another machine: events name customers.
    pub fn parse(url: &str) -> Result<Self, Invalid> {
        let refuse = |problem: Said| {
            Err(Invalid::new("url", problem, "Use an address like https://pos.example/tillpost"))
        };
        super::invalid::at_most("url", url, 1000)?;
        if url.bytes().any(|b| !b.is_ascii_graphic()) {
            return refuse(say!("\"{url}\" has a character that cannot stand in an address", url));
        }
        let (tls, rest) = match url.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return refuse(say!("\"{url}\" is neither https nor http", url)),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(cut);
        if authority.contains('@') {
            return refuse(say!("\"{url}\" names a user; what is sent is signed instead", url));
        }
        let usual = if tls { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().ok()),
            _ => (authority, Some(usual)),
        };
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        let Some(port) = port.filter(|p| *p > 0 && !host.is_empty()) else {
            return refuse(say!("\"{url}\" has no valid host and port", url));
        };
        let own = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !tls && !own {
            return refuse(say!("\"{url}\" would send customers' addresses unencrypted", url));
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { tls, host: host.to_owned(), port, path, authority: authority.to_owned() })
    }
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
}
