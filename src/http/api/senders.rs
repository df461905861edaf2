//! Who an account may send as, and how each signs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::show;
use crate::domain::access::Scope;
use crate::http::answer::{Ask, At, In, Problem};
use crate::http::endpoint::{Endpoint, delete, get, group, put};
use crate::http::web::Web;
use crate::wire::SenderRequest;
use crate::wire::queries::NoQuery;
use crate::wire::views::SenderView;

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "accounts",
        vec![
            get("/accounts/{name}/senders", Scope::Read, "listSenders", list)
                .about(
                    "Who an account may send as",
                    "Beside its own sender, which is among them where it has a signature. Others are refused where \
                     the setting `sender_policy` is `listed`.",
                )
                .asks::<NoQuery>()
                .gives::<Vec<SenderView>>(200, "The senders."),
            put("/accounts/{name}/senders", Scope::Manage, "setSender", set)
                .about("Let an account send as somebody", "Or change how they, or its own sender, sign.")
                .asks::<NoQuery>()
                .takes::<SenderRequest>(json!({
                    "from": "Ben <ben@example.com>", "signature": "Ben\nRiverside Cycle Repairs",
                    "reply_to": ["workshop@example.com", "ben@example.com"] }))
                .gives::<SenderView>(200, "The sender."),
            delete("/accounts/{name}/senders/{address}", Scope::Manage, "removeSender", remove)
                .about("Let an account send as somebody no longer", "")
                .asks::<NoQuery>()
                .gives_nothing("The account may not any more."),
        ],
    )
}

async fn list(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<Vec<SenderView>>, Problem> {
    let rows = web.run(move |app| app.senders(&name)).await?;
    Ok(Json(rows.iter().map(show::sender).collect()))
}

async fn set(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
    In(request): In<SenderRequest>,
) -> Result<Json<SenderView>, Problem> {
    let row = web.run(move |app| app.set_sender(&name, &request)).await?;
    Ok(Json(show::sender(&row)))
}

async fn remove(
    State(web): State<Web>,
    At((name, address)): At<(String, String)>,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    web.run(move |app| app.remove_sender(&name, &address)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
