//! What programs ask for in the part of an address behind the question mark.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::template::UseWord;

/// Entries of a page when no number is asked for.
const USUAL: u32 = 50;
/// Entries of a page at most.
const MOST: u32 = 200;

/// The longest text that is searched for, in characters.
const LONGEST_TEXT: usize = 200;

/// The longest address that is a place in the book, in characters.
const LONGEST_PLACE: usize = 400;

/// How many entries a page has.
#[must_use]
pub fn page_size(asked: Option<u32>) -> u32 {
    asked.unwrap_or(USUAL).clamp(1, MOST)
}

/// A number from 1 to `MOST`.
fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match Option::<u32>::deserialize(deserializer)? {
        Some(asked) if !(1..=MOST).contains(&asked) => {
            Err(D::Error::custom(format!("{asked} is not from 1 to {MOST}")))
        }
        asked => Ok(asked),
    }
}

/// A text that is not too long.
fn search<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<String>::deserialize(deserializer)? {
        Some(text) if text.chars().count() > LONGEST_TEXT => {
            Err(D::Error::custom(format!("the text has more than {LONGEST_TEXT} characters")))
        }
        text => Ok(text),
    }
}

/// A text that goes into a code.
fn scanned<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    search(deserializer)?.filter(|text| !text.is_empty()).ok_or_else(|| D::Error::custom("the text is empty"))
}

/// An address as a place in the book.
fn place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<String>::deserialize(deserializer)? {
        Some(text) if text.chars().count() > LONGEST_PLACE => {
            Err(D::Error::custom(format!("the text has more than {LONGEST_PLACE} characters")))
        }
        text => Ok(text),
    }
}

/// A version, counted from 1.
fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match Option::<u32>::deserialize(deserializer)? {
        Some(asked) if !(1..=1_000_000).contains(&asked) => {
            Err(D::Error::custom(format!("{asked} is no version; they count from 1")))
        }
        asked => Ok(asked),
    }
}

fn dpi<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match Option::<u32>::deserialize(deserializer)? {
        Some(asked) if !(36..=300).contains(&asked) => {
            Err(D::Error::custom(format!("{asked} dots an inch are not between 36 and 300")))
        }
        asked => Ok(asked),
    }
}

/// Which mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailBox {
    /// Those with somebody left to serve.
    Outbox,
    /// Those that are finished, however it ended.
    Sent,
    /// Those that need a person: with a recipient in doubt, or with one refused or given up in the last seven days
    /// where the mail was not sent again.
    Needs,
    /// All of them.
    All,
}

/// In which state a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the states are described with the domain's own type")]
pub enum MailStateWord {
    Held,
    Waiting,
    Sending,
    Sent,
    PartlySent,
    Failed,
    Uncertain,
    Cancelled,
    Expired,
}

impl MailStateWord {
    /// The state.
    #[must_use]
    pub fn state(self) -> crate::domain::mail::MailState {
        use crate::domain::mail::MailState as S;
        match self {
            Self::Held => S::Held,
            Self::Waiting => S::Waiting,
            Self::Sending => S::Sending,
            Self::Sent => S::Sent,
            Self::PartlySent => S::PartlySent,
            Self::Failed => S::Failed,
            Self::Uncertain => S::Uncertain,
            Self::Cancelled => S::Cancelled,
            Self::Expired => S::Expired,
        }
    }
}

/// Which page of the mails.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailListQuery {
    /// Which mails; left out, all.
    pub r#box: Option<MailBox>,
    /// Only those in this state.
    pub state: Option<MailStateWord>,
    /// Only those with this text in subject, document number or a recipient's name or address.
    #[serde(default, deserialize_with = "search")]
    #[schemars(length(max = 200))]
    pub q: Option<String>,
    /// Only those queued on this day of the shop's clock or later: YYYY-MM-DD.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub from: Option<chrono::NaiveDate>,
    /// Only those queued on this day or before.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub to: Option<chrono::NaiveDate>,
    /// What the page before named as `next`.
    #[schemars(regex(pattern = r"^(first-)?[0-9]{1,18}$"))]
    pub after: Option<String>,
    /// How many at most: 1 to 200, usually 50.
    #[serde(default, deserialize_with = "limit")]
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
}

/// What kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the kinds are described with the domain's own type")]
pub enum KindWord {
    Invoice,
    CreditNote,
    Receipt,
    JobCard,
    Offer,
    SalesOrder,
    PurchaseOrder,
    DeliveryNote,
    Report,
    Notification,
}

impl KindWord {
    /// The kind.
    #[must_use]
    pub fn kind(self) -> crate::domain::document::Kind {
        use crate::domain::document::Kind as K;
        match self {
            Self::Invoice => K::Invoice,
            Self::CreditNote => K::CreditNote,
            Self::Receipt => K::Receipt,
            Self::JobCard => K::JobCard,
            Self::Offer => K::Offer,
            Self::SalesOrder => K::SalesOrder,
            Self::PurchaseOrder => K::PurchaseOrder,
            Self::DeliveryNote => K::DeliveryNote,
            Self::Report => K::Report,
            Self::Notification => K::Notification,
        }
    }
}

/// Which page of the documents.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentListQuery {
    /// Only of this kind.
    pub kind: Option<KindWord>,
    /// Only those with this text in number, buyer or `client_ref`.
    #[serde(default, deserialize_with = "search")]
    #[schemars(length(max = 200))]
    pub q: Option<String>,
    /// What the page before named as `next`.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    pub after: Option<String>,
    /// How many at most: 1 to 200, usually 50.
    #[serde(default, deserialize_with = "limit")]
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
}

/// Which page of the postings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostingListQuery {
    /// Also those that are in the books, and those that were given up.
    pub all: Option<bool>,
    /// What the page before named as `next`.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    pub after: Option<String>,
    /// How many at most: 1 to 200, usually 50.
    #[serde(default, deserialize_with = "limit")]
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
}

/// Which version of a document.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionQuery {
    /// The version; left out, the newest.
    #[serde(default, deserialize_with = "version")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub version: Option<u32>,
}

/// How fine a picture is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureQuery {
    /// Dots an inch; usually 110.
    #[serde(default, deserialize_with = "dpi")]
    #[schemars(range(min = 36, max = 300))]
    pub dpi: Option<u32>,
}

/// Which version of a document, and how fine its picture is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageOfVersionQuery {
    /// The version; left out, the newest.
    #[serde(default, deserialize_with = "version")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub version: Option<u32>,
    /// Dots an inch; usually 110.
    #[serde(default, deserialize_with = "dpi")]
    #[schemars(range(min = 36, max = 300))]
    pub dpi: Option<u32>,
}

/// Which page of a list.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// What the page before named as `next`.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    pub after: Option<String>,
    /// How many at most: 1 to 200, usually 50.
    #[serde(default, deserialize_with = "limit")]
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
}

/// What was typed into the field of a recipient.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuggestQuery {
    /// The beginnings of words of name, address, company, customer number or telephone number; left out,
    /// the often and lately used.
    #[serde(default, deserialize_with = "search")]
    #[schemars(length(max = 200))]
    pub q: Option<String>,
    /// How many at most: 1 to 200, usually 50.
    #[serde(default, deserialize_with = "limit")]
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
}

/// An address that may be a slip.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeantQuery {
    /// The address as it was typed.
    #[schemars(length(max = 400))]
    pub address: String,
}

/// The form of a file of contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BookWord {
    /// A table.
    Csv,
    /// Cards of version 3, which most programs read.
    Vcard3,
    /// Cards of version 4.
    Vcard4,
}

/// A text to be read by a phone.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeQuery {
    /// The text, most often the address of a page.
    #[serde(deserialize_with = "scanned")]
    #[schemars(length(min = 1, max = 200))]
    pub text: String,
}

/// How the address book is given out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// The form; left out, a table.
    pub form: Option<BookWord>,
}

/// A part of the address book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BookPartWord {
    /// Everybody.
    All,
    /// Those that mails and documents brought.
    Automatic,
    /// Those that mails must not go to.
    Disabled,
}

/// Which contacts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactListQuery {
    /// Only those whose name, address, company, customer number or telephone number have words that begin
    /// so, the often and lately used first, disabled ones too; such a list has one page.
    #[serde(default, deserialize_with = "search")]
    #[schemars(length(max = 200))]
    pub q: Option<String>,
    /// Only those of this part of the book.
    pub show: Option<BookPartWord>,
    /// What the page before named as `next`; not together with `q`.
    #[serde(default, deserialize_with = "place")]
    #[schemars(length(max = 400))]
    pub after: Option<String>,
    /// How many at most: 1 to 200, usually 50.
    #[serde(default, deserialize_with = "limit")]
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
}

/// Which files of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodWord {
    /// The table, the PDFs and the e-invoices, in a ZIP file.
    All,
    /// The table alone, as CSV.
    Table,
    /// The e-invoices alone, in a ZIP file.
    EInvoices,
}

/// Which documents are given out for the accounts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodQuery {
    /// The first day, by the date on the documents: YYYY-MM-DD.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: chrono::NaiveDate,
    /// The last day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub to: chrono::NaiveDate,
    /// Only documents of this channel.
    #[serde(default, deserialize_with = "search")]
    #[schemars(length(max = 200))]
    pub channel: Option<String>,
    /// Which files; left out, all.
    pub part: Option<PeriodWord>,
}

/// Whether servers are asked, too.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiagnosticsQuery {
    /// Only look at this computer; contact no server.
    #[serde(default)]
    pub offline: bool,
}

/// For what and in which language a template is tried.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateCheckQuery {
    /// The kind, or `mail` for a mail without a document; left out, an invoice.
    pub kind: Option<UseWord>,
    /// The language; left out, English.
    #[serde(default, deserialize_with = "search")]
    #[schemars(length(max = 35))]
    pub language: Option<String>,
}

/// Whether a person has said yes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmedQuery {
    /// The person at the screen saw the mail and said yes.
    #[serde(default)]
    pub confirmed: bool,
}

/// Whether only to look.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DryRunQuery {
    /// Nothing is stored; the answer says what would be.
    #[serde(default)]
    pub dry_run: bool,
}

/// No query at all: an address with one is refused, so that a mistyped name is not overlooked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}
