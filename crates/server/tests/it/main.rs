//! The binary as its users have it: real processes, real HTTP, real kills.

mod api;
mod kill;
mod process;

use std::time::Duration;

use openlines_base::{Clock as _, SystemClock};

/// How long a state may take to come on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until `look` finds something.
async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            SystemClock.sleep(Duration::from_millis(50)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(found) => found,
        Err(_) => panic!("waited {PATIENCE:?} in vain until {what}"),
    }
}
