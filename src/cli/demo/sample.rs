//! What a shop's screens look like after a while: mails in every state, and people to write to.

use crate::app::{App, Deliverer, Error, clock};
use crate::domain::Who;
use crate::domain::access::Role;
use crate::wire::{ContactShape, MailFile, parse};

/// People of the address book; nobody of them has had a mail yet.
const PEOPLE: [(&str, &str); 4] = [
    ("zofie@example.com", "Zofie Müller"),
    ("bob@lee.example", "Bob Lee"),
    ("workshop@velo.example", "Vélo Rivière Sàrl"),
    ("office@harbour.example", "Harbour Office"),
];

/// Mails that are dealt with at once: one whose answer is lost, and one that is accepted.
const NOW: [&str; 2] = [
    r#"{ "mail": { "to": ["Maeve Burke <unsure.maeve@example.com>"], "subject": "Your bicycle is ready",
         "text": "Hello Maeve,\n\nyour bicycle is ready. We are open until 18:00.\n" } }"#,
    r#"{ "mail": { "to": ["Bob Lee <bob@lee.example>"], "subject": "New opening hours",
         "text": "Hello Bob,\n\nfrom December on we open at 8:00.\n" } }"#,
];

/// A mail that waits for a person, and one that waits for its time.
const LATER: [&str; 2] = [
    r#"{ "mail": { "to": ["Zofie Müller <zofie@example.com>", "Bob Lee <bob@lee.example>"],
         "subject": "Winter check: 20 % off", "text": "Hello,\n\nbring your bicycle before it snows.\n" } }"#,
    r#"{ "mail": { "to": ["office@harbour.example"], "subject": "Reminder for the fleet",
         "text": "Hello,\n\nthe yearly check of your bicycles is due.\n", "send_after": "TOMORROW" } }"#,
];

/// Fills the data folder for people who want to click through the screens.
pub(super) async fn fill(app: &App, deliverer: &Deliverer) -> Result<(), Error> {
    for (address, name) in PEOPLE {
        let contact = ContactShape {
            address: address.to_owned(),
            name: Some(name.to_owned()),
            ..ContactShape::default()
        };
        app.write_contact(&contact)?;
    }
    app.disable_by("noreply@example.com", "nobody reads it", Some(Who::Person(Role::Owner)))?;
    // Nobody decides about the mail in doubt but the one who clicks.
    app.set_setting("uncertain_policy", "ask")?;
    for mail in NOW {
        let file: MailFile = parse(mail.as_bytes())?;
        app.send(&file, vec![], None)?;
    }
    deliverer.flush().await?;
    app.set_setting("undo_seconds", "until_released")?;
    for mail in LATER {
        let file: MailFile = parse(mail.replace("TOMORROW", &clock::tomorrow(8)).as_bytes())?;
        app.send(&file, vec![], None)?;
    }
    app.set_setting("undo_seconds", "10")?;
    Ok(())
}
