//! What a transaction changed: told in its last statements, rung for after its commit.

use std::collections::HashSet;

use openlines_base::Time;
use openlines_store::Conn;

use crate::live::{Audience, Entity, record_all};
use crate::{CustomerId, DialogId, LeadId, LineId, MessageId, OperatorId, Parts};

/// Collects what changed, each thing once, in the order of its first change.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    list: Vec<(Entity, Audience)>,
    seen: HashSet<(Entity, Audience)>,
    outbox: bool,
    routing: bool,
    files: bool,
}

impl Changes {
    fn add(&mut self, entity: Entity, audience: Audience) {
        if self.seen.insert((entity, audience)) {
            self.list.push((entity, audience));
        }
    }

    /// A dialog of this line.
    pub(crate) fn dialog(&mut self, dialog: DialogId, line: LineId) {
        self.add(Entity::Dialog(dialog), Audience::Line(line));
    }

    /// A message of a dialog of this line.
    pub(crate) fn message(&mut self, message: MessageId, line: LineId) {
        self.add(Entity::Message(message), Audience::Line(line));
    }

    /// An operator's load.
    pub(crate) fn operator(&mut self, operator: OperatorId) {
        self.add(Entity::Operator(operator), Audience::All);
    }

    /// A line's counters.
    pub(crate) fn line(&mut self, line: LineId) {
        self.add(Entity::Line(line), Audience::All);
    }

    /// A customer's card.
    pub(crate) fn customer(&mut self, customer: CustomerId, line: LineId) {
        self.add(Entity::Customer(customer), Audience::Line(line));
    }

    /// A lead.
    pub(crate) fn lead(&mut self, lead: LeadId, line: LineId) {
        self.add(Entity::Lead(lead), Audience::Line(line));
    }

    /// A connection's state.
    pub(crate) fn connection(&mut self, connection: openlines_protocol::ConnectionId) {
        self.add(Entity::Connection(connection), Audience::All);
    }

    /// Something waits for the hub.
    pub(crate) fn wants_outbox(&mut self) {
        self.outbox = true;
    }

    /// Somebody may be given a dialog, or an offer may be due.
    pub(crate) fn wants_routing(&mut self) {
        self.routing = true;
    }

    /// Files wait to be downloaded.
    pub(crate) fn wants_files(&mut self) {
        self.files = true;
    }

    /// Writes the changes to the realtime log: the last statements of the transaction.
    ///
    /// # Errors
    /// The database is away.
    pub(crate) async fn write(&self, conn: &mut Conn, now: Time) -> Result<(), sqlx::Error> {
        record_all(conn, now, &self.list).await
    }

    /// Rings for those who have something to do now. Call it after the commit.
    pub(crate) fn ring(&self, parts: &Parts) {
        if !self.list.is_empty() {
            parts.bells.live.notify_one();
        }
        if self.outbox {
            parts.bells.outbox.notify_one();
        }
        if self.routing {
            parts.bells.routing.notify_one();
        }
        if self.files {
            parts.bells.files.notify_one();
        }
    }
}
