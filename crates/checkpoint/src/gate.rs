//! The gate: what an edge calls, stage by stage. It only calls; what happens stands in the files beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use message::Limits;
use moka::future::Cache;
use policy::{Can, Reply, combine};
use store::StoreError;
use tokio::time::Instant;

use crate::apply::{self, Outcome, Settled};
use crate::directory::{Directory, Recipient};
use crate::door::Door;
use crate::header_view::HeaderView;
use crate::judge::Judge;
use crate::junk::Junk;
use crate::learning::Learning;
use crate::metrics::Metrics;
use crate::onward::{Onward, Verified};
use crate::ring::Ring;
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
    pub(crate) header_view: HeaderView,
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
            header_view: HeaderView::default(),
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
        let mark = Mark::of(&envelope, &raw);
        let headers = match self.read_headers(raw) {
            Ok(headers) => headers,
            Err(reply) => return Ok(Answer { each: vec![reply.clone(); recipients.len()], whole: reply }),
        };
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
        let passage = self.passage(face, &envelope, &gathered, started);
        let settled = apply::apply(&passage.deed(), judged, &self.junk, &self.onward).await?;
        self.remember_served(mark, face, &settled, &before).await?;
        self.close(&passage, &settled).await?;
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
