//! Channels: the rules of the place a document comes from, on the command line, in files and over HTTP.

use serde_json::{Value, json};
use tillpost::app::{AccountInput, Intake, Kind};
use tillpost::wire::ChannelRequest;

use crate::http::Api;
use crate::program::run;
use crate::support::kashflow::KashFlow;
use crate::till::Till;

fn invoice(channel: &str) -> Value {
    json!({
        "kind": "invoice", "channel": channel, "issue_date": "2026-11-21", "currency": "GBP",
        "seller": { "name": "Shop" }, "buyer": { "name": "Anna", "email": "anna@example.com" },
        "lines": [{ "description": "Tube", "quantity": "2", "unit_price": "6.00",
                    "tax": { "category": "S", "rate": "20" } }],
        "mail": { "to": ["anna@example.com"] }
    })
}

#[test]
fn a_channel_has_its_own_words_copies_and_silence() {
    let till = Till::at(9);
    let web = ChannelRequest {
        subject: Some("From the web shop: {{ number }}".into()),
        text: Some("Thank you, {{ buyer }}.\n".into()),
        copies: vec!["web@shop.example".into()],
        ..ChannelRequest::default()
    };
    till.app.set_channel("web", web).unwrap();
    let market = ChannelRequest { mail: Some(false), ..ChannelRequest::default() };
    till.app.set_channel("market", market).unwrap();
    let issued = till.issue(&invoice("web")).unwrap();
    assert_eq!(issued.mails[0].subject, "From the web shop: INV-2026-0001");
    let mut to: Vec<_> = issued.mails[0].recipients.iter().map(|r| r.address.clone()).collect();
    to.sort();
    assert_eq!(to, ["anna@example.com", "web@shop.example"]);
    assert!(till.issue(&invoice("market")).unwrap().mails.is_empty());
    let error = till.issue(&invoice("nowhere")).unwrap_err();
    assert_eq!((error.kind(), error.to_string().starts_with("channel:")), (Kind::BadInput, true), "{error}");
}

#[test]
fn what_a_channel_cannot_be_is_refused_by_field() {
    let till = Till::at(9);
    for (field, wrong) in [
        ("subject", json!({ "subject": "{{ nothing }}" })),
        ("copies[0]", json!({ "copies": ["nobody"] })),
        ("folder", json!({ "folder": "../elsewhere" })),
        ("folder", json!({ "folder": "queued" })),
        ("account", json!({ "account": "other" })),
        ("integration", json!({ "integration": "none" })),
        ("export_orders", json!({ "export_orders": true })),
        ("bank_account", json!({ "bank_account": 1 })),
    ] {
        let request: ChannelRequest = serde_json::from_value(wrong).unwrap();
        let error = till.app.set_channel("web", request).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{field}:")), "{error}");
    }
    assert!(till.app.channels().unwrap().is_empty());
}

#[test]
fn what_lies_in_a_channels_folder_comes_by_that_channel() {
    let till = Till::at(9);
    let web = ChannelRequest { folder: Some("web".into()), mail: Some(false), ..ChannelRequest::default() };
    till.app.set_channel("web", web).unwrap();
    let mut file = invoice("web");
    file.as_object_mut().unwrap().remove("channel");
    let folder = till.app.outbox().join("web");
    std::fs::write(folder.join("a.json"), file.to_string()).unwrap();
    file["channel"] = "counter".into();
    std::fs::write(folder.join("b.json"), file.to_string()).unwrap();
    let intake = Intake::open(&till.app).unwrap();
    let mut taken = Vec::new();
    while taken.len() < 2 {
        taken.extend(intake.scan().unwrap());
    }
    assert!(folder.join("queued/a.json").exists() && folder.join("failed/b.error.txt").exists(), "{taken:?}");
    let stored = till.app.document(tillpost::domain::document::Kind::Invoice, "INV-2026-0001", None).unwrap();
    assert_eq!((stored.content.channel.as_deref(), stored.mails.len()), (Some("web"), 0));
}

#[test]
fn a_period_is_exported_with_sums_pages_and_e_invoices() {
    let till = Till::at(9);
    for channel in ["web", "counter"] {
        till.app.set_channel(channel, ChannelRequest::default()).unwrap();
        till.issue(&invoice(channel)).unwrap();
    }
    let mut other = invoice("web");
    other["issue_date"] = "2026-12-01".into();
    other["buyer"]["name"] = "=HYPERLINK(\"x\")".into();
    till.issue(&other).unwrap();
    let mut corrected = invoice("web");
    (corrected["number"], corrected["version"]) = ("INV-2026-0001".into(), 2.into());
    corrected["lines"][0]["quantity"] = "3".into();
    till.issue(&corrected).unwrap();
    let data = till.app.data().to_owned();
    let target = till.folder.path().join("export");
    let args =
        ["export", "--from", "2026-11-01", "--to", "2026-11-30", "-o", target.to_str().unwrap(), "--json"];
    assert_eq!(run(&data, &args).ok().json()["documents"], 2);
    let table = std::fs::read_to_string(target.join("documents.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(
        lines[1].starts_with(
            "invoice,INV-2026-0001,2,2026-11-21,,web,Anna,anna@example.com,,GBP,S,20,18.00,3.60,21.60,0.00"
        ),
        "{table}"
    );
    assert!(std::fs::read(target.join("invoice-INV-2026-0002.pdf")).unwrap().starts_with(b"%PDF"));
    assert_eq!(run(&data, &args).code, 2, "into a folder that holds something");
    let all = till.folder.path().join("december");
    let args = ["export", "--from", "2026-12-01", "--to", "2026-12-31", "-o", all.to_str().unwrap()];
    run(&data, &args).ok();
    assert!(std::fs::read_to_string(all.join("documents.csv")).unwrap().contains("'=HYPERLINK"));
}

#[test]
fn a_channel_is_set_up_on_the_command_line_and_keeps_what_is_not_named() {
    let till = Till::at(9);
    let data = till.app.data().to_owned();
    run(&data, &["channels", "set", "web", "--folder", "web", "--copies", "a@shop.example,b@shop.example"])
        .ok();
    let shown =
        run(&data, &["channels", "set", "web", "--mail", "off", "--copies", "", "--json"]).ok().json();
    assert_eq!((&shown["folder"], &shown["mail"], shown.get("copies")), (&json!("web"), &json!(false), None));
    assert!(run(&data, &["channels", "list"]).ok().out.contains("web"));
    assert_eq!(run(&data, &["accounting", "test", "books"]).code, 3);
    run(&data, &["channels", "remove", "web"]).ok();
    assert_eq!(run(&data, &["channels", "show", "web"]).code, 3);
}

#[tokio::test]
async fn channels_and_profiles_are_steered_over_http() {
    let api = Api::start().await;
    let set = api.ask("PUT", "/channels/web", Some(&json!({ "mail": false }))).await.is(200).json();
    assert_eq!((&set["name"], &set["mail"]), (&json!("web"), &json!(false)));
    assert_eq!(
        api.ask("PUT", "/channels/web", Some(&json!({ "export_orders": true }))).await.is(422).json()["field"],
        "export_orders"
    );
    let mut first = invoice("web");
    first["number"] = "WEB-1".into();
    let issued = api.post("/documents", first).await.is(201).json();
    assert_eq!((issued["mails"].as_array().unwrap().len(), &issued["posting"]), (0, &Value::Null));
    api.get("/channels").await.is(200);
    api.get("/channels/web").await.is(200);
    api.get("/integrations/books").await.is(404);
    assert_eq!(api.get("/postings").await.is(200).json()["items"], json!([]));
    let books = KashFlow::start().await;
    let wanted = json!({ "package": "kashflow", "user": "shop", "password": "secret-horse",
                         "endpoint": books.endpoint(), "secret_place": "file" });
    let kept = api.ask("PUT", "/integrations/books", Some(&wanted)).await.is(200);
    assert!(!kept.text().contains("secret-horse"), "{}", kept.text());
    let lists = api.post("/integrations/books/test", json!({})).await.is(200).json();
    assert_eq!(lists["customer_sources"][0]["name"], "Counter");
    assert_eq!(api.get("/integrations/books/choices").await.is(200).json(), lists);
    api.get("/integrations").await.is(200);
    let packages = api.get("/integration-packages").await.is(200).json();
    assert_eq!((&packages[0]["id"], &packages[0]["title"]), (&kept.json()["package"], &kept.json()["title"]));
    api.get("/integrations/books").await.is(200);
    api.post("/integrations/books/remote-login", json!({})).await.is(200);
    api.post("/integrations/books/allow-address", json!({ "key": "1234ABCD-1234" })).await.is(204);
    assert_eq!(api.post("/integrations/books/disable", json!({})).await.is(200).json()["enabled"], false);
    api.post("/integrations/books/enable", json!({})).await.is(200);
    let posts = json!({ "integration": "books", "export_orders": true, "customer_source": 7 });
    api.ask("PUT", "/channels/web", Some(&posts)).await.is(200);
    api.account(9);
    let issued = api.post("/documents", invoice("web")).await.is(201).json();
    assert_eq!(issued["posting"]["state"], "waiting");
    let posting = format!("/postings/{}", issued["posting"]["id"]);
    api.get(&posting).await.is(200);
    assert_eq!(api.ask("DELETE", "/integrations/books", None).await.is(409).key(), "conflict");
    assert_eq!(api.ask("DELETE", "/channels/web", None).await.is(409).key(), "conflict");
    assert_eq!(api.post(&format!("{posting}/retry"), json!({})).await.is(200).json()["state"], "waiting");
    assert_eq!(api.post(&format!("{posting}/cancel"), json!({})).await.is(200).json()["state"], "cancelled");
    api.ask("DELETE", "/integrations/books", None).await.is(204);
    api.ask("DELETE", "/channels/web", None).await.is(204);
}

#[test]
fn a_message_in_a_channels_folder_keeps_the_rules_of_the_channel() {
    let till = Till::at(9);
    let other = crate::till::plain_account("web", 10);
    till.app.set_account(AccountInput { account: other, secret: None }).unwrap();
    let web = ChannelRequest {
        folder: Some("web".into()),
        account: Some("web".into()),
        copies: vec!["copy@shop.example".into(), "off@shop.example".into()],
        ..ChannelRequest::default()
    };
    till.app.set_channel("web", web).unwrap();
    till.app.disable("off@shop.example", "left").unwrap();
    let silent =
        ChannelRequest { folder: Some("silent".into()), mail: Some(false), ..ChannelRequest::default() };
    till.app.set_channel("silent", silent).unwrap();
    let eml =
        "From: shop@example.com\r\nTo: anna@example.com\r\nSubject: From the web shop\r\n\r\nHello.\r\n";
    let json = r#"{"mail": {"to": ["bert@example.com"], "subject": "By file", "text": "Hello."}}"#;
    for (name, text) in [("web/a.eml", eml), ("web/b.json", json), ("silent/c.eml", eml)] {
        std::fs::write(till.app.outbox().join(name), text).unwrap();
    }
    let intake = Intake::open(&till.app).unwrap();
    let mut taken = Vec::new();
    while taken.len() < 3 {
        taken.extend(intake.scan().unwrap());
    }
    let mails = till.app.mails(true, None).unwrap();
    assert_eq!(mails.len(), 2, "{taken:?}");
    for mail in &mails {
        assert_eq!(mail.account, "web", "{}", mail.subject);
        let to: Vec<&str> = mail.recipients.iter().map(|r| r.address.as_str()).collect();
        assert!(to.contains(&"copy@shop.example") && !to.contains(&"off@shop.example"), "{to:?}");
    }
    let refused = std::fs::read_to_string(till.app.outbox().join("silent/failed/c.error.txt")).unwrap();
    assert!(refused.contains("The channel \"silent\" sends no mails"), "{refused}");
}

#[test]
fn the_copies_of_a_channel_are_the_shops_own_for_its_mail_files_too() {
    let till = Till::at(9);
    let web = ChannelRequest {
        folder: Some("web".into()),
        copies: vec!["boss@shop.example".into()],
        ..ChannelRequest::default()
    };
    till.app.set_channel("web", web).unwrap();
    let json = r#"{"mail": {"to": ["anna@example.com", "bert@example.com"], "subject": "s", "text": "t", "individually": true}, "attachments": []}"#;
    std::fs::write(till.app.outbox().join("web/m.json"), json).unwrap();
    let intake = Intake::open(&till.app).unwrap();
    assert_eq!(intake.scan().unwrap().len(), 1);
    let mails = till.app.mails(true, None).unwrap();
    assert_eq!(mails.len(), 2, "the shop gets no message of its own");
    let copies = mails.iter().flat_map(|m| &m.recipients).filter(|r| r.address == "boss@shop.example");
    assert_eq!(copies.count(), 1);
    let known = till.app.contacts("", 100).unwrap();
    assert!(known.iter().all(|contact| contact.address != "boss@shop.example"), "{known:?}");
}
