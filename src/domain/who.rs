//! Who did something: a person at a screen, a program, or somebody on the command line.

use super::access::Role;

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Whoever sits at a screen, signed in as this.
    Person(Role),
    /// A program, by the name of its password.
    Program(String),
    /// Somebody on the command line.
    CommandLine,
}

impl Who {
    /// The word used in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Person(role) => role.word(),
            Self::Program(_) => "program",
            Self::CommandLine => "command_line",
        }
    }

    /// The name of a program's password.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Program(name) => Some(name),
            _ => None,
        }
    }

    /// As it is kept: the word, and after a space a program's name.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Program(name) => format!("program {name}"),
            other => other.word().to_owned(),
        }
    }

    /// Reads [`Who::text`]; who cannot be read is not known.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            Some(("program", name)) => Some(Self::Program(name.to_owned())),
            Some(_) => None,
            None if text == "command_line" => Some(Self::CommandLine),
            None => Role::from_word(text).map(Self::Person),
        }
    }
}
