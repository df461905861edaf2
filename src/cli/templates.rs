//! `templates`.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::out::table;
use super::{Context, document_kind, read_file};
use crate::app::{App, Error, Kind};
use crate::domain::document::Kind as DocumentKind;
use crate::wire::TemplateShape;
use crate::wire::views::TemplateView;

/// The largest file of a template.
const LARGEST: u64 = 64 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum Templates {
    /// List the templates in use.
    List {
        /// Only in this language.
        #[arg(long)]
        language: Option<String>,
    },
    /// Print a template in the form that `set` reads.
    Show {
        /// The kind of document, like invoice.
        #[arg(value_parser = document_kind)]
        kind: DocumentKind,
        /// The language, like de.
        language: String,
        /// One of the shop's own versions; default: the one in use.
        #[arg(long)]
        version: Option<i64>,
    },
    /// Write the shop's own template, as a new version.
    Set {
        /// The kind of document, like invoice.
        #[arg(value_parser = document_kind)]
        kind: DocumentKind,
        /// The language, like de.
        language: String,
        /// The file: the subject in the first line, an empty line, the text; `-` reads standard input.
        file: PathBuf,
        /// A file with the same as HTML.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
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
    },
    /// List what templates may name.
    Placeholders,
}

impl Templates {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::List { language } => list(context, &app, language.as_deref())?,
            Self::Show { kind, language, version } => {
                let view = app.template(kind, &language, version)?;
                context.out.show(&view, || format!("{}\n\n{}", view.subject, view.text.trim_end()));
            }
            Self::Set { kind, language, file, html } => {
                let view = app.set_template(kind, &language, &shape(&file, html.as_deref())?)?;
                let check = app.check_template(kind, &language, &again(&view))?;
                context.out.show(&view, || {
                    let mut lines = vec![format!("{} is in use", view.name)];
                    lines.extend(check.warnings.iter().map(|warning| format!("mind: {warning}")));
                    lines.join("\n")
                });
            }
            Self::Reset { kind, language } => {
                let view = app.reset_template(kind, &language)?;
                context.out.show(&view, || format!("{} is in use", view.name));
            }
            Self::Check { file, html } => {
                let shape = shape(&file, html.as_deref())?;
                let view = app.check_template(DocumentKind::Invoice, "en", &shape)?;
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

fn list(context: &Context, app: &App, language: Option<&str>) -> Result<(), Error> {
    let mut all = app.templates()?;
    all.retain(|view| language.is_none_or(|language| view.language.eq_ignore_ascii_case(language)));
    context.out.show(&all, || {
        let rows = all.iter().map(|view| {
            let from = if view.own { "the shop" } else { "Tillpost" };
            vec![view.kind.to_owned(), view.language.clone(), from.to_owned(), view.subject.clone()]
        });
        table(&["KIND", "LANGUAGE", "FROM", "SUBJECT"], &rows.collect::<Vec<_>>())
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

fn again(view: &TemplateView) -> TemplateShape {
    TemplateShape { subject: view.subject.clone(), text: view.text.clone(), html: view.html.clone() }
}
