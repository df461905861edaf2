//! Delivery: from the queue to the shop's mail server, and back with what became of it.

mod body;
mod books;
mod judge;
mod marks;
mod network;
mod round;
mod settling;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{App, Error, Kind, clock, pace};
use crate::domain::Millis;
use crate::domain::mail::{UNCERTAIN_WAIT_SECONDS, UncertainPolicy};
use crate::store::{AccountRow, FaultPoint, IntegrationRow, Owner, Tx};
use crate::transport::Deadlines;
pub use books::BooksPatience;
use books::BooksRound;
use network::Clocks;
use round::Round;

/// How often the queue is looked at when nothing wakes the loop: another process on the same data
/// folder has no other way to be heard.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long an account rests after the data file failed in the middle of its round.
const TROUBLE_WAIT: Duration = Duration::from_secs(10);
/// How often old bytes are looked for.
const TIDY_EVERY: Duration = Duration::from_secs(3600);
/// How long a running delivery may finish its mail when the program is asked to stop.
const STOP_WAIT: Duration = Duration::from_secs(10);

/// Sends what is due. One per process; several processes on one data folder share the work by leases.
#[derive(Clone)]
pub struct Deliverer {
    app: App,
    owner: Arc<Owner>,
    deadlines: Deadlines,
    patience: BooksPatience,
    /// Whether this process has looked for what dead ones left, once at least.
    looked_back: Arc<AtomicBool>,
    /// Accounts with a large mail on the wire.
    large: Arc<Mutex<HashSet<i64>>>,
}

/// While it lives, its account has a large mail on the wire.
struct BusyWithLarge(Deliverer, i64);

impl Drop for BusyWithLarge {
    fn drop(&mut self) {
        self.0.large().remove(&self.1);
    }
}

/// What a round is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// The mails of an account.
    Account(i64),
    /// The small ones of an account, beside a large one.
    Beside(i64),
    /// The sales of an accounting profile.
    Books(i64),
}

/// Rounds under way.
type Running = HashMap<Place, JoinHandle<()>>;

/// What a flush did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlushReport {
    /// Recipients for whom the server took a mail.
    pub accepted: usize,
    /// Recipients refused for good.
    pub refused: usize,
    /// Recipients refused for now.
    pub deferred: usize,
    /// Recipients and sales in doubt.
    pub uncertain: usize,
    /// Sales that are in the books now.
    pub posted: usize,
    /// Sales that were not posted.
    pub not_posted: usize,
    /// Accounts and profiles that could not be used, and why: a sentence each.
    pub troubles: Vec<(String, String)>,
}

impl FlushReport {
    fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.deferred += other.deferred;
        self.uncertain += other.uncertain;
        self.posted += other.posted;
        self.not_posted += other.not_posted;
        self.troubles.extend(other.troubles.iter().cloned());
    }
}

impl Deliverer {
    /// Prepares delivery for this process.
    ///
    /// # Errors
    /// When the data folder cannot be written.
    pub fn new(app: &App) -> Result<Self, Error> {
        let owner = Owner::register(app.data(), Uuid::now_v7())?;
        Ok(Self {
            app: app.clone(),
            owner: Arc::new(owner),
            deadlines: Deadlines::default(),
            patience: BooksPatience::default(),
            looked_back: Arc::default(),
            large: Arc::default(),
        })
    }

    /// The same with another patience for the shop's accounts.
    #[must_use]
    pub fn with_patience(mut self, patience: BooksPatience) -> Self {
        self.patience = patience;
        self
    }

    /// Tries everything that is due, at once: a person asks. Undo times end and back-offs are passed;
    /// holds and limits are not.
    ///
    /// # Errors
    /// The store's own; what became of the mails is in the report.
    pub async fn flush(&self) -> Result<FlushReport, Error> {
        self.tidy().await?;
        let now = clock::now();
        self.app.store.write_async(move |tx| Ok::<_, Error>(tx.end_undo_times(now)?)).await?;
        let accounts = self.app.store.read(|reader| reader.accounts())?;
        let mut rounds = tokio::task::JoinSet::new();
        for account in accounts {
            let round = Round::new(self, true);
            rounds.spawn(async move { round.run(account).await });
        }
        for profile in self.app.store.read(|reader| reader.integrations())? {
            let round = BooksRound::new(self, true);
            rounds.spawn(async move { round.run(profile).await });
        }
        let (mut report, mut trouble) = (FlushReport::default(), None);
        while let Some(done) = rounds.join_next().await {
            // One round's trouble breaks off no other, whose mails may be on their way.
            match done.unwrap_or_else(|e| Err(Error::new(Kind::Defect, e.to_string()))) {
                Ok(done) => report.add(&done),
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        trouble.map_or(Ok(report), Err)
    }

    /// Delivers until `stop` resolves, then lets running mails finish for a short while.
    ///
    /// # Errors
    /// None of its own: trouble is logged, recorded with its account, and tried again.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut running: Running = HashMap::new();
        let mut watch = tokio::task::JoinSet::new();
        watch.spawn(self.clone().watch_network());
        watch.spawn(self.clone().keep_house());
        let mut clocks = Clocks::new();
        loop {
            if clocks.jumped()
                && let Err(error) = self.against_clock(true).await
            {
                tracing::error!(%error, "the waits could not be set right after the clock jumped");
            }
            // Armed before looking, so that nothing queued in between is overlooked.
            let wake = self.app.wake.notified();
            tokio::pin!(wake);
            wake.as_mut().enable();
            running.retain(|_, round| !round.is_finished());
            if let Err(error) = self.start_due(&mut running).await {
                tracing::error!(%error, "the queue could not be looked at");
            }
            tokio::select! {
                () = &mut stop => break,
                () = &mut wake => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        let finish = async {
            for (_, round) in running {
                let _ = round.await;
            }
        };
        if tokio::time::timeout(STOP_WAIT, finish).await.is_err() {
            tracing::warn!("a mail was still being sent; what became of it is judged at the next start");
        }
    }

    /// Keeps the data file in order until it is dropped.
    async fn keep_house(self) {
        loop {
            if let Err(error) = self.app.keep_house().await {
                tracing::error!(%error, "the data file could not be tidied");
            }
            if let Err(error) = self.app.renew_idle().await {
                tracing::error!(%error, "idle connections could not be renewed");
            }
            tokio::time::sleep(TIDY_EVERY).await;
        }
    }

    async fn start_due(&self, running: &mut Running) -> Result<(), Error> {
        self.tidy().await?;
        let now = clock::now();
        for account in self.app.store.read(|reader| reader.accounts())? {
            let id = account.id;
            let beside = running.contains_key(&Place::Account(id));
            let place = if beside { Place::Beside(id) } else { Place::Account(id) };
            if running.contains_key(&place)
                || (beside && !self.may_go_beside(&account, now)?)
                || !self.is_due(&account, now, beside)?
            {
                continue;
            }
            let round = if beside { Round::beside(self) } else { Round::new(self, false) };
            running.insert(place, tokio::spawn(seen_to(async move { round.run(account).await })));
        }
        for profile in self.app.store.read(|reader| reader.integrations())? {
            let place = Place::Books(profile.id);
            if !running.contains_key(&place) && self.is_to_post(&profile, now)? {
                let round = BooksRound::new(self, false);
                running.insert(place, tokio::spawn(seen_to(async move { round.run(profile).await })));
            }
        }
        Ok(())
    }

    /// Whether small mails may go over a second connection: while a large one is on the first, where the
    /// provider takes two.
    fn may_go_beside(&self, account: &AccountRow, now: Millis) -> Result<bool, Error> {
        if !self.large().contains(&account.id) {
            return Ok(false);
        }
        let limits = self.app.store.read(|reader| pace::limits(reader, account, now))?;
        Ok(limits.connections.is_none_or(|most| most > 1))
    }

    fn busy_with_large(&self, account: i64) -> BusyWithLarge {
        self.large().insert(account);
        self.app.wake();
        BusyWithLarge(self.clone(), account)
    }

    fn large(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.large.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_due(&self, account: &AccountRow, now: Millis, beside: bool) -> Result<bool, Error> {
        if !account.enabled || !account.breaker.clone().against_clock(now).allows(now, false) {
            return Ok(false);
        }
        if account.paused {
            return Ok(false);
        }
        let mut which = pace::which(&self.app.settings()?, now);
        if beside {
            which = which.small();
        }
        Ok(self.app.store.read(|reader| reader.is_due(account.id, which, now))?)
    }

    fn is_to_post(&self, profile: &IntegrationRow, now: Millis) -> Result<bool, Error> {
        if !profile.enabled || !profile.breaker.clone().against_clock(now).allows(now, false) {
            return Ok(false);
        }
        Ok(self.app.paused()?.is_none()
            && self.app.store.read(|reader| reader.is_posting_due(profile.id, now))?)
    }

    /// Takes up what dead processes left.
    async fn look_back(&self, now: Millis) -> Result<(), Error> {
        let (data, owner) = (self.app.data().to_owned(), self.owner.clone());
        let found =
            self.app.store.write_async(move |tx| Ok::<_, Error>(tx.recover(&data, &owner, now)?)).await?;
        if found.waiting + found.uncertain + found.answered > 0 {
            FaultPoint::TakenUp.pass();
            tracing::warn!(
                waiting = found.waiting,
                uncertain = found.uncertain,
                answered = found.answered,
                "took up mails of a stopped process"
            );
        }
        for file in found.remains {
            // Another process may have been quicker.
            let _ = std::fs::remove_file(file);
        }
        Ok(())
    }

    /// Looks for what dead processes left, and sends uncertain mails again where the policy says so.
    async fn tidy(&self) -> Result<(), Error> {
        let (me, now) = (self.owner.id(), clock::now());
        let leases = self.app.store.read(|reader| reader.leases_to_look_at(me, now))?;
        let first = !self.looked_back.swap(true, Ordering::Relaxed);
        if first {
            // The clock may have been set while nobody looked.
            self.against_clock(false).await?;
        }
        if self.owner.has_dropped() || leases || first {
            let looked = self.look_back(now).await;
            if looked.is_err() {
                // On a full disk there was nothing to be done: not looked yet.
                self.owner.still_dropped();
            }
            looked?;
        }
        self.decide_uncertain(now).await
    }

    /// Sends uncertain mails again, or leaves them, where the policy says so.
    async fn decide_uncertain(&self, now: Millis) -> Result<(), Error> {
        let before = now.plus_seconds(-UNCERTAIN_WAIT_SECONDS);
        let uncertain = self.app.store.read(|reader| reader.uncertain_since(before))?;
        if uncertain.is_empty() {
            return Ok(());
        }
        let settings = self.app.settings()?;
        let decided: Vec<(i64, i64, bool)> = uncertain
            .into_iter()
            .filter_map(|(recipient, mail, kind)| match settings.policy(kind) {
                UncertainPolicy::ResendOnce => Some((recipient, mail, true)),
                UncertainPolicy::Never => Some((recipient, mail, false)),
                UncertainPolicy::Ask => None,
            })
            .collect();
        if !decided.is_empty() {
            tracing::info!(recipients = decided.len(), "doing with uncertain mails what the policy says");
            let decide = move |tx: &Tx<'_>| {
                decided.iter().try_for_each(|(recipient, mail, again)| {
                    Ok::<_, Error>(tx.decide_uncertain(*recipient, *mail, *again, now)?)
                })
            };
            self.app.store.write_async(decide).await?;
        }
        Ok(())
    }
}

/// A round whose end is seen to.
async fn seen_to(round: impl Future<Output = Result<FlushReport, Error>>) {
    if let Err(error) = round.await {
        tracing::error!(%error, "a delivery round ended early");
        // The data file is in trouble: the server need not be called every second.
        tokio::time::sleep(TROUBLE_WAIT).await;
    }
}
