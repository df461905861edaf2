//! A shop's day with a real Postfix: many mails, the running service, blind copies, the stored invoice.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::postfix::server::{PASSWORD, Postfix, USER, without_trace};
use crate::postfix::{sign_in, till};
use crate::till::{Till, until};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The message's digest as it was on the wire: a box on this machine ends lines as this machine does.
fn wire_digest(stored: &[u8]) -> String {
    let text = String::from_utf8(without_trace(stored)).unwrap();
    sha256(text.replace('\n', "\r\n").as_bytes())
}

#[test]
fn two_hundred_mails_leave_in_one_flush_each_once_and_byte_for_byte() {
    let postfix = Postfix::shared();
    let till = till(&postfix, "starttls", PASSWORD);
    for n in 0..200 {
        // Lines that begin with dots are where a message's end is told from its text.
        let text = format!("Zażółć {n}\n.\n..\n{}\n.{n}", "x".repeat(n * 37));
        till.send(&format!("bulk{n}@example.com"), &format!("Rechnung № {n}"), &text);
    }
    till.run(&["flush"]).ok();
    let sealed: BTreeMap<String, String> = till
        .mails()
        .iter()
        .map(|m| {
            assert_eq!(m["state"], "sent");
            let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
            (text(&m["recipients"][0]["address"]), text(&m["sha256"]))
        })
        .collect();
    let exported = till.run(&["queue", "export", "200"]).ok().out;
    assert_eq!(sha256(exported.as_bytes()), sealed["bulk199@example.com"], "export shows other bytes");

    let arrived = postfix.mails_to(|to| to.starts_with("bulk"));
    assert_eq!(arrived.len(), 200);
    let arrived: BTreeMap<_, _> = arrived.into_iter().map(|(to, m)| (to, wire_digest(&m))).collect();
    assert_eq!(arrived, sealed);
}

#[test]
fn a_server_that_knows_only_auth_login_is_signed_in_to() {
    let postfix = Postfix::shared();
    let till = till(&postfix, "tls", PASSWORD);
    let (port, ca) = (postfix.login.to_string(), postfix.ca_file());
    let args = ["account", "set", "--host", "localhost", "--port", &port, "--user", USER];
    let more = ["--ca-file", ca.to_str().unwrap(), "--from", "shop@till.example", "--password-stdin"];
    till.run_with_input(&[&args[..], &more].concat(), PASSWORD).ok();
    till.send("by-login@example.com", "x", "x");
    till.run(&["flush"]).ok();
    postfix.only_mail("by-login@example.com");
}

#[test]
fn once_the_right_authority_is_given_the_waiting_mail_leaves() {
    let (postfix, other) = (Postfix::shared(), rcgen::generate_simple_self_signed(vec![]).unwrap());
    let till = till(&postfix, "starttls", PASSWORD);
    let (port, ca) = (postfix.starttls.to_string(), till.folder.path().join("other.pem"));
    std::fs::write(&ca, other.cert.pem()).unwrap();
    let args = ["account", "set", "--host", "localhost", "--port", &port, "--encryption", "starttls"];
    let more = ["--user", USER, "--ca-file", ca.to_str().unwrap(), "--from", "shop@till.example"];
    till.run(&[&args[..], &more].concat()).ok();
    till.send("trust@example.com", "x", "x");
    let run = till.run(&["flush"]);
    assert!(run.code == 5 && run.out.contains("certificate was refused"), "{run:?}");
    sign_in(&till, &postfix, "starttls", PASSWORD);
    till.run(&["flush"]).ok();
    postfix.only_mail("trust@example.com");
}

/// An invoice file with other parts in it.
fn invoice(till: &Till, mail: serde_json::Value) -> std::path::PathBuf {
    let mut document: serde_json::Value =
        serde_json::from_str(include_str!("../data/one-page-invoice.json")).unwrap();
    document["mail"] = mail;
    let file = till.folder.path().join("invoice.json");
    std::fs::write(&file, document.to_string()).unwrap();
    file
}

#[test]
fn nobody_sees_a_blind_copy_whoever_else_the_mail_is_for() {
    let postfix = Postfix::shared();
    for (round, to, cc, bcc, shown) in [
        ("a", vec!["to"], vec![], vec!["bcc"], Some("to")),
        ("b", vec![], vec![], vec!["bcc1", "bcc2"], None),
        ("c", vec!["to"], vec!["cc"], vec!["bcc"], None),
        ("d", vec![], vec![], vec!["alone"], None),
    ] {
        let till = till(&postfix, "tls", PASSWORD);
        let full = |names: &[&str]| -> Vec<String> {
            names.iter().map(|n| format!("{n}.blind-{round}@example.com")).collect()
        };
        let mail = serde_json::json!({ "to": full(&to), "cc": full(&cc), "bcc": full(&bcc), "subject": "x", "text": "x" });
        till.run(&["issue", invoice(&till, mail).to_str().unwrap()]).ok();
        till.run(&["flush"]).ok();
        let all = full(&[to, cc, bcc].concat());
        for recipient in &all {
            let message = String::from_utf8(without_trace(&postfix.only_mail(recipient))).unwrap();
            assert!(!message.to_lowercase().contains("\nbcc:"), "{round}:\n{message}");
            let seen: Vec<_> = all.iter().filter(|a| message.contains(a.as_str())).collect();
            let allowed = shown.map(|name| format!("{name}.blind-{round}@example.com"));
            assert_eq!(seen, allowed.iter().collect::<Vec<_>>(), "{round}: for {recipient}:\n{message}");
            assert!(shown.is_some() || message.contains("\nTo: undisclosed-recipients:;\n"), "{message}");
        }
    }
}

#[test]
fn the_pdf_that_arrives_is_the_stored_one_to_the_byte() {
    let postfix = Postfix::shared();
    let till = till(&postfix, "tls", PASSWORD);
    let mail = serde_json::json!({ "to": ["Łukasz Žižka <pdf@example.com>"] });
    till.run(&["issue", invoice(&till, mail).to_str().unwrap()]).ok();
    till.run(&["flush"]).ok();
    let message = postfix.only_mail("pdf@example.com");
    let parsed = mail_parser::MessageParser::default().parse(&message).unwrap();
    let file = rusqlite::Connection::open(till.data().join("tillpost.db")).unwrap();
    let stored: Vec<u8> = file.query_row("SELECT bytes FROM document_pdf", [], |row| row.get(0)).unwrap();
    assert!(stored.starts_with(b"%PDF-"));
    assert!(parsed.attachments().next().unwrap().contents() == stored, "another PDF arrived");
    assert_eq!(parsed.to().unwrap().first().unwrap().name(), Some("Łukasz Žižka"));
}

#[test]
fn the_running_service_sends_what_others_queue_and_what_is_dropped_and_stops_when_told() {
    let postfix = Postfix::shared();
    let till = till(&postfix, "tls", PASSWORD);
    let mut service = till
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let state = |address: &str| {
        let mails = till.mails();
        let of = |m: &&serde_json::Value| m["recipients"][0]["address"] == address;
        mails.iter().find(of).map(|m| m["state"].as_str().unwrap().to_owned())
    };
    let wait_for = |address: &str| {
        until(
            || state(address).filter(|s| s == "sent"),
            || format!("the service did not send {address}: {:?}", till.mails()),
        )
    };
    till.send("other-process@example.com", "x", "x");
    wait_for("other-process@example.com");
    let drop = invoice(&till, serde_json::json!({ "to": ["dropped@example.com"] }));
    std::fs::rename(drop, till.data().join("outbox/invoice.json")).unwrap();
    wait_for("dropped@example.com");
    let pid = service.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let ended = until(|| service.try_wait().unwrap(), || "the service does not stop".into());
    assert_eq!(ended.code(), Some(0));
    postfix.only_mail("other-process@example.com");
    postfix.only_mail("dropped@example.com");
}
