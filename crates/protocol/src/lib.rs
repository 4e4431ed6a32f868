//! What hub and portal say to each other: the universal message, the calls, the envelope around both.
//!
//! Pure: no I/O, no SQL, no runtime. The contract for foreign implementations is `docs/protocol.md`; its test vectors
//! lie in `vectors/`. Start with [`Event`] for what customers do and [`Outgoing`] for what operators do.

mod call;
mod envelope;
mod error;
mod event;
mod keys;
pub mod markup;
mod message;
mod open;
mod outgoing;
mod replay;
mod wellknown;

pub use call::{
    Accepted, Account, Batch, CallAnswer, CallError, ConnectionInfo, ConnectionList, ConnectionRef, ConnectionState,
    Hello, KnownMethods, OutgoingList, PortalCall, Receipt, SaveSettings, StageState, TestConnect, TestReport,
    TestStage, UsedBy,
};
pub use envelope::{
    Address, BODY_MAX_BYTES, CONTENT_TYPE, HEADER_ID, HEADER_SIGNATURE, HEADER_SITE, HEADER_TIMESTAMP, ID_MAX_CHARS,
    Letter, Sealed, WINDOW_S, seal,
};
pub use error::{OpenError, SealError};
pub use event::{Body, Event, FailureReason};
pub use keys::{Direction, KEYS_MAX, KeyCountError, Keys, LicenceKey, LicenceKeyError};
pub use message::{Button, Chat, Contact, File, FileKind, Forwarded, Location, Message, ReplyTo, Sex, User};
pub use open::{Envelope, Opened};
pub use outgoing::{Action, Outgoing, OutgoingFile, OutgoingMessage};
pub use replay::ReplayGuard;
pub use wellknown::{
    AgreeError, Agreed, BATCH_EVENTS_MAX, BATCH_MAX_BYTES, BODY_FLOOR_BYTES, CALL_PATH, EVENTS_PATH, OUTGOING_MAX,
    PeerLimits, Role, VERSIONS, WELL_KNOWN_MAX_BYTES, WELL_KNOWN_PATH, WellKnown,
};

openlines_base::id! {
    /// A connection of the hub: one bot, group or account bound to one line of one site.
    ConnectionId,
    /// A site of the hub: one portal.
    SiteId,
}

/// Version of the protocol that this crate speaks. Sent in every envelope and at `/.well-known/openlines`.
///
/// A peer that speaks a version that we do not know is refused with a clear error; unknown fields and kinds are not.
pub const PROTOCOL_VERSION: u32 = 1;
