//! Sentences of ours in the reader's language.
//!
//! The code says them in English; `assets/refusals/en.json` gives each of them a key that never changes,
//! and, where a person at a screen needs other words than one at a command line, those. The other
//! languages are one file each beside it. What only a program can do wrong, like a header without the
//! form it must have, has a key and is said in English.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::error::joined;
use super::{App, Error, explain};
use crate::domain::Said;

/// The languages and their files.
const FILES: [(&str, &str); 7] = [
    ("de", include_str!("../../assets/refusals/de.json")),
    ("en", include_str!("../../assets/refusals/en.json")),
    ("es", include_str!("../../assets/refusals/es.json")),
    ("fr", include_str!("../../assets/refusals/fr.json")),
    ("it", include_str!("../../assets/refusals/it.json")),
    ("nl", include_str!("../../assets/refusals/nl.json")),
    ("pl", include_str!("../../assets/refusals/pl.json")),
];

/// A language's file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Each sentence as the code has it, by its key; in English alone.
    #[serde(default)]
    code: BTreeMap<String, String>,
    /// Sentences for programs alone, by their keys; in English alone.
    #[serde(default)]
    programs: BTreeMap<String, String>,
    /// What a reader is told, by key; in English only where it differs.
    says: BTreeMap<String, String>,
}

/// All of it, the other way round.
#[derive(Default)]
struct Tongues {
    keys: BTreeMap<String, String>,
    says: BTreeMap<&'static str, BTreeMap<String, String>>,
}

fn tongues() -> &'static Tongues {
    static ALL: OnceLock<Tongues> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = Tongues::default();
        for (language, json) in FILES {
            // A test reads every file; they are a part of the program.
            let file: File = serde_json::from_str(json).unwrap_or_default();
            let both = file.code.into_iter().chain(file.programs);
            all.keys.extend(both.map(|(key, words)| (bare(&words), key)));
            all.says.insert(language, file.says);
        }
        all
    })
}

/// A sentence without what its place decides: the capital letter in front and the full stop behind.
fn bare(words: &str) -> String {
    let mut chars = words.trim_end_matches('.').chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The key of a sentence of ours; nothing for what others say.
#[must_use]
pub fn key_of(said: &Said) -> Option<&'static str> {
    key(said.template())
}

fn key(template: &str) -> Option<&'static str> {
    if template.is_empty() { None } else { tongues().keys.get(&bare(template)).map(String::as_str) }
}

/// A sentence in the language of a BCP 47 tag where Tillpost speaks it, else in English.
#[must_use]
pub fn say_in(said: &Said, language: &str) -> String {
    match words_in(said.template(), language) {
        // A value may be a sentence of ours itself.
        Some(told) => said.fill(told, |value| words_in(value, language).map(str::to_owned)),
        None => said.english().to_owned(),
    }
}

/// The words a language has for a sentence of ours, where it has others than the code.
fn words_in(template: &str, language: &str) -> Option<&'static str> {
    tongues().says.get(explain::spoken(language))?.get(key(template)?).map(String::as_str)
}

/// Whether a sentence begins with a word of ours, which takes a capital letter in front. A value keeps its
/// letters, as whoever gave it wrote them, and so does the name of a field.
pub(super) fn begins_with_a_word(said: &Said, language: &str) -> bool {
    let words = words_in(said.template(), language).unwrap_or(match said.template() {
        "" => said.english(),
        template => template,
    });
    let first = words.split_whitespace().next().unwrap_or_default();
    if let Some((name, _)) = first.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        let value = said.values().iter().find(|(known, _)| *known == name);
        // A value may be a sentence of ours itself.
        return value.is_some_and(|(_, value)| key(value).is_some());
    }
    !first.contains(['@', '_', '/', '\\'])
}

/// Every sentence in English with its words in another language.
pub(super) fn words_of(language: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let says = tongues().says.get(language);
    let both =
        move |(words, key): (&'static String, &String)| Some((words.as_str(), says?.get(key)?.as_str()));
    tongues().keys.iter().filter_map(both)
}

/// What an error is about, in a language: its sentences, one behind the other.
#[must_use]
pub fn detail_in(error: &Error, language: &str) -> String {
    let capital = error.sentences().first().is_none_or(|said| begins_with_a_word(said, language));
    joined(error.sentences().iter().map(|said| say_in(said, language)), capital)
}

impl App {
    /// The same, speaking to people in the language of a BCP 47 tag where Tillpost speaks it.
    #[must_use]
    pub fn speaking(&self, language: &str) -> Self {
        Self { tongue: explain::spoken(language), ..self.clone() }
    }

    /// A sentence for whoever is spoken to.
    pub(super) fn say(&self, said: impl Into<Said>) -> String {
        say_in(&said.into(), self.tongue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(words: &str) -> Vec<String> {
        let parts = words.split('{').skip(1).filter_map(|part| part.split_once('}'));
        let named = parts.map(|(name, _)| name.to_owned());
        let mut all: Vec<String> = named
            .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
            .collect();
        all.sort();
        all.dedup();
        all.retain(|name| !name.is_empty());
        all
    }

    #[test]
    fn every_key_has_its_words_in_every_language_and_the_same_values() {
        let read = |json| serde_json::from_str::<File>(json).unwrap();
        let english = read(FILES[1].1);
        for (language, json) in FILES {
            let file = read(json);
            if language == "en" {
                assert!(file.says.keys().all(|key| english.code.contains_key(key)));
                continue;
            }
            let keys = |map: &BTreeMap<String, String>| map.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&file.says), keys(&english.code), "{language}");
            for (key, words) in &english.code {
                let here = &file.says[key];
                let told = english.says.get(key).unwrap_or(words);
                assert_eq!(holes(here), holes(told), "{language} {key}");
                assert!(!here.trim().is_empty(), "{language} {key}");
            }
        }
    }
}
