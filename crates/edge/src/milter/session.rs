//! One connection of a mail server: its clients one after another, and their messages. The dispatcher calls; what comes
//! out of order, too long or malformed ends the connection with a line in the log, and the mail server's own default
//! for a filter that is gone (Postfix: the message waits) does the rest.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use checkpoint::{Face, Gate, Transaction, Visit};
use futures_util::FutureExt;
use policy::Reply;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::command::{BadCommand, Command};
use super::macros::Macros;
use super::message::Assembly;
use super::negotiate::{Agreed, CannotAgree};
use super::packet::{self, BadPacket};
use super::response;
use super::settings::MilterSettings;
use crate::smtp::Stream;
use crate::smtp::connections::{Connections, Room};
use crate::smtp::wire::{Wire, WireFault};

/// One connection.
pub(super) struct Session {
    wire: Wire,
    pub(super) gate: Arc<Gate>,
    pub(super) settings: Arc<MilterSettings>,
    pub(super) connections: Arc<Connections>,
    stop: CancellationToken,
    pub(super) agreed: Option<Agreed>,
    pub(super) macros: Macros,
    pub(super) client: Option<Client>,
    pub(super) open: Option<Open>,
    pub(super) out: Vec<u8>,
}

/// The mail server's client.
pub(super) struct Client {
    pub(super) visit: Visit,
    /// The door does not want it, or not now; said at MAIL, where there is an answer.
    pub(super) refused: Option<Reply>,
}

/// One message and its envelope.
pub(super) struct Open {
    pub(super) transaction: Transaction,
    /// Recipients as the mail server gave them, by key: only so can they be taken out.
    pub(super) given: Vec<(String, String)>,
    /// Its sender gave a password, and such mail passes.
    pub(super) passes: bool,
    pub(super) part: Part,
    pub(super) message: Assembly,
    pub(super) room: Room,
    pub(super) no_room: bool,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Envelope,
    Headers,
    Body,
}

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Wire(#[from] WireFault),
    #[error("{0}")]
    Packet(#[from] BadPacket),
    #[error("{0}")]
    Command(#[from] BadCommand),
    #[error("{0}")]
    CannotAgree(#[from] CannotAgree),
    #[error("{0} came out of order")]
    Order(&'static str),
}

/// Whether the connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    On,
    End,
}

impl Session {
    pub(super) fn new(
        stream: Box<dyn Stream>,
        gate: Arc<Gate>,
        settings: Arc<MilterSettings>,
        connections: Arc<Connections>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            wire: Wire::new(stream),
            gate,
            settings,
            connections,
            stop,
            agreed: None,
            macros: Macros::default(),
            client: None,
            open: None,
            out: Vec::new(),
        }
    }

    /// Holds the connection until it ends. A panic ends this one and no other.
    pub(super) async fn hold(mut self) {
        self.gate.metrics.asked_by(Face::Milter);
        match AssertUnwindSafe(self.converse()).catch_unwind().await {
            Ok(Ok(()) | Err(Fault::Wire(WireFault::Closed))) => {}
            Ok(Err(Fault::Wire(fault))) => tracing::debug!(%fault, "a milter connection ended"),
            Ok(Err(fault)) => {
                self.gate.metrics.not_understood(Face::Milter);
                tracing::warn!(%fault, "a milter connection was closed");
            }
            Err(_) => tracing::error!("a milter session panicked; the mail server's default decides"),
        }
        self.wire.close(Instant::now() + Duration::from_secs(5)).await;
    }

    async fn converse(&mut self) -> Result<(), Fault> {
        let mut begun: Option<Instant> = None;
        loop {
            // Read where it lies: the octets of a message are copied once, into the message.
            let taken = {
                let mut input = std::mem::take(&mut self.wire.input);
                let done = match packet::first(&input)? {
                    Some((packet, octets)) => Some((self.obey(Command::read(packet)?).await?, octets)),
                    None => None,
                };
                if let Some((_, octets)) = done {
                    bytes::Buf::advance(&mut input, octets);
                }
                self.wire.input = input;
                done
            };
            self.wire.queue(&self.out);
            self.out.clear();
            match taken {
                Some((Next::End, _)) => return Ok(()),
                Some((Next::On, _)) => begun = None,
                None => self.fill(&mut begun).await?,
            }
        }
    }

    /// Waits for more: long between packets, since the mail server's client may be slow, and not long within one.
    async fn fill(&mut self, begun: &mut Option<Instant>) -> Result<(), Fault> {
        let now = Instant::now();
        if self.wire.buffered().is_empty() {
            let idle = now + self.settings.idle;
            self.wire.flush(idle).await?;
            if self.open.is_some() {
                return Ok(self.wire.fill(idle).await?);
            }
            return tokio::select! {
                biased;
                filled = self.wire.fill(idle) => Ok(filled?),
                () = self.stop.cancelled() => Err(Fault::Wire(WireFault::Closed)),
            };
        }
        let deadline = *begun.get_or_insert(now) + self.settings.packet;
        Ok(self.wire.fill(deadline).await?)
    }

    async fn obey(&mut self, command: Command<'_>) -> Result<Next, Fault> {
        match command {
            Command::Negotiate(offer) => self.negotiate(offer)?,
            Command::Macros { stage, values } => self.macros.take(stage, values),
            Command::Connect { name, address } => self.connect(name, address).await?,
            Command::Helo(name) => self.helo(name).await?,
            Command::Mail(arguments) => self.mail(&arguments).await?,
            Command::Rcpt(arguments) => self.rcpt(&arguments).await?,
            Command::Data => self.data()?,
            Command::Header { name, value } => self.header(name, value)?,
            Command::EndOfHeaders => self.end_of_headers()?,
            Command::Body(piece) => self.body(piece)?,
            Command::EndOfMessage(piece) => self.end_of_message(piece).await?,
            Command::Abort => self.forget_message(),
            Command::Unknown => response::go_on(&mut self.out),
            Command::NextClient => {
                self.forget_message();
                self.macros.forget();
                self.client = None;
            }
            Command::Quit => return Ok(Next::End),
        }
        Ok(Next::On)
    }

    pub(super) fn agreed(&self) -> Result<Agreed, Fault> {
        self.agreed.ok_or(Fault::Order("a command before OPTNEG"))
    }

    pub(super) fn forget_message(&mut self) {
        self.open = None;
        self.macros.forget_message();
    }
}
