//! What a person would want to know before a mail leaves: pure, and never a reason to refuse it.

use super::EmailAddress;
use crate::domain::{Said, say};

/// Words that promise a file, by the languages Tillpost writes: lower case, as they begin.
const PROMISES: &[&str] = &[
    "attach",
    "enclosed",
    "anhang",
    "angehängt",
    "beigefügt",
    "anbei",
    "ci-joint",
    "pièce jointe",
    "en annexe",
    "in allegato",
    "allegat",
    "adjunt",
    "bijlage",
    "bijgevoegd",
    "załącz",
    "w załączniku",
];

/// What is known about a mail before it is queued.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Its subject.
    pub subject: &'a str,
    /// Its text.
    pub text: &'a str,
    /// How many files it carries.
    pub attachments: usize,
    /// Its sender.
    pub from: &'a EmailAddress,
    /// The address its account signs in or sends as.
    pub account: &'a EmailAddress,
    /// Whether the shop lists the sender among those its account may send as.
    pub listed: bool,
}

/// Something to look at before sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// A stable word for programs.
    pub key: &'static str,
    /// A sentence for the person.
    pub says: Said,
}

/// Everything worth a second look.
#[must_use]
pub fn warnings(facts: &Facts<'_>) -> Vec<Warning> {
    let mut all = Vec::new();
    let mut warn = |key, says: Said| all.push(Warning { key, says });
    if facts.subject.trim().is_empty() {
        warn("empty_subject", "The mail has no subject; many filters take it for junk.".into());
    }
    // What was quoted from an earlier mail promises nothing.
    let own: String = facts.text.lines().filter(|l| !l.starts_with('>')).collect::<Vec<_>>().join("\n");
    let words = own.to_lowercase();
    let promise = PROMISES.iter().find(|p| begins_a_word(&words, p));
    if let (Some(promise), 0) = (promise, facts.attachments) {
        warn(
            "no_attachment",
            say!("The text speaks of a file (\"{promise}\"), but none is attached.", promise),
        );
    }
    if facts.from.domain() != facts.account.domain() {
        let (from, domain) = (facts.from, facts.account.domain());
        warn(
            "foreign_sender",
            say!(
                "The sender {from} is not at {domain}, where the account is; its provider will most likely refuse the mail or change the sender.",
                from,
                domain
            ),
        );
    } else if facts.from != facts.account && !facts.listed {
        let (from, account) = (facts.from, facts.account);
        warn(
            "other_sender",
            say!(
                "The sender {from} is not the account's own address {account}; some providers refuse that.",
                from,
                account
            ),
        );
    }
    all
}

fn begins_a_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text.get(..at).and_then(|b| b.chars().next_back()).is_some_and(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(subject: &str, text: &str, attachments: usize, from: &str) -> Vec<&'static str> {
        let (from, account) =
            (EmailAddress::parse(from).unwrap(), EmailAddress::parse("shop@a.example").unwrap());
        let facts = Facts { subject, text, attachments, from: &from, account: &account, listed: false };
        warnings(&facts).into_iter().map(|w| w.key).collect()
    }

    #[test]
    fn what_is_worth_a_second_look() {
        assert!(keys("x", "Please find attached", 1, "shop@a.example").is_empty());
        assert_eq!(keys("x", "Please find ATTACHED", 0, "shop@a.example"), ["no_attachment"]);
        assert_eq!(keys("x", "W załączniku faktura", 0, "shop@a.example"), ["no_attachment"]);
        assert!(keys("x", "Reattach it.\n> attached", 0, "shop@a.example").is_empty());
        assert_eq!(keys(" ", "x", 0, "shop@b.example"), ["empty_subject", "foreign_sender"]);
        assert_eq!(keys("x", "x", 0, "other@a.example"), ["other_sender"]);
    }
}
