//! Refused input: which field, what is wrong with it, what to do.

use crate::domain::{Said, say};
use std::fmt;

/// One reason why an input was refused, in words for the person or program that sent it.
///
/// # Units
/// `path` is the field's place as the sender wrote it, like `lines[2].tax.rate`; empty for the input as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Invalid {
    /// Where: the path of the field.
    pub path: String,
    /// What is wrong, as a sentence without the full stop.
    pub problem: Said,
    /// What to do about it, as a sentence without the full stop; may be empty.
    pub remedy: Said,
}

impl Invalid {
    /// A refusal of the field at `path`.
    pub fn new(path: impl Into<String>, problem: impl Into<Said>, remedy: impl Into<Said>) -> Self {
        Self { path: path.into(), problem: problem.into(), remedy: remedy.into() }
    }

    /// The same refusal seen from one level further out: `path` is put before its own.
    #[must_use]
    pub fn within(mut self, path: &str) -> Self {
        self.path = match (path.is_empty(), self.path.is_empty()) {
            (_, true) => path.to_owned(),
            (true, false) => self.path,
            (false, false) if self.path.starts_with('[') => format!("{path}{}", self.path),
            (false, false) => format!("{path}.{}", self.path),
        };
        self
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}.", self.problem)?;
        if !self.remedy.is_empty() {
            write!(f, " {}.", self.remedy)?;
        }
        Ok(())
    }
}

/// Refuses control characters in one line of text, which could forge a header or break a page.
///
/// Tabs and line breaks count as control characters here: a name or a subject is one line.
///
/// # Errors
/// Names `path` and the character; the sender removes it.
pub fn one_line(path: &str, text: &str) -> Result<(), Invalid> {
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(Invalid::new(
            path,
            say!("has the control character U+{code}", code = format!("{:04X}", c as u32)),
            "Remove it; this field is a single line of text",
        )),
        None => Ok(()),
    }
}

/// Refuses control characters other than line breaks and tabs in a text of several lines.
///
/// # Errors
/// Names `path` and the character; the sender removes it.
pub fn several_lines(path: &str, text: &str) -> Result<(), Invalid> {
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        Some(c) => Err(Invalid::new(
            path,
            say!("has the control character U+{code}", code = format!("{:04X}", c as u32)),
            "Remove it",
        )),
        None => Ok(()),
    }
}

/// Refuses text longer than `max` characters.
///
/// # Errors
/// Names `path`, the length and the limit.
pub fn at_most(path: &str, text: &str, max: usize) -> Result<(), Invalid> {
    let length = text.chars().count();
    if length > max {
        return Err(Invalid::new(
            path,
            say!("has {length} characters; at most {max} are allowed", length, max),
            "Shorten it",
        ));
    }
    Ok(())
}
