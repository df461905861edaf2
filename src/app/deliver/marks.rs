//! The marks of a batch: each stands durably before its mail's final dot leaves.
//!
//! One commit for every mark is what a server at the other end of the internet never notices. Where the
//! server answers faster than the disk, the marks of a few mails share a commit; should the process be
//! killed, its notes tell which of them had not left.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::Deliverer;
use crate::app::clock;
use crate::store::{Claimed, FaultPoint, StoreError};
use crate::transport::{Gate, Marking};

/// How long a marked mail stays ours where nobody can tell whether we live: longer than the wait for the
/// answer to the final dot.
const MARK_SECONDS: i64 = 900;
/// A mail that took no longer came to a server that answers faster than a disk.
const QUICK: Duration = Duration::from_millis(3);
/// Marks that share a commit: more would gain little, and be more to explain after a power cut.
const AHEAD: usize = 8;
/// Bytes of mails that share a commit.
const AHEAD_BYTES: u64 = 1024 * 1024;

/// The marks that were written ahead for the mails of one batch.
pub(super) struct Marks {
    deliverer: Deliverer,
    ahead: HashMap<i64, Marking>,
    quick: bool,
}

impl Marks {
    pub(super) fn new(deliverer: &Deliverer) -> Self {
        Self { deliverer: deliverer.clone(), ahead: HashMap::new(), quick: false }
    }

    /// Learns how long a mail took.
    pub(super) fn took(&mut self, time: Duration) {
        self.quick = time < QUICK && self.deliverer.owner.may_mark_ahead();
    }

    /// The gate for the first mail of `batch`.
    pub(super) fn gate(&mut self, batch: &VecDeque<Claimed>) -> Option<Box<dyn Gate>> {
        let mail = batch.front()?;
        if self.quick && self.ahead.len() <= AHEAD / 2 {
            self.write_ahead(batch);
        }
        let mark = Mark::new(&self.deliverer, mail);
        Some(match self.ahead.remove(&mail.id) {
            Some(marking) => {
                let mut marking = Some(marking);
                Box::new(move || {
                    let marking = marking.take().unwrap_or_else(|| mark.clone().write());
                    mark.clone().then_let_go(marking)
                })
            }
            None => Box::new(move || mark.clone().then_let_go(mark.clone().write())),
        })
    }

    fn write_ahead(&mut self, batch: &VecDeque<Claimed>) {
        let mut bytes = 0;
        for mail in batch.iter().take(AHEAD) {
            bytes += mail.size;
            if bytes > AHEAD_BYTES {
                return;
            }
            let deliverer = &self.deliverer;
            self.ahead.entry(mail.id).or_insert_with(|| Mark::new(deliverer, mail).write());
        }
    }
}

/// One mail's mark.
#[derive(Clone)]
struct Mark {
    deliverer: Deliverer,
    mail: i64,
    recipients: Vec<i64>,
}

impl Mark {
    fn new(deliverer: &Deliverer, mail: &Claimed) -> Self {
        let recipients = mail.recipients.iter().map(|r| r.id).collect();
        Self { deliverer: deliverer.clone(), mail: mail.id, recipients }
    }

    /// Queues the write of the mark, now.
    fn write(self) -> Marking {
        let (mail, owner) = (self.mail, &self.deliverer.owner);
        if let Err(error) = owner.marks(mail) {
            return Box::pin(std::future::ready(Err(error.to_string())));
        }
        FaultPoint::MarkNoted.pass();
        let (owner, until) = (owner.id(), clock::now().plus_seconds(MARK_SECONDS));
        let recipients = self.recipients;
        let marked =
            self.deliverer.app.store.queue_write(false, move |tx| tx.mark(mail, owner, &recipients, until));
        Box::pin(async move { marked.await.map_err(|e: StoreError| e.to_string()) })
    }

    /// Waits for the mark, and notes that the dot may leave.
    fn then_let_go(self, marking: Marking) -> Marking {
        Box::pin(async move {
            marking.await?;
            FaultPoint::MarkStands.pass();
            self.deliverer.owner.lets_go(self.mail).map_err(|e| e.to_string())?;
            FaultPoint::DotNoted.pass();
            Ok(())
        })
    }
}
