//! EHLO, HELO, LHLO, STARTTLS and XCLIENT: who the peer is and what both sides can do.

use policy::Reply;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

use super::session::{Dialect, Session};
use super::settings::is_listed;
use super::wire::WireFault;
use super::{replies, tls, xclient};

impl Session {
    pub(super) async fn ehlo(&mut self, name: String) -> Result<(), WireFault> {
        match self.dialect {
            Dialect::Smtp => self.extended_hello(name).await,
            Dialect::Lmtp => self.wrong_hello("This is LMTP: say LHLO"),
        }
    }

    pub(super) async fn lhlo(&mut self, name: String) -> Result<(), WireFault> {
        match self.dialect {
            Dialect::Lmtp => self.extended_hello(name).await,
            Dialect::Smtp => self.wrong_hello("This is SMTP: say EHLO"),
        }
    }

    pub(super) async fn helo(&mut self, name: String) -> Result<(), WireFault> {
        match self.dialect {
            Dialect::Smtp => {
                let own_name = self.settings.name.clone();
                self.take_name(name);
                self.visit.peer.extended = false;
                self.answer_hello(own_name).await
            }
            Dialect::Lmtp => self.wrong_hello("This is LMTP: say LHLO"),
        }
    }

    fn wrong_hello(&mut self, text: &str) -> Result<(), WireFault> {
        self.fail(&Reply::new(500, (5, 5, 1), text));
        Ok(())
    }

    async fn extended_hello(&mut self, name: String) -> Result<(), WireFault> {
        self.take_name(name);
        self.visit.peer.extended = true;
        let mut lines = vec![self.settings.name.clone(), "PIPELINING".into()];
        lines.push(format!("SIZE {}", self.settings.limits.message));
        if self.settings.tls.is_some() && self.visit.peer.tls.is_none() {
            lines.push("STARTTLS".into());
        }
        if is_listed(&self.settings.xclient_from, self.behind) {
            lines.push(format!("XCLIENT {}", xclient::ATTRIBUTES));
            lines.push(format!("XFORWARD {}", xclient::ATTRIBUTES));
        }
        lines.extend(["8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8", "CHUNKING", "HELP"].map(String::from));
        self.answer_hello(lines.join("\n")).await
    }

    /// Yes, or what the gate says of this name; after a no the peer has said no hello.
    async fn answer_hello(&mut self, yes: String) -> Result<(), WireFault> {
        let said = self.gate.helo(&mut self.visit).await;
        match self.after_pause(said).await? {
            Ok(()) => self.say(&replies::bare(250, yes)),
            Err(reply) => {
                self.visit.peer.helo = None;
                self.fail(&reply);
            }
        }
        Ok(())
    }

    /// RFC 5321 §4.1.4: a new hello ends the transaction. Nothing may follow it before its answer (RFC 2920 §3.1).
    fn take_name(&mut self, name: String) {
        self.reset();
        self.visit.peer.helo = Some(name);
        if !self.wire.buffered().is_empty() {
            self.visit.peer.early_talker = true;
        }
    }

    pub(super) async fn start_tls(&mut self) -> Result<(), WireFault> {
        let Some(config) = self.settings.tls.clone().filter(|_| self.visit.peer.tls.is_none()) else {
            self.fail(&Reply::new(502, (5, 5, 1), "STARTTLS is not offered"));
            return Ok(());
        };
        self.say(&Reply::new(220, (2, 0, 0), "Ready to start TLS"));
        self.wire.flush(Instant::now() + self.settings.limits.command).await?;
        let handshake = TlsAcceptor::from(config).accept(self.wire.take());
        let stream = timeout(self.settings.limits.greeting, handshake).await.map_err(|_| WireFault::Late)??;
        self.visit.peer.tls = Some(tls::describe(stream.get_ref().1));
        self.wire.put(Box::new(stream));
        // RFC 3207 §4.2: what was said before does not count any more.
        self.reset();
        self.visit.peer.helo = None;
        self.visit.peer.extended = false;
        Ok(())
    }

    pub(super) async fn xclient(&mut self, attributes: &str) -> Result<(), WireFault> {
        if !is_listed(&self.settings.xclient_from, self.behind) {
            self.fail(&Reply::new(550, (5, 7, 0), "XCLIENT is not for you"));
            return Ok(());
        }
        if self.open.is_some() {
            self.fail(&replies::sequence("Not within a transaction"));
            return Ok(());
        }
        match xclient::apply(attributes, &self.visit.peer) {
            Ok(peer) => {
                self.visit.peer = peer;
                self.reset();
                self.refused = false;
                self.ask_gate_and_greet().await?;
            }
            Err(bad) => self.fail(&Reply::new(501, (5, 5, 4), bad.to_string())),
        }
        Ok(())
    }

    /// Postfix XFORWARD_README: a mail server in front (`smtpd_proxy_filter`) says for whom it speaks. Unlike after
    /// XCLIENT the dialogue goes on; the door meets that client at MAIL, when all of it was told.
    pub(super) fn xforward(&mut self, attributes: &str) {
        if !is_listed(&self.settings.xclient_from, self.behind) {
            return self.fail(&Reply::new(550, (5, 7, 0), "XFORWARD is not for you"));
        }
        if self.open.is_some() {
            return self.fail(&replies::sequence("Not within a transaction"));
        }
        match xclient::forwarded(attributes, &self.visit.peer) {
            Ok(peer) => {
                self.visit.peer = peer;
                self.forwarded = true;
                self.say(&replies::ok());
            }
            Err(bad) => self.fail(&Reply::new(501, (5, 5, 4), bad.to_string())),
        }
    }

    /// The stages before MAIL, for a client that XFORWARD named.
    pub(super) async fn meet_forwarded(&mut self) -> Result<Result<(), Reply>, WireFault> {
        if !std::mem::take(&mut self.forwarded) {
            return Ok(Ok(()));
        }
        let said = self.gate.connect(&mut self.visit).await;
        if let Err(reply) = self.after_pause(said).await? {
            self.forwarded = true;
            return Ok(Err(reply));
        }
        let said = self.gate.helo(&mut self.visit).await;
        self.after_pause(said).await
    }
}
