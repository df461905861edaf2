//! Going back to a copy while the service runs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::service::Serve;
use super::{Api, Reply, invoice, parsed};
use crate::program::{ACCOUNT, run};

/// A running service with a program that may do everything.
struct Till {
    folder: tempfile::TempDir,
    service: Serve,
    password: String,
}

impl Till {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = run(folder.path(), &["api", "password", "add", "till", "--scope", "manage", "--json"]);
        let password = made.ok().json()["password"].as_str().unwrap().to_owned();
        run(folder.path(), &[ACCOUNT, &["9"]].concat()).ok();
        let service = Serve::start(folder.path(), &["--no-watch", "--no-deliver"]);
        Self { folder, service, password }
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    fn ask(&self, method: &str, path: &str, body: Value) -> Reply {
        let bearer = format!("authorization: Bearer {}", self.password);
        self.send(method, &format!("/api/v1{path}"), &bearer, &body)
    }

    /// Signs a browser in; gives its cookie.
    fn sign_in(&self) -> String {
        let link = run(self.data(), &["api", "link", "--json"]).ok().json();
        let path = link["url"].as_str().unwrap().rsplit_once("/login/").unwrap().1;
        let entered = self.send("GET", &format!("/login/{path}"), "accept: */*", &Value::Null);
        let cookie = entered.header("set-cookie").unwrap_or_else(|| panic!("{}", entered.text()));
        cookie.split(';').next().unwrap().to_owned()
    }

    fn signed_in(&self, cookie: &str) -> bool {
        self.send("GET", "/api/v1/session", &format!("cookie: {cookie}"), &Value::Null).status == 200
    }

    fn send(&self, method: &str, path: &str, header: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(&self.service.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{header}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.service.address,
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        parsed(&answer)
    }

    fn issue(&self, name: &str) -> String {
        let issued = self.ask("POST", "/documents", invoice(name, true)).is(201).json();
        issued["number"].as_str().unwrap().to_owned()
    }

    fn there(&self, number: &str) -> bool {
        self.ask("GET", &format!("/documents/invoice/{number}"), Value::Null).status == 200
    }

    fn revisions(&self) -> serde_json::Map<String, Value> {
        let status = self.ask("GET", "/status", Value::Null).is(200).json();
        status["revisions"].as_object().unwrap().clone()
    }

    fn copies(&self) -> Value {
        self.ask("GET", "/backups", Value::Null).is(200).json()
    }

    /// Has the copy put back, waits for the service to begin again, and gives what came of it.
    fn put_back(&mut self, name: &str) -> Value {
        self.ask("POST", &format!("/backups/{name}/restore"), json!({})).is(204);
        assert_eq!(self.service.announced(), self.service.address, "found where it was");
        let done = self.copies()["put_back"].clone();
        assert_eq!(done["name"], name, "{done}");
        done
    }

    fn kept(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.data()).unwrap().map(|e| e.unwrap().path());
        files
            .filter(|p| p.to_string_lossy().contains("before-restore") && p.extension().unwrap() == "db")
            .collect()
    }
}

#[test]
fn a_service_goes_back_to_a_copy_and_goes_on_where_it_was() {
    let mut till = Till::start();
    let early = till.issue("early");
    let signed_out = till.sign_in();
    let name = till.ask("POST", "/backups", json!({})).is(201).json()["name"].as_str().unwrap().to_owned();
    let late = till.issue("late");
    till.ask("DELETE", "/access/sessions", Value::Null).is(204);
    let signed_in = till.sign_in();
    let copies = till.copies();
    assert_eq!(copies["put_back"], Value::Null);
    let copy = &copies["backups"][0];
    assert_eq!((&copy["documents_since"], &copy["mails_since"]), (&json!(1), &json!(1)), "{copy}");

    let before = till.revisions();
    let done = till.put_back(&name);
    // A screen that shows a list never meets its revision again with another content.
    let after = till.revisions();
    assert!(before.iter().all(|(list, n)| after[list].as_i64() > n.as_i64()), "{before:?} {after:?}");
    assert_eq!((&done["problem"], &done["restored"]["held"]), (&Value::Null, &json!(1)), "{done}");
    assert_eq!((till.there(&early), till.there(&late)), (true, false));
    assert_eq!((till.signed_in(&signed_in), till.signed_in(&signed_out)), (true, false));
    assert_ne!(till.issue("next"), late, "no number is given twice");
    assert_eq!(till.kept().len(), 1, "what was there is kept");
    // It is the service still: of this folder, and ended as one.
    let second = run(till.data(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, 4, "{second:?}");
    #[cfg(unix)]
    assert_eq!(till.service.stop(), 0);
}

#[test]
fn a_copy_that_is_damaged_changes_nothing_and_the_service_says_so() {
    let mut till = Till::start();
    let number = till.issue("kept");
    let name = till.ask("POST", "/backups", json!({})).is(201).json()["name"].as_str().unwrap().to_owned();
    std::fs::write(till.data().join("backups").join(&name), b"no data file").unwrap();
    let done = till.put_back(&name);
    assert_eq!((&done["restored"], &done["problem"]["key"]), (&Value::Null, &json!("data_file")), "{done}");
    assert!(till.there(&number) && till.kept().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_put_it_back_the_way_by_hand_is_said() {
    let api = Api::serving(|service| service.puts_back = None).await;
    let name = api.post("/backups", json!({})).await.is(201).json()["name"].as_str().unwrap().to_owned();
    let refused = api.post(&format!("/backups/{name}/restore"), json!({})).await.is(409).json();
    assert_eq!(refused["reason"], "this_program_cannot_put_a", "{refused}");
}
