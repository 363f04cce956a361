//! One connection of a mail server: its clients one after another, and their messages. The dispatcher calls; what comes
//! out of order, too long or malformed ends the connection with a line in the log, and the mail server's own default
//! for a filter that is gone (Postfix: the message waits) does the rest.

use std::net::{IpAddr, Ipv4Addr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use checkpoint::{Face, Gate, HandedBack, Transaction, Whole, now};
use futures_util::FutureExt;
use message::{Address, Body, Envelope, Peer, ReversePath};
use policy::Reply;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::command::{BadCommand, Command, Offer};
use super::macros::Macros;
use super::message::Assembly;
use super::negotiate::{Agreed, CannotAgree};
use super::packet::{self, BadPacket};
use super::response;
use super::settings::{Authenticated, MilterSettings, OnFault};
use crate::paths;
use crate::smtp::Stream;
use crate::smtp::connections::{Connections, Room};
use crate::smtp::wire::{Wire, WireFault};

/// One connection.
pub(super) struct Session {
    wire: Wire,
    gate: Arc<Gate>,
    settings: Arc<MilterSettings>,
    connections: Arc<Connections>,
    stop: CancellationToken,
    agreed: Option<Agreed>,
    macros: Macros,
    client: Option<Client>,
    open: Option<Open>,
    out: Vec<u8>,
}

/// The mail server's client.
struct Client {
    peer: Peer,
    /// The gate does not want it; said at MAIL, where there is an answer.
    refused: Option<Reply>,
}

/// One message and its envelope.
struct Open {
    transaction: Transaction,
    /// Recipients as the mail server gave them, by key: only so can they be taken out.
    given: Vec<(String, String)>,
    /// Its sender gave a password, and such mail passes.
    passes: bool,
    part: Part,
    message: Assembly,
    room: Room,
    no_room: bool,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Envelope,
    Headers,
    Body,
}

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
enum Fault {
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
        match AssertUnwindSafe(self.converse()).catch_unwind().await {
            Ok(Ok(()) | Err(Fault::Wire(WireFault::Closed))) => {}
            Ok(Err(Fault::Wire(fault))) => tracing::debug!(%fault, "a milter connection ended"),
            Ok(Err(fault)) => tracing::warn!(%fault, "a milter connection was closed"),
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
            Command::Helo(name) => self.helo(name)?,
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

    fn negotiate(&mut self, offer: Offer) -> Result<(), Fault> {
        if self.client.is_some() {
            return Err(Fault::Order("OPTNEG"));
        }
        let agreed = Agreed::on(offer)?;
        agreed.write(offer, &mut self.out);
        self.agreed = Some(agreed);
        Ok(())
    }

    fn agreed(&self) -> Result<Agreed, Fault> {
        self.agreed.ok_or(Fault::Order("a command before OPTNEG"))
    }

    async fn connect(&mut self, name: Option<String>, address: Option<(IpAddr, u16)>) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        self.forget_message();
        let told = || self.macros.get("client_addr").and_then(|text| text.parse().ok());
        // A Unix socket, or mail written on the mail server itself.
        let (ip, port) = address.unwrap_or_else(|| (told().unwrap_or(Ipv4Addr::LOCALHOST.into()), 0));
        let peer = Peer { port, name, ..Peer::at(ip) };
        let refused = self.gate.connect(&peer).await.err();
        self.client = Some(Client { peer, refused });
        if agreed.answers_connect() {
            response::go_on(&mut self.out);
        }
        Ok(())
    }

    fn helo(&mut self, name: String) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        let client = self.client.as_mut().ok_or(Fault::Order("HELO"))?;
        client.peer.helo = Some(name).filter(|name| !name.is_empty());
        client.peer.extended = true;
        self.forget_message();
        if agreed.answers_helo() {
            response::go_on(&mut self.out);
        }
        Ok(())
    }

    async fn mail(&mut self, arguments: &[String]) -> Result<(), Fault> {
        self.agreed()?;
        self.open = None;
        let client = self.client.as_mut().ok_or(Fault::Order("MAIL"))?;
        let word = |name: &str| self.macros.get(name);
        client.peer.tls = word("tls_version").map(|version| format!("{version} {}", word("cipher").unwrap_or_default()));
        client.peer.extended = word("r").is_none_or(|protocol| !protocol.eq_ignore_ascii_case("SMTP"));
        let authenticated = word("auth_authen").is_some() || word("auth_type").is_some();
        let passes = authenticated && self.settings.authenticated == Authenticated::Pass;
        if let Some(reply) = client.refused.clone().filter(|_| !authenticated) {
            response::reply(&mut self.out, &reply);
            return Ok(());
        }
        let parameter = |name: &str| arguments.iter().skip(1).any(|word| word.eq_ignore_ascii_case(name));
        let path = arguments.first().map(String::as_str).unwrap_or_default();
        let envelope = Envelope {
            peer: client.peer.clone(),
            // The mail server took it: what is no address to us is judged like the empty path, not refused here.
            mail_from: paths::sender(path).unwrap_or(ReversePath::Null),
            smtp_utf8: parameter("SMTPUTF8"),
            body: if parameter("BODY=8BITMIME") { Body::EightBit } else { Body::SevenBit },
            received_at: now(),
        };
        match self.gate.mail(envelope, None, Face::Milter).await {
            Ok(transaction) => {
                self.open = Some(Open {
                    transaction,
                    given: Vec::new(),
                    passes,
                    part: Part::Envelope,
                    message: Assembly::default(),
                    room: self.connections.room(),
                    no_room: false,
                });
                response::go_on(&mut self.out);
            }
            Err(reply) => response::reply(&mut self.out, &reply),
        }
        Ok(())
    }

    async fn rcpt(&mut self, arguments: &[String]) -> Result<(), Fault> {
        let refused = self.macros.get("rcpt_mailer") == Some("error");
        self.macros.forget_recipient();
        let open = self.open.as_mut().filter(|open| open.part == Part::Envelope).ok_or(Fault::Order("RCPT"))?;
        let path = arguments.first().map(String::as_str).unwrap_or_default();
        // The mail server refuses this one itself and only tells (SMFIP_RCPT_REJ).
        if refused || open.passes {
            response::go_on(&mut self.out);
            return Ok(());
        }
        if open.given.len() >= self.settings.recipients {
            response::reply(&mut self.out, &Reply::too_many_recipients());
            return Ok(());
        }
        let Some(address) = paths::recipient(path) else {
            // Not an address to us; the mail server knows what to do with it.
            open.transaction.others += 1;
            response::go_on(&mut self.out);
            return Ok(());
        };
        let key = address.key();
        match self.gate.rcpt(&mut open.transaction, address).await {
            Ok(_) => {
                open.given.push((path.to_owned(), key));
                response::go_on(&mut self.out);
            }
            Err(reply) => response::reply(&mut self.out, &reply),
        }
        Ok(())
    }

    fn data(&mut self) -> Result<(), Fault> {
        self.open.as_ref().filter(|open| open.part == Part::Envelope).ok_or(Fault::Order("DATA"))?;
        response::go_on(&mut self.out);
        Ok(())
    }

    /// The message that is coming, if it may be at this part of it now.
    fn receiving(&mut self, part: Part, what: &'static str) -> Result<&mut Open, Fault> {
        let open = self.open.as_mut().filter(|open| open.part <= part).ok_or(Fault::Order(what))?;
        open.part = part;
        Ok(open)
    }

    fn header(&mut self, name: &[u8], value: &[u8]) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        let (limit, receiving) = (self.settings.message, self.settings.receiving);
        let open = self.receiving(Part::Headers, "a header field")?;
        if !open.passes {
            open.message.field(name, value, agreed.keeps_leading_space(), limit);
            open.make_room(receiving);
        }
        if agreed.answers_headers() {
            response::go_on(&mut self.out);
        }
        Ok(())
    }

    fn end_of_headers(&mut self) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        let limit = self.settings.message;
        let open = self.receiving(Part::Headers, "the end of the header section")?;
        open.part = Part::Body;
        open.message.end_headers(limit);
        if agreed.answers_end_of_headers() {
            response::go_on(&mut self.out);
        }
        Ok(())
    }

    fn body(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        let (limit, receiving) = (self.settings.message, self.settings.receiving);
        let open = self.receiving(Part::Body, "a piece of body")?;
        if !open.passes {
            open.message.body(piece, limit);
            open.make_room(receiving);
        }
        if agreed.answers_body() {
            response::go_on(&mut self.out);
        }
        Ok(())
    }

    async fn end_of_message(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        let (limit, receiving) = (self.settings.message, self.settings.receiving);
        let open = self.receiving(Part::Body, "the end of a message")?;
        if !piece.is_empty() && !open.passes {
            open.message.body(piece, limit);
            open.make_room(receiving);
        }
        let Some(open) = self.open.take() else { return Ok(()) };
        self.macros.forget_message();
        if open.passes || open.transaction.recipients.is_empty() {
            response::go_on(&mut self.out);
        } else if open.message.is_too_large() {
            response::reply(&mut self.out, &Reply::too_big(limit as u64));
        } else if open.no_room {
            response::reply(&mut self.out, &Reply::our_fault("no memory for another message now"));
        } else {
            self.judge(agreed, open, limit).await;
        }
        Ok(())
    }

    async fn judge(&mut self, agreed: Agreed, open: Open, limit: usize) {
        let Open { transaction, given, message, room, .. } = open;
        let judging = self.gate.hand_back(transaction, message.finish(limit));
        // A panic in judging is our fault like a full disk: this message waits, the connection goes on.
        let told = match AssertUnwindSafe(judging).catch_unwind().await {
            Ok(told) => told.map_err(|fault| fault.to_string()),
            Err(_) => Err("a panic while judging".into()),
        };
        drop(room);
        match told {
            Ok(told) => self.tell(agreed, &told, &given),
            Err(fault) => self.cannot_judge(&fault),
        }
    }

    fn tell(&mut self, agreed: Agreed, told: &HandedBack, given: &[(String, String)]) {
        let out = &mut self.out;
        match &told.whole {
            Whole::Answer(reply) => return response::reply(out, reply),
            Whole::Discard => return response::discard(out),
            Whole::Pass => {}
        }
        for edit in &told.edits {
            response::edit(out, agreed, edit);
        }
        let gone: Vec<String> = told.left_out.iter().map(Address::key).collect();
        for (path, _) in given.iter().filter(|(_, key)| gone.contains(key)) {
            response::leave_out(out, path);
        }
        if let Some(body) = &told.body {
            response::body(out, body);
        }
        response::go_on(out);
    }

    /// Our own fault: what happens then is the operator's choice.
    fn cannot_judge(&mut self, fault: &str) {
        tracing::error!(fault, on_fault = ?self.settings.on_fault, "our own fault: a message cannot be judged");
        self.gate.metrics.fault();
        match self.settings.on_fault {
            OnFault::Defer => response::reply(&mut self.out, &Reply::our_fault(fault)),
            OnFault::Accept => response::go_on(&mut self.out),
            OnFault::Quarantine => {
                response::quarantine(&mut self.out, "could not be judged by Sekisho");
                response::go_on(&mut self.out);
            }
        }
    }

    fn forget_message(&mut self) {
        self.open = None;
        self.macros.forget_message();
    }
}

impl Open {
    fn make_room(&mut self, most: usize) {
        if !self.no_room && !self.room.grow(self.message.len(), most) {
            self.no_room = true;
            self.message = Assembly::default();
        }
    }
}
