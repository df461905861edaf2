//! The shapes outside programs see: files, HTTP and `--json`. They convert to and from the domain and
//! never freeze it.

mod amount;
mod billing;
mod channels;
mod contact;
mod contact_files;
mod document;
mod form;
mod given;
mod job;
mod mail;
mod party;
mod people;
mod period;
pub mod queries;
mod requests;
pub mod schema;
mod settings_file;
mod sheet;
mod template;
pub mod views;

use serde::de::DeserializeOwned;

pub use amount::Amount;
pub use billing::{ElectronicAddressShape, OriginalShape, TaxNotesShape};
pub use channels::{AllowAddressRequest, ChannelRequest, IntegrationRequest};
pub use contact::{ContactShape, WrittenContact};
pub use contact_files::{Book, BookRow, LARGEST_BOOK, Reading, read_book, write_csv, write_vcards};
pub use document::{
    AdjustmentShape, DocumentFile, LineShape, PaymentShape, TaxShape, TenderShape, TotalsShape,
};
pub use form::FormRequest;
pub use given::Given;
pub use job::{
    AuthorisationShape, ConditionShape, DetailShape, ItemShape, JobShape, PhotoShape, SignatureShape,
};
pub use mail::{MailDraft, MailFile, MailShape, SendAfter};
pub use party::{AddressShape, PartyShape};
pub use people::{
    CheckRequest, CopyRequest, DisableRequest, EInvoiceRequest, ImportMode, ImportRequest, MergeRequest,
    SenderRequest,
};
pub use period::PeriodTable;
pub use template::{NewTemplateRequest, RenameTemplateRequest, TemplateShape, UseWord};

pub use requests::{
    AccountRequest, AttachmentShape, AuthWord, CarriesShape, ConnectRequest, Decision, DraftFor,
    DraftOfRequest, EncryptionWord, IssuerWord, LaterRequest, LinkRequest, MailRequest, OauthRequest,
    PaceRequest, PasswordRequest, PinEntry, PinRequest, PlaceWord, ResendRequest, ResolveRequest, RoleWord,
    ScopeWord, SettingRequest, TestRequest, TransportWord, WebhookRequest,
};

pub use settings_file::{AccountFile, SETTINGS_VERSION, SettingsFile, SettingsImportView};

use crate::domain::{Invalid, say};

/// The largest document or mail file that is read.
///
/// # Units
/// Bytes.
pub const LARGEST_FILE: usize = 30 * 1024 * 1024;

/// A file as it may lie in the outbox or be given on the command line.
#[derive(Debug, Clone, PartialEq)]
pub enum InputFile {
    /// A document, with or without a mail.
    Document(Box<DocumentFile>),
    /// A mail without a document.
    Mail(Box<MailFile>),
}

impl InputFile {
    /// Reads a file's JSON. A file with the key `kind` is a document, one with only `mail` is a mail.
    ///
    /// # Errors
    /// Where the JSON breaks off, which key is unknown, which value has the wrong type.
    pub fn read(bytes: &[u8]) -> Result<Self, Invalid> {
        let object: serde_json::Map<String, serde_json::Value> = parse(bytes)?;
        if !object.contains_key("kind") && object.contains_key("mail") {
            return Ok(Self::Mail(Box::new(parse(bytes)?)));
        }
        Ok(Self::Document(Box::new(parse(bytes)?)))
    }
}

/// Reads JSON into a shape, so that every refusal names its place.
///
/// # Errors
/// An [`Invalid`] with the path of the field, or line and column where the text is not JSON.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Invalid> {
    if bytes.len() > LARGEST_FILE {
        return Err(Invalid::new(
            "",
            say!(
                "the file has {bytes} bytes; at most {most} are read",
                bytes = bytes.len(),
                most = LARGEST_FILE
            ),
            "Attach large files to the mail instead of writing them into the JSON",
        ));
    }
    parse_any_size(bytes)
}

/// As [`parse`], for bytes whose number was limited before.
///
/// # Errors
/// As [`parse`].
pub fn parse_any_size<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Invalid> {
    // Windows editors put one in front.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // A list would be read as the fields in their order.
    if let Some(first) = bytes.iter().find(|b| !b.is_ascii_whitespace())
        && matches!(first, b'[' | b'"' | b'-' | b'0'..=b'9')
    {
        return Err(Invalid::new("", "the file is not a JSON object", "Begin with { and end with }"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| refused(&e))?;
    reader.end().map_err(|e| syntax(&e))?;
    Ok(value)
}

fn refused(error: &serde_path_to_error::Error<serde_json::Error>) -> Invalid {
    let inner = error.inner();
    if !inner.is_data() {
        return syntax(inner);
    }
    let path = error.path().to_string();
    let path = if path == "." { String::new() } else { path };
    // "... at line 3 column 9" points behind the value; the path is the better place.
    let text = inner.to_string();
    let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(front, _)| front);
    // What is missing has no path yet; the one who wrote the file looks for its name.
    if let Some(field) = why.strip_prefix("missing field `").and_then(|f| f.strip_suffix('`')) {
        return Invalid::new(field, "this field is missing", "").within(&path);
    }
    Invalid::new(path, why.to_owned(), "")
}

fn syntax(error: &serde_json::Error) -> Invalid {
    Invalid::new("", say!("the file is not complete, valid JSON: {error}", error), "Check it at that place")
}

/// The JSON Schema of the document file, as published in `schema/document.schema.json`.
#[must_use]
pub fn document_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(DocumentFile).to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".into(), "Tillpost document file".into());
    }
    schema
}
