//! Documents that change while their mail waits, and what the owner's policies do.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tillpost::app::{Kind, Left, Wish, show};
use tillpost::domain::mail::MailState;

use crate::program::invoice;
use crate::support::scripted::{Act, At, Script, Scripted};
use crate::till::Till;

fn job(version: u32, fault: &str) -> Value {
    let mut job = invoice();
    job["kind"] = json!("job_card");
    job["number"] = json!("JOB-7");
    job["version"] = json!(version);
    job["notes"] = json!([fault]);
    job
}

fn mailed(mut document: Value) -> Value {
    document["mail"] = json!({ "to": ["anna@example.com"], "text": "t" });
    document
}

fn first_version(till: &Till) -> i64 {
    till.issue(&mailed(job(1, "Screen cracked"))).unwrap().mails[0].id
}

fn reason(till: &Till, mail: i64) -> Option<String> {
    show::mail(&till.mail(mail), &till.app.conditions().unwrap()).reason
}

async fn till() -> (Till, Scripted) {
    let server = Scripted::start(Script::default()).await;
    (Till::at(server.address.port()), server)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_document_holds_the_mail_of_the_old_one() {
    let (till, server) = till().await;
    let old = first_version(&till);
    let corrected = till.issue(&job(2, "Screen and battery")).unwrap();
    assert_eq!((corrected.document.number.as_str(), corrected.document.version), ("JOB-7", 2));
    assert_eq!(till.mail(old).state, MailState::Held);
    assert_eq!(reason(&till, old).as_deref(), Some("document_changed"));
    assert_eq!(till.flush().await.accepted, 0);
    till.app.wish(old, Wish::Release).unwrap();
    assert_eq!(reason(&till, old).as_deref(), Some("due"));
    assert_eq!(till.flush().await.accepted, 1, "as it is");
    let text = String::from_utf8_lossy(&server.seen().mails[0].text).into_owned();
    assert!(text.contains("JOB-7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_held_mail_may_be_replaced_by_one_with_the_newest_version() {
    let (till, server) = till().await;
    let old = first_version(&till);
    assert_eq!(till.app.replace(old).unwrap_err().kind(), Kind::Conflict, "there is nothing newer yet");
    till.issue(&job(2, "Screen and battery")).unwrap();
    till.issue(&job(3, "Battery only")).unwrap();
    let new = till.app.replace(old).unwrap();
    assert_eq!(till.mail(old).state, MailState::Cancelled);
    assert_eq!(new.recipients[0].address, "anna@example.com");
    assert_eq!(till.flush().await.accepted, 1);
    let mut sent = Vec::new();
    till.app.export(new.id, &mut sent).unwrap();
    assert_eq!(server.seen().mails[0].text, sent);
    let message = mail_parser::MessageParser::default().parse(&sent).unwrap();
    assert_eq!(message.attachment(0).unwrap().contents(), till.app.pdf("JOB-7").unwrap());
    assert_eq!(till.app.replace(new.id).unwrap_err().kind(), Kind::Conflict, "it is the newest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_with_a_mail_of_its_own_replaces_without_a_third_mail() {
    let (till, _server) = till().await;
    let old = first_version(&till);
    let own = till.issue(&mailed(job(2, "Screen and battery"))).unwrap().mails[0].id;
    assert_eq!(till.app.replace(old).unwrap().id, own);
    assert_eq!(till.flush().await.accepted, 1);
    assert_eq!(till.states(own), ["accepted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credit_note_and_the_senders_word_hold_the_invoice_too() {
    let (till, _server) = till().await;
    let first = till.issue(&mailed(invoice())).unwrap();
    let second = till.issue(&mailed(invoice())).unwrap();
    let mut credit = invoice();
    credit["kind"] = json!("credit_note");
    credit["original"] = json!({ "number": first.document.number, "issue_date": "2026-11-21" });
    till.issue(&credit).unwrap();
    assert_eq!(till.app.document_changed(None, &second.document.number).unwrap(), 1);
    for issued in [&first, &second] {
        assert_eq!(reason(&till, issued.mails[0].id).as_deref(), Some("document_changed"));
        till.app.wish(issued.mails[0].id, Wish::Cancel).unwrap();
    }
    assert_eq!(till.flush().await.accepted, 0);
    assert_eq!(till.app.document_changed(None, "INV-1").unwrap_err().kind(), Kind::NotFound);
}

#[test]
fn a_version_is_the_next_one_of_a_number_or_refused() {
    let till = Till::at(9);
    let refused = |document: &Value| till.issue(document).unwrap_err();
    assert_eq!(refused(&job(2, "x")).kind(), Kind::Conflict, "of nothing there is no second version");
    first_version(&till);
    let again = refused(&job(1, "x"));
    assert!(again.to_string().contains("\"version\": 2"), "{again}");
    assert_eq!(refused(&job(3, "x")).kind(), Kind::Conflict);
    let mut nameless = job(2, "x");
    nameless.as_object_mut().unwrap().remove("number");
    assert!(refused(&nameless).to_string().starts_with("version: "), "{}", refused(&nameless));
    till.issue(&job(2, "x")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_mail_may_wait_until_a_person_says_so() {
    let (till, _server) = till().await;
    till.app.set_setting("undo_seconds", "until_released").unwrap();
    let mail = till.send(&["anna@example.com"]);
    assert_eq!(reason(&till, mail).as_deref(), Some("undo"));
    assert_eq!(till.flush().await.accepted, 0);
    till.app.wish(mail, Wish::Release).unwrap();
    assert_eq!(till.flush().await.accepted, 1);
}

/// The clock of the queue is set by what stands in it: the answers were lost eleven minutes ago.
fn eleven_minutes_pass(till: &Till) {
    let sql = rusqlite::Connection::open(till.app.data().join("tillpost.db")).unwrap();
    sql.execute("UPDATE recipient SET settled_ms = settled_ms - 660000 WHERE state = 'uncertain'", [])
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_for_lost_answers_may_differ_by_kind() {
    let dots = AtomicUsize::new(0);
    let server = Scripted::start(Script::new(move |moment| {
        let lost = moment.at == At::Dot && dots.fetch_add(1, Ordering::SeqCst) < 3;
        if lost { Act::Reset } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    till.app.set_setting("uncertain_policy_by_kind", "invoice=ask, job_card=never").unwrap();
    let bill = till.issue(&mailed(invoice())).unwrap().mails[0].id;
    let job = first_version(&till);
    let other = till.send(&["anna@example.com"]);
    for _ in 0..3 {
        till.flush().await;
    }
    for mail in [bill, job, other] {
        assert_eq!(till.states(mail), ["uncertain"]);
    }
    till.flush().await;
    assert_eq!(till.states(other), ["uncertain"], "ten minutes have not passed");
    eleven_minutes_pass(&till);
    till.flush().await;
    assert_eq!(till.states(bill), ["uncertain"], "its policy is to ask");
    assert_eq!(till.states(job), ["abandoned"], "its policy is never");
    assert_eq!(till.states(other), ["accepted"], "it is sent again, once");
    assert!(till.mail(other).recipients[0].resent);
}

/// A mail that was taken out to be changed, or taken back, was written about one version of its document: with
/// another one it leaves only when its writer attaches that.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_a_mail_does_not_leave_with_a_version_it_was_not_written_about() {
    let (till, server) = till().await;
    for undone in [false, true] {
        let mut card = mailed(job(1, "Screen cracked"));
        card["number"] = json!(format!("JOB-{undone}"));
        till.app.set_setting("undo_seconds", if undone { "until_released" } else { "0" }).unwrap();
        let mail = till.issue(&card).unwrap().mails[0].id;
        let (_, draft) = till.app.edit(mail).unwrap();
        let draft = match undone {
            false => draft,
            true => {
                let Left::Queued(mails) = till.app.send_draft(draft, None, None).unwrap() else { panic!() };
                till.app.undo(mails[0].id).unwrap().1.unwrap()
            }
        };
        card["version"] = json!(2);
        card["notes"] = json!(["Screen and battery"]);
        card.as_object_mut().unwrap().remove("mail");
        till.issue(&card).unwrap();
        let mut content = till.app.draft(draft).unwrap().content;
        for text in ["Changed words.", "Changed again."] {
            let refused = till.app.send_draft(draft, None, None).unwrap_err();
            assert_eq!(refused.kind(), Kind::Conflict);
            assert!(refused.to_string().contains("about version 1"), "{refused}");
            content.mail.text = Some(text.into());
            till.app.change_draft(draft, &content, None, None).unwrap();
        }
        let document = content.document.take();
        till.app.change_draft(draft, &content, None, None).unwrap();
        content.document = document;
        till.app.change_draft(draft, &content, None, None).unwrap();
        till.app.set_setting("undo_seconds", "0").unwrap();
        till.app.send_draft(draft, None, None).unwrap();
        till.flush().await;
        let sent = server.seen().mails.last().unwrap().text.clone();
        let message = mail_parser::MessageParser::default().parse(&sent).unwrap();
        let newest = till.app.pdf(&format!("JOB-{undone}")).unwrap();
        assert_eq!(message.attachment(0).unwrap().contents(), newest);
    }
    assert_eq!(server.seen().mails.len(), 2);
}

/// A mail that was withdrawn when its document was corrected, and whose withdrawal is taken back.
#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_mail_comes_back_to_wait_for_a_word_about_its_corrected_document() {
    let (till, server) = till().await;
    let mail = first_version(&till);
    till.app.wish(mail, Wish::Cancel).unwrap();
    till.app.wish(mail, Wish::Restore).unwrap();
    assert_eq!(reason(&till, mail).as_deref(), Some("due"), "nothing has changed yet");
    till.app.wish(mail, Wish::Cancel).unwrap();
    till.issue(&job(2, "Screen and battery")).unwrap();
    till.app.wish(mail, Wish::Restore).unwrap();
    assert_eq!(till.mail(mail).state, MailState::Held);
    assert_eq!(reason(&till, mail).as_deref(), Some("document_changed"));
    assert_eq!((till.flush().await.accepted, server.seen().mails.len()), (0, 0));
    till.app.wish(mail, Wish::Release).unwrap();
    assert_eq!(till.flush().await.accepted, 1, "as it is");
}
