//! Who can read whose address: what arrives on the wire, for generated lists of recipients.

use std::collections::BTreeSet;

use mail_parser::{HeaderName, MessageParser};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tillpost::app::{App, Intake};
use tillpost::domain::address::Mailbox;
use tillpost::wire::views::MessageView;
use tillpost::wire::{MailFile, MailShape, ResendRequest};

use crate::support::scripted::{Received, Script, Scripted};
use crate::till::{Till, mail};

/// Spelling as a program gives it, the address as it must stand in the envelope, the name.
const PEOPLE: [(&str, &str, &str); 12] = [
    ("ann.qx1@example.com", "ann.qx1@example.com", ""),
    ("Ann.QX1@Example.com", "ann.qx1@example.com", ""),
    ("Bert Wq2 <bert.wq2@example.org>", "bert.wq2@example.org", "Wq2"),
    ("bert.wq2@example.org", "bert.wq2@example.org", ""),
    ("\"Kowal, Zed3\" <zed3@example.net>", "zed3@example.net", "Zed3"),
    ("Jürgen Kv4 <kv4@müller.example>", "kv4@xn--mller-kva.example", "Kv4"),
    ("Łucja Øx5 <ox5@example.com>", "ox5@example.com", "Øx5"),
    ("jv6+tag@sub.example.com", "jv6+tag@sub.example.com", ""),
    ("=?utf-8?q?Tv7?= <tv7@example.com>", "tv7@example.com", "Tv7"),
    ("hz8@example.com", "hz8@example.com", ""),
    ("pw9@example.com", "pw9@example.com", ""),
    ("日本 Gw0 <gw0@example.jp>", "gw0@example.jp", "Gw0"),
];

#[derive(Debug, Clone)]
pub struct Lists {
    to: Vec<usize>,
    cc: Vec<usize>,
    bcc: Vec<usize>,
    own: Vec<usize>,
    blind: bool,
    pub individually: bool,
}

pub fn lists() -> impl Strategy<Value = Lists> {
    let people = |most| vec(0..PEOPLE.len(), 0..=most);
    // Mostly blind copies, as shops have it; own copies take plain addresses only.
    let own = vec(select(&[0_usize, 7, 9, 10][..]), 0..3);
    (people(4), people(3), people(3), own, prop::bool::weighted(0.7), prop::bool::weighted(0.25))
        .prop_filter("nobody is named", |(to, cc, bcc, ..)| to.len() + cc.len() + bcc.len() > 0)
        .prop_map(|(to, cc, bcc, own, blind, individually)| Lists { to, cc, bcc, own, blind, individually })
}

fn keys(lists: &[&[usize]]) -> BTreeSet<String> {
    lists.iter().flat_map(|l| l.iter()).map(|i| PEOPLE[*i].1.to_owned()).collect()
}

impl Lists {
    /// All who get the mail.
    pub fn envelope(&self) -> BTreeSet<String> {
        keys(&[&self.to, &self.cc, &self.bcc, &self.own])
    }

    /// Lays down the shop's own copies, and whether several are hidden from each other.
    pub fn apply(&self, app: &App) {
        app.set_setting("blind_copy_multiple", &self.blind.to_string()).unwrap();
        let own: Vec<&str> = self.own.iter().map(|i| PEOPLE[*i].0).collect();
        app.set_setting("auto_bcc", &own.join(", ")).unwrap();
    }

    /// Those whose address everybody may read.
    fn readable(&self) -> BTreeSet<String> {
        let open = keys(&[&self.to, &self.cc]);
        if open.len() == 1 || !self.blind { open } else { BTreeSet::new() }
    }

    pub fn mail(&self) -> MailFile {
        let spelled = |list: &[usize]| list.iter().map(|i| PEOPLE[*i].0.to_owned()).collect();
        let mail = MailShape {
            to: spelled(&self.to),
            cc: spelled(&self.cc),
            bcc: spelled(&self.bcc),
            individually: self.individually,
            subject: Some("Your bicycle".into()),
            text: Some("It is ready.\n".into()),
            html: Some("<p>It is ready.</p>".into()),
            ..MailShape::default()
        };
        MailFile { mail, ..MailFile::default() }
    }
}

/// All that can be read in a message: its bytes, and its headers decoded.
fn readable_text(text: &[u8]) -> String {
    let message = MessageParser::default().parse(text).unwrap();
    let raw = String::from_utf8_lossy(text);
    format!("{raw}\n{:?}", message.headers()).to_lowercase()
}

fn header_names(text: &[u8]) -> Vec<String> {
    let message = MessageParser::default().parse(text).unwrap();
    message.headers_raw().map(|(name, _)| name.to_lowercase()).collect()
}

fn check(lists: &Lists, received: &Received) -> Result<(), TestCaseError> {
    let mut envelope: Vec<String> = received.to.iter().map(|a| a.to_lowercase()).collect();
    envelope.sort();
    prop_assert_eq!(&envelope, &lists.envelope().into_iter().collect::<Vec<_>>());
    prop_assert_eq!(received.from.as_str(), "shop@till.example");
    nobody_else_is_shown(&lists.readable(), &received.text)
}

/// In a message, of all people only these can be read.
fn nobody_else_is_shown(readable: &BTreeSet<String>, message: &[u8]) -> Result<(), TestCaseError> {
    let text = readable_text(message);
    for (_, address, name) in PEOPLE {
        let local = address.split('@').next().unwrap();
        let shown = readable.contains(address);
        prop_assert_eq!(text.contains(local), shown, "{} in\n{}", address, text);
        let name = name.to_lowercase();
        prop_assert!(shown || name.is_empty() || !text.contains(&name), "{} in\n{}", name, text);
    }
    for name in header_names(message) {
        let tells = ["bcc", "resent-bcc", "x-original-to", "delivered-to", "envelope-to"];
        prop_assert!(!tells.contains(&name.as_str()), "{}", name);
    }
    Ok(())
}

/// One person's copy shows nobody whom its readers may not see.
pub fn nobody_is_shown(lists: &Lists, to: &str, message: &[u8]) -> Result<(), TestCaseError> {
    if !lists.individually {
        return nobody_else_is_shown(&lists.readable(), message);
    }
    // Each alone: themselves; the shop's own copy shows the person it is a copy of.
    let named = keys(&[&lists.to, &lists.cc, &lists.bcc]);
    let text = readable_text(message);
    let shown: BTreeSet<String> =
        named.iter().filter(|a| text.contains(a.split('@').next().unwrap())).cloned().collect();
    prop_assert_eq!(shown.len(), 1, "{:?}", shown);
    prop_assert!(!named.contains(to) || shown.contains(to));
    nobody_else_is_shown(&shown, message)
}

/// Everybody named has a message of their own; the shop's own copies go with the first.
fn each_alone(lists: &Lists, mails: &[Received]) -> Result<(), TestCaseError> {
    let mut named: Vec<usize> = Vec::new();
    for i in lists.to.iter().chain(&lists.cc).chain(&lists.bcc) {
        if !named.iter().any(|known| PEOPLE[*known].1 == PEOPLE[*i].1) {
            named.push(*i);
        }
    }
    prop_assert_eq!(mails.len(), named.len());
    for (place, i) in named.iter().enumerate() {
        let theirs = |m: &&Received| m.to.iter().any(|a| a.eq_ignore_ascii_case(PEOPLE[*i].1));
        let received = mails.iter().find(theirs);
        let received = received.ok_or_else(|| TestCaseError::fail("it did not arrive"))?;
        let named = |own: &usize| named.iter().any(|n| PEOPLE[*n].1 == PEOPLE[*own].1);
        let own: Vec<usize> = lists.own.iter().filter(|own| place == 0 && !named(own)).copied().collect();
        let alone = Lists { to: vec![*i], cc: vec![], bcc: vec![], own, ..lists.clone() };
        check(&alone, received)?;
    }
    Ok(())
}

/// What was said before sending is what stands in the message: who gets it, and who sees whom.
fn as_foretold(message: &MessageView, received: &Received) -> Result<(), TestCaseError> {
    let parsed = MessageParser::default().parse(&received.text).unwrap();
    let listed = |name: HeaderName<'_>| -> Vec<String> {
        let fields = parsed.headers().iter().filter(|h| h.name == name).filter_map(|h| h.value.as_address());
        fields.flat_map(|a| a.iter()).filter_map(|a| a.address()).map(str::to_lowercase).collect()
    };
    let there: Vec<String> = [listed(HeaderName::To), listed(HeaderName::Cc)].concat();
    let mut gets: Vec<String> = message.recipients.iter().map(|r| r.address.to_lowercase()).collect();
    let mut got: Vec<String> = received.to.iter().map(|a| a.to_lowercase()).collect();
    gets.sort();
    got.sort();
    prop_assert_eq!(gets, got);
    for recipient in &message.recipients {
        let sees: Vec<String> =
            recipient.sees.iter().map(|m| Mailbox::parse(m).unwrap().address.key()).collect();
        prop_assert_eq!(&sees, &there, "{}", recipient.says);
    }
    Ok(())
}

#[test]
fn nobody_reads_an_address_that_is_not_theirs_to_read() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(Scripted::start(Script::default()));
    let till = Till::at(server.address.port());
    let config = Config { cases: 80, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&lists(), |lists| {
        lists.apply(&till.app);
        server.clear();
        let foretold = till.app.preview(&lists.mail(), vec![], None).unwrap();
        till.app.send(&lists.mail(), vec![], None).unwrap();
        runtime.block_on(till.flush());
        let seen = server.seen();
        prop_assert_eq!(seen.mails.len(), foretold.messages.len());
        for message in &foretold.messages {
            // Small differences in size decide their order.
            let to = &message.recipients[0].address;
            let received = seen.mails.iter().find(|m| m.to.contains(to));
            as_foretold(message, received.ok_or_else(|| TestCaseError::fail("it did not arrive"))?)?;
        }
        if lists.individually { each_alone(&lists, &seen.mails) } else { check(&lists, &seen.mails[0]) }
    });
    outcome.unwrap();
}

/// What the folder makes of a message for six people that another program built with these `fields` of blind copies.
async fn adopted(fields: &str) -> Result<(), TestCaseError> {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let intake = Intake::open(&till.app).unwrap();
    let eml = format!(
        "From: Shop <shop@till.example>\r\nTo: Bert Wq2 <bert.wq2@example.org>,\r\n zed3@example.net\r\n\
         Cc: hz8@example.com\r\n{fields}Subject: x\r\nDate: Sat, 21 Nov 2026 07:00:00 +0000\r\n\
         Message-ID: <1@till.example>\r\n\r\nbody\r\n"
    );
    std::fs::write(till.app.outbox().join("m.eml"), eml).unwrap();
    let taken = intake.scan().unwrap();
    assert_eq!((taken.len(), taken[0].problem.clone()), (1, None));
    till.flush().await;
    let seen = server.seen();
    assert_eq!(seen.mails.len(), 1);
    assert!(seen.mails[0].text.ends_with(b"\r\n\r\nbody\r\n"));
    let lists = Lists {
        to: vec![2, 4],
        cc: vec![9],
        bcc: vec![10, 11, 7],
        own: vec![],
        blind: true,
        individually: false,
    };
    check(&lists, &seen.mails[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_another_program_hides_its_recipients_too() {
    adopted("bcc: pw9@example.com,\r\n\tgw0@example.jp, jv6+tag@sub.example.com\r\n").await.unwrap();
}

/// Fields that name recipients and are none of the sender's: earlier programs and servers left them.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_another_program_hides_what_its_servers_wrote() {
    adopted(
        "Bcc: pw9@example.com, gw0@example.jp, jv6+tag@sub.example.com\r\nResent-Bcc: pw9@example.com\r\n\
         Resent-To: gw0@example.jp\r\nResent-Cc: hz8@example.com\r\nDelivered-To: zed3@example.net\r\n\
         X-Original-To: hz8@example.com\r\nEnvelope-To: pw9@example.com\r\nApparently-To: gw0@example.jp\r\n",
    )
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_one_of_several_fields_for_blind_copies_counts() {
    adopted("Bcc: pw9@example.com,\r\n gw0@example.jp\r\nBcc: jv6+tag@sub.example.com\r\n").await.unwrap();
}

impl Lists {
    /// The same people in a message that another program built, each list in one field or in several, folded
    /// or not.
    fn eml(&self, several: bool, folded: bool) -> String {
        let mut text = String::from("From: Shop <shop@till.example>\r\nSubject: x\r\n");
        for (name, list) in [("To", &self.to), ("CC", &self.cc), ("bcc", &self.bcc)] {
            let spelled: Vec<&str> = list.iter().map(|i| PEOPLE[*i].0).collect();
            let lines = if several { spelled.clone() } else { vec![] };
            let between = if folded { ",\r\n\t" } else { ", " };
            let joined = spelled.join(between);
            let fields = if several { lines } else { vec![joined.as_str()] };
            for field in fields.into_iter().filter(|field| !field.is_empty()) {
                text += &format!("{name}: {field}\r\n");
            }
        }
        text + "Date: Sat, 21 Nov 2026 07:00:00 +0000\r\n\r\nbody\r\n"
    }
}

#[test]
fn nobody_reads_more_in_what_another_program_built_or_in_what_is_sent_once_more() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(Scripted::start(Script::default()));
    let till = Till::at(server.address.port());
    let intake = Intake::open(&till.app).unwrap();
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let dropped = std::cell::Cell::new(0);
    let outcome =
        TestRunner::new(config).run(&(lists(), any::<bool>(), any::<bool>()), |(lists, several, folded)| {
            till.app.set_setting("blind_copy_multiple", &lists.blind.to_string()).unwrap();
            let own: Vec<&str> = lists.own.iter().map(|i| PEOPLE[*i].0).collect();
            till.app.set_setting("auto_bcc", &own.join(", ")).unwrap();
            server.clear();
            // The same bytes dropped twice are one drop.
            dropped.set(dropped.get() + 1);
            let number = dropped.get();
            let eml = lists.eml(several, folded) + &format!("{number}\r\n");
            std::fs::write(till.app.outbox().join(format!("{number}.eml")), eml).unwrap();
            let taken = intake.scan().unwrap();
            prop_assert!(taken.len() == 1 && taken[0].problem.is_none(), "{:?}", taken);
            runtime.block_on(till.flush());
            check(&lists, &server.seen().mails[0])?;
            let sent = till.app.mails(true, None).unwrap().iter().map(|mail| mail.id).max().unwrap();
            till.app.resend(sent, &ResendRequest::default()).unwrap();
            runtime.block_on(till.flush());
            let seen = server.seen();
            prop_assert_eq!(seen.mails.len(), 2);
            // Whom the header shows is the only thing that the record of a mail keeps of the names.
            check(&lists, &seen.mails[1])
        });
    outcome.unwrap();
}

/// Who was hidden stays so when a mail is sent once more, whatever the setting says by then, and however
/// they are named.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_sent_once_more_hides_whom_it_hid() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    till.app.set_setting("blind_copy_multiple", "false").unwrap();
    let (ann, boss, cas) = ("ann@example.com", "boss@example.com", "cas@example.com");
    let written = |to: &[&str], bcc: &[&str], blind: Option<bool>| {
        let list = |list: &[&str]| list.iter().map(|a| (*a).to_owned()).collect();
        let file = mail(|m| (m.to, m.bcc, m.blind_copy) = (list(to), list(bcc), blind));
        till.app.send(&file, vec![], None).unwrap().id
    };
    let hidden = written(&["Ann <ann@example.com>", boss], &[], Some(true));
    let beside = written(&["Ann <ann@example.com>"], &[boss], None);
    let open = written(&[ann, boss], &[], None);
    till.flush().await;
    for (id, to, shown) in [
        (hidden, vec![], "To: undisclosed-recipients:;"),
        (hidden, vec![ann, boss], "To: undisclosed-recipients:;"),
        (hidden, vec![cas, boss], "To: undisclosed-recipients:;"),
        (hidden, vec![ann], "To: \"Ann\" <ann@example.com>"),
        (beside, vec![], "To: \"Ann\" <ann@example.com>"),
        (beside, vec![ann, "BOSS@example.com"], "To: \"Ann\" <ann@example.com>"),
        (beside, vec![cas, boss], "To: cas@example.com"),
        (beside, vec![boss], "To: undisclosed-recipients:;"),
        (open, vec![], "To: ann@example.com, boss@example.com"),
    ] {
        server.clear();
        let request = ResendRequest { to: to.iter().map(ToString::to_string).collect(), client_ref: None };
        till.app.resend(id, &request).unwrap();
        till.flush().await;
        let seen = server.seen();
        let header = unfolded(&seen.mails[0].text);
        let field = header
            .lines()
            .find(|line| line.starts_with("To: "))
            .unwrap()
            .replace("To: Ann <", "To: \"Ann\" <");
        assert_eq!(field, shown, "{to:?}");
        assert!(shown.contains("boss") || !header.contains("boss@"), "{header}");
        let names = if to.is_empty() { vec![ann, boss] } else { to };
        let mut got = seen.mails[0].to.clone();
        got.iter_mut().for_each(|a| a.make_ascii_lowercase());
        assert_eq!(got.len(), names.len(), "{got:?}");
    }
}

/// What the folder makes of the header of a message that another program built: what leaves, or why not.
async fn dropped(header: &str) -> Result<Received, String> {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let intake = Intake::open(&till.app).unwrap();
    let eml =
        [header.as_bytes(), b"Subject: x\nContent-Type: text/plain; name=\"ann@example.com\"\n\nbody\n"]
            .concat();
    std::fs::write(till.app.outbox().join("m.eml"), eml).unwrap();
    let taken = intake.scan().unwrap();
    assert_eq!(taken.len(), 1);
    if let Some(problem) = taken[0].problem.clone() {
        return Err(problem);
    }
    till.flush().await;
    let received = server.seen().mails.remove(0);
    assert!(received.text.ends_with(b"\r\n\r\nbody\r\n"));
    Ok(received)
}

fn field_names(message: &[u8]) -> Vec<String> {
    let mut names = header_names(message);
    names.sort();
    names
}

/// .NET writes one X-Receiver for everybody who gets the mail, those of blind copies with them, and no Bcc.
#[tokio::test(flavor = "multi_thread")]
async fn what_dot_net_lays_into_the_folder_reaches_all_and_shows_nobody() {
    let envelope = "X-Sender: shop@till.example\r\nX-Receiver: ann@example.com\r\nX-Receiver: Ben <ben@example.com>\r\n\
                    x-receiver: =?utf-8?Q?B=C3=B6ss?=\r\n <boss@example.com>\r\nMIME-Version: 1.0\r\n\
                    From: \"Shop\" <shop@till.example>\r\n";
    let written = ["date", "from", "message-id", "mime-version", "subject", "to", "content-type"];
    for (to, shown) in [
        ("To: ann@example.com, Ben <ben@example.com>\r\n", "To: undisclosed-recipients:;"),
        ("To: ann@example.com\r\nCc: ben@example.com\r\n", "To: undisclosed-recipients:;"),
        ("To: ann@example.com\r\n", "To: ann@example.com"),
        ("", "To: undisclosed-recipients:;"),
    ] {
        // Its streams begin with a byte order mark where they are told UTF-8.
        let received = dropped(&format!("\u{feff}{envelope}{to}")).await.unwrap();
        assert_eq!(received.to, ["ann@example.com", "ben@example.com", "boss@example.com"], "{to}");
        let mut names = written.map(str::to_owned);
        names.sort();
        assert_eq!(field_names(&received.text), names);
        assert!(unfolded(&received.text).lines().any(|line| line == shown), "{}", unfolded(&received.text));
    }
}

/// Whatever a field is called: it does not name one recipient to another, and what earlier servers wrote of
/// the message's way stays with them.
#[tokio::test(flavor = "multi_thread")]
async fn no_field_names_a_recipient_to_another() {
    let kept = "X-Till: 4\nX-Shop: office@till.example\nReferences: <1@till.example>\nDisposition-Notification-To: read@till.example\n";
    let foreign = "Received: from x by y for <ann@example.com>; Sat, 21 Nov 2026 07:00:00 +0000\nX-Envelope-To: cas@example.com\n\
                   X-Rcpt-To: cas@example.com\nX-Apparently-To: cas@example.com\nX-Forwarded-For: cas@example.com ann@example.com\n\
                   Resent-From: cas@example.com\nResent-To: cas@example.com\nReturn-Path: <cas@example.com>\n\
                   DKIM-Signature: v=1; h=to; b=x\nARC-Seal: i=1\nAuthentication-Results: y; smtp.rcpttodomain=x\n\
                   X-Customer: Ann,\n\tANN@example.com\nBcc : boss@example.com\nX-Mailer-List: 1; ben@example.com;\n";
    let header = format!("From: shop@till.example\nTo: ann@example.com, ben@example.com\n{kept}{foreign}");
    let received = dropped(&header).await.unwrap();
    assert_eq!(received.to, ["ann@example.com", "ben@example.com", "boss@example.com"]);
    let text = unfolded(&received.text);
    for line in kept.lines() {
        assert!(text.lines().any(|other| other == line), "{line} in {text}");
    }
    let known = [
        "content-type",
        "date",
        "disposition-notification-to",
        "from",
        "message-id",
        "mime-version",
        "references",
        "subject",
        "to",
        "x-shop",
        "x-till",
    ];
    assert_eq!(field_names(&received.text), known);
    // To one alone it says what it says.
    let alone =
        dropped("From: shop@till.example\nTo: ann@example.com\nX-Customer: ann@example.com\n").await.unwrap();
    assert!(unfolded(&alone.text).contains("X-Customer: ann@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_in_a_list_of_another_program_is_left_out_without_a_word() {
    for (to, says) in [
        (
            "To: \"ann@example.com\", ben@example.com",
            "To has \"ann@example.com\" as a name and not as an address",
        ),
        (
            "To: Anna Kowalska, ben@example.com",
            "To names \"Anna Kowalska\" without an address, so it would reach nobody. Write Name <",
        ),
        (
            "To: ann@example.com\nCC: ben@example.com Cas <cas@example.com>",
            "Cc has \"ben@example.com\" as a name",
        ),
        ("To: ann@example.com\nBcc: Team (ben@example.com)", "Bcc has"),
        ("To: ann@example.com\nnot a field", "has the line \"not a field\", which is no field"),
    ] {
        let why = dropped(&format!("From: shop@till.example\n{to}\n")).await.unwrap_err();
        assert!(why.contains(says), "{to}: {why}");
    }
    let joined =
        dropped("\n\nFrom: shop@till.example\nTo: Kowalska, Anna\n <ann@example.com>\n").await.unwrap();
    let parsed = MessageParser::default().parse(&joined.text).unwrap();
    assert_eq!(parsed.to().and_then(|to| to.first()).and_then(|to| to.name()), Some("Kowalska, Anna"));
}

/// In a draft for a mail program stands in To and Cc who may be seen; all others in Bcc, which the program
/// takes out when it sends.
#[test]
fn nobody_is_shown_in_a_draft_but_in_the_field_that_the_mail_program_takes_out() {
    let till = Till::at(9);
    let config = Config { cases: 80, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&lists(), |lists| {
        till.app.set_setting("blind_copy_multiple", &lists.blind.to_string()).unwrap();
        let own: Vec<&str> = lists.own.iter().map(|i| PEOPLE[*i].0).collect();
        till.app.set_setting("auto_bcc", &own.join(", ")).unwrap();
        let lists = Lists { individually: false, ..lists };
        let draft = till.app.draft_file(&lists.mail(), vec![], None).unwrap();
        let message = MessageParser::default().parse(&draft).unwrap();
        let keys = |name: HeaderName<'_>| -> BTreeSet<String> {
            let fields =
                message.headers().iter().filter(|h| h.name == name).filter_map(|h| h.value.as_address());
            fields.flat_map(|a| a.iter()).filter_map(|a| a.address()).map(str::to_lowercase).collect()
        };
        let shown: BTreeSet<String> = keys(HeaderName::To).union(&keys(HeaderName::Cc)).cloned().collect();
        prop_assert_eq!(&shown, &lists.readable());
        let hidden: BTreeSet<String> = lists.envelope().difference(&lists.readable()).cloned().collect();
        prop_assert_eq!(keys(HeaderName::Bcc), hidden);
        let without: String = unfolded(&draft)
            .lines()
            .filter(|line| !line.starts_with("Bcc: "))
            .map(|line| format!("{line}\r\n"))
            .collect();
        let (readable, text) = (lists.readable(), readable_text(without.as_bytes()));
        for (_, address, _) in PEOPLE {
            let local = address.split('@').next().unwrap();
            prop_assert_eq!(text.contains(local), readable.contains(address), "{} in\n{}", address, text);
        }
        Ok(())
    });
    outcome.unwrap();
}

fn unfolded(message: &[u8]) -> String {
    String::from_utf8_lossy(message).replace("\r\n ", " ").replace("\r\n\t", " ")
}
