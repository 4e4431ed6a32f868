//! What channels there are: asked from the hub, kept in the store for when it is away.

use openlines_base::Time;
use openlines_protocol::KnownMethods;
use openlines_store::{Conn, StoreError};
use serde_json::{Value, json};

use super::ChannelError;
use super::model::About;
use crate::Parts;
use crate::hub_port::HubError;

/// The channels, asked from the hub only if it was never asked before: the worker keeps them fresh.
pub(crate) async fn list(parts: &Parts) -> Result<Vec<About>, ChannelError> {
    let mut read = parts.db.read().await?;
    let known = stored(&mut read).await?;
    drop(read);
    if !known.is_empty() {
        return Ok(known);
    }
    refresh(parts).await?;
    let mut read = parts.db.read().await?;
    Ok(stored(&mut read).await?)
}

/// Asks the hub and keeps what it says. A channel that it no longer names is no longer offered.
pub(crate) async fn refresh(parts: &Parts) -> Result<(), ChannelError> {
    let answer = parts.hub.ask(KnownMethods::Channels, json!({})).await?;
    let list = answer.get("channels").and_then(Value::as_array);
    let list = list.ok_or_else(|| HubError::Unreachable("its answer names no channels".to_owned()))?;
    let now = parts.clock.now();
    let mut tx = parts.db.tx("keep_channels").await?;
    for (position, about) in (0_i64..).zip(list) {
        // One that this version cannot show is left out, not a reason to show none.
        match serde_json::from_value::<About>(about.clone()) {
            Ok(about) => keep(&mut tx, &about, position, now).await?,
            Err(error) => {
                tracing::warn!(channel = %about["code"], %error, "The hub describes a channel in a way unknown here");
            }
        }
    }
    sqlx::query("-- channels.forget_channels\n DELETE FROM channel WHERE seen_at < $1")
        .bind(now.ms())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

async fn keep(conn: &mut Conn, about: &About, position: i64, now: Time) -> Result<(), StoreError> {
    let text = serde_json::to_string(about).unwrap_or_else(|_| "{}".to_owned());
    sqlx::query(
        "-- channels.keep_channel
         INSERT INTO channel (code, about, position, seen_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (code) DO UPDATE SET about = excluded.about, position = excluded.position,
             seen_at = excluded.seen_at",
    )
    .bind(&about.code)
    .bind(text)
    .bind(position)
    .bind(now.ms())
    .execute(conn)
    .await?;
    Ok(())
}

async fn stored(conn: &mut Conn) -> Result<Vec<About>, StoreError> {
    let texts: Vec<String> =
        sqlx::query_scalar("-- channels.stored\n SELECT about FROM channel ORDER BY position, code")
            .fetch_all(conn)
            .await?;
    Ok(texts.iter().filter_map(|it| serde_json::from_str(it).ok()).collect())
}
