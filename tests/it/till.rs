//! A till in this process: a data folder, an account at a scripted server, and what delivery did.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use tillpost::app::{AccountInput, App, Deliverer, Error, FlushReport, Issued};
use tillpost::domain::account::{Account, Encryption, SignIn, Transport};
use tillpost::domain::address::Mailbox;
use tillpost::store::{FILE_NAME, MailRow};
use tillpost::wire::{InputFile, MailFile, MailShape};

/// A data file in `folder` as the version of the program wrote it that knew so many migrations.
pub fn old_file(folder: &Path, migrations: usize) -> Connection {
    let old = Connection::open(folder.join(FILE_NAME)).unwrap();
    // As files were until deleted things were overwritten.
    old.pragma_update(None, "secure_delete", false).unwrap();
    let mut all: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/schema"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
        .collect();
    all.sort();
    for migration in &all[..migrations] {
        old.execute_batch(&std::fs::read_to_string(migration).unwrap()).unwrap();
    }
    old.execute_batch(&format!("PRAGMA application_id = 1416188015; PRAGMA user_version = {migrations};"))
        .unwrap();
    old
}

/// A mail to Anna with something about it changed.
pub fn mail(change: impl FnOnce(&mut MailShape)) -> MailFile {
    let mut mail = MailShape {
        to: vec!["anna@example.com".to_owned()],
        subject: Some("Ready".into()),
        text: Some("It is ready.\n".into()),
        ..MailShape::default()
    };
    change(&mut mail);
    MailFile { mail, ..MailFile::default() }
}

pub struct Till {
    pub folder: TempDir,
    pub app: App,
}

impl Till {
    pub fn at(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = App::open(&folder.path().join("data")).unwrap();
        app.set_setting("undo_seconds", "0").unwrap();
        let till = Self { folder, app };
        till.account(port);
        till
    }

    /// Sets the account up, or anew.
    pub fn account(&self, port: u16) {
        let account = plain_account("default", port);
        self.app.set_account(AccountInput { account, secret: None }).unwrap();
    }

    pub fn send(&self, to: &[&str]) -> i64 {
        let strings = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        let mail = MailShape {
            to: strings(to),
            subject: Some("Your bicycle".into()),
            text: Some("It is ready.\n".into()),
            ..MailShape::default()
        };
        self.app.send(&MailFile { mail, ..MailFile::default() }, vec![], None).unwrap().id
    }

    pub fn issue(&self, document: &Value) -> Result<Issued, Error> {
        let InputFile::Document(file) = InputFile::read(document.to_string().as_bytes())? else {
            panic!("not a document: {document}");
        };
        self.app.issue(*file)
    }

    /// Queues mails to addresses that tell their order, and gives these.
    pub fn numbered(&self, count: usize) -> Vec<String> {
        let all: Vec<String> = (0..count).map(|n| format!("c{n:02}@example.com")).collect();
        for address in &all {
            self.send(&[address]);
        }
        all
    }

    pub async fn flush(&self) -> FlushReport {
        Deliverer::new(&self.app).unwrap().flush().await.unwrap()
    }

    pub fn mail(&self, id: i64) -> MailRow {
        self.app.mail(id).unwrap().0
    }

    /// The states of a mail's recipients, in the order of its envelope.
    pub fn states(&self, id: i64) -> Vec<&'static str> {
        self.mail(id).recipients.iter().map(|r| r.state.word()).collect()
    }
}

/// An account at a server on this machine that asks for nothing.
pub fn plain_account(name: &str, port: u16) -> Account {
    Account {
        name: name.into(),
        transport: Transport::Smtp,
        host: "127.0.0.1".into(),
        port,
        encryption: Encryption::None,
        allow_plaintext: false,
        sign_in: SignIn::None,
        user: String::new(),
        from: Mailbox::parse("Shop <shop@till.example>").unwrap(),
        reply_to: vec![],
        ca_pem: None,
        pin: None,
        oauth: None,
    }
}

/// Lets every write transaction that changes this column of a table to a value run to its end and fail
/// there, as on a full disk, until the answer is dropped.
pub fn no_commit_of(data: &Path, table: &str, column: &str) -> NoCommit {
    let sql = Connection::open(data.join(FILE_NAME)).unwrap();
    sql.execute_batch(&format!(
        "CREATE TABLE room (id INTEGER PRIMARY KEY);
         CREATE TABLE on_disk (room INTEGER REFERENCES room (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER full AFTER UPDATE OF {column} ON {table} WHEN new.{column} IS NOT NULL
             BEGIN INSERT INTO on_disk VALUES (1); END;"
    ))
    .unwrap();
    NoCommit(sql)
}

pub struct NoCommit(Connection);

impl Drop for NoCommit {
    fn drop(&mut self) {
        self.0.execute_batch("DROP TRIGGER full; DROP TABLE on_disk; DROP TABLE room;").unwrap();
    }
}
