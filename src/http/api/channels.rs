//! Channels: the places documents come from.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::{App, Kind, show};
use crate::domain::access::Scope;
use crate::http::answer::{Ask, At, In, OnlyNew, Problem};
use crate::http::endpoint::{Endpoint, delete, get, group, put};
use crate::http::web::Web;
use crate::wire::ChannelRequest;
use crate::wire::queries::NoQuery;
use crate::wire::views::ChannelView;

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "channels",
        vec![
            get("/channels", Scope::Read, "listChannels", list)
                .about("The channels and their rules", "")
                .asks::<NoQuery>()
                .gives::<Vec<ChannelView>>(200, "The channels."),
            get("/channels/{name}", Scope::Read, "getChannel", one)
                .about("A channel", "")
                .asks::<NoQuery>()
                .gives::<ChannelView>(200, "The channel."),
            put("/channels/{name}", Scope::Manage, "setChannel", set)
                .about(
                    "Set a channel up, or anew",
                    "Documents name it as `channel`. What is left out is off or empty.",
                )
                .asks::<NoQuery>()
                .takes::<ChannelRequest>(
                    json!({ "mail": true, "folder": "web", "copies": ["archive@example.com"] }),
                )
                .gives::<ChannelView>(200, "The channel.")
                .only_new()
                .fails(&[Kind::Conflict]),
            delete("/channels/{name}", Scope::Manage, "removeChannel", remove)
                .about("Remove a channel", "Its documents keep its name.")
                .asks::<NoQuery>()
                .gives_nothing("It is gone.")
                .fails(&[Kind::Conflict]),
        ],
    )
}

async fn list(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<Vec<ChannelView>>, Problem> {
    Ok(Json(web.run(|app| Ok(app.channels()?.iter().map(show::channel).collect())).await?))
}

async fn one(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<ChannelView>, Problem> {
    Ok(Json(web.run(move |app| Ok(show::channel(&app.channel(&name)?))).await?))
}

async fn set(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
    OnlyNew(new): OnlyNew,
    In(request): In<ChannelRequest>,
) -> Result<Json<ChannelView>, Problem> {
    let set = if new { App::add_channel } else { App::set_channel };
    Ok(Json(web.run(move |app| Ok(show::channel(&set(app, &name, request)?))).await?))
}

async fn remove(State(web): State<Web>, At(name): At<String>, _: Ask<NoQuery>) -> Result<Response, Problem> {
    web.run(move |app| app.remove_channel(&name)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
