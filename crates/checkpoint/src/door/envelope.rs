//! MAIL and RCPT: the envelope grows, and the door and the directory have their say on each line of it.

use std::sync::Arc;
use std::time::Duration;

use controls::Stage;
use message::{Address, Envelope, UnixMillis};
use policy::Reply;
use policy::door::{Passage, Then};
use store::records::decisions::FoldedRefusal;
use tokio::time::Instant;

use super::gather::forget_recipient;
use super::settings::DoorSettings;
use super::stages::About;
use super::visit::{Noted, Said, Visit};
use crate::directory::{Recipient, Resolved};
use crate::gate::{Gate, network};
use crate::onward::Verified;
use crate::stores::now;
use crate::transaction::Transaction;

/// How long the next hop may take to say whether it knows a recipient.
const VERIFY_TIME: Duration = Duration::from_secs(30);

/// What the directory and the next hop say of an address.
enum Standing {
    /// It is ours and exists.
    Known(Box<Recipient>),
    /// It does not exist, or is not ours: this is said.
    Refused(Reply),
    /// That cannot be said now.
    Unclear(Reply),
    /// It is none of ours, and the mail server in front takes mail to it.
    Other,
}

impl Gate {
    /// MAIL FROM. `declared` is SIZE, octets.
    pub async fn mail(&self, visit: &Visit, envelope: Envelope, declared: Option<u64>) -> Said<Transaction> {
        let most = self.settings.load().limits.message as u64;
        if declared.is_some_and(|size| size > most) {
            return Said::at_once(Err(Reply::too_big(most)));
        }
        let mut transaction = Transaction::new(envelope, visit, &self.door);
        let settings = self.door.settings.load_full();
        if settings.lets_by(visit) {
            return Said::at_once(Ok(transaction));
        }
        let about = About::default();
        let noted = &mut transaction.visit.noted;
        let (passage, _) = self.stage(Stage::Mail, &settings, &transaction.envelope, about, noted).await;
        let envelope = transaction.envelope.clone();
        self.said(Stage::Mail, visit.face, &settings, &envelope, about, passage, Ok(transaction)).await
    }

    /// RCPT TO. Both answers are said to the peer; only after `Ok` is the recipient part of the transaction.
    pub async fn rcpt(&self, transaction: &mut Transaction, given: Address) -> Said<Reply> {
        if transaction.recipients.len() >= self.settings.load().recipients {
            return Said::at_once(Err(Reply::too_many_recipients()));
        }
        if let Some(reply) = &transaction.stopped {
            return Said::at_once(Err(reply.clone()));
        }
        let standing = self.standing(transaction, &given).await;
        self.rcpt_of(transaction, given, standing).await
    }

    /// RCPT TO that the mail server in front refuses by itself: nothing is added to the transaction, but the door hears
    /// who asks for recipients that do not exist.
    pub async fn rcpt_refused(&self, transaction: &mut Transaction, given: Address) -> Said<Reply> {
        self.rcpt_of(transaction, given, Standing::Refused(Reply::unknown_user())).await
    }

    async fn rcpt_of(&self, transaction: &mut Transaction, given: Address, standing: Standing) -> Said<Reply> {
        let (recipient, unknown, otherwise) = match standing {
            Standing::Known(found) => (Some(found), false, Ok(Reply::new(250, (2, 1, 5), "Recipient ok"))),
            Standing::Refused(reply) => (None, says_unknown(&reply), Err(reply)),
            Standing::Unclear(reply) => return Said::at_once(Err(reply)),
            Standing::Other => {
                transaction.others += 1;
                return Said::at_once(Ok(Reply::new(250, (2, 1, 5), "Not one of ours")));
            }
        };
        transaction.unknown_recipients += u32::from(unknown);
        if unknown {
            self.door.heard_unknown_recipient(&transaction.envelope);
        }
        let own = otherwise.as_ref().err().cloned();
        let mut noted = transaction.visit.noted.clone();
        let settings = self.door.settings.load_full();
        let said = if settings.lets_by(&transaction.visit) {
            Said::at_once(otherwise)
        } else {
            let at = At { given: &given, recipient: recipient.as_deref(), unknown };
            self.rcpt_stage(transaction, &settings, at, &mut noted, otherwise).await
        };
        match (recipient, &said.answer) {
            (Some(found), Ok(_)) => join(transaction, Recipient { door: Arc::new(noted), ..*found }),
            // The door's own refusal is written down already.
            (None, Err(reply)) if own.as_ref() == Some(reply) => {
                if let Err(fault) = self.fold_unknown(&transaction.envelope, &given, reply).await {
                    return Said { answer: Err(fault), ..said };
                }
            }
            _ => {}
        }
        said
    }

    /// The door's part of RCPT. What was taken from limits stays with the transaction only where the answer is yes.
    async fn rcpt_stage(
        &self,
        transaction: &mut Transaction,
        settings: &DoorSettings,
        at: At<'_>,
        noted: &mut Noted,
        otherwise: Result<Reply, Reply>,
    ) -> Said<Reply> {
        forget_recipient(&mut noted.facts);
        let operator = at.recipient.map(|recipient| recipient.operator);
        let about = About {
            given: Some(at.given),
            recipient: at.recipient,
            is_unknown: at.unknown,
            taken_for: transaction.takings.taken_for(),
            unknown: transaction.unknown_recipients,
            known: transaction.recipients.len(),
        };
        let (passage, receipts) = self.stage(Stage::Rcpt, settings, &transaction.envelope, about, noted).await;
        let stops = passage.then != Then::Nothing
            && passage.because.as_ref().is_some_and(|finding| finding.reason == "unknown-recipients-in-message");
        let (face, envelope) = (transaction.face, &transaction.envelope);
        let said = self.said(Stage::Rcpt, face, settings, envelope, about, passage, otherwise).await;
        match (&said.answer, operator) {
            (Ok(_), Some(operator)) => transaction.takings.add(operator, receipts),
            _ => receipts.into_iter().for_each(|receipt| self.door.memory.windows.refund(receipt)),
        }
        if let (true, Err(reply)) = (stops, &said.answer) {
            transaction.stop(reply.clone());
        }
        said
    }

    /// Whether a recipient exists: by the directory, then by the next hop.
    async fn standing(&self, transaction: &Transaction, given: &Address) -> Standing {
        let found = match self.directory.resolve(given).await {
            Ok(Resolved::Ours(found)) => found,
            Ok(Resolved::Nobody) => return Standing::Refused(Reply::unknown_user()),
            Ok(Resolved::NotOurs) if transaction.face.hands_back() => return Standing::Other,
            Ok(Resolved::NotOurs) => return Standing::Refused(Reply::relay_denied()),
            Err(fault) => return Standing::Unclear(Reply::our_fault(fault.to_string())),
        };
        // A mail server in front knows who exists behind it.
        if !found.ask_next_hop || transaction.face.hands_back() {
            return Standing::Known(found);
        }
        match self.verify(&transaction.envelope, &found).await {
            Verified::Known => Standing::Known(found),
            Verified::Refused(reply) => Standing::Refused(reply),
            Verified::Unclear(reply) => Standing::Unclear(reply),
        }
    }

    /// The next hop's own answer about a recipient, live or from the last minutes.
    async fn verify(&self, envelope: &Envelope, recipient: &Recipient) -> Verified {
        let key = format!("{} {}", recipient.next_hop, recipient.deliver_to.key());
        if let Some(known) = self.verified.get(&key).await {
            return known;
        }
        let deadline = Instant::now() + VERIFY_TIME;
        let said = self.onward.verify(&recipient.next_hop, &envelope.mail_from, &recipient.deliver_to, deadline).await;
        match &said {
            Verified::Known | Verified::Refused(_) => self.verified.insert(key, said.clone()).await,
            Verified::Unclear(_) => {}
        }
        said
    }

    /// A recipient that does not exist: folded per network, reason and minute.
    async fn fold_unknown(&self, envelope: &Envelope, recipient: &Address, reply: &Reply) -> Result<(), Reply> {
        let reason = reply.enhanced.map_or_else(String::new, |(a, b, c)| format!("rcpt-{a}.{b}.{c}"));
        self.metrics.refused_early();
        self.fold(envelope, Some(recipient), reason).await
    }

    /// A refusal before there is a message. Where it cannot be written down, the peer shall come again.
    async fn fold(&self, envelope: &Envelope, recipient: Option<&Address>, reason: String) -> Result<(), Reply> {
        let operator = recipient.and_then(|recipient| self.directory.operator_of_domain(recipient.domain()));
        let Some(operator) = operator.or_else(|| self.directory.first_operator()) else { return Ok(()) };
        let at = now();
        let refusal = FoldedRefusal {
            operator,
            minute: UnixMillis(at.0 - at.0.rem_euclid(60_000)),
            network: network(envelope.peer.ip),
            reason,
            count: 1,
        };
        self.stores.records.fold_refusal(refusal).await.map_err(|fault| Reply::our_fault(fault.to_string()))
    }

    /// A stage that does not pass: folded, counted, logged.
    pub(super) async fn refused_at_door(
        &self,
        stage: Stage,
        envelope: &Envelope,
        about: About<'_>,
        passage: &Passage,
        reply: Reply,
    ) -> Reply {
        let reason = passage.because.as_ref().map_or("door", |finding| finding.reason.as_str());
        self.metrics.refused_early();
        tracing::info!(
            stage = stage.name(),
            peer = %envelope.peer.ip,
            helo = envelope.peer.helo.as_deref().unwrap_or_default(),
            mail_from = %envelope.mail_from,
            recipient = about.given.map(tracing::field::display),
            reply = reply.code,
            reason,
            arguments = ?passage.because.as_ref().map(|finding| &finding.arguments),
            "door"
        );
        match self.fold(envelope, about.given, reason.to_owned()).await {
            Ok(()) => reply,
            Err(fault) => fault,
        }
    }
}

/// A recipient as the door looks at it.
#[derive(Clone, Copy)]
struct At<'a> {
    given: &'a Address,
    /// Where it exists.
    recipient: Option<&'a Recipient>,
    /// It is in a domain of ours and does not exist.
    unknown: bool,
}

/// Whether a refusal says that the recipient does not exist: not ours to relay, full or closed is something else.
fn says_unknown(reply: &Reply) -> bool {
    // 5.1.7 and 5.1.8 are about the sender (RFC 3463 §3.2), and some servers say so only at RCPT.
    reply.is_permanent() && !matches!(reply.enhanced, Some((5, 1, 7..=9) | (5, 2.., _)))
}

/// The recipient becomes part of the transaction; given twice, it is one, except that LMTP answers each (RFC 2033 §4.2).
fn join(transaction: &mut Transaction, recipient: Recipient) {
    let twice = transaction.recipients.iter().any(|known| known.given.key() == recipient.given.key());
    if !twice || transaction.face.answers_each() {
        transaction.recipients.push(recipient);
    }
}
