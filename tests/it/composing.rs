//! Mails as people write them: who they are from, how large they may be, and handing them over.

use serde_json::json;
use tillpost::app::{App, Kind, OutgoingFile};
use tillpost::wire::{MailFile, MailShape};

use crate::program::{finished, invoice, program, run};
use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::Till;

fn mail(change: impl FnOnce(&mut MailShape)) -> MailFile {
    let mut mail = MailShape {
        to: vec!["anna@example.com".to_owned()],
        subject: Some("Ready".into()),
        text: Some("It is ready.\n".into()),
        ..MailShape::default()
    };
    change(&mut mail);
    MailFile { mail, ..MailFile::default() }
}

#[test]
fn a_mail_is_from_whom_the_shop_allows_and_signed_by_them() {
    let till = Till::at(1);
    let data = till.app.data();
    let from = |from: &str| mail(|m| m.from = Some(from.to_owned()));
    // Anybody, with a word of warning.
    let seen = till.app.preview(&from("x@elsewhere.example"), vec![], None).unwrap();
    assert_eq!(seen.warnings[0].key, "foreign_sender");
    assert_eq!(run(data, &["settings", "set", "sender_policy", "listed"]).code, 0);
    let set = ["account", "sender", "set", "Ben <ben@elsewhere.example>", "--signature", "Ben\nFix & Go"];
    assert_eq!(run(data, &set).code, 0);
    let error = till.app.send(&from("x@elsewhere.example"), vec![], None).unwrap_err();
    assert_eq!((error.kind(), error.field()), (Kind::BadInput, Some("mail.from")));
    let says = error.to_string();
    assert!(says.contains("may not send as x@elsewhere.example") && says.contains("ben@elsewhere"), "{says}");
    assert!(till.app.mails(true, None).unwrap().is_empty());
    // The listed one has a name and a signature, in text and page; replies may go to several.
    let mut file = from("ben@elsewhere.example");
    file.mail.html = Some("<body>It <b>is</b> ready.</body>".into());
    file.mail.reply_to = vec!["a@example.com; b@example.com".into()];
    let seen = till.app.preview(&file, vec![], None).unwrap().messages.remove(0);
    assert!(seen.header.contains("From: Ben <ben@elsewhere.example>"), "{}", seen.header);
    let unfolded = seen.header.replace("\r\n ", " ");
    assert!(unfolded.contains("Reply-To: a@example.com, b@example.com"), "{unfolded}");
    assert_eq!(seen.text.unwrap(), "It is ready.\r\n\r\n-- \r\nBen\r\nFix & Go\r\n");
    assert!(seen.html.unwrap().contains("Ben<br>\r\nFix &amp; Go</p>\r\n</body>"));
    // The account's own sender needs no listing.
    assert!(till.app.send(&mail(|_| ()), vec![], None).is_ok());
    assert_eq!(run(data, &["account", "sender", "remove", "ben@elsewhere.example"]).code, 0);
    assert!(till.app.send(&file, vec![], None).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_is_known_to_refuse_for_its_size_is_refused_before_it_is_queued() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Ehlo => say("250-here\r\n250 SIZE 20000"),
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    let large = || vec![OutgoingFile { name: "photo.jpg".into(), bytes: vec![7; 20_000] }];
    let seen = till.app.preview(&mail(|_| ()), large(), None).unwrap();
    assert_eq!((seen.size.most, seen.size.from), (None, None));
    till.send(&["anna@example.com"]);
    till.flush().await;
    let seen = till.app.preview(&mail(|_| ()), vec![], None).unwrap();
    assert_eq!((seen.size.most, seen.size.from), (Some(20_000), Some("server")));
    assert_eq!(seen.size.used, u64::try_from(seen.messages[0].size).unwrap());
    let before = till.app.mails(true, None).unwrap().len();
    let error = till.app.send(&mail(|_| ()), large(), None).unwrap_err();
    assert_eq!((error.kind(), error.field()), (Kind::BadInput, Some("attachments")));
    assert!(error.to_string().contains("the server takes at most 20000"), "{error}");
    assert_eq!(till.app.mails(true, None).unwrap().len(), before);
}

#[test]
fn a_draft_for_the_mail_program_needs_no_account() {
    let dir = tempfile::tempdir().unwrap();
    let app = App::open(dir.path()).unwrap();
    app.set_setting("auto_bcc", "books@example.com").unwrap();
    let mut document = invoice();
    document["mail"] = json!({ "cc": ["Bert <bert@example.com>"], "to": ["anna@example.com"] });
    let file = dir.path().join("invoice.json");
    std::fs::write(&file, document.to_string()).unwrap();
    // A program of the test's own stands in for the one the desktop would open.
    let bin = dir.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let opened = dir.path().join("opened");
    let script = format!("#!/bin/sh\nprintf %s \"$1\" > {}\n", opened.display());
    std::fs::write(bin.join("xdg-open"), script).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(bin.join("xdg-open"), all).unwrap();
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    assert_eq!(run(dir.path(), &["settings", "set", "send_with", "program"]).code, 0);
    let issued = finished(program(dir.path(), &["issue", file.to_str().unwrap()]).env("PATH", &path));
    assert_eq!(issued.code, 0, "{}", issued.err);
    let draft = std::fs::read_to_string(std::fs::read_to_string(&opened).unwrap()).unwrap();
    let (header, body) = draft.split_once("\r\n\r\n").unwrap();
    assert!(header.starts_with("X-Unsent: 1\r\n"), "{header}");
    // Who should not see each other stands in Bcc, for the program to take out; no sender is claimed.
    let unfolded = header.replace("\r\n ", " ");
    let bcc = unfolded.lines().find(|l| l.starts_with("Bcc: ")).unwrap();
    assert_eq!(bcc, "Bcc: anna@example.com, Bert <bert@example.com>, books@example.com");
    assert!(!unfolded.contains("\nFrom:") && !unfolded.contains("\nTo:") && !unfolded.contains("Message-ID"));
    assert!(body.contains("application/pdf") && body.contains("Please find attached invoice"), "{body}");
    assert!(app.mails(true, None).unwrap().is_empty());
    // One recipient stands in To; a file instead of the program.
    let one = run(
        dir.path(),
        &["send", "--to", "Anna <anna@example.com>", "--subject", "x", "--text", "y", "--eml", "-"],
    );
    assert!(
        one.out.contains("To: Anna <anna@example.com>") && one.out.contains("Bcc: books@"),
        "{}",
        one.out
    );
    // Without a program the draft is there to be opened by hand.
    let nothing = dir.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let args = ["send", "--to", "anna@example.com", "--subject", "x", "--text", "y"];
    let refused = finished(program(dir.path(), &args).env("PATH", &nothing));
    assert!(refused.code != 0 && refused.err.contains("open it by hand"), "{refused:?}");
    app.disable("anna@example.com", "").unwrap();
    assert!(app.draft_file(&mail(|_| ()), vec![], None).is_err());
}
