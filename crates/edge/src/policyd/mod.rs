//! POSTFIX POLICY DELEGATION (SMTPD_POLICY_README): Postfix asks stage by stage, and the door answers; there is no message.
//!
//! Postfix tells how many recipients a message has only from DATA on, so they are counted here. Nothing is slowed: a
//! process of Postfix would stand still.

mod answer;
mod clients;
pub mod request;
mod session;
mod settings;

use std::sync::Arc;

use arc_swap::ArcSwap;
use checkpoint::Gate;
use tokio_util::sync::CancellationToken;

use crate::listening::{self, Bounds, Listener};
use crate::smtp::Stream;
pub use settings::PolicySettings;

/// Answers on this listener until `stop` is cancelled and the sessions have ended, or their bound has passed.
pub async fn serve(
    listener: Listener,
    gate: Arc<Gate>,
    settings: Arc<ArcSwap<PolicySettings>>,
    stop: CancellationToken,
) {
    let bounds = |now: &PolicySettings| Bounds { connections: now.connections, stop_within: now.stop_within };
    let stopping = stop.clone();
    listening::serve("policy", listener, settings, bounds, stop, move |stream, settings, _| {
        session::Session::new(stream, gate.clone(), settings, stopping.clone()).hold()
    })
    .await;
}

/// Holds one connection over any stream; returns when it has ended. Limits on connections see only this one.
pub async fn hold_one(
    stream: Box<dyn Stream>,
    gate: Arc<Gate>,
    settings: Arc<PolicySettings>,
    stop: CancellationToken,
) {
    session::Session::new(stream, gate, settings, stop).hold().await;
}
