//! The mail templates Tillpost comes with.

use super::template::Template;
use crate::domain::document::Kind;

/// The templates of one language, in the order of [`Kind::ALL`].
struct Language {
    code: &'static str,
    texts: [&'static str; 10],
}

macro_rules! language {
    ($code:literal) => {
        language!($code, "invoice", "credit_note", "receipt", "job_card", "offer", "sales_order",
            "purchase_order", "delivery_note", "report", "notification")
    };
    ($code:literal, $($kind:literal),*) => {
        Language {
            code: $code,
            texts: [$(include_str!(concat!("../../assets/templates/", $code, "/", $kind, ".txt"))),*],
        }
    };
}

const LANGUAGES: [Language; 7] = [
    language!("en"),
    language!("de"),
    language!("fr"),
    language!("it"),
    language!("es"),
    language!("nl"),
    language!("pl"),
];

/// The languages there are templates in.
pub const TEMPLATE_LANGUAGES: [&str; 7] = ["en", "de", "fr", "it", "es", "nl", "pl"];

/// The template for a kind of document in the language of a BCP 47 tag, and that language; English where
/// there is none in it.
#[must_use]
pub fn shipped(language: &str, kind: Kind) -> (&'static str, Template) {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let [english, ..] = &LANGUAGES;
    let texts = LANGUAGES.iter().find(|l| l.code.eq_ignore_ascii_case(primary)).unwrap_or(english);
    let place = Kind::ALL.iter().position(|k| *k == kind).unwrap_or_default();
    let text = texts.texts.get(place).copied().unwrap_or_default();
    let (subject, rest) = text.split_once('\n').unwrap_or_default();
    let template = Template { subject: subject.trim().into(), text: rest.trim_start().into(), html: None };
    (texts.code, template)
}
