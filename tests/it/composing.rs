//! Mails as people write them: who they are from, how large they may be, and handing them over.

use serde_json::json;
use tillpost::app::{AccountInput, App, DocumentQuery, Intake, Kind, OutgoingFile};
use tillpost::domain::address::Mailbox;
use tillpost::wire::{MailFile, MailShape};

use crate::http::service::Serve;
use crate::program::{finished, invoice, program, run};
use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::{Till, plain_account};

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

#[test]
fn answers_go_where_the_sender_wants_them() {
    let till = Till::at(1);
    let data = till.app.data();
    let answers = |change: &dyn Fn(&mut MailShape)| {
        let seen = till.app.preview(&mail(change), vec![], None).unwrap().messages.remove(0);
        let unfolded = seen.header.replace("\r\n ", " ");
        unfolded.lines().find_map(|line| line.strip_prefix("Reply-To: ").map(str::to_owned))
    };
    let mut account = plain_account("default", 1);
    account.reply_to = vec![mailbox("office@till.example"), mailbox("books@till.example")];
    till.app.set_account(AccountInput { account, secret: None }).unwrap();
    let ben = |m: &mut MailShape| m.from = Some("ben@till.example".into());
    assert_eq!(answers(&|_| ()).as_deref(), Some("office@till.example, books@till.example"));
    let set = ["account", "sender", "set", "Ben <ben@till.example>", "--reply-to"];
    let refused = run(data, &[&set[..], &["ben"]].concat());
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("reply_to[0]"), "{}", refused.err);
    let two = "Ben <ben@till.example>; workshop@till.example, BEN@till.example";
    assert_eq!(run(data, &[&set[..], &[two]].concat()).code, 0);
    assert_eq!(answers(&ben).as_deref(), Some("Ben <ben@till.example>, workshop@till.example"));
    assert!(run(data, &["account", "sender", "list"]).out.contains("workshop@till.example"));
    // The account's own sender has theirs too, and the mail's own word comes first.
    let own = ["account", "sender", "set", "shop@till.example", "--reply-to", "till@till.example"];
    assert_eq!(run(data, &own).code, 0);
    assert_eq!(answers(&|_| ()).as_deref(), Some("till@till.example"));
    let asked = |m: &mut MailShape| {
        ben(m);
        m.reply_to = vec!["anna@till.example".into()];
    };
    assert_eq!(answers(&asked).as_deref(), Some("anna@till.example"));
    assert_eq!(run(data, &set[..4]).code, 0);
    assert_eq!(answers(&ben).as_deref(), Some("office@till.example, books@till.example"));
}

fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

/// What another program built is from whom the shop allows, leaves through the account that may send as
/// them, and is no larger than its server takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_another_program_is_held_to_the_allowed_senders_and_sizes() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Ehlo => say("250-here\r\n250 SIZE 20000"),
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    let mut second = plain_account("second", server.address.port());
    second.from = mailbox("Second <second@shop.example>");
    till.app.set_account(AccountInput { account: second, secret: None }).unwrap();
    till.app.set_setting("sender_policy", "listed").unwrap();
    till.send(&["anna@example.com"]);
    till.flush().await;
    let intake = Intake::open(&till.app).unwrap();
    let mut number = 0;
    let mut drop = |fields: &str, body: &str| {
        number += 1;
        let eml = format!("{fields}\nTo: anna@example.com\nSubject: {number}\n\n{body}\n");
        std::fs::write(till.app.outbox().join(format!("{number}.eml")), eml).unwrap();
        let taken = intake.scan().unwrap();
        assert_eq!(taken.len(), 1);
        taken[0].problem.clone()
    };
    let why = drop("From: Boss <boss@elsewhere.example>", "x").unwrap();
    for says in
        ["From: the account \"default\" may not send as boss@elsewhere.example", "Use one of shop@till"]
    {
        assert!(why.contains(says), "{why}");
    }
    let why = drop("From: shop@till.example\nSender: boss@elsewhere.example", "x").unwrap();
    assert!(why.starts_with("Sender: the account"), "{why}");
    let why = drop("From: shop@till.example, boss@elsewhere.example", "x").unwrap();
    assert!(why.contains("may not send as boss@"), "{why}");
    let why = drop("From: shop@till.example", &"large\n".repeat(4000)).unwrap();
    assert!(why.contains("the server takes at most 20000"), "{why}");
    assert_eq!(drop("From: Till <SHOP@till.example>", "x"), None);
    assert_eq!(drop("From: second@shop.example", "x"), None);
    let accounts: Vec<String> = till.app.mails(false, None).unwrap().into_iter().map(|m| m.account).collect();
    assert_eq!(accounts.len(), 2);
    assert!(accounts.contains(&"default".to_owned()) && accounts.contains(&"second".to_owned()));
    till.app.set_setting("sender_policy", "any").unwrap();
    assert_eq!(drop("From: boss@elsewhere.example", "x"), None);
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

/// With the setting, whatever comes by whatever door is opened as a draft; there is no account at all.
#[cfg(unix)]
#[test]
fn every_door_hands_mails_to_the_program_where_the_setting_says_so() {
    use std::io::{BufRead, BufReader};

    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let app = App::open(&data).unwrap();
    app.set_setting("send_with", "program").unwrap();
    app.disable("old@example.com", "").unwrap();
    // The program of the test says through a pipe what it was to open.
    let (bin, pipe) = (dir.path().join("bin"), dir.path().join("pipe"));
    std::fs::create_dir(&bin).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let script = bin.join("xdg-open");
    std::fs::write(&script, format!("#!/bin/sh\necho \"$1\" > {}\n", pipe.display())).unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (opened, drafts) = std::sync::mpsc::channel();
    // Open for writing, too, it has no end between two drafts.
    let pipe = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            let _ = opened.send(std::fs::read_to_string(line.unwrap()).unwrap());
        }
    });
    let draft = || drafts.recv_timeout(std::time::Duration::from_secs(60)).expect("nothing was opened");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let outbox = app.outbox();
    std::fs::create_dir_all(&outbox).unwrap();
    // What a person sees first is the draft, too; nothing is stored.
    let seen = app.preview(&mail(|m| m.cc = vec!["bert@example.com".into()]), vec![], None).unwrap();
    assert!(seen.messages[0].header.starts_with("X-Unsent: 1\r\nBcc: anna@example.com"));
    assert_eq!(seen.messages[0].recipients[1].says, "bert@example.com sees no recipient's address.");
    let mut document = invoice();
    document["mail"] = json!({ "to": ["anna@example.com"] });
    let seen = app.preview_issue(serde_json::from_value(document.clone()).unwrap()).unwrap();
    assert_eq!(seen.messages[0].attachments.len(), 1);
    assert!(run(&data, &["doctor"]).out.contains("none is needed"));
    // By hand.
    let args = ["send", "--to", "anna@example.com", "--subject", "by hand", "--text", "y"];
    assert_eq!(finished(program(&data, &args).env("PATH", &path)).code, 0);
    assert!(draft().contains("Subject: by hand\r\n"));
    // By the folder.
    let mut serve = program(&data, &["serve", "--json", "--listen", "127.0.0.1:0"]);
    serve.env("PATH", &path);
    let serve = Serve::of(serve);
    let drop = |name: &str, text: &str| {
        std::fs::write(outbox.join(format!(".{name}.tmp")), text).unwrap();
        std::fs::rename(outbox.join(format!(".{name}.tmp")), outbox.join(name)).unwrap();
    };
    drop("d.json", &document.to_string());
    let text = draft();
    assert!(text.contains("application/pdf") && text.contains("To: anna@example.com\r\n"), "{text}");
    let file = json!({ "mail": { "to": ["anna@example.com"], "subject": "a file", "text": "y" }, "attachments": [] });
    drop("m.json", &file.to_string());
    assert!(draft().contains("Subject: a file\r\n"));
    drop(
        "m.eml",
        "From: Shop <shop@till.example>\nTo: anna@example.com, bert@example.com\nSubject: built\nX-Till: 4\n\nbody\n",
    );
    let text = draft();
    let begin = "X-Unsent: 1\r\nBcc: anna@example.com,\r\n bert@example.com\r\n";
    assert!(text.starts_with(begin) && text.ends_with("X-Till: 4\r\n\r\nbody\r\n"), "{text}");
    assert!(!text.contains("\nTo:") && text.contains("From: Shop <shop@till.example>"), "{text}");
    // Whom nobody writes to gets no draft either.
    std::mem::drop(serve);
    drop("old.eml", "From: shop@till.example\nTo: old@example.com\nSubject: x\n\nbody\n");
    let taken = Intake::open(&app).unwrap().scan().unwrap();
    // The service may have ended before it had put the last file away.
    let old = taken.iter().find(|t| t.name == "old.eml").unwrap();
    assert!(old.problem.as_ref().unwrap().contains("is disabled in this shop"), "{taken:?}");
    assert!(app.mails(true, None).unwrap().is_empty());
    assert_eq!(
        app.document_page(DocumentQuery { most: 9, ..DocumentQuery::default() }, None).unwrap().items.len(),
        1
    );
}
