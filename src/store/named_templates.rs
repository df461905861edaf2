//! The names the shop gave templates, what these are offered for, and where one is used by itself.

use rusqlite::params;

use super::error::impossible;
use super::{Reader, StoreError, TemplateOf, Tx};
use crate::domain::document::Kind;
use crate::domain::say;
use crate::domain::template::{Use, key};

/// A template that the shop gave a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTemplateRow {
    /// Its row.
    pub id: i64,
    /// Its name, unique ignoring case.
    pub name: String,
    /// The languages it has words in, BCP 47 in lower case.
    pub languages: Vec<String>,
    /// What it is offered for.
    pub uses: Vec<Use>,
    /// The kinds of documents whose mails are written with it by themselves, and in which language.
    pub defaults: Vec<(Kind, String)>,
}

impl NamedTemplateRow {
    /// What it is called in the table of versions.
    #[must_use]
    pub fn of(&self) -> TemplateOf {
        TemplateOf::Named(self.id)
    }
}

impl Reader<'_> {
    /// All of them, by name.
    ///
    /// # Errors
    /// The store's own.
    pub fn named_templates(&self) -> Result<Vec<NamedTemplateRow>, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT id, name FROM named_template ORDER BY name_key")?;
        let names = find.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<Result<Vec<_>, _>>()?;
        names.into_iter().map(|(id, name)| self.whole(id, name)).collect()
    }

    /// The one with this name, however its letters are written.
    ///
    /// # Errors
    /// The store's own; a missing one is `None`.
    pub fn named_template(&self, name: &str) -> Result<Option<NamedTemplateRow>, StoreError> {
        let mut find = self.sql.prepare_cached("SELECT id, name FROM named_template WHERE name_key = ?1")?;
        let mut found = find.query_map([key(name)], |r| Ok((r.get(0)?, r.get(1)?)))?;
        found.next().transpose()?.map(|(id, name)| self.whole(id, name)).transpose()
    }

    /// The row and the name of the template that mails with this kind of document are written with by
    /// themselves in exactly this language.
    ///
    /// # Errors
    /// The store's own; where it is not a named one, `None`.
    pub fn template_default(&self, kind: Kind, language: &str) -> Result<Option<(i64, String)>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT named_template.id, name FROM template_default JOIN named_template ON named_template.id = named_id
             WHERE kind = ?1 AND language = ?2",
        )?;
        let mut found = find.query_map([kind.word(), language], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(found.next().transpose()?)
    }

    /// The names of the channels that use a named template.
    ///
    /// # Errors
    /// The store's own.
    pub fn channels_with_template(&self, id: i64) -> Result<Vec<String>, StoreError> {
        let mut find =
            self.sql.prepare_cached("SELECT name FROM channel WHERE template_id = ?1 ORDER BY name")?;
        Ok(find.query_map([id], |r| r.get(0))?.collect::<Result<_, _>>()?)
    }

    fn whole(&self, id: i64, name: String) -> Result<NamedTemplateRow, StoreError> {
        let languages =
            self.texts("SELECT language FROM template WHERE named_id = ?1 AND in_use = 1 ORDER BY 1", id)?;
        let words = self.texts("SELECT purpose FROM template_use WHERE named_id = ?1", id)?;
        let kinds = self.texts(
            "SELECT kind || ' ' || language FROM template_default WHERE named_id = ?1 ORDER BY 1",
            id,
        )?;
        let defaults = kinds.iter().map(|pair| {
            let (word, language) = pair.split_once(' ').unwrap_or_default();
            let kind = Kind::from_word(word).ok_or_else(|| impossible("kind", word))?;
            Ok((kind, language.to_owned()))
        });
        Ok(NamedTemplateRow {
            id,
            name,
            languages,
            // In the order of the contract.
            uses: Use::all().filter(|one| words.iter().any(|word| word == one.word())).collect(),
            defaults: defaults.collect::<Result<_, StoreError>>()?,
        })
    }

    fn texts(&self, select: &str, id: i64) -> Result<Vec<String>, StoreError> {
        let mut find = self.sql.prepare_cached(select)?;
        Ok(find.query_map([id], |r| r.get(0))?.collect::<Result<_, _>>()?)
    }
}

impl Tx<'_> {
    /// Stores a name, without words yet; returns its row.
    ///
    /// # Errors
    /// The store's own; the name must be free.
    pub fn insert_named_template(&self, name: &str) -> Result<i64, StoreError> {
        self.sql
            .execute("INSERT INTO named_template (name, name_key) VALUES (?1, ?2)", [name, &key(name)])?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Gives a template another name, in all its languages.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another one has the name.
    pub fn rename_template(&self, id: i64, name: &str) -> Result<(), StoreError> {
        if let Some(other) = self.reader().named_template(name)?.filter(|other| other.id != id) {
            return Err(StoreError::Conflict(say!(
                "there is a template called \"{name}\" already",
                name = other.name
            )));
        }
        self.sql.execute(
            "UPDATE named_template SET name = ?2, name_key = ?3 WHERE id = ?1",
            params![id, name, key(name)],
        )?;
        Ok(())
    }

    /// Sets what a template is offered for; where it is offered no longer it is not used by itself either.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_template_uses(&self, id: i64, uses: &[Use]) -> Result<(), StoreError> {
        for one in Use::all() {
            let sql = match uses.contains(&one) {
                true => "INSERT OR IGNORE INTO template_use (named_id, purpose) VALUES (?1, ?2)",
                false => "DELETE FROM template_use WHERE named_id = ?1 AND purpose = ?2",
            };
            self.sql.execute(sql, params![id, one.word()])?;
        }
        Ok(())
    }

    /// Sets for which kinds of documents a template is used by itself in a language, instead of whichever
    /// was; it must be offered for them.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_template_defaults(&self, id: i64, language: &str, kinds: &[Kind]) -> Result<(), StoreError> {
        for kind in Kind::ALL {
            let sql = match kinds.contains(&kind) {
                true => {
                    "INSERT INTO template_default (kind, language, named_id) VALUES (?2, ?3, ?1)
                     ON CONFLICT (kind, language) DO UPDATE SET named_id = excluded.named_id"
                }
                false => "DELETE FROM template_default WHERE named_id = ?1 AND kind = ?2 AND language = ?3",
            };
            self.sql.execute(sql, params![id, kind.word(), language])?;
        }
        Ok(())
    }

    /// Lets mails with this kind of document be written with the template of their kind again.
    ///
    /// # Errors
    /// The store's own.
    pub fn unset_template_default(&self, kind: Kind, language: &str) -> Result<(), StoreError> {
        self.sql.execute(
            "DELETE FROM template_default WHERE kind = ?1 AND language = ?2",
            [kind.word(), language],
        )?;
        Ok(())
    }

    /// Deletes a template's words in one language, with all their versions, and its name with the last of them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] names the channels that would be left without it.
    pub fn delete_named_template(&self, row: &NamedTemplateRow, language: &str) -> Result<(), StoreError> {
        self.set_template_defaults(row.id, language, &[])?;
        self.sql.execute(
            "DELETE FROM template WHERE named_id = ?1 AND language = ?2",
            params![row.id, language],
        )?;
        if row.languages.iter().any(|other| other != language) {
            return Ok(());
        }
        let channels = self.reader().channels_with_template(row.id)?;
        if !channels.is_empty() {
            return Err(StoreError::Conflict(say!(
                "the template \"{name}\" is used by these sales channels: {channels}; choose another one there first",
                name = row.name,
                channels = channels.join(", ")
            )));
        }
        self.sql.execute("DELETE FROM named_template WHERE id = ?1", [row.id])?;
        Ok(())
    }
}
