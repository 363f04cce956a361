//! `/metrics` for Prometheus, `/healthy` (the program runs) and `/ready` (mail would be taken now).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use checkpoint::Gate;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The routes, callable without a socket.
pub fn router(gate: Arc<Gate>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthy", get(async || "healthy\n"))
        .route("/ready", get(ready))
        .with_state(gate)
}

async fn metrics(State(gate): State<Arc<Gate>>) -> impl IntoResponse {
    let mut text = gate.metrics.prometheus();
    if let Some(lists) = &gate.door.names.load().lists {
        text.push_str(&lists.prometheus());
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

async fn ready(State(gate): State<Arc<Gate>>) -> impl IntoResponse {
    match gate.stores.records.check_writable().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(fault) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {fault}\n")),
    }
}

/// Serves until told to stop.
pub async fn serve(listener: TcpListener, gate: Arc<Gate>, stop: CancellationToken) -> std::io::Result<()> {
    // An answer in two segments would otherwise wait for a delayed ACK.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router(gate)).with_graceful_shutdown(stop.cancelled_owned()).await
}
