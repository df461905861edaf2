//! Mails as people write them: who they are from, how large they may be, and handing them over.

use tillpost::app::{AccountInput, Intake, Kind, OutgoingFile};
use tillpost::domain::address::Mailbox;
use tillpost::wire::{ChannelRequest, MailShape, ResendRequest};

use crate::program::run;
use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::{Till, mail, plain_account};

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
    assert_eq!(run(data, &[&set[..], &[""]].concat()).code, 0);
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
    // Looked at it is told, so that something can be done about it.
    let seen = till.app.preview(&mail(|_| ()), large(), None).unwrap();
    assert_eq!((seen.size.most, seen.size.used > 26_000), (Some(20_000), true));
    assert!(seen.warnings[0].says.contains("its server takes at most 20000"), "{:?}", seen.warnings);
    let before = till.app.mails(true, None).unwrap().len();
    let error = till.app.send(&mail(|_| ()), large(), None).unwrap_err();
    assert_eq!((error.kind(), error.field()), (Kind::BadInput, Some("attachments")));
    assert!(error.to_string().contains("the server takes at most 20000"), "{error}");
    assert_eq!(till.app.mails(true, None).unwrap().len(), before);
}

/// The rules for own copies count for what is sent once more and for what another program built, too; nobody
/// sees them, and they are no contacts.
#[tokio::test(flavor = "multi_thread")]
async fn own_copies_by_rule_go_with_every_mail() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let data = till.app.data();
    let channel = ChannelRequest {
        copies: vec!["web@till.example".into()],
        folder: Some("web".into()),
        ..ChannelRequest::default()
    };
    till.app.set_channel("web", channel).unwrap();
    till.app.add_copy_rule("books@till.example", "", "invoice").unwrap();
    till.app.add_copy_rule("boss@till.example", "7", "").unwrap();
    assert_eq!(run(data, &["contacts", "add", "anna@example.com"]).code, 0);
    assert_eq!(run(data, &["contacts", "edit", "anna@example.com", "--customer-number", "7"]).code, 0);
    let copies = |id: i64| -> Vec<String> {
        let all = till.mail(id).recipients;
        all.into_iter().filter(|r| r.role.word() == "own_copy").map(|r| r.address).collect()
    };
    let newest = || till.app.mails(true, None).unwrap().iter().map(|m| m.id).max().unwrap();
    let again = |to: &[&str]| ResendRequest {
        to: to.iter().map(ToString::to_string).collect(),
        ..ResendRequest::default()
    };
    let invoice = serde_json::json!({
        "kind": "invoice", "channel": "web", "issue_date": "2026-11-21", "currency": "GBP",
        "seller": { "name": "Shop" }, "buyer": { "name": "Anna" },
        "lines": [{ "description": "Tube", "quantity": "2", "unit_price": "6.00",
                    "tax": { "category": "S", "rate": "20" } }],
        "mail": { "to": ["anna@example.com"] }
    });
    let all = ["books@till.example", "boss@till.example", "web@till.example"];
    let issued = till.issue(&invoice).unwrap().mails[0].id;
    till.flush().await;
    assert_eq!(copies(issued), all);
    assert_eq!(copies(till.app.resend(issued, &again(&[])).unwrap().id), all);
    let other = till.app.resend(issued, &again(&["ben@example.com"])).unwrap().id;
    assert_eq!(copies(other), [all[0], all[2]], "a rule for one customer is not one for another");
    let intake = Intake::open(&till.app).unwrap();
    std::fs::create_dir_all(till.app.outbox().join("web")).unwrap();
    for (folder, wants) in [("", &all[1..2]), ("web", &all[1..])] {
        let eml = format!("From: shop@till.example\nTo: anna@example.com\nSubject: {folder}\n\nx\n");
        std::fs::write(till.app.outbox().join(folder).join("m.eml"), eml).unwrap();
        let taken = intake.scan().unwrap();
        assert!(taken.len() == 1 && taken[0].problem.is_none(), "{taken:?}");
        let dropped = newest();
        assert_eq!(copies(dropped), wants, "{folder}");
        till.flush().await;
        assert_eq!(copies(till.app.resend(dropped, &again(&[])).unwrap().id), wants, "{folder}");
        // Named by hand, an own copy stays one.
        let named = till.app.resend(dropped, &again(&["anna@example.com", "boss@till.example"])).unwrap().id;
        assert_eq!(copies(named), wants, "{folder}");
    }
    till.flush().await;
    let seen = server.seen();
    assert_eq!(seen.mails.len(), 9);
    for mail in &seen.mails {
        let text = String::from_utf8_lossy(&mail.text).into_owned();
        assert!(!all.iter().any(|own| text.contains(own)), "{text}");
    }
    let listed = run(data, &["contacts", "list", "--json"]).json();
    let contacts: Vec<_> =
        listed.as_array().unwrap().iter().map(|c| c["address"].as_str().unwrap()).collect();
    assert_eq!(contacts.len(), 2, "{contacts:?}");
}

/// RFC 8098 allows one request for a receipt in a mail.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_asks_for_one_receipt_however_often_it_is_sent() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    till.app.send(&mail(|m| m.read_receipt = true), vec![], None).unwrap();
    let eml = "From: shop@till.example\nTo: anna@example.com\nDisposition-Notification-To: read@till.example\n\
               Sender: shop@till.example\nDisposition-Notification-To: again@till.example\nSubject: x\n\nx\n";
    let intake = Intake::open(&till.app).unwrap();
    std::fs::write(till.app.outbox().join("m.eml"), eml).unwrap();
    assert_eq!(intake.scan().unwrap()[0].problem, None);
    till.flush().await;
    for _ in 0..2 {
        let sent: Vec<i64> = till.app.mails(true, None).unwrap().iter().take(2).map(|m| m.id).collect();
        for id in sent {
            till.app.resend(id, &ResendRequest::default()).unwrap();
        }
        till.flush().await;
    }
    let mut asked: Vec<String> = Vec::new();
    for mail in &server.seen().mails {
        let text = String::from_utf8_lossy(&mail.text).into_owned();
        let fields = text.lines().filter_map(|line| line.strip_prefix("Disposition-Notification-To: "));
        asked.push(fields.collect::<Vec<_>>().join(" and "));
    }
    asked.sort();
    let [first, second] = [("Shop <shop@till.example>", 3), ("read@till.example", 3)];
    assert_eq!(asked, [vec![first.0; first.1], vec![second.0; second.1]].concat());
}
