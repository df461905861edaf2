//! Mails that wait: for the network, for their time, for a server that wants patience, for a person.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tillpost::app::{AccountInput, Deliverer, Wish};
use tillpost::domain::account::{Encryption, Standing};
use tillpost::domain::mail::{MailState, State};
use tillpost::wire::{MailFile, MailShape};

use crate::support::certificates::Authority;
use crate::support::scripted::{Act, At, Script, Scripted, Tls, say};
use crate::till::{Till, mail};

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_queued_without_a_network_arrive_once_each_in_their_order_when_it_is_back() {
    let up = Arc::new(AtomicBool::new(false));
    let is_up = Arc::clone(&up);
    let server = Scripted::start(Script::new(move |moment| {
        let away = moment.at == At::Connect && !is_up.load(Ordering::SeqCst);
        if away { Act::Reset } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    let all = till.numbered(25);
    for _ in 0..3 {
        let report = till.flush().await;
        assert_eq!((report.accepted, report.refused, report.uncertain), (0, 0, 0), "{report:?}");
    }
    let waiting = till.app.mails(false, None).unwrap();
    assert_eq!(waiting.len(), 25);
    assert!(waiting.iter().all(|m| m.state == MailState::Waiting && m.recipients[0].tries == 0));
    assert!(till.app.mail(waiting[0].id).unwrap().1.is_empty(), "an attempt is kept that was none");
    up.store(true, Ordering::SeqCst);
    assert_eq!(till.flush().await.accepted, 25, "a person who asks passes the back-off");
    assert_eq!(till.flush().await.accepted, 0);
    assert_eq!(server.arrived(), all);
    assert_eq!(till.app.account("default").unwrap().breaker.standing, Standing::Ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_nobody_listens_on_is_offline_and_costs_nothing() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let till = Till::at(port);
    let id = till.send(&["a@example.com"]);
    let report = till.flush().await;
    assert_eq!((report.accepted, report.troubles.len()), (0, 1));
    assert_eq!((till.states(id), till.mail(id).recipients[0].tries), (vec!["waiting"], 0));
    assert_eq!(till.app.account("default").unwrap().breaker.standing, Standing::Offline);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_put_off_has_a_later_time_and_goes_at_once_when_a_person_asks() {
    let busy = Arc::new(AtomicBool::new(true));
    let is_busy = Arc::clone(&busy);
    let server = Scripted::start(Script::new(move |moment| {
        let grey = moment.at == At::Rcpt && is_busy.load(Ordering::SeqCst);
        if grey { say("450 4.2.0 greylisted, come back later") } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    let id = till.send(&["a@example.com"]);
    let before = now_ms();
    assert_eq!(till.flush().await.deferred, 1);
    let mail = till.mail(id);
    let recipient = &mail.recipients[0];
    assert_eq!((recipient.state, recipient.tries), (State::Deferred, 1));
    assert_eq!(recipient.reply.as_deref(), Some("450 4.2.0 greylisted, come back later"));
    assert_eq!((mail.state, mail.wait.as_str()), (MailState::Waiting, "backoff"));
    assert!(mail.next.0 >= before + 300_000 && mail.next.0 <= now_ms() + 300_000, "{:?}", mail.next);
    assert_eq!(till.app.account("default").unwrap().breaker.standing, Standing::Ready);
    busy.store(false, Ordering::SeqCst);
    till.flush().await;
    assert_eq!(server.seen().count("MAIL"), 1, "it was tried before its time");
    till.app.wish(id, Wish::Retry).unwrap();
    assert_eq!(till.flush().await.accepted, 1);
    let (mail, attempts) = till.app.mail(id).unwrap();
    assert_eq!((mail.state, mail.recipients[0].tries, attempts.len()), (MailState::Sent, 2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_ends_the_undo_time_and_not_a_date_somebody_chose() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    till.app.set_setting("undo_seconds", "120").unwrap();
    let undo = till.send(&["undo@example.com"]);
    let taken_back = till.send(&["back@example.com"]);
    let mail = MailShape {
        to: vec!["later@example.com".into()],
        text: Some("t".into()),
        subject: Some("s".into()),
        send_after: Some("2199-01-01T08:00:00Z".into()),
        ..MailShape::default()
    };
    let later = till.app.send(&MailFile { mail, ..MailFile::default() }, vec![], None).unwrap();
    assert_eq!((till.mail(undo).wait.as_str(), later.wait.as_str()), ("undo", "scheduled"));
    assert!(till.mail(undo).next.0 > now_ms() + 100_000);
    till.app.wish(taken_back, Wish::Cancel).unwrap();
    assert_eq!(till.flush().await.accepted, 1);
    assert_eq!(till.flush().await.accepted, 0);
    assert_eq!(server.arrived(), ["undo@example.com"]);
    assert_eq!(till.mail(taken_back).state, MailState::Cancelled);
    assert_eq!(
        (till.mail(later.id).state, till.mail(later.id).wait),
        (MailState::Waiting, "scheduled".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn trying_all_again_leaves_a_date_somebody_chose() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let chosen = mail(|mail| mail.send_after = Some("2199-12-24T08:00:00Z".into()));
    let later = till.app.send(&chosen, vec![], None).unwrap();
    till.send(&["now@example.com"]);
    assert_eq!(till.app.retry_all().unwrap(), 1);
    till.flush().await;
    assert_eq!(server.arrived(), ["now@example.com"]);
    assert_eq!(till.mail(later.id).wait, "scheduled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_has_passed_is_no_wait() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let mail = MailShape {
        to: vec!["a@example.com".into()],
        text: Some("t".into()),
        subject: Some("s".into()),
        send_after: Some("2001-01-01T08:00:00Z".into()),
        ..MailShape::default()
    };
    till.app.send(&MailFile { mail, ..MailFile::default() }, vec![], None).unwrap();
    assert_eq!(till.flush().await.accepted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_finished_or_held_takes_no_senseless_wish() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let (sent, held) = (till.send(&["a@example.com"]), till.send(&["b@example.com"]));
    till.app.wish(held, Wish::Hold).unwrap();
    till.flush().await;
    for wish in [Wish::Retry, Wish::Cancel, Wish::Hold, Wish::Release, Wish::SendAgain, Wish::GiveUp] {
        let error = till.app.wish(sent, wish).unwrap_err();
        assert_eq!(error.kind(), tillpost::app::Kind::Conflict, "{wish:?}: {error}");
    }
    assert_eq!(till.mail(held).state, MailState::Held);
    // Whoever asks for a held mail wants it to go.
    till.app.wish(held, Wish::Retry).unwrap();
    assert_eq!(till.flush().await.accepted, 1);
    assert_eq!(server.arrived(), ["a@example.com", "b@example.com"]);
}

/// Two processes on one data folder share the work by leases.
#[tokio::test(flavor = "multi_thread")]
async fn two_deliverers_at_once_send_every_mail_once() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let all = till.numbered(60);
    let second = tillpost::app::App::open(till.app.data()).unwrap();
    let (one, two) = (Deliverer::new(&till.app).unwrap(), Deliverer::new(&second).unwrap());
    let (a, b) = tokio::join!(one.flush(), two.flush());
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(a.accepted + b.accepted, 60, "{a:?} {b:?}");
    let got = server.arrived();
    assert_eq!(got.len(), 60, "one arrived twice");
    assert_eq!(got.into_iter().collect::<HashSet<_>>(), all.into_iter().collect());
}

/// A guest network answers in the mail server's place until somebody has logged in.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_page_in_the_servers_place_waits_and_holds_nothing() {
    let authority = Authority::new();
    let tls = || Tls::StartTls(authority.server("127.0.0.1"));
    let page = |connection: Option<usize>| {
        Script::new(move |moment| {
            let bare = moment.at == At::Ehlo && connection.is_none_or(|n| n == moment.connection);
            if bare { say("250 wifi.example") } else { Act::Usual }
        })
    };
    let server = Scripted::start(page(Some(1)).tls(tls())).await;
    let till = Till::at(server.address.port());
    let require_tls = |port: u16| {
        let mut account = till.app.account("default").unwrap().account;
        account.port = port;
        account.encryption = Encryption::StartTls;
        account.ca_pem = Some(authority.pem.clone());
        till.app.set_account(AccountInput { account, secret: None }).unwrap();
    };
    require_tls(server.address.port());
    till.send(&["a@example.com"]);
    assert_eq!(till.flush().await.accepted, 1);
    till.send(&["b@example.com"]);
    let report = till.flush().await;
    assert!(report.troubles[0].1.contains("login page"), "{report:?}");
    let standing = || till.app.account("default").unwrap().breaker.standing;
    assert_eq!(standing(), Standing::Offline);
    assert_eq!(till.flush().await.accepted, 1);

    // A server nobody has reached yet is another matter: the settings may be wrong.
    let other = Scripted::start(page(None).tls(tls())).await;
    require_tls(other.address.port());
    till.send(&["c@example.com"]);
    till.flush().await;
    assert_eq!(standing(), Standing::HeldSettings);
}
