//! What `--json` and HTTP show. Times are RFC 3339 in UTC; hashes are lower-case hexadecimal.

mod access;
mod accounting;
mod data;
mod form;
mod message;
mod oauth;
mod people;
mod template;
mod trouble;

use super::requests::CarriesShape;
use schemars::JsonSchema;
use serde::Serialize;

pub use access::{
    AccessView, CallerView, EntranceView, LinkView, NewLinkView, NewPasswordView, NewWebhookView,
    PasswordView, WebhookView,
};
pub use accounting::{
    ChannelView, ChoiceView, ChoicesView, IntegrationView, PackageView, PostingView, RemoteLoginView,
};
pub use data::{BackupView, BackupsView, CheckView, CopyView, PutBackView, RestoredView};
pub use form::FormView;
pub use message::{AttachmentView, MessageView, PreviewView, SightView, SizeView, WarningView};
pub use oauth::{ConnectView, DisconnectView, OauthView};
pub use people::{
    CheckedView, ColumnView, ContactCountsView, ContactView, CopyRuleView, DisabledView, ErasureView,
    ImportRowView, ImportView, MeantView, SenderView,
};
pub use template::{PlaceholderView, TemplateCheckView, TemplateView};
pub use trouble::{
    ActionView, CertificateView, ExplanationView, ProviderView, RawView, TestLineView, TestStepView, TestView,
};

/// A document that was issued.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct IssuedView {
    /// Its kind.
    pub kind: &'static str,
    /// Its number.
    pub number: String,
    /// What the sender calls it.
    pub client_ref: Option<String>,
    /// Its currency.
    pub currency: String,
    /// What is to be paid.
    pub payable: String,
    /// Whether it had been issued before under the same `client_ref`.
    pub repeated: bool,
    /// Its mails.
    pub mails: Vec<MailView>,
    /// The draft of its mail, a file on the computer Tillpost runs on, where that computer's mail program has
    /// opened it instead.
    pub handed_over: Option<String>,
    /// Its way into the books, where its channel posts.
    pub posting: Option<PostingView>,
}

/// A mail that went to the computer's mail program instead of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HandedOverView {
    /// The draft, a file on the computer Tillpost runs on; its mail program has opened it.
    pub file: String,
}

/// A mail in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MailView {
    /// Its id, unique in the world.
    pub id: String,
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// The number of the document it carries.
    pub document: Option<String>,
    /// The kind of that document.
    pub document_kind: Option<&'static str>,
    /// The version of that document.
    pub document_version: Option<i64>,
    /// The account it leaves through.
    pub account: String,
    /// Its subject.
    pub subject: String,
    /// The template its words come from, with its version; null where they were its sender's own.
    pub template: Option<String>,
    /// How many files it has; null for mails from before they were counted.
    pub files: Option<i64>,
    /// Its size in bytes.
    pub size: i64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// The server that took it last; null until one does, and for mails from before it was noted.
    pub server: Option<String>,
    /// The finished mail that this one is once more.
    pub again_of: Option<LinkedMailView>,
    /// The last mail that this one was sent again as.
    pub again: Option<LinkedMailView>,
    /// Its state.
    pub state: &'static str,
    /// Why it waits, if it does: due, undo, scheduled, backoff, offline, account_held, account_off,
    /// keyring, throttled, paused; why it is held, if not by a person: undo, document_changed, restored.
    pub reason: Option<String>,
    /// Whether it waits although its server could be reached for four hours in which it might have left.
    pub late: bool,
    /// When it was queued.
    pub created_at: String,
    /// When it is tried next, if it waits.
    pub next_at: Option<String>,
    /// Its recipients.
    pub recipients: Vec<RecipientView>,
}

/// Another mail that belongs to one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LinkedMailView {
    /// Its id.
    pub id: String,
    /// When it was queued.
    pub created_at: String,
}

/// One recipient of a mail.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RecipientView {
    /// The address.
    pub address: String,
    /// The name it was given with.
    pub name: Option<String>,
    /// In which list it was named: to, cc, bcc, own_copy.
    pub role: &'static str,
    /// Its state.
    pub state: &'static str,
    /// Transactions in which the server answered for it.
    pub tries: u32,
    /// What the server said last.
    pub reply: Option<String>,
    /// When its state was settled.
    pub settled_at: Option<String>,
    /// Whether it was sent again after an uncertain answer.
    pub resent: bool,
    /// What went wrong for this recipient and what to do, if something did.
    pub problem: Option<ExplanationView>,
}

/// One conversation about a mail.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AttemptView {
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub ended_at: String,
    /// What came of it.
    pub result: String,
    /// What was said.
    pub transcript: String,
}

/// How a test of an account ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LastTestView {
    /// When.
    pub at: String,
    /// Whether it worked.
    pub works: bool,
}

/// A mail account, without its password.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AccountView {
    /// Its name.
    pub name: String,
    /// By which way its mails leave: smtp, gmail or graph.
    pub transport: &'static str,
    /// Its server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// tls, starttls or none.
    pub encryption: &'static str,
    /// password, oauth or none.
    pub auth: &'static str,
    /// The user name.
    pub user: String,
    /// The sender.
    pub from: String,
    /// Where answers go.
    pub reply_to: Vec<String>,
    /// Where its password is kept: keyring or file.
    pub secret_place: &'static str,
    /// How it stands: ready, offline, busy, throttled, held_sign_in, held_settings.
    pub standing: &'static str,
    /// Why.
    pub reason: String,
    /// When it is tried again, if it waits.
    pub next_try_at: Option<String>,
    /// Whether it is used; a disabled one keeps its mails.
    pub enabled: bool,
    /// The largest mail its server takes, in bytes, as it said when it was last reached.
    pub most_bytes: Option<u64>,
    /// The fingerprint of the one certificate it trusts, if it is pinned.
    pub pin: Option<String>,
    /// How it signs in at its provider, if it does.
    pub oauth: Option<OauthView>,
    /// What is to be known before it becomes a trouble.
    pub notices: Vec<String>,
    /// The certificates of the private authority it trusts, in PEM.
    pub ca_pem: Option<String>,
    /// Whether a password may go over an unprotected connection.
    pub allow_plaintext: bool,
    /// How its last test ended; null where it was not tested as it is now.
    pub last_test: Option<LastTestView>,
    /// What its trouble is and what to do, if it has one.
    pub problem: Option<ExplanationView>,
}

/// How things stand.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StatusView {
    /// The program's version.
    pub version: &'static str,
    /// Whether sending is paused.
    pub paused: bool,
    /// Since when and by whom, while it is.
    pub pause: Option<PauseView>,
    /// What keeps all but urgent mails from leaving by themselves just now: by_hand (the setting
    /// start_sending), quiet (the quiet hours).
    pub calm: Option<&'static str>,
    /// Mails in the outbox: all that are not finished, those in doubt among them.
    pub outbox: i64,
    /// Mails with somebody left to be sent to.
    pub waiting: i64,
    /// Of these: held.
    pub held: i64,
    /// Of these: with the mail server at this moment.
    pub sending: i64,
    /// How far sending has come, while something is being sent.
    pub round: Option<RoundView>,
    /// Recipients in doubt.
    pub uncertain: i64,
    /// Recipients refused in the last seven days.
    pub refused_lately: i64,
    /// Mails that need a person: with a recipient in doubt, or with one refused or given up in the last seven days
    /// where the mail was not sent again.
    pub needs: i64,
    /// Mails that are being written.
    pub drafts: i64,
    /// The mail server that is being connected to for sending.
    pub connecting: Option<String>,
    /// Sales on their way into the books.
    pub to_post: i64,
    /// Sales that were refused there.
    pub not_posted: i64,
    /// When the oldest waiting mail was queued.
    pub oldest_waiting_at: Option<String>,
    /// The accounts.
    pub accounts: Vec<StandingView>,
    /// A count for each collection; it moves whenever something in it changes.
    pub revisions: std::collections::BTreeMap<String, i64>,
}

/// That sending is paused; null where it is not known.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PauseView {
    /// Who paused it: owner or staff at a screen, program, command_line.
    pub by: Option<&'static str>,
    /// The name of the program's password.
    pub name: Option<String>,
    /// Since when.
    pub at: Option<String>,
}

/// How far sending has come.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RoundView {
    /// Mails that have had their turn since it began.
    pub done: i64,
    /// These and the mails that are due.
    pub of: i64,
}

/// When the mails that wait for an account will about be sent, if the network stays.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EstimateView {
    /// The account's name.
    pub account: String,
    /// Mails that wait; held ones do not count.
    pub mails: u32,
    /// When the last of them will about be sent.
    pub all_sent_by: String,
}

/// One account in full.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AccountDetailView {
    /// Its settings and how it stands.
    #[serde(flatten)]
    pub account: AccountView,
    /// Which mails it carries where they name no account themselves.
    pub carries: CarriesShape,
    /// How fast it may send.
    pub pace: PaceView,
}

/// How fast an account may send; null where there is no limit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PaceView {
    /// Mails in any minute.
    pub per_minute: Option<u32>,
    /// Mails in any hour.
    pub per_hour: Option<u32>,
    /// Mails in any 24 hours.
    pub per_day: Option<u32>,
    /// Recipients in any 24 hours.
    pub recipients_per_day: Option<u32>,
    /// Recipients in one transaction.
    pub recipients_per_mail: Option<u32>,
    /// Mails over one connection.
    pub mails_per_connection: Option<u32>,
    /// Connections at the same time.
    pub connections: Option<u32>,
}

/// How one account stands.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StandingView {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: &'static str,
    /// Why, in a line; the account itself tells what to do.
    pub reason: String,
    /// When it is tried again, if it waits.
    pub next_try_at: Option<String>,
    /// What is to be known before it becomes a trouble.
    pub notices: Vec<String>,
}

/// What a flush did.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FlushView {
    /// Recipients for whom the server took a mail.
    pub accepted: usize,
    /// Recipients refused for good.
    pub refused: usize,
    /// Recipients refused for now.
    pub deferred: usize,
    /// Recipients in doubt.
    pub uncertain: usize,
    /// Sales that are in the books now.
    pub posted: usize,
    /// Sales that were not posted.
    pub not_posted: usize,
    /// Mails that still wait.
    pub waiting: i64,
    /// Accounts and profiles that could not be used, and why.
    pub troubles: Vec<TroubleView>,
}

/// An account that could not send.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TroubleView {
    /// Its name.
    pub account: String,
    /// Why.
    pub reason: String,
}

/// One thing `doctor` looked at.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FindingView {
    /// What was looked at, stable.
    pub key: String,
    /// What was looked at, for a person.
    pub what: String,
    /// Whether it is as it should be.
    pub good: bool,
    /// What was found, and what to do.
    pub says: String,
    /// The same in full, where it is a server that said it.
    pub problem: Option<ExplanationView>,
}

/// An error, as RFC 9457 has it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProblemView {
    /// Where the kind of error is explained.
    pub r#type: String,
    /// What the kind of error means, in a few words.
    pub title: String,
    /// What kind of error, stable.
    pub key: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong and what to do, in a sentence or two.
    pub detail: String,
    /// The path of the field that is wrong, when it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What exactly is wrong, stable; left out for what others say, like a system's own error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The values that stand in the sentence, by their names.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub values: std::collections::BTreeMap<String, String>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct PageView<T> {
    /// Its entries.
    pub items: Vec<T>,
    /// What to give as `after` for the next page; null on the last.
    pub next: Option<String>,
    /// How many entries the whole list has, where that is known without counting.
    pub total: Option<i64>,
}

/// A document in a list.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DocumentEntryView {
    /// Its kind.
    pub kind: &'static str,
    /// Its number.
    pub number: String,
    /// 1, or more for a correction.
    pub version: i64,
    /// What its sender calls it.
    pub client_ref: Option<String>,
    /// The date on it.
    pub issue_date: String,
    /// Its currency.
    pub currency: String,
    /// What is to be paid.
    pub payable: String,
    /// Who it is for.
    pub buyer: Option<String>,
    /// Their email address.
    pub buyer_email: Option<String>,
    /// The state of the last mail that carries it; null when none does.
    pub mail: Option<&'static str>,
    /// When that mail reached its state, the shop's own copies aside: a sent one when its last recipient was
    /// accepted; null while it waits or is being sent.
    pub mail_at: Option<String>,
    /// The state of its way into the books; null where its channel does not post.
    pub posting_state: Option<&'static str>,
    /// When it was stored.
    pub created_at: String,
}

/// A stored document.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DocumentView {
    /// Its place in lists.
    #[serde(flatten)]
    pub entry: DocumentEntryView,
    /// All its versions, newest first.
    pub versions: Vec<i64>,
    /// What it says, as it was issued.
    pub content: super::DocumentFile,
    /// The mails that carry it, oldest first.
    pub mails: Vec<MailView>,
    /// Its way into the books, where its channel posts.
    pub posting: Option<PostingView>,
}

/// A mail that is being written.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DraftView {
    /// Its id.
    pub id: String,
    /// Counts its changes; also its ETag.
    pub version: i64,
    /// When it was begun.
    pub created_at: String,
    /// When it was last changed.
    pub changed_at: String,
    /// Who changed it last, since it was begun: owner or staff at a screen, program; null where it is not known.
    pub changed_by: Option<&'static str>,
    /// The name of that program's password.
    pub changed_by_name: Option<String>,
    /// What it says; in lists without its files.
    pub content: super::MailRequest,
}

/// What a document comes to, in its currency.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TotalsView {
    /// The currency.
    pub currency: &'static str,
    /// Without tax.
    pub net: String,
    /// The tax.
    pub tax: String,
    /// With tax.
    pub gross: String,
    /// Paid already.
    pub paid: String,
    /// Still to pay.
    pub payable: String,
}

/// A mail that was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct UndoneView {
    /// The mail, cancelled.
    pub mail: MailView,
    /// The id of the draft it is again; undone, only if it was one.
    pub draft: Option<String>,
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SettingView {
    /// Its key.
    pub key: &'static str,
    /// Its value.
    pub value: String,
    /// Its value until it is set.
    pub default: &'static str,
    /// What it does, in English whatever language is asked for: for those who write programs and command lines.
    /// Screens say it in words of their own.
    pub help: &'static str,
}

/// The shop's details.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ShopView {
    /// The details; null until they are set.
    pub details: Option<super::PartyShape>,
    /// Whether it has a logo.
    pub logo: bool,
}

/// How many mails were held.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HeldView {
    /// How many.
    pub held: usize,
}

/// The outbox folder, with those of the channels inside it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FolderView {
    /// Where it is.
    pub path: String,
    /// The file that was taken last.
    pub last_taken: Option<TakenFileView>,
    /// Files in it that were not taken yet.
    pub waiting: usize,
    /// Files that could not be taken, newest first; at most 50.
    pub failed: Vec<FailedFileView>,
}

/// A file that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TakenFileView {
    /// Its name.
    pub name: String,
    /// When it was taken.
    pub at: String,
    /// The number of the document it became, if it did.
    pub document: Option<String>,
    /// The id of the mail it became, if it did.
    pub mail: Option<String>,
}

/// A file that could not be taken.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FailedFileView {
    /// Its name without its ending; `FOLDER/NAME` in the folder of a channel.
    pub name: String,
    /// When it was refused.
    pub at: Option<String>,
    /// Why.
    pub reason: String,
    /// Whether a draft can be made of it: it has a PDF, or words for a mail.
    pub writable: bool,
}

/// What asking for delivery did so far.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FlushingView {
    /// Whether it is still going on; the mails and the status show how far it is.
    pub running: bool,
    /// What it did, once it has ended.
    pub report: Option<FlushView>,
}

/// How many mails were made due.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RetriedView {
    /// How many.
    pub retried: usize,
}
