//! Telling another program over HTTP that something happened.

use std::time::Duration;

use super::http::{Post, Unanswered, post};
use crate::domain::Target;

/// How long the other side may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

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
    let json = [("content-type", "application/json".to_owned())];
    let headers: Vec<_> = json.iter().chain(headers).cloned().collect();
    // What the answer says beside its status is nobody's concern.
    let request = Post { headers: &headers, body, patience: PATIENCE, largest: 0 };
    match post(target, request).await {
        Ok(answer) => Told::Answered(answer.status),
        Err(Unanswered::NotReached(why) | Unanswered::Lost(why)) => Told::NotReached(why),
    }
}
