//! What operators do in dialogs: one function per use case. Each locks the dialog, asks, decides, writes, tells.

mod changes;
mod desk;
mod edit;
mod give;
mod marks;
mod open;
mod outgoing;
mod reply;

pub(crate) use changes::Changes;
pub use desk::Actor;
pub(super) use desk::{Desk, visible};
pub(super) use edit::{delete, edit, resend};
pub(crate) use give::return_all_of;
pub(super) use give::{Target, accept, return_to_queue, skip, take_over, transfer};
pub(super) use marks::{keep_draft, read, typing, unread};
pub(super) use open::{finish, reopen};
pub(super) use outgoing::send_automatic;
pub(super) use reply::{NewReply, reply};
