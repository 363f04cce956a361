//! The gate: what an edge calls, stage by stage. It only calls; what happens stands in the files beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use message::{Envelope, Headers, Limits};
use moka::future::Cache;
use policy::record::ProgramVersions;
use policy::{Can, Reply, combine};
use store::{OperatorId, StoreError, TransactionId};
use tokio::time::Instant;

use crate::apply::{self, Deed, Outcome, Settled};
use crate::bulk;
use crate::directory::{Directory, Recipient};
use crate::door::Door;
use crate::gather::Gathered;
use crate::judge::Judge;
use crate::junk::Junk;
use crate::learning::Learning;
use crate::metrics::Metrics;
use crate::onward::{Onward, Verified};
use crate::record::{self, Written};
use crate::rendering::{self, Trace};
use crate::ring::{Owner, Ring};
use crate::served::{self, Mark};
use crate::stores::{Stores, now};
use crate::transaction::{Face, Transaction};

/// How long its yes, and its no, are believed.
const VERIFIED_KEPT: Duration = Duration::from_secs(300);
/// The store is tried at most so often, milliseconds.
const HEALTH_EVERY_MS: i64 = 1_000;

/// What is said after DATA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// For SMTP: the one reply.
    pub whole: Reply,
    /// For LMTP: a reply for each recipient, in order.
    pub each: Vec<Reply>,
}

/// Settings of the gate itself.
#[derive(Clone, Debug)]
pub struct GateSettings {
    /// Our own name in trace fields and results.
    pub hostname: String,
    /// Bounds on messages.
    pub limits: Limits,
    /// Recipients of one transaction.
    pub recipients: usize,
    /// Days that decisions are kept.
    pub decision_days: u32,
    /// Page where a reference can be looked up; the reference is put at its end.
    pub lookup_page: Option<String>,
    /// Octets of the ring of recent messages; 0: none are kept.
    pub ring: u64,
    /// A short hash of the configuration in force, for the record.
    pub configuration: String,
}

/// The checkpoint. Shared behind an `Arc`.
pub struct Gate {
    /// The three stores.
    pub stores: Stores,
    /// Who recipients are.
    pub directory: Arc<Directory>,
    /// What people taught.
    pub learning: Arc<Learning>,
    /// Held mail.
    pub junk: Arc<Junk>,
    /// Gathers, asks, decides.
    pub judge: Judge,
    /// The way onward.
    pub onward: Arc<dyn Onward>,
    /// Settings of the gate itself; replaced on reload.
    pub settings: ArcSwap<GateSettings>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Recent messages of those who agreed to that.
    pub ring: Option<Ring>,
    /// What is known and said before there is a message.
    pub door: Arc<Door>,
    pub(crate) verified: Cache<String, Verified>,
    healthy_at: AtomicI64,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Gate {
    /// Puts a gate together.
    pub fn new(
        stores: Stores,
        judge: Judge,
        junk: Arc<Junk>,
        onward: Arc<dyn Onward>,
        metrics: Arc<Metrics>,
        settings: GateSettings,
        door: Door,
    ) -> Self {
        let door = Arc::new(door);
        let judge = Judge { door: Some(door.clone()), ..judge };
        Self {
            directory: judge.directory.clone(),
            learning: judge.learning.clone(),
            ring: None,
            door,
            verified: Cache::builder().max_capacity(100_000).time_to_live(VERIFIED_KEPT).build(),
            healthy_at: AtomicI64::new(0),
            settings: ArcSwap::from_pointee(settings),
            stores,
            judge,
            junk,
            onward,
            metrics,
        }
    }

    /// With a ring of recent messages.
    #[must_use]
    pub fn with_ring(self, ring: Ring) -> Self {
        Self { ring: Some(ring), ..self }
    }

    /// The message: CRLF line ends, dots unstuffed, no bare CR or LF. Returns when every recipient's part is done.
    pub async fn data(&self, transaction: Transaction, raw: Bytes) -> Answer {
        if let Some(reply) = transaction.stopped {
            return Answer { each: Vec::new(), whole: reply };
        }
        let count = transaction.recipients.len();
        match self.pass(transaction, raw).await {
            Ok(answer) => answer,
            Err(fault) => {
                tracing::error!(%fault, "our own fault; the sender will come again");
                self.metrics.fault();
                let reply = Reply::our_fault(fault.to_string());
                Answer { each: vec![reply.clone(); count], whole: reply }
            }
        }
    }

    /// Gather, ask, decide, apply, record.
    async fn pass(&self, transaction: Transaction, raw: Bytes) -> Result<Answer, StoreError> {
        let Transaction { envelope, face, recipients, mut takings, .. } = transaction;
        self.store_must_be_writable().await?;
        let started = Instant::now();
        let limits = self.settings.load().limits;
        let mark = Mark::of(&envelope, &raw);
        let headers = Headers::parse(raw, &limits);
        let hops = headers.all("Received").count();
        if hops > limits.hops {
            let reply = Reply::mail_loop(hops);
            return Ok(Answer { each: vec![reply.clone(); recipients.len()], whole: reply });
        }
        let mut open = Vec::with_capacity(recipients.len());
        let mut order = Vec::with_capacity(recipients.len());
        let mut before = Vec::new();
        for recipient in recipients {
            let served = served::was_served(self.stores.counters.as_ref(), mark, &recipient).await?;
            order.push((!served).then_some(open.len()));
            if served {
                before.push(recipient);
                continue;
            }
            open.push(recipient);
        }
        let (gathered, mut judged) = self.judge.judge(&envelope, headers, open).await?;
        if !face.answers_each() {
            let decisions = judged.iter().map(|one| one.decision.clone()).collect();
            for (one, decision) in judged.iter_mut().zip(combine(decisions, Can::OneAnswer)) {
                one.decision = decision;
            }
        }
        let id = TransactionId(uuid::Uuid::now_v7());
        let trace = self.trace(id, &envelope, face, &gathered);
        let settings = self.settings.load_full();
        let lookup_page = settings.lookup_page.as_deref();
        let infected = gathered.virus.known().map_or(&[][..], |found| &found.infected);
        let deed =
            Deed { id, face, envelope: &envelope, headers: &gathered.headers, trace: &trace, lookup_page, infected };
        let judged_after = started.elapsed();
        let settled = apply::apply(&deed, judged, &self.junk, &self.onward).await?;
        self.remember_served(mark, face, &settled, &before).await?;
        let millis = [millis(judged_after), 0, millis(started.elapsed().saturating_sub(judged_after))];
        self.write_down(id, face, &envelope, &gathered, &settled, millis).await?;
        self.keep_recent(&gathered, &settled).await;
        self.metrics.transaction(&settled, started.elapsed());
        let known = gathered.authentication.known();
        self.door.heard_message(&envelope, known, settled.iter().map(|one| &one.judged));
        for one in settled.iter().filter(|one| one.outcome == Outcome::Deferred) {
            bulk::give_back(&self.directory, &envelope, &one.judged).await?;
        }
        // Where everybody has to wait, the same message comes again and counts then.
        if settled.iter().any(|one| one.outcome != Outcome::Deferred) {
            takings.keep();
        }
        let already = apply::served_before();
        let each = order.iter().map(|at| at.map_or_else(|| already.clone(), |at| settled[at].reply.clone())).collect();
        Ok(Answer { whole: apply::whole(&settled), each })
    }

    /// At most once a second the store is tried, so that nothing is accepted that could not be recorded.
    pub(crate) async fn store_must_be_writable(&self) -> Result<(), StoreError> {
        let at = now().0;
        if (at - self.healthy_at.load(Ordering::Relaxed)).abs() < HEALTH_EVERY_MS {
            return Ok(());
        }
        self.stores.records.check_writable().await?;
        self.healthy_at.store(at, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn trace(&self, id: TransactionId, envelope: &Envelope, face: Face, gathered: &Gathered) -> Trace {
        let settings = self.settings.load();
        let mut trace = Trace { fields: String::new(), removed: rendering::foreign_verdicts(&gathered.headers) };
        trace.removed.extend(auth::results::forged(&gathered.headers.raw, &settings.hostname));
        trace.removed.sort_by_key(|range| range.start);
        if let Some(authentication) = gathered.authentication.known() {
            let results = auth::results::authentication_results(&settings.hostname, envelope.peer.ip, authentication);
            trace.fields.push_str(&results);
            trace.fields.push_str(&auth::results::received_spf(&settings.hostname, envelope, &authentication.spf));
        }
        // A mail server that keeps the message writes its own.
        if !face.hands_back() {
            let authentication = gathered.authentication.known();
            trace.fields.push_str(&crate::trace::received(id, envelope, face, &settings.hostname, authentication));
        }
        trace
    }

    /// When somebody has to wait, the others are remembered for the retry; when nobody has, nothing is.
    async fn remember_served(
        &self,
        mark: Mark,
        face: Face,
        settled: &[Settled],
        before: &[Recipient],
    ) -> Result<(), StoreError> {
        let waits = !face.answers_each() && settled.iter().any(|one| one.outcome == Outcome::Deferred);
        if !waits {
            for recipient in before {
                served::forget(self.stores.counters.as_ref(), mark, recipient).await?;
            }
        }
        for one in settled {
            let recipient = &one.judged.recipient;
            if waits && one.outcome != Outcome::Deferred {
                served::remember(self.stores.counters.as_ref(), mark, recipient).await?;
            }
        }
        Ok(())
    }

    /// Delivered mail of those who agreed to it goes into the ring; without it nothing is lost but a replay.
    pub(crate) async fn keep_recent(&self, gathered: &Gathered, settled: &[Settled]) {
        let room = self.settings.load().ring;
        let Some(ring) = self.ring.as_ref().filter(|_| room > 0) else { return };
        for one in settled.iter().filter(|one| one.outcome == Outcome::Delivered) {
            let recipient = &one.judged.recipient;
            let Some(subscriber) = recipient.subscriber.filter(|_| one.judged.settings.keeps_recent()) else {
                continue;
            };
            let reference = one.reference.to_string();
            let owner = Owner { operator: recipient.operator, subscriber, group: &recipient.group, reference };
            if let Err(fault) = ring.keep(owner, gathered.headers.raw.clone(), room).await {
                tracing::warn!(%fault, "a message was not kept for replay");
            }
        }
    }

    pub(crate) async fn write_down(
        &self,
        id: TransactionId,
        face: Face,
        envelope: &Envelope,
        gathered: &Gathered,
        settled: &[Settled],
        millis: [u32; 3],
    ) -> Result<(), StoreError> {
        let mut operators: Vec<OperatorId> = settled.iter().map(|one| one.judged.recipient.operator).collect();
        operators.sort_unstable();
        operators.dedup();
        for operator in operators {
            let versions = self.versions(operator);
            let of_operator: Vec<&Settled> =
                settled.iter().filter(|one| one.judged.recipient.operator == operator).collect();
            let written = Written {
                id,
                operator,
                face,
                envelope,
                message_id: gathered.headers.get("Message-ID").unwrap_or_default(),
                size: gathered.headers.raw.len(),
                authentication: gathered.authentication.known(),
                at: now(),
                versions: &versions,
                millis,
            };
            let rows = of_operator.iter().map(|one| record::decision(&written, one)).collect();
            let durable = record::must_be_durable(&of_operator);
            self.stores.records.record(record::transaction(&written), rows, durable).await?;
            record::log(&written, &of_operator);
        }
        Ok(())
    }

    /// Which program, configuration, rules and model decide now.
    fn versions(&self, operator: OperatorId) -> ProgramVersions {
        let model = self.learning.site(operator);
        ProgramVersions {
            program: env!("CARGO_PKG_VERSION").into(),
            configuration: self.settings.load().configuration.clone(),
            rules: self.judge.sources.load().0.rules_version.clone(),
            model: i64::from(model.spam()) + i64::from(model.ham()),
        }
    }
}

pub(crate) fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// The /24 or /48 of a peer.
pub fn network(ip: std::net::IpAddr) -> String {
    match ip.to_canonical() {
        std::net::IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        std::net::IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}
