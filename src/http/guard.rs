//! Who may ask. A loopback address keeps other machines out, not the web pages this machine's browser
//! has open: those are told apart by the Host they were tricked into naming and by their Origin.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets a request through that names this listener as its Host and does not come from another site.
///
/// # Source
/// DNS rebinding is stopped by the Host check; the Fetch standard's `Sec-Fetch-Site` and `Origin` tell
/// where a page came from.
pub(super) async fn guard(State(address): State<SocketAddr>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !names(address).iter().any(|name| name == host) {
        return (StatusCode::MISDIRECTED_REQUEST, "this is not the host you mean\n").into_response();
    }
    let foreign_origin = headers
        .get(header::ORIGIN)
        .is_some_and(|origin| !names(address).iter().any(|name| origin == format!("http://{name}").as_str()));
    let foreign_site =
        headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    if foreign_origin || foreign_site {
        return (StatusCode::FORBIDDEN, "pages of other sites may not ask\n").into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The names by which this machine's own programs call the listener.
fn names(address: SocketAddr) -> [String; 3] {
    let port = address.port();
    [address.to_string(), format!("localhost:{port}"), format!("127.0.0.1:{port}")]
}
