//! One round of one account: connect, send what is due, settle each mail, stop at trouble.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::body::{NextBody, StoredBody};
use super::judge::{Circumstances, Judgement, judge};
use super::marks::Marks;
use super::settling::Results;
use super::{Deliverer, FlushReport};
use crate::app::accounts::{self, Setback};
use crate::app::{Error, clock, pace};
use crate::domain::account::{Account, Transport};
use crate::domain::mail::{Event, LONGEST_DEFERRAL_SECONDS};
use crate::domain::pace::learned;
use crate::domain::reply::{Cause, Effect, Reply, Stage, Trouble};
use crate::domain::setting::Settings;
use crate::domain::{Millis, Secret};
use crate::store::{self, AccountRow, Claimed, FaultPoint, LARGE, Leave, SecretPlace, Settlement, Tx, Which};
use crate::transport::{Body as _, Envelope, Report, Session};

/// Contacts that are moved in one write.
const CONTACTS_A_WRITE: u32 = 250;
/// Mails taken at once: a lease is one write for all of them.
const CLAIM: u32 = 50;
/// Mails sent over one connection: some servers take more, but put them off.
const MAILS_A_CONNECTION: usize = 100;
/// Recipients in one transaction unless the server was seen to take fewer.
const RECIPIENTS_A_MAIL: u32 = 100;
/// How long claimed mails stay ours before the mark: longer than all stages before it can take.
const CLAIM_SECONDS: i64 = 3600;

pub(super) struct Round {
    deliverer: Deliverer,
    asked: bool,
    small_only: bool,
    /// Mails an interface refused to all for what may be about one: their recipients go one by one.
    one_by_one: Arc<Mutex<HashSet<i64>>>,
    /// Whether it has claimed mails before.
    begun: AtomicBool,
}

/// A session and how many mails went over it.
struct Line {
    session: Session,
    mails: usize,
    /// As many as its server takes over one connection.
    most: usize,
    /// The token it sends with, where it sends with one.
    token: Option<Secret>,
    /// The token is the second one, as the first was refused.
    renewed: bool,
    /// The server is known to let us in; an interface says so with its first answer.
    let_in: bool,
}

impl Round {
    /// A round that somebody `asked` for, or that the loop begins.
    pub(super) fn new(deliverer: &Deliverer, asked: bool) -> Self {
        Self {
            deliverer: deliverer.clone(),
            asked,
            small_only: false,
            one_by_one: Arc::default(),
            begun: AtomicBool::new(false),
        }
    }

    /// A round beside one that is busy with a large mail.
    pub(super) fn beside(deliverer: &Deliverer) -> Self {
        Self { small_only: true, ..Self::new(deliverer, false) }
    }

    /// Sends what is due through `account`.
    pub(super) async fn run(self, account: AccountRow) -> Result<FlushReport, Error> {
        let mut report = FlushReport::default();
        let now = clock::now();
        let settings = self.deliverer.app.settings()?;
        if !self.deliverer.app.store.read(|r| r.is_due(account.id, self.which(&settings, now), now))? {
            return Ok(report);
        }
        if account.paused {
            let pause = self.deliverer.app.paused()?.unwrap_or_default();
            report.troubles.push((account.account.name.clone(), pace::says(&pause)));
            return Ok(report);
        }
        if !account.enabled {
            report.troubles.push((account.account.name.clone(), "this account is switched off".to_owned()));
            return Ok(report);
        }
        if !account.breaker.clone().against_clock(now).allows(now, self.asked) {
            report.troubles.push((account.account.name.clone(), account.breaker.reason.clone()));
            return Ok(report);
        }
        if let Some(wait) = self.too_fast(&account)? {
            self.hold(&account, &mut report, &wait).await?;
            return Ok(report);
        }
        let mut line = match self.connect(&account).await? {
            Ok(line) => Some(line),
            Err(trouble) => {
                self.hold(&account, &mut report, &trouble).await?;
                return Ok(report);
            }
        };
        let mut results = Results::new(&self.deliverer);
        let mut outcome = Ok(());
        while let Some(open) = line.take() {
            match self.batch(&account, &settings, open, &mut results, &mut report).await {
                Ok(next) => line = next,
                Err(error) => outcome = Err(error),
            }
        }
        results.all().await;
        self.move_contacts().await?;
        outcome.map(|()| report)
    }

    /// Gives the contacts that mails reached their places in the suggestions, in steps that let others
    /// write in between. What a killed process leaves undone the next round does.
    async fn move_contacts(&self) -> Result<(), Error> {
        let store = &self.deliverer.app.store;
        while store.write_async(|tx| Ok::<_, Error>(tx.move_up(CONTACTS_A_WRITE)?)).await? {}
        Ok(())
    }

    /// Opens a session and notes that the server was reached; the inner error is the account's.
    async fn connect(&self, account: &AccountRow) -> Result<Result<Line, Setback>, Error> {
        self.connect_but_by(account, None).await
    }

    /// [`Round::connect`] with another token than `refused`.
    async fn connect_but_by(
        &self,
        account: &AccountRow,
        refused: Option<&Secret>,
    ) -> Result<Result<Line, Setback>, Error> {
        let app = &self.deliverer.app;
        let connecting = app.connecting.to(&account.account.host);
        let opened = accounts::open_session(app, account, &self.deliverer.deadlines, refused).await?;
        drop(connecting);
        let (session, token) = match opened {
            Ok(opened) => opened,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let (id, known, said) = (account.id, account.most_bytes, session.most_bytes());
        if said != known {
            let learn = move |tx: &Tx<'_>| Ok::<_, Error>(tx.learn_most_bytes(id, said)?);
            app.store.write_async(learn).await?;
        }
        let let_in = session.has_signed_in();
        if let_in {
            self.note_reached(account).await?;
        }
        let limits = app.store.read(|reader| pace::limits(reader, account, clock::now()))?;
        let most = limits.mails_per_connection.map_or(MAILS_A_CONNECTION, |most| most as usize);
        Ok(Ok(Line { session, mails: 0, most, token, renewed: refused.is_some(), let_in }))
    }

    async fn note_reached(&self, account: &AccountRow) -> Result<(), Error> {
        let (id, now) = (account.id, clock::now());
        let reached = move |tx: &Tx<'_>| {
            Ok::<_, Error>(tx.account_reached(id, now, LONGEST_DEFERRAL_SECONDS * 1000)?)
        };
        self.deliverer.app.store.write_async(reached).await
    }

    /// Claims and sends one batch; gives the line back when there may be more to send.
    async fn batch(
        &self,
        account: &AccountRow,
        settings: &Settings,
        line: Line,
        results: &mut Results,
        report: &mut FlushReport,
    ) -> Result<Option<Line>, Error> {
        let mut batch = self.claim(account, settings).await?;
        FaultPoint::MailsClaimed.pass();
        let result = if batch.is_empty() {
            line.session.quit().await;
            if let Some(wait) = self.too_fast(account)? {
                self.hold(account, report, &wait).await?;
            }
            Ok(None)
        } else {
            self.send_batch(account, settings, line, &mut batch, results, report).await
        };
        if !batch.is_empty() {
            self.give_back(batch).await?;
        }
        result
    }

    /// Takes in hand as many due mails as the pause and the provider's pace allow.
    async fn claim(&self, account: &AccountRow, settings: &Settings) -> Result<VecDeque<Claimed>, Error> {
        let (row, owner, now) = (account.clone(), self.deliverer.owner.clone(), clock::now());
        let which = self.which(settings, now);
        let one_by_one = Arc::clone(&self.one_by_one);
        let begins = !self.begun.swap(true, Ordering::Relaxed);
        let claim = move |tx: &Tx<'_>| {
            let reader = tx.reader();
            if begins {
                tx.begin_round(row.id)?;
            }
            tx.forget_sent(row.id, now)?;
            let limits = pace::limits(&reader, &row, now)?;
            // Asked inside the transaction: after a pause nothing is claimed, by no process.
            let paused = reader.setting(store::PAUSED)?.is_some();
            let allowed = pace::allowance(&reader, row.id, &limits, now)?;
            let most = if paused || allowed.recipients == 0 { 0 } else { allowed.mails.min(CLAIM) };
            let until = now.plus_seconds(CLAIM_SECONDS);
            let mut batch = tx.claim(row.id, &owner, (now, until), which, most)?;
            let a_mail = limits.recipients_per_mail.unwrap_or(RECIPIENTS_A_MAIL) as usize;
            let mut left = allowed.recipients as usize;
            let one_by_one = one_by_one.lock().unwrap_or_else(PoisonError::into_inner);
            for mail in &mut batch {
                let a_mail = if one_by_one.contains(&mail.id) { 1 } else { a_mail };
                // Those who do not fit keep waiting; so does a mail whose turn finds none left.
                mail.recipients.truncate(a_mail.min(left));
                left -= mail.recipients.len();
            }
            Ok::<_, Error>(batch.into())
        };
        self.deliverer.app.store.write_async(claim).await
    }

    fn which(&self, settings: &Settings, now: Millis) -> Which {
        let which = if self.asked { Which::ALL } else { pace::which(settings, now) };
        if self.small_only { which.small() } else { which }
    }

    /// Why nothing may go just now, where it is for the provider's pace.
    fn too_fast(&self, account: &AccountRow) -> Result<Option<Setback>, Error> {
        let now = clock::now();
        let allowed = self.deliverer.app.store.read(|reader| {
            let limits = pace::limits(reader, account, now)?;
            pace::allowance(reader, account.id, &limits, now)
        })?;
        let full = allowed.mails == 0 || allowed.recipients == 0;
        let seconds = allowed.next.since(now).div_euclid(1000) + 1;
        let effect = Effect::Throttled(seconds);
        Ok(full.then_some(Setback { effect, reason: allowed.why, facts: None }))
    }

    /// Gives back what was claimed and did not leave.
    async fn give_back(&self, left: VecDeque<Claimed>) -> Result<(), Error> {
        let (id, mails) = (self.deliverer.owner.id(), left.iter().map(|mail| mail.id).collect::<Vec<_>>());
        let give = move |tx: &Tx<'_>| Ok::<_, Error>(tx.give_back(&mails, id)?);
        self.deliverer.app.store.write_async(give).await?;
        left.into_iter().for_each(|mail| mail.hand.lets_go());
        Ok(())
    }

    async fn send_batch(
        &self,
        account: &AccountRow,
        settings: &Settings,
        mut line: Line,
        batch: &mut VecDeque<Claimed>,
        results: &mut Results,
        report: &mut FlushReport,
    ) -> Result<Option<Line>, Error> {
        let mut marks = Marks::new(&self.deliverer);
        let mut ahead: Option<NextBody> = None;
        let outcome = loop {
            let Some((mail, gate)) = batch.front().zip(marks.gate(batch)) else {
                break Ok(Some(line));
            };
            let leave = self.may_leave(mail)?;
            if mail.recipients.is_empty() || leave == Leave::Paused {
                line.session.quit().await;
                break Ok(None);
            }
            if line.mails >= line.most {
                line.session.quit().await;
                line = match self.connect(account).await? {
                    Ok(fresh) => fresh,
                    Err(trouble) => break Err(trouble),
                };
            }
            if leave == Leave::Changed {
                // Taken back, or somebody was disabled, since the claim. The server may know the envelope
                // already, so the line ends here; the next claim sees to it.
                line.session.quit().await;
                break self.connect(account).await?.map(Some);
            }
            let (started, since) = (clock::now(), Instant::now());
            let next = match batch.get(1).filter(|_| line.mails + 1 < line.most) {
                Some(next) if self.may_leave(next)? == Leave::Free => Some(envelope(next)),
                _ => None,
            };
            let body = match ahead.take() {
                Some(ahead) => ahead.of(mail.id).await,
                None => None,
            };
            let mut body = body.unwrap_or_else(|| self.body(mail));
            ahead = batch.get(1).map(|next| NextBody::read_ahead(self.body(next)));
            let mut envelope = envelope(mail);
            if account.account.transport != Transport::Smtp {
                body = body.addressed(&envelope.to);
                envelope.size = body.len();
            }
            let large = (mail.size > LARGE).then(|| self.deliverer.busy_with_large(account.id));
            let mut sent = line.session.send(&envelope, Box::new(body), gate, next.as_ref()).await;
            drop(large);
            marks.took(since.elapsed());
            if closed_between(&line, &sent) {
                // The server had closed the line since the last mail: nothing happened to this one.
                line = match self.connect(account).await? {
                    Ok(fresh) => fresh,
                    Err(trouble) => break Err(trouble),
                };
                continue;
            }
            if was_not_marked(&sent) && self.may_leave(mail)? == Leave::Changed {
                // Taken back before its mark: the connection ended without its final dot.
                break self.connect(account).await?.map(Some);
            }
            line.mails += 1;
            let judged = judge(mail, &sent, self.circumstances(account, settings, mail));
            count(report, &judged);
            if sent.each_alone {
                self.one_by_one.lock().unwrap_or_else(PoisonError::into_inner).insert(mail.id);
            }
            let token_ended = was_token_refused(&sent) && !line.renewed;
            let transcript = std::mem::take(&mut sent.transcript);
            let settlement = self.settlement(mail, &judged, started, transcript, settings);
            if let Some(mail) = batch.pop_front() {
                results.record(settlement, mail.hand).await;
            }
            // Only now that what came of the mail is noted may anything else go wrong.
            if sent.too_many {
                self.learn(account, &judged).await?;
            }
            if sent.trouble.is_none() {
                if !line.let_in {
                    self.note_reached(account).await?;
                }
                (line.let_in, line.renewed) = (true, false);
            }
            if token_ended {
                // It ended before its time: the mail goes with another one, once.
                line = match self.connect_but_by(account, line.token.as_ref()).await? {
                    Ok(fresh) => fresh,
                    Err(trouble) => break Err(trouble),
                };
                continue;
            }
            match judged.effect {
                Some(Setback { effect: Effect::ThisMail, .. }) | None if line.session.is_usable() => {}
                None | Some(Setback { effect: Effect::ThisMail, .. }) => {
                    // Our own side gave the connection up over this mail alone.
                    line = match self.connect(account).await? {
                        Ok(fresh) => fresh,
                        Err(trouble) => break Err(trouble),
                    };
                }
                Some(trouble) => {
                    if let Effect::Throttled(seconds) = trouble.effect {
                        results.all().await;
                        self.learn_pace(account, seconds).await?;
                    }
                    break Err(trouble);
                }
            }
        };
        match outcome {
            Ok(line) => Ok(line),
            Err(trouble) => {
                self.hold(account, report, &trouble).await?;
                Ok(None)
            }
        }
    }

    fn may_leave(&self, mail: &Claimed) -> Result<Leave, Error> {
        let me = self.deliverer.owner.id();
        Ok(self.deliverer.app.store.read(|reader| reader.may_leave(mail.id, me))?)
    }

    fn body(&self, mail: &Claimed) -> StoredBody {
        StoredBody::new(self.deliverer.app.store.clone(), mail.id, mail.size)
    }

    fn circumstances(&self, account: &AccountRow, settings: &Settings, mail: &Claimed) -> Circumstances {
        let most_ms = settings.expire_online_days * 24 * 3600 * 1000;
        Circumstances {
            now: clock::now(),
            expired: mail.put_off_from_ms.is_some_and(|from| account.online_ms - from > most_ms),
        }
    }

    fn settlement(
        &self,
        mail: &Claimed,
        judged: &Judgement,
        started: Millis,
        transcript: String,
        settings: &Settings,
    ) -> Settlement {
        Settlement {
            mail: mail.id,
            owner: self.deliverer.owner.id(),
            recipients: judged.recipients.clone(),
            wait: judged.wait,
            started,
            ended: clock::now(),
            result: judged.result.clone(),
            transcript,
            learn: settings.auto_store_addresses,
        }
    }

    /// Remembers how many recipients the server takes at once.
    async fn learn(&self, account: &AccountRow, judged: &Judgement) -> Result<(), Error> {
        let taken = judged.recipients.iter().filter(|(_, event, ..)| *event == Event::Accept).count();
        let id = account.id;
        if taken > 0 {
            let learn = move |tx: &Tx<'_>| Ok::<_, Error>(tx.learn_most_recipients(id, taken)?);
            self.deliverer.app.store.write_async(learn).await?;
        }
        Ok(())
    }

    /// Remembers what was sent when the server said that it was too much.
    async fn learn_pace(&self, account: &AccountRow, lasts_seconds: i64) -> Result<(), Error> {
        let (id, now) = (account.id, clock::now());
        let learn = move |tx: &Tx<'_>| {
            let reader = tx.reader();
            let (_, known) = reader.pace(id, now)?;
            let learned = learned(known, &reader.sent_lately(id, now)?, lasts_seconds, now);
            Ok::<_, Error>(tx.learn_pace(id, learned, now)?)
        };
        self.deliverer.app.store.write_async(learn).await
    }

    /// Records what trouble means for the account.
    async fn hold(
        &self,
        account: &AccountRow,
        report: &mut FlushReport,
        trouble: &Setback,
    ) -> Result<(), Error> {
        let Setback { effect, reason, facts } = trouble.clone();
        report.troubles.push((account.account.name.clone(), reason.clone()));
        let (tried, facts) = (account.clone(), facts.map(|facts| facts.to_json()).unwrap_or_default());
        let record = move |tx: &Tx<'_>| {
            let row = tx.reader().account_by_id(tried.id)?;
            if set_up(&row) != set_up(&tried) {
                // It was set up anew since: what came of the old settings says nothing of these.
                return Ok(None);
            }
            let breaker = row.breaker.after(effect, reason, clock::now(), clock::jitter());
            tx.set_breaker(row.id, &breaker, &facts)?;
            Ok::<_, Error>(Some(breaker))
        };
        if let Some(breaker) = self.deliverer.app.store.write_async(record).await? {
            tracing::warn!(account = %account.account.name, standing = breaker.standing.word(), reason = %breaker.reason, "the account waits");
        }
        Ok(())
    }
}

/// What a session of an account is opened by.
fn set_up(row: &AccountRow) -> (&Account, SecretPlace, Option<&str>) {
    (&row.account, row.secret_place, row.secret_entry.as_deref())
}

/// Whether the line turned out to be closed before this mail was begun on it.
fn closed_between(line: &Line, report: &Report) -> bool {
    line.mails > 0
        && report.trouble.as_ref().is_some_and(|Trouble { stage, cause }| {
            (Stage::Mail..=Stage::Data).contains(stage)
                && matches!(cause, Cause::Network(_) | Cause::Replied(Reply { code: 421, .. }))
        })
}

fn was_not_marked(report: &Report) -> bool {
    matches!(&report.trouble, Some(Trouble { cause: Cause::NotMarked(_), .. }))
}

/// Whether an interface did not take the token that came with the mail.
fn was_token_refused(report: &Report) -> bool {
    matches!(&report.trouble, Some(Trouble { cause: Cause::Replied(Reply { code: 401, .. }), .. }))
}

fn count(report: &mut FlushReport, judged: &Judgement) {
    for (_, event, ..) in &judged.recipients {
        match event {
            Event::Accept => report.accepted += 1,
            Event::Refuse | Event::Expire => report.refused += 1,
            Event::Defer => report.deferred += 1,
            Event::Lose => report.uncertain += 1,
            _ => {}
        }
    }
}

fn envelope(mail: &Claimed) -> Envelope {
    Envelope {
        id: mail.id.unsigned_abs(),
        from: mail.from.clone(),
        to: mail.recipients.iter().map(|r| r.address.clone()).collect(),
        size: mail.size,
        eight_bit: mail.eight_bit,
    }
}
