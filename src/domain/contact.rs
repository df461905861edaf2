//! Contacts: what they are for, and how often they are meant.

use super::document::Kind;

/// What one of a customer's contacts is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContactRole {
    /// Gets what is about money.
    Billing,
    /// Gets what is about work and goods.
    Workshop,
    /// Gets offers and orders.
    Orders,
    /// Always gets a copy of what is about money.
    Accountant,
}

impl ContactRole {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Billing, Self::Workshop, Self::Orders, Self::Accountant];

    /// The word in files and in the data file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Workshop => "workshop",
            Self::Orders => "orders",
            Self::Accountant => "accountant",
        }
    }

    /// Reads [`ContactRole::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.word() == word)
    }

    /// The role that a document of this kind is for.
    #[must_use]
    pub fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Invoice | Kind::CreditNote | Kind::Receipt => Some(Self::Billing),
            Kind::JobCard | Kind::DeliveryNote => Some(Self::Workshop),
            Kind::Offer | Kind::SalesOrder | Kind::PurchaseOrder => Some(Self::Orders),
            Kind::Report | Kind::Notification => None,
        }
    }
}

/// After this long a use weighs half.
const HALF_LIFE_MS: i64 = 30 * 24 * 3600 * 1000;

/// Table of `log2(1 + 2^-n)` in thousandths, for whole n from 0.
const GAINS: [i64; 11] = [1000, 585, 322, 170, 87, 44, 22, 11, 6, 3, 1];

/// The rank of who was refused: behind those who were never used, until a mail gets through again.
///
/// # Units
/// Milliseconds.
pub const RANK_REFUSED: i64 = -1000;

/// The rank after one more use at `now`: a point in time, so that no rank has to be recomputed as time
/// goes by. A contact used once has the time of that use; each further use moves it ahead, by a half-life
/// when the two weigh the same.
///
/// # Units
/// Milliseconds.
#[must_use]
pub fn rank_after_use(rank_ms: i64, now_ms: i64) -> i64 {
    let (later, apart) = (rank_ms.max(now_ms), rank_ms.saturating_sub(now_ms).saturating_abs());
    let (whole, part) = (apart / HALF_LIFE_MS, apart % HALF_LIFE_MS);
    let gain = |n: i64| usize::try_from(n).ok().and_then(|n| GAINS.get(n)).copied().unwrap_or(0);
    // Straight between two points of the table: close enough to tell who is meant.
    let (here, next) = (gain(whole), gain(whole + 1));
    let gained = here - (here - next) * (part / 1000) / (HALF_LIFE_MS / 1000);
    later.saturating_add(HALF_LIFE_MS / 1000 * gained)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600 * 1000;

    fn rank(days: &[i64]) -> i64 {
        days.iter().fold(0, |rank, day| rank_after_use(rank, 1_000 * DAY + day * DAY))
    }

    #[test]
    fn often_and_lately_used_comes_first() {
        assert!(rank(&[10]) > rank(&[5]));
        assert!(rank(&[5, 6, 7, 8, 9]) > rank(&[10]), "five uses beat one a day later");
        assert!(rank(&[90]) > rank(&[0, 1, 2]), "three uses of last quarter do not beat one of today");
        assert!(rank(&[100, 100]) > rank(&[100]));
        assert_eq!(rank(&[5]), 1_005 * DAY, "the first use is its time");
    }
}
