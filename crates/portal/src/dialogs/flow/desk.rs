//! The frame of every act in a dialog: open the transaction, lock the dialog, check the right; write back, tell, commit.

use openlines_base::Time;
use openlines_store::{Conn, Tx};
use serde_json::Value;

use super::Changes;
use crate::dialogs::store::{self, Held};
use crate::dialogs::{Dialog, DialogError, SessionState, load_rows};
use crate::staff::Signed;
use crate::{DialogId, OperatorId, Parts};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub operator: OperatorId,
    /// All lines are theirs to see.
    pub admin: bool,
}

impl Actor {
    /// The person who is signed in.
    #[must_use]
    pub fn of(signed: &Signed) -> Self {
        Self { operator: signed.operator, admin: signed.is_admin() }
    }
}

/// An act under way in one dialog.
pub(crate) struct Desk<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) tx: Tx,
    pub(crate) now: Time,
    pub(crate) by: Actor,
    pub(crate) held: Held,
    pub(crate) changes: Changes,
}

impl<'a> Desk<'a> {
    /// Locks a dialog for somebody who may see it.
    pub(crate) async fn open(
        parts: &'a Parts,
        name: &'static str,
        dialog: DialogId,
        by: Actor,
    ) -> Result<Self, DialogError> {
        let mut tx = parts.db.tx(name).await?;
        let held = store::lock(&mut tx, dialog).await?.ok_or(DialogError::NotFound("dialog"))?;
        if !by.admin && !store::viewable(&mut tx, by.operator, held.line, held.operator).await? {
            return Err(DialogError::NotFound("dialog"));
        }
        Ok(Self { parts, tx, now: parts.clock.now(), by, held, changes: Changes::default() })
    }

    /// Whether the session is this person's to serve.
    pub(crate) fn is_mine(&self) -> bool {
        self.held.state == SessionState::Active && self.held.operator == Some(self.by.operator)
    }

    /// Only the holder goes on, and admins.
    pub(crate) fn mine_or_admin(&self) -> Result<(), DialogError> {
        match self.held.state {
            SessionState::Closed => Err(DialogError::SessionClosed),
            SessionState::Active if !self.is_mine() && !self.by.admin => Err(DialogError::NotYours),
            _ => Ok(()),
        }
    }

    /// Writes a line about what happened.
    pub(crate) async fn system(&mut self, system: Value) -> Result<(), DialogError> {
        let (dialog, session) = (self.held.id, self.held.session());
        let id = store::insert_system(&mut self.tx, self.now, dialog, session, system).await?;
        self.changes.message(id, self.held.line);
        Ok(())
    }

    /// Notes that the session changed hands or state, with all who see a counter of it.
    pub(crate) fn moved(&mut self, before: Option<OperatorId>) {
        let after = self.held.operator.filter(|_| self.held.state == SessionState::Active);
        for operator in [before, after].into_iter().flatten() {
            self.changes.operator(operator);
        }
        self.changes.line(self.held.line);
        self.changes.wants_routing();
    }

    /// Writes all back and commits. Gives the dialog as it is now.
    pub(crate) async fn close(mut self) -> Result<Dialog, DialogError> {
        self.changes.dialog(self.held.id, self.held.line);
        store::save(&mut self.tx, &self.held).await?;
        let dialog = load_rows(&mut self.tx, &[self.held.id]).await?.pop().ok_or(DialogError::NotFound("dialog"))?;
        self.changes.write(&mut self.tx, self.now).await?;
        self.tx.commit().await?;
        self.changes.ring(self.parts);
        Ok(dialog)
    }
}

/// Refuses a dialog that is not theirs to see; for reading without a lock.
pub(crate) async fn visible(conn: &mut Conn, by: Actor, dialog: DialogId) -> Result<(), DialogError> {
    let (line, holder) = store::unlocked(conn, dialog).await?.ok_or(DialogError::NotFound("dialog"))?;
    if by.admin || store::viewable(conn, by.operator, line, holder).await? {
        return Ok(());
    }
    Err(DialogError::NotFound("dialog"))
}
