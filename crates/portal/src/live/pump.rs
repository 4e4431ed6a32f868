//! Reads the log as it grows and hands each change, made once, to all sockets of this node.

use std::time::Duration;

use openlines_store::{Engine, StoreError};

use super::sockets::News;
use super::viewers::load_rights;
use super::{Entity, build, log};
use crate::Parts;

/// Changes taken at once.
const PAGE: usize = 500;
/// Other nodes do not ring our bell: how soon we look by ourselves.
const LOOK_SHARED: Duration = Duration::from_millis(250);
/// Alone with the database the bell always rings; this is for a bell that was forgotten.
const LOOK_ALONE: Duration = Duration::from_secs(5);
/// Pause while the database is away.
const PAUSE_AWAY: Duration = Duration::from_secs(1);

/// Runs until shutdown.
pub(super) async fn run(parts: Parts) {
    let look = if parts.db.engine() == Engine::Postgres { LOOK_SHARED } else { LOOK_ALONE };
    let mut position = None;
    while !parts.tasks.is_cancelled() {
        let pause = match step(&parts, &mut position).await {
            Ok(true) => continue,
            Ok(false) => look,
            Err(error) => {
                tracing::warn!(%error, "Cannot read the realtime log; browsers wait");
                PAUSE_AWAY
            }
        };
        tokio::select! {
            () = parts.tasks.cancelled() => return,
            () = parts.bells.live.notified() => {}
            () = parts.clock.sleep(pause) => {}
        }
    }
}

/// Takes the next page. True if there may be more.
async fn step(parts: &Parts, position: &mut Option<i64>) -> Result<bool, StoreError> {
    parts.live.tell_typing(parts).await?;
    let mut read = parts.db.read().await?;
    let Some(after) = *position else {
        // Sockets that were quicker than us see that they have a gap.
        let head = log::head(&mut read).await?;
        parts.live.publish(News::Changes { from: head, upto: head, list: Vec::new() });
        *position = Some(head);
        return Ok(false);
    };
    let page = log::read_after(&mut read, after, PAGE).await?;
    let Some(upto) = page.last else { return Ok(false) };
    if parts.live.count() > 0 {
        if page.events.iter().any(|it| matches!(it.entity, Entity::Operator(_) | Entity::Line(_))) {
            let rights = load_rights(&mut read, &parts.live.people(), parts.clock.now()).await?;
            parts.live.publish(News::Rights(rights));
        }
        let list = build::prepare(&mut read, parts.clock.now(), build::join(&page.events)).await?;
        parts.live.publish(News::Changes { from: after, upto, list });
    }
    *position = Some(upto);
    Ok(page.is_full)
}
