//! Which account carries which mail, and in whose name.

use tillpost::app::AccountInput;
use tillpost::domain::account::Account;
use tillpost::domain::address::Mailbox;
use tillpost::wire::{CarriesShape, MailFile, MailShape};

use crate::program::invoice;
use crate::support::scripted::{Script, Scripted};
use crate::till::Till;

fn named(till: &Till, name: &str, change: impl FnOnce(&mut Account)) {
    let mut account = till.app.account("default").unwrap().account;
    account.name = name.to_owned();
    account.from = Mailbox::parse(&format!("{name}@till.example")).unwrap();
    change(&mut account);
    till.app.set_account(AccountInput { account, secret: None }).unwrap();
}

fn carry(till: &Till, name: &str, of: &str, what: &str) {
    let mut shape = CarriesShape::of(&till.app.carries(name).unwrap());
    match of {
        "user" => shape.users.push(what.into()),
        "channel" => shape.channels.push(what.into()),
        "kind" => shape.kinds.push(what.into()),
        _ => shape.default = true,
    }
    till.app.set_carries(name, shape.to_carries().unwrap()).unwrap();
}

fn mail(user: &str, channel: &str) -> MailShape {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    MailShape {
        to: vec!["a@example.com".into()],
        text: Some("It is ready.\n".into()),
        user: some(user),
        channel: some(channel),
        ..MailShape::default()
    }
}

fn account_of(till: &Till, mail: MailShape) -> String {
    till.app.send(&MailFile { mail, ..MailFile::default() }, vec![], None).unwrap().account
}

#[test]
fn the_nearest_rule_chooses_the_account() {
    let till = Till::at(1);
    for name in ["anna", "ebay", "invoices"] {
        named(&till, name, |_| ());
    }
    assert_eq!(account_of(&till, mail("anna", "ebay")), "default", "nothing is said yet");
    carry(&till, "anna", "user", "anna");
    carry(&till, "ebay", "channel", "ebay");
    carry(&till, "invoices", "kind", "invoice");
    assert_eq!(account_of(&till, mail("anna", "ebay")), "anna");
    assert_eq!(account_of(&till, mail("ben", "ebay")), "ebay");
    assert_eq!(account_of(&till, mail("ben", "shop")), "default");
    assert_eq!(
        account_of(&till, MailShape { account: Some("invoices".into()), ..mail("anna", "") }),
        "invoices"
    );
    let mut document = invoice();
    document["mail"] = serde_json::json!({ "to": ["a@example.com"] });
    assert_eq!(till.issue(&document).unwrap().mails[0].account, "invoices");
    carry(&till, "ebay", "default", "");
    assert_eq!(account_of(&till, mail("", "")), "ebay");
    // Taken over, the other one no longer has it.
    carry(&till, "default", "channel", "ebay");
    assert_eq!(account_of(&till, mail("", "ebay")), "default");
    assert!(till.app.carries("ebay").unwrap().channels.is_empty());
    till.app.remove_account("anna").unwrap_err();
    let wrong = CarriesShape { kinds: vec!["bill".into()], ..CarriesShape::default() };
    assert_eq!(wrong.to_carries().unwrap_err().path, "kinds[0]");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_keeps_its_mails_while_others_send() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    named(&till, "second", |_| ());
    carry(&till, "second", "user", "anna");
    till.app.enable_account("second", false).unwrap();
    account_of(&till, mail("anna", ""));
    account_of(&till, mail("", ""));
    till.flush().await;
    assert_eq!(server.seen().mails.len(), 1);
    till.app.enable_account("second", true).unwrap();
    till.flush().await;
    let last = server.seen().mails[1].clone();
    assert_eq!(last.from, "second@till.example");
}
