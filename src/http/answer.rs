//! From requests to shapes and from results to answers: every refusal is a problem (RFC 9457).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::app::{Error, Kind, explain, show};
use crate::domain::{Invalid, Said, say};
use crate::wire::{self, LARGEST_FILE};

/// The largest request: attachments of 36 MiB in base64, and the mail around them.
pub(super) const LARGEST_BODY: usize = 54 * 1024 * 1024;
/// The largest request of somebody who has not said who they are: what is open holds no memory.
const LITTLE_BODY: usize = 4 * 1024;
/// How long a request's body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// An error on its way out.
#[derive(Debug)]
pub(super) struct Problem(pub(super) Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self(invalid.into())
    }
}

impl Problem {
    pub(super) fn new(kind: Kind, sentence: impl Into<Said>) -> Self {
        Self(Error::new(kind, sentence))
    }
}

/// What [`spoken`] makes the answer of.
#[derive(Clone)]
struct Refused(Arc<Error>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let error = self.0;
        if error.kind() == Kind::Defect {
            tracing::error!(%error, cause = ?std::error::Error::source(&error), "a request met a defect");
        }
        let mut response = told(&error, "en");
        let headers = response.headers_mut();
        if error.kind() == Kind::Unknown {
            // Bearer and not Basic: a browser must not ask for an API password.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Tillpost\""));
        }
        if let Some(seconds) = error.wait_seconds() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Refused(Arc::new(error)));
        response
    }
}

fn told(error: &Error, language: &str) -> Response {
    let view = show::problem_in(error, language);
    let status = StatusCode::from_u16(view.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(view)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// Says problems in the language that is asked for with Accept-Language.
pub(super) async fn spoken(request: Request, next: Next) -> Response {
    let language = tongue(request.headers());
    let mut response = next.run(request).await;
    if let Some(Refused(error)) = response.extensions_mut().remove::<Refused>() {
        *response.body_mut() = told(&error, language).into_body();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language));
    }
    response
}

/// The first language of Accept-Language, where Tillpost speaks it.
fn tongue(headers: &HeaderMap) -> &'static str {
    let asked = text(headers, "accept-language").unwrap_or_default();
    explain::spoken(asked.split([',', ';']).next().unwrap_or_default().trim())
}

/// The JSON of a request, read into its shape.
pub(super) struct In<T>(pub(super) T);

/// As [`In`], for requests that anybody may make.
pub(super) struct Little<T>(pub(super) T);

/// As [`In`], for requests that may carry files.
pub(super) struct Large<T>(pub(super) T);

/// The bytes of a request, no more than `MOST`.
pub(super) struct Raw<const MOST: usize>(pub(super) Vec<u8>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for In<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = json_bytes(request, LARGEST_FILE).await?;
        Ok(Self(wire::parse(&bytes)?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Little<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = json_bytes(request, LITTLE_BODY).await?;
        Ok(Self(wire::parse(&bytes)?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Large<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = json_bytes(request, LARGEST_BODY).await?;
        Ok(Self(wire::parse_any_size(&bytes)?))
    }
}

impl<const MOST: usize, S: Send + Sync> FromRequest<S> for Raw<MOST> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self(bytes(request, MOST).await?))
    }
}

async fn json_bytes(request: Request, most: usize) -> Result<Vec<u8>, Problem> {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let essence = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(
            Kind::Form,
            "The request is not marked as JSON. Send it with Content-Type: application/json.",
        ));
    }
    bytes(request, most).await
}

async fn bytes(request: Request, most: usize) -> Result<Vec<u8>, Problem> {
    let too_large = || {
        Problem::new(
            Kind::TooLarge,
            say!("The request is larger than {most} bytes. Send less at once.", most),
        )
    };
    let stated = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    if stated.and_then(|s| s.parse::<u64>().ok()).is_some_and(|n| n > most as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME, to_bytes(request.into_body(), most)).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(error)) if is_limit(&error) => Err(too_large()),
        Ok(Err(error)) => Err(Problem::new(Kind::BadInput, say!("The request broke off: {error}.", error))),
        Err(_) => Err(Problem::new(Kind::TooSlow, "The request took too long to arrive. Send it again.")),
    }
}

fn is_limit(error: &axum::Error) -> bool {
    std::error::Error::source(error).is_some_and(|e| e.to_string().contains("length limit exceeded"))
}

/// The query of a request.
pub(super) struct Ask<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Ask<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Query::from_request_parts(parts, state).await.map(|Query(asked)| Self(asked)).map_err(|e| {
            let text = e.body_text();
            let (_, problem) = text.split_once(": ").unwrap_or(("", &text));
            let (field, problem) = match problem.split_once(": ") {
                Some((field, problem)) if !field.contains(' ') => (field, problem),
                _ => ("", problem),
            };
            let why = problem.trim_end_matches('.');
            let remedy = "See /api/v1/docs for what may stand behind the question mark";
            Invalid::new(field, say!("this cannot stand behind the question mark ({why})", why), remedy)
                .into()
        })
    }
}

/// The variable parts of an address.
pub(super) struct At<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::from_request_parts(parts, state).await.map(|Path(found)| Self(found)).map_err(|e| {
            Problem::new(
                Kind::NotFound,
                say!("There is nothing at this address: {e}.", e = e.body_text().trim_end_matches('.')),
            )
        })
    }
}

/// What the caller calls this request, so that the same one again does nothing twice.
pub(super) struct IdempotencyKey(pub(super) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
        match value.to_str() {
            Ok(text) if (1..=200).contains(&text.len()) && text.bytes().all(plain) => {
                Ok(Self(Some(text.to_owned())))
            }
            _ => Err(Invalid::new(
                "Idempotency-Key",
                "it is empty, too long or not plain text",
                "Use up to 200 letters, digits and . _ : -",
            )
            .into()),
        }
    }
}

impl IdempotencyKey {
    /// Gives the request its name, unless its body names it already.
    pub(super) fn name(self, client_ref: &mut Option<String>) -> Result<(), Problem> {
        match (self.0, client_ref.as_deref()) {
            (Some(key), Some(named)) if key != named => Err(Invalid::new(
                "Idempotency-Key",
                "it is not the client_ref of the request",
                "Give one of the two, or the same text in both",
            )
            .into()),
            (Some(key), _) => {
                *client_ref = Some(key);
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }
}

/// The language in which the caller wants troubles explained, from Accept-Language; English if none is said.
pub(super) struct Tongue(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Tongue {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(tongue(&parts.headers).to_owned()))
    }
}

/// The version the caller saw, from If-Match.
pub(super) struct Expected(pub(super) Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for Expected {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let version = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or_default();
        version.parse().map(|version| Self(Some(version))).map_err(|_| {
            Invalid::new("If-Match", "it names no version", "Use the ETag of the last answer, like \"3\"")
                .into()
        })
    }
}

/// Whether the caller means to make what is not there yet, from If-None-Match (RFC 9110 section 13.1.2).
pub(super) struct OnlyNew(pub(super) bool);

impl<S: Send + Sync> FromRequestParts<S> for OnlyNew {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match text(&parts.headers, "if-none-match").map(str::trim) {
            None => Ok(Self(false)),
            Some("*") => Ok(Self(true)),
            Some(_) => Err(Invalid::new("If-None-Match", "it is not *", "Give * or leave it out").into()),
        }
    }
}

/// An answer with the version of what it shows as its ETag.
pub(super) fn versioned<V: Serialize>(status: StatusCode, version: i64, view: V) -> Response {
    (status, [(header::ETAG, format!("\"{version}\""))], Json(view)).into_response()
}

/// Bytes to show or save under a name.
pub(super) fn file(media_type: &'static str, name: &str, inline: bool, bytes: Vec<u8>) -> Response {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' }).collect();
    let how = if inline { "inline" } else { "attachment" };
    let disposition = format!("{how}; filename=\"{plain}\"");
    ([(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response()
}

pub(super) async fn nothing_here(uri: Uri) -> Problem {
    Problem::new(
        Kind::NotFound,
        say!("There is nothing at {path}. See /api/v1/docs for what there is.", path = uri.path()),
    )
}

pub(super) async fn wrong_method(method: Method) -> Problem {
    Problem::new(
        Kind::Method,
        say!("{method} cannot be done at this address. See /api/v1/docs for what can.", method),
    )
}

/// Gives answers to GET an ETag, and answers 304 when the caller has the same already.
pub(super) async fn conditional(request: Request, next: Next) -> Response {
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get_all(header::IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>();
    let response = next.run(request).await;
    if !asks || response.status() != StatusCode::OK {
        return response;
    }
    let response = tagged(response).await;
    let Some(tag) = response.headers().get(header::ETAG) else { return response };
    if !known.iter().any(|list| names_tag(list, tag)) {
        return response;
    }
    // A browser puts the headers of this answer in the place of those it kept (RFC 9111 section 3.2).
    let mut unchanged = StatusCode::NOT_MODIFIED.into_response();
    for name in [header::ETAG, header::CACHE_CONTROL, header::VARY, header::CONTENT_SECURITY_POLICY] {
        if let Some(value) = response.headers().get(&name) {
            unchanged.headers_mut().insert(name, value.clone());
        }
    }
    unchanged
}

/// The answer with a hash of its bytes as ETag, if it has none of its own and is no stream.
async fn tagged(response: Response) -> Response {
    use axum::body::HttpBody as _;
    if response.headers().contains_key(header::ETAG) || response.body().size_hint().exact().is_none() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => {
            if let Ok(tag) = HeaderValue::from_str(&tag(&bytes)) {
                parts.headers.insert(header::ETAG, tag);
            }
            Response::from_parts(parts, Body::from(bytes))
        }
        Err(error) => Problem::new(Kind::Defect, format!("The answer broke off: {error}.")).into_response(),
    }
}

/// The ETag of bytes.
pub(super) fn tag(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().take(12).map(|b| format!("{b:02x}")).collect();
    format!("\"{hex}\"")
}

/// Whether a list of tags, as If-None-Match has it, names this one; weak ones count (RFC 9110 section 13.1.2).
fn names_tag(list: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(list), Ok(tag)) = (list.to_str(), tag.to_str()) else { return false };
    list.split(',').map(|t| t.trim().trim_start_matches("W/")).any(|t| t == tag || t == "*")
}

/// A header of the request as text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
