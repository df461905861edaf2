//! Delivery to a real Postfix: plain, TLS, STARTTLS with SASL, a recipient policy, greylisting.

pub mod server;

use server::{PASSWORD, Postfix, USER};

use crate::till::Till;

/// A till whose account signs in over the given kind of connection, its password in the encrypted file.
pub fn till(postfix: &Postfix, encryption: &str, password: &str) -> Till {
    let till = Till::with_key();
    sign_in(&till, postfix, encryption, password);
    till
}

pub fn sign_in(till: &Till, postfix: &Postfix, encryption: &str, password: &str) {
    let port = if encryption == "tls" { postfix.tls } else { postfix.starttls }.to_string();
    let ca = postfix.ca_file();
    till.run_with_input(
        &[
            "account",
            "set",
            "--host",
            "localhost",
            "--port",
            &port,
            "--encryption",
            encryption,
            "--user",
            USER,
            "--password-stdin",
            "--secret-place",
            "file",
            "--ca-file",
            ca.to_str().unwrap(),
            "--from",
            "Fix & Go <shop@till.example>",
        ],
        password,
    )
    .ok();
}

#[test]
fn tls_from_the_start_and_starttls_with_a_password() {
    let postfix = Postfix::shared();
    for encryption in ["tls", "starttls"] {
        let till = till(&postfix, encryption, PASSWORD);
        let to = format!("{encryption}@example.com");
        till.send(&to, "Grüße", "Zażółć gęślą jaźń\n.\nEnd");
        till.run(&["flush"]).ok();
        let mail = postfix.only_mail(&to);
        // A box on this machine has its lines ended as this machine does.
        let sealed = till.run(&["queue", "export", "1"]).ok().out.replace("\r\n", "\n");
        assert!(mail.ends_with(sealed.as_bytes()), "the bytes changed on the way");
        assert!(String::from_utf8_lossy(&mail).contains(&format!("\nTo: {to}")));
    }
}

#[test]
fn a_certificate_nobody_vouches_for_holds_the_account() {
    let postfix = Postfix::shared();
    let till = Till::with_key();
    let port = postfix.tls.to_string();
    let args = [
        "account",
        "set",
        "--host",
        "localhost",
        "--port",
        &port,
        "--user",
        USER,
        "--from",
        "s@till.example",
        "--secret-place",
        "file",
        "--password-stdin",
    ];
    till.run_with_input(&args, PASSWORD).ok();
    till.send("nobody@example.com", "x", "x");
    for _ in 0..2 {
        let run = till.run(&["flush"]);
        assert_eq!(run.code, 5, "{run:?}");
        assert!(run.out.contains("certificate"), "{run:?}");
    }
    let mail = &till.mails()[0];
    assert_eq!((mail["state"].as_str(), mail["reason"].as_str()), (Some("waiting"), Some("account_held")));
    assert_eq!(mail["recipients"][0]["tries"], 0);
}

#[test]
fn a_wrong_password_is_tried_once_and_a_right_one_lets_the_mail_go() {
    let postfix = Postfix::shared();
    let till = till(&postfix, "starttls", "not it");
    till.send("patience@example.com", "x", "x");
    let before = postfix.failed_sign_ins();
    for _ in 0..3 {
        assert_eq!(till.run(&["flush"]).code, 5);
    }
    assert_eq!(postfix.failed_sign_ins() - before, 1, "a wrong password was tried again");
    sign_in(&till, &postfix, "starttls", PASSWORD);
    till.run(&["flush"]).ok();
    postfix.only_mail("patience@example.com");
}

#[test]
fn one_refused_address_costs_the_others_nothing_and_nobody_is_shown() {
    let postfix = Postfix::shared();
    let till = till(&postfix, "tls", PASSWORD);
    till.send("three.a@example.com,refused.b@example.com,three.c@example.com", "x", "x");
    till.run(&["flush"]).ok();
    let mail = &till.mails()[0];
    assert_eq!(mail["state"], "partly_sent");
    let refused = &mail["recipients"][1];
    assert!(refused["state"] == "refused" && refused["reply"].as_str().unwrap().starts_with("550 5.1.1"));
    for name in ["three.a", "three.c"] {
        let message = server::without_trace(&postfix.only_mail(&format!("{name}@example.com")));
        let text = String::from_utf8(message).unwrap();
        assert!(text.contains("To: undisclosed-recipients:;") && !text.to_lowercase().contains("\nbcc:"));
        assert!(!text.contains("@example.com"), "an address is shown:\n{text}");
    }
}

#[test]
fn a_greylisted_recipient_is_put_off_and_then_served() {
    let postfix = Postfix::shared();
    let till = till(&postfix, "tls", PASSWORD);
    till.send("greylisted@example.com,prompt@example.com", "x", "x");
    till.run(&["flush"]).ok();
    let states: Vec<_> = till.states();
    assert_eq!(
        states,
        [
            ("greylisted@example.com".into(), "deferred".into()),
            ("prompt@example.com".into(), "accepted".into())
        ]
    );
    postfix.end_greylisting();
    till.run(&["queue", "retry", "1"]).ok();
    till.run(&["flush"]).ok();
    postfix.only_mail("greylisted@example.com");
    postfix.only_mail("prompt@example.com");
}

#[test]
fn what_waits_offline_arrives_once_when_the_server_is_back() {
    let postfix = Postfix::start();
    let till = till(&postfix, "tls", PASSWORD);
    postfix.stop();
    for n in 0..40 {
        till.send(&format!("waits{n}@example.com"), &format!("{n}"), "text");
    }
    for _ in 0..3 {
        assert_eq!(till.run(&["flush"]).code, 5);
    }
    assert!(till.mails().iter().all(|m| m["recipients"][0]["tries"] == 0 && m["reason"] == "offline"));
    postfix.go();
    till.run(&["flush"]).ok();
    for n in 0..40 {
        postfix.only_mail(&format!("waits{n}@example.com"));
    }
}

#[test]
fn twenty_megabytes_arrive_whole_and_sixty_are_not_even_tried() {
    let postfix = Postfix::shared();
    let till = till(&postfix, "tls", PASSWORD);
    let file = till.folder.path().join("photos.zip");
    let bytes: Vec<u8> =
        (0..20_u32 << 18).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    std::fs::write(&file, &bytes).unwrap();
    till.run(&["send", file.to_str().unwrap(), "--to", "large@example.com"]).ok();
    till.run(&["flush"]).ok();
    let message = postfix.only_mail("large@example.com");
    let parsed = mail_parser::MessageParser::default().parse(&message).unwrap();
    assert_eq!(parsed.attachments().next().unwrap().contents(), bytes);

    let small = Postfix::with_size_limit(10_000_000);
    sign_in(&till, &small, "tls", PASSWORD);
    till.run(&["send", file.to_str().unwrap(), "--to", "toolarge@example.com"]).ok();
    till.run(&["flush"]).ok();
    let mail = &till.mails()[0];
    assert_eq!(mail["state"], "failed");
    assert!(mail["recipients"][0]["reply"].as_str().unwrap().starts_with("The message has "), "{mail}");
    let talk = till.run(&["queue", "show", "2"]).ok().out;
    assert!(
        talk.contains("SIZE 10000000") && !talk.contains("MAIL FROM"),
        "it was tried although the server had said its limit:\n{talk}"
    );
}

#[test]
fn the_invoice_that_arrives_is_the_one_that_was_stored_and_reads_as_typed() {
    let postfix = Postfix::shared();
    let till = till(&postfix, "starttls", PASSWORD);
    let words = "Łukasz Žižka Ελλάδα кирилица żółw €";
    let mut document: serde_json::Value =
        serde_json::from_str(include_str!("../data/one-page-invoice.json")).unwrap();
    document["notes"] = serde_json::json!([words]);
    document["mail"]["to"] = serde_json::json!(["reader@example.com"]);
    let file = till.folder.path().join("invoice.json");
    std::fs::write(&file, document.to_string()).unwrap();
    till.run(&["issue", file.to_str().unwrap()]).ok();
    till.run(&["flush"]).ok();

    let message = postfix.only_mail("reader@example.com");
    let parsed = mail_parser::MessageParser::default().parse(&message).unwrap();
    let attached = parsed.attachments().next().unwrap();
    assert_eq!(mail_parser::MimeHeaders::attachment_name(attached), Some("INV-2026-0001.pdf"));
    let pdf = till.folder.path().join("arrived.pdf");
    std::fs::write(&pdf, attached.contents()).unwrap();
    let text = std::process::Command::new("pdftotext")
        .args(["-layout", pdf.to_str().unwrap(), "-"])
        .output()
        .expect("pdftotext is missing: apt-get install poppler-utils");
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains(words), "{text}");
}
