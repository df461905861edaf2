//! What a mail says: the sender's own words, or those of a template filled from its document.

use super::templates::InUse;
use super::{App, Error, Kind};
use crate::compose::{self, ComposeError, MailValues};
use crate::domain::address::Mailbox;
use crate::domain::document::{Document, Job};
use crate::domain::{Invalid, say};
use crate::render;
use crate::wire::MailDraft;

/// The words of a mail.
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: Option<String>,
    /// The template they come from, in whole or in part, and its version.
    pub(super) template: Option<String>,
}

/// The words of a mail that carries a document: what the draft says, the template's where it says nothing.
pub(super) fn with_document(
    draft: &MailDraft,
    document: &Document,
    template: &InUse,
) -> Result<Words, Error> {
    let values = values(document)?;
    let own = |text: &Option<String>, path: &str, fill: Fill| match text {
        Some(text) if draft.placeholders => {
            let filled = fill(text, &values);
            filled.map(Some).map_err(|error| match error {
                // Who writes a mail is no author of templates.
                ComposeError::Template { empty: Some(place), .. } => {
                    let problem = say!("\"{place}\" has no value in this document", place);
                    Invalid::new(path, problem, "Take it out, or write what belongs there").into()
                }
                error => wrong(&error, path, "Correct it, or leave \"placeholders\" out"),
            })
        }
        text => Ok(text.clone()),
    };
    let subject = own(&draft.subject, "mail.subject", compose::fill_line)?;
    let text = own(&draft.text, "mail.text", compose::fill)?;
    let html = own(&draft.html, "mail.html", compose::fill_html)?;
    let asked = subject.is_none() || (text.is_none() && html.is_none());
    let subject = subject.map_or_else(|| subject_of(template, &values), Ok)?;
    let (text, html) = match (text, html) {
        (Some(text), html) => (text, html),
        (None, Some(html)) => (compose::text_of_html(&html), Some(html)),
        (None, None) => body_of(template, &values)?,
    };
    Ok(Words { subject, text, html, template: asked.then(|| template.name.clone()) })
}

/// A template's subject, filled.
fn subject_of(template: &InUse, values: &MailValues) -> Result<String, Error> {
    compose::fill_line(&template.template.subject, values).map_err(|error| blame(error, template))
}

/// A template's text, filled, and the same as HTML where it has that.
fn body_of(template: &InUse, values: &MailValues) -> Result<(String, Option<String>), Error> {
    let filled = compose::fill(&template.template.text, values).and_then(|text| {
        let html = template.template.html.as_deref();
        Ok((text, html.map(|html| compose::fill_html(html, values)).transpose()?))
    });
    filled.map_err(|error| blame(error, template))
}

/// Why a template makes no mail of these values.
fn blame(error: ComposeError, template: &InUse) -> Error {
    if error.is_defect() {
        return error.into();
    }
    Error::of(
        Kind::BadInput,
        vec![
            say!("The mail template {name} does not fit", name = template.name),
            error.said(),
            "Correct it with `tillpost templates set`, or give the mail words of its own".into(),
        ],
    )
}

impl App {
    /// The words of a mail without a document: its own, those of the template it names where it has none;
    /// `subject` is for one that has none at all.
    pub(super) fn words_alone(
        &self,
        draft: &MailDraft,
        subject: String,
        template: Option<&InUse>,
        from: Option<&Mailbox>,
    ) -> Result<Words, Error> {
        if draft.placeholders {
            return Err(Invalid::new(
                "mail.placeholders",
                "there is no document to fill placeholders from",
                "Name a document, or leave \"placeholders\" out",
            )
            .into());
        }
        let text = match (&draft.text, &draft.html) {
            (Some(text), _) => Some(text.clone()),
            (None, html) => html.as_deref().map(compose::text_of_html),
        };
        let own = draft.subject.clone();
        let Some(template) = template.filter(|_| own.is_none() || text.is_none()) else {
            let (subject, text) = (own.unwrap_or(subject), text.unwrap_or_default());
            return Ok(Words { subject, text, html: draft.html.clone(), template: None });
        };
        let values = self.values_alone(draft, from)?;
        let subject = own.map_or_else(|| subject_of(template, &values), Ok)?;
        let (text, html) = match text {
            Some(text) => (text, draft.html.clone()),
            None => body_of(template, &values)?,
        };
        Ok(Words { subject, text, html, template: Some(template.name.clone()) })
    }

    /// What templates may name in a mail without a document: the shop, and the one person it is for.
    fn values_alone(&self, draft: &MailDraft, from: Option<&Mailbox>) -> Result<MailValues, Error> {
        self.store.read(|reader| {
            let shop = super::issue::shop(reader)?;
            let sender = || from.and_then(|from| from.name.clone()).unwrap_or_default();
            // Where others get it too, even unseen, nobody is told another's name.
            let all: Vec<&Mailbox> = [&draft.to, &draft.cc, &draft.bcc].into_iter().flatten().collect();
            let buyer = match all.as_slice() {
                [Mailbox { name: Some(name), .. }] => Some(name.clone()),
                [one] => reader.contact(&one.address.key())?.and_then(|contact| contact.name),
                _ => None,
            };
            Ok(MailValues {
                seller: shop.as_ref().map_or_else(sender, |shop| shop.name.clone()),
                seller_email: shop.as_ref().and_then(|shop| shop.email.as_ref()).map(ToString::to_string),
                seller_phone: shop.as_ref().and_then(|shop| shop.phone.clone()),
                buyer,
                ..MailValues::default()
            })
        })
    }
}

type Fill = fn(&str, &MailValues) -> Result<String, ComposeError>;

pub(super) fn wrong(error: &ComposeError, path: &str, remedy: &'static str) -> Error {
    Invalid::new(path, error.said(), remedy).into()
}

/// What templates may name of a document.
fn values(document: &Document) -> Result<MailValues, Error> {
    let caption = render::caption(document)?;
    let content = &document.content;
    let job = content.job.as_ref();
    Ok(MailValues {
        kind: caption.kind,
        number: document.number.clone(),
        seller: document.seller.name.clone(),
        seller_email: document.seller.email.as_ref().map(ToString::to_string),
        seller_phone: document.seller.phone.clone(),
        buyer: content.buyer.as_ref().map(|b| b.name.clone()),
        payable: (document.totals.payable > rust_decimal::Decimal::ZERO).then_some(caption.payable),
        currency: Some(content.currency.code().to_owned()),
        issue_date: Some(caption.issue_date),
        due_date: caption.due_date,
        reference: content.payment.reference.clone(),
        order_reference: content.order_reference.clone(),
        original: content.original.as_ref().map(|original| original.number.clone()),
        item: job.and_then(item),
        promised: caption.promised,
        technician: job.and_then(|job| job.technician.clone()),
    })
}

fn item(job: &Job) -> Option<String> {
    let item = &job.item;
    let named: Vec<&str> = [&item.make, &item.model].into_iter().flatten().map(String::as_str).collect();
    if named.is_empty() { item.kind.clone() } else { Some(named.join(" ")) }
}
