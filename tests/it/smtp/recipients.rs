//! One recipient's trouble is that recipient's.

use tillpost::domain::reply::{Cause, Outcome, Stage};

use super::*;
use crate::support::scripted::{Act, At, Script, Scripted, say};

const PIPELINED: &[&str] = &["PIPELINING", "SIZE 100000"];
const SINGLY: &[&str] = &["SIZE 100000"];

/// Answers RCPT with the code in front of the address: `c550@example.com`.
fn by_address(moment: &crate::support::scripted::Moment<'_>) -> Act {
    let code = moment.line.split("<c").nth(1).and_then(|rest| rest.get(..3));
    match (moment.at, code) {
        (At::Rcpt, Some("452")) => say("452 4.5.3 Too many recipients"),
        (At::Rcpt, Some("250")) => Act::Usual,
        (At::Rcpt, Some(code)) => say(&format!("{code} as asked")),
        _ => Act::Usual,
    }
}

async fn mixed(keywords: &[&'static str], to: &[&str]) -> (Report, Session, Scripted) {
    one(Script::new(by_address).keywords(keywords), to, TEXT).await
}

#[tokio::test]
async fn each_recipient_gets_their_own_answer() {
    let to =
        ["c250@example.com", "c550@example.com", "c450@example.com", "c251@example.com", "c571@example.com"];
    for keywords in [PIPELINED, SINGLY] {
        let (report, session, scripted) = mixed(keywords, &to).await;
        assert_eq!(short_words(&report), ["250", "550", "450", "250", "571"]);
        assert!(matches!(report.outcomes[1], Outcome::Refused(_)));
        assert!(matches!(report.outcomes[2], Outcome::Deferred(_)));
        assert!(matches!(report.outcomes[4], Outcome::Refused(_)));
        assert!(!report.too_many);
        assert_eq!(report.trouble, None);
        assert!(session.is_usable());
        let seen = scripted.seen();
        assert_eq!(seen.mails.len(), 1);
        assert_eq!(seen.mails[0].to, ["c250@example.com", "c251@example.com"]);
        assert_eq!(seen.count("RCPT"), 5);
    }
}

#[tokio::test]
async fn too_many_go_in_the_next_transaction() {
    for keywords in [PIPELINED, SINGLY] {
        let to = ["c250@example.com", "c452a@example.com", "c452b@example.com"];
        let (report, session, scripted) = mixed(keywords, &to).await;
        assert_eq!(short_words(&report), ["250", "not sent", "not sent"]);
        assert!(report.too_many && session.is_usable());
        assert_eq!(scripted.seen().mails[0].to, ["c250@example.com"]);

        // With nobody taken, sending the rest at once would go round for ever.
        let (report, _, scripted) = mixed(keywords, &["c452@example.com"]).await;
        assert!(matches!(report.outcomes[0], Outcome::Deferred(_)));
        assert!(!report.too_many);
        assert!(scripted.seen().mails.is_empty());
    }
}

#[tokio::test]
async fn nobody_taken_means_no_message() {
    for keywords in [PIPELINED, SINGLY] {
        let (report, mut session, scripted) =
            mixed(keywords, &["c550@example.com", "c450@example.com"]).await;
        assert_eq!(short_words(&report), ["550", "450"]);
        assert_eq!(report.trouble, None);
        assert!(scripted.seen().mails.is_empty());
        assert_eq!(scripted.seen().count("RSET"), 1);
        let data = scripted.seen().count("DATA");
        assert_eq!(data, usize::from(keywords == PIPELINED));
        // The connection goes on with the next message.
        let next = envelope(2, &["c250@example.com"], TEXT);
        let report = session.send(&next, body(TEXT), open_gate(), None).await;
        assert_eq!(short_words(&report), ["250"]);
        assert_eq!(scripted.seen().mails.len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_wants_the_text_although_nobody_was_taken() {
    for dot in ["554 5.5.1 no valid recipients", "250 2.0.0 fine with me"] {
        let script = Script::new(move |moment| match moment.at {
            At::Rcpt if moment.mails == 0 => say("550 5.1.1 unknown"),
            At::Data => say("354 go on"),
            At::Dot if moment.mails == 1 => say(dot),
            _ => Act::Usual,
        });
        let (report, mut session, scripted) = one(script, &["a@example.com"], TEXT).await;
        assert_eq!(short_words(&report), ["550"]);
        assert_eq!(scripted.seen().mails[0].text, b"", "the text went out");
        assert!(session.is_usable());
        let next = envelope(2, &["b@example.com"], TEXT);
        let report = session.send(&next, body(TEXT), open_gate(), None).await;
        assert_eq!(short_words(&report), ["250"]);
    }
}

#[tokio::test]
async fn a_refused_sender_is_the_accounts_a_refused_size_the_messages() {
    for keywords in [PIPELINED, SINGLY] {
        for (line, want, trouble) in [
            ("553 5.7.1 not your address", "not sent", true),
            ("550 5.4.5 Daily user sending limit exceeded", "not sent", true),
            ("421 4.7.0 go away", "not sent", true),
            ("552 5.3.4 too large", "552", false),
            ("451 4.3.0 try later", "451", false),
        ] {
            let script = Script::new(move |moment| match moment.at {
                At::Mail if moment.mails == 0 => say(line),
                At::Rcpt if moment.mails == 0 => say("503 5.5.1 need MAIL before RCPT"),
                _ => Act::Usual,
            });
            let script = script.keywords(keywords);
            let (report, session, scripted) = one(script, &["a@example.com", "b@example.com"], TEXT).await;
            assert_eq!(short_words(&report), [want, want], "{line}");
            assert_eq!(report.trouble.is_some(), trouble, "{line}");
            assert_eq!(session.is_usable(), !trouble, "{line}");
            if let Some(trouble) = report.trouble {
                assert_eq!(trouble.stage, Stage::Mail);
                assert!(matches!(trouble.cause, Cause::Replied(_)));
            }
            let mails = scripted.seen();
            assert!(mails.mails.iter().all(|m| m.text.is_empty()), "{line}");
        }
    }
}

#[tokio::test]
async fn data_refused_is_everyones_answer() {
    for keywords in [PIPELINED, SINGLY] {
        for (line, want) in [("451 4.3.0 later", "451"), ("554 5.6.0 never", "554")] {
            let script = Script::at(At::Data, move || say(line)).keywords(keywords);
            let (report, session, scripted) = one(script, &["a@example.com"], TEXT).await;
            assert_eq!(short_words(&report), [want]);
            assert!(session.is_usable());
            assert_eq!(scripted.seen().count("RSET"), 1);
        }
    }
}

#[tokio::test]
async fn codes_are_exact() {
    // 250 to DATA is no 354: the text would be taken for commands. 354 to MAIL or RCPT is no yes.
    for (at, line, stage) in [
        (At::Data, "250 ok", Stage::Data),
        (At::Mail, "354 go on", Stage::Mail),
        (At::Mail, "220 hello", Stage::Mail),
        (At::Rcpt, "354 go on", Stage::Rcpt),
    ] {
        for keywords in [PIPELINED, SINGLY] {
            let script = Script::at(at, move || say(line)).keywords(keywords);
            let (report, session, scripted) = one(script, &["a@example.com"], TEXT).await;
            assert_eq!(report.outcomes, [Outcome::NotSent], "{at:?} {line}");
            let trouble = report.trouble.unwrap();
            assert_eq!(trouble.stage, stage);
            assert!(matches!(trouble.cause, Cause::Protocol(_)));
            assert!(!session.is_usable());
            assert!(scripted.seen().mails.is_empty());
        }
    }
}

#[tokio::test]
async fn a_message_beyond_the_servers_size_is_not_offered() {
    let keywords = &["PIPELINING", "SIZE 10"];
    let script = Script::default().keywords(keywords);
    let (report, session, scripted) = one(script, &["a@example.com", "b@example.com"], TEXT).await;
    assert_eq!(short_words(&report), ["552", "552"]);
    assert!(matches!(&report.outcomes[0], Outcome::Refused(r) if r.enhanced.as_deref() == Some("5.3.4")));
    assert!(session.is_usable());
    assert_eq!(scripted.seen().count("MAIL"), 0);
}

#[tokio::test]
async fn the_size_is_said_where_it_is_asked_for() {
    for (keywords, line) in [
        (&["SIZE"][..], format!("MAIL FROM:<shop@example.com> SIZE={}", TEXT.len())),
        (&["SIZE 0"], format!("MAIL FROM:<shop@example.com> SIZE={}", TEXT.len())),
        (&[], "MAIL FROM:<shop@example.com>".to_owned()),
    ] {
        let script = Script::default().keywords(keywords);
        let (report, _, scripted) = one(script, &["a@example.com"], TEXT).await;
        assert_eq!(short_words(&report), ["250"]);
        assert_eq!(scripted.seen().commands[1], line);
    }
}

#[tokio::test]
async fn letters_beyond_ascii() {
    let to = ["żółw@example.com", "b@example.com"];
    let (report, session, scripted) = mixed(PIPELINED, &to).await;
    assert_eq!(short_words(&report), ["553", "250"]);
    assert!(session.is_usable());
    assert_eq!(scripted.seen().mails[0].to, ["b@example.com"]);

    let keywords = &["PIPELINING", "SMTPUTF8", "8BITMIME"];
    let script = Script::default().keywords(keywords);
    let (report, _, scripted) = one(script, &to, "żółw\r\n".as_bytes()).await;
    assert_eq!(short_words(&report), ["250", "250"]);
    let seen = scripted.seen();
    assert_eq!(seen.mails[0].to, to);
    let mail = "MAIL FROM:<shop@example.com> BODY=8BITMIME SMTPUTF8";
    assert_eq!(seen.commands[1], mail);
}

#[tokio::test]
async fn more_recipients_than_fit_into_one_group() {
    let many: Vec<String> = (0..1000).map(|n| format!("recipient{n}@example.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for keywords in [PIPELINED, SINGLY] {
        let script = Script::default().keywords(keywords);
        let (report, _, scripted) = one(script, &many, TEXT).await;
        assert!(report.outcomes.iter().all(|o| matches!(o, Outcome::Accepted(_))));
        assert_eq!(scripted.seen().mails[0].to, many);
        assert!(report.transcript.len() <= 16 * 1024);
    }
}
