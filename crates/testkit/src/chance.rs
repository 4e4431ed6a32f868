//! Chance that is the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use openlines_base::Rng;

/// A generator that starts from a seed. Never for secrets.
#[derive(Debug)]
pub struct TestRng(AtomicU64);

impl TestRng {
    /// A generator; equal seeds give equal bytes.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number, by SplitMix64 (Steele, Lea, Flood, 2014).
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Rng for TestRng {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            let size = part.len();
            part.copy_from_slice(&self.next().to_le_bytes()[..size]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_chance() {
        let (one, two, other) = (TestRng::new(1), TestRng::new(1), TestRng::new(2));
        assert_eq!(one.token(32), two.token(32));
        assert_ne!(one.token(32), other.token(32));
    }
}
