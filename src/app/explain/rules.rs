//! The classifier: rules as data, the first that fits decides.

use std::sync::OnceLock;

use serde::Deserialize;

use super::{Circumstances, Facts};

const FILE: &str = include_str!("../../../assets/explanations/rules.json");

/// One rule. What it leaves out fits everything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Rule {
    /// Which text.
    pub(super) id: String,
    /// The same for programs.
    pub(super) key: String,
    /// Whom it is about: `network`, `account`, `recipient`, `mail`.
    pub(super) scope: String,
    /// What happens next: `hold`, `auto`, `at`, `split`, `stop`.
    pub(super) retry: String,
    /// The buttons, the fix first.
    pub(super) actions: Vec<String>,
    kinds: Vec<String>,
    stages: Vec<String>,
    providers: Vec<String>,
    codes: Vec<u16>,
    class: Option<u16>,
    enhanced: Vec<String>,
    /// One of these is in the reply, in any case.
    text: Vec<String>,
    ports: Vec<u16>,
    encryptions: Vec<String>,
    oauth: Option<bool>,
    clock_wrong: Option<bool>,
}

impl Rule {
    fn fits(&self, facts: &Facts, lower: &str, at: &Circumstances) -> bool {
        // A rule without kinds is about what a server said.
        let kind = if self.kinds.is_empty() {
            facts.kind == "replied" || self.is_last()
        } else {
            self.kinds.contains(&facts.kind)
        };
        kind && one_of(&self.stages, Some(&facts.stage))
            && one_of(&self.providers, at.provider.map(|p| &p.id))
            && one_of(&self.codes, facts.code.as_ref())
            && self.class.is_none_or(|class| facts.code.is_some_and(|code| code / 100 == class))
            && one_of(&self.enhanced, facts.enhanced.as_ref())
            && (self.text.is_empty() || self.text.iter().any(|words| lower.contains(words.as_str())))
            && one_of(&self.ports, Some(&at.port))
            && (self.encryptions.is_empty() || self.encryptions.iter().any(|e| e == at.encryption))
            && self.oauth.is_none_or(|oauth| oauth == at.oauth)
            && self.clock_wrong.is_none_or(|wrong| wrong == at.clock_wrong())
    }

    fn is_last(&self) -> bool {
        self.key == "mail.refused"
    }
}

fn one_of<T: PartialEq>(wanted: &[T], found: Option<&T>) -> bool {
    wanted.is_empty() || found.is_some_and(|found| wanted.contains(found))
}

/// All rules, in their order.
pub(super) fn all() -> &'static [Rule] {
    static ALL: OnceLock<Vec<Rule>> = OnceLock::new();
    // A test reads the file; it is a part of the program.
    ALL.get_or_init(|| serde_json::from_str(FILE).unwrap_or_default())
}

/// The rule that fits first; the last one fits everything.
pub(super) fn choose(facts: &Facts, at: &Circumstances) -> &'static Rule {
    static NONE: OnceLock<Rule> = OnceLock::new();
    let lower = facts.text.to_lowercase();
    all().iter().find(|rule| rule.fits(facts, &lower, at)).unwrap_or_else(|| NONE.get_or_init(Rule::default))
}

#[cfg(test)]
mod tests {
    use super::super::texts::{LANGUAGES, Language};
    use super::*;

    #[test]
    fn every_rule_has_its_words_in_every_language() {
        let rules: Vec<Rule> = serde_json::from_str(FILE).unwrap();
        assert!(rules.len() > 80 && rules.last().unwrap().is_last());
        for (tag, _) in LANGUAGES {
            let language = Language::of(tag);
            for rule in &rules {
                let text = language.text(&rule.id);
                assert!(!text.title.is_empty() && !text.steps.is_empty(), "{tag} {}", rule.id);
                assert!(text.steps.len() <= 3, "{tag} {}: more steps than anybody follows", rule.id);
                for action in &rule.actions {
                    assert_ne!(language.action(action), action, "{tag} has no button for {action}");
                }
                assert!(["network", "account", "recipient", "mail"].contains(&rule.scope.as_str()));
                assert!(["hold", "auto", "at", "split", "stop"].contains(&rule.retry.as_str()));
            }
            for provider in crate::domain::provider::all() {
                let known = language.hint(&provider.hint, &std::collections::BTreeMap::new());
                assert!(!known.is_empty(), "{tag} {}", provider.hint);
                let notice = language.notice(&provider.notice, "");
                assert_eq!(notice.is_empty(), provider.notice.is_empty(), "{tag} {}", provider.notice);
            }
        }
    }

    #[test]
    fn every_language_names_the_same_values() {
        let values = |text: &str| {
            let mut found: Vec<String> =
                text.split('{').skip(1).filter_map(|t| t.split('}').next().map(str::to_owned)).collect();
            found.sort();
            found
        };
        let english = Language::of("en");
        for (tag, _) in LANGUAGES {
            let language = Language::of(tag);
            for rule in all() {
                let (here, there) = (language.text(&rule.id), english.text(&rule.id));
                assert_eq!(values(&here.title), values(&there.title), "{tag} {}", rule.id);
                assert_eq!(values(&here.detail), values(&there.detail), "{tag} {}", rule.id);
                assert_eq!(here.steps.len(), there.steps.len(), "{tag} {}", rule.id);
            }
        }
    }
}
