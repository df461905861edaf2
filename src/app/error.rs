//! One error for every way in: its kind decides exit code and HTTP status, its sentence is for the
//! shop, its cause for the log.

use std::fmt;

use super::tongues::begins_with_a_word;
use crate::auth::AuthError;
use crate::compose::ComposeError;
use crate::domain::{Invalid, Said, say};
use crate::outbox::OutboxError;
use crate::render::RenderError;
use crate::store::StoreError;

/// What the caller can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Correct the input.
    BadInput,
    /// Ask for something that is there.
    NotFound,
    /// What is asked for cannot stand beside what is there.
    Conflict,
    /// Try again when the other program has finished.
    Busy,
    /// Wait for the network, or mend the account.
    NotSent,
    /// Say who you are.
    Unknown,
    /// Ask somebody who may.
    NotAllowed,
    /// Wait before trying again.
    TooOften,
    /// Look again at what is there, then change that.
    Stale,
    /// Ask the person at the screen, and say that they said yes.
    Unconfirmed,
    /// Use another method on this address.
    Method,
    /// Send less.
    TooLarge,
    /// Send it in a form that is understood.
    Form,
    /// Send it faster, or ask for less.
    TooSlow,
    /// Ask by a name this program answers to.
    WrongHost,
    /// Mend or free the data file or its disk.
    DataFile,
    /// Report a defect.
    Defect,
}

/// What one kind of error is called and means, in every way in.
struct Row {
    key: &'static str,
    title: &'static str,
    http_status: u16,
    exit_code: u8,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 17] = [
        Self::BadInput,
        Self::NotFound,
        Self::Conflict,
        Self::Busy,
        Self::NotSent,
        Self::Unknown,
        Self::NotAllowed,
        Self::TooOften,
        Self::Stale,
        Self::Unconfirmed,
        Self::Method,
        Self::TooLarge,
        Self::Form,
        Self::TooSlow,
        Self::WrongHost,
        Self::DataFile,
        Self::Defect,
    ];

    /// The one table of errors.
    fn row(self) -> Row {
        let row = |key, title, http_status, exit_code| Row { key, title, http_status, exit_code };
        match self {
            Self::BadInput => row("bad_input", "Something in the input cannot stand", 422, 2),
            Self::NotFound => row("not_found", "It is not there", 404, 3),
            Self::Conflict => row("conflict", "It cannot be done because of what is there", 409, 3),
            Self::Busy => row("busy", "Another program is using the data file", 503, 4),
            Self::NotSent => row("not_sent", "The mail server or the password store cannot be used", 503, 5),
            Self::Unknown => row("unknown", "Say who you are", 401, 2),
            Self::NotAllowed => row("not_allowed", "This is not allowed", 403, 2),
            Self::TooOften => row("too_often", "Too many tries", 429, 4),
            Self::Stale => row("stale", "It was changed in the meantime", 412, 3),
            Self::Unconfirmed => row("unconfirmed", "A person has to say yes first", 428, 2),
            Self::Method => row("method", "This cannot be done at this address", 405, 2),
            Self::TooLarge => row("too_large", "It is too large", 413, 2),
            Self::Form => row("media_type", "It is not in a form that is understood", 415, 2),
            Self::TooSlow => row("too_slow", "It took too long", 408, 4),
            Self::WrongHost => row("wrong_host", "This program is not called by that name", 421, 2),
            Self::DataFile => row("data_file", "The data file or its disk needs care", 507, 6),
            Self::Defect => row("defect", "A defect in Tillpost", 500, 70),
        }
    }

    /// Its name for programs; it never changes.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.row().key
    }

    /// What it means, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// The exit code of the command line.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        self.row().exit_code
    }

    /// The HTTP status.
    #[must_use]
    pub fn http_status(self) -> u16 {
        self.row().http_status
    }
}

/// An error with its sentence for the shop.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    field: Option<String>,
    sentences: Vec<Said>,
    wait_seconds: Option<u64>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error without a deeper cause.
    pub fn new(kind: Kind, sentence: impl Into<Said>) -> Self {
        Self { kind, field: None, sentences: vec![sentence.into()], wait_seconds: None, cause: None }
    }

    /// An error that takes several sentences to say.
    pub(super) fn of(kind: Kind, sentences: Vec<Said>) -> Self {
        Self { kind, field: None, sentences, wait_seconds: None, cause: None }
    }

    /// What is new is called as something that is there.
    pub(super) fn taken(name: &str) -> Self {
        let sentence = say!("There is something called \"{name}\" already. Choose another name.", name);
        Self::new(Kind::Stale, sentence).within("name")
    }

    /// What the caller can do.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The field that is wrong, as the sender wrote its path, when it is about one.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// What is wrong, and behind it what to do where that is a sentence of its own.
    #[must_use]
    pub fn sentences(&self) -> &[Said] {
        &self.sentences
    }

    /// The same about a field one level further in: `path` is put before its own.
    #[must_use]
    pub(super) fn within(self, path: &str) -> Self {
        let field = self.field.map_or_else(|| path.to_owned(), |field| format!("{path}.{field}"));
        Self { field: Some(field), ..self }
    }

    /// The same, worth another try after so many seconds.
    #[must_use]
    pub fn after(self, seconds: u64) -> Self {
        Self { wait_seconds: Some(seconds), ..self }
    }

    /// After how many seconds another try is worth while, when that is known.
    #[must_use]
    pub fn wait_seconds(&self) -> Option<u64> {
        self.wait_seconds
    }

    /// Why a document could not be drawn, when that is what this is about.
    pub(super) fn undrawn(&self) -> Option<&RenderError> {
        self.cause.as_deref()?.downcast_ref()
    }

    /// Whether it is about a file of the outbox folder, which could not be read.
    pub(super) fn is_about_a_drop(&self) -> bool {
        self.cause.as_deref().is_some_and(|cause| cause.is::<OutboxError>())
    }

    fn caused(
        kind: Kind,
        sentences: Vec<Said>,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self { kind, field: None, sentences, wait_seconds: None, cause: Some(Box::new(cause)) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        let texts = self.sentences.iter().map(|said| said.english().to_owned());
        let ours = self.sentences.first().is_none_or(|said| begins_with_a_word(said, "en"));
        // A path in front is where the sentence begins.
        f.write_str(&joined(texts, ours && self.field.is_none() && self.cause.is_some()))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// Sentences one behind the other, each with its full stop; the first with a capital letter where asked.
pub(super) fn joined(texts: impl Iterator<Item = String>, capital: bool) -> String {
    let mut all = String::new();
    for text in texts.filter(|text| !text.is_empty()) {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&text);
        if !text.ends_with(['.', '!', '?', '…']) {
            all.push('.');
        }
    }
    let mut chars = all.chars();
    match chars.next() {
        Some(first) if capital => first.to_uppercase().chain(chars).collect(),
        _ => all,
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        let field = Some(invalid.path).filter(|path| !path.is_empty());
        let sentences = vec![invalid.problem, invalid.remedy];
        Self { kind: Kind::BadInput, field, sentences, wait_seconds: None, cause: None }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let (kind, remedy) = match &error {
            StoreError::Busy(_) => (Kind::Busy, "Close the other program or try again in a moment"),
            StoreError::TooNew { .. } => {
                (Kind::DataFile, "Install the newer Tillpost; the file was not touched")
            }
            StoreError::Damaged(_) => (
                Kind::DataFile,
                "It was left as it is; keep a copy of it and use `tillpost restore` with a backup",
            ),
            StoreError::NoCopy(_) => (
                Kind::DataFile,
                "Nothing was changed. Use another copy; `tillpost restore FILE --salvage` saves what can be read of this one",
            ),
            StoreError::Copy(_) => (Kind::BadInput, ""),
            StoreError::ReadOnly(_) => {
                (Kind::DataFile, "Give this user the right to write the data folder; nothing was lost")
            }
            StoreError::Full(_) => (Kind::DataFile, "Free some space and repeat; nothing was half-done"),
            StoreError::Io(_) => (Kind::DataFile, "Check the disk; what was acknowledged before is kept"),
            StoreError::NotFound(_) => (Kind::NotFound, ""),
            StoreError::Conflict(_) => (Kind::Conflict, ""),
            StoreError::Defect(_) => (Kind::Defect, "Please report this"),
        };
        Self::caused(kind, vec![error.said(), remedy.into()], error)
    }
}

impl From<RenderError> for Error {
    fn from(error: RenderError) -> Self {
        let kind = if error.is_defect() { Kind::Defect } else { Kind::BadInput };
        Self::caused(kind, vec![error.said()], error)
    }
}

impl From<ComposeError> for Error {
    fn from(error: ComposeError) -> Self {
        let kind = if error.is_defect() { Kind::Defect } else { Kind::BadInput };
        match error {
            ComposeError::Recipient(wrong) => wrong.into(),
            error => Self::caused(kind, vec![error.said()], error),
        }
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Self::caused(Kind::NotSent, vec![error.said()], error)
    }
}

impl From<OutboxError> for Error {
    fn from(error: OutboxError) -> Self {
        let kind = match error {
            OutboxError::Io { .. } => Kind::DataFile,
            OutboxError::Taken(_) => Kind::Conflict,
            _ => Kind::BadInput,
        };
        Self::caused(kind, vec![error.to_string().into()], error)
    }
}
