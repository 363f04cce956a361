//! MILTER (version 6 of the protocol): a mail server asks about each message and keeps it. It is told what to add, change
//! and remove in the header section, whom to leave out, or what to answer.
//!
//! Nothing is slowed here: a mail server's process would stand still. Mail of authenticated senders, and recipients
//! that are none of ours, pass.

pub mod command;
mod content;
mod envelope;
mod macros;
pub mod message;
pub mod negotiate;
pub mod packet;
mod response;
mod session;
mod settings;

use std::sync::Arc;

use arc_swap::ArcSwap;
use checkpoint::Gate;
use tokio_util::sync::CancellationToken;

use crate::listening::{self, Bounds, Listener};
use crate::smtp::Stream;
pub use settings::{Authenticated, MilterSettings, OnFault};

/// Speaks milter on this listener until `stop` is cancelled and the sessions have ended, or their bound has passed.
pub async fn serve(
    listener: Listener,
    gate: Arc<Gate>,
    settings: Arc<ArcSwap<MilterSettings>>,
    stop: CancellationToken,
) {
    let bounds = |now: &MilterSettings| Bounds { connections: now.connections, stop_within: now.stop_within };
    let stopping = stop.clone();
    listening::serve("milter", listener, settings, bounds, stop, move |stream, settings, connections| {
        session::Session::new(stream, gate.clone(), settings, connections, stopping.clone()).hold()
    })
    .await;
}

/// Holds one connection over any stream; returns when it has ended. Limits on connections see only this one.
pub async fn hold_one(
    stream: Box<dyn Stream>,
    gate: Arc<Gate>,
    settings: Arc<MilterSettings>,
    stop: CancellationToken,
) {
    session::Session::new(stream, gate, settings, Arc::default(), stop).hold().await;
}
