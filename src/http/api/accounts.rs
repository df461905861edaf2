//! The shop's mail accounts.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::{App, ChosenPace, Error, Kind, Progress, SecretPlace, Trial, show};
use crate::domain::access::Scope;
use crate::http::answer::{Ask, At, In, OnlyNew, Problem, Tongue};
use crate::http::endpoint::{Endpoint, delete, get, group, post, put};
use crate::http::web::Web;
use crate::wire::queries::NoQuery;
use crate::wire::views::{AccountDetailView, AccountView, ConnectView, DisconnectView, TestView};
use crate::wire::{AccountRequest, CarriesShape, ConnectRequest, PaceRequest};

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
                .about("Set an account up, or change it", "A change lifts a hold and a back-off. What can be left out stays as it was then; null empties it. The password goes into the keyring and is never shown.")
                .asks::<NoQuery>()
                .takes::<AccountRequest>(json!({
                    "host": "127.0.0.1", "port": 1025, "encryption": "none", "auth": "none",
                    "from": "Riverside Cycle Repairs <shop@example.com>" }))
                .gives::<AccountDetailView>(200, "The account.")
                .only_new()
                .fails(&[Kind::NotSent]),
            put("/accounts/{name}/pace", Scope::Manage, "setAccountPace", set_pace)
                .about("Set how fast an account may send", "0 is no limit; what is left out is the provider's own.")
                .asks::<NoQuery>()
                .takes::<PaceRequest>(json!({ "per_minute": 20, "per_day": 400 }))
                .gives::<AccountDetailView>(200, "The account."),
            put("/accounts/{name}/carries", Scope::Manage, "setAccountCarries", set_carries)
                .about("Say which mails an account carries", "Where they name no account: those of a user or till, of a sales channel, of a kind of document, or all others. The nearest counts, in this order; another account that carried them does so no more.")
                .asks::<NoQuery>()
                .takes::<CarriesShape>(json!({ "default": true, "kinds": ["invoice"] }))
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
            switch("/accounts/{name}/enable", "enableAccount", true)
                .about("Use an account again", "Its mails leave."),
            switch("/accounts/{name}/disable", "disableAccount", false)
                .about("Switch an account off", "Its mails wait."),
            post("/accounts/{name}/connect", Scope::Manage, "connectAccount", connect)
                .about("Connect an account with its provider", "Gives the address to open in a browser on this computer or, with `device`, a code to enter on any other. Ask again with GET until its state changes.")
                .asks::<NoQuery>()
                .takes::<ConnectRequest>(json!({ "device": true }))
                .gives::<ConnectView>(200, "What the person is to do.")
                .fails(&[Kind::Conflict, Kind::NotSent]),
            get("/accounts/{name}/connect", Scope::Manage, "getConnect", connect_progress)
                .about("How far connecting has come", "Of the last try in this process.")
                .asks::<NoQuery>()
                .gives::<ConnectView>(200, "How far."),
            delete("/accounts/{name}/connect", Scope::Manage, "stopConnect", stop_connect)
                .about("Give up connecting", "Whoever comes back from the provider's page later connects nothing. An account that is connected stays so.")
                .asks::<NoQuery>()
                .gives_nothing("Nobody is waited for any more."),
            post("/accounts/{name}/disconnect", Scope::Manage, "disconnectAccount", disconnect)
                .about("End an account's connection", "At the provider too, where it can be told.")
                .asks::<NoQuery>()
                .gives::<DisconnectView>(200, "What became of it.")
                .fails(&[Kind::Conflict, Kind::NotSent]),
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

/// An account after something was done with it, or with nothing done but looking it up.
async fn shown(
    web: &Web,
    name: String,
    tongue: String,
    what: impl FnOnce(&App, &str) -> Result<(), Error> + Send + 'static,
) -> Result<Json<AccountDetailView>, Problem> {
    let view = web
        .run(move |app| {
            what(app, &name)?;
            let account = show::account_in(&app.account(&name)?, &tongue);
            let carries = CarriesShape::of(&app.carries(&name)?);
            Ok(AccountDetailView { account, carries, pace: show::pace(&app.limits(&name)?) })
        })
        .await?;
    Ok(Json(view))
}

async fn one(
    State(web): State<Web>,
    At(name): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<AccountDetailView>, Problem> {
    shown(&web, name, tongue, |_, _| Ok(())).await
}

async fn set_pace(
    State(web): State<Web>,
    At(name): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
    In(request): In<PaceRequest>,
) -> Result<Json<AccountDetailView>, Problem> {
    let PaceRequest { per_minute, per_hour, per_day } = request;
    let pace = ChosenPace { per_minute, per_hour, per_day };
    shown(&web, name, tongue, move |app, name| app.set_pace(name, pace)).await
}

async fn set_carries(
    State(web): State<Web>,
    At(name): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
    In(request): In<CarriesShape>,
) -> Result<Json<AccountDetailView>, Problem> {
    shown(&web, name, tongue, move |app, name| app.set_carries(name, request.to_carries()?)).await
}

async fn set(
    State(web): State<Web>,
    At(name): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
    OnlyNew(new): OnlyNew,
    In(request): In<AccountRequest>,
) -> Result<Json<AccountDetailView>, Problem> {
    let set = if new { App::add_account } else { App::change_account };
    shown(&web, name, tongue, move |app, name| set(app, name, request)).await
}

fn switch(path: &'static str, id: &'static str, enabled: bool) -> Endpoint {
    let handler = move |State(web): State<Web>,
                        At(name): At<String>,
                        Tongue(tongue): Tongue,
                        _: Ask<NoQuery>| async move {
        shown(&web, name, tongue, move |app, name| app.enable_account(name, enabled)).await
    };
    post(path, Scope::Manage, id, handler).asks::<NoQuery>().gives::<AccountDetailView>(200, "The account.")
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

async fn connect(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
    In(request): In<ConnectRequest>,
) -> Result<Json<ConnectView>, Problem> {
    let place = request.secret_place.map(SecretPlace::from);
    let invitation = web.app().start_connect(&name, request.device, place).await?;
    Ok(Json(show::connect(Some(&Progress::Waiting(invitation)))))
}

async fn connect_progress(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<ConnectView>, Problem> {
    web.run({
        let name = name.clone();
        move |app| app.account(&name)
    })
    .await?;
    Ok(Json(show::connect(web.app().connect_progress(&name).as_ref())))
}

async fn stop_connect(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    web.run(move |app| app.account(&name).map(|_| app.stop_connect(&name))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn disconnect(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<DisconnectView>, Problem> {
    Ok(Json(show::disconnect(&web.app().disconnect(&name).await?)))
}
