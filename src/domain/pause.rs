//! Sending that a person or a program has stopped: who did, and when.

use super::Millis;
use super::access::Role;

/// Who stopped sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pauser {
    /// Whoever sits at a screen, signed in as this.
    Person(Role),
    /// A program, by the name of its password.
    Program(String),
    /// Somebody on the command line.
    CommandLine,
}

impl Pauser {
    /// The word used in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Person(role) => role.word(),
            Self::Program(_) => "program",
            Self::CommandLine => "command_line",
        }
    }
}

/// That nothing is sent until somebody lets it go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pause {
    /// Since when, where it is known.
    pub at: Option<Millis>,
    /// Who wanted it, where it is known.
    pub by: Option<Pauser>,
}

impl Pause {
    /// As it is kept: the time, who, and a program's name, with spaces between; `true` stands for a time
    /// that is not known.
    #[must_use]
    pub fn text(&self) -> String {
        let at = self.at.map_or_else(|| "true".to_owned(), |at| at.0.to_string());
        match &self.by {
            Some(Pauser::Program(name)) => format!("{at} program {name}"),
            Some(by) => format!("{at} {}", by.word()),
            None => at,
        }
    }

    /// Reads [`Pause::text`]; what cannot be read is not known.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut parts = text.splitn(3, ' ');
        let at = parts.next().and_then(|at| at.parse().ok()).map(Millis);
        let by = parts.next().and_then(|word| match word {
            "program" => parts.next().map(|name| Pauser::Program(name.to_owned())),
            "command_line" => Some(Pauser::CommandLine),
            role => Role::from_word(role).map(Pauser::Person),
        });
        Self { at, by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_pause_is_read_again() {
        let program = || Some(Pauser::Program("Till 3 (bar) ".into()));
        for by in [None, Some(Pauser::Person(Role::Owner)), Some(Pauser::CommandLine), program()] {
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
