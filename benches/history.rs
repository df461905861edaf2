//! What years of mails behind it cost the queue: the time of a mail with 1,000 and with 1,000,000
//! finished mails in the data file, in one run by turns, and what one mail writes to the disk.
//!
//! `cargo bench --bench history` (Linux: the bytes written are read from /proc; needs Debian's package
//! `postfix`, and 2 GB of disk for a minute).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic
)]
#![allow(missing_docs)]

mod support;

use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;
use support::{Sink, folder, mail, median, till};
use tempfile::TempDir;
use tillpost::app::{App, Deliverer};
use tokio::runtime::Runtime;

const HISTORIES: [usize; 2] = [1_000, 1_000_000];
const MAILS: usize = 300;
const ROUNDS: usize = 7;

/// A till with years behind it.
struct Old {
    app: App,
    deliverer: Deliverer,
    _folder: TempDir,
    _sink: Sink,
}

/// Milliseconds a mail: queued, and delivered out of a batch of [`MAILS`]; for one alone with its
/// connection; and the bytes that one of the batch writes.
struct Times {
    queued: f64,
    delivered: f64,
    alone: f64,
    bytes: f64,
}

/// One of them.
type Figure = fn(&Times) -> f64;

fn main() {
    let runtime = Runtime::new().unwrap();
    let tills = HISTORIES.map(|mails| with_history(&runtime, mails));
    let mut times: [Vec<Times>; 2] = [vec![], vec![]];
    for _ in 0..ROUNDS {
        for (till, times) in tills.iter().zip(&mut times) {
            times.push(measure(&runtime, till));
        }
    }
    let figure = |n: usize, of: Figure| median(times[n].iter().map(of).collect());
    println!("{:>24} {:>10} {:>10} {:>6}", "finished mails", HISTORIES[0], HISTORIES[1], "ratio");
    let rows: [(&str, Figure); 4] = [
        ("queue one, ms", |t| t.queued),
        ("deliver one of 300, ms", |t| t.delivered),
        ("deliver one alone, ms", |t| t.alone),
        ("written for each, KB", |t| t.bytes / 1024.0),
    ];
    for (what, of) in rows {
        let (small, large) = (figure(0, of), figure(1, of));
        println!("{what:>24} {small:>10.3} {large:>10.3} {:>6.2}", large / small);
    }
}

fn measure(runtime: &Runtime, till: &Old) -> Times {
    let each = |started: Instant| started.elapsed().as_secs_f64() * 1000.0 / MAILS as f64;
    let started = Instant::now();
    for n in 0..MAILS {
        till.app.send(&mail(n, 2048), vec![], None).unwrap();
    }
    let queued = each(started);
    let (started, before) = (Instant::now(), written());
    assert_eq!(runtime.block_on(till.deliverer.flush()).unwrap().accepted, MAILS);
    let (delivered, bytes) = (each(started), (written() - before) / MAILS as f64);
    let mut alone = vec![];
    for n in 0..20 {
        till.app.send(&mail(n, 2048), vec![], None).unwrap();
        let started = Instant::now();
        assert_eq!(runtime.block_on(till.deliverer.flush()).unwrap().accepted, 1);
        alone.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Times { queued, delivered, alone: median(alone), bytes }
}

/// A till that sent one mail, and has that many more like it on record.
fn with_history(runtime: &Runtime, mails: usize) -> Old {
    let folder = folder();
    let sink = Sink::start();
    let app = till(folder.path(), sink.port);
    app.send(&mail(0, 2048), vec![], None).unwrap();
    let deliverer = Deliverer::new(&app).unwrap();
    assert_eq!(runtime.block_on(deliverer.flush()).unwrap().accepted, 1);
    multiply(&folder.path().join("tillpost.db"), mails);
    Old { app, deliverer, _folder: folder, _sink: sink }
}

/// Copies the one sent mail with its recipient and attempt; to ten thousand people, without bytes, as
/// after the months that the shop keeps them.
fn multiply(file: &Path, mails: usize) {
    let sql = Connection::open(file).unwrap();
    sql.execute_batch(&format!(
        "PRAGMA synchronous = OFF;
         BEGIN IMMEDIATE;
         CREATE TEMP TABLE n AS
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {mails}) SELECT n FROM n;
         INSERT INTO mail (uuid, fingerprint, account_id, message_id, from_address, subject, size, sha256,
                 eight_bit, created_ms, urgency, step_back_ms, online_base_ms, finished, next_ms, wait, bytes_deleted_ms)
             SELECT randomblob(16), fingerprint, account_id, n || message_id, from_address, subject, size, sha256,
                 eight_bit, created_ms, urgency, step_back_ms, online_base_ms, 1, next_ms, wait, created_ms
             FROM n, mail WHERE mail.id = 1 ORDER BY n;
         INSERT INTO recipient (mail_id, address, address_key, role, state, tries, next_ms, reply, settled_ms)
             SELECT n + 1, 'c' || n % 10000 || '@example.org', 'c' || n % 10000 || '@example.org', role, 'accepted', 1,
                 next_ms, reply, settled_ms
             FROM n, recipient WHERE recipient.id = 1 ORDER BY n;
         INSERT INTO attempt (mail_id, started_ms, ended_ms, result, transcript)
             SELECT n + 1, started_ms, ended_ms, result, transcript FROM n, attempt WHERE attempt.id = 1 ORDER BY n;
         COMMIT;
         PRAGMA wal_checkpoint(TRUNCATE);"
    ))
    .unwrap();
}

/// Bytes this process gave the disk so far.
fn written() -> f64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap();
    let line = io.lines().find(|line| line.starts_with("write_bytes:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
