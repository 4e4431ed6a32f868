//! The table of findable words.

use openlines_store::{Conn, Engine};
use sqlx::AssertSqlSafe;

use super::dialect::{condition, question};
use super::fold::words;
use crate::dialogs::Actor;
use crate::{DialogId, MessageId};

/// What is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A message by its text.
    Message(MessageId),
    /// A dialog by its customer.
    Dialog(DialogId),
}

impl Found {
    const fn row(self) -> (&'static str, i64) {
        match self {
            Self::Message(id) => ("message", id.get()),
            Self::Dialog(id) => ("dialog", id.get()),
        }
    }
}

/// Makes something findable by a text, in place of what it was found by before.
///
/// # Errors
/// The database is away.
pub(crate) async fn index(conn: &mut Conn, what: Found, dialog: DialogId, text: &str) -> Result<(), sqlx::Error> {
    let (kind, id) = what.row();
    sqlx::query(
        "-- search.index
         INSERT INTO search_text (kind, entity_id, dialog_id, words) VALUES ($1, $2, $3, $4)
         ON CONFLICT (kind, entity_id) DO UPDATE SET words = excluded.words",
    )
    .bind(kind)
    .bind(id)
    .bind(dialog.get())
    .bind(words(text))
    .execute(conn)
    .await
    .map(drop)
}

/// Makes something not findable any more.
///
/// # Errors
/// The database is away.
pub(crate) async fn forget(conn: &mut Conn, what: Found) -> Result<(), sqlx::Error> {
    let (kind, id) = what.row();
    sqlx::query("-- search.forget\n DELETE FROM search_text WHERE kind = $1 AND entity_id = $2")
        .bind(kind)
        .bind(id)
        .execute(conn)
        .await
        .map(drop)
}

fn visible(viewer: Actor) -> &'static str {
    if viewer.admin {
        "$2 = $2"
    } else {
        "(d.line_id IN (SELECT line_id FROM line_operator WHERE operator_id = $2) OR d.operator_id = $2)"
    }
}

/// Things of one kind with all of these words, newest first: their ids and dialogs.
pub(super) async fn find(
    conn: &mut Conn,
    engine: Engine,
    viewer: Actor,
    kind: &str,
    terms: &[String],
    limit: i64,
) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    let order = if kind == "dialog" { "d.last_activity_at DESC" } else { "t.entity_id DESC" };
    let text = format!(
        "-- search.find
         SELECT t.entity_id, t.dialog_id FROM search_text t JOIN dialog d ON d.id = t.dialog_id
         WHERE {} AND t.kind = $3 AND {} ORDER BY {order} LIMIT $4",
        condition(engine),
        visible(viewer)
    );
    sqlx::query_as(AssertSqlSafe(text))
        .bind(question(engine, terms))
        .bind(viewer.operator.get())
        .bind(kind)
        .bind(limit)
        .fetch_all(conn)
        .await
}

/// The dialog of the session with this number.
pub(super) async fn dialog_of_session(
    conn: &mut Conn,
    viewer: Actor,
    number: i64,
) -> Result<Option<DialogId>, sqlx::Error> {
    let text = format!(
        "-- search.dialog_of_session
         SELECT d.id FROM session s JOIN dialog d ON d.id = s.dialog_id WHERE s.number = $1 AND {}",
        visible(viewer)
    );
    let id: Option<i64> =
        sqlx::query_scalar(AssertSqlSafe(text)).bind(number).bind(viewer.operator.get()).fetch_optional(conn).await?;
    Ok(id.map(DialogId))
}
