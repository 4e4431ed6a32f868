//! Passwords: argon2id, off the async threads, a few at a time.
//!
//! One hash takes about 20 MiB and tens of milliseconds. Without a bound, a burst of sign-ins would take the machine's
//! memory and leave no core for messages.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use openlines_base::{Fault, Kind, Rng, Secret};
use tokio::sync::Semaphore;

/// Hashes computed at once.
const AT_ONCE: usize = 2;
/// Callers that may wait for a turn; more are told to come again.
const WAITING_MAX: usize = 64;
/// Shortest password, in characters.
pub(super) const PASSWORD_MIN: usize = 10;
/// Longest password, in characters: hashing must not become a way to keep us busy.
pub(super) const PASSWORD_MAX: usize = 200;
/// OWASP's second choice for argon2id: 19 MiB, 2 passes, 1 lane. Source: OWASP Password Storage Cheat Sheet.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Tests sign in hundreds of times; the format and the code path stay the same.
const TEST_MEMORY_KIB: u32 = 64;

/// Hashes and checks passwords.
pub struct Passwords {
    argon: Argon2<'static>,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// Checked when there is no such account, so that the answer takes the same time.
    nobody: String,
}

/// Too many sign-ins wait for their turn.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("too many people sign in at this moment; try again in a few seconds")]
pub struct Crowded;

impl Fault for Crowded {
    fn kind(&self) -> Kind {
        Kind::Busy
    }
    fn retry_after_s(&self) -> Option<u32> {
        Some(3)
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

impl Passwords {
    /// With the strength for production.
    #[must_use]
    pub fn new(rng: &dyn Rng) -> Self {
        Self::with_memory(rng, MEMORY_KIB)
    }

    /// With a weak hash, for tests that sign in often.
    #[must_use]
    pub fn weak(rng: &dyn Rng) -> Self {
        Self::with_memory(rng, TEST_MEMORY_KIB)
    }

    fn with_memory(rng: &dyn Rng, memory_kib: u32) -> Self {
        let params = Params::new(memory_kib, PASSES, 1, None).expect("constants within the allowed range");
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon, "nobody has this password", rng);
        let (turns, places) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(Semaphore::new(WAITING_MAX)));
        Self { argon, turns, places, nobody }
    }

    /// Makes the text to store.
    ///
    /// # Errors
    /// [`Crowded`].
    pub async fn hash(&self, password: &Secret<String>, rng: &dyn Rng) -> Result<String, Crowded> {
        let salt = salt(rng);
        let (argon, password) = (self.argon.clone(), password.clone());
        self.work(move || hash_with(&argon, password.expose(), &salt)).await
    }

    /// Checks a password against the stored text; `None` (no such account, no password yet) takes as long and fails.
    ///
    /// # Errors
    /// [`Crowded`].
    pub async fn matches(&self, password: &Secret<String>, stored: Option<&str>) -> Result<bool, Crowded> {
        let known = stored.is_some_and(|it| !it.is_empty());
        let stored = stored.filter(|it| !it.is_empty()).unwrap_or(&self.nobody).to_owned();
        let (argon, password) = (self.argon.clone(), password.clone());
        let right = self
            .work(move || {
                PasswordHash::new(&stored)
                    .is_ok_and(|it| argon.verify_password(password.expose().as_bytes(), &it).is_ok())
            })
            .await?;
        Ok(right && known)
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Crowded> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Crowded)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Crowded)?;
        // The work goes on when its browser hangs up, so the work holds the turn, not the caller. It cannot panic; a
        // runtime that is shutting down is the only way to lose it.
        let done = tokio::task::spawn_blocking(move || {
            // Given back in this order: whoever finds a place finds the turn too.
            let _held = (turn, place);
            job()
        });
        done.await.map_err(|_| Crowded)
    }
}

#[cfg(test)]
impl Passwords {
    /// Keeps all others waiting until it is dropped.
    pub(crate) async fn take_all_turns(&self) -> tokio::sync::OwnedSemaphorePermit {
        Arc::clone(&self.turns).acquire_many_owned(AT_ONCE as u32).await.unwrap()
    }

    /// How many wait or work.
    pub(crate) fn waiting(&self) -> usize {
        WAITING_MAX - self.places.available_permits()
    }
}

fn salt(rng: &dyn Rng) -> SaltString {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes);
    SaltString::encode_b64(&bytes).expect("16 bytes are a valid salt")
}

fn hash(argon: &Argon2<'_>, password: &str, rng: &dyn Rng) -> String {
    hash_with(argon, password, &salt(rng))
}

fn hash_with(argon: &Argon2<'_>, password: &str, salt: &SaltString) -> String {
    argon.hash_password(password.as_bytes(), salt).expect("passwords are shorter than 4 GiB").to_string()
}

#[cfg(test)]
mod tests {
    use openlines_base::SystemRng;

    use super::*;

    #[tokio::test]
    async fn who_hangs_up_gives_the_turn_back_only_when_the_work_is_done() {
        let passwords = Passwords::weak(&SystemRng);
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let work = passwords.work(move || wait.recv().is_ok());
        // The job has begun, then the browser is gone.
        let mut work = Box::pin(work);
        assert!(futures_util::poll!(&mut work).is_pending());
        drop(work);
        assert_eq!(passwords.turns.available_permits(), AT_ONCE - 1);
        assert_eq!(passwords.places.available_permits(), WAITING_MAX - 1);
        go_on.send(()).unwrap();
        while passwords.places.available_permits() < WAITING_MAX {
            tokio::task::yield_now().await;
        }
        assert_eq!(passwords.turns.available_permits(), AT_ONCE);
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only_and_nobody_matches_nothing() {
        let passwords = Passwords::new(&SystemRng);
        let right = Secret::new("correct horse battery".to_owned());
        let stored = passwords.hash(&right, &SystemRng).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.matches(&right, Some(&stored)).await.unwrap());
        assert!(!passwords.matches(&Secret::new("wrong".to_owned()), Some(&stored)).await.unwrap());
        assert!(!passwords.matches(&right, None).await.unwrap());
        assert!(!passwords.matches(&Secret::new("nobody has this password".to_owned()), Some("")).await.unwrap());
        assert!(!passwords.matches(&right, Some("not a hash")).await.unwrap());
    }
}
