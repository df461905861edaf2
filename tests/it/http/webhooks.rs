//! Webhooks: told through a durable queue, signed, again until they are taken.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tillpost::auth::token::signature;
use tillpost::domain::Secret;

use super::service::Serve;
use super::{Reply, contract, invoice, parsed};
use crate::program::ACCOUNT;
use crate::program::{finished, program};

/// What one call of a webhook brought.
struct Told {
    head: String,
    body: String,
}

impl Told {
    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|l| l.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name}: {}", self.head))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Another program: answers each call with the next of `statuses`, then with 204.
fn listener(statuses: &'static [u16]) -> (String, Receiver<Told>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?shop=1", listener.local_addr().unwrap());
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut statuses = statuses.iter();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = Vec::new();
            let told = loop {
                let mut piece = [0; 4096];
                let n = stream.read(&mut piece).unwrap();
                bytes.extend_from_slice(&piece[..n]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap();
                if body.len() == length.parse::<usize>().unwrap() {
                    break Told { head: head.to_owned(), body: body.to_owned() };
                }
            };
            let status = statuses.next().unwrap_or(&204);
            write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            if send.send(told).is_err() {
                return;
            }
        }
    });
    (url, receive)
}

/// A till with a key for its secrets, whose program is asked over HTTP.
pub struct Till {
    pub folder: tempfile::TempDir,
    password: String,
}

impl Till {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        tillpost::auth::create_key_file(&folder.path().join("key")).unwrap();
        let till = Self { folder, password: String::new() };
        let made = finished(&mut till.program(&["api", "password", "add", "test", "--scope", "manage"]));
        Self { password: made.out.trim().to_owned(), ..till }
    }

    fn program(&self, args: &[&str]) -> std::process::Command {
        let mut command = program(&self.data(), args);
        command.env("TILLPOST_KEY_FILE", self.folder.path().join("key"));
        command
    }

    /// Runs the program with this on its standard input.
    pub fn with_input(&self, args: &[&str], input: &str) {
        let mut command = self.program(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{args:?}");
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its service, not started yet.
    pub fn serving(&self) -> std::process::Command {
        self.program(&["serve", "--json", "--listen", "127.0.0.1:0", "--no-watch"])
    }

    pub fn serve(&self) -> Serve {
        Serve::of(self.serving())
    }

    pub fn ask(&self, serve: &Serve, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(&serve.address).unwrap();
        write!(
            stream,
            "{method} /api/v1{path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            serve.address,
            self.password,
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let reply = parsed(&answer);
        contract::check(method, &format!("/api/v1{path}"), &reply);
        reply
    }
}

fn next(told: &Receiver<Told>) -> Told {
    told.recv_timeout(Duration::from_secs(20)).expect("nothing was told")
}

#[test]
fn what_happens_is_told_signed_and_in_order() {
    let (url, told) = listener(&[]);
    let till = Till::new();
    let serve = till.serve();
    let wanted = json!({ "url": url, "events": ["document.issued"], "secret_place": "file" });
    let made = till.ask(&serve, "POST", "/webhooks", &wanted).is(201).json();
    for n in 1..=3 {
        till.ask(&serve, "POST", "/documents", &invoice(&format!("w-{n}"), false)).is(201);
    }
    for n in 1..=3 {
        let told = next(&told);
        assert!(told.head.starts_with("POST /hook?shop=1 HTTP/1.1"), "{}", told.head);
        let body = told.json();
        assert_eq!(
            (&body["type"], &body["data"]["client_ref"]),
            (&json!("document.issued"), &json!(format!("w-{n}")))
        );
        let content =
            format!("{}.{}.{}", told.header("webhook-id"), told.header("webhook-timestamp"), told.body);
        let secret = Secret::new(made["secret"].as_str().unwrap());
        assert_eq!(told.header("webhook-signature"), format!("v1,{}", signature(&secret, &content).unwrap()));
    }
    let id = made["id"].as_str().unwrap();
    till.ask(&serve, "POST", &format!("/webhooks/{id}/test"), &json!({})).is(204);
    assert_eq!(next(&told).json()["type"], "test");
    let listed = till.ask(&serve, "GET", "/webhooks", &Value::Null).is(200);
    assert!(!listed.text().contains(made["secret"].as_str().unwrap()), "the secret is shown again");
    till.ask(&serve, "DELETE", &format!("/webhooks/{id}"), &Value::Null).is(204);
    assert_eq!(
        till.ask(&serve, "DELETE", &format!("/webhooks/{id}"), &Value::Null).is(404).key(),
        "not_found"
    );
    let unsafe_url = json!({ "url": "http://pos.example/", "secret_place": "file" });
    assert_eq!(till.ask(&serve, "POST", "/webhooks", &unsafe_url).is(422).json()["field"], "url");
}

#[test]
fn what_was_not_taken_is_told_again_as_the_same_event_also_after_the_program_was_killed() {
    let (url, told) = listener(&[500]);
    let till = Till::new();
    let serve = till.serve();
    till.ask(&serve, "POST", "/webhooks", &json!({ "url": url, "secret_place": "file" })).is(201);
    till.ask(&serve, "POST", "/documents", &invoice("once", false)).is(201);
    let first = next(&told);
    drop(serve);
    let serve = till.serve();
    let again = next(&told);
    assert_eq!(first.header("webhook-id"), again.header("webhook-id"));
    assert_eq!(first.body, again.body);
    drop(serve);
}

#[test]
fn a_mail_that_is_given_up_is_told_also_to_who_was_there_before_it_was_told() {
    let (url, told) = listener(&[]);
    let till = Till::new();
    till.with_input(&[ACCOUNT, &["9"]].concat(), "");
    let serve = till.serve();
    till.ask(&serve, "POST", "/webhooks", &json!({ "url": url, "secret_place": "file" })).is(201);
    let mail = json!({ "mail": { "to": ["anna@example.com"], "subject": "s", "text": "t" } });
    till.ask(&serve, "POST", "/mails", &mail).is(201);
    let sql = rusqlite::Connection::open(till.data().join(tillpost::store::FILE_NAME)).unwrap();
    sql.execute("UPDATE recipient SET state = 'expired', reply = '451 4.7.1 not now', settled_ms = 1", [])
        .unwrap();
    let body = next(&told).json();
    assert_eq!(
        (&body["type"], &body["data"]["recipient"]),
        (&json!("mail.expired"), &json!("anna@example.com"))
    );
    assert_eq!(body["data"]["reply"], "451 4.7.1 not now");

    let folder = tempfile::tempdir().unwrap();
    let old = crate::till::old_file(folder.path(), 22);
    let all = " document.issued mail.accepted mail.refused mail.uncertain account.held ";
    for events in [all, " mail.refused "] {
        old.execute(
            "INSERT INTO webhook (uuid, url, events, secret_place, created_ms)
             VALUES (randomblob(16), 'http://127.0.0.1:9/', ?1, 'file', 1)",
            [events],
        )
        .unwrap();
    }
    drop(old);
    let hooks = tillpost::app::App::open(folder.path()).unwrap().webhooks().unwrap();
    let told: Vec<bool> = hooks.iter().map(|hook| hook.events.contains(&"mail.expired".to_owned())).collect();
    assert_eq!(told, [true, false]);
}
