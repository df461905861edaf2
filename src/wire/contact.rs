//! Contacts as requests and files name them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::address::Mailbox;
use crate::domain::contact::ContactRole;
use crate::domain::invalid::{at_most, one_line, several_lines};
use crate::domain::{Invalid, say};

/// A contact as it is written: what is left out stays as it is, an empty text removes what was there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContactShape {
    /// The address.
    pub address: String,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The customer's number; contacts that share one are one customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_number: Option<String>,
    /// The language for documents and mails, like `de` or `de-AT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// A note of the shop's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it is for: `billing`, `workshop`, `orders`, `accountant`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
}

/// A contact as it is written, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenContact {
    /// Name and address.
    pub mailbox: Mailbox,
    /// The company.
    pub company: Option<String>,
    /// The customer's number.
    pub customer_number: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// What it is for.
    pub roles: Option<Vec<ContactRole>>,
}

impl ContactShape {
    /// The contact this shape describes, checked.
    ///
    /// # Errors
    /// The first field that cannot stand.
    pub fn to_contact(&self) -> Result<WrittenContact, Invalid> {
        let mut mailbox = Mailbox::parse(&self.address).map_err(|e| e.within("address"))?;
        let line = |path: &str, value: &Option<String>| -> Result<Option<String>, Invalid> {
            let Some(value) = value.as_deref().map(str::trim) else { return Ok(None) };
            one_line(path, value)?;
            at_most(path, value, 200)?;
            Ok(Some(value.to_owned()))
        };
        if let Some(name) = line("name", &self.name)? {
            mailbox.name = (!name.is_empty()).then_some(name);
        }
        let language = line("language", &self.language)?;
        if let Some(tag) = language.as_deref().filter(|tag| !tag.is_empty()) {
            let part = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
            if tag.len() < 2 || tag.len() > 35 || !tag.split('-').all(part) {
                return Err(Invalid::new(
                    "language",
                    say!("\"{tag}\" is not a language", tag),
                    "Use a tag like en or de-AT",
                ));
            }
        }
        if let Some(note) = &self.note {
            several_lines("note", note)?;
            at_most("note", note, 2000)?;
        }
        let role = |(i, word): (usize, &String)| {
            ContactRole::from_word(word).ok_or_else(|| {
                let all: Vec<&str> = ContactRole::ALL.iter().map(|r| r.word()).collect();
                Invalid::new(
                    format!("roles[{i}]"),
                    say!("\"{word}\" is not a role", word),
                    say!("Use one of: {all}", all = all.join(", ")),
                )
            })
        };
        Ok(WrittenContact {
            mailbox,
            company: line("company", &self.company)?,
            customer_number: line("customer_number", &self.customer_number)?,
            language,
            phone: line("phone", &self.phone)?,
            note: self.note.clone(),
            roles: self.roles.as_ref().map(|r| r.iter().enumerate().map(role).collect()).transpose()?,
        })
    }
}
