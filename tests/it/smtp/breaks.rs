//! Where a conversation breaks decides what is known about the message.

use std::time::Duration;

use tillpost::domain::reply::{Cause, Outcome, Stage};

use super::*;
use crate::support::scripted::{Act, At, Script, Scripted, say};

fn stage_of(at: At) -> Stage {
    match at {
        At::Connect | At::Greeting => Stage::Greeting,
        At::Ehlo => Stage::Ehlo,
        At::StartTls => Stage::StartTls,
        At::Auth | At::AuthStep => Stage::Auth,
        At::Mail => Stage::Mail,
        At::Rcpt => Stage::Rcpt,
        At::Data => Stage::Data,
        At::Text => Stage::Body,
        _ => Stage::Dot,
    }
}

type MakeAct = fn() -> Act;

/// A message to two recipients, over a connection that breaks somewhere.
async fn broken(script: Script, len: usize) -> (Option<Report>, Trouble) {
    let scripted = Scripted::start(script).await;
    let deadlines = Deadlines {
        body_window: Duration::from_millis(300),
        mail: Duration::from_millis(300),
        rcpt: Duration::from_millis(300),
        data: Duration::from_millis(300),
        auth: Duration::from_millis(300),
        ehlo: Duration::from_millis(300),
        greeting: Duration::from_millis(300),
        dot: Duration::from_millis(300),
        ..patient()
    };
    let mut session = match soon(open_signed_in(&scripted, &deadlines)).await {
        Ok(session) => session,
        Err((trouble, _)) => return (None, trouble),
    };
    let text = b"0123456789\r\n".repeat(len / 12);
    let to = envelope(1, &["a@example.com", "b@example.com"], &text);
    let report = soon(session.send(&to, body(&text), open_gate(), None)).await;
    assert!(!session.is_usable(), "it would be used again");
    assert!(scripted.seen().mails.len() <= 1);
    let trouble = report.trouble.clone().expect("a break without trouble");
    (Some(report), trouble)
}

#[tokio::test]
async fn a_break_before_the_dot_is_provably_not_sent() {
    let breaks: [(&str, MakeAct); 4] = [
        ("closed", || Act::Close),
        ("cut", || Act::Reset),
        ("silent", || Act::Hang),
        ("421", || Act::Last(b"421 4.3.2 shutting down\r\n".to_vec())),
    ];
    for at in At::BEFORE_DOT {
        for (how, act) in breaks {
            for keywords in [&["PIPELINING", "AUTH PLAIN"][..], &["AUTH LOGIN"]] {
                // Larger than the sockets' buffers, so that a break in the text is met in the text.
                let len = if at == At::Text { 16 << 20 } else { 1000 };
                let script = Script::at(at, act).keywords(keywords);
                let (report, trouble) = broken(script, len).await;
                let what = format!("{how} at {at:?} with {keywords:?}: {trouble:?}");
                assert_eq!(trouble.stage, stage_of(at), "{what}");
                match how {
                    "silent" => assert_eq!(trouble.cause, Cause::TimedOut, "{what}"),
                    "421" => assert!(matches!(&trouble.cause, Cause::Replied(r) if r.code == 421), "{what}"),
                    _ => assert!(matches!(trouble.cause, Cause::Network(_)), "{what}"),
                }
                if let Some(report) = report {
                    assert_eq!(short_words(&report), ["not sent", "not sent"], "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_break_after_the_dot_is_uncertain() {
    let breaks: [(&str, MakeAct); 7] = [
        ("closed", || Act::Close),
        ("cut", || Act::Reset),
        ("silent", || Act::Hang),
        ("half a reply", || Act::Last(b"250 2.0.0 que".to_vec())),
        ("no reply at all", || say("thank you")),
        ("a reply that means nothing here", || say("354 go on")),
        ("another kind of yes", || say("220 hello")),
    ];
    for (how, act) in breaks {
        let (report, trouble) = broken(Script::at(At::Dot, act), 1000).await;
        assert_eq!(trouble.stage, Stage::Dot, "{how}");
        assert_eq!(short_words(&report.unwrap()), ["uncertain", "uncertain"], "{how}");
    }
}

#[tokio::test]
async fn a_refusal_of_the_whole_message_is_no_doubt() {
    for (line, want) in [("554 5.7.1 spam", "554"), ("452 4.2.2 full", "452"), ("571 no", "571")] {
        let script = Script::at(At::Dot, move || say(line));
        let (report, session, _) = one(script, &["a@example.com"], TEXT).await;
        assert_eq!(short_words(&report), [want]);
        assert_eq!(report.trouble, None);
        assert!(session.is_usable());
    }
    let script = Script::at(At::Dot, || say("421 4.3.2 closing"));
    let (report, session, _) = one(script, &["a@example.com"], TEXT).await;
    assert!(matches!(&report.outcomes[0], Outcome::Deferred(r) if r.code == 421));
    assert_eq!(report.trouble.unwrap().stage, Stage::Dot);
    assert!(!session.is_usable());
}

#[tokio::test]
async fn a_refused_recipient_stays_refused_when_the_connection_breaks_later() {
    let script = Script::new(|moment| match moment.at {
        At::Rcpt if moment.line.contains("bad@") => say("550 5.1.1 unknown"),
        At::Data => Act::Close,
        _ => Act::Usual,
    });
    let (report, _, _) = one(script, &["a@example.com", "bad@example.com"], TEXT).await;
    assert_eq!(short_words(&report), ["not sent", "550"]);
    assert_eq!(report.trouble.unwrap().stage, Stage::Data);
}

#[tokio::test]
async fn a_server_that_had_enough_may_say_so_before_the_end() {
    let script = Script::at(At::Text, || Act::Last(b"552 5.3.4 too large after all\r\n".to_vec()));
    let text = b"0123456789\r\n".repeat(1 << 20);
    let (report, session, scripted) = one(script, &["a@example.com"], &text).await;
    assert_eq!(short_words(&report), ["552"]);
    assert!(!session.is_usable());
    assert!(scripted.seen().mails.is_empty());
}

#[tokio::test]
async fn a_reply_before_its_question_is_never_the_answer() {
    // A second reply to DATA would be read as the dot's, and a refused message reported as taken.
    let script = Script::new(|moment| match moment.at {
        At::Data => Act::Say(b"354 go on\r\n250 2.0.0 queued\r\n".to_vec()),
        At::Dot => say("554 5.7.1 refused"),
        _ => Act::Usual,
    });
    let (report, session, scripted) = one(script, &["a@example.com"], TEXT).await;
    assert_eq!(report.outcomes, [Outcome::NotSent]);
    assert!(matches!(report.trouble.unwrap().cause, Cause::Protocol(_)));
    assert!(!session.is_usable());
    scripted.until(|seen| seen.ended == 1).await;
    assert!(scripted.seen().mails.is_empty());
}

#[tokio::test]
async fn a_reply_too_many_between_two_messages_is_noticed() {
    let script = Script::at(At::Dot, || Act::Say(b"250 2.0.0 queued\r\n250 2.0.0 and again\r\n".to_vec()));
    let (first, mut session, scripted) = one(script, &["a@example.com"], TEXT).await;
    assert_eq!(short_words(&first), ["250"]);
    let second = envelope(2, &["b@example.com"], TEXT);
    let report = session.send(&second, body(TEXT), open_gate(), None).await;
    assert_eq!(report.outcomes, [Outcome::NotSent]);
    assert!(matches!(report.trouble.unwrap().cause, Cause::Protocol(_)));
    scripted.until(|seen| seen.ended == 1).await;
    assert_eq!(scripted.seen().mails.len(), 1);
    assert_eq!(scripted.seen().count("MAIL"), 1, "the second was offered");
}

#[tokio::test]
async fn a_call_dropped_after_the_dot_is_never_continued() {
    let release = Arc::new(tokio::sync::Notify::new());
    let held = Arc::clone(&release);
    let script = Script::at(At::Dot, move || Act::After(Arc::clone(&held), Box::new(Act::Usual)));
    let scripted = Scripted::start(script).await;
    let mut session = open(&scripted).await;
    let watcher = scripted.clone();
    let to = envelope(1, &["a@example.com"], TEXT);
    tokio::select! {
        _ = session.send(&to, body(TEXT), open_gate(), None) => panic!("nobody answered"),
        () = watcher.until(|seen| seen.mails.len() == 1) => {}
    }
    release.notify_one();
    assert!(!session.is_usable());
    let report = session.send(&to, body(TEXT), open_gate(), None).await;
    assert_eq!(report.outcomes, [Outcome::NotSent]);
    scripted.until(|seen| seen.ended == 1).await;
    assert_eq!(scripted.seen().mails.len(), 1, "the late reply was taken for another's");
}
