//! Several messages over one connection.

use tillpost::domain::reply::{Cause, Outcome, Stage};

use super::*;
use crate::support::scripted::{Act, At, Script, Scripted, say};

#[tokio::test]
async fn several_messages_over_one_connection() {
    for keywords in [&["PIPELINING"][..], &[]] {
        let scripted = Scripted::start(Script::default().keywords(keywords)).await;
        let mut session = open(&scripted).await;
        for n in 0..5 {
            let text = format!("message {n}\r\n");
            let to = envelope(n, &["a@example.com"], text.as_bytes());
            let report = session.send(&to, body(text.as_bytes()), open_gate(), None).await;
            assert_eq!(short_words(&report), ["250"]);
        }
        session.quit().await;
        scripted.until(|seen| seen.ended == 1).await;
        let seen = scripted.seen();
        assert_eq!(seen.connections, 1);
        assert_eq!(seen.mails.len(), 5);
        assert_eq!(seen.count("NOOP") + seen.count("RSET"), 0);
        assert_eq!(seen.count("QUIT"), 1);
        for (n, mail) in seen.mails.iter().enumerate() {
            assert_eq!(mail.text, format!("message {n}\r\n").as_bytes());
        }
    }
}

#[tokio::test]
async fn the_next_message_is_announced_with_the_dot() {
    let scripted = Scripted::start(Script::default()).await;
    let mut session = open(&scripted).await;
    let texts: Vec<Vec<u8>> = (0..6).map(|n| format!("message {n}\r\n").into_bytes()).collect();
    let to: Vec<Envelope> =
        (0..6).map(|n| envelope(n as u64, &["a@example.com", "b@example.com"], &texts[n])).collect();
    for n in 0..6 {
        assert!(session.is_usable_for(&to[n]));
        let report = session.send(&to[n], body(&texts[n]), open_gate(), to.get(n + 1)).await;
        assert_eq!(short_words(&report), ["250", "250"]);
        if n < 5 {
            // The server has it already, before the next call begins.
            scripted.until(|seen| seen.count("DATA") == n + 2).await;
            assert!(!session.is_usable_for(&envelope(99, &["x@example.com"], b"")));
        }
    }
    session.quit().await;
    scripted.until(|seen| seen.ended == 1).await;
    let seen = scripted.seen();
    for (n, mail) in seen.mails.iter().enumerate() {
        assert_eq!(mail.text, texts[n]);
        assert_eq!(mail.to, ["a@example.com", "b@example.com"]);
    }
    assert_eq!((seen.mails.len(), seen.connections), (6, 1));
}

#[tokio::test]
async fn nothing_is_announced_to_a_server_without_groups() {
    let scripted = Scripted::start(Script::default().keywords(&["SIZE"])).await;
    let mut session = open(&scripted).await;
    let (first, next) = (envelope(1, &["a@example.com"], TEXT), envelope(2, &["b@example.com"], TEXT));
    session.send(&first, body(TEXT), open_gate(), Some(&next)).await;
    assert_eq!(scripted.seen().count("MAIL"), 1);
    assert!(session.is_usable_for(&envelope(3, &["c@example.com"], TEXT)));
}

#[tokio::test]
async fn an_announced_message_that_does_not_come_ends_the_connection() {
    let scripted = Scripted::start(Script::default()).await;
    let mut session = open(&scripted).await;
    let (first, next) = (envelope(1, &["a@example.com"], TEXT), envelope(2, &["b@example.com"], TEXT));
    session.send(&first, body(TEXT), open_gate(), Some(&next)).await;
    let other = envelope(3, &["c@example.com"], TEXT);
    let report = session.send(&other, body(TEXT), open_gate(), None).await;
    assert_eq!((report.outcomes, report.trouble), (vec![Outcome::NotSent], None));
    assert!(!session.is_usable());
    scripted.until(|seen| seen.ended == 1).await;
    assert_eq!(scripted.seen().mails.len(), 1);

    // And QUIT is not said into a message's text.
    let mut session = open(&scripted).await;
    session.send(&first, body(TEXT), open_gate(), Some(&next)).await;
    session.quit().await;
    scripted.until(|seen| seen.ended == 2).await;
    assert_eq!(scripted.seen().text_bytes, 0, "it was said into the text");
    assert_eq!(scripted.seen().count("QUIT"), 0);
    assert_eq!(scripted.seen().mails.len(), 2);
}

#[tokio::test]
async fn answers_to_an_announced_message_are_its_own() {
    let script = Script::new(|moment| match moment.at {
        At::Rcpt if moment.line.contains("bad@") => say("550 5.1.1 unknown"),
        At::Dot if moment.mails == 1 => say("554 5.7.1 no"),
        _ => Act::Usual,
    });
    let scripted = Scripted::start(script).await;
    let mut session = open(&scripted).await;
    let first = envelope(1, &["a@example.com"], TEXT);
    let next = envelope(2, &["bad@example.com", "b@example.com"], TEXT);
    let last = envelope(3, &["bad@example.com"], TEXT);
    let report = session.send(&first, body(TEXT), open_gate(), Some(&next)).await;
    assert_eq!(short_words(&report), ["554"], "the next one's answers are not this one's");
    let report = session.send(&next, body(TEXT), open_gate(), Some(&last)).await;
    assert_eq!(short_words(&report), ["550", "250"]);
    let report = session.send(&last, body(TEXT), open_gate(), None).await;
    assert_eq!(short_words(&report), ["550"]);
    assert!(session.is_usable());
    assert_eq!(scripted.seen().mails.len(), 2);
}

#[tokio::test]
async fn a_break_in_the_announced_part_is_the_next_messages() {
    let script = Script::new(|moment| match moment.at {
        At::Mail if moment.mails == 1 => Act::Close,
        _ => Act::Usual,
    });
    let scripted = Scripted::start(script).await;
    let mut session = open(&scripted).await;
    let (first, next) = (envelope(1, &["a@example.com"], TEXT), envelope(2, &["b@example.com"], TEXT));
    let report = session.send(&first, body(TEXT), open_gate(), Some(&next)).await;
    assert_eq!(short_words(&report), ["250"]);
    let report = session.send(&next, body(TEXT), open_gate(), None).await;
    assert_eq!(report.outcomes, [Outcome::NotSent]);
    assert_eq!(report.trouble.unwrap().stage, Stage::Mail);
}

#[tokio::test]
async fn a_connection_the_server_ended_meanwhile_loses_nothing() {
    for act in [(|| Act::Last(b"250 ok\r\n421 4.4.2 idle too long\r\n".to_vec())) as fn() -> Act, || {
        Act::Last(b"250 ok\r\n".to_vec())
    }] {
        let scripted = Scripted::start(Script::at(At::Dot, act)).await;
        let mut session = open(&scripted).await;
        let to = envelope(1, &["a@example.com"], TEXT);
        let report = session.send(&to, body(TEXT), open_gate(), None).await;
        assert_eq!(short_words(&report), ["250"]);
        let report = session.send(&to, body(TEXT), open_gate(), None).await;
        assert_eq!(report.outcomes, [Outcome::NotSent]);
        let trouble = report.trouble.unwrap();
        assert_eq!(trouble.stage, Stage::Mail);
        assert!(
            matches!(&trouble.cause, Cause::Network(_))
                || matches!(&trouble.cause, Cause::Replied(r) if r.code == 421)
        );
    }
}

#[tokio::test]
async fn quitting_waits_for_nobody() {
    let scripted = Scripted::start(Script::at(At::Quit, || Act::Hang)).await;
    let session = open(&scripted).await;
    let begun = std::time::Instant::now();
    session.quit().await;
    assert!(begun.elapsed() < std::time::Duration::from_secs(1));
    scripted.until(|seen| seen.count("QUIT") == 1).await;
}
