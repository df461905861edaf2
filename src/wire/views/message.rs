//! A mail as it will leave, before it does.

use schemars::JsonSchema;
use serde::Serialize;

/// Mails as they will leave.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PreviewView {
    /// The messages: one, or one for everybody named.
    pub messages: Vec<MessageView>,
    /// What is worth a second look.
    pub warnings: Vec<WarningView>,
    /// How much of what the server takes the largest of them uses.
    pub size: SizeView,
}

/// How large a mail is, and may be.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SizeView {
    /// Its size as it is sent, in bytes; files take a third more than on the disk.
    pub used: u64,
    /// The most that is taken, in bytes; null where nobody knows.
    pub most: Option<u64>,
    /// Who says so: `server`, which then refuses more, or `provider`, by its pages.
    pub from: Option<&'static str>,
}

/// One message as it will leave; its id and date are given when it is queued.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MessageView {
    /// The header as it stands on the wire.
    pub header: String,
    /// Who it is from, as programs show it: name and address.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: Option<String>,
    /// The same as HTML.
    pub html: Option<String>,
    /// The files.
    pub attachments: Vec<AttachmentView>,
    /// The size of the whole in bytes, as the server counts it.
    pub size: usize,
    /// Who gets it, and what they see.
    pub recipients: Vec<SightView>,
}

/// A file in a message.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AttachmentView {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: usize,
}

/// What one recipient will see of the others.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SightView {
    /// The recipient.
    pub address: String,
    /// In which list they were named.
    pub role: &'static str,
    /// Every recipient's address in their message.
    pub sees: Vec<String>,
    /// The same as a sentence.
    pub says: String,
}

/// Something to look at before sending.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WarningView {
    /// A stable word.
    pub key: &'static str,
    /// A sentence.
    pub says: String,
}
