//! One connection to a next hop: commands out, replies in, each stage within its time.

use std::time::Duration;

use checkpoint::NextHop;
use policy::Reply;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::capabilities::Capabilities;
use super::next_reply::{Gathering, NextReply};
use crate::smtp::Dialect;
use crate::smtp::wire::{Line, Wire, WireFault};

/// A connection that has said hello.
pub(super) struct Client {
    pub(super) wire: Wire,
    pub(super) dialect: Dialect,
    pub(super) capabilities: Capabilities,
    pub(super) uses: usize,
    pub(super) idle_since: Instant,
    /// The next hop said that it is closing.
    pub(super) closing: bool,
    pub(super) reused: bool,
    pub(super) place: Option<OwnedSemaphorePermit>,
}

/// Why a dialogue with a next hop ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientFault {
    /// The connection broke or was too slow.
    #[error(transparent)]
    Wire(#[from] WireFault),
    /// What came is not SMTP.
    #[error("it does not speak SMTP")]
    Garbled,
    /// It does not want to speak with us.
    #[error("it said {code} {text}", code = .0.code, text = .0.lines.join(" / "))]
    Unwilling(NextReply),
    /// TLS is wanted and cannot be had.
    #[error("TLS: {0}")]
    Tls(String),
    /// It cannot be reached.
    #[error("cannot connect: {0}")]
    Connect(std::io::Error),
    /// All connections to it are busy.
    #[error("all connections to it are busy")]
    Busy,
}

/// Octets of a reply line that are read (RFC 5321 §4.5.3.1.5 says 512; some write more).
const REPLY_LINE: usize = 4_096;

impl Client {
    pub(super) fn new(wire: Wire, dialect: Dialect) -> Self {
        Self {
            wire,
            dialect,
            capabilities: Capabilities::default(),
            uses: 0,
            idle_since: Instant::now(),
            closing: false,
            reused: false,
            place: None,
        }
    }

    pub(super) fn is_reused(&self) -> bool {
        self.reused
    }

    /// Reads one reply.
    pub(super) async fn reply(&mut self, deadline: Instant) -> Result<NextReply, ClientFault> {
        let mut gathering = Gathering::default();
        loop {
            let line = match self.wire.line(REPLY_LINE, deadline).await? {
                Line::Whole(line) | Line::BareLf(line) => line,
                Line::TooLong => return Err(ClientFault::Garbled),
            };
            if let Some(reply) = gathering.take(&line).map_err(|_| ClientFault::Garbled)? {
                self.closing |= reply.is_goodbye();
                return Ok(reply);
            }
        }
    }

    /// Says one command and reads its reply.
    pub(super) async fn say(&mut self, command: &str, deadline: Instant) -> Result<NextReply, ClientFault> {
        self.wire.queue(command.as_bytes());
        self.wire.queue(b"\r\n");
        self.reply(deadline).await
    }

    /// Says goodbye without waiting for an answer.
    pub(super) async fn quit(mut self) {
        self.wire.queue(b"QUIT\r\n");
        self.wire.close(Instant::now() + Duration::from_secs(2)).await;
    }
}

impl ClientFault {
    /// What the peer is told: the next hop's troubles are temporary for the mail.
    pub(super) fn reply(&self, hop: &NextHop) -> Reply {
        let enhanced = match self {
            Self::Wire(_) | Self::Garbled => (4, 4, 2),
            Self::Connect(_) | Self::Unwilling(_) => (4, 4, 1),
            Self::Tls(_) => (4, 7, 5),
            Self::Busy => (4, 4, 5),
        };
        Reply::new(451, enhanced, "The next mail server cannot take the message now")
            .privately(format!("{hop}: {self}"))
    }
}

/// When a stage must be over: its own time, but never later than the deadline of all.
pub(super) fn within(stage: Duration, deadline: Instant) -> Instant {
    (Instant::now() + stage).min(deadline)
}
