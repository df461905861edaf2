//! The text of a message arrives as it is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use tillpost::domain::reply::{Cause, Outcome, Stage};
use tillpost::transport::{Body, Envelope};

use super::*;
use crate::support::scripted::{Act, At, Script, Scripted};

#[tokio::test]
async fn lines_that_begin_with_a_dot_arrive_as_they_are() {
    let text = b".\r\n..\r\n...\r\n.hidden\r\n\r\n.\r\nlast.\r\n.\r\n";
    let (report, _, scripted) = one(Script::default(), &["a@example.com"], text).await;
    assert_eq!(short_words(&report), ["250"]);
    assert_eq!(scripted.seen().mails[0].text, text);
}

#[tokio::test]
async fn a_text_without_a_last_line_end_gets_one_and_no_more() {
    for (sent, arrives) in [
        (&b"one"[..], &b"one\r\n"[..]),
        (b"one\r\n", b"one\r\n"),
        (b"one\r\n\r\n", b"one\r\n\r\n"),
        (b"", b""),
        (b".", b".\r\n"),
    ] {
        let (report, _, scripted) = one(Script::default(), &["a@example.com"], sent).await;
        assert_eq!(short_words(&report), ["250"], "{sent:?}");
        assert_eq!(scripted.seen().mails[0].text, arrives, "{sent:?}");
    }
}

#[tokio::test]
async fn a_lone_line_feed_cannot_smuggle_a_second_message() {
    for text in [
        &b"one\n.\r\nMAIL FROM:<x@example.com>\r\n"[..],
        b"one\r.\r\ntwo\r\n",
        b"one\r\n.\rtwo\r\n",
        b"one\r",
        b"\n",
    ] {
        let (report, session, scripted) = one(Script::default(), &["a@example.com"], text).await;
        assert_eq!(report.outcomes, [Outcome::NotSent], "{text:?}");
        let trouble = report.trouble.unwrap();
        assert_eq!(trouble.stage, Stage::Body);
        assert!(matches!(trouble.cause, Cause::BodyUnreadable(_)));
        assert!(!session.is_usable());
        scripted.until(|seen| seen.ended == 1).await;
        assert!(scripted.seen().mails.is_empty());
    }
}

/// A text cut in two at every place where a reader of chunks could stumble.
struct Parts(Vec<Vec<u8>>);

impl Body for Parts {
    fn len(&self) -> u64 {
        self.0.iter().map(|p| p.len() as u64).sum()
    }

    fn next_chunk(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        if self.0.is_empty() {
            return Ok(0);
        }
        let part = self.0.remove(0);
        into.extend_from_slice(&part);
        Ok(part.len())
    }
}

fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b".".to_vec()),
        Just(b"\r\n.\r\n".to_vec()),
        Just(b"..".to_vec()),
        any::<u8>().prop_filter("no line end", |b| !matches!(b, b'\r' | b'\n')).prop_map(|b| vec![b]),
        // Long enough that dots and line ends fall on the border between two chunks.
        (65_530_usize..65_540).prop_map(|n| vec![b'x'; n]),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| {
        let mut text = pieces.concat();
        text.extend_from_slice(b"\r\n");
        text
    })
}

#[test]
fn any_text_arrives_byte_for_byte() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let scripted = runtime.block_on(Scripted::start(Script::default()));
    let mut session = runtime.block_on(open(&scripted));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let session = std::cell::RefCell::new(&mut session);
    runner
        .run(&(texts(), 0_usize..70_000), |(text, cut)| {
            let cut = cut.min(text.len());
            let parts = Parts(
                [&text[..cut], &text[cut..]].iter().filter(|p| !p.is_empty()).map(|p| p.to_vec()).collect(),
            );
            let mut session = session.borrow_mut();
            let sending = async {
                let envelope = envelope(1, &["a@example.com"], &text);
                session.send(&envelope, Box::new(parts), open_gate(), None).await
            };
            let report = runtime.block_on(sending);
            prop_assert_eq!(short_words(&report), ["250"]);
            let arrived = scripted.seen().mails.pop().unwrap().text;
            prop_assert!(arrived == text, "{} bytes became {}", text.len(), arrived.len());
            Ok(())
        })
        .unwrap();
}

/// A text that is made while it is read, and how much of it was.
struct Made {
    len: u64,
    made: Arc<AtomicU64>,
    fails_at: Option<u64>,
}

const LINE: &[u8; 64] = b"0123456789012345678901234567890123456789012345678901234567890.\r\n";

impl Body for Made {
    fn len(&self) -> u64 {
        self.len
    }

    fn next_chunk(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        let made = self.made.load(Ordering::SeqCst);
        if self.fails_at.is_some_and(|at| made >= at) {
            return Err(io::Error::other("the data file is gone"));
        }
        let n = (self.len - made).min(64 * 1024);
        for _ in 0..n / 64 {
            into.extend_from_slice(LINE);
        }
        self.made.fetch_add(n, Ordering::SeqCst);
        Ok(usize::try_from(n).unwrap())
    }
}

fn large(len: u64, fails_at: Option<u64>) -> (Envelope, Box<dyn Body>, Arc<AtomicU64>) {
    let made = Arc::new(AtomicU64::new(0));
    let body = Made { len, made: Arc::clone(&made), fails_at };
    let mut envelope = envelope(1, &["a@example.com"], b"");
    envelope.size = len;
    (envelope, Box::new(body), made)
}

#[tokio::test]
async fn a_large_message_arrives_whole() {
    let scripted = Scripted::start(Script::default()).await;
    let mut session = open(&scripted).await;
    let (envelope, body, _) = large(8 << 20, None);
    let report = session.send(&envelope, body, open_gate(), None).await;
    assert_eq!(short_words(&report), ["250"]);
    let text = scripted.seen().mails.pop().unwrap().text;
    assert_eq!(text.len(), 8 << 20);
    assert!(text.chunks(64).all(|line| line == LINE));
    assert!(report.transcript.contains("bytes of message"));
    assert!(report.transcript.len() < 2000);
}

#[tokio::test]
async fn a_message_is_read_no_faster_than_the_server_takes_it() {
    let scripted = Scripted::start(Script::at(At::Text, || Act::Hang)).await;
    let deadlines = Deadlines { body_window: Duration::from_millis(300), ..patient() };
    let server = server(&scripted, Encryption::None);
    let mut session = Session::open(&server, SignIn::None, &deadlines).await.unwrap();
    let (envelope, body, made) = large(64 << 20, None);
    let report = soon(session.send(&envelope, body, open_gate(), None)).await;
    assert_eq!(report.outcomes, [Outcome::NotSent]);
    let trouble = report.trouble.unwrap();
    assert_eq!((trouble.stage, trouble.cause), (Stage::Body, Cause::TimedOut));
    // What is beyond a few chunks stands in the sockets' own buffers.
    assert!(made.load(Ordering::SeqCst) < 24 << 20);
}

#[tokio::test]
async fn a_text_that_cannot_be_read_to_its_end_is_not_completed() {
    for (len, fails_at) in [(64 * 1024, Some(0)), (1 << 20, Some(512 * 1024))] {
        let scripted = Scripted::start(Script::default()).await;
        let mut session = open(&scripted).await;
        let (gate, marks) = counted_gate();
        let (envelope, body, _) = large(len, fails_at);
        let report = session.send(&envelope, body, gate, None).await;
        assert_eq!(report.outcomes, [Outcome::NotSent]);
        let cause = report.trouble.unwrap().cause;
        assert_eq!(cause, Cause::BodyUnreadable("the data file is gone".into()));
        assert_eq!(marks.load(Ordering::SeqCst), 0);
        scripted.until(|seen| seen.ended == 1).await;
        assert!(scripted.seen().mails.is_empty());
    }
}

/// Says it is longer, or shorter, than it is.
struct Wrong(Option<Vec<u8>>, u64);

impl Body for Wrong {
    fn len(&self) -> u64 {
        self.1
    }

    fn next_chunk(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        let part = self.0.take().unwrap_or_default();
        into.extend_from_slice(&part);
        Ok(part.len())
    }
}

#[tokio::test]
async fn a_text_of_another_length_than_announced_is_not_completed() {
    for len in [TEXT.len() as u64 - 1, TEXT.len() as u64 + 1] {
        let scripted = Scripted::start(Script::default()).await;
        let mut session = open(&scripted).await;
        let mut envelope = envelope(1, &["a@example.com"], TEXT);
        envelope.size = len;
        let body = Box::new(Wrong(Some(TEXT.to_vec()), len));
        let report = session.send(&envelope, body, open_gate(), None).await;
        assert_eq!(report.outcomes, [Outcome::NotSent]);
        assert!(matches!(report.trouble.unwrap().cause, Cause::BodyUnreadable(_)));
        scripted.until(|seen| seen.ended == 1).await;
        assert!(scripted.seen().mails.is_empty());
    }
}
