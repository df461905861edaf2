//! Who mails may go to, and what the shop knows of them.

use tillpost::app::{Intake, Kind, Wish};
use tillpost::wire::{MailFile, MailRequest, MailShape, ResendRequest};

use crate::program::{invoice, run};
use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::Till;

fn mail(to: &[&str]) -> MailFile {
    let mail = MailShape {
        to: to.iter().map(|s| (*s).to_owned()).collect(),
        subject: Some("x".into()),
        text: Some("y".into()),
        ..MailShape::default()
    };
    MailFile { mail, ..MailFile::default() }
}

#[test]
fn nothing_is_queued_for_a_disabled_address_by_any_way_in() {
    let till = Till::at(1);
    assert_eq!(till.app.disable("@internal.example", "staff read it on paper").unwrap(), 0);
    till.app.disable("Old@Example.com", "").unwrap();
    for (to, cc, named) in [
        ("a@example.com; old@example.com", "", "mail.to: old@example.com"),
        ("a@example.com", "Boss <boss@internal.example>", "mail.cc: boss@internal.example"),
    ] {
        let mut file = mail(&[to]);
        file.mail.cc = vec![cc.to_owned()];
        for refused in [
            till.app.send(&file, vec![], None).map(|_| ()),
            till.app.preview(&file, vec![], None).map(|_| ()),
        ] {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), Kind::BadInput);
            assert!(error.to_string().starts_with(named), "{error}");
        }
    }
    let intake = Intake::open(&till.app).unwrap();
    let eml = "From: shop@till.example\nTo: a@example.com\nBcc: x@internal.example\nSubject: x\n\ny\n";
    std::fs::write(till.app.outbox().join("m.eml"), eml).unwrap();
    let mut document = invoice();
    document["buyer"]["email"] = "old@example.com".into();
    document["mail"] = serde_json::json!({});
    std::fs::write(till.app.outbox().join("d.json"), document.to_string()).unwrap();
    let taken = intake.scan().unwrap();
    assert_eq!(taken.len(), 2);
    for one in taken {
        let why = one.problem.unwrap();
        assert!(why.contains("is disabled in this shop"), "{why}");
    }
    assert!(till.app.mails(true, None).unwrap().is_empty());
    let data = till.app.data();
    let refused = run(data, &["send", "--to", "x@internal.example", "--subject", "x", "--text", "y"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("staff read it on paper"), "{}", refused.err);
    assert_eq!(run(data, &["contacts", "enable", "@internal.example"]).code, 0);
    assert_eq!(run(data, &["contacts", "enable", "@internal.example"]).code, 3);
    assert_eq!(run(data, &["send", "--to", "x@internal.example", "--subject", "x", "--text", "y"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_disabled_while_mails_waited_gets_none_of_them() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let both = till.send(&["a@example.com", "b@gone.example"]);
    // More than one claim's worth in front of a mail for somebody else.
    for n in 0..60 {
        till.send(&[&format!("c{n}@gone.example")]);
    }
    let last = till.send(&["d@example.com"]);
    assert_eq!(till.app.disable("@gone.example", "closed down").unwrap(), 61);
    till.flush().await;
    assert_eq!(server.arrived(), ["a@example.com", "d@example.com"]);
    assert!(!server.seen().commands.iter().any(|c| c.contains("gone.example")), "it was named on the wire");
    assert_eq!(till.states(both), ["accepted", "refused"]);
    let reply = till.mail(both).recipients[1].reply.clone().unwrap();
    assert!(reply.contains("b@gone.example is disabled") && reply.contains("closed down"), "{reply}");
    assert_eq!(till.states(last), ["accepted"]);
}

/// However a mail came into the queue, it is looked at again when it would leave, and when a person wants it
/// tried once more.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_disabled_gets_nothing_that_came_by_any_door_before() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let (app, data) = (&till.app, till.app.data());
    let earlier = till.send(&["known@gone.example"]);
    till.flush().await;
    server.clear();
    let to = |door: &str| [format!("{door}@gone.example"), format!("{door}@example.com")];
    let request = |door: &str| {
        let text = serde_json::json!({ "mail": { "to": to(door), "subject": "x", "text": "y" } });
        serde_json::from_value::<MailRequest>(text).unwrap()
    };
    app.send(&mail(&to("library").each_ref().map(String::as_str)), vec![], None).unwrap();
    app.send_request(&request("http")).unwrap();
    let draft = app.begin_draft(&request("draft")).unwrap();
    app.send_draft(draft.row.uuid, None, None).unwrap();
    let sent =
        run(data, &["send", "--to", &to("program").join(","), "--subject", "x", "--text", "y", "--yes"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    let mut document = invoice();
    document["mail"] = serde_json::json!({ "to": to("document") });
    let issued = till.issue(&document).unwrap();
    let intake = Intake::open(app).unwrap();
    let [gone, stays] = to("eml");
    let eml = format!("From: shop@till.example\nTo: {gone}\nCc: {stays}\nSubject: x\n\ny\n");
    std::fs::write(app.outbox().join("m.eml"), eml).unwrap();
    let file = serde_json::json!({ "mail": { "to": to("folder"), "text": "y" }, "attachments": [] });
    std::fs::write(app.outbox().join("m.json"), file.to_string()).unwrap();
    document["number"] = "INV-FOLDER".into();
    document["mail"] = serde_json::json!({ "bcc": to("paper") });
    std::fs::write(app.outbox().join("d.json"), document.to_string()).unwrap();
    let taken = intake.scan().unwrap();
    assert!(taken.len() == 3 && taken.iter().all(|t| t.problem.is_none()), "{taken:?}");
    let again = ResendRequest { to: to("again").to_vec(), ..ResendRequest::default() };
    app.resend(earlier, &again).unwrap();
    assert_eq!(app.disable("@gone.example", "closed down").unwrap(), 9);
    till.flush().await;
    let mut arrived = server.arrived();
    arrived.sort();
    let doors = ["again", "document", "draft", "eml", "folder", "http", "library", "paper", "program"];
    assert_eq!(arrived, doors.map(|door| format!("{door}@example.com")));
    assert!(!server.seen().commands.iter().any(|c| c.contains("gone.example")), "it was named on the wire");
    // A person's wish changes nothing, until the address is allowed again.
    let id = issued.mails[0].id;
    assert_eq!(till.states(id), ["refused", "accepted"]);
    app.wish(id, Wish::Retry).unwrap();
    till.flush().await;
    assert_eq!(till.states(id), ["refused", "accepted"]);
    app.enable("@gone.example").unwrap();
    app.wish(id, Wish::Retry).unwrap();
    till.flush().await;
    assert_eq!(till.states(id), ["accepted", "accepted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_disabled_in_the_middle_of_a_round_gets_nothing_either() {
    let till = Till::at(1);
    let app = till.app.clone();
    let server = Scripted::start(Script::new(move |moment| {
        if moment.at == At::Mail && moment.mails == 0 {
            app.disable("c01@example.com", "").unwrap();
        }
        Act::Usual
    }))
    .await;
    till.account(server.address.port());
    till.numbered(3);
    till.flush().await;
    assert!(!server.arrived().contains(&"c01@example.com".to_owned()));
    assert!(server.arrived().contains(&"c02@example.com".to_owned()));
}

#[test]
fn a_disabled_own_copy_holds_up_no_mail() {
    let till = Till::at(1);
    till.app.set_setting("auto_bcc", "me@till.example").unwrap();
    till.app.set_setting("archive_address", "archive@till.example").unwrap();
    till.app.disable("me@till.example", "").unwrap();
    let id = till.send(&["a@example.com"]);
    let to: Vec<String> = till.mail(id).recipients.into_iter().map(|r| r.address).collect();
    assert_eq!(to, ["a@example.com", "archive@till.example"]);
}

#[test]
fn the_same_reference_gives_all_mails_of_an_individual_sending_again() {
    let till = Till::at(1);
    let mut file = mail(&["a@example.com, b@example.com\nc@example.com"]);
    file.mail.individually = true;
    file.client_ref = Some("newsletter-1".into());
    let first = till.app.send_each(&file, vec![], None).unwrap();
    assert_eq!(first.len(), 3);
    assert_eq!(till.app.send_each(&file, vec![], None).unwrap(), first);
    assert_eq!(till.app.mails(true, None).unwrap().len(), 3);
}

#[test]
fn a_preview_tells_what_leaves_and_what_looks_wrong() {
    let till = Till::at(1);
    let mut file = mail(&["a@example.com", "b@example.com"]);
    file.mail.text = None;
    file.mail.html = Some("<p>The bill is <b>attached</b>.</p><p>Søn &amp; Co</p>".into());
    file.mail.subject = Some(String::new());
    file.mail.from = Some("Me <me@gmail.com>".into());
    let seen = till.app.preview(&file, vec![], None).unwrap();
    let message = &seen.messages[0];
    assert!(message.header.contains("To: undisclosed-recipients:;"), "{}", message.header);
    assert!(message.text.as_ref().unwrap().contains("The bill is attached."), "{:?}", message.text);
    assert!(message.text.as_ref().unwrap().contains("Søn & Co"), "{:?}", message.text);
    assert!(message.html.as_ref().unwrap().contains("<b>attached</b>"));
    assert_eq!(message.recipients[0].says, "a@example.com sees no recipient's address.");
    let keys: Vec<&str> = seen.warnings.iter().map(|w| w.key).collect();
    assert_eq!(keys, ["empty_subject", "no_attachment", "foreign_sender"]);
    assert!(till.app.mails(true, None).unwrap().is_empty());
}

/// The book knows more domains than the large ones: those that mails have reached.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_address_is_corrected_from_the_books_own_domains() {
    let script = Script::new(|moment| {
        let slip = ["fixadngo", "gmial"].iter().any(|slip| moment.line.contains(slip));
        if moment.at == At::Rcpt && slip { say("550 5.1.1 User unknown") } else { Act::Usual }
    });
    let server = Scripted::start(script).await;
    let till = Till::at(server.address.port());
    for to in ["anna@fixandgo.example", "bert@fixadngo.example", "cas@gmial.com"] {
        till.send(&[to]);
    }
    till.flush().await;
    let listed = run(till.app.data(), &["contacts", "list", "--json"]).json();
    let correction = |address: &str| {
        let all = listed.as_array().unwrap();
        all.iter().find(|c| c["address"] == address).unwrap()["correction"].clone()
    };
    assert_eq!(correction("bert@fixadngo.example"), "bert@fixandgo.example");
    assert_eq!(correction("cas@gmial.com"), "cas@gmail.com");
    assert_eq!(correction("anna@fixandgo.example"), serde_json::Value::Null);
    let shown = till.app.contact_view(till.app.contact("bert@fixadngo.example").unwrap()).unwrap();
    assert_eq!(shown.correction.as_deref(), Some("bert@fixandgo.example"));
}

/// Whom an account may send as is looked at again when a mail is sent once more.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_sent_once_more_only_as_whom_the_account_may_send() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let mut file = mail(&["a@example.com"]);
    file.mail.from = Some("Ben <ben@elsewhere.example>".into());
    let id = till.app.send(&file, vec![], None).unwrap().id;
    till.flush().await;
    till.app.set_setting("sender_policy", "listed").unwrap();
    let error = till.app.resend(id, &ResendRequest::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::BadInput);
    assert!(error.to_string().contains("may not send as ben@elsewhere.example"), "{error}");
    assert_eq!(till.app.mails(true, None).unwrap().len(), 1);
    assert_eq!(run(till.app.data(), &["account", "sender", "set", "ben@elsewhere.example"]).code, 0);
    till.app.resend(id, &ResendRequest::default()).unwrap();
    till.flush().await;
    assert_eq!(server.arrived(), ["a@example.com", "a@example.com"]);
}

/// A person at a terminal sees the mail of a document first, and nothing is issued until they say yes.
#[cfg(target_os = "linux")]
#[test]
fn a_person_is_asked_before_a_document_is_issued_and_mailed() {
    let till = Till::at(1);
    let data = till.app.data();
    let mut document = invoice();
    document["mail"] = serde_json::json!({ "to": ["anna@example.com"] });
    let file = till.folder.path().join("invoice.json");
    let at_terminal = |words: &str, answer: &str| {
        let line = format!("{} --data {} {words}", env!("CARGO_BIN_EXE_tillpost"), data.display());
        let mut command = std::process::Command::new("script");
        command.args(["-qefc", &line, "/dev/null"]).env("SHELL", "/bin/sh");
        let piped = std::process::Stdio::piped;
        let mut child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
        // Open until the program has ended: the end of the input is an answer, too.
        let mut keyboard = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut keyboard, answer.as_bytes()).unwrap();
        let out = crate::program::Run::of(child.wait_with_output().unwrap());
        drop(keyboard);
        out
    };
    let issue = format!("issue {}", file.display());
    std::fs::write(&file, document.to_string()).unwrap();
    let shown = at_terminal(&issue, "n\n");
    assert!(shown.out.contains("anna@example.com sees only their own address."), "{shown:?}");
    assert!(shown.out.contains("nothing was issued"), "{shown:?}");
    assert!(till.app.mails(true, None).unwrap().is_empty());
    let said = at_terminal(&issue, "y\n");
    assert!(said.out.contains("INV-2026-0001 issued"), "{said:?}");
    // Who says so beforehand is not asked, nor who sends nothing, nor a program.
    assert!(at_terminal(&format!("{issue} --yes"), "").out.contains("INV-2026-0002 issued"));
    document.as_object_mut().unwrap().remove("mail");
    std::fs::write(&file, document.to_string()).unwrap();
    assert!(at_terminal(&issue, "").out.contains("INV-2026-0003 issued"));
    assert!(run(data, &["issue", file.to_str().unwrap()]).out.contains("INV-2026-0004 issued"));
    till.app.set_setting("confirm_before_sending", "false").unwrap();
    document["mail"] = serde_json::json!({ "to": ["anna@example.com"] });
    std::fs::write(&file, document.to_string()).unwrap();
    assert!(at_terminal(&issue, "").out.contains("INV-2026-0005 issued"));
    assert_eq!(till.app.mails(true, None).unwrap().len(), 3);
}

/// The copy to oneself goes to whom the mail is from when it is written, however it is written, and to nobody
/// who writes later.
#[tokio::test(flavor = "multi_thread")]
async fn who_writes_a_mail_gets_a_copy_of_it() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let copies = |id: i64| -> Vec<String> {
        let all = till.mail(id).recipients;
        all.into_iter().filter(|r| r.role.word() == "own_copy").map(|r| r.address).collect()
    };
    let by = |from: Option<&str>| {
        let mut file = mail(&["a@example.com"]);
        file.mail.from = from.map(str::to_owned);
        till.app.send(&file, vec![], None).unwrap().id
    };
    assert!(copies(by(None)).is_empty(), "nobody asked for it");
    assert_eq!(run(till.app.data(), &["settings", "set", "auto_bcc_self", "on"]).code, 0);
    assert_eq!(copies(by(None)), ["shop@till.example"]);
    let ben = by(Some("Ben <ben@till.example>"));
    assert_eq!(copies(ben), ["ben@till.example"]);
    let eml = "From: Cas <cas@till.example>\nTo: a@example.com\nSubject: x\n\ny\n";
    let intake = Intake::open(&till.app).unwrap();
    std::fs::write(till.app.outbox().join("m.eml"), eml).unwrap();
    assert_eq!(intake.scan().unwrap().len(), 1);
    let dropped = till.app.mails(true, None).unwrap().iter().map(|mail| mail.id).max().unwrap();
    assert_eq!(copies(dropped), ["cas@till.example"]);
    // Another sender later, and what waits stays as it was written.
    till.app.set_setting("auto_bcc_self", "false").unwrap();
    till.flush().await;
    let sent = server.seen().mails.iter().find(|m| m.from == "ben@till.example").unwrap().clone();
    assert_eq!(sent.to, ["a@example.com", "ben@till.example"]);
    assert!(!String::from_utf8_lossy(&sent.text).contains("Bcc"));
    till.app.set_setting("auto_bcc_self", "true").unwrap();
    let again = till.app.resend(ben, &ResendRequest::default()).unwrap();
    assert_eq!(copies(again.id), ["ben@till.example"]);
    // One whom nobody writes to has no copy, and the mail goes all the same.
    till.app.disable("@till.example", "ourselves").unwrap();
    assert!(copies(by(None)).is_empty());
    // A draft for the mail program is from whom that says, unless somebody is named.
    let draft = |from: Option<&str>| {
        let mut file = mail(&["a@example.com"]);
        file.mail.from = from.map(str::to_owned);
        String::from_utf8(till.app.draft_file(&file, vec![], None).unwrap()).unwrap()
    };
    till.app.enable("@till.example").unwrap();
    assert!(
        !draft(None).contains("Bcc:") && draft(Some("ben@till.example")).contains("Bcc: ben@till.example")
    );
}

/// Whoever wants no copy of one mail gets none; the archive keeps what it keeps, and the mail stays as it was
/// asked for when it is looked at, drafted, or taken out of the queue.
#[test]
fn a_mail_goes_without_the_writers_copy_where_they_say_so() {
    let till = Till::at(1);
    let copies = |id: i64| -> Vec<String> {
        let all = till.mail(id).recipients;
        all.into_iter().filter(|r| r.role.word() == "own_copy").map(|r| r.address).collect()
    };
    for (key, value) in
        [("auto_bcc", "me@till.example"), ("auto_bcc_self", "true"), ("archive_address", "kept@till.example")]
    {
        till.app.set_setting(key, value).unwrap();
    }
    let mut file = mail(&["a@example.com"]);
    let with = till.app.send(&file, vec![], None).unwrap();
    assert_eq!(copies(with.id), ["me@till.example", "shop@till.example", "kept@till.example"]);
    file.mail.no_own_copy = true;
    let seen = till.app.preview(&file, vec![], None).unwrap();
    let sees: Vec<_> = seen.messages[0].recipients.iter().map(|r| (r.address.as_str(), r.role)).collect();
    assert_eq!(sees, [("a@example.com", "to"), ("kept@till.example", "own_copy")]);
    let without = till.app.send(&file, vec![], None).unwrap();
    assert_eq!(copies(without.id), ["kept@till.example"]);
    let flag = |id: i64| {
        let (_, draft) = till.app.edit(id).unwrap();
        till.app.draft(draft).unwrap().content.mail.no_own_copy
    };
    assert!(flag(without.id) && !flag(with.id));
    let args = ["send", "--to", "a@example.com", "--subject", "x", "--text", "y", "--no-copy", "--json"];
    let ran = run(till.app.data(), &args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let newest = till.app.mails(true, None).unwrap().iter().map(|m| m.id).max().unwrap();
    assert_eq!(copies(newest), ["kept@till.example"]);
}

/// Who was refused, and what looks like a slip, is told before the mail leaves, at every door that shows it.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_tells_who_was_refused_before_and_what_looks_like_a_slip() {
    let script = Script::new(|moment| {
        let gone = moment.at == At::Rcpt && moment.line.contains("gone@");
        if gone { say("550 5.1.1 User unknown") } else { Act::Usual }
    });
    let server = Scripted::start(script).await;
    let till = Till::at(server.address.port());
    till.send(&["gone@example.com", "anna@fixandgo.example", "ben@gmial.com"]);
    till.flush().await;
    till.app.set_setting("auto_bcc", "copy@gmial.com").unwrap();
    let file = mail(&[
        "gone@example.com, new@fixadngo.example, cas@gmial.net, ben@gmial.com, anna@fixandgo.example",
    ]);
    let seen = till.app.preview(&file, vec![], None).unwrap();
    let told: Vec<(&str, &str)> = seen.warnings.iter().map(|w| (w.key, w.says.as_str())).collect();
    let wanted = [
        ("refused_before", "gone@example.com was refused before: 550 5.1.1 User unknown"),
        ("likely_slip", "new@fixadngo.example looks like a slip; perhaps new@fixandgo.example is meant."),
    ];
    assert_eq!(
        told, wanted,
        "what mails have reached is no slip, nor is it asked about the shop's own copies"
    );
    till.app.set_setting("send_with", "program").unwrap();
    let seen = till.app.preview(&file, vec![], None).unwrap();
    assert_eq!(seen.warnings.iter().map(|w| w.key).collect::<Vec<_>>(), ["refused_before", "likely_slip"]);
    let german = till.app.speaking("de").preview(&file, vec![], None).unwrap();
    assert!(german.warnings[1].says.contains("sieht nach einem Tippfehler aus"), "{:?}", german.warnings);
}
