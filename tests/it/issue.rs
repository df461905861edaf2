//! Issuing a document: number, PDF and mail appear together or not at all.

use std::collections::HashSet;

use mail_parser::{MessageParser, MimeHeaders};
use serde_json::{Value, json};
use tillpost::app::{Issued, Kind};

use crate::program::invoice;
use crate::till::Till;

fn with(key: &str, value: Value) -> Value {
    let mut document = invoice();
    document[key] = value;
    document
}

fn mailed() -> Value {
    with("mail", json!({ "to": ["Anna <anna@example.com>"] }))
}

fn number(till: &Till, document: &Value) -> String {
    till.issue(document).unwrap().document.number
}

fn bad(till: &Till, document: &Value, wanted: &str) {
    let error = till.issue(document).unwrap_err();
    assert_eq!(error.kind(), Kind::BadInput, "{error}");
    assert!(error.to_string().contains(wanted), "{error}");
}

/// How many rows each table has that a document fills.
fn rows(till: &Till) -> Vec<i64> {
    let sql = rusqlite::Connection::open(till.app.data().join("tillpost.db")).unwrap();
    ["document", "document_pdf", "number_series", "mail", "mime", "recipient", "contact"]
        .map(|table| sql.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).unwrap())
        .to_vec()
}

#[test]
fn numbers_follow_each_other_whatever_fails_in_between() {
    let till = Till::at(9);
    assert_eq!(number(&till, &mailed()), "INV-2026-0001");
    let stored = rows(&till);
    let mut unprintable = mailed();
    // The number is taken before the paper is drawn: the last thing drawn is what fails here.
    unprintable["notes"] = json!(["fine", "also fine", "漢"]);
    unprintable["buyer"] = json!({ "name": "New", "email": "new@example.com" });
    bad(&till, &unprintable, "U+6F22");
    bad(&till, &with("mail", json!({ "to": ["x@example.com"], "account": "nowhere" })), "mail.account");
    bad(&till, &with("mail", json!({ "to": [] })), "mail.to");
    bad(&till, &with("totals", json!({ "payable": "1.00" })), "totals.payable");
    bad(&till, &with("issue_date", json!("2026-13-01")), "issue_date");
    assert_eq!(rows(&till), stored, "something of a refused document was kept");
    assert_eq!(number(&till, &mailed()), "INV-2026-0002");
}

#[test]
fn every_kind_and_year_counts_for_itself() {
    let till = Till::at(9);
    let offer = with("kind", json!("offer"));
    let last_year = with("issue_date", json!("2025-12-31"));
    for (document, wanted) in [
        (&invoice(), "INV-2026-0001"),
        (&offer, "OF-2026-0001"),
        (&invoice(), "INV-2026-0002"),
        (&last_year, "INV-2025-0001"),
        (&offer, "OF-2026-0002"),
        (&last_year, "INV-2025-0002"),
        (&invoice(), "INV-2026-0003"),
    ] {
        assert_eq!(number(&till, document), wanted);
    }
}

#[test]
fn a_number_given_by_hand_is_taken_once_and_passed_over_later() {
    let till = Till::at(9);
    assert_eq!(number(&till, &with("number", json!("INV-2026-0002"))), "INV-2026-0002");
    assert_eq!(number(&till, &with("number", json!("2026/17 B"))), "2026/17 B");
    let error = till.issue(&with("number", json!("INV-2026-0002"))).unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict, "{error}");
    assert!(error.to_string().contains("INV-2026-0002"), "{error}");
    assert_eq!(number(&till, &invoice()), "INV-2026-0001");
    assert_eq!(number(&till, &invoice()), "INV-2026-0003", "the number taken by hand is not given again");
    let mut offer = with("kind", json!("offer"));
    offer["number"] = json!("INV-2026-0002");
    assert_eq!(number(&till, &offer), "INV-2026-0002", "another kind has its own numbers");
}

#[test]
fn the_same_reference_is_the_same_document_and_one_mail() {
    let till = Till::at(9);
    let mut document = mailed();
    document["client_ref"] = json!("sale-4711");
    let first = till.issue(&document).unwrap();
    let again = till.issue(&document).unwrap();
    assert_eq!((first.repeated, again.repeated), (false, true));
    assert_eq!(first.document.number, again.document.number);
    assert_eq!(first.mails[0].message_id, again.mails[0].message_id);
    assert_eq!(till.app.mails(true, None).unwrap().len(), 1);
    document["notes"] = json!(["one more thing"]);
    let error = till.issue(&document).unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict, "{error}");
    assert!(error.to_string().contains("INV-2026-0001"), "{error}");
    assert_eq!(till.app.mails(true, None).unwrap().len(), 1);
}

#[test]
fn one_reference_from_eight_threads_at_once_is_one_document_and_one_mail() {
    let till = Till::at(9);
    let mut document = mailed();
    document["client_ref"] = json!("sale-1");
    let start = std::sync::Barrier::new(8);
    let issued: Vec<Issued> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    till.issue(&document).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(issued.iter().filter(|i| !i.repeated).count(), 1);
    let numbers: HashSet<_> = issued.iter().map(|i| i.document.number.clone()).collect();
    assert_eq!(numbers, HashSet::from(["INV-2026-0001".to_owned()]));
    // A mail's bytes: what stands before its PDF, the PDF, what stands after it.
    assert_eq!(rows(&till), [1, 1, 1, 1, 3, 1, 1]);
}

#[test]
fn eight_threads_at_once_get_numbers_without_gap_or_double() {
    let till = Till::at(9);
    let start = std::sync::Barrier::new(8);
    let mut numbers: Vec<String> = std::thread::scope(|scope| {
        let issue_five = || {
            start.wait();
            let mut given = Vec::new();
            for n in 0..5 {
                if n == 2 {
                    bad(&till, &with("notes", json!(["漢"])), "U+6F22");
                }
                given.push(number(&till, &invoice()));
            }
            given
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(issue_five)).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    numbers.sort();
    let wanted: Vec<String> = (1..=40).map(|n| format!("INV-2026-{n:04}")).collect();
    assert_eq!(numbers, wanted);
}

#[test]
fn the_mail_carries_the_stored_pdf_to_the_last_byte() {
    let till = Till::at(9);
    let mut document = mailed();
    document["buyer"]["name"] = json!("Łucja Müller");
    let issued = till.issue(&document).unwrap();
    let mut bytes = Vec::new();
    till.app.export(issued.mails[0].id, &mut bytes).unwrap();
    let message = MessageParser::default().parse(&bytes).unwrap();
    let attached: Vec<_> = message.attachments().collect();
    assert_eq!(attached.len(), 1);
    assert_eq!(attached[0].attachment_name(), Some("INV-2026-0001.pdf"));
    let stored = till.app.pdf("INV-2026-0001").unwrap();
    assert!(attached[0].contents() == stored, "the mailed PDF is not the stored one");
    assert!(stored.starts_with(b"%PDF-"));
    assert_eq!(message.message_id(), Some(issued.mails[0].message_id.as_str()));
    assert_eq!(issued.mails[0].document_number.as_deref(), Some("INV-2026-0001"));
}

#[test]
fn what_was_issued_stays_when_shop_settings_and_account_change() {
    let till = Till::at(9);
    let issued = till.issue(&mailed()).unwrap();
    let export = || {
        let mut bytes = Vec::new();
        till.app.export(issued.mails[0].id, &mut bytes).unwrap();
        (bytes, till.app.pdf("INV-2026-0001").unwrap())
    };
    let before = export();
    till.app.set_setting("language", "de").unwrap();
    till.app.set_setting("auto_bcc", "boss@example.com").unwrap();
    till.app
        .set_shop(&tillpost::wire::PartyShape { name: "Another Shop".into(), ..Default::default() })
        .unwrap();
    till.account(10);
    assert!(export() == before);
    assert_eq!(till.mail(issued.mails[0].id).recipients.len(), 1);
}

#[test]
fn without_a_seller_there_is_no_document_until_the_shop_has_a_name() {
    let till = Till::at(9);
    let mut document = invoice();
    document.as_object_mut().unwrap().remove("seller");
    bad(&till, &document, "seller: nobody is named");
    till.app.set_shop(&tillpost::wire::PartyShape { name: "Corner".into(), ..Default::default() }).unwrap();
    assert_eq!(number(&till, &document), "INV-2026-0001");
}

#[test]
fn a_mail_that_names_nobody_goes_to_the_buyer() {
    let till = Till::at(9);
    let mut document = with("mail", json!({}));
    document["buyer"]["email"] = json!("Anna@Example.com");
    let issued = till.issue(&document).unwrap();
    let to: Vec<_> = issued.mails[0].recipients.iter().map(|r| r.address.clone()).collect();
    assert_eq!(to, ["Anna@example.com"]);
}
