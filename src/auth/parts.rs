//! Secrets longer than an entry may be, kept in several entries.
//!
//! Windows' Credential Manager takes 2,560 bytes in an entry, and Microsoft's refresh tokens are often
//! longer. A long secret is cut into parts; its own entry says into how many, and to which of two sets they
//! belong. A new secret's parts are written to the set that is not in use before its entry is, so that at
//! any moment either the old or the new one is whole.

use super::{AuthError, Store};
use crate::domain::Secret;

/// In front of an entry that names parts; a secret that begins with it is cut as well, so that nobody's
/// password is taken for such an entry.
const MARK: &str = "tillpost-parts:";
/// The two sets.
const SETS: [&str; 2] = ["a", "b"];

/// Single entries, of which each takes only so much.
pub(super) trait Entries {
    /// The most bytes an entry takes.
    fn most(&self) -> usize;
    fn put(&self, name: &str, text: &str) -> Result<(), AuthError>;
    fn take(&self, name: &str) -> Result<Option<String>, AuthError>;
    fn remove(&self, name: &str) -> Result<(), AuthError>;
}

/// What an entry names: a set and the number of its parts.
fn named(entry: &str) -> Option<(&'static str, usize)> {
    let (set, count) = entry.strip_prefix(MARK)?.split_once(':')?;
    let set = SETS.into_iter().find(|known| *known == set)?;
    Some((set, count.parse().ok()?))
}

fn part(slot: &str, set: &str, n: usize) -> String {
    format!("{slot}/{set}{n}")
}

/// The text in pieces of at most `most` bytes, none of them cut inside a letter.
fn pieces(text: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(most.max(4));
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, left) = rest.split_at(end);
        pieces.push(piece);
        rest = left;
    }
    pieces
}

impl<E: Entries> Store for E {
    fn set(&self, slot: &str, secret: &Secret) -> Result<(), AuthError> {
        let text = secret.expose();
        let before = self.take(slot)?.as_deref().and_then(named);
        if text.len() <= self.most() && !text.starts_with(MARK) {
            self.put(slot, text)?;
        } else {
            let set = if before.is_some_and(|(set, _)| set == "a") { "b" } else { "a" };
            let pieces = pieces(text, self.most());
            for (n, piece) in pieces.iter().enumerate() {
                self.put(&part(slot, set, n), piece)?;
            }
            self.put(slot, &format!("{MARK}{set}:{}", pieces.len()))?;
        }
        // What is left of the old one is of no use to anybody; the new one stands.
        if let Some((set, count)) = before {
            for n in 0..count {
                self.remove(&part(slot, set, n))?;
            }
        }
        Ok(())
    }

    fn get(&self, slot: &str) -> Result<Option<Secret>, AuthError> {
        let Some(entry) = self.take(slot)? else { return Ok(None) };
        let Some((set, count)) = named(&entry) else { return Ok(Some(Secret::new(entry))) };
        let mut whole = String::new();
        for n in 0..count {
            let piece = self.take(&part(slot, set, n))?;
            whole.push_str(&piece.ok_or_else(|| AuthError::Failed("a part of the entry is missing".into()))?);
        }
        Ok(Some(Secret::new(whole)))
    }

    /// The entry goes last: what names parts that are gone can be removed again, parts that nobody names
    /// would stay for ever.
    fn delete(&self, slot: &str) -> Result<(), AuthError> {
        if let Some((set, count)) = self.take(slot)?.as_deref().and_then(named) {
            for n in 0..count {
                self.remove(&part(slot, set, n))?;
            }
        }
        self.remove(slot)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use super::*;

    /// Entries as Windows has them, which fail after some more writes.
    struct Small {
        kept: RefCell<BTreeMap<String, String>>,
        writes: Cell<usize>,
    }

    impl Small {
        fn new() -> Self {
            Self { kept: RefCell::default(), writes: Cell::new(usize::MAX) }
        }
    }

    impl Entries for Small {
        fn most(&self) -> usize {
            2560
        }

        fn put(&self, name: &str, text: &str) -> Result<(), AuthError> {
            assert!(text.len() <= 2560, "Windows refuses this");
            let left = self.writes.get().checked_sub(1);
            self.writes.set(left.ok_or_else(|| AuthError::Failed("full".into()))?);
            self.kept.borrow_mut().insert(name.to_owned(), text.to_owned());
            Ok(())
        }

        fn take(&self, name: &str) -> Result<Option<String>, AuthError> {
            Ok(self.kept.borrow().get(name).cloned())
        }

        fn remove(&self, name: &str) -> Result<(), AuthError> {
            self.kept.borrow_mut().remove(name);
            Ok(())
        }
    }

    /// A text of this many bytes whose letters are one to four bytes long.
    fn text(bytes: usize) -> Secret {
        let mut text: String = "aß€😀".chars().cycle().take(bytes / 3).collect();
        while text.len() > bytes {
            text.pop();
        }
        let missing = bytes - text.len();
        text.push_str(&"x".repeat(missing));
        Secret::new(text)
    }

    #[test]
    fn a_secret_of_any_length_comes_out_as_it_was_put_in() {
        let small = Small::new();
        for bytes in [0, 1, 2559, 2560, 2561, 5120, 5121, 9000, 64 * 1024, 2561, 10] {
            let secret = text(bytes);
            assert_eq!(secret.expose().len(), bytes);
            small.set("n/a/refresh-token", &secret).unwrap();
            assert_eq!(small.get("n/a/refresh-token").unwrap(), Some(secret), "{bytes}");
        }
        assert_eq!(small.kept.borrow().len(), 1, "nothing of the long ones is left");
        assert_eq!(small.get("n/b").unwrap(), None);
    }

    #[test]
    fn a_password_that_looks_like_parts_is_none() {
        let small = Small::new();
        for strange in ["tillpost-parts:a:3", "tillpost-parts:", "tillpost-parts:c:1"] {
            small.set("s", &Secret::new(strange)).unwrap();
            assert_eq!(small.get("s").unwrap(), Some(Secret::new(strange)));
        }
    }

    #[test]
    fn a_write_that_breaks_anywhere_leaves_the_old_or_the_new_one() {
        for (old, new) in [(9000, 7000), (10, 9000), (9000, 10), (2561, 2561)] {
            let (old, new) = (text(old), Secret::new(format!("n{}", text(new).expose())));
            for writes in 0..6 {
                let small = Small::new();
                small.set("s", &old).unwrap();
                small.writes.set(writes);
                let done = small.set("s", &new).is_ok();
                small.writes.set(usize::MAX);
                assert_eq!(
                    small.get("s").unwrap().as_ref(),
                    Some(if done { &new } else { &old }),
                    "{writes}"
                );
                small.set("s", &new).unwrap();
                assert_eq!(small.get("s").unwrap().as_ref(), Some(&new));
            }
        }
    }

    #[test]
    fn nothing_stays_behind_and_a_missing_part_is_told() {
        let small = Small::new();
        small.set("s", &text(9000)).unwrap();
        assert_eq!(small.kept.borrow().len(), 5);
        small.kept.borrow_mut().remove("s/a2");
        assert!(small.get("s").is_err());
        small.delete("s").unwrap();
        assert!(small.kept.borrow().is_empty());
        small.delete("s").unwrap();
    }
}
