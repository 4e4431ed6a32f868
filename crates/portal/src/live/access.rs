//! Loading who may see a dialog.

use std::collections::HashMap;

use openlines_store::{Conn, StoreError};

use super::rights::DialogAccess;
use super::viewers::load_viewer;
use crate::sql::fetch_by_ids;
use crate::staff::Signed;
use crate::{DialogId, LineId, OperatorId};

/// Whether a person may see a dialog as it is now.
pub(crate) async fn may_see_dialog(conn: &mut Conn, signed: &Signed, dialog: DialogId) -> Result<bool, StoreError> {
    let Some(access) = dialog_access(&mut *conn, &[dialog]).await?.remove(&dialog) else { return Ok(false) };
    let viewer = load_viewer(conn, signed.operator).await?;
    Ok(viewer.is_some_and(|it| it.sees(&access)))
}

/// Who may see these dialogs now.
pub(super) async fn dialog_access(
    conn: &mut Conn,
    dialogs: &[DialogId],
) -> Result<HashMap<DialogId, DialogAccess>, StoreError> {
    let ids: Vec<i64> = dialogs.iter().map(|it| it.get()).collect();
    let rows: Vec<(i64, i64, Option<i64>)> = fetch_by_ids(
        conn,
        "-- live.dialog_access
         SELECT id, line_id, operator_id FROM dialog WHERE id IN ({ids})",
        &ids,
    )
    .await?;
    let offers: Vec<(i64, i64)> = fetch_by_ids(
        conn,
        "-- live.dialog_offers
         SELECT dialog_id, operator_id FROM session_offer WHERE dialog_id IN ({ids})",
        &ids,
    )
    .await?;
    let pairs = rows.into_iter().map(|(id, line, holder)| {
        let offered_to = offers.iter().filter(|it| it.0 == id).map(|it| OperatorId(it.1)).collect();
        (DialogId(id), DialogAccess { line: LineId(line), holder: holder.map(OperatorId), offered_to })
    });
    Ok(pairs.collect())
}
