//! Mail templates: the shop's own where it wrote one, else those Tillpost comes with.

use super::words::wrong;
use super::{App, Error, Kind, clock, show};
use crate::compose::{self, MailValues, TEMPLATE_LANGUAGES, Template};
use crate::domain::document::Kind as DocumentKind;
use crate::domain::invalid::{at_most, one_line};
use crate::domain::{Invalid, say};
use crate::render;
use crate::store::{ChannelRow, Reader, TemplateRow};
use crate::wire::TemplateShape;
use crate::wire::views::{PlaceholderView, TemplateCheckView, TemplateView};

/// The template a mail's words come from.
#[derive(Debug, Clone)]
pub(super) struct InUse {
    /// Which one, and which version of it: `invoice/de/3`, `offer/en/shipped-1a2b3c4d`.
    pub(super) name: String,
    pub(super) template: Template,
}

impl InUse {
    /// Puts a channel's own words in the place of the template's.
    pub(super) fn override_by(&mut self, channel: &ChannelRow) {
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
    }
}

/// The template for a kind of document in a language: the shop's own for exactly it, else for the language
/// without its region, else the one shipped.
pub(super) fn in_use(reader: &Reader<'_>, kind: DocumentKind, language: &str) -> Result<InUse, Error> {
    let tag = language.to_lowercase().replace('_', "-");
    let primary = tag.split('-').next().unwrap_or_default();
    for language in [tag.as_str(), primary] {
        if let Some(row) = reader.template(kind, language)? {
            let name = format!("{}/{language}/{}", kind.word(), row.version);
            return Ok(InUse { name, template: template(&row) });
        }
    }
    let (language, template) = compose::shipped(&tag, kind);
    Ok(InUse { name: format!("{}/{language}/shipped-{}", kind.word(), template.mark()), template })
}

fn template(row: &TemplateRow) -> Template {
    Template { subject: row.subject.clone().into(), text: row.text.clone().into(), html: row.html.clone() }
}

/// A language there are templates in, in the form it is stored in.
fn language(tag: &str) -> Result<String, Error> {
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
fn checked(shape: &TemplateShape, kind: &str) -> Result<TemplateCheckView, Error> {
    one_line("subject", &shape.subject)?;
    at_most("subject", &shape.subject, 500)?;
    at_most("text", &shape.text, LONGEST)?;
    at_most("html", shape.html.as_deref().unwrap_or_default(), LONGEST)?;
    for (path, text) in [("subject", &shape.subject), ("text", &shape.text)] {
        if text.trim().is_empty() {
            return Err(Invalid::new(path, "it is empty", "Write it, or reset the template").into());
        }
    }
    let values = MailValues::sample(kind);
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
    /// All templates in use: one for each kind of document and language, and those for regions.
    ///
    /// # Errors
    /// The store's own.
    pub fn templates(&self) -> Result<Vec<TemplateView>, Error> {
        self.store.read(|reader| {
            let own = reader.templates()?;
            let mut views = Vec::new();
            for kind in DocumentKind::ALL {
                for language in TEMPLATE_LANGUAGES {
                    views.push(show::template(kind, language, &in_use(reader, kind, language)?, vec![]));
                }
                let regional = |row: &&TemplateRow| row.kind == kind && row.language.contains('-');
                for row in own.iter().filter(regional) {
                    let used = in_use(reader, kind, &row.language)?;
                    views.push(show::template(kind, &row.language, &used, vec![]));
                }
            }
            Ok(views)
        })
    }

    /// The template in use for a kind and language, or one of the shop's own versions of it.
    ///
    /// # Errors
    /// [`Kind::BadInput`] for a language there is none in; [`Kind::NotFound`] for a version there is none of.
    pub fn template(
        &self,
        kind: DocumentKind,
        tag: &str,
        version: Option<i64>,
    ) -> Result<TemplateView, Error> {
        let tag = language(tag)?;
        self.store.read(|reader| {
            let all = reader.template_versions(kind, &tag)?;
            let versions = all.iter().map(|row| row.version).collect();
            let used = match version {
                None => in_use(reader, kind, &tag)?,
                Some(version) => {
                    let row = all.iter().find(|row| row.version == version).ok_or_else(|| {
                        let sentence =
                            format!("There is no version {version} of the template {}/{tag}.", kind.word());
                        Error::new(Kind::NotFound, sentence)
                    })?;
                    InUse { name: format!("{}/{tag}/{version}", kind.word()), template: template(row) }
                }
            };
            Ok(show::template(kind, &tag, &used, versions))
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

    /// Fills a template with sample values, as for this kind of document in this language, and says what
    /// is wrong with it; nothing is stored.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the part, the line and the placeholder.
    pub fn check_template(
        &self,
        kind: DocumentKind,
        tag: &str,
        shape: &TemplateShape,
    ) -> Result<TemplateCheckView, Error> {
        checked(shape, render::kind_name(kind, &language(tag)?)?)
    }

    /// Writes a new version of the shop's own template for a kind and language; mails queued before keep
    /// their words.
    ///
    /// # Errors
    /// As [`App::check_template`].
    pub fn set_template(
        &self,
        kind: DocumentKind,
        tag: &str,
        shape: &TemplateShape,
    ) -> Result<TemplateView, Error> {
        let tag = language(tag)?;
        self.check_template(kind, &tag, shape)?;
        let (shape, now, place) = (shape.clone(), clock::now(), tag.clone());
        self.store.write(move |tx| {
            let words = (shape.subject.trim(), shape.text.as_str(), shape.html.as_deref());
            Ok::<_, Error>(tx.set_template((kind, &place), words, now)?)
        })?;
        self.template(kind, &tag, None)
    }

    /// Goes back to the template Tillpost comes with; the shop's own versions stay on record.
    ///
    /// # Errors
    /// [`Kind::BadInput`] for a language there is none in.
    pub fn reset_template(&self, kind: DocumentKind, tag: &str) -> Result<TemplateView, Error> {
        let tag = language(tag)?;
        let place = tag.clone();
        self.store.write(move |tx| Ok::<_, Error>(tx.reset_template(kind, &place)?))?;
        self.template(kind, &tag, None)
    }
}
