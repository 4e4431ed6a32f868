//! SQL about connections.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use openlines_base::Time;
use openlines_protocol::{ConnectionId, ConnectionInfo};
use openlines_store::{Conn, StoreError};
use sqlx::FromRow;

use super::model::{Connection, State};
use super::picture;
use crate::LineId;
use crate::sql::fetch_by_ids;

#[derive(FromRow)]
struct Row {
    id: i64,
    version: i64,
    channel: String,
    line_id: i64,
    title: String,
    url: Option<String>,
    picture: Option<String>,
    state: String,
    reason: Option<String>,
    inbound: Option<String>,
    paused: i64,
    changed_at: i64,
    last_message_at: Option<i64>,
}

/// These connections, also removed ones. Unknown ids are left out.
pub(crate) async fn load(conn: &mut Conn, now: Time, ids: &[ConnectionId]) -> Result<Vec<Connection>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|it| it.0).collect();
    let rows: Vec<Row> = fetch_by_ids(
        &mut *conn,
        "-- channels.load
         SELECT c.id, c.version, c.channel, c.line_id, c.title, c.url, c.picture, c.state, c.reason, c.inbound,
             c.paused, c.changed_at,
             (SELECT MAX(d.last_activity_at) FROM dialog d WHERE d.connection_id = c.id) AS last_message_at
         FROM connection c WHERE c.id IN ({ids})",
        &ids,
    )
    .await?;
    let today: HashMap<i64, i64> = sqlx::query_as::<_, (i64, i64)>(
        "-- channels.messages_since
         SELECT d.connection_id, COUNT(*) FROM message m JOIN dialog d ON d.id = m.dialog_id
         WHERE m.at >= $1 AND m.kind IN ('incoming', 'reply') GROUP BY d.connection_id",
    )
    .bind(start_of_day(&mut *conn, now).await?.ms())
    .fetch_all(conn)
    .await?
    .into_iter()
    .collect();
    let mut list: Vec<Connection> = rows.into_iter().map(|row| row.into_connection(&today)).collect();
    list.sort_unstable_by_key(|it| it.id.0);
    Ok(list)
}

/// One connection that is not removed.
pub(crate) async fn load_one(conn: &mut Conn, now: Time, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
    Ok(load(conn, now, &[id]).await?.pop().filter(|it| it.state != State::Removed))
}

/// Where the hub has the picture of a connection, if it has one.
pub(crate) async fn picture_link(conn: &mut Conn, id: ConnectionId) -> Result<Option<Option<String>>, StoreError> {
    let found = sqlx::query_scalar(
        "-- channels.picture_link\n SELECT picture FROM connection WHERE id = $1 AND state <> 'removed'",
    )
    .bind(id.0)
    .fetch_optional(conn)
    .await?;
    Ok(found)
}

/// All connections but removed ones, by id.
pub(crate) async fn load_all(conn: &mut Conn, now: Time) -> Result<Vec<Connection>, StoreError> {
    let ids: Vec<i64> = sqlx::query_scalar("-- channels.all_ids\n SELECT id FROM connection WHERE state <> 'removed'")
        .fetch_all(&mut *conn)
        .await?;
    let ids: Vec<ConnectionId> = ids.into_iter().map(ConnectionId).collect();
    load(conn, now, &ids).await
}

/// Midnight of the company's zone; of UTC before the first run.
async fn start_of_day(conn: &mut Conn, now: Time) -> Result<Time, StoreError> {
    let zone: Option<String> = sqlx::query_scalar("-- channels.zone\n SELECT time_zone FROM company WHERE id = 1")
        .fetch_optional(conn)
        .await?;
    let zone = zone.and_then(|it| TimeZone::get(&it).ok()).unwrap_or(TimeZone::UTC);
    let stamp = jiff::Timestamp::from_millisecond(now.ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let midnight = stamp.to_zoned(zone).start_of_day();
    Ok(midnight.map_or(now, |it| Time::from_ms(it.timestamp().as_millisecond())))
}

impl Row {
    fn into_connection(self, today: &HashMap<i64, i64>) -> Connection {
        let state = State::of(&self.state).unwrap_or(State::Failing);
        // A fault is told even if the connection is paused.
        let state = if self.paused != 0 && state == State::Active { State::Paused } else { state };
        Connection {
            id: ConnectionId(self.id),
            version: self.version,
            channel: self.channel,
            line_id: LineId(self.line_id),
            title: self.title,
            url: self.url,
            picture: self.picture.map(|_| picture::address(ConnectionId(self.id))),
            state,
            reason: self.reason,
            changed_at: Time::from_ms(self.changed_at),
            inbound: self.inbound,
            last_message_at: self.last_message_at.map(Time::from_ms),
            messages_today: today.get(&self.id).copied().unwrap_or(0),
        }
    }
}

/// Writes down what the hub says about a connection. True if something changed, also if it is new.
pub(crate) async fn save(conn: &mut Conn, now: Time, info: &ConnectionInfo, line: LineId) -> Result<bool, StoreError> {
    let saved = sqlx::query(
        "-- channels.save
         INSERT INTO connection (id, channel, line_id, title, url, picture, state, reason, inbound, about, changed_at,
             created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
             COALESCE((SELECT about FROM channel WHERE code = $2), '{}'), $10, $10)
         ON CONFLICT (id) DO UPDATE SET version = connection.version + 1, line_id = excluded.line_id,
             title = excluded.title, url = excluded.url, picture = excluded.picture, reason = excluded.reason,
             inbound = excluded.inbound, about = excluded.about,
             changed_at = CASE WHEN connection.state = excluded.state THEN connection.changed_at
                 ELSE excluded.changed_at END,
             state = excluded.state
         WHERE connection.line_id <> excluded.line_id OR connection.title <> excluded.title
             OR COALESCE(connection.url, '') <> COALESCE(excluded.url, '')
             OR COALESCE(connection.picture, '') <> COALESCE(excluded.picture, '')
             OR connection.state <> excluded.state
             OR COALESCE(connection.reason, '') <> COALESCE(excluded.reason, '')
             OR COALESCE(connection.inbound, '') <> COALESCE(excluded.inbound, '')
             OR connection.about <> excluded.about",
    )
    .bind(info.id.0)
    .bind(&info.channel)
    .bind(line.get())
    .bind(&info.title)
    .bind(&info.url)
    .bind(&info.picture)
    .bind(State::from(info.state).word())
    .bind(&info.reason)
    .bind(&info.inbound)
    .bind(now.ms())
    .execute(conn)
    .await?;
    Ok(saved.rows_affected() == 1)
}

/// Changes the state of a connection that is not removed. True if it was another. The caller records the change.
pub(crate) async fn set_state(
    conn: &mut Conn,
    now: Time,
    id: ConnectionId,
    state: State,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = sqlx::query(
        "-- channels.set_state
         UPDATE connection SET version = version + 1, state = $2, reason = $3, changed_at = $4
         WHERE id = $1 AND state <> 'removed' AND (state <> $2 OR COALESCE(reason, '') <> COALESCE($3, ''))",
    )
    .bind(id.0)
    .bind(state.word())
    .bind(reason)
    .bind(now.ms())
    .execute(conn)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Sets a connection still, or lets it go on.
pub(crate) async fn set_paused(conn: &mut Conn, now: Time, id: ConnectionId, paused: bool) -> Result<(), StoreError> {
    sqlx::query(
        "-- channels.set_paused
         UPDATE connection SET version = version + 1, paused = $2, changed_at = $3 WHERE id = $1 AND paused <> $2",
    )
    .bind(id.0)
    .bind(i64::from(paused))
    .bind(now.ms())
    .execute(conn)
    .await?;
    Ok(())
}

/// Connections whose state is younger than `asked_at`, also removed ones.
pub(crate) async fn changed_after(conn: &mut Conn, asked_at: Time) -> Result<HashSet<ConnectionId>, StoreError> {
    let ids: Vec<i64> =
        sqlx::query_scalar("-- channels.changed_after\n SELECT id FROM connection WHERE changed_at > $1")
            .bind(asked_at.ms())
            .fetch_all(conn)
            .await?;
    Ok(ids.into_iter().map(ConnectionId).collect())
}

/// Connections that a list of the hub taken at `asked_at` should have named: id and state.
pub(crate) async fn known_before(conn: &mut Conn, asked_at: Time) -> Result<Vec<(ConnectionId, State)>, StoreError> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "-- channels.known_before
         SELECT id, state FROM connection WHERE state <> 'removed' AND changed_at < $1",
    )
    .bind(asked_at.ms())
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().filter_map(|(id, state)| Some((ConnectionId(id), State::of(&state)?))).collect())
}

/// Whether there is such a line.
pub(crate) async fn line_exists(conn: &mut Conn, line: LineId) -> Result<bool, StoreError> {
    let found: Option<i64> =
        sqlx::query_scalar("-- channels.line_exists\n SELECT id FROM line WHERE id = $1 AND deleted_at IS NULL")
            .bind(line.get())
            .fetch_optional(conn)
            .await?;
    Ok(found.is_some())
}
