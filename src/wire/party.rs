//! Sellers and buyers in the document file; the shop's details have the same shape.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::billing::ElectronicAddressShape;
use super::document::{filled, word};
use crate::domain::document::{Address, EInvoice, ElectronicAddress, Party};
use crate::domain::{EmailAddress, Invalid};

/// A seller or buyer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyShape {
    /// Name of the person or company.
    pub name: String,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressShape>,
    /// VAT or other tax number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Account for payments, with or without spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iban: Option<String>,
    /// Bank of that account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<String>,
    /// Number in the register of companies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_number: Option<String>,
    /// Register, registered office, directors: what business letters must say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_note: Option<String>,
    /// The person to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Where it receives e-invoices; left out, at its e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electronic_address: Option<ElectronicAddressShape>,
    /// On a buyer: the e-invoice it wants; left out, as the shop's setting has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["none", "factur_x", "xrechnung", "xrechnung_cii", "peppol", null]))]
    pub e_invoice: Option<String>,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressShape {
    /// Street, house number and the like, one entry a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// Town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Country, two capital letters of ISO 3166.
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    pub country: String,
}

impl PartyShape {
    /// The party this shape describes; lengths and check digits are the domain's to check.
    ///
    /// # Errors
    /// When its e-mail address is none.
    pub fn to_party(&self) -> Result<Party, Invalid> {
        let email = self.email.as_deref().filter(|e| !e.trim().is_empty());
        Ok(Party {
            name: self.name.clone(),
            address: self.address.as_ref().map(|a| Address {
                lines: a.lines.clone(),
                postcode: filled(a.postcode.as_ref()),
                city: filled(a.city.as_ref()),
                country: a.country.clone(),
            }),
            tax_id: filled(self.tax_id.as_ref()),
            email: email.map(|e| EmailAddress::parse(e).map_err(|i| i.within("email"))).transpose()?,
            phone: filled(self.phone.as_ref()),
            iban: filled(self.iban.as_ref()).map(|i| i.chars().filter(|c| !c.is_whitespace()).collect()),
            bic: filled(self.bic.as_ref()),
            company_number: filled(self.company_number.as_ref()),
            legal_note: filled(self.legal_note.as_ref()),
            contact: filled(self.contact.as_ref()),
            electronic_address: self
                .electronic_address
                .as_ref()
                .map(|e| ElectronicAddress { scheme: e.scheme.clone(), id: e.id.clone() }),
            e_invoice: self
                .e_invoice
                .as_deref()
                .map(|e| word("e_invoice", e, &EInvoice::ALL, EInvoice::word))
                .transpose()?,
        })
    }
}

impl From<&Party> for PartyShape {
    fn from(party: &Party) -> Self {
        Self {
            name: party.name.clone(),
            address: party.address.as_ref().map(|a| AddressShape {
                lines: a.lines.clone(),
                postcode: a.postcode.clone(),
                city: a.city.clone(),
                country: a.country.clone(),
            }),
            tax_id: party.tax_id.clone(),
            email: party.email.as_ref().map(ToString::to_string),
            phone: party.phone.clone(),
            iban: party.iban.clone(),
            bic: party.bic.clone(),
            company_number: party.company_number.clone(),
            legal_note: party.legal_note.clone(),
            contact: party.contact.clone(),
            electronic_address: party
                .electronic_address
                .as_ref()
                .map(|e| ElectronicAddressShape { scheme: e.scheme.clone(), id: e.id.clone() }),
            e_invoice: party.e_invoice.map(|e| e.word().to_owned()),
        }
    }
}
