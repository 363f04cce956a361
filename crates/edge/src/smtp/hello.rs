//! EHLO, HELO, LHLO, STARTTLS and XCLIENT: who the peer is and what both sides can do.

use policy::Reply;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

use super::session::{Dialect, Session};
use super::settings::is_listed;
use super::wire::WireFault;
use super::{replies, tls, xclient};

impl Session {
    pub(super) fn ehlo(&mut self, name: String) {
        match self.dialect {
            Dialect::Smtp => self.extended_hello(name),
            Dialect::Lmtp => self.fail(&Reply::new(500, (5, 5, 1), "This is LMTP: say LHLO")),
        }
    }

    pub(super) fn lhlo(&mut self, name: String) {
        match self.dialect {
            Dialect::Lmtp => self.extended_hello(name),
            Dialect::Smtp => self.fail(&Reply::new(500, (5, 5, 1), "This is SMTP: say EHLO")),
        }
    }

    pub(super) fn helo(&mut self, name: String) {
        match self.dialect {
            Dialect::Smtp => {
                self.take_name(name);
                self.peer.extended = false;
                self.say(&replies::bare(250, self.settings.name.clone()));
            }
            Dialect::Lmtp => self.fail(&Reply::new(500, (5, 5, 1), "This is LMTP: say LHLO")),
        }
    }

    fn extended_hello(&mut self, name: String) {
        self.take_name(name);
        self.peer.extended = true;
        let mut lines = vec![self.settings.name.clone(), "PIPELINING".into()];
        lines.push(format!("SIZE {}", self.settings.limits.message));
        if self.settings.tls.is_some() && self.peer.tls.is_none() {
            lines.push("STARTTLS".into());
        }
        if is_listed(&self.settings.xclient_from, self.behind) {
            lines.push(format!("XCLIENT {}", xclient::ATTRIBUTES));
        }
        lines.extend(["8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8", "CHUNKING", "HELP"].map(String::from));
        self.say(&replies::bare(250, lines.join("\n")));
    }

    /// RFC 5321 §4.1.4: a new hello ends the transaction. Nothing may follow it before its answer (RFC 2920 §3.1).
    fn take_name(&mut self, name: String) {
        self.reset();
        self.peer.helo = Some(name);
        if !self.wire.buffered().is_empty() {
            self.peer.early_talker = true;
        }
    }

    pub(super) async fn start_tls(&mut self) -> Result<(), WireFault> {
        let Some(config) = self.settings.tls.clone().filter(|_| self.peer.tls.is_none()) else {
            self.fail(&Reply::new(502, (5, 5, 1), "STARTTLS is not offered"));
            return Ok(());
        };
        self.say(&Reply::new(220, (2, 0, 0), "Ready to start TLS"));
        self.wire.flush(Instant::now() + self.settings.limits.command).await?;
        let handshake = TlsAcceptor::from(config).accept(self.wire.take());
        let stream = timeout(self.settings.limits.greeting, handshake).await.map_err(|_| WireFault::Late)??;
        self.peer.tls = Some(tls::describe(stream.get_ref().1));
        self.wire.put(Box::new(stream));
        // RFC 3207 §4.2: what was said before does not count any more.
        self.reset();
        self.peer.helo = None;
        self.peer.extended = false;
        Ok(())
    }

    pub(super) async fn xclient(&mut self, attributes: &str) {
        if !is_listed(&self.settings.xclient_from, self.behind) {
            return self.fail(&Reply::new(550, (5, 7, 0), "XCLIENT is not for you"));
        }
        if self.open.is_some() {
            return self.fail(&replies::sequence("Not within a transaction"));
        }
        match xclient::apply(attributes, &self.peer) {
            Ok(peer) => {
                self.peer = peer;
                self.reset();
                self.ask_gate_and_greet().await;
            }
            Err(bad) => self.fail(&Reply::new(501, (5, 5, 4), bad.to_string())),
        }
    }
}
