//! The words of explanations, one file a language.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// The shipped languages, by the primary language of a BCP 47 tag, with their files.
pub const LANGUAGES: [(&str, &str); 7] = [
    ("de", include_str!("../../../assets/explanations/de.json")),
    ("en", include_str!("../../../assets/explanations/en.json")),
    ("es", include_str!("../../../assets/explanations/es.json")),
    ("fr", include_str!("../../../assets/explanations/fr.json")),
    ("it", include_str!("../../../assets/explanations/it.json")),
    ("nl", include_str!("../../../assets/explanations/nl.json")),
    ("pl", include_str!("../../../assets/explanations/pl.json")),
];

/// One text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    /// The effect, short and without codes.
    pub(super) title: String,
    /// Why, in one or two sentences.
    pub(super) detail: String,
    /// What to do.
    pub(super) steps: Vec<String>,
}

/// The words of one language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    texts: BTreeMap<String, Text>,
    hints: BTreeMap<String, String>,
    notices: BTreeMap<String, String>,
    actions: BTreeMap<String, String>,
    steps: BTreeMap<String, String>,
    words: BTreeMap<String, String>,
}

/// The language among those there are that a tag like `de-CH` asks for; English for all others.
#[must_use]
pub fn spoken(tag: &str) -> &'static str {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.iter().map(|(known, _)| *known).find(|k| k.eq_ignore_ascii_case(primary)).unwrap_or("en")
}

impl Language {
    /// The language of a BCP 47 tag, or English.
    #[must_use]
    pub fn of(tag: &str) -> &'static Self {
        static ALL: OnceLock<BTreeMap<&str, Language>> = OnceLock::new();
        static NONE: OnceLock<Language> = OnceLock::new();
        // A test reads every file; they are a part of the program.
        let all = ALL.get_or_init(|| {
            let read = |(tag, json)| (tag, serde_json::from_str(json).unwrap_or_default());
            LANGUAGES.into_iter().map(read).collect()
        });
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        all.get(primary.as_str()).or_else(|| all.get("en")).unwrap_or_else(|| NONE.get_or_init(Self::default))
    }

    pub(super) fn text(&self, id: &str) -> &Text {
        static NONE: OnceLock<Text> = OnceLock::new();
        self.texts.get(id).unwrap_or_else(|| NONE.get_or_init(Text::default))
    }

    pub(super) fn action<'a>(&'a self, key: &'a str) -> &'a str {
        self.actions.get(key).map_or(key, String::as_str)
    }

    pub(in crate::app) fn hint(&self, key: &str, params: &BTreeMap<String, String>) -> String {
        fill(self.hints.get(key).map_or("", String::as_str), params)
    }

    /// A dated notice about a provider.
    pub(in crate::app) fn notice(&self, key: &str, date: &str) -> String {
        let params = BTreeMap::from([("date".to_owned(), date.to_owned())]);
        fill(self.notices.get(key).map_or("", String::as_str), &params)
    }

    /// The name of a step of the test.
    pub(in crate::app) fn step(&self, key: &str, params: &BTreeMap<String, String>) -> String {
        fill(self.steps.get(key).map_or(key, String::as_str), params)
    }

    /// Another word.
    pub(in crate::app) fn word(&self, key: &str, params: &BTreeMap<String, String>) -> String {
        fill(self.words.get(key).map_or(key, String::as_str), params)
    }
}

/// Puts the values in. A part in brackets is left out where one of its values is not known; elsewhere an
/// unknown value is a dash.
pub(super) fn fill(template: &str, params: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(template.len() + 40);
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        let (before, after) = rest.split_at(open);
        out.push_str(&values(before, params).0);
        let Some((optional, behind)) = after.get(1..).and_then(|a| a.split_once(']')) else {
            rest = after;
            break;
        };
        let (text, complete) = values(optional, params);
        if complete {
            out.push_str(&text);
        }
        rest = behind;
    }
    out.push_str(&values(rest, params).0);
    out.trim().to_owned()
}

/// The text with its values, and whether all were known.
fn values(template: &str, params: &BTreeMap<String, String>) -> (String, bool) {
    let mut out = String::new();
    let mut complete = true;
    for (n, part) in template.split('{').enumerate() {
        let placeholder = if n == 0 { None } else { part.split_once('}') };
        let Some((name, text)) = placeholder else {
            out.push_str(if n == 0 { "" } else { "{" });
            out.push_str(part);
            continue;
        };
        match params.get(name).filter(|value| !value.is_empty()) {
            Some(value) => out.push_str(value),
            None => {
                complete = false;
                out.push('–');
            }
        }
        out.push_str(text);
    }
    (out, complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_whole() {
        for (tag, json) in LANGUAGES {
            let read = serde_json::from_str::<Language>(json).map_err(|e| e.to_string());
            let english = Language::of("en");
            let read = read.unwrap_or_else(|why| panic!("{tag}: {why}"));
            let keys = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<Vec<_>>();
            assert_eq!(
                read.texts.keys().collect::<Vec<_>>(),
                english.texts.keys().collect::<Vec<_>>(),
                "{tag}"
            );
            assert_eq!(keys(&read.hints), keys(&english.hints), "{tag}");
            assert_eq!(keys(&read.notices), keys(&english.notices), "{tag}");
            assert_eq!(keys(&read.actions), keys(&english.actions), "{tag}");
            assert_eq!(keys(&read.steps), keys(&english.steps), "{tag}");
            assert_eq!(keys(&read.words), keys(&english.words), "{tag}");
        }
    }

    #[test]
    fn values_are_put_in_and_optional_parts_left_out() {
        let params = BTreeMap::from([("host".to_owned(), "[mail]".to_owned())]);
        assert_eq!(fill("{host}: no.[ Try {other}.]", &params), "[mail]: no.");
        assert_eq!(fill("a[ b {host}] c {other}", &params), "a b [mail] c –");
        assert_eq!(fill("broken { and [", &params), "broken { and [");
    }
}
