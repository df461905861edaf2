//! What programs send to set up channels and accounting profiles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PlaceWord;

/// A channel: a place documents come from, and its rules.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelRequest {
    /// Whether its documents are mailed when they ask for it; left out, yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<bool>,
    /// The account its mails leave by; left out, `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The name of the template its mails are written with, where that is offered for their documents; left
    /// out, the one used by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 80))]
    pub template: Option<String>,
    /// The template of its subjects; left out, that of its mails' template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The template of its texts; left out, that of its mails' template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Addresses that get a copy of each of its mails, unseen by the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub copies: Vec<String>,
    /// Its folder inside the outbox: what is dropped there comes by this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The accounting profile its sales are posted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// Export orders: whether its invoices and receipts are posted.
    #[serde(default)]
    pub export_orders: bool,
    /// Customer source: an id from the profile's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_source: Option<i64>,
    /// Payment method: an id from the profile's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<i64>,
    /// Bank account: an id from the profile's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<i64>,
}

/// An accounting profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegrationRequest {
    /// The package: kashflow.
    pub package: String,
    /// The user name there.
    pub user: String,
    /// The password there: the API password where there is one. Left out, the one that is kept stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Where it answers, when not at the package's own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Where the password is kept; left out, in the keyring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_place: Option<PlaceWord>,
}

/// The key by which the address of this machine is let in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowAddressRequest {
    /// The key that the accounting system's API settings show. It is not kept.
    #[schemars(length(min = 1, max = 200))]
    pub key: String,
}
