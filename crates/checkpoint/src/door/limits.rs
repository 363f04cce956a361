//! Reception limits (IN-01): taken one and all, or none; given back where the transaction comes to nothing.

use std::sync::{Arc, Mutex, PoisonError};

use ::door::{Limit, Receipt, Source, Taken, network_of};
use controls::Fact;
use controls::facts::door::{LimitOf, TakenLimit};
use store::OperatorId;

use super::gather::Asking;
use super::settings::ReceptionLimit;
use crate::transaction::Face;

/// What a transaction has taken. Dropped before the message was dealt with, it is given back, where the face tells us
/// how a transaction ends.
#[derive(Debug)]
pub struct Takings {
    memory: Arc<::door::Door>,
    receipts: Vec<Receipt>,
    /// Operators whose limits on messages were taken: once for each message, not for each recipient.
    operators: Vec<OperatorId>,
    gives_back: bool,
}

impl Takings {
    /// Nothing taken yet.
    pub(crate) fn new(memory: Arc<::door::Door>, face: Face) -> Self {
        let gives_back = match face {
            Face::Smtp | Face::Lmtp | Face::Milter => true,
            // These do not hear what becomes of the message.
            Face::RspamdHttp | Face::Spamd | Face::Policy => false,
        };
        Self { memory, receipts: Vec::new(), operators: Vec::new(), gives_back }
    }

    /// The message was dealt with: it counts.
    pub fn keep(&mut self) {
        self.receipts.clear();
    }

    /// The message came to nothing: it does not count.
    pub fn give_back(&mut self) {
        for receipt in self.receipts.drain(..) {
            self.memory.windows.refund(receipt);
        }
    }

    /// Operators whose limits on messages were taken.
    pub(super) fn taken_for(&self) -> &[OperatorId] {
        &self.operators
    }

    pub(super) fn add(&mut self, operator: OperatorId, receipts: Vec<Receipt>) {
        self.receipts.extend(receipts);
        if !self.operators.contains(&operator) {
            self.operators.push(operator);
        }
    }
}

impl Drop for Takings {
    fn drop(&mut self) {
        if self.gives_back {
            self.give_back();
        }
    }
}

/// Takes one from each limit, for a recipient that exists; in `observe` looks only.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<Vec<TakenLimit>> {
    let Some(recipient) = asking.recipient else { return Fact::Known(Vec::new()) };
    let names = Names::of(asking);
    let limits: Vec<(&ReceptionLimit, String)> = asking
        .settings
        .limits_of(recipient.operator)
        .filter(|limit| limit.of == LimitOf::Recipient || !is_taken(asking, recipient.operator, limit))
        .filter_map(|limit| Some((limit, names.of_kind(limit.of)?)))
        .collect();
    let windows = &asking.door.memory.windows;
    let sources: Vec<Source<'_>> = limits.iter().map(|(limit, whose)| names.source(limit.of, whose)).collect();
    let of: Vec<(Source<'_>, Limit)> =
        limits.iter().zip(&sources).map(|((limit, _), source)| (limit.counts(source), limit.limit)).collect();
    if !asking.takes("reception_limit") {
        let seen = limits
            .iter()
            .zip(&of)
            .map(|((limit, whose), (source, window))| taken(limit, whose, windows.peek(source, *window, asking.now)));
        return Fact::Known(seen.collect());
    }
    match windows.take_all(&of, asking.now) {
        Ok(all) => {
            let mut receipts = asking.receipts.lock().unwrap_or_else(PoisonError::into_inner);
            receipts.extend(all.iter().filter_map(|taken| taken.receipt));
            Fact::Known(limits.iter().zip(all).map(|((limit, whose), said)| taken(limit, whose, said)).collect())
        }
        Err((place, said)) => {
            Fact::Known(limits.get(place).map(|(limit, whose)| taken(limit, whose, said)).into_iter().collect())
        }
    }
}

/// Whether an earlier recipient of this message has taken it: of the same operator, or where the limit is everybody's,
/// of any whom it is for. A message counts once.
fn is_taken(asking: &Asking<'_>, operator: OperatorId, limit: &ReceptionLimit) -> bool {
    let is_for = |other: &OperatorId| asking.settings.limits_of(*other).any(|own| own == limit);
    match limit.operator {
        Some(_) => asking.taken_for.contains(&operator),
        None => asking.taken_for.iter().any(is_for),
    }
}

/// Receipts of one stage.
pub(super) type Receipts = Mutex<Vec<Receipt>>;

fn taken(limit: &ReceptionLimit, whose: &str, said: Taken) -> TakenLimit {
    TakenLimit {
        of: limit.of,
        whose: whose.to_owned(),
        most: limit.limit.most,
        seconds: u32::try_from(limit.limit.window_ms / 1_000).unwrap_or(u32::MAX),
        count: said.count,
        allowed: said.allowed,
        frees_at: said.frees_at,
    }
}

/// Who is counted in this transaction.
struct Names<'a> {
    asking: &'a Asking<'a>,
    network: ipnet::IpNet,
}

impl<'a> Names<'a> {
    fn of(asking: &'a Asking<'a>) -> Self {
        let (v4, v6) = asking.settings.prefixes;
        Self { asking, network: network_of(asking.envelope.peer.ip, v4, v6) }
    }

    /// The name under which it is counted; `None` where there is none (the null sender).
    fn of_kind(&self, of: LimitOf) -> Option<String> {
        let sender = || self.asking.envelope.mail_from.address();
        match of {
            LimitOf::Ip => Some(self.asking.envelope.peer.ip.to_canonical().to_string()),
            LimitOf::Network => Some(self.network.to_string()),
            LimitOf::Sender => sender().map(|address| address.key()),
            LimitOf::SenderDomain => sender().map(|address| address.domain().as_str().to_owned()),
            LimitOf::Recipient => self.asking.recipient.map(|recipient| recipient.deliver_to.key()),
        }
    }

    fn source<'n>(&self, of: LimitOf, name: &'n str) -> Source<'n> {
        match of {
            LimitOf::Ip => Source::Ip(self.asking.envelope.peer.ip),
            LimitOf::Network => Source::Network(self.network),
            LimitOf::Sender => Source::Sender(name),
            LimitOf::SenderDomain => Source::SenderDomain(name),
            LimitOf::Recipient => Source::Recipient(name),
        }
    }
}
