//! Messages as screens see them.

use std::collections::HashMap;

use openlines_base::Time;
use openlines_store::Conn;
use sqlx::FromRow;

use super::message::Extra;
use crate::dialogs::rules::preview;
use crate::dialogs::{
    Author, AuthorKind, Delivery, DeliveryState, Message, MessageButton, MessageFile, MessageKind, MessageReply,
};
use crate::sql::{fetch_by_ids, in_order_of};
use crate::{MessageId, OperatorId, files};

#[derive(FromRow)]
struct Row {
    id: i64,
    version: i64,
    dialog_id: i64,
    session_id: i64,
    kind: String,
    author_kind: String,
    operator_id: Option<i64>,
    author_name: Option<String>,
    text: String,
    extra: String,
    client_id: Option<String>,
    delivery: Option<String>,
    delivery_reason: Option<String>,
    delivery_text: Option<String>,
    at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    reply_to_id: Option<i64>,
    reply_start: Option<String>,
    reply_author: Option<String>,
}

#[derive(FromRow)]
struct FileRow {
    message_id: i64,
    id: i64,
    name: String,
    mime: String,
    size: Option<i64>,
    kind: String,
    state: String,
    duration_s: Option<i64>,
    width: Option<i64>,
    height: Option<i64>,
}

/// Loads messages in the order asked; unknown ids are left out.
///
/// # Errors
/// The database is away.
pub async fn load_messages(conn: &mut Conn, ids: &[MessageId]) -> Result<Vec<Message>, sqlx::Error> {
    let ids: Vec<i64> = ids.iter().map(|it| it.get()).collect();
    let rows: Vec<Row> = fetch_by_ids(
        conn,
        "-- dialogs.load_messages
         SELECT m.id, m.version, m.dialog_id, m.session_id, m.kind, m.author_kind, m.operator_id,
                CASE WHEN m.author_kind = 'customer' THEN c.name ELSE o.name END AS author_name,
                m.text, m.extra, m.client_id, m.delivery, m.delivery_reason, m.delivery_text, m.at, m.edited_at,
                m.deleted_at, m.reply_to_id,
                CASE WHEN r.deleted_at IS NULL THEN SUBSTR(r.text, 1, 1000) END AS reply_start,
                CASE WHEN r.author_kind = 'customer' THEN c.name ELSE ro.name END AS reply_author
         FROM message m
         JOIN dialog d ON d.id = m.dialog_id
         JOIN customer c ON c.id = d.customer_id
         LEFT JOIN operator o ON o.id = m.operator_id
         LEFT JOIN message r ON r.id = m.reply_to_id
         LEFT JOIN operator ro ON ro.id = r.operator_id
         WHERE m.id IN ({ids})",
        &ids,
    )
    .await?;
    let files: Vec<FileRow> = fetch_by_ids(
        conn,
        "-- dialogs.load_files
         SELECT message_id, id, name, mime, size, kind, state, duration_s, width, height
         FROM file WHERE message_id IN ({ids}) ORDER BY message_id, position, id",
        &ids,
    )
    .await?;
    let mut files_of: HashMap<i64, Vec<MessageFile>> = HashMap::new();
    for row in files {
        files_of.entry(row.message_id).or_default().push(file(row));
    }
    let rows = in_order_of(&ids, rows, |it| it.id);
    Ok(rows.into_iter().map(|row| message(row, &mut files_of)).collect())
}

fn file(row: FileRow) -> MessageFile {
    let url = (row.state == "ready").then(|| files::address(row.id.into(), &row.name));
    MessageFile {
        id: row.id.into(),
        name: row.name,
        mime: row.mime,
        size: row.size,
        kind: files::kind_of(&row.kind),
        url,
        state: row.state,
        duration_s: row.duration_s,
        width: row.width,
        height: row.height,
    }
}

fn message(row: Row, files: &mut HashMap<i64, Vec<MessageFile>>) -> Message {
    let extra = Extra::read(&row.extra);
    let reply_to = (row.reply_to_id.is_some() || extra.quote.is_some()).then(|| MessageReply {
        message_id: row.reply_to_id.map(MessageId),
        author: row.reply_author.unwrap_or_default(),
        preview: preview(extra.quote.as_deref().or(row.reply_start.as_deref()).unwrap_or_default()),
    });
    let buttons = extra
        .buttons
        .into_iter()
        .map(|line| line.into_iter().map(|it| MessageButton { text: it.text, url: it.url }).collect());
    Message {
        id: row.id.into(),
        version: row.version,
        dialog_id: row.dialog_id.into(),
        session_id: row.session_id.into(),
        kind: MessageKind::of(&row.kind).unwrap_or(MessageKind::System),
        author: Author {
            kind: AuthorKind::of(&row.author_kind).unwrap_or(AuthorKind::System),
            operator_id: row.operator_id.map(OperatorId),
            name: extra.author.or(row.author_name).unwrap_or_default(),
        },
        text: row.text,
        files: files.remove(&row.id).unwrap_or_default(),
        location: extra.location,
        contact: extra.contact,
        reply_to,
        forwarded: extra.forwarded,
        buttons: buttons.collect(),
        reactions: extra.reactions,
        edited_at: row.edited_at.map(Time::from_ms),
        deleted_at: row.deleted_at.map(Time::from_ms),
        at: Time::from_ms(row.at),
        client_id: row.client_id,
        delivery: row.delivery.as_deref().and_then(DeliveryState::of).map(|state| Delivery {
            state,
            reason: row.delivery_reason.and_then(|it| serde_json::from_value(it.into()).ok()),
            text: row.delivery_text,
        }),
        system: extra.system,
    }
}
