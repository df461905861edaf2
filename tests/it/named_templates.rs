//! Templates the shop gives names: several for one kind of document, each in several languages.

use serde_json::{Value, json};
use tillpost::app::{App, Kind};
use tillpost::domain::document::Kind as DocumentKind;
use tillpost::wire::{ChannelRequest, MailFile, NewTemplateRequest, TemplateShape};

use crate::http::Api;
use crate::program::{invoice, run};
use crate::till::{Till, old_file};

fn new(till: &Till, request: Value) {
    let request: NewTemplateRequest = serde_json::from_value(request).unwrap();
    till.app.new_template(&request).unwrap();
}

/// An invoice in a language, mailed with these words.
fn mailed(language: &str, mail: Value) -> Value {
    let mut document = invoice();
    document["language"] = language.into();
    document["buyer"]["email"] = "anna@example.com".into();
    document["mail"] = mail;
    document
}

/// The subject of the mail that issuing this would queue.
fn subject(till: &Till, document: &Value) -> String {
    till.issue(document).unwrap().mails.remove(0).subject
}

/// "Friendly" in English and German for invoices and credit notes, by itself for German invoices.
fn friendly(till: &Till) {
    new(
        till,
        json!({ "name": "Friendly", "language": "en", "subject": "Hi {{ number }}", "text": "Hi\n",
                "use_for": ["invoice", "credit_note"] }),
    );
    new(
        till,
        json!({ "name": "friendly", "language": "de", "subject": "Hallo {{ number }}", "text": "Hallo\n",
                "default_for": ["invoice"] }),
    );
}

#[test]
fn a_name_has_the_words_of_the_buyers_language_and_may_be_used_by_itself() {
    let till = Till::at(1);
    friendly(&till);
    // By itself where it was chosen for the kind and language, and nowhere else.
    let german = till.issue(&mailed("de-AT", json!({}))).unwrap().mails.remove(0);
    assert_eq!(german.template.as_deref(), Some("Friendly/de/1"));
    assert!(german.subject.starts_with("Hallo INV-"));
    assert!(subject(&till, &mailed("en", json!({}))).starts_with("Invoice"));
    // By name in the buyer's language, else in the shop's, else in one there is; letters of any size.
    let named = json!({ "template": "FRIENDLY" });
    assert!(subject(&till, &mailed("en-GB", named.clone())).starts_with("Hi"));
    assert!(subject(&till, &mailed("pl", named.clone())).starts_with("Hi"));
    till.app.set_setting("language", "de-CH").unwrap();
    assert!(subject(&till, &mailed("pl", named.clone())).starts_with("Hallo"));
    till.app.set_setting("language", "nl").unwrap();
    assert!(subject(&till, &mailed("pl", named)).starts_with("Hallo"));
    // In the language the mail names, whatever its document's.
    let english = json!({ "template": "Friendly", "language": "en-AU" });
    assert!(subject(&till, &mailed("de", english)).starts_with("Hi"));
    assert!(subject(&till, &mailed("pl", json!({ "language": "de" }))).starts_with("Hallo"));
    let error = till.issue(&mailed("de", json!({ "language": "sv" }))).unwrap_err();
    assert_eq!(error.field(), Some("mail.language"));
    // Own words win; a kind's word names the template of the kind.
    assert_eq!(subject(&till, &mailed("de", json!({ "template": "Friendly", "subject": "Mine" }))), "Mine");
    assert!(subject(&till, &mailed("de", json!({ "template": "invoice" }))).starts_with("Rechnung"));
    // Its kind takes it back.
    let own = TemplateShape {
        default_for: Some(serde_json::from_value(json!(["invoice"])).unwrap()),
        ..TemplateShape::read("Eigene {{ number }}\n\nx\n").unwrap()
    };
    assert_eq!(till.app.template("Friendly", "de", None).unwrap().default_for, ["invoice"]);
    assert_eq!(till.app.set_template("invoice", "de", &own).unwrap().default_for, ["invoice"]);
    assert!(till.app.template("Friendly", "de", None).unwrap().default_for.is_empty());
    assert!(subject(&till, &mailed("de", json!({}))).starts_with("Eigene"));
    // What it is offered for no longer, it is not used for by itself either.
    let words = TemplateShape::read("Hallo {{ number }}\n\nHallo\n").unwrap();
    let uses = |use_for: Value, default_for: Value| TemplateShape {
        use_for: serde_json::from_value(use_for).unwrap(),
        default_for: serde_json::from_value(default_for).unwrap(),
        ..words.clone()
    };
    till.app.set_template("Friendly", "de", &uses(json!(["invoice"]), json!(["invoice"]))).unwrap();
    assert!(subject(&till, &mailed("de", json!({}))).starts_with("Hallo"));
    let view = till.app.set_template("Friendly", "de", &uses(json!(["credit_note"]), json!(null))).unwrap();
    assert_eq!((view.use_for.as_slice(), view.default_for.len()), (["credit_note"].as_slice(), 0));
    // The same words again made no new version.
    assert_eq!(view.versions, [1]);
    assert!(subject(&till, &mailed("de", json!({}))).starts_with("Eigene"));
}

#[test]
fn a_name_that_is_not_there_is_refused_with_those_there_are() {
    let till = Till::at(1);
    let error = till.issue(&mailed("en", json!({ "template": "Friendly" }))).unwrap_err();
    assert_eq!((error.kind(), error.field()), (Kind::BadInput, Some("mail.template")));
    assert!(error.to_string().contains("templates new"), "{error}");
    friendly(&till);
    let error = till.issue(&mailed("en", json!({ "template": "Freindly" }))).unwrap_err().to_string();
    assert!(error.contains("\"Freindly\"") && error.contains("Use one of Friendly"), "{error}");
    assert!(till.app.mails(true, None).unwrap().is_empty());
    for (field, kind, wrong) in [
        (
            "name",
            Kind::BadInput,
            json!({ "name": "Job_Card", "language": "en", "subject": "a", "text": "b" }),
        ),
        ("name", Kind::BadInput, json!({ "name": "", "language": "en", "subject": "a", "text": "b" })),
        ("language", Kind::BadInput, json!({ "name": "x", "language": "sv", "subject": "a", "text": "b" })),
        ("copy_of", Kind::BadInput, json!({ "name": "x", "language": "en", "copy_of": "nothing" })),
        ("text", Kind::BadInput, json!({ "name": "x", "language": "en", "subject": "a" })),
        ("", Kind::Conflict, json!({ "name": "FRIENDLY", "language": "EN", "subject": "a", "text": "b" })),
        (
            "default_for[0]",
            Kind::BadInput,
            json!({ "name": "x", "language": "en", "subject": "a", "text": "b", "use_for": ["offer"], "default_for": ["invoice"] }),
        ),
        // For a mail alone there is no number.
        (
            "subject",
            Kind::BadInput,
            json!({ "name": "x", "language": "en", "subject": "{{ number }}", "text": "b", "use_for": ["mail"] }),
        ),
    ] {
        let request: NewTemplateRequest = serde_json::from_value(wrong).unwrap();
        let error = till.app.new_template(&request).unwrap_err();
        assert_eq!((error.kind(), error.field().unwrap_or_default()), (kind, field), "{error}");
    }
    assert_eq!(till.app.templates().unwrap().len(), 72);
}

#[test]
fn a_mail_without_a_document_is_written_with_a_template() {
    let till = Till::at(1);
    new(
        &till,
        json!({ "name": "Ready", "language": "en", "use_for": ["mail"], "subject": "Ready at {{ seller }}",
                "text": "{% if buyer %}Dear {{ buyer }}{% else %}Hello{% endif %}\n", "html": "<p>{{ seller }}</p>" }),
    );
    let send = |mail: Value| {
        let file: MailFile = serde_json::from_value(json!({ "mail": mail })).unwrap();
        till.app.send(&file, vec![], None)
    };
    let mail = send(json!({ "to": ["Anna <anna@example.com>"], "template": "Ready" })).unwrap();
    assert_eq!(mail.template.as_deref(), Some("Ready/en/1"));
    assert!(mail.subject.starts_with("Ready at "), "{}", mail.subject);
    let mut bytes = Vec::new();
    till.app.export(mail.id, &mut bytes).unwrap();
    let bytes = String::from_utf8(bytes).unwrap();
    assert!(bytes.contains("Dear Anna") && bytes.contains("<p>"), "{bytes}");
    // The address book knows the name now; several people have none in common.
    send(json!({ "to": ["anna@example.com"], "template": "Ready" })).unwrap();
    for two in [
        json!({ "to": ["anna@example.com", "ben@example.com"], "template": "Ready" }),
        json!({ "to": ["Anna <anna@example.com>"], "bcc": ["ben@example.com"], "template": "Ready" }),
    ] {
        let two = send(two).unwrap();
        let mut bytes = Vec::new();
        till.app.export(two.id, &mut bytes).unwrap();
        assert!(String::from_utf8(bytes).unwrap().contains("Hello"));
    }
    // Of a template whose subject does not fit, the text does.
    new(
        &till,
        json!({ "name": "Half", "language": "en", "subject": "{{ number }}", "text": "Half\n", "use_for": ["invoice"] }),
    );
    let half = send(json!({ "to": ["a@example.com"], "template": "Half", "subject": "Mine" })).unwrap();
    assert_eq!((half.subject.as_str(), half.template.as_deref()), ("Mine", Some("Half/en/1")));
    // Where nothing fills a gap it is refused by name, and nothing is queued.
    let error = send(json!({ "to": ["a@example.com"], "template": "invoice" })).unwrap_err().to_string();
    assert!(error.contains("invoice/en/shipped-") && error.contains("\"kind\" is empty"), "{error}");
    assert_eq!(till.app.mails(true, None).unwrap().len(), 5);
    // Its queued mails keep their words when it is changed or deleted.
    till.app.delete_template("ready", "en").unwrap();
    let (kept, _) = till.app.mail(mail.id).unwrap();
    assert_eq!((kept.subject, kept.sha256), (mail.subject, mail.sha256));
    assert_eq!(till.app.template("Ready", "en", None).unwrap_err().kind(), Kind::NotFound);
}

#[test]
fn a_channel_writes_with_its_template_where_that_is_offered() {
    let till = Till::at(1);
    let web =
        |template: &str| ChannelRequest { template: Some(template.into()), ..ChannelRequest::default() };
    let error = till.app.set_channel("web", web("Friendly")).unwrap_err();
    assert_eq!(error.field(), Some("template"), "{error}");
    friendly(&till);
    let unset = till.app.set_channel("web", web("invoice")).unwrap_err();
    assert_eq!(unset.field(), Some("template"));
    till.app.set_channel("web", web("friendly")).unwrap();
    let mut document = mailed("en", json!({}));
    document["channel"] = "web".into();
    assert!(subject(&till, &document).starts_with("Hi"));
    // What the mail names comes first; words of the channel's own stand over its template's.
    document["mail"] = json!({ "template": "invoice" });
    assert!(subject(&till, &document).starts_with("Invoice"));
    document["mail"] = json!({});
    till.app
        .set_channel("web", ChannelRequest { subject: Some("Web {{ number }}".into()), ..web("Friendly") })
        .unwrap();
    let mail = till.issue(&document).unwrap().mails.remove(0);
    assert!(mail.subject.starts_with("Web") && mail.template.as_deref() == Some("channel/web"));
    // It is not offered for job cards.
    till.app.set_channel("web", web("Friendly")).unwrap();
    document["kind"] = "offer".into();
    assert!(subject(&till, &document).starts_with("Quote") || subject(&till, &document).starts_with("Offer"));
    // It keeps it under another name, and holds on to it.
    assert_eq!(till.app.rename_template("FRIENDLY", " Kindly ").unwrap().len(), 2);
    assert_eq!(till.app.channel("web").unwrap().template.as_deref(), Some("Kindly"));
    till.app.delete_template("Kindly", "en").unwrap();
    let error = till.app.delete_template("Kindly", "de").unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(error.to_string().contains("web"), "{error}");
    assert_eq!(till.app.template("Kindly", "de", None).unwrap().text, "Hallo\n");
    till.app.set_channel("web", ChannelRequest::default()).unwrap();
    till.app.delete_template("Kindly", "de").unwrap();
    assert_eq!(till.app.templates().unwrap().len(), 70);
    assert!(subject(&till, &mailed("de", json!({}))).starts_with("Rechnung"));
}

#[test]
fn a_hundred_templates_in_two_languages_are_the_most() {
    let till = Till::at(1);
    for name in 0..100 {
        for language in ["en", "de"] {
            new(&till, json!({ "name": format!("t{name}"), "language": language, "copy_of": "receipt" }));
        }
    }
    let request = json!({ "name": "t0", "language": "fr", "copy_of": "receipt" });
    let request: NewTemplateRequest = serde_json::from_value(request).unwrap();
    let error = till.app.new_template(&request).unwrap_err();
    assert!(error.kind() == Kind::Conflict && error.to_string().contains("200"), "{error}");
    till.app.delete_template("t7", "en").unwrap();
    let made = till.app.new_template(&request).unwrap();
    assert_eq!(made.text, till.app.template(DocumentKind::Receipt, "fr", None).unwrap().text);
    assert_eq!(made.use_for, ["receipt"]);
}

#[test]
fn named_templates_are_kept_from_the_command_line() {
    let till = Till::at(1);
    let data = till.app.data();
    let file = data.join("friendly.txt");
    std::fs::write(&file, "Hi {{ number }}\n\nHi {{ technician }}\n").unwrap();
    let path = file.to_str().unwrap();
    let made = run(
        data,
        &[
            "templates",
            "new",
            "Friendly",
            "en",
            path,
            "--use-for",
            "invoice,mail",
            "--default-for",
            "invoice",
        ],
    );
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(made.out.starts_with("Friendly/en/1 is in use\nmind: text"), "{}", made.out);
    let copied =
        run(data, &["templates", "new", "Friendly", "de", "--copy-of", "friendly", "--copy-language", "en"]);
    assert_eq!(
        copied.out.lines().next(),
        Some("Friendly/de/1 is written, offered for invoice, mail"),
        "{}",
        copied.err
    );
    assert!(run(data, &["templates", "show", "FRIENDLY", "en"]).out.starts_with("Hi {{ number }}\n\n"));
    let listed = run(data, &["templates", "list", "--language", "en"]).out;
    let line = listed.lines().find(|line| line.starts_with("Friendly")).unwrap();
    assert!(line.contains("invoice, mail"), "{listed}");
    std::fs::write(&file, "Hello {{ number }}\n\nHello\n").unwrap();
    let set = run(data, &["templates", "set", "Friendly", "en", path, "--default-for", ""]);
    assert_eq!(set.out.trim_end(), "Friendly/en/2 is written, offered for invoice, mail", "{}", set.err);
    assert_eq!(run(data, &["templates", "set", "Friendly", "en", path, "--use-for", "letter"]).code, 2);
    assert_eq!(run(data, &["templates", "set", "Firendly", "en", path]).code, 3);
    assert_eq!(run(data, &["templates", "check", path, "--kind", "mail"]).code, 2);
    assert_eq!(run(data, &["channels", "set", "web", "--template", "friendly"]).code, 0);
    assert!(run(data, &["channels", "show", "web"]).out.contains("Friendly"));
    assert_eq!(run(data, &["templates", "rename", "Friendly", "Kindly"]).code, 0);
    assert_eq!(run(data, &["templates", "rename", "invoice", "Bill"]).code, 3);
    let number = till.issue(&mailed("en", json!({ "hold": true }))).unwrap().document.number;
    let sent = run(data, &["send", "--document", &number, "--template", "kindly", "--json"]);
    assert!(
        sent.out.contains("\"Kindly/en/2\"") && sent.out.contains("Hello INV-"),
        "{}{}",
        sent.out,
        sent.err
    );
    assert_eq!(run(data, &["templates", "delete", "Kindly", "en"]).code, 0);
    let held = run(data, &["templates", "delete", "Kindly", "de"]);
    assert!(held.code == 3 && held.err.contains("web"), "{}", held.err);
}

#[test]
fn the_templates_of_an_older_data_file_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let old = old_file(folder.path(), 20);
    old.execute_batch(
        "INSERT INTO template (kind, language, version, subject, text, html, in_use, created_ms) VALUES
             ('invoice', 'de', 1, 'Eins', 'x', NULL, 0, 1), ('invoice', 'de', 2, 'Zwei', 'y', '<p>', 1, 2),
             ('offer', 'de', 1, 'Drei', 'z', NULL, 0, 3);
         INSERT INTO channel (name, mail, text) VALUES ('web', 1, 'Own words');",
    )
    .unwrap();
    drop(old);
    let app = App::open(folder.path()).unwrap();
    let invoice = app.template(DocumentKind::Invoice, "de", None).unwrap();
    assert_eq!((invoice.name.as_str(), invoice.versions.as_slice()), ("invoice/de/2", [2, 1].as_slice()));
    assert_eq!((invoice.subject.as_str(), invoice.html.as_deref()), ("Zwei", Some("<p>")));
    assert!(!app.template("offer", "de", None).unwrap().own);
    assert_eq!(app.template("invoice", "de", Some(1)).unwrap().subject, "Eins");
    assert_eq!(app.channel("web").unwrap().text.as_deref(), Some("Own words"));
    // New versions count on from the old.
    let words = TemplateShape::read("Vier\n\nv\n").unwrap();
    assert_eq!(app.set_template("offer", "de", &words).unwrap().name, "offer/de/2");
    assert!(app.check().unwrap().problems.is_empty());
}

#[tokio::test]
async fn named_templates_are_kept_over_http() {
    let api = Api::start().await;
    api.account(9);
    let request = json!({ "name": "Ready, please collect", "language": "en", "copy_of": "job_card" });
    let made = api.post("/templates", request.clone()).await.is(201).json();
    assert_eq!((&made["kind"], &made["use_for"]), (&json!(null), &json!(["job_card"])), "{made}");
    assert_eq!(api.post("/templates", request).await.is(409).key(), "conflict");
    let path = "/templates/ready,%20please%20collect/en";
    let words = json!({ "subject": "Ready", "text": "Yours", "use_for": ["job_card", "mail"], "default_for": ["job_card"] });
    let set = api.ask("PUT", path, Some(&words)).await.is(200).json();
    assert_eq!(
        (&set["name"], &set["versions"]),
        (&json!("Ready, please collect/en/2"), &json!([2, 1])),
        "{set}"
    );
    let of_kind = api.get("/templates/job_card/en").await.is(200).json();
    assert_eq!(of_kind["default_for"], json!([]));
    assert_eq!(api.ask("PUT", "/templates/nothing/en", Some(&words)).await.is(404).key(), "not_found");
    assert_eq!(
        api.ask("PUT", "/templates/receipt/en", Some(&words)).await.is(422).json()["field"],
        "use_for"
    );
    let wrong = json!({ "subject": "a", "text": "b", "use_for": ["letter"] });
    assert_eq!(api.ask("PUT", path, Some(&wrong)).await.is(422).json()["field"], "use_for[0]");
    let mail = json!({ "mail": { "to": ["a@example.com"], "template": "ready, please collect" } });
    let seen = api.post("/mails/preview", mail).await.is(200).json();
    assert_eq!(seen["messages"][0]["text"].as_str().map(str::trim), Some("Yours"), "{seen}");
    let renamed =
        api.post("/templates/Ready,%20please%20collect/rename", json!({ "name": "Ready" })).await.is(200);
    assert_eq!(renamed.json()[0]["name"], "Ready/en/2");
    api.ask("DELETE", "/templates/Ready/en", None).await.is(204);
    assert_eq!(api.get("/templates/Ready/en").await.is(404).key(), "not_found");
    assert_eq!(api.get("/templates/job_card/en").await.is(200).json()["default_for"], json!(["job_card"]));
}
