//! The pages of this room: the API's description to read, and the landing of a one-time link.

use std::fmt::Write as _;
use std::sync::OnceLock;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value};

use super::answer::{At, Problem, text};
use super::gate::set_cookie;
use super::web::Web;
use super::{guard, openapi};
use crate::app::{Kind, clock};

/// How the pages look.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1b1b1b}\
    code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{background:#f4f4f2;padding:.75rem;overflow-x:auto}\
    h2{margin-top:2.5rem;border-bottom:1px solid #ccc}h3{margin-top:2rem;font-size:1.05rem}\
    .m{display:inline-block;min-width:4rem;font-weight:700;text-transform:uppercase}\
    table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.15rem 1rem .15rem 0}\
    nav a{display:inline-block;margin-right:1rem}.s{color:#555}";

pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

/// The API's description as a page that needs neither scripts nor the internet.
pub(super) async fn docs() -> Response {
    static PAGE: OnceLock<Bytes> = OnceLock::new();
    let page = PAGE.get_or_init(|| Bytes::from(page(&openapi::description()))).clone();
    let mut response = Html(page).into_response();
    if let Ok(policy) = HeaderValue::from_str(&guard::policy("style-src 'self'; ", &[])) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Uses a one-time link up: the browser gets a session and goes to the page. In a frame of another
/// site's page the session's cookie has to be one that comes along there.
pub(super) async fn login(
    State(web): State<Web>,
    At(token): At<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let framed = text(&headers, "sec-fetch-dest") == Some("iframe");
    let entered = match web.run(move |app| app.open_link(&token)).await {
        Ok(entered) => entered,
        Err(Problem(error)) if error.kind() == Kind::NotAllowed => return Ok(too_late(&error.to_string())),
        Err(problem) => return Err(problem),
    };
    let cookie = set_cookie(&web, Some(entered.token.expose()), clock::seconds_until(entered.until), framed);
    let location = HeaderValue::from_str(&entered.path)
        .map_err(|e| Problem::new(Kind::Defect, format!("A stored page cannot be opened: {e}.")))?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn too_late(sentence: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Link not good any more - Tillpost</title>\
         <h1>This link is not good any more</h1><p>{}</p></html>",
        escaped(sentence)
    );
    (StatusCode::FORBIDDEN, Html(page)).into_response()
}

fn page(api: &Value) -> String {
    let mut out = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tillpost API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/api/v1/docs.css\"></head><body>\
         <h1>Tillpost API</h1>",
    );
    let introduction = text_at(api, "/info/description");
    for paragraph in introduction.split("\n\n") {
        let _ = write!(out, "<p>{}</p>", marked(paragraph));
    }
    out.push_str("<p>For programs: <a href=\"/api/v1/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>");
    out.push_str(
        "<pre>curl -H \"Authorization: Bearer PASSWORD\" http://127.0.0.1:7420/api/v1/status</pre><nav>",
    );
    let groups = at(api, "/tags").as_array().cloned().unwrap_or_default();
    for group in &groups {
        let name = text_at(group, "/name");
        let _ = write!(out, "<a href=\"#{0}\">{0}</a> ", escaped(name));
    }
    out.push_str("<a href=\"#problems\">problems</a></nav>");
    for group in &groups {
        let name = text_at(group, "/name");
        let what = text_at(group, "/description");
        let _ = write!(out, "<h2 id=\"{0}\">{0}</h2><p>{1}</p>", escaped(name), escaped(what));
        for (path, operations) in at(api, "/paths").as_object().into_iter().flatten() {
            for (method, operation) in operations.as_object().into_iter().flatten() {
                if text_at(operation, "/tags/0") == name {
                    write_operation(&mut out, api, path, method, operation);
                }
            }
        }
    }
    out.push_str("<h2 id=\"problems\">problems</h2><table>");
    for kind in Kind::ALL {
        let _ = write!(
            out,
            "<tr id=\"problem-{0}\"><td><code>{0}</code><td>{1}<td>{2}</tr>",
            kind.key(),
            kind.http_status(),
            escaped(kind.title())
        );
    }
    out.push_str("</table></body></html>");
    out
}

fn write_operation(out: &mut String, api: &Value, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        out,
        "<h3><span class=\"m\">{}</span> <code>/api/v1{}</code></h3><p><b>{}.</b> {}</p>",
        escaped(method),
        escaped(path),
        escaped(text_at(operation, "/summary")),
        marked(text_at(operation, "/description"))
    );
    let parameters = at(operation, "/parameters").as_array().cloned().unwrap_or_default();
    if !parameters.is_empty() {
        out.push_str("<table>");
        for parameter in &parameters {
            let _ = write!(
                out,
                "<tr><td><code>{}</code><td class=\"s\">{}<td>{}</tr>",
                escaped(text_at(parameter, "/name")),
                escaped(text_at(parameter, "/in")),
                marked(text_at(parameter, "/description"))
            );
        }
        out.push_str("</table>");
    }
    let content = at(operation, "/requestBody/content/application~1json");
    if let Some(example) = content.get("example") {
        write_example(out, example);
    }
    write_fields(out, api, at(content, "/schema"), "Takes");
    for (status, answer) in at(operation, "/responses").as_object().into_iter().flatten() {
        if let Some(what) = answer.get("description").and_then(Value::as_str) {
            let _ = write!(out, "<p><b>{}</b> {}</p>", escaped(status), escaped(what));
            for media in at(answer, "/content").as_object().into_iter().flat_map(Map::values) {
                write_fields(out, api, at(media, "/schema"), "Gives");
                if let Some(example) = media.get("example") {
                    out.push_str("<details><summary class=\"s\">For example</summary>");
                    write_example(out, example);
                    out.push_str("</details>");
                }
            }
        }
    }
}

fn write_example(out: &mut String, example: &Value) {
    let text = match example {
        Value::String(text) => text.clone(),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    };
    let _ = write!(out, "<pre>{}</pre>", escaped(&text));
}

/// The fields of a shape, one level deep, with the names of the shapes below.
fn write_fields(out: &mut String, api: &Value, schema: &Value, verb: &str) {
    let named = schema.get("$ref").or_else(|| schema.get("items")?.get("$ref"));
    let Some(name) = named.and_then(Value::as_str).and_then(|r| r.rsplit('/').next()) else { return };
    let Some(fields) = at(api, &format!("/components/schemas/{name}/properties")).as_object() else { return };
    let _ = write!(out, "<details><summary class=\"s\">{verb} {}</summary><table>", escaped(name));
    for (field, about) in fields {
        let _ = write!(
            out,
            "<tr><td><code>{}</code><td>{}</tr>",
            escaped(field),
            marked(text_at(about, "/description"))
        );
    }
    out.push_str("</table></details>");
}

/// What stands at a place of the description; null where nothing does.
fn at<'a>(value: &'a Value, place: &str) -> &'a Value {
    value.pointer(place).unwrap_or(&Value::Null)
}

fn text_at<'a>(value: &'a Value, place: &str) -> &'a str {
    at(value, place).as_str().unwrap_or_default()
}

/// Text with its **strong** and `code` parts as HTML.
fn marked(text: &str) -> String {
    let mut out = escaped(text);
    for (mark, tag) in [("**", "b"), ("`", "code")] {
        let mut open = false;
        while let Some(at) = out.find(mark) {
            let with = if open { format!("</{tag}>") } else { format!("<{tag}>") };
            out.replace_range(at..at + mark.len(), &with);
            open = !open;
        }
        if open {
            let _ = write!(out, "</{tag}>");
        }
    }
    out
}

/// Text that stays text inside a page.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
