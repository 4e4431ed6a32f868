//! Chance, passed in like time.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// A source of unguessable bytes.
pub trait Rng: Send + Sync {
    /// Fills the slice.
    fn fill(&self, bytes: &mut [u8]);

    /// Text of `bytes` random bytes in base64url without padding: 32 bytes make 43 characters of `A-Za-z0-9_-`.
    fn token(&self, bytes: usize) -> String {
        let mut buffer = vec![0; bytes];
        self.fill(&mut buffer);
        BASE64_URL_SAFE_NO_PAD.encode(buffer)
    }

    /// A number in `0..bound`, for jitter. Slightly uneven for huge bounds, which jitter does not mind.
    fn below(&self, bound: u64) -> u64 {
        let mut buffer = [0; 8];
        self.fill(&mut buffer);
        if bound == 0 { 0 } else { u64::from_le_bytes(buffer) % bound }
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system's random generator works, or nothing here is safe");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_32_bytes_is_43_url_safe_characters_and_never_the_same() {
        let (one, two) = (SystemRng.token(32), SystemRng.token(32));
        assert_eq!(one.len(), 43);
        assert_ne!(one, two);
        assert!(one.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_'));
    }
}
