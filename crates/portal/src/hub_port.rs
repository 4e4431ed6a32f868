//! The portal's only way to ask the hub something. Implemented over sealed HTTP in `client`, by a fake in tests.

use async_trait::async_trait;
use openlines_base::{Fault, Kind};
use openlines_protocol::KnownMethods;
use serde_json::Value;

/// Calls methods of the hub.
#[async_trait]
pub trait HubPort: Send + Sync {
    /// Calls a method by its name on the wire; any name is forwarded. The answer is the method's result.
    ///
    /// # Errors
    /// See [`HubError`].
    async fn call(&self, method: &str, params: Value) -> Result<Value, HubError>;

    /// Calls a method that every hub has.
    ///
    /// # Errors
    /// See [`HubError`].
    async fn ask(&self, method: KnownMethods, params: Value) -> Result<Value, HubError> {
        self.call(method.name(), params).await
    }
}

/// Why the hub did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HubError {
    /// It could not be reached, or its answer made no sense; it may or may not have acted.
    #[error("the hub cannot be reached now: {0}")]
    Unreachable(String),
    /// It understood and said no.
    #[error("{text}")]
    Refused {
        /// The hub's stable word: `wrong_params`, `no_such_connection`, `confirm`, `busy` …
        code: String,
        /// The parameter that is wrong: `settings.token`.
        field: Option<String>,
        /// What is wrong and what to do, for people.
        text: String,
        /// Seconds to wait, for `busy`.
        retry_after_s: Option<u32>,
    },
}

impl HubError {
    /// Whether the hub answered with this code.
    #[must_use]
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }
}

impl Fault for HubError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unreachable(_) => Kind::Busy,
            Self::Refused { code, field, .. } => match code.as_str() {
                "busy" => Kind::Busy,
                "confirm" => Kind::Conflict,
                "no_such_connection" => Kind::NotFound,
                _ if field.is_some() => Kind::BadInput,
                _ => Kind::Conflict,
            },
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Unreachable(_) => None,
            Self::Refused { field, .. } => field.as_deref(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Unreachable(_) => Some("hub_unreachable"),
            Self::Refused { code, .. } if code == "confirm" => Some("in_use"),
            Self::Refused { code, .. } if code == "busy" => Some("hub_busy"),
            Self::Refused { .. } => Some("hub_refused"),
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Unreachable(_) => None,
            Self::Refused { retry_after_s, .. } => *retry_after_s,
        }
    }
}
