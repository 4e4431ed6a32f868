//! Forgetting what no longer counts.

use openlines_store::StoreError;

use super::{invitations, logins, tries};
use crate::Parts;

/// Removes logins and links that ran out, and failures too old to count.
pub(crate) async fn sweep(parts: &Parts) -> Result<(), StoreError> {
    let now = parts.clock.now();
    let mut tx = parts.db.tx("sweep_staff").await?;
    logins::sweep_logins(&mut tx, now).await?;
    tries::sweep_tries(&mut tx, now).await?;
    invitations::sweep(&mut tx, now).await?;
    tx.commit().await
}
