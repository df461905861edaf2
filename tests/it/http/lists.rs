//! Lists of mails: their order, their pages, and the days they are of.

use chrono::{Days, Local, NaiveDate, TimeZone};
use rusqlite::Connection;
use serde_json::json;
use tillpost::store::FILE_NAME as FILE;

use super::{Api, invoice, mail};
use crate::support::scripted::{Act, At, Script, Scripted, say};

/// Queues a mail and gives its id.
async fn queue(api: &Api, to: &str) -> String {
    api.post("/mails", mail(to)).await.is(201).json()["id"].as_str().unwrap().to_owned()
}

/// The ids on a page, and what the next one begins after.
async fn page(api: &Api, path: &str) -> (Vec<String>, Option<String>) {
    let page = api.get(path).await.is(200).json();
    let ids = page["items"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned());
    (ids.collect(), page["next"].as_str().map(str::to_owned))
}

/// All ids, page by page.
async fn pages(api: &Api, path: &str) -> Vec<String> {
    let (mut seen, mut after) = (vec![], String::new());
    loop {
        let (ids, next) = page(api, &format!("{path}{after}")).await;
        seen.extend(ids);
        let Some(next) = next else { return seen };
        after = format!("&after={next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_each_mail_once_while_others_come_and_go() {
    let api = Api::start().await;
    api.account(9);
    let mut queued = Vec::new();
    for n in 0..7 {
        queued.push(queue(&api, &format!("p{n}@example.com")).await);
    }
    let (mut seen, mut path) = (Vec::new(), "/mails?box=outbox&limit=2".to_owned());
    while seen.len() < 7 {
        let (ids, next) = page(&api, &path).await;
        seen.extend(ids);
        path = format!("/mails?box=outbox&limit=2&after={}", next.unwrap());
        // One comes behind them all, one that was shown already goes, one that was not comes in front.
        queue(&api, "late@example.com").await;
        if seen.len() == 2 {
            api.post(&format!("/mails/{}/cancel", seen[0]), json!({})).await.is(200);
            api.post(&format!("/mails/{}/first", seen[1]), json!({})).await.is(200);
        }
    }
    assert_eq!(seen[..7], queued);
    let (cancelled, _) = page(&api, "/mails?box=sent&state=cancelled").await;
    assert_eq!(cancelled, [queued[0].clone()]);
    let (found, _) = page(&api, "/mails?q=P3@EXAMPLE").await;
    assert_eq!(found, [queued[3].clone()]);
}

/// As they will leave: those that somebody put first, then the oldest; everywhere else the newest.
#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_comes_as_it_leaves_and_all_else_newest_first() {
    let api = Api::start().await;
    api.account(9);
    let mut queued = Vec::new();
    for n in 0..7 {
        queued.push(queue(&api, &format!("p{n}@example.com")).await);
    }
    for n in [6, 3, 4] {
        api.post(&format!("/mails/{}/first", queued[n]), json!({})).await.is(200);
    }
    let order: Vec<_> = [3, 4, 6, 0, 1, 2, 5].iter().map(|n: &usize| queued[*n].clone()).collect();
    for limit in [1, 2, 3, 50] {
        for which in ["", "&state=waiting", "&q=example"] {
            let path = format!("/mails?box=outbox&limit={limit}{which}");
            assert_eq!(pages(&api, &path).await, order, "{path}");
        }
        queued.reverse();
        assert_eq!(pages(&api, &format!("/mails?limit={limit}")).await, queued);
        queued.reverse();
    }
    for id in &queued {
        api.post(&format!("/mails/{id}/cancel"), json!({})).await.is(200);
    }
    queued.reverse();
    assert_eq!(pages(&api, "/mails?box=sent&limit=2").await, queued);
    for wrong in ["first-", "first", "x", "2-first"] {
        let refused = api.get(&format!("/mails?box=outbox&after={wrong}")).await.is(422);
        assert_eq!(refused.json()["field"], "after", "{wrong}");
    }
}

/// The first and the last moment of a day on the shop's clock belong to it.
#[tokio::test(flavor = "multi_thread")]
async fn mails_of_some_days_are_those_queued_on_them_by_the_shops_clock() {
    let api = Api::start().await;
    api.account(9);
    let sql = Connection::open(api.app.data().join(FILE)).unwrap();
    let first = NaiveDate::from_ymd_opt(2026, 3, 28).unwrap();
    let midnight = |day: NaiveDate| {
        Local.from_local_datetime(&day.and_hms_opt(0, 0, 0).unwrap()).unwrap().timestamp_millis()
    };
    let (begins, ends) = (midnight(first), midnight(first + Days::new(3)));
    let mut queued = Vec::new();
    for at in [begins - 1, begins, ends - 1, ends] {
        let id = queue(&api, "anna@example.com").await;
        let row = api.app.find_mail(&id).unwrap();
        sql.execute("UPDATE mail SET created_ms = ?2 WHERE id = ?1", [row, at]).unwrap();
        queued.push(id);
    }
    let within = |from: usize, to: usize| queued[from..to].to_vec();
    for (asked, found) in [
        ("from=2026-03-28&to=2026-03-30", within(1, 3)),
        ("from=2026-03-28&to=2026-03-28", within(1, 2)),
        ("from=2026-03-28", within(1, 4)),
        ("to=2026-03-30", within(0, 3)),
        ("to=2026-03-27", within(0, 1)),
        ("from=2027-01-01", vec![]),
        ("from=-262143-01-01&to=%2B262142-12-31", queued.clone()),
    ] {
        assert_eq!(pages(&api, &format!("/mails?box=outbox&limit=1&{asked}")).await, found, "{asked}");
    }
    for id in &queued {
        api.post(&format!("/mails/{id}/cancel"), json!({})).await.is(200);
    }
    let newest_first = [queued[2].clone(), queued[1].clone()];
    for list in ["box=sent", "box=all", "box=sent&q=anna", "box=sent&state=cancelled"] {
        let path = format!("/mails?{list}&limit=1&from=2026-03-28&to=2026-03-30");
        assert_eq!(pages(&api, &path).await, newest_first, "{list}");
    }
    let refused = api.get("/mails?from=2026-03-28&to=2026-03-27").await.is(422).json();
    assert_eq!((&refused["field"], &refused["reason"]), (&json!("to"), &json!("is_before")));
    assert_eq!(api.get("/mails?from=28.03.2026").await.status, 422);
}

/// The outbox is told by its number, the mails in doubt and those kept back among it, and none that is finished.
#[tokio::test(flavor = "multi_thread")]
async fn the_status_counts_the_mails_that_the_outbox_lists() {
    let server = Scripted::start(Script::at(At::Dot, || Act::Reset)).await;
    let api = Api::delivering(server.address.port()).await;
    api.app.set_setting("uncertain_policy", "ask").unwrap();
    let doubtful = queue(&api, "anna@example.com").await;
    api.post("/queue/flush", json!({})).await.is(200);
    assert_eq!(api.get(&format!("/mails/{doubtful}")).await.json()["state"], "uncertain");
    let kept = queue(&api, "kept@example.com").await;
    api.post(&format!("/mails/{kept}/hold"), json!({})).await.is(200);
    let waits = queue(&api, "waits@example.com").await;
    let cancelled = queue(&api, "gone@example.com").await;
    api.post(&format!("/mails/{cancelled}/cancel"), json!({})).await.is(200);
    assert_eq!(pages(&api, "/mails?box=outbox").await, [doubtful, kept, waits]);
    let status = api.get("/status").await.is(200).json();
    assert_eq!((&status["outbox"], &status["waiting"], &status["held"]), (&json!(3), &json!(2), &json!(1)));
}

/// A paper's row says since when its last mail stands as it does: of one that was sent, when the last of those it
/// is for was accepted, whatever came of others later.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_tells_when_its_mail_was_accepted() {
    let server = Scripted::start(Script::new(|moment| match moment.at {
        At::Rcpt if moment.line.contains("later@") => say("450 4.2.0 greylisted"),
        _ => Act::Usual,
    }))
    .await;
    let api = Api::delivering(server.address.port()).await;
    api.app.set_setting("auto_bcc", "office@example.com").unwrap();
    let listed = async || {
        let entry = api.get("/documents").await.is(200).json()["items"][0].take();
        let path = format!("/documents/invoice/{}", entry["number"].as_str().unwrap());
        assert_eq!(api.get(&path).await.is(200).json()["mail_at"], entry["mail_at"]);
        (entry["mail"].clone(), entry["mail_at"].clone())
    };
    api.post("/documents", invoice("unmailed", false)).await.is(201);
    assert_eq!(listed().await, (json!(null), json!(null)));
    let mut asked = invoice("mailed", true);
    asked["mail"]["to"] = json!(["anna@example.com", "later@example.com"]);
    let issued = api.post("/documents", asked).await.is(201).json();
    assert_eq!(listed().await, (json!("waiting"), json!(null)));
    api.post("/queue/flush", json!({})).await.is(200);
    assert_eq!(listed().await, (json!("waiting"), json!(null)), "one of them was put off");
    let path = format!("/mails/{}", issued["mails"][0]["id"].as_str().unwrap());
    api.post(&format!("{path}/cancel"), json!({})).await.is(200);
    let sql = Connection::open(api.app.data().join(FILE)).unwrap();
    let others =
        "UPDATE recipient SET settled_ms = settled_ms + 60000 WHERE role = 'own_copy' OR state <> 'accepted'";
    assert_eq!(sql.execute(others, []).unwrap(), 2);
    let recipients = api.get(&path).await.is(200).json()["recipients"].take();
    let anna = recipients.as_array().unwrap().iter().find(|r| r["address"] == "anna@example.com").unwrap();
    assert_eq!(listed().await, (json!("sent"), anna["settled_at"].clone()));
}

/// One that a server refused is among those that need a person, until it is sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_mail_needs_a_person_until_it_is_sent_again_and_both_know_of_each_other() {
    let server = Scripted::start(Script::at(At::Rcpt, || say("550 5.1.1 no such user"))).await;
    let api = Api::delivering(server.address.port()).await;
    let mut wrong = mail("anna@exmaple.com");
    wrong["mail"]["cc"] = json!(["Ben <ben@exmaple.com>"]);
    wrong["attachments"] = json!([{ "name": "a.txt", "content": "YQ==" }]);
    let first = api.post("/mails", wrong).await.is(201).json();
    assert_eq!((&first["files"], &first["server"]), (&json!(1), &json!(null)));
    api.post("/queue/flush", json!({})).await.is(200);
    let id = first["id"].as_str().unwrap();
    assert_eq!(pages(&api, "/mails?box=needs").await, [id]);
    assert_eq!(api.get("/status").await.json()["needs"], 1);

    // What it says is written anew, with its files, for nobody yet or for those it was for.
    let draft = api.post(&format!("/mails/{id}/draft"), json!({ "for": "nobody" })).await.is(201).json();
    assert_eq!(
        (&draft["content"]["mail"]["to"], &draft["content"]["mail"]["cc"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(draft["content"]["attachments"][0]["name"], "a.txt");
    let draft = api.post(&format!("/mails/{id}/draft"), json!({ "for": "missed" })).await.is(201).json();
    assert_eq!(draft["content"]["mail"]["to"], json!(["anna@exmaple.com"]));
    assert_eq!(draft["content"]["mail"]["cc"], json!(["Ben <ben@exmaple.com>"]));
    assert_eq!(api.get("/status").await.json()["drafts"], 2);

    let to = json!({ "to": ["anna@example.com"] });
    let second = api.post(&format!("/mails/{id}/resend"), to).await.is(201).json();
    assert_eq!((&second["again_of"]["id"], &second["files"]), (&first["id"], &json!(1)));
    assert_eq!(api.get(&format!("/mails/{id}")).await.json()["again"]["id"], second["id"]);
    assert!(pages(&api, "/mails?box=needs").await.is_empty());
}
