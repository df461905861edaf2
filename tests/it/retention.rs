//! How long the bytes of mails are kept, and the room they leave.

use rusqlite::Connection;
use tillpost::app::{Kind, OutgoingFile, Wish};
use tillpost::wire::{MailFile, MailShape};

use crate::support::scripted::{Script, Scripted};
use crate::till::Till;

/// Makes everything that happened to `mail` happen two months ago.
fn age(till: &Till, mail: i64) {
    let sql = Connection::open(till.app.data().join("tillpost.db")).unwrap();
    let months = 62_i64 * 24 * 3600 * 1000;
    sql.execute("UPDATE mail SET created_ms = created_ms - ?2 WHERE id = ?1", [mail, months]).unwrap();
    sql.execute("UPDATE recipient SET settled_ms = settled_ms - ?2 WHERE mail_id = ?1", [mail, months])
        .unwrap();
}

fn export(till: &Till, mail: i64) -> Result<Vec<u8>, tillpost::app::Error> {
    let mut bytes = vec![];
    till.app.export(mail, &mut bytes).map(|()| bytes)
}

#[tokio::test]
async fn old_bytes_go_and_the_record_of_them_stays() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let (old, new) = (till.send(&["old@example.com"]), till.send(&["new@example.com"]));
    till.flush().await;
    till.account(9);
    let waiting = till.send(&["waiting@example.com"]);
    age(&till, old);
    age(&till, waiting);
    assert_eq!(till.app.keep_house().await.unwrap(), 0, "nobody asked for it");
    till.app.set_setting("delete_bytes_after_months", "1").unwrap();
    assert_eq!(till.app.keep_house().await.unwrap(), 1);
    assert_eq!(till.app.keep_house().await.unwrap(), 0);

    let gone = export(&till, old).unwrap_err();
    assert_eq!(gone.kind(), Kind::NotFound);
    assert!(gone.to_string().contains("delete_bytes_after_months"), "{gone}");
    assert!(!export(&till, new).unwrap().is_empty() && !export(&till, waiting).unwrap().is_empty());
    let (row, attempts) = till.app.mail(old).unwrap();
    assert_eq!((row.state.word(), attempts.len()), ("sent", 1));
    assert!(row.recipients[0].reply.as_deref().unwrap().starts_with("250"));
    assert_eq!(till.app.check().unwrap().problems, [] as [String; 0]);
}

#[tokio::test]
async fn a_mail_without_its_bytes_is_not_sent_again() {
    use crate::support::scripted::{At, say};
    let server = Scripted::start(Script::at(At::Rcpt, || say("550 5.1.1 nobody here"))).await;
    let till = Till::at(server.address.port());
    let mail = till.send(&["anna@example.com"]);
    till.flush().await;
    age(&till, mail);
    till.app.set_setting("delete_bytes_after_months", "1").unwrap();
    assert_eq!(till.app.keep_house().await.unwrap(), 1);
    let refused = till.app.wish(mail, Wish::Retry).unwrap_err();
    assert_eq!(refused.kind(), Kind::Conflict);
    assert_eq!(till.states(mail), ["refused"]);
}

/// The file shrinks in steps, and a sale made meanwhile is not refused.
#[tokio::test]
async fn the_room_of_old_bytes_goes_back_to_the_disk_beside_sales() {
    let server = Scripted::start(Script::default()).await;
    let till = Till::at(server.address.port());
    let large =
        MailShape { to: vec!["a@example.com".into()], text: Some("x".into()), ..MailShape::default() };
    let file = OutgoingFile { name: "photos.zip".into(), bytes: vec![7; 12 << 20] };
    let mail = MailFile { mail: large, ..MailFile::default() };
    let mail = till.app.send(&mail, vec![file], None).unwrap().id;
    till.flush().await;
    age(&till, mail);
    till.app.set_setting("delete_bytes_after_months", "1").unwrap();
    let path = till.app.data().join("tillpost.db");
    let size = || {
        let sql = Connection::open(&path).unwrap();
        let pages: i64 = sql.pragma_query_value(None, "page_count", |r| r.get(0)).unwrap();
        pages * sql.pragma_query_value::<i64, _>(None, "page_size", |r| r.get(0)).unwrap()
    };
    let before = size();
    let app = till.app.clone();
    let (kept, sold) = tokio::join!(tokio::spawn(async move { app.keep_house().await }), async {
        let till = &till;
        (0..20).map(|n| till.send(&[&format!("c{n}@example.com")])).count()
    });
    assert_eq!((kept.unwrap().unwrap(), sold), (1, 20));
    assert!(size() + (4 << 20) < before, "{before} bytes, then {}", size());
    assert_eq!(till.app.check().unwrap().problems, [] as [String; 0]);
}
