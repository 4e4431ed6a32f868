//! The task of one busy chat: its acts one after the other, until none waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::{ChatKey, Outbox, store};
use crate::error::HubError;

/// Pause when the store is away.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What to do after a look.
enum Next {
    /// Look again.
    Go,
    /// Look again after so long, or when woken.
    Wait(Duration),
    /// Nothing that can be done waits here.
    Nothing,
}

pub(super) async fn run(outbox: Outbox, key: ChatKey, wake: Arc<Notify>) {
    let tasks = outbox.0.parts.tasks.clone();
    loop {
        if tasks.is_cancelled() {
            outbox.0.busy().remove(&key);
            return;
        }
        let next = look(&outbox, &key).await.unwrap_or_else(|cause| {
            tracing::warn!(connection.id = %key.connection, error = %cause, "A chat waits for the store");
            Next::Wait(STORE_PAUSE)
        });
        match next {
            Next::Go => {}
            Next::Wait(pause) => {
                tokio::select! {
                    () = outbox.0.parts.clock.sleep(pause) => {}
                    () = wake.notified() => {}
                    () = tasks.cancelled() => {}
                }
            }
            Next::Nothing => {
                // Whoever wakes takes the same lock: either the mark is left before we go, or a new task starts.
                let mut busy = outbox.0.busy();
                if !was_woken(&wake) {
                    busy.remove(&key);
                    return;
                }
            }
        }
    }
}

/// Whether somebody woke the chat since it was last looked at.
fn was_woken(wake: &Notify) -> bool {
    use futures_util::FutureExt as _;
    wake.notified().now_or_never().is_some()
}

async fn look(outbox: &Outbox, key: &ChatKey) -> Result<Next, HubError> {
    let inner = &outbox.0;
    let Some(entry) = inner.parts.directory.connection(key.connection).await?.filter(|it| it.is_active()) else {
        // Acts wait until the connection works again; then the chat is woken.
        return Ok(Next::Nothing);
    };
    let mut read = inner.parts.db.read().await?;
    let row = store::next(&mut read, key).await?;
    drop(read);
    let Some(row) = row else { return Ok(Next::Nothing) };
    let left = row.due_at.since(inner.parts.clock.now());
    if !left.is_zero() {
        // A clock that was set back must not hold a message longer than the longest pause.
        return Ok(Next::Wait(left.min(super::WAIT_MAX)));
    }
    outbox.act(&entry, key, row).await?;
    Ok(Next::Go)
}
