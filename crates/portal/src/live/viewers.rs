//! Loading who is behind the sockets.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use openlines_base::Time;
use openlines_store::{Conn, StoreError};

use super::rights::Viewer;
use crate::sql::fetch_by_ids;
use crate::staff::Role;
use crate::{LineId, LoginId, OperatorId};

/// Rights of connected people, read anew.
#[derive(Debug, Default)]
pub(super) struct Rights {
    pub(super) viewers: HashMap<OperatorId, Arc<Viewer>>,
    /// Logins that are no more.
    pub(super) gone: HashSet<LoginId>,
}

/// Rights of all these people, and which of their logins are no more.
pub(super) async fn load_rights(
    conn: &mut Conn,
    people: &HashSet<(OperatorId, LoginId)>,
    now: Time,
) -> Result<Rights, StoreError> {
    let operators: BTreeSet<i64> = people.iter().map(|it| it.0.get()).collect();
    let operators: Vec<i64> = operators.into_iter().collect();
    let logins: Vec<i64> = people.iter().map(|it| it.1.get()).collect();
    let viewers = load_viewers(&mut *conn, &operators).await?;
    let alive: Vec<(i64, i64)> = fetch_by_ids(
        conn,
        "-- live.logins_alive
         SELECT l.id, l.expires_at FROM login l JOIN operator o ON o.id = l.operator_id
         WHERE o.active = 1 AND l.id IN ({ids})",
        &logins,
    )
    .await?;
    let alive: HashSet<i64> = alive.into_iter().filter(|it| it.1 > now.ms()).map(|it| it.0).collect();
    let gone = people.iter().map(|it| it.1).filter(|it| !alive.contains(&it.get())).collect();
    Ok(Rights { viewers, gone })
}

/// Rights of one person.
pub(super) async fn load_viewer(conn: &mut Conn, operator: OperatorId) -> Result<Option<Arc<Viewer>>, StoreError> {
    Ok(load_viewers(conn, &[operator.get()]).await?.remove(&operator))
}

async fn load_viewers(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<OperatorId, Arc<Viewer>>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let roles: Vec<(i64, String)> = fetch_by_ids(
        &mut *conn,
        "-- live.roles
         SELECT id, role FROM operator WHERE active = 1 AND id IN ({ids})",
        ids,
    )
    .await?;
    let pairs: Vec<(i64, i64)> = fetch_by_ids(
        conn,
        "-- live.lines
         SELECT q.operator_id, q.line_id FROM line_operator q JOIN line l ON l.id = q.line_id
         WHERE l.deleted_at IS NULL AND q.operator_id IN ({ids})",
        ids,
    )
    .await?;
    let mut lines: HashMap<i64, BTreeSet<LineId>> = HashMap::new();
    for (operator, line) in pairs {
        lines.entry(operator).or_default().insert(LineId(line));
    }
    let viewers = roles.into_iter().map(|(id, role)| {
        let role = Role::of(&role).unwrap_or(Role::Operator);
        let viewer = Viewer { operator: OperatorId(id), role, lines: lines.remove(&id).unwrap_or_default() };
        (OperatorId(id), Arc::new(viewer))
    });
    Ok(viewers.collect())
}
