//! Putting a copy back: with its WAL, beside what another file left, and so that nothing is sent again.

use std::path::{Path, PathBuf};

use serde_json::json;
use tillpost::app::App;

use crate::program::{ACCOUNT, Run, finished, invoice, program, run};
use crate::support::scripted::{Script, Scripted};
use crate::till::Till;

/// Copies a data file as it is while a program has it open, its WAL too: what a killed one leaves.
fn as_killed(data: &Path, to: &Path, name: &str) -> PathBuf {
    std::fs::create_dir_all(to).unwrap();
    for end in ["", "-wal"] {
        std::fs::copy(data.join(format!("tillpost.db{end}")), to.join(format!("{name}{end}"))).unwrap();
    }
    assert!(std::fs::metadata(to.join(format!("{name}-wal"))).unwrap().len() > 0);
    to.join(name)
}

fn restore(data: &Path, copy: &Path, more: &[&str]) -> Run {
    let mut args = vec!["restore", copy.to_str().unwrap()];
    args.extend(more);
    run(data, &args)
}

fn mails(data: &Path) -> Vec<serde_json::Value> {
    run(data, &["queue", "list", "--all", "--json"]).ok().json().as_array().unwrap().clone()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries.map(|e| e.file_name().into_string().unwrap()).collect()
}

#[test]
fn what_stands_in_the_wal_of_a_copy_is_put_back_too() {
    let till = Till::at(9);
    till.numbered(5);
    let killed = as_killed(till.app.data(), &till.folder.path().join("killed"), "tillpost.db");
    let before = std::fs::read(&killed).unwrap();
    let data = till.folder.path().join("fresh");
    let done = restore(&data, &killed, &["--json"]).ok().json();
    assert_eq!((&done["mails"], &done["held"]), (&json!(5), &json!(5)), "{done}");
    assert_eq!(mails(&data).len(), 5);
    assert_eq!(std::fs::read(&killed).unwrap(), before, "the copy changed");
    assert!(!files(&data).iter().any(|name| name == "restoring"), "{:?}", files(&data));
}

#[test]
fn what_another_file_left_beside_is_not_taken_for_what_is_put_back() {
    let till = Till::at(9);
    till.numbered(3);
    let copy = till.folder.path().join("copy.db");
    till.app.backup(&copy).unwrap();
    till.numbered(4);
    for salvage in [&[][..], &["--salvage"]] {
        let data = till.folder.path().join(format!("data-{}", salvage.len()));
        let killed = as_killed(till.app.data(), &data, "tillpost.db");
        // What the sentence about a damaged file asks for.
        std::fs::rename(&killed, data.join("damaged.db")).unwrap();
        restore(&data, &copy, salvage).ok();
        assert_eq!(mails(&data).len(), 3);
        run(&data, &["check"]).ok();
        let kept = |name: &String| name.starts_with("tillpost-before-restore") && name.ends_with(".db-wal");
        assert!(files(&data).iter().any(kept), "{:?}", files(&data));
    }
}

#[test]
fn a_restore_that_is_killed_leaves_the_data_file_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy.db"));
    let file = folder.path().join("document.json");
    std::fs::write(&file, invoice().to_string()).unwrap();
    let issue = || run(&data, &["issue", file.to_str().unwrap(), "--json"]).ok().json()["number"].clone();
    assert_eq!(issue(), "INV-2026-0001");
    run(&data, &["backup", copy.to_str().unwrap()]).ok();
    assert_eq!(issue(), "INV-2026-0002");
    let args = ["restore", copy.to_str().unwrap(), "--replace"];
    let killed = finished(program(&data, &args).env("TILLPOST_FAULT_POINT", "old_file_kept"));
    assert_eq!(killed.code, -1, "{killed:?}");
    assert_eq!(issue(), "INV-2026-0003", "the data file began anew");
    restore(&data, &copy, &["--replace"]).ok();
    // Numbers that were given since the copy was made are not given again.
    assert_eq!(issue(), "INV-2026-0004");
    assert!(!files(&data).iter().any(|name| name == "restoring"), "{:?}", files(&data));
}

/// A till at that server which has queued three mails and made a copy; the second is held by a person.
fn copied(folder: &Path, port: u16) -> (PathBuf, PathBuf) {
    let (data, copy) = (folder.join("data"), folder.join("copy.db"));
    run(&data, &[ACCOUNT, &[&port.to_string()]].concat()).ok();
    run(&data, &["settings", "set", "undo_seconds", "0"]).ok();
    for to in ["a@example.com", "b@example.com", "c@example.com"] {
        run(&data, &["send", "--to", to, "--subject", "s", "--text", "t"]).ok();
    }
    run(&data, &["queue", "hold", "2"]).ok();
    run(&data, &["backup", copy.to_str().unwrap()]).ok();
    (data, copy)
}

fn accepted(data: &Path) -> i64 {
    run(data, &["flush", "--json"]).ok().json()["accepted"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_left_since_the_copy_is_not_sent_again_by_itself() {
    let server = Scripted::start(Script::default()).await;
    let port = server.address.port();
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = copied(folder.path(), port);
    assert_eq!(accepted(&data), 2);
    // Where the file that was there knows it.
    let done = restore(&data, &copy, &["--replace"]).ok();
    assert!(done.out.contains("as the file that was there knew: 2"), "{done:?}");
    assert!(done.out.contains("may have left since: 1;"), "{done:?}");
    let states = |data: &Path| -> Vec<(String, String)> {
        let word = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
        mails(data).iter().rev().map(|m| (word(&m["state"]), word(&m["reason"]))).collect()
    };
    let pair = |state: &str, reason: &str| (state.to_owned(), reason.to_owned());
    assert_eq!(states(&data), [pair("sent", ""), pair("held", "restored"), pair("sent", "")]);
    assert_eq!(accepted(&data), 0);
    // Where nobody knows it.
    let fresh = folder.path().join("fresh");
    restore(&fresh, &copy, &[]).ok();
    assert_eq!(
        states(&fresh),
        [pair("held", "restored"), pair("held", "restored"), pair("held", "restored")]
    );
    assert_eq!(accepted(&fresh), 0);
    assert_eq!(server.arrived(), ["a@example.com", "c@example.com"]);
    // What a person held before is not let go with the others.
    let released = run(&fresh, &["queue", "release", "--restored", "--json"]).ok().json();
    assert_eq!(released, json!({ "released": 2 }));
    assert_eq!(accepted(&fresh), 2);
    run(&fresh, &["queue", "release", "2"]).ok();
    assert_eq!(accepted(&fresh), 1);
    assert_eq!(mails(&fresh)[1]["reason"], json!(null));
}

#[test]
fn who_is_disabled_since_the_copy_was_made_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = copied(folder.path(), 9);
    run(&data, &["contacts", "disable", "@gone.example", "--reason", "closed down"]).ok();
    restore(&data, &copy, &["--replace"]).ok();
    let refused = run(&data, &["send", "--to", "a@gone.example", "--subject", "s", "--text", "t"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("closed down"), "{refused:?}");
    let entry = run(&data, &["contacts", "disabled", "--json"]).ok().json()[0].clone();
    assert_eq!((&entry["pattern"], &entry["by"]), (&json!("@gone.example"), &json!("command_line")));
}

#[test]
fn a_file_that_is_no_copy_is_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("inv.json"));
    std::fs::write(&file, invoice().to_string()).unwrap();
    for more in [&[][..], &["--salvage"]] {
        let refused = restore(&data, &file, more);
        assert_eq!(refused.code, 6, "{refused:?}");
        assert!(refused.err.contains("copy of the data file cannot be used"), "{refused:?}");
        assert!(refused.err.contains("inv.json") && !refused.err.contains("restore` with"), "{refused:?}");
        assert!(!data.join("tillpost.db").exists());
    }
}

#[test]
fn a_backup_touches_no_file_but_its_own_and_leaves_no_part() {
    let till = Till::at(9);
    till.send(&["a@example.com"]);
    let folder = till.folder.path().join("copies");
    std::fs::create_dir(&folder).unwrap();
    for name in ["u.part", "u.db.1.part"] {
        std::fs::write(folder.join(name), "mine").unwrap();
    }
    till.app.backup(&folder.join("u.db")).unwrap();
    for name in ["u.part", "u.db.1.part"] {
        assert_eq!(std::fs::read_to_string(folder.join(name)).unwrap(), "mine");
    }
    let nowhere = folder.join("nowhere/x.db");
    let refused = till.app.backup(&nowhere).unwrap_err().to_string();
    assert!(
        refused.starts_with("The copy cannot be written: ") && refused.contains("nowhere/x.db:"),
        "{refused}"
    );
    // A data file that cannot be read to its end gives no copy, and no half of one either.
    let damaged = till.folder.path().join("damaged");
    let mut bytes = std::fs::read(folder.join("u.db")).unwrap();
    let app = {
        std::fs::create_dir(&damaged).unwrap();
        std::fs::write(damaged.join("tillpost.db"), &bytes).unwrap();
        App::open(&damaged).unwrap()
    };
    let half = bytes.len() / 2;
    bytes[half..].fill(0xff);
    std::fs::write(damaged.join("tillpost.db"), &bytes).unwrap();
    app.backup(&folder.join("v.db")).unwrap_err();
    let mut left = files(&folder);
    left.sort();
    assert_eq!(left, ["u.db", "u.db.1.part", "u.part"]);
}

/// The program is killed when the server has the mail and nobody has noted it: put back from a copy in which it
/// waits, the mail is one that may have gone.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_the_wire_when_the_program_was_killed_is_in_doubt_after_a_restore() {
    let server = Scripted::start(Script::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = copied(folder.path(), server.address.port());
    for mail in ["2", "3"] {
        run(&data, &["queue", "cancel", mail]).ok();
    }
    let killed = finished(program(&data, &["flush"]).env("TILLPOST_FAULT_POINT", "answered"));
    assert_eq!((killed.code, server.seen().mails.len()), (-1, 1), "{killed:?}");
    restore(&data, &copy, &["--replace"]).ok();
    let mail = run(&data, &["queue", "show", "1", "--json"]).ok().json();
    assert_eq!(mail["mail"]["recipients"][0]["state"], "uncertain", "{mail}");
    run(&data, &["queue", "release", "1"]);
    run(&data, &["flush"]);
    assert_eq!(server.seen().mails.len(), 1, "it was sent twice");
}
