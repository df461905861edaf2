//! What mails say: templates of the shop and of Tillpost, filled strictly.

use serde_json::json;
use tillpost::app::Kind;
use tillpost::domain::document::Kind as DocumentKind;
use tillpost::wire::TemplateShape;

use crate::program::{invoice, run};
use crate::till::Till;

fn shape(subject: &str, text: &str) -> TemplateShape {
    TemplateShape { subject: subject.to_owned(), text: text.to_owned(), ..TemplateShape::default() }
}

/// The text of the mail that a document would have.
fn text(till: &Till, document: &serde_json::Value) -> String {
    let file = serde_json::from_value(document.clone()).unwrap();
    let preview = till.app.preview_issue(file).unwrap();
    preview.messages[0].text.as_deref().unwrap().trim_end().to_owned()
}

fn mailed(language: &str) -> serde_json::Value {
    let mut document = invoice();
    document["language"] = language.into();
    document["buyer"]["email"] = "anna@example.com".into();
    document["mail"] = json!({});
    document
}

#[test]
fn a_mail_says_what_the_shops_own_template_says_and_remembers_which() {
    let till = Till::at(1);
    let shipped = till.issue(&mailed("de-AT")).unwrap().mails.remove(0);
    assert!(shipped.template.unwrap().starts_with("invoice/de/shipped-"));
    let own = TemplateShape {
        html: Some("<p>{{ seller }}</p>".into()),
        ..shape("R {{ number }}", "Servus {{ buyer | upper }}!\n")
    };
    assert_eq!(till.app.set_template(DocumentKind::Invoice, "de", &own).unwrap().name, "invoice/de/1");
    let mail = till.issue(&mailed("de-AT")).unwrap().mails.remove(0);
    assert_eq!(mail.template.as_deref(), Some("invoice/de/1"));
    assert!(mail.subject.starts_with("R INV-"), "{}", mail.subject);
    assert!(text(&till, &mailed("de")).starts_with("Servus ANNA"));
    // A region's own comes first, and other languages are untouched.
    till.app.set_template(DocumentKind::Invoice, "de-AT", &shape("x", "Griaß di\n")).unwrap();
    assert_eq!(text(&till, &mailed("de-AT")), "Griaß di");
    assert!(text(&till, &mailed("en")).starts_with("Hello"));
    // Its versions stay on record when it is used no longer.
    till.app.set_template(DocumentKind::Invoice, "de", &shape("y", "Zwei\n")).unwrap();
    let reset = till.app.reset_template(DocumentKind::Invoice, "de").unwrap();
    assert_eq!((reset.own, reset.versions.as_slice()), (false, [2, 1].as_slice()));
    assert_eq!(till.app.template(DocumentKind::Invoice, "de", Some(1)).unwrap().text, own.text);
    assert!(text(&till, &mailed("de")).starts_with("Guten Tag"));
    // Own words leave no template behind; the half of one still does.
    let mut both = mailed("de");
    both["mail"] = json!({ "subject": "s", "text": "t" });
    assert_eq!(till.issue(&both).unwrap().mails[0].template, None);
    both["mail"] = json!({ "subject": "s" });
    assert!(till.issue(&both).unwrap().mails[0].template.is_some());
}

#[test]
fn nothing_is_queued_with_a_gap_that_nothing_fills() {
    let till = Till::at(1);
    for (wrong, part, named) in [
        (shape("{{ nmae }}", "x"), "subject", "nmae"),
        (shape("x", "a\n{{ total }}"), "text", "line 2"),
        (shape("x", "{% for a in b %}{% endfor %}"), "text", "\"for\" cannot be used"),
        (shape("a\nb", "x"), "subject", "line"),
        (shape("x", " "), "text", "empty"),
    ] {
        let error = till.app.set_template(DocumentKind::Offer, "en", &wrong).unwrap_err();
        assert_eq!((error.kind(), error.field()), (Kind::BadInput, Some(part)), "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
    assert!(till.app.set_template(DocumentKind::Offer, "sv", &shape("x", "y")).is_err());
    // Good for most invoices; refused for the one that lacks it, before anything is stored.
    let needs = shape("{{ number }}", "Order {{ order_reference }}\n");
    let warnings = till.app.check_template(DocumentKind::Invoice, "en", &needs).unwrap().warnings;
    assert!(warnings[0].contains("\"order_reference\" is empty"), "{warnings:?}");
    till.app.set_template(DocumentKind::Invoice, "en", &needs).unwrap();
    let error = till.issue(&mailed("en")).unwrap_err().to_string();
    assert!(error.contains("invoice/en/1") && error.contains("order_reference"), "{error}");
    assert!(till.app.mails(true, None).unwrap().is_empty());
    let mut good = mailed("en");
    good["order_reference"] = "PO-9".into();
    assert_eq!(text(&till, &good), "Order PO-9");
    // Placeholders in words of one's own are filled where that is asked for, and only then.
    good["mail"] = json!({ "subject": "{{ number }}", "html": "<b>{{ buyer }}</b>", "placeholders": true });
    good["buyer"]["name"] = "A & B <c>".into();
    let file = serde_json::from_value(good.clone()).unwrap();
    let seen = till.app.preview_issue(file).unwrap().messages.remove(0);
    assert!(seen.html.unwrap().contains("A &amp; B &lt;c&gt;"));
    assert!(seen.text.unwrap().contains("A & B <c>"));
    good["mail"]["text"] = "{{ nobody }}".into();
    let error = till.issue(&good).unwrap_err();
    assert_eq!(error.field(), Some("mail.text"));
    good["mail"] = json!({ "subject": "{{ number }}", "text": "{{ nobody }}" });
    assert_eq!(text(&till, &good), "{{ nobody }}");
}

#[test]
fn a_stored_document_is_mailed_with_its_template_to_its_buyer() {
    let till = Till::at(1);
    let mut document = mailed("pl");
    document.as_object_mut().unwrap().remove("mail");
    let number = till.issue(&document).unwrap().document.number;
    let data = till.app.data();
    let sent = run(data, &["send", "--document", &number]);
    assert_eq!(sent.code, 0, "{}", sent.err);
    let mail = &till.app.mails(true, None).unwrap()[0];
    assert!(mail.template.as_ref().unwrap().starts_with("invoice/pl/shipped-"));
    assert_eq!(mail.recipients[0].address, "anna@example.com");
    assert!(mail.subject.contains(&number));
    let own = run(data, &["send", "--document", &number, "--text", "To {{ seller }}", "--placeholders"]);
    assert_eq!(own.code, 0, "{}", own.err);
    let alone = run(data, &["send", "--to", "a@example.com", "--text", "x", "--placeholders"]);
    assert_eq!(alone.code, 2);
}

#[test]
fn templates_are_edited_from_the_command_line() {
    let till = Till::at(1);
    let data = till.app.data();
    let listed = run(data, &["templates", "list", "--language", "nl"]);
    assert_eq!(listed.out.lines().count(), 11, "{}", listed.out);
    let shown = run(data, &["templates", "show", "offer", "en"]).out;
    let file = data.join("offer.txt");
    std::fs::write(&file, shown.replace("Kind regards", "Yours {{ technician }}").replace('\n', "\r\n"))
        .unwrap();
    let path = file.to_str().unwrap();
    let checked = run(data, &["templates", "check", path]);
    assert!(checked.out.contains("Yours Ben") && checked.out.contains("mind: text"), "{}", checked.out);
    assert!(run(data, &["templates", "set", "offer", "en", path]).out.starts_with("offer/en/1 is in use"));
    assert!(run(data, &["templates", "show", "offer", "en"]).out.contains("Yours {{ technician }}"));
    assert!(run(data, &["templates", "reset", "offer", "en"]).out.contains("shipped"));
    assert_eq!(run(data, &["templates", "show", "offer", "en"]).out, shown);
    std::fs::write(&file, "no subject").unwrap();
    assert_eq!(run(data, &["templates", "set", "offer", "en", path]).code, 2);
    assert_eq!(run(data, &["templates", "show", "letter", "en"]).code, 3);
    assert!(run(data, &["templates", "placeholders"]).out.contains("{{ due_date }}"));
}
