//! One try: the lock is written, the batch is sealed and carried, the receipt deletes. And the probe, a batch of one
//! event that is never stored.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use openlines_base::Time;
use openlines_protocol::{
    Address, BATCH_MAX_BYTES, Body, ConnectionId, EVENTS_PATH, Envelope, Event, Letter, Receipt, Sealed, SiteId, seal,
};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use url::Url;

use super::courier::CourierAnswer;
use super::slots::Slot;
use super::state::Failed;
use super::window::{WINDOW_BYTES, WINDOW_EVENTS};
use super::{Awaited, Inner, Probe, STORE_PAUSE, lock};
use crate::directory::Entry;
use crate::error::HubError;
use crate::queue::{ANSWER_KEPT_BYTES, Attempt, LineId, Queued, ReadLimit, Settle};
use crate::sites::Site;

/// A portal answers a batch within this time, or the try failed.
const TIMEOUT: Duration = Duration::from_secs(15);
/// A portal answers a probe within this time, or it sleeps.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest pause that a portal may ask for.
const PAUSE_MAX_S: u32 = 3600;
/// HTTP's "taken, I shall tell you later".
const ACCEPTED: u16 = 202;
const OK: u16 = 200;

/// A batch as it is sealed: events spliced from their stored form, not parsed again.
#[derive(Serialize)]
struct RawBatch<'a> {
    connection: ConnectionId,
    events: &'a [Box<RawValue>],
}

/// One try under way.
struct Try<'a> {
    line: LineId,
    site: &'a Site,
    address: &'a Url,
    id: String,
    events: Vec<Queued>,
    began_at: Time,
}

/// How a try ended.
struct Ended {
    /// The receipt, checked, or words about why there is none.
    result: Result<Receipt, Failure>,
    code: u16,
    took_ms: i64,
}

struct Failure {
    outcome: &'static str,
    words: String,
    /// The portal's doing, maybe because of what is in the batch.
    may_shrink: bool,
}

impl Inner {
    /// Makes one try of a line whose turn it is.
    pub(super) async fn turn(&self, line: LineId) {
        if let Err(cause) = self.try_turn(line).await {
            tracing::warn!(site.id = %line.site, connection.id = %line.connection, error = %cause,
                "Delivery waits for the store");
            self.pause_for_store(line);
        }
    }

    /// The store is away: that is nobody's failed attempt.
    fn pause_for_store(&self, line: LineId) {
        let now = self.now();
        self.with_site(line.site, |site| site.paused(line.connection, now + STORE_PAUSE, now, &*self.parts.rng));
    }

    async fn try_turn(&self, line: LineId) -> Result<(), HubError> {
        let Some(site) = self.parts.directory.site(line.site).await? else {
            return self.give_up(line, "its site is gone").await;
        };
        let Some(entry) = self.parts.directory.connection(line.connection).await? else {
            return self.give_up(line, "its connection is gone").await;
        };
        let Some(address) = site.address.as_ref().and_then(|it| it.join(EVENTS_PATH.trim_start_matches('/')).ok())
        else {
            let now = self.now();
            self.with_site(line.site, |state| {
                state.is_dormant = true;
                state.release(line.connection, now, &*self.parts.rng);
            });
            return Ok(());
        };
        self.refill(line).await?;
        let Some((events, is_proven, lock, epoch)) = self.with_site(line.site, |state| {
            let it = state.lines.get(&line.connection)?;
            Some((it.window.batch(it.size, BATCH_MAX_BYTES), it.is_proven, it.lock, it.epoch))
        }) else {
            return Ok(());
        };
        if events.is_empty() {
            let now = self.now();
            self.with_site(line.site, |state| state.release(line.connection, now, &*self.parts.rng));
            return Ok(());
        }

        let _slot = self.slot(&address, is_proven).await;
        let began_at = self.now();
        let plan = lock.plan(began_at, |bound| self.parts.rng.below(bound));
        let Some(epoch) = self.parts.queue.begin_try(line, epoch, plan.lock).await? else {
            return self.reload_own(line).await;
        };
        self.with_site(line.site, |state| {
            if let Some(it) = state.lines.get_mut(&line.connection) {
                it.epoch = epoch;
            }
        });
        let id = batch_id(line.connection, &events);
        let attempt = Try { line, site: &site, address: &address, id, events, began_at };
        let ended = self.deliver(&attempt, &entry).await;
        self.judge(&attempt, epoch, plan, ended).await
    }

    /// Reads on where the window ends.
    async fn refill(&self, line: LineId) -> Result<(), HubError> {
        let after = self.with_site(line.site, |site| {
            site.lines.get(&line.connection).filter(|it| it.window.needs_refill()).map(|it| it.window.tail())
        });
        let Some(after) = after else { return Ok(()) };
        let limit = ReadLimit { events: WINDOW_EVENTS, bytes: WINDOW_BYTES };
        let events = self.parts.queue.read(line, after, limit).await?;
        let bytes: usize = events.iter().map(|it| it.body.len()).sum();
        // One event may be larger than the limit, and the read stops before it: near the limit, look again.
        let is_all = events.len() < limit.events && bytes < limit.bytes / 2;
        self.with_site(line.site, |site| {
            if let Some(it) = site.lines.get_mut(&line.connection) {
                let is_all = is_all || events.is_empty();
                it.window.refill(events, is_all);
            }
        });
        Ok(())
    }

    async fn deliver(&self, attempt: &Try<'_>, entry: &Entry) -> Ended {
        let bodies: Vec<_> = attempt.events.iter().filter_map(|it| splice(entry, it)).collect();
        let batch = RawBatch { connection: attempt.line.connection, events: &bodies };
        let to = Address { letter: Letter::Batch, site: attempt.site.id, id: &attempt.id };
        match seal(&attempt.site.keys, &to, &batch, self.now(), &*self.parts.rng) {
            Ok(letter) => {
                let count = attempt.events.len();
                self.exchange(attempt.site, attempt.address, &attempt.id, &letter, count, TIMEOUT).await
            }
            Err(cause) => Ended {
                result: Err(Failure { outcome: "unsealable", words: cause.to_string(), may_shrink: true }),
                code: 0,
                took_ms: 0,
            },
        }
    }

    /// Carries a letter and reads the receipt, from the answer or from the call that follows a 202.
    async fn exchange(
        &self,
        site: &Site,
        address: &Url,
        id: &str,
        letter: &Sealed,
        count: usize,
        timeout: Duration,
    ) -> Ended {
        let began_at = self.now();
        let (tell, told) = oneshot::channel();
        // Known before the request goes out: the call may overtake the answer.
        lock(&self.awaited).insert(id.to_owned(), Awaited { site: site.id, tell });
        let ask = async {
            match self.parts.courier.carry(address, letter).await {
                CourierAnswer::Answered { status: ACCEPTED, .. } => match told.await {
                    Ok(receipt) => (ACCEPTED, Ok(receipt)),
                    Err(_) => (ACCEPTED, Err(failure("timeout", "taken, but no receipt came", true))),
                },
                CourierAnswer::Answered { status, headers, body } => {
                    (status, self.read_receipt(site, id, status, &headers, &body))
                }
                CourierAnswer::NotSent(words) => (0, Err(failure("unreachable", &words, false))),
                CourierAnswer::Lost(words) => (0, Err(failure("lost", &words, true))),
            }
        };
        let (code, result) = tokio::select! {
            done = ask => done,
            () = self.parts.clock.sleep(timeout) => (0, Err(failure("timeout", "no answer in time", true))),
        };
        lock(&self.awaited).remove(id);
        let result = result.and_then(|receipt| check(receipt, id, count));
        let took_ms = i64::try_from(self.now().since(began_at).as_millis()).unwrap_or(i64::MAX);
        Ended { result, code, took_ms }
    }

    fn read_receipt(
        &self,
        site: &Site,
        id: &str,
        status: u16,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Receipt, Failure> {
        if status != OK {
            return Err(failure("refused", &beginning(body), true));
        }
        let to = Address { letter: Letter::Receipt, site: site.id, id };
        Envelope::from_headers(|name| headers.get(name)?.to_str().ok())
            .and_then(|envelope| envelope.open_answer(&site.keys, &to, body, self.now()))
            .and_then(|opened| opened.json())
            .map_err(|cause| failure("garbage", &format!("{cause}; {}", beginning(body)), true))
    }

    /// What follows from how a try ended.
    async fn judge(&self, attempt: &Try<'_>, epoch: i64, plan: super::Plan, ended: Ended) -> Result<(), HubError> {
        let Try { line, events, .. } = attempt;
        let (first_seq, last_seq) = edges(events);
        let note = |outcome: &str, answer: String| Attempt {
            at: attempt.began_at,
            first_seq,
            last_seq,
            code: ended.code,
            took_ms: ended.took_ms,
            outcome: outcome.to_owned(),
            answer,
        };
        let rng = &*self.parts.rng;
        match ended.result {
            Ok(receipt) => {
                let accepted = i64::try_from(receipt.accepted).unwrap_or(i64::MAX);
                let upto = first_seq + accepted - 1;
                let is_whole = upto == last_seq;
                let outcome = if is_whole { "received" } else { "partial" };
                count(outcome, events.len());
                if accepted > 0 {
                    let answer = format!("{} of {} received", receipt.accepted, events.len());
                    let settle = Settle { line: *line, epoch, upto, attempt: note(outcome, answer) };
                    if !self.settle(settle).await {
                        return self.reload_own(*line).await;
                    }
                    self.measure(events, upto);
                } else {
                    // Busy, and says so: neither a receipt nor a failure. The lock written before is taken back.
                    self.unlock(attempt, epoch, note("busy", "the portal asks for a pause".to_owned())).await;
                }
                let now = self.now();
                self.with_site(line.site, |site| {
                    if accepted > 0 {
                        site.received(line.connection, upto, now, rng);
                    }
                    if let Some(wait_s) = receipt.retry_after_s {
                        let wait = Duration::from_secs(u64::from(wait_s.clamp(1, PAUSE_MAX_S)));
                        site.proofs += 1;
                        site.paused(line.connection, now + wait, now, rng);
                    }
                });
                Ok(())
            }
            Err(failure) => {
                count(failure.outcome, events.len());
                let noted = self.parts.queue.note(*line, epoch, note(failure.outcome, failure.words)).await;
                if let Err(cause) = noted {
                    tracing::warn!(connection.id = %line.connection, error = %cause, "A failed try was not noted");
                }
                if plan.is_last {
                    return self.expire(*line, epoch).await;
                }
                let now = self.now();
                let verdict = self.with_site(line.site, |site| {
                    site.failed(line.connection, plan.lock, events.len(), failure.may_shrink, now, rng)
                });
                match verdict {
                    Failed::Poison => self.park(*line, epoch, first_seq).await,
                    Failed::Locked => {
                        if plan.lock.attempt == 1 {
                            metrics::counter!("openlines_hub_locks_total").increment(1);
                        }
                        let wait_s = plan.lock.locked_until.since(now).as_secs();
                        tracing::info!(site.id = %line.site, connection.id = %line.connection,
                            attempt = plan.lock.attempt, wait_s, outcome = failure.outcome,
                            "Delivery failed; the line is locked for {wait_s} s");
                        Ok(())
                    }
                }
            }
        }
    }

    /// Deletes what was received. The portal has it, so this is tried until the store is back: else a restart would
    /// send it again. False if the line was taken by somebody else.
    async fn settle(&self, settle: Settle) -> bool {
        loop {
            match self.parts.queue.settle(settle.clone()).await {
                Ok(is_done) => return is_done,
                Err(cause) => {
                    tracing::warn!(connection.id = %settle.line.connection, error = %cause,
                        "A receipt waits for the store");
                    tokio::select! {
                        () = self.parts.clock.sleep(STORE_PAUSE) => {}
                        () = self.parts.tasks.cancelled() => return true,
                    }
                }
            }
        }
    }

    /// Takes back the lock that was written before a try which turned out to be none.
    async fn unlock(&self, attempt: &Try<'_>, epoch: i64, note: Attempt) {
        let line = attempt.line;
        let noted = self.parts.queue.note(line, epoch, note).await;
        let before = self.with_site(line.site, |site| site.lines.get(&line.connection).map(|it| it.lock));
        let undone = match before {
            Some(before) => self.parts.queue.begin_try(line, epoch, before).await,
            None => Ok(None),
        };
        // If the store is away the lock stays in it; only a restart within the pause would see it.
        if let (Ok(()), Ok(Some(epoch))) = (&noted, &undone) {
            let epoch = *epoch;
            self.with_site(line.site, |site| {
                if let Some(it) = site.lines.get_mut(&line.connection) {
                    it.epoch = epoch;
                }
            });
        }
    }

    /// The last try failed: all events of the line are given up, loudly.
    async fn expire(&self, line: LineId, epoch: i64) -> Result<(), HubError> {
        if let Some(drop) = self.parts.queue.expire(line, epoch, self.now()).await? {
            metrics::counter!("openlines_hub_dropped_total", "reason" => "expired")
                .increment(u64::try_from(drop.count).unwrap_or(0));
            tracing::error!(site.id = %line.site, connection.id = %line.connection, count = drop.count,
                "Dropped {} events: the portal gave no receipt for 24 hours", drop.count);
        }
        self.reload_own(line).await
    }

    /// One event fails alone while the portal is awake: it must not hold the line for a day.
    async fn park(&self, line: LineId, epoch: i64, seq: i64) -> Result<(), HubError> {
        if let Some(parked) = self.parts.queue.park(line, epoch, seq, self.now()).await? {
            metrics::counter!("openlines_hub_dropped_total", "reason" => "poison")
                .increment(u64::try_from(parked.count).unwrap_or(0));
            tracing::error!(site.id = %line.site, connection.id = %line.connection, seq,
                "Parked event {seq}: the portal takes others, but never this one");
        }
        self.reload_own(line).await
    }

    /// Nobody will ever take these events.
    async fn give_up(&self, line: LineId, why: &str) -> Result<(), HubError> {
        tracing::warn!(site.id = %line.site, connection.id = %line.connection, "Closed a line: {why}");
        self.parts.queue.close_line(line, None, self.now()).await?;
        self.reload_own(line).await
    }

    /// Reads the line of the try that just ended anew.
    async fn reload_own(&self, line: LineId) -> Result<(), HubError> {
        let row = self.parts.queue.line(line).await?;
        let now = self.now();
        self.with_site(line.site, |site| {
            site.reload(line.connection, row, &self.budget);
            site.place(line.connection, now, &*self.parts.rng);
        });
        Ok(())
    }

    fn measure(&self, events: &[Queued], upto: i64) {
        let now = self.now();
        let latency = metrics::histogram!("openlines_hub_receipt_latency_seconds");
        for event in events.iter().take_while(|it| it.seq <= upto) {
            latency.record(now.since(event.stored_at).as_secs_f64());
        }
    }

    /// Waits for a place among the requests under way.
    async fn slot(&self, address: &Url, is_proven: bool) -> Slot {
        let host = address.host_str().unwrap_or_default();
        let port = address.port_or_known_default().unwrap_or_default();
        self.slots.take(&format!("{host}:{port}"), is_proven).await
    }

    /// Asks for a sign of life.
    pub(super) async fn probe(&self, id: SiteId) {
        let probe = self.ask_life(id).await;
        let now = self.now();
        let is_awake = matches!(probe, Probe::Awake { .. });
        metrics::counter!("openlines_hub_probes_total", "outcome" => if is_awake { "awake" } else { "asleep" })
            .increment(1);
        let callers = self.with_site(id, |site| {
            site.probed(is_awake, now);
            std::mem::take(&mut site.probe_callers)
        });
        for caller in callers {
            drop(caller.send(probe.clone()));
        }
    }

    async fn ask_life(&self, id: SiteId) -> Probe {
        let site = match self.parts.directory.site(id).await {
            Ok(Some(site)) => site,
            Ok(None) => return Probe::Asleep("the site is gone".to_owned()),
            Err(cause) => return Probe::Asleep(cause.to_string()),
        };
        let Some(address) = site.address.as_ref().and_then(|it| it.join(EVENTS_PATH.trim_start_matches('/')).ok())
        else {
            return Probe::Asleep("the portal has not said hello yet, so its address is not known".to_owned());
        };
        let now = self.now();
        let ping_id = format!("ping-{}", self.parts.rng.token(12));
        let ping = openlines_protocol::Batch {
            connection: ConnectionId(0),
            events: vec![Event {
                id: ping_id.clone(),
                seq: 0,
                connection: ConnectionId(0),
                line: String::new(),
                channel: String::new(),
                occurred_at: now,
                body: Body::Ping,
            }],
        };
        let to = Address { letter: Letter::Batch, site: id, id: &ping_id };
        let letter = match seal(&site.keys, &to, &ping, now, &*self.parts.rng) {
            Ok(letter) => letter,
            Err(cause) => return Probe::Asleep(cause.to_string()),
        };
        let _slot = self.slot(&address, false).await;
        let ended = self.exchange(&site, &address, &ping_id, &letter, 1, PROBE_TIMEOUT).await;
        match ended.result {
            Ok(_) => Probe::Awake { took_ms: u64::try_from(ended.took_ms).unwrap_or(0) },
            Err(failure) if ended.code == 0 => Probe::Asleep(failure.words),
            Err(failure) => Probe::Asleep(format!("answered {} without a receipt: {}", ended.code, failure.words)),
        }
    }
}

/// The `webhook-id` of a batch: the same over all tries of these events.
fn batch_id(connection: ConnectionId, events: &[Queued]) -> String {
    let (first, last) = edges(events);
    format!("{connection}-{first}-{last}")
}

/// Reads what [`batch_id`] wrote.
pub(super) fn parse_batch_id(id: &str) -> Option<(ConnectionId, i64, i64)> {
    let mut parts = id.splitn(3, '-').map(|it| it.parse::<i64>().ok().filter(|it| *it > 0));
    let (connection, first, last) = (parts.next()??, parts.next()??, parts.next()??);
    (first <= last).then_some((ConnectionId(connection), first, last))
}

fn edges(events: &[Queued]) -> (i64, i64) {
    (events.first().map_or(0, |it| it.seq), events.last().map_or(0, |it| it.seq))
}

/// The universal event: what was stored, with what is known only now in front of it.
fn splice(entry: &Entry, event: &Queued) -> Option<Box<RawValue>> {
    let head = Head {
        id: format!("{}-{}", entry.record.id, event.seq),
        seq: event.seq,
        connection: entry.record.id,
        line: &entry.record.line,
        channel: &entry.record.channel,
    };
    let mut text = serde_json::to_string(&head).ok()?;
    text.pop();
    text.push(',');
    text.push_str(std::str::from_utf8(&event.body).ok()?.strip_prefix('{')?);
    RawValue::from_string(text).ok()
}

#[derive(Serialize)]
struct Head<'a> {
    id: String,
    seq: i64,
    connection: ConnectionId,
    line: &'a str,
    channel: &'a str,
}

fn check(receipt: Receipt, id: &str, count: usize) -> Result<Receipt, Failure> {
    if receipt.batch != id {
        return Err(failure("garbage", "the receipt names another batch", true));
    }
    if receipt.accepted > count {
        return Err(failure("garbage", "the receipt names more events than there were", true));
    }
    if receipt.accepted == 0 && receipt.retry_after_s.is_none() {
        return Err(failure("refused", "the portal took none of the events", true));
    }
    Ok(receipt)
}

fn failure(outcome: &'static str, words: &str, may_shrink: bool) -> Failure {
    Failure { outcome, words: words.to_owned(), may_shrink }
}

/// The first bytes of an answer, for people.
fn beginning(body: &Bytes) -> String {
    String::from_utf8_lossy(&body[..body.len().min(ANSWER_KEPT_BYTES)]).into_owned()
}

fn count(outcome: &'static str, events: usize) {
    metrics::counter!("openlines_hub_deliveries_total", "outcome" => outcome).increment(1);
    metrics::histogram!("openlines_hub_batch_events").record(u32::try_from(events).unwrap_or(u32::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_batch_reads_back_and_nothing_else_does() {
        let event = |seq| Queued { seq, stored_at: Time::default(), body: Bytes::new() };
        let id = batch_id(ConnectionId(12), &[event(3), event(9)]);
        assert_eq!(parse_batch_id(&id), Some((ConnectionId(12), 3, 9)));
        for wrong in ["", "12", "12-3", "12-9-3", "12-3-9-1", "a-1-2", "-1-2-3", "ping-abc"] {
            assert_eq!(parse_batch_id(wrong), None, "{wrong}");
        }
    }
}
