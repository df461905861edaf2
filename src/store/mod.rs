//! The data file: the only place that speaks SQL.
//!
//! One writer thread, any number of readers that cannot write. Every write is an `IMMEDIATE`
//! transaction with `synchronous=FULL`: when a write has answered, it survives the power going out.
//! The tables are described in `schema/README.md`.

mod access;
mod accounts;
mod channels;
mod contacts;
mod copies;
mod counts;
mod delivery;
mod disabled;
mod documents;
mod drafts;
mod erase;
mod error;
mod fault;
mod folder;
mod forms;
mod handed_over;
mod integrations;
mod journal;
mod lists;
mod mails;
mod maintenance;
mod mime;
mod named_templates;
mod oauth;
mod open;
mod owner;
mod pace;
mod postings;
mod postpone;
pub mod private;
mod recovery;
mod restore;
mod retention;
mod revisions;
mod routes;
mod salvage;
mod senders;
mod settings;
mod templates;
mod webhooks;
mod writer;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::oneshot;

pub use access::{LinkRow, PasswordRow, PinRow, SessionRow};
pub use accounts::{AccountRow, SecretPlace};
pub use channels::ChannelRow;
pub use contacts::{BookPart, ContactCounts, ContactRow, Details, Origin};
pub use copies::CopyRule;
pub use counts::Counts;
pub use delivery::{Claimed, ClaimedRecipient, LARGE, Leave, Settlement, Which};
pub use disabled::DisabledRow;
pub use documents::{DocumentRow, NewDocument};
pub use drafts::DraftRow;
pub use erase::Traces;
pub use error::StoreError;
pub use fault::FaultPoint;
pub use folder::{FolderDrop, LastTaken};
pub use forms::{FormRow, NewForm};
pub use handed_over::HandedOver;
pub use integrations::IntegrationRow;
pub use lists::{DocumentEntry, DocumentQuery, MailPlace, MailQuery};
pub use mails::{AttemptRow, MailRow, NewMail, RecipientRow};
pub use maintenance::CheckReport;
pub use named_templates::NamedTemplateRow;
pub use open::NEWEST as SCHEMA_VERSION;
pub use owner::{Hand, Owner};
pub use pace::ChosenPace;
pub use postings::{NewPosting, PostingRow, StepOutcome};
pub use recovery::Recovered;
pub use restore::{Restored, restore};
pub use salvage::salvage;
pub use senders::SenderRow;
pub use settings::PAUSED;
pub use templates::{TemplateOf, TemplateRow};
pub use webhooks::{EventRecipient, EventRow, WebhookRow};
pub use writer::Tx;

/// The name of the data file inside the data folder.
pub const FILE_NAME: &str = "tillpost.db";

/// The open data file.
#[derive(Clone)]
pub struct Store {
    writer: writer::Writer,
    shared: Arc<Shared>,
}

struct Shared {
    data: PathBuf,
    file: PathBuf,
    idle_readers: Mutex<Vec<Connection>>,
}

/// A consistent view of the data file for reading.
pub struct Reader<'a> {
    pub(in crate::store) sql: &'a Connection,
}

impl Store {
    /// Opens the data file in the folder `data`, creating both where needed.
    ///
    /// `now_text` is the time as it may stand in a file name; it names the copy made before an upgrade.
    ///
    /// # Errors
    /// [`StoreError::TooNew`] and [`StoreError::Damaged`] leave the file as it is.
    pub fn open(data: &Path, now_text: &str) -> Result<Self, StoreError> {
        private::make_data_folder(data).map_err(|e| StoreError::file(data, &e))?;
        private::tighten(data);
        let file = data.join(FILE_NAME);
        let writer = writer::Writer::start(open::writer(&file, now_text)?)?;
        let shared = Shared { data: data.to_owned(), file, idle_readers: Mutex::default() };
        Ok(Self { writer, shared: Arc::new(shared) })
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.shared.data
    }

    /// The data file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.shared.file
    }

    /// Runs `job` in a write transaction and waits for the commit, blocking the thread meanwhile.
    ///
    /// # Errors
    /// The job's own error, or the store's; nothing was changed then.
    pub fn write<T, E>(&self, job: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (send, receive) = sync_channel(1);
        // Nobody listens when the waiting thread has gone; the write stands all the same.
        self.writer.submit(false, job, move |answer| drop(send.send(answer)));
        receive.recv().unwrap_or_else(|_| Err(writer_gone().into()))
    }

    /// Runs `job` in a write transaction. The write happens even when the future is dropped.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_async<T, E>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.queue_write(false, job).await
    }

    /// Queues `job` now, before the returned future is first polled; writes take place in the order
    /// they were queued. One that `lingers` waits up to a millisecond for another to share the commit.
    pub fn queue_write<T, E>(
        &self,
        lingers: bool,
        job: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send>>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (send, receive) = oneshot::channel();
        self.writer.submit(lingers, job, move |answer| drop(send.send(answer)));
        Box::pin(async move { receive.await.unwrap_or_else(|_| Err(writer_gone().into())) })
    }

    /// Runs `job` on a reader: all that it reads is of one moment. Short reads may be made from async code.
    ///
    /// # Errors
    /// The job's own error, or the store's.
    pub fn read<T, E: From<StoreError>>(
        &self,
        job: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.readers().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open::reader(&self.shared.file)?,
        };
        run_cached(&connection, "BEGIN DEFERRED")?;
        let result = job(&Reader { sql: &connection });
        // A connection that cannot be freed of its moment is not used again.
        if run_cached(&connection, "COMMIT").is_ok() {
            self.readers().push(connection);
        }
        result
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A reader that panicked left nothing half-done.
        self.shared.idle_readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tx<'_> {
    /// What a reader would see from inside this transaction.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader { sql: self.sql }
    }
}

/// Runs a statement that is needed all the time without parsing it anew.
fn run_cached(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn writer_gone() -> StoreError {
    StoreError::Defect("the writer thread has ended".into())
}
