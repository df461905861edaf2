//! What dead processes left in their hands, taken up.

use std::path::{Path, PathBuf};

use rusqlite::params;
use uuid::Uuid;

use super::journal::{Fate, Testimony};
use super::owner::{self, Job, Life, Owner};
use super::{Settlement, StoreError, Tx};
use crate::domain::Millis;
use crate::domain::posting::SETTLE_SECONDS;

/// What was found in the hands of dead processes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Mails and postings that provably did not leave and wait again.
    pub waiting: usize,
    /// Mails whose final dot, and postings whose request, may have left.
    pub uncertain: usize,
    /// Mails whose answer the dead process had noted.
    pub answered: usize,
    /// Files in `run/` that nothing needs once this stands in the data file.
    pub remains: Vec<PathBuf>,
}

/// A job in somebody's hands.
struct Lease {
    job: Job,
    holder: Uuid,
    until: Millis,
    marked: bool,
}

impl Tx<'_> {
    /// Takes mails out of the hands of dead processes: without the mark they wait again; with it they
    /// are what the process had noted of them, or uncertain.
    ///
    /// The mails of a process that runs are never taken, however long it has them: its clock or this
    /// one's may have jumped. Leases end by time only where nobody can tell whether their owner lives.
    ///
    /// # Errors
    /// The store's own.
    pub fn recover(&self, data: &Path, me: &Owner, now: Millis) -> Result<Recovered, StoreError> {
        // Those dead by now: whoever dies while this runs is for the next time.
        let mut recovered = Recovered { remains: owner::remains(data, me.id()), ..Recovered::default() };
        let mut of: Option<(Uuid, Life)> = None;
        for lease in self.leases()? {
            let holder = lease.holder;
            if holder == me.id() && me.holds(lease.job) {
                continue;
            }
            let known = of.take().filter(|(id, _)| *id == holder);
            let (_, life) = of.insert(known.unwrap_or_else(|| (holder, life(data, me, holder))));
            match life {
                Life::Alive => {}
                Life::Dead(testimony) => self.take_up(&lease, testimony, now, &mut recovered)?,
                Life::Unknown if lease.until > now => {}
                Life::Unknown => self.take_up(&lease, &mut Testimony::default(), now, &mut recovered)?,
            }
        }
        Ok(recovered)
    }

    fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        let mut find = self.sql.prepare_cached(
            "SELECT id, lease_owner, lease_until_ms, committing, 0 FROM mail WHERE lease_owner IS NOT NULL
             UNION ALL SELECT id, lease_owner, lease_until_ms, state = 'offered', 1 FROM posting
                 WHERE lease_owner IS NOT NULL
             ORDER BY 2",
        )?;
        let leases = find.query_map([], |r| {
            Ok(Lease {
                job: if r.get(4)? { Job::Posting(r.get(0)?) } else { Job::Mail(r.get(0)?) },
                holder: Uuid::from_bytes(r.get(1)?),
                until: Millis(r.get(2)?),
                marked: r.get(3)?,
            })
        })?;
        Ok(leases.collect::<Result<_, _>>()?)
    }

    fn take_up(
        &self,
        lease: &Lease,
        testimony: &mut Testimony,
        now: Millis,
        recovered: &mut Recovered,
    ) -> Result<(), StoreError> {
        let mail = match lease.job {
            Job::Mail(mail) => mail,
            Job::Posting(id) => {
                let rested = now.plus_seconds(SETTLE_SECONDS);
                let offered = self.take_posting_back(id, now, rested)?;
                *(if offered { &mut recovered.uncertain } else { &mut recovered.waiting }) += 1;
                return Ok(());
            }
        };
        let fate = if lease.marked { testimony.of(mail, lease.holder) } else { Fate::NotSent };
        match fate {
            Fate::NotSent => {
                self.take_back(mail, lease.marked)?;
                recovered.waiting += 1;
                self.refresh(mail, "due")
            }
            Fate::Answered(settlement)
                if (testimony.is_whole() || self.is_news(&settlement)?)
                    && self.settle_whole(&settlement)? =>
            {
                recovered.answered += 1;
                Ok(())
            }
            Fate::Answered(_) | Fate::Unknown => {
                self.sql.execute(
                    "UPDATE recipient SET state = 'uncertain', settled_ms = ?2, tries = tries + 1,
                         reply = 'Tillpost stopped before the server had answered'
                     WHERE mail_id = ?1 AND state = 'offered'",
                    params![mail, now.0],
                )?;
                recovered.uncertain += 1;
                self.refresh(mail, "due")
            }
        }
    }

    /// Whether a noted answer is not that of an earlier try. After a power cut the notes may have kept the
    /// earlier answer and lost the later mark, whose dot may have left.
    fn is_news(&self, settlement: &Settlement) -> Result<bool, StoreError> {
        let known = "SELECT EXISTS (SELECT 1 FROM attempt WHERE mail_id = ?1 AND started_ms = ?2)";
        let known: bool =
            self.sql.query_row(known, params![settlement.mail, settlement.started.0], |r| r.get(0))?;
        // Without a result there was no attempt to record, and nothing tells which try it is about.
        Ok(!known && !settlement.result.is_empty())
    }

    /// Settles if all of it makes sense, or changes nothing.
    fn settle_whole(&self, settlement: &Settlement) -> Result<bool, StoreError> {
        self.sql.execute_batch("SAVEPOINT noted")?;
        let settled = self.settle(settlement).is_ok();
        self.sql.execute_batch(if settled { "RELEASE noted" } else { "ROLLBACK TO noted; RELEASE noted" })?;
        Ok(settled)
    }
}

/// What can be told of the lease's holder; of our own leases that fell out of our hands, what we noted.
fn life(data: &Path, me: &Owner, holder: Uuid) -> Life {
    if holder == me.id() { Life::Dead(me.own_testimony()) } else { owner::life(data, holder) }
}
