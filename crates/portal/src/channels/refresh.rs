//! Asking the hub now and then how all connections are: heals what was missed while we or it were away.

use std::collections::HashSet;
use std::time::Duration;

use openlines_base::Time;
use openlines_protocol::{ConnectionList, KnownMethods};
use serde_json::json;

use super::model::State;
use super::{ChannelError, catalogue, flow, store};
use crate::live::{Audience, Entity, record};
use crate::{LineId, Parts};

/// Between two looks when all is well.
const EVERY: Duration = Duration::from_secs(300);
/// After a look that failed.
const SOON: Duration = Duration::from_secs(20);

/// Runs until shutdown.
pub(super) async fn run(parts: Parts) {
    while !parts.tasks.is_cancelled() {
        let pause = match look(&parts).await {
            Ok(()) => EVERY,
            Err(error) => {
                tracing::debug!(%error, "Cannot ask the hub for its connections now");
                SOON
            }
        };
        tokio::select! {
            () = parts.tasks.cancelled() => return,
            () = parts.clock.sleep(pause) => {}
        }
    }
}

/// One look.
pub(super) async fn look(parts: &Parts) -> Result<(), ChannelError> {
    catalogue::refresh(parts).await?;
    let asked_at = parts.clock.now();
    let list: ConnectionList = flow::ask(parts, KnownMethods::Status, &json!({})).await?;
    take_in(parts, asked_at, &list).await
}

/// Writes down what the hub said to a question of `asked_at`.
pub(super) async fn take_in(parts: &Parts, asked_at: Time, list: &ConnectionList) -> Result<(), ChannelError> {
    let named: HashSet<_> = list.connections.iter().map(|it| it.id).collect();
    let now = parts.clock.now();
    let mut changed = Vec::new();
    let mut tx = parts.db.tx("refresh_connections").await?;
    // What changed while the hub was asked, its answer does not know: an admin has just removed one.
    let newer = store::changed_after(&mut tx, asked_at).await?;
    let told = list.connections.iter().filter(|it| State::from(it.state) != State::Removed && !newer.contains(&it.id));
    for info in told {
        let line = info.line.parse::<LineId>().ok();
        let Some(line) = line else { continue };
        if !store::line_exists(&mut tx, line).await? {
            tracing::warn!(connection = %info.id, line = %info.line, "The hub has a connection of a line that is not here");
            continue;
        }
        if store::save(&mut tx, now, info, line).await? {
            changed.push(info.id);
        }
    }
    for (id, state) in store::known_before(&mut tx, asked_at).await? {
        // A displaced connection may leave the hub; it stays an emergency until an admin acts.
        if !named.contains(&id) && state != State::Displaced {
            let reason = "the hub does not have this connection any more; connect it again";
            if store::set_state(&mut tx, now, id, State::Failing, Some(reason)).await? {
                changed.push(id);
            }
        }
    }
    for id in &changed {
        record(&mut tx, now, Entity::Connection(*id), Audience::All).await?;
    }
    tx.commit().await?;
    if !changed.is_empty() {
        parts.bells.live.notify_one();
        parts.bells.outbox.notify_one();
    }
    Ok(())
}
