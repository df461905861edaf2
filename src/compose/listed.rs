//! The recipients that a message of another program names: all of them, or a word about the one who cannot
//! be read.

use mail_parser::{Addr, Address, MessageParser};

use super::ComposeError;
use super::fields::{fields, name_of, value_of};
use crate::domain::address::Mailbox;
use crate::domain::{EmailAddress, Invalid, invalid, say};

/// The most of an entry that is repeated to who wrote it.
const MOST_SHOWN: usize = 200;

/// What programs write where they name nobody, without signs and spaces.
const NOBODY: [&str; 6] = [
    "undisclosed",
    "undisclosedrecipient",
    "undisclosedrecipients",
    "unlistedrecipients",
    "recipientlistnotshown",
    "recipientlistsuppressed",
];

/// Everybody named in the fields of a name; a message may have several of one name, and all count.
///
/// # Errors
/// [`ComposeError::Recipient`] when an entry has no address, and [`ComposeError::Unreadable`] when its
/// address is none: to leave it out would be to leave somebody out without a word.
///
/// # Source
/// RFC 5322 section 3.4.
pub(super) fn recipients(head: &[u8], field: &str) -> Result<Vec<Mailbox>, ComposeError> {
    let mut all = Vec::new();
    for one in fields(head).into_iter().filter(|one| name_of(one).eq_ignore_ascii_case(field)) {
        let known = all.len();
        listed(field, value_of(one), &mut all)?;
        if let Some(entry) =
            overlooked(&String::from_utf8_lossy(value_of(one)), all.get(known..).unwrap_or_default())
        {
            return Err(as_a_name(field, &entry));
        }
    }
    Ok(all)
}

fn listed(field: &str, value: &[u8], all: &mut Vec<Mailbox>) -> Result<(), ComposeError> {
    // Any field of a list of addresses is read like this one.
    let header = [b"To:".as_slice(), value].concat();
    let parsed = MessageParser::default().parse_headers(&header);
    let groups: Vec<(Option<&str>, &[Addr<'_>])> = match parsed.as_ref().and_then(|parsed| parsed.to()) {
        Some(Address::List(list)) => vec![(None, list)],
        Some(Address::Group(groups)) => {
            groups.iter().map(|group| (group.name.as_deref(), &*group.addresses)).collect()
        }
        None => return Ok(()),
    };
    for (name, entries) in groups {
        if let Some(name) = name.filter(|name| name.contains('@')) {
            return Err(as_a_name(field, name));
        }
        entries_of(field, entries, all)?;
    }
    Ok(())
}

fn entries_of(field: &str, entries: &[Addr<'_>], all: &mut Vec<Mailbox>) -> Result<(), ComposeError> {
    // The surname of `Kowalska, Anna <anna@...>`.
    let mut before: Option<&str> = None;
    for entry in entries {
        let name = entry.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        match (entry.address.as_deref(), name) {
            (Some(address), name) => {
                let name = match (before.take(), name) {
                    (Some(surname), Some(name)) => Some(format!("{surname}, {name}")),
                    (Some(alone), None) => return Err(nameless(field, alone)),
                    (None, name) => name.map(str::to_owned),
                };
                let address = EmailAddress::parse(address).map_err(|e| match &name {
                    // Written the other way round: the name first, the address in brackets.
                    Some(inside) if !address.contains('@') && inside.contains('@') => {
                        as_a_name(field, inside)
                    }
                    _ => ComposeError::Unreadable(format!("{field}: {}", e.problem)),
                })?;
                let name = name.filter(|name| invalid::one_line("", name).is_ok());
                all.push(Mailbox { name, address });
            }
            (None, Some(text)) if text.contains('@') => return Err(as_a_name(field, text)),
            (None, Some(text)) if is_nobody(text) => {}
            (None, Some(text)) => {
                if let Some(alone) = before.replace(text) {
                    return Err(nameless(field, alone));
                }
            }
            (None, None) => {}
        }
    }
    before.map_or(Ok(()), |alone| Err(nameless(field, alone)))
}

fn is_nobody(text: &str) -> bool {
    let letters: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    NOBODY.contains(&&*letters.to_lowercase())
}

/// An address outside quotes and brackets that was not read as one: it became a part of the next one's name,
/// for want of a comma, or stands in a bracket that nothing closes.
fn overlooked(value: &str, read: &[Mailbox]) -> Option<String> {
    let (mut plain, mut aside) = (String::new(), String::new());
    let (mut quoted, mut in_angle, mut comment) = (false, false, 0_usize);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted || comment > 0 => drop(chars.next()),
            '"' if comment == 0 => quoted = !quoted,
            '(' if !quoted => comment += 1,
            ')' if !quoted && comment > 0 => {
                comment -= 1;
                if comment == 0 {
                    aside.clear();
                }
            }
            _ if comment > 0 => aside.push(c),
            '<' if !quoted => in_angle = true,
            '>' if in_angle => {
                in_angle = false;
                plain.push(' ');
            }
            _ if !quoted && !in_angle => plain.push(c),
            _ => {}
        }
    }
    let all = format!("{plain} {aside}");
    let mut words =
        all.split(|c: char| c.is_whitespace() || ",;:".contains(c)).map(|word| word.trim_matches('\''));
    let overlooked = words.find(|word| {
        let address = word.contains('@').then(|| EmailAddress::parse(word).ok()).flatten();
        address.is_some_and(|address| !read.iter().any(|mailbox| mailbox.address == address))
    });
    overlooked.map(str::to_owned)
}

fn nameless(field: &str, entry: &str) -> ComposeError {
    let entry: String = entry.chars().take(MOST_SHOWN).collect();
    let problem =
        say!("{field} names \"{entry}\" without an address, so it would reach nobody", field, entry);
    let remedy = "Write Name <name@example.com>, with quotes around a name that has a comma in it";
    ComposeError::Recipient(Invalid::new("", problem, remedy))
}

fn as_a_name(field: &str, entry: &str) -> ComposeError {
    let entry: String = entry.chars().take(MOST_SHOWN).collect();
    let problem = say!(
        "{field} has \"{entry}\" as a name and not as an address, so it would reach nobody",
        field,
        entry
    );
    let remedy = "Write the address without quotes or brackets around it, and a comma between two addresses";
    ComposeError::Recipient(Invalid::new("", problem, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Vec<String>, String> {
        let head = format!("To: {value}\r\n");
        let all = recipients(head.as_bytes(), "To").map_err(|e| e.to_string())?;
        Ok(all.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn everybody_named_is_read() {
        for (value, want) in [
            ("a@x.example, b@x.example", vec!["a@x.example", "b@x.example"]),
            ("a@x.example,,\r\n b@x.example,", vec!["a@x.example", "b@x.example"]),
            ("a@x.example; b@x.example", vec!["a@x.example", "b@x.example"]),
            ("\"Kowalska, Anna\" <a@x.example>", vec!["\"Kowalska, Anna\" <a@x.example>"]),
            (
                "Kowalska, Anna <a@x.example>, b@x.example",
                vec!["\"Kowalska, Anna\" <a@x.example>", "b@x.example"],
            ),
            ("=?utf-8?q?Kowalska=2C_Anna?= <a@x.example>", vec!["\"Kowalska, Anna\" <a@x.example>"]),
            ("=?utf-8?b?xYF1Y2ph?=\r\n\t<a@x.example>", vec!["Łucja <a@x.example>"]),
            (
                "Team: a@x.example, Ben <b@x.example>;, c@x.example",
                vec!["a@x.example", "Ben <b@x.example>", "c@x.example"],
            ),
            ("undisclosed-recipients:;", vec![]),
            ("Undisclosed recipients", vec![]),
            (
                "a@x.example (Anna), (at home) b@x.example",
                vec!["Anna <a@x.example>", "at home <b@x.example>"],
            ),
            ("a@x.example (was b@x.example)", vec!["\"was b@x.example\" <a@x.example>"]),
            ("\"b@x.example\" <a@x.example>", vec!["\"b@x.example\" <a@x.example>"]),
            ("'a@x.example' <a@x.example>", vec!["\"'a@x.example'\" <a@x.example>"]),
            ("A@X.example <a@x.example>", vec!["\"A@X.example\" <a@x.example>"]),
            ("Anna @ Home <a@x.example>", vec!["\"Anna @ Home\" <a@x.example>"]),
            ("", vec![]),
        ] {
            assert_eq!(
                read(value).as_deref(),
                Ok(&*want.iter().map(ToString::to_string).collect::<Vec<_>>()),
                "{value}"
            );
        }
    }

    #[test]
    fn nobody_is_left_out_without_a_word() {
        for (value, entry) in [
            ("Anna Kowalska, b@x.example", "Anna Kowalska"),
            ("b@x.example, Anna Kowalska", "Anna Kowalska"),
            ("Anna, Cas, Ben <b@x.example>", "Anna"),
            ("Anna; Ben <b@x.example>", "Anna"),
            ("Anna <>, b@x.example", "Anna"),
            ("\"a@x.example\", b@x.example", "a@x.example"),
            ("=?utf-8?q?a=40x.example?=, b@x.example", "a@x.example"),
            ("Anna Kowalska (a@x.example), b@x.example", "Anna Kowalska (a@x.example)"),
            ("b@x.example, (a@x.example)", "a@x.example"),
            ("Anna (a@x.example), b@x.example", "a@x.example"),
            ("a@x.example: b@x.example", "a@x.example"),
            ("a@x.example Ben <b@x.example>", "a@x.example"),
            ("b@x.example (Ben, a@x.example", "a@x.example"),
            ("Anna\" <a@x.example>, b@x.example", "Anna <a@x.example>, b@x.example"),
        ] {
            let why = read(value).unwrap_err();
            assert!(why.contains(&format!("\"{entry}\"")) && why.contains("reach nobody"), "{value}: {why}");
        }
        for value in
            ["Anna <a@x.example> <b@x.example>", "a@x.example b@x.example", "Anna <a@x.example, b@x.example"]
        {
            assert!(read(value).is_err(), "{value}");
        }
    }
}
