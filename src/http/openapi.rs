//! The OpenAPI 3.1 description, made from the table of endpoints and the shapes themselves.

use std::sync::OnceLock;

use axum::body::Bytes;
use serde_json::{Map, Value, json};

use super::api::{GROUPS, endpoints};
use super::endpoint::{Answer, Endpoint};
use crate::app::Kind;
use crate::wire::schema::Schemas;
use crate::wire::views::ProblemView;

/// What a variable part of an address may be.
fn part_schema(name: &str) -> (Value, &'static str) {
    match name {
        "id" => (json!({ "type": "string", "format": "uuid" }), "Its id."),
        "kind" => (
            json!({ "type": "string", "enum": crate::domain::document::Kind::ALL.map(crate::domain::document::Kind::word) }),
            "Its kind.",
        ),
        "number" => (
            json!({ "type": "string", "minLength": 1, "maxLength": 50 }),
            "Its number; a / in it is written %2F.",
        ),
        "page" => (json!({ "type": "integer", "minimum": 1, "maximum": 100_000 }), "Its number, from 1."),
        "address" => (json!({ "type": "string", "minLength": 3, "maxLength": 320 }), "The address."),
        "key" => {
            let keys: Vec<&str> = crate::domain::setting::SETTINGS.iter().map(|s| s.key).collect();
            (json!({ "type": "string", "enum": keys }), "Its key.")
        }
        "language" => (
            json!({ "type": "string", "pattern": "^[A-Za-z]{2}([-_][A-Za-z0-9]{2,8})*$", "maxLength": 35 }),
            "Its language.",
        ),
        "file" => (
            json!({ "type": "string", "minLength": 1, "maxLength": 300 }),
            "Its name as the folder names it; a / in it is written %2F.",
        ),
        "rule" => (json!({ "type": "integer", "format": "int64", "minimum": 1 }), "Its number."),
        "posting" => (json!({ "type": "integer", "minimum": 1 }), "Its number."),
        "role" => (json!({ "type": "string", "enum": ["staff", "owner"] }), "Who it is for."),
        _ => (json!({ "type": "string", "minLength": 1, "maxLength": 60 }), "Its name."),
    }
}

/// The description of the whole API.
#[must_use]
pub fn description() -> Value {
    let answers: Map<String, Value> = serde_json::from_str(ANSWERS).unwrap_or_default();
    let mut schemas = Schemas::default();
    let mut paths: Map<String, Value> = Map::new();
    schemas.answer::<ProblemView>();
    for endpoint in endpoints() {
        let operation = operation(&endpoint, &mut schemas);
        let path = paths.entry(endpoint.path.to_owned()).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(endpoint.method.to_owned(), operation);
        }
    }
    let (definitions, renamed) = schemas.finish();
    let mut description = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tillpost",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Documents, mails and contacts of a shop.",
            "description": INTRODUCTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/api/v1" }],
        "tags": GROUPS.iter().map(|(name, what)| json!({ "name": name, "description": what })).collect::<Vec<_>>(),
        "security": [{ "password": [] }, { "basic": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "responses": problem_responses(&answers),
            "securitySchemes": {
                "password": { "type": "http", "scheme": "bearer", "description": "An API password." },
                "basic": { "type": "http", "scheme": "basic", "description": "Any user name, and an API password as the password." },
                "session": { "type": "apiKey", "in": "cookie", "name": super::gate::COOKIE, "description": "The session of a screen; changes only from the screen's own page." },
            },
        },
    });
    for name in renamed {
        rename_in_requests(&mut description, &name);
    }
    show_answers(&mut description, &answers);
    description
}

/// The description as JSON, made once: anybody may ask for it, as often as they like.
pub(super) fn json() -> Bytes {
    static JSON: OnceLock<Bytes> = OnceLock::new();
    JSON.get_or_init(|| Bytes::from(description().to_string())).clone()
}

/// An answer for each shape and some problems, as a running program gave it. A test holds them against the shapes.
const ANSWERS: &str = include_str!("../../assets/examples/answers.json");

/// Gives each answer its example.
fn show_answers(description: &mut Value, answers: &Map<String, Value>) {
    let paths = description.pointer_mut("/paths").and_then(Value::as_object_mut);
    for operation in paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        let responses = operation.values_mut().filter_map(|o| o.get_mut("responses")?.as_object_mut());
        let contents =
            responses.flat_map(Map::values_mut).filter_map(|r| r.get_mut("content")?.as_object_mut());
        for (media_type, media) in contents.flatten() {
            let example = answers.get(media_type).cloned().or_else(|| example(media.get("schema")?, answers));
            if let (Some(example), Some(media)) = (example, media.as_object_mut()) {
                media.insert("example".into(), example);
            }
        }
    }
}

/// The example of a shape, of a list of it, or of a page of it.
fn example(schema: &Value, answers: &Map<String, Value>) -> Option<Value> {
    if let Some(items) = schema.get("items") {
        return Some(json!([example(items, answers)?]));
    }
    let name = schema.get("$ref")?.as_str()?.rsplit('/').next()?;
    match name.strip_prefix("PageOf") {
        Some(of) => Some(json!({ "items": [answers.get(of)?], "next": null, "total": null })),
        None => answers.get(name).cloned(),
    }
}

const INTRODUCTION: &str = "Everything the shop's screens do, other programs do here.\n\n\
    **Who asks**: send an API password as `Authorization: Bearer PASSWORD`. Each password has a scope: `read`, \
    `send` (and read), `manage` (everything).\n\n\
    **Asking twice**: give a `client_ref` in the body, or the header `Idempotency-Key`; the same one again with \
    the same content answers with what there is and does nothing twice, also after a restart.\n\n\
    **What changed**: `GET /status` names a revision for each collection; fetch a list again when its revision \
    moved. Every answer to GET has an ETag; `If-None-Match` with it answers 304.\n\n\
    **Problems** are `application/problem+json` (RFC 9457) with a `key` that never changes, the `field` they \
    are about, the exact `reason` and its `values`. Their words are in the language of `Accept-Language`, where it \
    is de, en, es, fr, it, nl or pl; what only a program can do wrong is said in English.\n\n\
    **Lists** come in pages: give the `next` of a page as `after` for the one behind it. Rows that come or go \
    meanwhile neither repeat nor hide others.";

fn operation(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": endpoint.id,
        "tags": [endpoint.group],
        "summary": endpoint.summary,
        "parameters": parameters(endpoint, schemas),
        "responses": responses(endpoint, schemas),
    });
    let Some(object) = operation.as_object_mut() else { return operation };
    let needs = match endpoint.scope {
        None => "Open to everybody.".to_owned(),
        Some(scope) => format!("Needs the scope `{}`.", scope.word()),
    };
    object.insert("description".into(), format!("{} {needs}", endpoint.detail).trim().into());
    if endpoint.scope.is_none() {
        object.insert("security".into(), json!([]));
    }
    if let Some(body) = &endpoint.body {
        let schema = body.schema.map_or_else(|| json!({}), |of| of(schemas));
        let mut content = json!({ "schema": schema });
        if let (Some(example), Some(content)) = (&body.example, content.as_object_mut()) {
            content.insert("example".into(), example.clone());
        }
        let media: Map<String, Value> =
            body.media_type.split(", ").map(|m| (m.to_owned(), content.clone())).collect();
        object.insert("requestBody".into(), json!({ "required": true, "content": media }));
    }
    operation
}

fn parameters(endpoint: &Endpoint, schemas: &mut Schemas) -> Vec<Value> {
    let mut parameters = Vec::new();
    for name in endpoint.path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')) {
        let (schema, what) = part_schema(name);
        parameters.push(
            json!({ "name": name, "in": "path", "required": true, "schema": schema, "description": what }),
        );
    }
    for (name, mut schema, required) in endpoint.query.map(|of| of(schemas)).unwrap_or_default() {
        let what = schema.as_object_mut().and_then(|s| s.remove("description"));
        let mut parameter = json!({ "name": name, "in": "query", "required": required, "schema": schema });
        if let (Some(what), Some(parameter)) = (what, parameter.as_object_mut()) {
            parameter.insert("description".into(), what);
        }
        parameters.push(parameter);
    }
    if endpoint.idempotent {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "schema": { "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[A-Za-z0-9._:-]+$" },
            "description": "Your own id for this request, when the body has no client_ref.",
        }));
    }
    if endpoint.versioned {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "schema": { "type": "string", "pattern": "^\"[0-9]{1,9}\"$" },
            "description": "The ETag you saw; somebody else's change in between is answered with 412.",
        }));
    }
    if endpoint.only_new {
        parameters.push(json!({
            "name": "If-None-Match", "in": "header", "required": false,
            "schema": { "type": "string", "enum": ["*"] },
            "description": "Only what is new: a name that is there already is answered with 412.",
        }));
    }
    parameters
}

fn responses(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
    let mut responses = Map::new();
    for answer in &endpoint.answers {
        responses.insert(answer.status.to_string(), response(endpoint, answer, schemas));
    }
    let mut problems =
        vec![Kind::NotAllowed, Kind::TooOften, Kind::WrongHost, Kind::Busy, Kind::DataFile, Kind::Defect];
    if endpoint.scope.is_some() {
        problems.push(Kind::Unknown);
    }
    if endpoint.query.is_some() {
        problems.push(Kind::BadInput);
    }
    if endpoint.idempotent {
        problems.push(Kind::BadInput);
    }
    if endpoint.path.contains('{') {
        problems.extend([Kind::NotFound, Kind::BadInput]);
    }
    if endpoint.body.is_some() {
        problems.extend([Kind::BadInput, Kind::Form, Kind::TooLarge, Kind::TooSlow]);
    }
    for kind in problems.iter().chain(&endpoint.problems) {
        responses.insert(
            kind.http_status().to_string(),
            json!({ "$ref": format!("#/components/responses/Problem{}", kind.http_status()) }),
        );
    }
    Value::Object(responses)
}

fn response(endpoint: &Endpoint, answer: &Answer, schemas: &mut Schemas) -> Value {
    let mut response = json!({ "description": answer.what });
    let Some(object) = response.as_object_mut() else { return response };
    if let Some(media_type) = answer.media_type {
        let schema = answer.schema.map_or_else(|| json!({}), |of| of(schemas));
        let media: Map<String, Value> =
            media_type.split(", ").map(|m| (m.to_owned(), json!({ "schema": schema }))).collect();
        object.insert("content".into(), Value::Object(media));
    }
    if endpoint.method == "get" && answer.media_type != Some("text/event-stream") {
        object.insert(
            "headers".into(),
            json!({ "ETag": { "schema": { "type": "string" }, "description": "For If-None-Match." } }),
        );
    }
    response
}

/// One response for each status that problems have; several kinds may share one.
fn problem_responses(answers: &Map<String, Value>) -> Value {
    let mut all = Map::new();
    for kind in Kind::ALL {
        let name = format!("Problem{}", kind.http_status());
        let same: Vec<Kind> =
            Kind::ALL.into_iter().filter(|k| k.http_status() == kind.http_status()).collect();
        let keys: Vec<String> = same.iter().map(|k| format!("`{}`: {}.", k.key(), k.title())).collect();
        let example = answers.get(&name).cloned().unwrap_or_else(|| {
            json!({
                "type": format!("/api/v1/docs#problem-{}", kind.key()), "title": kind.title(), "key": kind.key(),
                "status": kind.http_status(), "detail": format!("{}.", kind.title()),
            })
        });
        all.insert(
            name,
            json!({
                "description": keys.join(" "),
                "content": { "application/problem+json": {
                    "schema": { "$ref": "#/components/schemas/ProblemView" }, "example": example } },
            }),
        );
    }
    Value::Object(all)
}

/// Makes requests name the shape as it is sent where it differs from the one that is got.
fn rename_in_requests(description: &mut Value, name: &str) {
    let (from, to) = (format!("#/components/schemas/{name}"), format!("#/components/schemas/{name}Input"));
    if let Some(paths) = description.pointer_mut("/paths").and_then(Value::as_object_mut) {
        for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(|p| p.values_mut()) {
            if let Some(body) = operation.get_mut("requestBody") {
                replace_ref(body, &from, &to);
            }
        }
    }
    if let Some(schemas) = description.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (of, schema) in schemas.iter_mut() {
            if of.ends_with("Input") || of.ends_with("Request") {
                replace_ref(schema, &from, &to);
            }
        }
    }
}

fn replace_ref(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text == from => *text = to.to_owned(),
        Value::Array(list) => list.iter_mut().for_each(|v| replace_ref(v, from, to)),
        Value::Object(map) => map.values_mut().for_each(|v| replace_ref(v, from, to)),
        _ => {}
    }
}
