//! HTTP in rspamd's dialect: `/checkv2`, `/learnspam`, `/learnham`, `/symbols`, `/actions`, `/history`, `/stat`, `/ping`.
//!
//! One action for all recipients is all that this face can carry (`policy::combine`). Everything but a check and `/ping`
//! needs the password or a loopback peer. No file of this machine is ever read because a header names it.

pub(crate) mod answer;
pub mod body;
mod check;
mod controller;
mod learn;
pub mod request;
mod serve;
mod stat;

use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwapOption;
use axum::Router;
use axum::routing::{get, post};
use checkpoint::Gate;

pub use serve::{CONNECTIONS, serve};

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

    /// Octets of the largest message.
    fn largest(&self) -> usize {
        self.gate.settings.load().limits.message
    }

    /// The routes, callable without a socket.
    pub fn router(self) -> Router {
        Router::new()
            .route("/checkv2", post(check::check))
            .route("/check", post(check::check))
            .route("/learnspam", post(learn::spam))
            .route("/learnham", post(learn::ham))
            .route("/ping", get(stat::ping))
            .route("/stat", get(stat::stat))
            .route("/symbols", get(controller::symbols_list).post(check::check))
            .route("/actions", get(controller::actions))
            .route("/history", get(controller::history))
            .route("/auth", get(controller::auth))
            .fallback(controller::unknown)
            .with_state(self)
    }
}
