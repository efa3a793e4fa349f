//! What those who watch over the process ask: is it alive, can it work, what has it done.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use titer_store::reading;

use crate::Shell;

/// Whether the process is alive.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// Whether it can work: both databases answer. Says no more, for it is open to everybody.
pub async fn readyz(State(shell): State<Arc<Shell>>) -> Response {
    for laboratory in [&shell.house, &shell.laboratory.journal] {
        if let Err(e) = laboratory.read(|s| Ok(reading::head(s)?)).await {
            tracing::warn!("not ready: {e}");
            return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response();
        }
    }
    "ready\n".into_response()
}

/// What it has done, for Prometheus. Counts only; nothing of a patient.
pub async fn metrics(State(shell): State<Arc<Shell>>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], (shell.metrics)()).into_response()
}
