//! Chance that can be repeated.

/// A generator of our own: a run can be repeated from its seed.
pub struct Dice(u64);

impl Dice {
    /// Dice that fall as `seed` says; not 0.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number under `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}
