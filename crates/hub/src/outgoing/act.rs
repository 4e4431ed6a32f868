//! One act, from its calls to its result.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use openlines_base::{SECOND, Time};
use openlines_connectors::{Call, Connector, Outcome, Refusal, Verdict};
use openlines_protocol::{Action, Body, FailureReason, Outgoing};
use openlines_store::Conn;

use super::store::{self, DONE, FAILED, Row};
use super::{ChatKey, Inner, Outbox, WAIT_MAX};
use crate::connections::store::{Announcement, announce};
use crate::directory::Entry as Known;
use crate::error::HubError;

/// Pauses after refusals that pass, in seconds; the last one stays until the act has waited [`WAIT_MAX`].
const RETRY_STEPS_S: [u32; 11] = [1, 2, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400];
/// The longest pause that a channel may ask for.
const WAIT_ASKED_MAX_S: u32 = 3600;
/// A lost answer is worth one more try: a double is better than a loss. A second one is for a person to decide.
const LOST_MAX: i64 = 1;
/// Calls that stand in place of others, and of others again.
const INSTEAD_DEPTH_MAX: u32 = 4;
/// Calls of one act.
const CALLS_MAX: usize = 200;

/// A call of an act.
struct Step {
    call: Call,
    /// How often it stands in place of another.
    depth: u32,
    /// The last of those that stand in place of a rendered one, or a rendered one itself.
    ends_step: bool,
}

/// The chat was found to live elsewhere while an act was under way.
struct Moved {
    to: ChatKey,
    /// Nobody else works in the new place until this act is over.
    is_held: bool,
}

/// How one call went.
enum Told {
    Done,
    /// The act is over, or put off; nothing more to do now.
    Stop,
}

impl Outbox {
    /// Does the first act of a chat as far as it goes.
    pub(super) async fn act(&self, entry: &Known, key: &ChatKey, row: Row) -> Result<(), HubError> {
        let (id, mut moved) = (row.id, None);
        let done = self.act_on(entry, key, row, &mut moved).await;
        let Some(Moved { to, is_held }) = moved else { return done };
        // If the act still waits, it goes ahead of what has moved before it.
        let followed = self.follow(id, &to.chat).await;
        if is_held {
            self.0.busy().remove(&to);
        }
        self.wake(to);
        done.and(followed)
    }

    async fn follow(&self, id: i64, chat: &str) -> Result<(), HubError> {
        let mut tx = self.0.parts.db.tx("follow_chat").await?;
        store::follow_chat(&mut tx, id, chat).await?;
        Ok(tx.commit().await?)
    }

    async fn act_on(&self, entry: &Known, key: &ChatKey, row: Row, moved: &mut Option<Moved>) -> Result<(), HubError> {
        let Some(connector) = entry.connector else {
            return self.fail(&row, FailureReason::Rejected, "this hub no longer has the channel").await;
        };
        let mut row = row;
        let mut outgoing = row.outgoing.clone();
        outgoing.chat.id.clone_from(&row.chat);
        let calls = match connector.render(&entry.connection, &outgoing) {
            Ok(calls) if calls.len() > CALLS_MAX => {
                return self.fail(&row, FailureReason::Rejected, "too much for one message").await;
            }
            Ok(calls) => calls,
            Err(refusal) => return self.refused(entry, row, refusal).await,
        };
        if row.progress.is_sending {
            // The hub was killed between the call and its answer.
            row.progress.lost += 1;
            row.progress.is_sending = false;
            if row.progress.lost > LOST_MAX {
                return self.uncertain(&row).await;
            }
        }
        let done = usize::try_from(row.progress.step).unwrap_or(usize::MAX);
        let mut steps: VecDeque<Step> =
            calls.into_iter().skip(done).map(|call| Step { call, depth: 0, ends_step: true }).collect();
        // Of the calls that stood in place of the next one, these were done before.
        let mut skip = usize::try_from(row.progress.sub_step).unwrap_or(0);
        while let Some(step) = steps.pop_front() {
            match self.step(entry, connector, key, &mut row, step, &mut steps, &mut skip, moved).await? {
                Told::Done => {}
                Told::Stop => return Ok(()),
            }
        }
        self.finish(&row).await
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one loop; a struct of references would say no more")]
    async fn step(
        &self,
        entry: &Known,
        connector: &dyn Connector,
        key: &ChatKey,
        row: &mut Row,
        step: Step,
        rest: &mut VecDeque<Step>,
        skip: &mut usize,
        moved: &mut Option<Moved>,
    ) -> Result<Told, HubError> {
        let inner = &self.0;
        let pace = inner.paces.of(row.connection, &connector.about().limits);
        pace.wait(&row.chat, step.call.cost).await;
        row.progress.is_sending = true;
        self.save(row).await?;
        let reply = {
            let _permit = inner.in_flight.acquire().await;
            inner.parts.net.send(&step.call.request).await
        };
        row.progress.is_sending = false;
        if matches!(reply.outcome, Outcome::Lost(_)) {
            row.progress.lost += 1;
            if row.progress.lost > LOST_MAX {
                self.uncertain(row).await?;
                return Ok(Told::Stop);
            }
        }
        let verdict = connector.verdict(&entry.connection, &step.call, &reply);
        count(&entry.record.channel, step.call.label, &verdict);
        match verdict {
            Verdict::Done(ids) => self.advance(row, ids, step.ends_step).await,
            Verdict::Instead { .. } if step.depth >= INSTEAD_DEPTH_MAX => {
                self.fail(row, FailureReason::Rejected, "the channel refuses every form of this message").await?;
                Ok(Told::Stop)
            }
            Verdict::Instead { calls, chat_moved_to } => {
                if let Some(to) = chat_moved_to.filter(|it| *it != row.chat) {
                    *moved = Some(self.moved(key, row, &to).await?);
                }
                let count = calls.len();
                if count == 0 {
                    return self.advance(row, Vec::new(), step.ends_step).await;
                }
                let instead = calls.into_iter().enumerate().map(|(n, call)| Step {
                    call,
                    depth: step.depth + 1,
                    ends_step: step.ends_step && n + 1 == count,
                });
                // Never all: then the step itself would have been done.
                let again: Vec<_> = instead.skip((*skip).min(count - 1)).collect();
                *skip = 0;
                again.into_iter().rev().for_each(|it| rest.push_front(it));
                self.save(row).await?;
                Ok(Told::Done)
            }
            Verdict::Refused(refusal) => {
                if let Refusal::Later { wait_s, whole_connection: true, .. } = &refusal {
                    pace.hold(wait(*wait_s, row.tries));
                }
                self.save(row).await?;
                self.refused(entry, row.clone(), refusal).await?;
                Ok(Told::Stop)
            }
        }
    }

    /// One call is done.
    async fn advance(&self, row: &mut Row, ids: Vec<String>, ends_step: bool) -> Result<Told, HubError> {
        row.progress.message_ids.extend(ids);
        if ends_step {
            row.progress.step += 1;
            row.progress.sub_step = 0;
        } else {
            row.progress.sub_step += 1;
        }
        self.save(row).await?;
        Ok(Told::Done)
    }

    async fn save(&self, row: &Row) -> Result<(), HubError> {
        let mut tx = self.0.parts.db.tx("save_progress").await?;
        store::save_progress(&mut tx, row.id, &row.progress).await?;
        Ok(tx.commit().await?)
    }

    async fn refused(&self, entry: &Known, row: Row, refusal: Refusal) -> Result<(), HubError> {
        match refusal {
            Refusal::Never { reason, text } => self.fail(&row, reason, &text).await,
            Refusal::Revoked { text } => {
                // The act waits; the connection's admin has to do something.
                self.0.parts.states.fail(&entry.record, &text).await
            }
            Refusal::Later { wait_s, text, .. } => {
                let due_at = self.0.parts.clock.now() + wait(wait_s, row.tries);
                if due_at.since(row.created_at) > WAIT_MAX {
                    return self.fail(&row, FailureReason::Expired, &text).await;
                }
                let mut tx = self.0.parts.db.tx("put_off_outgoing").await?;
                store::put_off(&mut tx, row.id, row.tries + 1, due_at).await?;
                Ok(tx.commit().await?)
            }
        }
    }

    async fn uncertain(&self, row: &Row) -> Result<(), HubError> {
        self.fail(row, FailureReason::Uncertain, "the channel's answer was lost twice; it may have arrived").await
    }

    async fn fail(&self, row: &Row, reason: FailureReason, text: &str) -> Result<(), HubError> {
        self.end(row, FAILED, Some(failed_event(row, reason, text))).await
    }

    async fn finish(&self, row: &Row) -> Result<(), HubError> {
        let delivered = Body::Delivered {
            chat: row.outgoing.chat.clone(),
            outgoing_id: row.outgoing.id.clone(),
            message_ids: row.progress.message_ids.clone(),
        };
        // That a message is gone is told by nothing: there is nothing left to tell about.
        let is_told = !matches!(row.outgoing.action, Action::Delete { .. });
        self.end(row, DONE, Some(delivered).filter(|_| is_told)).await
    }

    async fn end(&self, row: &Row, state: &'static str, event: Option<Body>) -> Result<(), HubError> {
        let now = self.0.parts.clock.now();
        let mut tx = self.0.parts.db.tx("finish_outgoing").await?;
        write_end(&mut tx, row, state, event, now).await?;
        tx.commit().await?;
        self.0.parts.states.announcer.wake();
        metrics::counter!("openlines_hub_outgoing_total", "outcome" => state).increment(1);
        metrics::histogram!("openlines_hub_outgoing_seconds").record(now.since(row.created_at).as_secs_f64());
        Ok(())
    }

    /// The chat lives elsewhere: its other acts go there and wait until this one is over, and the portal is told.
    async fn moved(&self, key: &ChatKey, row: &mut Row, to: &str) -> Result<Moved, HubError> {
        let new_key = ChatKey { chat: to.to_owned(), ..key.clone() };
        let is_held = match self.0.busy().entry(new_key.clone()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(Arc::default());
                true
            }
        };
        let moved = Moved { to: new_key, is_held };
        let now = self.0.parts.clock.now();
        let mut chat = row.outgoing.chat.clone();
        chat.id.clone_from(&row.chat);
        let announcement = Announcement {
            id: 0,
            site: row.site,
            connection: row.connection,
            closes: false,
            external_id: format!("hub:moved:{}:{to}", row.chat),
            occurred_at: now,
            body: Some(Body::ChatMoved { chat, to: to.to_owned() }),
        };
        let written = async {
            let mut tx = self.0.parts.db.tx("move_chat").await?;
            store::move_chat(&mut tx, &ChatKey { chat: row.chat.clone(), ..key.clone() }, to, row.id).await?;
            announce(&mut tx, &announcement).await?;
            Ok(tx.commit().await?)
        };
        if let Err(cause) = written.await {
            if is_held {
                self.0.busy().remove(&moved.to);
            }
            return Err(cause);
        }
        self.0.parts.states.announcer.wake();
        to.clone_into(&mut row.chat);
        Ok(moved)
    }
}

impl Inner {
    /// Typing and reading: one call after the other as far as limits and luck allow. True if all were made.
    pub(super) async fn act_in_passing(&self, outgoing: Outgoing) -> Result<bool, HubError> {
        let entry = self.parts.directory.connection(outgoing.connection).await?.filter(|it| it.is_active());
        let Some(entry) = entry else { return Ok(false) };
        let Some(connector) = entry.connector else { return Ok(false) };
        let Ok(calls) = connector.render(&entry.connection, &outgoing) else { return Ok(false) };
        let pace = self.paces.of(outgoing.connection, &connector.about().limits);
        for call in calls {
            if !pace.try_pass(&outgoing.chat.id) {
                return Ok(false);
            }
            let Ok(_permit) = self.in_flight.try_acquire() else { return Ok(false) };
            let reply = self.parts.net.send(&call.request).await;
            let verdict = connector.verdict(&entry.connection, &call, &reply);
            count(&entry.record.channel, call.label, &verdict);
            if !matches!(verdict, Verdict::Done(_)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The pause after a refusal that passes.
fn wait(asked_s: Option<u32>, tries: i64) -> Duration {
    let last = RETRY_STEPS_S.len() - 1;
    let step = RETRY_STEPS_S[usize::try_from(tries).unwrap_or(last).min(last)];
    SECOND * asked_s.map_or(step, |it| it.clamp(1, WAIT_ASKED_MAX_S))
}

pub(super) fn failed_event(row: &Row, reason: FailureReason, text: &str) -> Body {
    Body::Failed {
        chat: row.outgoing.chat.clone(),
        outgoing_id: row.outgoing.id.clone(),
        reason,
        text: text.to_owned(),
    }
}

/// Ends an act and announces its result, once.
pub(super) async fn write_end(
    conn: &mut Conn,
    row: &Row,
    state: &str,
    event: Option<Body>,
    now: Time,
) -> Result<(), HubError> {
    let is_new = store::finish(conn, row.id, state, now).await?;
    let Some(event) = event.filter(|_| is_new) else { return Ok(()) };
    let announcement = Announcement {
        id: 0,
        site: row.site,
        connection: row.connection,
        closes: false,
        external_id: format!("hub:out:{}", row.outgoing.id),
        occurred_at: now,
        body: Some(event),
    };
    announce(conn, &announcement).await
}

fn count(channel: &str, label: &'static str, verdict: &Verdict) {
    let outcome = match verdict {
        Verdict::Done(_) => "done",
        Verdict::Instead { .. } => "instead",
        Verdict::Refused(Refusal::Later { .. }) => "later",
        Verdict::Refused(Refusal::Never { .. }) => "never",
        Verdict::Refused(Refusal::Revoked { .. }) => "revoked",
    };
    metrics::counter!("openlines_hub_channel_calls_total", "channel" => channel.to_owned(), "call" => label,
        "outcome" => outcome)
    .increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_what_the_channel_asks_for_comes_first() {
        for (asked, tries, expected_s) in [
            (None, 0, 1),
            (None, 4, 60),
            (None, 100, 14_400),
            (Some(7), 3, 7),
            (Some(0), 0, 1),
            (Some(99_999), 0, 3600),
        ] {
            assert_eq!(wait(asked, tries).as_secs(), expected_s);
        }
    }
}
