//! Who wants to be told what happens.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use crate::app::{Kind, show};
use crate::domain::access::Scope;
use crate::domain::say;
use crate::http::answer::{Ask, At, In, Problem};
use crate::http::endpoint::{Endpoint, delete, get, group, post};
use crate::http::web::Web;
use crate::wire::WebhookRequest;
use crate::wire::queries::NoQuery;
use crate::wire::views::{NewWebhookView, WebhookView};

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "webhooks",
        vec![
            get("/webhooks", Scope::Manage, "listWebhooks", list)
                .about("The webhooks", "Without their secrets; with what they have not been told yet.")
                .asks::<NoQuery>()
                .gives::<Vec<WebhookView>>(200, "The webhooks."),
            post("/webhooks", Scope::Manage, "addWebhook", add)
                .about(
                    "Set up a webhook",
                    "Each event is a POST with `webhook-id`, `webhook-timestamp` and `webhook-signature` (Standard \
                     Webhooks: HMAC-SHA256 over `id.timestamp.body`). Answer 2xx to take it; else it comes again, \
                     with the same id, for about two days. It may come twice: remember the ids.",
                )
                .asks::<NoQuery>()
                .takes::<WebhookRequest>(json!({ "url": "https://pos.example/tillpost", "events": ["mail.refused"] }))
                .gives::<NewWebhookView>(201, "The webhook and its secret.")
                .fails(&[Kind::NotSent]),
            delete("/webhooks/{id}", Scope::Manage, "removeWebhook", remove)
                .about("Remove a webhook", "What it was not told yet is dropped.")
                .asks::<NoQuery>()
                .gives_nothing("It is gone.")
                .fails(&[Kind::NotSent]),
            post("/webhooks/{id}/test", Scope::Manage, "testWebhook", test)
                .about("Tell a webhook something", "An event of the type `test` is queued for it.")
                .asks::<NoQuery>()
                .gives_nothing("The event is queued."),
        ],
    )
}

fn id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text)
        .map_err(|_| Problem::new(Kind::NotFound, say!("\"{text}\" is not the id of a webhook.", text)))
}

async fn list(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<Vec<WebhookView>>, Problem> {
    Ok(Json(web.run(|app| Ok(app.webhooks()?.iter().map(show::webhook).collect())).await?))
}

async fn add(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    In(request): In<WebhookRequest>,
) -> Result<Response, Problem> {
    let (row, secret) = web.run(move |app| app.add_webhook(&request)).await?;
    let view = NewWebhookView { secret: secret.expose().to_owned(), kept: show::webhook(&row) };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

async fn remove(
    State(web): State<Web>,
    At(text): At<String>,
    _: Ask<NoQuery>,
) -> Result<StatusCode, Problem> {
    let id = id(&text)?;
    web.run(move |app| app.remove_webhook(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn test(State(web): State<Web>, At(text): At<String>, _: Ask<NoQuery>) -> Result<StatusCode, Problem> {
    let id = id(&text)?;
    web.run(move |app| app.test_webhook(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
