//! What issuing costs: a one-page invoice with its mail, durable, against the bare cost of the same
//! bytes in a plain SQLite transaction with `synchronous=FULL` on the same disk.
//!
//! `cargo bench --bench issue`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic
)]
#![allow(missing_docs)]

mod support;

use std::time::{Duration, Instant};

use rusqlite::Connection;
use support::{folder, median, till};
use tillpost::app::App;
use tillpost::wire::{DocumentFile, InputFile};

const INVOICE: &str = include_str!("../tests/data/one-page-invoice.json");
const COUNT: usize = 400;
const ROUNDS: usize = 5;

fn main() {
    let InputFile::Document(file) = InputFile::read(INVOICE.as_bytes()).unwrap() else {
        panic!("the sample is a document")
    };
    let (mut issue, mut bare, mut draw, mut ratio) = (vec![], vec![], vec![], vec![]);
    let mut sizes = (0, 0);
    for _ in 0..ROUNDS {
        let folder = folder();
        let app = till(folder.path(), 9);
        app.issue(file.as_ref().clone()).unwrap();
        let started = Instant::now();
        for _ in 0..COUNT {
            app.issue(file.as_ref().clone()).unwrap();
        }
        let issuing = started.elapsed().as_secs_f64() * 1000.0 / COUNT as f64;
        sizes = stored_bytes(&app);
        let (drawing, plain) = plain(&app, &file, sizes.0, sizes.1);
        ratio.push((issuing - drawing) / plain);
        issue.push(issuing);
        draw.push(drawing);
        bare.push(plain);
    }
    println!("PDF {} bytes, mail {} bytes", sizes.0, sizes.1);
    println!(
        "issue {:.2} ms, of that drawing {:.2} ms; the same bytes in plain SQLite {:.2} ms",
        median(issue),
        median(draw),
        median(bare)
    );
    println!("(issue - drawing) / plain = {:.2}", median(ratio));
}

fn stored_bytes(app: &App) -> (usize, usize) {
    let mail = app.mails(false, None).unwrap().pop().unwrap();
    let pdf = app.pdf(mail.document_number.as_deref().unwrap()).unwrap();
    (pdf.len(), usize::try_from(mail.size).unwrap())
}

/// Drawing, and the same bytes in one table: by turns, as in issuing, because a processor that waited
/// for the disk draws more slowly. Milliseconds for each.
fn plain(app: &App, file: &DocumentFile, pdf: usize, mail: usize) -> (f64, f64) {
    let folder = folder();
    let mut sql = Connection::open(folder.path().join("plain.db")).unwrap();
    sql.pragma_update(None, "journal_mode", "WAL").unwrap();
    sql.pragma_update(None, "synchronous", "FULL").unwrap();
    sql.execute_batch("CREATE TABLE plain (id INTEGER PRIMARY KEY, bytes BLOB) STRICT").unwrap();
    let (pdf, mail) = (vec![7_u8; pdf], vec![8_u8; mail]);
    let (mut drawing, mut writing) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..COUNT {
        let started = Instant::now();
        app.render(file.clone()).unwrap();
        drawing += started.elapsed();
        let started = Instant::now();
        let tx = sql.transaction().unwrap();
        for bytes in [&pdf, &mail] {
            tx.execute("INSERT INTO plain (bytes) VALUES (?1)", [bytes]).unwrap();
        }
        tx.commit().unwrap();
        writing += started.elapsed();
    }
    let each = |time: Duration| time.as_secs_f64() * 1000.0 / COUNT as f64;
    (each(drawing), each(writing))
}
