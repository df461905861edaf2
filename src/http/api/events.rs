//! The status as a stream, for programs that would rather be told. The screens ask instead: a browser
//! gives a host six connections, and seven open tabs would take them all.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};

use super::status::current;
use crate::app::{Error, Kind};
use crate::domain::access::Scope;
use crate::http::answer::{Ask, Problem, Tongue};
use crate::http::endpoint::{Endpoint, get, group};
use crate::http::server::{Place, stopped};
use crate::http::web::{CachedStatus, Web};
use crate::wire::queries::NoQuery;

/// How often the revisions are looked at: another process on the same data has no other way to be heard.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often something is sent when nothing happens, so that both ends know the other is there.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "status",
        vec![
            get("/events", Scope::Read, "getEvents", events)
                .about(
                    "The status as a stream",
                    "Server-sent events: one `status` event at once and one whenever the status changes, each with \
                     the JSON of `GET /status` in the language of `Accept-Language`. At most 32 streams run at the same time.",
                )
                .asks::<NoQuery>()
                .gives_bytes("text/event-stream", "The stream."),
        ],
    )
}

/// What a stream remembers.
struct Following {
    web: Web,
    tongue: String,
    sent: Option<String>,
    _place: Place,
}

async fn events(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = web.streams().clone().try_acquire_owned().map_err(|_| {
        let sentence = "Too many programs follow the events at this moment. Ask for the status instead.";
        Problem(Error::new(Kind::TooOften, sentence).after(30))
    })?;
    let following = Following { web, tongue, sent: None, _place: place };
    let stream = stream::unfold(following, |mut following| async move {
        let status = next_change(&following).await?;
        following.sent = Some(status.tag.clone());
        let text = String::from_utf8_lossy(&status.body).into_owned();
        let event = Event::default().event("status").id(status.tag.trim_matches('"')).data(text);
        Some((Ok(event), following))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)))
}

/// The next status that differs from what was sent; `None` when the program stops.
async fn next_change(following: &Following) -> Option<CachedStatus> {
    let mut stop = following.web.stop();
    loop {
        match current(&following.web, &following.tongue).await {
            Ok(status) if following.sent.as_ref() != Some(&status.tag) => return Some(status),
            Ok(_) => {}
            Err(Problem(error)) => tracing::warn!(%error, "the status could not be told"),
        }
        tokio::select! {
            () = stopped(&mut stop) => return None,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
