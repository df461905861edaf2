//! The one thread that writes.
//!
//! SQLite has one writer at a time; giving it one thread makes that visible, keeps transactions short,
//! and lets writes that arrive together share one `fsync`: each runs in its own savepoint, so that one
//! may fail alone, and all are answered after the common commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::error::StoreError;
use super::fault::FaultPoint;
use super::run_cached;

/// Writes that wait to be taken up; more make the senders wait.
const WAITING_WRITES: usize = 256;
/// Writes that share a commit at most, so that the first is not answered too late.
const WRITES_A_COMMIT: usize = 64;
/// How long a write that is in no hurry waits for company.
const LINGER: Duration = Duration::from_millis(1);

/// A running write transaction: the only way to change the data file.
pub struct Tx<'a> {
    pub(super) sql: &'a Connection,
}

/// A write on its way through the thread: run once, or not at all, then answered.
trait Write: Send {
    /// Runs it; whether its changes are to be kept.
    fn run(&mut self, tx: &Tx<'_>) -> bool;
    /// Tells the sender how it went, given how the transaction as a whole went.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Pending<F, T, E> {
    job: Option<F>,
    result: Option<Result<T, E>>,
    answer: Box<dyn FnOnce(Result<T, E>) + Send>,
}

impl<F, T, E> Write for Pending<F, T, E>
where
    F: FnOnce(&Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &Tx<'_>) -> bool {
        let Some(job) = self.job.take() else {
            return false;
        };
        let result = catch_unwind(AssertUnwindSafe(|| job(tx)))
            .unwrap_or_else(|_| Err(StoreError::Defect("a write panicked".into()).into()));
        self.result.insert(result).is_ok()
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match (self.result, committed) {
            (Some(Err(own)), _) => Err(own),
            (_, Err(common)) => Err(common.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(StoreError::Defect("a write was not run".into()).into()),
        };
        (self.answer)(answer);
    }
}

struct Job {
    write: Box<dyn Write>,
    lingers: bool,
}

/// The writing end of the data file.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: SyncSender<Job>,
}

impl Writer {
    /// Starts the thread that owns `connection`; it ends when the last `Writer` is dropped.
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, inbox) = sync_channel(WAITING_WRITES);
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || work(connection, &inbox))
            .map_err(|e| StoreError::Defect(format!("cannot start the writer thread: {e}")))?;
        Ok(Self { jobs })
    }

    /// Queues `job`; `answer` is called after its commit, or with its own error.
    pub(super) fn submit<T, E>(
        &self,
        lingers: bool,
        job: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        answer: impl FnOnce(Result<T, E>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let write = Box::new(Pending { job: Some(job), result: None, answer: Box::new(answer) });
        // A closed channel drops the job and its answer: who waits for it sees that.
        let _ = self.jobs.send(Job { write, lingers });
    }
}

fn work(mut connection: Connection, inbox: &Receiver<Job>) {
    while let Ok(first) = inbox.recv() {
        let mut writes = Vec::new();
        let outcome = commit_together(&mut connection, first, inbox, &mut writes);
        for write in writes {
            write.answer(outcome.clone());
        }
    }
}

/// Runs `first` and whatever else is waiting in one transaction.
fn commit_together(
    connection: &mut Connection,
    first: Job,
    inbox: &Receiver<Job>,
    writes: &mut Vec<Box<dyn Write>>,
) -> Result<(), StoreError> {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            writes.push(first.write);
            return Err(error.into());
        }
    };
    let mut next = Some(first);
    let mut worth_committing = false;
    while let Some(Job { mut write, lingers }) = next {
        let ran = run_cached(&transaction, "SAVEPOINT job").map(|()| write.run(&Tx { sql: &transaction }));
        writes.push(write);
        let keep = ran?;
        if !keep {
            run_cached(&transaction, "ROLLBACK TO job")?;
        }
        run_cached(&transaction, "RELEASE job")?;
        worth_committing |= keep;
        next = if writes.len() >= WRITES_A_COMMIT { None } else { company(inbox, lingers) };
    }
    if !worth_committing {
        return Ok(transaction.rollback()?);
    }
    FaultPoint::BeforeCommit.pass();
    transaction.commit()?;
    FaultPoint::AfterCommit.pass();
    Ok(())
}

fn company(inbox: &Receiver<Job>, lingers: bool) -> Option<Job> {
    if lingers { inbox.recv_timeout(LINGER).ok() } else { inbox.try_recv().ok() }
}
