//! Papers that are being written on a screen.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Kind, show};
use crate::domain::access::Scope;
use crate::domain::say;
use crate::http::answer::{Ask, At, Large, Problem};
use crate::http::endpoint::{Endpoint, delete, get, group, put};
use crate::http::web::Web;
use crate::wire::FormRequest;
use crate::wire::queries::NoQuery;
use crate::wire::views::FormView;

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "forms",
        vec![
            get("/forms", Scope::Send, "listForms", list)
                .about(
                    "Papers that are being written, the last begun first",
                    "Without what is filled in; at most 50. A paper that nobody goes on with is kept for 7 days.",
                )
                .asks::<NoQuery>()
                .gives::<Vec<FormView>>(200, "The papers."),
            get("/forms/{id}", Scope::Send, "getForm", one)
                .about("A paper that is being written", "")
                .asks::<NoQuery>()
                .gives::<FormView>(200, "The paper, with what is filled in."),
            put("/forms/{id}", Scope::Send, "keepForm", keep)
                .about(
                    "Keep a paper that is being written",
                    "The whole of it, under a UUID of your own. It need not be complete; nothing is issued by it.",
                )
                .asks::<NoQuery>()
                .takes::<FormRequest>(example())
                .gives_nothing("It is kept."),
            delete("/forms/{id}", Scope::Send, "dropForm", discard)
                .about("Forget a paper that was being written", "Also when it was saved as a document.")
                .asks::<NoQuery>()
                .gives_nothing("It is gone."),
        ],
    )
}

fn example() -> Value {
    json!({ "kind": "invoice", "buyer": "Zofie Müller", "content": { "lines": [{ "description": "Full service" }] } })
}

fn id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text)
        .map_err(|_| Problem::new(Kind::NotFound, say!("\"{text}\" is not the id of a draft.", text)))
}

async fn list(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<Vec<FormView>>, Problem> {
    let rows = web.run(|app| app.forms()).await?;
    Ok(Json(rows.iter().map(show::form).collect()))
}

async fn one(
    State(web): State<Web>,
    At(text): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<FormView>, Problem> {
    let id = id(&text)?;
    Ok(Json(show::form(&web.run(move |app| app.form(id)).await?)))
}

async fn keep(
    State(web): State<Web>,
    At(text): At<String>,
    _: Ask<NoQuery>,
    Large(form): Large<FormRequest>,
) -> Result<StatusCode, Problem> {
    let id = id(&text)?;
    web.run(move |app| app.keep_form(id, &form)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn discard(
    State(web): State<Web>,
    At(text): At<String>,
    _: Ask<NoQuery>,
) -> Result<StatusCode, Problem> {
    let id = id(&text)?;
    web.run(move |app| app.drop_form(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
