//! Telling another program over HTTP that something happened.

use hyper::Request;
use hyper::header::CONTENT_TYPE;

use super::http::{LONGEST_ANSWER, PATIENCE, exchange};
use crate::domain::Target;
use crate::domain::reply::Cause;

/// What came of telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The other side answered with this status.
    Answered(u16),
    /// It was not reached, or did not answer.
    NotReached(String),
}

/// Sends `body` to `target` with these header fields, once; redirections are not followed.
pub async fn tell(target: &Target, headers: &[(&str, String)], body: String) -> Told {
    let mut request = Request::post("/").header(CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = match request.body(body.into_bytes()) {
        Ok(request) => request,
        Err(why) => return Told::NotReached(why.to_string()),
    };
    match exchange(target, request, PATIENCE, LONGEST_ANSWER).await {
        // What the answer says beside its status is nobody's concern.
        Ok(answer) => Told::Answered(answer.status().as_u16()),
        Err(trouble) => Told::NotReached(match trouble.cause {
            Cause::TimedOut => "it took too long to answer".into(),
            Cause::Network(fault) => fault.to_string(),
            Cause::Certificate(fault) => format!("its certificate was refused: {fault}"),
            Cause::Protocol(why) => why,
            other => other.word().to_owned(),
        }),
    }
}
