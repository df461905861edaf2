//! Templates are written: those of the kinds of documents, and those that the shop gives names.

use super::templates::{self, checked, found, language, without_words};
use super::{App, Error, Kind, clock};
use crate::compose;
use crate::domain::document::Kind as DocumentKind;
use crate::domain::template::{self, Use, Which};
use crate::domain::{Invalid, Millis, say};
use crate::store::{Reader, TemplateOf, Tx};
use crate::wire::views::TemplateView;
use crate::wire::{NewTemplateRequest, TemplateShape, UseWord};

/// The most templates with names a shop can have; one in several languages counts as often.
const MOST: usize = 200;

impl App {
    /// Makes a template with a name, or gives one that is there words in another language.
    ///
    /// # Errors
    /// As [`App::check_template`]; [`Kind::Conflict`] when the name has words in this language already or
    /// there are as many templates as there may be.
    pub fn new_template(&self, request: &NewTemplateRequest) -> Result<TemplateView, Error> {
        let (name, tag) = (template::name(&request.name)?, language(&request.language)?);
        let (shape, inherited) = self.store.read(|reader| started(reader, request, &tag))?;
        let (uses, now) = (read_uses(shape.use_for.as_deref()), clock::now());
        checked(&shape, first_use(uses.as_deref().unwrap_or(&inherited)), &tag)?;
        let (called, place) = (name.clone(), tag.clone());
        self.store.write(move |tx| {
            let known = tx.reader().named_template(&called)?;
            if known.as_ref().is_some_and(|row| row.languages.contains(&place)) {
                return Err(Error::new(
                    Kind::Conflict,
                    say!(
                        "There is a template called \"{name}\" in {tag} already.",
                        name = called,
                        tag = place
                    ),
                ));
            }
            let count: usize = tx.reader().named_templates()?.iter().map(|row| row.languages.len()).sum();
            if count >= MOST {
                let sentence =
                    say!("There are {most} templates already. Delete one that is not needed.", most = MOST);
                return Err(Error::new(Kind::Conflict, sentence));
            }
            let (id, had) = match known {
                Some(row) => (row.id, Some(row.uses)),
                None => (tx.insert_named_template(&called)?, None),
            };
            let uses = uses.or(had).unwrap_or(inherited);
            let of = TemplateOf::Named(id);
            tx.set_template((of, &place), words(&shape), now)?;
            offer(tx, id, &place, &uses, shape.default_for.as_deref())
        })?;
        self.template(Which::Named(name), &tag, None)
    }

    /// Writes a new version of the shop's own template for a kind and language, or of one with a name; mails
    /// queued before keep their words. The same words again make no new version.
    ///
    /// # Errors
    /// As [`App::check_template`]; [`Kind::NotFound`] for a name there is none of in this language.
    pub fn set_template(
        &self,
        which: impl Into<Which>,
        tag: &str,
        shape: &TemplateShape,
    ) -> Result<TemplateView, Error> {
        let (which, tag) = (which.into(), language(tag)?);
        let (shape, asked, place, now) = (shape.clone(), which.clone(), tag.clone(), clock::now());
        self.store.write(move |tx| match asked {
            Which::Kind(kind) => set_kind(tx, kind, &place, &shape, now),
            Which::Named(name) => {
                let row = found(&tx.reader(), &name)?;
                if !row.languages.contains(&place) {
                    return Err(without_words(&row, &place));
                }
                let uses = read_uses(shape.use_for.as_deref()).unwrap_or_else(|| row.uses.clone());
                checked(&shape, first_use(&uses), &place)?;
                if let Some(now_used) = tx.reader().template(row.of(), &place)?
                    && (now_used.subject.as_str(), now_used.text.as_str(), now_used.html.as_deref())
                        != words(&shape)
                {
                    tx.set_template((row.of(), &place), words(&shape), now)?;
                }
                offer(tx, row.id, &place, &uses, shape.default_for.as_deref())
            }
        })?;
        self.template(which, &tag, None)
    }

    /// Gives a template another name, in all its languages; channels that use it go on using it.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none; [`Kind::Conflict`] when another one has the name.
    pub fn rename_template(&self, name: &str, new: &str) -> Result<Vec<TemplateView>, Error> {
        let (old, new) = (named(name)?, template::name(new)?);
        let called = new.clone();
        self.store.write(move |tx| {
            let row = found(&tx.reader(), &old)?;
            Ok::<_, Error>(tx.rename_template(row.id, &called)?)
        })?;
        let languages = self.store.read(|reader| found(reader, &new))?.languages;
        languages.iter().map(|tag| self.template(Which::Named(new.clone()), tag, None)).collect()
    }

    /// Deletes what a named template says in a language, and the name with the last of them. Mails in the queue
    /// keep their words.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none; [`Kind::Conflict`] names the channels that use it.
    pub fn delete_template(&self, name: &str, tag: &str) -> Result<(), Error> {
        let (name, tag) = (named(name)?, language(tag)?);
        self.store.write(move |tx| {
            let row = found(&tx.reader(), &name)?;
            if !row.languages.contains(&tag) {
                return Err(without_words(&row, &tag));
            }
            Ok(tx.delete_named_template(&row, &tag)?)
        })
    }
}

/// The name the shop gave a template: that of a kind is none.
fn named(name: &str) -> Result<String, Error> {
    match Which::from(name) {
        Which::Named(name) => Ok(name),
        Which::Kind(kind) => Err(Error::new(
            Kind::Conflict,
            say!(
                "The template {kind} is the one that Tillpost comes with; it can be changed, but not renamed or deleted.",
                kind = kind.word()
            ),
        )),
    }
}

fn words(shape: &TemplateShape) -> (&str, &str, Option<&str>) {
    (shape.subject.trim(), shape.text.as_str(), shape.html.as_deref())
}

/// The words a new template starts with, and what the one is offered for that it is a copy of.
fn started(
    reader: &Reader<'_>,
    request: &NewTemplateRequest,
    tag: &str,
) -> Result<(TemplateShape, Vec<Use>), Error> {
    let mut shape = TemplateShape {
        subject: request.subject.clone().unwrap_or_default(),
        text: request.text.clone().unwrap_or_default(),
        html: request.html.clone(),
        use_for: request.use_for.clone(),
        default_for: request.default_for.clone(),
    };
    let Some(copied) = &request.copy_of else { return Ok((shape, Vec::new())) };
    let from = request.copy_language.as_deref().map_or_else(|| Ok(tag.to_owned()), language)?;
    let (used, uses) = match Which::from(copied.as_str()) {
        Which::Kind(kind) => (templates::of_kind(reader, kind, &from)?, vec![Use::Document(kind)]),
        Which::Named(name) => match reader.named_template(&name)? {
            Some(row) => (templates::named(reader, &row, [&from, tag])?, row.uses),
            None => return Err(templates::unknown(reader, "copy_of", &name)?),
        },
    };
    if request.subject.is_none() {
        shape.subject = used.template.subject.into_owned();
    }
    if request.text.is_none() {
        shape.text = used.template.text.into_owned();
        shape.html = shape.html.or(used.template.html);
    }
    Ok((shape, uses))
}

fn read_uses(words: Option<&[UseWord]>) -> Option<Vec<Use>> {
    words.map(|words| words.iter().map(|word| word.0).collect())
}

/// With which values a template is tried: as what it is offered for first.
fn first_use(uses: &[Use]) -> Use {
    uses.first().copied().unwrap_or(Use::Document(DocumentKind::Invoice))
}

/// Sets what a named template is offered for, and where it is used by itself.
fn offer(tx: &Tx<'_>, id: i64, tag: &str, uses: &[Use], defaults: Option<&[UseWord]>) -> Result<(), Error> {
    tx.set_template_uses(id, uses)?;
    let Some(defaults) = defaults else { return Ok(()) };
    let mut kinds = Vec::new();
    for (i, UseWord(one)) in defaults.iter().enumerate() {
        let path = format!("default_for[{i}]");
        match one {
            Use::Mail => {
                let problem = "no template is used by itself for a mail without a document";
                return Err(Invalid::new(path, problem, "Leave mail out").into());
            }
            Use::Document(kind) if !uses.contains(one) => {
                let problem = say!("the template is not offered for {kind}", kind = kind.word());
                return Err(Invalid::new(path, problem, "Add it to use_for, or leave it out").into());
            }
            Use::Document(kind) => kinds.push(*kind),
        }
    }
    Ok(tx.set_template_defaults(id, tag, &kinds)?)
}

/// Writes the shop's own template of a kind.
fn set_kind(
    tx: &Tx<'_>,
    kind: DocumentKind,
    tag: &str,
    shape: &TemplateShape,
    now: Millis,
) -> Result<(), Error> {
    let this = Use::Document(kind);
    let others = |list: &Option<Vec<UseWord>>| list.iter().flatten().any(|UseWord(one)| *one != this);
    for (path, list) in [("use_for", &shape.use_for), ("default_for", &shape.default_for)] {
        if others(list) {
            let problem = say!("the template {kind} is for this kind of document alone", kind = kind.word());
            return Err(Invalid::new(path, problem, "Make a template with a name for other uses").into());
        }
    }
    checked(shape, this, tag)?;
    let of = TemplateOf::Kind(kind);
    let same = match tx.reader().template(of, tag)? {
        Some(row) => (row.subject.as_str(), row.text.as_str(), row.html.as_deref()) == words(shape),
        None => {
            let (language, shipped) = compose::shipped(tag, kind);
            language == tag && (&*shipped.subject, &*shipped.text, None) == words(shape)
        }
    };
    if !same {
        tx.set_template((of, tag), words(shape), now)?;
    }
    if shape.default_for.as_ref().is_some_and(|list| !list.is_empty()) {
        tx.unset_template_default(kind, tag)?;
    }
    Ok(())
}
