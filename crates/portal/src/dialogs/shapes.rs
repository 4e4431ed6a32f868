//! Shapes of what messages carry through from elsewhere, for the API description only: the protocol crate knows nothing
//! of the description, and system lines are stored as JSON. Nothing here is ever made.
#![expect(dead_code, reason = "read by the derive, never made")]

use openlines_base::Time;
use utoipa::ToSchema;

use crate::{LeadId, LineId, OperatorId};

/// A place on the map.
#[derive(ToSchema)]
pub(super) struct Location {
    /// Degrees north, -90 to 90.
    latitude: f64,
    /// Degrees east, -180 to 180.
    longitude: f64,
    /// Name of the place.
    title: Option<String>,
    /// Postal address.
    address: Option<String>,
}

/// A contact card.
#[derive(ToSchema)]
pub(super) struct Contact {
    /// Full name.
    name: String,
    /// Phone as the channel writes it.
    phone: Option<String>,
    /// The customer's own card, confirmed by the channel.
    own: bool,
    /// vCard text.
    vcard: Option<String>,
}

/// Where a message was forwarded from.
#[derive(ToSchema)]
pub(super) struct Forwarded {
    /// Person, chat or channel; may be empty when hidden.
    from: String,
    /// When it was first written.
    #[schema(value_type = Option<String>, format = DateTime)]
    date: Option<Time>,
}

/// What happened in a dialog. `code` says what; which others are there follows from it.
#[derive(ToSchema)]
pub(super) struct SystemLine {
    /// `session_opened`, `offered`, `accepted`, `skipped`, `offer_expired`, `returned`, `transferred`, `finished`,
    /// `reopened`, `taken_over`, `reachable`, `unreachable`, `opened_by_link`, `connection_lost`, `messages_lost`,
    /// `lead_created`; more may come.
    code: String,
    /// Of `session_opened`: "Session 214".
    number: Option<i64>,
    /// Who did it or whom it concerns.
    operator_id: Option<OperatorId>,
    /// Of `offered`: to whom.
    operator_ids: Option<Vec<OperatorId>>,
    /// Of `transferred`: from whom, a number. Of `messages_lost`: since when, a time.
    #[schema(value_type = Option<SystemFrom>)]
    from: Option<SystemFrom>,
    /// Of `messages_lost`: until when.
    to: Option<String>,
    /// Of `transferred`: to whom.
    to_operator: Option<OperatorId>,
    /// Of `transferred`: to which line.
    to_line: Option<LineId>,
    /// Of `opened_by_link`: what the link carried.
    payload: Option<String>,
    /// Of `connection_lost`: why.
    reason: Option<String>,
    /// Of `messages_lost`: how many.
    count: Option<i64>,
    /// Of `lead_created`: which.
    lead_id: Option<LeadId>,
}

/// An operator's number or a time.
#[derive(ToSchema, serde::Serialize)]
#[serde(untagged)]
pub(super) enum SystemFrom {
    /// From whom.
    Operator(i64),
    /// Since when.
    Time(String),
}
