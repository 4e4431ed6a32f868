//! Drafts, so that another device goes on where this one stopped.

use openlines_base::Time;
use openlines_store::Conn;

use crate::{DialogId, OperatorId};

/// Keeps a draft; an empty one is removed.
pub(crate) async fn set_draft(
    conn: &mut Conn,
    now: Time,
    operator: OperatorId,
    dialog: DialogId,
    mode: &str,
    text: &str,
) -> Result<(), sqlx::Error> {
    let query = if text.is_empty() {
        sqlx::query(
            "-- dialogs.remove_draft
             DELETE FROM draft WHERE operator_id = $1 AND dialog_id = $2 AND mode = $3",
        )
    } else {
        sqlx::query(
            "-- dialogs.set_draft
             INSERT INTO draft (operator_id, dialog_id, mode, text, changed_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (operator_id, dialog_id, mode)
             DO UPDATE SET text = excluded.text, changed_at = excluded.changed_at",
        )
    };
    let query = query.bind(operator.get()).bind(dialog.get()).bind(mode);
    let query = if text.is_empty() { query } else { query.bind(text).bind(now.ms()) };
    query.execute(conn).await.map(drop)
}

/// An operator's drafts in a dialog: reply, note.
pub(crate) async fn drafts(
    conn: &mut Conn,
    operator: OperatorId,
    dialog: DialogId,
) -> Result<(String, String), sqlx::Error> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("-- dialogs.drafts\n SELECT mode, text FROM draft WHERE operator_id = $1 AND dialog_id = $2")
            .bind(operator.get())
            .bind(dialog.get())
            .fetch_all(conn)
            .await?;
    let mut found = (String::new(), String::new());
    for (mode, text) in rows {
        if mode == "note" { found.1 = text } else { found.0 = text }
    }
    Ok(found)
}
