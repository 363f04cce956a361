//! What every message goes through, whoever keeps it: its header section is read and a loop noticed, and at the end
//! stand the rows, the ring, the figures and what its sender is known for.

use std::time::Duration;

use bytes::Bytes;
use message::{Envelope, Headers};
use policy::Reply;
use policy::record::ProgramVersions;
use store::{OperatorId, StoreError, TransactionId};
use tokio::time::Instant;

use crate::apply::{Deed, Outcome, Settled};
use crate::bulk;
use crate::gate::{Gate, GateSettings};
use crate::gather::Gathered;
use crate::record::{self, Written};
use crate::rendering::{self, Trace};
use crate::ring::Owner;
use crate::stores::now;
use crate::transaction::Face;

/// One message that was judged: what stays the same until its rows are written.
pub(crate) struct Passage<'a> {
    id: TransactionId,
    face: Face,
    envelope: &'a Envelope,
    gathered: &'a Gathered,
    trace: Trace,
    settings: std::sync::Arc<GateSettings>,
    began: Instant,
    judged_after: Duration,
}

impl Passage<'_> {
    /// As it is applied to each recipient.
    pub(crate) fn deed(&self) -> Deed<'_> {
        Deed {
            id: self.id,
            face: self.face,
            envelope: self.envelope,
            headers: &self.gathered.headers,
            trace: &self.trace,
            lookup_page: self.settings.lookup_page.as_deref(),
            infected: self.gathered.virus.known().map_or(&[][..], |found| &found.infected),
            limits: self.settings.limits,
        }
    }
}

impl Gate {
    /// The header section with the bytes, unless the message goes round in circles.
    pub(crate) fn read_headers(&self, raw: Bytes) -> Result<Headers, Reply> {
        let limits = self.settings.load().limits;
        let headers = Headers::parse(raw, &limits);
        let hops = headers.all("Received").count();
        if hops > limits.hops { Err(Reply::mail_loop(hops)) } else { Ok(headers) }
    }

    /// A message that has just been judged.
    pub(crate) fn passage<'a>(
        &self,
        face: Face,
        envelope: &'a Envelope,
        gathered: &'a Gathered,
        began: Instant,
    ) -> Passage<'a> {
        let id = TransactionId(uuid::Uuid::now_v7());
        let trace = self.trace(id, envelope, face, gathered);
        let settings = self.settings.load_full();
        Passage { id, face, envelope, gathered, trace, settings, began, judged_after: began.elapsed() }
    }

    /// What became of it is written down and counted; the sender's history hears of it.
    pub(crate) async fn close(&self, passage: &Passage<'_>, settled: &[Settled]) -> Result<(), StoreError> {
        let Passage { id, face, envelope, gathered, began, judged_after, .. } = passage;
        let spent = [millis(*judged_after), 0, millis(began.elapsed().saturating_sub(*judged_after))];
        self.write_down(*id, *face, envelope, gathered, settled, spent).await?;
        self.keep_recent(gathered, settled).await;
        self.keep_headers(passage, settled);
        self.metrics.transaction(settled, began.elapsed());
        let authentication = gathered.authentication.known();
        self.door.heard_message(*face, envelope, authentication, settled.iter().map(|one| &one.judged));
        // Who has to wait comes again, and is counted again then.
        for one in settled.iter().filter(|one| one.outcome == Outcome::Deferred) {
            bulk::give_back(&self.directory, envelope, &one.judged).await?;
        }
        Ok(())
    }

    fn trace(&self, id: TransactionId, envelope: &Envelope, face: Face, gathered: &Gathered) -> Trace {
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

    /// Delivered mail of those who agreed to it goes into the ring; without it nothing is lost but a replay.
    async fn keep_recent(&self, gathered: &Gathered, settled: &[Settled]) {
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

    fn keep_headers(&self, passage: &Passage<'_>, settled: &[Settled]) {
        let what = (passage.envelope, &passage.gathered.headers, &passage.trace);
        self.header_view.keep(&self.stores, &self.directory, what, settled);
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
