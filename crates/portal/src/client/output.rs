//! The portal's way to the hub: calls over HTTP in the sealed envelope.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use openlines_base::{Clock, Rng};
use openlines_edge::client::{Answer, Client, Outgoing};
use openlines_protocol::{
    Address, BODY_MAX_BYTES, CALL_PATH, CONTENT_TYPE, CallAnswer, Envelope, Letter, PortalCall, seal,
};
use serde_json::Value;

use super::HubLink;
use super::link::Linked;
use crate::hub_port::{HubError, HubPort};

/// For a whole call: the hub asks a messenger when a connection is set up.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of chance in the id of a call.
const ID_BYTES: usize = 15;

/// Calls the hub that is linked at the moment; any method name is forwarded.
#[derive(Clone)]
pub struct Output {
    link: HubLink,
    client: Client,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Output({:?})", self.link)
    }
}

impl Output {
    /// Makes one. The client must be allowed to reach the hub.
    #[must_use]
    pub fn new(link: HubLink, client: Client, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self { link, client, clock, rng }
    }

    async fn send(&self, linked: &Linked, call: &PortalCall) -> Result<CallAnswer, HubError> {
        let unreachable = |text: &dyn std::fmt::Display| HubError::Unreachable(text.to_string());
        let id = format!("call-{}", self.rng.token(ID_BYTES));
        let address = Address { letter: Letter::Call, site: linked.site, id: &id };
        let sealed =
            seal(&linked.keys, &address, call, self.clock.now(), self.rng.as_ref()).map_err(|it| unreachable(&it))?;
        let url = format!("{}{CALL_PATH}", linked.url.as_str().trim_end_matches('/'));
        let mut request =
            Outgoing::new(Method::POST, url, CALL_TIMEOUT).header("content-type", CONTENT_TYPE).body(sealed.body);
        for (name, value) in &sealed.headers {
            request = request.header(name, value);
        }
        let answer = self.client.send(request, BODY_MAX_BYTES).await.map_err(|it| unreachable(&it))?;
        if !answer.status.is_success() {
            return Err(HubError::Unreachable(refusal(&answer)));
        }
        let envelope = Envelope::from_headers(|name| answer.headers.get(name).and_then(|it| it.to_str().ok()))
            .map_err(|it| unreachable(&it))?;
        let address = Address { letter: Letter::Answer, ..address };
        let opened = envelope
            .open_answer(&linked.keys, &address, &answer.body, self.clock.now())
            .map_err(|it| unreachable(&it))?;
        opened.json().map_err(|it| unreachable(&it))
    }
}

/// What an unsealed refusal says. Nothing in it is proven, so it never fails a message for good.
fn refusal(answer: &Answer) -> String {
    /// Characters of the other side's words that are shown.
    const WORDS_MAX: usize = 200;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let words: String = body["detail"].as_str().unwrap_or_default().chars().take(WORDS_MAX).collect();
    format!("status {} {words}", answer.status.as_u16()).trim_end().to_owned()
}

#[async_trait]
impl HubPort for Output {
    async fn call(&self, method: &str, params: Value) -> Result<Value, HubError> {
        let Some(linked) = self.link.get() else {
            return Err(HubError::Unreachable("this portal is not linked to a hub yet".to_owned()));
        };
        let call = PortalCall { method: method.to_owned(), params };
        let answer = self.send(&linked, &call).await;
        let outcome = match &answer {
            Ok(CallAnswer::Result(_)) => "result",
            Ok(CallAnswer::Error(_)) => "refused",
            Err(_) => "unreachable",
        };
        metrics::counter!("openlines_portal_hub_calls_total", "outcome" => outcome).increment(1);
        match answer? {
            CallAnswer::Result(value) => Ok(value),
            CallAnswer::Error(error) => Err(HubError::Refused {
                code: error.code,
                field: error.field,
                text: error.text,
                retry_after_s: error.retry_after_s,
            }),
        }
    }
}
