//! The way of a sealed letter to a portal.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method};
use openlines_edge::client::{Client, ClientError, Outgoing};
use openlines_protocol::{BODY_MAX_BYTES, CONTENT_TYPE, Sealed};
use url::Url;

/// Backstop behind the dispatcher's own clock, which gives up earlier.
const GIVE_UP: Duration = Duration::from_secs(20);

/// What came back.
#[derive(Debug, Clone)]
pub enum CourierAnswer {
    /// The other side answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: HeaderMap,
        /// Body.
        body: Bytes,
    },
    /// Nothing reached it.
    NotSent(String),
    /// It may have arrived.
    Lost(String),
}

/// Carries one letter. Tests put a portal without sockets in its place.
#[async_trait]
pub trait Courier: Send + Sync + 'static {
    /// Sends the letter to this address and reads the answer whole. Never retries.
    async fn carry(&self, address: &Url, letter: &Sealed) -> CourierAnswer;
}

/// By HTTP.
#[derive(Debug, Clone)]
pub struct HttpCourier(pub Client);

#[async_trait]
impl Courier for HttpCourier {
    async fn carry(&self, address: &Url, letter: &Sealed) -> CourierAnswer {
        let mut request = Outgoing::new(Method::POST, address.as_str(), GIVE_UP)
            .header("content-type", CONTENT_TYPE)
            .body(letter.body.clone());
        for (name, value) in &letter.headers {
            request = request.header(name, value);
        }
        match self.0.send(request, BODY_MAX_BYTES).await {
            Ok(answer) => {
                CourierAnswer::Answered { status: answer.status.as_u16(), headers: answer.headers, body: answer.body }
            }
            Err(cause @ (ClientError::Refused(_) | ClientError::Connect(_))) => {
                CourierAnswer::NotSent(cause.to_string())
            }
            Err(cause) => CourierAnswer::Lost(cause.to_string()),
        }
    }
}
