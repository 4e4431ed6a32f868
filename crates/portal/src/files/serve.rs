//! Handing out bytes: harmless headers, parts for players, nothing read into memory.

use std::io::SeekFrom;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::link::disposition;
use super::range::{self, Part};
use super::store::Row;
use super::{FileError, disk, sniff};
use crate::Parts;

/// Even opened in a tab of its own, a file can run nothing and load nothing.
pub(crate) const POLICY: &str =
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'";

/// Bytes read at once.
const STEP: usize = 64 * 1024;

/// Sends a file that the caller may see. `cache` says who may keep it.
pub(super) async fn send(
    parts: &Parts,
    row: &Row,
    wanted: &HeaderMap,
    cache: &'static str,
) -> Result<Response, FileError> {
    let stored_as = match (row.state.as_str(), &row.stored_as) {
        ("ready", Some(stored_as)) => stored_as,
        ("loading", _) => return Err(FileError::NotReady("it is still being fetched")),
        ("too_big", _) => return Err(FileError::NotReady("it was too big to fetch")),
        _ => return Err(FileError::NotReady("it could not be fetched")),
    };
    let text = |name: header::HeaderName| wanted.get(name).and_then(|it| it.to_str().ok());
    let tag = format!("\"{}\"", row.sha256.as_deref().unwrap_or_default());
    if text(header::IF_NONE_MATCH).is_some_and(|it| it.split(',').any(|it| it.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers(row, &tag, cache)).into_response());
    }
    let mut file = tokio::fs::File::open(disk::path_of(&parts.files, stored_as)).await?;
    let size = file.metadata().await?.len();
    // A part of another version of the file would be of no use; ours never change, but the browser may hold a stranger.
    let same = text(header::IF_RANGE).is_none_or(|it| it == tag);
    let part = if same { range::read(text(header::RANGE), size) } else { Part::Whole };
    let mut response = match part {
        Part::Whole => {
            let mut response = Body::from_stream(ReaderStream::with_capacity(file, STEP)).into_response();
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
            response
        }
        Part::Some(range) => {
            file.seek(SeekFrom::Start(range.start)).await?;
            let count = range.end - range.start;
            let body = Body::from_stream(ReaderStream::with_capacity(file.take(count), STEP));
            let mut response = (StatusCode::PARTIAL_CONTENT, body).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(count));
            set(headers, header::CONTENT_RANGE, &format!("bytes {}-{}/{size}", range.start, range.end - 1));
            response
        }
        Part::Beyond => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            set(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{size}"));
            response
        }
    };
    response.headers_mut().extend(headers(row, &tag, cache));
    Ok(response)
}

fn headers(row: &Row, tag: &str, cache: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    set(&mut headers, header::CONTENT_TYPE, &row.mime);
    set(&mut headers, header::CONTENT_DISPOSITION, &disposition(sniff::is_shown(&row.mime), &row.name));
    set(&mut headers, header::CONTENT_SECURITY_POLICY, POLICY);
    set(&mut headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut headers, header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(&mut headers, header::REFERRER_POLICY, "no-referrer");
    set(&mut headers, header::ACCEPT_RANGES, "bytes");
    set(&mut headers, header::CACHE_CONTROL, cache);
    set(&mut headers, header::ETAG, tag);
    headers
}

/// Texts that are no header (a type that an older version let in) are left out: `nosniff` and the sandbox hold.
fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
