//! A hub that answers what it is told and remembers what it was asked.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::hub_port::{HubError, HubPort};

/// Accepts all acts and answers `{}` to everything else, unless told otherwise.
#[derive(Debug, Default)]
pub(crate) struct FakeHub {
    answers: Mutex<HashMap<String, VecDeque<Result<Value, HubError>>>>,
    asked: Mutex<Vec<(String, Value)>>,
}

impl FakeHub {
    /// The next call of this method gets this answer; the last one told stays for all later calls.
    pub(crate) fn will(&self, method: &str, answer: Result<Value, HubError>) {
        self.answers.lock().unwrap().entry(method.to_owned()).or_default().push_back(answer);
    }

    /// Forgets what it was told to answer to this method.
    pub(crate) fn forget(&self, method: &str) {
        self.answers.lock().unwrap().remove(method);
    }

    /// Parameters of all calls of this method, oldest first.
    pub(crate) fn asked(&self, method: &str) -> Vec<Value> {
        self.asked.lock().unwrap().iter().filter(|it| it.0 == method).map(|it| it.1.clone()).collect()
    }
}

#[async_trait]
impl HubPort for FakeHub {
    async fn call(&self, method: &str, params: Value) -> Result<Value, HubError> {
        let acts: Vec<Value> = params["messages"].as_array().into_iter().flatten().map(|it| it["id"].clone()).collect();
        self.asked.lock().unwrap().push((method.to_owned(), params));
        let mut answers = self.answers.lock().unwrap();
        let Some(queue) = answers.get_mut(method) else {
            return Ok(if acts.is_empty() { json!({}) } else { json!({"accepted": acts}) });
        };
        let next = if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() };
        next.unwrap_or_else(|| Ok(json!({})))
    }
}
