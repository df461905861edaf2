//! How things stand: small and cheap, because screens ask every second.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use crate::app::{Error, Kind, show};
use crate::domain::access::Scope;
use crate::http::answer::{Ask, Problem, Tongue, tag};
use crate::http::endpoint::{Endpoint, get, group};
use crate::http::openapi;
use crate::http::web::{CachedStatus, Web};
use crate::wire::queries::NoQuery;
use crate::wire::views::StatusView;

/// How long a status holds when no collection changed: some of what it says goes by the clock.
const HOLDS: Duration = Duration::from_secs(5);

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "status",
        vec![
            get("/status", Scope::Read, "getStatus", status)
                .about(
                    "How things stand",
                    "Under 1 KB. Ask with If-None-Match: every second while something is being sent, else every \
                     3 to 15 seconds, and fetch a list again when its revision moved.",
                )
                .asks::<NoQuery>()
                .gives::<StatusView>(200, "How things stand."),
            get("/openapi.json", None, "getOpenApi", description)
                .about("This description", "")
                .asks::<NoQuery>()
                .gives_bytes("application/json", "The description."),
        ],
    )
}

async fn status(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    let status = current(&web, &tongue).await?;
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::ETAG, status.tag.as_str())], status.body)
        .into_response())
}

/// The status as JSON; made anew only when a collection changed, or after a while.
pub(super) async fn current(web: &Web, tongue: &str) -> Result<CachedStatus, Problem> {
    let (revisions, connecting) = (web.app().revisions()?, web.app().connecting());
    if let Some(cached) = web.cached_status(tongue)
        && cached.revisions == revisions
        && cached.connecting == connecting
        && cached.made.elapsed() < HOLDS
    {
        return Ok(cached);
    }
    let language = tongue.to_owned();
    let status = web
        .run(move |app| {
            let view = show::status_in(&app.status()?, &language);
            let body = serde_json::to_vec(&view).map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
            Ok(CachedStatus {
                tag: tag(&body),
                body: Bytes::from(body),
                made: Instant::now(),
                revisions,
                connecting,
            })
        })
        .await?;
    web.cache_status(tongue, status.clone());
    Ok(status)
}

async fn description(_: Ask<NoQuery>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi::json()).into_response()
}
