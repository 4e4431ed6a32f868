//! The heartbeat of this node: who is still there, and forgetting what is over.

use openlines_base::Time;
use openlines_store::StoreError;

use super::log;
use super::sockets::News;
use super::viewers::load_rights;
use crate::staff::{self, presence};
use crate::{OperatorId, Parts};

/// Beats between two sweeps.
const SWEEP_EVERY: u32 = 60;

/// Runs until shutdown.
pub(super) async fn run(parts: Parts) {
    let mut beat = 0_u32;
    let mut last = parts.clock.now();
    while !parts.tasks.is_cancelled() {
        // Taken before the list is, so that a sign of life in between counts for the next beat.
        let now = parts.clock.now();
        match one(&parts, last, beat.is_multiple_of(SWEEP_EVERY)).await {
            Ok(()) => last = now,
            Err(error) => tracing::warn!(%error, "Cannot note who is online; the next beat tries again"),
        }
        beat = beat.wrapping_add(1);
        tokio::select! {
            () = parts.tasks.cancelled() => return,
            () = parts.clock.sleep(presence::BEAT) => {}
        }
    }
}

/// One beat: who gave a sign of life since `last`, who did not for too long.
pub(super) async fn one(parts: &Parts, last: Time, is_sweep: bool) -> Result<(), StoreError> {
    let heard = parts.live.heard_since(last);
    let mut operators: Vec<OperatorId> = heard.iter().map(|it| it.0).collect();
    operators.sort_unstable();
    operators.dedup();
    presence::note_alive(parts, &operators).await?;
    presence::note_gone(parts).await?;
    if !is_sweep {
        return Ok(());
    }
    let now = parts.clock.now();
    let mut tx = parts.db.tx("sweep_live").await?;
    for (_, login) in &heard {
        staff::touch_login(&mut tx, *login, now).await?;
    }
    log::forget(&mut tx, now).await?;
    tx.commit().await?;
    staff::sweep(parts).await?;
    // A login may have run out while its socket was open.
    let mut read = parts.db.read().await?;
    let rights = load_rights(&mut read, &parts.live.people(), now).await?;
    parts.live.publish(News::Rights(rights));
    Ok(())
}
