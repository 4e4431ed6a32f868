//! Putting acts for the hub into the outbox, in the transaction of what they tell.

use openlines_base::{Rng, Time};
use openlines_protocol::{Action, OutgoingMessage};
use openlines_store::Conn;

use super::Changes;
use crate::MessageId;
use crate::client::outbox::{self, NewAct};
use crate::dialogs::store::{self, Extra, Held, NewMessage};
use crate::dialogs::{AuthorKind, DeliveryState, MessageKind};

/// Bytes of chance in an act's id.
const ID_BYTES: usize = 15;

/// An id for the wire: unique in the portal, also after its store was restored from an old copy.
pub(crate) fn outgoing_id(rng: &dyn Rng) -> String {
    format!("m-{}", rng.token(ID_BYTES))
}

/// Queues one act on a message.
pub(crate) async fn queue(
    conn: &mut Conn,
    rng: &dyn Rng,
    now: Time,
    held: &Held,
    message: MessageId,
    action: &Action,
    undo: Option<&outbox::Undo>,
) -> Result<(), sqlx::Error> {
    let id = outgoing_id(rng);
    let act = NewAct { id: &id, dialog: held.id, connection: held.connection, message, action, undo };
    outbox::add(conn, now, &act).await
}

/// Sends a text that no person wrote: a greeting, a closing text.
///
/// # Errors
/// The database is away.
pub(crate) async fn send_automatic(
    conn: &mut Conn,
    rng: &dyn Rng,
    now: Time,
    held: &Held,
    text: &str,
    changes: &mut Changes,
) -> Result<(), sqlx::Error> {
    let message = NewMessage {
        dialog: held.id,
        session: held.session(),
        kind: MessageKind::Reply,
        author: AuthorKind::System,
        operator: None,
        text,
        extra: &Extra::default(),
        external_id: None,
        album: None,
        reply_to: None,
        client_id: None,
        delivery: Some(DeliveryState::Queued),
        at: now,
        edited_at: None,
    };
    let id = store::insert_message(conn, &message).await?.expect("nothing unique is in an automatic text");
    let action = Action::Send { message: OutgoingMessage { text: text.to_owned(), ..OutgoingMessage::default() } };
    queue(conn, rng, now, held, id, &action, None).await?;
    changes.message(id, held.line);
    changes.wants_outbox();
    Ok(())
}
