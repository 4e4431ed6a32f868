//! The customer as screens see them.

use openlines_base::Time;
use openlines_protocol::ConnectionId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{CustomerId, LeadId};

/// A person who writes to us, in whatever channels.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Customer {
    /// Number.
    pub id: CustomerId,
    /// Grows with each change.
    pub version: i64,
    /// As the channel tells it, or as staff typed it.
    pub name: String,
    /// Phone as written by whoever told it.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// IETF language tag.
    pub language: Option<String>,
    /// Address of the photo; absent while there is none.
    pub picture: Option<String>,
    /// What staff noted about the person.
    pub note: String,
    /// When they first wrote.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// The person in each connection.
    pub identities: Vec<Identity>,
    /// The lead made for the person.
    pub lead_id: Option<LeadId>,
}

/// A customer in one connection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Identity {
    /// The channel's code.
    pub channel: String,
    /// The connection.
    #[schema(value_type = i64)]
    pub connection_id: ConnectionId,
    /// The channel's id of the person.
    pub external_id: String,
    /// The name that others can find the person by.
    pub login: Option<String>,
    /// The person's page at the channel.
    pub url: Option<String>,
}
