//! An endpoint: its route, who may use it, and how it is described. Both the router and the OpenAPI
//! description are made from the same value, so neither can know something the other does not.

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::Value;

use super::web::Web;
use crate::app::Kind;
use crate::domain::access::Scope;
use crate::wire::schema::{JsonSchema, Schemas};

/// Makes a schema.
type SchemaOf = fn(&mut Schemas) -> Value;
/// Makes the fields of a query.
type QueryOf = fn(&mut Schemas) -> Vec<(String, Value, bool)>;

/// What a request brings along.
pub(super) struct Body {
    pub(super) media_type: &'static str,
    pub(super) schema: Option<SchemaOf>,
    pub(super) example: Option<Value>,
}

/// What an answer is.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) what: &'static str,
    pub(super) media_type: Option<&'static str>,
    pub(super) schema: Option<SchemaOf>,
}

/// An endpoint below `/api/v1`.
pub(super) struct Endpoint {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) scope: Option<Scope>,
    pub(super) group: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) detail: &'static str,
    pub(super) query: Option<QueryOf>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<Answer>,
    pub(super) problems: Vec<Kind>,
    pub(super) idempotent: bool,
    pub(super) versioned: bool,
    pub(super) only_new: bool,
    pub(super) route: MethodRouter<Web>,
}

/// An endpoint for `method` on `path` that needs `scope`; `id` is its name in generated clients.
fn endpoint<H, T>(
    method: (&'static str, MethodFilter),
    path: &'static str,
    scope: Option<Scope>,
    id: &'static str,
    handler: H,
) -> Endpoint
where
    H: Handler<T, Web>,
    T: 'static,
{
    Endpoint {
        method: method.0,
        path,
        scope,
        group: "",
        id,
        summary: "",
        detail: "",
        query: None,
        body: None,
        answers: Vec::new(),
        problems: Vec::new(),
        idempotent: false,
        versioned: false,
        only_new: false,
        route: on(method.1, handler),
    }
}

macro_rules! method {
    ($name:ident, $word:literal, $filter:ident) => {
        pub(super) fn $name<H, T>(
            path: &'static str,
            scope: impl Into<Option<Scope>>,
            id: &'static str,
            handler: H,
        ) -> Endpoint
        where
            H: Handler<T, Web>,
            T: 'static,
        {
            endpoint(($word, MethodFilter::$filter), path, scope.into(), id, handler)
        }
    };
}
method!(get, "get", GET);
method!(post, "post", POST);
method!(put, "put", PUT);
method!(delete, "delete", DELETE);

impl Endpoint {
    /// What it does: a line, and what else is to be known.
    pub(super) fn about(mut self, summary: &'static str, detail: &'static str) -> Self {
        (self.summary, self.detail) = (summary, detail);
        self
    }

    /// What may stand behind the question mark.
    pub(super) fn asks<T: JsonSchema>(mut self) -> Self {
        self.query = Some(Schemas::query::<T>);
        self
    }

    /// The JSON it takes, with an example.
    pub(super) fn takes<T: JsonSchema>(mut self, example: Value) -> Self {
        self.body = Some(Body {
            media_type: "application/json",
            schema: Some(Schemas::request::<T>),
            example: Some(example),
        });
        self
    }

    /// Bytes it takes.
    pub(super) fn takes_bytes(mut self, media_type: &'static str) -> Self {
        self.body = Some(Body { media_type, schema: None, example: None });
        self
    }

    /// The JSON it answers with.
    pub(super) fn gives<T: JsonSchema>(mut self, status: u16, what: &'static str) -> Self {
        let (media_type, schema) = (Some("application/json"), Some(Schemas::answer::<T> as SchemaOf));
        self.answers.push(Answer { status, what, media_type, schema });
        self
    }

    /// Other content it answers with.
    pub(super) fn gives_bytes(mut self, media_type: &'static str, what: &'static str) -> Self {
        self.answers.push(Answer { status: 200, what, media_type: Some(media_type), schema: None });
        self
    }

    /// That it answers with nothing.
    pub(super) fn gives_nothing(mut self, what: &'static str) -> Self {
        self.answers.push(Answer { status: 204, what, media_type: None, schema: None });
        self
    }

    /// Which problems it may answer with, beside those every endpoint may.
    pub(super) fn fails(mut self, problems: &[Kind]) -> Self {
        self.problems.extend(problems);
        self
    }

    /// It reads Idempotency-Key.
    pub(super) fn once(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// It reads If-Match.
    pub(super) fn if_match(mut self) -> Self {
        self.versioned = true;
        self.fails(&[Kind::Stale])
    }

    /// It reads If-None-Match.
    pub(super) fn only_new(mut self) -> Self {
        self.only_new = true;
        self.fails(&[Kind::Stale])
    }
}

/// The endpoints of a noun.
pub(super) fn group(name: &'static str, endpoints: Vec<Endpoint>) -> Vec<Endpoint> {
    endpoints.into_iter().map(|e| Endpoint { group: name, ..e }).collect()
}
