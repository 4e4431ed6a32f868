//! The connection that events come through, and what happens to it.

use openlines_base::Time;
use openlines_protocol::{ConnectionId, ConnectionState, Event};
use openlines_store::Conn;
use serde_json::{Value, json};

use super::{Intake, IntakeError};
use crate::LineId;
use crate::dialogs::store;

/// Open dialogs that are told of a broken connection, at most: the newest.
const TOLD_MAX: i64 = 200;

/// Where events come from, as far as dialogs need to know.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) id: ConnectionId,
    pub(crate) channel: String,
    pub(crate) line: LineId,
}

impl Source {
    /// Reads the connection of an event. One that we do not know yet (the hub was faster than our own note of it) is
    /// noted from what the event tells.
    pub(super) async fn of(conn: &mut Conn, now: Time, event: &Event) -> Result<Self, IntakeError> {
        if let Some(known) = find(conn, event.connection).await? {
            return Ok(known);
        }
        let unknown = || IntakeError::UnknownLine(event.line.clone());
        let line: i64 = event.line.parse().map_err(|_| unknown())?;
        let found: Option<i64> = sqlx::query_scalar("-- intake.line\n SELECT id FROM line WHERE id = $1")
            .bind(line)
            .fetch_optional(&mut *conn)
            .await?;
        found.ok_or_else(unknown)?;
        sqlx::query(
            "-- intake.note_connection
             INSERT INTO connection (id, channel, line_id, title, state, changed_at, created_at)
             VALUES ($1, $2, $3, $2, 'active', $4, $4) ON CONFLICT DO NOTHING",
        )
        .bind(event.connection.get())
        .bind(&event.channel)
        .bind(line)
        .bind(now.ms())
        .execute(&mut *conn)
        .await?;
        Ok(Self { id: event.connection, channel: event.channel.clone(), line: LineId(line) })
    }
}

async fn find(conn: &mut Conn, id: ConnectionId) -> Result<Option<Source>, sqlx::Error> {
    let row: Option<(String, i64)> =
        sqlx::query_as("-- intake.connection\n SELECT channel, line_id FROM connection WHERE id = $1")
            .bind(id.get())
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(channel, line)| Source { id, channel, line: LineId(line) }))
}

impl Intake<'_> {
    /// The hub tells that a connection broke, or works again.
    pub(super) async fn connection_changed(
        &mut self,
        conn: &mut Conn,
        state: ConnectionState,
        reason: Option<&str>,
    ) -> Result<(), sqlx::Error> {
        let word = match state {
            ConnectionState::Draft => "draft",
            ConnectionState::Active => "active",
            ConnectionState::Displaced => "displaced",
            ConnectionState::Failing => "failing",
            ConnectionState::Removed => "removed",
        };
        self.set_state(conn, word, reason).await?;
        if matches!(state, ConnectionState::Displaced | ConnectionState::Removed) {
            self.tell_open_dialogs(conn, json!({"code": "connection_lost", "reason": reason})).await?;
        }
        Ok(())
    }

    /// Somebody else connected the same account.
    pub(super) async fn deactivated(
        &mut self,
        conn: &mut Conn,
        by_same_site: bool,
        taken_by_line: Option<&str>,
    ) -> Result<(), sqlx::Error> {
        let reason = match taken_by_line {
            Some(line) if by_same_site => format!("The account was connected to another line of this portal ({line})."),
            _ if by_same_site => "The account was connected to another line of this portal.".to_owned(),
            _ => "The account was connected to another portal. Reconnect it here to take it back.".to_owned(),
        };
        tracing::warn!(connection.id = %self.source.id, "Connection {} was taken over elsewhere", self.source.id);
        self.set_state(conn, "displaced", Some(&reason)).await?;
        self.tell_open_dialogs(conn, json!({"code": "connection_lost", "reason": reason})).await
    }

    /// The hub had to drop events after a day without an answer of ours.
    pub(super) async fn dropped(
        &mut self,
        conn: &mut Conn,
        count: u64,
        from: Time,
        to: Time,
    ) -> Result<(), sqlx::Error> {
        tracing::error!(connection.id = %self.source.id, count, "The hub dropped events that we did not take for a day");
        let reason = format!("{count} events from {from} to {to} were lost while this portal was away.");
        sqlx::query("-- intake.note_loss\n UPDATE connection SET version = version + 1, reason = $2 WHERE id = $1")
            .bind(self.source.id.get())
            .bind(reason)
            .execute(&mut *conn)
            .await?;
        self.changes.connection(self.source.id);
        self.tell_open_dialogs(conn, json!({"code": "messages_lost", "count": count, "from": from, "to": to})).await
    }

    async fn set_state(&mut self, conn: &mut Conn, state: &str, reason: Option<&str>) -> Result<(), sqlx::Error> {
        // A pause is the admin's own; the hub's "active" does not end it.
        sqlx::query(
            "-- intake.set_state
             UPDATE connection SET version = version + 1, reason = $3, changed_at = $4,
                 state = CASE WHEN state = 'paused' AND $2 = 'active' THEN state ELSE $2 END
             WHERE id = $1",
        )
        .bind(self.source.id.get())
        .bind(state)
        .bind(reason)
        .bind(self.now.ms())
        .execute(conn)
        .await?;
        self.changes.connection(self.source.id);
        Ok(())
    }

    async fn tell_open_dialogs(&mut self, conn: &mut Conn, system: Value) -> Result<(), sqlx::Error> {
        for (dialog, chat) in store::open_ids_of_connection(conn, self.source.id, TOLD_MAX).await? {
            let held = match self.held.remove(&chat) {
                Some(held) => held,
                None => match store::lock(conn, dialog).await? {
                    Some(held) => held,
                    None => continue,
                },
            };
            let id = store::insert_system(conn, self.now, held.id, held.session(), system.clone()).await?;
            self.changes.message(id, held.line);
            self.put(held);
        }
        Ok(())
    }
}
