//! Checks calls and updates against the Bot API's JSON Schema, which lies with the connector.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// The schema of Bot API 10.1: updates, and parameters of 29 methods.
static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../connectors/src/telegram/schema.json");
    let mut schema: Value = serde_json::from_str(text).expect("the schema that we ship is JSON");
    // Lengths there are of the text with markup; Telegram counts without, and so does this fake.
    forget_lengths(&mut schema);
    schema
});

type Validators = HashMap<String, Option<&'static Validator>>;

/// Compiling takes a while, so each is compiled once per process.
static VALIDATORS: LazyLock<Mutex<Validators>> = LazyLock::new(Mutex::default);

fn forget_lengths(value: &mut Value) {
    match value {
        Value::Object(it) => {
            it.retain(|name, limit| !(name == "maxLength" && limit.is_number()));
            it.values_mut().for_each(forget_lengths);
        }
        Value::Array(it) => it.iter_mut().for_each(forget_lengths),
        _ => {}
    }
}

fn validator(name: &str) -> Option<&'static Validator> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    *validators.entry(name.to_owned()).or_insert_with(|| {
        let part = match name {
            "update" => SCHEMA.get("update")?,
            method => SCHEMA.pointer(&format!("/methods/{method}/params"))?,
        };
        let mut root = part.clone();
        root["$schema"] = SCHEMA["$schema"].clone();
        root["$defs"] = SCHEMA["$defs"].clone();
        let validator = jsonschema::validator_for(&root).expect("the schema that we ship is a schema");
        Some(&*Box::leak(Box::new(validator)))
    })
}

/// What is wrong with a call; `None` if nothing is. A method that the schema does not know is wrong.
pub(super) fn wrong_call(method: &str, params: &Value) -> Option<String> {
    match validator(method) {
        Some(it) => first_error(it, params),
        None => Some("no such method in the schema".to_owned()),
    }
}

/// What is wrong with an update that this fake is about to send.
pub(super) fn wrong_update(update: &Value) -> Option<String> {
    first_error(validator("update")?, update)
}

fn first_error(validator: &Validator, value: &Value) -> Option<String> {
    validator.iter_errors(value).next().map(|it| format!("{} at {}", it, it.instance_path()))
}

/// Form fields are texts: turns those that the schema wants otherwise into numbers, switches and objects.
pub(super) fn typed(method: &str, fields: Map<String, Value>) -> Value {
    let properties = SCHEMA.pointer(&format!("/methods/{method}/params/properties"));
    let typed = fields.into_iter().map(|(name, value)| {
        let wants_text = properties.and_then(|it| it.get(&name)).is_some_and(|it| it["type"] == "string");
        let parsed = value.as_str().filter(|_| !wants_text).and_then(|it| serde_json::from_str::<Value>(it).ok());
        (name, parsed.filter(|it| !it.is_string()).unwrap_or(value))
    });
    json!(typed.collect::<Map<String, Value>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_calls_are_seen() {
        let good = json!({ "chat_id": 1, "text": "x" });
        assert_eq!(wrong_call("sendMessage", &good), None);
        assert!(wrong_call("sendMessage", &json!({ "chat_id": 1 })).is_some_and(|it| it.contains("text")));
        assert!(wrong_call("sendMessage", &json!({ "chat_id": 1, "text": "x", "parsemode": "HTML" })).is_some());
        assert!(wrong_call("sendMesage", &good).is_some());
        assert!(wrong_update(&json!({ "update_id": "1" })).is_some());
    }

    #[test]
    fn form_fields_get_their_types() {
        let fields = [("chat_id", "5"), ("caption", "5"), ("reply_parameters", "{\"message_id\":1}"), ("photo", "x")];
        let fields = fields.map(|(name, text)| (name.to_owned(), json!(text))).into_iter().collect();
        let expected = json!({ "chat_id": 5, "caption": "5", "reply_parameters": { "message_id": 1 }, "photo": "x" });
        assert_eq!(typed("sendPhoto", fields), expected);
    }
}
