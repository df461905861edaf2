//! What commands find, keep, list and tell.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use serde_json::{Value, json};
use tillpost::app::{MailQuery, Serving, serving_at};

use crate::program::{finished, invoice, program, run};
use crate::support::place::Place;
use crate::till::Till;

#[test]
fn names_are_found_in_any_letters_with_their_accents_or_without() {
    let till = Till::at(9);
    let mut document = invoice();
    document["buyer"]["name"] = json!("Łukasz Özil");
    document["mail"] = json!({ "to": ["Ζωή <zoe@example.com>"], "subject": "RECHNUNG FÜR ÄRZTE" });
    till.issue(&document).unwrap();
    till.issue(&invoice()).unwrap();
    let data = till.app.data().to_owned();
    for text in ["Łukasz", "łukasz", "LUKASZ", "Özil", "ÖZIL", "ozil", "kasz Ö", "inv-2026-0001"] {
        let found = run(&data, &["documents", "list", text, "--json"]).ok().json();
        assert_eq!(found.as_array().unwrap().len(), 1, "{text}: {found}");
        assert_eq!(found[0]["number"], "INV-2026-0001", "{text}");
    }
    for text in ["für ärzte", "FUR", "ζωή", "ΖΩΗ", "Zoe@Example", "0001"] {
        let query = MailQuery { text: Some(text.to_owned()), most: 9, ..MailQuery::default() };
        assert_eq!(till.app.mail_page(query, None, None).unwrap().items.len(), 1, "{text}");
    }
    let none = run(&data, &["documents", "list", "Łukaszö", "--json"]).ok().json();
    assert_eq!(none, json!([]));
}

#[test]
fn what_is_not_given_stays() {
    let place = Place::new(465);
    place.password("right-horse");
    let account = |more: &[&str]| {
        place.run(&[&["account", "set"], more].concat(), "").ok();
        let shown = place.run(&["account", "show", "--json"], "").ok().json();
        (shown["pace"]["per_day"].clone(), shown["pace"]["per_hour"].clone(), shown["reply_to"].clone())
    };
    account(&["--per-day", "100"]);
    let (day, hour, reply_to) = account(&["--reply-to", "anna@till.example"]);
    assert_eq!((day, &hour, &reply_to), (json!(100), &json!(null), &json!(["anna@till.example"])));
    assert_eq!(account(&["--per-hour", "7"]), (json!(100), json!(7), reply_to.clone()));
    assert_eq!(account(&["--per-day", "default"]), (json!(null), json!(7), reply_to));

    let sender = |more: &[&str]| {
        place.run(&[&["account", "sender", "set"], more].concat(), "").ok();
        place.run(&["account", "sender", "list", "--json"], "").ok().json()[0].clone()
    };
    let whole =
        json!({ "from": "Ben <ben@till.example>", "signature": "Ben\nShop", "reply_to": ["a@till.example"] });
    sender(&["Ben <ben@till.example>", "--signature", "Ben\nShop"]);
    assert_eq!(sender(&["ben@till.example", "--reply-to", "a@till.example"]), whole);
    assert_eq!(sender(&["ben@till.example"]), whole);
    let bare = json!({ "from": "Ben <ben@till.example>", "signature": "", "reply_to": [] });
    assert_eq!(sender(&["ben@till.example", "--signature", "", "--reply-to", ""]), bare);

    let add = ["accounting", "add", "books", "--secret-in-file", "--user"];
    let endpoint = |more: &[&str], password: &str| {
        let shown = place.run(&[&add[..], more, &["--json"]].concat(), password).ok().json();
        (shown["user"].clone(), shown["endpoint"].clone())
    };
    let own = endpoint(&["u1", "--password-stdin"], "secret\n").1;
    let elsewhere = "https://books.example/service.asmx";
    let moved = endpoint(&["u1", "--endpoint", elsewhere, "--password-stdin"], "secret\n");
    assert_eq!(moved, (json!("u1"), json!(elsewhere)));
    assert_eq!(endpoint(&["u2"], ""), (json!("u2"), json!(elsewhere)));
    let back = endpoint(&["u2", "--endpoint", "", "--password-stdin"], "secret\n");
    assert_eq!(back, (json!("u2"), own));
}

/// Copies the mail in the outbox until there are so many.
fn multiply(data: &Path, mails: usize) {
    let sql = Connection::open(data.join("tillpost.db")).unwrap();
    let columns = |table: &str, but: &str| -> String {
        let mut find = sql.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let names = find.query_map([table], |r| r.get::<_, String>(0)).unwrap().map(Result::unwrap);
        names.filter(|name| !but.split(' ').any(|b| b == name)).collect::<Vec<_>>().join(", ")
    };
    let (mail, recipient) = (columns("mail", "id uuid turn_ms"), columns("recipient", "id mail_id"));
    sql.execute_batch(&format!(
        "BEGIN;
         WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {mails})
             INSERT INTO mail (id, uuid, {mail}) SELECT n, randomblob(16), {mail} FROM n, mail WHERE id = 1;
         INSERT INTO recipient (mail_id, {recipient}) SELECT n.id, {recipient}
             FROM (SELECT id FROM mail WHERE id > 1) AS n, (SELECT * FROM recipient WHERE mail_id = 1) AS r;
         COMMIT;"
    ))
    .unwrap();
}

#[test]
fn a_list_of_mails_ends_with_the_last() {
    let till = Till::at(9);
    till.send(&["a@example.com"]);
    multiply(till.app.data(), 10_003);
    till.app.wish(10_003, tillpost::app::Wish::First).unwrap();
    let listed = run(till.app.data(), &["queue", "list", "--json"]).ok().json();
    let ids: std::collections::HashSet<&str> =
        listed.as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert_eq!((listed.as_array().unwrap().len(), ids.len()), (10_003, 10_003));
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_no_success_and_a_reader_that_has_gone_is() {
    let till = Till::at(9);
    let mail = till.send(&["a@example.com"]).to_string();
    let data = till.app.data();
    for args in [
        &["settings", "export"][..],
        &["settings", "show"],
        &["queue", "list", "--json"],
        &["shop", "show"],
        &["queue", "export", &mail],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let unwritten = finished(program(data, args).stdout(full));
        assert_eq!(unwritten.code, 2, "{args:?}: {unwritten:?}");
        assert!(unwritten.err.contains("No space left"), "{args:?}: {unwritten:?}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let unread = finished(program(data, args).stdout(writer));
        assert_eq!((unread.code, unread.err.as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn the_doctor_looks_at_the_whole_machine_without_a_network() {
    let till = Till::at(9);
    let found = run(till.app.data(), &["doctor", "--offline", "--json"]).json();
    let looked: Vec<&Value> = found.as_array().unwrap().iter().map(|f| &f["what"]).collect();
    for what in ["data file", "disk", "clock", "outbox folder", "account", "queue"] {
        assert!(looked.contains(&&json!(what)), "{what}: {looked:?}");
    }
}

#[test]
fn looking_whether_somebody_serves_keeps_nobody_from_it() {
    let folder = tempfile::tempdir().unwrap();
    drop(Serving::begin(folder.path()).unwrap());
    let (done, looking) = (AtomicBool::new(false), Barrier::new(3));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                looking.wait();
                while !done.load(Ordering::Relaxed) {
                    serving_at(folder.path()).unwrap();
                }
            });
        }
        looking.wait();
        let begun = (0..2000).all(|_| Serving::begin(folder.path()).is_ok());
        done.store(true, Ordering::Relaxed);
        assert!(begun, "who looked was taken for a service");
    });
    let _first = Serving::begin(folder.path()).unwrap();
    assert_eq!(Serving::begin(folder.path()).unwrap_err().kind(), tillpost::app::Kind::Busy);
}
