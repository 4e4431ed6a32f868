//! Parts of an album: many messages of the channel, one of ours.

use openlines_protocol::Message;
use openlines_store::Conn;

use super::Intake;
use crate::dialogs::rules::bounded;
use crate::dialogs::store::{self, Held};

/// Files that one album may gather.
const ALBUM_FILES_MAX: i64 = 100;

impl Intake<'_> {
    /// Adds a part to the album that it belongs to. False if it is the first part, or of no album.
    pub(super) async fn join_album(
        &mut self,
        conn: &mut Conn,
        held: &Held,
        message: &Message,
    ) -> Result<bool, sqlx::Error> {
        let Some(album) = &message.album else { return Ok(false) };
        if held.session.is_none() {
            return Ok(false);
        }
        let Some(first) = store::find_album(conn, held.id, album).await? else { return Ok(false) };
        if store::find_external(conn, held.id, &message.id).await?.is_some() {
            // A redelivery, of the first part or of a further one.
            return Ok(true);
        }
        let text = bounded(&message.text);
        let files = store::add_to_album(conn, first, &text).await?;
        if files >= ALBUM_FILES_MAX {
            return Ok(false);
        }
        store::add_part(conn, held.id, first, &message.id, files).await?;
        self.store_files(conn, first, files, message).await?;
        if !text.is_empty()
            && let Some(whole) = store::brief(conn, first).await?
        {
            store::index_message(conn, held.id, first, &whole.text).await?;
        }
        self.changes.message(first, held.line);
        Ok(true)
    }
}
