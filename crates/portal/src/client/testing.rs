//! Hands for tests: events straight into the inbox, workers run once instead of for ever.

use openlines_protocol::ConnectionId;
use serde_json::Value;

use super::inbox::{self, NewEvent};
use super::{handover, router};
use crate::Parts;

/// Stores events as a batch would.
pub(crate) async fn store(parts: &Parts, connection: ConnectionId, events: &[Value]) {
    let texts: Vec<(String, i64, String)> = events
        .iter()
        .map(|it| (it["id"].as_str().unwrap().to_owned(), it["seq"].as_i64().unwrap(), it.to_string()))
        .collect();
    let rows: Vec<NewEvent<'_>> = texts.iter().map(|(id, seq, body)| NewEvent { id, seq: *seq, body }).collect();
    let mut tx = parts.db.tx("test").await.unwrap();
    inbox::add(&mut tx, parts.clock.now(), connection, &rows).await.unwrap();
    tx.commit().await.unwrap();
}

/// Works the inbox off once.
pub(crate) async fn work(parts: &Parts) {
    router::work(parts).await.unwrap();
}

/// Hands everything over that the hub takes. True if nothing waits any more.
pub(crate) async fn hand_over(parts: &Parts) -> bool {
    loop {
        match handover::hand_over(parts, "test").await.unwrap() {
            handover::Outcome::More => {}
            handover::Outcome::Idle => return true,
            handover::Outcome::Later(_) => return false,
        }
    }
}
