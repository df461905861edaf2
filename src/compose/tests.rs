//! Sealed letters read back with an independent parser.

use mail_parser::{Address, MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;
use crate::domain::Millis;
use crate::domain::address::Mailbox;

fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

fn letter() -> Letter {
    Letter {
        from: mailbox("Fix & Go Żółw <shop@fixgo.example>"),
        reply_to: vec![],
        to: vec![mailbox("Anna Kowalska <anna@example.com>")],
        cc: vec![],
        bcc: vec![],
        own_copies: vec![],
        blind_copy_multiple: true,
        read_receipt: false,
        subject: "Rechnung INV-2026-0012 – Größe".into(),
        text: "Guten Tag,\n\nim Anhang.\n".into(),
        html: None,
        attachments: vec![],
        message_id: "0192f3c4-7c1e-7a80-9d3e-5f1f0e6f2a11@fixgo.example".into(),
        date: Millis(1_795_240_800_000),
    }
}

fn file(name: &str, media_type: &str, bytes: &[u8]) -> Attachment {
    Attachment { file_name: name.into(), media_type: media_type.into(), bytes: bytes.to_vec() }
}

fn text_of(sealed: &Sealed) -> String {
    String::from_utf8(sealed.mime.clone()).unwrap()
}

fn headers_of(sealed: &Sealed) -> String {
    text_of(sealed).split("\r\n\r\n").next().unwrap().to_owned()
}

fn addresses(list: Option<&Address<'_>>) -> Vec<String> {
    list.map(|a| a.iter().filter_map(|a| a.address.as_ref()).map(|a| a.to_string()).collect())
        .unwrap_or_default()
}

#[test]
fn a_letter_reads_back_as_it_was_written() {
    let mut letter = letter();
    letter.reply_to = vec![mailbox("till@fixgo.example")];
    letter.read_receipt = true;
    letter.html = Some("<p>Guten Tag, <b>Größe</b> &amp; mehr</p>\n".into());
    letter.text = "Zażółć gęślą jaźń\n.\n\n  trailing  \nFrom here\n".to_owned() + &"ż".repeat(2000) + "\n";
    letter.attachments = vec![
        file("Żółw 12.pdf", "application/pdf", b"%PDF-1.7 \x00\xff\n.\r\n"),
        file("data.csv", "text/csv", b"a,b\n1,2\n"),
        file("empty.bin", "application/octet-stream", b""),
    ];
    let sealed = seal(&letter).unwrap();
    let parsed = MessageParser::default().parse(&sealed.mime).unwrap();
    assert_eq!(parsed.subject(), Some(letter.subject.as_str()));
    assert_eq!(parsed.message_id(), Some(letter.message_id.as_str()));
    assert_eq!(parsed.date().unwrap().to_timestamp() * 1000, letter.date.0);
    let from = parsed.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("Fix & Go Żółw"));
    assert_eq!(from.address(), Some("shop@fixgo.example"));
    assert_eq!(addresses(parsed.reply_to()), ["till@fixgo.example"]);
    let receipt = parsed.header_raw("Disposition-Notification-To").unwrap();
    assert!(receipt.contains("<shop@fixgo.example>"), "{receipt}");
    assert_eq!(parsed.to().unwrap().first().unwrap().name(), Some("Anna Kowalska"));
    assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), letter.text);
    assert_eq!(parsed.body_html(0).unwrap().replace("\r\n", "\n"), letter.html.unwrap());
    assert_eq!(parsed.attachment_count(), 3);
    for (part, want) in parsed.attachments().zip(&letter.attachments) {
        assert_eq!(part.contents(), want.bytes);
        // RFC 6266 appendix D, which mail programs follow too: the plain name first, the true one after it.
        let names = part.content_disposition().unwrap().attributes().unwrap();
        assert_eq!(names.last().unwrap().value, want.file_name);
        let kind = part.content_type().unwrap();
        assert_eq!(format!("{}/{}", kind.c_type, kind.c_subtype.as_ref().unwrap()), want.media_type);
    }
    let text = text_of(&sealed);
    assert!(text.contains("name=\"Zolw 12.pdf\"") && text.contains("filename=\"Zolw 12.pdf\""));
    assert!(text.contains("filename*=utf-8''%C5%BB%C3%B3%C5%82w%2012.pdf"));
    assert!(text.contains("Content-Type: multipart/mixed") && text.contains("multipart/alternative"));
    assert_eq!(sealed.sha256, <[u8; 32]>::from(Sha256::digest(&sealed.mime)));
    assert!(!sealed.needs_smtputf8);
}

#[test]
fn equal_letters_give_equal_bytes_and_other_ids_other_boundaries() {
    let mut letter = letter();
    letter.attachments = vec![file("a.txt", "text/plain", b"x")];
    assert_eq!(seal(&letter).unwrap(), seal(&letter.clone()).unwrap());
    let first = text_of(&seal(&letter).unwrap());
    letter.message_id = "other@fixgo.example".into();
    let boundary = |s: &str| s.split("boundary=\"").nth(1).unwrap()[..30].to_owned();
    assert_ne!(boundary(&first), boundary(&text_of(&seal(&letter).unwrap())));
}

#[test]
fn a_boundary_in_the_content_does_no_harm() {
    let mut letter = letter();
    letter.attachments = vec![file("a.txt", "text/plain", b"x")];
    letter.text = format!("--{}--\n--{}\n", boundary(&letter, "mixed"), boundary(&letter, "mixed"));
    let sealed = seal(&letter).unwrap();
    let parsed = MessageParser::default().parse(&sealed.mime).unwrap();
    assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), letter.text);
    assert_eq!(parsed.attachment_count(), 1);
}

#[test]
fn nothing_typed_becomes_a_header_and_nothing_panics() {
    let nasty = "Anna\r\nBcc: evil@evil.example\0\u{85}\u{2028}\u{7f} \r X\n\n.\n";
    let mut letter = letter();
    letter.from.name = Some(nasty.into());
    letter.to[0].name = Some(nasty.into());
    letter.subject = nasty.into();
    letter.text = format!("{nasty}\r\n.\r\nQUIT\n\r\r\n");
    letter.html = Some(nasty.into());
    letter.attachments = vec![file(nasty, nasty, nasty.as_bytes())];
    let sealed = seal(&letter).unwrap();
    let parsed = MessageParser::default().parse(&sealed.mime).unwrap();
    assert!(parsed.bcc().is_none());
    assert_eq!(parsed.subject(), Some("Anna Bcc: evil@evil.example X ."));
    assert_eq!(parsed.to().unwrap().first().unwrap().name(), Some("Anna Bcc: evil@evil.example X ."));
    let names: Vec<_> = headers_of(&sealed)
        .split("\r\n")
        .filter(|l| !l.starts_with(' '))
        .map(|l| l.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type"]);
    assert_eq!(parsed.attachments().next().unwrap().contents(), nasty.as_bytes());
}

#[test]
fn long_names_and_subjects_are_folded_and_lists_too() {
    let mut letter = letter();
    for subject in ["x".repeat(3000), "ż".repeat(3000), "word ".repeat(900), "=?utf-8?b?QQ==?=".into()] {
        letter.subject = subject.trim().to_owned();
        letter.to[0].name = Some(subject.trim().to_owned());
        let sealed = seal(&letter).unwrap();
        assert!(headers_of(&sealed).split("\r\n").all(|l| l.len() <= 120));
        let parsed = MessageParser::default().parse(&sealed.mime).unwrap();
        assert_eq!(parsed.subject(), Some(letter.subject.as_str()));
        assert_eq!(parsed.to().unwrap().first().unwrap().name(), letter.to[0].name.as_deref());
    }
    letter.blind_copy_multiple = false;
    letter.to = (0..300).map(|n| mailbox(&format!("customer{n}@example.com"))).collect();
    let sealed = seal(&letter).unwrap();
    let parsed = MessageParser::default().parse(&sealed.mime).unwrap();
    assert_eq!(addresses(parsed.to()).len(), 300);
}

#[test]
fn who_stands_in_the_headers() {
    type List = &'static [&'static str];
    type Case = ((List, List, List, bool), Option<List>, List);
    const A: &str = "a@one.example";
    const B: &str = "b@two.example";
    const C: &str = "c@three.example";
    const SHOUTED: &str = "A@One.example";
    let cases: [Case; 9] = [
        ((&[A], &[], &[], true), Some(&[A]), &[]),
        ((&[], &[A], &[], true), Some(&[A]), &[]),
        ((&[], &[A], &[], false), Some(&[A]), &[]),
        ((&[], &[], &[A], true), None, &[]),
        ((&[A, SHOUTED], &[SHOUTED], &[], true), Some(&[A]), &[]),
        ((&[A], &[], &[B], true), Some(&[A]), &[]),
        ((&[A], &[B], &[], true), None, &[]),
        ((&[A, B], &[B, C], &[], false), Some(&[A, B]), &[C]),
        ((&[], &[B, C], &[A], false), None, &[B, C]),
    ];
    for ((to, cc, bcc, blind), want_to, want_cc) in cases {
        let boxes = |list: &[&str]| list.iter().map(|m| mailbox(m)).collect::<Vec<_>>();
        let mut letter = letter();
        (letter.to, letter.cc, letter.bcc) = (boxes(to), boxes(cc), boxes(bcc));
        letter.blind_copy_multiple = blind;
        letter.own_copies = vec![EmailAddress::parse("archive@fixgo.example").unwrap()];
        let sealed = seal(&letter).unwrap();
        let parsed = MessageParser::default().parse(&sealed.mime).unwrap();
        match want_to {
            Some(want) => assert_eq!(addresses(parsed.to()), want),
            None => assert!(headers_of(&sealed).contains("\r\nTo: undisclosed-recipients:;\r\n")),
        }
        assert_eq!(addresses(parsed.cc()), want_cc);
        assert!(!text_of(&sealed).contains("archive@"));
        assert_eq!(sealed.recipients.last().unwrap().1, Role::OwnCopy);
    }
    let mut nobody = letter();
    nobody.to.clear();
    assert!(matches!(seal(&nobody), Err(ComposeError::NoRecipients)));
}

#[test]
fn the_first_role_wins_and_smtputf8_is_asked_for_when_needed() {
    let mut letter = letter();
    letter.cc = vec![mailbox("ANNA@example.com"), mailbox("b@two.example")];
    letter.bcc = vec![mailbox("B@two.example"), mailbox("żółw@three.example")];
    letter.own_copies = vec![EmailAddress::parse("żółw@three.example").unwrap()];
    let sealed = seal(&letter).unwrap();
    let envelope: Vec<_> = sealed.recipients.iter().map(|(a, r)| (a.as_str(), *r)).collect();
    let want =
        [("anna@example.com", Role::To), ("b@two.example", Role::Cc), ("żółw@three.example", Role::Bcc)];
    assert_eq!(envelope, want);
    assert!(sealed.needs_smtputf8 && sealed.mime.is_ascii());
    (letter.cc, letter.bcc, letter.own_copies) = (vec![], vec![], vec![]);
    letter.to = vec![mailbox("Żółw <żółw@three.example>")];
    let sealed = seal(&letter).unwrap();
    assert!(sealed.needs_smtputf8 && text_of(&sealed).contains("<żółw@three.example>"));
}

#[test]
fn a_large_attachment_never_moves_in_memory() {
    let mut letter = letter();
    letter.text = "Zażółć ".repeat(5000);
    letter.attachments = vec![file("big.bin", "application/octet-stream", &vec![0xA5; 4 << 20])];
    let sealed = seal(&letter).unwrap();
    assert_eq!(sealed.mime.capacity(), size_hint(&letter), "the buffer grew");
    let parsed = MessageParser::default().parse(&sealed.mime).unwrap();
    assert_eq!(parsed.attachments().next().unwrap().contents(), letter.attachments[0].bytes);
}

#[test]
fn defects_of_the_caller_are_refused() {
    let mut wrong = letter();
    wrong.message_id = "a@b>\r\nBcc: <c@d".into();
    assert!(matches!(seal(&wrong), Err(ComposeError::MessageId(_))));
    let mut wrong = letter();
    wrong.date = Millis(i64::MAX);
    assert!(matches!(seal(&wrong), Err(ComposeError::Date(_))));
}

fn people() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0..8_usize, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Nobody is found in the bytes, raw or decoded, who is not meant to be read there, and everybody is in
    /// the envelope once.
    #[test]
    fn blind_copies_are_blind(
        to in people(), cc in people(), bcc in people(), own in people(),
        blind in any::<bool>(), shout in any::<bool>(), named in any::<bool>(), attach in any::<bool>(),
    ) {
        let address = |n: usize| format!("person{n}@place{n}.example");
        let write = |list: &[usize]| list.iter().enumerate().map(|(place, n)| {
            let mut a = address(*n);
            if shout && place % 2 == 1 { a = a.to_uppercase(); }
            mailbox(&if named { format!("Nąme{n} <{a}>") } else { a })
        }).collect::<Vec<_>>();
        let mut letter = letter();
        (letter.to, letter.cc, letter.bcc) = (write(&to), write(&cc), write(&bcc));
        letter.own_copies = own.iter().map(|n| EmailAddress::parse(&address(*n)).unwrap()).collect();
        letter.blind_copy_multiple = blind;
        if attach { letter.attachments = vec![file("a.pdf", "application/pdf", b"%PDF")]; }
        let everybody: std::collections::BTreeSet<usize> =
            to.iter().chain(&cc).chain(&bcc).chain(&own).copied().collect();
        let open: std::collections::BTreeSet<usize> = to.iter().chain(&cc).copied().collect();
        let Ok(sealed) = seal(&letter) else {
            prop_assert!(everybody.is_empty());
            return Ok(());
        };
        let envelope: Vec<String> = sealed.recipients.iter().map(|(a, _)| a.key()).collect();
        let distinct: std::collections::BTreeSet<String> = envelope.iter().cloned().collect();
        prop_assert_eq!(distinct.len(), envelope.len());
        prop_assert_eq!(&distinct, &everybody.iter().map(|n| address(*n)).collect());

        let allowed = if open.len() == 1 || !blind { open.clone() } else { Default::default() };
        let parsed = MessageParser::default().parse(&sealed.mime).unwrap();
        let mut readable = text_of(&sealed).to_lowercase();
        for (name, value) in parsed.headers_raw() {
            prop_assert!(!name.eq_ignore_ascii_case("bcc"));
            readable += &value.to_lowercase();
        }
        for part in &parsed.parts { readable += &String::from_utf8_lossy(part.contents()).to_lowercase(); }
        for list in [parsed.to(), parsed.cc(), parsed.from(), parsed.reply_to()].into_iter().flatten() {
            for one in list.iter() {
                readable += &format!("{:?} {:?}", one.name(), one.address()).to_lowercase();
            }
        }
        for n in 0..8 {
            let found = readable.contains(&format!("person{n}")) || readable.contains(&format!("place{n}"))
                || readable.contains(&format!("nąme{n}"));
            prop_assert_eq!(found, allowed.contains(&n), "person {}", n);
        }
    }

    /// Whatever is typed, the bytes keep the rules and the words come back.
    #[test]
    fn any_words_can_be_sealed(
        subject in any::<String>(), name in any::<String>(), text in any::<String>(), file_name in any::<String>(),
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut letter = letter();
        letter.subject = subject.clone();
        letter.to[0].name = Some(name);
        letter.text = text.clone();
        letter.attachments = vec![file(&file_name, "application/octet-stream", &bytes)];
        let sealed = seal(&letter).unwrap();
        let parsed = MessageParser::default().parse(&sealed.mime).unwrap();
        prop_assert_eq!(parsed.subject().unwrap_or_default(), header::one_line(&subject));
        prop_assert_eq!(parsed.attachments().next().unwrap().contents(), &bytes[..]);
        prop_assert_eq!(parsed.body_text(0).unwrap(), wire_lines(&text));
    }
}
