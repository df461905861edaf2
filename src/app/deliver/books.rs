//! One round of one accounting profile: claim a sale, enter it step by step, settle each step, stop at
//! trouble that is the profile's.

use std::time::Duration;

use super::{Deliverer, FlushReport};
use crate::accounting::{Books, Failure};
use crate::app::integrations::{self, Line};
use crate::app::{Error, clock};
use crate::domain::mail::{Event, State, deferred_wait_seconds};
use crate::domain::posting::{Done, SETTLE_SECONDS, Sale, Step, Turn};
use crate::store::{self, FaultPoint, Hand, IntegrationRow, PostingRow, SecretPlace, StepOutcome};

/// How long a claimed sale stays ours where nobody can tell whether we live: longer than all its requests.
const CLAIM_SECONDS: i64 = 900;

/// How long the books are waited for.
#[derive(Debug, Clone, Copy)]
pub struct BooksPatience {
    /// For an answer.
    pub answer: Duration,
    /// After a lost one, before they are searched: longer than a request may take there.
    pub rest: Duration,
}

impl Default for BooksPatience {
    fn default() -> Self {
        let rest = Duration::from_secs(SETTLE_SECONDS.unsigned_abs());
        Self { answer: integrations::ANSWER, rest }
    }
}

/// One round.
pub(super) struct BooksRound {
    deliverer: Deliverer,
    /// A person asks: back-offs are passed.
    asked: bool,
}

/// A sale in hand.
struct InHand<'a> {
    posting: &'a PostingRow,
    sale: Sale,
    pdf: Vec<u8>,
    done: Done,
    /// What is to be known although it went well.
    note: String,
}

/// Whether the round goes on to the next sale.
enum Next {
    Sale,
    Stop(Failure),
}

impl BooksRound {
    pub(super) fn new(deliverer: &Deliverer, asked: bool) -> Self {
        Self { deliverer: deliverer.clone(), asked }
    }

    /// Posts what is due by `profile`.
    pub(super) async fn run(self, profile: IntegrationRow) -> Result<FlushReport, Error> {
        let mut report = FlushReport::default();
        let (app, now) = (&self.deliverer.app, clock::now());
        if !app.store.read(|reader| reader.is_posting_due(profile.id, now))? {
            return Ok(report);
        }
        let breaker = profile.breaker.clone().against_clock(now);
        let waits = if app.paused()?.is_some() {
            Some("sending is paused".to_owned())
        } else if !profile.enabled {
            Some("this profile is switched off".to_owned())
        } else {
            (!breaker.allows(now, self.asked)).then_some(breaker.reason)
        };
        if let Some(why) = waits {
            report.troubles.push((profile.name, why));
            return Ok(report);
        }
        let line = Line { patience: self.deliverer.patience.answer };
        let stopped = match app.access_to(&profile).await? {
            Err(failure) => Some(failure),
            Ok(access) => {
                let books = integrations::books(&profile, &access, &line)?;
                self.post_all(&profile, &books, &mut report).await?
            }
        };
        if let Some(failure) = stopped {
            report.troubles.push((profile.name.clone(), failure.to_string()));
            app.hold_integration(&profile, &failure).await?;
        }
        Ok(report)
    }

    async fn post_all(
        &self,
        profile: &IntegrationRow,
        books: &Books<'_, Line>,
        report: &mut FlushReport,
    ) -> Result<Option<Failure>, Error> {
        while let Some((posting, hand)) = self.claim(profile).await? {
            FaultPoint::PostingClaimed.pass();
            // What is still leased after an error is taken up as if this process had died.
            let next = self.post(profile, books, &posting, report).await?;
            hand.lets_go();
            if let Next::Stop(failure) = next {
                return Ok(Some(failure));
            }
        }
        Ok(None)
    }

    async fn claim(&self, profile: &IntegrationRow) -> Result<Option<(PostingRow, Hand)>, Error> {
        let (begun, owner, now) = (profile.clone(), self.deliverer.owner.clone(), clock::now());
        let until = now.plus_seconds(CLAIM_SECONDS);
        self.deliverer
            .app
            .store
            .write_async(move |tx| {
                // Asked inside the transaction: after a pause nothing is claimed, by no process.
                if tx.reader().setting(store::PAUSED)?.is_some() {
                    return Ok(None);
                }
                // Nor by a profile that was switched off meanwhile, or leads to other books now.
                let found = tx.reader().integration(&begun.name)?;
                if !found.is_some_and(|profile| profile.enabled && leads(&profile) == leads(&begun)) {
                    return Ok(None);
                }
                Ok::<_, Error>(tx.claim_posting(begun.id, &owner, (now, until))?)
            })
            .await
    }

    async fn post(
        &self,
        profile: &IntegrationRow,
        books: &Books<'_, Line>,
        posting: &PostingRow,
        report: &mut FlushReport,
    ) -> Result<Next, Error> {
        let (sale, pdf) = match self.deliverer.app.sale_of(posting)? {
            Ok(ready) => ready,
            Err(why) => {
                report.not_posted += 1;
                let (reason, wait) = match posting.state {
                    State::Uncertain => (not_searched(&why), again(posting)),
                    _ => (why, 0),
                };
                let hand = (posting.id, posting.done);
                return self.settle(hand, Turn::As(Event::Refuse), reason, wait).await.map(|()| Next::Sale);
            }
        };
        let mut hand = InHand { posting, sale, pdf, done: posting.done, note: String::new() };
        let mut doubtful = posting.step;
        if hand.done.next(!hand.sale.paid.is_zero()).is_none() {
            // What kept it from its end was a payment that there is none of.
            self.settle((posting.id, hand.done), Turn::Finished, String::new(), 0).await?;
        }
        while let Some(step) = hand.done.next(!hand.sale.paid.is_zero()) {
            let is_doubtful = posting.search_first || doubtful.take() == Some(step);
            let found = match is_doubtful {
                true => match books.find(step, &hand.sale, hand.done).await {
                    Ok(found) => found,
                    Err(failure) => return self.not_found_out(&hand, failure, report).await,
                },
                false => None,
            };
            let id = match found {
                Some(id) => Ok(id),
                None => {
                    self.mark(posting.id, step).await?;
                    FaultPoint::PostingMarked.pass();
                    books.enter(step, &hand.sale, hand.done, &hand.pdf).await
                }
            };
            FaultPoint::PostingAnswered.pass();
            let id = match (step, id) {
                (_, Ok(id)) => id,
                // The books are right without the page; the sale goes on.
                (Step::File, Err(Failure::Refused(why))) => {
                    hand.note = format!("The PDF is not attached: {why}");
                    0
                }
                (_, Err(failure)) => return self.not_done(&hand, failure, report).await,
            };
            hand.done = hand.done.with(step, id);
            let finished = hand.done.next(!hand.sale.paid.is_zero()).is_none();
            let turn = if finished { Turn::Finished } else { Turn::StepDone };
            self.settle((posting.id, hand.done), turn, hand.note.clone(), 0).await?;
            FaultPoint::PostingStepStands.pass();
        }
        self.reached(profile).await?;
        report.posted += 1;
        tracing::info!(posting = posting.id, profile = %profile.name, invoice = hand.done.invoice, "a sale is in the books");
        Ok(Next::Sale)
    }

    /// Settles a step that was not done, or may not have been.
    async fn not_done(
        &self,
        hand: &InHand<'_>,
        failure: Failure,
        report: &mut FlushReport,
    ) -> Result<Next, Error> {
        let rest = i64::try_from(self.deliverer.patience.rest.as_millis()).unwrap_or(i64::MAX);
        let (event, wait) = match &failure {
            Failure::Lost(_) => (Event::Lose, rest),
            Failure::Refused(_) => (Event::Refuse, 0),
            Failure::Again(_) => (Event::Defer, again(hand.posting)),
            Failure::NotReached(_) | Failure::SignIn(_) | Failure::Address(_) | Failure::Off(_) => {
                (Event::NotSent, 0)
            }
        };
        match event {
            Event::Lose => report.uncertain += 1,
            _ => report.not_posted += 1,
        }
        tracing::warn!(posting = hand.posting.id, %failure, "a sale was not posted");
        self.settle((hand.posting.id, hand.done), Turn::As(event), failure.to_string(), wait).await?;
        Ok(match failure {
            Failure::Refused(_) | Failure::Again(_) => Next::Sale,
            failure => Next::Stop(failure),
        })
    }

    /// Leaves a step in doubt whose search failed: what an earlier try entered may stand there all the same.
    async fn not_found_out(
        &self,
        hand: &InHand<'_>,
        failure: Failure,
        report: &mut FlushReport,
    ) -> Result<Next, Error> {
        report.uncertain += 1;
        tracing::warn!(posting = hand.posting.id, %failure, "the books could not be searched for a sale");
        let (reason, wait) = match &failure {
            Failure::Refused(why) => (not_searched(why), again(hand.posting)),
            Failure::Again(_) => (failure.to_string(), again(hand.posting)),
            failure => (failure.to_string(), 0),
        };
        self.settle((hand.posting.id, hand.done), Turn::As(Event::NotSent), reason, wait).await?;
        Ok(match failure {
            Failure::Refused(_) | Failure::Again(_) => Next::Sale,
            failure => Next::Stop(failure),
        })
    }

    async fn mark(&self, id: i64, step: Step) -> Result<(), Error> {
        let (owner, until) = (self.deliverer.owner.id(), clock::now().plus_seconds(CLAIM_SECONDS));
        let mark = move |tx: &store::Tx<'_>| Ok::<_, Error>(tx.mark_posting(id, owner, step, until)?);
        self.deliverer.app.store.write_async(mark).await
    }

    async fn settle(
        &self,
        (posting, done): (i64, Done),
        turn: Turn,
        reason: String,
        wait_ms: i64,
    ) -> Result<(), Error> {
        let (owner, at) = (self.deliverer.owner.id(), clock::now());
        let next = at.plus_millis(wait_ms);
        let outcome = StepOutcome { posting, owner, turn, done, reason, next, at };
        let settle = move |tx: &store::Tx<'_>| Ok::<_, Error>(tx.settle_posting(&outcome)?);
        self.deliverer.app.store.write_async(settle).await
    }

    async fn reached(&self, profile: &IntegrationRow) -> Result<(), Error> {
        let (id, now) = (profile.id, clock::now());
        self.deliverer.app.store.write_async(move |tx| Ok::<_, Error>(tx.integration_reached(id, now)?)).await
    }
}

/// How long a sale rests that met trouble of its own.
///
/// # Units
/// Milliseconds.
fn again(posting: &PostingRow) -> i64 {
    deferred_wait_seconds(posting.tries + 1) * 1000
}

/// What is said of a sale that stays in doubt.
fn not_searched(why: &str) -> String {
    format!("Whether it is in the books could not be looked up: {why}")
}

/// Where a profile leads, and as whom.
fn leads(profile: &IntegrationRow) -> (i64, &str, &str, &str, SecretPlace) {
    (profile.id, &profile.package, &profile.endpoint, &profile.user, profile.place)
}
