//! Asking again: ETags, revisions, pages, idempotency, the stream.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tillpost::app::AccountInput;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Api, invoice, mail};
use crate::support::scripted::{At, Script, Scripted, say};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_answer_is_not_sent_twice() {
    let api = Api::start().await;
    for path in ["/status", "/settings", "/documents", "/openapi.json"] {
        let first = api.get(path).await.is(200);
        let tag = first.header("etag").unwrap().to_owned();
        let again = api.ask_with("GET", path, &[("if-none-match", &tag)], None).await.is(304);
        assert_eq!((again.header("etag"), again.body.len()), (Some(tag.as_str()), 0), "{path}");
    }
    let tag = api.get("/documents").await.header("etag").unwrap().to_owned();
    api.post("/documents", invoice("new", false)).await.is(201);
    let listed = format!("\"other\", W/{tag}");
    api.ask_with("GET", "/documents", &[("if-none-match", &listed)], None).await.is(200);
}

async fn revisions(api: &Api) -> Value {
    let status = api.get("/status").await.is(200);
    assert!(status.body.len() < 1024, "{} bytes", status.body.len());
    status.json()["revisions"].clone()
}

/// Screens ask every second: also then when a server says much and two accounts are in trouble.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_of_much_trouble_is_small_and_the_account_tells_what_to_do() {
    let long = format!("554 5.7.1 {}", "you are not welcome here today, ".repeat(25));
    let server = Scripted::start(Script::at(At::Connect, move || say(&long))).await;
    let api = Api::delivering(server.address.port()).await;
    let second = crate::till::plain_account("second", server.address.port());
    api.app.set_account(AccountInput { account: second, secret: None }).unwrap();
    for account in ["default", "second"] {
        let mut request = mail("anna@example.com");
        request["mail"]["account"] = json!(account);
        api.post("/mails", request).await.is(201);
    }
    api.post("/queue/flush", json!({})).await.is(200);
    for language in ["en", "de", "es", "fr", "it", "nl", "pl"] {
        let asked = [("accept-language", language)];
        let status = api.ask_with("GET", "/status", &asked, None).await.is(200);
        assert!(status.body.len() < 1024, "{} bytes: {}", status.body.len(), status.text());
        for standing in status.json()["accounts"].as_array().unwrap() {
            assert_ne!(standing["standing"], "ready");
            let path = format!("/accounts/{}", standing["name"].as_str().unwrap());
            let problem = api.ask_with("GET", &path, &asked, None).await.is(200).json()["problem"].take();
            assert_eq!(problem["title"], standing["reason"]);
            assert!(!problem["steps"].as_array().unwrap().is_empty(), "{problem}");
        }
    }
    // The stream says it in the same words.
    let german = api.ask_with("GET", "/status", &[("accept-language", "de")], None).await.json();
    let ask = format!(
        "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\naccept-language: de-CH\r\n\r\n",
        api.address, api.password
    );
    let mut stream = TcpStream::connect(api.address).await.unwrap();
    stream.write_all(ask.as_bytes()).await.unwrap();
    until(&mut stream, &mut String::new(), &format!("\"reason\":{}", german["accounts"][0]["reason"])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_revision_of_a_collection_moves_when_it_changes_and_only_then() {
    let api = Api::start().await;
    api.account(9);
    let mut before = revisions(&api).await;
    assert_eq!(before, revisions(&api).await);
    let steps: Vec<(&str, &str, Value, &[&str])> = vec![
        ("POST", "/documents", invoice("a", false), &["documents", "contacts"]),
        ("POST", "/mails", mail("b@example.com"), &["mails", "contacts"]),
        ("POST", "/drafts", json!({ "mail": {} }), &["drafts"]),
        ("POST", "/contacts", json!({ "address": "c@example.com" }), &["contacts"]),
        ("PUT", "/settings/language", json!({ "value": "de" }), &["settings"]),
        ("PUT", "/shop", json!({ "name": "Shop" }), &["shop"]),
        ("POST", "/access/passwords", json!({ "name": "x", "scope": "read" }), &["access"]),
        (
            "PUT",
            "/accounts/second",
            json!({ "host": "127.0.0.1", "port": 2, "encryption": "none", "auth": "none", "from": "a@example.com" }),
            &["accounts"],
        ),
    ];
    for (method, path, body, moved) in steps {
        let status = api.ask(method, path, Some(&body)).await.status;
        assert!(status < 300, "{path}: {status}");
        let after = revisions(&api).await;
        let names = after.as_object().unwrap().keys();
        let changed: BTreeSet<&str> = names.map(String::as_str).filter(|n| before[*n] != after[*n]).collect();
        assert_eq!(changed, moved.iter().copied().collect(), "{method} {path}");
        before = after;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_does_nothing_twice() {
    let api = Api::start().await;
    api.account(9);
    let key = [("idempotency-key", "till-3-0007")];
    let first = api.ask_with("POST", "/mails", &key, Some(&mail("a@example.com"))).await.is(201).json();
    let again = api.ask_with("POST", "/mails", &key, Some(&mail("a@example.com"))).await.is(201).json();
    assert_eq!(first["id"], again["id"]);
    let other = api.ask_with("POST", "/mails", &key, Some(&mail("b@example.com"))).await.is(409);
    assert_eq!(other.key(), "conflict");
    let mut named = mail("a@example.com");
    named["client_ref"] = "another".into();
    let both = api.ask_with("POST", "/mails", &key, Some(&named)).await.is(422);
    assert_eq!(both.json()["field"], "Idempotency-Key");
    api.ask_with("POST", "/documents", &[("idempotency-key", "doc-1")], Some(&invoice("doc-1", true)))
        .await
        .is(201);
    let again = api.post("/documents", invoice("doc-1", true)).await.is(200).json();
    assert_eq!(again["repeated"], true);
    assert_eq!(api.app.mails(true, None).unwrap().len(), 2);
}

/// What is added under a name that something has would have its settings, and an account's password, overwritten.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_does_not_overwrite_what_has_its_name() {
    let api = Api::start().await;
    let new = [("if-none-match", "*")];
    let account = |port: u16| json!({ "host": "127.0.0.1", "port": port, "encryption": "none", "auth": "none", "from": "a@example.com" });
    let profile = |user: &str| {
        json!({ "package": "kashflow", "user": user, "password": "horse", "secret_place": "file",
            "endpoint": "http://127.0.0.1:1/api/service.asmx" })
    };
    for (path, [one, other]) in [
        ("/accounts/second", [account(2), account(3)]),
        ("/channels/web", [json!({ "folder": "web" }), json!({ "mail": false })]),
        ("/integrations/books", [profile("ann"), profile("bob")]),
    ] {
        api.ask_with("PUT", path, &new, Some(&one)).await.is(200);
        let before = api.get(path).await.is(200).json();
        let refused = api.ask_with("PUT", path, &new, Some(&other)).await.is(412);
        assert_eq!((refused.key().as_str(), &refused.json()["field"]), ("stale", &json!("name")), "{path}");
        assert_eq!(api.get(path).await.json(), before, "{path}");
        // Without the header it is changed, as ever; a tag says nothing here.
        let odd = api.ask_with("PUT", path, &[("if-none-match", "\"3\"")], Some(&other)).await.is(422);
        assert_eq!(odd.json()["field"], "If-None-Match");
        api.ask("PUT", path, Some(&other)).await.is(200);
        assert_ne!(api.get(path).await.json(), before, "{path}");
    }
    // Of many at once one is first.
    for name in ["third", "fourth", "fifth", "sixth"] {
        let asked = (10..18).map(|port| {
            let (body, api) = (account(port), &api);
            async move { api.ask_with("PUT", &format!("/accounts/{name}"), &new, Some(&body)).await.status }
        });
        let mut answers = futures_util::future::join_all(asked).await;
        answers.sort_unstable();
        assert_eq!((answers[0], &answers[1..]), (200, &[412; 7][..]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_tells_the_status_at_once_and_when_it_changes_and_ends_with_the_program() {
    let api = Api::start().await;
    let mut stream = TcpStream::connect(api.address).await.unwrap();
    let ask = format!(
        "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
        api.address, api.password
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut text = String::new();
    until(&mut stream, &mut text, "\"documents\":1").await;
    assert!(text.contains("text/event-stream") && text.contains("event: status"), "{text}");
    api.post("/documents", invoice("told", false)).await.is(201);
    until(&mut stream, &mut text, "\"documents\":2").await;
    tokio::time::timeout(Duration::from_secs(4), api.stop()).await.expect("the stream kept the program");
}

pub async fn until(stream: &mut TcpStream, text: &mut String, part: &str) {
    let reading = async {
        while !text.contains(part) {
            let mut bytes = [0; 4096];
            let n = stream.read(&mut bytes).await.unwrap();
            assert!(n > 0, "the stream ended: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..n]));
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reading).await.expect("it was never told");
}
