//! What is written down of a transaction: one row, and one per recipient which never shows another.

use message::{Authentication, UnixMillis};
use policy::Disposition;
use policy::record::{AuthenticationRecord, DecisionRecord, ProgramVersions, TransactionRecord};
use store::records::decisions::{DecisionRow, TransactionRow};
use store::{OperatorId, TransactionId};

use crate::apply::{Outcome, Settled};
use crate::transaction::Face;

/// Facts of the transaction that its row keeps.
pub struct Written<'a> {
    /// Its id.
    pub id: TransactionId,
    /// Whose.
    pub operator: OperatorId,
    /// By which face.
    pub face: Face,
    /// Its envelope.
    pub envelope: &'a message::Envelope,
    /// Message-ID.
    pub message_id: &'a str,
    /// Octets.
    pub size: usize,
    /// Who sent it.
    pub authentication: Option<&'a Authentication>,
    /// When.
    pub at: UnixMillis,
    /// What decided.
    pub versions: &'a ProgramVersions,
    /// Milliseconds of gathering and judging, and of handing on.
    pub millis: [u32; 3],
}

/// The row of the transaction.
pub fn transaction(written: &Written<'_>) -> TransactionRow {
    TransactionRow {
        id: written.id,
        operator: written.operator,
        at: written.at,
        peer: written.envelope.peer.ip.to_string(),
        helo: written.envelope.peer.helo.clone().unwrap_or_default(),
        mail_from: written.envelope.mail_from.to_string(),
        message_id: written.message_id.to_owned(),
        size: i64::try_from(written.size).unwrap_or(i64::MAX),
        face: written.face.name().to_owned(),
        json: TransactionRecord {
            versions: written.versions.clone(),
            authentication: written.authentication.map(AuthenticationRecord::of),
            millis: written.millis,
            faults: Vec::new(),
        }
        .to_json(),
    }
}

/// The row of one recipient.
pub fn decision(written: &Written<'_>, settled: &Settled) -> DecisionRow {
    let judged = &settled.judged;
    DecisionRow {
        reference: settled.reference.clone(),
        transaction: written.id,
        operator: judged.recipient.operator,
        at: written.at,
        recipient: judged.recipient.given.key(),
        subscriber: judged.recipient.subscriber,
        class: judged.decision.verdict.class.name().to_owned(),
        action: action(settled).to_owned(),
        points: judged.decision.verdict.points,
        json: DecisionRecord::of(judged.decision.clone(), &judged.settings, &judged.recipient.group).to_json(),
    }
}

/// What really happened, by its stable name.
pub fn action(settled: &Settled) -> &'static str {
    match settled.outcome {
        Outcome::Delivered | Outcome::Held | Outcome::Deleted | Outcome::Advised => {
            settled.judged.decision.treatment.action()
        }
        Outcome::Refused => "refuse",
        Outcome::RefusedByNextHop => "refused_by_next_hop",
        Outcome::Deferred => "defer",
    }
}

/// Whether the reply must wait until the rows are on the disk: something was held, refused or deleted. Advice to mark a
/// message holds nothing: it goes on, and its row may follow within the second.
pub fn must_be_durable(settled: &[&Settled]) -> bool {
    settled.iter().any(|one| {
        let treatment = one.judged.decision.treatment;
        match one.outcome {
            Outcome::Delivered => keeps_the_original(treatment.then),
            Outcome::Advised => treatment.then == Disposition::Delete,
            _ => true,
        }
    })
}

/// What is delivered is not all that came: the rest is in junk.
fn keeps_the_original(then: Disposition) -> bool {
    match then {
        Disposition::RemovePart | Disposition::HeaderOnly => true,
        Disposition::Deliver
        | Disposition::Junk
        | Disposition::Trash
        | Disposition::Delete
        | Disposition::Refuse
        | Disposition::UnknownUser
        | Disposition::Defer => false,
    }
}

/// One structured line per decision, the same fields each time. The body is never logged.
pub fn log(written: &Written<'_>, settled: &[&Settled]) {
    for one in settled {
        let decision = &one.judged.decision;
        tracing::info!(
            reference = one.reference.as_str(),
            transaction = %written.id.0,
            operator = written.operator.0,
            face = written.face.name(),
            peer = %written.envelope.peer.ip,
            mail_from = %written.envelope.mail_from,
            recipient = %one.judged.recipient.given,
            message_id = written.message_id,
            size = written.size,
            class = decision.verdict.class.name(),
            points = decision.verdict.points,
            action = action(one),
            reply = one.reply.code,
            why = one.reply.private,
            "decision"
        );
    }
}
