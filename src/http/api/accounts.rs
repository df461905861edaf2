//! The shop's mail accounts.

use std::convert::Infallible;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::app::{AccountInput, App, ChosenPace, Error, Kind, Trial, show};
use crate::domain::EmailAddress;
use crate::domain::access::Scope;
use crate::domain::provider;
use crate::http::answer::{Ask, At, In, Problem, Tongue};
use crate::http::endpoint::{Endpoint, delete, get, group, post, put};
use crate::http::web::Web;
use crate::wire::queries::NoQuery;
use crate::wire::views::{AccountDetailView, AccountView, ProviderView, TestStepView, TestView};
use crate::wire::{AccountRequest, PaceRequest, TrialRequest};

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "accounts",
        vec![
            get("/accounts", Scope::Read, "listAccounts", list)
                .about("The accounts and how they stand", "Without their passwords.")
                .asks::<NoQuery>()
                .gives::<Vec<AccountView>>(200, "The accounts."),
            get("/accounts/{name}", Scope::Read, "getAccount", one)
                .about("An account", "")
                .asks::<NoQuery>()
                .gives::<AccountDetailView>(200, "The account."),
            put("/accounts/{name}", Scope::Manage, "setAccount", set)
                .about("Set an account up, or change it", "A change lifts a hold and a back-off. The password goes into the keyring and is never shown.")
                .asks::<NoQuery>()
                .takes::<AccountRequest>(json!({
                    "host": "127.0.0.1", "port": 1025, "encryption": "none", "auth": "none",
                    "from": "Riverside Cycle Repairs <shop@example.com>" }))
                .gives::<AccountDetailView>(200, "The account.")
                .fails(&[Kind::NotSent]),
            put("/accounts/{name}/pace", Scope::Manage, "setAccountPace", set_pace)
                .about("Set how fast an account may send", "0 is no limit; what is left out is the provider's own.")
                .asks::<NoQuery>()
                .takes::<PaceRequest>(json!({ "per_minute": 20, "per_day": 400 }))
                .gives::<AccountDetailView>(200, "The account."),
            delete("/accounts/{name}", Scope::Manage, "removeAccount", remove)
                .about("Remove an account", "One through which nothing was ever queued.")
                .asks::<NoQuery>()
                .gives_nothing("It is gone.")
                .fails(&[Kind::Conflict, Kind::NotSent]),
            post("/accounts/{name}/test", Scope::Send, "testAccount", test)
                .about("Connect and sign in", "Step by step, each failure with its cause and its fix. Nothing is sent. A held account that works again is released.")
                .asks::<NoQuery>()
                .gives::<TestView>(200, "How it went."),
            post("/accounts/{name}/trial", Scope::Manage, "tryAccount", trial)
                .about(
                    "Try settings before they are saved",
                    "With a test mail where `to` is given. The answer is a line of JSON for each step when it is done \
                     (`step`), and one for the whole at the end (`test` or `problem`).",
                )
                .asks::<NoQuery>()
                .takes::<TrialRequest>(json!({
                    "account": { "host": "127.0.0.1", "port": 1025, "encryption": "none", "auth": "none",
                                 "from": "Riverside Cycle Repairs <shop@example.com>" },
                    "to": "owner@example.com", "subject": "Test from Tillpost" }))
                .gives_bytes("application/x-ndjson", "The steps as they are done, and the end."),
            get("/providers", Scope::Read, "listProviders", providers)
                .about("Mail providers Tillpost knows", "With the settings each recommends.")
                .asks::<NoQuery>()
                .gives::<Vec<ProviderView>>(200, "The providers."),
        ],
    )
}

async fn list(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<Vec<AccountView>>, Problem> {
    let views = web
        .run(move |app| Ok(app.accounts()?.iter().map(|row| show::account_in(row, &tongue)).collect()))
        .await?;
    Ok(Json(views))
}

fn detail(app: &App, name: &str) -> Result<AccountDetailView, Error> {
    let account = show::account(&app.account(name)?);
    Ok(AccountDetailView { account, pace: show::pace(&app.limits(name)?) })
}

async fn one(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<AccountDetailView>, Problem> {
    Ok(Json(web.run(move |app| detail(app, &name)).await?))
}

async fn set_pace(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
    In(request): In<PaceRequest>,
) -> Result<Json<AccountDetailView>, Problem> {
    let PaceRequest { per_minute, per_hour, per_day } = request;
    let view = web
        .run(move |app| {
            app.set_pace(&name, ChosenPace { per_minute, per_hour, per_day })?;
            detail(app, &name)
        })
        .await?;
    Ok(Json(view))
}

async fn set(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
    In(request): In<AccountRequest>,
) -> Result<Json<AccountDetailView>, Problem> {
    let view = web
        .run(move |app| {
            app.set_account(AccountInput::of(&name, request)?)?;
            detail(app, &name)
        })
        .await?;
    Ok(Json(view))
}

async fn remove(State(web): State<Web>, At(name): At<String>, _: Ask<NoQuery>) -> Result<Response, Problem> {
    web.run(move |app| app.remove_account(&name)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn test(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<TestView>, Problem> {
    let (row, language) = web.run(move |app| Ok((app.account(&name)?, app.setting("language")?))).await?;
    let trial =
        Trial { account: row.account, password: None, to: None, subject: None, language, wait: false };
    Ok(Json(web.app().test_account(trial, |_| ()).await?))
}

async fn providers(Tongue(tongue): Tongue, _: Ask<NoQuery>) -> Json<Vec<ProviderView>> {
    let known = provider::all().iter().filter(|p| !p.host.is_empty());
    Json(known.map(|p| show::provider(p, &tongue)).collect())
}

async fn trial(
    State(web): State<Web>,
    At(name): At<String>,
    Tongue(language): Tongue,
    _: Ask<NoQuery>,
    In(request): In<TrialRequest>,
) -> Result<Response, Problem> {
    let input = AccountInput::of(&name, request.account)?;
    let to = request.to.as_deref().filter(|to| !to.trim().is_empty());
    let to = to.map(EmailAddress::parse).transpose().map_err(|e| e.within("to"))?;
    input.account.check()?;
    let trial = Trial {
        account: input.account,
        password: input.secret.map(|s| s.password),
        to,
        subject: request.subject,
        language,
        wait: false,
    };
    let (tell, told) = mpsc::unbounded_channel::<Value>();
    // On a task of its own: a screen that goes away must not end a conversation with the mail server.
    tokio::spawn(async move {
        let step = |step: &TestStepView| drop(tell.send(json!({ "step": step })));
        let end = match web.app().test_account(trial, step).await {
            Ok(test) => json!({ "test": test }),
            Err(error) => json!({ "problem": show::problem(&error) }),
        };
        // Nobody listens any more.
        let _ = tell.send(end);
    });
    let lines = stream::unfold(told, |mut told| async move {
        let line = told.recv().await?;
        Some((Ok::<_, Infallible>(format!("{line}\n")), told))
    });
    let body = Body::from_stream(lines);
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}
