//! Sentences of ours that are kept in English, beside a file or with a sale, said to a reader of another
//! language: read back into their words and values. What others said stays as they said it.
//!
//! Refusals have their words in `assets/refusals`; what is only ever kept has them in its `kept.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::error::joined;
use super::{explain, tongues};

/// The words of each sentence, by key and language.
type Kept = BTreeMap<String, BTreeMap<String, String>>;

fn kept() -> &'static Kept {
    static ALL: OnceLock<Kept> = OnceLock::new();
    // A test reads the file; it is a part of the program.
    ALL.get_or_init(|| {
        serde_json::from_str(include_str!("../../assets/refusals/kept.json")).unwrap_or_default()
    })
}

/// A template shorter than this would fit anything.
const FEWEST_LETTERS: usize = 8;
/// At most so many pieces of a text, cut at its full stops, are looked at together: no sentence of ours has
/// more, unless it ends with what others said.
const MOST_TOGETHER: usize = 6;
/// What stands behind so many pieces of a paragraph is one.
const MOST_PIECES: usize = 12;
/// Of a text with more paragraphs, only those at either end are looked at: what is quoted in it has no end.
const MOST_PARAGRAPHS: usize = 8;

/// A text that was kept in English, in the language of a BCP 47 tag where Tillpost speaks it; what is no
/// sentence of ours stays as it is, and so does the path of a field in front.
#[must_use]
pub fn kept_in(english: &str, language: &str) -> String {
    let language = explain::spoken(language);
    if language == "en" || english.is_empty() {
        return english.to_owned();
    }
    let paragraphs: Vec<&str> = english.split("\n\n").collect();
    let last = paragraphs.len().saturating_sub(MOST_PARAGRAPHS / 2);
    let told = paragraphs.into_iter().enumerate().map(|(i, one)| {
        if i < MOST_PARAGRAPHS / 2 || i >= last { paragraph(one, language) } else { one.to_owned() }
    });
    told.collect::<Vec<_>>().join("\n\n")
}

fn paragraph(english: &str, language: &str) -> String {
    let (path, text) = match english.split_once(": ") {
        Some((path, text)) if is_path(path) => (format!("{path}: "), text),
        _ => (String::new(), english),
    };
    let mut told = sentences(text, language).unwrap_or_else(|| text.to_owned());
    // A list has no full stop.
    if text.contains('\n') && !text.ends_with('.') && told.ends_with('.') {
        told.pop();
    }
    format!("{path}{told}")
}

/// What came of a conversation, "2 accepted, 1 refused" and how it broke, in the language of a BCP 47 tag.
#[must_use]
pub fn result_in(english: &str, language: &str) -> String {
    let spoken = explain::spoken(language);
    if spoken == "en" {
        return english.to_owned();
    }
    let mut told = Vec::new();
    let mut rest = english;
    while let Some((count, behind)) = rest.split_once(' ').filter(|(n, _)| n.parse::<u32>().is_ok()) {
        let (word, after) = behind.split_once(", ").unwrap_or((behind, ""));
        let said = sentence(word, spoken).unwrap_or_else(|| word.to_owned());
        told.push(format!("{count} {said}"));
        rest = after;
    }
    if !rest.is_empty() {
        told.push(sentence(rest, spoken).unwrap_or_else(|| rest.to_owned()));
    }
    told.join(", ")
}

fn is_path(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '[' | ']');
    text.chars().all(fits) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The text sentence by sentence, as many together as are known as one; nothing where none is known.
fn sentences(text: &str, language: &str) -> Option<String> {
    let pieces = pieces(text);
    let (mut out, mut at, mut known) = (Vec::new(), 0, false);
    while at < pieces.len() {
        let most = pieces.len().min(at + MOST_TOGETHER);
        let mut ends = std::iter::once(pieces.len()).filter(|all| *all > most).chain((at + 1..=most).rev());
        let together = ends.find_map(|end| {
            let said = pieces.get(at..end)?.concat();
            Some((sentence(said.trim(), language)?, end))
        });
        let (said, end) = match together {
            Some(found) => {
                known = true;
                found
            }
            None => (pieces.get(at)?.trim().to_owned(), at + 1),
        };
        out.push(said);
        at = end;
    }
    known.then(|| joined(out.into_iter(), text.starts_with(char::is_uppercase)))
}

/// A text cut behind its full stops.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces: Vec<&str> = text.split_inclusive(". ").take(MOST_PIECES - 1).collect();
    let rest = text.get(pieces.iter().map(|piece| piece.len()).sum()..).unwrap_or_default();
    pieces.extend(Some(rest).filter(|rest| !rest.is_empty()));
    pieces
}

/// One sentence in another language, by the words that fit most of it.
fn sentence(said: &str, language: &str) -> Option<String> {
    let ours =
        kept().values().filter_map(|words| Some((words.get("en")?.as_str(), words.get(language)?.as_str())));
    let all = ours.chain(tongues::words_of(language));
    let best = all
        .filter_map(|(english, told)| fit(english, said).map(|values| (letters(english), told, values)))
        .max_by_key(|(letters, ..)| *letters)?;
    let (_, told, values) = best;
    Some(values.iter().fold(told.to_owned(), |told, (name, value)| {
        // Its full stop is its place's.
        let said = sentences(value, language);
        let value = said.as_deref().map_or(*value, |said| said.trim_end_matches('.'));
        told.replace(&format!("{{{name}}}"), value)
    }))
}

/// How much of a template is words.
fn letters(template: &str) -> usize {
    parts(template).iter().map(|(literal, _)| literal.len()).sum()
}

/// A template as its words, each with the name of the value behind them.
fn parts(template: &str) -> Vec<(&str, &str)> {
    let mut all = Vec::new();
    let mut rest = template;
    while let Some((literal, (name, behind))) =
        rest.split_once('{').and_then(|(literal, after)| Some((literal, after.split_once('}')?)))
    {
        all.push((literal, name));
        rest = behind;
    }
    all.push((rest, ""));
    all
}

/// The values with which a template says this; a capital letter in front and the full stop behind are its
/// place's.
fn fit<'a>(template: &'a str, said: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let (template, said) = (template.trim_end_matches('.'), said.trim_end_matches('.'));
    let Some((first, _)) = template.split_once('{') else {
        return same(template, said).then(Vec::new);
    };
    // Most are told from it by how they begin.
    let mut rest =
        said.get(first.len()..).filter(|_| same(first, said.get(..first.len()).unwrap_or_default()))?;
    if letters(template) < FEWEST_LETTERS {
        return None;
    }
    let parts = parts(template);
    let mut values = Vec::new();
    for pair in parts.windows(2) {
        let [(_, name), (literal, next)] = pair else { continue };
        let end = if next.is_empty() {
            // The last words end the sentence.
            rest.len().checked_sub(literal.len()).filter(|_| rest.ends_with(literal))?
        } else {
            rest.find(literal).filter(|_| !literal.is_empty())?
        };
        values.push((*name, rest.get(..end)?));
        rest = rest.get(end + literal.len()..)?;
    }
    values.iter().all(|(_, value)| !value.is_empty()).then_some(values)
}

/// Whether two texts are the same but for how their first letters are written.
fn same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.chars(), other.chars());
    match (one.next(), other.next()) {
        (Some(first), Some(second)) => {
            one.as_str() == other.as_str() && first.to_lowercase().eq(second.to_lowercase())
        }
        (first, second) => first == second,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounting::{Failure, NO_CREDIT_NOTES};

    #[test]
    fn what_is_kept_has_words_in_every_language_and_the_same_values() {
        let names = |words: &str| {
            let mut names: Vec<_> = parts(words).iter().map(|(_, name)| (*name).to_owned()).collect();
            names.sort();
            names
        };
        assert!(kept().len() > 20);
        for (key, words) in kept() {
            let languages: Vec<&str> = words.keys().map(String::as_str).collect();
            assert_eq!(languages, ["de", "en", "es", "fr", "it", "nl", "pl"], "{key}");
            assert!(words.values().all(|told| names(told) == names(&words["en"])), "{key}");
        }
    }

    #[test]
    fn a_kept_sentence_is_said_in_the_readers_language() {
        let said = |failure: Failure| kept_in(&failure.to_string(), "de-CH");
        let quoted = || "x says \"no\". Or so".to_owned();
        for failure in [
            Failure::NotReached(quoted()),
            Failure::Lost(quoted()),
            Failure::SignIn(quoted()),
            Failure::Address(quoted()),
            Failure::Off(quoted()),
            Failure::Again(quoted()),
            Failure::Refused(quoted()),
        ] {
            let german = said(failure.clone());
            assert!(german.contains("x says \"no\". Or so"), "{german}");
            assert!(!german.contains("accounting") && !german.contains("entered"), "{german}");
            assert_eq!(kept_in(&failure.to_string(), "en"), failure.to_string());
        }
        let inner = "its payment has no bank account. Choose one for the channel \"Web\", then try again.";
        assert_eq!(
            said(Failure::Refused(inner.to_owned())),
            "Es wurde nicht eingetragen: der Zahlung fehlt: Bankkonto. Wählen Sie es für den Kanal „Web“ und versuchen Sie es noch einmal."
        );
        assert!(kept_in(NO_CREDIT_NOTES, "pl").starts_with("Interfejs"));
        assert_eq!(kept_in("Something a server said. Twice", "fr"), "Something a server said. Twice");
    }

    /// It took minutes: every row of stops was looked at in every length.
    #[test]
    fn a_text_full_of_stops_is_said_as_it_is_with_our_words_around_it() {
        let quoted = "a. ".repeat(1000);
        let german = kept_in(&Failure::Refused(quoted.clone()).to_string(), "de");
        assert!(german.starts_with("Es wurde nicht eingetragen: a. a. "), "{german}");
        let beside = format!(
            "x.json was not taken.\n\n{}\n\nCorrect this and put it into the outbox again.\n\nIt came with:\nmy. own.txt",
            "a. b\n\n".repeat(500)
        );
        let german = kept_in(&beside, "de");
        assert!(german.starts_with("x.json wurde nicht angenommen."), "{german}");
        assert!(german.ends_with("noch einmal in den Ordner.\n\nDamit kam:\nmy. own.txt"), "{german}");
        assert_eq!(pieces(&quoted).concat(), quoted);
    }

    #[test]
    fn what_came_of_a_conversation_is_said_in_the_readers_language() {
        use crate::domain::reply::{Cause, Stage, Trouble};
        let stages = [
            Stage::Token,
            Stage::Resolve,
            Stage::Connect,
            Stage::Tls,
            Stage::Greeting,
            Stage::Ehlo,
            Stage::StartTls,
            Stage::Auth,
            Stage::Mail,
            Stage::Rcpt,
            Stage::Data,
            Stage::Body,
            Stage::Dot,
            Stage::Reset,
        ];
        for stage in stages {
            for cause in [Cause::Protocol("the server closed the connection".to_owned()), Cause::TimedOut] {
                let trouble = Trouble { stage, cause };
                let german = result_in(&format!("2 accepted, 1 refused, {trouble}"), "de");
                assert!(german.starts_with("2 angenommen, 1 abgelehnt, "), "{german}");
                assert!(
                    !german.contains("server c") && !german.contains("while") && !german.contains("ing "),
                    "{german}"
                );
            }
        }
        let lost = "no connection while signing in: the server closed the connection";
        assert_eq!(
            result_in(lost, "de"),
            "keine Verbindung beim Anmelden: der Server hat die Verbindung geschlossen"
        );
        assert_eq!(result_in("1 put off", "en"), "1 put off");
        assert_eq!(
            kept_in("550 5.1.1 <a@b.example>: Recipient refused", "fr"),
            "550 5.1.1 <a@b.example>: Recipient refused"
        );
    }

    #[test]
    fn a_refusal_kept_with_its_field_is_read_back() {
        use crate::domain::{Invalid, say};
        let english = crate::app::Error::from(Invalid::new(
            "mail.to[0]",
            say!("the mail has {count} recipients; at most {most} are allowed", count = 612, most = 500),
            "Split it into several mails",
        ))
        .to_string();
        let german = kept_in(&english, "de");
        assert!(german.starts_with("mail.to[0]: ") && german.contains("612"), "{german}");
        assert!(!german.contains("recipients") && !german.contains("Split"), "{german}");
        let beside = format!(
            "sale.json was not taken.\n\n{english}\n\nCorrect this and put it into the outbox again."
        );
        let told = kept_in(&beside, "de");
        assert!(told.starts_with("sale.json wurde nicht angenommen.\n\nmail.to[0]: "), "{told}");
        assert!(
            told.ends_with("\n\nBerichtigen Sie das und legen Sie die Datei noch einmal in den Ordner."),
            "{told}"
        );
    }
}
