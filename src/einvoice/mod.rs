//! Invoices that programs can read: EN 16931 in the syntaxes UBL and UN/CEFACT CII.
//!
//! Pure: a document in, XML out. The amounts are those the page shows; nothing is added up here. The
//! rules of the norm, of XRechnung and of Peppol are checked before a byte is written.
//!
//! # Source
//! EN 16931-1:2017+A1:2019, XRechnung 3.0, Peppol BIS Billing 3.0, Factur-X 1.0 (ZUGFeRD 2).

mod fields;
mod model;
mod units;

use en16931::validation::profile::ProfileMarker;
use en16931::{En16931, Invoice, PeppolBis3, Validated, ValidationReport, XRechnung};
use en16931_formats::{Syntax, report};

use crate::domain::document::{Document, EInvoice, Kind, TaxCategory};
use crate::domain::{Invalid, say};

/// Whether a document of this kind can be an e-invoice.
#[must_use]
pub fn applies(kind: Kind) -> bool {
    matches!(kind, Kind::Invoice | Kind::CreditNote)
}

/// An invoice as XML.
///
/// `reason` gives the words that the page prints for a category without tax (BT-120).
///
/// # Errors
/// The field that a rule asks for, the rule's own words and its name; the sender completes the
/// document.
///
/// Nothing for [`EInvoice::None`] and for kinds of document that are no invoices.
pub fn write(
    document: &Document,
    form: EInvoice,
    reason: &dyn Fn(TaxCategory) -> Option<String>,
) -> Result<Option<Vec<u8>>, Invalid> {
    if !applies(document.content.kind) {
        return Ok(None);
    }
    let invoice = |process| model::invoice(document, process, reason);
    // XRechnung takes its process identifier from Peppol (BR-DE-21 and PEPPOL-EN16931-R001).
    let billing = Some("urn:fdc:peppol.eu:2017:poacc:billing:01:1.0");
    Ok(Some(match form {
        EInvoice::None => return Ok(None),
        EInvoice::FacturX => checked::<En16931>(invoice(None)?, Syntax::Cii)?,
        EInvoice::XRechnungUbl => checked::<XRechnung>(invoice(billing)?, Syntax::Ubl)?,
        EInvoice::XRechnungCii => checked::<XRechnung>(invoice(billing)?, Syntax::Cii)?,
        EInvoice::Peppol => checked::<PeppolBis3>(invoice(billing)?, Syntax::Ubl)?,
    }))
}

fn checked<P: ProfileMarker>(mut invoice: Invoice, syntax: Syntax) -> Result<Vec<u8>, Invalid> {
    invoice.specification_id = Some(P::PROFILE.specification_id.to_owned());
    let valid = Validated::<P>::new(invoice).map_err(|refused| refusal(refused.report(), P::PROFILE.id))?;
    let written = en16931_formats::write(&valid, syntax);
    // What a syntax cannot carry would be missing without a word.
    if let Some(lost) = written.entries.iter().find(|e| e.kind != report::Kind::Derived) {
        return Err(Invalid::new(
            fields::of_term(lost.term.as_deref().unwrap_or_default()),
            say!("an e-invoice cannot carry this ({message})", message = lost.message),
            "Leave it out, or choose another e_invoice",
        ));
    }
    Ok(written.xml.into_bytes())
}

/// The first rule that is broken, as a refusal of its field.
fn refusal(report: &ValidationReport, profile: &str) -> Invalid {
    let Some(finding) = report.fatal().next() else {
        return Invalid::new("", say!("the e-invoice does not keep {profile}", profile), "");
    };
    let words = finding.message.trim().trim_end_matches('.');
    let detail = finding
        .detail
        .as_ref()
        .map(|d| format!(" (expected {}, found {})", d.expected, d.actual))
        .unwrap_or_default();
    Invalid::new(
        fields::of(&finding.rule, &finding.path),
        say!(
            "the e-invoice breaks rule {rule} of {profile}: {words}{detail}",
            rule = finding.rule,
            profile,
            words,
            detail
        ),
        "Complete the field, or set e_invoice to none for this buyer",
    )
}
