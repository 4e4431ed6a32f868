//! Runs a pass whenever something changed, and when the next offer runs out.

use std::time::Duration;

use super::flow::{Next, pass};
use crate::Parts;

/// Another node rings only its own bell: look by ourselves at least so often.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// The database was away: try again after so long.
const RETRY: Duration = Duration::from_secs(1);

/// Gives out dialogs until the portal stops.
pub(crate) async fn run(parts: Parts) {
    loop {
        let bell = parts.bells.routing.notified();
        let now = parts.clock.now();
        let pause = match pass(&parts).await {
            Ok(Next::Now) if parts.tasks.is_cancelled() => return,
            Ok(Next::Now) => continue,
            Ok(Next::At(due)) => due.since(now).clamp(Duration::from_millis(1), LOOK_EVERY),
            Ok(Next::OnBell) => LOOK_EVERY,
            Err(cause) => {
                tracing::warn!(error = %cause, "Dialogs could not be given out, trying again");
                RETRY
            }
        };
        tokio::select! {
            () = bell => {}
            () = parts.clock.sleep(pause) => {}
            () = parts.tasks.cancelled() => return,
        }
    }
}
