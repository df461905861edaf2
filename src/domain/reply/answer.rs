//! What the mail interfaces of Google and Microsoft answer over HTTP, and what that means for whom.
//!
//! # Source
//! Gmail API, "Resolve errors" and "Usage limits"; Microsoft Graph, "Error responses", "Throttling
//! guidance" and `user: sendMail`; Exchange, `ResponseCode`, whose words Graph passes on.

use super::{Effect, Reply, Stage};

/// What an interface says beside the status and its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its word for what happened, like `ErrorSendAsDenied` or `rateLimitExceeded`; may be empty.
    pub reason: String,
    /// How long it wants to be left alone, in seconds.
    pub retry_after: Option<i64>,
}

/// Limits of the day; it passes by itself.
const DAY_LIMITS: [&str; 4] =
    ["dailyLimitExceeded", "ErrorSubmissionQuotaExceeded", "ErrorExceededMessageLimit", "limitExceeded"];
/// Limits of the minute.
const PACE_LIMITS: [&str; 4] =
    ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "ApplicationThrottled"];
/// Too much at once.
const CROWDED: &str = "MailboxConcurrency";
/// The token does not allow what was asked: connecting again asks for it.
const RIGHTS: [&str; 5] = [
    "insufficientPermissions",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    "ErrorAccessDenied",
    "Authorization_RequestDenied",
    "authError",
];
/// The mailbox, or its service, cannot be used by this account at all.
const MAILBOX: [&str; 8] = [
    "failedPrecondition",
    "MailboxNotEnabledForRESTAPI",
    "MailboxNotHostedInExchangeOnline",
    "MailboxNotSupportedForRESTAPI",
    "ErrorAccountDisabled",
    "ErrorMessageSubmissionBlocked",
    "ErrorQuotaExceeded",
    "ErrorSendAsDenied",
];
/// Exchange could not begin: it is busy with itself.
const MOMENTARY: [&str; 3] =
    ["ErrorServerBusy", "ErrorMailboxStoreUnavailable", "ErrorMailboxMoveInProgress"];

impl Reply {
    /// The answer of an interface: its HTTP status, its word for it, what it says, and for how long it
    /// wants to be left alone.
    #[must_use]
    pub fn answered(status: u16, reason: &str, message: &str, retry_after: Option<i64>) -> Self {
        let said = match (reason.is_empty(), message.is_empty()) {
            (true, _) => message.to_owned(),
            (_, true) => reason.to_owned(),
            _ => format!("{reason}: {message}"),
        };
        let answer = Answer { reason: reason.to_owned(), retry_after };
        Self { text: super::clean(&said), answer: Some(answer), ..Self::new(status, "") }
    }

    /// The word of the interface, where this is its answer.
    fn reason(&self) -> &str {
        self.answer.as_ref().map_or("", |answer| answer.reason.as_str())
    }

    /// Whether the interface may have sent the mail although it says that something went wrong: between
    /// it and the mailbox an answer was lost.
    ///
    /// Both documentations call these passing faults; that a mail can go out all the same is what users
    /// of Graph report. 503 is the polite form of "later" and means that nothing was done.
    #[must_use]
    pub fn leaves_doubt(&self) -> bool {
        self.answer.is_some()
            && matches!(self.code, 500 | 502 | 504)
            && effect(self) == Effect::Busy
            && !MOMENTARY.contains(&self.reason())
    }

    /// Whether the answer may be about one of several recipients: the interfaces refuse all for one.
    #[must_use]
    pub fn names_a_recipient(&self) -> bool {
        let says = self.says(&["invalid to header", "invalid cc header", "invalid bcc header", "recipient"]);
        self.answer.is_some()
            && self.code == 400
            && (self.reason() == "ErrorInvalidRecipients" || says)
            && effect(self) == Effect::ThisMail
    }
}

/// What an interface's answer means for the account.
pub(super) fn effect(reply: &Reply) -> Effect {
    let (reason, wait) = (reply.reason(), reply.answer.as_ref().and_then(|a| a.retry_after));
    let named = |list: &[&str]| list.iter().any(|word| word.eq_ignore_ascii_case(reason));
    let seconds = |usual: i64| wait.unwrap_or(usual).clamp(1, super::DAY_LIMIT_SECONDS);
    let limited = |usual: i64| Effect::Throttled(seconds(usual));
    if named(&[CROWDED]) {
        return Effect::Crowded(seconds(super::SHORT_LIMIT_SECONDS));
    }
    if named(&DAY_LIMITS) {
        return limited(super::DAY_LIMIT_SECONDS);
    }
    if named(&PACE_LIMITS) || reply.code == 429 {
        return limited(super::SHORT_LIMIT_SECONDS);
    }
    if named(&MAILBOX) {
        return Effect::HeldSettings;
    }
    if named(&RIGHTS) {
        return Effect::HeldSignIn;
    }
    match reply.code {
        400 | 413 | 422 => Effect::ThisMail,
        401 => Effect::HeldSignIn,
        503 if wait.is_some() => limited(super::SHORT_LIMIT_SECONDS),
        408 | 409 | 423 | 500..=599 => Effect::Busy,
        // What nobody knows: a mail is not given up for it, a person looks.
        400..=499 => Effect::HeldSettings,
        _ => Effect::Busy,
    }
}

/// Whether the refusal of a mail is for good.
pub(super) fn is_permanent(reply: &Reply) -> bool {
    effect(reply) == Effect::ThisMail
}

/// Whether the mail was too large.
pub(super) fn too_large(reply: &Reply) -> bool {
    reply.code == 413
        || reply.reason() == "ErrorMessageSizeExceeded"
        || reply.says(&["too large", "maximum supported size", "size limit", "entity too large"])
}

/// At which step of a conversation the answer would have come, had there been one.
#[must_use]
pub fn stage(reply: &Reply) -> Stage {
    match (effect(reply), reply.reason()) {
        (_, "ErrorSendAsDenied") => Stage::Mail,
        (Effect::HeldSignIn, _) => Stage::Auth,
        _ if reply.names_a_recipient() => Stage::Rcpt,
        _ => Stage::Dot,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, reason: &str, retry_after: Option<i64>) -> Effect {
        effect(&Reply::answered(status, reason, "x", retry_after))
    }

    #[test]
    fn who_an_answer_belongs_to() {
        for (status, reason, retry_after, wanted) in [
            (401, "authError", None, Effect::HeldSignIn),
            (401, "InvalidAuthenticationToken", None, Effect::HeldSignIn),
            (403, "insufficientPermissions", None, Effect::HeldSignIn),
            (403, "ErrorAccessDenied", None, Effect::HeldSignIn),
            (403, "ErrorSendAsDenied", None, Effect::HeldSettings),
            (403, "domainPolicy", None, Effect::HeldSettings),
            (403, "accessNotConfigured", None, Effect::HeldSettings),
            (400, "failedPrecondition", None, Effect::HeldSettings),
            (404, "MailboxNotEnabledForRESTAPI", None, Effect::HeldSettings),
            (403, "dailyLimitExceeded", None, Effect::Throttled(86_400)),
            (403, "userRateLimitExceeded", Some(7), Effect::Throttled(7)),
            (403, "rateLimitExceeded", None, Effect::Throttled(300)),
            (429, "", Some(0), Effect::Throttled(1)),
            (429, "ApplicationThrottled", Some(20), Effect::Throttled(20)),
            (503, "", Some(30), Effect::Throttled(30)),
            (503, "ErrorServerBusy", None, Effect::Busy),
            (400, "invalidArgument", None, Effect::ThisMail),
            (400, "ErrorInvalidRecipients", None, Effect::ThisMail),
            (413, "", None, Effect::ThisMail),
            (404, "", None, Effect::HeldSettings),
        ] {
            assert_eq!(meaning(status, reason, retry_after), wanted, "{status} {reason}");
        }
    }

    #[test]
    fn only_a_lost_answer_leaves_doubt() {
        let doubt = |status, reason| Reply::answered(status, reason, "", None).leaves_doubt();
        assert!(doubt(500, "UnknownError") && doubt(502, "") && doubt(504, "") && doubt(500, "backendError"));
        assert!(!doubt(503, "") && !doubt(429, "") && !doubt(400, "") && !doubt(500, "ErrorServerBusy"));
        assert!(!doubt(507, "ErrorQuotaExceeded") && !doubt(500, "ErrorSubmissionQuotaExceeded"));
        assert!(!Reply::new(554, "5.0.0 no").leaves_doubt());
    }

    #[test]
    fn an_answer_is_told_from_a_mail_servers_reply() {
        let reply =
            Reply::answered(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.", None);
        assert_eq!(reply.to_string(), "HTTP 400 ErrorInvalidRecipients: At least one recipient isn't valid.");
        assert!(reply.is_permanent() && !reply.is_transient() && reply.names_a_recipient());
        let later = Reply::answered(503, "", "5.1.1 is no code here", None);
        assert!(later.is_transient() && later.enhanced.is_none() && !later.is_permanent());
        assert!(Reply::answered(202, "", "", None).is_positive());
    }
}
