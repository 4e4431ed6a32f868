//! What travels over a socket. The API's description shows these types; `build.rs` makes the text of a change once for
//! all sockets, in the same shape.

use openlines_base::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::channels::Connection;
use crate::crm::Lead;
use crate::customers::Customer;
use crate::dialogs::{Dialog, Message};
use crate::lines::Line;
use crate::staff::Operator;
use crate::{DialogId, OperatorId};

/// A frame from the server.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// First of all, and before a `reset`: where the log stands.
    Hello {
        /// Newest number of the log. Without `since` the frames go on from here.
        seq: i64,
        /// The server's clock.
        #[schema(value_type = String, format = DateTime)]
        server_time: Time,
    },
    /// A dialog changed or came into sight.
    DialogChanged {
        /// Number in the log.
        seq: i64,
        /// Number of the frame sent to this socket before; another one means that something was missed.
        prev: i64,
        /// As it is now.
        dialog: Box<Dialog>,
    },
    /// A message is new or changed.
    MessageChanged {
        /// Number in the log.
        seq: i64,
        /// Number of the frame before.
        prev: i64,
        /// As it is now.
        message: Box<Message>,
    },
    /// A colleague changed.
    OperatorChanged {
        /// Number in the log.
        seq: i64,
        /// Number of the frame before.
        prev: i64,
        /// As they are now.
        operator: Box<Operator>,
    },
    /// A line changed.
    LineChanged {
        /// Number in the log.
        seq: i64,
        /// Number of the frame before.
        prev: i64,
        /// As it is now.
        line: Box<Line>,
    },
    /// A connection changed.
    ConnectionChanged {
        /// Number in the log.
        seq: i64,
        /// Number of the frame before.
        prev: i64,
        /// As it is now.
        connection: Box<Connection>,
    },
    /// A customer's card changed.
    CustomerChanged {
        /// Number in the log.
        seq: i64,
        /// Number of the frame before.
        prev: i64,
        /// As it is now.
        customer: Box<Customer>,
    },
    /// A lead changed.
    LeadChanged {
        /// Number in the log.
        seq: i64,
        /// Number of the frame before.
        prev: i64,
        /// As it is now.
        lead: Box<Lead>,
    },
    /// A dialog that this person may not see any more.
    DialogGone {
        /// Number in the log.
        seq: i64,
        /// Number of the frame before.
        prev: i64,
        /// Which.
        dialog_id: DialogId,
    },
    /// What was sent before no longer makes a whole: take a new snapshot. The frames go on from the last `hello`.
    Reset,
    /// Somebody types. Not in the log: may be missed, holds for 5 seconds.
    Typing {
        /// Where.
        dialog_id: DialogId,
        /// Who.
        who: TypingWho,
    },
    /// Who looks at a dialog now. Not in the log.
    Viewing {
        /// Which.
        dialog_id: DialogId,
        /// All who do, by id.
        operator_ids: Vec<OperatorId>,
    },
    /// The answer to a ping.
    Pong,
    /// The server ends this socket.
    Bye {
        /// Why.
        reason: ByeReason,
    },
}

/// Who types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// The customer.
    Customer,
    /// A colleague.
    Operator(OperatorId),
}

/// Who types, on the wire: `"customer"` or an operator's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum TypingWho {
    /// The customer.
    Customer(CustomerWord),
    /// A colleague.
    Operator(OperatorId),
}

impl From<Who> for TypingWho {
    fn from(who: Who) -> Self {
        match who {
            Who::Customer => Self::Customer(CustomerWord::Customer),
            Who::Operator(id) => Self::Operator(id),
        }
    }
}

/// The word for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CustomerWord {
    /// The customer.
    Customer,
}

/// Why the server ends a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ByeReason {
    /// Signed out, or no longer of the staff: do not come back.
    Revoked,
    /// The server stops: come back soon.
    Shutdown,
}

/// A frame from the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// A sign of life, every 20 seconds.
    Ping,
    /// Which dialog is on the screen.
    Viewing {
        /// None when no dialog is.
        dialog_id: Option<DialogId>,
    },
}

impl ServerFrame {
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("frames are plain data")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_look_as_the_description_says() {
        let rows = [
            (
                ServerFrame::Hello { seq: 5, server_time: Time::from_s(0) },
                r#"{"type":"hello","seq":5,"server_time":"1970-01-01T00:00:00.000Z"}"#,
            ),
            (ServerFrame::Reset, r#"{"type":"reset"}"#),
            (ServerFrame::Pong, r#"{"type":"pong"}"#),
            (ServerFrame::Bye { reason: ByeReason::Revoked }, r#"{"type":"bye","reason":"revoked"}"#),
            (
                ServerFrame::Typing { dialog_id: DialogId(1), who: Who::Customer.into() },
                r#"{"type":"typing","dialog_id":1,"who":"customer"}"#,
            ),
            (
                ServerFrame::Typing { dialog_id: DialogId(1), who: Who::Operator(OperatorId(7)).into() },
                r#"{"type":"typing","dialog_id":1,"who":7}"#,
            ),
            (
                ServerFrame::DialogGone { seq: 3, prev: 2, dialog_id: DialogId(1) },
                r#"{"type":"dialog_gone","seq":3,"prev":2,"dialog_id":1}"#,
            ),
        ];
        for (frame, text) in rows {
            assert_eq!(frame.text(), text);
        }
    }

    #[test]
    fn frames_from_browsers_are_read() {
        let read = |text| serde_json::from_str::<ClientFrame>(text).ok();
        assert_eq!(read(r#"{"type":"ping"}"#), Some(ClientFrame::Ping));
        assert_eq!(
            read(r#"{"type":"viewing","dialog_id":4}"#),
            Some(ClientFrame::Viewing { dialog_id: Some(DialogId(4)) })
        );
        assert_eq!(read(r#"{"type":"viewing","dialog_id":null}"#), Some(ClientFrame::Viewing { dialog_id: None }));
        assert_eq!(read(r#"{"type":"shout"}"#), None);
    }
}
