//! The way out to channels: what connectors ask for, sent within limits and told without secrets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use http::Method;
use openlines_connectors::{Net, Outcome, Payload, Reply, Request, Upload};
use openlines_edge::client::{Answer, Client, ClientError, Outgoing};
use reqwest::multipart::{Form, Part};

/// Largest answer of a channel, in bytes.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;
/// Longest exchange with a channel, whatever the connector asks for.
const TIMEOUT_MAX_S: u32 = 300;

/// Sends requests of connectors.
pub(crate) struct ChannelNet {
    /// To channels.
    pub(crate) channels: Client,
    /// To portals, for files that are streamed through.
    pub(crate) portals: Client,
}

#[async_trait]
impl Net for ChannelNet {
    async fn send(&self, request: &Request) -> Reply {
        Reply { outcome: self.exchange(request).await }
    }
}

impl ChannelNet {
    async fn exchange(&self, request: &Request) -> Outcome {
        let timeout = Duration::from_secs(u64::from(request.timeout_s.clamp(1, TIMEOUT_MAX_S)));
        let mut out = Outgoing::new(request.method.clone(), request.url.expose().as_str(), timeout);
        out.headers = request.headers.clone();
        match &request.payload {
            Payload::Empty => outcome(self.channels.send(out, ANSWER_MAX_BYTES).await),
            Payload::Json(json) => {
                let out = out.header("content-type", "application/json").body(json.to_string());
                outcome(self.channels.send(out, ANSWER_MAX_BYTES).await)
            }
            Payload::Multipart { fields, uploads } => self.send_form(out, fields, uploads, timeout).await,
        }
    }

    /// Streams files from the portal into the form; nothing of them is kept.
    async fn send_form(
        &self,
        request: Outgoing,
        fields: &[(String, String)],
        uploads: &[Upload],
        timeout: Duration,
    ) -> Outcome {
        let mut form = Form::new();
        for (name, text) in fields {
            form = form.text(name.clone(), text.clone());
        }
        let is_broken = Arc::new(AtomicBool::new(false));
        for upload in uploads {
            match self.open(upload, timeout, &is_broken).await {
                Ok(part) => form = form.part(upload.field.clone(), part),
                Err(words) => return Outcome::SourceGone(words),
            }
        }
        let sent = self.channels.send_form_with(request, form, ANSWER_MAX_BYTES).await;
        if is_broken.load(Ordering::Relaxed) {
            return Outcome::SourceGone("the portal stopped in the middle of the file".to_owned());
        }
        outcome(sent)
    }

    async fn open(&self, upload: &Upload, timeout: Duration, is_broken: &Arc<AtomicBool>) -> Result<Part, String> {
        let source = Outgoing::new(Method::GET, upload.source_url.as_str(), timeout);
        let source = self.portals.stream(source).await.map_err(|cause| cause.to_string())?;
        if !source.status.is_success() {
            return Err(format!("the portal answered {}", source.status));
        }
        let length = source.length;
        let is_broken = Arc::clone(is_broken);
        let bytes = source.bytes().inspect(move |part| {
            if part.is_err() {
                is_broken.store(true, Ordering::Relaxed);
            }
        });
        let body = reqwest::Body::wrap_stream(bytes);
        let part = match length {
            Some(length) => Part::stream_with_length(body, length),
            None => Part::stream(body),
        };
        let part = part.file_name(upload.name.clone());
        part.mime_str(&upload.mime).map_err(|_| "the file's media type is not one".to_owned())
    }
}

fn outcome(sent: Result<Answer, ClientError>) -> Outcome {
    match sent {
        Ok(answer) => Outcome::Answered { status: answer.status.as_u16(), headers: answer.headers, body: answer.body },
        Err(cause @ (ClientError::Refused(_) | ClientError::Connect(_))) => Outcome::NotSent(cause.to_string()),
        Err(cause) => Outcome::Lost(cause.to_string()),
    }
}
