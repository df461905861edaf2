//! The shop's accounts elsewhere, and the sales on their way there.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::{App, Error, Kind, show};
use crate::domain::Secret;
use crate::domain::access::Scope;
use crate::http::answer::{Ask, At, In, OnlyNew, Problem, Tongue};
use crate::http::endpoint::{Endpoint, delete, get, group, post, put};
use crate::http::web::Web;
use crate::wire::queries::{NoQuery, PostingListQuery, page_size};
use crate::wire::views::{ChoicesView, IntegrationView, PackageView, PageView, PostingView, RemoteLoginView};
use crate::wire::{AllowAddressRequest, IntegrationRequest};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = profiles();
    all.extend(postings());
    group("integrations", all)
}

fn profiles() -> Vec<Endpoint> {
    vec![
        get("/integrations", Scope::Read, "listIntegrations", list)
            .about("The accounting profiles and how they stand", "Without their passwords.")
            .asks::<NoQuery>()
            .gives::<Vec<IntegrationView>>(200, "The profiles."),
        get("/integration-packages", Scope::Read, "listPackages", packages)
            .about("The accounting packages there can be profiles of", "")
            .asks::<NoQuery>()
            .gives::<Vec<PackageView>>(200, "The packages."),
        get("/integrations/{name}", Scope::Read, "getIntegration", one)
            .about("An accounting profile", "")
            .asks::<NoQuery>()
            .gives::<IntegrationView>(200, "The profile."),
        put("/integrations/{name}", Scope::Manage, "setIntegration", set)
            .about(
                "Set an accounting profile up, or change it",
                "A change lifts a hold. The password goes into the keyring and is never shown.",
            )
            .asks::<NoQuery>()
            .takes::<IntegrationRequest>(json!({
                "package": "kashflow", "user": "corner-cycles", "password": "the API password",
                "endpoint": "http://127.0.0.1:1/api/service.asmx" }))
            .gives::<IntegrationView>(200, "The profile.")
            .only_new()
            .fails(&[Kind::NotSent, Kind::Conflict]),
        delete("/integrations/{name}", Scope::Manage, "removeIntegration", remove)
            .about(
                "Remove an accounting profile",
                "What was posted by it stays on record; its channels post no more.",
            )
            .asks::<NoQuery>()
            .gives_nothing("It is gone.")
            .fails(&[Kind::Conflict, Kind::NotSent]),
        get("/integrations/{name}/choices", Scope::Read, "listChoices", choices)
            .about("What channels can choose from", "As it was fetched last: also offline.")
            .asks::<NoQuery>()
            .gives::<ChoicesView>(200, "The lists."),
        post("/integrations/{name}/test", Scope::Manage, "testIntegration", test)
            .about(
                "Sign in and fetch what channels can choose from",
                "A held profile that works again is released.",
            )
            .asks::<NoQuery>()
            .gives::<ChoicesView>(200, "The lists.")
            .fails(&[Kind::NotSent]),
        switch("/integrations/{name}/enable", "enableIntegration", true)
            .about("Use an accounting profile again", ""),
        switch("/integrations/{name}/disable", "disableIntegration", false)
            .about("Switch an accounting profile off", "Its postings wait."),
        post("/integrations/{name}/allow-address", Scope::Manage, "allowAddress", allow)
            .about(
                "Have this machine's internet address let in",
                "By the key that the accounting system's API settings show.",
            )
            .asks::<NoQuery>()
            .takes::<AllowAddressRequest>(json!({ "key": "1234ABCD-1234" }))
            .gives_nothing("It is let in.")
            .fails(&[Kind::NotSent]),
        post("/integrations/{name}/remote-login", Scope::Manage, "openAccounts", remote_login)
            .about("An address that opens the accounts without signing in", "Whoever has it is in.")
            .asks::<NoQuery>()
            .gives::<RemoteLoginView>(200, "The address.")
            .fails(&[Kind::NotSent]),
    ]
}

fn postings() -> Vec<Endpoint> {
    vec![
        get("/postings", Scope::Read, "listPostings", list_postings)
            .about(
                "Sales on their way into the books, newest first",
                "Only those that are not there yet, or all.",
            )
            .asks::<PostingListQuery>()
            .gives::<PageView<PostingView>>(200, "A page of postings."),
        get("/postings/{posting}", Scope::Read, "getPosting", posting)
            .about("A sale on its way into the books", "")
            .asks::<NoQuery>()
            .gives::<PostingView>(200, "The posting."),
        post("/postings/{posting}/retry", Scope::Send, "retryPosting", retry)
            .about("Try a sale again", "One in doubt is searched for by itself.")
            .asks::<NoQuery>()
            .gives::<PostingView>(200, "The posting.")
            .fails(&[Kind::Conflict]),
        post("/postings/{posting}/cancel", Scope::Send, "cancelPosting", cancel)
            .about("Do not post a sale that waits or was refused", "One in doubt is left as it is.")
            .asks::<NoQuery>()
            .gives::<PostingView>(200, "The posting.")
            .fails(&[Kind::Conflict]),
    ]
}

async fn list(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<Vec<IntegrationView>>, Problem> {
    let views = web
        .run(move |app| Ok(app.integrations()?.iter().map(|row| show::integration(row, &tongue)).collect()))
        .await?;
    Ok(Json(views))
}

async fn packages(_: Ask<NoQuery>) -> Json<Vec<PackageView>> {
    Json(show::packages())
}

/// A profile after something was done with it, or with nothing done but looking it up.
async fn shown(
    web: &Web,
    name: String,
    tongue: String,
    what: impl FnOnce(&App, &str) -> Result<(), Error> + Send + 'static,
) -> Result<Json<IntegrationView>, Problem> {
    let view = web
        .run(move |app| {
            what(app, &name)?;
            Ok(show::integration(&app.integration(&name)?, &tongue))
        })
        .await?;
    Ok(Json(view))
}

async fn one(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<IntegrationView>, Problem> {
    shown(&web, name, tongue, |_, _| Ok(())).await
}

async fn set(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    At(name): At<String>,
    _: Ask<NoQuery>,
    OnlyNew(new): OnlyNew,
    In(request): In<IntegrationRequest>,
) -> Result<Json<IntegrationView>, Problem> {
    let set = if new { App::add_integration } else { App::set_integration };
    shown(&web, name, tongue, move |app, name| set(app, name, request)).await
}

fn switch(path: &'static str, id: &'static str, enabled: bool) -> Endpoint {
    let handler = move |State(web): State<Web>,
                        Tongue(tongue): Tongue,
                        At(name): At<String>,
                        _: Ask<NoQuery>| async move {
        shown(&web, name, tongue, move |app, name| app.enable_integration(name, enabled)).await
    };
    post(path, Scope::Manage, id, handler).asks::<NoQuery>().gives::<IntegrationView>(200, "The profile.")
}

async fn remove(State(web): State<Web>, At(name): At<String>, _: Ask<NoQuery>) -> Result<Response, Problem> {
    web.run(move |app| app.remove_integration(&name)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn choices(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<ChoicesView>, Problem> {
    Ok(Json(web.run(move |app| Ok(show::choices(&app.lists(&name)?))).await?))
}

async fn test(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<ChoicesView>, Problem> {
    Ok(Json(show::choices(&web.app().test_integration(&name).await?)))
}

async fn allow(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
    In(request): In<AllowAddressRequest>,
) -> Result<Response, Problem> {
    web.app().allow_this_address(&name, &Secret::new(request.key)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn remote_login(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<RemoteLoginView>, Problem> {
    Ok(Json(RemoteLoginView { url: web.app().remote_login(&name).await? }))
}

async fn list_postings(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    Ask(asked): Ask<PostingListQuery>,
) -> Result<Json<PageView<PostingView>>, Problem> {
    let view = web
        .run(move |app| {
            let found =
                app.postings(asked.all.unwrap_or(false), asked.after.as_deref(), page_size(asked.limit))?;
            Ok(show::page(found, |p| show::posting(&p, &tongue)))
        })
        .await?;
    Ok(Json(view))
}

async fn posting(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    At(id): At<i64>,
    _: Ask<NoQuery>,
) -> Result<Json<PostingView>, Problem> {
    Ok(Json(web.run(move |app| Ok(show::posting(&app.posting(id)?, &tongue))).await?))
}

async fn retry(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    At(id): At<i64>,
    _: Ask<NoQuery>,
) -> Result<Json<PostingView>, Problem> {
    Ok(Json(web.run(move |app| Ok(show::posting(&app.retry_posting(id)?, &tongue))).await?))
}

async fn cancel(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    At(id): At<i64>,
    _: Ask<NoQuery>,
) -> Result<Json<PostingView>, Problem> {
    Ok(Json(web.run(move |app| Ok(show::posting(&app.cancel_posting(id)?, &tongue))).await?))
}
