//! Documents to draw in tests.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::EmailAddress;
use crate::domain::document::{
    Address, Adjustment, Condition, Content, Document, Item, Job, Kind, Line, LineKind, Party, Payment,
    PaymentCode, Prices, Tax, TaxCategory, TaxNotes,
};
use crate::domain::money::Currency;
use crate::domain::totals::Totals;

/// The demo shop's logo.
pub(crate) fn logo_file() -> &'static [u8] {
    include_bytes!("../../../assets/demo/logo.png")
}

/// A demo document, checked against the payable amount it states.
pub(crate) fn demo(name: &str) -> Document {
    let text = match name {
        "invoice" => include_str!("../../../assets/demo/invoice.json"),
        _ => include_str!("../../../assets/demo/job-card.json"),
    };
    let value: Value = serde_json::from_str(text).unwrap();
    let content = content(&value);
    let totals = Totals::of(&content);
    let stated = decimal(&value["totals"]["payable"]);
    totals.agree_with(Some(stated)).unwrap();
    let seller = party(&value["seller"]);
    seller.check().unwrap();
    let shop: Value = serde_json::from_str(include_str!("../../../assets/demo/shop.json")).unwrap();
    assert_eq!(party(&shop), seller);
    Document { number: format!("{}-2026-0001", content.kind.number_prefix()), seller, content, totals }
}

/// A document of `kind` with `count` lines.
pub(crate) fn sample(kind: Kind, count: usize) -> Document {
    let mut document = demo("job-card");
    document.number = "X-2026-0042".to_owned();
    document.content.kind = kind;
    document.content.language = "en".to_owned();
    document.content.prices = Prices::Net;
    document.content.lines = (1..=count).map(|i| line(i, "S")).collect();
    document.totals = Totals::of(&document.content);
    document
}

/// The line at place `i`.
pub(crate) fn line(i: usize, category: &str) -> Line {
    let tax = serde_json::json!({ "category": category, "rate": if category == "S" { "20" } else { "0" } });
    Line {
        description: format!("Article number {i} of the list"),
        kind: LineKind::Part,
        quantity: Decimal::from(i % 7 + 1),
        unit: "pcs".to_owned(),
        unit_price: Decimal::new(1000 + 137 * i as i64, 2),
        discount_percent: Decimal::ZERO,
        tax: self::tax(&tax),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or("0").parse().unwrap()
}

fn date(value: &Value) -> Option<NaiveDate> {
    value.as_str().map(|d| d.parse().unwrap())
}

fn tax(value: &Value) -> Tax {
    let category = TaxCategory::ALL.into_iter().find(|c| value["category"] == c.code()).unwrap();
    Tax { category, rate: decimal(&value["rate"]) }
}

fn party(value: &Value) -> Party {
    let address = &value["address"];
    Party {
        name: text(&value["name"]).unwrap(),
        address: Some(Address {
            lines: list(&address["lines"]).filter_map(text).collect(),
            postcode: text(&address["postcode"]),
            city: text(&address["city"]),
            country: text(&address["country"]).unwrap(),
        }),
        tax_id: text(&value["tax_id"]),
        email: value["email"].as_str().map(|e| EmailAddress::parse(e).unwrap()),
        phone: text(&value["phone"]),
        iban: text(&value["iban"]),
        bic: text(&value["bic"]),
        ..Party::default()
    }
}

fn adjustments(value: &Value) -> Vec<Adjustment> {
    list(value)
        .map(|a| Adjustment {
            reason: text(&a["reason"]).unwrap(),
            amount: decimal(&a["amount"]),
            tax: tax(&a["tax"]),
        })
        .collect()
}

fn lines(value: &Value) -> Vec<Line> {
    list(value)
        .map(|l| Line {
            description: text(&l["description"]).unwrap(),
            kind: LineKind::ALL.into_iter().find(|k| l["kind"] == k.word()).unwrap(),
            quantity: decimal(&l["quantity"]),
            unit: text(&l["unit"]).unwrap(),
            unit_price: decimal(&l["unit_price"]),
            discount_percent: decimal(&l["discount_percent"]),
            tax: tax(&l["tax"]),
        })
        .collect()
}

fn job(value: &Value) -> Job {
    let item = &value["item"];
    Job {
        item: Item {
            kind: text(&item["type"]),
            make: text(&item["make"]),
            model: text(&item["model"]),
            serial: text(&item["serial"]),
        },
        reported_fault: text(&value["reported_fault"]),
        accessories: list(&value["accessories"]).filter_map(text).collect(),
        condition: list(&value["condition"])
            .map(|c| Condition { part: text(&c["part"]).unwrap(), state: text(&c["state"]).unwrap() })
            .collect(),
        promised_at: value["promised_at"]
            .as_str()
            .map(|t| NaiveDateTime::parse_from_str(t, "%Y-%m-%dT%H:%M").unwrap()),
        technician: text(&value["technician"]),
    }
}

fn content(value: &Value) -> Content {
    Content {
        kind: Kind::from_word(value["kind"].as_str().unwrap()).unwrap(),
        issue_date: date(&value["issue_date"]).unwrap(),
        due_date: date(&value["due_date"]),
        supply: None,
        original: None,
        buyer_reference: None,
        order_reference: None,
        tax_notes: TaxNotes::default(),
        language: text(&value["language"]).unwrap(),
        currency: Currency::from_code(value["currency"].as_str().unwrap()).unwrap(),
        prices: if value["prices"] == "gross" { Prices::Gross } else { Prices::Net },
        buyer: Some(party(&value["buyer"])),
        lines: lines(&value["lines"]),
        allowances: adjustments(&value["allowances"]),
        charges: adjustments(&value["charges"]),
        paid: decimal(&value["paid"]),
        payment: Payment {
            terms: text(&value["payment"]["terms"]),
            reference: text(&value["payment"]["reference"]),
            code: (value["payment"]["qr"] == "epc").then_some(PaymentCode::Epc),
            link: None,
        },
        notes: list(&value["notes"]).filter_map(text).collect(),
        job: value["job"].is_object().then(|| job(&value["job"])),
    }
}
