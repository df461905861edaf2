//! Accounts that sign in at their provider, against a provider that tells what it was asked.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::place::{Place, holding};
use crate::support::provider::Provider;
use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::support::web::{Web, fields};

fn set(place: &Place, web: &Web, more: &[&str]) {
    let urls = [web.url("/authorize"), web.url("/token"), web.url("/device"), web.url("/revoke")];
    let mut args = vec![
        "account",
        "set",
        "--host",
        "127.0.0.1",
        "--port",
        &place.port,
        "--encryption",
        "none",
        "--allow-plaintext",
        "--auth",
        "oauth",
        "--issuer",
        "google",
        "--client-id",
        "till",
        "--user",
        "shop@till.example",
        "--from",
        "Shop <shop@till.example>",
        "--secret-place",
        "file",
        "--authorize-url",
        &urls[0],
        "--token-url",
        &urls[1],
        "--device-url",
        &urls[2],
        "--revoke-url",
        &urls[3],
    ];
    args.extend(more);
    place.run(&args, "client-horse\n").ok();
    place.run(&["settings", "set", "undo_seconds", "0"], "").ok();
}

/// Runs `account connect`, with `person` at the browser; gives what the program said at the end.
async fn connect(place: &Place, person: impl FnOnce(&str) -> String) -> crate::program::Run {
    connect_by(place.start(&["account", "connect", "--secret-place", "file", "--json"]), person).await
}

async fn connect_by(mut child: Child, person: impl FnOnce(&str) -> String) -> crate::program::Run {
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let url = loop {
        let mut line = String::new();
        if errors.read_line(&mut line).unwrap() == 0 {
            break None;
        }
        said.push_str(&line);
        if line.starts_with("http") {
            break Some(line.trim().to_owned());
        }
    };
    if let Some(url) = url {
        let back = person(&url);
        let (host, path) = back.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).await.unwrap();
        assert!(page.contains("Referrer-Policy: no-referrer") && !page.contains("the-code"), "{page}");
    }
    let output = child.wait_with_output().unwrap();
    let mut run = crate::program::Run::of(output);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut errors, &mut rest).unwrap();
    run.err = said + &rest;
    run
}

async fn connected(place: &Place, provider: &Arc<Provider>) {
    let own = Arc::clone(provider);
    let run = connect(place, move |url| own.allows(url, "https://mail.google.com/")).await;
    assert_eq!(run.code, 0, "{run:?}");
}

fn send(place: &Place, to: &str) {
    place.run(&["send", "--to", to, "--subject", "s", "--text", "t"], "").ok();
}

fn xoauth2(token: &str) -> String {
    STANDARD.encode(format!("user=shop@till.example\u{1}auth=Bearer {token}\u{1}\u{1}"))
}

fn smtp(decide: impl Fn(&crate::support::scripted::Moment<'_>) -> Act + Send + Sync + 'static) -> Script {
    Script::new(decide).keywords(&["PIPELINING", "SIZE 100000000", "8BITMIME", "AUTH PLAIN XOAUTH2"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_account_sends_with_tokens_that_nobody_sees() {
    let server = Scripted::start(smtp(|_| Act::Usual)).await;
    let (provider, web) = Provider::start().await;
    let place = Place::new(server.address.port());
    set(&place, &web, &["--client-secret-stdin"]);
    send(&place, "a@example.com");
    let run = place.run(&["flush"], "");
    assert_eq!((run.code, place.standing().as_str()), (5, "held_sign_in"), "{run:?}");
    connected(&place, &provider).await;
    let shown = place.run(&["account", "show", "--json"], "").json();
    assert_eq!(shown["oauth"]["connected_as"], "shop@till.example");
    assert_eq!((&shown["standing"], &shown["notices"]), (&json!("ready"), &json!([])));
    for n in 2..4 {
        send(&place, "b@example.com");
        assert_eq!(place.run(&["flush"], "").code, 0);
        // Each run of the program renewed with the token the last one was given.
        let expected = format!("AUTH XOAUTH2 {}", xoauth2(&format!("access-horse-{n}")));
        assert!(server.seen().commands.contains(&expected), "{:?}", server.seen().commands);
    }
    assert_eq!(server.seen().mails.len(), 3);
    assert!(web.asked().iter().all(|a| a.field("client_secret").as_deref() == Some("client-horse")));
    let shown = place.run(&["queue", "show", "1"], "");
    for secret in ["horse", &xoauth2("access-horse-2")] {
        assert!(!format!("{shown:?}").contains(secret), "{shown:?}");
        assert_eq!(
            holding(place.folder.path(), secret.as_bytes()),
            [] as [std::path::PathBuf; 0],
            "{secret}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_renewed_once_and_then_the_account_is_held() {
    let server = Scripted::start(smtp(|moment| match (moment.at, moment.line) {
        (At::Auth, _) => say("334 eyJzdGF0dXMiOiI0MDAifQ=="),
        (At::Other, "") => say("535 5.7.8 Username and Password not accepted"),
        _ => Act::Usual,
    }))
    .await;
    let (provider, web) = Provider::start().await;
    let place = Place::new(server.address.port());
    set(&place, &web, &[]);
    connected(&place, &provider).await;
    send(&place, "a@example.com");
    for _ in 0..2 {
        assert_eq!(place.run(&["flush"], "").code, 5);
    }
    assert_eq!(server.seen().count("AUTH"), 2, "{:?}", server.seen().commands);
    assert_eq!(provider.given.load(Ordering::SeqCst), 3, "connected, and twice for the flush");
    let shown = place.run(&["account", "show", "--json"], "").json();
    assert_eq!(shown["standing"], "held_sign_in");
    assert_eq!(shown["problem"]["id"], "E08");
    assert!(shown["reason"].as_str().unwrap().contains("535"), "the server's last word: {shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_connection_holds_the_account_until_it_is_connected_again() {
    let server = Scripted::start(smtp(|_| Act::Usual)).await;
    let (provider, web) = Provider::start().await;
    let place = Place::new(server.address.port());
    set(&place, &web, &[]);
    connected(&place, &provider).await;
    send(&place, "a@example.com");
    // Somebody else used the token: the provider ends all.
    *provider.current.lock().unwrap() = None;
    let run = place.run(&["flush"], "");
    assert_eq!((run.code, place.standing().as_str()), (5, "held_sign_in"), "{run:?}");
    let problem = place.run(&["account", "show", "--json"], "").json()["problem"].clone();
    assert_eq!((&problem["id"], &problem["actions"][0]["key"]), (&json!("E08"), &json!("connect_again")));
    let asked = web.asked().len();
    assert_eq!(place.run(&["flush"], "").code, 5);
    assert_eq!(web.asked().len(), asked, "a held account asks nobody");
    assert_eq!(server.seen().connections, 0);
    connected(&place, &provider).await;
    assert_eq!(place.run(&["flush"], "").code, 0);
    assert_eq!(server.seen().mails.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_of_a_provider_is_waited_out() {
    let server = Scripted::start(smtp(|_| Act::Usual)).await;
    let (provider, web) = Provider::start().await;
    let place = Place::new(server.address.port());
    set(&place, &web, &[]);
    connected(&place, &provider).await;
    send(&place, "a@example.com");
    provider.away.store(true, Ordering::SeqCst);
    assert_eq!(place.run(&["flush"], "").code, 5);
    assert_eq!(place.standing(), "offline");
    provider.away.store(false, Ordering::SeqCst);
    *provider.no.lock().unwrap() = Some((503, json!({ "error": "temporarily_unavailable" })));
    assert_eq!(place.run(&["flush"], "").code, 5);
    assert_eq!(place.standing(), "busy");
    *provider.no.lock().unwrap() = None;
    assert_eq!(place.run(&["flush"], "").code, 0);
    assert_eq!(server.seen().mails.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_renew_at_the_same_time_take_turns() {
    let server = Scripted::start(smtp(|_| Act::Usual)).await;
    let (provider, web) = Provider::start().await;
    let place = Place::new(server.address.port());
    set(&place, &web, &[]);
    connected(&place, &provider).await;
    let tests: Vec<_> = (0..4).map(|_| place.start(&["account", "test"])).collect();
    for test in tests {
        let run = crate::program::Run::of(test.wait_with_output().unwrap());
        assert_eq!(run.code, 0, "{run:?}");
    }
    assert_eq!(provider.given.load(Ordering::SeqCst), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_whose_it_is_and_what_to_do() {
    let (provider, web) = Provider::start().await;
    let place = Place::new(1);
    set(&place, &web, &["--client-secret-stdin", "--client-secret-expires", "2020-01-01"]);
    let denied = connect(&place, |url| {
        let query = url.split_once('?').unwrap().1;
        let (back, state) = (fields(query, "redirect_uri").unwrap(), fields(query, "state").unwrap());
        format!("{back}/?error=access_denied&state={state}")
    })
    .await;
    assert_eq!(denied.code, 5);
    assert!(denied.err.contains("Permission to send was not given"), "{denied:?}");
    *provider.no.lock().unwrap() = Some((401, json!({ "error": "invalid_client" })));
    let own = Arc::clone(&provider);
    let expired = connect(&place, move |url| own.allows(url, "https://mail.google.com/")).await;
    assert_eq!(expired.code, 5);
    assert!(expired.err.contains("The client secret ran out"), "{expired:?}");
    assert_eq!(place.run(&["account", "disconnect"], "").code, 3, "there is nothing to disconnect");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_without_a_browser_shows_a_code_and_a_disconnected_account_keeps_nothing() {
    let server = Scripted::start(smtp(|_| Act::Usual)).await;
    let (provider, web) = Provider::start().await;
    let place = Place::new(server.address.port());
    set(&place, &web, &[]);
    place.run(&["account", "set", "--from", "Shop <other@till.example>"], "").ok();
    let run = place.run(&["account", "connect", "--device", "--secret-place", "file"], "");
    assert!(run.err.contains("WDJB-MJHT") && run.err.contains("https://example.com/device"), "{run:?}");
    assert!(
        run.out.contains("Connected as shop@till.example, but mails go out as other@till.example"),
        "{run:?}"
    );
    assert!(place.run(&["doctor"], "").out.contains("Connected as shop@till.example, but"));
    assert_eq!(place.run(&["account", "disconnect", "--json"], "").json()["revoked"], true);
    let revoked = web.asked().last().unwrap().clone();
    assert_eq!(revoked.field("token").as_deref(), Some("refresh-horse-1"));
    assert!(provider.current.lock().unwrap().is_none());
    let secrets = std::fs::read_to_string(place.data().join("secrets.json")).unwrap();
    assert!(!secrets.contains("refresh-token"), "{secrets}");
    send(&place, "a@example.com");
    assert_eq!(place.run(&["flush"], "").code, 5);
    assert_eq!(place.run(&["account", "show", "--json"], "").json()["problem"]["id"], "O09");
}

/// A browser that notes where it was sent.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_browser_opens_by_itself_unless_it_shall_not_and_the_address_is_shown_in_any_case() {
    use std::os::unix::fs::PermissionsExt as _;
    let (provider, web) = Provider::start().await;
    let place = Place::new(1);
    set(&place, &web, &[]);
    let (browser, noted) = (place.folder.path().join("browser"), place.folder.path().join("opened"));
    let script = format!("#!/bin/sh\nprintf %s \"$1\" > '{0}.new' && mv '{0}.new' '{0}'\n", noted.display());
    std::fs::write(&browser, script).unwrap();
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    for (more, opens) in [(&["--no-browser"][..], false), (&[], true)] {
        let args = [&["account", "connect", "--secret-place", "file"][..], more].concat();
        let child = crate::program::program(&place.data(), &args)
            .env("TILLPOST_KEY_FILE", place.folder.path().join("key"))
            .env("BROWSER", &browser)
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (own, noted) = (Arc::clone(&provider), noted.clone());
        let run = connect_by(child, move |shown| {
            if opens {
                // The program waits for the person, and the person for the browser.
                let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
                while !noted.exists() && std::time::Instant::now() < patience {
                    std::thread::yield_now();
                }
                assert_eq!(std::fs::read_to_string(&noted).unwrap(), shown);
            }
            own.allows(shown, "https://mail.google.com/")
        })
        .await;
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(run.err.contains("in the browser that opens"), opens, "{run:?}");
    }
}

/// A settings file that names another server or another place for tokens ends the connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_never_shown_to_another_server() {
    let server = Scripted::start(smtp(|_| Act::Usual)).await;
    let (provider, web) = Provider::start().await;
    let place = Place::new(server.address.port());
    set(&place, &web, &[]);
    let file = place.folder.path().join("settings.json");
    let file = file.to_str().unwrap();
    for (path, value) in [("/port", json!(9)), ("/oauth/revoke_url", json!("https://elsewhere.example/r"))] {
        connected(&place, &provider).await;
        place.run(&["settings", "export", file], "").ok();
        let mut changed: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        *changed.pointer_mut(&format!("/accounts/0/account{path}")).unwrap() = value.clone();
        std::fs::write(file, changed.to_string()).unwrap();
        let read = place.run(&["settings", "import", file, "--json"], "").ok().json();
        assert_eq!(read["need_secrets"], json!(["default"]), "{path}");
        assert_eq!(place.run(&["account", "show", "--json"], "").json()["oauth"]["connected"], false);
        let secrets = std::fs::read_to_string(place.data().join("secrets.json")).unwrap();
        assert!(!secrets.contains("refresh-token"), "{path}: {secrets}");
    }
}

/// What another process does to a connection counts at once for one that still holds a token.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_till_drops_the_token_of_a_connection_that_was_ended_or_made_anew() {
    let server = Scripted::start(smtp(|_| Act::Usual)).await;
    let (provider, web) = Provider::start().await;
    let place = Place::new(server.address.port());
    set(&place, &web, &[]);
    connected(&place, &provider).await;
    let app =
        tillpost::app::App::open(&place.data()).unwrap().with_key_file(&place.folder.path().join("key"));
    let deliverer = tillpost::app::Deliverer::new(&app).unwrap();
    let sent_with = |token: &str| {
        let expected = format!("AUTH XOAUTH2 {}", xoauth2(token));
        server.seen().commands.iter().filter(|said| **said == expected).count()
    };
    for _ in 0..2 {
        send(&place, "a@example.com");
        deliverer.flush().await.unwrap();
    }
    assert_eq!(sent_with("access-horse-2"), 2, "held for an hour");
    // Somebody else, at the command line.
    connected(&place, &provider).await;
    send(&place, "b@example.com");
    deliverer.flush().await.unwrap();
    assert_eq!((sent_with("access-horse-2"), sent_with("access-horse-4")), (2, 1));
    place.run(&["account", "disconnect"], "").ok();
    send(&place, "c@example.com");
    deliverer.flush().await.unwrap();
    let mails = server.seen().mails.len();
    assert_eq!((mails, sent_with("access-horse-4")), (3, 1));
    assert_eq!(place.run(&["account", "show", "--json"], "").json()["problem"]["id"], "O09");
}
