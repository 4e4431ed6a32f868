//! Hands stored acts to the hub, oldest first, so that each dialog keeps its order. While the hub is away everything
//! waits here; nothing is lost and nothing overtakes.

use std::time::Duration;

use openlines_base::{Fault as _, SECOND, Time};
use openlines_protocol::{
    Accepted, Action, Body, Chat, ConnectionId, Event, FailureReason, KnownMethods, OUTGOING_MAX, Outgoing,
    OutgoingList,
};
use openlines_store::{Engine, StoreError};

use super::outbox::{self, Waiting};
use crate::dialogs::{self, Changes, Intake, IntakeError};
use crate::hub_port::HubError;
use crate::{MessageId, Parts};

/// Only one node hands over at a time, or acts of one dialog could overtake each other.
const LEASE: &str = "outbox";
/// A dead node's lease runs out after so long; longer than a call may take.
const LEASE_TIME: Duration = Duration::from_secs(60);
/// Another node rings only its own bell: look by ourselves at least so often.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Pauses after the 1st, 2nd, … call that did not reach the hub, in seconds; the last one stays.
const PAUSES_S: [u64; 5] = [1, 2, 5, 10, 30];
/// Bytes of chance in the name of a lease's holder.
const HOLDER_BYTES: usize = 12;

/// How a try went.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing waits, or another node does it.
    Idle,
    /// Something was handed over; there may be more.
    More,
    /// The hub did not answer, or asked to come later.
    Later(Option<u32>),
}

/// Hands over until the portal stops.
pub(super) async fn run(parts: Parts) {
    let holder = match parts.db.engine() {
        // There is no other node: the data folder is locked. What a killed process had leased is ours.
        Engine::Sqlite => "the only node".to_owned(),
        Engine::Postgres => parts.rng.token(HOLDER_BYTES),
    };
    let mut failures: usize = 0;
    loop {
        let bell = parts.bells.outbox.notified();
        let (pause, may_ring) = match hand_over(&parts, &holder).await {
            Ok(Outcome::More) => {
                failures = 0;
                if parts.tasks.is_cancelled() {
                    return;
                }
                continue;
            }
            Ok(Outcome::Idle) => {
                failures = 0;
                (LOOK_EVERY, true)
            }
            Ok(Outcome::Later(wait_s)) => {
                let pause = wait_s.map_or(PAUSES_S[failures.min(PAUSES_S.len() - 1)], u64::from);
                failures += 1;
                // A new message does not make the hub come back; its answer to our hello rings as well, but the pause
                // is short enough.
                (Duration::from_secs(pause), false)
            }
            Err(cause) => {
                tracing::warn!(error = %cause, "The outbox could not be read, trying again");
                (SECOND, false)
            }
        };
        tokio::select! {
            () = bell, if may_ring => {}
            () = parts.clock.sleep(pause) => {}
            () = parts.tasks.cancelled() => return,
        }
    }
}

/// Hands over the oldest acts, as many as one call takes.
///
/// # Errors
/// The database is away.
pub(crate) async fn hand_over(parts: &Parts, holder: &str) -> Result<Outcome, StoreError> {
    let mut read = parts.db.read().await?;
    if outbox::is_empty(&mut read).await? {
        return Ok(Outcome::Idle);
    }
    drop(read);
    let now = parts.clock.now();
    let mut tx = parts.db.tx("begin_handover").await?;
    if !outbox::lease(&mut tx, LEASE, holder, now, now + LEASE_TIME).await? {
        return Ok(Outcome::Idle);
    }
    let acts = outbox::begin_try(&mut tx, i64::try_from(OUTGOING_MAX).unwrap_or(i64::MAX)).await?;
    tx.commit().await?;
    // One call has acts of one method; their order is kept from call to call.
    let mut rest = acts.as_slice();
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|it| it.action == first.action).count().min(OUTGOING_MAX);
        let (run, later) = rest.split_at(count);
        rest = later;
        if let Some(wait) = hand_run(parts, run).await? {
            return Ok(wait);
        }
    }
    // Nothing is under way: should this node die now, its answers need not wait for the lease to run out.
    let mut tx = parts.db.tx("end_handover").await?;
    outbox::release(&mut tx, LEASE, holder).await?;
    tx.commit().await?;
    Ok(if acts.is_empty() { Outcome::Idle } else { Outcome::More })
}

/// Hands acts of one method over. Gives the outcome if the rest must wait.
async fn hand_run(parts: &Parts, run: &[Waiting]) -> Result<Option<Outcome>, StoreError> {
    match call(parts, run).await? {
        Ok(()) => {
            note_handed(parts, run).await?;
            Ok(None)
        }
        Err(HubError::Unreachable(text)) => {
            tracing::debug!(text, "The hub did not take our acts, they wait");
            Ok(Some(Outcome::Later(None)))
        }
        Err(cause @ HubError::Refused { .. }) if cause.is("busy") => Ok(Some(Outcome::Later(cause.retry_after_s()))),
        Err(HubError::Refused { code, text, .. }) => {
            if let [act] = run {
                tracing::warn!(code, outbox.id = act.id, "The hub refused an act for good");
                fail(parts, act, &text).await?;
                return Ok(None);
            }
            // One of them is wrong: one by one, so that the others go on.
            for act in run {
                if let Some(wait) = Box::pin(hand_run(parts, std::slice::from_ref(act))).await? {
                    return Ok(Some(wait));
                }
            }
            Ok(None)
        }
    }
}

async fn call(parts: &Parts, run: &[Waiting]) -> Result<Result<(), HubError>, StoreError> {
    let mut messages = Vec::with_capacity(run.len());
    for act in run {
        match wire(parts, act).await? {
            Some(outgoing) => messages.push(outgoing),
            None => return Ok(Err(unreadable())),
        }
    }
    let ids: Vec<String> = messages.iter().map(|it| it.id.clone()).collect();
    let method = match run.first().map(|it| it.action.as_str()) {
        Some("edit") => KnownMethods::UpdateMessages,
        Some("delete") => KnownMethods::DeleteMessages,
        _ => KnownMethods::SendMessages,
    };
    let Ok(params) = serde_json::to_value(OutgoingList { messages }) else { return Ok(Err(unreadable())) };
    let answer = match parts.hub.ask(method, params).await {
        Ok(answer) => answer,
        Err(cause) => return Ok(Err(cause)),
    };
    let accepted: Option<Accepted> = serde_json::from_value(answer).ok();
    // Anything less than all of them is no answer that we understand; the hub does nothing twice.
    Ok(if accepted.is_some_and(|it| it.accepted == ids) {
        Ok(())
    } else {
        Err(HubError::Unreachable("its answer does not name our acts".to_owned()))
    })
}

fn unreadable() -> HubError {
    HubError::Refused {
        code: "wrong_params".to_owned(),
        field: None,
        text: "the stored act cannot be read".to_owned(),
        retry_after_s: None,
    }
}

/// An act as the wire wants it, with the links of its files signed just now.
async fn wire(parts: &Parts, act: &Waiting) -> Result<Option<Outgoing>, StoreError> {
    let Ok(mut action) = serde_json::from_str::<Action>(&act.body) else { return Ok(None) };
    if let Action::Send { message } = &mut action {
        message.files = dialogs::files_for_hub(parts, MessageId(act.message_id)).await?;
    }
    Ok(Some(Outgoing {
        id: act.outgoing_id.clone(),
        connection: ConnectionId(act.connection_id),
        chat: Chat { id: act.chat_id.clone(), ..Chat::default() },
        action,
    }))
}

async fn note_handed(parts: &Parts, run: &[Waiting]) -> Result<(), StoreError> {
    let mut tx = parts.db.tx("note_handed").await?;
    let mut changes = Changes::default();
    for act in run {
        if let Some((message, line)) = outbox::handed(&mut tx, act).await? {
            changes.message(message, line);
        }
    }
    changes.write(&mut tx, parts.clock.now()).await?;
    tx.commit().await?;
    changes.ring(parts);
    Ok(())
}

/// The hub will never take this act: the same as if the channel had refused it.
async fn fail(parts: &Parts, act: &Waiting, text: &str) -> Result<(), StoreError> {
    let event = Event {
        id: String::new(),
        seq: 0,
        connection: ConnectionId(act.connection_id),
        line: String::new(),
        channel: String::new(),
        occurred_at: Time::default(),
        body: Body::Failed {
            chat: Chat { id: act.chat_id.clone(), ..Chat::default() },
            outgoing_id: act.outgoing_id.clone(),
            reason: FailureReason::Rejected,
            text: text.to_owned(),
        },
    };
    let mut tx = parts.db.tx("refuse_act").await?;
    let store = |cause: IntakeError| match cause {
        IntakeError::Store(cause) => cause,
        IntakeError::UnknownLine(_) | IntakeError::Unreadable(_) => StoreError::Sql(sqlx::Error::RowNotFound),
    };
    let events = std::slice::from_ref(&event);
    let Some(mut intake) = Intake::open(parts, &mut tx, events).await.map_err(store)? else { return Ok(()) };
    intake.apply(&mut tx, &event).await.map_err(store)?;
    let closed = intake.close(&mut tx).await.map_err(store)?;
    tx.commit().await?;
    closed.ring(parts).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::staff::Role;
    use crate::test::{Channel, Office};

    #[tokio::test]
    async fn a_node_that_dies_with_nothing_under_way_holds_nobody_up() {
        for office in Office::on_each_engine().await {
            let anna = office.sign_in("Anna", Role::Operator).await;
            let line = office.line("Sales", &[anna.operator]).await;
            let dialog = Channel::new(&office, line, 1).await.writes(&office, "Bob", "hi").await;
            anna.post(&format!("/api/dialogs/{dialog}/accept"), json!({})).await.expect(200);
            for node in ["first", "second"] {
                let body = json!({"client_id": node, "kind": "reply", "text": node});
                anna.post(&format!("/api/dialogs/{dialog}/messages"), body).await.expect(201);
                assert_eq!(hand_over(&office.parts, node).await.expect("the store is there"), Outcome::More, "{node}");
            }
            assert_eq!(office.hub.asked("sendMessages").len(), 2);
        }
    }
}
