//! Tillpost, the mail module of a point of sale.
//!
//! It turns job cards and invoices into PDFs, keeps every outgoing mail in an embedded SQLite file until
//! the shop's own mail server has taken it, and works the same with the network cable pulled.
//!
//! ```no_run
//! # fn main() -> Result<(), tillpost::app::Error> {
//! use tillpost::app::{App, Deliverer};
//! use tillpost::wire::InputFile;
//!
//! let app = App::open("/var/lib/till".as_ref())?;
//! let file = std::fs::read("invoice.json").unwrap_or_default();
//! if let InputFile::Document(document) = InputFile::read(&file)? {
//!     let issued = app.issue(*document)?; // number, PDF and queued mail, all or nothing
//!     println!("{} is issued", issued.document.number);
//! }
//! let runtime = tokio::runtime::Runtime::new().unwrap();
//! let report = runtime.block_on(Deliverer::new(&app)?.flush())?;
//! println!("{} recipients served", report.accepted);
//! # Ok(())
//! # }
//! ```
//!
//! # The rooms
//!
//! | room | what it is for | the only place that uses |
//! |---|---|---|
//! | [`domain`] | money, documents, addresses, the states of a mail: values and pure functions | |
//! | [`store`] | the data file | `rusqlite` |
//! | [`render`] | a document drawn: layout, draw list, PDF | `printpdf`, `lopdf` |
//! | [`einvoice`] | an invoice as EN 16931 XML; apart from `render`, which only attaches bytes | `en16931`, `en16931_formats` |
//! | [`compose`] | a letter sealed: MIME bytes and envelope | `lettre::message`, `minijinja` |
//! | [`transport`] | a sealed mail on the wire, and what webhooks are told | `lettre::transport`, `rustls` |
//! | [`accounting`] | the shop's accounts elsewhere: what is asked there, and what answers mean | `quick_xml` |
//! | [`auth`] | where passwords and tokens live, signing in at Microsoft and Google, and what lets people and programs in | `keyring`, `oauth2`, `chacha20poly1305`, `argon2` |
//! | [`outbox`] | the watched folder | `notify` |
//! | [`wire`] | the shapes of files, HTTP and `--json` | `schemars` |
//! | [`app`] | the use cases; the only reader of the clock | |
//! | [`http`] | the one door for screens and other programs | `axum`, `rcgen`, `rust_embed`, `zip` |
//! | [`cli`] | the command line | `clap` |
//!
//! Arrows point one way: `domain` ← the middle rooms ← `app` ← `http`, `cli`. The middle rooms never
//! import each other. `tests/it/rooms.rs` keeps these rules.
//!
//! # An invoice's way
//!
//! 1. `cli`, `http` or `outbox` lets it in; `wire` turns it into a draft; bad input ends here with the
//!    path of its field.
//! 2. [`app::App::issue`]: totals, then PDF and sealed MIME under the number it will most likely have;
//!    one transaction: find by `client_ref`, number, rows. Commit, then answer.
//! 3. [`app::Deliverer`] wakes, connects and signs in; trouble up to here is the account's, never a mail's.
//! 4. It claims as many mails by lease as pause and pace allow, names their recipients, streams the body,
//!    and writes the mark durably before the final dot leaves. Beside its lock in `run/` each process
//!    notes which marks it used and what was answered, so that a killed one leaves little in doubt.
//! 5. Each recipient is settled by what the server said; the conversation is kept with the mail.
//!
//! # Invariants
//!
//! 1. `domain` does no I/O, reads no clock, sees no float.
//! 2. No network call is made inside a database transaction.
//! 3. Document, number, PDF and mail appear together or not at all.
//! 4. An issued document never changes; a correction is a new version.
//! 5. A mail's bytes are fixed when it is queued.
//! 6. A mail in hand belongs to a live lease; the mark needs the lease; nobody takes a lease from a
//!    process that runs.
//! 7. A later mail never waits for an earlier one to succeed.
//! 8. Nothing printed is computed at print time.
//! 9. A secret is in the keyring (or the encrypted file) and in the sign-in call, never in the
//!    database, a log, an error or a process list.
//! 10. Without a network everything works but sending.
//! 11. Nothing acknowledged is lost: `synchronous=FULL`, commit before the answer.
//! 12. The network never sees a password on an unencrypted connection.

pub mod accounting;
pub mod app;
pub mod auth;
pub mod cli;
pub mod compose;
pub mod domain;
pub mod einvoice;
pub mod http;
pub mod outbox;
pub mod render;
pub mod store;
pub mod transport;
pub mod wire;
