//! Mails as people write them: who they are from, how large they may be, and handing them over.

use tillpost::app::{AccountInput, Intake, Kind, OutgoingFile};
use tillpost::domain::address::Mailbox;
use tillpost::wire::MailShape;

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
