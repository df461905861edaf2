//! Texts with gaps: what the shop writes once and each mail fills.

use std::borrow::Cow;
use std::io;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, escape_formatter};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::ComposeError;
use super::header::one_line;

/// The largest template, in bytes.
pub const LARGEST_TEMPLATE: usize = 64 * 1024;
/// The largest filled text, in bytes.
const LARGEST_RESULT: usize = 1024 * 1024;
/// Steps a template may take; a template as large as may be, full of gaps, takes about half of them.
const FUEL: u64 = 50_000;
/// The statements a template may have. Without loops, and without names for what was put together, its
/// result is never much larger than itself and its values.
const STATEMENTS: [&str; 4] = ["if", "elif", "else", "endif"];

/// What mail templates may name. What a document does not have is empty: only a condition may ask for it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MailValues {
    /// The kind of document in the mail's language, like `Invoice`.
    pub kind: String,
    /// The document's number.
    pub number: String,
    /// The name of the shop.
    pub seller: String,
    /// The shop's e-mail address.
    pub seller_email: Option<String>,
    /// The shop's telephone number.
    pub seller_phone: Option<String>,
    /// The name of the customer.
    pub buyer: Option<String>,
    /// What is to pay, as the document writes it, without the currency.
    pub payable: Option<String>,
    /// The currency, ISO 4217.
    pub currency: Option<String>,
    /// The document's date, as it writes it.
    pub issue_date: Option<String>,
    /// The day it is due, as the document writes it.
    pub due_date: Option<String>,
    /// What to name when paying.
    pub reference: Option<String>,
    /// The customer's order.
    pub order_reference: Option<String>,
    /// The invoice that a credit note takes back.
    pub original: Option<String>,
    /// The thing a job is about: make and model.
    pub item: Option<String>,
    /// When a job is promised to be done.
    pub promised: Option<String>,
    /// Who works on a job.
    pub technician: Option<String>,
}

/// The placeholders of mail templates and what each stands for.
pub const PLACEHOLDERS: [(&str, &str); 16] = [
    ("kind", "the kind of document, like Invoice"),
    ("number", "the document's number"),
    ("seller", "the shop's name"),
    ("seller_email", "the shop's e-mail address"),
    ("seller_phone", "the shop's telephone number"),
    ("buyer", "the customer's name"),
    ("payable", "the amount to pay, without the currency"),
    ("currency", "the currency"),
    ("issue_date", "the document's date"),
    ("due_date", "the day it is due"),
    ("reference", "what to name when paying"),
    ("order_reference", "the customer's order"),
    ("original", "the invoice that a credit note takes back"),
    ("item", "the thing a job is about: make and model"),
    ("promised", "when a job is promised to be done"),
    ("technician", "who works on a job"),
];

impl MailValues {
    /// Values in which nothing is empty, to try a template with.
    #[must_use]
    pub fn sample(kind: &str) -> Self {
        let some = |text: &str| Some(text.to_owned());
        Self {
            kind: kind.to_owned(),
            number: "2026-0012".to_owned(),
            seller: "Riverside Cycle Repairs".to_owned(),
            seller_email: some("shop@example.com"),
            seller_phone: some("+44 20 7946 0012"),
            buyer: some("Anna Kowalska"),
            payable: some("106.92"),
            currency: some("GBP"),
            issue_date: some("2026-11-21"),
            due_date: some("2026-12-05"),
            reference: some("RF18 2026 0012"),
            order_reference: some("PO-77"),
            original: some("INV-2026-0007"),
            item: some("Orbit City 3"),
            promised: some("2026-11-25, 17:00"),
            technician: some("Ben"),
        }
    }

    /// The same for a mail without a document, which has the shop and, where it is to one person, their name.
    #[must_use]
    pub fn sample_alone() -> Self {
        let Self { seller, seller_email, seller_phone, buyer, .. } = Self::sample("");
        Self { seller, seller_email, seller_phone, buyer, ..Self::default() }
    }

    /// The same with everything empty that a document may lack.
    #[must_use]
    pub fn bare(self) -> Self {
        Self { kind: self.kind, number: self.number, seller: self.seller, ..Self::default() }
    }
}

/// A subject and a text with gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The template of the subject line.
    pub subject: Cow<'static, str>,
    /// The template of the text.
    pub text: Cow<'static, str>,
    /// The template of the same as HTML.
    pub html: Option<String>,
}

/// What a template makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
}

impl Template {
    /// Fills its gaps.
    ///
    /// # Errors
    /// As [`fill`].
    pub fn fill(&self, values: &MailValues) -> Result<Filled, ComposeError> {
        Ok(Filled {
            subject: fill_line(&self.subject, values)?,
            text: fill(&self.text, values)?,
            html: self.html.as_deref().map(|html| fill_html(html, values)).transpose()?,
        })
    }

    /// Its hash, short: which version of a shipped template this is.
    #[must_use]
    pub fn mark(&self) -> String {
        let digest = Sha256::digest(format!("{}\n\n{}", self.subject, self.text));
        digest.iter().take(4).map(|b| format!("{b:02x}")).collect()
    }
}

/// Fills a template's gaps from the fields of `values`.
///
/// The template is the shop's own, so it is trusted not to be hostile but not to be right: a name there is
/// none of, a gap that nothing fills, loops and an endless result are refused.
///
/// # Errors
/// [`ComposeError::Template`] names the line and the placeholder; the template's author corrects it.
pub fn fill(template: &str, values: &impl Serialize) -> Result<String, ComposeError> {
    filled(template, values, AutoEscape::None)
}

/// As [`fill`], for HTML: what fills a gap is escaped and can be nothing but text.
///
/// # Errors
/// As [`fill`].
pub fn fill_html(template: &str, values: &impl Serialize) -> Result<String, ComposeError> {
    filled(template, values, AutoEscape::Html)
}

/// Fills a template that makes one line, like a subject: line breaks in the result become spaces.
///
/// # Errors
/// As [`fill`].
pub fn fill_line(template: &str, values: &impl Serialize) -> Result<String, ComposeError> {
    fill(template, values).map(|text| one_line(&text))
}

fn filled(template: &str, values: &impl Serialize, escape: AutoEscape) -> Result<String, ComposeError> {
    if template.len() > LARGEST_TEMPLATE {
        return Err(ComposeError::TooLarge { what: "has", limit: LARGEST_TEMPLATE });
    }
    only_conditions(template)?;
    // Empty: it has no filters and functions but those named here.
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(move |_| escape.clone());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // It keeps the place of an error; it does not bring `debug()` back.
    environment.set_debug(true);
    environment.add_filter("upper", |value: Value| text_of(&value).map(str::to_uppercase));
    environment.add_filter("lower", |value: Value| text_of(&value).map(str::to_lowercase));
    environment.set_formatter(|out, state, value| {
        text_of(value)?;
        escape_formatter(out, state, value)
    });
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

/// The text that fills a gap; refused when it is empty.
fn text_of(value: &Value) -> Result<&str, minijinja::Error> {
    let text = value.as_str().filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| minijinja::Error::new(ErrorKind::InvalidOperation, EMPTY))
}

/// What the engine is told when a gap has nothing to fill it.
const EMPTY: &str = "this is empty in this document";

fn refused(why: &minijinja::Error, template: &str) -> ComposeError {
    // The engine names the value for a plain gap only; the place in the template names it for all others.
    let place = why
        .range()
        .and_then(|range| template.get(range))
        .map(|place| place.trim_matches(|c: char| c.is_whitespace() || "{}-".contains(c)))
        .filter(|place| !place.is_empty() && place.len() <= 80);
    let mut empty = None;
    let message = match (why.detail(), place) {
        (Some(EMPTY), place) => {
            let place =
                why.range().and_then(|range| gap(template, range)).or(place).unwrap_or("a placeholder");
            empty = Some(place.to_owned());
            format!(
                "\"{place}\" is empty in this document; write {{% if {place} %}} ... {{% endif %}} around it"
            )
        }
        (Some(detail), Some(place)) if !detail.contains(place) => {
            format!("{}, {detail}, at \"{place}\"", why.kind())
        }
        (Some(detail), _) => format!("{}, {detail}", why.kind()),
        (None, Some(place)) => format!("{} at \"{place}\"", why.kind()),
        (None, None) => why.kind().to_string(),
    };
    let known = PLACEHOLDERS.map(|(name, _)| name).join(", ");
    let message = match why.kind() {
        ErrorKind::UndefinedError => format!("{message}; the placeholders are: {known}"),
        _ => message,
    };
    ComposeError::Template { line: why.line(), message, empty }
}

/// What a gap names, where the engine points at one of its filters.
fn gap(template: &str, range: std::ops::Range<usize>) -> Option<&str> {
    let open = template.get(..range.start)?.rfind("{{")?;
    let name = template.get(open + 2..range.end)?.split('|').next()?;
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '-');
    (!name.is_empty() && !name.contains("}}")).then_some(name)
}

/// Refuses statements other than conditions, and multiplying, which makes much of little.
fn only_conditions(template: &str) -> Result<(), ComposeError> {
    let mut rest = template;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        let (open, inner) = rest.get(at..).and_then(|tag| tag.split_at_checked(2)).unwrap_or_default();
        if open == "{#" {
            rest = inner.split_once("#}").map_or("", |(_, after)| after);
            continue;
        }
        let (code, after) = code_of(inner, if open == "{%" { "%}" } else { "}}" });
        let line = template.len() - rest.len() + at;
        let line = template.get(..line).map(|before| before.matches('\n').count() + 1);
        let word = code.trim_start_matches(['-', '+']).split_whitespace().next().unwrap_or_default();
        if open == "{%" && !STATEMENTS.contains(&word) && !word.is_empty() {
            let message =
                format!("\"{word}\" cannot be used in a mail template; use {}", STATEMENTS.join(", "));
            return Err(ComposeError::Template { line, message, empty: None });
        }
        if code.contains('*') {
            let message = "a template cannot multiply with *".to_owned();
            return Err(ComposeError::Template { line, message, empty: None });
        }
        rest = after;
    }
    Ok(())
}

/// What stands between the signs of a tag, without the texts in quotes, and what follows the tag.
fn code_of<'a>(inner: &'a str, close: &str) -> (String, &'a str) {
    let mut code = String::new();
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if inner.get(at..).is_some_and(|rest| rest.starts_with(close)) => {
                return (code, inner.get(at + close.len()..).unwrap_or_default());
            }
            None if c == '"' || c == '\'' => quote = Some(c),
            None => code.push(c),
        }
    }
    (code, "")
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

#[cfg(test)]
mod tests {
    use super::super::shipped::{TEMPLATE_LANGUAGES, shipped};
    use super::*;
    use crate::domain::document::Kind;

    fn values() -> MailValues {
        MailValues { seller: "Fix & Go".into(), ..MailValues::sample("Invoice") }
    }

    #[test]
    fn every_placeholder_is_told_of() {
        let value = serde_json::to_value(values()).unwrap();
        let mut names: Vec<&String> = value.as_object().unwrap().keys().collect();
        names.sort();
        let mut told = PLACEHOLDERS.map(|(name, _)| name);
        told.sort_unstable();
        assert_eq!(names, told);
    }

    #[test]
    fn every_language_has_every_template_and_each_fills() {
        let mut texts = std::collections::HashSet::new();
        for language in TEMPLATE_LANGUAGES {
            for kind in Kind::ALL {
                let (found, template) = shipped(language, kind);
                assert_eq!(found, language);
                for values in [values(), values().bare()] {
                    let Filled { subject, text, .. } = template.fill(&values).unwrap();
                    assert!(subject.contains("2026-0012") && subject.contains("Fix & Go"), "{subject}");
                    assert!(text.contains("2026-0012") && text.ends_with("\nFix & Go"), "{text}");
                    assert!(
                        !text.contains("\n\n\n") && !text.contains(" \n"),
                        "{language} {kind:?}:\n{text}"
                    );
                }
                texts.insert(template.text);
                if kind == Kind::Invoice {
                    let text = shipped(language, kind).1.fill(&values()).unwrap().text;
                    assert!(text.contains("106.92 GBP") && text.contains("2026-12-05"));
                }
            }
        }
        assert_eq!(texts.len(), 70, "two share a text");
    }

    #[test]
    fn the_nearest_language_is_taken() {
        assert_eq!(shipped("de-AT", Kind::Offer), shipped("DE", Kind::Offer));
        assert_eq!(shipped("xx", Kind::Offer), shipped("en", Kind::Offer));
        assert_ne!(shipped("pl", Kind::Offer), shipped("en", Kind::Offer));
    }

    #[test]
    fn a_wrong_template_is_refused_with_its_line() {
        for (template, line, words) in [
            ("Hello\n{{ nmae }}", 2, "nmae"),
            ("Hello\n{{ nmae }}", 2, "due_date, reference"),
            ("{% if nmae %}x{% endif %}", 1, "nmae"),
            ("{{ buyer.nmae }}", 1, "nmae"),
            ("{{ debug() }}", 1, "debug"),
            ("a\nb\n{% if %}", 3, ""),
            ("{{ 'abc' | nofilter }}", 1, "nofilter"),
            ("a\n{% for a in buyer %}.{% endfor %}", 2, "\"for\" cannot be used"),
            ("{%- set a = kind ~ kind %}{{ a }}", 1, "\"set\""),
            ("{{ 'it\\'s {% set' }}\n{{ kind * 10000000 }}", 2, "multiply"),
        ] {
            match fill(template, &values()) {
                Err(ComposeError::Template { line: l, message, .. }) => {
                    assert_eq!(l, Some(line), "{template}: {message}");
                    assert!(message.contains(words), "{template}: {message}");
                }
                other => panic!("{template}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_gap_that_nothing_fills_is_named() {
        let bare = values().bare();
        for (template, named) in [
            ("Due\n{{ due_date }}", "\"due_date\" is empty"),
            ("\n{{ buyer | upper }}", "\"buyer\" is empty"),
            ("\n{% if not buyer %}{{ item }}{% endif %}", "\"item\" is empty"),
        ] {
            let error = fill(template, &bare).unwrap_err();
            assert!(matches!(&error, ComposeError::Template { line: Some(2), .. }), "{template}: {error}");
            assert!(error.to_string().contains(named), "{template}: {error}");
        }
        assert_eq!(fill("{{ buyer or 'customer' }}", &bare).unwrap(), "customer");
    }

    #[test]
    fn sizes_have_limits() {
        let much = MailValues { seller: "x".repeat(100_000), ..values() };
        let long = "{{ seller }}".repeat(20);
        assert!(matches!(fill(&long, &much), Err(ComposeError::TooLarge { what: "makes", .. })));
        let long = "x".repeat(LARGEST_TEMPLATE + 1);
        assert!(matches!(fill(&long, &values()), Err(ComposeError::TooLarge { what: "has", .. })));
        // As many gaps as a template has room for are within the steps it may take.
        let full = "{{ number }}".repeat(LARGEST_TEMPLATE / 12);
        fill(&full, &values()).unwrap();
    }

    #[test]
    fn html_is_escaped_plain_text_is_not_and_a_subject_is_one_line() {
        assert_eq!(fill("{{ seller }}", &values()).unwrap(), "Fix & Go");
        let hostile = MailValues { buyer: Some("<script>\"x\"".into()), ..values() };
        let html = fill_html("<p title=\"{{ buyer }}\">{{ buyer | upper }}</p>", &hostile).unwrap();
        assert!(!html.contains("<script") && !html.contains("<SCRIPT") && !html.contains("\"x"), "{html}");
        assert!(fill_html("{{ buyer | safe }}", &hostile).is_err());
        assert_eq!(fill_line(" a\r\n{{ seller }}\n", &values()).unwrap(), "a Fix & Go");
    }
}
