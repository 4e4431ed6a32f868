//! `/api/dialogs` and `/api/messages`.

mod acts;
mod list;
mod marks;
mod messages;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use super::{Dialog, Message};
use crate::Parts;

/// All endpoints of dialogs.
pub(crate) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().merge(list::routes()).merge(acts::routes()).merge(marks::routes()).merge(messages::routes())
}

/// One dialog.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DialogBody {
    dialog: Dialog,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageBody {
    message: Message,
}
