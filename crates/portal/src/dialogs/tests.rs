//! Stories of dialogs, through the API as browsers use it, on both engines.

mod acts;
mod arriving;
mod lists;
mod writing;

use serde_json::{Value, json};

use crate::client::testing;
use crate::staff::Role;
use crate::test::{Browser, Channel, Office};
use crate::{DialogId, LineId, OperatorId, routing};

/// A line with two operators, an admin and a channel.
pub(super) struct Shop {
    pub(super) office: Office,
    pub(super) boss: Browser,
    pub(super) anna: Browser,
    pub(super) ivan: Browser,
    pub(super) line: LineId,
    pub(super) channel: Channel,
}

impl Shop {
    pub(super) async fn on_each_engine() -> Vec<Self> {
        let mut shops = Vec::new();
        for office in Office::on_each_engine().await {
            let boss = office.sign_in("Boss", Role::Admin).await;
            let anna = office.sign_in("Anna", Role::Operator).await;
            let ivan = office.sign_in("Ivan", Role::Operator).await;
            let line = office.line("Sales", &[anna.operator, ivan.operator]).await;
            let channel = Channel::new(&office, line, 1).await;
            shops.push(Self { office, boss, anna, ivan, line, channel });
        }
        shops
    }

    /// Somebody who is in none of the lines.
    pub(super) async fn stranger(&self) -> Browser {
        self.office.sign_in("Zoe", Role::Operator).await
    }

    pub(super) async fn writes(&self, who: &str, text: &str) -> DialogId {
        self.channel.writes(&self.office, who, text).await
    }

    /// Gives out what can be given out.
    pub(super) async fn route(&self) {
        routing::testing::pass_all(&self.office.parts).await;
    }

    /// Hands what operators wrote over. Gives the hub's ids of all messages so far.
    pub(super) async fn hand_over(&self) -> Vec<Value> {
        assert!(testing::hand_over(&self.office.parts).await);
        let calls = self.office.hub.asked("sendMessages");
        calls.iter().flat_map(|it| it["messages"].as_array().unwrap().clone()).collect()
    }

    pub(super) async fn dialog(&self, by: &Browser, dialog: DialogId) -> Value {
        by.get(&format!("/api/dialogs/{dialog}")).await.expect(200).json()["dialog"].clone()
    }

    /// Messages of a dialog, oldest first.
    pub(super) async fn messages(&self, dialog: DialogId) -> Vec<Value> {
        let page = self.boss.get(&format!("/api/dialogs/{dialog}/messages?limit=200")).await.expect(200).json();
        page["messages"].as_array().unwrap().clone()
    }

    /// Codes of the lines about what happened.
    pub(super) async fn story(&self, dialog: DialogId) -> Vec<String> {
        let messages = self.messages(dialog).await;
        messages.iter().filter_map(|it| it["system"]["code"].as_str()).map(str::to_owned).collect()
    }

    pub(super) async fn number(&self, sql: &'static str) -> i64 {
        let mut read = self.office.parts.db.read().await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut *read).await.unwrap()
    }
}

/// An act without a body.
pub(super) async fn act(by: &Browser, dialog: DialogId, what: &str) -> crate::test::Answer {
    by.post(&format!("/api/dialogs/{dialog}/{what}"), json!({})).await
}

/// Writes to the customer. Gives the message.
pub(super) async fn reply(by: &Browser, dialog: DialogId, text: &str) -> Value {
    let body = json!({"client_id": format!("c {text}"), "kind": "reply", "text": text, "take_over": true});
    by.post(&format!("/api/dialogs/{dialog}/messages"), body).await.expect(201).json()["message"].clone()
}

pub(super) fn state_of(dialog: &Value) -> (String, Option<OperatorId>) {
    let session = &dialog["session"];
    (session["state"].as_str().unwrap().to_owned(), session["operator_id"].as_i64().map(OperatorId))
}
