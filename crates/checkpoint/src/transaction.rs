//! One transaction on its way through the stages.

use std::collections::BTreeSet;

use controls::Mode;
use message::Envelope;
use policy::Reply;

use crate::directory::Recipient;
use crate::door::{Door, Takings, Visit};

/// By which face a transaction came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// SMTP: one answer after DATA.
    Smtp,
    /// LMTP: one answer for each recipient after DATA.
    Lmtp,
    /// rspamd's HTTP dialect: judged only.
    RspamdHttp,
    /// SpamAssassin's spamd protocol, and rspamd's older one that looks like it: judged only.
    Spamd,
    /// Milter: the mail server keeps the message and is told what to change and whom to leave out.
    Milter,
    /// Postfix's policy delegation: the door alone, no message.
    Policy,
}

/// One transaction: MAIL was accepted, recipients are gathering.
#[derive(Debug)]
pub struct Transaction {
    /// The envelope.
    pub envelope: Envelope,
    /// By which face.
    pub face: Face,
    /// Recipients accepted so far.
    pub recipients: Vec<Recipient>,
    /// The session at the door that it belongs to, with what was found up to MAIL.
    pub visit: Visit,
    /// Recipients that were asked for and do not exist.
    pub unknown_recipients: u32,
    /// Recipients that are none of ours, where the mail server in front keeps the message and takes it to them.
    pub others: usize,
    /// What it has taken from limits on reception.
    pub takings: Takings,
    /// The whole message is refused, with these words: every other answer in this transaction is the same.
    pub stopped: Option<Reply>,
}

impl Transaction {
    /// MAIL was accepted.
    pub(crate) fn new(envelope: Envelope, visit: &Visit, door: &Door) -> Self {
        Self {
            takings: Takings::new(door.memory.clone(), visit.face),
            face: visit.face,
            visit: visit.clone(),
            envelope,
            recipients: Vec::new(),
            unknown_recipients: 0,
            others: 0,
            stopped: None,
        }
    }

    /// Reasons of what the door found about it, each once, from controls that may label.
    pub fn reasons(&self) -> Vec<String> {
        let of_recipients = self.recipients.iter().flat_map(|recipient| &recipient.door.findings);
        let counts = |mode: &Mode| matches!(mode, Mode::Label | Mode::Enforce);
        let all = self.visit.noted().findings.iter().chain(of_recipients).filter(|(_, mode)| counts(mode));
        let reasons: BTreeSet<&str> = all.map(|(finding, _)| finding.reason.as_str()).collect();
        reasons.into_iter().map(str::to_owned).collect()
    }

    /// Refuses the whole message.
    pub(crate) fn stop(&mut self, reply: Reply) {
        self.recipients.clear();
        self.takings.give_back();
        self.stopped = Some(reply);
    }
}

impl Face {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
            Self::RspamdHttp => "rspamd",
            Self::Spamd => "spamd",
            Self::Milter => "milter",
            Self::Policy => "policy",
        }
    }

    /// Whether each recipient gets an answer of its own after the message.
    pub fn answers_each(self) -> bool {
        match self {
            Self::Lmtp => true,
            Self::Smtp | Self::RspamdHttp | Self::Spamd | Self::Milter | Self::Policy => false,
        }
    }

    /// Whether the mail server in front keeps the message. It then knows who exists behind it, and takes mail to others
    /// than ours as well.
    pub fn hands_back(self) -> bool {
        match self {
            Self::Milter | Self::Policy => true,
            Self::Smtp | Self::Lmtp | Self::RspamdHttp | Self::Spamd => false,
        }
    }

    /// Whether an answer by it may take longer: elsewhere a pause would block the mail server's own processes.
    pub fn can_slow(self) -> bool {
        match self {
            Self::Smtp => true,
            Self::Lmtp | Self::RspamdHttp | Self::Spamd | Self::Milter | Self::Policy => false,
        }
    }
}
