//! What can be told to go wrong.

use serde_json::{Value, json};

/// How a call goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 429 with this wait.
    TooManyRequests {
        /// Seconds.
        retry_after_s: u32,
    },
    /// An error of the Bot API with these words: `400`, `Bad Request: chat not found`.
    Error {
        /// Code and status.
        code: u16,
        /// The words with their prefix.
        description: String,
    },
    /// 502 of a gateway, with a page in place of JSON.
    BadGateway,
    /// Nothing is done and no answer ever comes.
    Hang,
    /// It is done and no answer ever comes.
    HangAfter,
    /// Nothing is done and the connection breaks.
    Break,
    /// It is done and the connection breaks before the answer.
    BreakAfter,
}

impl Fault {
    /// 403: the customer blocked the bot.
    #[must_use]
    pub fn blocked() -> Self {
        Self::Error { code: 403, description: "Forbidden: bot was blocked by the user".to_owned() }
    }

    /// 500 while the server restarts.
    #[must_use]
    pub fn restart() -> Self {
        Self::Error { code: 500, description: "Internal Server Error: restart".to_owned() }
    }

    /// 400 with the words after `Bad Request: `.
    #[must_use]
    pub fn bad_request(words: &str) -> Self {
        Self::Error { code: 400, description: format!("Bad Request: {words}") }
    }

    /// Whether the call is done all the same.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self, Self::HangAfter | Self::BreakAfter)
    }
}

/// Which calls go wrong, how, and how often.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) chat_id: Option<i64>,
    pub(super) method: Option<String>,
    /// Absent: until healed.
    pub(super) times: Option<u32>,
    pub(super) fault: Fault,
}

impl Plan {
    /// A plan without a method means what is done in chats, not the questions about the bot itself.
    fn is_meant(&self, method: &str, chat_id: Option<i64>) -> bool {
        let method_fits = self.method.as_ref().map_or(chat_id.is_some(), |it| it == method);
        method_fits && self.chat_id.is_none_or(|it| Some(it) == chat_id)
    }
}

/// The fault for this call, if one is planned; counts it.
pub(super) fn next(plans: &mut Vec<Plan>, method: &str, chat_id: Option<i64>) -> Option<Fault> {
    let place = plans.iter().position(|it| it.is_meant(method, chat_id))?;
    let plan = &mut plans[place];
    let fault = plan.fault.clone();
    if let Some(times) = &mut plan.times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            plans.remove(place);
        }
    }
    Some(fault)
}

/// A refusal of the Bot API.
#[derive(Debug, Clone)]
pub(super) struct ApiError {
    pub(super) code: u16,
    pub(super) description: String,
    pub(super) parameters: Option<Value>,
}

impl ApiError {
    pub(super) fn new(code: u16, description: &str) -> Self {
        Self { code, description: description.to_owned(), parameters: None }
    }

    pub(super) fn bad(words: &str) -> Self {
        Self::new(400, &format!("Bad Request: {words}"))
    }

    pub(super) fn wait(retry_after_s: u32) -> Self {
        let mut error = Self::new(429, &format!("Too Many Requests: retry after {retry_after_s}"));
        error.parameters = Some(json!({ "retry_after": retry_after_s }));
        error
    }

    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.description });
        if let Some(parameters) = &self.parameters {
            body["parameters"] = parameters.clone();
        }
        body
    }
}
