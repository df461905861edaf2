//! Replies as servers really write them.

use tillpost::domain::reply::Outcome;

use super::*;
use crate::support::scripted::{Act, At, Script, Scripted};

async fn answered(at: At, bytes: &'static [u8]) -> (Report, bool) {
    let script = Script::new(move |moment| match moment.at {
        a if a == at => Act::Say(bytes.to_vec()),
        _ => Act::Usual,
    });
    let (report, session, _) = one(script, &["a@example.com"], TEXT).await;
    let usable = session.is_usable();
    (report, usable)
}

#[tokio::test]
async fn odd_replies_keep_their_meaning() {
    let cases: [(At, &[u8], &str, &str); 12] = [
        (At::Dot, b"250\r\n", "250", ""),
        (At::Dot, b"250 ok\n", "250", "ok"),
        (At::Dot, b"250 angenommen, gr\xfc\xdfe\r\n", "250", "angenommen, grüße"),
        (At::Dot, b"250 \xe4\xbd\xa0\xe5\xa5\xbd\r\n", "250", "你好"),
        (At::Dot, b"250-one\r\n250-two\r\n250 three\r\n", "250", "one two three"),
        (At::Dot, b"250-yes\r\n550 no\r\n", "550", "yes no"),
        (At::Dot, b"571 5.7.1 spam\r\n", "571", "spam"),
        (At::Dot, b"599 what\r\n", "599", "what"),
        (At::Rcpt, b"550 Empf\xe4nger unbekannt\r\n", "550", "Empfänger unbekannt"),
        (At::Rcpt, b"571\n", "571", ""),
        (At::Rcpt, b"450-4.2.0 grey\r\n450 4.2.0 listed\r\n", "450", "grey listed"),
        (At::Mail, b"250\n", "250", "queued as 1"),
    ];
    for (at, bytes, code, text) in cases {
        let (report, usable) = answered(at, bytes).await;
        assert_eq!(short_words(&report), [code], "{bytes:?}");
        assert!(usable, "{bytes:?}");
        let (Outcome::Accepted(reply) | Outcome::Refused(reply) | Outcome::Deferred(reply)) =
            &report.outcomes[0]
        else {
            panic!("{bytes:?}")
        };
        assert_eq!(reply.text, text, "{bytes:?}");
    }
}

#[tokio::test]
async fn ehlo_in_any_shape() {
    for ehlo in [
        &b"250-x\n250-pipelining\n250-size 1000\n250 8bitmime\n"[..],
        b"250-x\r\n250-\r\n250-Size 1000\r\n250-8BitMime\r\n250 Pipelining \r\n",
    ] {
        let script = Script::at(At::Ehlo, move || Act::Say(ehlo.to_vec()));
        let scripted = Scripted::start(script).await;
        let session = open(&scripted).await;
        let caps = session.capabilities();
        assert!(caps.pipelining && caps.eight_bit_mime, "{ehlo:?}");
        assert_eq!(caps.size_limit, Some(1000));
    }
}

#[tokio::test]
async fn the_transcript_tells_the_attempt() {
    let (report, _, _) = one(Script::default(), &["a@example.com"], TEXT).await;
    let said: Vec<&str> =
        report.transcript.lines().filter_map(|l| l.split_once(' ').map(|(_, rest)| rest)).collect();
    assert_eq!(said[1], "S: 220 scripted ESMTP");
    assert!(said.contains(&"C: RCPT TO:<a@example.com>"));
    assert!(said.contains(&"C: (29 bytes of message)"), "{said:?}");
    assert!(said.contains(&"C: ."));
    assert_eq!(said.last(), Some(&"S: 250 2.0.0 queued as 1"));
    assert!(!report.transcript.contains("Ready."));
}
