//! Connectors: everything that is particular about one messenger, behind one trait.
//!
//! A connector is a folder that owns all about its channel and one line in [`ALL`]. It knows nothing of queues, stores
//! and portals; it never sleeps, retries, logs bodies or keeps anything. Hub, portal and UI never name a channel: they
//! read [`About`]. Start reading with [`Connector`], then with the folder of the channel.

mod about;
mod connection;
mod hook;
mod refusal;
mod request;
mod telegram;

pub use about::{About, Can, Field, FieldKind, Limits, Rate, Texts};
pub use connection::{Account, AttachError, Attached, Connection, FileSource, Health, Inbound, Polled};
pub use hook::{Hook, HookAnswer, Incoming, ParseError, Parsed};
pub use refusal::{Refusal, Verdict};
pub use request::{Call, Net, Outcome, Payload, Reply, Request, Upload};

use async_trait::async_trait;
use openlines_protocol::Outgoing;

/// All connectors. The one list: a test compares it with the folders.
pub static ALL: &[&dyn Connector] = &[&telegram::Telegram];

/// Finds the connector that serves a channel code.
#[must_use]
pub fn find(code: &str) -> Option<&'static dyn Connector> {
    ALL.iter().copied().find(|it| it.about().code == code)
}

/// What a connector does.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Code, title, powers, limits, settings. Data: hub, UI and tests read it.
    fn about(&self) -> &'static About;

    /// Checks who calls, turns one webhook into universal events. No I/O.
    ///
    /// # Errors
    /// A caller that cannot prove itself, or a body that is not the channel's. Unknown kinds are no error.
    fn parse(&self, connection: &Connection, hook: &Hook) -> Result<Parsed, ParseError>;

    /// Turns one act of the portal into the requests that the channel wants, in order. No I/O.
    ///
    /// # Errors
    /// [`Refusal::Never`] for what this channel cannot do.
    fn render(&self, connection: &Connection, outgoing: &Outgoing) -> Result<Vec<Call>, Refusal>;

    /// Reads the channel's answer to one call: done, refused, or do this instead. No I/O.
    fn verdict(&self, connection: &Connection, call: &Call, reply: &Reply) -> Verdict;

    /// Proves the credentials and tells whose they are. Changes nothing at the channel.
    ///
    /// # Errors
    /// A wrong field, or the channel's refusal.
    async fn account(&self, net: &dyn Net, connection: &Connection) -> Result<Account, AttachError>;

    /// Proves the credentials, sets up the inbound way, returns the identity that must be unique in the hub.
    ///
    /// # Errors
    /// A wrong field, a question for the admin, or the channel's refusal.
    async fn attach(&self, net: &dyn Net, connection: &Connection) -> Result<Attached, AttachError>;

    /// Undoes [`Connector::attach`] at the channel. Best effort: credentials may be gone.
    ///
    /// # Errors
    /// The channel's refusal, for the log.
    async fn detach(&self, net: &dyn Net, connection: &Connection) -> Result<(), Refusal>;

    /// Asks whether the connection still works; the hub calls it every ten minutes.
    ///
    /// # Errors
    /// The channel's refusal; [`Refusal::Revoked`] turns the connection to failing.
    async fn check(&self, net: &dyn Net, connection: &Connection) -> Result<Health, Refusal>;

    /// Asks for new events, where [`Attached::inbound`] is polling. May wait up to a minute for them.
    ///
    /// `cursor` is what the last durably stored [`Polled`] returned.
    ///
    /// # Errors
    /// The channel's refusal.
    async fn poll(&self, _net: &dyn Net, _connection: &Connection, _cursor: Option<&str>) -> Result<Polled, Refusal> {
        Err(Refusal::rejected("this channel does not poll"))
    }

    /// Finds out where a file of an event can be downloaded now. `reference` is what the connector put into the link.
    ///
    /// # Errors
    /// The channel's refusal: gone, too big.
    async fn file(&self, _net: &dyn Net, _connection: &Connection, _reference: &str) -> Result<FileSource, Refusal> {
        Err(Refusal::rejected("this channel has no files behind the hub"))
    }
}
