//! Who gets in: passwords and their scopes, one-time links, PINs, addresses.

use serde_json::json;
use tillpost::domain::Secret;
use tillpost::domain::access::{Role, Scope};
use tillpost::store::FILE_NAME;

use super::{Api, invoice, mail};
use crate::support::program::run;

#[tokio::test(flavor = "multi_thread")]
async fn a_password_may_what_its_scope_says_and_nothing_once_revoked() {
    let mut api = Api::start().await;
    api.account(1);
    let owner = api.password.clone();
    for (scope, read, send, manage) in
        [(Scope::Read, 200, 403, 403), (Scope::Send, 200, 201, 403), (Scope::Manage, 200, 201, 200)]
    {
        let made = api.app.make_api_password(scope.word(), scope).unwrap();
        api.password = made.text.expose().to_owned();
        api.get("/documents").await.is(read);
        api.post("/documents", invoice(scope.word(), false)).await.is(send);
        api.post("/mails", mail("anna@example.com")).await.is(send);
        api.ask("PUT", "/settings/undo_seconds", Some(&json!({ "value": "5" }))).await.is(manage);
        assert_eq!(api.get("/session").await.is(200).json()["scope"], scope.word());
        let handed_in =
            api.app.api_passwords().unwrap().iter().find(|p| p.name == scope.word()).unwrap().mails;
        assert_eq!(handed_in, i64::from(send == 201));
        let revoking = std::mem::replace(&mut api.password, owner.clone());
        api.ask("DELETE", &format!("/access/passwords/{}", scope.word()), None).await.is(204);
        api.password = revoking;
        assert_eq!(api.get("/documents").await.is(401).key(), "unknown");
        api.password.clone_from(&owner);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_shown_once_and_never_stored() {
    let api = Api::start().await;
    let made =
        api.post("/access/passwords", json!({ "name": "TillSoft", "scope": "send" })).await.is(201).json();
    let password = made["password"].as_str().unwrap();
    let listed = api.get("/access").await.is(200).json().to_string();
    assert!(!listed.contains(password) && listed.contains(made["ending"].as_str().unwrap()));
    let data = api.app.data().to_owned();
    for file in [data.join(FILE_NAME), data.join(format!("{FILE_NAME}-wal"))] {
        let bytes = std::fs::read(file).unwrap_or_default();
        let secret = password.rsplit('_').next().unwrap();
        assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "it is in the data file");
    }
    let basic = base64(&format!("anybody:{password}"));
    api.send("GET", "/api/v1/status", &[("authorization", &format!("Basic {basic}"))], b"").await.is(200);
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let word = chunk.iter().fold(0_u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i)) as usize & 63] as char;
            out.push(if i <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn access_for_programs_can_be_switched_off_and_the_screens_still_work() {
    let api = Api::start().await;
    let session = api.app.open_link(api.app.make_own_link(Role::Staff, "/").unwrap().token.expose()).unwrap();
    api.app.set_setting("api_enabled", "false").unwrap();
    assert_eq!(api.get("/status").await.is(403).key(), "not_allowed");
    let cookie = format!("a=b; tillpost_session={}", session.token.expose());
    api.send("GET", "/api/v1/status", &[("cookie", &cookie)], b"").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_link_opens_its_page_once() {
    let api = Api::start().await;
    api.app.set_setting("api_remote_login", "true").unwrap();
    let link = api.post("/remote-login", json!({ "path": "/sent/118?embed=1" })).await.is(201).json();
    let path =
        link["url"].as_str().unwrap().strip_prefix(&format!("http://{}", api.address)).unwrap().to_owned();
    // A link in another site's page: the browser says so, and may open it.
    let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    let opened = api.send("GET", &path, &headers, b"").await.is(303);
    assert_eq!(opened.header("location"), Some("/sent/118?embed=1"));
    let cookie = opened.header("set-cookie").unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let who = api.send("GET", "/api/v1/session", &[("cookie", cookie)], b"").await.is(200).json();
    assert_eq!((&who["name"], &who["role"]), (&json!("test"), &json!("staff")));
    let settings =
        [("cookie", cookie), ("sec-fetch-site", "same-origin"), ("content-type", "application/json")];
    api.send("PUT", "/api/v1/settings/language", &settings, b"{\"value\":\"de\"}").await.is(403);
    let again = api.send("GET", &path, &headers, b"").await.is(403);
    assert!(again.text().contains("already used"), "{}", again.text());
    // In a frame only a partitioned cookie comes along.
    let link = api.post("/remote-login", json!({ "path": "/", "role": "owner" })).await.is(201).json();
    let path = link["url"].as_str().unwrap().split_once("/login/").unwrap().1.to_owned();
    let framed =
        [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
    let opened = api.send("GET", &format!("/login/{path}"), &framed, b"").await.is(303);
    assert!(opened.header("set-cookie").unwrap().contains("SameSite=None; Secure; Partitioned"));
}

/// A browser that came in by `link`: what it may send along.
async fn browser(api: &Api, link: &str) -> [(&'static str, String); 2] {
    let path = &link[link.find("/login/").unwrap()..];
    let opened = api.send("GET", path, &[], b"").await.is(303);
    let cookie = opened.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    [("cookie", cookie), ("sec-fetch-site", "same-origin".to_owned())]
}

async fn asks(api: &Api, who: &[(&'static str, String); 2], method: &str, path: &str) -> u16 {
    let headers = who.each_ref().map(|(name, value)| (*name, value.as_str()));
    api.send(method, &format!("/api/v1{path}"), &headers, b"").await.status
}

/// What a stolen password opened ends with it, and so does what came of that.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_password_leaves_no_session_and_no_link_behind() {
    let mut api = Api::start().await;
    api.app.set_setting("api_remote_login", "true").unwrap();
    let owner = json!({ "path": "/", "role": "owner" });
    let link = async |api: &Api| {
        let made = api.post("/remote-login", owner.clone()).await.is(201).json();
        made["url"].as_str().unwrap().to_owned()
    };
    let kept = browser(&api, &link(&api).await).await;
    let own = std::mem::take(&mut api.password);
    api.password = api.app.make_api_password("stolen", Scope::Manage).unwrap().text.expose().to_owned();
    let thief = browser(&api, &link(&api).await).await;
    let unused = link(&api).await;
    // The thief's screen makes a link of its own.
    let headers = [
        ("cookie", thief[0].1.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/json"),
    ];
    let body = owner.to_string();
    let made = api.send("POST", "/api/v1/remote-login", &headers, body.as_bytes()).await.is(201).json();
    let second = browser(&api, made["url"].as_str().unwrap()).await;
    assert_eq!(asks(&api, &second, "GET", "/access").await, 200);
    api.password = own;
    api.ask("DELETE", "/access/passwords/stolen", None).await.is(204);
    for gone in [&thief, &second] {
        assert_eq!(asks(&api, gone, "GET", "/access").await, 401);
    }
    api.send("GET", &unused[unused.find("/login/").unwrap()..], &[], b"").await.is(403);
    assert_eq!(asks(&api, &kept, "GET", "/access").await, 200);
    // A request that was let in just before makes no link any more.
    let late = api.app.make_link(Role::Owner, "/", "stolen").unwrap_err();
    assert_eq!(late.kind(), tillpost::app::Kind::Unknown);
    for taken in ["PIN", "command line"] {
        let wanted = json!({ "name": taken, "scope": "read" });
        assert_eq!(api.post("/access/passwords", wanted).await.is(422).json()["field"], "name");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_computer_is_lost_every_screen_but_the_one_that_asks_is_signed_out() {
    let api = Api::start().await;
    let link = |role| format!("/login/{}", api.app.make_own_link(role, "/").unwrap().token.expose());
    let (asking, lost) = (browser(&api, &link(Role::Owner)).await, browser(&api, &link(Role::Owner)).await);
    let (staff, unused) = (browser(&api, &link(Role::Staff)).await, link(Role::Owner));
    assert_eq!(asks(&api, &staff, "DELETE", "/access/sessions").await, 403);
    assert_eq!(asks(&api, &lost, "GET", "/session").await, 200);
    assert_eq!(asks(&api, &asking, "DELETE", "/access/sessions").await, 204);
    assert_eq!(asks(&api, &asking, "GET", "/session").await, 200);
    for gone in [&lost, &staff] {
        assert_eq!(asks(&api, gone, "GET", "/session").await, 401);
    }
    api.send("GET", &unused, &[], b"").await.is(403);
    let said = run(api.app.data(), &["api", "sign-out"]).ok().out;
    assert_eq!(said.trim(), "1 session is ended");
    assert_eq!(asks(&api, &asking, "GET", "/session").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_may_only_send_makes_no_link_for_the_owner() {
    let mut api = Api::start().await;
    api.app.set_setting("api_remote_login", "true").unwrap();
    api.password = api.app.make_api_password("send", Scope::Send).unwrap().text.expose().to_owned();
    api.post("/remote-login", json!({ "path": "/", "role": "owner" })).await.is(403);
    api.post("/remote-login", json!({ "path": "/" })).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_lets_staff_send_and_the_owner_change_settings() {
    let api = Api::start().await;
    api.app.set_pin(Role::Staff, Some(&Secret::new("1111"))).unwrap();
    api.app.set_pin(Role::Owner, Some(&Secret::new("2222"))).unwrap();
    let origin = format!("http://{}", api.address);
    for (role, pin, settings) in [("staff", "1111", 403), ("owner", "2222", 200)] {
        let headers = [("origin", origin.as_str()), ("content-type", "application/json")];
        let body = json!({ "role": role, "pin": pin }).to_string();
        let reply = api.send("POST", "/api/v1/session", &headers, body.as_bytes()).await.is(200);
        let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let headers =
            [("origin", origin.as_str()), ("content-type", "application/json"), ("cookie", &cookie)];
        let german = [&headers[..], &[("accept-language", "de")]].concat();
        let asked = api.send("PUT", "/api/v1/settings/language", &german, b"{\"value\":\"de\"}").await;
        let refused = asked.is(settings);
        let detail =
            "Das darf nur der Inhaber. Fragen Sie ihn, oder melden Sie sich mit der PIN des Inhabers an.";
        assert!(role == "owner" || refused.json()["detail"] == detail, "{}", refused.text());
        api.send("DELETE", "/api/v1/session", &headers, b"").await.is(204);
        api.send("GET", "/api/v1/status", &[("cookie", &cookie)], b"").await.is(401);
    }
    let wrong = json!({ "role": "owner", "pin": "1111" });
    let reply = api.ask_with("POST", "/session", &[("origin", &origin)], Some(&wrong)).await.is(401);
    assert_eq!(reply.key(), "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_allowed_addresses_and_this_computer_may_connect() {
    let api = Api::start().await;
    api.app.set_setting("api_restrict_access", "192.0.2.0/24").unwrap();
    api.get("/status").await.is(200);
    let refused = api.app.set_setting("api_restrict_access", "192.0.2").unwrap_err();
    assert!(refused.to_string().contains("neither an IP address nor a network"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_site_may_frame_the_pages_and_no_other() {
    let api = Api::start().await;
    api.app.set_setting("api_web_origins", "https://pos.example").unwrap();
    let framed =
        [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
    let page = api.send("GET", "/api/v1/docs", &framed, b"").await.is(200);
    assert_eq!(page.header("x-frame-options"), None);
    // The description itself is no screen and stays out of frames.
    assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_by_hand_is_asked_first_and_programs_are_not() {
    let api = Api::start().await;
    api.account(9);
    let session = api.app.open_link(api.app.make_own_link(Role::Staff, "/").unwrap().token.expose()).unwrap();
    let cookie = format!("tillpost_session={}", session.token.expose());
    let screen = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/json"),
        ("accept-language", "de"),
    ];
    let (mail, invoice) = (super::mail("a@example.com").to_string(), invoice("by-hand", true).to_string());
    for (path, body) in [("/api/v1/mails", &mail), ("/api/v1/documents", &invoice)] {
        let asked = api.send("POST", path, &screen, body.as_bytes()).await.is(428);
        assert_eq!(
            (asked.key(), &asked.json()["title"]),
            ("unconfirmed".to_owned(), &json!("Zuerst muss ein Mensch zustimmen"))
        );
        api.send("POST", &format!("{path}?confirmed=true"), &screen, body.as_bytes()).await.is(201);
    }
    let draft = api.post("/drafts", super::mail("b@example.com")).await.is(201).json();
    let path = format!("/api/v1/drafts/{}/send", draft["id"].as_str().unwrap());
    api.send("POST", &path, &screen, b"").await.is(428);
    api.post("/mails", super::mail("c@example.com")).await.is(201);
    api.app.set_setting("confirm_before_sending", "false").unwrap();
    api.send("POST", &path, &screen, b"").await.is(201);
}

/// Whoever stops sending is named, at the screens, to programs and on the command line, until it goes on.
#[tokio::test(flavor = "multi_thread")]
async fn who_paused_sending_and_when_is_said_everywhere() {
    let api = Api::start().await;
    api.account(9);
    let longest = "Ж".repeat(60);
    let program = api.app.make_api_password(&longest, Scope::Send).unwrap();
    let program = format!("Bearer {}", program.text.expose());
    let session = |role| {
        let link = api.app.make_own_link(role, "/").unwrap();
        format!("tillpost_session={}", api.app.open_link(link.token.expose()).unwrap().token.expose())
    };
    let (owner, staff) = (session(Role::Owner), session(Role::Staff));
    let data = api.app.data().to_owned();
    let screen = |cookie: &'static str, value: &str| [(cookie, value.to_owned())];
    for (header, by, name, told) in [
        (screen("cookie", &owner), "owner", json!(null), "the owner paused sending on "),
        (screen("cookie", &staff), "staff", json!(null), "the staff paused sending on "),
        (screen("authorization", &program), "program", json!(longest), " paused sending on "),
    ] {
        let json = ("content-type", "application/json");
        let headers = [(header[0].0, header[0].1.as_str()), ("sec-fetch-site", "same-origin"), json];
        let before = chrono::Utc::now();
        api.send("POST", "/api/v1/queue/pause", &headers, b"").await.is(204);
        // Who pauses what is paused already does not take it over.
        api.post("/queue/pause", json!({})).await.is(204);
        let reply = api.get("/status").await.is(200);
        assert!(reply.body.len() < 1024, "{} bytes: {}", reply.body.len(), reply.text());
        let pause = reply.json()["pause"].take();
        assert_eq!((&pause["by"], &pause["name"]), (&json!(by), &name));
        let at: chrono::DateTime<chrono::Utc> = pause["at"].as_str().unwrap().parse().unwrap();
        assert!((at - before).num_seconds().abs() < 30, "{pause}");
        for list in [["queue", "estimate"], ["queue", "list"]] {
            let said = run(&data, &list).ok().out;
            assert!(said.contains(told) && said.contains("queue resume"), "{said}");
        }
        assert_eq!(run(&data, &["queue", "estimate", "--json"]).json()["pause"], pause);
        api.post("/queue/resume", json!({})).await.is(204);
        let status = api.get("/status").await.json();
        assert_eq!((&status["paused"], &status["pause"]), (&json!(false), &json!(null)));
    }
    let said = run(&data, &["queue", "pause"]).ok().out;
    assert!(said.starts_with("sending was paused on the command line on "), "{said}");
    assert_eq!(api.get("/status").await.json()["pause"]["by"], "command_line");
    // As a version before this one kept it.
    let sql = rusqlite::Connection::open(data.join(FILE_NAME)).unwrap();
    sql.execute("UPDATE setting SET value = 'true' WHERE key = 'internal.paused'", []).unwrap();
    let status = api.get("/status").await.json();
    assert_eq!(status["pause"], json!({ "by": null, "name": null, "at": null }));
    assert!(run(&data, &["queue", "list"]).ok().out.contains("sending is paused; "));
}
