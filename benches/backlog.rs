//! 10,000 mails waiting after three days without a network, one of them with 20 MB: from the start of the
//! program to the first mail on the wire, how fast all of them leave, without limits and with ones that
//! are never reached but have to be kept count of, against `smtp-source`, and the memory it takes.
//!
//! `cargo bench --bench backlog` (Linux: the peak is read from /proc; needs Debian's package `postfix`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic
)]
#![allow(missing_docs)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{Sink, folder, mail, till};
use tempfile::TempDir;
use tillpost::app::{ChosenPace, OutgoingFile};

const COUNT: usize = 10_000;

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let data = backlog(listener.local_addr().unwrap().port());
    let started = Instant::now();
    let mut first = flush(data.path());
    let waited = until_mail(&listener, started);
    first.kill().unwrap();
    first.wait().unwrap();
    drop(listener);
    println!("start of the program to its first MAIL with {COUNT} waiting: {:.3} s", waited.as_secs_f64());

    let theirs = smtp_source();
    println!("smtp-source, {COUNT} mails of 2 KB: {theirs:.0}/s");
    send_all(&data, None, theirs);
    send_all(&backlog(9), Some(ChosenPace { per_minute: Some(1_000_000), ..ChosenPace::default() }), theirs);
}

/// A till with everything waiting for the server at `port`.
fn backlog(port: u16) -> TempDir {
    let folder = folder();
    let app = till(folder.path(), port);
    app.send(&mail(0, 2048), vec![OutgoingFile { name: "photos.zip".into(), bytes: noise(20 << 20) }], None)
        .unwrap();
    for n in 1..COUNT {
        app.send(&mail(n, 2048), vec![], None).unwrap();
    }
    folder
}

/// Has the program send all of it over one connection.
fn send_all(data: &TempDir, pace: Option<ChosenPace>, theirs: f64) {
    let sink = Sink::start();
    let app = till(data.path(), sink.port);
    if let Some(pace) = pace {
        app.set_pace("default", pace).unwrap();
    }
    drop(app);
    let started = Instant::now();
    let mut child = flush(data.path());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(peak_kib(child.id()).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(20));
    }
    let seconds = started.elapsed().as_secs_f64();
    let rate = COUNT as f64 / seconds;
    println!(
        "limits {}: all sent in {seconds:.1} s, {rate:.0}/s, {:.2} times smtp-source, peak resident memory {:.1} MB",
        if pace.is_some() { "on " } else { "off" },
        rate / theirs,
        peak as f64 / 1024.0
    );
}

fn smtp_source() -> f64 {
    let sink = Sink::start();
    let started = Instant::now();
    let status = Command::new("smtp-source")
        .args(["-d", "-s", "1", "-l", "2048", "-m", &COUNT.to_string()])
        .args(["-f", "shop@example.com", "-t", "customer@example.com", &format!("127.0.0.1:{}", sink.port)])
        .status()
        .expect("smtp-source is missing: apt-get install postfix");
    assert!(status.success());
    COUNT as f64 / started.elapsed().as_secs_f64()
}

fn flush(data: &std::path::Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tillpost"))
        .args(["flush", "--data"])
        .arg(data)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Greets the program and waits for its MAIL.
fn until_mail(listener: &TcpListener, started: Instant) -> Duration {
    let (stream, _) = listener.accept().unwrap();
    let mut write = stream.try_clone().unwrap();
    write.write_all(b"220 bench\r\n").unwrap();
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap().to_ascii_uppercase();
        if line.starts_with("MAIL") {
            return started.elapsed();
        }
        write.write_all(b"250 bench\r\n").unwrap();
    }
    panic!("the program hung up before MAIL");
}

fn peak_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Bytes that no compression shortens.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}
