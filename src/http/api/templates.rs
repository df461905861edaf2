//! Mail templates.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::Kind;
use crate::domain::access::Scope;
use crate::domain::document::Kind as DocumentKind;
use crate::domain::template::{Use, Which};
use crate::http::answer::{Ask, At, In, Problem, Tongue};
use crate::http::endpoint::{Endpoint, delete, get, group, post, put};
use crate::http::web::Web;
use crate::wire::queries::{NoQuery, TemplateCheckQuery, VersionQuery};
use crate::wire::views::{PlaceholderView, TemplateCheckView, TemplateView};
use crate::wire::{NewTemplateRequest, RenameTemplateRequest, TemplateShape};

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "templates",
        vec![
            get("/templates", Scope::Read, "listTemplates", list)
                .about(
                    "The templates",
                    "One for each kind of document and language, and those that the shop gave names. \
                     `default_for` says which are used by themselves.",
                )
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
            post("/templates", Scope::Manage, "addTemplate", add)
                .about(
                    "Make a template with a name",
                    "Or give one that is there words in another language. At most 200, counted in each language.",
                )
                .asks::<NoQuery>()
                .takes::<NewTemplateRequest>(json!({
                    "name": "Invoice – friendly", "language": "en", "copy_of": "invoice",
                    "use_for": ["invoice", "credit_note"], "default_for": ["invoice"],
                }))
                .gives::<TemplateView>(201, "The template.")
                .fails(&[Kind::Conflict]),
            post("/templates/{template}/rename", Scope::Manage, "renameTemplate", rename)
                .about(
                    "Give a template another name",
                    "In all its languages. Channels that use it go on using it.",
                )
                .asks::<NoQuery>()
                .takes::<RenameTemplateRequest>(json!({ "name": "Invoice – friendlier" }))
                .gives::<Vec<TemplateView>>(200, "The template in each of its languages.")
                .fails(&[Kind::Conflict]),
            get("/templates/{template}/{language}", Scope::Read, "getTemplate", one)
                .about(
                    "A template",
                    "By a kind of document or a name: the one in use, or one of the shop's own versions.",
                )
                .asks::<VersionQuery>()
                .gives::<TemplateView>(200, "The template."),
            put("/templates/{template}/{language}", Scope::Manage, "setTemplate", set)
                .about(
                    "Write the shop's own template",
                    "As a new version, where the words differ. It is refused where `POST /templates/check` refuses it; mails queued before keep \
                     their words.",
                )
                .asks::<NoQuery>()
                .takes::<TemplateShape>(example())
                .gives::<TemplateView>(200, "The template."),
            delete("/templates/{template}/{language}", Scope::Manage, "resetTemplate", reset)
                .about(
                    "Go back to the template Tillpost comes with, or delete one with a name",
                    "Of a kind of document, the shop's own versions stay on record. With a name, its words in this \
                     language go with all their versions; mails queued before keep theirs. The last of them is \
                     refused while a channel uses the template.",
                )
                .asks::<NoQuery>()
                .gives::<TemplateView>(200, "The template that the kind has now.")
                .gives_nothing("The template with this name is gone.")
                .fails(&[Kind::Conflict]),
        ],
    )
}

fn example() -> Value {
    json!({
        "subject": "{{ kind }} {{ number }} from {{ seller }}",
        "text": "Hello{% if buyer %} {{ buyer }}{% endif %},\n\nyour invoice {{ number }} is attached.\n\n{{ seller }}\n",
    })
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
    let of = asked.kind.map_or(Use::Document(DocumentKind::Invoice), |word| word.0);
    let language = asked.language.unwrap_or_else(|| "en".to_owned());
    Ok(Json(web.run(move |app| app.check_template(of, &language, &shape)).await?))
}

async fn add(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    In(request): In<NewTemplateRequest>,
) -> Result<Response, Problem> {
    let view = web.run(move |app| app.new_template(&request)).await?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

async fn rename(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
    In(request): In<RenameTemplateRequest>,
) -> Result<Json<Vec<TemplateView>>, Problem> {
    Ok(Json(web.run(move |app| app.rename_template(&name, &request.name)).await?))
}

async fn one(
    State(web): State<Web>,
    At((name, language)): At<(String, String)>,
    Ask(asked): Ask<VersionQuery>,
) -> Result<Json<TemplateView>, Problem> {
    let version = asked.version.map(i64::from);
    Ok(Json(web.run(move |app| app.template(name.as_str(), &language, version)).await?))
}

async fn set(
    State(web): State<Web>,
    At((name, language)): At<(String, String)>,
    _: Ask<NoQuery>,
    In(shape): In<TemplateShape>,
) -> Result<Json<TemplateView>, Problem> {
    Ok(Json(web.run(move |app| app.set_template(name.as_str(), &language, &shape)).await?))
}

async fn reset(
    State(web): State<Web>,
    At((name, language)): At<(String, String)>,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    match Which::from(name.as_str()) {
        Which::Kind(kind) => {
            Ok(Json(web.run(move |app| app.reset_template(kind, &language)).await?).into_response())
        }
        Which::Named(name) => {
            web.run(move |app| app.delete_template(&name, &language)).await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
    }
}
