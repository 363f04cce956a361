//! Judging for a mail server that keeps the message itself (milter): it is told whom to leave out, what to change in
//! the header section, or what to answer. Held copies are on the disk before it hears of them.
//!
//! Another filter may refuse the message afterwards, and the sender comes again with the same bytes: who was held then
//! is remembered, so that one copy lies in junk and one row in the records.

use bytes::Bytes;
use message::Address;
use policy::combine::without_label_of_subject;
use policy::{Can, Decision, Disposition, LabelPlace, Reply, combine};
use store::StoreError;
use tokio::time::Instant;

use crate::apply::{self, Deed, Outcome, Settled};
use crate::edits::{self, Edit};
use crate::gate::Gate;
use crate::judge::Judged;
use crate::removal::{self, Notice, instead};
use crate::rendering::{Marks, marks};
use crate::served::{self, Mark};
use crate::transaction::Transaction;

/// What the mail server is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedBack {
    /// About the message as a whole.
    pub whole: Whole,
    /// Who is left out: they were served here. Empty unless the message goes on.
    pub left_out: Vec<Address>,
    /// What changes in the header section, in the order in which it has to be done.
    pub edits: Vec<Edit>,
    /// The body that is delivered instead.
    pub body: Option<Bytes>,
}

/// What becomes of a message as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whole {
    /// It goes on, changed as said.
    Pass,
    /// Everybody was served here: the mail server says yes and forgets it.
    Discard,
    /// It is refused, or has to come again.
    Answer(Reply),
}

impl HandedBack {
    /// Nothing but this about the whole.
    pub fn only(whole: Whole) -> Self {
        Self { whole, left_out: Vec::new(), edits: Vec::new(), body: None }
    }
}

impl Gate {
    /// Judges a message that stays with the mail server in front: lines end with CRLF, fields are as they came.
    pub async fn hand_back(&self, transaction: Transaction, raw: Bytes) -> Result<HandedBack, StoreError> {
        let Transaction { envelope, face, recipients, others, mut takings, stopped, .. } = transaction;
        if let Some(reply) = stopped {
            return Ok(HandedBack::only(Whole::Answer(reply)));
        }
        if recipients.is_empty() {
            return Ok(HandedBack::only(Whole::Pass));
        }
        self.store_must_be_writable().await?;
        let started = Instant::now();
        let limits = self.settings.load().limits;
        if raw.len() > limits.message {
            return Ok(HandedBack::only(Whole::Answer(Reply::too_big(limits.message as u64))));
        }
        let mark = Mark::of(&envelope, &raw);
        let headers = match self.read_headers(raw) {
            Ok(headers) => headers,
            Err(reply) => return Ok(HandedBack::only(Whole::Answer(reply))),
        };
        let (gathered, judged) = self.judge.judge(&envelope, headers, recipients).await?;
        let judged = reconcile(judged, others);
        let passage = self.passage(face, &envelope, &gathered, started);
        let deed = passage.deed();
        let kept = self.keep(&deed, judged, mark).await?;
        let told = tell(&deed, &kept, others);
        let settled: Vec<Settled> = kept.into_iter().filter(|one| one.is_new).map(|one| one.settled).collect();
        self.close(&passage, &settled).await?;
        if !matches!(&told.whole, Whole::Answer(reply) if reply.is_temporary()) {
            takings.keep();
        }
        Ok(told)
    }

    /// Keeps what is to be kept, once for each recipient however often the sender comes.
    async fn keep(&self, deed: &Deed<'_>, judged: Vec<Judged>, mark: Mark) -> Result<Vec<Kept>, StoreError> {
        let counters = self.stores.counters.as_ref();
        let mut all = Vec::with_capacity(judged.len());
        for judged in judged {
            let recipient = judged.recipient.clone();
            let leaves_a_copy = !matches!(
                judged.decision.treatment.then,
                Disposition::Deliver | Disposition::Refuse | Disposition::UnknownUser | Disposition::Defer
            );
            if leaves_a_copy && let Some(reference) = served::held_before(counters, mark, &recipient).await? {
                let (outcome, reply) = (outcome_of(&judged.decision), apply::accepted(&reference));
                all.push(Kept { settled: Settled { judged, reference, outcome, reply }, is_new: false });
                continue;
            }
            let mut settled = apply::settle(deed, judged, &self.junk).await?;
            if goes_on(&settled.judged.decision) {
                settled.outcome = Outcome::Delivered;
                settled.reply = apply::accepted(&settled.reference);
            }
            if leaves_a_copy {
                served::remember_held(counters, mark, &recipient, &settled.reference).await?;
            }
            all.push(Kept { settled, is_new: true });
        }
        Ok(all)
    }
}

/// One recipient's part, done.
struct Kept {
    settled: Settled,
    /// Not done already when the same message came before.
    is_new: bool,
}

/// Brings the decisions to what one message for all can carry. Recipients that are none of ours get it as it is.
fn reconcile(mut judged: Vec<Judged>, others: usize) -> Vec<Judged> {
    let mut decisions: Vec<Decision> = judged.iter().map(|one| one.decision.clone()).collect();
    if others > 0 {
        decisions.push(Decision { treatment: policy::Treatment::DELIVER, ..Decision::fault("none of ours") });
    }
    let decisions = combine(decisions, Can::RemoveRecipients);
    for (one, decision) in judged.iter_mut().zip(decisions) {
        one.decision = decision;
    }
    let mut labels: Vec<&str> = judged
        .iter()
        .filter(|one| matches!(one.decision.treatment.label, LabelPlace::Subject | LabelPlace::Both))
        .filter(|one| goes_on(&one.decision))
        .map(|one| one.settings.label.as_str())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    // Two people chose two words to stand before the Subject: one message can carry neither's alone.
    if labels.len() > 1 {
        for one in judged.iter_mut().filter(|one| goes_on(&one.decision)) {
            one.decision = without_label_of_subject(one.decision.clone());
        }
    }
    judged
}

/// Whether the mail server delivers it, whole or in part.
fn goes_on(decision: &Decision) -> bool {
    matches!(decision.treatment.then, Disposition::Deliver | Disposition::RemovePart | Disposition::HeaderOnly)
}

fn outcome_of(decision: &Decision) -> Outcome {
    match decision.treatment.then {
        Disposition::Deliver | Disposition::RemovePart | Disposition::HeaderOnly => Outcome::Delivered,
        Disposition::Junk | Disposition::Trash => Outcome::Held,
        Disposition::Delete => Outcome::Deleted,
        Disposition::Refuse | Disposition::UnknownUser => Outcome::Refused,
        Disposition::Defer => Outcome::Deferred,
    }
}

/// What the mail server hears of it.
fn tell(deed: &Deed<'_>, kept: &[Kept], others: usize) -> HandedBack {
    let settled = || kept.iter().map(|one| &one.settled);
    // `combine` has made refusals and deferrals alike for all, or turned them into held copies.
    let answer = settled().find(|one| matches!(one.outcome, Outcome::Refused | Outcome::Deferred));
    if let Some(one) = answer {
        return HandedBack::only(Whole::Answer(one.reply.clone()));
    }
    let delivered: Vec<&Settled> = settled().filter(|one| goes_on(&one.judged.decision)).collect();
    if delivered.is_empty() && others == 0 {
        return HandedBack::only(Whole::Discard);
    }
    let gone = settled().filter(|one| !goes_on(&one.judged.decision));
    let left_out = gone.map(|one| one.judged.recipient.given.clone()).collect();
    let marks = marks_for_all(deed, &delivered);
    let edits = edits::edits(deed.headers, deed.trace, &marks);
    HandedBack { whole: Whole::Pass, left_out, edits, body: edits::body(deed.headers, &marks) }
}

/// The marks that all of them bear: points and class of the mildest verdict among them.
fn marks_for_all(deed: &Deed<'_>, delivered: &[&Settled]) -> Marks {
    let points = |one: &&&Settled| one.judged.decision.verdict.points;
    let Some(mildest) = delivered.iter().min_by(|a, b| points(a).total_cmp(&points(b))) else {
        return Marks::default();
    };
    let mut marks = marks(&mildest.judged.decision, &mildest.judged.settings);
    if mildest.judged.decision.treatment.then == Disposition::RemovePart {
        let mut notice: Notice<'_> = apply::notice(mildest);
        if delivered.len() > 1 {
            // A reference belongs to one recipient, and must not tell the others that there is one.
            notice.reference = "-";
            let languages = delivered.iter().map(|one| one.judged.settings.language);
            notice.language = notice.language.filter(|own| languages.clone().all(|other| other == Some(*own)));
        }
        let decisions = delivered.iter().map(|one| &one.judged.decision);
        let parts = removal::parts(deed.headers, &deed.limits, deed.infected, decisions);
        marks.instead = instead(deed.headers, &parts, &notice);
    }
    marks
}
