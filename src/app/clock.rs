//! The clock, read here and nowhere else.

use chrono::offset::LocalResult;
use chrono::{DateTime, Local, NaiveDateTime, TimeZone, Utc};

use crate::domain::Millis;
use crate::wire::SendAfter;

/// The time now.
pub(super) fn now() -> Millis {
    Millis(Utc::now().timestamp_millis())
}

/// The time now, for waits: setting the clock does not change it.
pub(super) fn monotonic() -> std::time::Instant {
    std::time::Instant::now()
}

/// The time now, as it may stand in a file name.
#[must_use]
pub fn file_stamp() -> String {
    Utc::now().format("%Y%m%dT%H%M%S%3fZ").to_string()
}

/// When a file was last written, where the system says so.
pub(super) fn of_file(meta: &std::fs::Metadata) -> Option<Millis> {
    meta.modified().ok().map(|at| Millis(DateTime::<Utc>::from(at).timestamp_millis()))
}

/// A random number from 0 to 1000, to spread the waits of several tills.
pub(super) fn jitter() -> u32 {
    // The last bytes of a UUIDv7 are random (RFC 9562 section 5.7).
    let random = uuid::Uuid::now_v7().as_u128() & 0xffff;
    u32::try_from(random % 1001).unwrap_or_default()
}

/// A time on the shop's clock as a point in time; a time that a clock change skips counts as the
/// moment after it.
pub(super) fn resolve(after: SendAfter) -> Millis {
    match after {
        SendAfter::At(at) => at,
        SendAfter::Local(local) => Millis(local_millis(local)),
    }
}

fn local_millis(local: NaiveDateTime) -> i64 {
    // Of a time that comes twice chrono does not always name the first one first.
    let first = |local| match Local.from_local_datetime(&local) {
        LocalResult::Single(at) => Some(at),
        LocalResult::Ambiguous(one, other) => Some(one.min(other)),
        LocalResult::None => None,
    };
    first(local)
        .or_else(|| first(local + chrono::TimeDelta::hours(1)))
        .map_or_else(|| local.and_utc().timestamp_millis(), |at| at.timestamp_millis())
}

/// A point in time in the shop's own zone, for people.
#[must_use]
pub fn local(at: Millis) -> DateTime<Local> {
    DateTime::<Utc>::from_timestamp_millis(at.0).unwrap_or_default().with_timezone(&Local)
}

/// Tomorrow at this hour on the shop's clock, as files write it.
#[must_use]
pub fn tomorrow(hour: u32) -> String {
    let day = local(now()).date_naive() + chrono::TimeDelta::days(1);
    format!("{day}T{hour:02}:00")
}

/// How many seconds are left until then; none when it is over.
#[must_use]
pub fn seconds_until(at: Millis) -> i64 {
    (at.0 - now().0).max(0) / 1000
}
