//! Whose document a mail carries and whose mails a draft became, when names are alike, calls come twice and others
//! were quicker.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mail_parser::MimeHeaders;
use serde_json::{Value, json};
use tillpost::app::{Deliverer, Kind, Left, Wish};
use tillpost::domain::mail::MailState;
use tillpost::store::MailRow;
use tillpost::wire::{ChannelRequest, MailRequest};
use tokio::sync::Notify;

use crate::program::invoice;
use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::{Till, mail};

/// A document with this number, for somebody, with a mail for them.
fn document(kind: &str, number: &str, name: &str) -> Value {
    let mut document = invoice();
    document["kind"] = json!(kind);
    document["number"] = json!(number);
    document["buyer"] = json!({ "name": name, "email": format!("{}@example.com", name.to_lowercase()) });
    document["mail"] = json!({});
    document
}

/// Anna's invoice and Bert's job card, both with the number 1001, kept until somebody releases their mails.
fn alike() -> (Till, MailRow) {
    let till = Till::at(9);
    till.app.set_setting("undo_seconds", "until_released").unwrap();
    let anna = till.issue(&document("invoice", "1001", "Anna")).unwrap();
    till.issue(&document("job_card", "1001", "Bert")).unwrap();
    (till, anna.mails[0].clone())
}

fn request(value: Value) -> MailRequest {
    serde_json::from_value(value).unwrap()
}

fn queued(left: Left) -> Vec<MailRow> {
    match left {
        Left::Queued(mails) => mails,
        Left::HandedOver(path) => panic!("handed over: {}", path.display()),
    }
}

/// To whom a mail goes, and what is attached to it.
fn sent(till: &Till, mail: &MailRow) -> (Vec<String>, Vec<(String, Vec<u8>)>) {
    let mut bytes = Vec::new();
    till.app.export(mail.id, &mut bytes).unwrap();
    let message = mail_parser::MessageParser::default().parse(&bytes).unwrap();
    let files = message.attachments();
    let files = files.map(|a| (a.attachment_name().unwrap().to_owned(), a.contents().to_vec()));
    (people(mail), files.collect())
}

fn people(mail: &MailRow) -> Vec<String> {
    mail.recipients.iter().map(|r| r.address.clone()).collect()
}

#[test]
fn a_number_that_several_kinds_have_names_no_document_until_the_kind_is_said() {
    let (till, _) = alike();
    let by_number = request(json!({ "mail": { "to": ["anna@example.com"] }, "document": "1001" }));
    let refused = till.app.send_request(&by_number).unwrap_err();
    assert_eq!(refused.kind(), Kind::Conflict);
    assert!(refused.to_string().contains("invoice, job_card"), "{refused}");
    assert!(till.app.preview_request(&by_number).is_err());
    assert!(till.app.pdf("1001").is_err());
    assert_eq!(till.app.document_changed(None, "1001").unwrap_err().kind(), Kind::Conflict);
    for (name, kind) in [("anna", "invoice"), ("bert", "job_card")] {
        let called = format!("{kind}/1001");
        let asked = request(json!({ "mail": {}, "document": called }));
        let mails = queued(till.app.send_request(&asked).unwrap());
        let pdf = till.app.pdf(&called).unwrap();
        let own = (vec![format!("{name}@example.com")], vec![("1001.pdf".to_owned(), pdf)]);
        assert_eq!(sent(&till, &mails[0]), own);
        assert_eq!(mails[0].document_kind.unwrap().word(), kind);
    }
    let mut slash = document("invoice", "job_card/1001", "Carla");
    slash["mail"] = Value::Null;
    slash.as_object_mut().unwrap().remove("mail");
    till.issue(&slash).unwrap();
    let (kind, number) = till.app.document_named("invoice/job_card/1001").unwrap();
    assert_eq!((kind.word(), number.as_str()), ("invoice", "job_card/1001"));
}

#[test]
fn a_mail_taken_out_to_be_changed_keeps_the_document_it_carries() {
    let (till, anna) = alike();
    let before = sent(&till, &anna);
    let (_, draft) = till.app.edit(anna.id).unwrap();
    let again = queued(till.app.send_draft(draft, None, None).unwrap());
    assert_eq!(sent(&till, &again[0]), before);
    assert_eq!(before.1[0].1, till.app.pdf("invoice/1001").unwrap());
    // One whose words are about an old version is replaced, released or cancelled.
    let mut corrected = document("invoice", "1001", "Anna");
    corrected["version"] = json!(2);
    corrected.as_object_mut().unwrap().remove("mail");
    till.issue(&corrected).unwrap();
    assert_eq!(till.app.edit(again[0].id).unwrap_err().kind(), Kind::Conflict);
}

#[test]
fn a_page_named_with_slashes_is_attached_once() {
    let till = Till::at(9);
    let issued = till.issue(&document("invoice", "FV/12/2026", "Anna")).unwrap();
    let (_, draft) = till.app.edit(issued.mails[0].id).unwrap();
    assert!(till.app.draft(draft).unwrap().content.attachments.is_empty());
}

#[test]
fn replacing_reaches_the_people_of_the_mail_that_is_replaced() {
    let (till, anna) = alike();
    let to = |address: &str| {
        let asked = request(json!({ "mail": { "to": [address] }, "document": "invoice/1001" }));
        queued(till.app.send_request(&asked).unwrap()).remove(0)
    };
    let accountant = to("accountant@example.com");
    let mut corrected = document("invoice", "1001", "Anna");
    corrected["version"] = json!(2);
    corrected["notes"] = json!(["Corrected."]);
    corrected.as_object_mut().unwrap().remove("mail");
    till.issue(&corrected).unwrap();
    let boss = to("boss@example.com");
    for old in [anna, accountant] {
        let new = till.app.replace(old.id).unwrap();
        assert_ne!(new.id, boss.id, "another person's mail is in nobody's place");
        assert_eq!(people(&new), people(&old));
        assert_eq!(new.document_version, Some(2));
        assert_eq!(sent(&till, &new).1[0].1, till.app.pdf("invoice/1001").unwrap());
        assert_eq!(till.mail(old.id).state, MailState::Cancelled);
    }
}

#[test]
fn each_of_those_who_got_their_own_mail_gets_the_new_version() {
    let till = Till::at(9);
    let mut first = document("invoice", "1001", "Anna");
    let everybody = ["a@example.com", "b@example.com", "c@example.com"];
    first["mail"] = json!({ "to": everybody, "individually": true });
    let old = till.issue(&first).unwrap().mails;
    first["version"] = json!(2);
    first.as_object_mut().unwrap().remove("mail");
    till.issue(&first).unwrap();
    let new: Vec<MailRow> = old.iter().map(|mail| till.app.replace(mail.id).unwrap()).collect();
    assert_eq!(new.iter().flat_map(people).collect::<Vec<_>>(), everybody);
}

#[test]
fn who_has_the_new_version_by_another_mail_does_not_get_it_twice() {
    let till = Till::at(9);
    let mut first = document("invoice", "1001", "Anna");
    first["mail"] = json!({ "to": ["a@example.com", "b@example.com"] });
    let old = till.issue(&first).unwrap().mails.remove(0);
    first["version"] = json!(2);
    first.as_object_mut().unwrap().remove("mail");
    till.issue(&first).unwrap();
    let asked = |to: Value| request(json!({ "mail": { "to": to }, "document": "1001" }));
    queued(till.app.send_request(&asked(json!(["a@example.com"]))).unwrap());
    let new = till.app.replace(old.id).unwrap();
    assert_eq!(people(&new), ["b@example.com"]);
    // A withdrawn mail is in nobody's place.
    first["version"] = json!(3);
    till.issue(&first).unwrap();
    let withdrawn = queued(till.app.send_request(&asked(json!(["b@example.com"]))).unwrap()).remove(0);
    till.app.wish(withdrawn.id, Wish::Cancel).unwrap();
    let newest = till.app.replace(new.id).unwrap();
    assert_eq!((people(&newest), newest.document_version), (vec!["b@example.com".to_owned()], Some(3)));
}

#[test]
fn a_document_asked_for_again_is_answered_whatever_became_of_its_buyer_and_channel() {
    let till = Till::at(9);
    till.app.set_channel("web", ChannelRequest::default()).unwrap();
    let mut file = document("invoice", "1001", "Anna");
    file["client_ref"] = json!("sale-1");
    file["channel"] = json!("web");
    let first = till.issue(&file).unwrap();
    till.app.disable("anna@example.com", "left").unwrap();
    till.app.remove_channel("web").unwrap();
    let again = till.issue(&file).unwrap();
    assert!(again.repeated);
    assert_eq!((again.document.id, again.mails.len()), (first.document.id, 1));
    // What was issued can be sent, too.
    let asked = request(json!({ "mail": { "to": ["bert@example.com"] }, "document": "1001" }));
    assert_eq!(sent(&till, &queued(till.app.send_request(&asked).unwrap())[0]).1.len(), 1);
}

#[test]
fn a_draft_with_an_id_of_its_own_can_be_sent_again_after_undo() {
    let till = Till::at(9);
    till.app.set_setting("undo_seconds", "until_released").unwrap();
    let content = json!({ "client_ref": "till-7", "mail": { "to": ["anna@example.com"], "text": "t" } });
    let draft = till.app.begin_draft(&request(content)).unwrap().row.uuid;
    let first = queued(till.app.send_draft(draft, None, None).unwrap()).remove(0);
    assert_eq!(till.app.undo(first.id).unwrap().1, Some(draft));
    let second = queued(till.app.send_draft(draft, None, None).unwrap()).remove(0);
    assert_ne!(second.id, first.id);
    assert_eq!(till.mail(second.id).state, MailState::Held);
    assert_eq!(queued(till.app.send_draft(draft, None, None).unwrap())[0].id, second.id, "asked twice");
}

#[test]
fn undo_takes_back_everybodys_own_mail_and_a_changed_one_is_that_persons_alone() {
    let till = Till::at(9);
    till.app.set_setting("undo_seconds", "until_released").unwrap();
    let content = json!({ "mail": {
        "to": ["a@example.com", "b@example.com", "c@example.com"], "text": "t", "individually": true } });
    let draft = till.app.begin_draft(&request(content)).unwrap().row.uuid;
    let send = || {
        let first = queued(till.app.send_draft(draft, None, None).unwrap()).remove(0);
        [first.id, first.id + 1, first.id + 2]
    };
    let states = |ids: [i64; 3]| ids.map(|id| till.mail(id).state);
    let ids = send();
    till.app.undo(ids[0]).unwrap();
    assert_eq!(states(ids), [MailState::Cancelled; 3]);
    // One of them taken out to be changed is a draft for one; one that may leave stays out of what comes back.
    let ids = send();
    let (_, one) = till.app.edit(ids[1]).unwrap();
    assert_eq!(till.app.draft(one).unwrap().content.mail.to, ["b@example.com"]);
    till.app.wish(ids[2], Wish::Release).unwrap();
    assert_eq!(till.app.undo(ids[0]).unwrap().1, Some(draft));
    assert_eq!(states(ids), [MailState::Cancelled, MailState::Cancelled, MailState::Waiting]);
    assert_eq!(till.app.draft(draft).unwrap().content.mail.to, ["a@example.com"]);
    let again = queued(till.app.send_draft(draft, None, None).unwrap()).remove(0);
    assert_eq!(till.app.edit(again.id).unwrap().1, draft, "alone, it is its draft again");
}

/// A draft changed at one till while another sends it: what was answered with "kept" is what leaves.
#[test]
fn a_change_of_a_draft_that_is_being_sent_is_in_the_mail_or_refused() {
    let till = Till::at(9);
    till.app.set_setting("undo_seconds", "until_released").unwrap();
    for round in 0..12 {
        let content = |text: &str| {
            request(json!({ "mail": { "to": ["anna@example.com"], "text": format!("{text} {round}") } }))
        };
        let draft = till.app.begin_draft(&content("old")).unwrap().row.uuid;
        let (changed, left) = std::thread::scope(|scope| {
            let changing = scope.spawn(|| till.app.change_draft(draft, &content("new"), None, None));
            let sending = scope.spawn(|| till.app.send_draft(draft, None, None));
            (changing.join().unwrap(), sending.join().unwrap())
        });
        let Ok(left) = left else {
            assert!(changed.is_ok(), "one of both is done");
            continue;
        };
        let mut bytes = Vec::new();
        till.app.export(queued(left)[0].id, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.contains(&format!("new {round}")), changed.is_ok(), "round {round}");
    }
}

/// The new version is issued while the answer to the old one's final dot is awaited, and that says no for now, or
/// never comes.
#[tokio::test(flavor = "multi_thread")]
async fn the_old_version_does_not_go_again_by_itself_after_a_lost_or_late_answer() {
    for lost in [true, false] {
        let (dots, answer) = (AtomicUsize::new(0), Arc::new(Notify::new()));
        let held = Arc::clone(&answer);
        let server = Scripted::start(Script::new(move |moment| match moment.at {
            At::Dot if dots.fetch_add(1, Ordering::SeqCst) == 0 => {
                let then = if lost { Act::Reset } else { say("451 4.3.0 later") };
                Act::After(Arc::clone(&held), Box::new(then))
            }
            _ => Act::Usual,
        }))
        .await;
        let till = Till::at(server.address.port());
        let mut file = document("invoice", "1001", "Anna");
        let old = till.issue(&file).unwrap().mails[0].id;
        let deliverer = Deliverer::new(&till.app).unwrap();
        let flush = tokio::spawn(async move { deliverer.flush().await.unwrap() });
        server.until(|seen| seen.mails.len() == 1).await;
        file["version"] = json!(2);
        file.as_object_mut().unwrap().remove("mail");
        till.issue(&file).unwrap();
        assert_eq!(till.mail(old).state, MailState::Sending, "its answer is awaited");
        answer.notify_one();
        assert_eq!(flush.await.unwrap().accepted, 0);
        let sql = rusqlite::Connection::open(till.app.data().join("tillpost.db")).unwrap();
        sql.execute_batch(
            "UPDATE recipient SET settled_ms = settled_ms - 660000 WHERE state = 'uncertain';
             UPDATE recipient SET next_ms = 0 WHERE state = 'deferred'; UPDATE mail SET next_ms = 0 WHERE next_ms < 9e15;",
        )
        .unwrap();
        assert_eq!(till.flush().await.accepted, 0, "lost: {lost}");
        let mail = till.mail(old);
        assert_eq!((mail.state, mail.wait.as_str()), (MailState::Held, "document_changed"), "lost: {lost}");
        // A person decides, and only then it goes.
        till.app.wish(old, Wish::Release).unwrap();
        assert_eq!(till.flush().await.accepted, 1, "lost: {lost}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_that_a_mail_in_doubt_did_not_arrive_is_asked_about_its_changed_document() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Dot => Act::Reset,
        _ => Act::Usual,
    }))
    .await;
    let till = Till::at(server.address.port());
    let mut file = document("invoice", "1001", "Anna");
    let old = till.issue(&file).unwrap().mails[0].id;
    till.flush().await;
    assert_eq!(till.mail(old).state, MailState::Uncertain);
    file["version"] = json!(2);
    file.as_object_mut().unwrap().remove("mail");
    till.issue(&file).unwrap();
    assert_eq!(till.mail(old).state, MailState::Uncertain, "it still is");
    till.app.wish(old, Wish::SendAgain).unwrap();
    assert_eq!((till.mail(old).state, till.mail(old).wait.as_str()), (MailState::Held, "document_changed"));
    assert_eq!(till.app.replace(old).unwrap().document_version, Some(2));
}

#[test]
fn a_mail_whose_recipients_did_not_see_each_other_stays_so_when_it_is_changed() {
    for usual in ["true", "false"] {
        let till = Till::at(9);
        till.app.set_setting("blind_copy_multiple", usual).unwrap();
        for blind in [true, false] {
            let file = mail(|mail| {
                mail.to = vec!["anna@example.com".into(), "ben@example.com".into()];
                mail.blind_copy = Some(blind);
            });
            let first = till.app.send(&file, vec![], None).unwrap();
            let (_, draft) = till.app.edit(first.id).unwrap();
            let again = queued(till.app.send_draft(draft, None, None).unwrap()).remove(0);
            let mut bytes = Vec::new();
            till.app.export(again.id, &mut bytes).unwrap();
            let header = String::from_utf8(bytes).unwrap();
            assert_eq!(header.contains("undisclosed-recipients"), blind, "usual {usual}\n{header}");
            assert_eq!(header.contains("ben@example.com"), !blind, "usual {usual}\n{header}");
        }
    }
}
