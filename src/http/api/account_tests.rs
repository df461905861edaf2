//! Testing an account on values that need not be saved, told line by line; and the providers that are known.

use std::convert::Infallible;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::app::{AccountInput, Error, Kind, Trial, show};
use crate::domain::access::Scope;
use crate::domain::invalid::at_most;
use crate::domain::{EmailAddress, provider};
use crate::http::answer::{Ask, In, Problem, Tongue};
use crate::http::endpoint::{Endpoint, get, group, post};
use crate::http::server::stopped;
use crate::http::web::Web;
use crate::wire::TestRequest;
use crate::wire::queries::NoQuery;
use crate::wire::views::{ProviderView, TestLineView};

/// What the log is: a JSON object a line.
const LINES: &str = "application/x-ndjson";

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "accounts",
        vec![
            get("/account-presets", Scope::Read, "listPresets", presets)
                .about("The mail providers Tillpost knows", "Server, port and encryption of each, how to sign in, and what its users should know, in the language asked for.")
                .asks::<NoQuery>()
                .gives::<Vec<ProviderView>>(200, "The providers."),
            post("/account-tests", Scope::Manage, "testValues", test)
                .about(
                    "Test an account while somebody looks on",
                    "On values that need not be saved. A JSON object a line: `{\"step\": ...}` when a step is done, \
                     `{\"result\": ...}` at the end, in the shapes of `POST /accounts/{name}/test`. Hanging up ends the test. \
                     At most 32 streams run at the same time.",
                )
                .asks::<NoQuery>()
                .takes::<TestRequest>(json!({
                    "account": { "host": "127.0.0.1", "port": 1025, "encryption": "none", "auth": "none",
                                 "from": "Riverside Cycle Repairs <shop@example.com>" },
                    "to": "shop@example.com", "subject": "Does it work?" }))
                .gives_bytes(LINES, "The log."),
        ],
    )
}

async fn presets(Tongue(language): Tongue, _: Ask<NoQuery>) -> Json<Vec<ProviderView>> {
    let known = provider::all().iter().filter(|p| !p.host.is_empty());
    Json(known.map(|p| show::provider(p, &language)).collect())
}

/// A test under way; it ends with whoever reads its log.
struct Reading {
    lines: mpsc::UnboundedReceiver<TestLineView>,
    test: JoinHandle<()>,
    web: Web,
    _place: tokio::sync::OwnedSemaphorePermit,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.test.abort();
    }
}

async fn test(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    In(request): In<TestRequest>,
) -> Result<Response, Problem> {
    let to = request.to.as_deref().map(EmailAddress::parse).transpose();
    let to = to.map_err(|e| Problem(e.within("to").into()))?;
    at_most("subject", request.subject.as_deref().unwrap_or_default(), 500).map_err(|e| Problem(e.into()))?;
    let saved = web.run({
        let name = request.name.clone();
        move |app| Ok(app.accounts()?.into_iter().map(|row| row.account).find(|saved| saved.name == name))
    });
    let saved = saved.await?;
    let input = AccountInput::of(&request.name, request.account, saved.as_ref()).map_err(Problem)?;
    input.account.check().map_err(|e| Problem(e.within("account").into()))?;
    let language = match request.language {
        Some(language) => language,
        None => web.run(|app| app.setting("language")).await?,
    };
    let place = web.streams().clone().try_acquire_owned().map_err(|_| {
        Problem(Error::new(Kind::TooOften, "Too many streams run at this moment. Try again.").after(30))
    })?;
    let trial = Trial {
        account: input.account,
        password: input.secret.map(|secret| secret.password),
        to,
        subject: request.subject,
        language,
        wait: request.wait,
    };
    let told_in = trial.language.clone();
    let (tell, lines) = mpsc::unbounded_channel();
    let app = web.app().clone();
    let running = tokio::spawn(async move {
        // Nobody listens any more: the stream's end ends the test, too.
        let each = |step: &_| drop(tell.send(TestLineView::Step(Clone::clone(step))));
        match app.test_account(trial, each).await {
            Ok(view) => drop(tell.send(TestLineView::Result(view))),
            Err(error) => drop(tell.send(TestLineView::Problem(show::problem_in(&error, &told_in)))),
        }
    });
    let reading = Reading { lines, test: running, web, _place: place };
    let log = stream::unfold(reading, |mut reading| async move {
        let mut stop = reading.web.stop();
        let line = tokio::select! {
            line = reading.lines.recv() => line?,
            () = stopped(&mut stop) => return None,
        };
        let mut text = serde_json::to_vec(&line).ok()?;
        text.push(b'\n');
        Some((Ok::<_, Infallible>(Bytes::from(text)), reading))
    });
    Ok(([(CONTENT_TYPE, LINES)], Body::from_stream(log)).into_response())
}
