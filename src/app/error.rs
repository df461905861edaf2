//! One error for every way in: its kind decides exit code and HTTP status, its sentence is for the
//! shop, its cause for the log.

use crate::auth::AuthError;
use crate::compose::ComposeError;
use crate::domain::Invalid;
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
    /// Mend or free the data file or its disk.
    DataFile,
    /// Report a defect.
    Defect,
}

impl Kind {
    /// The exit code of the command line.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::BadInput => 2,
            Self::NotFound | Self::Conflict => 3,
            Self::Busy => 4,
            Self::NotSent => 5,
            Self::DataFile => 6,
            Self::Defect => 70,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn http_status(self) -> u16 {
        match self {
            Self::BadInput => 422,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Busy | Self::NotSent => 503,
            Self::DataFile => 507,
            Self::Defect => 500,
        }
    }
}

/// An error with its sentence for the shop.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct Error {
    kind: Kind,
    sentence: String,
    #[source]
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error without a deeper cause.
    pub fn new(kind: Kind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into(), cause: None }
    }

    /// What the caller can do.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    fn caused(kind: Kind, sentence: String, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { kind, sentence, cause: Some(Box::new(cause)) }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::new(Kind::BadInput, invalid.to_string())
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
            StoreError::ReadOnly(_) => {
                (Kind::DataFile, "Give this user the right to write the data folder; nothing was lost")
            }
            StoreError::Full(_) => (Kind::DataFile, "Free some space and repeat; nothing was half-done"),
            StoreError::Io(_) => (Kind::DataFile, "Check the disk; what was acknowledged before is kept"),
            StoreError::NotFound(_) => (Kind::NotFound, ""),
            StoreError::Conflict(_) => (Kind::Conflict, ""),
            StoreError::Defect(_) => (Kind::Defect, "Please report this"),
        };
        let sentence = if remedy.is_empty() { format!("{error}.") } else { format!("{error}. {remedy}.") };
        Self::caused(kind, capital(&sentence), error)
    }
}

impl From<RenderError> for Error {
    fn from(error: RenderError) -> Self {
        let kind = if error.is_defect() { Kind::Defect } else { Kind::BadInput };
        Self::caused(kind, capital(&format!("{error}.")), error)
    }
}

impl From<ComposeError> for Error {
    fn from(error: ComposeError) -> Self {
        let kind = if error.is_defect() { Kind::Defect } else { Kind::BadInput };
        Self::caused(kind, capital(&format!("{error}.")), error)
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Self::caused(Kind::NotSent, capital(&format!("{error}.")), error)
    }
}

impl From<OutboxError> for Error {
    fn from(error: OutboxError) -> Self {
        let kind = match error {
            OutboxError::Io { .. } => Kind::DataFile,
            _ => Kind::BadInput,
        };
        Self::caused(kind, capital(&format!("{error}.")), error)
    }
}

/// The sentence with a capital letter in front, and one full stop behind.
fn capital(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
