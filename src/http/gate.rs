//! Who asks, and whether they may: an API password, or the session of a screen.

use std::net::IpAddr;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer::{Problem, text};
use super::guard::{FromOtherOrigin, Peer};
use super::throttle::Guess;
use super::web::Web;
use crate::app::{App, Error, Kind, Who, token_digest};
use crate::domain::access::{Role, Scope};
use crate::domain::{Secret, say};
use crate::wire::MailShape;
use crate::wire::queries::ConfirmedQuery;

/// The cookie that holds a screen's session.
pub(super) const COOKIE: &str = "tillpost_session";

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The password's name, or how the session began.
    pub(super) name: String,
    /// What they may do.
    pub(super) scope: Scope,
    /// Who sits at the screen; nobody for a program.
    pub(super) role: Option<Role>,
}

impl Caller {
    /// The program that asks, by the name of its password. A screen has no name of its own.
    pub(super) fn program(&self) -> Option<&str> {
        self.role.is_none().then_some(&self.name)
    }

    /// Who asks, as it is kept of what they do.
    pub(super) fn who(self) -> Who {
        self.role.map_or(Who::Program(self.name), Who::Person)
    }

    /// Names the program that asks as the user of a mail that names none.
    pub(super) fn sign(&self, mail: &mut MailShape) {
        mail.program = self.program().map(str::to_owned);
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Problem::new(Kind::Unknown, "Nobody is signed in."))
    }
}

/// Lets a request through to an endpoint when who asks may do what it does.
pub(super) async fn gate(
    State((web, needed)): State<(Web, Option<Scope>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(needed) = needed else { return next.run(request).await };
    let asking = Asking {
        headers: request.headers().clone(),
        changes: !request.method().is_safe(),
        peer: request.extensions().get::<Peer>().map(|p| p.0.ip()),
        other_origin: request.extensions().get::<FromOtherOrigin>().is_some(),
    };
    match caller(&web, &asking).await {
        Err(problem) => problem.into_response(),
        // At a screen there is nobody whom its word for what they may do would tell anything.
        Ok(Caller { role: Some(_), scope, .. }) if scope < needed => Problem::new(
            Kind::NotAllowed,
            "This is for the owner of the shop. Ask the owner, or sign in with the owner's PIN.",
        )
        .into_response(),
        Ok(caller) if caller.scope < needed => Problem::new(
            Kind::NotAllowed,
            say!(
                "\"{name}\" may {scope}; this needs {needed}.",
                name = caller.name,
                scope = caller.scope.word(),
                needed = needed.word()
            ),
        )
        .into_response(),
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
    }
}

impl Caller {
    /// Refuses what a person at a screen sends by hand before they saw it and said yes, where the shop
    /// wants them to be asked (setting `confirm_before_sending`). Programs are not asked, and what the
    /// computer's mail program opens is seen there.
    pub(super) async fn said_yes(&self, web: &Web, asked: &ConfirmedQuery) -> Result<(), Problem> {
        if self.role.is_none() || asked.confirmed {
            return Ok(());
        }
        let (confirm, by_program) = web.run(|app| app.ways_by_hand()).await?;
        if !confirm || by_program {
            return Ok(());
        }
        let sentence = "Show what leaves and who gets it, and send it again with confirmed=true once the person said yes.";
        Err(Problem::new(Kind::Unconfirmed, sentence))
    }
}

/// What of a request tells who asks.
struct Asking {
    headers: HeaderMap,
    changes: bool,
    peer: Option<IpAddr>,
    other_origin: bool,
}

async fn caller(web: &Web, asking: &Asking) -> Result<Caller, Problem> {
    let headers = &asking.headers;
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let peer = asking.peer.ok_or_else(|| Problem::new(Kind::Defect, "The connection has no address."))?;
        let presented = value.to_str().ok().and_then(presented);
        return by_password(web, peer, presented).await;
    }
    if !asking.other_origin
        && let Some(token) = cookie(headers)
        && let Some(session) = web.app().session(token)?
    {
        if asking.changes && !is_same_origin(web, headers) {
            return Err(Problem::new(
                Kind::NotAllowed,
                "A change at a screen has to come from the screen's own page.",
            ));
        }
        return Ok(Caller { scope: session.role.scope(), name: session.made_by, role: Some(session.role) });
    }
    Err(Problem::new(
        Kind::Unknown,
        "Say who you are: send an API password as Authorization: Bearer PASSWORD (`tillpost api password add NAME` \
         makes one), or sign in at the screen.",
    ))
}

/// The password in an Authorization header, as Bearer, or as Basic with any user name.
fn presented(value: &str) -> Option<Secret> {
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Secret::new(rest.trim()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| Secret::new(password))
}

async fn by_password(web: &Web, peer: IpAddr, presented: Option<Secret>) -> Result<Caller, Problem> {
    if !web.app().access_settings()?.enabled {
        return Err(Problem::new(
            Kind::NotAllowed,
            "Access for programs is off. The owner turns it on with the setting api_enabled.",
        ));
    }
    let peer = peer.to_canonical();
    let Some(presented) = presented else { return Err(wrong(web, (peer, None))) };
    let digest = token_digest(presented.expose());
    let claimed = web.app().claimed_api_password(&presented)?;
    if let Some(row) = &claimed
        && web.known_good(&digest).as_deref() == Some(row.hash.as_str())
    {
        note(web, row);
        return Ok(Caller { name: row.name.clone(), scope: row.scope, role: None });
    }
    // One that names no password of ours cost one look and told nothing: making its sender wait would only keep
    // others on the same machine out, whose passwords are good.
    let Some(row) = claimed else { return Err(wrong(web, (peer, None))) };
    let guess = (peer, Some(row.id));
    may_try(web, guess)?;
    let _few_at_a_time = web.comparisons().acquire().await;
    // Of many tries sent at once, those behind the first wrong ones wait like any other.
    may_try(web, guess)?;
    let compared = row.clone();
    let good = web.run(move |_| Ok(App::is_api_password(&compared, &presented))).await?;
    if !good {
        return Err(wrong(web, guess));
    }
    web.throttle().right(guess);
    web.remember_good(digest, row.hash.clone());
    note(web, &row);
    Ok(Caller { name: row.name, scope: row.scope, role: None })
}

fn may_try(web: &Web, guess: Guess) -> Result<(), Problem> {
    match web.throttle().wait(guess) {
        0 => Ok(()),
        wait => {
            let peer = guess.0;
            let sentence = format!("Too many wrong passwords came from {peer}. Try again in {wait} seconds.");
            Err(Problem(Error::new(Kind::TooOften, sentence).after(wait)))
        }
    }
}

fn wrong(web: &Web, guess: Guess) -> Problem {
    let times = web.throttle().wrong(guess);
    // Whoever keeps asking must not fill the disk with it.
    if times.is_power_of_two() {
        tracing::warn!(peer = %guess.0, times, "a wrong API password was sent");
    }
    Problem::new(Kind::Unknown, "This API password is wrong or was revoked.")
}

/// Notes the password's use, without making the request wait for it.
fn note(web: &Web, row: &crate::app::PasswordRow) {
    if !App::api_password_is_to_be_noted(row) {
        return;
    }
    let (app, row) = (web.app().clone(), row.clone());
    tokio::task::spawn_blocking(move || {
        if let Err(error) = app.note_api_password(&row) {
            tracing::warn!(%error, "the use of a password could not be noted");
        }
    });
}

/// The session's token among the cookies.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

/// Whether a browser says that the request comes from a page of our own. A browser that says nothing
/// is too old to be trusted with a session.
pub(super) fn is_same_origin(web: &Web, headers: &HeaderMap) -> bool {
    let host = text(headers, "host").unwrap_or_default();
    match (text(headers, "sec-fetch-site"), text(headers, "origin")) {
        (Some(site), None) => site == "same-origin",
        (Some(site), Some(origin)) => site == "same-origin" && origin == format!("{}://{host}", web.scheme()),
        (None, Some(origin)) => origin == format!("{}://{host}", web.scheme()),
        (None, None) => false,
    }
}

/// That a request comes from a page of our own; decided before its body is read.
pub(super) struct FromOwnPage;

impl FromRequestParts<Web> for FromOwnPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        if is_same_origin(web, &parts.headers) {
            return Ok(Self);
        }
        Err(Problem::new(Kind::NotAllowed, "A PIN is entered at a screen. Programs use an API password."))
    }
}

/// The cookie that begins a session, or ends one when `token` is `None`. Where we speak TLS it never goes out
/// without. In a frame of another site only a partitioned cookie comes along, and that one has to be `Secure`:
/// browsers accept it from this computer also without TLS.
pub(super) fn set_cookie(web: &Web, token: Option<&str>, seconds: i64, framed: bool) -> String {
    let (value, age) = token.map_or(("", 0), |token| (token, seconds.max(0)));
    let kind = match (framed, web.scheme()) {
        (true, _) => "SameSite=None; Secure; Partitioned",
        (false, "https") => "SameSite=Strict; Secure",
        (false, _) => "SameSite=Strict",
    };
    format!("{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; {kind}")
}
