//! When mails go: pause, quiet hours, whose turn it is, and the provider's pace.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tillpost::app::{AccountInput, App, Deliverer, OutgoingFile, Wish, show};
use tillpost::domain::account::Standing;
use tillpost::store::{ChosenPace, FILE_NAME};
use tillpost::wire::{MailFile, MailShape};
use tokio::sync::Notify;

use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::{Till, plain_account};

/// Queues a mail of this urgency, with an attachment of so many bytes.
fn queue(till: &Till, to: &str, urgency: &str, bytes: usize) -> i64 {
    let mail = MailShape {
        to: vec![to.to_owned()],
        subject: Some("s".into()),
        text: Some("t".into()),
        urgency: Some(urgency.into()),
        ..MailShape::default()
    };
    let file = OutgoingFile { name: "photo.bin".into(), bytes: vec![7; bytes] };
    till.app.send(&MailFile { mail, ..MailFile::default() }, vec![file], None).unwrap().id
}

fn reason(till: &Till, mail: i64) -> String {
    show::mail(&till.mail(mail), &till.app.conditions().unwrap()).reason.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_pauses_in_the_middle_of_a_batch_and_in_every_process() {
    let other: Arc<Mutex<Option<App>>> = Arc::default();
    let (pausing, dots) = (Arc::clone(&other), AtomicUsize::new(0));
    let server = Scripted::start(Script::new(move |moment| {
        if moment.at == At::Dot && dots.fetch_add(1, Ordering::SeqCst) == 4 {
            pausing.lock().unwrap().as_ref().unwrap().pause(None).unwrap();
        }
        Act::Usual
    }))
    .await;
    let till = Till::at(server.address.port());
    *other.lock().unwrap() = Some(App::open(till.app.data()).unwrap());
    let all = till.numbered(25);
    let report = till.flush().await;
    assert_eq!(report.accepted, 5, "more than the mail on the wire left after the pause");
    let again = till.flush().await;
    assert_eq!(again.accepted, 0);
    assert!(again.troubles[0].1.contains("queue resume"), "{again:?}");
    let waiting = till.app.mails(false, None).unwrap();
    assert_eq!(waiting.len(), 20);
    assert!(waiting.iter().all(|m| reason(&till, m.id) == "paused"));
    till.app.resume().unwrap();
    assert_eq!(till.flush().await.accepted, 20);
    assert_eq!(server.arrived(), all);
}

/// While mails leave, the status tells how many of this round are done and of how many; each round anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_round_tells_how_far_it_has_come() {
    let looking: Arc<Mutex<Option<App>>> = Arc::default();
    let seen: Arc<Mutex<Vec<(i64, i64)>>> = Arc::default();
    let (app, told) = (Arc::clone(&looking), Arc::clone(&seen));
    let server = Scripted::start(Script::new(move |moment| {
        if moment.at == At::Mail {
            let status = app.lock().unwrap().as_ref().unwrap().status().unwrap();
            told.lock().unwrap().push(status.counts.round.unwrap());
        }
        // One is refused and one is put off: both have had their turn.
        match (moment.at, moment.line) {
            (At::Rcpt, line) if line.contains("c02@") => say("550 5.1.1 unknown"),
            (At::Rcpt, line) if line.contains("c04@") => say("451 4.7.1 come back"),
            _ => Act::Usual,
        }
    }))
    .await;
    let till = Till::at(server.address.port());
    *looking.lock().unwrap() = Some(App::open(till.app.data()).unwrap());
    for count in [7, 2] {
        till.numbered(count);
        assert_eq!(till.app.status().unwrap().counts.round, None);
        till.flush().await;
        let told = std::mem::take(&mut *seen.lock().unwrap());
        // Answers are written down while the next mails are on their way.
        assert!(told.windows(2).all(|two| two[0].0 <= two[1].0), "{told:?}");
        assert!(told[0].0 == 0 && told.iter().all(|(done, of)| *of == count as i64 && done < of), "{told:?}");
        let sql = rusqlite::Connection::open(till.app.data().join(FILE_NAME)).unwrap();
        let done = sql.query_row("SELECT round_done FROM account", [], |r| r.get::<_, i64>(0)).unwrap();
        assert_eq!(done, count as i64);
    }
    assert_eq!(till.app.status().unwrap().counts.round, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_quiet_hours_and_where_sending_starts_by_hand_only_urgent_mails_go_by_themselves() {
    let (before, after) = (chrono::Local::now(), chrono::TimeDelta::minutes(90));
    let quiet = format!("{}-{}", (before - after).format("%H:%M"), (before + after).format("%H:%M"));
    for (key, value, word) in
        [("quiet_hours", quiet.as_str(), "quiet"), ("start_sending", "by_hand", "by_hand")]
    {
        only_urgent_mails_go(key, value, word).await;
    }
}

async fn only_urgent_mails_go(key: &str, value: &str, word: &str) {
    let arrived = Arc::new(Notify::new());
    let seen = Arc::clone(&arrived);
    let server = Scripted::start(Script::new(move |moment| {
        if moment.at == At::Dot {
            seen.notify_one();
        }
        Act::Usual
    }))
    .await;
    let till = Till::at(server.address.port());
    till.app.set_setting(key, value).unwrap();
    let normal = till.send(&["normal@example.com"]);
    let wanted = till.send(&["wanted@example.com"]);
    queue(&till, "urgent@example.com", "now", 10);
    // It stops when the urgent one has arrived, and first finishes whatever it had taken with it.
    Deliverer::new(&till.app).unwrap().run(arrived.notified()).await;
    assert_eq!(server.arrived(), ["urgent@example.com"]);
    assert_eq!(till.states(normal), ["waiting"]);
    assert_eq!(reason(&till, normal), word);
    assert_eq!(till.app.status().unwrap().calm, Some(word));
    // Who wants one sent now does not wait; the others do.
    till.app.wish(wanted, Wish::Retry).unwrap();
    assert_eq!(reason(&till, wanted), "due");
    Deliverer::new(&till.app).unwrap().run(arrived.notified()).await;
    assert_eq!(server.arrived(), ["urgent@example.com", "wanted@example.com"]);
    assert_eq!(till.states(normal), ["waiting"]);
    assert_eq!(till.flush().await.accepted, 1, "a person who asks passes it");
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_take_their_turn_by_urgency_and_size() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    queue(&till, "bulk@example.com", "bulk", 10);
    queue(&till, "large@example.com", "normal", 3 * 1024 * 1024);
    till.send(&["normal@example.com"]);
    let chosen = till.send(&["chosen@example.com"]);
    till.app.wish(chosen, Wish::First).unwrap();
    assert_eq!(till.flush().await.accepted, 4);
    let order = ["chosen@example.com", "normal@example.com", "large@example.com", "bulk@example.com"];
    assert_eq!(server.arrived(), order);
}

/// The large mail's answer does not come before the small ones have arrived: over the same connection
/// they would wait for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_mail_on_the_wire_keeps_no_small_one_waiting() {
    let (released, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (small, release, finished) = (AtomicUsize::new(0), Arc::clone(&released), Arc::clone(&done));
    let server = Scripted::start(Script::new(move |moment| match (moment.at, moment.connection) {
        (At::Dot, 0) => Act::After(Arc::clone(&released), Box::new(Act::Usual)),
        (At::Dot, _) if small.fetch_add(1, Ordering::SeqCst) == 2 => {
            release.notify_one();
            finished.notify_one();
            Act::Usual
        }
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    queue(&till, "large@example.com", "now", 3 * 1024 * 1024);
    let small: Vec<i64> = (0..3).map(|_| till.send(&["small@example.com"])).collect();
    Deliverer::new(&till.app).unwrap().run(done.notified()).await;
    assert!(small.iter().all(|id| till.states(*id) == ["accepted"]));
    assert_eq!(server.arrived().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pace_is_kept_over_restarts_and_costs_no_mail_anything() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    till.app.set_pace("default", ChosenPace { per_minute: Some(3), ..ChosenPace::default() }).unwrap();
    till.numbered(10);
    let report = till.flush().await;
    assert_eq!(report.accepted, 3);
    assert!(report.troubles[0].1.contains("3 mails a minute"), "{report:?}");
    assert_eq!(till.flush().await.accepted, 0, "a new process forgot what was sent");
    let waiting = till.app.mails(false, None).unwrap();
    assert_eq!(waiting.len(), 7);
    assert!(waiting.iter().all(|m| m.recipients[0].tries == 0 && reason(&till, m.id) == "throttled"));
    assert_eq!(till.app.account("default").unwrap().breaker.standing, Standing::Throttled);
    let estimate = till.app.estimates().unwrap().remove(0);
    let minutes = (estimate.all_sent_by.0 - chrono::Utc::now().timestamp_millis()) / 60_000;
    assert_eq!(estimate.mails, 7);
    assert!((2..=4).contains(&minutes), "7 mails at 3 a minute by {minutes} minutes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_too_much_teaches_how_much() {
    let dots = AtomicUsize::new(0);
    let server = Scripted::start(Script::new(move |moment| {
        let over = moment.at == At::Dot && dots.fetch_add(1, Ordering::SeqCst) == 4;
        if over { say("450 4.7.1 Mail send limit exceeded, try again later") } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    till.numbered(10);
    assert_eq!(till.flush().await.accepted, 4);
    assert_eq!(till.app.limits("default").unwrap().per_hour, Some(4));
    let waiting = till.app.mails(false, None).unwrap();
    assert_eq!(waiting.len(), 6);
    assert!(waiting.iter().all(|m| m.recipients[0].state.word() != "refused"));
    till.app.set_pace("default", ChosenPace::default()).unwrap();
    assert_eq!(till.app.limits("default").unwrap().per_hour, None, "the owner's word counts more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_higher_pace_lets_what_waited_for_the_lower_one_go() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let pace = |per_day| ChosenPace { per_day: Some(per_day), ..ChosenPace::default() };
    till.app.set_pace("default", pace(2)).unwrap();
    till.numbered(6);
    assert_eq!(till.flush().await.accepted, 2);
    let standing = || till.app.account("default").unwrap().breaker.standing;
    assert_eq!(standing(), Standing::Throttled);
    till.app.set_pace("default", pace(5)).unwrap();
    assert_eq!(till.flush().await.accepted, 3);
    assert_eq!(standing(), Standing::Throttled, "the new pace is not kept");
}

/// They speak of connections and sign-ins, not of how many mails may go.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_about_too_much_at_once_teaches_no_pace() {
    for reply in [
        "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded",
        "454 4.7.0 Too many login attempts, please try again later.",
    ] {
        let asked = AtomicUsize::new(0);
        let server = Scripted::start(Script::new(move |moment| {
            let over = moment.at == At::Mail && asked.fetch_add(1, Ordering::SeqCst) == 1;
            if over { say(reply) } else { Act::Usual }
        }))
        .await;
        let till = Till::at(server.address.port());
        let before = till.app.limits("default").unwrap();
        till.numbered(4);
        assert_eq!(till.flush().await.accepted, 1);
        assert_eq!(till.app.account("default").unwrap().breaker.standing, Standing::Throttled, "{reply}");
        assert_eq!(till.app.limits("default").unwrap(), before, "{reply}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_is_not_held_to_what_the_last_one_took_at_once() {
    let named = AtomicUsize::new(0);
    let few = Scripted::start(Script::new(move |moment| match moment.at {
        At::Rcpt if named.fetch_add(1, Ordering::SeqCst) == 2 => say("452 4.5.3 too many recipients"),
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(few.address.port());
    till.send(&["a@example.com", "b@example.com", "c@example.com"]);
    till.flush().await;
    let most = || till.app.limits("default").unwrap().recipients_per_mail;
    assert_eq!(most(), Some(2));
    till.account(few.address.port());
    assert_eq!(most(), Some(2), "the same server teaches it once");
    let account =
        tillpost::domain::account::Account { host: "localhost".into(), ..plain_account("default", 25) };
    till.app.set_account(AccountInput { account, secret: None }).unwrap();
    assert_eq!(most(), None);
}
