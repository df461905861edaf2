//! The address book over HTTP: its parts and how large they are.

use serde_json::json;

use super::{Api, mail};

#[tokio::test(flavor = "multi_thread")]
async fn the_book_is_read_in_parts_and_counted() {
    let api = Api::delivering(1).await;
    for who in ["ann@example.com", "ben@example.com", "cat@shop.example"] {
        api.post("/mails", mail(who)).await.is(201);
    }
    for written in ["ann@example.com", "dan@shop.example"] {
        api.post("/contacts", json!({ "address": written, "name": "Known" })).await.is(200);
    }
    api.post("/disabled", json!({ "pattern": "@shop.example", "reason": "" })).await.is(200);
    let addresses = async |path: &str| {
        let page = api.get(path).await.is(200).json();
        let items = page["items"].as_array().unwrap().clone();
        let all: Vec<String> = items.iter().map(|c| c["address"].as_str().unwrap().to_owned()).collect();
        (all, page["next"].as_str().map(ToOwned::to_owned))
    };
    let counts = api.get("/contacts/counts").await.is(200).json();
    assert_eq!(counts, json!({ "all": 4, "automatic": 2, "disabled": 2 }));
    assert_eq!(addresses("/contacts?show=all").await.0.len(), 4);
    let (first, next) = addresses("/contacts?show=automatic&limit=1").await;
    assert_eq!(first, ["ben@example.com"], "who is written by hand came not by itself");
    let rest = format!("/contacts?show=automatic&limit=1&after={}", next.unwrap());
    assert_eq!(addresses(&rest).await, (vec!["cat@shop.example".to_owned()], None));
    assert_eq!(addresses("/contacts?show=disabled").await.0, ["cat@shop.example", "dan@shop.example"]);
    assert_eq!(addresses("/contacts?show=disabled&q=cat").await.0, ["cat@shop.example"]);
    assert!(addresses("/contacts?show=disabled&q=ann").await.0.is_empty());
    assert_eq!(api.get("/contacts?show=some").await.is(422).json()["field"], "show");
}
