//! Connecting, moving, pausing, removing. The hub acts first, outside any transaction; then we write down what it says.
//! If we fall between the two, the next refresh brings the same picture.

use std::collections::BTreeMap;

use openlines_base::Secret;
use openlines_protocol::{ConnectionId, ConnectionInfo, ConnectionRef, KnownMethods, SaveSettings};
use openlines_store::Conn;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::model::{Connection, State};
use super::{ChannelError, store};
use crate::audit::{self, Act};
use crate::check::BadField;
use crate::hub_port::HubError;
use crate::live::{Audience, Entity, record};
use crate::staff::Signed;
use crate::{LineId, Parts};

/// Settings of one connection.
const SETTINGS_MAX: usize = 32;
/// Characters of one setting.
const SETTING_MAX: usize = 4096;

/// What an admin filled in, by the names of the channel's fields.
pub(crate) type Settings = BTreeMap<String, Secret<String>>;

/// Connects an account to a line.
pub(crate) async fn connect(
    parts: &Parts,
    admin: &Signed,
    line: LineId,
    channel: String,
    settings: Settings,
    take_over: bool,
) -> Result<Connection, ChannelError> {
    check_settings(&settings)?;
    check_line(parts, line).await?;
    let params = SaveSettings { line: line.to_string(), channel, connection: None, settings, take_over };
    let info: ConnectionInfo = ask(parts, KnownMethods::SaveSettings, &params).await?;
    keep(parts, admin, &info, line, "connection.connect").await
}

/// Connects a connection of ours again: new settings, or the old ones after it was displaced or failed.
pub(crate) async fn reconnect(
    parts: &Parts,
    admin: &Signed,
    id: ConnectionId,
    settings: Settings,
    take_over: bool,
) -> Result<Connection, ChannelError> {
    check_settings(&settings)?;
    let old = find(parts, id).await?;
    let params =
        SaveSettings { line: old.line_id.to_string(), channel: old.channel, connection: Some(id), settings, take_over };
    let info: ConnectionInfo = ask(parts, KnownMethods::SaveSettings, &params).await?;
    keep(parts, admin, &info, old.line_id, "connection.reconnect").await
}

/// Sends new dialogs of a connection to another line. Dialogs that are there stay where they are.
pub(crate) async fn move_to(
    parts: &Parts,
    admin: &Signed,
    id: ConnectionId,
    line: LineId,
) -> Result<Connection, ChannelError> {
    check_line(parts, line).await?;
    let old = find(parts, id).await?;
    if old.line_id == line {
        return Ok(old);
    }
    let params = SaveSettings {
        line: line.to_string(),
        channel: old.channel,
        connection: Some(id),
        settings: Settings::new(),
        take_over: false,
    };
    let info: ConnectionInfo = ask(parts, KnownMethods::SaveSettings, &params).await?;
    keep(parts, admin, &info, line, "connection.move").await
}

/// Sets a connection still: what comes in waits in the inbox, what goes out in the outbox. Or lets it go on.
pub(crate) async fn pause(
    parts: &Parts,
    admin: &Signed,
    id: ConnectionId,
    paused: bool,
) -> Result<Connection, ChannelError> {
    let now = parts.clock.now();
    let mut tx = parts.db.tx("pause_connection").await?;
    store::set_paused(&mut tx, now, id, paused).await?;
    let act = if paused { "connection.pause" } else { "connection.resume" };
    let connection = finish(&mut tx, parts, admin, id, act).await?;
    tx.commit().await?;
    parts.bells.live.notify_one();
    parts.bells.inbox.notify_one();
    parts.bells.outbox.notify_one();
    parts.bells.routing.notify_one();
    Ok(connection)
}

/// Removes a connection at the hub and here. Its dialogs stay, for reading.
pub(crate) async fn remove(parts: &Parts, admin: &Signed, id: ConnectionId) -> Result<(), ChannelError> {
    find(parts, id).await?;
    let params = ConnectionRef { connection: id };
    match ask::<Value>(parts, KnownMethods::RemoveSettings, &params).await {
        Ok(_) => {}
        // It is what we wanted.
        Err(ChannelError::Hub(cause)) if cause.is("no_such_connection") => {}
        Err(cause) => return Err(cause),
    }
    let now = parts.clock.now();
    let mut tx = parts.db.tx("remove_connection").await?;
    store::set_state(&mut tx, now, id, State::Removed, None).await?;
    note(&mut tx, parts, admin, id, "connection.remove").await?;
    record(&mut tx, now, Entity::Connection(id), Audience::All).await?;
    tx.commit().await?;
    parts.bells.live.notify_one();
    Ok(())
}

/// Asks the hub for something typed.
pub(super) async fn ask<T: DeserializeOwned>(
    parts: &Parts,
    method: KnownMethods,
    params: &(impl Serialize + Sync),
) -> Result<T, ChannelError> {
    let params = serde_json::to_value(params).map_err(|_| BadField::new("settings", "not plain values"))?;
    let answer = parts.hub.ask(method, params).await?;
    serde_json::from_value(answer).map_err(|error| {
        tracing::warn!(method = method.name(), %error, "The hub's answer has another shape than agreed");
        HubError::Unreachable("it answers in a way that this version does not understand".to_owned()).into()
    })
}

pub(super) async fn find(parts: &Parts, id: ConnectionId) -> Result<Connection, ChannelError> {
    let mut read = parts.db.read().await?;
    store::load_one(&mut read, parts.clock.now(), id).await?.ok_or(ChannelError::NotFound)
}

pub(super) fn check_settings(settings: &Settings) -> Result<(), BadField> {
    if settings.len() > SETTINGS_MAX {
        return Err(BadField::new("settings", format!("at most {SETTINGS_MAX} fields")));
    }
    match settings.iter().find(|it| it.1.expose().chars().count() > SETTING_MAX) {
        Some((name, _)) => Err(BadField::new(format!("settings.{name}"), format!("at most {SETTING_MAX} characters"))),
        None => Ok(()),
    }
}

async fn check_line(parts: &Parts, line: LineId) -> Result<(), ChannelError> {
    let mut read = parts.db.read().await?;
    if store::line_exists(&mut read, line).await? {
        Ok(())
    } else {
        Err(BadField::new("line_id", format!("there is no line {line}")).into())
    }
}

async fn keep(
    parts: &Parts,
    admin: &Signed,
    info: &ConnectionInfo,
    line: LineId,
    act: &str,
) -> Result<Connection, ChannelError> {
    let mut tx = parts.db.tx("keep_connection").await?;
    store::save(&mut tx, parts.clock.now(), info, line).await?;
    let connection = finish(&mut tx, parts, admin, info.id, act).await?;
    tx.commit().await?;
    parts.bells.live.notify_one();
    parts.bells.outbox.notify_one();
    Ok(connection)
}

async fn finish(
    conn: &mut Conn,
    parts: &Parts,
    admin: &Signed,
    id: ConnectionId,
    act: &str,
) -> Result<Connection, ChannelError> {
    let now = parts.clock.now();
    let connection = store::load_one(&mut *conn, now, id).await?.ok_or(ChannelError::NotFound)?;
    note(&mut *conn, parts, admin, id, act).await?;
    record(conn, now, Entity::Connection(id), Audience::All).await?;
    Ok(connection)
}

async fn note(conn: &mut Conn, parts: &Parts, admin: &Signed, id: ConnectionId, act: &str) -> Result<(), ChannelError> {
    let act = Act { act, entity: "connection", id: Some(id.0) };
    Ok(audit::note(conn, parts.clock.now(), Some(admin.operator), act, &json!({})).await?)
}
