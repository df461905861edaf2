//! The screens: static files that live in the program and know nothing but the API. Debug builds read
//! them from `assets/web`, so that a change shows at the next reload.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::answer::{Problem, nothing_here, text};
use super::guard;
use super::web::Web;

#[derive(RustEmbed)]
#[folder = "assets/web"]
struct Files;

/// The page that every address of the screens opens.
const PAGE: &str = "index.html";

/// The first parts of the addresses at which there are screens.
const ROOMS: [&str; 8] = ["", "outbox", "mail", "sent", "docs", "contacts", "settings", "setup"];

/// What a page of the screens may load: its own files, and pictures and PDFs it was handed by the API.
const SOURCES: &str = "script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
    frame-src 'self' blob:; ";

/// A file of the screens, or their page when a browser goes to one of their addresses.
pub(super) async fn serve(State(web): State<Web>, request: Request) -> Response {
    let path = request.uri().path();
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    if !asks || path.starts_with("/api/") || path.starts_with("/login/") {
        return nothing_here(request.uri().clone()).await.into_response();
    }
    let name = path.trim_start_matches('/');
    if name != PAGE
        && let Some(media_type) = media_type(name)
        && let Some(found) = Files::get(name)
    {
        return file(media_type, found.data.into_owned());
    }
    let room = name.split('/').next().unwrap_or_default();
    let known = ROOMS.contains(&room) || room == "help";
    let browser = text(request.headers(), "accept").is_some_and(|a| a.contains("text/html"));
    if !known && !browser {
        return nothing_here(request.uri().clone()).await.into_response();
    }
    match page(&web, if known { StatusCode::OK } else { StatusCode::NOT_FOUND }) {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

fn page(web: &Web, status: StatusCode) -> Result<Response, Problem> {
    let origins = web.app().access_settings()?.origins;
    let bytes = Files::get(PAGE).map(|found| found.data.into_owned()).unwrap_or_default();
    let mut response = (status, file("text/html; charset=utf-8", bytes)).into_response();
    if let Ok(policy) = HeaderValue::from_str(&guard::policy(SOURCES, &origins)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// A file that a browser may keep, but asks about each time: an update of the program shows at once.
fn file(media_type: &'static str, bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-cache")], bytes).into_response()
}

fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "json" => Some("application/json"),
        "html" => Some("text/html; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain; charset=utf-8"),
        _ => None,
    }
}
