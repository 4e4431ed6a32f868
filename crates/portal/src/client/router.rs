//! Works stored events off: in order within a connection, many at a time, one by one when something is wrong.
//!
//! A group of events is one transaction. If one of them fails, the group is rolled back and its events go one by one;
//! the one that fails is tried again after a pause, then parked, and those behind it go on. While the database is away
//! nothing counts as a failure.

use std::time::Duration;

use futures_util::StreamExt as _;
use openlines_base::{DAY, Fault as _, HOUR, Kind, Time};
use openlines_edge::without_nul;
use openlines_protocol::{Body, ConnectionId, Event};
use openlines_store::StoreError;

use super::{inbox, outbox};
use crate::Parts;
use crate::dialogs::{Intake, IntakeError};

/// Events of one transaction.
const GROUP_MAX: i64 = 200;
/// Connections worked off at the same time.
const STREAMS_AT_ONCE: usize = 8;
/// Pauses after the 1st, 2nd, … failure of an event; after the last it is parked.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];
/// Another node rings only its own bell: look by ourselves at least so often.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// The database was away: try again after so long.
const RETRY: Duration = Duration::from_secs(1);
/// Events that were worked off are remembered for so long: longer than the hub can deliver again.
const REMEMBER: Duration = Duration::from_secs(8 * 24 * 3600);
/// Settled acts are remembered for so long.
const REMEMBER_ACTS: Duration = Duration::from_secs(30 * 24 * 3600);
/// Rows forgotten in one transaction.
const SWEEP_MAX: i64 = 1_000;
const _: () = assert!(REMEMBER.as_secs() > 7 * DAY.as_secs(), "the hub's admin may redeliver for 7 days");

/// Works events off until the portal stops.
pub(super) async fn run(parts: Parts) {
    let mut swept_at = Time::default();
    loop {
        let bell = parts.bells.inbox.notified();
        let pause = match work(&parts).await {
            Ok(Some(due)) => due.since(parts.clock.now()).clamp(Duration::from_millis(1), LOOK_EVERY),
            Ok(None) => LOOK_EVERY,
            Err(cause) => {
                tracing::warn!(error = %cause, "The inbox could not be worked off, trying again");
                RETRY
            }
        };
        if parts.clock.now().since(swept_at) >= HOUR {
            swept_at = parts.clock.now();
            if let Err(cause) = sweep(&parts).await {
                tracing::warn!(error = %cause, "Old events could not be forgotten, trying again in an hour");
            }
        }
        tokio::select! {
            () = bell => {}
            () = parts.clock.sleep(pause) => {}
            () = parts.tasks.cancelled() => return,
        }
    }
}

/// Works off all that can be worked off now. Gives when the next failed event is due.
///
/// # Errors
/// The database is away.
pub(crate) async fn work(parts: &Parts) -> Result<Option<Time>, StoreError> {
    let mut read = parts.db.read().await?;
    let streams = inbox::streams(&mut read).await?;
    drop(read);
    let now = parts.clock.now();
    let (ready, later): (Vec<_>, Vec<_>) = streams.into_iter().partition(|it| Time::from_ms(it.next_try_at) <= now);
    let mut due = later.iter().map(|it| Time::from_ms(it.next_try_at)).min();
    let mut working = futures_util::stream::iter(ready)
        .map(|it| work_stream(parts, ConnectionId(it.connection_id)))
        .buffer_unordered(STREAMS_AT_ONCE);
    let mut failure = None;
    while let Some(worked) = working.next().await {
        match worked {
            Ok(next) => due = [due, next].into_iter().flatten().min(),
            Err(cause) => failure = Some(cause),
        }
    }
    failure.map_or(Ok(due), Err)
}

/// How a step of a stream went.
enum Step {
    /// There may be more.
    More,
    /// Nothing is left.
    Empty,
    /// The first event failed and is due again then.
    Wait(Time),
}

/// Works one connection off, to its end or to an event that fails.
async fn work_stream(parts: &Parts, connection: ConnectionId) -> Result<Option<Time>, StoreError> {
    let mut group = GROUP_MAX;
    while !parts.tasks.is_cancelled() {
        let step = match work_group(parts, connection, group).await {
            Ok(step) => step,
            Err(Broken { cause, .. }) if cause.kind() == Kind::Busy => return Err(as_store(cause)),
            // One of many is wrong: ever smaller prefixes find it, and let those before it pass.
            Err(_) if group > 1 => {
                group /= 2;
                continue;
            }
            Err(Broken { id, cause }) => {
                group = GROUP_MAX;
                give_up_or_wait(parts, connection, id, &cause).await?
            }
        };
        match step {
            Step::More => {}
            Step::Empty => return Ok(None),
            Step::Wait(until) => return Ok(Some(until)),
        }
    }
    Ok(None)
}

/// A group that was rolled back.
struct Broken {
    /// The first event of it.
    id: i64,
    cause: IntakeError,
}

impl From<StoreError> for Broken {
    fn from(cause: StoreError) -> Self {
        Self { id: 0, cause: cause.into() }
    }
}

impl From<sqlx::Error> for Broken {
    fn from(cause: sqlx::Error) -> Self {
        Self { id: 0, cause: cause.into() }
    }
}

/// Applies the next events of a connection in one transaction.
async fn work_group(parts: &Parts, connection: ConnectionId, limit: i64) -> Result<Step, Broken> {
    let mut tx = parts.db.tx("work_inbox").await?;
    let attempts = inbox::lock_stream(&mut tx, connection).await?;
    // The first one failed before: alone, so that its failure is surely its own.
    let limit = if attempts > 0 { 1 } else { limit };
    let pending = inbox::next_events(&mut tx, connection, limit).await?;
    let (Some(first), Some(last)) = (pending.first(), pending.last()) else { return Ok(Step::Empty) };
    let broken = |cause| Broken { id: first.id, cause };
    let mut events: Vec<Event> = Vec::with_capacity(pending.len());
    let mut keep = Vec::new();
    for row in &pending {
        // A customer's NUL costs its letter, not the message: PostgreSQL keeps none.
        let event: Event = serde_json::from_str(&without_nul(&row.body))
            .map_err(|it| broken(IntakeError::Unreadable(it.to_string())))?;
        if matches!(event.body, Body::Unknown { .. } | Body::Newer) {
            keep.push(row.id);
        }
        events.push(event);
    }
    let intake = Intake::open(parts, &mut tx, &events).await.map_err(broken)?;
    let Some(mut intake) = intake else { return Ok(Step::Empty) };
    for event in &events {
        intake.apply(&mut tx, event).await.map_err(broken)?;
    }
    inbox::done(&mut tx, connection, first.seq, last.seq, &keep).await?;
    let closed = intake.close(&mut tx).await.map_err(broken)?;
    tx.commit().await?;
    closed.ring(parts).await;
    Ok(if i64::try_from(pending.len()).unwrap_or(0) < limit { Step::Empty } else { Step::More })
}

/// The first event failed by itself: again after a pause, and after the last pause it is put aside.
async fn give_up_or_wait(
    parts: &Parts,
    connection: ConnectionId,
    id: i64,
    cause: &IntakeError,
) -> Result<Step, StoreError> {
    let mut tx = parts.db.tx("event_failed").await?;
    let attempts = inbox::lock_stream(&mut tx, connection).await?;
    let step = match usize::try_from(attempts).ok().and_then(|it| PAUSES.get(it)) {
        Some(pause) => {
            let until = parts.clock.now() + *pause;
            inbox::failed(&mut tx, connection, attempts + 1, until).await?;
            Step::Wait(until)
        }
        None => {
            metrics::counter!("openlines_portal_events_parked_total").increment(1);
            let problem = problem(cause);
            tracing::error!(connection.id = %connection, inbox.id = id, problem, "Event {id} was put aside");
            inbox::park(&mut tx, connection, id, &problem).await?;
            Step::More
        }
    };
    tx.commit().await?;
    Ok(step)
}

/// The words for the admin: the error and its causes.
fn problem(cause: &IntakeError) -> String {
    let mut text = cause.to_string();
    let mut source = std::error::Error::source(cause);
    while let Some(it) = source {
        text.push_str(": ");
        text.push_str(&it.to_string());
        source = it.source();
    }
    text
}

fn as_store(cause: IntakeError) -> StoreError {
    match cause {
        IntakeError::Store(cause) => cause,
        IntakeError::UnknownLine(_) | IntakeError::Unreadable(_) => StoreError::Busy,
    }
}

/// Forgets what no hub delivers again.
async fn sweep(parts: &Parts) -> Result<(), StoreError> {
    let now = parts.clock.now();
    loop {
        let mut tx = parts.db.tx("sweep_exchange").await?;
        let events = inbox::sweep(&mut tx, now - REMEMBER, SWEEP_MAX).await?;
        let acts = outbox::sweep(&mut tx, now - REMEMBER_ACTS, SWEEP_MAX).await?;
        tx.commit().await?;
        if events + acts == 0 || parts.tasks.is_cancelled() {
            return Ok(());
        }
    }
}
