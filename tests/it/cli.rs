//! The real program: exit codes, sentences, and that bad input leaves nothing behind.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{ACCOUNT, Run, finished, invoice, program, run};

fn place() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn issue(data: &Path, document: &Value) -> Run {
    let file = data.join("document.json");
    std::fs::write(&file, document.to_string()).unwrap();
    run(data, &["issue", file.to_str().unwrap(), "--json"])
}

#[test]
fn bad_documents_are_refused_by_the_place_of_the_fault_and_leave_no_gap() {
    let folder = place();
    let cases: Vec<(&str, Value, &str)> = vec![
        ("/colour", json!("red"), "colour: unknown field"),
        ("/lines/0/tax/x", json!(1), "lines[0].tax.x: unknown field"),
        ("/lines/0/quantity", json!(2), "lines[0].quantity: invalid type"),
        ("/lines/0/quantity", json!("2,5"), "lines[0].quantity: \"2,5\" is not a decimal"),
        ("/lines/0/unit_price", json!("-1"), "lines[0].unit_price: -1 is negative"),
        ("/lines/0/tax/rate", json!("0"), "lines[0].tax.rate: category S"),
        ("/lines/0/tax/category", json!("Q"), "lines[0].tax.category: \"Q\" is not one of"),
        ("/lines/0/description", json!(" "), "lines[0].description: the line has no description"),
        ("/lines/0/description", json!("a 漢"), "U+6F22"),
        ("/issue_date", json!("2026-02-30"), "issue_date: \"2026-02-30\" is not a date"),
        ("/due_date", json!("2026-11-20"), "due_date: 2026-11-20 is before"),
        ("/currency", json!("XBT"), "currency: \"XBT\" is not a currency"),
        ("/kind", json!("bill"), "kind: \"bill\" is not one of"),
        ("/language", json!("xx"), "language \"xx\""),
        ("/buyer", Value::Null, "buyer: a document of kind invoice needs a buyer"),
        ("/buyer/name", json!("A\nBcc: x@y.zz"), "buyer.name: has the control character"),
        ("/seller/iban", json!("GB00 1234"), "seller.iban"),
        (
            "/totals",
            json!({ "payable": "14.41" }),
            "totals.payable: the file says 14.41, but its lines add up to 14.40",
        ),
        ("/mail", json!({ "to": ["no address"] }), "mail.to[0]"),
        ("/mail", json!({ "to": ["a@example.com"] }), "mail.account: there is no mail account"),
        ("/paid", json!("1.234"), "paid: 1.234 has more than the 2 decimal places"),
    ];
    let missing = [
        ("/currency", "currency: this field is missing"),
        ("/lines/0/unit_price", "lines[0].unit_price: this field is missing"),
        ("/buyer/name", "buyer.name: this field is missing"),
    ];
    let missing = missing.map(|(pointer, wanted)| (pointer, None, wanted));
    let cases =
        cases.into_iter().map(|(pointer, value, wanted)| (pointer, Some(value), wanted)).chain(missing);
    for (pointer, value, wanted) in cases {
        let mut document = invoice();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = document.pointer_mut(parent).unwrap();
        match value {
            Some(value) => parent[key] = value,
            None => drop(parent.as_object_mut().unwrap().remove(key).unwrap()),
        }
        let run = issue(folder.path(), &document);
        assert_eq!(run.code, 2, "{pointer}: {}", run.err);
        let problem: Value = serde_json::from_str(&run.err).unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(wanted), "{pointer}: {}", run.err);
    }
    let issued: Value = serde_json::from_str(&issue(folder.path(), &invoice()).out).unwrap();
    assert_eq!(
        (issued["number"].as_str(), issued["payable"].as_str()),
        (Some("INV-2026-0001"), Some("14.40"))
    );
}

#[test]
fn the_same_reference_gives_the_same_document_and_another_content_is_a_conflict() {
    let folder = place();
    let mut document = invoice();
    document["client_ref"] = json!("sale-1");
    assert_eq!(issue(folder.path(), &document).code, 0);
    let again: Value = serde_json::from_str(&issue(folder.path(), &document).out).unwrap();
    assert_eq!((again["number"].as_str(), again["repeated"].as_bool()), (Some("INV-2026-0001"), Some(true)));
    document["lines"][0]["quantity"] = json!("3");
    assert_eq!(issue(folder.path(), &document).code, 3);
    document["client_ref"] = json!("sale-2");
    document["number"] = json!("INV-2026-0001");
    assert_eq!(issue(folder.path(), &document).code, 3);
    document.as_object_mut().unwrap().remove("number");
    let next: Value = serde_json::from_str(&issue(folder.path(), &document).out).unwrap();
    assert_eq!(next["number"], "INV-2026-0002");
}

#[test]
fn all_ten_kinds_are_issued() {
    let folder = place();
    for kind in tillpost::domain::document::Kind::ALL {
        let mut document = invoice();
        document["kind"] = json!(kind.word());
        if kind.word() == "credit_note" {
            document["original"] = json!({ "number": "INV-2026-0001", "issue_date": "2026-11-01" });
        }
        let run = issue(folder.path(), &document);
        assert_eq!(run.code, 0, "{}: {}", kind.word(), run.err);
    }
}

#[test]
fn a_data_file_that_cannot_be_used_is_left_as_it_is() {
    let folder = place();
    assert_eq!(issue(folder.path(), &invoice()).code, 0);
    let file = folder.path().join("tillpost.db");
    let whole = std::fs::read(&file).unwrap();
    let newer = {
        let sql = rusqlite::Connection::open(&file).unwrap();
        sql.pragma_update(None, "user_version", 99).unwrap();
        drop(sql);
        std::fs::read(&file).unwrap()
    };
    let foreign = {
        let other = folder.path().join("other.db");
        rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        std::fs::read(&other).unwrap()
    };
    let garbage = b"this is not a database, but it is long enough to be looked at".repeat(100);
    for (bytes, sentence) in [(newer, "version 99"), (foreign, "another program"), (garbage, "damaged")] {
        std::fs::write(&file, &bytes).unwrap();
        for beside in ["tillpost.db-wal", "tillpost.db-shm"] {
            let _ = std::fs::remove_file(folder.path().join(beside));
        }
        let run = run(folder.path(), &["queue", "list"]);
        assert_eq!(run.code, 6, "{}", run.err);
        assert!(run.err.to_lowercase().contains(sentence), "{}", run.err);
        assert!(std::fs::read(&file).unwrap() == bytes, "{sentence}: the file was changed");
    }
    assert!(!whole.is_empty());
}

#[test]
fn a_changed_byte_is_found_and_a_copy_can_be_put_back() {
    let folder = place();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    assert_eq!(issue(&data, &invoice()).code, 0);
    let copy = folder.path().join("copy.db");
    assert_eq!(run(&data, &["backup", copy.to_str().unwrap()]).code, 0);
    assert_eq!(run(&data, &["backup", copy.to_str().unwrap()]).code, 3, "a copy was overwritten");
    let sql = rusqlite::Connection::open(data.join("tillpost.db")).unwrap();
    sql.execute("UPDATE document_pdf SET bytes = zeroblob(length(bytes))", []).unwrap();
    drop(sql);
    let check = run(&data, &["check"]);
    assert_eq!(check.code, 6, "{}", check.out);
    assert!(check.out.contains("the PDF of invoice INV-2026-0001 has changed"), "{}", check.out);
    assert_eq!(run(&data, &["restore", copy.to_str().unwrap()]).code, 3, "it was overwritten unasked");
    assert_eq!(run(&data, &["restore", copy.to_str().unwrap(), "--replace"]).code, 0);
    assert_eq!(run(&data, &["check"]).code, 0);
    let names = std::fs::read_dir(&data).unwrap().flatten().map(|e| e.file_name().into_string().unwrap());
    let kept = names.filter(|n| n.starts_with("tillpost-before-restore") && n.ends_with(".db")).count();
    assert_eq!(kept, 1, "the damaged file was not kept");
}

#[test]
fn the_demo_shows_the_whole_job() {
    let folder = place();
    let demo = finished(program(folder.path(), &["demo", "--json"]).env("TMPDIR", folder.path()));
    assert_eq!(demo.code, 0, "{}", demo.err);
    let shown = demo.json();
    assert_eq!(
        (shown["pdfs"].as_array().unwrap().len(), shown["received"].as_array().unwrap().len()),
        (3, 3)
    );
}

#[test]
fn every_command_has_help() {
    let folder = place();
    let help = |args: &[&str]| {
        let run = run(folder.path(), &[args, &["--help"]].concat());
        assert_eq!(run.code, 0, "{args:?}: {}", run.err);
        let listed = run.out.split("Commands:\n").nth(1).unwrap_or_default().to_owned();
        let lines = listed.lines().take_while(|l| !l.is_empty());
        lines
            .filter_map(|l| l.split_whitespace().next().map(str::to_owned))
            .filter(|w| w != "help")
            .collect::<Vec<_>>()
    };
    let commands = help(&[]);
    assert!(commands.len() >= 15, "{commands:?}");
    for command in &commands {
        for sub in help(&[command]) {
            help(&[command, &sub]);
        }
    }
}

/// Whoever writes to nobody in the open still writes to somebody.
#[test]
fn a_mail_may_have_blind_copies_alone() {
    let folder = place();
    let data = folder.path();
    run(data, &[ACCOUNT, &["9"]].concat()).ok();
    let sent = run(data, &["send", "--bcc", "anna@example.com", "--text", "hello", "--json"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    let nobody = run(data, &["send", "--text", "hello"]);
    assert_eq!(nobody.code, 2);
    assert!(nobody.err.contains("--to"), "{nobody:?}");
}
