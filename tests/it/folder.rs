//! The outbox folder, from a dropped file to a queued mail.

use std::fs;
use std::io::Write;

use tillpost::app::Intake;

use crate::till::Till;

const MAIL: &str = r#"{"mail":{"to":["a@example.com"],"subject":"s","text":"t"},"attachments":[]}"#;

fn till() -> Till {
    Till::at(9)
}

#[test]
fn a_file_is_taken_once_and_only_when_it_is_whole() {
    let till = till();
    let intake = Intake::open(&till.app).unwrap();
    let path = till.app.outbox().join("a.json");
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(&MAIL.as_bytes()[..30]).unwrap();
    assert_eq!(intake.scan().unwrap(), [], "a file that is still written to was taken");
    file.write_all(&MAIL.as_bytes()[30..]).unwrap();
    drop(file);
    let taken = intake.scan().unwrap();
    assert_eq!((taken.len(), taken[0].problem.clone()), (1, None));
    assert!(till.app.outbox().join("queued/a.json").exists());
    // The same content under another name is not sent again.
    fs::write(till.app.outbox().join("b.json"), MAIL).unwrap();
    intake.scan().unwrap();
    assert!(till.app.outbox().join("queued/b.json").exists());
    assert_eq!(till.app.mails(true, None).unwrap().len(), 1);
}

#[test]
fn what_cannot_be_sent_lies_in_failed_with_the_reason() {
    let till = till();
    let intake = Intake::open(&till.app).unwrap();
    let outbox = till.app.outbox();
    fs::write(till.folder.path().join("secret.txt"), "not yours").unwrap();
    for (name, text, reason) in [
        ("address.json", r#"{"mail":{"to":["nobody"]},"attachments":[]}"#, "mail.to[0]"),
        ("key.json", r#"{"kind":"invoice","colour":"red"}"#, "colour"),
        ("broken.json", "{]", "valid JSON"),
        (
            "escape.json",
            r#"{"mail":{"to":["a@example.com"],"text":"t"},"attachments":["../../secret.txt"]}"#,
            "attachments[0]",
        ),
        ("noone.eml", "From: a@example.com\n\nhello\n", "recipient"),
    ] {
        fs::write(outbox.join(name), text).unwrap();
        intake.scan().unwrap();
        let stem = name.split('.').next().unwrap();
        let said = fs::read_to_string(outbox.join(format!("failed/{stem}.error.txt"))).unwrap_or_default();
        assert!(said.contains(reason), "{name}: {said:?}");
        assert!(outbox.join("failed").join(name).exists());
    }
    assert!(till.app.mails(true, None).unwrap().is_empty());
}

#[test]
fn a_mail_waits_for_the_files_it_names_and_a_message_is_taken_as_it_is() {
    let till = till();
    let intake = Intake::open(&till.app).unwrap();
    let outbox = till.app.outbox();
    let text = r#"{"mail":{"to":["a@example.com"],"text":"t"},"attachments":["offer.pdf"]}"#;
    fs::write(outbox.join("m.json"), text).unwrap();
    intake.scan().unwrap();
    assert!(till.app.mails(true, None).unwrap().is_empty(), "it left without its file");
    drop(intake);
    fs::write(outbox.join("offer.pdf"), b"%PDF-1.7\n%%EOF\n").unwrap();
    // A new start looks at once at what was put back.
    let intake = Intake::open(&till.app).unwrap();
    intake.scan().unwrap();
    fs::write(outbox.join("e.eml"), "From: till@example.com\nTo: b@example.com\nSubject: x\n\nbody\n")
        .unwrap();
    intake.scan().unwrap();
    let subjects: Vec<String> = till.app.mails(true, None).unwrap().into_iter().map(|m| m.subject).collect();
    assert_eq!(subjects, ["x", "offer.pdf"]);
}
