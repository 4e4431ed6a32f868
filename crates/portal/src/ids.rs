//! Ids of the portal's rows.

openlines_base::id! {
    /// A person who answers.
    OperatorId,
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
