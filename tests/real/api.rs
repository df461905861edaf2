//! The API against a tool that reads its description and tries to break it, and against the programs
//! that integrators begin with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::till::{Till, until};

/// The running service of a till, killed at the end of the test.
struct Service<'a> {
    till: &'a Till,
    child: std::process::Child,
    base: String,
    password: String,
}

impl<'a> Service<'a> {
    fn start(till: &'a Till) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test {}", STARTED.fetch_add(1, Ordering::Relaxed));
        let password =
            till.run(&["api", "password", "add", &name, "--scope", "manage"]).ok().out.trim().to_owned();
        let file = till.data().join("run/serve.address");
        // A killed one has left its own.
        let _ = std::fs::remove_file(&file);
        let child = till.start(&["serve", "--listen", "127.0.0.1:0", "--no-watch"]);
        let read = || std::fs::read_to_string(&file).ok().filter(|a| !a.is_empty());
        let base = until(read, || "the service did not start".into());
        Self { till, child, base, password }
    }
}

impl Drop for Service<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Checks that do not fit, and why:
/// - `positive_data_acceptance`: rules between fields (a due date before the issue date, an address that
///   is none) are the program's, not the schema's.
/// - `ignored_auth`: it counts wrong passwords and is slowed down, with 429, as it should be; the tests
///   in `tests/it/http/access.rs` ask the same question.
const NOT_CHECKED: &str = "positive_data_acceptance,ignored_auth";

#[test]
fn schemathesis_finds_nothing_wrong() {
    let till = Till::at(9);
    let service = Service::start(&till);
    let tool = std::env::var_os("SCHEMATHESIS")
        .map_or_else(|| root().join("target/tools/schemathesis/bin/st"), PathBuf::from);
    let output = Command::new(&tool)
        .arg("run")
        .arg(format!("{}/api/v1/openapi.json", service.base))
        .args(["--header", &format!("Authorization: Bearer {}", service.password)])
        .args(["--exclude-checks", NOT_CHECKED])
        // The stream has no end.
        .args(["--exclude-path", "/events"])
        // These need a place for secrets, which this till has not, and rightly answer 503 for it; they are
        // tried in tests/it/http.
        .args(["--exclude-operation-id", "addWebhook"])
        .args(["--exclude-operation-id", "setAccount"])
        .args(["--exclude-operation-id", "removeAccount"])
        .args(["--exclude-operation-id", "setIntegration"])
        // It makes the service begin again; tests/it/http/put_back.rs asks it.
        .args(["--exclude-operation-id", "restoreBackup"])
        .args(["--max-examples", "20", "--generation-deterministic", "--suppress-health-check", "all"])
        .args(["--continue-on-failure", "--no-color", "--request-timeout", "30", "--warnings", "off"])
        .current_dir(till.folder.path())
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}; tests/run installs it", tool.display()));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let cases = text.lines().find(|l| l.contains("generated")).unwrap_or_default();
    println!("schemathesis: {}", cases.trim());
    // What it stored on the way is whole.
    service.till.run(&["check"]).ok();
}

/// Runs an example, given the address and the password; `None` where its tool is not installed.
fn example(service: &Service<'_>, tool: &str, args: &[&str]) -> Option<Value> {
    let output = Command::new(tool)
        .args(args)
        .env("TILLPOST_URL", &service.base)
        .env("TILLPOST_PASSWORD", &service.password)
        .current_dir(root().join("assets/examples"))
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{tool} {args:?}: {out}\n{err}");
    let last =
        out.lines().rev().find(|l| l.starts_with('{')).unwrap_or_else(|| panic!("{tool}: {out}\n{err}"));
    Some(serde_json::from_str(last).unwrap())
}

#[test]
fn the_examples_issue_a_document_and_send_it() {
    let till = Till::at(9);
    let service = Service::start(&till);
    let mut ran = 0;
    for (tool, args) in [
        ("bash", vec!["issue.sh"]),
        ("python3", vec!["issue.py"]),
        ("node", vec!["issue.mjs"]),
        ("dotnet", vec!["run", "issue.cs"]),
    ] {
        let Some(issued) = example(&service, tool, &args) else {
            println!("{tool} is not installed: its example was not run");
            continue;
        };
        assert_eq!(issued["payable"], "14.40", "{tool}: {issued}");
        assert_eq!(issued["mails"].as_array().unwrap().len(), 1, "{tool}: {issued}");
        ran += 1;
    }
    assert!(ran >= 2, "only {ran} examples could be run");
}

/// Issues the documents `from..to` on one connection; returns those that were acknowledged before the
/// service went away.
fn issue(service: &Service<'_>, thread: usize, from: usize, to: usize) -> Vec<String> {
    use std::io::{Read, Write};
    let address = service.base.strip_prefix("http://").unwrap();
    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return vec![] };
    let mut acknowledged = Vec::new();
    for n in from..to {
        let client_ref = format!("load-{thread}-{n}");
        let body = serde_json::json!({
            "kind": "invoice", "client_ref": client_ref, "issue_date": "2026-11-21", "currency": "GBP",
            "seller": { "name": "Shop" }, "buyer": { "name": "Anna", "email": "anna@example.com" },
            "lines": [{ "description": "Tube", "quantity": "1", "unit_price": "6.00",
                        "tax": { "category": "S", "rate": "20" } }],
            "mail": { "to": ["anna@example.com"] }
        })
        .to_string();
        let request = format!(
            "POST /api/v1/documents HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            service.password,
            body.len()
        );
        let mut answer = [0; 16384];
        match stream.write_all(request.as_bytes()).and_then(|()| stream.read(&mut answer)) {
            Ok(got) if answer[..got].starts_with(b"HTTP/1.1 20") => acknowledged.push(client_ref),
            _ => break,
        }
    }
    acknowledged
}

#[test]
fn a_service_killed_under_load_has_kept_what_it_acknowledged_once_and_without_gaps() {
    let till = Till::at(9);
    let service = Service::start(&till);
    let acknowledged: Vec<String> = std::thread::scope(|scope| {
        let service = &service;
        let senders: Vec<_> =
            (0..4).map(|thread| scope.spawn(move || issue(service, thread, 0, 2000))).collect();
        let data = till.data().join("tillpost.db-wal");
        // Killed in the middle of it, not before it has begun.
        until(
            || std::fs::metadata(&data).ok().filter(|m| m.len() > 2_000_000),
            || "nothing was issued".into(),
        );
        let id = service.child.id().to_string();
        assert!(Command::new("kill").args(["-9", &id]).status().unwrap().success());
        senders.into_iter().flat_map(|s| s.join().unwrap()).collect()
    });
    drop(service);
    assert!(!acknowledged.is_empty() && acknowledged.len() < 8000, "{}", acknowledged.len());
    let mails = till.mails();
    let again = Service::start(&till);
    // Asked again, as a program does that got no answer.
    std::thread::scope(|scope| {
        let again = &again;
        for thread in 0..4 {
            scope.spawn(move || assert_eq!(issue(again, thread, 0, 30).len(), 30));
        }
    });
    drop(again);
    let app = tillpost::app::App::open(&till.data()).unwrap();
    let mut refs = std::collections::HashSet::new();
    let mut numbers = Vec::new();
    let mut after = None;
    loop {
        let query = tillpost::app::DocumentQuery { most: 200, ..Default::default() };
        let page = app.document_page(query, after.as_deref()).unwrap();
        for document in page.items.iter().map(|listed| &listed.entry) {
            assert!(refs.insert(document.client_ref.clone().unwrap()), "{} twice", document.number);
            numbers.push(document.number.rsplit('-').next().unwrap().parse::<usize>().unwrap());
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let lost: Vec<_> = acknowledged.iter().filter(|r| !refs.contains(*r)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>(), "the numbers have a gap");
    assert!(till.mails().len() >= mails.len() && mails.len() >= acknowledged.len());
    till.run(&["check"]).ok();
}
