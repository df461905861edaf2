//! Channels, accounting profiles and what is posted.

use schemars::JsonSchema;
use serde::Serialize;

/// A channel.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChannelView {
    /// Its name, which documents give as `channel`.
    pub name: String,
    /// What it does.
    #[serde(flatten)]
    pub settings: crate::wire::ChannelRequest,
}

/// A package that profiles can be of.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PackageView {
    /// What profiles name it by.
    pub id: &'static str,
    /// The name its maker gives it.
    pub title: &'static str,
    /// What kind of system it is: accounts.
    pub kind: &'static str,
}

/// An accounting profile, without its password.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct IntegrationView {
    /// Its name.
    pub name: String,
    /// What kind of system it is: accounts.
    pub kind: &'static str,
    /// Which package.
    pub package: String,
    /// The name its maker gives the package.
    pub title: &'static str,
    /// Where it answers.
    pub endpoint: String,
    /// The user name there.
    pub user: String,
    /// Where the password is kept.
    pub secret_place: &'static str,
    /// Whether it is used.
    pub enabled: bool,
    /// The company the books are of; empty before the first test.
    pub company: String,
    /// How it stands: ready, offline, busy, throttled, held_sign_in, held_settings.
    pub standing: &'static str,
    /// Why.
    pub reason: String,
    /// When it is tried again by itself.
    pub next_try_at: Option<String>,
    /// When it last answered.
    pub contact_at: Option<String>,
    /// When its lists were fetched.
    pub listed_at: Option<String>,
}

/// An entry of one of the books' lists.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChoiceView {
    /// Its id there.
    pub id: i64,
    /// Its name there.
    pub name: String,
}

/// What channels can choose from, as it was fetched last.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChoicesView {
    /// The company the books are of.
    pub company: String,
    /// Where customers come from.
    pub customer_sources: Vec<ChoiceView>,
    /// Ways to pay.
    pub payment_methods: Vec<ChoiceView>,
    /// Bank accounts.
    pub bank_accounts: Vec<ChoiceView>,
}

/// An address that opens the books without signing in.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RemoteLoginView {
    /// The address. Whoever has it is in.
    pub url: String,
}

/// A sale on its way into the books.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PostingView {
    /// Its number at this till.
    pub id: i64,
    /// The kind of document.
    pub kind: String,
    /// The document's number.
    pub document: String,
    /// The channel it came by.
    pub channel: String,
    /// The profile it is posted by.
    pub integration: String,
    /// waiting, offered (a request is under way), accepted (in the books), refused, deferred, uncertain
    /// (an answer was lost; the books are searched), abandoned, cancelled.
    pub state: &'static str,
    /// The last trouble, in words.
    pub reason: String,
    /// What the sale is found by in the books.
    pub reference: String,
    /// The customer's id there.
    pub customer: Option<i64>,
    /// The invoice's number there.
    pub invoice: Option<i64>,
    /// Whether the PDF is attached there.
    pub file: bool,
    /// The payment's id there.
    pub payment: Option<i64>,
    /// Times it met trouble.
    pub tries: u32,
    /// When it is tried again, while it waits.
    pub next_try_at: Option<String>,
    /// When it was queued.
    pub created_at: String,
}
