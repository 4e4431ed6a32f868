//! What an answer of the channel means. Pure.

use http::{HeaderMap, header};
use openlines_protocol::FailureReason;
use serde_json::Value;

use crate::{Outcome, Refusal, Reply, Verdict};

/// Longest pause that we pass on. Source: [`Refusal::Later`].
const PAUSE_MAX_S: u32 = 3600;
/// Characters of the channel's words that we pass on.
const WORDS_MAX: usize = 300;

/// Reads the answer to one call.
pub(super) fn verdict(reply: &Reply) -> Verdict {
    match answer(reply) {
        Ok(body) => Verdict::Done(body["id"].as_str().map(ToOwned::to_owned).into_iter().collect()),
        Err(refusal) => Verdict::Refused(refusal),
    }
}

/// The body of a good answer, or why there is none.
pub(super) fn answer(reply: &Reply) -> Result<Value, Refusal> {
    let later = |wait_s, text: String| Refusal::Later { wait_s, whole_connection: true, text };
    let (status, headers, body) = match &reply.outcome {
        Outcome::Answered { status, headers, body } => (*status, headers, body),
        Outcome::NotSent(words) => return Err(later(None, words.clone())),
        Outcome::Lost(words) => {
            return Err(Refusal::Never { reason: FailureReason::Uncertain, text: words.clone() });
        }
        Outcome::SourceGone(words) => return Err(Refusal::rejected(words)),
    };
    let read: Value = serde_json::from_slice(body).unwrap_or_default();
    let words = read["error"].as_str().map_or_else(|| format!("status {status}"), ToOwned::to_owned);
    let words: String = words.chars().take(WORDS_MAX).collect();
    match status {
        200..=299 => Ok(read),
        401 => Err(Refusal::Revoked { text: words }),
        403 => Err(Refusal::Never { reason: FailureReason::Unreachable, text: words }),
        429 => Err(later(retry_after(headers), words)),
        500..=599 => Err(later(None, words)),
        _ => Err(Refusal::rejected(&words)),
    }
}

fn retry_after(headers: &HeaderMap) -> Option<u32> {
    let wait: u32 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(wait.clamp(1, PAUSE_MAX_S))
}
