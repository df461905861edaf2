//! Faults of the catalogue that concern the queue and the server together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tillpost::app::{AccountInput, Deliverer, Kind, Wish};
use tillpost::domain::mail::MailState;
use tillpost::store::FILE_NAME;
use tillpost::transport::Deadlines;
use tillpost::wire::{MailFile, MailShape};
use tokio::sync::Notify;

use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::{Till, no_commit_of, plain_account};

/// A second account, at another server.
fn second_account(till: &Till, port: u16) {
    let account = plain_account("second", port);
    till.app.set_account(AccountInput { account, secret: None }).unwrap();
}

/// Two servers with an account each: the first awaits the word before it answers a mail. Each has a mail to get.
async fn slow_and_quick() -> (Scripted, Scripted, Till, i64, Arc<Notify>) {
    let answer = Arc::new(Notify::new());
    let held = Arc::clone(&answer);
    let slow = Script::at(At::Dot, move || Act::After(Arc::clone(&held), Box::new(Act::Usual)));
    let (slow, quick) = (Scripted::start(slow).await, Scripted::start(Script::default()).await);
    let till = Till::at(slow.address.port());
    second_account(&till, quick.address.port());
    let mail = till.send(&["slow@example.com"]);
    send_by_second(&till, "quick@example.com");
    (slow, quick, till, mail, answer)
}

fn send_by_second(till: &Till, to: &str) {
    let mail = MailShape {
        to: vec![to.to_owned()],
        account: Some("second".into()),
        subject: Some("Your bicycle".into()),
        text: Some("It is ready.\n".into()),
        ..MailShape::default()
    };
    till.app.send(&MailFile { mail, ..MailFile::default() }, vec![], None).unwrap();
}

#[tokio::test]
async fn another_account_sends_while_one_waits_for_its_answer() {
    let (slow, quick, till, mail, answer) = slow_and_quick().await;
    let deliverer = Deliverer::new(&till.app).unwrap();
    let flush = tokio::spawn(async move { deliverer.flush().await.unwrap() });
    slow.until(|seen| seen.mails.len() == 1).await;
    quick.until(|seen| seen.mails.len() == 1).await;
    assert_eq!(till.states(mail), ["offered"]);
    answer.notify_one();
    assert_eq!(flush.await.unwrap().accepted, 2);
}

/// The server has the mail and has not answered when the other account's round fails.
#[tokio::test]
async fn trouble_with_one_account_stops_no_other_in_the_middle_of_a_mail() {
    let (slow, quick, till, mail, answer) = slow_and_quick().await;
    let sql = rusqlite::Connection::open(till.app.data().join(FILE_NAME)).unwrap();
    sql.execute_batch(
        "CREATE TRIGGER trouble BEFORE UPDATE OF lease_owner ON mail
         WHEN new.account_id = (SELECT id FROM account WHERE name = 'second')
         BEGIN SELECT RAISE(ABORT, 'trouble'); END;",
    )
    .unwrap();
    let deliverer = Deliverer::new(&till.app).unwrap();
    let flushing = deliverer.clone();
    let flush = tokio::spawn(async move { flushing.flush().await });
    slow.until(|seen| seen.mails.len() == 1).await;
    quick.until(|seen| seen.ended == 1).await;
    answer.notify_one();
    let error = flush.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("trouble"), "{error}");
    assert_eq!(till.states(mail), ["accepted"]);
    sql.execute_batch("DROP TRIGGER trouble").unwrap();
    assert_eq!(deliverer.flush().await.unwrap().accepted, 1);
    assert_eq!((slow.seen().mails.len(), quick.seen().mails.len()), (1, 1));
}

/// The disk is full in the very moment in which mails are claimed.
#[tokio::test]
async fn mails_whose_claim_could_not_be_written_go_when_it_can() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let all = till.numbered(3);
    let deliverer = Deliverer::new(&till.app).unwrap();
    let full = no_commit_of(till.app.data(), "mail", "lease_owner");
    deliverer.flush().await.unwrap_err();
    drop(full);
    assert_eq!(deliverer.flush().await.unwrap().accepted, 3);
    assert_eq!(server.arrived(), all);
}

/// RFC 5321 section 4.5.3.2.6; a server may work on a message for that long before it answers.
#[test]
fn the_answer_to_the_dot_has_ten_minutes() {
    assert_eq!(Deadlines::default().dot, Duration::from_secs(600));
}

/// Says `reply` at `at` the first time, and the usual afterwards.
async fn once(at: At, reply: &'static str) -> Scripted {
    let said = AtomicUsize::new(0);
    Scripted::start(Script::new(move |moment| {
        let first = moment.at == at && said.fetch_add(1, Ordering::SeqCst) == 0;
        if first { say(reply) } else { Act::Usual }
    }))
    .await
}

#[tokio::test]
async fn refused_for_now_at_any_stage_the_mail_goes_once_later() {
    for at in [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data, At::Dot] {
        let server = once(at, "451 4.3.0 try again later").await;
        let till = Till::at(server.address.port());
        let mail = till.send(&["anna@example.com"]);
        let first = till.flush().await;
        assert_eq!((first.accepted, first.refused, first.uncertain), (0, 0, 0), "{at:?}: {first:?}");
        assert!(["waiting", "deferred"].contains(&till.states(mail)[0]), "{at:?}: {:?}", till.states(mail));
        till.app.retry_all().unwrap();
        let second = till.flush().await;
        assert_eq!((second.accepted, till.states(mail)[0]), (1, "accepted"), "{at:?}: {second:?}");
    }
}

#[tokio::test]
async fn refused_for_good_at_any_stage_only_what_is_about_the_mail_fails_it() {
    let about_the_account = [
        (At::Greeting, "554 5.3.2 no service"),
        (At::Ehlo, "550 5.7.1 go away"),
        (At::Mail, "553 5.7.1 sender not owned"),
        (At::Rcpt, "550 5.4.5 daily sending quota exceeded"),
        (At::Dot, "554 5.2.0 SubmissionQuotaExceededException"),
        (At::Dot, "550 5.7.30 Basic authentication is not supported for Client Submission"),
    ];
    for (at, reply) in about_the_account {
        let server = once(at, reply).await;
        let till = Till::at(server.address.port());
        let mail = till.send(&["anna@example.com"]);
        let report = till.flush().await;
        assert_eq!(till.states(mail), ["waiting"], "{at:?} {reply}");
        assert_eq!(report.troubles.len(), 1, "{at:?} {reply}: {report:?}");
    }
    let about_the_mail = [
        (At::Mail, "552 5.3.4 message too big"),
        (At::Rcpt, "550 5.1.1 no such user"),
        (At::Data, "554 5.7.1 spam"),
        (At::Dot, "554 5.7.1 virus"),
    ];
    for (at, reply) in about_the_mail {
        let server = once(at, reply).await;
        let till = Till::at(server.address.port());
        let (mail, next) = (till.send(&["anna@example.com"]), till.send(&["bob@example.com"]));
        till.flush().await;
        assert_eq!((till.states(mail)[0], till.states(next)[0]), ("refused", "accepted"), "{at:?} {reply}");
        let said = till.mail(mail).recipients[0].reply.clone().unwrap();
        assert!(said.contains(reply.rsplit_once(' ').unwrap().1), "{said}");
    }
}

#[tokio::test]
async fn a_wish_to_cancel_comes_too_late_once_the_dot_may_have_left() {
    let answer = Arc::new(Notify::new());
    let held = Arc::clone(&answer);
    let script = Script::at(At::Dot, move || Act::After(Arc::clone(&held), Box::new(Act::Usual)));
    let server = Scripted::start(script).await;
    let till = Till::at(server.address.port());
    let mail = till.send(&["anna@example.com"]);
    let deliverer = Deliverer::new(&till.app).unwrap();
    let flush = tokio::spawn(async move { deliverer.flush().await.unwrap() });
    server.until(|seen| seen.mails.len() == 1).await;
    let refused = till.app.wish(mail, Wish::Cancel).unwrap_err();
    assert_eq!(refused.kind(), Kind::Conflict);
    assert!(refused.to_string().contains("may have gone"), "{refused}");
    answer.notify_one();
    flush.await.unwrap();
    assert_eq!(till.states(mail), ["accepted"]);
}

/// The mail is on the wire, but for its final dot: it can still be taken back for sure.
#[tokio::test]
async fn a_mail_can_be_taken_back_until_its_mark_stands() {
    for wish in [Wish::Cancel, Wish::Hold] {
        let answer = Arc::new(Notify::new());
        let held = Arc::clone(&answer);
        let first = std::sync::atomic::AtomicBool::new(true);
        let script = Script::new(move |moment| {
            if moment.at == At::Data && first.swap(false, std::sync::atomic::Ordering::Relaxed) {
                return Act::After(Arc::clone(&held), Box::new(Act::Usual));
            }
            Act::Usual
        });
        let server = Scripted::start(script).await;
        let till = Till::at(server.address.port());
        let (mail, next) = (till.send(&["anna@example.com"]), till.send(&["bob@example.com"]));
        let deliverer = Deliverer::new(&till.app).unwrap();
        let flush = tokio::spawn(async move { deliverer.flush().await.unwrap() });
        server.until(|seen| seen.count("DATA") == 1).await;
        let expected = if wish == Wish::Cancel { MailState::Cancelled } else { MailState::Held };
        assert_eq!(till.app.wish(mail, wish).unwrap().state, expected);
        answer.notify_one();
        let report = flush.await.unwrap();
        assert_eq!(report.troubles, [], "the account is not to blame");
        assert_eq!(till.states(next), ["accepted"]);
        let to: Vec<_> = server.seen().mails.iter().map(|mail| mail.to.clone()).collect();
        assert_eq!(to, [["bob@example.com"]], "{wish:?}: it was taken back and arrived");
        if wish == Wish::Hold {
            till.app.wish(mail, Wish::Release).unwrap();
            till.flush().await;
            assert_eq!(till.states(mail), ["accepted"]);
        }
    }
}

/// What is kept of a mail that was taken: the server's words, the conversation, and the bytes with their
/// hash, exactly as they crossed the wire.
#[tokio::test]
async fn an_accepted_mail_proves_itself() {
    use sha2::{Digest, Sha256};
    let server = Scripted::start(Script::at(At::Dot, || say("250 2.0.0 Ok: queued as 4XF9"))).await;
    let till = Till::at(server.address.port());
    let mail = till.send(&["anna@example.com"]);
    till.flush().await;
    let (row, attempts) = till.app.mail(mail).unwrap();
    assert_eq!(row.recipients[0].reply.as_deref(), Some("250 2.0.0 Ok: queued as 4XF9"));
    assert_eq!(attempts.len(), 1);
    assert!(attempts[0].transcript.contains("queued as 4XF9"), "{}", attempts[0].transcript);
    assert!(!attempts[0].transcript.contains("It is ready"), "the message is in the transcript");
    let mut exported = vec![];
    till.app.export(mail, &mut exported).unwrap();
    assert_eq!(exported, server.seen().mails[0].text, "the export is not what was sent");
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&exported)), row.sha256);
}

/// What the server takes at once cannot be noted in the very moment in which it has taken a mail for some.
#[tokio::test]
async fn who_has_a_mail_has_it_once_also_where_nothing_can_be_learned_of_the_server() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Rcpt if moment.mails == 0 && moment.line.contains("bert") => say("452 4.5.3 too many recipients"),
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    let mail = till.send(&["anna@example.com", "bert@example.com"]);
    let sql = rusqlite::Connection::open(till.app.data().join(FILE_NAME)).unwrap();
    sql.execute_batch(
        "CREATE TRIGGER trouble BEFORE UPDATE OF most_recipients ON account
             BEGIN SELECT RAISE(ABORT, 'trouble'); END;",
    )
    .unwrap();
    let deliverer = Deliverer::new(&till.app).unwrap();
    let error = deliverer.flush().await.unwrap_err();
    assert!(error.to_string().contains("trouble"), "{error}");
    sql.execute_batch("DROP TRIGGER trouble").unwrap();
    deliverer.flush().await.unwrap();
    assert_eq!(till.states(mail), ["accepted", "accepted"]);
    assert_eq!(server.arrived(), ["anna@example.com", "bert@example.com"]);
}
