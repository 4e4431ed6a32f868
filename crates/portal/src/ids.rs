//! Ids of the portal's rows.

openlines_base::id! {
    /// A person who answers.
    OperatorId,
    /// A browser that is signed in.
    LoginId,
    /// A one-time link.
    InvitationId,
    /// An open line.
    LineId,
    /// A customer.
    CustomerId,
    /// The chat of a customer with a line.
    DialogId,
    /// One service within a dialog.
    SessionId,
    /// A message of a dialog.
    MessageId,
    /// A file of a message.
    FileId,
    /// A lead.
    LeadId,
}

/// Ids are plain numbers in the API.
macro_rules! number_schema {
    ($($name:ident),+) => {$(
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                <i64 as utoipa::PartialSchema>::schema()
            }
        }
        impl utoipa::ToSchema for $name {}
    )+};
}
number_schema!(OperatorId, LoginId, InvitationId, LineId, CustomerId, DialogId, SessionId, MessageId, FileId, LeadId);
