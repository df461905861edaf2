//! What of an account's settings will most likely not work, known before anything is tried.

use super::account::{Account, SignIn, Transport};
use super::provider::{self, Provider};

/// Names that servers for reading mail begin with.
const INCOMING: [&str; 6] = ["imap", "imaps", "imap4", "pop", "pop3", "pops"];
/// The ports of servers for reading mail.
const INCOMING_PORTS: [u16; 4] = [110, 143, 993, 995];

/// Something about the settings that most likely keeps mails from leaving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// The provider takes no other sender than the mailbox.
    Sender,
    /// The sender's address belongs to another provider, which has this server for it.
    OtherServer(&'static Provider),
    /// The server is one for reading mail; the one for sending has most likely this name.
    IncomingServer(String),
    /// The port is one for reading mail.
    IncomingPort,
}

/// All that is odd about the settings.
#[must_use]
pub fn oddities(account: &Account) -> Vec<Oddity> {
    let mut odd = Vec::new();
    if account.transport == Transport::Smtp && !account.is_loopback() {
        odd.extend(incoming(account));
        if INCOMING_PORTS.contains(&account.port) {
            odd.push(Oddity::IncomingPort);
        }
    }
    if account.sender_differs() {
        odd.push(Oddity::Sender);
    } else if odd.is_empty() {
        odd.extend(other_server(account));
    }
    odd
}

fn incoming(account: &Account) -> Option<Oddity> {
    let host = account.host.to_ascii_lowercase();
    let (first, rest) = host.split_once('.')?;
    let is_incoming = INCOMING.contains(&first) && provider::by_host(&host).is_none();
    let known = provider::by_address(account.from.address.as_str()).filter(|p| !p.host.is_empty());
    let outgoing = || known.map_or_else(|| format!("smtp.{rest}"), |p| p.host.clone());
    is_incoming.then(|| Oddity::IncomingServer(outgoing()))
}

fn other_server(account: &Account) -> Option<Oddity> {
    let own = provider::by_address(account.from.address.as_str()).filter(|p| !p.host.is_empty())?;
    let here = provider::by_host(&account.host);
    // Hotmail's addresses leave through the servers of Microsoft 365 as well.
    let same_house = here.is_some_and(|here| !own.oauth.is_empty() && here.oauth == own.oauth);
    let elsewhere = account.transport == Transport::Smtp
        && !account.is_loopback()
        && account.sign_in != SignIn::None
        && !own.serves(&account.host)
        && !same_house;
    elsewhere.then_some(Oddity::OtherServer(own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Encryption;
    use crate::domain::address::Mailbox;

    fn odd(host: &str, port: u16, user: &str, from: &str) -> Vec<Oddity> {
        oddities(&Account {
            name: "default".into(),
            transport: Transport::Smtp,
            host: host.into(),
            port,
            encryption: Encryption::Tls,
            allow_plaintext: false,
            sign_in: SignIn::Password,
            user: user.into(),
            from: Mailbox::parse(from).unwrap(),
            reply_to: vec![],
            ca_pem: None,
            pin: None,
            oauth: None,
        })
    }

    #[test]
    fn a_server_for_reading_mail_is_no_server_for_sending() {
        let to = |name: &str| vec![Oddity::IncomingServer(name.to_owned())];
        let (shop, gmail) = ("a@shop.example", "a@gmail.com");
        assert_eq!(odd("imap.gmail.com", 465, gmail, gmail), to("smtp.gmail.com"));
        assert_eq!(odd("POP3.shop.example", 465, shop, shop), to("smtp.shop.example"));
        assert_eq!(odd("mail.shop.example", 993, shop, shop), [Oddity::IncomingPort]);
        assert_eq!(odd("popular.shop.example", 465, shop, shop), []);
    }

    #[test]
    fn an_address_of_a_provider_leaves_through_its_servers() {
        let other = |odd: Vec<Oddity>| match odd.as_slice() {
            [Oddity::OtherServer(own)] => own.host.clone(),
            odd => format!("{odd:?}"),
        };
        assert_eq!(other(odd("mail.gmx.net", 465, "a@gmail.com", "a@gmail.com")), "smtp.gmail.com");
        assert_eq!(other(odd("mail.shop.example", 465, "a@web.de", "a@web.de")), "smtp.web.de");
        for (host, address) in [
            ("smtp.gmail.com", "a@gmail.com"),
            ("smtp.googlemail.com", "a@gmail.com"),
            ("smtp.office365.com", "a@hotmail.com"),
            ("smtp.shop.example", "a@shop.example"),
            ("127.0.0.1", "a@gmail.com"),
        ] {
            assert_eq!(odd(host, 465, address, address), [], "{host} {address}");
        }
        assert_eq!(odd("smtp.gmail.com", 465, "a@gmail.com", "a@shop.example"), [Oddity::Sender]);
    }
}
