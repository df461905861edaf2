//! Sentences of ours with the values in them, so that they can be said in the reader's language.
//!
//! The code says them in English, as `gettext` has it; `assets/refusals` gives each sentence a key that
//! never changes, and the other languages.

use std::fmt;

/// A sentence of ours: its words, and apart from them the values that stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said(Box<Words>);

/// Boxed, because errors carry sentences.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Words {
    template: &'static str,
    values: Vec<(&'static str, String)>,
    english: String,
}

impl Said {
    /// A sentence with values; `say!` makes one.
    #[must_use]
    pub fn new(template: &'static str, values: Vec<(&'static str, String)>, english: String) -> Self {
        Self(Box::new(Words { template, values, english }))
    }

    /// The words with the names of the values in braces; empty for what others say, like a system's
    /// own error, which has no other language.
    #[must_use]
    pub fn template(&self) -> &'static str {
        self.0.template
    }

    /// The values by their names.
    #[must_use]
    pub fn values(&self) -> &[(&'static str, String)] {
        &self.0.values
    }

    /// The sentence in English.
    #[must_use]
    pub fn english(&self) -> &str {
        &self.0.english
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.english.is_empty()
    }

    /// The values put into the words of another language, each as `told` has it there, if it does. A name
    /// that is no value stays as it is.
    #[must_use]
    pub fn fill(&self, words: &str, told: impl Fn(&str) -> Option<String>) -> String {
        if self.0.values.is_empty() {
            return words.to_owned();
        }
        let mut out = String::with_capacity(words.len() + 40);
        let mut rest = words;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(&before.replace("}}", "}"));
            rest = after;
            if let Some(literal) = after.strip_prefix('{') {
                out.push('{');
                rest = literal;
                continue;
            }
            let named = after.split_once('}').and_then(|(name, behind)| {
                let (_, value) = self.0.values.iter().find(|(known, _)| *known == name)?;
                Some((value, behind))
            });
            match named {
                Some((value, behind)) => {
                    out.push_str(&told(value).unwrap_or_else(|| value.clone()));
                    rest = behind;
                }
                None => out.push('{'),
            }
        }
        out.push_str(&rest.replace("}}", "}"));
        out
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.english)
    }
}

impl From<&'static str> for Said {
    fn from(words: &'static str) -> Self {
        Self::new(words, Vec::new(), words.to_owned())
    }
}

/// What others say, in whatever language they do.
impl From<String> for Said {
    fn from(words: String) -> Self {
        Self::new("", Vec::new(), words)
    }
}

/// A sentence with values: `say!("has {length} characters", length)`, or `length = expression`.
macro_rules! say {
    (@value $name:ident) => { $name };
    (@value $name:ident = $value:expr) => { $value };
    ($template:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::domain::Said::new(
            $template,
            vec![$((stringify!($name), ($crate::domain::say!(@value $name $(= $value)?)).to_string())),*],
            format!($template, $($name = $crate::domain::say!(@value $name $(= $value)?)),*),
        )
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_another_language_wants_them() {
        let (most, name) = (3, "{most}");
        let said = say!("\"{name}\" has {length} of {most} {{signs}}", name, length = 2 + 2, most);
        assert_eq!(said.english(), "\"{most}\" has 4 of 3 {signs}");
        let other = |value: &str| (value == "4").then(|| "four".to_owned());
        assert_eq!(said.fill("{most} < {length}: {name} {{x}} {what}", other), "3 < four: {most} {x} {what}");
        assert_eq!(Said::from("a {b}").fill("c {b}", |_| None), "c {b}");
        assert_eq!(Said::from("theirs".to_owned()).template(), "");
    }
}
