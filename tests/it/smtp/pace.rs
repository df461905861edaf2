//! Every stage ends in time, however slowly the server goes on.

use std::time::{Duration, Instant};

use tillpost::domain::reply::{Cause, Outcome, Stage};

use super::*;
use crate::support::scripted::{Act, At, Script, Scripted};

/// 40 times one byte each 20 ms: no single wait is long, all together are.
fn dripping() -> Act {
    Act::Drip(b"250 2.0.0 a server that takes its time\r\n".to_vec(), Duration::from_millis(20))
}

#[tokio::test]
async fn dripping_does_not_evade_a_deadline() {
    for at in [At::Greeting, At::Ehlo, At::Auth, At::Mail, At::Rcpt, At::Data, At::Dot] {
        let scripted = Scripted::start(Script::at(at, dripping)).await;
        let deadlines = short(Duration::from_millis(200));
        let begun = Instant::now();
        let stage = match soon(open_signed_in(&scripted, &deadlines)).await {
            Err((trouble, _)) => {
                assert_eq!(trouble.cause, Cause::TimedOut, "{at:?}");
                trouble.stage
            }
            Ok(mut session) => {
                let to = envelope(1, &["a@example.com"], TEXT);
                let report = soon(session.send(&to, body(TEXT), open_gate(), None)).await;
                let trouble = report.trouble.unwrap();
                assert_eq!(trouble.cause, Cause::TimedOut, "{at:?}");
                match at {
                    At::Dot => assert!(matches!(report.outcomes[0], Outcome::Uncertain(_))),
                    _ => assert_eq!(report.outcomes, [Outcome::NotSent]),
                }
                trouble.stage
            }
        };
        assert!(begun.elapsed() < Duration::from_millis(700), "{at:?} {:?}", begun.elapsed());
        assert!(stage >= Stage::Greeting);
    }
}

#[tokio::test]
async fn endless_lines_and_replies_are_cut() {
    for flood in [&b"x"[..], b"220-more\r\n", b"250-more\r\n", b"2"] {
        for at in [At::Greeting, At::Mail, At::Dot] {
            let script = Script::at(at, move || Act::Flood(flood.repeat(1000)));
            let scripted = Scripted::start(script).await;
            let server = server(&scripted, Encryption::None);
            let opened = soon(Session::open(&server, SignIn::None, &patient())).await;
            let trouble = match opened {
                Err((trouble, transcript)) => {
                    assert!(transcript.len() <= 16 * 1024);
                    trouble
                }
                Ok(mut session) => {
                    let to = envelope(1, &["a@example.com"], TEXT);
                    let report = soon(session.send(&to, body(TEXT), open_gate(), None)).await;
                    assert!(report.transcript.len() <= 16 * 1024);
                    assert!(!matches!(report.outcomes[0], Outcome::Accepted(_)));
                    report.trouble.unwrap()
                }
            };
            assert!(matches!(trouble.cause, Cause::Protocol(_)), "{trouble:?}");
            scripted.until(|seen| seen.ended == 1).await;
        }
    }
}

#[tokio::test]
async fn a_slow_server_in_time_is_waited_for() {
    let script = Script::new(|moment| match moment.at {
        At::Dot => Act::Drip(b"250 2.0.0 queued\r\n".to_vec(), Duration::from_millis(5)),
        _ => Act::Usual,
    });
    let (report, session, _) = one(script, &["a@example.com"], TEXT).await;
    assert_eq!(short_words(&report), ["250"]);
    assert!(session.is_usable());
}
