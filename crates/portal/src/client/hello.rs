//! "I am here": told to the hub at start and whenever the link changed, again and again until it answers. It lifts the
//! locks of our lines, so what waited comes at once.

use std::time::Duration;

use openlines_protocol::{Hello, KnownMethods};

use crate::Parts;

/// Pauses after the 1st, 2nd, … failed try, in seconds; the last one stays.
const PAUSES_S: [u64; 6] = [1, 2, 5, 10, 30, 60];

/// Greets until the portal stops.
pub(super) async fn run(parts: Parts) {
    loop {
        let changed = parts.link.changed.notified();
        if parts.link.get().is_some() && !greet(&parts).await {
            return;
        }
        tokio::select! {
            () = changed => {}
            () = parts.tasks.cancelled() => return,
        }
    }
}

/// Greets until the hub answers. False if the portal stops.
async fn greet(parts: &Parts) -> bool {
    let address =
        parts.config.hub_facing_url.as_ref().unwrap_or(&parts.public_url).as_str().trim_end_matches('/').to_owned();
    let hello = Hello { address, software: format!("openlines {}", parts.config.version) };
    let Ok(params) = serde_json::to_value(&hello) else { return true };
    let mut tries = 0;
    loop {
        match parts.hub.ask(KnownMethods::Hello, params.clone()).await {
            Ok(_) => {
                tracing::info!("The hub knows that this portal is here");
                parts.bells.outbox.notify_one();
                return true;
            }
            Err(cause) if tries == 0 => tracing::warn!(error = %cause, "The hub did not hear our hello, trying on"),
            Err(cause) => tracing::debug!(error = %cause, tries, "The hub did not hear our hello"),
        }
        let pause = PAUSES_S[tries.min(PAUSES_S.len() - 1)];
        tries += 1;
        tokio::select! {
            () = parts.clock.sleep(Duration::from_secs(pause)) => {}
            () = parts.tasks.cancelled() => return false,
        }
    }
}
