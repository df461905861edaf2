//! Whether a request is meant for this program and may come from where it comes. A loopback address
//! keeps other machines out, not the web pages this machine's browser has open: those are told apart
//! by the Host they were tricked into naming and by their Origin.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answer::{Problem, text};
use super::web::Web;
use crate::app::{AccessSettings, Kind};

/// Who is at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// The request was made by a web page of another origin that may use the API; it has no session.
#[derive(Debug, Clone, Copy)]
pub(super) struct FromOtherOrigin;

/// What web pages of other origins may send along.
const CORS_HEADERS: &str = "authorization, content-type, idempotency-key, if-match, if-none-match";
const CORS_METHODS: &str = "GET, POST, PUT, DELETE";
/// What they may read of an answer.
const CORS_EXPOSED: &str = "content-disposition, etag, location, page-count, retry-after";

/// Lets a request through that names this listener as its Host, comes from an address that may connect,
/// and from no web page of another origin unless the owner allowed it.
///
/// # Source
/// DNS rebinding is stopped by the Host check; the Fetch standard's `Sec-Fetch-Site` and `Origin` tell
/// where a page came from. `X-Forwarded-For` and its like are anybody's to write and are never read.
pub(super) async fn guard(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let settings = match web.app().access_settings() {
        Ok(settings) => settings,
        Err(error) => return secured(Problem(error).into_response(), None, &[]),
    };
    let origin = match admit(&web, &settings, &request) {
        Ok(origin) => origin,
        Err(problem) => return secured(problem.into_response(), None, &settings.origins),
    };
    if origin.is_some() {
        request.extensions_mut().insert(FromOtherOrigin);
    }
    let preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let response = if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    secured(response, origin.as_ref(), &settings.origins)
}

/// Refuses what is not meant for us; returns the other origin that may ask, if it comes from one.
fn admit(web: &Web, settings: &AccessSettings, request: &Request) -> Result<Option<HeaderValue>, Problem> {
    let headers = request.headers();
    let host = one(headers, header::HOST).or_else(|| request.uri().authority().map(|a| a.as_str()));
    let host = host.filter(|host| is_ours(web, host)).ok_or_else(|| {
        Problem::new(
            Kind::WrongHost,
            "This program is not called by that name. Use its address, or name it with --name.",
        )
    })?;
    let peer = request.extensions().get::<Peer>().map(|p| p.0.ip().to_canonical());
    if !peer.is_some_and(|ip| may_connect(settings, ip)) {
        return Err(Problem::new(
            Kind::NotAllowed,
            "This address may not connect (setting api_restrict_access).",
        ));
    }
    let own = format!("{}://{host}", web.scheme());
    let foreign = headers.get(header::ORIGIN).filter(|origin| origin.as_bytes() != own.as_bytes());
    if let Some(origin) = foreign {
        let allowed = settings.origins.iter().any(|o| o.as_bytes() == origin.as_bytes());
        return if allowed { Ok(Some(origin.clone())) } else { Err(other_site()) };
    }
    let elsewhere =
        text(headers, "sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    if elsewhere && !opens_a_page(request) {
        return Err(other_site());
    }
    Ok(None)
}

fn other_site() -> Problem {
    Problem::new(
        Kind::NotAllowed,
        "Pages of other sites may not ask. The owner allows a site with the setting api_web_origins.",
    )
}

/// The only header of a name; with several, nobody knows which one counts.
fn one(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

/// A link or a frame of another site may open a page: it holds no data, and what it then asks for comes
/// from our own origin.
fn opens_a_page(request: &Request) -> bool {
    let navigates = text(request.headers(), "sec-fetch-mode") == Some("navigate");
    navigates && request.method() == Method::GET && !is_api(request.uri().path())
}

fn is_api(path: &str) -> bool {
    path.starts_with("/api/") && path != "/api/v1/docs"
}

/// Whether `host` is a name of this listener. An IP address cannot be rebound to another one, so any
/// will do; names are those that mean this machine, and those the owner gave.
fn is_ours(web: &Web, host: &str) -> bool {
    let usual = if web.scheme() == "https" { 443 } else { 80 };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
        _ => (host, Some(usual)),
    };
    let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name);
    let named = bare.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || web.names().iter().any(|n| n.eq_ignore_ascii_case(name));
    named && port == Some(web.address().port())
}

/// This computer may always connect: who locks themselves out can still mend the setting here.
fn may_connect(settings: &AccessSettings, ip: IpAddr) -> bool {
    settings.networks.is_empty() || ip.is_loopback() || settings.networks.iter().any(|net| net.contains(&ip))
}

/// What a page may load and who may show it in a frame.
pub(super) fn policy(sources: &str, origins: &[String]) -> String {
    let ancestors =
        if origins.is_empty() { "'none'".to_owned() } else { format!("'self' {}", origins.join(" ")) };
    format!("default-src 'none'; {sources}base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}")
}

/// The answer with the headers that every answer has.
fn secured(mut response: Response, origin: Option<&HeaderValue>, origins: &[String]) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        (
            "content-security-policy",
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if origins.is_empty() {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    let resource = if origin.is_some() { "cross-origin" } else { "same-origin" };
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static(resource));
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        for (name, value) in [
            ("access-control-allow-methods", CORS_METHODS),
            ("access-control-allow-headers", CORS_HEADERS),
            ("access-control-expose-headers", CORS_EXPOSED),
            ("access-control-max-age", "600"),
            ("access-control-allow-private-network", "true"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}
