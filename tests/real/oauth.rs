//! Signing in at a real OpenID provider, with a person who answers by herself.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::support::place::{Place, holding};
use crate::support::program::Run;
use crate::support::scripted::{Script, Scripted};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/real/oauth")
}

/// The running provider; it ends with the value.
struct Provider {
    process: Child,
    _out: BufReader<ChildStdout>,
    issuer: String,
}

impl Provider {
    fn start() -> Self {
        let mut process = Command::new("node")
            .arg("provider.mjs")
            .current_dir(folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is needed; tests/run installs it");
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).expect("tests/run installs what the provider needs");
        let issuer = told["issuer"].as_str().unwrap().to_owned();
        Self { process, _out: out, issuer }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The person's browser goes to `url` and submits what it is shown; gives the last page's text.
fn browse(url: &str, typed: &[&str]) -> String {
    let output = Command::new("node").arg("browser.mjs").arg(url).args(typed).current_dir(folder()).output();
    let run = Run::of(output.unwrap()).ok();
    run.json()["text"].as_str().unwrap().to_owned()
}

fn set(place: &Place, provider: &Provider, app: &str, issuer: &str) -> Run {
    let url = |path: &str| format!("{}{path}", provider.issuer);
    let urls = [url("/auth"), url("/token"), url("/device/auth"), url("/token/revocation")];
    let mut args = vec!["account", "set", "--host", "127.0.0.1", "--port", &place.port];
    args.extend(["--encryption", "none", "--allow-plaintext", "--auth", "oauth", "--client-id", app]);
    args.extend(["--issuer", issuer, "--tenant", "consumers", "--from", "Shop <shop@till.example>"]);
    args.extend(["--authorize-url", &urls[0], "--token-url", &urls[1], "--device-url", &urls[2]]);
    args.extend(["--revoke-url", &urls[3], "--secret-place", "file"]);
    if app.contains('-') && app != "till-denied" {
        args.push("--client-secret-stdin");
    }
    place.run(&["settings", "set", "undo_seconds", "0"], "").ok();
    place.run(&args, "client-horse\n").ok()
}

/// Runs `account connect` and sends the browser where it says.
fn connect(place: &Place, device: bool) -> Run {
    let mut args = vec!["account", "connect", "--secret-place", "file", "--json"];
    if device {
        args.push("--device");
    }
    let mut child = place.start(&args);
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let (mut said, mut page) = (String::new(), None);
    loop {
        let mut line = String::new();
        if errors.read_line(&mut line).unwrap() == 0 {
            break;
        }
        said.push_str(&line);
        if let Some(url) = line.trim().strip_prefix("On any device open ") {
            page = Some(url.to_owned());
        }
        if let (Some(page), Some(code)) = (&page, line.trim().strip_prefix("and enter the code ")) {
            assert!(browse(page, &[&format!("user_code={code}")]).contains("Sign-in Success"));
        }
        if line.starts_with("http") {
            let seen = browse(line.trim(), &[]);
            assert!(seen.contains("you can close this page") || seen.contains("You can close this page"));
        }
    }
    let mut run = Run::of(child.wait_with_output().unwrap());
    run.err = said;
    run
}

async fn server() -> Scripted {
    let script = Script::default().keywords(&["PIPELINING", "SIZE 100000000", "8BITMIME", "AUTH XOAUTH2"]);
    Scripted::start(script).await
}

fn send(place: &Place) -> Run {
    place.run(&["send", "--to", "a@example.com", "--subject", "s", "--text", "t"], "").ok();
    place.run(&["flush"], "")
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_in_a_browser_sending_and_disconnecting() {
    let (provider, server) = (Provider::start(), server().await);
    for (app, issuer) in [("till", "google"), ("till-with-secret", "microsoft")] {
        let place = Place::new(server.address.port());
        set(&place, &provider, app, issuer);
        let connected = connect(&place, false).ok().json();
        assert_eq!(connected["oauth"]["connected_as"], "shop@till.example");
        assert_eq!(connected["notices"], serde_json::json!([]));
        server.clear();
        for n in 1..=3 {
            // Each run renews, and each renewal makes the refresh token before it worthless.
            assert_eq!(send(&place).code, 0);
            assert_eq!(server.seen().mails.len(), n);
        }
        assert_eq!(server.seen().count("AUTH XOAUTH2 "), 3);
        let disconnected = place.run(&["account", "disconnect", "--json"], "").ok().json();
        assert_eq!(disconnected["revoked"], true);
        let held = send(&place);
        assert_eq!((held.code, place.standing().as_str()), (5, "held_sign_in"), "{held:?}");
        assert_eq!(holding(place.folder.path(), b"client-horse"), [] as [PathBuf; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_connects_a_till_without_a_browser() {
    let (provider, server) = (Provider::start(), server().await);
    let place = Place::new(server.address.port());
    set(&place, &provider, "till", "microsoft");
    let connected = connect(&place, true).ok().json();
    assert_eq!(connected["oauth"]["connected"], true);
    assert_eq!(send(&place).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_token_that_is_used_ends_the_connection_until_it_is_made_again() {
    let (provider, server) = (Provider::start(), server().await);
    let place = Place::new(server.address.port());
    set(&place, &provider, "till", "google");
    connect(&place, false).ok();
    // A copy of the whole data folder is what a thief has.
    let copy = Place::new(server.address.port());
    let status = Command::new("cp").arg("-r").arg(place.data()).arg(copy.data()).status().unwrap();
    assert!(status.success());
    std::fs::copy(place.folder.path().join("key"), copy.folder.path().join("key")).unwrap();
    assert_eq!(send(&copy).code, 0);
    let ended = send(&place);
    assert_eq!((ended.code, place.standing().as_str()), (5, "held_sign_in"), "{ended:?}");
    assert_eq!(place.run(&["account", "show", "--json"], "").json()["problem"]["id"], "E08");
    connect(&place, false).ok();
    assert_eq!(place.run(&["flush"], "").code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_says_no_and_a_secret_that_ran_out() {
    let provider = Provider::start();
    let place = Place::new(1);
    set(&place, &provider, "till-denied", "google");
    let denied = connect(&place, false);
    assert_eq!(denied.code, 5, "{denied:?}");
    assert!(denied.err.contains("Permission to send was not given"), "{denied:?}");
    set(&place, &provider, "till-expired", "google");
    let expired = connect(&place, true);
    assert_eq!(expired.code, 5);
    assert!(expired.err.contains("client secret"), "{expired:?}");
}
