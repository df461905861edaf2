//! The screens over HTTP: which addresses there are, and what keeps other pages out of them.

use std::io::Read as _;

use serde_json::json;

use super::Api;

const BROWSER: [(&str, &str); 1] = [("accept", "text/html,application/xhtml+xml")];

#[tokio::test(flavor = "multi_thread")]
async fn every_address_of_the_screens_opens_their_page_and_unknown_ones_say_so() {
    let api = Api::start().await;
    for path in
        ["/", "/outbox", "/sent/118", "/docs/invoice/INV-1", "/settings/account", "/setup", "/help/gmail"]
    {
        let page = api.send("GET", path, &BROWSER, b"").await.is(200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
    }
    api.send("GET", "/nowhere", &BROWSER, b"").await.is(404);
    assert_eq!(api.send("GET", "/nowhere", &[], b"").await.is(404).key(), "not_found");
    assert_eq!(api.send("GET", "/vendor/../Cargo.toml", &[], b"").await.is(404).key(), "not_found");
    assert_eq!(api.send("POST", "/outbox", &[], b"").await.is(404).key(), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_loads_nothing_from_elsewhere_and_keeps_its_rules_when_it_is_unchanged() {
    let api = Api::start().await;
    let page = api.send("GET", "/outbox", &BROWSER, b"").await.is(200);
    let policy = page.header("content-security-policy").unwrap().to_owned();
    for part in ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let known = [("if-none-match", page.header("etag").unwrap()), ("accept", "text/html")];
    // A browser takes the headers of a 304 in place of those it has: stricter ones would stop the scripts.
    let same = api.send("GET", "/outbox", &known, b"").await.is(304);
    assert_eq!(same.header("content-security-policy"), Some(policy.as_str()));
    assert_eq!(same.header("cache-control"), Some("no-cache"));
    let script = api.send("GET", "/app.js", &[], b"").await.is(200);
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(script.header("x-content-type-options"), Some("nosniff"));
}

/// Tablets at the other end of the shop get the screens packed; what somebody typed is never packed beside a secret.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_screens_go_packed_to_whoever_can_unpack_them_and_answers_do_not() {
    let api = Api::start().await;
    let get = async |path: &str, takes: &str, known: &str| {
        let headers = [("accept-encoding", takes), ("if-none-match", known), BROWSER[0]];
        api.send("GET", path, &headers, b"").await
    };
    for path in ["/app.js", "/outbox", "/i18n/de.json"] {
        let plain = get(path, "identity", "").await.is(200);
        let packed = get(path, "br, gzip;q=0.8", "").await.is(200);
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{path}");
        assert_eq!(packed.header("vary"), Some("accept-encoding"), "{path}");
        assert_eq!(packed.header("content-type"), plain.header("content-type"), "{path}");
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain.body, "{path}");
        assert_ne!(packed.header("etag"), plain.header("etag"), "{path}");
        get(path, "gzip", packed.header("etag").unwrap()).await.is(304);
        for takes in ["br", "gzip;q=0", "gzip; q=0.0, br"] {
            assert_eq!(get(path, takes, "").await.is(200).header("content-encoding"), None, "{takes}");
        }
    }
    assert_eq!(get("/api/v1/openapi.json", "gzip", "").await.is(200).header("content-encoding"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_allowed_sites_show_the_screens_in_a_frame() {
    let api = Api::start().await;
    api.app.set_setting("api_web_origins", "https://pos.example").unwrap();
    let page = api.send("GET", "/outbox", &BROWSER, b"").await.is(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'self' https://pos.example"), "{policy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn troubles_are_explained_in_the_language_of_the_screen() {
    let api = Api::start().await;
    api.account(9);
    let bearer = format!("Bearer {}", api.password);
    let hint = async |language: &str| {
        let headers = [("authorization", bearer.as_str()), ("accept-language", language)];
        let reply = api.send("GET", "/api/v1/account-presets", &headers, b"").await.is(200);
        let all = reply.json();
        let gmail = all.as_array().unwrap().iter().find(|p| p["id"] == json!("gmail")).unwrap().clone();
        gmail["hint"].as_str().unwrap().to_owned()
    };
    let (english, german) = (hint("en-GB").await, hint("de-CH,de;q=0.9").await);
    assert!(!english.is_empty() && english != german, "{english} / {german}");
    assert_eq!(hint("tlh").await, english);
}
