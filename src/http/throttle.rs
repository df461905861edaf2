//! Wrong passwords slow down who guesses at one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Wrong passwords that cost nothing: a program may start with an old one.
const FREE: u32 = 5;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(300);
/// Guesses remembered; beyond this the one whose wait ends first is forgotten.
const MOST_GUESSES: usize = 4096;
/// After so long without a wrong one, all is forgotten.
const FORGET: Duration = Duration::from_secs(3600);

/// Who guesses, and at which of our passwords, by its row; at none when what was sent names none of them.
pub(super) type Guess = (IpAddr, Option<i64>);

#[derive(Debug, Clone, Copy)]
struct Wrong {
    times: u32,
    last: Instant,
    until: Instant,
}

/// Who has sent wrong passwords lately.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    guesses: Mutex<HashMap<Guess, Wrong>>,
}

impl Throttle {
    /// For how many seconds no such guess is looked at; 0 when it may be made.
    pub(super) fn wait(&self, guess: Guess) -> u64 {
        let guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        let left = guesses.get(&guess).map(|w| w.until.saturating_duration_since(Instant::now()));
        left.filter(|left| !left.is_zero()).map_or(0, |left| left.as_secs() + 1)
    }

    /// Counts a wrong password; returns how many there were.
    pub(super) fn wrong(&self, guess: Guess) -> u32 {
        let now = Instant::now();
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        if guesses.len() >= MOST_GUESSES && !guesses.contains_key(&guess) {
            let first = guesses.iter().min_by_key(|(_, wrong)| wrong.until).map(|(guess, _)| *guess);
            first.map(|first| guesses.remove(&first));
        }
        let entry = guesses.entry(guess).or_insert(Wrong { times: 0, last: now, until: now });
        if now.saturating_duration_since(entry.last) > FORGET {
            entry.times = 0;
        }
        entry.times = entry.times.saturating_add(1);
        entry.last = now;
        if let Some(over) = entry.times.checked_sub(FREE) {
            entry.until = now + Duration::from_secs(1 << over.min(20)).min(LONGEST);
        }
        entry.times
    }

    /// The right one came: its sender is no guesser.
    pub(super) fn right(&self, guess: Guess) {
        self.guesses.lock().unwrap_or_else(PoisonError::into_inner).remove(&guess);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_wrong_password_beyond_the_free_ones_doubles_the_wait() {
        let (throttle, guess) = (Throttle::default(), (IpAddr::from([192, 0, 2, 7]), Some(1)));
        for _ in 0..4 {
            throttle.wrong(guess);
        }
        assert_eq!(throttle.wait(guess), 0);
        throttle.wrong(guess);
        assert!((1..=2).contains(&throttle.wait(guess)));
        for _ in 0..20 {
            throttle.wrong(guess);
        }
        assert!((300..=301).contains(&throttle.wait(guess)));
        assert_eq!(throttle.wait((IpAddr::from([192, 0, 2, 8]), Some(1))), 0);
        assert_eq!(throttle.wait((guess.0, Some(2))), 0);
        tokio::time::advance(LONGEST).await;
        assert_eq!(throttle.wait(guess), 0);
    }

    #[test]
    fn however_many_guess_no_more_than_so_many_are_remembered() {
        let throttle = Throttle::default();
        let guesser = (IpAddr::from([192, 0, 2, 7]), Some(1));
        for _ in 0..8 {
            throttle.wrong(guesser);
        }
        for n in 0..=MOST_GUESSES {
            throttle.wrong((IpAddr::from(u32::try_from(n).unwrap().to_be_bytes()), None));
        }
        assert_eq!(throttle.guesses.lock().unwrap().len(), MOST_GUESSES);
        assert!(throttle.wait(guesser) > 0, "who has to wait is not forgotten for those who do not");
    }
}
