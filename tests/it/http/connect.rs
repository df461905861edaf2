//! Connecting an account over HTTP, as a screen does it.

use serde_json::{Value, json};

use super::service::Serve;
use super::webhooks::Till;
use crate::support::provider::Provider;

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
