//! One connection of Postfix: requests one after another, each answered before the next.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use checkpoint::{Face, Gate, Transaction, now};
use futures_util::FutureExt;
use message::{Body, Envelope};
use policy::Reply;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer;
use super::request::{self, BadRequest, Request, State};
use super::settings::PolicySettings;
use crate::smtp::Stream;
use crate::smtp::wire::{Wire, WireFault};

/// Messages whose recipients are counted at once on one connection: Postfix has one, a multiplexer before us has more.
const OPEN: usize = 16;

/// One connection.
pub(super) struct Session {
    wire: Wire,
    gate: Arc<Gate>,
    settings: Arc<PolicySettings>,
    stop: CancellationToken,
    open: VecDeque<(String, Transaction)>,
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
        Self { wire: Wire::new(stream), gate, settings, stop, open: VecDeque::new() }
    }

    /// Holds the connection until it ends. A panic ends this one and no other; Postfix then says 451 by itself.
    pub(super) async fn hold(mut self) {
        match AssertUnwindSafe(self.converse()).catch_unwind().await {
            Ok(Ok(()) | Err(Fault::Wire(WireFault::Closed))) => {}
            Ok(Err(Fault::Wire(fault))) if self.wire.buffered().is_empty() => {
                tracing::debug!(%fault, "a policy connection ended");
            }
            Ok(Err(fault)) => tracing::warn!(%fault, "a policy connection was closed"),
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
                let said = self.answer(request).await;
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

    async fn answer(&mut self, request: Request) -> String {
        // Mail of those who gave a password is theirs to send.
        if request.authenticated {
            return answer::NOTHING.to_owned();
        }
        let said = match request.state {
            State::Connect | State::Hello => self.gate.connect(&request.peer).await,
            State::Mail => self.mail(&request).await.map(drop),
            State::Rcpt => self.rcpt(request).await,
            State::EndOfMessage => {
                self.open.retain(|(instance, _)| *instance != request.instance);
                Ok(())
            }
            State::Data | State::Other => Ok(()),
        };
        match said {
            Ok(()) => answer::NOTHING.to_owned(),
            Err(reply) => answer::of(&reply),
        }
    }

    async fn mail(&mut self, request: &Request) -> Result<Transaction, Reply> {
        self.gate.connect(&request.peer).await?;
        let envelope = Envelope {
            peer: request.peer.clone(),
            mail_from: request.sender.clone(),
            smtp_utf8: false,
            body: Body::SevenBit,
            received_at: now(),
        };
        let declared = Some(request.size).filter(|size| *size > 0);
        self.gate.mail(envelope, declared, Face::Policy).await
    }

    /// Recipients of one message are counted together, however many requests they come in.
    async fn rcpt(&mut self, request: Request) -> Result<(), Reply> {
        let known = self.open.iter().position(|(instance, _)| *instance == request.instance && !instance.is_empty());
        let (instance, mut transaction) = match known.and_then(|at| self.open.remove(at)) {
            Some(open) => open,
            None => (request.instance.clone(), self.mail(&request).await?),
        };
        let said = match request.recipient {
            Some(recipient) => self.gate.rcpt(&mut transaction, recipient).await.map(drop),
            // Not an address to us; Postfix knows what to do with it.
            None => Ok(()),
        };
        if self.open.len() >= OPEN {
            self.open.pop_front();
        }
        self.open.push_back((instance, transaction));
        said
    }
}
