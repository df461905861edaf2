//! Mails that may have arrived: what is said of them, and that nobody gets one a third time.

use rusqlite::Connection;
use tillpost::app::{Kind, Wish, show};
use tillpost::store::FILE_NAME;
use tillpost::wire::ResendRequest;

use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::Till;

/// A till with a mail whose answer was lost after the final dot; every answer is.
async fn in_doubt(policy: &str) -> (Till, Scripted, i64) {
    let server = Scripted::start(Script::at(At::Dot, || Act::Reset)).await;
    let till = Till::at(server.address.port());
    till.app.set_setting("uncertain_policy", policy).unwrap();
    let mail = till.send(&["anna@example.com"]);
    assert_eq!(till.flush().await.uncertain, 1);
    (till, server, mail)
}

fn sql(till: &Till, change: &str) {
    Connection::open(till.app.data().join(FILE_NAME)).unwrap().execute_batch(change).unwrap();
}

/// Eleven minutes later, while sending is paused or not.
async fn later(till: &Till) {
    sql(till, "UPDATE recipient SET settled_ms = settled_ms - 660000");
    till.flush().await;
}

/// What a person is told about the first recipient.
fn told(till: &Till, mail: i64) -> String {
    let view = show::mail(&till.mail(mail), &till.app.conditions().unwrap());
    let problem = view.recipients.into_iter().next().unwrap().problem.unwrap();
    assert!(!problem.title.is_empty() && !problem.steps.is_empty());
    problem.key
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_a_mail_in_doubt_is_what_becomes_of_it() {
    let (till, server, mail) = in_doubt("ask").await;
    assert_eq!(told(&till, mail), "mail.uncertain_ask");
    later(&till).await;
    assert_eq!((told(&till, mail).as_str(), server.seen().mails.len()), ("mail.uncertain_ask", 1));

    let (till, server, mail) = in_doubt("never").await;
    assert_eq!(told(&till, mail), "mail.abandoned");
    later(&till).await;
    assert_eq!(till.states(mail), ["abandoned"]);
    assert_eq!((told(&till, mail).as_str(), server.seen().mails.len()), ("mail.abandoned", 1));

    let (till, server, mail) = in_doubt("resend_once").await;
    assert_eq!(told(&till, mail), "mail.uncertain_again");
    later(&till).await;
    assert_eq!((till.states(mail), server.seen().mails.len()), (vec!["uncertain"], 2));
    assert_eq!(told(&till, mail), "mail.uncertain_ask", "it was sent again, and is not a third time");
    later(&till).await;
    assert_eq!(server.seen().mails.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_may_have_arrived_is_not_shown_as_withdrawn() {
    let (till, server, mail) = in_doubt("resend_once").await;
    till.app.pause(None).unwrap();
    later(&till).await;
    assert_eq!(till.states(mail), ["waiting"]);
    till.app.wish(mail, Wish::Cancel).unwrap();
    assert_eq!((till.states(mail), told(&till, mail)), (vec!["abandoned"], "mail.abandoned".to_owned()));
    till.app.wish(mail, Wish::Restore).unwrap();
    assert_eq!(till.states(mail), ["waiting"], "the withdrawal could not be taken back");
    till.app.edit(mail).unwrap();
    assert_eq!(till.states(mail), ["abandoned"]);
    till.app.resume().unwrap();
    till.flush().await;
    assert_eq!(server.seen().mails.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_a_mail_in_doubt_again_by_itself_is_sent_no_third_one() {
    let (till, _server, mail) = in_doubt("resend_once").await;
    let again = |to: &[&str]| {
        let to = to.iter().map(|address| (*address).to_owned()).collect();
        till.app.resend(mail, &ResendRequest { to, ..ResendRequest::default() })
    };
    for whom in [&[][..], &["ANNA@Example.com"]] {
        let refused = again(whom).unwrap_err();
        assert_eq!(refused.kind(), Kind::Conflict);
        assert!(refused.to_string().contains("queue resolve"), "{refused}");
    }
    again(&["office@example.org"]).unwrap();
    till.app.wish(mail, Wish::GiveUp).unwrap();
    again(&[]).unwrap();
}

/// Days in which a mail was not meant to leave are no days of trying.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_given_up_after_days_of_trying_and_not_of_waiting() {
    for at in [At::Rcpt, At::Dot] {
        given_up_after_days_of_trying(at).await;
    }
}

async fn given_up_after_days_of_trying(at: At) {
    let server = Scripted::start(Script::at(at, || say("451 4.7.1 greylisted"))).await;
    let till = Till::at(server.address.port());
    let (scheduled, held) = (till.send(&["anna@example.com"]), till.send(&["ben@example.com"]));
    till.app.wish(held, Wish::Hold).unwrap();
    sql(&till, "UPDATE mail SET wait = 'scheduled' WHERE id = 1");
    let days = |n: i64| sql(&till, &format!("UPDATE account SET online_ms = online_ms + {n} * 86400000"));
    let due = || sql(&till, "UPDATE recipient SET next_ms = 0; UPDATE mail SET next_ms = 0");
    let late = |mail| show::mail(&till.mail(mail), &till.app.conditions().unwrap()).late;
    days(10);
    assert!(!late(scheduled) && !late(held));
    till.app.wish(held, Wish::Release).unwrap();
    assert!(!late(held));
    assert_eq!(till.flush().await.deferred, 2);
    days(4);
    due();
    assert!(late(scheduled) && late(held));
    assert_eq!(till.flush().await.deferred, 2, "they were given up too early");
    days(2);
    due();
    till.flush().await;
    assert_eq!((till.states(scheduled), till.states(held)), (vec!["expired"], vec!["expired"]));
    assert_eq!(told(&till, held), "mail.expired");
    till.app.wish(held, Wish::Retry).unwrap();
    assert_eq!(till.flush().await.deferred, 1, "who tries again has all the days again");
}

/// A mail that is put off is tried every hour: all of it counts.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_between_two_tries_is_an_hour_online() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    till.send(&["anna@example.com"]);
    till.flush().await;
    for hours in 1..=2 {
        let before = till.app.account("default").unwrap().online_ms;
        sql(&till, &format!("UPDATE account SET contact_ms = contact_ms - {hours} * 3600000"));
        till.send(&["anna@example.com"]);
        till.flush().await;
        let counted = till.app.account("default").unwrap().online_ms - before;
        assert!((3_590_000..=3_600_000).contains(&counted), "{hours} h: {counted} ms");
    }
}
