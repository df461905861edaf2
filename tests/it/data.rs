//! The data file: what is done with one that cannot be used, copies of it, and what keeps the queue fast.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tillpost::app::{App, Kind};
use tillpost::domain::mail::MailState;
use tillpost::wire::InputFile;

use crate::program::{ACCOUNT, Run, invoice, run};
use crate::till::Till;

const FILE: &str = "tillpost.db";

/// A folder with a data file that holds a document and a mail, closed.
fn filled() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for args in
        [&[ACCOUNT, &["9"]].concat()[..], &["send", "--to", "a@example.com", "--subject", "s", "--text", "t"]]
    {
        let run = run(&data, args);
        assert_eq!(run.code, 0, "{run:?}");
    }
    issue(&data, &invoice());
    // The last one to close the file moves all into it; a program that ends does not.
    Connection::open(data.join(FILE)).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    assert!(!data.join("tillpost.db-wal").exists());
    folder
}

fn issue(data: &Path, document: &Value) {
    let file = data.join("document.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let run = run(data, &["issue", file.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{run:?}");
}

/// Runs a few commands on a data file that cannot be used: exit code 6, the sentence, and not a byte changed.
fn refused(data: &Path, sentence: &str) {
    let file = data.join(FILE);
    let before = std::fs::read(&file).unwrap();
    for args in [&["queue", "list"][..], &["settings", "set", "undo_seconds", "3"], &["flush"], &["check"]] {
        let run = run(data, args);
        assert_eq!(run.code, 6, "{args:?}: {run:?}");
        assert!(run.err.to_lowercase().contains(sentence), "{args:?}: {run:?}");
        assert_eq!(run.err.lines().count(), 1, "{run:?}");
        assert!(std::fs::read(&file).unwrap() == before, "{args:?} changed the file");
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_stays() {
    let folder = filled();
    let data = folder.path().join("data");
    let sql = Connection::open(data.join(FILE)).unwrap();
    sql.pragma_update(None, "user_version", 4711).unwrap();
    sql.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(sql);
    refused(&data, "version 4711");
}

#[test]
fn a_file_of_another_program_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let sql = Connection::open(folder.path().join(FILE)).unwrap();
    sql.execute_batch("CREATE TABLE customers (name); INSERT INTO customers VALUES ('Anna')").unwrap();
    drop(sql);
    refused(folder.path(), "another program");
}

#[test]
fn a_file_whose_head_was_overwritten_is_refused_and_stays() {
    let folder = filled();
    let file = folder.path().join("data").join(FILE);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..64].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    refused(&folder.path().join("data"), "damaged");
}

#[test]
fn a_file_that_was_cut_off_is_refused_and_stays() {
    let folder = filled();
    let file = folder.path().join("data").join(FILE);
    let length = std::fs::metadata(&file).unwrap().len();
    // The pages that hold the tables are gone; the list of tables is there.
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(8192 * 3).unwrap();
    assert!(length > 8192 * 3);
    refused(&folder.path().join("data"), "damaged");
}

#[test]
fn pages_overwritten_in_the_middle_are_found_and_nothing_is_sent_from_them() {
    let folder = filled();
    let data = folder.path().join("data");
    let mut bytes = std::fs::read(data.join(FILE)).unwrap();
    // All pages but the first two: what is read of them is no page.
    for page in bytes.chunks_mut(8192).skip(2) {
        page[..512].fill(0xff);
    }
    std::fs::write(data.join(FILE), bytes).unwrap();
    for args in [&["queue", "list"][..], &["flush"], &["check"]] {
        let run = run(&data, args);
        assert_eq!(run.code, 6, "{args:?}: {run:?}");
    }
}

/// Pages are lost throughout the file, one at a time: whatever stands on the others is saved, nothing of it
/// is sent by itself, and what is lost is told.
#[test]
fn what_can_be_read_of_a_damaged_file_is_saved_and_held() {
    let till = Till::at(9);
    for n in 0..60 {
        till.send(&[&format!("c{n}@example.com")]);
    }
    let InputFile::Document(file) = InputFile::read(invoice().to_string().as_bytes()).unwrap() else {
        panic!("the sample is a document")
    };
    for _ in 0..5 {
        till.app.issue(file.as_ref().clone()).unwrap();
    }
    let before = till.app.mails(true, None).unwrap();
    let whole = till.folder.path().join("whole.db");
    till.app.backup(&whole).unwrap();
    let bytes = std::fs::read(&whole).unwrap();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let pages = bytes.len() / page;
    let (mut saved_some, mut lost_some) = (0, 0);
    for lost in (1..pages).step_by(pages / 12) {
        let mut bytes = bytes.clone();
        bytes[lost * page..(lost + 1) * page].fill(0xff);
        let damaged = till.folder.path().join(format!("damaged-{lost}.db"));
        std::fs::write(&damaged, &bytes).unwrap();
        let data = till.folder.path().join(format!("saved-{lost}"));
        let saved = match App::salvage(&damaged, &data, false) {
            Ok(saved) => saved,
            Err(error) => {
                assert_eq!(error.kind(), Kind::DataFile, "{error}");
                assert!(!data.join(FILE).exists());
                continue;
            }
        };
        assert_eq!(std::fs::read(&damaged).unwrap(), bytes, "the damaged file changed");
        let app = App::open(&data).unwrap();
        let mails = app.mails(true, None).unwrap();
        for mail in &mails {
            let original = before.iter().find(|m| m.id == mail.id).unwrap();
            assert_eq!(
                (mail.sha256, mail.uuid, &mail.subject),
                (original.sha256, original.uuid, &original.subject)
            );
            assert_eq!(mail.state, MailState::Held, "page {lost}: {mail:?}");
        }
        let missing = before.len() - mails.len();
        // Without the page at the top of the table nothing of it is found; any other costs a few.
        let top_lost = saved.lost.iter().any(|lost| lost.starts_with("mail: rows from 0 on"));
        assert!(missing < 40 || top_lost, "page {lost} cost {missing} mails: {saved:?}");
        assert!(missing == 0 || !saved.lost.is_empty(), "page {lost}: nobody is told of {missing} mails");
        saved_some += usize::from(!mails.is_empty());
        lost_some += usize::from(!saved.lost.is_empty() || !saved.check.problems.is_empty());
        // The next number was not given before.
        if app.accounts().unwrap().len() == 1 {
            let next = app.issue(file.as_ref().clone()).unwrap();
            assert!(next.document.number.as_str() > "INV-2026-0004", "{}", next.document.number);
        }
    }
    assert!(saved_some > 3, "{saved_some}");
    assert!(lost_some > 2, "{lost_some}");
}

#[test]
fn a_damaged_file_gives_way_to_what_is_saved_of_it_and_is_kept() {
    let folder = filled();
    let data = folder.path().join("data");
    let file = data.join(FILE);
    let file = file.to_str().unwrap();
    assert_eq!(run(&data, &["restore", file, "--salvage"]).code, 3);
    let run = run(&data, &["restore", file, "--salvage", "--replace"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("held, because they were not finished and may have left since: 1"), "{run:?}");
    assert_eq!(kept(&data).len(), 1);
}

#[test]
fn a_copy_made_while_mails_are_queued_is_whole_and_can_be_restored_elsewhere() {
    let till = Till::at(9);
    let copy = till.folder.path().join("copy.db");
    let (stop, started) = (AtomicBool::new(false), std::sync::Barrier::new(2));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                till.send(&[&format!("c{n}@example.com")]);
                if n == 5 {
                    started.wait();
                }
                if n > 5 && stop.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        started.wait();
        let report = till.app.backup(&copy);
        stop.store(true, Ordering::SeqCst);
        let report = report.unwrap();
        assert_eq!(report.problems, [] as [String; 0]);
        assert!(report.mails > 5, "{report:?}");
    });
    let all = till.app.mails(true, None).unwrap();
    let fresh = till.folder.path().join("fresh");
    let restored = App::restore(&copy, &fresh, false).unwrap();
    let app = App::open(&fresh).unwrap();
    let mails = app.mails(true, None).unwrap();
    assert_eq!(mails.len(), restored.check.mails);
    assert!(mails.len() <= all.len());
    for mail in &mails {
        let original = all.iter().find(|m| m.id == mail.id).unwrap();
        assert_eq!((mail.sha256, mail.uuid), (original.sha256, original.uuid));
    }
    assert_eq!(app.check().unwrap().problems, [] as [String; 0]);
}

fn kept(data: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data).unwrap().flatten().map(|e| e.path());
    entries
        .filter(|p| p.to_string_lossy().contains("before-restore") && p.extension().unwrap() == "db")
        .collect()
}

#[test]
fn restoring_asks_first_and_keeps_what_was_there() {
    let folder = filled();
    let data = folder.path().join("data");
    let copy = folder.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    assert_eq!(run(&data, &["backup", copy]).code, 0);
    let mut later = invoice();
    later["number"] = json!("LATER");
    issue(&data, &later);
    let refused = run(&data, &["restore", copy]);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(kept(&data).is_empty());
    let done = run(&data, &["restore", copy, "--replace", "--json"]);
    assert_eq!((done.code, &done.json()["documents"]), (0, &json!(1)), "{done:?}");
    let mail_of = |number: &str| run(&data, &["send", "--to", "a@example.com", "--document", number]);
    assert_eq!(mail_of("LATER").code, 3, "the later document is still there");
    assert_eq!(mail_of("INV-2026-0001").code, 0);
    let old = kept(&data);
    assert_eq!(old.len(), 1);
    let sql = Connection::open(&old[0]).unwrap();
    let numbers: i64 = sql.query_row("SELECT count(*) FROM document", [], |r| r.get(0)).unwrap();
    assert_eq!(numbers, 2, "the file that was replaced has not all that was in it");
}

#[test]
fn a_damaged_file_gives_way_to_a_copy_and_is_kept() {
    let folder = filled();
    let data = folder.path().join("data");
    let copy = folder.path().join("copy.db");
    assert_eq!(run(&data, &["backup", copy.to_str().unwrap()]).code, 0);
    let whole = std::fs::read(data.join(FILE)).unwrap();
    for (n, damage) in [0..64, 8192..whole.len()].into_iter().enumerate() {
        let mut bytes = whole.clone();
        bytes[damage].fill(0xa5);
        std::fs::write(data.join(FILE), &bytes).unwrap();
        let done = run(&data, &["restore", copy.to_str().unwrap(), "--replace"]);
        assert_eq!(done.code, 0, "{done:?}");
        assert_eq!(run(&data, &["check"]).code, 0);
        let old = kept(&data);
        assert_eq!(old.len(), n + 1);
        assert!(old.iter().any(|file| std::fs::read(file).unwrap() == bytes), "the damaged file is not kept");
    }
}

#[test]
fn a_copy_that_is_not_whole_is_not_restored() {
    let folder = filled();
    let data = folder.path().join("data");
    let copy = folder.path().join("copy.db");
    assert_eq!(run(&data, &["backup", copy.to_str().unwrap()]).code, 0);
    let sql = Connection::open(&copy).unwrap();
    sql.execute("UPDATE mime SET bytes = zeroblob(length(bytes))", []).unwrap();
    drop(sql);
    let before = std::fs::read(data.join(FILE)).unwrap();
    let run = run(&data, &["restore", copy.to_str().unwrap(), "--replace"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.err.contains("the bytes of mail 1 have changed"), "{run:?}");
    assert!(std::fs::read(data.join(FILE)).unwrap() == before && kept(&data).is_empty());
}

/// Changes one byte in the middle of a blob, as a failing disk would.
fn flip(data: &Path, table: &str) {
    let sql = Connection::open(data.join(FILE)).unwrap();
    let mut bytes: Vec<u8> = sql.query_row(&format!("SELECT bytes FROM {table}"), [], |r| r.get(0)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    sql.execute(&format!("UPDATE {table} SET bytes = ?1"), [bytes]).unwrap();
}

#[test]
fn one_changed_bit_in_a_pdf_or_a_mail_is_found() {
    let folder = filled();
    let data = folder.path().join("data");
    let problems = |run: &Run| run.json()["problems"].as_array().unwrap().clone();
    let clean = run(&data, &["check", "--json"]);
    assert_eq!((clean.code, problems(&clean).len()), (0, 0), "{clean:?}");
    assert_eq!((&clean.json()["documents"], &clean.json()["mails"]), (&json!(1), &json!(1)));
    flip(&data, "mime");
    let found = run(&data, &["check", "--json"]);
    assert_eq!((found.code, problems(&found)), (6, vec![json!("the bytes of mail 1 have changed")]));
    flip(&data, "document_pdf");
    let found = run(&data, &["check", "--json"]);
    assert_eq!(found.code, 6);
    assert_eq!(problems(&found)[0], json!("the PDF of invoice INV-2026-0001 has changed"));
    assert_eq!(problems(&found).len(), 2);
}

/// Waits out the ten seconds that a connection has patience; the only test that does.
#[test]
fn a_file_that_another_program_holds_is_busy() {
    let folder = filled();
    let data = folder.path().join("data");
    let sql = Connection::open(data.join(FILE)).unwrap();
    sql.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = run(&data, &["settings", "set", "undo_seconds", "3"]);
    assert_eq!(busy.code, 4, "{busy:?}");
    assert!(busy.err.contains("in use by another program"), "{busy:?}");
    let read = run(&data, &["queue", "list", "--json"]);
    assert_eq!((read.code, read.json().as_array().unwrap().len()), (0, 1), "reading waits for a writer");
    sql.execute_batch("ROLLBACK").unwrap();
    assert_eq!(run(&data, &["settings", "get", "undo_seconds"]).out.trim(), "10");
}

/// The conditions as `src/store/delivery.rs` has them; a look at the queue must not read finished mails.
#[test]
fn looking_for_due_mails_uses_the_index_of_due_mails() {
    let source =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/delivery.rs")).unwrap();
    let till = Till::at(9);
    let sql = Connection::open(till.app.data().join(FILE)).unwrap();
    let queries: Vec<&str> = source
        .split('"')
        .filter(|text| {
            text.starts_with("SELECT") && text.contains("FROM mail") && text.contains("finished = 0")
        })
        .collect();
    assert!(queries.len() >= 2, "the queries are no longer where this test looks for them");
    for query in queries {
        let mut plan = sql.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let values = vec![1_i64; plan.parameter_count()];
        let lines: Vec<String> = plan
            .query_map(rusqlite::params_from_iter(values), |r| r.get("detail"))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let text = lines.join("; ");
        assert!(text.contains("SEARCH mail USING") && text.contains("INDEX mail_due"), "{query}: {text}");
        assert!(!text.contains("TEMP B-TREE"), "{query}: {text}");
    }
}

/// What is read together is of one moment, whatever is written meanwhile.
#[test]
fn a_reader_sees_one_moment() {
    let till = Till::at(9);
    let store = tillpost::store::Store::open(till.app.data(), "test").unwrap();
    let waiting =
        |reader: &tillpost::store::Reader<'_>| reader.counts(tillpost::domain::Millis(0)).unwrap().waiting;
    let seen = store.read::<_, tillpost::store::StoreError>(|reader| {
        let before = waiting(reader);
        till.send(&["anna@example.com"]);
        Ok((before, waiting(reader)))
    });
    assert_eq!(seen.unwrap(), (0, 0));
    assert_eq!(store.read::<_, tillpost::store::StoreError>(|reader| Ok(waiting(reader))).unwrap(), 1);
}

/// A disk that fills up while the file is kept before an upgrade: the start says so and changes nothing, killed or
/// not, and what is half there is never taken for a copy.
#[cfg(unix)]
#[test]
fn half_a_copy_before_an_upgrade_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let old = crate::till::old_file(folder.path(), 24);
    old.execute("INSERT INTO setting (key, value) VALUES ('internal.much', hex(randomblob(1000000)))", [])
        .unwrap();
    drop(old);
    let lies = |ending: &str| -> Vec<PathBuf> {
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        files
            .filter(|path| {
                path.to_string_lossy().contains("before-upgrade") && path.to_string_lossy().ends_with(ending)
            })
            .collect()
    };
    // A file that grows beyond this cannot be written; who does not look away is killed.
    for signal in ["trap '' XFSZ;", ""] {
        let start = format!("{signal} ulimit -f 200; exec \"$0\" \"$@\"");
        let program = crate::program::program(folder.path(), &["queue", "list"]);
        let mut limited = std::process::Command::new("sh");
        limited.args(["-c", &start]).arg(program.get_program()).args(program.get_args());
        limited.env_clear().env("PATH", "/bin:/usr/bin");
        let refused = crate::program::finished(&mut limited);
        assert!(lies(".db").is_empty(), "{refused:?}");
        if signal.is_empty() {
            assert_eq!(refused.code, -1, "{refused:?}");
        } else {
            assert_eq!((refused.code, lies("")), (6, vec![]), "{refused:?}");
            assert!(refused.err.contains("before-upgrade-v24"), "{refused:?}");
        }
        let sql = rusqlite::Connection::open(folder.path().join("tillpost.db")).unwrap();
        let version: i64 = sql.pragma_query_value(None, "user_version", |r| r.get(0)).unwrap();
        assert_eq!(version, 24);
    }
    run(folder.path(), &["queue", "list"]).ok();
    let [copy] = &lies(".db")[..] else { panic!("{:?}", lies("")) };
    let copy = rusqlite::Connection::open(copy).unwrap();
    let whole: String = copy.query_row("PRAGMA integrity_check", [], |r| r.get(0)).unwrap();
    let much: i64 = copy
        .query_row("SELECT length(value) FROM setting WHERE key = 'internal.much'", [], |r| r.get(0))
        .unwrap();
    assert_eq!((whole.as_str(), much), ("ok", 2_000_000));
}
