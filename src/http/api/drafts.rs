//! Mails that are being written.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::mails::answer;
use crate::app::{Kind, show};
use crate::domain::access::Scope;
use crate::domain::say;
use crate::http::answer::{Ask, At, Expected, Large, Problem, Tongue, versioned};
use crate::http::endpoint::{Endpoint, delete, get, group, post, put};
use crate::http::gate::Caller;
use crate::http::web::Web;
use crate::wire::MailRequest;
use crate::wire::queries::{ConfirmedQuery, NoQuery, PageQuery, page_size};
use crate::wire::views::{DraftView, HandedOverView, MailView, PageView};

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "drafts",
        vec![
            get("/drafts", Scope::Read, "listDrafts", list)
                .about("Drafts, newest first", "Without their files.")
                .asks::<PageQuery>()
                .gives::<PageView<DraftView>>(200, "A page of drafts."),
            post("/drafts", Scope::Send, "beginDraft", begin)
                .about(
                    "Keep a mail that is being written",
                    "It need not be complete; at most 30 MiB with its files.",
                )
                .asks::<NoQuery>()
                .takes::<MailRequest>(example())
                .gives::<DraftView>(201, "The draft is kept."),
            get("/drafts/{id}", Scope::Read, "getDraft", one)
                .about("A draft", "")
                .asks::<NoQuery>()
                .gives::<DraftView>(200, "The draft."),
            put("/drafts/{id}", Scope::Send, "changeDraft", change)
                .about("Change a draft", "The whole of it.")
                .asks::<NoQuery>()
                .takes::<MailRequest>(example())
                .if_match()
                .gives::<DraftView>(200, "The draft as it is now.")
                .fails(&[Kind::Conflict]),
            delete("/drafts/{id}", Scope::Send, "dropDraft", discard)
                .about("Throw a draft away", "")
                .asks::<NoQuery>()
                .if_match()
                .gives_nothing("It is gone.")
                .fails(&[Kind::Conflict]),
            post("/drafts/{id}/send", Scope::Send, "sendDraft", send)
                .about(
                    "Send a draft",
                    "Asked again, it answers with the same mail. Where the setting send_with is program, the mail program \
                     of the computer Tillpost runs on opens it instead; it stays a draft here then.",
                )
                .asks::<ConfirmedQuery>()
                .if_match()
                .gives::<MailView>(201, "The mail is queued.")
                .gives::<HandedOverView>(200, "The computer's mail program has it.")
                .fails(&[Kind::Unconfirmed, Kind::Conflict, Kind::NotSent]),
        ],
    )
}

fn example() -> Value {
    json!({ "mail": { "to": ["anna@example.com"], "subject": "Your bicycle" }, "document": "INV-2026-0012" })
}

fn id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text)
        .map_err(|_| Problem::new(Kind::NotFound, say!("\"{text}\" is not the id of a draft.", text)))
}

async fn list(
    State(web): State<Web>,
    Ask(asked): Ask<PageQuery>,
) -> Result<Json<PageView<DraftView>>, Problem> {
    let most = page_size(asked.limit);
    let view = web
        .run(move |app| Ok(show::page(app.drafts(asked.after.as_deref(), most)?, |d| show::draft(&d))))
        .await?;
    Ok(Json(view))
}

async fn begin(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    Large(content): Large<MailRequest>,
) -> Result<Response, Problem> {
    let draft = web.run(move |app| app.begin_draft(&content)).await?;
    Ok(versioned(StatusCode::CREATED, draft.row.version, show::draft(&draft)))
}

async fn one(State(web): State<Web>, At(text): At<String>, _: Ask<NoQuery>) -> Result<Response, Problem> {
    let id = id(&text)?;
    let draft = web.run(move |app| app.draft(id)).await?;
    Ok(versioned(StatusCode::OK, draft.row.version, show::draft(&draft)))
}

async fn change(
    State(web): State<Web>,
    At(text): At<String>,
    caller: Caller,
    _: Ask<NoQuery>,
    Expected(expected): Expected,
    Large(content): Large<MailRequest>,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    let by = caller.who();
    let draft = web.run(move |app| app.change_draft(id, &content, expected, Some(by))).await?;
    Ok(versioned(StatusCode::OK, draft.row.version, show::draft(&draft)))
}

async fn discard(
    State(web): State<Web>,
    At(text): At<String>,
    _: Ask<NoQuery>,
    Expected(expected): Expected,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    web.run(move |app| app.drop_draft(id, expected)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn send(
    State(web): State<Web>,
    At(text): At<String>,
    Tongue(tongue): Tongue,
    caller: Caller,
    Ask(asked): Ask<ConfirmedQuery>,
    Expected(expected): Expected,
) -> Result<Response, Problem> {
    caller.said_yes(&web, &asked).await?;
    let id = id(&text)?;
    let program = caller.program().map(str::to_owned);
    web.run(move |app| answer(app, app.send_draft(id, expected, program.as_deref())?, &tongue)).await
}
