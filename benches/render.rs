//! What drawing costs, beside ReportLab and typst from PyPI with the same data in the same run.
//!
//! `cargo bench --bench render`; the peers need `pip install reportlab typst` into the Python that
//! `PYTHON` names (python3 by default), else only Tillpost's own figures are printed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic
)]
#![allow(missing_docs)]

mod support;

use std::process::Command;
use std::time::Instant;

use support::median;
use tillpost::domain::document::Document;
use tillpost::domain::totals::Totals;
use tillpost::render::{Look, logo, pdf};
use tillpost::wire::{DocumentFile, parse};

const INVOICE: &[u8] = include_bytes!("../tests/data/one-page-invoice.json");
const LOGO: &[u8] = include_bytes!("../assets/demo/logo.svg");

/// The one-page invoice with `lines` lines, other amounts for each `round`.
fn document(lines: Option<usize>, round: usize) -> Document {
    let draft = parse::<DocumentFile>(INVOICE).unwrap().to_draft("en").unwrap();
    let mut content = draft.content;
    if let Some(lines) = lines {
        content.lines = content.lines.iter().cycle().take(lines).cloned().collect();
    }
    for (i, line) in content.lines.iter_mut().enumerate() {
        line.unit_price += rust_decimal::Decimal::new(i64::try_from((round * 7 + i) % 900).unwrap(), 2);
    }
    let totals = Totals::of(&content);
    let seller = draft.seller.unwrap();
    Document { number: format!("INV-2026-{round:04}"), seller, content, totals }
}

fn time(lines: Option<usize>, look: &Look, rounds: usize) -> (f64, usize) {
    let documents: Vec<Document> = (0..rounds).map(|round| document(lines, round)).collect();
    let mut size = 0;
    let times = documents
        .iter()
        .map(|document| {
            let started = Instant::now();
            size = pdf(document, look).unwrap().len();
            started.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    (median(times), size)
}

fn main() {
    let look = Look { logo: Some(logo(LOGO).unwrap()), ..Look::default() };
    if std::env::args().any(|a| a == "--first") {
        let document = document(None, 1);
        let started = Instant::now();
        pdf(&document, &look).unwrap();
        println!("{}", started.elapsed().as_secs_f64() * 1000.0);
        return;
    }
    let first: Vec<f64> = (0..9)
        .map(|_| {
            let run = Command::new(std::env::current_exe().unwrap()).arg("--first").output().unwrap();
            String::from_utf8(run.stdout).unwrap().trim().parse().unwrap()
        })
        .collect();
    println!("first document of a process: {:.2} ms", median(first));
    time(None, &look, 50);
    let (one, one_bytes) = time(None, &look, 400);
    let (many, many_bytes) = time(Some(1000), &look, 15);
    println!("one page with logo and code: {one:.2} ms, {one_bytes} bytes");
    println!("1,000 lines: {many:.1} ms, {many_bytes} bytes");
    peers(one, many);
}

/// Runs the peers on the same data and prints how many times longer they take.
fn peers(one: f64, many: f64) {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/support/peers.py");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/one-page-invoice.json");
    for peer in ["reportlab", "typst"] {
        let run = Command::new(&python).args([script, peer, data]).output().unwrap();
        let text = String::from_utf8_lossy(&run.stdout);
        let figures: Vec<f64> = text.split_whitespace().filter_map(|t| t.parse().ok()).collect();
        if let [page, lines, page_bytes, lines_bytes] = figures[..] {
            println!(
                "{peer}: {page:.2} ms ({:.1} times), {page_bytes} bytes; 1,000 lines {lines:.0} ms ({:.1} times), {lines_bytes} bytes",
                page / one,
                lines / many
            );
        } else {
            let why = String::from_utf8_lossy(&run.stderr);
            println!("{peer} cannot run here: {}", why.lines().last().unwrap_or_default());
        }
    }
}
