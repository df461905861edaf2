//! Mail templates: the shop's own where it wrote one, else those Tillpost comes with.

use super::words::wrong;
use super::{App, Error, Kind};
use crate::compose::{self, MailValues, TEMPLATE_LANGUAGES, Template};
use crate::domain::document::{Content, Kind as DocumentKind};
use crate::domain::invalid::{at_most, one_line};
use crate::domain::setting::Settings;
use crate::domain::template::{Use, Which};
use crate::domain::{Invalid, say};
use crate::render;
use crate::store::{ChannelRow, NamedTemplateRow, Reader, TemplateOf, TemplateRow};
use crate::wire::views::{PlaceholderView, TemplateCheckView, TemplateView};
use crate::wire::{MailDraft, TemplateShape};

/// The template a mail's words come from.
#[derive(Debug, Clone)]
pub(super) struct InUse {
    /// Which one, and which version of it: `invoice/de/3`, `offer/en/shipped-1a2b3c4d`.
    pub(super) name: String,
    pub(super) template: Template,
    /// Whether the mail itself named it; a channel does not change it then.
    asked: bool,
}

impl InUse {
    fn of(row: &TemplateRow, name: &str) -> Self {
        let name = format!("{name}/{}/{}", row.language, row.version);
        Self { name, template: template(row), asked: false }
    }

    /// Puts the template that a channel names, where it is offered for such documents, and the channel's own
    /// words in the place of the template's.
    pub(super) fn by_channel(
        &mut self,
        reader: &Reader<'_>,
        channel: &ChannelRow,
        (kind, language): (DocumentKind, &str),
        settings: &Settings,
    ) -> Result<(), Error> {
        if self.asked {
            return Ok(());
        }
        if let Some(name) = &channel.template
            && let Some(row) = reader.named_template(name)?
            && row.uses.contains(&Use::Document(kind))
        {
            *self = named(reader, &row, [language, &settings.language])?;
        }
        if let Some(subject) = &channel.subject {
            self.template.subject = subject.clone().into();
        }
        if let Some(text) = &channel.text {
            self.template.text = text.clone().into();
            self.template.html = None;
        }
        if channel.subject.is_some() || channel.text.is_some() {
            self.name = format!("channel/{}", channel.name);
        }
        Ok(())
    }
}

/// The template for a mail: the one it names, in its language or that of its document, else the one used by itself
/// for such documents. A mail without a document that names none has none.
pub(super) fn for_mail(
    reader: &Reader<'_>,
    draft: &MailDraft,
    path: &str,
    about: Option<&Content>,
    settings: &Settings,
) -> Result<Option<InUse>, Error> {
    let asked = draft.language.as_deref().map(language).transpose();
    let asked = asked.map_err(|error| error.within(path))?;
    let language = about.map_or(settings.language.as_str(), |content| &content.language);
    let language = asked.as_deref().unwrap_or(language);
    let Some(name) = &draft.template else {
        return about.map(|content| in_use(reader, content.kind, language)).transpose();
    };
    let found = match Which::from(name.as_str()) {
        Which::Kind(kind) => of_kind(reader, kind, language)?,
        Which::Named(name) => match reader.named_template(&name)? {
            Some(row) => named(reader, &row, [language, &settings.language])?,
            None => return Err(unknown(reader, &format!("{path}.template"), &name)?),
        },
    };
    Ok(Some(InUse { asked: true, ..found }))
}

/// The refusal of a name that no template has.
pub(super) fn unknown(reader: &Reader<'_>, path: &str, name: &str) -> Result<Error, Error> {
    let all: Vec<String> = reader.named_templates()?.into_iter().map(|row| row.name).collect();
    let remedy = match all.is_empty() {
        true => "Make one with `tillpost templates new`, or leave it out".into(),
        false => say!("Use one of {all}, or leave it out", all = all.join(", ")),
    };
    Ok(Invalid::new(path, say!("there is no template called \"{name}\"", name), remedy).into())
}

/// A language as templates are found by it, and the same without its region.
fn tags(language: &str) -> [String; 2] {
    let tag = language.to_lowercase().replace('_', "-");
    let primary = tag.split('-').next().unwrap_or_default().to_owned();
    [tag, primary]
}

/// The words of a named template in the first of these languages it has, else in any.
pub(super) fn named(
    reader: &Reader<'_>,
    row: &NamedTemplateRow,
    languages: [&str; 2],
) -> Result<InUse, Error> {
    let wanted = languages.into_iter().flat_map(tags);
    for language in wanted.chain(row.languages.iter().cloned()) {
        if let Some(text) = reader.template(row.of(), &language)? {
            return Ok(InUse::of(&text, &row.name));
        }
    }
    Err(Error::new(Kind::Defect, "a template without words"))
}

/// The template that mails with a kind of document in a language are written with by themselves: for exactly
/// that language, else for the language without its region, the named one that is chosen for them, else the
/// shop's own for the kind; else the one shipped.
fn in_use(reader: &Reader<'_>, kind: DocumentKind, language: &str) -> Result<InUse, Error> {
    for tag in tags(language) {
        if let Some((id, name)) = reader.template_default(kind, &tag)?
            && let Some(row) = reader.template(TemplateOf::Named(id), &tag)?
        {
            return Ok(InUse::of(&row, &name));
        }
        if let Some(row) = reader.template(TemplateOf::Kind(kind), &tag)? {
            return Ok(InUse::of(&row, kind.word()));
        }
    }
    Ok(shipped(kind, language))
}

/// The template of a kind of document in a language: the shop's own, else the one shipped.
pub(super) fn of_kind(reader: &Reader<'_>, kind: DocumentKind, language: &str) -> Result<InUse, Error> {
    for tag in tags(language) {
        if let Some(row) = reader.template(TemplateOf::Kind(kind), &tag)? {
            return Ok(InUse::of(&row, kind.word()));
        }
    }
    Ok(shipped(kind, language))
}

fn shipped(kind: DocumentKind, language: &str) -> InUse {
    let (language, template) = compose::shipped(language, kind);
    let name = format!("{}/{language}/shipped-{}", kind.word(), template.mark());
    InUse { name, template, asked: false }
}

fn template(row: &TemplateRow) -> Template {
    Template { subject: row.subject.clone().into(), text: row.text.clone().into(), html: row.html.clone() }
}

/// A language there are templates in, in the form it is stored in.
pub(super) fn language(tag: &str) -> Result<String, Error> {
    let tag = tag.to_lowercase().replace('_', "-");
    let primary = tag.split('-').next().unwrap_or_default();
    let part = |p: &str| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    if TEMPLATE_LANGUAGES.contains(&primary) && tag.len() <= 35 && tag.split('-').all(part) {
        return Ok(tag);
    }
    Err(Invalid::new(
        "language",
        say!("there are no templates in \"{tag}\"", tag),
        say!(
            "Use one of {template_languages}, with a region if wanted, like de-at",
            template_languages = TEMPLATE_LANGUAGES.join(", ")
        ),
    )
    .into())
}

/// The longest text of a template, in characters.
const LONGEST: usize = 60_000;

/// The template a person wrote, filled with sample values, and what they may want to change.
pub(super) fn checked(shape: &TemplateShape, of: Use, tag: &str) -> Result<TemplateCheckView, Error> {
    one_line("subject", &shape.subject)?;
    at_most("subject", &shape.subject, 500)?;
    at_most("text", &shape.text, LONGEST)?;
    at_most("html", shape.html.as_deref().unwrap_or_default(), LONGEST)?;
    for (path, text) in [("subject", &shape.subject), ("text", &shape.text)] {
        if text.trim().is_empty() {
            return Err(Invalid::new(path, "it is empty", "Write it, or reset the template").into());
        }
    }
    let values = match of {
        Use::Document(kind) => MailValues::sample(render::kind_name(kind, tag)?),
        Use::Mail => MailValues::sample_alone(),
    };
    let remedy = "Correct it; `tillpost templates placeholders` lists what there is";
    let subject = compose::fill_line(&shape.subject, &values).map_err(|e| wrong(&e, "subject", remedy))?;
    let text = compose::fill(&shape.text, &values).map_err(|e| wrong(&e, "text", remedy))?;
    let html = shape.html.as_deref().map(|html| compose::fill_html(html, &values));
    let html = html.transpose().map_err(|e| wrong(&e, "html", remedy))?;
    let bare = values.bare();
    let tried = [
        ("subject", compose::fill_line(&shape.subject, &bare)),
        ("text", compose::fill(&shape.text, &bare)),
        ("html", shape.html.as_deref().map_or(Ok(String::new()), |html| compose::fill_html(html, &bare))),
    ];
    let warnings = tried.into_iter().filter_map(|(part, tried)| Some(format!("{part}: {}", tried.err()?)));
    Ok(TemplateCheckView { subject, text, html, warnings: warnings.collect() })
}

impl App {
    /// All templates: one for each kind of document and language, those for regions, and those with a name.
    ///
    /// # Errors
    /// The store's own.
    pub fn templates(&self) -> Result<Vec<TemplateView>, Error> {
        self.store.read(|reader| {
            let own = reader.templates()?;
            let mut views = Vec::new();
            for kind in DocumentKind::ALL {
                let of_kind =
                    |row: &&TemplateRow| row.of == TemplateOf::Kind(kind) && row.language.contains('-');
                let regional = own.iter().filter(of_kind).map(|row| row.language.as_str());
                for language in TEMPLATE_LANGUAGES.into_iter().chain(regional) {
                    views.push(view_of_kind(reader, kind, language, None)?);
                }
            }
            for row in reader.named_templates()? {
                for language in &row.languages {
                    views.push(view_of_name(reader, &row, language, None)?);
                }
            }
            Ok(views)
        })
    }

    /// A template in a language, or one of the shop's own versions of it.
    ///
    /// # Errors
    /// [`Kind::BadInput`] for a language there are none in; [`Kind::NotFound`] for a name or a version there is
    /// none of.
    pub fn template(
        &self,
        which: impl Into<Which>,
        tag: &str,
        version: Option<i64>,
    ) -> Result<TemplateView, Error> {
        let (which, tag) = (which.into(), language(tag)?);
        self.store.read(|reader| match &which {
            Which::Kind(kind) => view_of_kind(reader, *kind, &tag, Some(version)),
            Which::Named(name) => view_of_name(reader, &found(reader, name)?, &tag, Some(version)),
        })
    }

    /// What templates may name.
    #[must_use]
    pub fn placeholders(&self) -> Vec<PlaceholderView> {
        let view = |(name, says): (&str, &'static str)| PlaceholderView {
            name: name.to_owned(),
            says: self.say(says),
        };
        compose::PLACEHOLDERS.map(view).into()
    }

    /// Fills a template with sample values, as for this kind of document or for a mail without one, in this
    /// language, and says what is wrong with it; nothing is stored.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the part, the line and the placeholder.
    pub fn check_template(
        &self,
        of: impl Into<Use>,
        tag: &str,
        shape: &TemplateShape,
    ) -> Result<TemplateCheckView, Error> {
        checked(shape, of.into(), &language(tag)?)
    }

    /// Goes back to the template Tillpost comes with for a kind of document; the shop's own versions stay on
    /// record.
    ///
    /// # Errors
    /// [`Kind::BadInput`] for a language there are none in.
    pub fn reset_template(&self, kind: DocumentKind, tag: &str) -> Result<TemplateView, Error> {
        let tag = language(tag)?;
        let place = tag.clone();
        self.store.write(move |tx| Ok::<_, Error>(tx.reset_template(TemplateOf::Kind(kind), &place)?))?;
        self.template(kind, &tag, None)
    }
}

/// The named template, which somebody asks for by its address.
pub(super) fn found(reader: &Reader<'_>, name: &str) -> Result<NamedTemplateRow, Error> {
    reader
        .named_template(name)?
        .ok_or_else(|| Error::new(Kind::NotFound, say!("There is no template called \"{name}\".", name)))
}

/// The refusal of a language that a template has no words in.
pub(super) fn without_words(row: &NamedTemplateRow, tag: &str) -> Error {
    let sentence = say!(
        "The template \"{name}\" has no words in {tag}; it has them in {all}.",
        name = row.name,
        tag,
        all = row.languages.join(", ")
    );
    Error::new(Kind::NotFound, sentence)
}

/// Of the versions of a template, the one that was asked for by its number.
fn version_of<'a>(
    all: &'a [TemplateRow],
    number: i64,
    which: &str,
    tag: &str,
) -> Result<&'a TemplateRow, Error> {
    all.iter().find(|row| row.version == number).ok_or_else(|| {
        let sentence = format!("There is no version {number} of the template {which}/{tag}.");
        Error::new(Kind::NotFound, sentence)
    })
}

/// The template of a kind; with its versions where it is asked for alone.
fn view_of_kind(
    reader: &Reader<'_>,
    kind: DocumentKind,
    tag: &str,
    version: Option<Option<i64>>,
) -> Result<TemplateView, Error> {
    let all = version
        .map(|_| reader.template_versions(TemplateOf::Kind(kind), tag))
        .transpose()?
        .unwrap_or_default();
    let used = match version.flatten() {
        None => of_kind(reader, kind, tag)?,
        Some(number) => InUse::of(version_of(&all, number, kind.word(), tag)?, kind.word()),
    };
    let by_itself = in_use(reader, kind, tag)?.name == of_kind(reader, kind, tag)?.name;
    Ok(TemplateView {
        template: kind.word().to_owned(),
        kind: Some(kind.word()),
        language: tag.to_owned(),
        own: !used.name.contains("/shipped-"),
        use_for: vec![kind.word()],
        default_for: by_itself.then_some(kind.word()).into_iter().collect(),
        ..shown(used, &all)
    })
}

/// A named template in a language; with its versions where it is asked for alone.
fn view_of_name(
    reader: &Reader<'_>,
    row: &NamedTemplateRow,
    tag: &str,
    version: Option<Option<i64>>,
) -> Result<TemplateView, Error> {
    let all = reader.template_versions(row.of(), tag)?;
    let text = match version.flatten() {
        Some(number) => version_of(&all, number, &row.name, tag)?,
        None => all.iter().find(|text| text.in_use).ok_or_else(|| without_words(row, tag))?,
    };
    let defaults = row.defaults.iter().filter(|(_, language)| language == tag);
    Ok(TemplateView {
        template: row.name.clone(),
        kind: None,
        language: tag.to_owned(),
        own: true,
        use_for: row.uses.iter().map(|one| one.word()).collect(),
        default_for: defaults.map(|(kind, _)| kind.word()).collect(),
        ..shown(InUse::of(text, &row.name), if version.is_some() { &all } else { &[] })
    })
}

/// The words of a template and the numbers of its versions.
fn shown(used: InUse, versions: &[TemplateRow]) -> TemplateView {
    TemplateView {
        template: String::new(),
        kind: None,
        language: String::new(),
        name: used.name,
        own: false,
        use_for: Vec::new(),
        default_for: Vec::new(),
        subject: used.template.subject.into_owned(),
        text: used.template.text.into_owned(),
        html: used.template.html,
        versions: versions.iter().map(|row| row.version).collect(),
    }
}
