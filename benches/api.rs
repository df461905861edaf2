//! What the API costs: issuing over HTTP, the status while a hundred mails a second are queued, and
//! the memory of the service after many requests.
//!
//! `cargo bench --bench api` (`-- REQUESTS` for another number than 100000 at the end)

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic
)]
#![allow(missing_docs)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use support::{folder, till};
use tillpost::domain::access::Scope;

const DOCUMENT: &str = include_str!("../tests/data/one-page-invoice.json");
const MAIL: &str = r#"{"mail":{"to":["anna@example.com"],"subject":"Your bicycle","text":"It is ready.\n"}}"#;

/// The service in a process of its own.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(data: &Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_tillpost"))
            .arg("--data")
            .arg(data)
            .args(["serve", "--listen", "127.0.0.1:0", "--no-watch", "--no-deliver"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut service = Self { child, address: String::new() };
        let file = data.join("run/serve.address");
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let base = std::fs::read_to_string(&file).unwrap_or_default();
            if let Some(address) = base.strip_prefix("http://") {
                address.clone_into(&mut service.address);
                return service;
            }
            assert!(Instant::now() < until, "the service does not answer");
            std::thread::yield_now();
        }
    }

    /// Resident memory in MiB, where the system tells it.
    fn memory(&self) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = text.lines().find(|l| l.starts_with("VmRSS:"))?;
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection that is kept.
struct Client {
    stream: TcpStream,
    head: String,
}

impl Client {
    fn new(service: &Service, password: &str) -> Self {
        let stream = TcpStream::connect(&service.address).unwrap();
        stream.set_nodelay(true).unwrap();
        let head = format!("host: {}\r\nauthorization: Bearer {password}\r\n", service.address);
        Self { stream, head }
    }

    /// A request; returns its status and how long the answer took.
    fn ask(&mut self, method: &str, path: &str, extra: &str, body: &str) -> (u16, Duration) {
        let started = Instant::now();
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\n{}{extra}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        let mut piece = [0; 16384];
        loop {
            let n = self.stream.read(&mut piece).unwrap();
            assert!(n > 0, "the service hung up");
            bytes.extend_from_slice(&piece[..n]);
            let text = String::from_utf8_lossy(&bytes);
            let Some((head, rest)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|l| l.strip_prefix("content-length: "));
            let whole = length.map_or(0, |l| l.parse::<usize>().unwrap());
            if rest.len() >= whole {
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                return (status, started.elapsed());
            }
        }
    }
}

/// The value below which `share` of the measurements are, in milliseconds.
fn percentile(times: &mut [Duration], share: f64) -> f64 {
    times.sort();
    let at = ((times.len() - 1) as f64 * share).round() as usize;
    times[at].as_secs_f64() * 1000.0
}

fn main() {
    let requests = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(100_000_usize);
    let folder = folder();
    let app = till(folder.path(), 9);
    let password = app.make_api_password("bench", Scope::Send).unwrap().text.expose().to_owned();
    let service = Service::start(folder.path());
    let mut client = Client::new(&service, &password);
    issue(&mut client);
    status(&service, &password, &mut client);
    for _ in 0..requests {
        assert_eq!(client.ask("GET", "/status", "", "").0, 200);
    }
    println!("memory after {requests} more requests: {} MiB", service.memory().unwrap_or_default());
}

fn issue(client: &mut Client) {
    let mut times = Vec::new();
    for _ in 0..500 {
        let (status, time) = client.ask("POST", "/documents", "", DOCUMENT);
        assert_eq!(status, 201);
        times.push(time);
    }
    println!(
        "issue over HTTP: p50 {:.2} ms, p99 {:.2} ms",
        percentile(&mut times, 0.5),
        percentile(&mut times, 0.99)
    );
}

/// Asks for the status as fast as it goes, while another connection queues a hundred mails a second.
fn status(service: &Service, password: &str, client: &mut Client) {
    let stop = AtomicBool::new(false);
    let took = Duration::from_secs(10);
    std::thread::scope(|scope| {
        let queueing = scope.spawn(|| {
            let mut client = Client::new(service, password);
            let (started, mut queued) = (Instant::now(), 0_u32);
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(client.ask("POST", "/mails", "", MAIL).0, 201);
                queued += 1;
                let due = Duration::from_millis(10) * queued;
                std::thread::sleep(due.saturating_sub(started.elapsed()));
            }
            f64::from(queued) / started.elapsed().as_secs_f64()
        });
        let mut times = Vec::new();
        let started = Instant::now();
        while started.elapsed() < took {
            let (status, time) = client.ask("GET", "/status", "", "");
            assert_eq!(status, 200);
            times.push(time);
        }
        let each_second = times.len() as f64 / started.elapsed().as_secs_f64();
        stop.store(true, Ordering::Relaxed);
        println!(
            "status: {each_second:.0} requests a second over one connection, p50 {:.2} ms, p99 {:.2} ms, while {:.0} mails a second are queued",
            percentile(&mut times, 0.5),
            percentile(&mut times, 0.99),
            queueing.join().unwrap()
        );
    });
}
