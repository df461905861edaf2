//! From an envelope to commands, by what the server can do.

use std::fmt::Write as _;

use super::capabilities::Capabilities;
use crate::domain::reply::{Cause, Outcome, Reply, Stage, Trouble};
use crate::transport::sending::Envelope;

/// A group of commands never grows past this: it fits any socket's buffers, so that the server and we
/// cannot both wait for the other to read.
///
/// # Source
/// RFC 2920 section 3.1.
pub(super) const LARGEST_GROUP: usize = 8 * 1024;

/// What is to be said for one envelope.
#[derive(Debug)]
pub(super) struct Plan {
    /// Outcomes already known, without asking the server.
    pub(super) known: Vec<Option<Outcome>>,
    /// Which recipients are offered, by their place in the envelope.
    pub(super) offered: Vec<usize>,
    /// MAIL, then a RCPT for each of them; each with its CRLF.
    pub(super) commands: Vec<String>,
}

impl Plan {
    /// Plans one transaction.
    ///
    /// # Errors
    /// When this server cannot take mail from this sender at all.
    pub(super) fn new(envelope: &Envelope, caps: &Capabilities) -> Result<Self, Trouble> {
        let no_utf8 = |what: &str| {
            let text = format!(
                "5.6.7 {what} has letters beyond ASCII before the @; this server cannot take that (it lacks SMTPUTF8); it was not asked"
            );
            Reply::foretold(553, &text)
        };
        if envelope.from.needs_smtputf8() && !caps.smtp_utf8 {
            return Err(Trouble {
                stage: Stage::Mail,
                cause: Cause::Replied(no_utf8("The sender's address")),
            });
        }
        let too_large = caps.size_limit.filter(|limit| envelope.size > *limit);
        let mut plan = Self { known: vec![], offered: vec![], commands: vec![] };
        let mut utf8 = envelope.from.needs_smtputf8();
        for (n, to) in envelope.to.iter().enumerate() {
            let refused = if let Some(limit) = too_large {
                let size = envelope.size;
                let text = format!(
                    "5.3.4 The message has {size} bytes, the server takes {limit} at most; it was not asked"
                );
                Some(Reply::foretold(552, &text))
            } else if to.needs_smtputf8() && !caps.smtp_utf8 {
                Some(no_utf8("The address"))
            } else {
                plan.offered.push(n);
                plan.commands.push(format!("RCPT TO:<{to}>\r\n"));
                utf8 |= to.needs_smtputf8();
                None
            };
            plan.known.push(refused.map(Outcome::Refused));
        }
        plan.commands.insert(0, mail(envelope, caps, utf8));
        Ok(plan)
    }

    /// The commands up to and including DATA, in groups the server may be sent at once.
    pub(super) fn groups(&self) -> Vec<Vec<&str>> {
        let mut groups = vec![vec![]];
        let mut bytes = 0;
        for command in self.commands.iter().map(String::as_str).chain(["DATA\r\n"]) {
            if bytes + command.len() > LARGEST_GROUP && bytes > 0 {
                groups.push(vec![]);
                bytes = 0;
            }
            bytes += command.len();
            if let Some(group) = groups.last_mut() {
                group.push(command);
            }
        }
        groups
    }
}

fn mail(envelope: &Envelope, caps: &Capabilities, utf8: bool) -> String {
    let mut line = format!("MAIL FROM:<{}>", envelope.from);
    if caps.size {
        let _ = write!(line, " SIZE={}", envelope.size);
    }
    // Where it is not offered the bytes are sent all the same, as Exim does: servers that would not
    // carry them have died out, and there is nothing better to do with a sealed message.
    if envelope.eight_bit && caps.eight_bit_mime {
        line.push_str(" BODY=8BITMIME");
    }
    if utf8 {
        line.push_str(" SMTPUTF8");
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EmailAddress;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    fn envelope(to: &[&str]) -> Envelope {
        Envelope {
            id: 1,
            from: address("shop@example.com"),
            to: to.iter().map(|a| address(a)).collect(),
            size: 1000,
            eight_bit: true,
        }
    }

    #[test]
    fn parameters_only_where_offered_and_needed() {
        let mut caps = Capabilities::default();
        let plan = Plan::new(&envelope(&["a@example.com"]), &caps).unwrap();
        assert_eq!(plan.commands[0], "MAIL FROM:<shop@example.com>\r\n");
        caps.size = true;
        caps.eight_bit_mime = true;
        caps.smtp_utf8 = true;
        let plan = Plan::new(&envelope(&["a@example.com"]), &caps).unwrap();
        assert_eq!(plan.commands[0], "MAIL FROM:<shop@example.com> SIZE=1000 BODY=8BITMIME\r\n");
        let plan = Plan::new(&envelope(&["a@example.com", "żółw@example.com"]), &caps).unwrap();
        assert!(plan.commands[0].ends_with(" SMTPUTF8\r\n"));
        assert_eq!(plan.commands[2], "RCPT TO:<żółw@example.com>\r\n");
    }

    #[test]
    fn one_address_the_server_cannot_take_leaves_the_others() {
        let plan =
            Plan::new(&envelope(&["żółw@example.com", "b@example.com"]), &Capabilities::default()).unwrap();
        assert!(
            matches!(&plan.known[0], Some(Outcome::Refused(r)) if r.code == 553 && r.enhanced.as_deref() == Some("5.6.7"))
        );
        assert_eq!(plan.offered, [1]);
    }

    #[test]
    fn groups_stay_small() {
        let many: Vec<String> = (0..1000).map(|n| format!("r{n}@example.com")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let plan = Plan::new(&envelope(&many), &Capabilities::default()).unwrap();
        let groups = plan.groups();
        assert!(groups.len() > 2);
        assert!(groups.iter().all(|g| g.iter().map(|c| c.len()).sum::<usize>() <= LARGEST_GROUP));
        assert_eq!(groups.concat().len(), 1002);
        assert_eq!(groups.last().unwrap().last(), Some(&"DATA\r\n"));
    }
}
