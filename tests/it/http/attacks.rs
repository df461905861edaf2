//! What a web page, a neighbour or a curious program may try, each by name.

use std::time::Duration;

use serde_json::json;
use tillpost::domain::Secret;
use tillpost::domain::access::{Role, Scope};
use tillpost::http;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::conditional::until;
use super::{Api, invoice, mail, parsed};

fn auth(api: &Api) -> String {
    format!("Bearer {}", api.password)
}

#[tokio::test(flavor = "multi_thread")]
async fn dns_rebinding_a_page_that_had_its_own_name_pointed_at_us_is_refused() {
    let api = Api::start().await;
    let (auth, port) = (auth(&api), api.address.port());
    for host in [
        format!("evil.example:{port}"),
        "evil.example".into(),
        format!("127.0.0.1.nip.io:{port}"),
        format!("127.0.0.1:{}", port ^ 1),
        "127.0.0.1".into(),
        String::new(),
        format!("localhost:{port}, evil.example"),
        format!("user@127.0.0.1:{port}"),
    ] {
        let reply =
            api.send("GET", "/api/v1/status", &[("host", &host), ("authorization", &auth)], b"").await;
        assert!(matches!(reply.status, 421 | 400), "{host}: {}", reply.text());
    }
    let two =
        [("host", "evil.example"), ("host", &api.address.to_string()), ("authorization", auth.as_str())];
    assert!(matches!(api.send("GET", "/healthz", &two, b"").await.status, 421 | 400));
    let localhost = format!("localhost:{port}");
    let own = [("host", localhost.as_str()), ("authorization", &auth)];
    api.send("GET", "/api/v1/status", &own, b"").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn cross_origin_fetches_and_forms_of_other_sites_do_nothing() {
    let api = Api::start().await;
    api.account(9);
    let auth = auth(&api);
    let body = mail("victim@example.com").to_string();
    for (headers, status) in [
        (vec![("origin", "https://evil.example"), ("content-type", "application/json")], 403),
        (vec![("origin", "null"), ("content-type", "application/json")], 403),
        (vec![("sec-fetch-site", "cross-site"), ("content-type", "application/json")], 403),
        (vec![("sec-fetch-site", "same-site"), ("content-type", "application/json")], 403),
        (vec![("origin", "http://127.0.0.1:1"), ("content-type", "application/json")], 403),
        (vec![("content-type", "text/plain")], 415),
        (vec![("content-type", "application/x-www-form-urlencoded")], 415),
        (vec![("content-type", "multipart/form-data; boundary=x")], 415),
        (vec![], 415),
    ] {
        let mut all = headers.clone();
        all.push(("authorization", auth.as_str()));
        let reply = api.send("POST", "/api/v1/mails", &all, body.as_bytes()).await.is(status);
        assert_eq!(reply.header("access-control-allow-origin"), None, "{headers:?}");
    }
    assert!(api.app.mails(true, None).unwrap().is_empty(), "a mail was queued");
    // A picture, script or frame of another site, which sends no Origin.
    for mode in ["no-cors", "navigate"] {
        let headers =
            [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode), ("authorization", auth.as_str())];
        api.send("GET", "/api/v1/documents", &headers, b"").await.is(403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cross_origin_only_the_allowed_web_page_is_let_in_and_without_a_session() {
    let api = Api::start().await;
    let auth = auth(&api);
    let preflight = [("origin", "https://pos.example"), ("access-control-request-method", "POST")];
    let refused = api.send("OPTIONS", "/api/v1/mails", &preflight, b"").await.is(403);
    assert_eq!(refused.header("access-control-allow-origin"), None);
    api.app.set_setting("api_web_origins", "https://pos.example").unwrap();
    let allowed = api.send("OPTIONS", "/api/v1/mails", &preflight, b"").await.is(204);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://pos.example"));
    assert_eq!(allowed.header("access-control-allow-credentials"), None);
    let from = ("origin", "https://pos.example");
    let reply = api.send("GET", "/api/v1/status", &[from, ("authorization", &auth)], b"").await.is(200);
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://pos.example"));
    // What an answer says in a header, the page may read: how many pages there are, and under which name to save.
    let exposed = reply.header("access-control-expose-headers").unwrap();
    for name in ["content-disposition", "etag", "location", "page-count", "retry-after"] {
        assert!(exposed.split(", ").any(|n| n == name), "{exposed}");
    }
    for similar in ["https://pos.example.evil.example", "http://pos.example", "https://pos.example:8443"] {
        api.send("GET", "/api/v1/status", &[("origin", similar), ("authorization", &auth)], b"")
            .await
            .is(403);
    }
    // The person's session at the screen is not the page's to use.
    let session = api.app.open_link(api.app.make_own_link(Role::Owner, "/").unwrap().token.expose()).unwrap();
    let cookie = format!("tillpost_session={}", session.token.expose());
    api.send("GET", "/api/v1/status", &[from, ("cookie", &cookie)], b"").await.is(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn oversized_bodies_are_refused_before_they_are_read() {
    let api = Api::start().await;
    let auth = auth(&api);
    let json = ("content-type", "application/json");
    let huge = [("authorization", auth.as_str()), json, ("content-length", "99999999999")];
    let mut stream = TcpStream::connect(api.address).await.unwrap();
    let head = format!(
        "POST /api/v1/documents HTTP/1.1\r\nhost: {}\r\nauthorization: {auth}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        api.address, huge[2].1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let n = stream.read(&mut answer).await.unwrap();
    assert_eq!(parsed(&answer[..n]).status, 413);
    let text = format!("{{\"kind\": \"{}\"}}", "x".repeat(tillpost::wire::LARGEST_FILE));
    let reply =
        api.send("POST", "/api/v1/documents", &[("authorization", &auth), json], text.as_bytes()).await;
    assert_eq!(reply.is(413).key(), "too_large");
    let deep = "[".repeat(100_000);
    let reply =
        api.send("POST", "/api/v1/documents", &[("authorization", &auth), json], deep.as_bytes()).await;
    assert_eq!(reply.is(422).key(), "bad_input");
}

/// What needs no password holds no memory either: who may not enter a PIN is told before the body comes, and
/// who may sends a few bytes.
#[tokio::test(flavor = "multi_thread")]
async fn oversized_bodies_without_a_password_are_refused_before_they_are_read() {
    let api = Api::start().await;
    api.app.set_pin(Role::Owner, Some(&Secret::new("2580"))).unwrap();
    let own = format!("origin: http://{}\r\n", api.address);
    let length = "content-length: 5000\r\n";
    for (headers, body, status) in [
        (String::from(length), String::new(), 403),
        (format!("{own}{length}"), String::new(), 413),
        (format!("{own}transfer-encoding: chunked\r\n"), format!("1388\r\n{}", " ".repeat(5000)), 413),
    ] {
        let mut stream = TcpStream::connect(api.address).await.unwrap();
        let head = format!(
            "POST /api/v1/session HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{headers}\r\n{body}",
            api.address
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let n = stream.read(&mut answer).await.unwrap();
        assert_eq!(parsed(&answer[..n]).status, status, "{headers}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oversized_heads_end_the_connection() {
    let api = Api::start().await;
    let long = "x".repeat(100_000);
    let reply = api.send("GET", "/healthz", &[("x-long", &long)], b"").await;
    assert!(matches!(reply.status, 431 | 400), "{}", reply.text());
    api.send("GET", "/healthz", &[], b"").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_heads_and_idle_connections_are_ended() {
    let api = Api::serving(|service| service.head_time = Duration::from_millis(300)).await;
    let mut slow = TcpStream::connect(api.address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nx: ").await.unwrap();
    let mut idle = TcpStream::connect(api.address).await.unwrap();
    let ended = async {
        let mut rest = Vec::new();
        let _ = slow.read_to_end(&mut rest).await;
        let _ = idle.read_to_end(&mut rest).await;
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("they were kept open");
}

/// Whoever asks and never reads gives its place back; a stream that is read lives on.
#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_that_take_nothing_are_ended() {
    let api = Api::serving(|service| service.write_time = Duration::from_millis(300)).await;
    let mut stream = TcpStream::connect(api.address).await.unwrap();
    let follow = format!(
        "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\r\n",
        api.address,
        auth(&api)
    );
    stream.write_all(follow.as_bytes()).await.unwrap();
    until(&mut stream, &mut String::new(), "\"documents\":1").await;
    let mut greedy = TcpStream::connect(api.address).await.unwrap();
    let asks = format!("GET /app.css HTTP/1.1\r\nhost: {}\r\n\r\n", api.address).repeat(1000);
    let asking = async { while greedy.write_all(asks.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), asking).await.expect("it kept its place");
    api.post("/documents", invoice("meanwhile", false)).await.is(201);
    until(&mut stream, &mut String::new(), "\"documents\":2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn path_traversal_in_names_leads_nowhere() {
    let api = Api::start().await;
    api.account(9);
    let auth = auth(&api);
    for path in [
        "/api/v1/documents/invoice/..%2f..%2f..%2fetc%2fpasswd/pdf",
        "/api/v1/documents/invoice/%2e%2e/pdf",
        "/api/v1/../../etc/passwd",
        "/api/v1/mails/..%2f..%2ftillpost.db/eml",
        "/login/..%2f..%2ftillpost.db",
        "/tillpost.db",
        "/%2e%2e/tillpost.db",
    ] {
        let reply = api.send("GET", path, &[("authorization", &auth)], b"").await;
        assert!(matches!(reply.status, 404 | 403), "{path}: {}", reply.text());
    }
    for name in ["../../x.pdf", "/etc/passwd", "a\\b.txt", "..", "", "x\r\nBcc: evil@example.com"] {
        let mut wanted = mail("anna@example.com");
        wanted["attachments"] = json!([{ "name": name, "content": "eA==" }]);
        let refused = api.post("/mails", wanted).await.is(422);
        assert_eq!(refused.json()["field"], "attachments[0].name", "{name}");
    }
    assert!(api.app.mails(true, None).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn header_injection_into_mails_and_answers_is_refused() {
    let api = Api::start().await;
    api.account(9);
    for (field, value) in [
        ("subject", json!("Hello\r\nBcc: evil@example.com")),
        ("from", json!("Shop\nX: y <shop@example.com>")),
        // Line breaks in lists of addresses part them, as in a pasted list.
    ] {
        let mut wanted = mail("anna@example.com");
        wanted["mail"][field] = value;
        assert_eq!(api.post("/mails", wanted).await.is(422).key(), "bad_input", "{field}");
    }
    let mut document = invoice("x", false);
    document["number"] = json!("A/1 \"b\"; filename=evil.exe");
    let issued = api.post("/documents", document).await.is(201);
    let place = issued.header("location").unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    let pdf = api.get(&format!("{place}/pdf")).await.is(200);
    let name = pdf.header("content-disposition").unwrap();
    assert_eq!(name.matches('"').count(), 2, "{name}");
    assert!(!name.contains("filename=evil"), "{name}");
    api.app.set_setting("api_remote_login", "true").unwrap();
    for path in ["//evil.example/", "https://evil.example/", "/x\r\nset-cookie: a=b", "/\\evil.example"] {
        assert_eq!(api.post("/remote-login", json!({ "path": path })).await.is(422).json()["field"], "path");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn password_guessing_is_slowed_and_does_not_lock_out_who_is_known() {
    let api = Api::start().await;
    api.get("/status").await.is(200);
    let [aimed, other] = ["aimed at", "other"].map(|name| {
        format!("Bearer {}", api.app.make_api_password(name, Scope::Read).unwrap().text.expose())
    });
    let guess = |n: usize| format!("{}_{n:064x}", aimed.rsplit_once('_').unwrap().0);
    let mut statuses = Vec::new();
    for n in 0..12 {
        statuses.push(api.send("GET", "/api/v1/status", &[("authorization", &guess(n))], b"").await.status);
    }
    assert!(statuses.starts_with(&[401, 401, 401, 401, 401]), "{statuses:?}");
    let reply = api.send("GET", "/api/v1/status", &[("authorization", &guess(99))], b"").await.is(429);
    assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    // The right one does not help while its sender is taken for a guesser; others of the same machine get in.
    api.send("GET", "/api/v1/status", &[("authorization", &aimed)], b"").await.is(429);
    api.send("GET", "/api/v1/status", &[("authorization", &other)], b"").await.is(200);
    api.get("/status").await.is(200);
}

/// A device that was forgotten when its password was revoked asks on and on; the till's own program, which this
/// process has not seen yet, gets in.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_with_a_revoked_password_locks_nobody_else_out() {
    let api = Api::start().await;
    let revoked = api.app.make_api_password("forgotten", Scope::Send).unwrap().text;
    api.app.revoke_api_password("forgotten").unwrap();
    let revoked = format!("Bearer {}", revoked.expose());
    for wrong in [revoked.as_str(), "Bearer tillpost", "Basic ?", "Bearer tillpost_000000000000_0"] {
        for _ in 0..8 {
            let reply = api.send("GET", "/api/v1/status", &[("authorization", wrong)], b"").await;
            assert_eq!(reply.is(401).key(), "unknown");
        }
    }
    api.post("/documents", invoice("morning", false)).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn pin_guessing_is_slowed_for_everybody_also_after_a_restart() {
    let api = Api::start().await;
    api.app.set_pin(Role::Owner, Some(&Secret::new("2580"))).unwrap();
    let origin = format!("http://{}", api.address);
    let mut statuses = Vec::new();
    for n in 1000..1006 {
        let body = json!({ "role": "owner", "pin": n.to_string() });
        statuses.push(api.ask_with("POST", "/session", &[("origin", &origin)], Some(&body)).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 429, 429]);
    let app = api.stop().await;
    let again = app.enter_pin(Role::Owner, &Secret::new("2580")).unwrap_err();
    assert_eq!(again.kind(), tillpost::app::Kind::TooOften);
    assert!(again.wait_seconds().unwrap() <= 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pins_at_once_are_no_more_guesses_than_one_after_the_other() {
    let api = Api::start().await;
    api.app.set_pin(Role::Staff, Some(&Secret::new("0007"))).unwrap();
    let looked_at = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..24)
            .map(|n| {
                let app = api.app.clone();
                scope.spawn(move || app.enter_pin(Role::Staff, &Secret::new(format!("{:04}", 1000 + n))))
            })
            .collect();
        let wrong = |e: tillpost::app::Error| e.kind() == tillpost::app::Kind::Unknown;
        tries.into_iter().filter_map(|t| t.join().unwrap().err()).map(wrong).filter(|wrong| *wrong).count()
    });
    assert!((1..=4).contains(&looked_at), "{looked_at} guesses were looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn ip_spoofing_by_headers_changes_nothing() {
    let api = Api::start().await;
    let (ours, _) = api.password.rsplit_once('_').unwrap();
    for n in 0..12 {
        let (from, password) = (format!("10.0.0.{n}"), format!("Bearer {ours}_{n:064x}"));
        let headers = [
            ("authorization", password.as_str()),
            ("x-forwarded-for", &from),
            ("forwarded", "for=127.0.0.1"),
            ("x-real-ip", "127.0.0.1"),
        ];
        api.send("GET", "/api/v1/status", &headers, b"").await;
    }
    let late = format!("Bearer {ours}_b");
    let late = [("authorization", late.as_str()), ("x-forwarded-for", "10.9.9.9")];
    api.send("GET", "/api/v1/status", &late, b"").await.is(429);
}

#[tokio::test(flavor = "multi_thread")]
async fn session_riding_a_change_needs_a_sign_that_the_screens_own_page_asks() {
    let api = Api::start().await;
    let session = api.app.open_link(api.app.make_own_link(Role::Owner, "/").unwrap().token.expose()).unwrap();
    let cookie = format!("tillpost_session={}", session.token.expose());
    let body = json!({ "value": "0" }).to_string();
    let origin = format!("http://{}", api.address);
    let base = [("cookie", cookie.as_str()), ("content-type", "application/json")];
    for (extra, status) in [
        (vec![], 403),
        (vec![("sec-fetch-site", "none")], 403),
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("origin", "https://evil.example")], 403),
        (vec![("sec-fetch-site", "same-origin")], 200),
        (vec![("origin", origin.as_str())], 200),
    ] {
        let all = [base.to_vec(), extra.clone()].concat();
        let reply = api.send("PUT", "/api/v1/settings/undo_seconds", &all, body.as_bytes()).await;
        assert_eq!(reply.status, status, "{extra:?}: {}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_framing_sniffing_and_caching() {
    let api = Api::start().await;
    for (path, status) in [
        ("/healthz", 200),
        ("/api/v1/docs", 200),
        ("/api/v1/status", 401),
        ("/nothing", 404),
        ("/login/x", 403),
    ] {
        let reply = api.send("GET", path, &[], b"").await.is(status);
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn listening_beyond_loopback_without_password_and_encryption_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let app = tillpost::app::App::open(folder.path()).unwrap();
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let plain = http::listen(&app, everywhere, None).await.unwrap_err().to_string();
    assert!(plain.contains("--tls-generate"), "{plain}");
    let certificate = http::Certificate::generated(app.data(), &["till.example".into()]).unwrap();
    let open = http::listen(&app, everywhere, Some(&certificate)).await.unwrap_err().to_string();
    assert!(open.contains("tillpost api password add"), "{open}");
    app.make_api_password("x", Scope::Read).unwrap();
    http::listen(&app, everywhere, Some(&certificate)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn request_smuggling_two_lengths_are_refused() {
    let api = Api::start().await;
    let mut stream = TcpStream::connect(api.address).await.unwrap();
    let head = format!(
        "POST /api/v1/mails HTTP/1.1\r\nhost: {0}\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n\
         GET /healthz HTTP/1.1\r\nhost: {0}\r\n\r\n",
        api.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer);
    assert!(!text.contains("200 OK"), "{text}");
}
