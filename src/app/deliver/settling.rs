//! Results on their way to the data file, while the next mails are being sent.

use std::time::Duration;

use tokio::task::JoinSet;

use super::Deliverer;
use crate::store::{FaultPoint, Hand, Settlement, StoreError};

/// How often a result is offered to a data file that cannot be written.
const TRIES: u32 = 100;
/// The pause between two such tries.
const PAUSE: Duration = Duration::from_secs(3);
/// Results under way at most; with more, sending waits.
const UNDER_WAY: usize = 32;

/// The results of one round.
pub(super) struct Results {
    deliverer: Deliverer,
    writing: JoinSet<()>,
}

impl Results {
    pub(super) fn new(deliverer: &Deliverer) -> Self {
        Self { deliverer: deliverer.clone(), writing: JoinSet::new() }
    }

    /// Queues the result of a mail in `hand`; results reach the data file in the order they are queued.
    pub(super) async fn record(&mut self, settlement: Settlement, mut hand: Hand) {
        while self.writing.try_join_next().is_some() {}
        if self.writing.len() >= UNDER_WAY {
            self.writing.join_next().await;
        }
        FaultPoint::Answered.pass();
        hand.answered(&settlement);
        FaultPoint::AnswerNoted.pass();
        let writing = settlement.clone();
        let first = self.deliverer.app.store.queue_write(true, move |tx| tx.settle(&writing));
        let deliverer = self.deliverer.clone();
        self.writing.spawn(async move { deliverer.see_recorded(settlement, hand, first.await).await });
    }

    /// Waits until all of them are in the data file.
    pub(super) async fn all(&mut self) {
        while self.writing.join_next().await.is_some() {}
    }
}

impl Deliverer {
    /// Sees to it that a result reaches the data file, also when the disk is full for a while.
    async fn see_recorded(&self, settlement: Settlement, hand: Hand, mut result: Result<(), StoreError>) {
        let mail = settlement.mail;
        for _ in 0..TRIES {
            match result {
                Ok(()) => {
                    tracing::info!(mail, result = %settlement.result, "a mail was dealt with");
                    FaultPoint::ResultStands.pass();
                    return hand.lays_down();
                }
                Err(error @ (StoreError::Conflict(_) | StoreError::Defect(_))) => {
                    tracing::error!(mail, %error, "a result could not be recorded");
                    break;
                }
                Err(error) => tracing::error!(mail, %error, "a result waits to be recorded"),
            }
            tokio::time::sleep(PAUSE).await;
            let again = settlement.clone();
            result = self.app.store.write_async(move |tx| tx.settle(&again)).await;
        }
        // What was noted of it stays, for the recovery that finds it in nobody's hands.
        drop(hand);
    }
}
