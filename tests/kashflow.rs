//! The stand-in for KashFlow as a program, for the tests at the screen: it prints where it answers, and
//! for each line it reads what stands in its books. It ends with its input.
//!
//! `cargo test --test kashflow`

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    dead_code,
    unreachable_pub
)]

#[path = "support/kashflow.rs"]
mod kashflow;

use kashflow::KashFlow;
use serde_json::json;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let books = runtime.block_on(KashFlow::start());
    println!("{}", books.endpoint());
    for line in std::io::stdin().lines() {
        if line.is_err() {
            break;
        }
        let books = books.books();
        let invoices = books.invoices.iter().map(|i| {
            json!({ "reference": i.reference, "gross": (i.net + i.vat).to_string(), "files": i.files.len(),
                    "paid": books.paid(i.number).to_string() })
        });
        println!(
            "{}",
            json!({ "invoices": invoices.collect::<Vec<_>>(), "customers": books.customers.len() })
        );
    }
}
