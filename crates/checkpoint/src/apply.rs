//! From decisions to deeds: hold, hand on, answer. 250 only when the next hop or the disk has it.
//!
//! Copies that are kept are kept first: when our own disk fails, nobody has been served yet and the sender comes again.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use message::{Address, Envelope, Headers};
use policy::reply::Lookup;
use policy::{Disposition, Reply};
use store::records::junk::{JunkRow, JunkState};
use store::{BlobName, JunkId, Reference, StoreError, TransactionId};
use tokio::time::Instant;

use crate::gather::virus::Infected;
use crate::judge::Judged;
use crate::junk::Junk;
use crate::onward::{Handed, Handover, NextHop, Onward};
use crate::removal::{Notice, instead, parts};
use crate::rendering::{Marks, Trace, marks, render};
use crate::stores::now;
use crate::transaction::Face;

/// How long the next hop may take. With [`crate::judge::GATHER_TIME`] this stays under four minutes.
const HAND_OVER_TIME: Duration = Duration::from_secs(180);
const DAY_MS: i64 = 24 * 3600 * 1000;

/// One message on its way through `apply`.
pub struct Deed<'a> {
    /// The transaction's id.
    pub id: TransactionId,
    /// By which face it came.
    pub face: Face,
    /// Its envelope.
    pub envelope: &'a Envelope,
    /// Its header section, with the bytes.
    pub headers: &'a Headers,
    /// What is put on top of every copy.
    pub trace: &'a Trace,
    /// Page where a reference can be looked up, if the operator named one.
    pub lookup_page: Option<&'a str>,
    /// The parts that a recipient can have removed.
    pub infected: &'a [Infected],
    /// Bounds on what is read.
    pub limits: message::Limits,
}

/// What became of the message for one recipient.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The recipient, its settings and the decision.
    pub judged: Judged,
    /// What people quote.
    pub reference: Reference,
    /// What really happened, which may differ from what was decided (a next hop that refuses, or cannot be reached).
    pub outcome: Outcome,
    /// The reply for this recipient.
    pub reply: Reply,
}

/// How it ended for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The next hop has it.
    Delivered,
    /// It is held (junk, trash, or the original of a header-only copy).
    Held,
    /// It was recorded and not kept.
    Deleted,
    /// It was refused for good, by a setting.
    Refused,
    /// The next hop refused it for good.
    RefusedByNextHop,
    /// It has to come again.
    Deferred,
    /// A face that only judges told its caller what to do; nothing is kept here.
    Advised,
}

/// Does what was decided.
pub async fn apply(
    deed: &Deed<'_>,
    judged: Vec<Judged>,
    junk: &Junk,
    onward: &Arc<dyn Onward>,
) -> Result<Vec<Settled>, StoreError> {
    let mut settled = Vec::with_capacity(judged.len());
    for judged in judged {
        settled.push(settle(deed, judged, junk).await?);
    }
    hand_on(deed, &mut settled, onward).await;
    if !deed.face.answers_each() {
        keep_refused_copies(deed, &mut settled, junk).await?;
    }
    Ok(settled)
}

/// Everything but handing on.
pub(crate) async fn settle(deed: &Deed<'_>, judged: Judged, junk: &Junk) -> Result<Settled, StoreError> {
    let reference = new_reference()?;
    let (outcome, reply) = match judged.decision.treatment.then {
        Disposition::Deliver => (Outcome::Deferred, Reply::our_fault("not handed on")),
        Disposition::RemovePart | Disposition::HeaderOnly => {
            junk.hold(junk_row(deed, &judged, &reference, JunkState::Held), deed.headers.raw.clone()).await?;
            (Outcome::Deferred, Reply::our_fault("not handed on"))
        }
        Disposition::Junk => {
            junk.hold(junk_row(deed, &judged, &reference, JunkState::Held), deed.headers.raw.clone()).await?;
            (Outcome::Held, accepted(&reference))
        }
        Disposition::Trash => {
            junk.hold(junk_row(deed, &judged, &reference, JunkState::Trash), deed.headers.raw.clone()).await?;
            (Outcome::Held, accepted(&reference))
        }
        Disposition::Delete => (Outcome::Deleted, accepted(&reference)),
        Disposition::Refuse => {
            let lookup = Lookup { reference: &reference.to_string(), page: deed.lookup_page };
            (Outcome::Refused, Reply::refused(&judged.decision.reason, lookup))
        }
        Disposition::UnknownUser => (Outcome::Refused, Reply::unknown_user()),
        Disposition::Defer => (Outcome::Deferred, try_later(&reference)),
    };
    Ok(Settled { judged, reference, outcome, reply })
}

/// Hands on, in parallel, one transaction per next hop and rendering.
async fn hand_on(deed: &Deed<'_>, settled: &mut [Settled], onward: &Arc<dyn Onward>) {
    let mut groups: Vec<(NextHop, Marks, Vec<usize>)> = Vec::new();
    for (at, one) in settled.iter().enumerate() {
        let then = one.judged.decision.treatment.then;
        if !matches!(then, Disposition::Deliver | Disposition::RemovePart | Disposition::HeaderOnly) {
            continue;
        }
        let mut marks = marks(&one.judged.decision, &one.judged.settings);
        if then == Disposition::RemovePart {
            let parts = parts(deed.headers, &deed.limits, deed.infected, [&one.judged.decision]);
            marks.instead = instead(deed.headers, &parts, &notice(one));
        }
        let hop = &one.judged.recipient.next_hop;
        match groups.iter_mut().find(|group| group.0 == *hop && group.1 == marks) {
            Some(group) => group.2.push(at),
            None => groups.push((hop.clone(), marks, vec![at])),
        }
    }
    let deadline = Instant::now() + HAND_OVER_TIME;
    let handovers = groups.iter().map(|(hop, marks, members)| {
        let recipients: Vec<Address> =
            members.iter().map(|&at| settled[at].judged.recipient.deliver_to.clone()).collect();
        onward.hand_over(Handover {
            hop: hop.clone(),
            mail_from: deed.envelope.mail_from.clone(),
            recipients,
            rendering: render(deed.headers, deed.trace, marks),
            smtp_utf8: deed.envelope.smtp_utf8,
            body: deed.envelope.body,
            peer: Some(deed.envelope.peer.clone()),
            notify_never: false,
            deadline,
        })
    });
    let answers = join_all(handovers).await;
    for ((_, _, members), answers) in groups.iter().zip(answers) {
        for (&at, handed) in members.iter().zip(answers) {
            let one = &mut settled[at];
            (one.outcome, one.reply) = match handed {
                Handed::Accepted(_) => (Outcome::Delivered, accepted(&one.reference)),
                Handed::Refused(reply) => (Outcome::RefusedByNextHop, referring(reply, &one.reference)),
                Handed::Deferred(reply) => (Outcome::Deferred, referring(reply, &one.reference)),
            };
        }
    }
}

pub(crate) fn notice(one: &Settled) -> Notice<'_> {
    let settings = &one.judged.settings;
    Notice { language: settings.language, days: settings.retention_days, reference: one.reference.as_str() }
}

/// SMTP can say only one thing after DATA. Where some were served and nobody has to wait, the answer is 250, and what
/// was refused for the others is kept in their junk, marked, so that it is not lost without a word.
async fn keep_refused_copies(deed: &Deed<'_>, settled: &mut [Settled], junk: &Junk) -> Result<(), StoreError> {
    let waits = settled.iter().any(|one| one.outcome == Outcome::Deferred);
    let served = settled.iter().any(|one| matches!(one.outcome, Outcome::Delivered | Outcome::Held | Outcome::Deleted));
    if waits || !served {
        return Ok(());
    }
    for one in settled.iter() {
        if matches!(one.outcome, Outcome::Refused | Outcome::RefusedByNextHop) {
            let mut row = junk_row(deed, &one.judged, &one.reference, JunkState::Held);
            row.refused_by_next_hop = one.outcome == Outcome::RefusedByNextHop;
            junk.hold(row, deed.headers.raw.clone()).await?;
        }
    }
    Ok(())
}

/// The one answer after DATA: anybody has to wait, all wait; nobody was served, no; else yes.
pub fn whole(settled: &[Settled]) -> Reply {
    let of = |outcomes: &[Outcome]| settled.iter().find(|one| outcomes.contains(&one.outcome)).map(|one| &one.reply);
    of(&[Outcome::Deferred])
        .or_else(|| of(&[Outcome::Delivered, Outcome::Held, Outcome::Deleted]))
        .or_else(|| of(&[Outcome::Refused, Outcome::RefusedByNextHop]))
        .cloned()
        .unwrap_or_else(served_before)
}

/// A decision of a face that only judges: what was decided is what the caller was told to do.
pub fn judged_only(judged: Judged) -> Result<Settled, StoreError> {
    let reference = new_reference()?;
    let outcome = match judged.decision.treatment.then {
        Disposition::Deliver | Disposition::RemovePart | Disposition::HeaderOnly => Outcome::Delivered,
        Disposition::Junk | Disposition::Trash => Outcome::Advised,
        Disposition::Delete => Outcome::Advised,
        Disposition::Refuse | Disposition::UnknownUser => Outcome::Refused,
        Disposition::Defer => Outcome::Deferred,
    };
    let reply = accepted(&reference);
    Ok(Settled { judged, reference, outcome, reply })
}

pub(crate) fn accepted(reference: &Reference) -> Reply {
    Reply::accepted(format!("Accepted, reference {reference}"))
}

/// For a recipient that got the message in an earlier try.
pub fn served_before() -> Reply {
    Reply::accepted("Accepted before")
}

fn try_later(reference: &Reference) -> Reply {
    Reply::new(451, (4, 7, 1), format!("Please try again later, reference {reference}"))
}

/// The next hop's answer with our reference under it.
fn referring(mut reply: Reply, reference: &Reference) -> Reply {
    reply.text.push_str(&format!("\nReference {reference}"));
    reply
}

fn junk_row(deed: &Deed<'_>, judged: &Judged, reference: &Reference, state: JunkState) -> JunkRow {
    let held_at = now();
    let from = deed.headers.authors().first().cloned();
    let verdict = &judged.decision.verdict;
    let settings = &judged.settings;
    let days = if state == JunkState::Trash { settings.trash_days } else { settings.retention_days };
    let reasons: Vec<&str> = verdict.findings.iter().take(5).map(|finding| finding.reason.as_str()).collect();
    JunkRow {
        id: JunkId(uuid::Uuid::now_v7()),
        reference: reference.clone(),
        transaction: deed.id,
        operator: judged.recipient.operator,
        subscriber: judged.recipient.subscriber,
        recipient: judged.recipient.deliver_to.to_string(),
        blob: BlobName([0; 32]),
        mail_from: deed.envelope.mail_from.to_string(),
        smtp_utf8: deed.envelope.smtp_utf8,
        from: deed.headers.get("From").unwrap_or_default().to_owned(),
        from_address: from.and_then(|mailbox| mailbox.address).map(|address| address.key()).unwrap_or_default(),
        subject: deed.headers.get("Subject").unwrap_or_default().to_owned(),
        size: i64::try_from(deed.headers.raw.len()).unwrap_or(i64::MAX),
        class: verdict.class.name().to_owned(),
        points: verdict.points,
        reasons: reasons.join(" "),
        refused_by_next_hop: false,
        held_at,
        expires_at: message::UnixMillis(held_at.0 + i64::from(days) * DAY_MS),
        state,
    }
}

fn new_reference() -> Result<Reference, StoreError> {
    let mut random = [0u8; 12];
    getrandom::fill(&mut random).map_err(|fault| StoreError::Disk(format!("no randomness: {fault}")))?;
    Ok(Reference::from_random(random))
}
