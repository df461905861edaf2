//! The words by which something is found: without case, accents and punctuation.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` without case and accents.
#[must_use]
pub fn folded(text: &str) -> String {
    // Numbers and addresses are looked through by the thousand.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            'đ' | 'ð' => plain.push('d'),
            'ı' => plain.push('i'),
            c => plain.push(c),
        }
    }
    plain
}

/// The folded words of `text`, in order.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let folded = folded(text);
    let mut plain = String::with_capacity(folded.len());
    for c in folded.chars() {
        match c {
            // An apostrophe joins: O'Brien is found by obrien.
            '\'' | '’' => {}
            c if c.is_alphanumeric() => plain.push(c),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().map(str::to_owned).collect()
}

/// The most words of what was typed that are looked for.
const MOST_TYPED: usize = 16;

/// What a person typed, as the beginnings of words that must all be there. Digits with signs between are
/// one telephone number.
#[must_use]
pub fn typed(text: &str) -> Vec<String> {
    let is_number = |c: char| c.is_ascii_digit() || " +-/().".contains(c);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= 3 && text.chars().all(is_number) {
        return vec![digits.trim_start_matches('0').to_owned()];
    }
    let mut words = words(text);
    words.truncate(MOST_TYPED);
    words
}

/// The ways in which people begin to type a telephone number: with the country's code and without it.
#[must_use]
pub fn of_phone(phone: &str) -> Vec<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let whole = digits.trim_start_matches('0');
    let abroad = phone.trim_start().starts_with('+') || digits.starts_with("00");
    let mut all = vec![whole.to_owned()];
    if abroad {
        // Country codes have one to three digits (E.164).
        all.extend(
            (1..=3).filter_map(|n| whole.get(n..)).map(|rest| rest.trim_start_matches('0').to_owned()),
        );
    }
    all.retain(|w| w.len() >= 3);
    all
}

/// Whether a text names exactly the address with this key: not one that contains it.
#[must_use]
pub fn names(text: &str, key: &str) -> bool {
    let text = text.to_lowercase();
    let part = |c: char| c.is_alphanumeric() || "._+-".contains(c);
    text.match_indices(key).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let mut after = text.get(at + key.len()..).unwrap_or_default().chars();
        // A full stop behind an address ends a sentence, unless more of a name follows.
        let goes_on = match after.next() {
            Some('.') => after.next().is_some_and(char::is_alphanumeric),
            next => next.is_some_and(part),
        };
        !before.is_some_and(part) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_signs_do_not_matter() {
        for (text, want) in [
            ("Łucja Müller-Straße", "lucja muller strasse"),
            ("SØREN  O'Brien", "soren obrien"),
            ("anna.k@Example.com", "anna k example com"),
            ("Ἀθηνᾶ, İzmir", "αθηνα izmir"),
            ("ﬁx №5", "fix no5"),
        ] {
            assert_eq!(words(text).join(" "), want);
        }
    }

    #[test]
    fn a_number_is_found_however_it_is_begun() {
        let known = of_phone("+49 (0)171 234 56 78");
        for begun in ["0171 23", "+49171", "0049 171", "171-2345678"] {
            let typed = typed(begun);
            let [typed] = typed.as_slice() else { panic!("{begun} is one number") };
            // The zero of the national form is not written behind the code.
            let plain = typed.replacen("490", "49", 1);
            assert!(
                known.iter().any(|k| k.replacen("490", "49", 1).starts_with(&plain)),
                "{begun}: {typed} in {known:?}"
            );
        }
    }

    #[test]
    fn an_address_inside_another_is_not_named() {
        for text in ["write to anna@a.example.", "<anna@a.example>", "\"anna@a.example\""] {
            assert!(names(text, "anna@a.example"), "{text}");
        }
        for text in ["joanna@a.example", "anna@a.example.org", "x.anna@a.example"] {
            assert!(!names(text, "anna@a.example"), "{text}");
        }
    }
}
