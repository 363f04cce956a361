//! One session: the dialogue from greeting to goodbye. The dispatcher calls; what each command does stands in
//! `hello`, `transaction` and `receive`.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use checkpoint::{Face, Gate, Said, Transaction, Visit};
use futures_util::FutureExt;
use message::Peer;
use policy::Reply;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::command::{BadCommand, Command};
use super::connections::{Connections, NetworkPlace};
use super::data::BareLineEnds;
use super::receive::Chunks;
use super::settings::{SmtpSettings, is_listed};
use super::wire::{Line, Stream, Wire, WireFault};
use super::{proxy_protocol, replies};

/// Which protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SMTP (RFC 5321).
    Smtp,
    /// LMTP (RFC 2033).
    Lmtp,
}

/// One session.
pub(crate) struct Session {
    pub(super) wire: Wire,
    pub(super) gate: Arc<Gate>,
    pub(super) settings: Arc<SmtpSettings>,
    pub(super) connections: Arc<Connections>,
    pub(super) dialect: Dialect,
    /// Who is connected, as told by PROXY and XCLIENT, and what the door found about it.
    pub(super) visit: Visit,
    /// Who is connected without XCLIENT: may it say XCLIENT?
    pub(super) behind: IpAddr,
    pub(super) open: Option<Transaction>,
    pub(super) chunks: Option<Chunks>,
    pub(super) counts: Counts,
    /// The gate did not want this connection (RFC 5321 §3.1: only QUIT is left).
    pub(super) refused: bool,
    /// XFORWARD named another client, which the door has not met yet.
    pub(super) forwarded: bool,
    pub(super) closing: bool,
    place: Option<NetworkPlace>,
    stop: CancellationToken,
}

/// What a session has used of its limits.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) transactions: usize,
    pub(super) refused_recipients: usize,
    errors: usize,
    commands: usize,
    minute: Option<(Instant, usize)>,
}

impl Session {
    pub(crate) fn new(
        stream: Box<dyn Stream>,
        peer: Peer,
        dialect: Dialect,
        gate: Arc<Gate>,
        settings: Arc<SmtpSettings>,
        connections: Arc<Connections>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            wire: Wire::new(stream),
            gate,
            settings,
            connections,
            dialect,
            behind: peer.ip,
            visit: Visit::new(peer, face_of(dialect)),
            open: None,
            chunks: None,
            counts: Counts::default(),
            refused: false,
            forwarded: false,
            closing: false,
            place: None,
            stop,
        }
    }

    /// The gate's answer, when its pause is over.
    pub(super) async fn after_pause<T>(&mut self, said: Said<T>) -> Result<Result<T, Reply>, WireFault> {
        if said.pause.is_zero() {
            return Ok(said.answer);
        }
        let Some(_place) = self.gate.door.slowed.enter() else {
            // Everything slow is taken. Who would have been slowed comes again; what is refused is refused at once.
            return Ok(said.answer.and_then(|_| Err(replies::busy())));
        };
        let until = Instant::now() + said.pause;
        tokio::select! {
            () = self.stop.cancelled() => {}
            gone = self.wire.wait_until(until) => gone?,
        }
        Ok(said.answer)
    }

    /// Holds the whole dialogue. A panic in it ends this session with a 421 and nothing else.
    pub(crate) async fn hold(mut self) {
        let outcome = AssertUnwindSafe(self.converse()).catch_unwind().await;
        let last_word = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(WireFault::Late)) => Some(replies::too_slow()),
            Ok(Err(fault)) => {
                tracing::debug!(peer = %self.visit.peer.ip, %fault, "session ended");
                return;
            }
            Err(_) => {
                tracing::error!(peer = %self.visit.peer.ip, "a session panicked");
                Some(replies::fault_of_ours())
            }
        };
        if let Some(reply) = last_word {
            self.wire.queue(reply.wire().as_bytes());
        }
        self.wire.close(Instant::now() + Duration::from_secs(5)).await;
    }

    async fn converse(&mut self) -> Result<(), WireFault> {
        self.read_proxy_header().await?;
        match self.connections.enter_network(self.visit.peer.ip, &self.settings) {
            Ok(place) => self.place = place,
            Err(_) => {
                self.say(&replies::too_much("Too many connections from your network"));
                return Ok(());
            }
        }
        self.greet().await?;
        while !self.closing {
            if let Some(line) = self.next_line().await? {
                self.take_line(line).await?;
            }
        }
        Ok(())
    }

    /// Who is behind the proxy, where this peer is one.
    async fn read_proxy_header(&mut self) -> Result<(), WireFault> {
        if !is_listed(&self.settings.proxy_from, self.visit.peer.ip) || self.dialect == Dialect::Lmtp {
            return Ok(());
        }
        let deadline = Instant::now() + self.settings.limits.greeting;
        loop {
            match proxy_protocol::read(self.wire.buffered()) {
                proxy_protocol::Header::Incomplete => self.wire.fill(deadline).await?,
                proxy_protocol::Header::Whole { client, octets } => {
                    self.wire.consume(octets);
                    if let Some((ip, port)) = client {
                        self.visit.peer = Peer { port, ..Peer::at(ip) };
                        self.behind = self.visit.peer.ip;
                    }
                    return Ok(());
                }
                proxy_protocol::Header::Malformed => {
                    tracing::warn!(proxy = %self.visit.peer.ip, "no PROXY header from an address that should send one");
                    return Err(WireFault::Closed);
                }
            }
        }
    }

    /// Waits a moment for those who cannot, asks the gate, greets.
    async fn greet(&mut self) -> Result<(), WireFault> {
        let delay = if self.dialect == Dialect::Lmtp { Duration::ZERO } else { self.settings.greet_delay };
        if self.wire.buffered().is_empty() && !delay.is_zero() {
            match self.wire.fill(Instant::now() + delay).await {
                Ok(()) | Err(WireFault::Late) => {}
                Err(fault) => return Err(fault),
            }
        }
        if !self.wire.buffered().is_empty() {
            self.visit.peer.early_talker = true;
        }
        self.ask_gate_and_greet().await
    }

    /// The greeting, or what the gate says instead; also after XCLIENT.
    pub(super) async fn ask_gate_and_greet(&mut self) -> Result<(), WireFault> {
        let said = self.gate.connect(&mut self.visit).await;
        match self.after_pause(said).await? {
            Ok(()) => {
                let protocol = if self.dialect == Dialect::Lmtp { "LMTP" } else { "ESMTP" };
                self.say(&replies::bare(220, format!("{} {protocol} Sekisho", self.settings.name)));
            }
            Err(reply) => {
                self.refused = true;
                self.say(&reply);
            }
        }
        Ok(())
    }

    /// The next line; none when the server stops and nothing is under way.
    async fn next_line(&mut self) -> Result<Option<Line>, WireFault> {
        let deadline = Instant::now() + self.settings.limits.command;
        if !self.wire.has_line() {
            // Written before waiting below, because a write that is broken off would garble the dialogue.
            self.wire.flush(deadline).await?;
        }
        tokio::select! {
            biased;
            () = self.stop.cancelled(), if self.open.is_none() => {
                self.say(&replies::stopping());
                Ok(None)
            }
            line = self.wire.line(self.settings.limits.line, deadline) => line.map(Some),
        }
    }

    async fn take_line(&mut self, line: Line) -> Result<(), WireFault> {
        if let Err(reply) = self.count_command() {
            self.say(&reply);
            return Ok(());
        }
        let line = match line {
            Line::Whole(line) => line,
            Line::BareLf(line) if self.settings.bare_line_ends == BareLineEnds::Normalise => line,
            Line::BareLf(_) => {
                self.fail(&Reply::new(500, (5, 5, 2), "Lines end with CRLF"));
                return Ok(());
            }
            Line::TooLong => {
                self.fail(&Reply::new(500, (5, 5, 2), "Line too long"));
                return Ok(());
            }
        };
        match Command::parse(&line) {
            Ok(command) if self.refused && command != Command::Quit => {
                self.fail(&replies::sequence("Only QUIT is left to say"));
            }
            Ok(command) => self.obey(command).await?,
            Err(bad) => self.misunderstand(&bad),
        }
        if self.wire.is_full() {
            self.wire.flush(Instant::now() + self.settings.limits.command).await?;
        }
        Ok(())
    }

    async fn obey(&mut self, command: Command) -> Result<(), WireFault> {
        match command {
            Command::Ehlo(name) => self.ehlo(name).await?,
            Command::Helo(name) => self.helo(name).await?,
            Command::Lhlo(name) => self.lhlo(name).await?,
            Command::Mail { from, parameters, ascii } => self.mail(from, parameters, ascii).await?,
            Command::Rcpt { to, ascii } => self.rcpt(to, ascii).await?,
            Command::Data => self.data().await?,
            Command::Bdat { octets, last } => self.bdat(octets, last).await?,
            Command::Rset => self.rset(),
            Command::Noop => self.say(&replies::ok()),
            Command::Quit => self.quit(),
            Command::Help => self.say(&Reply::new(214, (2, 0, 0), "RFC 5321 tells how to speak here")),
            Command::Vrfy => self.say(&Reply::new(252, (2, 5, 0), "Not told here; send and see")),
            Command::Expn => self.fail(&Reply::new(502, (5, 5, 1), "Lists are not told here")),
            Command::Auth => self.fail(&Reply::new(502, (5, 5, 1), "No AUTH on this port")),
            Command::StartTls => self.start_tls().await?,
            Command::Xclient(attributes) => self.xclient(&attributes).await?,
            Command::Xforward(attributes) => self.xforward(&attributes),
        }
        Ok(())
    }

    fn misunderstand(&mut self, bad: &BadCommand) {
        self.fail(&bad.reply());
    }

    fn rset(&mut self) {
        self.reset();
        self.say(&replies::ok());
    }

    fn quit(&mut self) {
        self.say(&replies::bye());
        self.closing = true;
    }

    /// Forgets the transaction.
    pub(super) fn reset(&mut self) {
        self.open = None;
        self.chunks = None;
    }

    /// Queues a reply. A 421 is always the last (RFC 5321 §3.8).
    pub(super) fn say(&mut self, reply: &Reply) {
        if !reply.private.is_empty() {
            tracing::debug!(peer = %self.visit.peer.ip, code = reply.code, why = %reply.private, "replied");
        }
        self.wire.queue(reply.wire().as_bytes());
        if reply.code == 421 {
            self.closing = true;
        }
    }

    /// Queues a reply that counts as an error of the peer.
    pub(super) fn fail(&mut self, reply: &Reply) {
        self.say(reply);
        self.counts.errors += 1;
        if self.counts.errors > self.settings.limits.errors && !self.closing {
            self.say(&replies::too_much("Too many errors"));
        }
    }

    fn count_command(&mut self) -> Result<(), Reply> {
        let limits = &self.settings.limits;
        self.counts.commands += 1;
        if self.counts.commands > limits.commands {
            return Err(replies::too_much("Too many commands in this session"));
        }
        let now = Instant::now();
        let count = match self.counts.minute {
            Some((began, count)) if now - began < Duration::from_secs(60) => {
                self.counts.minute = Some((began, count + 1));
                count + 1
            }
            _ => {
                self.counts.minute = Some((now, 1));
                1
            }
        };
        if count > limits.commands_per_minute {
            Err(replies::too_much("Too many commands in a minute"))
        } else {
            Ok(())
        }
    }
}

fn face_of(dialect: Dialect) -> Face {
    match dialect {
        Dialect::Smtp => Face::Smtp,
        Dialect::Lmtp => Face::Lmtp,
    }
}
