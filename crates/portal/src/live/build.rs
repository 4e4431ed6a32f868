//! From rows of the log to frames: joined by entity, rows loaded once for all sockets.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use openlines_base::Time;
use openlines_protocol::ConnectionId;
use openlines_store::{Conn, StoreError};
use serde::Serialize;

use super::access::dialog_access;
use super::log::Logged;
use super::rights::{DialogAccess, Needs};
use super::{Audience, Entity};
use crate::{CustomerId, DialogId, LeadId, LineId, MessageId, OperatorId};
use crate::{channels, crm, customers, dialogs, lines, staff};

/// A change ready to be sent; only `prev` is still missing.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    /// Number of the newest change that is in it.
    pub(super) seq: i64,
    pub(super) needs: Needs,
    pub(super) audiences: Vec<Audience>,
    pub(super) what: What,
}

/// What is sent.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// The frame without `seq` and `prev`: `"type":"dialog_changed","dialog":{…}}`. The dialog is named where a viewer
    /// without a right to it must be told that it is gone.
    Frame { rest: Arc<str>, dialog: Option<DialogId> },
    /// A row that others may still show was removed: all take a new snapshot.
    Reset,
}

/// Joins changes of one entity into the newest, with the audiences of all.
pub(super) fn join(events: &[Logged]) -> Vec<(i64, Entity, Vec<Audience>)> {
    let mut joined: HashMap<Entity, (i64, Vec<Audience>)> = HashMap::new();
    for event in events {
        let (seq, audiences) = joined.entry(event.entity).or_insert_with(|| (event.seq, Vec::new()));
        *seq = (*seq).max(event.seq);
        if !audiences.contains(&event.audience) {
            audiences.push(event.audience);
        }
    }
    let mut list: Vec<_> = joined.into_iter().map(|(entity, (seq, audiences))| (seq, entity, audiences)).collect();
    list.sort_unstable_by_key(|it| it.0);
    list
}

/// Loads the rows as they are now and writes the frames, by rising number.
pub(super) async fn prepare(
    conn: &mut Conn,
    now: Time,
    changes: Vec<(i64, Entity, Vec<Audience>)>,
) -> Result<Vec<Prepared>, StoreError> {
    let rows = Rows::load(conn, now, &changes).await?;
    let prepared = changes.into_iter().filter_map(|(seq, entity, audiences)| {
        let (needs, what) = rows.frame(entity)?;
        Some(Prepared { seq, needs, audiences, what })
    });
    Ok(prepared.collect())
}

/// Texts of the rows by id, and who may see which dialog.
struct Rows {
    dialogs: HashMap<i64, Arc<str>>,
    messages: HashMap<i64, (DialogId, Arc<str>)>,
    plain: HashMap<Entity, Arc<str>>,
    access: HashMap<DialogId, DialogAccess>,
}

impl Rows {
    async fn load(conn: &mut Conn, now: Time, changes: &[(i64, Entity, Vec<Audience>)]) -> Result<Self, StoreError> {
        let mut ids: BTreeMap<&'static str, Vec<i64>> = BTreeMap::new();
        for (_, entity, _) in changes {
            let (kind, id) = entity.row();
            ids.entry(kind).or_default().push(id);
        }
        let of = |kind: &str| ids.get(kind).cloned().unwrap_or_default();
        let mut rows =
            Self { dialogs: HashMap::new(), messages: HashMap::new(), plain: HashMap::new(), access: HashMap::new() };

        let dialogs: Vec<DialogId> = of("dialog").into_iter().map(DialogId).collect();
        for row in some(&dialogs, dialogs::load_rows(conn, &dialogs)).await? {
            let access = DialogAccess {
                line: row.line_id,
                holder: row.session.operator_id,
                offered_to: row.session.offered_to.clone(),
            };
            rows.access.insert(row.id, access);
            rows.dialogs.insert(row.id.get(), rest("dialog", &row));
        }
        let messages: Vec<MessageId> = of("message").into_iter().map(MessageId).collect();
        for row in some(&messages, dialogs::load_messages(conn, &messages)).await? {
            rows.messages.insert(row.id.get(), (row.dialog_id, rest("message", &row)));
        }
        let unknown: Vec<DialogId> =
            rows.messages.values().map(|it| it.0).filter(|it| !rows.access.contains_key(it)).collect();
        rows.access.extend(dialog_access(conn, &unknown).await?);

        let ids: Vec<OperatorId> = of("operator").into_iter().map(OperatorId).collect();
        for row in some(&ids, staff::load_operators(conn, &ids)).await? {
            rows.plain.insert(Entity::Operator(row.id), rest("operator", &row));
        }
        let ids: Vec<LineId> = of("line").into_iter().map(LineId).collect();
        for row in some(&ids, lines::load(conn, &ids)).await? {
            rows.plain.insert(Entity::Line(row.id), rest("line", &row));
        }
        let ids: Vec<ConnectionId> = of("connection").into_iter().map(ConnectionId).collect();
        for row in some(&ids, channels::load(conn, now, &ids)).await? {
            rows.plain.insert(Entity::Connection(row.id), rest("connection", &row));
        }
        let ids: Vec<CustomerId> = of("customer").into_iter().map(CustomerId).collect();
        for row in some(&ids, customers::load(conn, &ids)).await? {
            rows.plain.insert(Entity::Customer(row.id), rest("customer", &row));
        }
        let ids: Vec<LeadId> = of("lead").into_iter().map(LeadId).collect();
        for row in some(&ids, crm::load(conn, &ids)).await? {
            rows.plain.insert(Entity::Lead(row.id), rest("lead", &row));
        }
        Ok(rows)
    }

    fn frame(&self, entity: Entity) -> Option<(Needs, What)> {
        match entity {
            Entity::Dialog(id) => {
                let access = self.access.get(&id)?.clone();
                let rest = Arc::clone(self.dialogs.get(&id.get())?);
                Some((Needs::Dialog(access), What::Frame { rest, dialog: Some(id) }))
            }
            Entity::Message(id) => {
                let (dialog, rest) = self.messages.get(&id.get())?;
                let access = self.access.get(dialog)?.clone();
                Some((Needs::Dialog(access), What::Frame { rest: Arc::clone(rest), dialog: None }))
            }
            other => match self.plain.get(&other) {
                Some(rest) => Some((Needs::Audience, What::Frame { rest: Arc::clone(rest), dialog: None })),
                None if matches!(other, Entity::Line(_)) => Some((Needs::Audience, What::Reset)),
                None => None,
            },
        }
    }
}

/// Asks nothing for an empty list.
async fn some<I, T, E: Into<StoreError>>(
    ids: &[I],
    load: impl Future<Output = Result<Vec<T>, E>>,
) -> Result<Vec<T>, StoreError> {
    if ids.is_empty() { Ok(Vec::new()) } else { load.await.map_err(Into::into) }
}

fn rest(kind: &str, row: &impl Serialize) -> Arc<str> {
    let row = serde_json::to_string(row).expect("rows are plain data");
    format!("\"type\":\"{kind}_changed\",\"{kind}\":{row}}}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_changes_of_one_thing_are_one_frame_for_all_who_were_told() {
        let dialog = Entity::Dialog(DialogId(1));
        let (one, two) = (Audience::Line(LineId(1)), Audience::Line(LineId(2)));
        let event = |seq, entity, audience| Logged { seq, entity, audience };
        let joined = join(&[
            event(1, dialog, one),
            event(2, Entity::Message(MessageId(9)), one),
            event(3, dialog, two),
            event(4, dialog, two),
        ]);
        assert_eq!(joined, [(2, Entity::Message(MessageId(9)), vec![one]), (4, dialog, vec![one, two])]);
    }
}
