//! Who may use Tillpost over HTTP, and who is told of what happens.

use schemars::JsonSchema;
use serde::Serialize;

/// Who may get in, and how.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AccessView {
    /// Enabled: whether programs with an API password may use Tillpost.
    pub enabled: bool,
    /// Remote login: whether they may make one-time links.
    pub remote_login: bool,
    /// Restrict access: who may connect beside this computer; empty for everybody.
    pub restrict_access: Vec<String>,
    /// The addresses that are answered on, like `http://127.0.0.1:7420`.
    pub listening: Vec<String>,
    /// Whether other machines can reach one of them; null where the running service was not asked.
    pub reachable: Option<bool>,
    /// Web pages that may use the API and show the screens inside theirs.
    pub web_origins: Vec<String>,
    /// Whether staff have a PIN.
    pub staff_pin: bool,
    /// Whether the owner has a PIN.
    pub owner_pin: bool,
    /// The API passwords.
    pub passwords: Vec<PasswordView>,
    /// The one-time links of the last day, newest first.
    pub links: Vec<LinkView>,
}

/// An API password, without the password.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PasswordView {
    /// The program it was made for.
    pub name: String,
    /// What it allows: read, send, manage.
    pub scope: &'static str,
    /// Its last four characters.
    pub ending: String,
    /// When it was made.
    pub created_at: String,
    /// When it was last used, to the minute.
    pub last_used_at: Option<String>,
    /// Mails that the program handed in.
    pub mails: i64,
}

/// An API password just made.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NewPasswordView {
    /// The password. It is shown this once and kept nowhere.
    pub password: String,
    /// What is kept.
    #[serde(flatten)]
    pub kept: PasswordView,
}

/// A one-time link, without its token.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LinkView {
    /// The program that made it.
    pub made_by: String,
    /// Who gets in by it: staff, owner.
    pub role: &'static str,
    /// The page it opens.
    pub path: String,
    /// When it was made.
    pub created_at: String,
    /// When it was used.
    pub used_at: Option<String>,
}

/// A one-time link just made.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NewLinkView {
    /// The address to open.
    pub url: String,
    /// Until when it works.
    pub until: String,
}

/// How people may come in at a screen.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EntranceView {
    /// Whether staff have a PIN.
    pub staff_pin: bool,
    /// Whether the owner has a PIN.
    pub owner_pin: bool,
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CallerView {
    /// The API password's name, or how the session began.
    pub name: String,
    /// What they may do: read, send, manage.
    pub scope: &'static str,
    /// Who sits at the screen: staff, owner; null for a program.
    pub role: Option<&'static str>,
    /// Whether a PIN would let them in again at a screen.
    pub pin: bool,
    /// The shop's name, where its details are set.
    pub shop: Option<String>,
}

/// Who wants to be told what happens, without the signing secret.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WebhookView {
    /// Its id.
    pub id: String,
    /// Where to.
    pub url: String,
    /// Which events.
    pub events: Vec<String>,
    /// When it was set up.
    pub created_at: String,
    /// Events it has not been told yet.
    pub waiting: i64,
    /// What went wrong last, if something waits or was given up for that reason.
    pub problem: Option<String>,
}

/// A webhook just set up.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NewWebhookView {
    /// The secret with which it is signed to (Standard Webhooks). It is shown this once.
    pub secret: String,
    /// What is kept.
    #[serde(flatten)]
    pub kept: WebhookView,
}
