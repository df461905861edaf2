//! All settings in one file: nothing secret in it, read whole or not at all.

use crate::program::run;
use crate::support::place::Place;

#[test]
fn a_file_makes_another_till_the_same_but_for_its_secrets() {
    let place = Place::new(465);
    place.password("right-horse");
    place.run(&["settings", "set", "undo_seconds", "7"], "").ok();
    place.run(&["shop", "set", "--name", "Riverside"], "").ok();
    place.run(&["account", "set", "--per-minute", "20"], "").ok();
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
    assert_eq!(other.run(&args, "").ok().json()["changes"], serde_json::json!([]));
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
