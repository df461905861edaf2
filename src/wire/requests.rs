//! What programs send over HTTP beside documents and mails.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::document::check_client_ref;
use super::mail::{SendAfter, send_after};
use super::{Given, MailFile, MailShape};
use crate::domain::account::Encryption;
use crate::domain::document::Kind;
use crate::domain::invalid::{at_most, one_line};
use crate::domain::routing::Carries;
use crate::domain::{Invalid, say};

/// A mail to send, or to keep as a draft.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailRequest {
    /// Your own id for this mail: the same one again sends nothing twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub client_ref: Option<String>,
    /// The mail.
    pub mail: MailShape,
    /// The number of an issued document to attach, or its kind and number like invoice/2026-0012: numbers are
    /// unique within their kind alone, and one that several kinds have is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Files to attach; together at most 36 MiB.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentShape>,
}

/// Whom a draft that is made of a mail is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DraftFor {
    /// All who the mail is for.
    #[default]
    Everybody,
    /// Those for whom no server took it.
    Missed,
    /// Nobody yet.
    Nobody,
}

/// What a draft that is made of a mail is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftOfRequest {
    /// Whom it is for.
    #[serde(default)]
    pub r#for: DraftFor,
}

/// A file to attach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachmentShape {
    /// Its name, without folders.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Its bytes in base64.
    #[schemars(extend("contentEncoding" = "base64"))]
    pub content: String,
}

impl AttachmentShape {
    /// The file's bytes; `path` is where it stands in its request.
    ///
    /// # Errors
    /// When the name is a path, or the content is not base64.
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>, Invalid> {
        let name = || format!("{path}.name");
        one_line(&name(), &self.name)?;
        at_most(&name(), &self.name, 200)?;
        if self.name.trim().is_empty() || self.name.contains(['/', '\\']) || self.name == ".." {
            return Err(Invalid::new(
                name(),
                say!("\"{name}\" is not the name of a file", name = self.name),
                "Give the name without folders",
            ));
        }
        STANDARD.decode(&self.content).map_err(|e| {
            Invalid::new(
                format!("{path}.content"),
                say!("it is not base64: {e}", e),
                "Encode the file's bytes in base64, with padding and without line breaks",
            )
        })
    }
}

impl MailRequest {
    /// The mail as files have it.
    #[must_use]
    pub fn file(&self) -> MailFile {
        MailFile { client_ref: self.client_ref.clone(), mail: self.mail.clone(), attachments: vec![] }
    }

    /// Checks the sender's own id.
    ///
    /// # Errors
    /// When it is empty, too long or not one line.
    pub fn check(&self) -> Result<(), Invalid> {
        self.client_ref.as_deref().map_or(Ok(()), check_client_ref)
    }
}

/// What you know or want about a mail whose answer from the server was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is known to have arrived.
    Arrived,
    /// Send the same bytes again.
    SendAgain,
    /// Leave it.
    GiveUp,
}

/// A decision about a mail in doubt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// What you know or want.
    pub decision: Decision,
}

/// Another time for a waiting mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaterRequest {
    /// Not before this time: `2026-11-21T17:00` in the shop's own time, or with an offset.
    pub send_after: String,
}

impl LaterRequest {
    /// The time.
    ///
    /// # Errors
    /// When it is none.
    pub fn at(&self) -> Result<SendAfter, Invalid> {
        send_after(&self.send_after)
    }
}

/// To whom a mail goes once more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendRequest {
    /// Your own id for the new mail: the same one again sends nothing twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub client_ref: Option<String>,
    /// Who it is for this time; left out, the same people. Whoever had it as a copy or a blind copy has it so
    /// again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
}

/// How a connection to a mail server is protected. The words that providers have for it are understood, too:
/// SSL, SSL/TLS, TLS/STARTTLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EncryptionWord {
    /// From the first byte; on port 587 it is starttls.
    Tls,
    /// After a plain greeting.
    Starttls,
    /// Not at all: only for a server on this machine.
    None,
}

impl<'de> Deserialize<'de> for EncryptionWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Encryption::as_named(&text) {
            Some(Encryption::Tls) => Ok(Self::Tls),
            Some(Encryption::StartTls) => Ok(Self::Starttls),
            Some(Encryption::None) => Ok(Self::None),
            None => Err(D::Error::unknown_variant(&text, &["tls", "starttls", "none"])),
        }
    }
}

/// Where a password is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlaceWord {
    /// The operating system's keyring.
    Keyring,
    /// The encrypted file for machines without a keyring.
    File,
}

/// A new value of a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingRequest {
    /// The value, as text: `true`, `10`, `a@example.com, b@example.com`.
    pub value: String,
}

/// What an API password is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    /// The program that will use it.
    #[schemars(length(min = 1, max = 60))]
    pub name: String,
    /// What it allows.
    pub scope: ScopeWord,
}

/// What a caller may do; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScopeWord {
    /// See documents, mails and the address book.
    Read,
    /// Issue documents and send mails.
    Send,
    /// Change accounts, settings and who may get in.
    Manage,
}

impl ScopeWord {
    /// The scope.
    #[must_use]
    pub fn scope(self) -> crate::domain::access::Scope {
        use crate::domain::access::Scope;
        match self {
            Self::Read => Scope::Read,
            Self::Send => Scope::Send,
            Self::Manage => Scope::Manage,
        }
    }
}

/// Who sits at a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoleWord {
    /// Anybody who works in the shop.
    Staff,
    /// Who may change settings.
    Owner,
}

impl RoleWord {
    /// The role.
    #[must_use]
    pub fn role(self) -> crate::domain::access::Role {
        use crate::domain::access::Role;
        match self {
            Self::Staff => Role::Staff,
            Self::Owner => Role::Owner,
        }
    }
}

/// Which page a one-time link opens, and for whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// The path of a screen, like `/sent/118`.
    pub path: String,
    /// Who gets in by it; left out, staff. Owner needs a password that may manage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleWord>,
}

/// A PIN entered at a screen.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinEntry {
    /// Who enters it.
    pub role: RoleWord,
    /// The PIN.
    #[schemars(length(min = 1, max = 64))]
    pub pin: String,
}

/// A new PIN.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinRequest {
    /// Four to twelve digits.
    #[schemars(regex(pattern = r"^[0-9]{4,12}$"))]
    pub pin: String,
}

/// A mail account to set up, or to change: what can be left out stays as it was then, and null empties it.
/// Written out, it has no password.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountRequest {
    /// By which way its mails leave; left out, by the interface whose host it is, else by a mail server.
    #[serde(default)]
    pub transport: Option<TransportWord>,
    /// Its server; for the interfaces gmail.googleapis.com and graph.microsoft.com, on port 443 with tls.
    pub host: String,
    /// Its port.
    #[schemars(range(min = 1))]
    pub port: u16,
    /// How the connection is protected.
    pub encryption: EncryptionWord,
    /// Whether a password may go over an unprotected connection; only ever for tests.
    #[serde(default)]
    pub allow_plaintext: bool,
    /// How it signs in; left out, with a password.
    #[serde(default)]
    pub auth: Option<AuthWord>,
    /// The user name; left out, the same one while it signs in the same way.
    #[serde(default)]
    pub user: Given<String>,
    /// A new password; left out, the one that is kept. It is never shown again.
    #[serde(default, skip_serializing)]
    pub password: Option<String>,
    /// Where the new password is kept; left out, where the one before is, and the first one in the keyring.
    #[serde(default)]
    pub secret_place: Option<PlaceWord>,
    /// The sender: `Shop <shop@example.com>`.
    pub from: String,
    /// Where answers go; left out, where they went.
    #[serde(default)]
    pub reply_to: Given<Vec<String>>,
    /// Certificates of a private authority, in PEM; left out, the same ones for the same server.
    #[serde(default)]
    pub ca_pem: Given<String>,
    /// Trust exactly the certificate with this SHA-256 fingerprint instead, as the test shows it; left out, the
    /// same one for the same server.
    #[serde(default)]
    pub pin: Given<String>,
    /// With which app it signs in at its provider, for `oauth`; left out, the same one.
    #[serde(default)]
    pub oauth: Option<OauthRequest>,
}

/// Which mails an account carries where they name no account themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CarriesShape {
    /// Mails for which nothing else is said.
    #[serde(default)]
    pub default: bool,
    /// Those of these users or tills; they come before channels.
    #[serde(default)]
    pub users: Vec<String>,
    /// Those that came through these sales channels; they come before kinds.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Those that carry a document of these kinds: invoice, job_card and so on.
    #[serde(default)]
    pub kinds: Vec<String>,
}

impl CarriesShape {
    /// What it says, checked.
    ///
    /// # Errors
    /// The first that cannot stand.
    pub fn to_carries(&self) -> Result<Carries, Invalid> {
        let kinds = self.kinds.iter().enumerate().map(|(i, word)| {
            Kind::from_word(word).ok_or_else(|| {
                let all: Vec<&str> = Kind::ALL.iter().map(|k| k.word()).collect();
                let problem = say!("\"{word}\" is not a kind of document", word);
                Invalid::new(format!("kinds[{i}]"), problem, say!("There are: {all}", all = all.join(", ")))
            })
        });
        let carries = Carries {
            default: self.default,
            users: self.users.clone(),
            channels: self.channels.clone(),
            kinds: kinds.collect::<Result<_, _>>()?,
        };
        carries.check()?;
        Ok(carries)
    }

    /// The shape of what an account carries.
    #[must_use]
    pub fn of(carries: &Carries) -> Self {
        Self {
            default: carries.default,
            users: carries.users.clone(),
            channels: carries.channels.clone(),
            kinds: carries.kinds.iter().map(|k| k.word().to_owned()).collect(),
        }
    }
}

/// An app registered at Microsoft or Google. Written out, it has no secret.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OauthRequest {
    /// Whose sign-in it is.
    pub issuer: IssuerWord,
    /// The app's id, from its registration.
    pub client_id: String,
    /// The app's secret, if it has one; left out, the one that is kept. It is never shown again.
    #[serde(default, skip_serializing)]
    pub client_secret: Option<String>,
    /// The day on which the secret runs out: `2027-11-21`; left out, the same one unless the secret is new.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub client_secret_expires: Given<chrono::NaiveDate>,
    /// Microsoft's directory: the tenant id, `consumers` for personal accounts; empty, `common`. This and the
    /// addresses below stay, left out, as they were for the same issuer.
    #[serde(default)]
    pub tenant: Given<String>,
    /// Another address of the sign-in page.
    #[serde(default)]
    pub authorize_url: Given<String>,
    /// Another address for tokens.
    #[serde(default)]
    pub token_url: Given<String>,
    /// Another address for device codes.
    #[serde(default)]
    pub device_url: Given<String>,
    /// Another address for ending connections.
    #[serde(default)]
    pub revoke_url: Given<String>,
}

/// Whose sign-in it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IssuerWord {
    /// Microsoft 365 and Outlook.com.
    Microsoft,
    /// Gmail and Google Workspace.
    Google,
}

/// An account to test; its values need not be saved.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestRequest {
    /// The saved account whose password or connection is used where none is given.
    #[serde(default = "default_account")]
    pub name: String,
    /// The values.
    pub account: AccountRequest,
    /// Whom to send a test mail; left out, the test ends with signing in.
    #[serde(default)]
    pub to: Option<String>,
    /// The test mail's subject.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub subject: Option<String>,
    /// The language of the explanations; left out, that of the setting `language`.
    #[serde(default)]
    pub language: Option<String>,
    /// When offline, wait until the connection is back and test then.
    #[serde(default)]
    pub wait: bool,
}

fn default_account() -> String {
    "default".to_owned()
}

/// How an account is to be connected with its provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectRequest {
    /// With a code to enter on any other device, instead of a browser on this computer.
    #[serde(default)]
    pub device: bool,
    /// Where its token is kept; left out, where the account's secrets are.
    #[serde(default)]
    pub secret_place: Option<PlaceWord>,
}

/// By which way an account's mails leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TransportWord {
    /// Through a mail server.
    Smtp,
    /// Through the Gmail API; it signs in with oauth.
    Gmail,
    /// Through Microsoft Graph; it signs in with oauth.
    Graph,
}

/// How an account signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuthWord {
    /// With user name and password.
    Password,
    /// At the provider, with an app registered there.
    Oauth,
    /// Not at all.
    None,
}

/// How fast an account may send; 0 is no limit, what is left out is the provider's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaceRequest {
    /// Mails in any minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// Mails in any hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// Mails in any 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
}

/// Who wants to be told what happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRequest {
    /// Where to: `https`, or `http` on this machine.
    pub url: String,
    /// Which events: document.issued, mail.accepted, mail.refused, mail.expired, mail.uncertain, account.held;
    /// left out, all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Where its signing secret is kept; left out, the keyring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_place: Option<PlaceWord>,
}
