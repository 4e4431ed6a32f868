//! The one address of a process: parts' routes, health, metrics and the interface, with headers that all answers share.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;
use openlines_base::Secret;
use tokio::net::TcpListener;

use crate::assets;
use crate::telemetry;

/// Answers whether all stores of this process answer.
pub(crate) type Ready = Arc<dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// What the shared endpoints need.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) ready: Ready,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) metrics_token: Arc<Secret<String>>,
}

/// Opens the port, or says who may have it.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("setting `listen`: cannot listen on {address}; is another program there? Give another --listen")
    })
}

/// Puts health and metrics beside the parts' routes; with `interface`, everything else is the operator interface.
pub(crate) fn router(parts: Router, shared: Shared, interface: bool) -> Router {
    let common = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(shared);
    let all = parts.merge(common);
    let all = if interface { all.fallback(assets::serve) } else { all };
    all.layer(map_response(with_shared_headers))
}

/// What holds for every answer that does not say otherwise: kept nowhere, taken for nothing but what it is.
async fn with_shared_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    response
}

async fn ready(State(shared): State<Shared>) -> Response {
    if (shared.ready)().await {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
    }
}

async fn metrics(State(shared): State<Shared>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0);
    let is_local = peer.is_some_and(|it| it.ip().to_canonical().is_loopback());
    telemetry::answer(&shared.metrics, &shared.metrics_token, is_local, &request)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn answers_are_kept_nowhere_unless_they_say_so_themselves() {
        let own = [(header::CACHE_CONTROL, "max-age=60")];
        let parts =
            Router::new().route("/api/x", get(|| async { "{}" })).route("/own", get(move || async move { own }));
        let shared = Shared {
            ready: Arc::new(|| Box::pin(async { true })),
            metrics: metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle(),
            metrics_token: Arc::default(),
        };
        let router = router(parts, shared, true);
        for (path, caching) in [("/api/x", "no-store"), ("/own", "max-age=60"), ("/healthz", "no-store")] {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            let response = router.clone().oneshot(request).await.expect("answers");
            assert_eq!(response.headers()["cache-control"], caching, "{path}");
            assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
        }
    }
}
