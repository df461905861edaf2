//! Texts with gaps: what the shop writes once and each mail fills.

use std::io;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::ComposeError;
use super::header::one_line;
use crate::domain::document::Kind;

/// The largest template, in bytes.
const LARGEST_TEMPLATE: usize = 64 * 1024;
/// The largest filled text, in bytes.
const LARGEST_RESULT: usize = 1024 * 1024;
/// Steps a template may take: a list of 500 lines takes about 2,500.
const FUEL: u64 = 50_000;

/// What the mail templates may name; what a document does not have is `None`, never left out, because a
/// template that names an unknown value is refused.
#[derive(Debug, Clone, Serialize)]
pub struct MailValues {
    /// The kind of document in the mail's language, like `Invoice`.
    pub kind: String,
    /// The document's number.
    pub number: String,
    /// The name of the shop.
    pub seller: String,
    /// The name of the customer.
    pub buyer: Option<String>,
    /// What is to pay, as the document writes it, without the currency.
    pub payable: Option<String>,
    /// The currency, ISO 4217 or its sign.
    pub currency: Option<String>,
    /// The day it is due, as the document writes it.
    pub due_date: Option<String>,
}

/// A subject and a text, each with gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// The template of the subject line.
    pub subject: &'static str,
    /// The template of the text.
    pub text: &'static str,
}

/// Fills a template's gaps from the fields of `values`.
///
/// The template is the shop's own, so it is trusted not to be hostile but not to be right: an unknown name,
/// an endless loop and an endless result are refused.
///
/// # Errors
/// [`ComposeError::Template`] names the line and the value; the template's author corrects it.
pub fn fill(template: &str, values: &impl Serialize) -> Result<String, ComposeError> {
    if template.len() > LARGEST_TEMPLATE {
        return Err(ComposeError::TooLarge { what: "has", limit: LARGEST_TEMPLATE });
    }
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // It keeps the place of an error; it does not bring `debug()` back.
    environment.set_debug(true);
    // It would write out every value, also those no template is meant to show.
    environment.remove_global("debug");
    let mut out = Capped::default();
    let done = environment
        .template_from_str(template)
        .and_then(|parsed| parsed.render_captured_to(Value::from(Serde(values)), &mut out).map(|_| ()));
    if out.full {
        return Err(ComposeError::TooLarge { what: "makes", limit: LARGEST_RESULT });
    }
    done.map_err(|why| refused(&why, template))?;
    Ok(String::from_utf8_lossy(&out.bytes).into_owned())
}

/// Fills a template that makes one line, like a subject: line breaks in the result become spaces.
///
/// # Errors
/// As [`fill`].
pub fn fill_line(template: &str, values: &impl Serialize) -> Result<String, ComposeError> {
    fill(template, values).map(|text| one_line(&text))
}

fn refused(why: &minijinja::Error, template: &str) -> ComposeError {
    // The engine names the value for a plain gap only; the place in the template names it for all others.
    let place = why
        .range()
        .and_then(|range| template.get(range))
        .map(str::trim)
        .filter(|place| !place.is_empty() && place.len() <= 80);
    let message = match (why.detail(), place) {
        (Some(detail), Some(place)) if !detail.contains(place) => {
            format!("{}, {detail}, at \"{place}\"", why.kind())
        }
        (Some(detail), _) => format!("{}, {detail}", why.kind()),
        (None, Some(place)) => format!("{} at \"{place}\"", why.kind()),
        (None, None) => why.kind().to_string(),
    };
    ComposeError::Template { line: why.line(), message }
}

/// Takes at most [`LARGEST_RESULT`] bytes.
#[derive(Default)]
struct Capped {
    bytes: Vec<u8>,
    full: bool,
}

impl io::Write for &mut Capped {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > LARGEST_RESULT {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The texts of one language.
struct Language {
    code: &'static str,
    subject: &'static str,
    document: &'static str,
    invoice: &'static str,
    job_card: &'static str,
    offer: &'static str,
    purchase_order: &'static str,
}

macro_rules! language {
    ($code:literal) => {
        Language {
            code: $code,
            subject: include_str!(concat!("../../assets/mail/", $code, "/subject.txt")),
            document: include_str!(concat!("../../assets/mail/", $code, "/document.txt")),
            invoice: include_str!(concat!("../../assets/mail/", $code, "/invoice.txt")),
            job_card: include_str!(concat!("../../assets/mail/", $code, "/job_card.txt")),
            offer: include_str!(concat!("../../assets/mail/", $code, "/offer.txt")),
            purchase_order: include_str!(concat!("../../assets/mail/", $code, "/purchase_order.txt")),
        }
    };
}

static ENGLISH: Language = language!("en");
static OTHERS: [Language; 6] =
    [language!("de"), language!("fr"), language!("it"), language!("es"), language!("nl"), language!("pl")];

/// The template for a kind of document in a language like `de` or `de-AT`; English for any unknown one.
#[must_use]
pub fn default_template(language: &str, kind: Kind) -> Template {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let texts = OTHERS.iter().find(|texts| texts.code.eq_ignore_ascii_case(primary)).unwrap_or(&ENGLISH);
    let text = match kind {
        Kind::Invoice => texts.invoice,
        Kind::JobCard => texts.job_card,
        Kind::Offer => texts.offer,
        Kind::PurchaseOrder => texts.purchase_order,
        Kind::CreditNote
        | Kind::Receipt
        | Kind::SalesOrder
        | Kind::DeliveryNote
        | Kind::Report
        | Kind::Notification => texts.document,
    };
    Template { subject: texts.subject.trim_end(), text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> MailValues {
        MailValues {
            kind: "Invoice".into(),
            number: "INV-2026-0012".into(),
            seller: "Fix & Go".into(),
            buyer: Some("Anna Kowalska".into()),
            payable: Some("106.92".into()),
            currency: Some("GBP".into()),
            due_date: Some("5 December 2026".into()),
        }
    }

    #[test]
    fn every_language_has_every_template_and_each_fills() {
        let mut bare = values();
        (bare.buyer, bare.payable, bare.currency, bare.due_date) = (None, None, None, None);
        let mut texts = std::collections::HashSet::new();
        for language in ["en", "de", "fr", "it", "es", "nl", "pl"] {
            for kind in Kind::ALL {
                let template = default_template(language, kind);
                texts.insert(template.text);
                let subject = fill_line(template.subject, &values()).unwrap();
                assert!(subject.contains("INV-2026-0012") && subject.contains("Fix & Go"));
                for values in [&values(), &bare] {
                    let text = fill(template.text, values).unwrap();
                    assert!(text.contains("INV-2026-0012") && text.trim_end().ends_with("Fix & Go"));
                    assert!(
                        !text.contains("\n\n\n") && !text.contains("none"),
                        "{language} {kind:?}:\n{text}"
                    );
                }
                if kind == Kind::Invoice {
                    let text = fill(template.text, &values()).unwrap();
                    assert!(text.contains("106.92 GBP") && text.contains("5 December 2026"));
                }
            }
        }
        assert_eq!(texts.len(), 7 * 5, "two languages share a text");
    }

    #[test]
    fn the_nearest_language_is_taken() {
        assert_eq!(default_template("de-AT", Kind::Offer), default_template("DE", Kind::Offer));
        assert_eq!(default_template("xx", Kind::Offer), default_template("en", Kind::Offer));
        assert_ne!(default_template("pl", Kind::Offer), default_template("en", Kind::Offer));
    }

    #[test]
    fn a_wrong_template_is_refused_with_its_line() {
        for (template, line, word) in [
            ("Hello\n{{ nmae }}", Some(2), "nmae"),
            ("{% if nmae %}x{% endif %}", Some(1), "nmae"),
            ("{{ buyer.nmae }}", Some(1), "nmae"),
            ("{{ debug() }}", Some(1), "debug"),
            ("a\nb\n{% if %}", Some(3), ""),
            ("{{ 'abc' | nofilter }}", Some(1), "nofilter"),
            (
                "{% for a in range(9999) %}{% for b in range(9999) %}.{% endfor %}{% endfor %}",
                Some(1),
                "fuel",
            ),
        ] {
            match fill(template, &values()) {
                Err(ComposeError::Template { line: l, message }) => {
                    assert_eq!(l, line, "{template}: {message}");
                    assert!(message.contains(word), "{template}: {message}");
                }
                other => panic!("{template}: {other:?}"),
            }
        }
    }

    #[test]
    fn sizes_have_limits() {
        let much = format!("{{{{ {} }}}}", "kind ~ ".repeat(3) + "('x' * 2000000)");
        assert!(matches!(fill(&much, &values()), Err(ComposeError::TooLarge { what: "makes", .. })));
        let long = "x".repeat(LARGEST_TEMPLATE + 1);
        assert!(matches!(fill(&long, &values()), Err(ComposeError::TooLarge { what: "has", .. })));
    }

    #[test]
    fn nothing_is_escaped_in_plain_text_and_a_subject_is_one_line() {
        assert_eq!(fill("{{ seller }}", &values()).unwrap(), "Fix & Go");
        assert_eq!(fill_line(" a\r\n{{ seller }}\n", &values()).unwrap(), "a Fix & Go");
    }
}
