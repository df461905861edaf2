//! Telling other programs what happened: which events, where to, how often.

use super::Invalid;
use crate::domain::say;

/// The events a webhook can be told.
pub const EVENTS: [&str; 6] =
    ["document.issued", "mail.accepted", "mail.refused", "mail.expired", "mail.uncertain", "account.held"];

/// The event with which a webhook is tried out.
pub const TEST: &str = "test";

/// After so many refusals an event is given up: about two days.
const MOST_TRIES: i64 = 20;
/// The wait after the first refusal; each further one doubles it.
const FIRST_WAIT_SECONDS: i64 = 2;
/// The longest wait.
const LONGEST_WAIT_SECONDS: i64 = 8 * 3600;
/// The wait while the other side cannot be reached: that is nobody's refusal.
pub const UNREACHED_WAIT_SECONDS: i64 = 60;
/// How long an event waits for a side that cannot be reached.
pub const MOST_DAYS: i64 = 30;

/// How long an event waits after its `tries`th refusal; `None` when it is given up.
#[must_use]
pub fn wait_seconds(tries: i64) -> Option<i64> {
    if tries >= MOST_TRIES {
        return None;
    }
    let doublings = u32::try_from(tries.clamp(1, 30) - 1).unwrap_or_default();
    Some((FIRST_WAIT_SECONDS << doublings).min(LONGEST_WAIT_SECONDS))
}

/// Checks which events a webhook is told; none named is all of them.
///
/// # Errors
/// The first that is none.
pub fn events(asked: &[String]) -> Result<Vec<&'static str>, Invalid> {
    if asked.is_empty() {
        return Ok(EVENTS.to_vec());
    }
    asked
        .iter()
        .map(|name| {
            EVENTS.into_iter().find(|event| event == name).ok_or_else(|| {
                Invalid::new(
                    "events",
                    say!("there is no event \"{name}\"", name),
                    say!("There are: {all}", all = EVENTS.join(", ")),
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_repeated_for_about_two_days() {
        let waits: Vec<i64> = (1..).map_while(wait_seconds).collect();
        assert!((1..=3).contains(&(waits.iter().sum::<i64>() / 86_400)), "{waits:?}");
        assert!(waits.windows(2).all(|w| w[0] <= w[1]));
    }
}
