//! A person asks for their data to be deleted: what goes, down to the bytes, and what stays and why.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};
use tillpost::app::{App, Intake};
use tillpost::store::FILE_NAME;
use tillpost::wire::ContactShape;

use crate::program::{invoice, run};
use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::{Till, old_file};

/// The files below `folder` whose bytes hold `text`, in any case.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else {
            let bytes = std::fs::read(&path).unwrap().to_ascii_lowercase();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn for_anna(kind: &str) -> Value {
    let mut document = invoice();
    document["kind"] = kind.into();
    document["buyer"] = json!({ "name": "Anna Zwetkowa", "email": "Anna@example.com" });
    document["mail"] = json!({});
    document
}

fn draft(till: &Till, to: &str) -> uuid::Uuid {
    let text = json!({ "mail": { "to": [to], "text": "y".repeat(20_000) + " Zwetkowa" } }).to_string();
    till.app.begin_draft(&serde_json::from_str(&text).unwrap()).unwrap().row.uuid
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_person_no_law_wants_kept_not_a_byte_stays() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Rcpt if moment.mails == 0 && moment.line.contains("anna") => {
            say("550 5.1.1 <anna@example.com> Zwetkowa: no such user")
        }
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    Connection::open(till.app.data().join(FILE_NAME))
        .unwrap()
        .execute(
            "INSERT INTO webhook (uuid, url, events, secret_place, created_ms)
             VALUES (randomblob(16), 'http://127.0.0.1:1/', ' mail.accepted mail.refused document.issued ', 'file', 0)",
            [],
        )
        .unwrap();
    // A name that was changed, drafts that were changed and dropped, a contact that was forgotten once.
    till.app.add_contact("Anna Zwetkowa-Alt <anna@example.com>").unwrap();
    till.app.forget_contact("anna@example.com").unwrap();
    for name in ["Anna Zwetkowa", "A. Zwetkowa"] {
        let shape = ContactShape {
            address: "anna@example.com".into(),
            name: Some(name.into()),
            note: Some("Zwetkowa ".repeat(100)),
            ..ContactShape::default()
        };
        till.app.write_contact(&shape).unwrap();
    }
    till.app.drop_draft(draft(&till, "anna@example.com"), None).unwrap();
    draft(&till, "ANNA@example.com");
    let refused = till.send(&["Anna Zwetkowa <anna@example.com>", "bert@example.com"]);
    till.flush().await;
    assert_eq!(till.states(refused), ["refused", "accepted"]);
    let card = till.issue(&for_anna("job_card")).unwrap();
    let intake = Intake::open(&till.app).unwrap();
    let outbox = till.app.outbox();
    std::fs::write(outbox.join("zettel.pdf"), "%PDF-1.4 Zwetkowa %%EOF").unwrap();
    for (name, text) in [
        (
            "zwetkowa.json",
            json!({ "mail": { "to": ["Anna@Example.com"], "text": "x" }, "attachments": ["zettel.pdf"] }),
        ),
        (
            "wrong.json",
            json!({ "mail": { "to": ["anna@example.com"], "cc": ["nobody"] }, "attachments": [] }),
        ),
        (
            "bert.json",
            json!({ "mail": { "to": ["bert@example.com"], "text": "johanna@else.example" }, "attachments": [] }),
        ),
    ] {
        std::fs::write(outbox.join(name), text.to_string()).unwrap();
    }
    let eml = "From: shop@till.example\nTo: Anna Zwetkowa <anna@example.com>\nSubject: x\n\ny\n";
    std::fs::write(outbox.join("m.eml"), eml).unwrap();
    let taken = intake.scan().unwrap();
    assert_eq!((taken.len(), taken.iter().filter(|t| t.problem.is_some()).count()), (4, 1), "{taken:?}");
    till.flush().await;
    // What a person has looked at and set aside, and the sentence of what they have tried again.
    std::fs::create_dir_all(outbox.join("failed/done")).unwrap();
    std::fs::write(outbox.join("failed/done/a.eml"), eml).unwrap();
    std::fs::write(outbox.join("failed/done/b.error.txt"), "anna@example.com is disabled").unwrap();
    let handed = till.app.data().join("handed-over");
    std::fs::create_dir_all(&handed).unwrap();
    std::fs::write(handed.join("1.eml"), "X-Unsent: 1\r\nBcc: anna@example.com\r\n\r\n").unwrap();
    assert!(!holding(till.app.data(), "zwetkowa").is_empty());

    let done = till.app.erase_person("anna@example.com").unwrap();
    assert_eq!((done.removed.len(), done.kept.len()), (6, 1), "{done:#?}");
    for text in ["anna@example.com", "zwetkowa"] {
        assert_eq!(holding(till.app.data(), text), [""; 0], "{text}");
    }
    assert!(outbox.join("queued/bert.json").exists());
    // What is left works: numbers go on, the record says that something was sent, the events have a subject.
    assert!(till.app.pdf(&card.document.number).is_err());
    assert_eq!(till.mail(card.mails[0].id).document, None);
    let next = till.issue(&for_anna("job_card")).unwrap();
    assert_ne!(next.document.number, card.document.number);
    assert!(till.app.check().unwrap().problems.is_empty());
    assert_eq!(till.mail(refused).recipients[1].address, "bert@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_law_keeps_stays_with_its_reason_and_so_does_what_is_under_way() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let issued = till.issue(&for_anna("invoice")).unwrap();
    till.issue(&for_anna("offer")).unwrap();
    let letter = till.send(&["Anna <anna@example.com>", "bert@example.com"]);
    till.flush().await;
    let waiting = till.send(&["anna@example.com"]);
    let (hers, other) = (draft(&till, "ANNA@example.com"), draft(&till, "joanna@example.com"));
    till.app.disable("anna@example.com", "asked for it").unwrap();
    till.app.set_setting("auto_bcc", "anna@example.com").unwrap();
    let queued = till.app.outbox().join("shop/queued");
    std::fs::create_dir_all(&queued).unwrap();
    let drop = |to: &str| json!({ "mail": { "to": [to] }, "attachments": ["bill.pdf"] }).to_string();
    std::fs::write(queued.join("x.json"), drop("bert@example.com")).unwrap();
    std::fs::write(queued.join("x-2.json"), drop("anna@example.com")).unwrap();
    for name in ["x.pdf", "bill.pdf", "x-2.pdf", "bill-2.pdf"] {
        std::fs::write(queued.join(name), "%PDF").unwrap();
    }
    std::fs::write(till.app.outbox().join("next.json"), "{ \"anna@example.com\"").unwrap();
    std::fs::write(till.app.data().join("tillpost-before-upgrade-v3-20260101.db"), "").unwrap();
    let (backup, _) = till.app.backup_here().unwrap();
    let asked = run(till.app.data(), &["contacts", "erase", "anna@example.com", "--dry-run"]);
    let lines = |begin: &str| asked.out.lines().filter(|line| line.starts_with(begin)).count();
    assert_eq!((lines("would be removed: "), lines("kept: ")), (4, 9), "{}", asked.out);
    assert!(till.app.contact("anna@example.com").is_ok());
    let done = run(till.app.data(), &["contacts", "erase", "anna@example.com"]);
    assert_eq!(done.out, asked.out.replace("would be removed", "removed"));
    for says in [
        "invoices, credit notes and receipts issued or sent to them, as tax law wants them kept as they are: 1",
        "offers, orders and delivery notes issued or sent to them, as commercial law wants",
        "change it where they have left: the settings",
        "tillpost-before-upgrade-v3-20260101.db",
        &format!("backups/{backup}"),
    ] {
        assert!(done.out.contains(says), "{says}: {}", done.out);
    }
    assert!(till.app.contact("anna@example.com").is_err());
    assert!(till.app.draft(hers).is_err() && till.app.draft(other).is_ok());
    let left = |name: &str| queued.join(name).exists();
    // What another drop brought under the same names stays.
    assert_eq!(["x-2.json", "x-2.pdf", "bill-2.pdf"].map(left), [false; 3]);
    assert_eq!(["x.json", "x.pdf", "bill.pdf"].map(left), [true; 3]);
    // The letter is on record without her, the invoice and what waits are as they were.
    let record = till.mail(letter);
    assert_eq!(record.subject, "(erased)");
    assert!(record.recipients[0].address.ends_with("@erased.invalid"), "{record:?}");
    assert_eq!(record.recipients[1].address, "bert@example.com");
    assert!(till.app.export(letter, &mut Vec::new()).is_err());
    assert_eq!(till.mail(issued.mails[0].id).recipients[0].address, "Anna@example.com");
    assert_eq!(till.mail(waiting).recipients[0].address, "anna@example.com");
    assert!(till.app.export(issued.mails[0].id, &mut Vec::new()).is_ok());
    assert!(till.app.check().unwrap().problems.is_empty());
}

/// A file of the version before, in which things were deleted without being overwritten.
#[test]
fn a_file_that_was_in_use_before_is_written_anew_at_the_first_erasure() {
    let folder = tempfile::tempdir().unwrap();
    let old = old_file(folder.path(), 13);
    old.execute_batch(
        "INSERT INTO contact (address_key, address, name, origin, seen_ms, words, note, rank_ms, refusal) VALUES
             ('gone@example.com', 'gone@example.com', 'Zwetkowa', 9, 0, ' zwetkowa', hex(zeroblob(9000)), 0, NULL),
             ('r@example.com', 'r@example.com', 'Anna R', 9, 0, ' anna', NULL, 0, 'no such user'),
             ('n@example.com', 'n@example.com', 'Anna N', 9, 0, ' anna', NULL, 0, NULL),
             ('u@example.com', 'u@example.com', 'Anna U', 9, 0, ' anna', NULL, 1790000000000, NULL);
         DELETE FROM contact WHERE name = 'Zwetkowa';",
    )
    .unwrap();
    drop(old);
    assert_eq!(holding(folder.path(), "gone@example.com").len(), 1, "the old version left nothing behind");
    let app = App::open(folder.path()).unwrap();
    let found: Vec<String> = app.suggest("ann", 9).unwrap().into_iter().map(|c| c.address).collect();
    assert_eq!(found, ["u@example.com", "n@example.com", "r@example.com"]);
    let done = app.erase_person("n@example.com").unwrap();
    assert!(done.kept.iter().any(|says| says.contains("tillpost-before-upgrade-v13")), "{done:?}");
    for text in ["gone@example.com", "n@example.com"] {
        let files = holding(folder.path(), text);
        assert!(files.iter().all(|f| f.contains("before-upgrade")), "{text}: {files:?}");
    }
    assert_eq!(app.suggest("ann", 9).unwrap().len(), 2);
    assert!(app.check().unwrap().problems.is_empty());
}

/// However somebody's address was written, in letters of any alphabet or by their numbers: it goes.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_letters_of_its_own_goes_in_every_spelling() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let sent = |client_ref: &str| {
        let mut mail = crate::till::mail(|mail| mail.to = vec!["Anna@Ärger.example".into()]);
        mail.client_ref = Some(client_ref.into());
        till.app.send(&mail, vec![], None).unwrap().id
    };
    let spelled =
        ["to ANNA@ÄRGER.EXAMPLE", "to Anna@xn--RGER-KOA.example", "to anna@a\u{308}rger.example", "nobody"];
    let mails = spelled.map(sent);
    till.flush().await;
    let queued = till.app.outbox().join("queued");
    std::fs::create_dir_all(&queued).unwrap();
    for (name, address) in [("a", "ANNA@\\u00c4RGER.example"), ("b", "anna\\u0040xn--rger-koa.example")] {
        std::fs::write(
            queued.join(format!("{name}.json")),
            format!("{{\"mail\":{{\"to\":[\"{address}\"]}}}}"),
        )
        .unwrap();
    }
    till.app.erase_person("anna@ärger.example").unwrap();
    let sql = Connection::open(till.app.data().join(FILE_NAME)).unwrap();
    let kept: Vec<Option<String>> = mails
        .iter()
        .map(|id| sql.query_row("SELECT client_ref FROM mail WHERE id = ?1", [id], |r| r.get(0)).unwrap())
        .collect();
    assert_eq!(kept, [None, None, None, Some("nobody".to_owned())]);
    assert_eq!(std::fs::read_dir(&queued).unwrap().count(), 0);
}
