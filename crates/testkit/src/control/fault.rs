//! Bad days, as JSON: `{"fault": "too_many_requests", "retry_after_s": 3, "times": 1}`.

use serde::Deserialize;

use super::Refused;
use crate::telegram::{FakeBot, Fault};

/// How calls go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultName {
    /// 429; `retry_after_s` says how long to wait, 1 if absent.
    TooManyRequests,
    /// 403: blocked by the customer.
    Blocked,
    /// 500 while the server restarts.
    Restart,
    /// 400 with `words`.
    BadRequest,
    /// 502 with a page in place of JSON.
    BadGateway,
    /// Nothing is done, no answer comes.
    Hang,
    /// It is done, no answer comes.
    HangAfter,
    /// Nothing is done, the connection breaks.
    Break,
    /// It is done, the connection breaks before the answer.
    BreakAfter,
}

/// How, which and how many calls go wrong. With `customer`: all in that chat until healed. With `method`: all of that
/// method until healed. Otherwise the next `times` (1 if absent) calls in any chat.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    fault: FaultName,
    retry_after_s: Option<u32>,
    words: Option<String>,
    times: Option<u32>,
    customer: Option<String>,
    method: Option<String>,
}

impl FaultPlan {
    pub(super) fn put_on(self, bot: &FakeBot) -> Result<(), Refused> {
        let fault = match self.fault {
            FaultName::TooManyRequests => Fault::TooManyRequests { retry_after_s: self.retry_after_s.unwrap_or(1) },
            FaultName::Blocked => Fault::blocked(),
            FaultName::Restart => Fault::restart(),
            FaultName::BadRequest => Fault::bad_request(self.words.as_deref().unwrap_or("chat not found")),
            FaultName::BadGateway => Fault::BadGateway,
            FaultName::Hang => Fault::Hang,
            FaultName::HangAfter => Fault::HangAfter,
            FaultName::Break => Fault::Break,
            FaultName::BreakAfter => Fault::BreakAfter,
        };
        match (self.customer, self.method, self.times) {
            (Some(name), None, None) => bot.fail_chat(&name, fault),
            (None, Some(method), None) => bot.fail_method(&method, fault),
            (None, None, times) => bot.fail_times(times.unwrap_or(1), fault),
            _ => return Err(Refused::bad("name one of customer, method and times".to_owned())),
        }
        Ok(())
    }
}
