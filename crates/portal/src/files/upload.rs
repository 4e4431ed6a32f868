//! Taking a file from an operator's browser, straight to the disk.

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use openlines_edge::Problem;
use openlines_protocol::FileKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::disk::{Draft, Written};
use super::kind::kind_word;
use super::link::address;
use super::name::safe_name;
use super::rules::FILE_MAX;
use super::store::NewUpload;
use super::{FileError, sniff, store};
use crate::check::BadField;
use crate::staff::Signed;
use crate::{FileId, Parts};

/// Bytes of one person's uploads that belong to no message yet.
const LOOSE_MAX: i64 = 10 * FILE_MAX as i64;

/// A file taken in, ready to be sent with a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UploadedFile {
    /// Id for `file_ids`.
    id: FileId,
    /// Name, cleaned.
    name: String,
    /// Media type by its bytes.
    mime: String,
    /// Bytes.
    size: u64,
    /// How to show it.
    #[schema(value_type = String)]
    kind: FileKind,
    /// Where this browser gets it.
    url: String,
}

/// Takes the part `file` of a form.
pub(super) async fn take(parts: &Parts, signed: &Signed, mut form: Multipart) -> Result<UploadedFile, Problem> {
    let mut read = parts.db.read().await?;
    if store::loose_bytes(&mut read, signed.operator).await? >= LOOSE_MAX {
        return Err(FileError::Quota.into());
    }
    drop(read);
    let unreadable = |_| Problem::bad_request("the form could not be read to its end");
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if field.name() == Some("file") {
            return take_field(parts, signed, field).await;
        }
    }
    Err(BadField::new("file", "send the file as the part `file` of a multipart form").into())
}

async fn take_field(parts: &Parts, signed: &Signed, field: Field<'_>) -> Result<UploadedFile, Problem> {
    let name = safe_name(field.file_name().unwrap_or_default());
    let told = field.content_type().unwrap_or_default().to_owned();
    let written = write(parts, field).await?;
    let mime = sniff::settle(&written.head, &told);
    let kind = sniff::kind(&mime, FileKind::File);
    let new = NewUpload { name: &name, mime: &mime, kind: kind_word(kind), by: signed.operator };
    let mut tx = parts.db.tx("upload").await?;
    let id = store::insert_upload(&mut tx, &new, &written, parts.clock.now()).await?;
    tx.commit().await?;
    let url = address(id, &name);
    Ok(UploadedFile { id, name, mime, size: written.size, kind, url })
}

async fn write(parts: &Parts, mut field: Field<'_>) -> Result<Written, Problem> {
    let too_big = || Problem::too_big(usize::try_from(FILE_MAX).unwrap_or(usize::MAX));
    let mut draft = Draft::begin(&parts.files, &*parts.rng).await.map_err(FileError::from)?;
    loop {
        let chunk = field.chunk().await.map_err(|cause| {
            if cause.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
                too_big()
            } else {
                Problem::bad_request("the file could not be read to its end")
            }
        })?;
        let Some(chunk) = chunk else { break };
        if draft.size() + chunk.len() as u64 > FILE_MAX {
            return Err(too_big());
        }
        draft.write(&chunk).await.map_err(FileError::from)?;
    }
    if draft.size() == 0 {
        return Err(BadField::new("file", "the file is empty").into());
    }
    Ok(draft.keep().await.map_err(FileError::from)?)
}
