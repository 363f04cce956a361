//! One transaction on its way through the stages.

use message::Envelope;

use crate::directory::Recipient;
use crate::door::Visit;

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
}

impl Face {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
            Self::RspamdHttp => "rspamd",
            Self::Spamd => "spamd",
        }
    }

    /// Whether each recipient gets an answer of its own after the message.
    pub fn answers_each(self) -> bool {
        match self {
            Self::Lmtp => true,
            Self::Smtp | Self::RspamdHttp | Self::Spamd => false,
        }
    }

    /// Whether an answer by it may take longer: elsewhere a pause would block the mail server's own processes.
    pub fn can_slow(self) -> bool {
        match self {
            Self::Smtp => true,
            Self::Lmtp | Self::RspamdHttp | Self::Spamd => false,
        }
    }
}
