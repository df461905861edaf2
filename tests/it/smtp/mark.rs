//! The mark stands before the dot leaves.

use std::time::Duration;

use tillpost::domain::reply::{Cause, Outcome, Stage};
use tokio::sync::oneshot;

use super::*;
use crate::support::scripted::{Script, Scripted};

/// A gate that answers when told to.
fn held_gate() -> (Box<dyn Gate>, oneshot::Sender<Result<(), String>>) {
    let (tell, told) = oneshot::channel();
    let mut told = Some(told);
    let gate = move || {
        let told = told.take().unwrap();
        async move { told.await.unwrap() }
    };
    (Box::new(gate), tell)
}

fn text(len: usize) -> Vec<u8> {
    let mut text = b"0123456789\r\n".repeat(len / 12);
    text.extend_from_slice(b"end\r\n");
    text
}

#[tokio::test]
async fn the_dot_waits_for_the_mark() {
    for len in [100, 64 * 1024 - 100, 300_000] {
        let scripted = Scripted::start(Script::default()).await;
        let mut session = open(&scripted).await;
        let text = text(len);
        let (gate, tell) = held_gate();
        let watcher = scripted.clone();
        let all = text.len();
        let watching = async move {
            // The whole text is there, byte for byte, and nothing beyond it comes while the mark is open.
            watcher.until(|seen| seen.text_bytes >= all).await;
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
            assert_eq!(watcher.seen().text_bytes, all);
            assert!(watcher.seen().mails.is_empty());
            tell.send(Ok(())).unwrap();
        };
        let to = envelope(1, &["a@example.com"], &text);
        let (report, ()) = tokio::join!(session.send(&to, body(&text), gate, None), watching);
        assert_eq!(short_words(&report), ["250"]);
        assert_eq!(scripted.seen().mails[0].text, text);
        assert!(session.is_usable());
    }
}

#[tokio::test]
async fn without_the_mark_the_message_is_never_completed() {
    for len in [100, 300_000] {
        let scripted = Scripted::start(Script::default()).await;
        let mut session = open(&scripted).await;
        let text = text(len);
        let gate = Box::new(|| async { Err("the disk is full".to_owned()) });
        let to = envelope(1, &["a@example.com"], &text);
        let next = envelope(2, &["b@example.com"], &text);
        let report = session.send(&to, body(&text), gate, Some(&next)).await;
        assert_eq!(report.outcomes, [Outcome::NotSent]);
        let trouble = report.trouble.unwrap();
        assert_eq!(trouble.stage, Stage::Body);
        assert_eq!(trouble.cause, Cause::NotMarked("the disk is full".into()));
        assert!(!session.is_usable());
        scripted.until(|seen| seen.ended == 1).await;
        assert!(scripted.seen().mails.is_empty());
        assert_eq!(scripted.seen().count("MAIL"), 1);
    }
}

#[tokio::test]
async fn a_mark_that_never_comes_has_an_end() {
    let scripted = Scripted::start(Script::default()).await;
    let deadlines = Deadlines { mark: Duration::from_millis(100), ..patient() };
    let server = server(&scripted, Encryption::None);
    let mut session = Session::open(&server, SignIn::None, &deadlines).await.unwrap();
    let (gate, _tell) = held_gate();
    let to = envelope(1, &["a@example.com"], TEXT);
    let report = soon(session.send(&to, body(TEXT), gate, None)).await;
    assert_eq!(report.outcomes, [Outcome::NotSent]);
    assert!(matches!(report.trouble.unwrap().cause, Cause::NotMarked(_)));
    scripted.until(|seen| seen.ended == 1).await;
    assert!(scripted.seen().mails.is_empty());
}

#[tokio::test]
async fn no_mark_is_asked_for_where_nobody_gets_the_message() {
    use crate::support::scripted::{At, say};
    let scripted = Scripted::start(Script::at(At::Rcpt, || say("550 5.1.1 unknown"))).await;
    let mut session = open(&scripted).await;
    let (gate, marks) = counted_gate();
    let to = envelope(1, &["a@example.com"], TEXT);
    session.send(&to, body(TEXT), gate, None).await;
    assert_eq!(marks.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_call_dropped_before_the_mark_completes_nothing() {
    let scripted = Scripted::start(Script::default()).await;
    let mut session = open(&scripted).await;
    let (gate, tell) = held_gate();
    let to = envelope(1, &["a@example.com"], TEXT);
    let watcher = scripted.clone();
    tokio::select! {
        _ = session.send(&to, body(TEXT), gate, None) => panic!("it was not marked"),
        () = watcher.until(|seen| seen.text_bytes == TEXT.len()) => {}
    }
    assert!(!session.is_usable());
    let _ = tell.send(Ok(()));
    let again = session.send(&to, body(TEXT), open_gate(), None).await;
    assert_eq!(again.outcomes, [Outcome::NotSent]);
    assert_eq!(again.trouble, None);
    scripted.until(|seen| seen.ended == 1).await;
    assert!(scripted.seen().mails.is_empty());
}
