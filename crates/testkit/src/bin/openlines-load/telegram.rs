//! The four methods of the Bot API that connecting a bot takes; remembers where the hub wants its webhooks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Where and how the hub takes one bot's updates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hook {
    /// The unguessable part of the webhook address.
    pub(crate) hash: String,
    /// What the header must repeat.
    pub(crate) secret: String,
}

type Bots = Arc<Mutex<BTreeMap<String, Value>>>;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Telegram(Bots);

/// The token of the bot of this number.
pub(crate) fn token(number: usize) -> String {
    format!("{}:AA-a-bot-of-the-load-tool-not-a-real-one", 7_000_000_000 + number)
}

impl Telegram {
    /// The routes.
    pub(crate) fn router(&self) -> Router {
        Router::new().route("/{bot}/{method}", post(call)).with_state(self.clone())
    }

    /// Where the hub takes this bot's updates, once it said so.
    pub(crate) fn hook(&self, token: &str) -> Option<Hook> {
        let bots = self.0.lock().expect("nobody panics with it");
        let webhook = bots.get(token)?;
        let hash = webhook["url"].as_str()?.split_once("line=")?.1.to_owned();
        Some(Hook { hash, secret: webhook["secret_token"].as_str()?.to_owned() })
    }
}

async fn call(
    State(telegram): State<Telegram>,
    Path((bot, method)): Path<(String, String)>,
    params: Option<Json<Value>>,
) -> Json<Value> {
    let token = bot.trim_start_matches("bot").to_owned();
    let id = token.split(':').next().and_then(|it| it.parse::<i64>().ok());
    let mut bots = telegram.0.lock().expect("nobody panics with it");
    let result = match method.as_str() {
        "getMe" => {
            json!({ "id": id, "is_bot": true, "first_name": "Load", "username": format!("load_{bot_id}_bot", bot_id = id.unwrap_or(0)) })
        }
        "setWebhook" => {
            bots.insert(token, params.map_or(Value::Null, |it| it.0));
            json!(true)
        }
        "getWebhookInfo" => {
            let known = bots.get(&token);
            json!({
                "url": known.map_or(json!(""), |it| it["url"].clone()),
                "has_custom_certificate": false,
                "pending_update_count": 0,
                "allowed_updates": known.map_or(json!([]), |it| it["allowed_updates"].clone()),
            })
        }
        _ => json!(true),
    };
    Json(json!({ "ok": true, "result": result }))
}
