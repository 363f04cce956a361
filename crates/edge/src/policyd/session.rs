//! One connection of Postfix: requests one after another, each answered before the next.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use checkpoint::{Face, Gate};
use futures_util::FutureExt;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer;
use super::clients::Clients;
use super::request::{self, BadRequest, Request};
use super::settings::PolicySettings;
use crate::smtp::Stream;
use crate::smtp::wire::{Wire, WireFault};

/// One connection.
pub(super) struct Session {
    wire: Wire,
    gate: Arc<Gate>,
    settings: Arc<PolicySettings>,
    stop: CancellationToken,
    clients: Clients,
}

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0}")]
    Wire(#[from] WireFault),
    #[error("{0}")]
    Request(#[from] BadRequest),
}

impl Session {
    pub(super) fn new(
        stream: Box<dyn Stream>,
        gate: Arc<Gate>,
        settings: Arc<PolicySettings>,
        stop: CancellationToken,
    ) -> Self {
        Self { wire: Wire::new(stream), gate, settings, stop, clients: Clients::default() }
    }

    /// Holds the connection until it ends. A panic ends this one and no other; Postfix then says 451 by itself.
    pub(super) async fn hold(mut self) {
        self.gate.metrics.asked_by(Face::Policy);
        match AssertUnwindSafe(self.converse()).catch_unwind().await {
            Ok(Ok(()) | Err(Fault::Wire(WireFault::Closed))) => {}
            Ok(Err(Fault::Wire(fault))) if self.wire.buffered().is_empty() => {
                tracing::debug!(%fault, "a policy connection ended");
            }
            Ok(Err(fault)) => {
                self.gate.metrics.not_understood(Face::Policy);
                tracing::warn!(%fault, "a policy connection was closed");
            }
            Err(_) => tracing::error!("a policy session panicked; Postfix defers"),
        }
        self.wire.close(Instant::now() + Duration::from_secs(5)).await;
    }

    async fn converse(&mut self) -> Result<(), Fault> {
        let mut begun: Option<Instant> = None;
        loop {
            if let Some((request, octets)) = request::first(self.wire.buffered())? {
                self.wire.consume(octets);
                begun = None;
                let said = self.answer(&request).await;
                self.wire.queue(said.as_bytes());
                continue;
            }
            let now = Instant::now();
            if !self.wire.buffered().is_empty() {
                let deadline = *begun.get_or_insert(now) + self.settings.request;
                self.wire.fill(deadline).await?;
                continue;
            }
            let idle = now + self.settings.idle;
            self.wire.flush(idle).await?;
            tokio::select! {
                biased;
                filled = self.wire.fill(idle) => filled?,
                () = self.stop.cancelled() => return Ok(()),
            }
        }
    }

    async fn answer(&mut self, request: &Request) -> String {
        // Mail of those who gave a password is theirs to send.
        if request.authenticated {
            return answer::NOTHING.to_owned();
        }
        match self.clients.ask(&self.gate, request).await {
            Ok(found) => answer::prepend(&found),
            Err(reply) => answer::of(&reply),
        }
    }
}
