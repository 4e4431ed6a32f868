//! The whole API on one page. Each domain exports its routes; here stands who may come in.

use std::sync::LazyLock;

use axum::middleware::from_fn_with_state;
use axum::routing::get;
use axum::{Router, extract::DefaultBodyLimit};
use http::header;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{Parts, channels, client, company, crm, customers, dialogs, files, lines, live, search, staff};

/// Bytes of a JSON body; uploads set their own bound.
const BODY_MAX: usize = 1024 * 1024;

/// Endpoints that need a login: refused by the layer before any of them runs.
fn signed() -> OpenApiRouter<Parts> {
    OpenApiRouter::new()
        .merge(company::routes())
        .merge(staff::routes())
        .merge(channels::routes())
        .merge(files::routes())
        .merge(lines::routes())
        .merge(dialogs::routes())
        .merge(customers::routes())
        .merge(crm::routes())
        .merge(search::routes())
        .merge(client::routes())
        .merge(live::routes())
}

/// Endpoints without a login; only pages of ours may call them.
fn open() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().merge(company::open_routes()).merge(staff::open_routes())
}

/// What the portal answers to its hub. Apart, as hub and portal in one process share an address but not these paths.
pub fn hub_router(parts: Parts) -> Router {
    client::hub_routes().with_state(parts)
}

/// What the portal answers to browsers and to whom it gave a file link.
pub fn router(parts: Parts) -> Router {
    let (signed, _) = signed().split_for_parts();
    let (open, _) = open().split_for_parts();
    signed
        .layer(from_fn_with_state(parts.clone(), staff::require_login))
        .merge(open.layer(from_fn_with_state(parts.clone(), staff::same_origin_only)))
        .merge(files::public_routes())
        .route("/api/openapi.json", get(describe))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(parts)
}

/// Answers the API's description. It says nothing about the company, so anybody may read it.
async fn describe() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    static TEXT: LazyLock<String> = LazyLock::new(openapi);
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str())
}

/// The API's description, as JSON text.
#[must_use]
pub fn openapi() -> String {
    description().to_pretty_json().expect("a description always serialises")
}

fn description() -> OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(
        info(title = "Open Lines portal", description = "What the operators' screens are built on."),
        components(schemas(live::ServerFrame, live::ClientFrame))
    )]
    struct Base;
    let mut all = Base::openapi();
    all.merge(signed().into_openapi());
    all.merge(open().into_openapi());
    name_operations(&mut all);
    all
}

/// Names each operation by its method and path: the handlers' own names repeat from domain to domain.
fn name_operations(all: &mut OpenApi) {
    for (path, item) in &mut all.paths.paths {
        let words: Vec<&str> = path.split(['/', '{', '}']).filter(|it| !it.is_empty() && *it != "api").collect();
        let words = words.join("_");
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}_{words}"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
