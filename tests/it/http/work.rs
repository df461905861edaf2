//! A shop's work over the API, through to the mail server.

use serde_json::{Value, json};

use super::{Api, invoice, mail};
use crate::support::scripted::{Script, Scripted};

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_issued_leaves_and_is_sent_once_more_to_a_corrected_address() {
    let server = Scripted::start(Script::default()).await;
    let api = Api::delivering(server.address.port()).await;
    let issued = api.post("/documents", invoice("job-1", true)).await.is(201).json();
    let flushed = api.post("/queue/flush", json!({})).await.is(200).json();
    assert_eq!((&flushed["running"], &flushed["report"]["accepted"]), (&json!(false), &json!(1)));
    let id = issued["mails"][0]["id"].as_str().unwrap();
    let sent = api.get(&format!("/mails/{id}")).await.is(200).json();
    assert_eq!((&sent["state"], &sent["document"]), (&json!("sent"), &issued["number"]));
    let told = api.get(&format!("/mails/{id}/attempts")).await.is(200).json();
    assert!(told[0]["transcript"].as_str().unwrap().contains("MAIL FROM"), "{told}");
    let again = json!({ "to": ["Anna <anna.k@example.com>"], "client_ref": "again-1" });
    let resent = api.post(&format!("/mails/{id}/resend"), again.clone()).await.is(201).json();
    let twice = api.post(&format!("/mails/{id}/resend"), again).await.is(201).json();
    assert_eq!(resent["id"], twice["id"]);
    assert_eq!(resent["document"], issued["number"]);
    api.post("/queue/flush", json!({})).await.is(200);
    let mails = server.seen().mails.iter().map(|m| (m.to.clone(), m.text.clone())).collect::<Vec<_>>();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[1].0, ["anna.k@example.com"]);
    let second = String::from_utf8_lossy(&mails[1].1).into_owned();
    assert!(
        second.contains("To: \"Anna\" <anna.k@example.com>")
            || second.contains("To: Anna <anna.k@example.com>"),
        "{second}"
    );
    assert!(!second.contains("anna@example.com"), "the first address is still in it");
    assert!(!second.contains(sent["message_id"].as_str().unwrap()));
    let pdf = |text: &[u8]| {
        let text = String::from_utf8_lossy(text).into_owned();
        let at = text.find("application/pdf").unwrap();
        text[at..].split("\r\n\r\n").nth(1).unwrap().lines().next().unwrap().to_owned()
    };
    assert_eq!(pdf(&mails[0].1), pdf(&mails[1].1));
    let exact = api.get(&format!("/mails/{}/eml", resent["id"].as_str().unwrap())).await.is(200);
    assert_eq!(exact.body, mails[1].1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_sent_taken_back_changed_and_sent_again() {
    let server = Scripted::start(Script::default()).await;
    let api = Api::delivering(server.address.port()).await;
    api.app.set_setting("undo_seconds", "60").unwrap();
    let mut content = mail("anna@example.com");
    content["attachments"] = json!([{ "name": "list.txt", "content": "YSBsaXN0" }]);
    let draft = api.post("/drafts", content.clone()).await.is(201).json();
    let path = format!("/drafts/{}", draft["id"].as_str().unwrap());
    let listed = api.get("/drafts").await.is(200).json();
    assert!(listed["items"][0]["content"].get("attachments").is_none(), "lists carry no files");
    let sent = api.post(&format!("{path}/send"), json!({})).await.is(201).json();
    let same = api.post(&format!("{path}/send"), json!({})).await.is(201).json();
    assert_eq!((&sent["id"], &sent["reason"]), (&same["id"], &json!("undo")));
    assert!(api.get("/drafts").await.is(200).json()["items"].as_array().unwrap().is_empty());
    let mail_path = format!("/mails/{}", sent["id"].as_str().unwrap());
    let undone = api.post(&format!("{mail_path}/undo"), json!({})).await.is(200).json();
    assert_eq!((&undone["mail"]["state"], &undone["draft"]), (&json!("cancelled"), &draft["id"]));
    content["mail"]["to"] = json!(["bob@example.com"]);
    api.ask("PUT", &path, Some(&content)).await.is(200);
    let second = api.post(&format!("{path}/send"), json!({})).await.is(201).json();
    assert_ne!(second["id"], sent["id"]);
    api.post("/queue/flush", json!({})).await.is(200);
    let mails = server.seen().mails.iter().map(|m| m.to.clone()).collect::<Vec<_>>();
    assert_eq!(mails, [["bob@example.com"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_carries_the_files_and_the_document_that_came_with_it() {
    let server = Scripted::start(Script::default()).await;
    let api = Api::delivering(server.address.port()).await;
    let number = api.post("/documents", invoice("d", false)).await.is(201).json()["number"].clone();
    let mut wanted = mail("anna@example.com");
    wanted["document"] = number.clone();
    wanted["attachments"] = json!([{ "name": "photo.jpg", "content": "/9j/4AAQ" }]);
    api.post("/mails", wanted.clone()).await.is(201);
    wanted["attachments"][0]["content"] = "not base64!".into();
    assert_eq!(api.post("/mails", wanted.clone()).await.is(422).json()["field"], "attachments[0].content");
    wanted["document"] = "INV-1900-0001".into();
    wanted["attachments"] = json!([]);
    assert_eq!(api.post("/mails", wanted).await.is(404).key(), "not_found");
    api.post("/queue/flush", json!({})).await.is(200);
    let text = String::from_utf8_lossy(&server.seen().mails[0].text).into_owned();
    assert!(text.contains(&format!("filename=\"{}.pdf\"", number.as_str().unwrap())));
    assert!(text.contains("filename=\"photo.jpg\"") && text.contains("/9j/4AAQ"));
}

/// A program is the user its API password is named after, where an account carries that user's mails.
#[tokio::test(flavor = "multi_thread")]
async fn a_programs_mails_leave_by_the_account_that_carries_them() {
    let api = Api::start().await;
    api.account(1);
    let second = crate::till::plain_account("second", 1);
    api.app.set_account(tillpost::app::AccountInput { account: second, secret: None }).unwrap();
    let mail = |user: Option<&str>, client_ref: &str| {
        let mut mail = json!({ "to": ["anna@example.com"], "subject": "s", "text": "t" });
        if let Some(user) = user {
            mail["user"] = user.into();
        }
        json!({ "client_ref": client_ref, "mail": mail })
    };
    let account =
        async |body: Value| api.post("/mails", body).await.json()["account"].as_str().unwrap().to_owned();
    assert_eq!(account(mail(None, "1")).await, "default", "nobody carries the program's");
    api.ask("PUT", "/accounts/second/carries", Some(&json!({ "users": ["test"] }))).await;
    assert_eq!(account(mail(None, "2")).await, "second");
    assert_eq!(account(mail(Some("anna"), "3")).await, "default", "who names a user is not asked who asks");
    assert_eq!(account(mail(None, "1")).await, "default", "asked again, it is the same mail");
    let mut document = crate::program::invoice();
    document["mail"] = json!({ "to": ["anna@example.com"] });
    assert_eq!(api.post("/documents", document).await.json()["mails"][0]["account"], "second");
    let drafted = async |user: Option<&str>| {
        let draft = api.post("/drafts", json!({ "mail": mail(user, "")["mail"] })).await.is(201).json();
        let sent = api.post(&format!("/drafts/{}/send", draft["id"].as_str().unwrap()), json!({})).await;
        sent.is(201).json()["account"].as_str().unwrap().to_owned()
    };
    assert_eq!(drafted(None).await, "second");
    assert_eq!(drafted(Some("anna")).await, "default");
}

/// Half a paper outlives the screen it is written on: whole, for a week, and no longer than its person wants.
#[tokio::test(flavor = "multi_thread")]
async fn a_paper_that_is_being_written_is_kept_for_a_week() {
    let api = Api::start().await;
    let path = |n: u8| format!("/forms/00000000-0000-4000-8000-{n:012}");
    let form = |email: &str| {
        let content =
            json!({ "form": { "buyer": { "email": email }, "job": { "photos": ["x".repeat(100_000)] } } });
        json!({ "kind": "job_card", "buyer": "Zofie", "content": content })
    };
    api.ask("PUT", &path(1), Some(&form("anna@example.com"))).await.is(204);
    api.ask("PUT", &path(2), Some(&form("x@example.com"))).await.is(204);
    let begun = api.get(&path(2)).await.is(200).json();
    api.ask("PUT", &path(2), Some(&form("zofie@example.com"))).await.is(204);
    let now = api.get(&path(2)).await.is(200).json();
    assert_eq!(now["content"], form("zofie@example.com")["content"]);
    assert_eq!(now["created_at"], begun["created_at"]);
    let list = api.get("/forms").await.is(200).json();
    assert_eq!((list[0]["buyer"].as_str(), &list[0]["content"]), (Some("Zofie"), &Value::Null));
    // Whoever asks for their data to go is asked about it too.
    let about = api.get("/contacts/anna@example.com/data").await.is(200).json();
    assert_eq!(about["removed"], json!(["drafts that name them: 1"]));
    api.ask("DELETE", "/contacts/anna@example.com/data", None).await.is(200);
    assert_eq!(api.get(&path(1)).await.is(404).key(), "not_found");
    // Nobody went on with it for a week.
    let sql = rusqlite::Connection::open(api.app.data().join(tillpost::store::FILE_NAME)).unwrap();
    sql.execute("UPDATE form SET changed_ms = changed_ms - 7 * 24 * 3600000 - 1000", []).unwrap();
    assert_eq!(api.get("/forms").await.is(200).json(), json!([]));
    api.ask("PUT", &path(3), Some(&form("c@example.com"))).await.is(204);
    let left: i64 = sql.query_row("SELECT count(*) FROM form", [], |r| r.get(0)).unwrap();
    assert_eq!(left, 1);
    for (field, value) in
        [("kind", "letter".to_owned()), ("number", "1".repeat(201)), ("buyer", "a".repeat(201))]
    {
        let mut wrong = form("c@example.com");
        wrong[field] = json!(value);
        assert_eq!(api.ask("PUT", &path(3), Some(&wrong)).await.is(422).json()["field"], field);
    }
}
