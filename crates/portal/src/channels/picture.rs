//! Pictures of connected accounts. The hub has them; browsers get them from us: their content policy lets no other host
//! in, and the hub need not be reachable for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, header};
use openlines_base::{DAY, MINUTE, Time};
use openlines_edge::client::{ClientError, Outgoing};
use openlines_protocol::ConnectionId;

use super::{ChannelError, store};
use crate::hub_port::HubError;
use crate::{Parts, files};

/// Bytes of a picture; messengers' own are a tenth of it.
const PICTURE_MAX: usize = 512 * 1024;
/// Pictures kept at once.
const KEPT_MAX: usize = 64;
/// For one whole picture: a person waits for the screen.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a picture is shown before it is asked for again.
const KEEP: Duration = Duration::from_secs(DAY.as_secs());
/// How long "there is none" is believed.
const KEEP_NONE: Duration = Duration::from_secs(10 * MINUTE.as_secs());
/// How long a hub that failed is left alone.
const KEEP_AWAY: Duration = Duration::from_secs(30);
/// Browsers ask again after an hour, so a new picture is everywhere soon after we have it.
const CACHE: &str = "private, max-age=3600";

/// Pictures that were fetched, and what is known of those that were not. Lost at a restart, which costs one fetch each.
#[derive(Debug, Default)]
pub struct Pictures(Mutex<HashMap<ConnectionId, Arc<Place>>>);

/// Locked while it is fetched, so that an office full of browsers asks the hub once.
type Place = tokio::sync::Mutex<Option<Kept>>;

#[derive(Debug, Clone)]
struct Kept {
    /// Without its signature: another one is another picture.
    link: String,
    found: Found,
    until: Time,
}

#[derive(Debug, Clone)]
enum Found {
    Picture { bytes: Bytes, mime: &'static str },
    None,
    Away(String),
}

/// Where a signed-in browser gets the picture of a connection.
pub(super) fn address(id: ConnectionId) -> String {
    format!("/api/connections/{id}/picture")
}

/// Hands out the picture of a connection.
pub(super) async fn show(parts: &Parts, id: ConnectionId) -> Result<Response, ChannelError> {
    let mut read = parts.db.read().await?;
    let link = store::picture_link(&mut read, id).await?;
    drop(read);
    let link = link.ok_or(ChannelError::NotFound)?.ok_or(ChannelError::NoPicture)?;
    match parts.pictures.get(parts, id, &link).await {
        Found::Picture { bytes, mime } => Ok(answer(bytes, mime)),
        Found::None => Err(ChannelError::NoPicture),
        Found::Away(why) => Err(HubError::Unreachable(why).into()),
    }
}

impl Pictures {
    async fn get(&self, parts: &Parts, id: ConnectionId, link: &str) -> Found {
        let place = self.place(id);
        let mut kept = place.lock().await;
        let same = crate::customers::unsigned(link);
        if let Some(kept) = &*kept
            && kept.link == same
            && parts.clock.now() < kept.until
        {
            return kept.found.clone();
        }
        let found = fetch(parts, link).await;
        let keep = match &found {
            Found::Picture { .. } => KEEP,
            Found::None => KEEP_NONE,
            Found::Away(_) => KEEP_AWAY,
        };
        // Better yesterday's picture than none.
        if let (Found::Away(_), Some(old)) = (&found, &mut *kept)
            && old.link == same
            && matches!(old.found, Found::Picture { .. })
        {
            old.until = parts.clock.now() + keep;
            return old.found.clone();
        }
        *kept = Some(Kept { link: same.to_owned(), found: found.clone(), until: parts.clock.now() + keep });
        found
    }

    fn place(&self, id: ConnectionId) -> Arc<Place> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEPT_MAX && !all.contains_key(&id) {
            // Rare, and only costs fetches: an order of use would cost more than it saves.
            all.clear();
        }
        Arc::clone(all.entry(id).or_default())
    }
}

async fn fetch(parts: &Parts, link: &str) -> Found {
    match parts.client.send(Outgoing::new(Method::GET, link, FETCH_TIMEOUT), PICTURE_MAX).await {
        Ok(answer) if answer.status.is_success() => match files::media_type(&answer.body) {
            Some(mime) if mime.starts_with("image/") => Found::Picture { bytes: answer.body, mime },
            _ => Found::None,
        },
        Ok(answer) if answer.status.is_client_error() => Found::None,
        Ok(answer) => Found::Away(format!("it answered {} instead of a picture", answer.status.as_u16())),
        Err(ClientError::TooLarge { .. } | ClientError::Refused(_)) => Found::None,
        Err(cause) => Found::Away(cause.to_string()),
    }
}

fn answer(bytes: Bytes, mime: &'static str) -> Response {
    let mut response = bytes.into_response();
    let headers = [
        (header::CONTENT_TYPE, mime),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::CONTENT_SECURITY_POLICY, files::POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, CACHE),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
