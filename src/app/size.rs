//! How large a mail may be, known before it is queued.

use super::Error;
use crate::domain::{Invalid, Said, provider, say};
use crate::store::AccountRow;
use crate::wire::views::SizeView;

/// The largest mail an account's server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Largest {
    /// As the server itself said when it was last reached; it refuses more.
    Said(u64),
    /// As the provider's pages have it, most of which count files before they are encoded.
    Told(u64),
    /// Nobody knows.
    Unknown,
}

impl Largest {
    pub(super) fn of(row: &AccountRow) -> Self {
        let provider = provider::of(&row.account).and_then(|p| p.most_bytes);
        match (row.account.transport.most_bytes().or(row.most_bytes), provider) {
            (Some(said), _) => Self::Said(said),
            (None, Some(told)) => Self::Told(told),
            (None, None) => Self::Unknown,
        }
    }

    /// The budget as it is shown, of which `used` bytes are taken.
    pub(super) fn view(self, used: usize) -> SizeView {
        let (most, from) = match self {
            Self::Said(most) => (Some(most), Some("server")),
            Self::Told(most) => (Some(most), Some("provider")),
            Self::Unknown => (None, None),
        };
        SizeView { used: used as u64, most, from }
    }

    /// Refuses a mail that the server is known to refuse.
    pub(super) fn allow(self, used: usize) -> Result<(), Error> {
        match self {
            Self::Said(most) if used as u64 > most => Err(Invalid::new(
                "attachments",
                say!("the mail has {used} bytes as it is sent; the server takes at most {most}", used, most),
                "Send fewer or smaller files, or several mails",
            )
            .into()),
            _ => Ok(()),
        }
    }

    /// A warning where the server refuses it, or its provider may.
    pub(super) fn warning(self, used: usize) -> Option<Said> {
        match self {
            Self::Said(most) if used as u64 > most => Some(say!(
                "The mail has {used} bytes as it is sent; its server takes at most {most}.",
                used,
                most
            )),
            Self::Told(most) if used as u64 > most => Some(say!(
                "The mail has {used} bytes as it is sent; its provider takes about {most}, and may refuse it.",
                used,
                most
            )),
            _ => None,
        }
    }
}
