//! What messages and dialogs are found by.

use openlines_protocol::markup;
use openlines_store::Conn;

use crate::search::{self, Found};
use crate::{CustomerId, DialogId, MessageId, customers};

/// Makes a message findable by its text.
pub(crate) async fn index_message(
    conn: &mut Conn,
    dialog: DialogId,
    message: MessageId,
    text: &str,
) -> Result<(), sqlx::Error> {
    if text.is_empty() {
        return Ok(());
    }
    let plain = markup::to_plain(&markup::parse(text));
    search::index(conn, Found::Message(message), dialog, &plain).await
}

/// A message that was taken back is not found any more.
pub(crate) async fn forget_message(conn: &mut Conn, message: MessageId) -> Result<(), sqlx::Error> {
    search::forget(conn, Found::Message(message)).await
}

/// Makes all dialogs of a customer findable by what is known of them.
///
/// # Errors
/// The database is away.
pub(crate) async fn refresh_search(conn: &mut Conn, customer: CustomerId) -> Result<Vec<DialogId>, sqlx::Error> {
    let words = customers::search_words(conn, customer).await?.join(" ");
    let rows: Vec<(i64, Option<String>)> = sqlx::query_as(
        "-- dialogs.of_customer
         SELECT id, chat_name FROM dialog WHERE customer_id = $1 ORDER BY id DESC LIMIT 100",
    )
    .bind(customer.get())
    .fetch_all(&mut *conn)
    .await?;
    let mut dialogs = Vec::with_capacity(rows.len());
    for (id, chat) in rows {
        let dialog = DialogId(id);
        let all = format!("{words} {}", chat.unwrap_or_default());
        search::index(conn, Found::Dialog(dialog), dialog, &all).await?;
        dialogs.push(dialog);
    }
    Ok(dialogs)
}
