//! The beginning of a session.

use openlines_base::Time;
use openlines_store::Conn;
use serde_json::{Value, json};

use super::Intake;
use crate::crm::{self, NewLead};
use crate::customers::Known;
use crate::dialogs::SessionState;
use crate::dialogs::flow::send_automatic;
use crate::dialogs::store::{self, Held, NewSession};
use crate::lines::{self, Names};

impl Intake<'_> {
    /// Makes sure that the dialog has an open session. Gives whether it was opened just now and is the first.
    pub(super) async fn ensure_session(
        &mut self,
        conn: &mut Conn,
        held: &mut Held,
        at: Time,
    ) -> Result<Option<IsFirst>, sqlx::Error> {
        if held.session.is_some() && held.state != SessionState::Closed {
            return Ok(None);
        }
        let is_first = held.session.is_none();
        if held.line != self.source.line {
            // A transfer moved the old session; a new one begins where the channel leads.
            self.changes.dialog(held.id, held.line);
            held.line = self.source.line;
        }
        let new = NewSession { dialog: held.id, line: held.line };
        let (session, number) = store::insert_session(conn, at, &new).await?;
        held.session = Some(session);
        held.state = SessionState::Waiting;
        held.operator = None;
        self.system(conn, held, json!({"code": "session_opened", "number": number})).await?;
        self.changes.line(held.line);
        self.changes.wants_routing();
        Ok(Some(IsFirst(is_first)))
    }

    /// Makes the lead of somebody who wrote for the first time.
    pub(super) async fn make_lead(&mut self, conn: &mut Conn, held: &Held, known: &Known) -> Result<(), sqlx::Error> {
        let lead = NewLead { customer: known.id, title: &known.name, source: &self.source.channel };
        if let Some(lead) = crm::create(conn, self.now, &lead).await? {
            self.system(conn, held, json!({"code": "lead_created", "lead_id": lead})).await?;
            self.changes.lead(lead, held.line);
        }
        Ok(())
    }

    /// Sends the line's greeting, if this session is to have one.
    pub(super) async fn greet(
        &mut self,
        conn: &mut Conn,
        held: &Held,
        known: &Known,
        is_first: IsFirst,
    ) -> Result<(), sqlx::Error> {
        let Some(settings) = self.settings(conn, held.line).await? else { return Ok(()) };
        let greeting = &settings.texts.greeting;
        if !lines::is_for_session(greeting, is_first.0) {
            return Ok(());
        }
        let names = Names { customer: &known.name, operator: None, line: &settings.name, company: &settings.company };
        let text = lines::automatic_text(greeting, known.language.as_deref(), settings.language, names);
        if let Some(text) = text {
            let rng = self.parts.rng.as_ref();
            send_automatic(conn, rng, self.now, held, &text, &mut self.changes).await?;
        }
        Ok(())
    }

    /// Writes a line about what happened into a dialog.
    pub(super) async fn system(&mut self, conn: &mut Conn, held: &Held, system: Value) -> Result<(), sqlx::Error> {
        let id = store::insert_system(conn, self.now, held.id, held.session(), system).await?;
        self.changes.message(id, held.line);
        Ok(())
    }
}

/// Whether a session is the first of its dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IsFirst(bool);
