//! All SQL about connections, their settings and announcements.

use std::collections::BTreeMap;

use openlines_base::{Secret, Time};
use openlines_connectors::{Attached, Inbound};
use openlines_protocol::{Body, ConnectionId, ConnectionState, SiteId};
use openlines_store::Conn;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::error::HubError;
use crate::vault::Vault;

/// A row of `connection`, secrets still sealed.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: ConnectionId,
    pub(crate) site: SiteId,
    pub(crate) channel: String,
    pub(crate) line: String,
    pub(crate) hash: String,
    pub(crate) identity: String,
    pub(crate) state: ConnectionState,
    pub(crate) reason: String,
    pub(crate) title: String,
    pub(crate) url: String,
    pub(crate) picture: String,
    pub(crate) inbound: Option<Inbound>,
    pub(crate) memory: Option<Vec<u8>>,
    pub(crate) poll_cursor: String,
    pub(crate) last_event_at: Time,
}

const RECORD: &str = "id, site, channel, line, hash, identity, state, reason, title, url, picture, inbound, memory,
    poll_cursor, last_event_at";

fn record(row: &AnyRow) -> Record {
    Record {
        id: ConnectionId(row.get(0)),
        site: SiteId(row.get(1)),
        channel: row.get(2),
        line: row.get(3),
        hash: row.get(4),
        identity: row.get(5),
        state: state_of(row.get::<&str, _>(6)),
        reason: row.get(7),
        title: row.get(8),
        url: row.get(9),
        picture: row.get(10),
        inbound: match row.get::<&str, _>(11) {
            "webhook" => Some(Inbound::Webhook),
            "polling" => Some(Inbound::Polling),
            _ => None,
        },
        memory: row.get(12),
        poll_cursor: row.get(13),
        last_event_at: Time::from_ms(row.get(14)),
    }
}

fn state_of(word: &str) -> ConnectionState {
    match word {
        "draft" => ConnectionState::Draft,
        "active" => ConnectionState::Active,
        "failing" => ConnectionState::Failing,
        "displaced" => ConnectionState::Displaced,
        _ => ConnectionState::Removed,
    }
}

pub(crate) const fn state_word(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Draft => "draft",
        ConnectionState::Active => "active",
        ConnectionState::Failing => "failing",
        ConnectionState::Displaced => "displaced",
        ConnectionState::Removed => "removed",
    }
}

pub(crate) const fn inbound_word(inbound: Inbound) -> &'static str {
    match inbound {
        Inbound::Webhook => "webhook",
        Inbound::Polling => "polling",
    }
}

pub(crate) async fn find(conn: &mut Conn, id: ConnectionId) -> Result<Option<Record>, HubError> {
    let select = format!("-- hub.find_connection\n SELECT {RECORD} FROM connection WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(select)).bind(id.get()).fetch_optional(conn).await?;
    Ok(row.as_ref().map(record))
}

/// Finds the living connection, or the draft, that a webhook names.
pub(crate) async fn find_by_hash(conn: &mut Conn, hash: &str) -> Result<Option<Record>, HubError> {
    let select = format!("-- hub.find_connection_by_hash\n SELECT {RECORD} FROM connection WHERE hash = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(select)).bind(hash).fetch_optional(conn).await?;
    Ok(row.as_ref().map(record))
}

/// Connections of one site that are not removed, by rising number.
pub(crate) async fn of_site(conn: &mut Conn, site: SiteId) -> Result<Vec<Record>, HubError> {
    let select = format!(
        "-- hub.connections_of_site
         SELECT {RECORD} FROM connection WHERE site = $1 AND state IN ('active', 'failing', 'displaced') ORDER BY id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(select)).bind(site.get()).fetch_all(conn).await?;
    Ok(rows.iter().map(record).collect())
}

/// Living connections by rising number, from the one behind `after`.
pub(crate) async fn living(conn: &mut Conn, after: ConnectionId, limit: i64) -> Result<Vec<Record>, HubError> {
    let select = format!(
        "-- hub.living_connections
         SELECT {RECORD} FROM connection WHERE id > $1 AND state IN ('active', 'failing') ORDER BY id LIMIT $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(select)).bind(after.get()).bind(limit).fetch_all(conn).await?;
    Ok(rows.iter().map(record).collect())
}

/// The living connection of this account on this line of this site.
pub(crate) async fn find_same(
    conn: &mut Conn,
    site: SiteId,
    line: &str,
    identity: &str,
) -> Result<Option<Record>, HubError> {
    Ok(find_living(conn, identity).await?.filter(|it| it.site == site && it.line == line))
}

/// The living connection of this account, whosever it is.
pub(crate) async fn find_living(conn: &mut Conn, identity: &str) -> Result<Option<Record>, HubError> {
    let select = format!(
        "-- hub.find_living_connection
         SELECT {RECORD} FROM connection WHERE identity = $1 AND state IN ('active', 'failing')"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(select)).bind(identity).fetch_optional(conn).await?;
    Ok(row.as_ref().map(record))
}

/// Gives a connection another webhook address.
pub(crate) async fn set_hash(conn: &mut Conn, id: ConnectionId, hash: &str) -> Result<(), HubError> {
    sqlx::query("-- hub.set_hash\n UPDATE connection SET hash = $2 WHERE id = $1")
        .bind(id.get())
        .bind(hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Makes a draft.
pub(crate) async fn insert_draft(
    conn: &mut Conn,
    site: SiteId,
    channel: &str,
    line: &str,
    hash: &str,
    now: Time,
) -> Result<ConnectionId, HubError> {
    let id: i64 = sqlx::query_scalar(
        "-- hub.insert_draft
         INSERT INTO connection (site, channel, line, hash, state, created_at, changed_at)
         VALUES ($1, $2, $3, $4, 'draft', $5, $5) RETURNING id",
    )
    .bind(site.get())
    .bind(channel)
    .bind(line)
    .bind(hash)
    .bind(now.ms())
    .fetch_one(conn)
    .await?;
    Ok(ConnectionId(id))
}

/// Forgets drafts that came to nothing: the hub was killed while it asked the channel.
pub(crate) async fn delete_drafts(conn: &mut Conn, before: Time) -> Result<u64, HubError> {
    let done = sqlx::query("-- hub.delete_drafts\n DELETE FROM connection WHERE state = 'draft' AND created_at < $1")
        .bind(before.ms())
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}

pub(crate) async fn delete_draft(conn: &mut Conn, id: ConnectionId) -> Result<(), HubError> {
    sqlx::query("-- hub.delete_draft\n DELETE FROM connection WHERE id = $1 AND state = 'draft'")
        .bind(id.get())
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks all other living connections with this identity as displaced, and gives them.
pub(crate) async fn displace_others(
    conn: &mut Conn,
    identity: &str,
    keep: ConnectionId,
    now: Time,
) -> Result<Vec<Record>, HubError> {
    let update = format!(
        "-- hub.displace_others
         UPDATE connection SET state = 'displaced', reason = '', changed_at = $3
         WHERE identity = $1 AND id <> $2 AND state IN ('active', 'failing') RETURNING {RECORD}"
    );
    let rows =
        sqlx::query(sqlx::AssertSqlSafe(update)).bind(identity).bind(keep.get()).bind(now.ms()).fetch_all(conn).await?;
    Ok(rows.iter().map(record).collect())
}

/// Writes what attaching found out; the connection lives from then on. False if it was removed meanwhile.
pub(crate) async fn activate(
    conn: &mut Conn,
    vault: &Vault,
    id: ConnectionId,
    line: &str,
    attached: &Attached,
    now: Time,
) -> Result<bool, HubError> {
    let memory = serde_json::to_vec(&attached.memory).map_err(|_| HubError::Damaged { what: "connector memory" })?;
    let done = sqlx::query(
        "-- hub.activate_connection
         UPDATE connection SET state = 'active', reason = '', line = $2, identity = $3, title = $4, url = $5,
             picture = $6, inbound = $7, memory = $8, changed_at = $9
         WHERE id = $1 AND state <> 'removed'",
    )
    .bind(id.get())
    .bind(line)
    .bind(&attached.identity)
    .bind(&attached.title)
    .bind(attached.url.as_deref().unwrap_or_default())
    .bind(attached.picture.as_deref().unwrap_or_default())
    .bind(inbound_word(attached.inbound))
    .bind(vault.seal(&memory_place(id), &memory))
    .bind(now.ms())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Changes the state of a living connection. False if it is in that state already, or not living.
pub(crate) async fn set_state(
    conn: &mut Conn,
    id: ConnectionId,
    state: ConnectionState,
    reason: &str,
    now: Time,
) -> Result<bool, HubError> {
    let done = sqlx::query(
        "-- hub.set_connection_state
         UPDATE connection SET state = $2, reason = $3, changed_at = $4
         WHERE id = $1 AND state IN ('active', 'failing') AND (state <> $2 OR reason <> $3)",
    )
    .bind(id.get())
    .bind(state_word(state))
    .bind(reason)
    .bind(now.ms())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes the connection with all that it knew; the row alone stays, so that its number is never another's.
pub(crate) async fn remove(conn: &mut Conn, id: ConnectionId, now: Time) -> Result<(), HubError> {
    sqlx::query(
        "-- hub.remove_connection
         UPDATE connection SET state = 'removed', reason = '', title = '', url = '', picture = '', memory = NULL,
             poll_cursor = '', identity = '', changed_at = $2
         WHERE id = $1",
    )
    .bind(id.get())
    .bind(now.ms())
    .execute(&mut *conn)
    .await?;
    erase(conn, id).await
}

/// Erases what belongs to a connection that lives no more: settings, chats, acts that wait, references.
pub(crate) async fn erase(conn: &mut Conn, id: ConnectionId) -> Result<(), HubError> {
    for delete in [
        "-- hub.erase_connection\n DELETE FROM setting WHERE connection = $1",
        "-- hub.erase_connection\n DELETE FROM chat_moved WHERE connection = $1",
        "-- hub.erase_connection\n DELETE FROM file_reference WHERE connection = $1",
        "-- hub.erase_connection\n DELETE FROM outgoing WHERE connection = $1",
        "-- hub.erase_connection\n UPDATE connection SET memory = NULL, poll_cursor = '' WHERE id = $1",
    ] {
        sqlx::query(delete).bind(id.get()).execute(&mut *conn).await?;
    }
    Ok(())
}

pub(crate) async fn save_cursor(conn: &mut Conn, id: ConnectionId, cursor: &str) -> Result<(), HubError> {
    sqlx::query("-- hub.save_cursor\n UPDATE connection SET poll_cursor = $2 WHERE id = $1")
        .bind(id.get())
        .bind(cursor)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes when channels last gave something; one statement each, so the caller gathers a while.
pub(crate) async fn touch(conn: &mut Conn, id: ConnectionId, at: Time) -> Result<(), HubError> {
    sqlx::query("-- hub.touch_connection\n UPDATE connection SET last_event_at = $2 WHERE id = $1")
        .bind(id.get())
        .bind(at.ms())
        .execute(conn)
        .await?;
    Ok(())
}

fn setting_place(id: ConnectionId, name: &str) -> String {
    format!("setting/{id}/{name}")
}

fn memory_place(id: ConnectionId) -> String {
    format!("connection/{id}/memory")
}

/// Replaces all settings.
pub(crate) async fn save_settings(
    conn: &mut Conn,
    vault: &Vault,
    id: ConnectionId,
    settings: &BTreeMap<String, Secret<String>>,
) -> Result<(), HubError> {
    sqlx::query("-- hub.save_settings\n DELETE FROM setting WHERE connection = $1")
        .bind(id.get())
        .execute(&mut *conn)
        .await?;
    for (name, value) in settings {
        sqlx::query("-- hub.save_settings\n INSERT INTO setting (connection, name, value) VALUES ($1, $2, $3)")
            .bind(id.get())
            .bind(name)
            .bind(vault.seal(&setting_place(id, name), value.expose().as_bytes()))
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

pub(crate) async fn settings(
    conn: &mut Conn,
    vault: &Vault,
    id: ConnectionId,
) -> Result<BTreeMap<String, Secret<String>>, HubError> {
    let rows = sqlx::query("-- hub.settings\n SELECT name, value FROM setting WHERE connection = $1")
        .bind(id.get())
        .fetch_all(conn)
        .await?;
    let mut settings = BTreeMap::new();
    for row in &rows {
        let (name, sealed): (String, Vec<u8>) = (row.get(0), row.get(1));
        let value = vault.open_text(&setting_place(id, &name), &sealed)?;
        settings.insert(name, value);
    }
    Ok(settings)
}

/// Opens what the connector keeps; null if nothing.
pub(crate) fn open_memory(vault: &Vault, record: &Record) -> Result<serde_json::Value, HubError> {
    let Some(sealed) = &record.memory else { return Ok(serde_json::Value::Null) };
    let plain = vault.open(&memory_place(record.id), sealed)?;
    serde_json::from_slice(&plain).map_err(|_| HubError::Damaged { what: "connector memory" })
}

/// An event on its way to the queue store.
#[derive(Debug, Clone)]
pub(crate) struct Announcement {
    pub(crate) id: i64,
    pub(crate) site: SiteId,
    pub(crate) connection: ConnectionId,
    pub(crate) closes: bool,
    pub(crate) external_id: String,
    pub(crate) occurred_at: Time,
    /// None: the line is closed in silence.
    pub(crate) body: Option<Body>,
}

/// Writes an announcement; `id` is given by the store.
pub(crate) async fn announce(conn: &mut Conn, it: &Announcement) -> Result<(), HubError> {
    let body = it.body.as_ref().map(serde_json::to_string).transpose();
    let body = body.map_err(|_| HubError::Damaged { what: "announcement" })?;
    sqlx::query(
        "-- hub.announce
         INSERT INTO announcement (site, connection, closes, external_id, occurred_at, body)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(it.site.get())
    .bind(it.connection.get())
    .bind(i64::from(it.closes))
    .bind(&it.external_id)
    .bind(it.occurred_at.ms())
    .bind(body.unwrap_or_default())
    .execute(conn)
    .await?;
    Ok(())
}

/// The oldest announcements.
pub(crate) async fn announcements(conn: &mut Conn, limit: i64) -> Result<Vec<Announcement>, HubError> {
    let rows = sqlx::query(
        "-- hub.announcements
         SELECT id, site, connection, closes, external_id, occurred_at, body FROM announcement ORDER BY id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let body: &str = row.get(6);
            let body = if body.is_empty() { None } else { Some(serde_json::from_str(body)) };
            Ok(Announcement {
                id: row.get(0),
                site: SiteId(row.get(1)),
                connection: ConnectionId(row.get(2)),
                closes: row.get::<i64, _>(3) != 0,
                external_id: row.get(4),
                occurred_at: Time::from_ms(row.get(5)),
                body: body.transpose().map_err(|_| HubError::Damaged { what: "announcement" })?,
            })
        })
        .collect()
}

pub(crate) async fn forget_announcements(conn: &mut Conn, upto: i64) -> Result<(), HubError> {
    sqlx::query("-- hub.forget_announcements\n DELETE FROM announcement WHERE id <= $1")
        .bind(upto)
        .execute(conn)
        .await?;
    Ok(())
}
