//! What an e-invoice costs beside a plain page: drawing, tagging, checking the rules, writing the XML.
//!
//! `cargo bench --bench einvoice`. The bars: one page with logo and code under 3 ms and 45 KB, 1,000
//! lines under 90 ms and 320 KB; a page without e-invoice is drawn in the same run to compare with.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic
)]
#![allow(missing_docs)]

mod support;

use std::time::Instant;

use serde_json::{Value, json};
use support::{folder, median, till};
use tillpost::app::App;
use tillpost::wire::{DocumentFile, InputFile};

const ROUNDS: usize = 5;

fn invoice(lines: usize, form: &str, salt: usize) -> DocumentFile {
    let line = |i: usize| {
        json!({ "description": format!("Article number {i} of the list, fitted and tested"), "quantity": "2",
            "unit": "pcs", "unit_price": format!("{}.{:02}", 10 + i % 90, (i * 7 + salt) % 100),
            "tax": { "category": "S", "rate": if i.is_multiple_of(5) { "7" } else { "19" } } })
    };
    let document: Value = json!({
        "kind": "invoice", "number": format!("RE-2026-{salt:05}"), "issue_date": "2026-11-21",
        "due_date": "2026-12-05", "supply_date": "2026-11-20", "language": "de", "currency": "EUR",
        "buyer_reference": "04011000-12345-34", "payment": { "qr": "epc" },
        "seller": { "name": "Fahrrad Müller & Söhne", "tax_id": "DE123456788", "phone": "+49 30 123",
            "email": "hallo@mueller.example", "iban": "DE89370400440532013000",
            "address": { "lines": ["Hauptstraße 1"], "postcode": "10115", "city": "Berlin", "country": "DE" } },
        "buyer": { "name": "Stadt Beispielhausen", "tax_id": "DE987654321", "e_invoice": form,
            "email": "amt@beispielhausen.example",
            "address": { "lines": ["Rathaus"], "postcode": "54321", "city": "Beispielhausen", "country": "DE" } },
        "lines": (1..=lines).map(line).collect::<Vec<_>>()
    });
    match InputFile::read(document.to_string().as_bytes()).unwrap() {
        InputFile::Document(file) => *file,
        InputFile::Mail(_) => panic!("the sample is a document"),
    }
}

/// Milliseconds a document, the median of the rounds, and the bytes of the last page.
fn cost(app: &App, lines: usize, form: &str, count: usize) -> (f64, usize) {
    let mut size = 0;
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let files: Vec<_> = (0..count).map(|i| invoice(lines, form, round * count + i)).collect();
        let started = Instant::now();
        for file in files {
            size = app.render(file).unwrap().pdf.len();
        }
        rounds.push(started.elapsed().as_secs_f64() * 1000.0 / count as f64);
    }
    (median(rounds), size)
}

fn main() {
    let folder = folder();
    let app = till(folder.path(), 9);
    app.set_shop(&tillpost::wire::PartyShape { name: "Shop".into(), ..Default::default() }).unwrap();
    app.set_logo(Some(include_bytes!("../assets/demo/logo.png").to_vec())).unwrap();
    println!("{:>6} {:>14} {:>9} {:>9} {:>6}", "lines", "form", "ms", "bytes", "ratio");
    for (lines, count) in [(12, 100), (1000, 4)] {
        let mut plain = None;
        for form in ["none", "factur_x", "xrechnung"] {
            let (ms, bytes) = cost(&app, lines, form, count);
            let base = *plain.get_or_insert(ms);
            println!("{lines:>6} {form:>14} {ms:>9.2} {bytes:>9} {:>6.2}", ms / base);
        }
    }
}
