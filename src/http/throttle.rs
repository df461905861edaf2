//! Wrong passwords slow down who sends them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Wrong passwords that cost nothing: a program may start with an old one.
const FREE: u32 = 5;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(300);
/// Addresses remembered; beyond this the oldest waits have ended long ago.
const MOST_ADDRESSES: usize = 4096;
/// After so long without a wrong one, all is forgotten.
const FORGET: Duration = Duration::from_secs(3600);

#[derive(Debug, Clone, Copy)]
struct Wrong {
    times: u32,
    last: Instant,
    until: Instant,
}

/// Who has sent wrong passwords lately.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    addresses: Mutex<HashMap<IpAddr, Wrong>>,
}

impl Throttle {
    /// For how many seconds nothing from this address is looked at; 0 when it may ask.
    pub(super) fn wait(&self, address: IpAddr) -> u64 {
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let left = addresses.get(&address).map(|w| w.until.saturating_duration_since(Instant::now()));
        left.filter(|left| !left.is_zero()).map_or(0, |left| left.as_secs() + 1)
    }

    /// Counts a wrong password; returns how many there were.
    pub(super) fn wrong(&self, address: IpAddr) -> u32 {
        let now = Instant::now();
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if addresses.len() >= MOST_ADDRESSES {
            addresses.retain(|_, w| w.until > now);
        }
        let entry = addresses.entry(address).or_insert(Wrong { times: 0, last: now, until: now });
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

    /// A right one came: its sender is no guesser.
    pub(super) fn right(&self, address: IpAddr) {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_wrong_password_beyond_the_free_ones_doubles_the_wait() {
        let (throttle, address) = (Throttle::default(), IpAddr::from([192, 0, 2, 7]));
        for _ in 0..4 {
            throttle.wrong(address);
        }
        assert_eq!(throttle.wait(address), 0);
        throttle.wrong(address);
        assert!((1..=2).contains(&throttle.wait(address)));
        for _ in 0..20 {
            throttle.wrong(address);
        }
        assert!((300..=301).contains(&throttle.wait(address)));
        assert_eq!(throttle.wait(IpAddr::from([192, 0, 2, 8])), 0);
        tokio::time::advance(LONGEST).await;
        assert_eq!(throttle.wait(address), 0);
    }
}
