//! How fast a provider wants mail, and when the next one may go.
//!
//! What was sent is counted in slots of ten seconds, so that "the last 24 hours" is known after a restart
//! and by every process on the data folder. Nothing here fails a mail: it only goes later.

use std::fmt;

use super::Millis;

/// The length of a slot.
///
/// # Units
/// Milliseconds.
pub const SLOT_MS: i64 = 10_000;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The longest span any limit looks back.
pub const LONGEST_SPAN_MS: i64 = DAY_MS;

/// What an account may send; `None` where there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Mails in any minute.
    pub per_minute: Option<u32>,
    /// Mails in any hour.
    pub per_hour: Option<u32>,
    /// Mails in any 24 hours.
    pub per_day: Option<u32>,
    /// Recipients in any 24 hours.
    pub recipients_per_day: Option<u32>,
    /// Recipients in one transaction.
    pub recipients_per_mail: Option<u32>,
    /// Mails over one connection.
    pub mails_per_connection: Option<u32>,
    /// Connections at the same time.
    pub connections: Option<u32>,
}

impl Limits {
    /// Each limit of `self`, or `other`'s where that is stricter.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let least = |a: Option<u32>, b: Option<u32>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        };
        Self {
            per_minute: least(self.per_minute, other.per_minute),
            per_hour: least(self.per_hour, other.per_hour),
            per_day: least(self.per_day, other.per_day),
            recipients_per_day: least(self.recipients_per_day, other.recipients_per_day),
            recipients_per_mail: least(self.recipients_per_mail, other.recipients_per_mail),
            mails_per_connection: least(self.mails_per_connection, other.mails_per_connection),
            connections: least(self.connections, other.connections),
        }
    }

    fn windows(&self) -> impl Iterator<Item = Window> {
        [
            (self.per_minute, MINUTE_MS, Unit::Mails, "a minute"),
            (self.per_hour, HOUR_MS, Unit::Mails, "an hour"),
            (self.per_day, DAY_MS, Unit::Mails, "a day"),
            (self.recipients_per_day, DAY_MS, Unit::Recipients, "a day"),
        ]
        .into_iter()
        .filter_map(|(limit, span, unit, per)| Some(Window { limit: limit?.max(1), span, unit, per }))
    }

    /// What may go at `now` after `sent`.
    #[must_use]
    pub fn allowance(&self, sent: &Sent, now: Millis) -> Allowance {
        let mut allowance =
            Allowance { mails: u32::MAX, recipients: u32::MAX, next: now, why: String::new() };
        for window in self.windows() {
            let used = sent.within(window.span, window.unit, now);
            let left = u32::try_from(i64::from(window.limit) - used).unwrap_or_default();
            match window.unit {
                Unit::Mails => allowance.mails = allowance.mails.min(left),
                Unit::Recipients => allowance.recipients = allowance.recipients.min(left),
            }
            let free = sent.falls_below(&window, now);
            if left == 0 && free >= allowance.next {
                allowance.next = free;
                allowance.why = format!("the account's pace is {window}");
            }
        }
        allowance
    }

    /// When the last of `mails` with `recipients` in all will about be sent, if each takes `each_ms` and
    /// the network stays.
    #[must_use]
    pub fn all_sent_by(
        &self,
        mut sent: Sent,
        mails: u32,
        recipients: u32,
        each_ms: i64,
        now: Millis,
    ) -> Millis {
        let (mut at, mut left) = (now, mails);
        let (all, each) = (u64::from(mails.max(1)), u64::from(recipients.max(mails).max(1)));
        let recipients_of = |go: u32| u32::try_from(u64::from(go) * each / all).unwrap_or(u32::MAX);
        // A step sends all that may go and jumps to when more may: a year of steps is more than enough.
        for _ in 0..1_000_000 {
            let allowance = self.allowance(&sent, at);
            let fit = u64::from(allowance.recipients) * all / each;
            // A mail for many goes to some of them where not all fit.
            let fit = u32::try_from(fit).unwrap_or(u32::MAX).max(u32::from(allowance.recipients > 0));
            let go = left.min(allowance.mails).min(fit);
            at = at.plus_millis(each_ms.saturating_mul(i64::from(go)));
            left -= go;
            if left == 0 {
                return at;
            }
            sent.note(at, go, recipients_of(go));
            at = self.allowance(&sent, at).next.max(at.plus_millis(SLOT_MS / 10));
        }
        at
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let windows: Vec<String> = self.windows().map(|window| window.to_string()).collect();
        if windows.is_empty() { f.write_str("no limit known") } else { f.write_str(&windows.join(", ")) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Mails,
    Recipients,
}

struct Window {
    limit: u32,
    span: i64,
    unit: Unit,
    per: &'static str,
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.unit == Unit::Mails { "mails" } else { "recipients" };
        write!(f, "{} {unit} {}", self.limit, self.per)
    }
}

/// What may be sent now, and when more may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// Mails that may go now.
    pub mails: u32,
    /// Recipients they may have together.
    pub recipients: u32,
    /// When something may go again; now, if something may go now.
    pub next: Millis,
    /// Which limit it waits for; empty if something may go now.
    pub why: String,
}

/// What was sent lately, in slots, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    slots: Vec<Slot>,
}

/// What was sent in one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// When it began.
    pub start: Millis,
    /// Mails whose text went out.
    pub mails: u32,
    /// The recipients of these.
    pub recipients: u32,
}

/// The beginning of the slot that `at` is in.
#[must_use]
pub fn slot(at: Millis) -> Millis {
    Millis(at.0 - at.0.rem_euclid(SLOT_MS))
}

impl Sent {
    /// From slots in any order.
    #[must_use]
    pub fn new(mut slots: Vec<Slot>) -> Self {
        slots.sort_by_key(|slot| slot.start);
        Self { slots }
    }

    /// Adds what is being sent at `at`.
    pub fn note(&mut self, at: Millis, mails: u32, recipients: u32) {
        let start = slot(at);
        match self.slots.last_mut().filter(|last| last.start >= start) {
            Some(last) => {
                last.mails = last.mails.saturating_add(mails);
                last.recipients = last.recipients.saturating_add(recipients);
            }
            None => self.slots.push(Slot { start, mails, recipients }),
        }
    }

    /// Slots of the last `span`. Those of a future that a clock set back has left behind do not count:
    /// they would stop the queue for as long as the clock was wrong.
    fn lately(&self, span: i64, now: Millis) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(move |s| s.start <= now && s.start.plus_millis(SLOT_MS + span) > now)
    }

    fn within(&self, span: i64, unit: Unit, now: Millis) -> i64 {
        self.lately(span, now).map(|slot| i64::from(slot.count(unit))).sum()
    }

    /// When so many slots have fallen out of the window that something may go again.
    fn falls_below(&self, window: &Window, now: Millis) -> Millis {
        let mut used = self.within(window.span, window.unit, now);
        for slot in self.lately(window.span, now) {
            if used < i64::from(window.limit) {
                break;
            }
            used -= i64::from(slot.count(window.unit));
            if used < i64::from(window.limit) {
                return slot.start.plus_millis(SLOT_MS + window.span);
            }
        }
        now
    }
}

impl Slot {
    fn count(&self, unit: Unit) -> u32 {
        match unit {
            Unit::Mails => self.mails,
            Unit::Recipients => self.recipients,
        }
    }
}

/// What a server's word on pace teaches: the limit it named by refusing.
#[must_use]
pub fn learned(known: Limits, sent: &Sent, lasts_seconds: i64, now: Millis) -> Limits {
    let count = |span| u32::try_from(sent.within(span, Unit::Mails, now)).unwrap_or(u32::MAX);
    // A limit met before anything was sent is not ours: another program uses the same account.
    let stricter = |known: Option<u32>, count: u32| match count {
        0 => known,
        count => Some(known.unwrap_or(count).min(count)),
    };
    match lasts_seconds * 1000 {
        DAY_MS.. => Limits { per_day: stricter(known.per_day, count(DAY_MS)), ..known },
        HOUR_MS.. => Limits { per_hour: stricter(known.per_hour, count(HOUR_MS)), ..known },
        _ => Limits { per_minute: stricter(known.per_minute, count(MINUTE_MS)), ..known },
    }
}

/// How urgent a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Urgency {
    /// Somebody waits for it: it was asked to go first.
    Now,
    /// A document or a single mail.
    #[default]
    Normal,
    /// One of many that nobody waits for, like reminders.
    Bulk,
}

impl Urgency {
    const ALL: [Self; 3] = [Self::Now, Self::Normal, Self::Bulk];

    /// The word used in files, the data file and `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Normal => "normal",
            Self::Bulk => "bulk",
        }
    }

    /// Reads [`Urgency::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|u| u.word() == word)
    }

    /// How far a mail of this urgency and size steps back in the queue.
    ///
    /// Mails go in the order of when they are due plus this: a large one lets the small ones pass that
    /// come while it would be on a slow line, and nobody waits for ever.
    ///
    /// # Units
    /// Bytes; the result in milliseconds, negative for a step forward.
    #[must_use]
    pub fn step_back_ms(self, size: u64) -> i64 {
        // A till's uplink of 400 kbit/s carries 50 bytes a millisecond.
        let upload = i64::try_from(size / 50).unwrap_or(DAY_MS).min(DAY_MS);
        match self {
            Self::Now => -DAY_MS,
            Self::Normal => upload,
            Self::Bulk => upload + 10 * MINUTE_MS,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Millis = Millis(1_800_000_000_000);

    fn limits() -> Limits {
        Limits {
            per_minute: Some(20),
            per_hour: Some(200),
            recipients_per_day: Some(500),
            ..Limits::default()
        }
    }

    #[test]
    fn a_full_minute_frees_when_its_first_slot_has_passed() {
        let mut sent = Sent::default();
        sent.note(NOW, 15, 15);
        sent.note(NOW.plus_seconds(20), 5, 5);
        let at = NOW.plus_seconds(25);
        let full = limits().allowance(&sent, at);
        assert_eq!((full.mails, full.next), (0, NOW.plus_seconds(70)));
        assert_eq!(full.why, "the account's pace is 20 mails a minute");
        assert_eq!(limits().allowance(&sent, full.next).mails, 15);
    }

    #[test]
    fn recipients_count_where_the_provider_counts_them() {
        let mut sent = Sent::default();
        sent.note(NOW, 5, 480);
        let left = limits().allowance(&sent, NOW.plus_seconds(3600));
        assert_eq!((left.mails, left.recipients), (20, 20));
    }

    #[test]
    fn a_clock_set_back_stops_nothing() {
        let mut sent = Sent::default();
        sent.note(NOW.plus_seconds(3 * 24 * 3600), 500, 500);
        assert_eq!(limits().allowance(&sent, NOW).mails, 20);
    }

    #[test]
    fn a_refusal_teaches_the_limit_it_names() {
        let mut sent = Sent::default();
        sent.note(NOW, 90, 90);
        sent.note(NOW.plus_seconds(7200), 10, 10);
        let at = NOW.plus_seconds(7205);
        assert_eq!(learned(Limits::default(), &sent, 24 * 3600, at).per_day, Some(100));
        assert_eq!(learned(Limits::default(), &sent, 3600, at).per_hour, Some(10));
        assert_eq!(learned(Limits::default(), &Sent::default(), 3600, at), Limits::default());
    }

    #[test]
    fn the_estimate_keeps_the_pace() {
        let minute = Limits { per_minute: Some(20), ..Limits::default() };
        let by = minute.all_sent_by(Sent::default(), 100, 100, 0, NOW);
        let seconds = by.since(NOW) / 1000;
        assert!((4 * 60..=5 * 60 + 60).contains(&seconds), "{seconds} s");
        assert_eq!(Limits::default().all_sent_by(Sent::default(), 100, 100, 50, NOW), NOW.plus_seconds(5));
    }

    proptest! {
        /// However mails come, no window of any length ever has more than its limit.
        #[test]
        fn no_window_ever_holds_more_than_its_limit(
            gaps in proptest::collection::vec((0_i64..90_000, 1_u32..4), 1..200),
            minute in 1_u32..30, hour in 1_u32..60,
        ) {
            let limits = Limits { per_minute: Some(minute), per_hour: Some(hour), ..Limits::default() };
            let (mut sent, mut at, mut times) = (Sent::default(), NOW, vec![]);
            for (gap, wanted) in gaps {
                at = at.plus_millis(gap);
                for _ in 0..wanted {
                    let allowance = limits.allowance(&sent, at);
                    if allowance.mails == 0 {
                        prop_assert!(allowance.next > at);
                        prop_assert!(limits.allowance(&sent, allowance.next).mails > 0, "it wakes in vain");
                        continue;
                    }
                    sent.note(at, 1, 1);
                    times.push(at);
                }
            }
            for first in &times {
                for (span, limit) in [(MINUTE_MS, minute), (HOUR_MS, hour)] {
                    let count = times.iter().filter(|t| **t >= *first && t.since(*first) < span).count();
                    prop_assert!(count <= limit as usize, "{count} in {span} ms");
                }
            }
        }
    }

    #[test]
    fn nobody_waits_for_ever_and_the_small_pass_the_large() {
        let small = Urgency::Normal.step_back_ms(30 * 1024);
        let large = Urgency::Normal.step_back_ms(20 * 1024 * 1024);
        assert!(small < 1000 && (6 * MINUTE_MS..8 * MINUTE_MS).contains(&large));
        assert!(Urgency::Now.step_back_ms(20 * 1024 * 1024) < small);
        assert!(Urgency::Bulk.step_back_ms(1) < HOUR_MS);
    }
}
