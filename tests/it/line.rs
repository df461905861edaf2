//! One connection for many mails, and what is told apart when it breaks.

use std::sync::atomic::{AtomicUsize, Ordering};

use tillpost::app::Wish;
use tillpost::domain::account::Standing;
use tillpost::domain::mail::MailState;

use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::Till;

fn standing(till: &Till) -> Standing {
    till.app.account("default").unwrap().breaker.standing
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_five_mails_go_over_one_connection_in_their_order() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let all = till.numbered(25);
    assert_eq!(till.flush().await.accepted, 25);
    assert_eq!(server.arrived(), all);
    assert_eq!(server.seen().connections, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_421_between_two_mails_costs_neither_a_mail_nor_a_try() {
    let server = Scripted::start(Script::new(|moment| {
        let enough = moment.at == At::Mail && moment.mails >= 4 * (moment.connection + 1);
        if enough { Act::Last(b"421 4.7.0 enough for one connection\r\n".to_vec()) } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    let all = till.numbered(14);
    let report = till.flush().await;
    assert_eq!((report.accepted, report.troubles.len()), (14, 0), "{report:?}");
    assert_eq!(server.arrived(), all);
    assert!(till.app.mails(true, None).unwrap().iter().all(|m| m.recipients[0].tries == 1));
    assert_eq!(standing(&till), Standing::Ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_up_without_a_word_after_three_mails_gets_the_rest_on_new_lines() {
    let server = Scripted::start(Script::new(|moment| {
        let third = moment.at == At::Dot && moment.mails % 3 == 0;
        if third { Act::Last(b"250 2.0.0 queued\r\n".to_vec()) } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    let all = till.numbered(10);
    let report = till.flush().await;
    assert_eq!((report.accepted, report.troubles.len()), (10, 0), "{report:?}");
    assert_eq!(server.arrived(), all);
    assert_eq!(standing(&till), Standing::Ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_after_the_dot_keeps_bytes_and_message_id_when_a_person_sends_it_again() {
    let dots = AtomicUsize::new(0);
    let server = Scripted::start(Script::new(move |moment| {
        let lose = moment.at == At::Dot && dots.fetch_add(1, Ordering::SeqCst) == 0;
        if lose { Act::Reset } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    let (first, second) = (till.send(&["a@example.com"]), till.send(&["b@example.com"]));
    let report = till.flush().await;
    assert_eq!(report.uncertain, 1, "{report:?}");
    let mail = till.mail(first);
    assert_eq!(mail.state, MailState::Uncertain);
    assert!(mail.recipients[0].reply.is_some(), "nothing says why it is uncertain");
    till.flush().await;
    till.flush().await;
    assert_eq!(till.states(second), ["accepted"], "the next mail waited for an uncertain one");
    assert_eq!(server.arrived(), ["a@example.com", "b@example.com"]);
    let counts = till.app.status().unwrap().counts;
    assert_eq!((counts.waiting, counts.uncertain), (0, 1), "a mail in doubt does not wait to be sent");
    assert!(till.app.wish(first, Wish::Retry).is_err(), "it was sent again without the word for it");
    till.app.wish(first, Wish::SendAgain).unwrap();
    till.flush().await;
    let mut stored = Vec::new();
    till.app.export(first, &mut stored).unwrap();
    let seen = server.seen();
    let copies: Vec<_> = seen.mails.iter().filter(|m| m.to == ["a@example.com"]).collect();
    assert_eq!(copies.len(), 2);
    assert!(copies.iter().all(|m| m.text == stored), "not the sealed bytes");
    let id = format!("Message-ID: <{}>\r\n", mail.message_id);
    assert!(String::from_utf8(stored).unwrap().contains(&id));
    drop(seen);
    assert_eq!(till.mail(first).state, MailState::Sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_knows_settles_an_uncertain_mail_without_sending() {
    let server = Scripted::start(Script::at(At::Dot, || Act::Reset)).await;
    let till = Till::at(server.address.port());
    let known = till.send(&["a@example.com"]);
    till.flush().await;
    let given_up = till.send(&["b@example.com"]);
    till.flush().await;
    till.app.wish(known, Wish::Arrived).unwrap();
    till.app.wish(given_up, Wish::GiveUp).unwrap();
    till.flush().await;
    assert_eq!((till.states(known), till.states(given_up)), (vec!["accepted"], vec!["abandoned"]));
    assert_eq!(server.seen().mails.len(), 2);
}

/// Whatever breaks before the final dot, the mail provably did not go: it waits, and goes once.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_anywhere_before_the_dot_sends_the_mail_once_in_the_end() {
    for place in [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data, At::Text] {
        let server = Scripted::start(Script::new(move |moment| {
            let cut = moment.at == place && moment.connection == 0;
            if cut { Act::Reset } else { Act::Usual }
        }))
        .await;
        let till = Till::at(server.address.port());
        let id = till.send(&["a@example.com"]);
        till.flush().await;
        assert_eq!(till.states(id), ["waiting"], "{place:?}");
        assert_eq!(till.mail(id).recipients[0].tries, 0, "{place:?}: a break cost a try");
        till.flush().await;
        assert_eq!(till.states(id), ["accepted"], "{place:?}");
        assert_eq!(server.seen().mails.len(), 1, "{place:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_too_large_for_the_server_is_refused_and_the_others_go() {
    for place in [At::Mail, At::Dot] {
        let firsts = AtomicUsize::new(0);
        let server = Scripted::start(Script::new(move |moment| {
            let first = moment.at == place && firsts.fetch_add(1, Ordering::SeqCst) == 0;
            if first { say("552 5.3.4 message too big") } else { Act::Usual }
        }))
        .await;
        let till = Till::at(server.address.port());
        let (large, small) = (till.send(&["a@example.com", "b@example.com"]), till.send(&["c@example.com"]));
        let report = till.flush().await;
        assert_eq!(
            (report.accepted, report.refused, report.troubles.len()),
            (1, 2, 0),
            "{place:?} {report:?}"
        );
        let mail = till.mail(large);
        assert_eq!(mail.state, MailState::Failed, "{place:?}");
        assert!(mail.recipients.iter().all(|r| r.reply.as_deref() == Some("552 5.3.4 message too big")));
        assert_eq!(till.states(small), ["accepted"], "{place:?}");
        assert_eq!(standing(&till), Standing::Ready, "{place:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refused_address_leaves_the_mail_partly_sent_with_the_servers_words() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Rcpt if moment.line.contains("no@") => say("550 5.1.1 no such user here"),
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    let id = till.send(&["yes@example.com", "no@example.com", "also@example.com"]);
    let report = till.flush().await;
    assert_eq!((report.accepted, report.refused), (2, 1));
    let (mail, attempts) = till.app.mail(id).unwrap();
    assert_eq!(mail.state, MailState::PartlySent);
    assert_eq!(mail.recipients[1].reply.as_deref(), Some("550 5.1.1 no such user here"));
    assert_eq!(server.arrived(), ["yes@example.com", "also@example.com"]);
    assert!(attempts[0].transcript.contains("550 5.1.1 no such user here"), "{}", attempts[0].transcript);
    assert!(!attempts[0].transcript.contains("It is ready"), "the message is in the transcript");
    // Asking again is for the refused one alone.
    till.app.wish(id, Wish::Retry).unwrap();
    till.flush().await;
    assert_eq!(server.seen().mails.len(), 1);
}
