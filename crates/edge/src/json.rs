//! A JSON body that tells which field is wrong.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Serialize;
use serde::de::DeserializeOwned;

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
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|cause| wrong(&cause))?;
        json.end().map_err(|_| Problem::bad_request("there is more after the JSON value"))?;
        Ok(Self(value))
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
    }
}
