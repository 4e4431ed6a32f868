//! The HTTP side: `POST /bot<token>/<method>` and `GET /file/bot<token>/<path>`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::fault::{self, ApiError, Fault};
use super::incoming::{self, Part};
use super::methods::{self, Ask};
use super::schema;
use super::shared::Shared;
use super::world::Seen;

/// Bytes of a request. Telegram takes files up to 50 MB.
const BODY_MAX: usize = 52_000_000;
/// Bytes of a request without files.
const JSON_MAX: usize = 1024 * 1024;
/// Updates of one poll.
const POLL_MAX: u64 = 100;
/// Seconds that a poll is held open at most.
const POLL_MAX_S: u64 = 50;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(any).layer(DefaultBodyLimit::max(BODY_MAX)).with_state(shared)
}

async fn any(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(rest) = path.strip_prefix("/file/bot") {
        return match rest.split_once('/') {
            Some((token, path)) => download(&shared, token, path),
            None => refusal(&ApiError::new(404, "Not Found")),
        };
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|it| it.split_once('/')) else {
        return refusal(&ApiError::new(404, "Not Found"));
    };
    let Some(bot_id) = bot_of(&shared, token) else {
        let is_token = token.split_once(':').is_some_and(|(id, key)| id.parse::<i64>().is_ok() && key.len() >= 30);
        let error = if is_token { ApiError::new(401, "Unauthorized") } else { ApiError::new(404, "Not Found") };
        return refusal(&error);
    };
    let (params, parts) = match params(method, request).await {
        Ok(it) => it,
        Err(error) => return refusal(&error),
    };
    let (number, fault) = {
        let mut world = shared.lock();
        let number = world.serial();
        if let Some(wrong) = schema::wrong_call(method, &params) {
            world.problems.push(format!("wrong call of {method}: {wrong}"));
        }
        let Some(bot) = world.bots.get_mut(&bot_id) else { return refusal(&ApiError::new(401, "Unauthorized")) };
        let (method_too, at) = (method.to_owned(), shared.clock.now());
        bot.saw(Seen { method: method_too, params: params.clone(), status: 0, at, number });
        let fault = fault::next(&mut bot.plans, method, methods::chat_id(&params));
        (number, fault)
    };
    shared.tell();
    let answer = match &fault {
        Some(it) if !it.is_done() => Err(words(it)),
        _ => answer(&shared, bot_id, method, &params, &parts).await,
    };
    let response = match fault {
        Some(Fault::Hang | Fault::HangAfter) => {
            shared.tell();
            shared.tasks.cancelled().await;
            refusal(&ApiError::new(500, "Internal Server Error: restart"))
        }
        Some(Fault::Break | Fault::BreakAfter) => broken(),
        Some(Fault::BadGateway) => (StatusCode::BAD_GATEWAY, "<html><h1>502 Bad Gateway</h1></html>").into_response(),
        _ => match answer {
            Ok(result) => axum::Json(json!({ "ok": true, "result": result })).into_response(),
            Err(error) => refusal(&error),
        },
    };
    if let Some(bot) = shared.lock().bots.get_mut(&bot_id) {
        bot.answered(number, response.status().as_u16());
    }
    shared.tell();
    response
}

fn bot_of(shared: &Shared, token: &str) -> Option<i64> {
    shared.lock().bots.values().find(|it| it.token == token && !it.is_revoked).map(|it| it.id)
}

async fn answer(shared: &Shared, bot_id: i64, method: &str, params: &Value, parts: &[Part]) -> Result<Value, ApiError> {
    if method == "getUpdates" {
        return poll(shared, bot_id, params).await;
    }
    let wanted = incoming::wanted(method, params);
    if let (true, Some(chat_id)) = (method.starts_with("send"), methods::chat_id(params)) {
        let (now, count) = (shared.clock.now(), u32::try_from(wanted.len()).unwrap_or(u32::MAX).max(1));
        let mut world = shared.lock();
        let rates = world.bots.get_mut(&bot_id).and_then(|it| it.rates.as_mut());
        rates.map_or(Ok(()), |it| it.take(now, chat_id, count)).map_err(ApiError::wait)?;
    }
    let mut files = Vec::new();
    for wanted in wanted {
        files.push(incoming::get(&shared.client, &wanted, parts).await?);
    }
    methods::call(&mut shared.lock(), bot_id, Ask { method, params, files, now: shared.clock.now() })
}

fn words(fault: &Fault) -> ApiError {
    match fault {
        Fault::TooManyRequests { retry_after_s } => ApiError::wait(*retry_after_s),
        Fault::Error { code, description } => ApiError::new(*code, description),
        _ => ApiError::new(500, "Internal Server Error: restart"),
    }
}

fn refusal(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let wait = error.parameters.as_ref().and_then(|it| it["retry_after"].as_u64());
    let mut response = (status, axum::Json(error.body())).into_response();
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, wait.into());
    }
    response
}

/// An answer whose body breaks off: the client knows that something was sent, not what.
fn broken() -> Response {
    let broken = std::io::Error::other("the fake breaks the connection");
    Response::new(Body::from_stream(futures_util::stream::iter([Err::<Bytes, _>(broken)])))
}

/// The parameters of a call: query, JSON or a form, and the files of the form.
async fn params(method: &str, request: Request) -> Result<(Value, Vec<Part>), ApiError> {
    let mut fields: Map<String, Value> = url::form_urlencoded::parse(request.uri().query().unwrap_or("").as_bytes())
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect();
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or("").to_owned();
    if kind.starts_with("multipart/form-data") {
        let parts = form(request, &mut fields).await?;
        return Ok((schema::typed(method, fields), parts));
    }
    let body = axum::body::to_bytes(request.into_body(), JSON_MAX).await;
    let body = body.map_err(|_| ApiError::new(413, "Request Entity Too Large"))?;
    if kind.starts_with("application/x-www-form-urlencoded") {
        fields.extend(url::form_urlencoded::parse(&body).map(|(name, value)| (name.into_owned(), json!(value))));
    } else if !body.is_empty() {
        let params: Value = serde_json::from_slice(&body).map_err(|_| ApiError::bad("can't parse JSON object"))?;
        let Value::Object(params) = params else { return Err(ApiError::bad("object expected as parameters")) };
        // JSON has its types already.
        let mut all = schema::typed(method, fields);
        for (name, value) in params {
            all[name] = value;
        }
        return Ok((all, Vec::new()));
    }
    Ok((schema::typed(method, fields), Vec::new()))
}

async fn form(request: Request, fields: &mut Map<String, Value>) -> Result<Vec<Part>, ApiError> {
    let wrong = || ApiError::bad("can't parse multipart form data");
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| wrong())?;
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|_| wrong())? {
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(file_name) = field.file_name().map(str::to_owned) {
            let mime = field.content_type().unwrap_or("application/octet-stream").to_owned();
            let bytes = field.bytes().await.map_err(|_| ApiError::new(413, "Request Entity Too Large"))?;
            // A file whose field is a parameter's name is that parameter; others are named by `attach://`.
            if !name.starts_with("file") {
                fields.insert(name.clone(), json!(""));
            }
            parts.push(Part { field: name, name: file_name, mime, bytes });
        } else {
            fields.insert(name, json!(field.text().await.map_err(|_| wrong())?));
        }
    }
    Ok(parts)
}

fn download(shared: &Shared, token: &str, path: &str) -> Response {
    if bot_of(shared, token).is_none() {
        return refusal(&ApiError::new(401, "Unauthorized"));
    }
    let bytes = shared.lock().files.values().find(|it| it.path == path).map(|it| it.bytes.clone());
    match bytes {
        Some(bytes) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        None => refusal(&ApiError::new(404, "Not Found")),
    }
}

/// Long polling: an offset confirms all before it, a newer poll ends an older one.
async fn poll(shared: &Shared, bot_id: i64, params: &Value) -> Result<Value, ApiError> {
    let offset = params["offset"].as_i64().unwrap_or(0);
    let limit = params["limit"].as_u64().unwrap_or(POLL_MAX).clamp(1, POLL_MAX);
    let limit = usize::try_from(limit).unwrap_or(1);
    let patience = Duration::from_secs(params["timeout"].as_u64().unwrap_or(0).min(POLL_MAX_S));
    let mut changes = shared.changes();
    let poll = {
        let mut world = shared.lock();
        let Some(bot) = world.bots.get_mut(&bot_id) else { return Err(ApiError::new(401, "Unauthorized")) };
        if bot.hook.is_some() {
            return Err(ApiError::new(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
                 webhook first",
            ));
        }
        if let Some(allowed) = params["allowed_updates"].as_array() {
            bot.allowed = allowed.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        if offset > 0 {
            bot.updates.retain(|it| it.id >= offset);
        } else if offset < 0 {
            let kept = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX).min(bot.updates.len());
            let old = bot.updates.len() - kept;
            bot.updates.drain(..old);
        }
        bot.poll += 1;
        bot.poll
    };
    shared.tell();
    let end = shared.clock.now() + patience;
    loop {
        changes.mark_unchanged();
        {
            let world = shared.lock();
            let Some(bot) = world.bots.get(&bot_id).filter(|it| !it.is_revoked) else {
                return Err(ApiError::new(401, "Unauthorized"));
            };
            if bot.poll != poll || bot.hook.is_some() {
                return Err(ApiError::new(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                ));
            }
            let ready: Vec<&Value> = bot.updates.iter().take(limit).map(|it| &it.body).collect();
            if !ready.is_empty() || shared.clock.now() >= end || shared.tasks.is_cancelled() {
                return Ok(json!(ready));
            }
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = shared.clock.sleep_until(end) => {}
            () = shared.tasks.cancelled() => {}
        }
    }
}
