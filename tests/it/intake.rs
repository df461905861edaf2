//! What programs may drop into the outbox folder, and what becomes of every file.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use mail_parser::{MessageParser, MimeHeaders};
use serde_json::json;
use tillpost::app::{Intake, Taken};

use crate::program::invoice;
use crate::till::Till;

pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n";

struct Folder {
    till: Till,
    intake: Intake,
}

impl Folder {
    fn new() -> Self {
        let till = Till::at(9);
        let intake = Intake::open(&till.app).unwrap();
        Self { till, intake }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.till.app.outbox().join(name)
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Scans, and gives the names that were taken well.
    fn taken(&self) -> Vec<String> {
        let taken = self.intake.scan().unwrap();
        assert!(taken.iter().all(|t| t.problem.is_none()), "{taken:?}");
        taken.into_iter().map(|t| t.name).collect()
    }

    fn names(&self, sub: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(sub)).unwrap().flatten();
        let mut names: Vec<_> = entries
            .filter(|e| e.path().is_file())
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn mails(&self) -> usize {
        self.till.app.mails(true, None).unwrap().len()
    }

    /// The attachments of the newest mail: name and bytes.
    fn attached(&self) -> Vec<(String, Vec<u8>)> {
        let id = self.till.app.mails(true, None).unwrap()[0].id;
        let mut bytes = Vec::new();
        self.till.app.export(id, &mut bytes).unwrap();
        let message = MessageParser::default().parse(&bytes).unwrap();
        let each = message.attachments();
        each.map(|a| (a.attachment_name().unwrap().to_owned(), a.contents().to_vec())).collect()
    }
}

fn mail(subject: &str, attachments: &[&str]) -> String {
    json!({ "mail": { "to": ["a@example.com"], "subject": subject, "text": "t" }, "attachments": attachments })
        .to_string()
}

#[test]
fn a_document_becomes_a_document_with_its_mail() {
    let folder = Folder::new();
    let mut document = invoice();
    document["mail"] = json!({ "to": ["anna@example.com"] });
    folder.put("sale.json", document.to_string());
    assert_eq!(folder.taken(), ["sale.json"]);
    assert_eq!(folder.names("queued"), ["sale.json"]);
    assert_eq!(folder.names(""), [] as [String; 0]);
    let stored = folder.till.app.pdf("INV-2026-0001").unwrap();
    assert!(folder.attached() == [("INV-2026-0001.pdf".to_owned(), stored)]);
}

#[test]
fn a_mail_takes_the_files_it_names_along_and_to_queued() {
    let folder = Folder::new();
    folder.put("offer.pdf", PDF);
    folder.put("photo.jpg", b"\xff\xd8jpeg");
    folder.put("m.json", mail("two files", &["offer.pdf", "photo.jpg"]));
    assert_eq!(folder.taken(), ["m.json"]);
    assert_eq!(folder.names("queued"), ["m.json", "offer.pdf", "photo.jpg"]);
    let attached = folder.attached();
    assert_eq!(attached[0], ("offer.pdf".to_owned(), PDF.to_vec()));
    assert_eq!(attached[1], ("photo.jpg".to_owned(), b"\xff\xd8jpeg".to_vec()));
}

#[test]
fn a_pdf_and_its_mail_are_one_thing_in_either_order() {
    let words = json!({ "mail": { "to": ["a@example.com"], "subject": "s", "text": "t" } }).to_string();
    for pdf_first in [true, false] {
        let folder = Folder::new();
        let (first, second) = if pdf_first { ("x.pdf", "x.json") } else { ("x.json", "x.pdf") };
        let content = |name: &str| if name == "x.pdf" { PDF.to_vec() } else { words.clone().into_bytes() };
        folder.put(first, content(first));
        assert_eq!(folder.taken(), [] as [String; 0], "{first} was taken alone");
        folder.put(second, content(second));
        assert_eq!(folder.taken(), ["x.json"]);
        assert_eq!(folder.names("queued"), ["x.json", "x.pdf"]);
        assert_eq!(folder.attached(), [("x.pdf".to_owned(), PDF.to_vec())]);
        assert_eq!(folder.mails(), 1);
    }
}

#[test]
fn a_pdf_beside_a_document_is_not_silently_left_out() {
    let folder = Folder::new();
    folder.put("x.pdf", PDF);
    folder.put("x.json", invoice().to_string());
    let taken = folder.intake.scan().unwrap();
    assert!(taken[0].problem.as_deref().unwrap().contains("PDF"), "{taken:?}");
    assert_eq!(folder.names("failed"), ["x.error.txt", "x.json", "x.pdf"]);
    assert_eq!(folder.mails(), 0);
}

#[test]
fn a_file_somebody_writes_stays_until_they_close_it() {
    let folder = Folder::new();
    for (name, content) in
        [("m.json", mail("s", &[]).into_bytes()), ("e.eml", b"To: a@b.example\n\nx\n".to_vec())]
    {
        let writer = File::create(folder.path(name)).unwrap();
        fs::write(folder.path(name), &content).unwrap();
        assert_eq!(folder.intake.scan().unwrap(), [], "{name}: it was complete, but not closed");
        assert_eq!(folder.names(""), [name]);
        drop(writer);
        assert_eq!(folder.intake.scan().unwrap().len(), 1, "{name}");
    }
}

/// What is broken is told from what is not finished, and said with the place.
#[test]
fn bad_files_fail_with_the_field_in_their_error_file_and_good_ones_go_on() {
    let folder = Folder::new();
    let mut negative = invoice();
    negative["kind"] = json!("offer");
    negative["lines"][0]["quantity"] = json!("-1");
    let mut float = invoice();
    float["lines"][0]["unit_price"] = json!(6.5);
    let cases = [
        ("a-negative", negative.to_string(), "lines[0].quantity"),
        ("b-float", float.to_string(), "lines[0].unit_price"),
        (
            "c-key",
            json!({ "mail": { "to": ["a@b.example"], "text": "t", "prio": 1 }, "attachments": [] })
                .to_string(),
            "mail.prio",
        ),
        ("d-list", "[]".to_owned(), "not a JSON object"),
        (
            "e-account",
            json!({ "mail": { "to": ["a@b.example"], "text": "t", "account": "no" }, "attachments": [] })
                .to_string(),
            "mail.account",
        ),
        ("f-path", mail("s", &["../../secret.txt"]), "attachments[0]"),
        ("g-inside", mail("s", &["queued/x.json"]), "attachments[0]"),
        ("h-root", mail("s", &["/etc/passwd"]), "attachments[0]"),
        ("i-nobody", json!({ "mail": { "text": "t" }, "attachments": [] }).to_string(), "mail.to"),
    ];
    fs::write(folder.till.folder.path().join("secret.txt"), "not yours").unwrap();
    for (stem, content, _) in &cases {
        folder.put(&format!("{stem}.json"), content);
    }
    folder.put("z-good.json", mail("s", &[]));
    let taken: Vec<Taken> = folder.intake.scan().unwrap();
    assert_eq!(taken.len(), cases.len() + 1, "{taken:?}");
    for (stem, content, field) in cases {
        let said = fs::read_to_string(folder.path(&format!("failed/{stem}.error.txt"))).unwrap();
        assert!(said.contains(field), "{stem}: {said}");
        assert_eq!(
            fs::read_to_string(folder.path(&format!("failed/{stem}.json"))).unwrap(),
            content,
            "{stem}"
        );
    }
    assert_eq!(folder.names("queued"), ["z-good.json"]);
    assert_eq!(folder.mails(), 1);
}

#[cfg(unix)]
#[test]
fn links_are_refused_and_what_they_point_to_stays() {
    let folder = Folder::new();
    let secret = folder.till.folder.path().join("secret.json");
    fs::write(&secret, mail("stolen", &[])).unwrap();
    std::os::unix::fs::symlink(&secret, folder.path("link.json")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.path("file.txt")).unwrap();
    folder.put("m.json", mail("s", &["file.txt"]));
    let taken = folder.intake.scan().unwrap();
    assert_eq!(taken.iter().filter(|t| t.problem.is_some()).count(), 2, "{taken:?}");
    let said = fs::read_to_string(folder.path("failed/m.error.txt")).unwrap();
    assert!(said.contains("attachments[0]") && said.contains("file.txt"), "{said}");
    assert!(fs::read_to_string(folder.path("failed/link.error.txt")).unwrap().contains("link"));
    assert_eq!((folder.mails(), secret.is_file()), (0, true));
}

#[test]
fn what_is_too_large_is_refused() {
    let folder = Folder::new();
    File::create(folder.path("huge.eml")).unwrap().set_len(200 * 1024 * 1024).unwrap();
    let spaces = vec![b' '; 30 * 1024 * 1024];
    folder.put("wide.json", [spaces.as_slice(), mail("s", &[]).as_bytes()].concat());
    let taken = folder.intake.scan().unwrap();
    assert!(taken.len() == 2 && taken.iter().all(|t| t.problem.is_some()), "{taken:?}");
    assert_eq!(folder.names("failed"), ["huge.eml", "huge.error.txt", "wide.error.txt", "wide.json"]);
    for name in ["huge", "wide"] {
        let said = fs::read_to_string(folder.path(&format!("failed/{name}.error.txt"))).unwrap();
        assert!(said.contains("larger") || said.contains("at most"), "{said}");
    }
    assert_eq!(folder.mails(), 0);
}

#[test]
fn the_same_content_is_sent_once_under_whatever_name_and_after_a_new_start() {
    let folder = Folder::new();
    folder.put("a.json", mail("s", &[]));
    folder.taken();
    folder.put("a.json", mail("s", &[]));
    assert_eq!(folder.taken(), ["a.json"]);
    assert_eq!(folder.names("queued"), ["a-2.json", "a.json"], "a file was overwritten");
    let Folder { till, intake } = folder;
    drop(intake);
    let folder = Folder { intake: Intake::open(&till.app).unwrap(), till };
    folder.put("b.json", mail("s", &[]));
    folder.taken();
    assert_eq!(folder.mails(), 1);
    folder.put("c.json", mail("another", &[]));
    folder.taken();
    assert_eq!(folder.mails(), 2);
}

/// A process that died with files in its hands: its lock is free, so the next one takes them up.
#[test]
fn files_a_dead_process_had_in_hand_are_sent() {
    let folder = Folder::new();
    let owner = folder.path("processing").join("01920000-0000-7000-8000-000000000000");
    let place = owner.join("01920000-0000-7000-8000-000000000001/main");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("left.json"), mail("left behind", &[])).unwrap();
    fs::write(owner.with_extension("lock"), "").unwrap();
    assert_eq!(folder.taken(), ["left.json"]);
    assert_eq!(folder.names("queued"), ["left.json"]);
    assert_eq!(folder.mails(), 1);
    assert!(!owner.exists() && !owner.with_extension("lock").exists(), "its place is still there");
}

#[test]
fn two_programs_on_one_folder_take_two_hundred_files_once_each() {
    let folder = Folder::new();
    for n in 0..200 {
        folder.put(&format!("{n:03}.json"), mail(&format!("mail {n:03}"), &[]));
    }
    let until_empty = |intake: &Intake| {
        let mut taken = 0;
        while !folder.names("").is_empty() {
            taken += intake.scan().unwrap().len();
        }
        taken
    };
    let second = Intake::open(&folder.till.app).unwrap();
    let (a, b) = std::thread::scope(|scope| {
        let other = scope.spawn(|| until_empty(&second));
        (until_empty(&folder.intake), other.join().unwrap())
    });
    assert_eq!(a + b, 200, "{a} and {b}");
    let mut subjects: Vec<_> =
        folder.till.app.mails(true, None).unwrap().into_iter().map(|m| m.subject).collect();
    subjects.sort();
    let wanted: Vec<_> = (0..200).map(|n| format!("mail {n:03}")).collect();
    assert_eq!(subjects, wanted);
    assert_eq!(folder.names("queued").len(), 200);
}

#[test]
fn trouble_with_the_data_file_is_not_the_files_fault() {
    let folder = Folder::new();
    for name in ["a.json", "b.json"] {
        folder.put(name, mail(name, &[]));
    }
    let sql = rusqlite::Connection::open(folder.till.app.data().join("tillpost.db")).unwrap();
    sql.execute_batch("ALTER TABLE folder_drop RENAME TO away").unwrap();
    assert_eq!(folder.taken(), [] as [String; 0]);
    assert_eq!((folder.names("failed"), folder.names("queued")), (vec![], vec![]));
    assert_eq!(folder.mails(), 0);
    sql.execute_batch("ALTER TABLE away RENAME TO folder_drop").unwrap();
    assert_eq!(folder.till.app.folder().unwrap().waiting, 2);
    // A new start does not let them rest first.
    let Folder { till, intake } = folder;
    drop(intake);
    let folder = Folder { intake: Intake::open(&till.app).unwrap(), till };
    let mut taken = folder.taken();
    taken.sort();
    assert_eq!(taken, ["a.json", "b.json"]);
    assert_eq!(folder.mails(), 2);
}

#[test]
fn a_defect_that_one_file_meets_holds_up_no_other() {
    let folder = Folder::new();
    let sql = rusqlite::Connection::open(folder.till.app.data().join("tillpost.db")).unwrap();
    sql.execute_batch(
        "CREATE TRIGGER met BEFORE INSERT ON folder_drop WHEN NEW.name = 'a.json'
         BEGIN SELECT RAISE(ABORT, 'a defect'); END",
    )
    .unwrap();
    let channel = tillpost::wire::ChannelRequest {
        folder: Some("web".into()),
        ..tillpost::wire::ChannelRequest::default()
    };
    folder.till.app.set_channel("web", channel).unwrap();
    for name in ["a.json", "b.json", "web/c.json"] {
        folder.put(name, mail(name, &[]));
    }
    let mut taken = folder.taken();
    taken.sort();
    assert_eq!(taken, ["b.json", "c.json"]);
}

/// Two sales that were refused, each with a file of the same name.
#[test]
fn a_refused_file_that_is_tried_again_or_drafted_carries_its_own_files() {
    let folder = Folder::new();
    let sale = |who: &str| {
        let words =
            json!({ "to": [format!("{who}@example.com")], "subject": who, "text": "t", "account": "later" });
        folder.put("sale.json", json!({ "mail": words, "attachments": ["invoice.txt"] }).to_string());
        folder.put("invoice.txt", format!("for {who}"));
        assert!(folder.intake.scan().unwrap()[0].problem.as_deref().unwrap().contains("mail.account"));
    };
    ["anna", "bob", "carol"].into_iter().for_each(sale);
    let names: Vec<String> = folder.till.app.folder().unwrap().failed.into_iter().map(|f| f.name).collect();
    assert!(["sale", "sale-2", "sale-3"].iter().all(|name| names.iter().any(|n| n == name)), "{names:?}");
    let account = crate::till::plain_account("later", 9);
    folder.till.app.set_account(tillpost::app::AccountInput { account, secret: None }).unwrap();

    let draft = folder.till.app.draft_of_file("sale-3").unwrap();
    let attached = &draft.content.attachments;
    assert_eq!(
        (draft.content.mail.to.as_slice(), attached.len()),
        (&["carol@example.com".to_owned()][..], 1)
    );
    assert_eq!((attached[0].name.as_str(), attached[0].content.as_str()), ("invoice.txt", "Zm9yIGNhcm9s"));
    assert_eq!(fs::read(folder.path("failed/done/invoice.txt")).unwrap(), b"for carol");

    folder.till.app.try_file_again("sale-2").unwrap();
    let taken = folder.till.app.try_file_again("sale").unwrap_err();
    assert_eq!(taken.kind(), tillpost::app::Kind::Conflict, "{taken}");
    for (name, who) in [("sale-2", "bob"), ("sale", "anna")] {
        if name == "sale" {
            folder.till.app.try_file_again(name).unwrap();
        }
        assert_eq!(folder.taken(), ["sale.json"]);
        assert_eq!(folder.attached(), [("invoice.txt".to_owned(), format!("for {who}").into_bytes())]);
        let mails = folder.till.app.mails(true, None).unwrap();
        assert_eq!(mails[0].recipients[0].address, format!("{who}@example.com"));
    }
    assert!(folder.till.app.folder().unwrap().failed.is_empty());
}

/// A mail that is wrong in itself does not leave its file to the next one.
#[test]
fn what_a_refused_mail_names_goes_with_it() {
    let folder = Folder::new();
    folder.put("invoice.txt", "for anna");
    let wrong = mail("anna", &["invoice.txt", "../x", "none.txt"]).replace("\"text\"", "\"txet\"");
    folder.put("sale.json", wrong);
    assert!(folder.intake.scan().unwrap()[0].problem.is_some());
    assert_eq!(folder.names("failed"), ["invoice.txt", "sale.error.txt", "sale.json"]);
    folder.put("sale.json", mail("bob", &["invoice.txt"]));
    assert_eq!(folder.taken(), [] as [String; 0], "it went out with another's file");
}

/// A till sees that its sale was taken and uses the names again, while the sale still waits for a file.
#[test]
fn a_sale_that_waits_keeps_its_files_when_the_next_has_the_same_names() {
    let folder = Folder::new();
    folder.put("sale.json", mail("anna", &["invoice.txt", "photo.jpg"]));
    folder.put("invoice.txt", "for anna");
    assert_eq!(folder.taken(), [] as [String; 0]);
    assert_eq!(folder.names(""), [] as [String; 0]);
    folder.put("sale.json", mail("bob", &["invoice.txt"]));
    folder.put("invoice.txt", "for bob");
    assert_eq!(folder.taken(), ["sale.json"]);
    assert_eq!(folder.attached(), [("invoice.txt".to_owned(), b"for bob".to_vec())]);
    folder.put("photo.jpg", "jpeg");
    while folder.taken().is_empty() {
        std::thread::yield_now();
    }
    let files =
        [("invoice.txt".to_owned(), b"for anna".to_vec()), ("photo.jpg".to_owned(), b"jpeg".to_vec())];
    assert_eq!(folder.attached(), files);
    assert_eq!(folder.mails(), 2);
}

#[test]
fn files_of_other_kinds_and_drafts_stay_where_they_are() {
    let folder = Folder::new();
    let names = [".hidden.json", "m.json.tmp", "notes.txt", "~draft.json"];
    for name in names {
        folder.put(name, mail("s", &[]));
    }
    assert_eq!(folder.taken(), [] as [String; 0]);
    assert_eq!(folder.names(""), names);
}

#[test]
fn the_folder_is_below_the_data_folder() {
    let folder = Folder::new();
    assert_eq!(folder.till.app.outbox(), Path::new(folder.till.app.data()).join("outbox"));
    for sub in ["queued", "failed", "processing"] {
        assert!(folder.path(sub).is_dir(), "{sub}");
    }
}

/// Earlier versions did not note which files came with a refused mail: where one of its name lies there, nobody
/// knows whose it is.
#[test]
fn a_refused_mail_of_an_earlier_version_does_not_leave_with_a_file_that_may_be_anothers() {
    let folder = Folder::new();
    let failed = folder.till.app.outbox().join("failed");
    fs::create_dir_all(&failed).unwrap();
    let refused = |name: &str, json: &str, files: &str| {
        let text = format!(
            "{name}.json was not taken.\n\nNo.\n\nCorrect this and put it into the outbox again.\n{files}"
        );
        fs::write(failed.join(format!("{name}.error.txt")), text).unwrap();
        fs::write(failed.join(format!("{name}.json")), json).unwrap();
    };
    refused("sale", &mail("anna", &["invoice.txt"]), "");
    fs::write(failed.join("invoice-2.txt"), "for anna, or not").unwrap();
    for refused in [
        folder.till.app.try_file_again("sale").unwrap_err(),
        folder.till.app.draft_of_file("sale").unwrap_err(),
    ] {
        assert_eq!(refused.kind(), tillpost::app::Kind::Conflict, "{refused}");
        assert!(refused.to_string().contains("invoice.txt"), "{refused}");
    }
    assert!(failed.join("sale.json").exists());
    // It is bob's: anna's never came.
    refused("bob", &mail("bob", &["invoice-2.txt"]), "\nIt came with:\ninvoice-2.txt\n");
    folder.till.app.try_file_again("sale").unwrap();
    folder.put("invoice.txt", "for anna");
    assert_eq!(folder.taken(), ["sale.json"]);
    assert_eq!(folder.attached(), [("invoice.txt".to_owned(), b"for anna".to_vec())]);
}
