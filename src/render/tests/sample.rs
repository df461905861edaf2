//! Documents to draw in tests.

use rust_decimal::Decimal;

use crate::domain::document::{Document, Kind, Line, LineKind, Original, Prices, Tax, TaxCategory};
use crate::domain::totals::Totals;
use crate::wire::{DocumentFile, parse};

/// The demo shop's logo.
pub(crate) fn logo_file() -> &'static [u8] {
    include_bytes!("../../../assets/demo/logo.png")
}

/// A demo document, checked against the payable amount it states.
pub(crate) fn demo(name: &str) -> Document {
    let text: &[u8] = match name {
        "invoice" => include_bytes!("../../../assets/demo/invoice.json"),
        _ => include_bytes!("../../../assets/demo/job-card.json"),
    };
    let draft = parse::<DocumentFile>(text).unwrap().to_draft("en").unwrap();
    let totals = Totals::of(&draft.content);
    totals.agree_with(draft.stated_payable).unwrap();
    let number = format!("{}-2026-0001", draft.content.kind.number_prefix());
    Document { number, seller: draft.seller.unwrap(), content: draft.content, totals }
}

/// A document of `kind` with `count` lines.
pub(crate) fn sample(kind: Kind, count: usize) -> Document {
    let mut document = demo("job-card");
    document.number = "X-2026-0042".to_owned();
    document.content.kind = kind;
    document.content.language = "en".to_owned();
    document.content.prices = Prices::Net;
    document.content.original = Some(Original { number: "INV-2026-0007".to_owned(), issue_date: None });
    document.content.lines = (1..=count).map(|i| line(i, "S")).collect();
    document.totals = Totals::of(&document.content);
    document
}

/// The line at place `i`.
pub(crate) fn line(i: usize, category: &str) -> Line {
    let category = TaxCategory::ALL.into_iter().find(|c| c.code() == category).unwrap();
    let rate = if category == TaxCategory::Standard { Decimal::from(20) } else { Decimal::ZERO };
    Line {
        description: format!("Article number {i} of the list"),
        kind: LineKind::Part,
        item_number: None,
        part_state: None,
        quantity: Decimal::from(i % 7 + 1),
        unit: "pcs".to_owned(),
        unit_price: Decimal::new(1000 + 137 * i as i64, 2),
        discount_percent: Decimal::ZERO,
        tax: Tax { category, rate },
    }
}
