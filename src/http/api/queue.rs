//! The queue as a whole.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::{Error, FlushReport, Kind, show};
use crate::domain::access::Scope;
use crate::http::answer::{Ask, Problem};
use crate::http::endpoint::{Endpoint, get, group, post};
use crate::http::gate::Caller;
use crate::http::web::Web;
use crate::wire::queries::NoQuery;
use crate::wire::views::{EstimateView, FlushingView, RetriedView};

/// How long an answer waits for delivery to end; a screen wants one sooner than a mail server may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "queue",
        vec![
            post("/queue/flush", Scope::Send, "flushQueue", flush)
                .about(
                    "Deliver what is due now",
                    "At once, past undo times and back-offs, not past holds. The answer waits up to 20 seconds for \
                     the end; delivery goes on after it.",
                )
                .asks::<NoQuery>()
                .gives::<FlushingView>(200, "Delivery has ended.")
                .gives::<FlushingView>(202, "Delivery goes on.")
                .fails(&[Kind::Conflict]),
            post("/queue/retry", Scope::Send, "retryQueue", retry)
                .about("Make every waiting mail due now", "But for those whose time somebody chose.")
                .asks::<NoQuery>()
                .gives::<RetriedView>(200, "How many were made due."),
            post("/queue/pause", Scope::Send, "pauseQueue", pause)
                .about(
                    "Pause sending",
                    "Nothing leaves until it is resumed, also after a restart. The status says who paused it and when.",
                )
                .asks::<NoQuery>()
                .gives_nothing("Sending is paused."),
            post("/queue/resume", Scope::Send, "resumeQueue", resume)
                .about("Let sending go on", "")
                .asks::<NoQuery>()
                .gives_nothing("Sending goes on."),
            get("/queue/estimate", Scope::Read, "estimateQueue", estimate)
                .about("When the waiting mails will about be sent", "For each account with any, if the network stays.")
                .asks::<NoQuery>()
                .gives::<Vec<EstimateView>>(200, "The estimates."),
        ],
    )
}

async fn flush(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Response, Problem> {
    let Some(deliverer) = web.deliverer().cloned() else {
        return Err(Problem::new(
            Kind::Conflict,
            "This process does not deliver (--no-deliver). Ask the one that does, or use `tillpost flush`.",
        ));
    };
    // On a task of its own: a caller that goes away must not end a conversation with the mail server.
    let delivery = tokio::spawn(async move { deliverer.flush().await });
    let Ok(ended) = tokio::time::timeout(PATIENCE, delivery).await else {
        return Ok((StatusCode::ACCEPTED, Json(FlushingView { running: true, report: None })).into_response());
    };
    let report: FlushReport =
        ended.map_err(|e| Error::new(Kind::Defect, format!("Delivery ended early: {e}.")))??;
    let waiting = web.run(|app| Ok(app.status()?.counts.waiting)).await?;
    Ok(Json(FlushingView { running: false, report: Some(show::flush(&report, waiting)) }).into_response())
}

async fn retry(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<RetriedView>, Problem> {
    let retried = web.run(|app| app.retry_all()).await?;
    Ok(Json(RetriedView { retried }))
}

async fn pause(State(web): State<Web>, _: Ask<NoQuery>, caller: Caller) -> Result<StatusCode, Problem> {
    let by = caller.who();
    web.run(|app| app.pause(Some(by))).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn resume(State(web): State<Web>, _: Ask<NoQuery>) -> Result<StatusCode, Problem> {
    web.run(|app| app.resume()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn estimate(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<Vec<EstimateView>>, Problem> {
    Ok(Json(web.run(|app| Ok(app.estimates()?.iter().map(show::estimate).collect())).await?))
}
