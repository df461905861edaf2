//! Mails a second over one connection, against Postfix's `smtp-source` in the same run.
//!
//! `cargo bench --bench delivery` (needs Debian's package `postfix`).

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

use support::{Sink, folder, mail, median, till};
use tillpost::app::Deliverer;

const ROUNDS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for (bytes, count) in [(2 * 1024, 1500), (100 * 1024, 400)] {
        let (mut ours, mut theirs) = (vec![], vec![]);
        for _ in 0..ROUNDS {
            theirs.push(smtp_source(bytes, count));
            ours.push(tillpost(&runtime, bytes, count));
        }
        let ratios = ours.iter().zip(&theirs).map(|(o, t)| o / t).collect();
        println!(
            "{:>4} KB, 1 connection: tillpost {:.0}/s, smtp-source {:.0}/s, ratio {:.2} (medians of {ROUNDS})",
            bytes / 1024,
            median(ours),
            median(theirs),
            median(ratios)
        );
    }
}

fn smtp_source(bytes: usize, count: usize) -> f64 {
    let sink = Sink::start();
    let started = Instant::now();
    let status = Command::new("smtp-source")
        .args(["-d", "-s", "1", "-l", &bytes.to_string(), "-m", &count.to_string()])
        .args(["-f", "shop@example.com", "-t", "customer@example.com", &format!("127.0.0.1:{}", sink.port)])
        .status()
        .expect("smtp-source is missing: apt-get install postfix");
    assert!(status.success());
    count as f64 / started.elapsed().as_secs_f64()
}

/// Everything a real delivery does: lease, mark, result and attempt are committed for every mail.
fn tillpost(runtime: &tokio::runtime::Runtime, bytes: usize, count: usize) -> f64 {
    let sink = Sink::start();
    let folder = folder();
    let app = till(folder.path(), sink.port);
    for n in 0..count {
        app.send(&mail(n, bytes), vec![], None).unwrap();
    }
    let deliverer = Deliverer::new(&app).unwrap();
    let started = Instant::now();
    let report = runtime.block_on(deliverer.flush()).unwrap();
    let rate = count as f64 / started.elapsed().as_secs_f64();
    assert_eq!(report.accepted, count, "{report:?}");
    rate
}
