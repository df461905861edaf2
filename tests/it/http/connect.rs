//! Connecting an account over HTTP, as a screen does it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::service::Serve;
use super::webhooks::Till;
use crate::support::provider::Provider;
use crate::support::web::{Web, fields};

/// Asks until the person is no longer waited for.
fn ended(till: &Till, serve: &Serve) -> Value {
    let ask = || till.ask(serve, "GET", "/accounts/default/connect", &Value::Null).is(200).json();
    (0..100_000).map(|_| ask()).find(|view| view["state"] != "waiting").expect("it never ended")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_shows_the_code_and_learns_how_it_ended() {
    let (provider, web) = Provider::start().await;
    let till = Till::new();
    let serve = till.serve();
    let account = json!({
        "host": "127.0.0.1", "port": 2, "encryption": "none", "allow_plaintext": true, "auth": "oauth",
        "user": "shop@till.example", "from": "Shop <shop@till.example>", "secret_place": "file",
        "oauth": { "issuer": "google", "client_id": "till", "token_url": web.url("/token"),
                   "device_url": web.url("/device"), "revoke_url": web.url("/revoke") } });
    let shown = till.ask(&serve, "PUT", "/accounts/default", &account).is(200).json();
    assert_eq!(shown["oauth"]["connected"], false);
    let place = |device: bool| json!({ "device": device, "secret_place": "file" });
    *provider.no.lock().unwrap() = Some((400, json!({ "error": "access_denied" })));
    let invited = till.ask(&serve, "POST", "/accounts/default/connect", &place(true)).is(200).json();
    assert_eq!((&invited["state"], &invited["code"]), (&json!("waiting"), &json!("WDJB-MJHT")));
    let denied = ended(&till, &serve);
    assert_eq!((&denied["state"], &denied["problem"]["id"]), (&json!("failed"), &json!("O05")));
    *provider.no.lock().unwrap() = None;
    till.ask(&serve, "POST", "/accounts/default/connect", &place(true)).is(200);
    assert_eq!(ended(&till, &serve)["state"], "connected");
    let shown = till.ask(&serve, "GET", "/accounts/default", &Value::Null).is(200);
    assert_eq!(shown.json()["oauth"]["connected_as"], "shop@till.example");
    assert!(!shown.text().contains("horse"), "a token is shown");
    let ended = till.ask(&serve, "POST", "/accounts/default/disconnect", &json!({})).is(200).json();
    assert_eq!(ended["revoked"], true);
    // In a browser: the page of the provider, with the challenge but not the verifier.
    let invited = till.ask(&serve, "POST", "/accounts/default/connect", &place(false)).is(200).json();
    let url = invited["url"].as_str().unwrap();
    assert!(
        url.starts_with("https://accounts.google.com/") && url.contains("code_challenge_method=S256"),
        "{url}"
    );
    assert!(till.folder.path().join("data/secrets.json").exists());
}

/// An account that signs in at `web`.
fn account(web: &Web) -> Value {
    json!({
        "host": "127.0.0.1", "port": 2, "encryption": "none", "allow_plaintext": true, "auth": "oauth",
        "user": "shop@till.example", "from": "Shop <shop@till.example>", "secret_place": "file",
        "oauth": { "issuer": "google", "client_id": "till", "authorize_url": web.url("/authorize"),
                   "token_url": web.url("/token"), "revoke_url": web.url("/revoke") } })
}

/// The door that the browser sent to `url` comes back to.
fn door(url: &str) -> String {
    let back = fields(url.split_once('?').unwrap().1, "redirect_uri").unwrap();
    back.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned()
}

/// Comes back to `back` as a browser does; gives the page.
fn come(back: &str) -> std::io::Result<String> {
    let (host, path) = back.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n")?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}

const SEND: &str = "https://mail.google.com/";

#[tokio::test(flavor = "multi_thread")]
async fn a_later_try_ends_the_earlier_one_and_idle_connections_keep_nobody_waiting() {
    let (provider, web) = Provider::start().await;
    let till = Till::new();
    let serve = till.serve();
    till.ask(&serve, "PUT", "/accounts/default", &account(&web)).is(200);
    let begin = || {
        let how = json!({ "secret_place": "file" });
        let view = till.ask(&serve, "POST", "/accounts/default/connect", &how).is(200).json();
        view["url"].as_str().unwrap().to_owned()
    };
    let (first, second) = (begin(), begin());
    assert!(come(&provider.allows(&first, SEND)).is_err(), "the first try is given up");
    let how_far = || till.ask(&serve, "GET", "/accounts/default/connect", &Value::Null).is(200).json();
    assert_eq!((&how_far()["state"], &how_far()["url"]), (&json!("waiting"), &json!(second)));
    // A browser opens connections ahead and leaves them idle.
    let idle: Vec<_> = (0..31).map(|_| TcpStream::connect(door(&second)).unwrap()).collect();
    let page = come(&provider.allows(&second, SEND)).unwrap();
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    drop(idle);
    assert_eq!(ended(&till, &serve)["state"], "connected");
    // Given up by hand, nobody comes back to it; the account stays connected.
    let third = begin();
    till.ask(&serve, "DELETE", "/accounts/default/connect", &Value::Null).is(204);
    assert_eq!(how_far()["state"], "idle");
    assert!(come(&provider.allows(&third, SEND)).is_err());
    let shown = till.ask(&serve, "GET", "/accounts/default", &Value::Null).is(200).json();
    assert_eq!(shown["oauth"]["connected"], true);
}

/// What a person allows counts for the app they were asked for.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_changes_while_a_person_signs_in_is_not_connected() {
    let (provider, web) = Provider::start().await;
    let till = Till::new();
    let serve = till.serve();
    till.ask(&serve, "PUT", "/accounts/default", &account(&web)).is(200);
    let how = json!({ "secret_place": "file" });
    let view = till.ask(&serve, "POST", "/accounts/default/connect", &how).is(200).json();
    let mut other = account(&web);
    other["oauth"]["client_id"] = "other".into();
    till.ask(&serve, "PUT", "/accounts/default", &other).is(200);
    come(&provider.allows(view["url"].as_str().unwrap(), SEND)).unwrap();
    let failed = ended(&till, &serve);
    assert_eq!((&failed["state"], &failed["problem"]["id"]), (&json!("failed"), &json!("O09")));
    let shown = till.ask(&serve, "GET", "/accounts/default", &Value::Null).is(200).json();
    assert_eq!(shown["oauth"]["connected"], false);
    let secrets = std::fs::read_to_string(till.data().join("secrets.json")).unwrap_or_default();
    assert!(!secrets.contains("refresh-token"), "{secrets}");
}

/// What a program leaves out of a change stays as it was set elsewhere; null empties it.
#[test]
fn a_change_of_an_account_drops_nothing_that_it_does_not_name() {
    let till = Till::new();
    let pem = till.folder.path().join("ca.pem");
    std::fs::write(&pem, crate::support::certificates::Authority::new().pem).unwrap();
    let set = [
        "account",
        "set",
        "--host",
        "mail.example",
        "--auth",
        "oauth",
        "--issuer",
        "microsoft",
        "--client-id",
        "till",
        "--client-secret-stdin",
        "--client-secret-expires",
        "2030-01-31",
        "--tenant",
        "consumers",
        "--from",
        "Shop <shop@till.example>",
        "--user",
        "login",
        "--reply-to",
        "ben@till.example",
        "--secret-place",
        "file",
        "--authorize-url",
        "https://sign.example/a",
        "--token-url",
        "https://sign.example/t",
        "--device-url",
        "https://sign.example/d",
        "--revoke-url",
        "https://sign.example/r",
        "--ca-file",
        pem.to_str().unwrap(),
    ];
    till.with_input(&set, "secret-horse\n");
    let serve = till.serve();
    let put = |account: &Value| till.ask(&serve, "PUT", "/accounts/default", account).is(200).json();
    let shown = || till.ask(&serve, "GET", "/accounts/default", &Value::Null).is(200).json();
    let before = shown();
    assert_eq!(before["oauth"]["token_url"], "https://sign.example/t");
    let least = json!({ "host": "mail.example", "port": 465, "encryption": "tls", "auth": "oauth",
                        "from": "Shop <shop@till.example>" });
    // All of it left out, and the app alone named.
    assert_eq!(put(&least), before);
    let mut named = least.clone();
    named["oauth"] = json!({ "issuer": "microsoft", "client_id": "till" });
    assert_eq!(put(&named), before);
    // Another app of the same sign-in has another secret, and the rest.
    named["oauth"]["client_id"] = "other".into();
    let mut wanted = before.clone();
    for (field, value) in [
        ("client_id", json!("other")),
        ("client_secret", json!(false)),
        ("client_secret_expires", Value::Null),
    ] {
        wanted["oauth"][field] = value;
    }
    assert_eq!(put(&named), wanted);
    // Null empties; a certificate that was trusted for one server is not for another.
    named["oauth"] =
        json!({ "issuer": "microsoft", "client_id": "other", "token_url": null, "tenant": null });
    named["reply_to"] = Value::Null;
    let emptied = put(&named);
    assert_eq!((&emptied["oauth"]["token_url"], &emptied["oauth"]["tenant"]), (&Value::Null, &json!("")));
    assert_eq!(
        (&emptied["oauth"]["revoke_url"], &emptied["reply_to"]),
        (&json!("https://sign.example/r"), &json!([]))
    );
    assert!(emptied["ca_pem"].is_string(), "{emptied}");
    named["host"] = "other.example".into();
    assert_eq!(put(&named)["ca_pem"], Value::Null);
    // Another way to sign in is another user.
    let plain = json!({ "host": "other.example", "port": 465, "encryption": "tls", "auth": "none", "from": "shop@till.example" });
    let plain = put(&plain);
    assert_eq!((&plain["user"], &plain["oauth"]), (&json!(""), &Value::Null));
}
