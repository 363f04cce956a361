//! The gate: what an edge calls, stage by stage.

use bytes::Bytes;
use message::{Address, Envelope, Peer};
use policy::Reply;

use crate::transaction::{Face, Transaction};

/// What is said after DATA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// For SMTP: the one reply.
    pub whole: Reply,
    /// For LMTP: a reply for each recipient, in order.
    pub each: Vec<Reply>,
}

/// The checkpoint. Cheap to share behind an `Arc`.
#[derive(Debug, Default)]
pub struct Gate {}

impl Gate {
    /// A connection stands. `Err` is said instead of the greeting.
    pub async fn connect(&self, peer: &Peer) -> Result<(), Reply> {
        let _ = peer;
        Ok(())
    }

    /// MAIL FROM. `declared` is SIZE, octets.
    pub async fn mail(&self, envelope: Envelope, declared: Option<u64>, face: Face) -> Result<Transaction, Reply> {
        let _ = declared;
        Ok(Transaction { envelope, face, recipients: Vec::new() })
    }

    /// RCPT TO. `Ok` and `Err` are both said to the peer; only after `Ok` is the recipient part of the transaction.
    pub async fn rcpt(&self, transaction: &mut Transaction, recipient: Address) -> Result<Reply, Reply> {
        transaction.recipients.push(recipient);
        Ok(Reply::new(250, (2, 1, 5), "Recipient ok"))
    }

    /// The message: CRLF line ends, dots unstuffed, no bare CR or LF. Returns when every recipient's part is done.
    pub async fn data(&self, transaction: Transaction, raw: Bytes) -> Answer {
        let _ = raw;
        let reply = Reply::our_fault("the gate is not open yet");
        Answer { each: vec![reply.clone(); transaction.recipients.len()], whole: reply }
    }
}
