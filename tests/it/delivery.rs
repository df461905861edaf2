//! What becomes of mails, accounts and recipients, whatever the server does.

use std::sync::atomic::{AtomicUsize, Ordering};

use tillpost::app::Wish;
use tillpost::domain::account::Standing;

use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::Till;

fn standing(till: &Till) -> Standing {
    till.app.account("default").unwrap().breaker.standing
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_costs_no_mail_a_try() {
    let server = Scripted::start(Script::at(At::Connect, || Act::Reset)).await;
    let till = Till::at(server.address.port());
    let mails: Vec<i64> = (0..5).map(|n| till.send(&[&format!("c{n}@example.com")])).collect();
    for _ in 0..3 {
        let report = till.flush().await;
        assert_eq!((report.accepted, report.troubles.len()), (0, 1));
    }
    assert_eq!(standing(&till), Standing::Offline);
    assert!(mails.iter().all(|id| till.mail(*id).recipients[0].tries == 0));
    let back = Scripted::start(Script::default()).await;
    till.account(back.address.port());
    assert_eq!(till.flush().await.accepted, 5);
    assert_eq!(till.flush().await.accepted, 0);
    assert_eq!(back.seen().mails.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_recipient_has_an_answer_of_their_own() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Rcpt if moment.line.contains("no@") => say("550 5.1.1 unknown"),
        At::Rcpt if moment.line.contains("later@") => say("450 4.2.0 greylisted"),
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    let id = till.send(&["yes@example.com", "no@example.com", "later@example.com"]);
    till.flush().await;
    assert_eq!(till.states(id), ["accepted", "refused", "deferred"]);
    assert_eq!(till.mail(id).recipients[1].reply.as_deref(), Some("550 5.1.1 unknown"));
    assert_eq!(till.flush().await.deferred, 0, "a recipient that was put off is not tried at once again");
    till.app.wish(id, Wish::Retry).unwrap();
    till.flush().await;
    assert_eq!(server.seen().mails.len(), 1, "who has it does not get it again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shops_own_copies_are_nobody_in_its_address_book() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Rcpt if moment.line.contains("old@") => say("550 5.1.1 unknown"),
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    till.app.set_setting("auto_bcc", "accountant@till.example").unwrap();
    till.app.set_setting("archive_address", "old@till.example").unwrap();
    let id = till.send(&["anna@example.com"]);
    till.flush().await;
    let mut states = till.states(id);
    states.sort_unstable();
    assert_eq!(states, ["accepted", "accepted", "refused"]);
    let known: Vec<String> = till.app.contacts("", 10).unwrap().into_iter().map(|c| c.address).collect();
    assert_eq!(known, ["anna@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_after_the_dot_is_uncertain_and_sent_again_only_when_asked() {
    let first = AtomicUsize::new(0);
    let server = Scripted::start(Script::new(move |moment| {
        let lose = moment.at == At::Dot && first.fetch_add(1, Ordering::SeqCst) == 0;
        if lose { Act::Reset } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    let id = till.send(&["a@example.com"]);
    assert_eq!(till.flush().await.uncertain, 1);
    assert_eq!(till.states(id), ["uncertain"]);
    till.flush().await;
    assert_eq!(server.seen().mails.len(), 1, "it was sent again without being asked for");
    till.app.wish(id, Wish::SendAgain).unwrap();
    till.flush().await;
    assert_eq!(till.states(id), ["accepted"]);
    let seen = server.seen();
    assert_eq!(seen.mails[0].text, seen.mails[1].text, "the second is not the same, byte for byte");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_break_before_the_dot_is_sent_again_once() {
    let first = AtomicUsize::new(0);
    let server = Scripted::start(Script::new(move |moment| {
        let cut = moment.at == At::Data && first.fetch_add(1, Ordering::SeqCst) == 0;
        if cut { Act::Reset } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    let id = till.send(&["a@example.com"]);
    till.flush().await;
    assert_eq!(till.states(id), ["waiting"]);
    till.flush().await;
    assert_eq!(till.states(id), ["accepted"]);
    assert_eq!(server.seen().mails.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sending_limit_holds_the_account_wherever_it_is_said() {
    for at in [At::Mail, At::Rcpt, At::Dot] {
        let limit = move || say("550 5.4.5 Daily user sending limit exceeded");
        let server = Scripted::start(Script::at(at, limit)).await;
        let till = Till::at(server.address.port());
        let id = till.send(&["a@example.com"]);
        till.flush().await;
        assert_eq!(till.states(id), ["waiting"], "{at:?}");
        assert_eq!(standing(&till), Standing::Throttled, "{at:?}");
        let connections = server.seen().connections;
        till.flush().await;
        assert_eq!(server.seen().connections, connections, "{at:?}: the limit was not kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_is_not_allowed_holds_the_account_and_not_the_mail() {
    let server = Scripted::start(Script::at(At::Mail, || say("553 5.7.1 not your address"))).await;
    let till = Till::at(server.address.port());
    let id = till.send(&["a@example.com"]);
    till.flush().await;
    assert_eq!(till.states(id), ["waiting"]);
    assert_eq!(standing(&till), Standing::HeldSettings);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_always_refused_stops_nobody() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Rcpt if moment.line.contains("bad@") => say("550 5.1.1 unknown"),
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    till.send(&["bad@example.com"]);
    for n in 0..30 {
        till.send(&[&format!("c{n}@example.com")]);
    }
    assert_eq!(till.flush().await.accepted, 30);
    assert_eq!(server.seen().connections, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_closes_between_mails_is_called_again() {
    let server = Scripted::start(Script::new(|moment| {
        let had_enough = moment.at == At::Mail && moment.mails >= 3 * (moment.connection + 1);
        if had_enough { Act::Close } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    for n in 0..10 {
        till.send(&[&format!("c{n}@example.com")]);
    }
    let report = till.flush().await;
    assert_eq!((report.accepted, report.troubles.len()), (10, 0), "{report:?}");
    assert_eq!(server.seen().mails.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_recipients_than_the_server_takes_at_once_all_get_it_once() {
    let rcpts = AtomicUsize::new(0);
    let server = Scripted::start(Script::new(move |moment| match moment.at {
        At::Mail => {
            rcpts.store(0, Ordering::SeqCst);
            Act::Usual
        }
        At::Rcpt if rcpts.fetch_add(1, Ordering::SeqCst) >= 2 => say("452 4.5.3 too many recipients"),
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    let all: Vec<String> = (0..7).map(|n| format!("c{n}@example.com")).collect();
    let id = till.send(&all.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(till.flush().await.accepted, 7);
    assert!(till.states(id).iter().all(|s| *s == "accepted"));
    let mut got: Vec<String> = server.seen().mails.iter().flat_map(|m| m.to.clone()).collect();
    got.sort();
    assert_eq!(got, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn held_and_cancelled_mails_stay() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let (held, cancelled) = (till.send(&["a@example.com"]), till.send(&["b@example.com"]));
    till.app.wish(held, Wish::Hold).unwrap();
    till.app.wish(cancelled, Wish::Cancel).unwrap();
    till.flush().await;
    assert_eq!(server.seen().mails.len(), 0);
    till.app.wish(held, Wish::Release).unwrap();
    till.flush().await;
    assert_eq!(till.states(held), ["accepted"]);
    assert!(till.app.wish(held, Wish::Cancel).is_err(), "a sent mail was cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_bytes_cannot_be_read_stops_nobody() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let (poison, good) = (till.send(&["a@example.com"]), till.send(&["b@example.com"]));
    let sql = rusqlite::Connection::open(till.app.data().join("tillpost.db")).unwrap();
    sql.execute("DELETE FROM mime WHERE mail_id = ?1", [poison]).unwrap();
    let report = till.flush().await;
    assert_eq!(report.accepted, 1, "{report:?}");
    assert_eq!((till.states(poison), till.states(good)), (vec!["deferred"], vec!["accepted"]));
    assert_eq!(server.seen().mails.len(), 1);
}
