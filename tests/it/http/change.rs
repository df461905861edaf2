//! Waiting mails changed by a person: out of the queue and back, withdrawn and not, another time.

use serde_json::{Value, json};

use super::{Api, invoice, mail};
use crate::support::scripted::{Act, At, Moment, Script, Scripted, say};

fn id(mail: &Value) -> String {
    format!("/mails/{}", mail["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_mail_is_a_draft_again_with_all_that_was_in_it() {
    let server = Scripted::start(Script::default()).await;
    let api = Api::delivering(server.address.port()).await;
    let sender = json!({ "from": "shop@till.example", "signature": "Riverside\nCycles" });
    api.ask("PUT", "/accounts/default/senders", Some(&sender)).await.is(200);
    let number = api.post("/documents", invoice("d", false)).await.is(201).json()["number"].clone();
    let asked = json!({ "document": number, "attachments": [{ "name": "list.txt", "content": "YSBsaXN0" }],
        "mail": { "to": ["Zofie Müller <zofie@example.com>", "bob@example.com"], "bcc": ["eve@example.com"],
                  "reply_to": ["desk@till.example"], "subject": "Grüße", "text": "Hello.\n",
                  "html": "<p>Hello.</p>\n", "blind_copy": false, "send_after": "2090-01-02T08:00" } });
    let sent = api.post("/mails", asked.clone()).await.is(201).json();
    assert_eq!(
        (&sent["reason"], &sent["recipients"][0]["name"]),
        (&json!("scheduled"), &json!("Zofie Müller"))
    );
    let edited = api.post(&format!("{}/edit", id(&sent)), json!({})).await.is(200).json();
    assert_eq!(edited["mail"]["state"], "cancelled");
    let draft = format!("/drafts/{}", edited["draft"].as_str().unwrap());
    let mut content = api.get(&draft).await.is(200).json()["content"].clone();
    let mut wanted = asked;
    wanted["mail"]["account"] = "default".into();
    wanted["document"] = format!("invoice/{}", number.as_str().unwrap()).into();
    assert_eq!(content, wanted);
    // Sent as it is now it says what it said, signed once.
    content["mail"]["send_after"] = Value::Null;
    api.ask("PUT", &draft, Some(&content)).await.is(200);
    let again = api.post(&format!("{draft}/send"), json!({})).await.is(201).json();
    api.post("/queue/flush", json!({})).await.is(200);
    let mails = server.seen().mails.clone();
    assert_eq!(mails.len(), 1, "the first one never left");
    let said = api.get(&format!("{}/content", id(&again))).await.is(200).json();
    assert_eq!(said["text"].as_str().unwrap().matches("Riverside").count(), 1);
    assert_eq!(said["html"].as_str().unwrap().matches("Riverside").count(), 1);
    let names: Vec<&str> =
        said["attachments"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    assert_eq!(names, [&format!("{}.pdf", number.as_str().unwrap()), "list.txt"]);
    let head = said["header"].as_str().unwrap();
    assert!(
        head.contains("zofie@example.com") && head.contains("bob@example.com"),
        "shown to each other: {head}"
    );
    assert!(!head.contains("eve@"), "a blind copy is one: {head}");
    assert_eq!(api.post(&format!("{}/edit", id(&again)), json!({})).await.is(409).key(), "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_some_have_already_is_changed_for_the_others_alone() {
    let decide = |moment: &Moment<'_>| match moment.at {
        At::Rcpt if moment.line.contains("later@") => say("450 4.2.0 greylisted"),
        _ => Act::Usual,
    };
    let server = Scripted::start(Script::new(decide)).await;
    let api = Api::delivering(server.address.port()).await;
    let mut asked = mail("anna@example.com");
    asked["mail"]["to"] = json!(["anna@example.com", "later@example.com"]);
    let draft = api.post("/drafts", asked).await.is(201).json();
    let sent =
        api.post(&format!("/drafts/{}/send", draft["id"].as_str().unwrap()), json!({})).await.is(201).json();
    api.post("/queue/flush", json!({})).await.is(200);
    let edited = api.post(&format!("{}/edit", id(&sent)), json!({})).await.is(200).json();
    let content = api.get(&format!("/drafts/{}", edited["draft"].as_str().unwrap())).await.is(200).json();
    assert_eq!(content["content"]["mail"]["to"], json!(["later@example.com"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_gets_it_while_it_is_taken_out_stands_in_the_draft() {
    let decide = |moment: &Moment<'_>| match moment.at {
        At::Rcpt if moment.line.contains("later") => say("450 4.2.0 greylisted"),
        _ => Act::Usual,
    };
    let server = Scripted::start(Script::new(decide)).await;
    let api = Api::delivering(server.address.port()).await;
    let file = "bGlz".repeat(100_000);
    for round in 0..12 {
        let all = [format!("now{round}@example.com"), format!("later{round}@example.com")];
        let asked = json!({ "mail": { "to": all, "subject": "Round", "text": "Hello.\n" },
            "attachments": [{ "name": "list.txt", "content": file }] });
        let path = id(&api.post("/mails", asked).await.is(201).json());
        let edit = format!("{path}/edit");
        let (_, edited) = tokio::join!(api.post("/queue/flush", json!({})), api.post(&edit, json!({})));
        let arrived = server.arrived();
        let got = |who: &&String| arrived.contains(who);
        if edited.status == 409 {
            assert_eq!(edited.key(), "conflict");
            assert_eq!(api.get(&path).await.is(200).json()["state"], "waiting", "for the other one");
            continue;
        }
        let draft = format!("/drafts/{}", edited.is(200).json()["draft"].as_str().unwrap());
        let content = api.get(&draft).await.is(200).json();
        let open: Vec<&String> = all.iter().filter(|who| !got(who)).collect();
        assert_eq!(content["content"]["mail"]["to"], json!(open), "round {round}: {arrived:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_is_taken_back_and_the_mail_waits_as_before() {
    let api = Api::delivering(1).await;
    let mut asked = mail("anna@example.com");
    asked["mail"]["send_after"] = json!("2090-01-02T08:00");
    let sent = api.post("/mails", asked).await.is(201).json();
    let path = id(&sent);
    assert_eq!(api.post(&format!("{path}/restore"), json!({})).await.is(409).key(), "conflict");
    assert_eq!(api.post(&format!("{path}/cancel"), json!({})).await.is(200).json()["state"], "cancelled");
    let back = api.post(&format!("{path}/restore"), json!({})).await.is(200).json();
    assert_eq!(
        (&back["state"], &back["reason"], &back["next_at"]),
        (&sent["state"], &sent["reason"], &sent["next_at"])
    );
    // Held ones too.
    api.post(&format!("{path}/hold"), json!({})).await.is(200);
    api.post(&format!("{path}/cancel"), json!({})).await.is(200);
    assert_eq!(api.post(&format!("{path}/restore"), json!({})).await.is(200).json()["state"], "held");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_waits_for_another_time_or_for_a_person() {
    let server = Scripted::start(Script::default()).await;
    let api = Api::delivering(server.address.port()).await;
    let mut asked = mail("anna@example.com");
    asked["mail"]["hold"] = true.into();
    let kept = api.post("/mails", asked).await.is(201).json();
    assert_eq!((&kept["state"], &kept["reason"]), (&json!("held"), &json!("undo")), "it can be taken back");
    api.post("/queue/flush", json!({})).await.is(200);
    assert!(server.seen().mails.is_empty(), "nobody let it go");
    let path = id(&kept);
    let bad = api.post(&format!("{path}/later"), json!({ "send_after": "soon" })).await.is(422).json();
    assert_eq!(bad["field"], "send_after");
    let later = api
        .post(&format!("{path}/later"), json!({ "send_after": "2090-01-02T08:00:00Z" }))
        .await
        .is(200)
        .json();
    assert_eq!(
        (&later["state"], &later["reason"], &later["next_at"]),
        (&json!("waiting"), &json!("scheduled"), &json!("2090-01-02T08:00:00.000Z"))
    );
    api.post(&format!("{path}/later"), json!({ "send_after": "2020-01-01T08:00" })).await.is(200);
    api.post("/queue/flush", json!({})).await.is(200);
    assert_eq!(server.seen().mails.len(), 1, "a time that is over is now");
    assert_eq!(
        api.post(&format!("{path}/later"), json!({ "send_after": "2090-01-02T08:00" })).await.is(409).key(),
        "conflict"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_added_up_as_it_would_be_printed() {
    let api = Api::start().await;
    let mut asked = invoice("x", false);
    asked["prices"] = "gross".into();
    asked["paid"] = "2.00".into();
    let sums = api.post("/documents/totals", asked.clone()).await.is(200).json();
    let wanted = json!({ "currency": "GBP", "net": "10.00", "tax": "2.00", "gross": "12.00", "paid": "2.00", "payable": "10.00" });
    assert_eq!(sums, wanted);
    asked["lines"][0]["unit_price"] = "six".into();
    assert_eq!(api.post("/documents/totals", asked).await.is(422).json()["field"], "lines[0].unit_price");
}
