//! MAIL and RCPT: the envelope grows, the gate has its say on each line of it.

use std::time::{SystemTime, UNIX_EPOCH};

use checkpoint::Said;
use message::{Address, Envelope, ReversePath, UnixMillis};
use policy::Reply;

use super::command::Recipient;
use super::parameters::MailParameters;
use super::replies;
use super::session::Session;
use super::wire::WireFault;

impl Session {
    pub(super) async fn mail(
        &mut self,
        from: ReversePath,
        parameters: MailParameters,
        ascii: bool,
    ) -> Result<(), WireFault> {
        if let Err(reply) = self.may_begin(parameters, ascii) {
            self.fail(&reply);
            return Ok(());
        }
        if let Err(reply) = self.meet_forwarded().await? {
            self.fail(&reply);
            return Ok(());
        }
        self.counts.transactions += 1;
        let envelope = Envelope {
            peer: self.visit.peer.clone(),
            mail_from: from,
            smtp_utf8: parameters.smtp_utf8,
            body: parameters.body,
            received_at: now(),
        };
        let said = self.gate.mail(&self.visit, envelope, parameters.size).await;
        match self.after_pause(said).await? {
            Ok(transaction) => {
                self.open = Some(transaction);
                self.say(&replies::sender_ok());
            }
            Err(reply) => self.fail(&reply),
        }
        Ok(())
    }

    fn may_begin(&self, parameters: MailParameters, ascii: bool) -> Result<(), Reply> {
        let limits = &self.settings.limits;
        if self.visit.peer.helo.is_none() {
            return Err(replies::sequence("Say hello first"));
        }
        if self.open.is_some() {
            return Err(replies::sequence("A transaction is under way"));
        }
        if self.counts.transactions >= limits.transactions {
            return Err(replies::too_much("Too many messages in this session"));
        }
        if !ascii && !parameters.smtp_utf8 {
            return Err(replies::needs_smtp_utf8());
        }
        match parameters.size {
            Some(size) if size > limits.message as u64 => Err(replies::too_large()),
            _ => Ok(()),
        }
    }

    pub(super) async fn rcpt(&mut self, to: Recipient, ascii: bool) -> Result<(), WireFault> {
        if let Err(reply) = self.may_add(ascii) {
            self.fail(&reply);
            return Ok(());
        }
        let Some(transaction) = &mut self.open else { return Ok(()) };
        if transaction.recipients.len() >= self.settings.limits.recipients {
            self.say(&Reply::new(452, (4, 5, 3), "Too many recipients"));
            return Ok(());
        }
        let address = match to {
            Recipient::Address(address) => Ok(address),
            Recipient::Postmaster => Address::new("postmaster", self.settings.postmaster_domain.clone()),
        };
        let said = match address {
            Ok(address) => self.gate.rcpt(transaction, address).await,
            Err(bad) => Said::at_once(Err(Reply::new(553, (5, 1, 3), bad.to_string()))),
        };
        match self.after_pause(said).await? {
            Ok(reply) => self.say(&reply),
            Err(reply) => self.refuse_recipient(&reply),
        }
        Ok(())
    }

    fn may_add(&self, ascii: bool) -> Result<(), Reply> {
        match &self.open {
            Some(_) if self.chunks.is_some() => Err(replies::sequence("MAIL comes before RCPT")),
            None => Err(replies::sequence("MAIL comes before RCPT")),
            Some(transaction) if !ascii && !transaction.envelope.smtp_utf8 => Err(replies::needs_smtp_utf8()),
            Some(_) => Ok(()),
        }
    }

    /// Someone who tries addresses until one fits is stopped.
    fn refuse_recipient(&mut self, reply: &Reply) {
        self.say(reply);
        if reply.is_permanent() {
            self.counts.refused_recipients += 1;
        }
        if self.counts.refused_recipients > self.settings.limits.refused_recipients && !self.closing {
            self.say(&replies::too_much("Too many refused recipients"));
        }
    }
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
