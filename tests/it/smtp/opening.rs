//! Connecting, encryption, certificates, signing in.

use std::time::Duration;

use tillpost::domain::account::Encryption;
use tillpost::domain::fault::CertificateKind;
use tillpost::domain::reply::{Cause, Stage};

use super::*;
use crate::support::certificates::{Authority, self_made};
use crate::support::scripted::{Act, At, Script, Scripted, Tls, say};

async fn open_tls(
    scripted: &Scripted,
    encryption: Encryption,
    ca_pem: Option<&str>,
) -> Result<Session, (Trouble, String)> {
    let server = Server { ca_pem: ca_pem.map(str::to_owned), ..server(scripted, encryption) };
    let password = Secret::new("hunter2");
    let sign_in = SignIn::Password { user: "shop", password: &password };
    soon(Session::open(&server, sign_in, &patient())).await
}

fn refusal(opened: Result<Session, (Trouble, String)>) -> Trouble {
    opened.expect_err("it was opened").0
}

#[tokio::test]
async fn both_kinds_of_tls() {
    let authority = Authority::new();
    let config = authority.server("127.0.0.1");
    for (tls, encryption) in
        [(Tls::Implicit(config.clone()), Encryption::Tls), (Tls::StartTls(config), Encryption::StartTls)]
    {
        let scripted = Scripted::start(Script::default().tls(tls)).await;
        let opened = open_tls(&scripted, encryption, Some(&authority.pem)).await;
        let mut session = opened.unwrap();
        assert!(session.capabilities().pipelining);
        let text = b".dots and lines over several records\r\n".repeat(10_000);
        let to = envelope(1, &["a@example.com"], &text);
        let report = session.send(&to, body(&text), open_gate(), None).await;
        assert_eq!(short_words(&report), ["250"]);
        session.quit().await;
        scripted.until(|seen| seen.ended == 1).await;
        assert!(scripted.seen().mails[0].text == text);
        let ehlos = scripted.seen().count("EHLO");
        assert_eq!(ehlos, if encryption == Encryption::Tls { 1 } else { 2 });
    }
}

#[tokio::test]
async fn what_a_server_says_before_tls_counts_for_nothing_after() {
    let authority = Authority::new();
    let script = Script::new(|moment| match moment.at {
        At::Ehlo if !moment.secured => {
            Act::Say(b"250-evil\r\n250-SIZE 1\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n".to_vec())
        }
        _ => Act::Usual,
    })
    .keywords(&["SIZE 42", "AUTH LOGIN"])
    .tls(Tls::StartTls(authority.server("127.0.0.1")));
    let scripted = Scripted::start(script).await;
    let session = open_tls(&scripted, Encryption::StartTls, Some(&authority.pem)).await;
    let session = session.unwrap();
    assert_eq!(session.capabilities().size_limit, Some(42));
    assert!(!session.capabilities().start_tls);
    assert_eq!(scripted.seen().count("AUTH LOGIN"), 1);
}

#[tokio::test]
async fn encryption_that_is_not_offered_is_never_done_without() {
    let scripted = Scripted::start(Script::default()).await;
    let trouble = refusal(open_tls(&scripted, Encryption::StartTls, None).await);
    assert_eq!(trouble.cause, Cause::NoEncryption);
    scripted.until(|seen| seen.ended == 1).await;
    assert_eq!(scripted.seen().commands.len(), 1, "more than EHLO was said");
}

#[tokio::test]
async fn starttls_refused_is_the_servers_word() {
    let authority = Authority::new();
    let script = Script::at(At::StartTls, || say("454 4.7.0 not now"))
        .tls(Tls::StartTls(authority.server("127.0.0.1")));
    let scripted = Scripted::start(script).await;
    let trouble = refusal(open_tls(&scripted, Encryption::StartTls, None).await);
    assert_eq!(trouble.stage, Stage::StartTls);
    assert!(matches!(trouble.cause, Cause::Replied(r) if r.code == 454));
    assert_eq!(scripted.seen().count("AUTH"), 0);
}

#[tokio::test]
async fn replies_injected_before_tls_are_refused() {
    let authority = Authority::new();
    for injected in ["220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n", "220 go\r\n250", "220 go\r\n\n"] {
        let script = Script::at(At::StartTls, move || Act::Say(injected.into()))
            .tls(Tls::StartTls(authority.server("127.0.0.1")));
        let scripted = Scripted::start(script).await;
        let opened = open_tls(&scripted, Encryption::StartTls, Some(&authority.pem)).await;
        let trouble = refusal(opened);
        assert_eq!(trouble.stage, Stage::StartTls, "{injected:?}");
        assert!(matches!(trouble.cause, Cause::Protocol(_)), "{injected:?}");
        assert_eq!(scripted.seen().count("AUTH"), 0);
    }
}

#[tokio::test]
async fn a_certificate_is_refused_with_its_reason() {
    let authority = Authority::new();
    let own = Some(authority.pem.as_str());
    for (config, ca, reason) in [
        (authority.expired("127.0.0.1"), own, "expired on 2020-01-01"),
        (authority.server("other.example.com"), own, "\"other.example.com\""),
        (authority.server("127.0.0.1"), None, "does not know"),
        (Authority::new().server("127.0.0.1"), own, "does not know"),
    ] {
        for (tls, encryption) in [
            (Tls::Implicit(config.clone()), Encryption::Tls),
            (Tls::StartTls(config.clone()), Encryption::StartTls),
        ] {
            let scripted = Scripted::start(Script::default().tls(tls)).await;
            let trouble = refusal(open_tls(&scripted, encryption, ca).await);
            assert_eq!(trouble.stage, Stage::Tls);
            let Cause::Certificate(why) = trouble.cause else { panic!("{reason}: {trouble:?}") };
            assert!(why.text.contains(reason), "{why}");
            let shown = why.shown.as_ref().expect("the certificate is not shown");
            assert_eq!(shown.fingerprint.len(), 64);
            assert!(!shown.names.is_empty() && shown.issuer.contains("authority"), "{shown:?}");
            assert_eq!(scripted.seen().count("AUTH"), 0);
        }
    }
}

#[tokio::test]
async fn a_device_that_signed_itself_is_trusted_where_the_owner_says_so() {
    let (config, pem) = self_made("127.0.0.1");
    let scripted = Scripted::start(Script::default().tls(Tls::Implicit(config))).await;
    open_tls(&scripted, Encryption::Tls, Some(&pem)).await.unwrap();
    let trouble = refusal(open_tls(&scripted, Encryption::Tls, None).await);
    assert!(matches!(trouble.cause, Cause::Certificate(_)));

    let (config, pem) = self_made("nas.example.com");
    let scripted = Scripted::start(Script::default().tls(Tls::Implicit(config))).await;
    let trouble = refusal(open_tls(&scripted, Encryption::Tls, Some(&pem)).await);
    assert!(matches!(trouble.cause, Cause::Certificate(_)), "for another name");
}

#[tokio::test]
async fn an_unreadable_extra_certificate_is_said() {
    let scripted = Scripted::start(Script::default()).await;
    for pem in ["", "nothing of the kind"] {
        let trouble = refusal(open_tls(&scripted, Encryption::Tls, Some(pem)).await);
        assert!(matches!(trouble.cause, Cause::Certificate(_)));
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_on_its_port() {
    let scripted = Scripted::start(Script::default()).await;
    let trouble = refusal(open_tls(&scripted, Encryption::Tls, None).await);
    assert_eq!((trouble.stage, trouble.cause), (Stage::Tls, Cause::NotTls));
}

#[tokio::test]
async fn a_handshake_that_never_ends() {
    let scripted = Scripted::start(Script::at(At::Connect, || Act::Hang)).await;
    let server = server(&scripted, Encryption::Tls);
    let deadlines = Deadlines { tls: Duration::from_millis(100), ..patient() };
    let opened = soon(Session::open(&server, SignIn::None, &deadlines)).await;
    let trouble = refusal(opened);
    assert_eq!((trouble.stage, trouble.cause), (Stage::Tls, Cause::TimedOut));
}

#[tokio::test]
async fn a_password_never_crosses_in_clear() {
    let scripted = Scripted::start(Script::default()).await;
    let password = Secret::new("hunter2");
    let sign_in = SignIn::Password { user: "shop", password: &password };
    for (host, allow_plaintext) in [
        ("127.0.0.1", false),
        ("127.0.0.1.example.com", true),
        ("mail.example.com", true),
        ("192.0.2.1", true),
    ] {
        let server = Server { host: host.into(), allow_plaintext, ..server(&scripted, Encryption::None) };
        let trouble = refusal(soon(Session::open(&server, sign_in, &patient())).await);
        assert_eq!(trouble.cause, Cause::PlaintextPassword, "{host}");
    }
    assert_eq!(scripted.seen().connections, 0, "it was not even called");
}

#[tokio::test]
async fn signing_in() {
    // (keywords, what is said to AUTH, what is said to the password, the verbs that were used)
    let ok = "235 2.7.0 in";
    for (keywords, auth, commands) in [
        (&["AUTH PLAIN LOGIN"][..], ok, &["AUTH PLAIN AHNob3AAaHVudGVyMg=="][..]),
        (&["auth=login plain"], ok, &["AUTH PLAIN AHNob3AAaHVudGVyMg=="]),
        // Prompts as odd as they come: in clear, in German, empty.
        (&["AUTH LOGIN"], "334 Benutzer?", &["AUTH LOGIN", "c2hvcA==", "aHVudGVyMg=="]),
        (&["AUTH LOGIN"], "334", &["AUTH LOGIN", "c2hvcA==", "aHVudGVyMg=="]),
    ] {
        let script = Script::at(At::Auth, move || say(auth)).keywords(keywords);
        let scripted = Scripted::start(script).await;
        let mut session = open_signed_in(&scripted, &patient()).await.unwrap();
        assert_eq!(scripted.seen().commands[1..], *commands, "{keywords:?} {auth}");
        let to = envelope(1, &["a@example.com"], TEXT);
        let report = session.send(&to, body(TEXT), open_gate(), None).await;
        let said = report.transcript;
        for secret in ["hunter2", "aHVudGVyMg", "AHNob3AAaHVudGVyMg", "c2hvcA=="] {
            assert!(!said.contains(secret), "{said}");
        }
        assert!(said.contains("<redacted>") && said.contains("a@example.com"), "{said}");
    }
}

#[tokio::test]
async fn signing_in_fails_with_the_servers_words() {
    for (at, line) in [
        (At::Auth, "535 5.7.8 not with hunter2"),
        (At::Auth, "454 4.7.0 later"),
        (At::Auth, "534 5.7.9 application password required"),
        (At::AuthStep, "535 5.7.8 AHNob3AAaHVudGVyMg== aHVudGVyMg=="),
    ] {
        let login = at == At::AuthStep;
        let script = Script::at(at, move || say(line));
        let script = script.keywords(if login { &["AUTH LOGIN"] } else { &["AUTH PLAIN LOGIN"] });
        let scripted = Scripted::start(script).await;
        let (trouble, transcript) = open_signed_in(&scripted, &patient()).await.unwrap_err();
        assert_eq!(trouble.stage, Stage::Auth);
        let Cause::Replied(reply) = &trouble.cause else { panic!("{trouble:?}") };
        assert!(line.starts_with(&reply.code.to_string()));
        let all = format!("{transcript} {trouble} {trouble:?}");
        assert!(!all.contains("hunter2") && !all.contains("aHVudGVyMg"), "{all}");
        assert!(all.contains("EHLO"));
        scripted.until(|seen| seen.ended == 1).await;
        assert_eq!(scripted.seen().count("AUTH"), 1, "a second try can lock the account");
    }
}

#[tokio::test]
async fn no_way_to_sign_in() {
    for (keywords, offered) in
        [(&["SIZE"][..], &[][..]), (&["AUTH XOAUTH2 CRAM-MD5"], &["XOAUTH2", "CRAM-MD5"])]
    {
        let offered = offered.iter().map(ToString::to_string).collect();
        let scripted = Scripted::start(Script::default().keywords(keywords)).await;
        let (trouble, _) = open_signed_in(&scripted, &patient()).await.unwrap_err();
        assert_eq!((trouble.stage, trouble.cause), (Stage::Auth, Cause::NoMechanism(offered)));
    }
}

#[tokio::test]
async fn the_greeting_must_be_one() {
    for (line, stage, code) in [
        ("554 5.7.1 not you", Stage::Greeting, Some(554)),
        ("432 4.3.2 too many", Stage::Greeting, Some(432)),
        ("250 hello", Stage::Greeting, None),
        ("SSH-2.0-OpenSSH_9.6", Stage::Greeting, None),
    ] {
        let scripted = Scripted::start(Script::at(At::Greeting, move || say(line))).await;
        let server = server(&scripted, Encryption::None);
        let trouble = refusal(Session::open(&server, SignIn::None, &patient()).await);
        assert_eq!(trouble.stage, stage);
        match (code, trouble.cause) {
            (Some(code), Cause::Replied(reply)) => assert_eq!(reply.code, code),
            (None, Cause::Protocol(_)) => {}
            (_, other) => panic!("{line}: {other:?}"),
        }
        scripted.until(|seen| seen.ended == 1).await;
        assert_eq!(scripted.seen().commands.len(), 0);
    }
}

#[tokio::test]
async fn ehlo_refused() {
    let scripted = Scripted::start(Script::at(At::Ehlo, || say("502 5.5.1 what"))).await;
    let server = server(&scripted, Encryption::None);
    let trouble = refusal(soon(Session::open(&server, SignIn::None, &patient())).await);
    assert_eq!(trouble.stage, Stage::Ehlo);
    assert!(matches!(trouble.cause, Cause::Replied(r) if r.code == 502));
}

#[tokio::test]
async fn nobody_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let scripted = Scripted::start(Script::default()).await;
    for (host, stage) in [("127.0.0.1", Stage::Connect), ("no-such.invalid", Stage::Resolve)] {
        let server = Server { host: host.into(), port, ..server(&scripted, Encryption::None) };
        let deadlines = Deadlines { resolve: Duration::from_secs(5), ..patient() };
        let opened = Session::open(&server, SignIn::None, &deadlines).await;
        let trouble = refusal(opened);
        assert_eq!(trouble.stage, stage);
        assert!(matches!(trouble.cause, Cause::Network(_) | Cause::TimedOut));
    }
}

#[tokio::test]
async fn the_machines_name_is_not_told() {
    let scripted = Scripted::start(Script::default()).await;
    open(&scripted).await;
    assert_eq!(scripted.seen().commands[0], "EHLO [127.0.0.1]");
    let server = Server {
        hello: Some("till.example.com\r\nMAIL FROM:<x>".into()),
        ..server(&scripted, Encryption::None)
    };
    Session::open(&server, SignIn::None, &patient()).await.unwrap();
    assert_eq!(scripted.seen().commands[1], "EHLO [127.0.0.1]");
}

#[tokio::test]
async fn exactly_the_pinned_certificate() {
    let authority = Authority::new();
    // Wrong name, expired, unknown authority: what a small shop's own server shows.
    let config = authority.expired("nas.local");
    let scripted = Scripted::start(Script::default().tls(Tls::Implicit(config))).await;
    let trouble = refusal(open_tls(&scripted, Encryption::Tls, None).await);
    let Cause::Certificate(fault) = trouble.cause else { panic!("{trouble:?}") };
    let shown = fault.shown.unwrap();
    assert_eq!(shown.names, ["nas.local"]);
    assert!(shown.not_before < shown.not_after);

    let pinned = |pin: &str| Server { pin: Some(pin.to_owned()), ..server(&scripted, Encryption::Tls) };
    let password = Secret::new("hunter2");
    let sign_in = SignIn::Password { user: "shop", password: &password };
    // Twice: a resumed session must not pass by the pin.
    for _ in 0..2 {
        Session::open(&pinned(&shown.fingerprint), sign_in, &patient()).await.unwrap();
    }
    let auths = scripted.seen().count("AUTH");
    let other = refusal(Session::open(&pinned(&"0".repeat(64)), sign_in, &patient()).await);
    let Cause::Certificate(fault) = other.cause else { panic!("{other:?}") };
    assert_eq!(fault.kind, CertificateKind::Changed);
    assert_eq!(fault.shown.unwrap().fingerprint, shown.fingerprint, "what to look at before trusting it");
    assert_eq!(scripted.seen().count("AUTH"), auths, "the password went to another server");
}

#[tokio::test]
async fn a_server_that_only_knows_helo() {
    let helo = |moment: &crate::support::scripted::Moment<'_>| match moment.at {
        At::Ehlo => say("502 5.5.1 what"),
        At::Other if moment.line.starts_with("HELO ") => say("250 old but good"),
        _ => Act::Usual,
    };
    let scripted = Scripted::start(Script::new(helo)).await;
    let mut session = open(&scripted).await;
    let to = envelope(1, &["a@example.com", "b@example.com"], TEXT);
    let report = session.send(&to, body(TEXT), open_gate(), None).await;
    assert_eq!(short_words(&report), ["250", "250"]);
    assert_eq!(scripted.seen().commands[1], "HELO [127.0.0.1]");
    assert!(!scripted.seen().commands.iter().any(|c| c.contains("SIZE=")), "it offered nothing");

    // Never where a password is wanted, and never instead of encryption.
    scripted.clear();
    let (trouble, _) = open_signed_in(&scripted, &patient()).await.unwrap_err();
    assert!(matches!(trouble.cause, Cause::Replied(r) if r.code == 502));
    let trouble = refusal(open_tls(&scripted, Encryption::StartTls, None).await);
    assert!(matches!(trouble.cause, Cause::Replied(r) if r.code == 502));
    assert_eq!(scripted.seen().count("HELO"), 0);
}

#[tokio::test]
async fn a_server_with_outdated_tls() {
    // RFC 8446 section 6: alert 70, protocol_version, as a server of TLS 1.0 answers a newer hello.
    let alert = || Act::Last(vec![0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 70]);
    let scripted = Scripted::start(Script::at(At::Connect, alert)).await;
    let trouble = refusal(open_tls(&scripted, Encryption::Tls, None).await);
    assert_eq!(trouble.stage, Stage::Tls);
    assert!(matches!(trouble.cause, Cause::OldTls(_)), "{trouble:?}");
    assert_eq!(tillpost::domain::reply::effect(&trouble), tillpost::domain::reply::Effect::HeldSettings);
}

#[tokio::test]
async fn signing_in_with_a_token() {
    let token = Secret::new("ya29.token");
    let sign_in = SignIn::Token { user: "shop@example.com", token: &token };
    let coded = "dXNlcj1zaG9wQGV4YW1wbGUuY29tAWF1dGg9QmVhcmVyIHlhMjkudG9rZW4BAQ==";
    let keywords: &[&str] = &["AUTH LOGIN PLAIN XOAUTH2"];
    let scripted = Scripted::start(Script::default().keywords(keywords)).await;
    let server_ = Server { allow_plaintext: true, ..server(&scripted, Encryption::None) };
    Session::open(&server_, sign_in, &patient()).await.unwrap();
    assert_eq!(scripted.seen().commands[1], format!("AUTH XOAUTH2 {coded}"));

    // The failure: a 334 with the reason, an empty line, and only then the 535.
    let failing = |moment: &crate::support::scripted::Moment<'_>| match moment.at {
        At::Auth => say("334 eyJzdGF0dXMiOiI0MDAifQ=="),
        At::Other if moment.line.is_empty() => say("535 5.7.8 token expired"),
        _ => Act::Usual,
    };
    let scripted = Scripted::start(Script::new(failing).keywords(keywords)).await;
    let server_ = server(&scripted, Encryption::None);
    let (trouble, transcript) = soon(Session::open(&server_, sign_in, &patient())).await.unwrap_err();
    let Cause::Replied(reply) = &trouble.cause else { panic!("{trouble:?}") };
    assert_eq!((reply.code, reply.text.as_str()), (535, "token expired"));
    assert!(!transcript.contains("ya29") && !transcript.contains(coded), "{transcript}");

    // Where it is not offered, the token is sent to nobody, and no other way is tried with it.
    let scripted = Scripted::start(Script::default()).await;
    let trouble = refusal(Session::open(&server(&scripted, Encryption::None), sign_in, &patient()).await);
    assert!(matches!(trouble.cause, Cause::NoMechanism(_)));
    assert_eq!(scripted.seen().count("AUTH"), 0);
}
