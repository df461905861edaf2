//! Which account carries which mails.

use super::Invalid;
use super::document::Kind;
use super::invalid::{at_most, one_line};
use crate::domain::say;

/// The most names of one sort.
const MOST: usize = 100;

/// The mails an account carries where they name no account themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carries {
    /// Mails for which nothing else is said.
    pub default: bool,
    /// Those of these users or tills.
    pub users: Vec<String>,
    /// Those that came through these channels.
    pub channels: Vec<String>,
    /// Those that carry a document of these kinds.
    pub kinds: Vec<Kind>,
}

impl Carries {
    /// Checks the names.
    ///
    /// # Errors
    /// The first that cannot stand.
    pub fn check(&self) -> Result<(), Invalid> {
        for (path, names) in [("users", &self.users), ("channels", &self.channels)] {
            if names.len() > MOST {
                return Err(Invalid::new(
                    path,
                    say!("there are more than {most}", most = MOST),
                    "Name fewer",
                ));
            }
            for (i, name) in names.iter().enumerate() {
                let path = format!("{path}[{i}]");
                if name.trim().is_empty() {
                    return Err(Invalid::new(path, "the name is empty", "Leave it out"));
                }
                at_most(&path, name, 100)?;
                one_line(&path, name)?;
            }
        }
        Ok(())
    }

    /// Each as the pair of a sort and a name. The nearest comes first when an account is looked for: who
    /// sends, then through which channel, then what, then the rest.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let of = |sort: &'static str, names: &[String]| {
            names.iter().map(|name| (sort, name.trim().to_owned())).collect::<Vec<_>>()
        };
        let mut all = of("user", &self.users);
        all.extend(of("channel", &self.channels));
        all.extend(self.kinds.iter().map(|kind| ("kind", kind.word().to_owned())));
        if self.default {
            all.push(("default", String::new()));
        }
        all
    }
}
