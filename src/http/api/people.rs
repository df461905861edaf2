//! Who mails go to: recipients before sending, own copies, and who gets none.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::{Kind, show};
use crate::domain::access::Scope;
use crate::http::answer::{Ask, At, In, Problem, Tongue};
use crate::http::endpoint::{Endpoint, delete, get, group, post};
use crate::http::gate::Caller;
use crate::http::web::Web;
use crate::wire::queries::NoQuery;
use crate::wire::views::{CheckedView, CopyRuleView, DisabledView};
use crate::wire::{CheckRequest, CopyRequest, DisableRequest};

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "recipients",
        vec![
            post("/recipients/check", Scope::Read, "checkRecipients", check)
                .about(
                    "Look at recipients before sending",
                    "A list as it was typed or pasted, split into its people: known, disabled, refused before, or a slip.",
                )
                .asks::<NoQuery>()
                .takes::<CheckRequest>(json!({ "text": "Anna <anna@example.com>; bert@gmial.com" }))
                .gives::<Vec<CheckedView>>(200, "The people, each once."),
            get("/disabled", Scope::Read, "listDisabled", disabled)
                .about("Addresses and domains that no mail goes to", "")
                .asks::<NoQuery>()
                .gives::<Vec<DisabledView>>(200, "The addresses and domains."),
            post("/disabled", Scope::Manage, "disableAddress", disable)
                .about("Let no mail go to an address or a domain", "Not even those that wait already.")
                .asks::<NoQuery>()
                .takes::<DisableRequest>(json!({ "pattern": "@internal.example", "reason": "read on paper" }))
                .gives::<DisabledView>(200, "It is disabled."),
            delete("/disabled/{address}", Scope::Manage, "enableAddress", enable)
                .about("Allow a disabled address or domain again", "")
                .asks::<NoQuery>()
                .gives_nothing("It is allowed."),
            get("/copies", Scope::Read, "listCopies", copies)
                .about("Who gets own copies of which mails", "Beside the settings `auto_bcc` and `archive_address`.")
                .asks::<NoQuery>()
                .gives::<Vec<CopyRuleView>>(200, "The rules."),
            post("/copies", Scope::Manage, "addCopy", add_copy)
                .about(
                    "Send an address a blind copy",
                    "Of mails to one customer, with one kind of document, or both together.",
                )
                .asks::<NoQuery>()
                .takes::<CopyRequest>(json!({ "address": "books@example.com", "kind": "invoice" }))
                .gives::<CopyRuleView>(200, "The rule."),
            delete("/copies/{rule}", Scope::Manage, "removeCopy", remove_copy)
                .about("Send that copy no longer", "")
                .asks::<NoQuery>()
                .gives_nothing("The rule is gone."),
        ],
    )
}

async fn check(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
    In(request): In<CheckRequest>,
) -> Result<Json<Vec<CheckedView>>, Problem> {
    Ok(Json(web.run_in(&tongue, move |app| app.check_recipients(&request.text)).await?))
}

async fn disabled(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<Vec<DisabledView>>, Problem> {
    let rows = web.run(|app| app.disabled()).await?;
    Ok(Json(rows.iter().map(show::disabled).collect()))
}

async fn disable(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    caller: Caller,
    In(request): In<DisableRequest>,
) -> Result<Json<DisabledView>, Problem> {
    let view = web
        .run(move |app| {
            app.disable_by(&request.pattern, &request.reason, Some(caller.who()))?;
            let row = app.disabled_as(&request.pattern)?;
            Ok(show::disabled(&row))
        })
        .await?;
    Ok(Json(view))
}

async fn enable(
    State(web): State<Web>,
    At(pattern): At<String>,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    match web.run(move |app| app.enable(&pattern)).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        // What is no address is not disabled.
        Err(Problem(error)) if error.kind() == Kind::BadInput => {
            Err(Problem::new(Kind::NotFound, error.to_string()))
        }
        Err(problem) => Err(problem),
    }
}

async fn copies(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<Vec<CopyRuleView>>, Problem> {
    let rules = web.run(|app| app.copy_rules()).await?;
    Ok(Json(rules.iter().map(show::copy_rule).collect()))
}

async fn add_copy(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    In(request): In<CopyRequest>,
) -> Result<Json<CopyRuleView>, Problem> {
    let rule =
        web.run(move |app| app.add_copy_rule(&request.address, &request.customer, &request.kind)).await?;
    Ok(Json(show::copy_rule(&rule)))
}

async fn remove_copy(
    State(web): State<Web>,
    At(rule): At<i64>,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    web.run(move |app| app.remove_copy_rule(rule)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
