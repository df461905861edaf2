//! One thread that makes every call to the place for secrets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::Duration;

use super::{AuthError, Store};

/// Calls that may wait for the thread; more means that it hangs.
const WAITING: usize = 64;

type Job = Box<dyn FnOnce(&dyn Store) + Send>;

/// The way to the thread. The thread ends with its last handle, unless it hangs; it never holds up an exit.
#[derive(Clone)]
pub(super) struct Worker {
    jobs: SyncSender<Job>,
}

impl Worker {
    /// Starts the thread and opens the place on it.
    pub(super) fn start<S: Store + 'static>(
        open: impl FnOnce() -> Result<S, AuthError> + Send + 'static,
        patience: Duration,
    ) -> Result<Self, AuthError> {
        let (jobs, queue) = mpsc::sync_channel::<Job>(WAITING);
        let (opened, result) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("secrets".into())
            .spawn(move || {
                let store = match open() {
                    Ok(store) => store,
                    Err(why) => {
                        let _ = opened.send(Err(why));
                        return;
                    }
                };
                let _ = opened.send(Ok(()));
                for job in queue {
                    job(&store);
                }
            })
            .map_err(|why| AuthError::Failed(why.to_string()))?;
        result.recv_timeout(patience).map_err(|_| no_answer(patience))??;
        Ok(Self { jobs })
    }

    /// Makes a call and waits for it.
    pub(super) fn call<T: Send + 'static>(
        &self,
        patience: Duration,
        call: impl FnOnce(&dyn Store) -> Result<T, AuthError> + Send + 'static,
    ) -> Result<T, AuthError> {
        let (answer, result) = mpsc::sync_channel(1);
        let given_up = self.submit(call, move |outcome| {
            let _ = answer.send(outcome);
        })?;
        result.recv_timeout(patience).unwrap_or_else(|_| {
            given_up.store(true, Ordering::Relaxed);
            Err(no_answer(patience))
        })
    }

    /// Makes a call and waits for it without holding a thread of the runtime.
    pub(super) async fn call_async<T: Send + 'static>(
        &self,
        patience: Duration,
        call: impl FnOnce(&dyn Store) -> Result<T, AuthError> + Send + 'static,
    ) -> Result<T, AuthError> {
        let (answer, result) = tokio::sync::oneshot::channel();
        let given_up = self.submit(call, move |outcome| {
            let _ = answer.send(outcome);
        })?;
        match tokio::time::timeout(patience, result).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => {
                given_up.store(true, Ordering::Relaxed);
                Err(no_answer(patience))
            }
        }
    }

    /// Queues a call; the flag it returns keeps a call that has not begun from being made.
    fn submit<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Store) -> Result<T, AuthError> + Send + 'static,
        answer: impl FnOnce(Result<T, AuthError>) + Send + 'static,
    ) -> Result<Arc<AtomicBool>, AuthError> {
        let given_up = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&given_up);
        let job: Job = Box::new(move |store| {
            if !seen.load(Ordering::Relaxed) {
                answer(call(store));
            }
        });
        self.jobs
            .try_send(job)
            .map_err(|_| AuthError::Failed("earlier calls to it are still waiting".into()))?;
        Ok(given_up)
    }
}

fn no_answer(patience: Duration) -> AuthError {
    AuthError::NoAnswer(patience.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Secret;

    struct Nothing;

    impl Store for Nothing {
        fn set(&self, _: &str, _: &Secret) -> Result<(), AuthError> {
            Ok(())
        }

        fn get(&self, _: &str) -> Result<Option<Secret>, AuthError> {
            Ok(None)
        }

        fn delete(&self, _: &str) -> Result<(), AuthError> {
            Ok(())
        }
    }

    const LONG: Duration = Duration::from_secs(60);

    /// A worker that hangs in a call until the sender is used or dropped.
    fn hanging() -> (Worker, mpsc::Sender<()>) {
        let worker = Worker::start(|| Ok(Nothing), LONG).unwrap();
        let (go, wait) = mpsc::channel();
        let (begun, has_begun) = mpsc::channel();
        let hang = move |_: &dyn Store| {
            begun.send(()).unwrap();
            let _ = wait.recv();
            Ok(())
        };
        worker.submit(hang, |_| {}).unwrap();
        has_begun.recv().unwrap();
        (worker, go)
    }

    #[test]
    fn a_hanging_place_is_given_up_and_a_call_not_begun_is_never_made() {
        let (worker, go) = hanging();
        let (made, calls) = mpsc::channel();
        let late = worker.call(Duration::from_millis(1), move |_| {
            made.send(()).unwrap();
            Ok(())
        });
        assert!(matches!(late, Err(AuthError::NoAnswer(_))));
        go.send(()).unwrap();
        let after = worker.call(LONG, |store| store.get("x"));
        assert!(after.unwrap().is_none());
        assert!(calls.recv().is_err(), "it was made after all");
    }

    #[test]
    fn a_place_that_does_not_open_says_why() {
        let refused = Worker::start(|| Err::<Nothing, _>(AuthError::Locked), LONG);
        assert!(matches!(refused.err(), Some(AuthError::Locked)));
        let (_hold, forever) = mpsc::channel::<()>();
        let hung = Worker::start(
            move || {
                let _ = forever.recv();
                Err::<Nothing, _>(AuthError::Locked)
            },
            Duration::from_millis(1),
        );
        assert!(matches!(hung.err(), Some(AuthError::NoAnswer(_))));
    }

    #[test]
    fn the_queue_has_an_end() {
        let (worker, _go) = hanging();
        for _ in 0..WAITING {
            assert!(worker.submit(|_| Ok(()), |_| {}).is_ok());
        }
        let refused = worker.submit(|_| Ok(()), |_| {});
        assert!(matches!(refused, Err(AuthError::Failed(_))));
    }
}
