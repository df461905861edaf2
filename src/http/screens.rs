//! The screens: static files that live in the program and know nothing but the API. Debug builds read
//! them from `assets/web`, so that a change shows at the next reload.

use std::borrow::Cow;
use std::io::Write as _;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::{Compression, write::GzEncoder};
use rust_embed::{EmbeddedFile, RustEmbed};

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
        return file(&web, request.headers(), media_type, found);
    }
    let room = name.split('/').next().unwrap_or_default();
    let known = ROOMS.contains(&room) || room == "help";
    let browser = text(request.headers(), "accept").is_some_and(|a| a.contains("text/html"));
    if !known && !browser {
        return nothing_here(request.uri().clone()).await.into_response();
    }
    match page(&web, request.headers(), if known { StatusCode::OK } else { StatusCode::NOT_FOUND }) {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

fn page(web: &Web, headers: &HeaderMap, status: StatusCode) -> Result<Response, Problem> {
    let origins = web.app().access_settings()?.origins;
    let Some(found) = Files::get(PAGE) else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let mut response = (status, file(web, headers, "text/html; charset=utf-8", found)).into_response();
    if let Ok(policy) = HeaderValue::from_str(&guard::policy(SOURCES, &origins)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// A file that a browser may keep, but asks about each time: an update of the program shows at once. It goes
/// packed to whoever can unpack it, for the tablet at the other end of the shop. Answers of the API do not: a page
/// that can put words into them could guess a secret beside those words from the packed size.
fn file(web: &Web, headers: &HeaderMap, media_type: &'static str, found: EmbeddedFile) -> Response {
    let usual = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "accept-encoding"),
    ];
    let packed = takes_gzip(headers).then(|| web.packed(found.metadata.sha256_hash(), || gzip(&found.data)));
    match packed.flatten() {
        Some(bytes) => (usual, [(header::CONTENT_ENCODING, "gzip")], bytes).into_response(),
        None => (usual, plain(found.data)).into_response(),
    }
}

/// A file as it is; the program's own bytes need no copy for each request.
fn plain(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).ok()?;
    packer.finish().ok().map(Bytes::from)
}

/// Whether the browser names gzip among what it can unpack, and does not refuse it (RFC 9110 section 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    text(headers, "accept-encoding").is_some_and(|list| {
        list.split(',').map(|one| one.split_once(';').unwrap_or((one, ""))).any(|(name, weight)| {
            let refused = weight.trim().trim_start_matches("q=").parse() == Ok(0.0);
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        })
    })
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
