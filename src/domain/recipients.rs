//! Lists of recipients as people and programs write them.

use std::collections::HashMap;

use super::Invalid;
use super::address::Mailbox;
use crate::domain::say;

/// Reads a list of mailboxes, separated by commas, semicolons, line breaks or tabs in any mix, bare
/// addresses also by spaces. A person named twice is there once, with the first name given.
///
/// Understood as mail programs write them: names in quotes or without, with a comma in them
/// (`Kowalska, Anna <anna@example.com>`), behind the address (`anna@example.com (Anna)`) or before it
/// (`Anna (anna@example.com)`), in the columns before it, on the line above it, groups
/// (`Team: a@example.com, b@example.com;`), `mailto:`, signs of lists (`- a@example.com`), and the signs of
/// East Asian keyboards.
///
/// # Errors
/// An [`Invalid`] with an empty path that names the first entry that is none.
///
/// # Source
/// RFC 5322 section 3.4, and what shops paste from Outlook, spreadsheets and web pages.
pub fn mailboxes(text: &str) -> Result<Vec<Mailbox>, Invalid> {
    let seen: String =
        text.chars().filter(|c| !is_unseen(*c)).map(|c| if c == '＠' { '@' } else { c }).collect();
    let mut list = Vec::new();
    // Words in front of an address, and what stands between: the surname of `Kowalska, Anna <anna@...>`,
    // columns of a table, the line above.
    let mut before: Option<(String, char)> = None;
    for Piece { text, ended_by } in pieces(&seen) {
        let whole = match before.take() {
            Some((words, ',' | '，')) if text.contains('<') => format!("{words}, {text}"),
            Some((words, '\n' | '\r')) if text.starts_with('<') => format!("{words} {text}"),
            Some((words, '\t')) if !text.contains('@') => format!("{words} {text}"),
            Some((words, '\t')) => {
                let known = list.len();
                entry(&text, &mut list)?;
                name_the_only(list.get_mut(known..).unwrap_or_default(), &words)?;
                continue;
            }
            Some((words, _)) => return Err(no_address(&words)),
            None => text,
        };
        match ended_by {
            Some(mark @ (',' | '，' | '\t' | '\n' | '\r')) if !whole.contains('@') => {
                before = Some((whole, mark))
            }
            _ => entry(&whole, &mut list)?,
        }
    }
    match before {
        Some((left, _)) => Err(no_address(&left)),
        None => Ok(once_each(list)),
    }
}

/// Gives the only one of `list` a name it has not.
fn name_the_only(list: &mut [Mailbox], name: &str) -> Result<(), Invalid> {
    super::invalid::at_most("", name, 200)?;
    if let [only] = list
        && only.name.is_none()
    {
        only.name = Some(name.to_owned()).filter(|name| !name.is_empty());
    }
    Ok(())
}

/// Every person once, at the first place, with the first name that was given.
#[must_use]
pub fn once_each(list: Vec<Mailbox>) -> Vec<Mailbox> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut once: Vec<Mailbox> = Vec::with_capacity(list.len());
    for mailbox in list {
        let place = *places.entry(mailbox.address.key()).or_insert(once.len());
        match once.get_mut(place) {
            Some(first) if first.name.is_none() => first.name = mailbox.name,
            Some(_) => {}
            None => once.push(mailbox),
        }
    }
    once
}

fn no_address(text: &str) -> Invalid {
    if text.contains('@') {
        let problem = say!("\"{text}\" is not written like an address", text);
        return Invalid::new("", problem, "Write Name <name@example.com>, and a comma between addresses");
    }
    Invalid::new("", say!("\"{text}\" has no @", text), "An address looks like name@example.com")
}

/// A part between two separators, and the separator behind it.
struct Piece {
    text: String,
    ended_by: Option<char>,
}

/// Cuts at separators outside quotes, angle brackets and comments; a group's name and end are cut off.
fn pieces(text: &str) -> Vec<Piece> {
    let mut all = Vec::new();
    let mut now = String::new();
    let (mut quoted, mut in_angle, mut comment) = (false, false, 0_usize);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quoted => {
                now.push(c);
                now.extend(chars.next().map(|(_, escaped)| escaped));
                continue;
            }
            // A quote that nothing closes is a sign like any other.
            '"' if comment == 0 && (quoted || closes(text, at)) => quoted = !quoted,
            '<' if !quoted => in_angle = true,
            '>' if !quoted => {
                now.push(c);
                let address = in_angle && now.rsplit_once('<').is_some_and(|(_, inner)| inner.contains('@'));
                in_angle = false;
                // Another person may follow without a separator; a comment belongs to this one.
                let next = text.get(at + 1..).unwrap_or_default().trim_start().chars().next();
                if address && next.is_some_and(|next| next != '(' && !is_separator(next)) {
                    cut(&mut now, None, &mut all);
                }
                continue;
            }
            '(' if !quoted => comment += 1,
            ')' if !quoted => comment = comment.saturating_sub(1),
            ':' if !quoted && !in_angle && comment == 0 && is_group_name(&now) => {
                now.clear();
                continue;
            }
            // Whatever is open ends with its line, so that one slip does not swallow the rest.
            '\n' | '\r' => {
                (quoted, in_angle, comment) = (false, false, 0);
                cut(&mut now, Some(c), &mut all);
                continue;
            }
            _ if is_separator(c) && !quoted && !in_angle && comment == 0 => {
                cut(&mut now, Some(c), &mut all);
                continue;
            }
            _ => {}
        }
        now.push(c);
    }
    cut(&mut now, None, &mut all);
    all
}

fn is_separator(c: char) -> bool {
    matches!(c, ',' | ';' | '\t' | '，' | '；' | '、')
}

fn cut(now: &mut String, ended_by: Option<char>, all: &mut Vec<Piece>) {
    let text = now.trim().to_owned();
    now.clear();
    if !text.is_empty() {
        all.push(Piece { text, ended_by });
    }
}

/// Whether the quote at `at` is closed on its line.
fn closes(text: &str, at: usize) -> bool {
    let rest = text.get(at + 1..).unwrap_or_default();
    let mut escaped = false;
    for c in rest.chars() {
        match c {
            '\n' | '\r' => return false,
            '"' if !escaped => return true,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    false
}

/// What stands before a colon and is no group: links, and the header fields that name no recipients.
const NO_GROUPS: [&str; 6] = ["mailto", "http", "https", "from", "sender", "reply-to"];

/// Whether what stands before a colon names a group: words, and none of [`NO_GROUPS`].
fn is_group_name(text: &str) -> bool {
    let text = text.trim();
    let last = text.rsplit(|c: char| c.is_whitespace() || c == '[').next().unwrap_or_default();
    let group = !NO_GROUPS.iter().any(|other| last.eq_ignore_ascii_case(other));
    !text.is_empty() && !text.contains(['@', '<']) && group
}

/// Signs in front of the entries of a list.
const BULLETS: [char; 8] = ['-', '*', '•', '·', '–', '—', '▪', '>'];
/// Words between addresses, in the languages Tillpost speaks.
const LINKS: [&str; 12] = ["&", "/", "|", "+", "and", "und", "et", "y", "e", "en", "i", "or"];

/// One entry: a mailbox, an address and a name of which one stands in brackets, or bare addresses with
/// spaces between.
fn entry(text: &str, list: &mut Vec<Mailbox>) -> Result<(), Invalid> {
    let text = without_bullet(text);
    if text.contains('<') {
        return angled(text, list);
    }
    if let Some((name, address)) = named_before(text) {
        list.push(Mailbox::parse(&format!("{name} <{address}>"))?);
        return Ok(());
    }
    let (bare, name) = match text.split_once('(') {
        Some((bare, comment)) => (bare, comment.trim_end().strip_suffix(')').map(str::trim)),
        None => (text, None),
    };
    if name.is_some_and(|name| name.contains('@')) {
        return Err(no_address(text));
    }
    let known = list.len();
    let mut words = bare.split_whitespace().peekable();
    if words.peek().is_none() {
        return Err(no_address(text));
    }
    while let Some(word) = words.next() {
        let between = list.len() > known && LINKS.contains(&word.to_lowercase().as_str());
        let number = list.len() == known && is_number_of_a_list(word);
        if (between || number) && words.peek().is_some() {
            continue;
        }
        let word = without_quotes(without_scheme(word)).trim_end_matches('.');
        if !word.contains('@') {
            return Err(no_address(text));
        }
        list.push(Mailbox::parse(word)?);
    }
    match name {
        Some(name) => name_the_only(list.get_mut(known..).unwrap_or_default(), name),
        None => Ok(()),
    }
}

/// `Anna <anna@example.com>`, and `Anna <anna@example.com> (Workshop)`.
fn angled(text: &str, list: &mut Vec<Mailbox>) -> Result<(), Invalid> {
    let (text, comment) = match text.rsplit_once('>') {
        Some((before, behind))
            if behind.trim_start().starts_with('(') && behind.trim_end().ends_with(')') =>
        {
            (format!("{before}>"), behind.trim().trim_matches(['(', ')']).trim())
        }
        _ => (text.to_owned(), ""),
    };
    let without = text.replace("<mailto:", "<").replace("<MAILTO:", "<");
    let mut mailbox = Mailbox::parse(&without)?;
    // Outlook puts the address in the place of a name it does not know.
    let is_address =
        |name: &String| name.trim_matches(['\'', '"']).eq_ignore_ascii_case(mailbox.address.as_str());
    if mailbox.name.as_ref().is_some_and(is_address) {
        mailbox.name = None;
    }
    // Somebody else's address in it: nobody is left out without a word.
    if mailbox.name.as_ref().is_some_and(|name| name.contains('<') && name.contains('@')) {
        return Err(no_address(&text));
    }
    name_the_only(std::slice::from_mut(&mut mailbox), comment)?;
    list.push(mailbox);
    Ok(())
}

fn without_bullet(text: &str) -> &str {
    let rest = text.strip_prefix(BULLETS).filter(|rest| rest.starts_with(char::is_whitespace));
    rest.map_or(text, str::trim_start)
}

/// `1.` and `12)`.
fn is_number_of_a_list(word: &str) -> bool {
    let digits = word.strip_suffix(['.', ')']).unwrap_or_default();
    (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `'anna@example.com'` and `"anna@example.com"`, as tables and programs write it.
fn without_quotes(word: &str) -> &str {
    let inner = |mark: char| word.strip_prefix(mark).and_then(|w| w.strip_suffix(mark));
    inner('\'').or_else(|| inner('"')).unwrap_or(word)
}

/// `Anna (anna@example.com)` and `Anna [mailto:anna@example.com]`, as name and address.
fn named_before(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(['(', '['])?;
    let inner = rest.trim_end().strip_suffix([')', ']'])?;
    let (name, inner) = (name.trim(), without_scheme(inner.trim()));
    let is_address = inner.contains('@') && !inner.contains(|c: char| c.is_whitespace());
    (is_address && !name.is_empty() && !name.contains('@')).then_some((name, inner))
}

fn without_scheme(word: &str) -> &str {
    match word.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")) {
        // A link may say a subject, too.
        Some(scheme) => word.get(scheme.len()..).unwrap_or_default().split('?').next().unwrap_or_default(),
        None => word,
    }
}

/// Signs that are not seen: web pages and address books put them around what is copied from them.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<String> {
        mailboxes(text).unwrap_or_else(|e| panic!("{text:?}: {e}")).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lists_as_people_paste_them() {
        let (a, b, c) = ("a@example.com", "b@example.com", "c@example.com");
        for text in [
            "a@example.com, b@example.com; c@example.com",
            "a@example.com;b@example.com\tc@example.com",
            "a@example.com\r\nb@example.com\n\nc@example.com\n",
            " ,; a@example.com ,,b@example.com; ;\t c@example.com;",
            "a@example.com b@example.com c@example.com",
            "mailto:a@example.com, <b@example.com>, <mailto:c@example.com>",
            "Team: a@example.com, b@example.com;, c@example.com",
            "a@example.com, A@Example.com, b@example.com, c@example.com, B@EXAMPLE.COM",
        ] {
            assert_eq!(read(text), [a, b, c], "{text:?}");
        }
        // Outlook, Apple Mail, Gmail, Thunderbird, spreadsheets.
        for (text, want) in [
            (
                "Kowalska, Anna <a@example.com>; Wq, Bert <b@example.com>",
                vec!["\"Kowalska, Anna\" <a@example.com>", "\"Wq, Bert\" <b@example.com>"],
            ),
            (
                "\"Kowalska, Anna\" <a@example.com>, b@example.com",
                vec!["\"Kowalska, Anna\" <a@example.com>", b],
            ),
            ("a@example.com, Kowalska, Anna <b@example.com>", vec![a, "\"Kowalska, Anna\" <b@example.com>"]),
            ("a@example.com (Anna Kowalska)", vec!["Anna Kowalska <a@example.com>"]),
            ("Bob \"the fixer\" Ray <b@example.com>", vec!["\"Bob \\\"the fixer\\\" Ray\" <b@example.com>"]),
            ("6\" Pipes Ltd <b@example.com>, c@example.com", vec!["\"6\\\" Pipes Ltd\" <b@example.com>", c]),
            ("'Anna' <a@example.com>", vec!["'Anna' <a@example.com>"]),
            ("a@example.com, Anna <A@example.com>", vec!["Anna <a@example.com>"]),
            ("Żółw & Søn <zs@example.com>", vec!["Żółw & Søn <zs@example.com>"]),
            ("'a@example.com'; 'b@example.com'", vec![a, b]),
            ("'a@example.com' <a@example.com>; B@example.com <b@example.com>", vec![a, b]),
            ("Anna Kowalska (a@example.com); b@example.com", vec!["Anna Kowalska <a@example.com>", b]),
            (
                "Anna Kowalska [mailto:a@example.com]\r\nBert [b@example.com]",
                vec!["Anna Kowalska <a@example.com>", "Bert <b@example.com>"],
            ),
            ("\u{202a}a@example.com\u{202c};\u{a0}\u{200b}b@example.com\u{feff}", vec![a, b]),
            ("a@example.com；b@example.com、c@example.com", vec![a, b, c]),
            // Nobody is taken for another's name.
            (
                "Anna <a@example.com> Bert <b@example.com>",
                vec!["Anna <a@example.com>", "Bert <b@example.com>"],
            ),
            ("<a@example.com> <b@example.com><c@example.com>", vec![a, b, c]),
            (
                "Anna <a@example.com> (Workshop); <b@example.com> (Bert)",
                vec!["Anna <a@example.com>", "Bert <b@example.com>"],
            ),
            ("\"a@example.com\",\"b@example.com\"", vec![a, b]),
            // Two columns of a table, three of them, and only names above.
            (
                "Anna\ta@example.com\r\nBert\tb@example.com\r\n",
                vec!["Anna <a@example.com>", "Bert <b@example.com>"],
            ),
            ("Anna\tKowalska\ta@example.com\n", vec!["Anna Kowalska <a@example.com>"]),
            (
                "Anna Kowalska\n<a@example.com>\nBert\n<b@example.com>",
                vec!["Anna Kowalska <a@example.com>", "Bert <b@example.com>"],
            ),
            // Notes, chats and the header of a mail.
            ("- a@example.com\n* b@example.com\n• Cas <c@example.com>", vec![a, b, "Cas <c@example.com>"]),
            ("1. a@example.com\n2) b@example.com\n10. c@example.com", vec![a, b, c]),
            ("1. FC Zweirad <a@example.com>", vec!["1. FC Zweirad <a@example.com>"]),
            ("a@example.com und b@example.com & c@example.com", vec![a, b, c]),
            ("a@example.com.\nb@example.com.", vec![a, b]),
            (
                "To: Anna <a@example.com>\nCc: b@example.com, c@example.com",
                vec!["Anna <a@example.com>", b, c],
            ),
            ("mailto:a@example.com?subject=Your%20bike, b@example.com", vec![a, b]),
            ("SMTP:a@example.com; smtp:b@example.com", vec![a, b]),
            ("a＠example.com、b@example。com", vec![a, b]),
            ("undisclosed-recipients:;", vec![]),
            ("", vec![]),
            (" \n;,", vec![]),
        ] {
            assert_eq!(read(text), want, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_named() {
        for (text, named) in [
            ("a@example.com, Bert", "Bert"),
            ("Bert; a@example.com", "Bert"),
            ("Anna Kowalska a@example.com", "Anna Kowalska"),
            ("a@example.com, b@@example.com", "b@@example.com"),
            ("Anna <a@example.com", "Anna <a@example.com"),
            ("a@example.com,b@localhost", "localhost"),
            ("Anna <>", ""),
            ("(nobody)", "(nobody)"),
            ("Anna\tBert", "Anna"),
            ("a@example.com\tAnna", "Anna"),
            ("Anna\na@example.com", "Anna"),
            ("Write to a@example.com.", "is not written like an address"),
            ("a@example.com (Anna) b@example.com (Bert)", "is not written like an address"),
            ("From: x@example.com\nTo: a@example.com", "From: x@example.com"),
            ("https://example.com/?q=a@example.com", "https://"),
            ("Anna <a@example.com> (Work) Bert <b@example.com>", "is not written like an address"),
            ("und a@example.com", "und a@example.com"),
        ] {
            let why = mailboxes(text).expect_err(text).to_string();
            assert!(why.contains(named), "{text:?}: {why}");
        }
    }

    proptest! {
        /// Whatever is pasted: no panic, and what was understood is understood the same when written out.
        #[test]
        fn what_was_read_reads_back(text in "[ab@.<>\"()\\[\\],;: \n\t\\\\é'，]{0,40}") {
            if let Ok(list) = mailboxes(&text) {
                let written: Vec<String> = list.iter().map(ToString::to_string).collect();
                prop_assert_eq!(mailboxes(&written.join(", ")).unwrap(), list);
            }
        }

        #[test]
        fn any_text_at_all_is_taken_or_refused(text in any::<String>()) {
            let _ = mailboxes(&text);
        }

        /// People as six mail programs write them, in one list: names and addresses come out as they went in.
        #[test]
        fn people_written_by_any_programs_come_out_as_they_are(
            people in prop::collection::vec(
                ("[A-ZŁŻÖ][a-zéß]{1,8}", "[A-Z][a-z]{1,8}(-[A-Z][a-z]{1,6})?", 0..7_u8, prop::sample::select(&[";", ",", "\n", "\r\n", " ;\t", " "][..])),
                1..8,
            )
        ) {
            let (mut text, mut want) = (String::new(), Vec::new());
            for (n, (first, last, program, separator)) in people.iter().enumerate() {
                let address = format!("p{n}@example.com");
                let (written, name) = match program {
                    0 => (format!("{last}, {first} <{address}>"), Some(format!("{last}, {first}"))),
                    1 => (format!("\"{last}, {first}\" <{address}>"), Some(format!("{last}, {first}"))),
                    2 => (format!("{first} {last} <{address}>"), Some(format!("{first} {last}"))),
                    3 => (format!("{address} ({first} {last})"), Some(format!("{first} {last}"))),
                    4 => (format!("{first} {last} [mailto:{address}]"), Some(format!("{first} {last}"))),
                    5 => (format!("'{address}' <{address}>"), None),
                    _ => (format!("<mailto:{address}>"), None),
                };
                text += &written;
                // Behind an angle bracket nothing need stand between two people.
                text += if *separator == " " && !written.ends_with('>') { ";" } else { separator };
                want.push((name, address));
            }
            let got: Vec<_> = mailboxes(&text).unwrap().into_iter().map(|m| (m.name, m.address.to_string())).collect();
            prop_assert_eq!(got, want, "{}", text);
        }

        /// Any mix of separators and spellings of known people gives these people.
        #[test]
        fn any_mix_of_separators_gives_the_same_people(
            people in prop::collection::vec((0..9_u8, "[a-zA-Zäß,.;' ]{0,12}", prop::sample::select(&[",", ";", "\n", "\t", " ; ", ",\r\n "][..])), 1..12)
        ) {
            let mut text = String::new();
            let mut want = Vec::new();
            for (number, name, separator) in &people {
                let name = name.trim();
                text += &if name.is_empty() { format!("p{number}@example.com") } else { format!("\"{name}\" <p{number}@example.com>") };
                text += separator;
                let key = format!("p{number}@example.com");
                if !want.contains(&key) { want.push(key); }
            }
            let got: Vec<String> = mailboxes(&text).unwrap().iter().map(|m| m.address.key()).collect();
            prop_assert_eq!(got, want);
        }
    }
}
