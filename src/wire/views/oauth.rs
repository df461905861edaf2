//! Accounts that sign in at their provider, without their tokens and secrets.

use schemars::JsonSchema;
use serde::Serialize;

use super::ExplanationView;

/// With which app an account signs in, and how its connection stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OauthView {
    /// microsoft or google.
    pub issuer: &'static str,
    /// The app's id.
    pub client_id: String,
    /// Whether the app has a secret.
    pub client_secret: bool,
    /// The day on which it runs out, if that is known.
    pub client_secret_expires: Option<String>,
    /// Microsoft's directory.
    pub tenant: String,
    /// Another address of the sign-in page than the issuer's own, where one was set.
    pub authorize_url: Option<String>,
    /// Another address for tokens.
    pub token_url: Option<String>,
    /// Another address for device codes.
    pub device_url: Option<String>,
    /// Another address for ending connections.
    pub revoke_url: Option<String>,
    /// Whether a person connected it.
    pub connected: bool,
    /// Who, as the provider named them.
    pub connected_as: Option<String>,
    /// Since when.
    pub connected_at: Option<String>,
    /// When the sign-in was last renewed.
    pub renewed_at: Option<String>,
    /// When the connection ends whatever is done, if the provider said so.
    pub ends_at: Option<String>,
}

/// How far connecting an account has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConnectView {
    /// idle (nobody began), waiting (for the person), connected, failed.
    pub state: &'static str,
    /// The address to open in a browser on this computer.
    pub url: Option<String>,
    /// The page to open on any device.
    pub page: Option<String>,
    /// The code to enter there.
    pub code: Option<String>,
    /// Until when that can be done.
    pub until: Option<String>,
    /// Why it failed and what to do.
    pub problem: Option<ExplanationView>,
}

/// What became of a connection that was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DisconnectView {
    /// Whether the provider ended it too.
    pub revoked: bool,
    /// Where a person can end it at the provider, where it did not.
    pub page: Option<&'static str>,
}
