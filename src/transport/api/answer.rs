//! From an answer's status, header and JSON to what was said.

use chrono::{DateTime, FixedOffset};
use hyper::HeaderMap;
use hyper::header::{DATE, HeaderName, RETRY_AFTER};
use serde_json::Value;

use crate::domain::reply::Reply;

/// Reads an answer; one that is not the interface's own has a status alone.
pub(super) fn read(status: u16, head: &HeaderMap, body: &[u8]) -> Reply {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |path: &str| json.pointer(path).and_then(Value::as_str).unwrap_or_default();
    // Google tells in a list, in its details, or in one word for all its services; Microsoft in `code`.
    let reasons = ["/error/errors/0/reason", "/error/details/0/reason", "/error/code", "/error/status"];
    let reason = reasons.into_iter().map(text).find(|reason| !reason.is_empty()).unwrap_or_default();
    let message = match (text("/error/message"), text("/id")) {
        ("", "") => String::new(),
        ("", id) => format!("id {id}"),
        (message, _) => message.to_owned(),
    };
    Reply::answered(status, reason, &message, retry_after(head, &message))
}

/// For how long it wants to be left alone, in seconds. A time is taken against the answer's own, so that
/// this computer's clock does not matter.
fn retry_after(head: &HeaderMap, message: &str) -> Option<i64> {
    let given = |name: HeaderName| head.get(name).and_then(|value| value.to_str().ok());
    let now = given(DATE).and_then(day);
    if let Some(value) = given(RETRY_AFTER) {
        let seconds = value.trim().parse().ok();
        return seconds.or_else(|| Some((day(value)? - now?).num_seconds()));
    }
    // "User-rate limit exceeded.  Retry after 2026-11-21T15:04:05.678Z"
    let (_, after) = message.split_once("Retry after ")?;
    let until = DateTime::parse_from_rfc3339(after.split_whitespace().next()?).ok()?;
    Some((until - now?).num_seconds() + 1)
}

fn day(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc2822(text).ok()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn head(fields: &[(HeaderName, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_words_of_both_interfaces_are_found() {
        let google = br#"{"error":{"code":403,"message":"Request had insufficient authentication scopes.",
            "errors":[{"message":"Insufficient Permission","domain":"global","reason":"insufficientPermissions"}],
            "status":"PERMISSION_DENIED"}}"#;
        let reply = read(403, &HeaderMap::new(), google);
        assert_eq!(
            reply.to_string(),
            "HTTP 403 insufficientPermissions: Request had insufficient authentication scopes."
        );
        let microsoft =
            br#"{"error":{"code":"ErrorSendAsDenied","message":"not allowed","innerError":{"date":"x"}}}"#;
        assert_eq!(read(403, &HeaderMap::new(), microsoft).text, "ErrorSendAsDenied: not allowed");
        let sent = br#"{"id":"18f","threadId":"18f","labelIds":["SENT"]}"#;
        assert_eq!(read(200, &HeaderMap::new(), sent).to_string(), "HTTP 200 id 18f");
        assert_eq!(read(502, &HeaderMap::new(), b"<html>Bad Gateway</html>").to_string(), "HTTP 502");
        assert_eq!(read(202, &HeaderMap::new(), b"").to_string(), "HTTP 202");
    }

    #[test]
    fn a_pause_is_counted_by_the_answers_own_clock() {
        let date = (DATE, "Sat, 21 Nov 2026 15:00:00 GMT");
        let wait = |fields: &[(HeaderName, &'static str)], message: &str| retry_after(&head(fields), message);
        assert_eq!(wait(&[(RETRY_AFTER, "17")], ""), Some(17));
        assert_eq!(wait(&[date.clone(), (RETRY_AFTER, "Sat, 21 Nov 2026 15:02:00 GMT")], ""), Some(120));
        assert_eq!(wait(&[(RETRY_AFTER, "Sat, 21 Nov 2026 15:02:00 GMT")], ""), None);
        let message = "User-rate limit exceeded.  Retry after 2026-11-21T16:00:00.250Z";
        assert_eq!(wait(&[date], message), Some(3601));
        assert_eq!(wait(&[], message), None);
        assert_eq!(wait(&[], "Rate Limit Exceeded"), None);
    }
}
