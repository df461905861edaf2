//! Sending that a person or a program has stopped: who did, and when.

use super::{Millis, Who};

/// That nothing is sent until somebody lets it go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pause {
    /// Since when, where it is known.
    pub at: Option<Millis>,
    /// Who wanted it, where it is known.
    pub by: Option<Who>,
}

impl Pause {
    /// As it is kept: the time and who, with a space between; `true` stands for a time that is not known.
    #[must_use]
    pub fn text(&self) -> String {
        let at = self.at.map_or_else(|| "true".to_owned(), |at| at.0.to_string());
        match &self.by {
            Some(by) => format!("{at} {}", by.text()),
            None => at,
        }
    }

    /// Reads [`Pause::text`]; what cannot be read is not known.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let (at, by) = text.split_once(' ').unwrap_or((text, ""));
        Self { at: at.parse().ok().map(Millis), by: Who::read(by) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Role;

    #[test]
    fn what_is_kept_of_a_pause_is_read_again() {
        let program = || Some(Who::Program("Till 3 (bar) ".into()));
        for by in [None, Some(Who::Person(Role::Owner)), Some(Who::CommandLine), program()] {
            for at in [None, Some(Millis(1_763_751_600_123))] {
                let pause = Pause { at, by: by.clone() };
                assert_eq!(Pause::read(&pause.text()), pause, "{}", pause.text());
            }
        }
        // As earlier versions kept it, and what no version did.
        assert_eq!(Pause::read("true"), Pause::default());
        assert_eq!(Pause::read("yesterday somebody"), Pause::default());
    }
}
