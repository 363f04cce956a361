//! HTTP in rspamd's dialect: `/checkv2`, `/learnspam`, `/learnham`, `/stat`, `/ping`.
//!
//! One action for all recipients is all that this face can carry (`policy::combine`). Learning, and the request
//! headers `Settings`, `User` and `Pass`, need the password or a loopback peer.

mod answer;
mod check;
mod learn;
mod request;
mod stat;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwapOption;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use checkpoint::Gate;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the handlers share.
#[derive(Clone)]
pub struct Rspamd {
    gate: Arc<Gate>,
    password: Arc<ArcSwapOption<String>>,
    started: Instant,
}

impl std::fmt::Debug for Rspamd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rspamd")
    }
}

impl Rspamd {
    /// Over a gate. Without a password only loopback may teach.
    pub fn new(gate: Arc<Gate>, password: Option<String>) -> Self {
        Self { gate, password: Arc::new(ArcSwapOption::from_pointee(password)), started: Instant::now() }
    }

    /// Puts another password into force.
    pub fn set_password(&self, password: Option<String>) {
        self.password.store(password.map(Arc::new));
    }

    /// The routes, callable without a socket.
    pub fn router(self) -> Router {
        let largest = self.gate.settings.load().limits.message;
        Router::new()
            .route("/checkv2", post(check::check))
            .route("/learnspam", post(learn::spam))
            .route("/learnham", post(learn::ham))
            .route("/ping", get(stat::ping))
            .route("/stat", get(stat::stat))
            .layer(DefaultBodyLimit::max(largest))
            .with_state(self)
    }
}

/// Serves until told to stop.
pub async fn serve(listener: TcpListener, rspamd: Rspamd, stop: CancellationToken) -> std::io::Result<()> {
    use axum::serve::ListenerExt as _;
    // A reply in two segments would otherwise wait for a delayed ACK.
    let listener = listener.tap_io(|stream| {
        if let Err(fault) = stream.set_nodelay(true) {
            tracing::debug!(%fault, "TCP_NODELAY");
        }
    });
    let service = rspamd.router().into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
}
