//! Messages: reading, writing, changing, taking back, sending again.

use axum::extract::State;
use http::StatusCode;
use openlines_edge::{Json, Problem};
use openlines_store::Conn;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::MessageBody;
use super::list::seq;
use crate::dialogs::flow::{self, NewReply, visible};
use crate::dialogs::store::{self, Around};
use crate::dialogs::{Actor, DialogError, Message, load_messages};
use crate::staff::Signed;
use crate::{DialogId, FileId, MessageId, Parts, Path, Query};

/// Messages of a page when the caller names no number.
const LIMIT: i64 = 50;
/// Messages of a page at most.
const LIMIT_MAX: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(list, write)).routes(routes!(edit, delete)).routes(routes!(resend))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asking {
    /// Just before this message.
    before: Option<MessageId>,
    /// Just after this message.
    after: Option<MessageId>,
    /// On both sides of this message, with it.
    around: Option<MessageId>,
    /// 1 to 200.
    limit: Option<i64>,
}

/// A page of messages, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageList {
    messages: Vec<Message>,
    meta: MessageListMeta,
}

/// What goes with a page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageListMeta {
    /// Older ones exist.
    more_before: bool,
    /// Newer ones exist.
    more_after: bool,
    /// Realtime number up to which changes are in this answer.
    seq: i64,
}

/// Messages of a dialog: the newest, or around one.
#[utoipa::path(get, path = "/api/dialogs/{id}/messages", tag = "messages", params(("id" = i64, Path), Asking),
    responses((status = 200, body = MessageList)))]
async fn list(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
    Query(asking): Query<Asking>,
) -> Result<Json<MessageList>, Problem> {
    let around = match (asking.before, asking.after, asking.around) {
        (None, None, None) => Around::End,
        (Some(id), None, None) => Around::Before(id),
        (None, Some(id), None) => Around::After(id),
        (None, None, Some(id)) => Around::Middle(id),
        _ => return Err(Problem::bad_field("before", "name one of before, after, around")),
    };
    let limit = asking.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let mut read = parts.db.read().await?;
    Ok(Json(read_page(&mut read, Actor::of(&signed), id, around, limit).await?))
}

async fn read_page(
    conn: &mut Conn,
    by: Actor,
    dialog: DialogId,
    around: Around,
    limit: i64,
) -> Result<MessageList, DialogError> {
    visible(conn, by, dialog).await?;
    let seq = seq(conn).await?;
    let page = store::page_of_messages(conn, dialog, around, limit).await?;
    let messages = load_messages(conn, &page.ids).await?;
    let meta = MessageListMeta { more_before: page.more_before, more_after: page.more_after, seq };
    Ok(MessageList { messages, meta })
}

/// To the customer, or among staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WriteKind {
    /// To the customer.
    Reply,
    /// Among staff.
    Note,
}

/// What an operator writes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Write {
    /// The browser's id, a UUID: the same twice is one message.
    client_id: String,
    kind: WriteKind,
    /// BB code; may be empty when there are files.
    #[serde(default)]
    text: String,
    /// Uploads, in order.
    #[serde(default)]
    file_ids: Vec<FileId>,
    /// The message answered.
    #[serde(default)]
    reply_to: Option<MessageId>,
    /// Become the holder first, if somebody else or nobody is.
    #[serde(default)]
    take_over: bool,
}

/// Writes to the customer, or a note. The same `client_id` again answers 200 with the message that is there.
#[utoipa::path(post, path = "/api/dialogs/{id}/messages", tag = "messages", params(("id" = i64, Path)),
    request_body = Write,
    responses((status = 201, body = MessageBody), (status = 200, body = MessageBody),
        (status = 409, description = "`not_yours`, `session_closed`, `unreachable`, `connection_gone`")))]
async fn write(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
    Json(body): Json<Write>,
) -> Result<(StatusCode, Json<MessageBody>), Problem> {
    let new = NewReply {
        client_id: body.client_id,
        is_note: body.kind == WriteKind::Note,
        text: body.text,
        files: body.file_ids,
        reply_to: body.reply_to,
        take_over: body.take_over,
    };
    let (message, is_new) = flow::reply(&parts, Actor::of(&signed), id, &new).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(MessageBody { message })))
}

/// New words for a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    text: String,
}

/// Changes one's own reply or note.
#[utoipa::path(patch, path = "/api/messages/{id}", tag = "messages", params(("id" = i64, Path)), request_body = Edit,
    responses((status = 200, body = MessageBody),
        (status = 409, description = "`cannot_do`, `not_delivered_yet`, `not_yours`")))]
async fn edit(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<MessageId>,
    Json(body): Json<Edit>,
) -> Result<Json<MessageBody>, Problem> {
    let message = flow::edit(&parts, Actor::of(&signed), id, &body.text).await?;
    Ok(Json(MessageBody { message }))
}

/// Takes one's own reply or note back.
#[utoipa::path(delete, path = "/api/messages/{id}", tag = "messages", params(("id" = i64, Path)),
    responses((status = 200, body = MessageBody),
        (status = 409, description = "`cannot_do`, `not_delivered_yet`, `not_yours`")))]
async fn delete(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<MessageId>,
) -> Result<Json<MessageBody>, Problem> {
    let message = flow::delete(&parts, Actor::of(&signed), id).await?;
    Ok(Json(MessageBody { message }))
}

/// Sends a message again that failed.
#[utoipa::path(post, path = "/api/messages/{id}/resend", tag = "messages", params(("id" = i64, Path)),
    responses((status = 200, body = MessageBody), (status = 409, description = "`not_failed`, `unreachable`")))]
async fn resend(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<MessageId>,
) -> Result<Json<MessageBody>, Problem> {
    let message = flow::resend(&parts, Actor::of(&signed), id).await?;
    Ok(Json(MessageBody { message }))
}
