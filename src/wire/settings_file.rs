//! All settings of a shop in one file, without any secret: for another till, or to keep.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AccountRequest, CarriesShape, PaceRequest, PartyShape, SenderRequest};

/// The version of the file this program writes and reads.
pub const SETTINGS_VERSION: u32 = 1;

/// The settings of a shop. What is left out stays as it is.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsFile {
    /// The version of this form of file: 1.
    pub tillpost_settings: u32,
    /// Settings by key, as `settings show` lists them.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// The shop's details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<PartyShape>,
    /// The mail accounts, without their passwords, tokens and app secrets.
    #[serde(default)]
    pub accounts: Vec<AccountFile>,
}

/// A mail account in a settings file.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountFile {
    /// Its name.
    pub name: String,
    /// Whether it is used.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its settings. A password or app secret is refused here: a settings file carries none.
    pub account: AccountRequest,
    /// Which mails it carries.
    #[serde(default)]
    pub carries: CarriesShape,
    /// How fast it may send.
    #[serde(default)]
    pub pace: PaceRequest,
    /// Who it may send as beside its own sender, and how each signs; left out, those there are stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub senders: Option<Vec<SenderRequest>>,
}

fn yes() -> bool {
    true
}

/// What reading a settings file changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SettingsImportView {
    /// Whether it was done; not in a dry run.
    pub done: bool,
    /// What changes, a line each; empty when all is so already.
    pub changes: Vec<String>,
    /// Accounts that need a password, an app secret or connecting before they can send.
    pub need_secrets: Vec<String>,
}
