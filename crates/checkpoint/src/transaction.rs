//! One transaction on its way through the stages.

use message::{Address, Envelope};

/// By which face a transaction came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// SMTP: one answer after DATA.
    Smtp,
    /// LMTP: one answer for each recipient after DATA.
    Lmtp,
    /// rspamd's HTTP dialect: judged only.
    RspamdHttp,
}

/// One transaction: MAIL was accepted, recipients are gathering.
#[derive(Debug)]
pub struct Transaction {
    /// The envelope.
    pub envelope: Envelope,
    /// By which face.
    pub face: Face,
    /// Recipients accepted so far, as the sender gave them.
    pub recipients: Vec<Address>,
}

impl Face {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
            Self::RspamdHttp => "rspamd",
        }
    }
}
