//! All settings in one file: nothing secret in it, read whole or not at all.

use crate::program::run;
use crate::support::place::Place;
use crate::support::scripted::{Act, Script, Scripted};

#[test]
fn a_file_makes_another_till_the_same_but_for_its_secrets() {
    let place = Place::new(465);
    place.password("right-horse");
    place.run(&["settings", "set", "undo_seconds", "7"], "").ok();
    place.run(&["shop", "set", "--name", "Riverside"], "").ok();
    place.run(&["account", "set", "--per-minute", "20"], "").ok();
    let sender = ["account", "sender", "set"];
    place.run(&[&sender[..], &["Ben <ben@till.example>", "--signature", "Ben"]].concat(), "").ok();
    place.run(&[&sender[..], &["anna@till.example"]].concat(), "").ok();
    place.run(&["account", "carry", "--kinds", "invoice", "--default"], "").ok();
    let file = place.folder.path().join("settings.json");
    place.run(&["settings", "export", file.to_str().unwrap()], "").ok();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("horse") && !text.contains("\"password\":"), "{text}");
    let other = Place::new(465);
    let args = ["settings", "import", file.to_str().unwrap(), "--json"];
    let dry = other.run(&[&args[..], &["--dry-run"]].concat(), "").ok().json();
    assert_eq!(dry["done"], false);
    assert_eq!(other.run(&["settings", "get", "undo_seconds"], "").out.trim(), "10");
    let done = other.run(&args, "").ok().json();
    assert_eq!(done["changes"], dry["changes"]);
    assert_eq!(done["need_secrets"], serde_json::json!(["default"]));
    assert_eq!(other.run(&["settings", "export"], "").out, text);
    let senders = other.run(&["account", "sender", "list", "--json"], "").json();
    let ben = serde_json::json!({ "from": "Ben <ben@till.example>", "signature": "Ben", "reply_to": [] });
    assert_eq!(senders[0], ben);
    // Read again it changes nothing, and the password is missing still.
    let again = other.run(&args, "").ok().json();
    assert_eq!(again["changes"], serde_json::json!([]));
    assert_eq!(again["need_secrets"], serde_json::json!(["default"]));
    // Who is not in the file may send no longer; without a list all stay.
    let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (list, left) in [(None, 2), (Some(serde_json::json!([{ "from": "anna@till.example" }])), 1)] {
        let account = file["accounts"][0].as_object_mut().unwrap();
        match list {
            Some(list) => account.insert("senders".into(), list),
            None => account.remove("senders"),
        };
        let path = other.folder.path().join("changed.json");
        std::fs::write(&path, file.to_string()).unwrap();
        other.run(&["settings", "import", path.to_str().unwrap()], "").ok();
        let senders = other.run(&["account", "sender", "list", "--json"], "").json();
        assert_eq!(senders.as_array().unwrap().len(), left, "{senders}");
    }
}

#[test]
fn a_file_with_one_wrong_place_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let account = serde_json::json!({ "host": "mail.example", "port": 465, "encryption": "tls", "auth": "none",
                                      "from": "shop@till.example" });
    let named = |name: &str, kinds: &[&str]| serde_json::json!({ "name": name, "account": account, "carries": { "kinds": kinds } });
    let mut secret = named("a", &[]);
    secret["account"]["password"] = "hunter2".into();
    let mut clear = named("a", &[]);
    clear["account"]["encryption"] = "none".into();
    let mut twice = named("a", &[]);
    twice["senders"] = serde_json::json!([{ "from": "b@c.example" }, { "from": "B <b@C.example>" }]);
    let mut nobody = named("a", &[]);
    nobody["senders"] = serde_json::json!([{ "from": "nobody" }]);
    let file = |accounts: serde_json::Value, undo: &str| {
        serde_json::json!({ "tillpost_settings": 1, "settings": { "auto_bcc": "a@b.example", "undo_seconds": undo },
                            "accounts": accounts })
    };
    for (file, place) in [
        (file(serde_json::json!([named("a", &[])]), "never"), "settings.undo_seconds"),
        (
            file(serde_json::json!([named("a", &["invoice"]), named("b", &["invoice"])]), "5"),
            "accounts[1].carries",
        ),
        (file(serde_json::json!([named("a", &[]), named("a", &[])]), "5"), "accounts[1].name"),
        (file(serde_json::json!([secret]), "5"), "accounts[0].account.password"),
        (file(serde_json::json!([twice]), "5"), "accounts[0].senders[1].from"),
        (file(serde_json::json!([nobody]), "5"), "accounts[0].senders[0].from"),
        (file(serde_json::json!([clear]), "5"), "accounts[0].account.encryption"),
        (serde_json::json!({ "tillpost_settings": 2 }), "tillpost_settings"),
    ] {
        let path = folder.path().join("f.json");
        std::fs::write(&path, file.to_string()).unwrap();
        let told = run(&data, &["settings", "import", path.to_str().unwrap()]);
        assert_eq!(told.code, 2, "{told:?}");
        assert!(told.err.contains(place) && !told.err.contains("hunter2"), "{place}: {told:?}");
        assert_eq!(run(&data, &["settings", "get", "auto_bcc"]).out.trim(), "");
        assert_eq!(run(&data, &["account", "list", "--json"]).out.trim(), "[]");
    }
}

/// A password is the account's at one server: neither a file nor a change by hand shows it to another.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_never_shown_to_another_server() {
    let own = Scripted::start(Script::new(|_| Act::Usual)).await;
    let other = Scripted::start(Script::new(|_| Act::Usual)).await;
    let place = Place::new(own.address.port());
    place.password("right-horse");
    place.run(&["settings", "set", "undo_seconds", "0"], "").ok();
    let there = other.address.port().to_string();
    let refused = place.run(&["account", "set", "--port", &there], "");
    assert!(refused.code == 2 && refused.err.contains("given for another server"), "{refused:?}");
    let tried = place.run(&["account", "test", "--port", &there], "");
    assert!(tried.code == 5 && !tried.out.contains("horse"), "{tried:?}");
    let file = place.folder.path().join("settings.json");
    place.run(&["settings", "export", file.to_str().unwrap()], "").ok();
    let exported: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let import = ["settings", "import", file.to_str().unwrap(), "--json"];
    let read = |field: &str, value: serde_json::Value, dry: bool| {
        let mut changed = exported.clone();
        changed["accounts"][0]["account"][field] = value;
        std::fs::write(&file, changed.to_string()).unwrap();
        let more: &[&str] = if dry { &["--dry-run"] } else { &[] };
        place.run(&[&import[..], more].concat(), "").ok().json()["need_secrets"].clone()
    };
    let send = |expected: i32| {
        place.run(&["send", "--to", "a@example.com", "--subject", "s", "--text", "t"], "").ok();
        let flush = place.run(&["flush"], "");
        assert_eq!(flush.code, expected, "{flush:?}");
    };
    // What is changed beside, and what would be, costs nobody the password.
    assert_eq!(read("from", "Shop <till@till.example>".into(), false), serde_json::json!([]));
    let port = serde_json::json!(other.address.port());
    for (field, value) in [("port", port.clone()), ("user", "somebody".into()), ("host", "localhost".into())]
    {
        assert_eq!(read(field, value, true), serde_json::json!(["default"]), "{field}");
    }
    send(0);
    assert_eq!(read("port", port, false), serde_json::json!(["default"]));
    send(5);
    assert_eq!((own.seen().mails.len(), other.seen().count("AUTH")), (1, 0));
    // Back where it was given, it is forgotten all the same.
    assert_eq!(read("from", "Shop <shop@till.example>".into(), false), serde_json::json!(["default"]));
    send(5);
    place.password("right-horse");
    assert_eq!(place.run(&["flush"], "").code, 0);
    assert_eq!(own.seen().mails.len(), 3);
}
