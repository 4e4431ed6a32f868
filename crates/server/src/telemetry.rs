//! Logs and metrics of the process.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use openlines_base::Secret;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Bounds of latency histograms, seconds.
const LATENCY_BOUNDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0, 3600.0];

/// Starts logging to standard error.
pub(crate) fn start_logs(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.level)
        .with_context(|| format!("setting `log.level`: `{}` is no level or filter", log.level))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    match log.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

/// Starts collecting metrics.
pub(crate) fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_BOUNDS)
        .context("metric buckets")?
        .install_recorder()
        .context("metrics are started once")
}

/// Answers `/metrics`: to the token, or without one only to this machine and not through a proxy.
pub(crate) fn answer(handle: &PrometheusHandle, token: &Secret<String>, is_local: bool, request: &Request) -> Response {
    let headers = request.headers();
    let allowed = if token.expose().is_empty() {
        is_local && !headers.contains_key("x-forwarded-for") && !headers.contains_key(header::FORWARDED)
    } else {
        let given = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok()).unwrap_or_default();
        token.matches(given.strip_prefix("Bearer ").unwrap_or_default().as_bytes())
    };
    if !allowed {
        return StatusCode::NOT_FOUND.into_response();
    }
    handle.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
}
