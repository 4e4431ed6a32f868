//! Endpoints of files.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode};
use openlines_edge::{Json, Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::FILE_MAX;
use super::store::Row;
use super::upload::UploadedFile;
use super::{FileError, link, serve, store, upload};
use crate::request::Path;
use crate::staff::Signed;
use crate::{DialogId, FileId, OperatorId, Parts, live};

/// What the form around a file may take.
const FORM_MAX: usize = 64 * 1024;
/// Own browsers may keep a file; what has this id never changes.
const CACHE_OWN: &str = "private, max-age=86400";
/// Whoever has the link may come again, but nobody in between keeps it.
const CACHE_LINK: &str = "private, no-store";

pub(crate) fn routes() -> OpenApiRouter<Parts> {
    #[expect(clippy::cast_possible_truncation, reason = "50 MiB fit everywhere")]
    let limit = DefaultBodyLimit::max(FILE_MAX as usize + FORM_MAX);
    OpenApiRouter::new().routes(routes!(take)).layer(limit).routes(routes!(show))
}

/// Signed links for the hub and messengers. No part of the API.
pub(crate) fn public_routes() -> Router<Parts> {
    Router::new().route("/f/{id}/{until}/{signature}/{name}", get(show_by_link))
}

/// A file taken in.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileAnswer {
    file: UploadedFile,
}

/// A file to take in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of the form, for the description")]
pub(crate) struct FileForm {
    /// Its bytes, up to 50 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Takes a file in, to be sent with a message. One that is not sent within a day is removed.
#[utoipa::path(post, path = "/api/files", tag = "files",
    request_body(content = FileForm, content_type = "multipart/form-data"), responses(
    (status = 201, body = FileAnswer),
    (status = 413, body = ProblemBody, description = "`too_big`"),
))]
async fn take(State(parts): State<Parts>, signed: Signed, form: Multipart) -> Result<Response, Problem> {
    let file = upload::take(&parts, &signed, form).await?;
    Ok((StatusCode::CREATED, Json(FileAnswer { file })).into_response())
}

/// Hands out a file. Pictures, sound and film are shown, all else is a download.
#[utoipa::path(get, path = "/api/files/{id}/{name}", tag = "files",
    params(("id" = i64, Path), ("name" = String, Path, description = "For people; any will do")), responses(
    (status = 200, description = "The bytes", content_type = "application/octet-stream"),
    (status = 206, description = "The part asked for by `range`", content_type = "application/octet-stream"),
    (status = 404, body = ProblemBody),
    (status = 409, body = ProblemBody, description = "`file_not_ready`"),
))]
async fn show(
    State(parts): State<Parts>,
    signed: Signed,
    Path((id, _name)): Path<(FileId, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut read = parts.db.read().await?;
    let row = store::find(&mut read, id).await?.ok_or(FileError::NotFound)?;
    drop(read);
    if !may_see(&parts, &signed, &row).await? {
        return Err(FileError::NotFound.into());
    }
    Ok(serve::send(&parts, &row, &headers, CACHE_OWN).await?)
}

/// A photo is for all staff, a message's file for those who may see the dialog, an upload for whoever made it.
async fn may_see(parts: &Parts, signed: &Signed, row: &Row) -> Result<bool, FileError> {
    if row.is_photo > 0 || (row.dialog_id.is_none() && row.uploaded_by.map(OperatorId) == Some(signed.operator)) {
        return Ok(true);
    }
    let Some(dialog) = row.dialog_id else { return Ok(false) };
    let mut read = parts.db.read().await?;
    Ok(live::may_see_dialog(&mut read, signed, DialogId(dialog)).await?)
}

/// Hands out a file to whoever has a link that we signed. A wrong, old or foreign link tells nothing.
async fn show_by_link(
    State(parts): State<Parts>,
    Path((id, until, signature, _name)): Path<(FileId, i64, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !link::is_good(&parts.master_key, id, until, &signature, parts.clock.now()) {
        return Err(FileError::NotFound.into());
    }
    let mut read = parts.db.read().await?;
    let row = store::find(&mut read, id).await?.ok_or(FileError::NotFound)?;
    drop(read);
    Ok(serve::send(&parts, &row, &headers, CACHE_LINK).await?)
}

#[cfg(test)]
mod tests;
