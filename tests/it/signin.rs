//! A password the server does not take: the account is held, the mails wait, and nothing of it shows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::place::{Place, holding};
use crate::support::scripted::{Act, At, Script, Scripted, say};

/// `NUL till NUL right-horse` in base64, as AUTH PLAIN has it.
const RIGHT: &str = "AHRpbGwAcmlnaHQtaG9yc2U=";

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_password_is_tried_once_and_a_new_one_lets_the_mails_go() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Auth if !moment.line.ends_with(RIGHT) => say("535 5.7.8 bad name or password"),
        _ => Act::Usual,
    }))
    .await;
    let place = Place::new(server.address.port());
    place.password("wrong-horse");
    assert_eq!(place.run(&["settings", "set", "undo_seconds", "0"], "").code, 0);
    for to in ["a@example.com", "b@example.com"] {
        let run = place.run(&["send", "--to", to, "--subject", "s", "--text", "t"], "");
        assert_eq!(run.code, 0, "{run:?}");
    }
    for _ in 0..3 {
        let run = place.run(&["flush"], "");
        assert_eq!(run.code, 5, "{run:?}");
        assert!(run.out.contains("535 5.7.8 bad name or password"), "{run:?}");
    }
    assert_eq!(server.seen().count("AUTH"), 1, "{:?}", server.seen().commands);
    assert_eq!(place.standing(), "held_sign_in");
    let mails = place.run(&["queue", "list", "--json"], "").json();
    for mail in mails.as_array().unwrap() {
        assert_eq!((&mail["state"], &mail["reason"]), (&"waiting".into(), &"account_held".into()));
        assert_eq!(mail["recipients"][0]["tries"], 0);
    }
    place.password("right-horse");
    assert_eq!(place.standing(), "ready");
    let run = place.run(&["flush"], "");
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(server.seen().mails.len(), 2);
    let shown = place.run(&["queue", "show", "1"], "");
    assert!(!shown.out.contains("horse") && !shown.out.contains(RIGHT), "{shown:?}");
    for secret in ["wrong-horse", "right-horse", RIGHT] {
        assert_eq!(
            holding(place.folder.path(), secret.as_bytes()),
            [] as [std::path::PathBuf; 0],
            "{secret}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_the_account_that_works_releases_it() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Auth if moment.connection == 0 => say("535 5.7.8 not yet"),
        _ => Act::Usual,
    }))
    .await;
    let place = Place::new(server.address.port());
    place.password("right-horse");
    place.run(&["send", "--to", "a@example.com", "--subject", "s", "--text", "t"], "");
    assert_eq!(place.run(&["flush"], "").code, 5);
    let test = place.run(&["account", "test", "--json"], "");
    assert_eq!((test.code, test.json()["works"].as_bool()), (0, Some(true)), "{test:?}");
    assert_eq!(place.standing(), "ready");
    assert_eq!(place.run(&["flush"], "").code, 0);
    assert_eq!(server.seen().mails.len(), 1);
}

/// However the provider's page or another program calls the encryption, it is understood, and said back by what
/// it does.
#[test]
fn encryption_is_understood_as_the_vendors_name_it() {
    for (word, port, meant, told) in [
        ("SSL", None, "tls", 465),
        ("SSL/TLS", None, "tls", 465),
        ("TLS", None, "tls", 465),
        ("TLS", Some("587"), "starttls", 587),
        ("ssl", Some("587"), "starttls", 587),
        ("STARTTLS", None, "starttls", 587),
        ("TLS/STARTTLS", None, "starttls", 587),
        ("Start TLS", None, "starttls", 587),
    ] {
        let place = Place::new(1);
        let mut set =
            vec!["account", "set", "--host", "mail.example", "--auth", "none", "--from", "shop@till.example"];
        set.extend(["--json", "--encryption", word]);
        set.extend(port.iter().flat_map(|port| ["--port", port]));
        let shown = place.run(&set, "").ok();
        let shown: serde_json::Value =
            serde_json::from_str(&shown.out[shown.out.find('{').unwrap()..]).unwrap();
        assert_eq!((&shown["encryption"], &shown["port"]), (&meant.into(), &told.into()), "{word} {port:?}");
        let request = serde_json::json!({ "host": "mail.example", "port": told, "encryption": word, "auth": "none",
                                          "from": "shop@till.example" });
        let request = serde_json::from_value(request).unwrap();
        let input = tillpost::app::AccountInput::of("default", request, None).unwrap();
        assert_eq!(input.account.encryption.word(), meant, "{word}");
    }
    let place = Place::new(1);
    let set = ["account", "set", "--host", "mail.example", "--from", "shop@till.example", "--encryption"];
    let refused = place.run(&[&set[..], &["maybe"]].concat(), "");
    assert!(refused.code == 2 && refused.err.contains("use tls, starttls or none"), "{refused:?}");
    // None is never a way out by itself: only for a server on this machine.
    assert_eq!(place.run(&[&set[..], &["NONE", "--auth", "none"]].concat(), "").code, 2);
    let wrong = serde_json::json!({ "host": "m", "port": 1, "encryption": "perhaps", "from": "a@b.example" });
    assert!(serde_json::from_value::<tillpost::wire::AccountRequest>(wrong).is_err());
}

/// What most likely will not work is said when it is set, before a mail waits for it.
#[test]
fn a_server_for_reading_mail_is_told_from_one_for_sending() {
    let place = Place::new(1);
    let set = ["account", "set", "--auth", "none", "--from", "shop@gmail.com", "--host"];
    let told = place.run(&[&set[..], &["imap.gmail.com", "--port", "993"]].concat(), "").ok().out;
    assert!(told.contains("imap.gmail.com is a server for reading mail"), "{told}");
    assert!(
        told.contains("most likely smtp.gmail.com") && told.contains("Port 993 is for reading mail"),
        "{told}"
    );
    let fine = place.run(&[&set[..], &["smtp.gmail.com", "--port", "465"]].concat(), "").ok().out;
    assert!(!fine.contains("note "), "{fine}");
}

/// The data file does not take the change: nothing of it stays, neither the server nor its password.
#[test]
fn a_change_that_is_not_stored_leaves_no_password() {
    let place = Place::new(9);
    place.password("old-horse");
    let data = rusqlite::Connection::open(place.data().join("tillpost.db")).unwrap();
    let trouble =
        "CREATE TRIGGER trouble BEFORE UPDATE OF port ON account BEGIN SELECT RAISE(ABORT, 'trouble'); END";
    data.execute_batch(trouble).unwrap();
    let secrets = || std::fs::read_to_string(place.data().join("secrets.json")).unwrap();
    let before = secrets();
    let refused = place.run(&["account", "set", "--port", "10", "--password-stdin"], "new-horse\n");
    assert_ne!(refused.code, 0, "{refused:?}");
    assert_eq!(secrets(), before);
}

/// Where the mails go and with which password is one change, also where the program is killed in its middle:
/// each server sees the password that was given for it, and no other is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_server_never_meets_the_old_password_nor_the_old_one_the_new() {
    let (old, new) = (Scripted::start(Script::default()).await, Scripted::start(Script::default()).await);
    let said = |password: &str| STANDARD.encode(format!("\0till\0{password}"));
    let met = |server: &Scripted, password: &str| {
        server.seen().commands.iter().filter(|line| line.ends_with(&said(password))).count()
    };
    for n in 1.. {
        old.clear();
        new.clear();
        let mut place = Place::new(old.address.port());
        place.password("old-horse");
        place.run(&["settings", "set", "undo_seconds", "0"], "").ok();
        let port = new.address.port().to_string();
        let killed = place.killed_at(
            &format!("before_commit:{n}"),
            &["account", "set", "--port", &port, "--password-stdin"],
            "new-horse\n",
        );
        place.run(&["send", "--to", "a@example.com", "--subject", "s", "--text", "t"], "").ok();
        place.run(&["flush"], "").ok();
        let (at_old, at_new) = (met(&old, "old-horse"), met(&new, "new-horse"));
        assert_eq!(old.seen().mails.len() + new.seen().mails.len(), 1, "{n}");
        assert_eq!((at_old + at_new, met(&old, "new-horse") + met(&new, "old-horse")), (1, 0), "{n}");
        if !killed {
            assert_eq!(at_new, 1);
            let secrets = std::fs::read_to_string(place.data().join("secrets.json")).unwrap();
            assert_eq!(secrets.matches("/default").count(), 1, "the old one is kept: {secrets}");
            place.port = port;
            place.password("newer-horse");
            let again = std::fs::read_to_string(place.data().join("secrets.json")).unwrap();
            assert_eq!(again.matches("/default").count(), 1, "{again}");
            place.run(&["account", "set", "--auth", "none"], "").ok();
            let none = std::fs::read_to_string(place.data().join("secrets.json")).unwrap();
            assert_eq!(none.matches("/default").count(), 0, "{none}");
            return;
        }
        assert_eq!(at_old, 1, "{n}");
    }
}
