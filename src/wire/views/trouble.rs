//! What goes wrong with accounts and mails, and how an account is tested.

use schemars::JsonSchema;
use serde::Serialize;

/// What went wrong, in the shop's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExplanationView {
    /// Which text.
    pub id: String,
    /// The same for programs, stable.
    pub key: String,
    /// Whom it is about: network, account, recipient, mail.
    pub scope: String,
    /// What happens next: hold, auto, at, split, stop.
    pub retry: String,
    /// Where: dns, connect, tls, greeting, ehlo, starttls, auth, mail, rcpt, data, after_data, any.
    pub stage: String,
    /// The effect, short.
    pub title: String,
    /// Why.
    pub detail: String,
    /// What to do.
    pub steps: Vec<String>,
    /// The buttons, the fix first.
    pub actions: Vec<ActionView>,
    /// What the server said, for support.
    pub raw: RawView,
}

/// A test of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TestView {
    /// Whether it went well to its end.
    pub works: bool,
    /// accepted (the test mail), signed_in (no mail was asked for), offline, failed.
    pub state: &'static str,
    /// A closing sentence; may be empty.
    pub message: String,
    /// What does not work and what to do.
    pub problem: Option<ExplanationView>,
    /// The steps, in order.
    pub steps: Vec<TestStepView>,
}

/// A line of a test's log.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TestLineView {
    /// A step is done.
    Step(TestStepView),
    /// The end.
    Result(TestView),
    /// The end, where the test itself could not go on.
    Problem(super::ProblemView),
}

/// One step of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TestStepView {
    /// Which: dns, connect, tls, greeting, ehlo, auth, sender, recipient, accepted, port.
    pub key: &'static str,
    /// Its name for people.
    pub name: String,
    /// ok, failed, not_tried, waiting.
    pub state: &'static str,
    /// What was found.
    pub says: String,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// The server's certificate, where it showed one in this step.
    pub certificate: Option<CertificateView>,
    /// What went wrong and what to do.
    pub problem: Option<ExplanationView>,
}

/// A server's certificate, to be shown before it is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CertificateView {
    /// The names it is for.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// From when it counts.
    pub not_before: String,
    /// Until when it counts.
    pub not_after: String,
    /// SHA-256 over its bytes: the pin that trusts exactly this one.
    pub fingerprint: String,
}

/// A mail provider Tillpost knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProviderView {
    /// Its stable name, for `--preset`.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// Its submission server.
    pub host: String,
    /// The recommended port.
    pub port: u16,
    /// The encryption that belongs to it: tls, starttls.
    pub encryption: &'static str,
    /// The ways to sign in, best first: oauth, app_password, password.
    pub sign_ins: Vec<String>,
    /// The interface its mails can leave by instead of its server: gmail, graph.
    pub interface: Option<&'static str>,
    /// The address domains it serves.
    pub domains: Vec<String>,
    /// What its users must know.
    pub hint: String,
    /// A dated notice; may be empty.
    pub notice: String,
}

/// A button of an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ActionView {
    /// What it does.
    pub key: String,
    /// What stands on it.
    pub label: String,
    /// What it puts in: a server's name, an address, a port and its encryption like `587 starttls`, or the
    /// fingerprint of a certificate.
    pub value: Option<String>,
}

/// A server's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RawView {
    /// The code.
    pub code: Option<u16>,
    /// The enhanced code.
    pub enhanced: Option<String>,
    /// The text.
    pub text: String,
}
