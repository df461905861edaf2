//! What the benches share: a till, a mail sink, and figures.

#![allow(dead_code, missing_docs, unreachable_pub)]

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tillpost::app::{AccountInput, App};
use tillpost::domain::account::{Account, Encryption, SignIn, Transport};
use tillpost::domain::address::Mailbox;
use tillpost::wire::{MailFile, MailShape};

/// Postfix's `smtp-sink` on a free port of loopback; stopped when dropped.
pub struct Sink {
    child: Child,
    pub port: u16,
}

impl Sink {
    pub fn start() -> Self {
        let port = free_port();
        let mut command = Command::new("smtp-sink");
        // It refuses to serve as root.
        command.args(["-u", "nobody", &format!("127.0.0.1:{port}"), "1000"]);
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("smtp-sink is missing: apt-get install postfix");
        let sink = Self { child, port };
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "smtp-sink does not answer");
            std::thread::yield_now();
        }
        sink
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    listener.local_addr().unwrap().port()
}

/// A data folder with an account at `port` and no undo time.
pub fn till(folder: &Path, port: u16) -> App {
    let app = App::open(folder).unwrap();
    app.set_setting("undo_seconds", "0").unwrap();
    app.set_account(AccountInput {
        account: Account {
            name: "default".into(),
            transport: Transport::Smtp,
            host: "127.0.0.1".into(),
            port,
            encryption: Encryption::None,
            allow_plaintext: false,
            sign_in: SignIn::None,
            user: String::new(),
            from: Mailbox::parse("Shop <shop@example.com>").unwrap(),
            reply_to: vec![],
            ca_pem: None,
            pin: None,
            oauth: None,
        },
        secret: None,
    })
    .unwrap();
    app
}

/// A mail of about `bytes` bytes on the wire.
pub fn mail(n: usize, bytes: usize) -> MailFile {
    let line = "Thank you for your visit. Your bicycle is ready and waits for you here.\n";
    let text = line.repeat(bytes.saturating_sub(600) / line.len());
    MailFile {
        mail: MailShape {
            to: vec![format!("customer{n}@example.com")],
            subject: Some(format!("Your bicycle {n}")),
            text: Some(text),
            ..MailShape::default()
        },
        ..MailFile::default()
    }
}

/// The middle one of some measurements.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A folder on the same disk as the working directory: a temporary folder may be in memory.
pub fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("tillpost-bench-").tempdir_in("target").unwrap()
}
