//! What the law of the seller's country asks for: refused when issuing, by field and paragraph.

use serde_json::{Value, json};
use tillpost::app::{Error, Kind};
use tillpost::wire::{DocumentFile, InputFile};

use crate::till::Till;

fn party(name: &str, tax_id: Value, country: &str) -> Value {
    json!({ "name": name, "tax_id": tax_id,
        "address": { "lines": ["Street 1"], "postcode": "1000", "city": "Town", "country": country } })
}

/// An invoice that lacks nothing: seller and buyer of two countries, one line.
fn invoice(seller: (&str, &str), buyer: (&str, &str), currency: &str, tax: (&str, &str)) -> Value {
    json!({ "kind": "invoice", "issue_date": "2026-11-21", "due_date": "2026-12-05",
        "supply_date": "2026-11-20", "currency": currency,
        "seller": party("Shop", json!(seller.1), seller.0), "buyer": party("Buyer", json!(buyer.1), buyer.0),
        "lines": [{ "description": "Work", "quantity": "1", "unit_price": "1000.00",
            "tax": { "category": tax.0, "rate": tax.1 } }] })
}

fn german() -> Value {
    invoice(("DE", "DE123456788"), ("DE", "DE987654321"), "EUR", ("S", "19"))
}

fn british() -> Value {
    invoice(("GB", "GB123456789"), ("GB", "GB987654321"), "GBP", ("S", "20"))
}

fn swiss() -> Value {
    invoice(("CH", "CHE-123.456.788 MWST"), ("CH", ""), "CHF", ("S", "8.1"))
}

fn changed(document: Value, changes: &[(&str, Value)]) -> Value {
    let mut document = document;
    for (path, value) in changes {
        let (parent, key) = path.rsplit_once('/').unwrap();
        let parent = if parent.is_empty() { Some(&mut document) } else { document.pointer_mut(parent) };
        match parent.unwrap_or_else(|| panic!("{path}")) {
            Value::Array(list) => list[key.parse::<usize>().unwrap()] = value.clone(),
            object => object[key] = value.clone(),
        }
    }
    document
}

fn read(document: &Value) -> Result<DocumentFile, Error> {
    let InputFile::Document(file) = InputFile::read(document.to_string().as_bytes())? else {
        panic!("not a document: {document}");
    };
    Ok(*file)
}

fn issue(till: &Till, document: &Value) -> Result<(), Error> {
    till.app.issue(read(document)?).map(|_| ())
}

fn passes(till: &Till, document: &Value) {
    issue(till, document).unwrap_or_else(|e| panic!("{e}: {document}"));
}

fn refused(till: &Till, document: &Value, path: &str, law: &str) {
    let error = issue(till, document).unwrap_err();
    assert_eq!(error.kind(), Kind::BadInput, "{error}");
    let said = error.to_string();
    assert!(said.starts_with(&format!("{path}: ")) && said.contains(law), "{path} {law}: {said}");
}

#[test]
fn invoices_of_the_union() {
    let till = Till::at(9);
    let small = ("/lines/0/unit_price", json!("210.00"));
    passes(&till, &german());
    for (path, law) in [
        ("seller.tax_id", "226(3)"),
        ("seller.address.city", "226(5)"),
        ("buyer.address", "226(5)"),
        ("buyer.address.city", "226(5)"),
        ("supply_date", "§ 14 Abs. 4 Satz 1 Nr. 6 UStG"),
    ] {
        let pointer = format!("/{}", path.replace('.', "/"));
        refused(&till, &changed(german(), &[(&pointer, Value::Null)]), path, law);
    }
    refused(
        &till,
        &changed(german(), &[("/buyer/address/lines", json!([]))]),
        "buyer.address.lines",
        "226(5)",
    );
    // Up to 250 euro the short form will do.
    passes(
        &till,
        &changed(german(), &[small.clone(), ("/buyer/address", Value::Null), ("/supply_date", Value::Null)]),
    );
    let over =
        changed(german(), &[("/lines/0/unit_price", json!("210.09")), ("/buyer/address", Value::Null)]);
    refused(&till, &over, "buyer.address", "226(5)");
    let austrian = invoice(("AT", "ATU12345678"), ("AT", ""), "EUR", ("S", "20"));
    refused(&till, &changed(austrian, &[("/supply_date", Value::Null)]), "supply_date", "§ 11 Abs. 1 Z 3");
    let french = invoice(("FR", "FR12345678901"), ("FR", "FR98765432109"), "EUR", ("S", "20"));
    refused(&till, &changed(french, &[("/due_date", Value::Null)]), "due_date", "L441-9");
    let in_pounds = changed(german(), &[("/currency", json!("GBP"))]);
    refused(&till, &in_pounds, "tax_notes.national_tax", "230");
    passes(&till, &changed(in_pounds, &[("/tax_notes", json!({ "national_tax": "221.30" }))]));
}

#[test]
fn a_tax_in_the_country_s_currency_is_no_other_than_the_tax_in_that_currency() {
    let till = Till::at(9);
    let noted = |tax: &str| changed(british(), &[("/tax_notes", json!({ "national_tax": tax }))]);
    refused(&till, &noted("5.00"), "tax_notes.national_tax", "its tax is 200.00, not 5.00");
    // The same figure again is no contradiction, and is printed once.
    passes(&till, &noted("200"));
    let drawn = |document: &Value| till.app.render(read(document).unwrap()).unwrap().pdf;
    assert!(drawn(&noted("200")) == drawn(&british()));
}

#[test]
fn tax_that_is_not_charged_needs_its_reason_and_its_numbers() {
    let till = Till::at(9);
    let exempt = changed(german(), &[("/lines/0/tax", json!({ "category": "E" }))]);
    refused(&till, &exempt, "tax_notes", "226(11)");
    passes(&till, &changed(exempt.clone(), &[("/tax_notes", json!({ "reason": "§ 4 Nr. 21 UStG" }))]));
    passes(&till, &changed(exempt.clone(), &[("/tax_notes", json!({ "exemption": "second_hand" }))]));
    refused(
        &till,
        &changed(german(), &[("/tax_notes", json!({ "exemption": "art" }))]),
        "tax_notes.exemption",
        "category E",
    );
    let dutch =
        |category: &str| invoice(("NL", "NL123456789B01"), ("BE", "BE0123456749"), "EUR", (category, "0"));
    passes(&till, &dutch("AE"));
    passes(&till, &dutch("K"));
    let nameless = |category| changed(dutch(category), &[("/buyer/tax_id", Value::Null)]);
    refused(&till, &nameless("AE"), "buyer.tax_id", "226(4)");
    refused(&till, &nameless("K"), "buyer.tax_id", "226(4)");
    // A small amount does not help: the customer owes the tax.
    let small = changed(nameless("AE"), &[("/lines/0/unit_price", json!("5.00"))]);
    refused(&till, &small, "buyer.tax_id", "226(4)");
    let home = changed(dutch("K"), &[("/buyer/address/country", json!("NL"))]);
    refused(&till, &home, "buyer.address.country", "138");
    // A small enterprise needs no VAT number, but in Germany the number of the tax office.
    let small_business = |country: &str| {
        let notes = ("/tax_notes", json!({ "exemption": "small_business" }));
        changed(invoice((country, ""), (country, ""), "EUR", ("E", "0")), &[notes])
    };
    passes(&till, &small_business("IE"));
    refused(&till, &small_business("DE"), "seller.tax_id", "§ 14 Abs. 4 Satz 1 Nr. 2 UStG");
}

#[test]
fn credit_notes_name_their_invoice() {
    let till = Till::at(9);
    for (document, law) in [(german(), "219"), (british(), "15C")] {
        let note = changed(document, &[("/kind", json!("credit_note")), ("/supply_date", Value::Null)]);
        refused(&till, &note, "original", law);
        passes(&till, &changed(note, &[("/original", json!({ "number": "INV-2026-0001" }))]));
    }
}

#[test]
fn invoices_of_the_kingdom() {
    let till = Till::at(9);
    passes(&till, &british());
    refused(&till, &changed(british(), &[("/seller/tax_id", Value::Null)]), "seller.tax_id", "reg. 14(1)(d)");
    refused(&till, &changed(british(), &[("/buyer/address", Value::Null)]), "buyer.address", "reg. 14(1)(e)");
    let retail = [("/buyer/address", Value::Null), ("/lines/0/unit_price", json!("208.33"))];
    passes(&till, &changed(british(), &retail));
    refused(&till, &changed(british(), &[("/currency", json!("EUR"))]), "tax_notes.national_tax", "GBP");
    let reverse = changed(british(), &[("/lines/0/tax", json!({ "category": "AE" }))]);
    passes(&till, &reverse);
    refused(&till, &changed(reverse, &[("/buyer/tax_id", Value::Null)]), "buyer.tax_id", "735");
    let abroad = changed(british(), &[("/lines/0/tax", json!({ "category": "K" }))]);
    refused(&till, &abroad, "lines", "Northern Ireland");
}

#[test]
fn invoices_of_switzerland() {
    let till = Till::at(9);
    passes(&till, &swiss());
    refused(
        &till,
        &changed(swiss(), &[("/seller/tax_id", Value::Null)]),
        "seller.tax_id",
        "Art. 27 Abs. 1 MWSTG",
    );
    for (id, why) in [
        ("CHE-123.456.789 MWST", "check digit"),
        ("CHE-123.456.788", "registered"),
        ("DE123456788", "enterprise"),
    ] {
        refused(&till, &changed(swiss(), &[("/seller/tax_id", json!(id))]), "seller.tax_id", why);
    }
    let rate = |rate: &str| ("/lines/0/tax/rate", json!(rate));
    refused(&till, &changed(swiss(), &[rate("7.7")]), "lines", "Art. 25 MWSTG");
    passes(&till, &changed(swiss(), &[rate("7.7"), ("/supply_date", json!("2023-12-30"))]));
    refused(&till, &changed(swiss(), &[("/buyer/address", Value::Null)]), "buyer.address", "Art. 57 MWSTV");
    let slip = [("/buyer/address", Value::Null), ("/lines/0/unit_price", json!("370.00"))];
    passes(&till, &changed(swiss(), &slip));
    let untaxed = [("/seller/tax_id", Value::Null), ("/lines/0/tax", json!({ "category": "O" }))];
    passes(&till, &changed(swiss(), &untaxed));
}

#[test]
fn american_prices_stand_without_the_tax() {
    let till = Till::at(9);
    let bill = invoice(("US", ""), ("US", ""), "USD", ("S", "8.875"));
    passes(&till, &bill);
    refused(&till, &changed(bill, &[("/prices", json!("gross"))]), "prices", "1132(a)(1)");
}

#[test]
fn receipts_have_the_short_form_and_other_kinds_none() {
    let till = Till::at(9);
    for document in [german(), british(), swiss()] {
        let bare = [("/buyer", Value::Null), ("/supply_date", Value::Null)];
        let receipt = changed(changed(document.clone(), &[("/kind", json!("receipt"))]), &bare);
        passes(&till, &receipt);
        refused(&till, &changed(receipt, &[("/seller/tax_id", Value::Null)]), "seller.tax_id", "tax");
        let offer =
            [("/kind", json!("offer")), ("/seller/tax_id", Value::Null), ("/buyer/address", Value::Null)];
        passes(&till, &changed(document, &offer));
    }
}

#[test]
fn a_shop_that_knows_better_can_switch_the_checks_off_and_a_drawing_is_no_invoice() {
    let till = Till::at(9);
    let bare = changed(german(), &[("/seller/tax_id", Value::Null)]);
    let InputFile::Document(file) = InputFile::read(bare.to_string().as_bytes()).unwrap() else { panic!() };
    till.app.render(*file).unwrap();
    till.app.set_setting("legal_checks", "false").unwrap();
    passes(&till, &bare);
}
