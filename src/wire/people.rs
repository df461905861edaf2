//! What programs send about the people mails go to.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reading;
use crate::domain::document::EInvoice;
use crate::domain::{Invalid, say};

/// Which contact becomes part of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The address that goes; what is known of it goes over.
    #[schemars(length(min = 3, max = 320))]
    pub other: String,
}

/// What becomes of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportMode {
    /// Only the report; nothing is stored.
    DryRun,
    /// All rows, or none where one is refused.
    All,
    /// The good rows; the refused ones are in the report.
    GoodRows,
}

/// An address book of another program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRequest {
    /// The file in base64: CSV with a head line, or vCards.
    #[schemars(extend("contentEncoding" = "base64"))]
    pub content: String,
    /// What to do.
    pub mode: ImportMode,
    /// Its encoding, like `windows-1250`, where it does not say so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 60))]
    pub encoding: Option<String>,
    /// Which column holds which field, like `{"address": "E-mail 2"}`, where the names do not tell.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
}

impl ImportRequest {
    /// The file's bytes, and how they are to be read.
    ///
    /// # Errors
    /// When the content is not base64.
    pub fn file(&self) -> Result<(Vec<u8>, Reading), Invalid> {
        let bytes = STANDARD.decode(&self.content).map_err(|e| {
            Invalid::new("content", say!("it is not base64: {e}", e), "Encode the file's bytes in base64")
        })?;
        let columns = self.columns.iter().map(|(field, column)| (field.clone(), column.clone())).collect();
        Ok((bytes, Reading { encoding: self.encoding.clone(), columns }))
    }
}

/// Who no mail may go to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisableRequest {
    /// The address, or `@` and the domain.
    #[schemars(length(min = 2, max = 320))]
    pub pattern: String,
    /// Why; shown to who tries to send there.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub reason: String,
}

/// Which form of e-invoice a customer wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EInvoiceRequest {
    /// One of the words of the setting `e_invoice`; null for the shop's own.
    pub e_invoice: Option<String>,
}

impl EInvoiceRequest {
    /// The form.
    ///
    /// # Errors
    /// When there is none called so.
    pub fn form(&self) -> Result<Option<EInvoice>, Invalid> {
        let known = |word: &String| {
            EInvoice::from_word(word).ok_or_else(|| {
                Invalid::new(
                    "e_invoice",
                    say!("\"{word}\" is not a form of e-invoice", word),
                    say!("Use one of: {all}", all = EInvoice::WORDS.join(", ")),
                )
            })
        };
        self.e_invoice.as_ref().map(known).transpose()
    }
}

/// Who gets a blind copy of which mails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyRequest {
    /// Who gets the copy.
    #[schemars(length(min = 3, max = 320))]
    pub address: String,
    /// Of mails to the customer with this number; left out, to anybody.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub customer: String,
    /// With this kind of document; left out, of any mail.
    #[serde(default)]
    pub kind: String,
}

/// Who an account may send as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SenderRequest {
    /// Name and address.
    #[schemars(length(min = 3, max = 400))]
    pub from: String,
    /// How they sign, below every mail; left out, not at all.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub signature: String,
    /// Where answers to their mails go; left out, where the account's do.
    #[serde(default)]
    pub reply_to: Vec<String>,
}

/// Recipients as they were typed or pasted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// Addresses with or without names, separated by commas, semicolons, tabs or line breaks.
    #[schemars(length(max = 100_000))]
    pub text: String,
}
