//! `templates`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::out::table;
use super::{Context, document_kind, read_file};
use crate::app::{App, Error, Kind};
use crate::domain::document::Kind as DocumentKind;
use crate::domain::template::Use;
use crate::wire::views::TemplateView;
use crate::wire::{NewTemplateRequest, TemplateShape, UseWord};

/// The largest file of a template.
const LARGEST: u64 = 64 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum Templates {
    /// List the templates of the kinds of documents, and those with names.
    List {
        /// Only in this language.
        #[arg(long)]
        language: Option<String>,
    },
    /// Print a template in the form that `set` reads.
    Show {
        /// A kind of document, like invoice, or the template's name.
        template: String,
        /// The language, like de.
        language: String,
        /// One of the shop's own versions; default: the one in use.
        #[arg(long)]
        version: Option<i64>,
    },
    /// Write the shop's own template, as a new version.
    Set {
        /// A kind of document, like invoice, or the template's name.
        template: String,
        /// The language, like de.
        language: String,
        /// The file: the subject in the first line, an empty line, the text; `-` reads standard input.
        file: PathBuf,
        /// A file with the same as HTML.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        #[command(flatten)]
        offer: Offer,
    },
    /// Make a template with a name, or give one words in another language.
    New {
        /// Its name, like "Invoice - friendly"; upper and lower case are the same.
        name: String,
        /// The language of its words, like de.
        language: String,
        /// The file, as `set` reads it; without one it is a copy.
        #[arg(required_unless_present = "copy_of")]
        file: Option<PathBuf>,
        /// A file with the same as HTML.
        #[arg(long, value_name = "FILE", requires = "file")]
        html: Option<PathBuf>,
        /// The template it starts as a copy of: a name, or a kind of document.
        #[arg(long, value_name = "TEMPLATE")]
        copy_of: Option<String>,
        /// The language in which that is copied; default: the new one's.
        #[arg(long, value_name = "LANGUAGE", requires = "copy_of")]
        copy_language: Option<String>,
        #[command(flatten)]
        offer: Offer,
    },
    /// Give a template another name, in all its languages.
    Rename {
        /// Its name.
        name: String,
        /// The new one.
        new: String,
    },
    /// Delete a template with a name in one language; queued mails keep their words.
    Delete {
        /// Its name.
        name: String,
        /// The language, like de.
        language: String,
    },
    /// Go back to the template Tillpost comes with.
    Reset {
        /// The kind of document, like invoice.
        #[arg(value_parser = document_kind)]
        kind: DocumentKind,
        /// The language, like de.
        language: String,
    },
    /// Show the mail a template would make with sample values; nothing is stored.
    Check {
        /// The file, as `set` reads it.
        file: PathBuf,
        /// A file with the same as HTML.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// As for this kind of document; `mail` is a mail without one.
        #[arg(long, value_name = "KIND", default_value = "invoice", value_parser = purpose)]
        kind: UseWord,
    },
    /// List what templates may name.
    Placeholders,
}

/// What a template is for.
#[derive(Debug, Args)]
pub(super) struct Offer {
    /// For a template with a name: the kinds of documents it is offered for, separated by commas; `mail` is a
    /// mail without a document; empty for none.
    #[arg(long, value_name = "KINDS")]
    use_for: Option<String>,
    /// The kinds of documents whose mails are written with it by themselves in this language; empty for none.
    #[arg(long, value_name = "KINDS")]
    default_for: Option<String>,
}

fn purpose(word: &str) -> Result<UseWord, String> {
    UseWord::read(word).map_err(|why| format!("{}; {}", why.problem, why.remedy))
}

impl Offer {
    /// The kinds it is offered for, and those it is used for by itself.
    fn read(&self) -> Result<[Option<Vec<UseWord>>; 2], Error> {
        let words = |list: &Option<String>, path: &str| {
            let words =
                list.as_deref().map(|list| list.split(',').map(str::trim).filter(|word| !word.is_empty()));
            let all = words.map(|words| words.map(UseWord::read).collect::<Result<Vec<_>, _>>());
            all.transpose().map_err(|why| why.within(path))
        };
        Ok([words(&self.use_for, "use-for")?, words(&self.default_for, "default-for")?])
    }
}

impl Templates {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::List { language } => list(context, &app, language.as_deref())?,
            Self::Show { template, language, version } => {
                let view = app.template(template.as_str(), &language, version)?;
                context.out.show(&view, || format!("{}\n\n{}", view.subject, view.text.trim_end()));
            }
            Self::Set { template, language, file, html, offer } => {
                let [use_for, default_for] = offer.read()?;
                let shape = TemplateShape { use_for, default_for, ..shape(&file, html.as_deref())? };
                written(context, &app, &app.set_template(template.as_str(), &language, &shape)?)?;
            }
            Self::New { name, language, file, html, copy_of, copy_language, offer } => {
                let [use_for, default_for] = offer.read()?;
                let shape = file.map(|file| shape(&file, html.as_deref())).transpose()?;
                let (subject, text, html) =
                    shape.map_or((None, None, None), |s| (Some(s.subject), Some(s.text), s.html));
                let request = NewTemplateRequest {
                    name,
                    language,
                    copy_of,
                    copy_language,
                    subject,
                    text,
                    html,
                    use_for,
                    default_for,
                };
                written(context, &app, &app.new_template(&request)?)?;
            }
            Self::Rename { name, new } => {
                let views = app.rename_template(&name, &new)?;
                context.out.show(&views, || format!("the template is called {} now", new.trim()));
            }
            Self::Delete { name, language } => {
                app.delete_template(&name, &language)?;
                context.out.say(&format!("{name}/{language} is deleted"));
            }
            Self::Reset { kind, language } => {
                let view = app.reset_template(kind, &language)?;
                context.out.show(&view, || format!("{} is in use", view.name));
            }
            Self::Check { file, html, kind } => {
                let shape = shape(&file, html.as_deref())?;
                let view = app.check_template(kind.0, "en", &shape)?;
                context.out.show(&view, || {
                    let mut text = format!("Subject: {}\n\n{}", view.subject, view.text);
                    text.extend(view.html.iter().map(|html| format!("\n{html}")));
                    text.extend(view.warnings.iter().map(|warning| format!("\nmind: {warning}")));
                    text.trim_end().to_owned()
                });
            }
            Self::Placeholders => {
                let all = app.placeholders();
                context.out.show(&all, || {
                    let rows = all.iter().map(|p| vec![format!("{{{{ {} }}}}", p.name), p.says.clone()]);
                    table(&["PLACEHOLDER", "MEANING"], &rows.collect::<Vec<_>>())
                });
            }
        }
        Ok(0)
    }
}

/// Says what was written, what it is used for, and what may keep it from being filled.
fn written(context: &Context, app: &App, view: &TemplateView) -> Result<(), Error> {
    let of = view.use_for.first().and_then(|word| Use::from_word(word));
    let shape = TemplateShape {
        subject: view.subject.clone(),
        text: view.text.clone(),
        html: view.html.clone(),
        ..TemplateShape::default()
    };
    let check =
        app.check_template(of.unwrap_or(Use::Document(DocumentKind::Invoice)), &view.language, &shape)?;
    context.out.show(view, || {
        let used = match (view.kind, view.default_for.as_slice()) {
            (None, []) if view.use_for.is_empty() => "is written".to_owned(),
            (None, []) => format!("is written, offered for {}", view.use_for.join(", ")),
            (Some(kind), []) => format!("is written; another template is used by itself for {kind}"),
            _ => "is in use".to_owned(),
        };
        let mut lines = vec![format!("{} {used}", view.name)];
        lines.extend(check.warnings.iter().map(|warning| format!("mind: {warning}")));
        lines.join("\n")
    });
    Ok(())
}

fn list(context: &Context, app: &App, language: Option<&str>) -> Result<(), Error> {
    let mut all = app.templates()?;
    all.retain(|view| language.is_none_or(|language| view.language.eq_ignore_ascii_case(language)));
    context.out.show(&all, || {
        let rows = all.iter().map(|view| {
            let from = if view.own { "the shop" } else { "Tillpost" };
            vec![
                view.template.clone(),
                view.language.clone(),
                from.to_owned(),
                view.use_for.join(", "),
                view.default_for.join(", "),
                view.subject.clone(),
            ]
        });
        let head = ["TEMPLATE", "LANGUAGE", "FROM", "OFFERED FOR", "BY ITSELF FOR", "SUBJECT"];
        table(&head, &rows.collect::<Vec<_>>())
    });
    Ok(())
}

fn text(file: &Path) -> Result<String, Error> {
    String::from_utf8(read_file(file, LARGEST)?)
        .map(|text| text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
        .map_err(|_| Error::new(Kind::BadInput, format!("{} is not text in UTF-8.", file.display())))
}

/// A template from its file.
fn shape(file: &Path, html: Option<&Path>) -> Result<TemplateShape, Error> {
    let shape = TemplateShape::read(&text(file)?)?;
    Ok(TemplateShape { html: html.map(text).transpose()?, ..shape })
}
