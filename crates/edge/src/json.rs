//! A JSON body that tells which field is wrong.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Problem;

/// Extractor and answer. As an extractor it refuses anything but `application/json` of the right shape with a
/// [`Problem`] that names the field; derive `#[serde(deny_unknown_fields)]` to refuse fields that we do not know.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).is_some_and(|it| {
            it.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
        });
        if !is_json {
            return Err(Problem::bad_field("content-type", "send JSON as `content-type: application/json`"));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|cause| {
            if cause.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
                Problem::body_too_big()
            } else {
                Problem::bad_request("the body could not be read to its end")
            }
        })?;
        if let Some(field) = nul_in(&bytes) {
            return Err(Problem::bad_field(field, "leave the NUL character out of texts"));
        }
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|cause| wrong(&cause))?;
        json.end().map_err(|_| Problem::bad_request("there is more after the JSON value"))?;
        Ok(Self(value))
    }
}

/// JSON's way to write NUL.
const NUL: &[u8] = b"\\u0000";

/// Where a text with NUL stands, which PostgreSQL does not keep. JSON has no other way to write it than [`NUL`].
fn nul_in(bytes: &[u8]) -> Option<String> {
    if !bytes.windows(NUL.len()).any(|it| it == NUL) {
        return None;
    }
    // What does not parse is refused by the caller, in words of its own.
    path_of_nul(&serde_json::from_slice(bytes).ok()?)
}

fn path_of_nul(value: &Value) -> Option<String> {
    let join = |name: &str, rest: String| match rest.starts_with('[') || rest.is_empty() {
        true => format!("{name}{rest}"),
        false => format!("{name}.{rest}"),
    };
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, it)| Some(join(&format!("[{at}]"), path_of_nul(it)?)))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, it)| {
            let rest = if name.contains('\0') { Some(String::new()) } else { path_of_nul(it) };
            Some(join(&name.replace('\0', ""), rest?))
        }),
        _ => None,
    }
}

/// Puts the sign for "no such letter" in place of NUL in all texts of a JSON text from outside, which then holds only
/// what every store keeps. Gives the text as it is if there is none, or if it is no JSON.
#[must_use]
pub fn without_nul(json: &str) -> Cow<'_, str> {
    if !json.as_bytes().windows(NUL.len()).any(|it| it == NUL) {
        return Cow::Borrowed(json);
    }
    let parsed = serde_json::from_str::<Value>(json).ok();
    parsed.map_or(Cow::Borrowed(json), |it| Cow::Owned(cleaned(it).to_string()))
}

fn cleaned(value: Value) -> Value {
    let clean = |text: &str| text.replace('\0', "\u{fffd}");
    match value {
        Value::String(text) => Value::String(clean(&text)),
        Value::Array(items) => items.into_iter().map(cleaned).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, it)| (clean(&name), cleaned(it))).collect(),
        other => other,
    }
}

fn wrong(cause: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let (path, text) = (cause.path().to_string(), cause.inner().to_string());
    // serde names a missing or unknown field in its text only: `missing field `name` at line 1 column 2`.
    let named = ["missing field `", "unknown field `"].iter().find_map(|start| {
        let rest = text.strip_prefix(start)?;
        rest.split_once('`').map(|(name, _)| name.to_owned())
    });
    let text = text.split(" at line ").next().unwrap_or("wrong").to_owned();
    match (named, path.as_str()) {
        (Some(name), ".") => Problem::bad_field(name, text),
        (Some(name), parent) if !parent.ends_with(&name) => Problem::bad_field(format!("{parent}.{name}"), text),
        (_, ".") => Problem::bad_request(format!("not the JSON expected here: {text}")),
        (_, path) => Problem::bad_field(path, text),
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Person {
        #[expect(dead_code, reason = "only parsed")]
        name: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only parsed")]
        ages: Vec<u8>,
    }

    async fn field_of(body: &'static str) -> String {
        let request = http::Request::post("/")
            .header("content-type", "application/json; charset=utf-8")
            .body(body.into())
            .expect("a request");
        let problem = Json::<Person>::from_request(request, &()).await.expect_err("refused");
        assert_eq!(problem.status(), 400);
        let bytes = to_bytes(problem.into_response().into_body(), 10_000).await.expect("a body");
        let body: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        body["field"].as_str().unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn the_wrong_field_is_named() {
        assert_eq!(field_of(r#"{"ages":[1]}"#).await, "name");
        assert_eq!(field_of(r#"{"name":1}"#).await, "name");
        assert_eq!(field_of(r#"{"name":"a","role":"admin"}"#).await, "role");
        assert_eq!(field_of(r#"{"name":"a","ages":[1,300]}"#).await, "ages[1]");
        assert_eq!(field_of(r#"{"name":"a"} {}"#).await, "");
        assert_eq!(field_of("not json").await, "");
        assert_eq!(field_of(r#"{"name":"a\u0000b"}"#).await, "name");
        assert_eq!(field_of(r#"{"name":"a","ages":[{"b":["\u0000"]}]}"#).await, "ages[0].b[0]");
        assert_eq!(field_of(r#"{"na\u0000me":"a"}"#).await, "name");
        assert_eq!(field_of(r#"{"name":"\\u0000","x":1}"#).await, "x", "a backslash and digits are no NUL");
    }

    #[test]
    fn nul_is_replaced_where_it_is_one() {
        let rows = [
            (r#"{"a":"x\u0000y","b\u0000":["\u0000"]}"#, "{\"a\":\"x\u{fffd}y\",\"b\u{fffd}\":[\"\u{fffd}\"]}"),
            (r#"{"a":"\\u0000"}"#, r#"{"a":"\\u0000"}"#),
            (r#"{"a": 1}"#, r#"{"a": 1}"#),
            (r#"{"a":"\u0000"#, r#"{"a":"\u0000"#),
        ];
        for (json, expected) in rows {
            assert_eq!(without_nul(json), expected);
        }
    }
}
