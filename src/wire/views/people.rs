//! Who mails go to, and what the shop knows of them.

use schemars::JsonSchema;
use serde::Serialize;

/// How many contacts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ContactCountsView {
    /// In all.
    pub all: i64,
    /// Those that mails and documents brought.
    pub automatic: i64,
    /// Those that mails must not go to.
    pub disabled: i64,
}

/// A contact.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ContactView {
    /// The address.
    pub address: String,
    /// The name.
    pub name: Option<String>,
    /// Where the name comes from, the better one winning: `queued`, `sent`, `document`, `import`, `hand`.
    pub source: &'static str,
    /// How many mails to it the server has accepted.
    pub uses: i64,
    /// When the last one was accepted.
    pub last_used_at: Option<String>,
    /// What became of the last mail.
    pub last_outcome: Option<String>,
    /// The company.
    pub company: Option<String>,
    /// The customer's number.
    pub customer_number: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// The form of e-invoice this customer wants; null for the shop's own.
    pub e_invoice: Option<&'static str>,
    /// What it is for.
    pub roles: Vec<&'static str>,
    /// Whether a mail to it was ever accepted; if not, it was only typed, imported or read from a document.
    pub proven: bool,
    /// Whether mails may not go there.
    pub disabled: bool,
    /// What the server said when it last refused the address for good.
    pub refusal: Option<String>,
    /// What was most likely meant, when the address was refused and looks like a slip.
    pub correction: Option<String>,
}

/// A disabled address or domain.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DisabledView {
    /// The address, or `@` and the domain.
    pub pattern: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: String,
    /// Who disabled it: owner at a screen, program, command_line; null where it is not known.
    pub by: Option<&'static str>,
    /// The name of the program's password.
    pub name: Option<String>,
}

/// Somebody an account may send as.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SenderView {
    /// Name and address.
    pub from: String,
    /// How they sign; empty: not at all.
    pub signature: String,
    /// Where answers to their mails go; empty: where the account's do.
    pub reply_to: Vec<String>,
}

/// Somebody gets a blind copy of some mails.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CopyRuleView {
    /// Its number.
    pub id: i64,
    /// Who gets the copy.
    pub address: String,
    /// Of mails to the customer with this number; empty: to anybody.
    pub customer: String,
    /// With this kind of document; empty: of any mail.
    pub kind: String,
}

/// What was most likely meant by an address.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MeantView {
    /// The address as it would be right; null where nothing looks wrong.
    pub meant: Option<String>,
}

/// A recipient as it was typed or pasted, looked at before sending.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CheckedView {
    /// The address.
    pub address: String,
    /// The name: as it was typed, or as the address book has it.
    pub name: Option<String>,
    /// Whether it is in the address book.
    pub known: bool,
    /// Why mails may not go there; null where they may.
    pub disabled: Option<String>,
    /// The disabled address or domain that keeps them from it.
    pub disabled_as: Option<DisabledView>,
    /// What the server said when it last refused the address for good.
    pub refusal: Option<String>,
    /// What was most likely meant, where it looks like a slip.
    pub meant: Option<String>,
}

/// What is kept about a person, and what of it can be deleted.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ErasureView {
    /// The person.
    pub address: String,
    /// Whether it was done; if not, this only says what would happen.
    pub done: bool,
    /// What goes, a sentence each.
    pub removed: Vec<String>,
    /// What stays, and why.
    pub kept: Vec<String>,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportView {
    /// Whether it was stored.
    pub stored: bool,
    /// Contacts that were not in the book.
    pub new: usize,
    /// Contacts that learned something.
    pub changed: usize,
    /// Contacts that were there just so.
    pub same: usize,
    /// Rows without an e-mail address, which are passed over.
    pub skipped: usize,
    /// Rows that cannot stand.
    pub refused: usize,
    /// The columns of a table, and what each was read as.
    pub columns: Vec<ColumnView>,
    /// Every row.
    pub rows: Vec<ImportRowView>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ColumnView {
    /// Its name in the file.
    pub column: String,
    /// The field it was read as; null where it was passed over.
    pub field: Option<String>,
}

/// What became of one row of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportRowView {
    /// The line of a table, or the number of a card.
    pub row: usize,
    /// The address as it stands there.
    pub address: String,
    /// `new`, `changed`, `same`, `skipped` or `refused`.
    pub outcome: &'static str,
    /// Why it is skipped or refused.
    pub problem: Option<String>,
}
