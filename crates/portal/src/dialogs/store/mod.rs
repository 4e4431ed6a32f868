//! All SQL of dialogs, sessions, messages, notes, drafts and their files' rows.

mod dialog;
mod draft;
mod file;
mod list;
mod load;
mod load_message;
mod message;
mod message_change;
mod message_page;
mod search;
mod session;

pub(crate) use dialog::{Held, NewDialog, insert_dialog, lock, lock_chat, move_chat, save, viewable};
pub(super) use dialog::{open_ids_of_connection, open_ids_of_operators, unlocked};
pub(super) use draft::{drafts, set_draft};
pub(super) use file::attach_uploads;
pub(crate) use file::{expect_file, files_for_hub};
pub(super) use list::{Counts, Filter, Sort, View, counts, page};
pub use load::load_rows;
pub(super) use load::sessions_of;
pub(crate) use load::sessions_of_customer;
pub use load_message::load_messages;
pub(crate) use message::insert_system;
pub(super) use message::{Brief, Extra, NewMessage, add_part, brief, find_album, find_external, insert_message};
pub(super) use message_change::{
    Delivering, add_to_album, all_external_ids, edit_incoming, mark_deleted, mark_read, put_back_deleted, set_delivery,
    set_external, set_extra, set_text,
};
pub(super) use message_page::{Around, last_incoming, page_of_messages, unread_after};
pub(crate) use search::refresh_search;
pub(super) use search::{forget_message, index_message};
pub(super) use session::{
    NewSession, accept, back_to_queue, clear_offers, close, first_reply, insert_session, move_line, reopen, round_of,
};
pub(crate) use session::{add_passed, offered_to, take_back_offer};
