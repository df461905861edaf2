//! Handing mails to the computer's own mail program, at every door.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tillpost::app::{AccountInput, App, DocumentQuery, Intake, Kind};

use crate::http::service::Serve;
use crate::http::webhooks::Till as Service;
use crate::program::{finished, invoice, program, run};
use crate::till::{Till, mail};

/// A mail program in the place of the desktop's: it says through a pipe what it was to open.
struct MailProgram {
    path: String,
    drafts: Receiver<String>,
}

impl MailProgram {
    fn new(folder: &Path) -> Self {
        let (bin, pipe) = (folder.join("bin"), folder.join("pipe"));
        std::fs::create_dir(&bin).unwrap();
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let script = bin.join("xdg-open");
        std::fs::write(&script, format!("#!/bin/sh\necho \"$1\" > {}\n", pipe.display())).unwrap();
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let (opened, drafts) = channel();
        // Open for writing, too, it has no end between two drafts.
        let pipe = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                let _ = opened.send(std::fs::read_to_string(line.unwrap()).unwrap());
            }
        });
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        Self { path, drafts }
    }

    /// Lets a command find it.
    fn before<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("PATH", &self.path)
    }

    /// The next draft that is opened.
    fn draft(&self) -> String {
        self.drafts.recv_timeout(Duration::from_secs(60)).expect("nothing was opened")
    }

    /// Whether it has opened nothing more; the program that asked it has ended, or answered.
    fn is_idle(&self) -> bool {
        self.drafts.try_recv().is_err()
    }
}

/// The drafts that lie in the data folder.
fn drafts_of(data: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data.join("handed-over")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_draft_for_the_mail_program_needs_no_account() {
    let dir = tempfile::tempdir().unwrap();
    let (data, folder) = (dir.path().join("data"), dir.path());
    let (app, opener) = (App::open(&data).unwrap(), MailProgram::new(folder));
    app.set_setting("auto_bcc", "books@example.com").unwrap();
    let mut document = invoice();
    document["mail"] = json!({ "cc": ["Bert <bert@example.com>"], "to": ["anna@example.com"] });
    let file = folder.join("invoice.json");
    std::fs::write(&file, document.to_string()).unwrap();
    assert_eq!(run(&data, &["settings", "set", "send_with", "program"]).code, 0);
    let issued = finished(opener.before(&mut program(&data, &["issue", file.to_str().unwrap(), "--json"])));
    assert_eq!(issued.code, 0, "{}", issued.err);
    let draft = opener.draft();
    let lies_in = issued.json()["handed_over"].as_str().unwrap().to_owned();
    assert_eq!(std::fs::read_to_string(lies_in).unwrap(), draft);
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
        &data,
        &["send", "--to", "Anna <anna@example.com>", "--subject", "x", "--text", "y", "--eml", "-"],
    );
    assert!(
        one.out.contains("To: Anna <anna@example.com>") && one.out.contains("Bcc: books@"),
        "{}",
        one.out
    );
    // Without a program the draft is there to be opened by hand.
    let nothing = folder.join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let args = ["send", "--to", "anna@example.com", "--subject", "x", "--text", "y"];
    let refused = finished(program(&data, &args).env("PATH", &nothing));
    assert!(refused.code != 0 && refused.err.contains("open it by hand"), "{refused:?}");
    // The program adds its own signature.
    let account = crate::till::plain_account("default", 1);
    app.set_account(AccountInput { account, secret: None }).unwrap();
    assert_eq!(
        run(&data, &["account", "sender", "set", "ben@till.example", "--signature", "Ben Signs"]).code,
        0
    );
    let by_ben = mail(|m| (m.from, m.html) = (Some("ben@till.example".into()), Some("<p>Ready.</p>".into())));
    let draft = String::from_utf8(app.draft_file(&by_ben, vec![], None).unwrap()).unwrap();
    assert!(draft.contains("From: ben@till.example") && !draft.contains("Ben Signs"), "{draft}");
    app.set_setting("send_with", "account").unwrap();
    let sent = app.preview(&by_ben, vec![], None).unwrap().messages.remove(0);
    assert!(sent.text.unwrap().contains("Ben Signs") && sent.html.unwrap().contains("Ben Signs"));
    app.set_setting("send_with", "program").unwrap();
    app.disable("anna@example.com", "").unwrap();
    assert!(app.draft_file(&mail(|_| ()), vec![], None).is_err());
    // What is wrong with its mail is said before there is a document.
    let before = documents(&app);
    let refused = finished(opener.before(&mut program(&data, &["issue", file.to_str().unwrap()])));
    assert!(refused.code == 2 && refused.err.contains("is disabled in this shop"), "{refused:?}");
    assert_eq!(documents(&app), before);
}

fn documents(app: &App) -> usize {
    app.document_page(DocumentQuery { most: 9, ..DocumentQuery::default() }, None).unwrap().items.len()
}

/// With the setting, whatever comes by whatever door is opened as a draft; there is no account at all.
#[test]
fn every_door_hands_mails_to_the_program_where_the_setting_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (app, opener) = (App::open(&data).unwrap(), MailProgram::new(dir.path()));
    app.set_setting("send_with", "program").unwrap();
    app.disable("old@example.com", "").unwrap();
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
    assert_eq!(finished(opener.before(&mut program(&data, &args))).code, 0);
    assert!(opener.draft().contains("Subject: by hand\r\n"));
    // By the folder.
    let mut serve = program(&data, &["serve", "--json", "--listen", "127.0.0.1:0"]);
    opener.before(&mut serve);
    let serve = Serve::of(serve);
    let drop = |name: &str, text: &str| {
        std::fs::write(outbox.join(format!(".{name}.tmp")), text).unwrap();
        std::fs::rename(outbox.join(format!(".{name}.tmp")), outbox.join(name)).unwrap();
    };
    drop("d.json", &document.to_string());
    let text = opener.draft();
    assert!(text.contains("application/pdf") && text.contains("To: anna@example.com\r\n"), "{text}");
    let file = json!({ "mail": { "to": ["anna@example.com"], "subject": "a file", "text": "y" }, "attachments": [] });
    drop("m.json", &file.to_string());
    assert!(opener.draft().contains("Subject: a file\r\n"));
    drop(
        "m.eml",
        "From: Shop <shop@till.example>\nTo: anna@example.com, bert@example.com\nSubject: built\nX-Till: 4\n\nbody\n",
    );
    let text = opener.draft();
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
    assert_eq!(documents(&app), 1);
}

/// What another program asks for over HTTP is opened on this computer; asked twice, it is opened once.
#[test]
fn the_api_hands_mails_to_the_program_where_the_setting_says_so() {
    let till = Service::new();
    let opener = MailProgram::new(till.folder.path());
    let mut command = till.serving();
    opener.before(&mut command);
    let serve = Serve::of(command);
    let ask = |method: &str, path: &str, body: Value| till.ask(&serve, method, path, &body);
    let request = |client_ref: &str, subject: &str| json!({ "client_ref": client_ref, "mail": { "to": ["anna@example.com"], "subject": subject, "text": "y" } });
    // Queued before the setting changes, it stays queued.
    let plain = json!({ "host": "127.0.0.1", "port": 2, "encryption": "none", "auth": "none", "from": "shop@till.example" });
    ask("PUT", "/accounts/default", plain).is(200);
    let early = ask("POST", "/mails", request("early", "early")).is(201).json();
    let mut document = invoice();
    document["mail"] = json!({ "to": ["anna@example.com"] });
    document["client_ref"] = "doc-early".into();
    let early_document = ask("POST", "/documents", document.clone()).is(201).json();
    ask("PUT", "/settings/send_with", json!({ "value": "program" })).is(200);
    assert_eq!(ask("POST", "/mails", request("early", "early")).is(201).json()["id"], early["id"]);
    let again = ask("POST", "/documents", document.clone()).is(200).json();
    assert_eq!((&again["mails"], &again["handed_over"]), (&early_document["mails"], &Value::Null));
    assert!(opener.is_idle() && drafts_of(&till.data()).is_empty());
    // A mail.
    let first = ask("POST", "/mails", request("m-1", "over HTTP")).is(200).json();
    let draft = opener.draft();
    assert!(draft.starts_with("X-Unsent: 1\r\n") && draft.contains("Subject: over HTTP\r\n"), "{draft}");
    assert_eq!(std::fs::read_to_string(first["file"].as_str().unwrap()).unwrap(), draft);
    assert_eq!(ask("POST", "/mails", request("m-1", "over HTTP")).is(200).json(), first);
    assert_eq!(ask("POST", "/mails", request("m-1", "another")).is(409).key(), "conflict");
    // A document.
    document["client_ref"] = "doc-1".into();
    let issued = ask("POST", "/documents", document.clone()).is(201).json();
    assert_eq!(issued["mails"], json!([]));
    assert!(opener.draft().contains("application/pdf"));
    let again = ask("POST", "/documents", document).is(200).json();
    assert_eq!((&again["number"], &again["handed_over"]), (&issued["number"], &issued["handed_over"]));
    // A draft stays one: nobody knows what became of it.
    let kept = ask("POST", "/drafts", json!({ "mail": request("", "kept")["mail"] })).is(201).json();
    let path = format!("/drafts/{}", kept["id"].as_str().unwrap());
    let opened = ask("POST", &format!("{path}/send"), json!({})).is(200).json();
    assert!(opener.draft().contains("Subject: kept\r\n"));
    assert_eq!(ask("POST", &format!("{path}/send"), json!({})).is(200).json(), opened);
    ask("GET", &path, Value::Null).is(200);
    // Nothing that was sent before goes by itself to a server either.
    let id = early["id"].as_str().unwrap();
    ask("POST", &format!("/mails/{id}/cancel"), json!({})).is(200);
    let told = ask("POST", &format!("/mails/{id}/resend"), json!({})).is(409).json();
    assert!(told["detail"].as_str().unwrap().contains("computer's mail program"), "{told}");
    assert!(opener.is_idle());
    assert_eq!(drafts_of(&till.data()).len(), 3);
    // By the account again: what the program has, nobody queues a second time.
    ask("PUT", "/settings/send_with", json!({ "value": "account" })).is(200);
    assert_eq!(ask("POST", "/mails", request("m-1", "over HTTP")).is(200).json(), first);
    ask("POST", "/mails", request("m-2", "by the account")).is(201);
}

/// A corrected document is not queued where nothing is, and the mail that waits stays as it was.
#[test]
fn a_new_version_of_a_document_is_not_queued_by_itself_where_mails_go_to_the_program() {
    let till = Till::at(1);
    let mut document = invoice();
    document["number"] = "INV-7".into();
    document["mail"] = json!({ "to": ["anna@example.com"] });
    let mail = till.issue(&document).unwrap().mails[0].id;
    document.as_object_mut().unwrap().remove("mail");
    document["version"] = 2.into();
    document["notes"] = json!(["corrected"]);
    till.issue(&document).unwrap();
    till.app.set_setting("send_with", "program").unwrap();
    let error = till.app.replace(mail).unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(error.to_string().contains("nothing new is queued"), "{error}");
    assert_eq!(till.states(mail), ["waiting"]);
    assert_eq!(till.app.mails(true, None).unwrap().len(), 1);
    till.app.set_setting("send_with", "account").unwrap();
    assert_ne!(till.app.replace(mail).unwrap().id, mail);
}

/// A document from the folder whose mail no program opened: it is issued once, and its mail is opened when it is
/// tried again, and not once more.
#[test]
fn a_mail_from_the_folder_that_no_program_opened_is_opened_when_it_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (app, opener) = (App::open(&data).unwrap(), MailProgram::new(dir.path()));
    app.set_setting("send_with", "program").unwrap();
    let outbox = app.outbox();
    std::fs::create_dir_all(&outbox).unwrap();
    let mut document = invoice();
    document["mail"] = json!({ "to": ["anna@example.com"] });
    let drop = || {
        std::fs::write(outbox.join(".d.tmp"), document.to_string()).unwrap();
        std::fs::rename(outbox.join(".d.tmp"), outbox.join("d.json")).unwrap();
    };
    let until = |met: &dyn Fn() -> bool| {
        let begun = std::time::Instant::now();
        while !met() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it never came about");
            std::thread::yield_now();
        }
    };
    let serve = |path: &str| {
        let mut serve = program(&data, &["serve", "--json", "--listen", "127.0.0.1:0"]);
        serve.env("PATH", path);
        Serve::of(serve)
    };
    let queued = |count: usize| {
        let entries = std::fs::read_dir(outbox.join("queued")).unwrap();
        entries.count() == count
    };
    drop();
    let nothing = dir.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let without = serve(nothing.to_str().unwrap());
    until(&|| outbox.join("failed/d.json").exists());
    std::mem::drop(without);
    assert!(app.folder().unwrap().failed[0].reason.contains("is issued; its mail was not handed over"));
    app.try_file_again("d").unwrap();
    let _with = serve(&opener.path);
    until(&|| queued(1));
    assert!(opener.draft().contains("To: anna@example.com\r\n"));
    drop();
    until(&|| queued(2));
    assert!(opener.is_idle(), "it was opened twice");
    assert_eq!(documents(&app), 1);
}
