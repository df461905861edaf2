//! Who gets in, and how.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::{App, Error, Kind, clock, show};
use crate::domain::access::{Role, Scope};
use crate::domain::{Secret, say};
use crate::http::answer::{Ask, At, In, Little, Problem, text};
use crate::http::endpoint::{Endpoint, delete, get, group, post, put};
use crate::http::gate::{Caller, FromOwnPage, cookie, is_same_origin, set_cookie};
use crate::http::web::Web;
use crate::wire::queries::NoQuery;
use crate::wire::views::{AccessView, CallerView, EntranceView, NewLinkView, NewPasswordView};
use crate::wire::{LinkRequest, PasswordRequest, PinEntry, PinRequest};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        get("/access", Scope::Manage, "getAccess", access)
            .about(
                "Who may get in, and how",
                "Enabled, Remote login, Restrict access and the web origins are changed as the settings `api_enabled`, \
                 `api_remote_login`, `api_restrict_access` and `api_web_origins`.",
            )
            .asks::<NoQuery>()
            .gives::<AccessView>(200, "The access settings and passwords."),
        post("/access/passwords", Scope::Manage, "makePassword", make_password)
            .about("Make an API password", "It is shown this once. Name it after the program that will use it.")
            .asks::<NoQuery>()
            .takes::<PasswordRequest>(json!({ "name": "TillSoft", "scope": "send" }))
            .gives::<NewPasswordView>(201, "The password.")
            .fails(&[Kind::Conflict]),
        delete("/access/passwords/{name}", Scope::Manage, "revokePassword", revoke)
            .about(
                "Revoke an API password",
                "The next request with it is refused. Whoever came in by a one-time link made with it is signed out.",
            )
            .asks::<NoQuery>()
            .gives_nothing("It is revoked."),
        put("/access/pins/{role}", Scope::Manage, "setPin", set_pin)
            .about("Set a PIN for the screens", "Whoever came in by the old one has to come in again.")
            .asks::<NoQuery>()
            .takes::<PinRequest>(json!({ "pin": "4711" }))
            .gives_nothing("It is set."),
        delete("/access/pins/{role}", Scope::Manage, "removePin", remove_pin)
            .about("Remove a PIN", "")
            .asks::<NoQuery>()
            .gives_nothing("It is gone."),
    ];
    all.extend(sessions());
    group("access", all)
}

fn sessions() -> Vec<Endpoint> {
    vec![
        post("/remote-login", Scope::Send, "remoteLogin", remote_login)
            .about(
                "Make a one-time link to a screen",
                "Remote login: the link works once, within 60 seconds, and opens the page without signing in again.",
            )
            .asks::<NoQuery>()
            .takes::<LinkRequest>(json!({ "path": "/outbox" }))
            .gives::<NewLinkView>(201, "The link."),
        get("/entrance", None, "getEntrance", entrance)
            .about("How people may come in", "Whom a PIN lets in; without one, a one-time link does.")
            .asks::<NoQuery>()
            .gives::<EntranceView>(200, "The ways in."),
        get("/session", Scope::Read, "getSession", session)
            .about("Who is asking", "")
            .asks::<NoQuery>()
            .gives::<CallerView>(200, "Who is asking."),
        post("/session", None, "beginSession", begin)
            .about("Sign in at a screen by PIN", "Only from the screen's own page. Wrong PINs make everybody wait.")
            .asks::<NoQuery>()
            .takes::<PinEntry>(json!({ "role": "staff", "pin": "4711" }))
            .gives::<CallerView>(200, "Signed in; the session is in a cookie.")
            .fails(&[Kind::Unknown]),
        delete("/access/sessions", Scope::Manage, "endSessions", end_all)
            .about(
                "Sign everybody out at the screens",
                "But the screen that asks. One-time links nobody used yet stop working. For a computer that was lost.",
            )
            .asks::<NoQuery>()
            .gives_nothing("They are signed out."),
        delete("/session", None, "endSession", end)
            .about("Sign out at a screen", "")
            .asks::<NoQuery>()
            .gives_nothing("Signed out."),
    ]
}

async fn access(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<AccessView>, Problem> {
    let (listening, reachable) = (web.listening(), !web.address().ip().is_loopback());
    Ok(Json(web.run(move |app| show::access(app, listening, Some(reachable))).await?))
}

async fn make_password(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    In(request): In<PasswordRequest>,
) -> Result<Response, Problem> {
    let made = web.run(move |app| app.make_api_password(&request.name, request.scope.scope())).await?;
    let view = NewPasswordView { password: made.text.expose().to_owned(), kept: show::password(&made.row) };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

async fn revoke(State(web): State<Web>, At(name): At<String>, _: Ask<NoQuery>) -> Result<Response, Problem> {
    web.run(move |app| app.revoke_api_password(&name)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn role(word: &str) -> Result<Role, Problem> {
    Role::from_word(word).ok_or_else(|| {
        Problem::new(Kind::NotFound, say!("There is no role \"{word}\": staff or owner.", word))
    })
}

async fn set_pin(
    State(web): State<Web>,
    At(word): At<String>,
    _: Ask<NoQuery>,
    In(request): In<PinRequest>,
) -> Result<Response, Problem> {
    let role = role(&word)?;
    web.run(move |app| app.set_pin(role, Some(&Secret::new(request.pin)))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn remove_pin(
    State(web): State<Web>,
    At(word): At<String>,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    let role = role(&word)?;
    web.run(move |app| app.set_pin(role, None)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn remote_login(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    _: Ask<NoQuery>,
    In(request): In<LinkRequest>,
) -> Result<Response, Problem> {
    let role = request.role.map_or(Role::Staff, |r| r.role());
    if role.scope() > caller.scope {
        return Err(Problem::new(
            Kind::NotAllowed,
            say!(
                "\"{name}\" may {scope}; a link for the owner needs manage.",
                name = caller.name,
                scope = caller.scope.word()
            ),
        ));
    }
    let link = web.run(move |app| app.make_link(role, &request.path, &caller.name)).await?;
    // The Host was checked: it is one of our names, and the one by which the caller reaches us.
    let host = text(&headers, "host").unwrap_or_default();
    let view = NewLinkView {
        url: format!("{}://{host}/login/{}", web.scheme(), link.token.expose()),
        until: show::time(link.until),
    };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

async fn entrance(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<EntranceView>, Problem> {
    let (staff_pin, owner_pin) = web.run(|app| app.pins_set()).await?;
    Ok(Json(EntranceView { staff_pin, owner_pin }))
}

async fn session(
    State(web): State<Web>,
    caller: Caller,
    _: Ask<NoQuery>,
) -> Result<Json<CallerView>, Problem> {
    Ok(Json(web.run(move |app| seen(app, caller.name, caller.scope, caller.role)).await?))
}

/// Who is asking, and where.
fn seen(app: &App, name: String, scope: Scope, role: Option<Role>) -> Result<CallerView, Error> {
    let (staff_pin, owner_pin) = app.pins_set()?;
    let pin = role.is_some() && (staff_pin || (owner_pin && scope == Scope::Manage));
    let shop = app.shop()?.0.map(|shop| shop.name);
    Ok(CallerView { name, scope: scope.word(), role: role.map(Role::word), pin, shop })
}

async fn begin(
    State(web): State<Web>,
    _: FromOwnPage,
    _: Ask<NoQuery>,
    Little(request): Little<PinEntry>,
) -> Result<Response, Problem> {
    let role = request.role.role();
    let _few_at_a_time = web.comparisons().acquire().await;
    let entered = web.run(move |app| app.enter_pin(role, &Secret::new(request.pin))).await?;
    let cookie = set_cookie(&web, Some(entered.token.expose()), clock::seconds_until(entered.until), false);
    let view = web.run(move |app| seen(app, "PIN".to_owned(), role.scope(), Some(role))).await?;
    Ok(with_cookie(Json(view).into_response(), &cookie))
}

async fn end(State(web): State<Web>, headers: HeaderMap, _: Ask<NoQuery>) -> Result<Response, Problem> {
    if let Some(token) = cookie(&headers).map(str::to_owned) {
        if !is_same_origin(&web, &headers) {
            return Err(Problem::new(Kind::NotAllowed, "Signing out happens at the screen's own page."));
        }
        web.run(move |app| app.end_session(&token)).await?;
    }
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), &set_cookie(&web, None, 0, false)))
}

async fn end_all(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    let own = cookie(&headers).filter(|_| caller.role.is_some()).map(str::to_owned);
    web.run(move |app| app.end_all_sessions(own.as_deref())).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
