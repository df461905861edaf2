//! Number, dates and what else tells one document from another.

use chrono::NaiveDateTime;

use super::error::RenderError;
use super::labels::{Language, Word};
use super::payment_code::bordered;
use super::press::Press;
use super::sketch::Sketch;
use super::text::clean;
use crate::domain::document::Kind;

/// A label and what stands beside it.
pub(super) type Fact = (&'static str, String);

/// What stands beside the address on a letter and below the title on a roll.
pub(super) fn information(press: &Press<'_>) -> Vec<Fact> {
    let content = &press.document.content;
    let language = &press.language;
    let date = match content.issue_time {
        Some(time) => moment(language, content.issue_date.and_time(time)),
        None => language.date(content.issue_date),
    };
    let mut rows =
        vec![(press.word(Word::Number), clean(&press.document.number)), (press.word(Word::Date), date)];
    rows.extend(due(press));
    if let Some(supply) = &content.supply {
        let until = (supply.until != supply.from).then(|| format!(" – {}", language.date(supply.until)));
        let text = format!("{}{}", language.date(supply.from), until.unwrap_or_default());
        rows.push((press.word(Word::Supply), text));
    }
    if let Some(original) = &content.original {
        let day = original.issue_date.map(|d| format!("\n{}", language.date(d))).unwrap_or_default();
        rows.push((press.word(Word::Original), format!("{}{day}", clean(&original.number))));
    }
    for (word, value) in
        [(Word::OrderReference, &content.order_reference), (Word::BuyerReference, &content.buyer_reference)]
    {
        rows.extend(value.as_deref().map(|v| (press.word(word), clean(v))));
    }
    let buyer = content.buyer.as_ref();
    if content.kind == Kind::JobCard {
        if let Some(phone) = buyer.and_then(|b| b.phone.as_deref()) {
            rows.push((press.word(Word::Phone), clean(phone)));
        }
        if let Some(email) = buyer.and_then(|b| b.email.as_ref()) {
            rows.push((press.word(Word::Email), clean(email.as_str())));
        }
    }
    if let Some(id) = buyer.and_then(|b| b.tax_id.as_deref()) {
        rows.push((press.word(Word::BuyerTaxId), clean(id)));
    }
    rows
}

/// The day something is due, under the name it has on this kind of document.
fn due(press: &Press<'_>) -> Option<Fact> {
    let content = &press.document.content;
    let word = match content.kind {
        Kind::Offer => Word::DueValid,
        Kind::SalesOrder | Kind::PurchaseOrder | Kind::DeliveryNote => Word::DueDelivery,
        Kind::JobCard => Word::DueReady,
        _ => Word::DuePayment,
    };
    let promised = content.job.as_ref().and_then(|j| j.promised_at).filter(|_| content.kind == Kind::JobCard);
    match promised {
        Some(at) => Some((press.word(word), moment(&press.language, at))),
        None => content.due_date.map(|date| (press.word(word), press.language.date(date))),
    }
}

/// A day and a time of the shop's own clock; where a line is too short, it ends between the two.
pub(super) fn moment(language: &Language, at: NaiveDateTime) -> String {
    format!("{}, {}", language.date(at.date()).replace(' ', "\u{A0}"), at.format("%H:%M"))
}

/// The code to find the document by: its number, or the page that shows how far the work is.
pub(super) fn code(press: &Press<'_>, side: f32) -> Result<Sketch, RenderError> {
    let link = press.document.content.job.as_ref().and_then(|j| j.status_link.as_deref());
    bordered(link.unwrap_or(&press.document.number), side)
}
