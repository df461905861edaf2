//! What screens ask beside documents and mails: the folder, the copies, a period's files, switches.

use std::io::{Cursor, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Api, invoice, mail};
use crate::intake::PDF;

/// Visits all of it once.
pub async fn visit(api: &Api) {
    folder(api).await;
    drafts_of_files(api).await;
    period(api).await;
    let off = api.post("/accounts/default/disable", json!({})).await.is(200).json();
    assert_eq!(off["enabled"], false);
    assert_eq!(api.post("/mails", mail("off@example.com")).await.is(201).json()["reason"], "account_off");
    assert_eq!(api.post("/accounts/default/enable", json!({})).await.is(200).json()["enabled"], true);
    assert_eq!(api.post("/accounts/none/enable", json!({})).await.is(404).key(), "not_found");
    api.post("/contacts", json!({ "address": "amt@example.com" })).await.is(200);
    let form = json!({ "e_invoice": "xrechnung" });
    let wants = api.ask("PUT", "/contacts/amt@example.com/e-invoice", Some(&form)).await.is(200).json();
    assert_eq!(wants["e_invoice"], "xrechnung");
    let none = json!({ "e_invoice": null });
    api.ask("PUT", "/contacts/amt@example.com/e-invoice", Some(&none)).await.is(200);
    assert_eq!(api.get("/contacts/amt@example.com").await.json()["e_invoice"], Value::Null);
    let wrong = json!({ "e_invoice": "fax" });
    let wrong = api.ask("PUT", "/contacts/amt@example.com/e-invoice", Some(&wrong)).await.is(422).json();
    assert_eq!(wrong["field"], "e_invoice");
    api.get("/log").await.is(200);
    api.post("/backups", json!({})).await.is(201);
    let copies = api.get("/backups").await.is(200).json();
    assert!(
        copies["data_bytes"].as_u64().unwrap() > 0 && copies["backups"][0]["bytes"].as_u64().unwrap() > 0
    );
    let name = copies["backups"][0]["name"].as_str().unwrap();
    let again = format!("/backups/{name}/restore");
    api.post(&again, json!({})).await.is(204);
    assert_eq!(api.post(&again, json!({})).await.is(409).json()["reason"], "a_copy_is_being_put");
    assert_eq!(api.post("/backups/..%2Ftillpost.db/restore", json!({})).await.is(404).key(), "not_found");
    let access = api.get("/access").await.is(200).json();
    assert_eq!(access["listening"], json!([format!("http://{}", api.address)]));
    assert_eq!(access["reachable"], false);
    let own = json!({ "subject": "{{ kind }}", "text": "x" });
    let tried = api.post("/templates/check?kind=job_card&language=de", own).await.is(200).json();
    assert_eq!(tried["subject"], "Reparaturauftrag");
    changed_elsewhere(api).await;
}

/// A document that was paid at the till: the mail that asks for the money waits for a word.
async fn changed_elsewhere(api: &Api) {
    api.post("/queue/pause", json!({})).await.is(204);
    let issued = api.post("/documents", invoice("paid-meanwhile", true)).await.is(201).json();
    let number = issued["number"].as_str().unwrap();
    let held = api.post(&format!("/documents/invoice/{number}/changed"), json!({})).await.is(200).json();
    assert_eq!(held["held"], 1);
    let found = api.get(&format!("/documents/invoice/{number}")).await.is(200).json();
    assert_eq!((&found["mail"], &found["mails"][0]["reason"]), (&json!("held"), &json!("document_changed")));
    assert_eq!(found["posting_state"], Value::Null);
    let gone = api.post("/documents/invoice/none/changed", json!({})).await.is(404);
    assert_eq!(gone.key(), "not_found");
    api.post("/queue/resume", json!({})).await.is(204);
}

/// A file that names nobody becomes a draft, with its PDF and its words; what is no mail does not.
async fn drafts_of_files(api: &Api) {
    let outbox = api.app.outbox();
    let intake = tillpost::app::Intake::open(&api.app).unwrap();
    let words = json!({ "mail": { "to": [], "subject": "Your scan", "text": "Here it is.\n" }, "attachments": ["list.pdf"] });
    std::fs::write(outbox.join("list.pdf"), PDF).unwrap();
    std::fs::write(outbox.join("scan.pdf"), PDF).unwrap();
    std::fs::write(outbox.join("scan.json"), words.to_string()).unwrap();
    std::fs::write(outbox.join("letter.json"), r#"{"kind": "letter"}"#).unwrap();
    let mut refused = 0;
    while refused < 2 {
        refused += intake.scan().unwrap().len();
    }
    let seen = api.get("/folder").await.is(200).json();
    let writable = |name: &str| {
        let files = seen["failed"].as_array().unwrap();
        files.iter().find(|f| f["name"] == name).unwrap()["writable"].as_bool().unwrap()
    };
    assert!(writable("scan") && !writable("letter"), "{seen}");
    let draft = api.post("/folder/failed/scan/draft", json!({})).await.is(201).json();
    assert_eq!(draft["content"]["mail"]["subject"], "Your scan");
    let files = draft["content"]["attachments"].as_array().unwrap();
    let names: Vec<&str> = files.iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["scan.pdf", "list.pdf"]);
    assert!(files.iter().all(|f| f["content"] == STANDARD.encode(PDF)), "{draft}");
    assert!(outbox.join("failed/done/scan.pdf").exists() && !outbox.join("failed/scan.pdf").exists());
    for name in ["scan", "letter", "..%2Fscan"] {
        let gone = api.post(&format!("/folder/failed/{name}/draft"), json!({})).await.is(404);
        assert_eq!(gone.key(), "not_found");
    }
    api.ask("DELETE", "/folder/failed/letter", None).await.is(200);
}

/// A file that could not be taken is tried again when it was mended, or set aside; nothing is deleted.
async fn folder(api: &Api) {
    let outbox = api.app.outbox();
    let intake = tillpost::app::Intake::open(&api.app).unwrap();
    for name in ["one", "two"] {
        std::fs::write(outbox.join(format!("{name}.json")), r#"{"kind": "letter"}"#).unwrap();
    }
    let mut refused = 0;
    while refused < 2 {
        refused += intake.scan().unwrap().len();
    }
    let seen = api.get("/folder").await.is(200).json();
    assert_eq!(seen["failed"].as_array().unwrap().len(), 2, "{seen}");
    assert!(seen["failed"][0]["at"].is_string() && seen["last_taken"].is_null(), "{seen}");
    let good = json!({ "mail": { "to": ["a@example.com"], "subject": "x", "text": "y" } });
    std::fs::write(outbox.join("failed/one.json"), good.to_string()).unwrap();
    let left = api.post("/folder/failed/one/retry", json!({})).await.is(200).json();
    assert_eq!(left["failed"].as_array().unwrap().len(), 1, "{left}");
    assert!(outbox.join("one.json").exists() && outbox.join("failed/done/one.error.txt").exists());
    while outbox.join("one.json").exists() {
        intake.scan().unwrap();
    }
    let left = api.ask("DELETE", "/folder/failed/two", None).await.is(200).json();
    assert_eq!(left["failed"], json!([]));
    assert_eq!(left["last_taken"]["name"], "one.json");
    assert!(left["last_taken"]["mail"].is_string(), "{left}");
    assert!(outbox.join("failed/done/two.json").exists());
    for name in ["two", "..%2Ftwo", "web%2Ftwo", "%2E%2E"] {
        let gone = api.post(&format!("/folder/failed/{name}/retry"), json!({})).await.is(404);
        assert_eq!(gone.key(), "not_found");
    }
}

/// The files of a period: the table, the pages, and the data inside a page beside it.
async fn period(api: &Api) {
    let mut german = invoice("factur-x", false);
    german["language"] = "de".into();
    german["currency"] = "EUR".into();
    german["supply_date"] = "2026-10-20".into();
    german["issue_date"] = "2026-10-21".into();
    german["due_date"] = "2026-11-05".into();
    german["seller"] = json!({ "name": "Fahrrad Müller", "tax_id": "DE123456788", "phone": "+49 30 123",
        "email": "hallo@mueller.example", "iban": "DE89370400440532013000",
        "electronic_address": { "scheme": "9930", "id": "DE123456788" },
        "address": { "lines": ["Hauptstraße 1"], "postcode": "10115", "city": "Berlin", "country": "DE" } });
    german["buyer"] = json!({ "name": "Stadt Beispielhausen", "e_invoice": "factur_x",
        "address": { "lines": ["Rathaus"], "postcode": "54321", "city": "Beispielhausen", "country": "DE" } });
    german["lines"][0]["tax"]["rate"] = "19".into();
    let number = api.post("/documents", german).await.is(201).json()["number"].as_str().unwrap().to_owned();
    let all = api.get("/export?from=2026-10-01&to=2026-10-31").await.is(200);
    assert_eq!(all.header("content-type"), Some("application/zip"));
    let files = unpacked(&all.unchunked());
    let name = format!("invoice-{number}");
    let names: Vec<&str> = files.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(names, [format!("{name}.xml"), format!("{name}.pdf"), "documents.csv".to_owned()]);
    assert!(files[0].1.starts_with(b"<?xml") && files[1].1.starts_with(b"%PDF-"));
    let told = String::from_utf8(files[0].1.clone()).unwrap();
    assert!(told.contains("CrossIndustryInvoice") && told.contains(&number), "{told}");
    let table = api.get("/export?from=2026-10-01&to=2026-10-31&part=table").await.is(200);
    assert_eq!((table.header("content-type"), &table.body), (Some("text/csv"), &files[2].1));
    let only = api.get("/export?from=2026-10-01&to=2026-10-31&part=e_invoices").await.is(200);
    assert_eq!(unpacked(&only.unchunked()).len(), 1);
    let none = api.get("/export?from=2026-10-01&to=2026-10-31&channel=web").await.is(200);
    assert_eq!(unpacked(&none.unchunked()).len(), 1, "an empty table is all there is of another channel");
    let wrong = api.get("/export?from=2026-11-01&to=2026-10-31").await.is(422).json();
    assert_eq!(wrong["field"], "to");
    api.get("/export?from=2026-13-01&to=2026-10-31").await.is(422);
}

fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|i| {
            let mut file = archive.by_index(i).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}
