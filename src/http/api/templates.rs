//! Mail templates.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::app::{Error, Kind};
use crate::domain::access::Scope;
use crate::domain::document::Kind as DocumentKind;
use crate::domain::say;
use crate::http::answer::{Ask, At, In, Problem, Tongue};
use crate::http::endpoint::{Endpoint, delete, get, group, post, put};
use crate::http::web::Web;
use crate::wire::TemplateShape;
use crate::wire::queries::{NoQuery, TemplateCheckQuery, VersionQuery};
use crate::wire::views::{PlaceholderView, TemplateCheckView, TemplateView};

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "templates",
        vec![
            get("/templates", Scope::Read, "listTemplates", list)
                .about("The templates in use", "One for each kind of document and language.")
                .asks::<NoQuery>()
                .gives::<Vec<TemplateView>>(200, "The templates."),
            get("/templates/placeholders", Scope::Read, "listPlaceholders", names)
                .about("What templates may name", "")
                .asks::<NoQuery>()
                .gives::<Vec<PlaceholderView>>(200, "The placeholders."),
            post("/templates/check", Scope::Read, "checkTemplate", check)
                .about(
                    "Try a template",
                    "Filled with sample values, as for the kind of document and in the language asked for. A name there is none of, a loop, or what is too large is refused with \
                     its line. Nothing is stored.",
                )
                .asks::<TemplateCheckQuery>()
                .takes::<TemplateShape>(example())
                .gives::<TemplateCheckView>(200, "The mail it would make."),
            get("/templates/{kind}/{language}", Scope::Read, "getTemplate", one)
                .about("A template", "The one in use, or one of the shop's own versions.")
                .asks::<VersionQuery>()
                .gives::<TemplateView>(200, "The template."),
            put("/templates/{kind}/{language}", Scope::Manage, "setTemplate", set)
                .about(
                    "Write the shop's own template",
                    "As a new version. It is refused where `POST /templates/check` refuses it; mails queued before keep \
                     their words.",
                )
                .asks::<NoQuery>()
                .takes::<TemplateShape>(example())
                .gives::<TemplateView>(200, "The template."),
            delete("/templates/{kind}/{language}", Scope::Manage, "resetTemplate", reset)
                .about("Go back to the template Tillpost comes with", "The shop's own versions stay on record.")
                .asks::<NoQuery>()
                .gives::<TemplateView>(200, "The template in use now."),
        ],
    )
}

fn example() -> Value {
    json!({
        "subject": "{{ kind }} {{ number }} from {{ seller }}",
        "text": "Hello{% if buyer %} {{ buyer }}{% endif %},\n\nyour invoice {{ number }} is attached.\n\n{{ seller }}\n",
    })
}

/// The kind in an address.
fn kind(word: &str) -> Result<DocumentKind, Error> {
    DocumentKind::from_word(word)
        .ok_or_else(|| Error::new(Kind::NotFound, say!("\"{word}\" is not a kind of document.", word)))
}

async fn list(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<Vec<TemplateView>>, Problem> {
    Ok(Json(web.run(|app| app.templates()).await?))
}

async fn names(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Json<Vec<PlaceholderView>> {
    Json(web.app().speaking(&tongue).placeholders())
}

async fn check(
    State(web): State<Web>,
    Ask(asked): Ask<TemplateCheckQuery>,
    In(shape): In<TemplateShape>,
) -> Result<Json<TemplateCheckView>, Problem> {
    let kind = asked.kind.map_or(DocumentKind::Invoice, |k| k.kind());
    let language = asked.language.unwrap_or_else(|| "en".to_owned());
    Ok(Json(web.run(move |app| app.check_template(kind, &language, &shape)).await?))
}

async fn one(
    State(web): State<Web>,
    At((word, language)): At<(String, String)>,
    Ask(asked): Ask<VersionQuery>,
) -> Result<Json<TemplateView>, Problem> {
    let view =
        web.run(move |app| app.template(kind(&word)?, &language, asked.version.map(i64::from))).await?;
    Ok(Json(view))
}

async fn set(
    State(web): State<Web>,
    At((word, language)): At<(String, String)>,
    _: Ask<NoQuery>,
    In(shape): In<TemplateShape>,
) -> Result<Json<TemplateView>, Problem> {
    Ok(Json(web.run(move |app| app.set_template(kind(&word)?, &language, &shape)).await?))
}

async fn reset(
    State(web): State<Web>,
    At((word, language)): At<(String, String)>,
    _: Ask<NoQuery>,
) -> Result<Json<TemplateView>, Problem> {
    Ok(Json(web.run(move |app| app.reset_template(kind(&word)?, &language)).await?))
}
