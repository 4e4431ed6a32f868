//! Brings updates to webhooks as Telegram does: in order within a chat, several chats side by side, again and again
//! with growing pauses until the update is too old.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use openlines_base::{SECOND, Time};
use openlines_edge::client::Outgoing;
use serde_json::Value;

use super::shared::Shared;
use super::world::{Bot, Delivery, WebHook, World};

/// Real time that a webhook has for its answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes read of an answer.
const ANSWER_MAX: usize = 64 * 1024;
/// The longest pause between tries, unless the webhook asks for more.
const PAUSE_MAX_S: u64 = 64;
/// The longest pause that a webhook may ask for. Source: the official server, `WebhookActor.cpp`.
const ASKED_PAUSE_MAX_S: u64 = 3600;

/// One update on its way.
struct Parcel {
    update_id: i64,
    attempt: u32,
    body: String,
    hook: WebHook,
}

/// Delivers the updates of one bot until the fake stops.
pub(super) async fn run(shared: Arc<Shared>, bot_id: i64) {
    let mut changes = shared.changes();
    while !shared.tasks.is_cancelled() {
        changes.mark_unchanged();
        let (parcels, wake_at) = {
            let mut world = shared.lock();
            let now = shared.clock.now();
            (take_due(&mut world, bot_id, now), next_wake(&world, bot_id, now))
        };
        for parcel in parcels {
            let shared_too = Arc::clone(&shared);
            shared.tasks.spawn("fake telegram webhook", async move { deliver(&shared_too, bot_id, parcel).await });
        }
        let pause = async {
            match wake_at {
                Some(it) => shared.clock.sleep_until(it).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = changes.changed() => {}
            () = pause => {}
            () = shared.tasks.cancelled() => {}
        }
    }
}

/// Takes the first update of each queue that is due, and drops those that are too old.
fn take_due(world: &mut World, bot_id: i64, now: Time) -> Vec<Parcel> {
    let Some(bot) = world.bots.get_mut(&bot_id) else { return Vec::new() };
    let Some(hook) = bot.hook.clone() else { return Vec::new() };
    let mut expired = Vec::new();
    bot.updates.retain(|it| {
        let is_kept = it.is_in_flight || it.expires_at > now;
        if !is_kept {
            expired.push(format!("update {} got too old after {} tries: it is lost", it.id, it.attempts));
        }
        is_kept
    });
    let mut in_flight = bot.updates.iter().filter(|it| it.is_in_flight).count();
    let mut seen: HashSet<String> = HashSet::new();
    let mut parcels = Vec::new();
    for update in &mut bot.updates {
        if !seen.insert(update.queue.clone()) {
            continue;
        }
        if update.is_in_flight || update.not_before > now || in_flight >= hook.connections_max {
            continue;
        }
        (update.is_in_flight, update.attempts) = (true, update.attempts + 1);
        in_flight += 1;
        parcels.push(Parcel {
            update_id: update.id,
            attempt: update.attempts,
            body: ascii(&update.body),
            hook: hook.clone(),
        });
    }
    world.problems.extend(expired);
    parcels
}

fn next_wake(world: &World, bot_id: i64, now: Time) -> Option<Time> {
    let bot = world.bots.get(&bot_id).filter(|it| it.hook.is_some())?;
    let waiting = bot.updates.iter().filter(|it| !it.is_in_flight && it.not_before > now);
    waiting.map(|it| it.not_before.min(it.expires_at)).min()
}

async fn deliver(shared: &Shared, bot_id: i64, parcel: Parcel) {
    let mut request = Outgoing::new(Method::POST, parcel.hook.url.as_str(), ANSWER_TIMEOUT)
        .header("content-type", "application/json")
        .body(parcel.body);
    if let Some(secret) = &parcel.hook.secret {
        request = request.header("x-telegram-bot-api-secret-token", secret);
    }
    let answer = tokio::select! {
        it = shared.client.send(request, ANSWER_MAX) => it,
        () = shared.tasks.cancelled() => return,
    };
    let mut asked_pause_s = None;
    let outcome = match answer {
        Ok(answer) => {
            let status = answer.status.as_u16();
            let wait = answer.headers.get(http::header::RETRY_AFTER).and_then(|it| it.to_str().ok());
            asked_pause_s = wait.and_then(|it| it.parse().ok());
            let mut world = shared.lock();
            if status == 410 {
                world.problems.push("the webhook answered 410, which makes Telegram delete it".to_owned());
            }
            if answer.status.is_success() && answer.body.windows(8).any(|it| it == b"\"method\"") {
                world.problems.push("the webhook answered with a method call, whose result is lost".to_owned());
            }
            Ok(status)
        }
        Err(cause) => Err(cause.to_string()),
    };
    let now = shared.clock.now();
    {
        let mut world = shared.lock();
        let Some(bot) = world.bots.get_mut(&bot_id) else { return };
        note(bot, parcel.update_id, parcel.attempt, asked_pause_s, outcome, now);
    }
    shared.tell();
}

fn note(
    bot: &mut Bot,
    update_id: i64,
    attempt: u32,
    asked_pause_s: Option<u64>,
    outcome: Result<u16, String>,
    now: Time,
) {
    if matches!(outcome, Ok(200..=299)) {
        bot.updates.retain(|it| it.id != update_id);
    } else {
        let words = match &outcome {
            Ok(status) => format!("Wrong response from the webhook: {status}"),
            Err(words) => words.clone(),
        };
        bot.last_error = Some((now.s(), words));
        if let Some(update) = bot.updates.iter_mut().find(|it| it.id == update_id) {
            let doubled = 1_u64 << attempt.saturating_sub(1).min(6);
            let pause_s = asked_pause_s.map_or(doubled.min(PAUSE_MAX_S), |it| it.min(ASKED_PAUSE_MAX_S));
            update.is_in_flight = false;
            update.not_before = now + SECOND * u32::try_from(pause_s).unwrap_or(u32::MAX);
        }
    }
    bot.delivered(Delivery { update_id, attempt, outcome, at: now });
}

/// JSON as Telegram writes it: what is not ASCII goes as `\uXXXX`.
fn ascii(body: &Value) -> String {
    let mut out = String::new();
    let mut buffer = [0; 2];
    for letter in body.to_string().chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut buffer) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}
